//! Figures with fractions: per operation, of folded stacks and of speedscope. They are rounded when they are shown, and not
//! before a gate has judged them.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::run;

/// Writes a file.
fn file(name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fractions");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Rows of `report top` by name; the file may have warnings.
fn rows(file: &str) -> (i64, Vec<(String, i64)>) {
    let outcome = run(&["report", "top", "--format", "json", file]);
    assert_eq!(outcome.code, 0, "{file}: {}", outcome.stderr);
    let top: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let row = |row: &Value| (row["name"].as_str().unwrap().to_owned(), row["self"].as_i64().unwrap());
    (top["total"].as_i64().unwrap(), top["rows"].as_array().unwrap().iter().map(row).collect())
}

#[test]
fn a_gate_judges_parts_of_a_unit() {
    let [base, more] = [file("base.folded", "main;a 1600\n"), file("more.folded", "main;a 2400\n")];
    let new = file("new.folded", "main;a 1600\nmain;b 499\n");
    let kept = file("kept.json", "");
    fs::remove_file(&kept).unwrap();
    let check = |args: &[&str]| {
        let outcome = run(&[&["check", "--per", "1000"], args].concat());
        (outcome.code, outcome.stdout)
    };
    let (code, said) = check(&["--max-growth", "5%", "--base", &base, &more]);
    assert_eq!(code, 1, "1.6 to 2.4 are no equal 2: {said}");
    assert!(said.contains("1.60 to 2.40, +0.80 (+50.0%)"), "{said}");
    for (args, expected) in [
        (["--max-total", "2", &more], 1),
        (["--max-total", "3", &more], 0),
        (["--max-total", "2.39", &more], 1),
        (["--max-total", "2.4", &more], 0),
        (["--max-function", "a=2.399999", &more], 1),
        (["--max-growth", "0.79", &more], 1),
        (["--max-growth", "0.8", &more], 0),
        (["--max-function", "a=2", &more], 1),
        (["--max-growth", "60%", &more], 0),
    ] {
        let of_base = if args[0] == "--max-growth" { vec!["--base", &base] } else { Vec::new() };
        assert_eq!(check(&[&args[..], &of_base].concat()).0, expected, "{args:?}");
    }
    assert_eq!(check(&["--max-new", "0", "--base", &base, &new]).0, 1, "0.499 is more than nothing");
    assert_eq!(check(&["--max-new", "0.498", "--base", &base, &new]).0, 1);
    assert_eq!(check(&["--max-new", "0.499", "--base", &base, &new]).0, 0);
    // A number of objects may have a fraction too.
    assert_eq!(check(&["--max-total", "2.39", "--unit", "count", &more]).0, 1);
    assert_eq!(check(&["--max-total", "2.4", "--unit", "count", &more]).0, 0);
    let diff = run(&["report", "diff", "--format", "json", "--per", "10:5", "--base", &base, &more]).stdout;
    assert!(diff.contains(r#""per":"10","base_per":"5""#), "{diff}");
    // A baseline keeps the parts.
    assert_eq!(check(&["--baseline", &kept, "--update-baseline", &base]).0, 0);
    assert_eq!(check(&["--baseline", &kept, "--max-growth", "49%", &more]).0, 1);
    assert_eq!(check(&["--baseline", &kept, "--max-growth", "51%", &more]).0, 0);
    assert_eq!(check(&["--baseline", &kept, "--max-growth", "0%", &base]).0, 0);
}

#[test]
fn the_sum_of_a_stack_is_rounded_and_not_its_lines() {
    let folded = file("many.folded", &("main;a 0.4\n".repeat(1000) + "main;b 100\n"));
    assert_eq!(rows(&folded).0, 500);
    let [samples, weights] = [vec!["[0,1]"; 100].join(","), vec!["0.01"; 100].join(",")];
    let speedscope = |unit: &str, profile: &str| {
        let frames = r#""shared":{"frames":[{"name":"main"},{"name":"a"}]}"#;
        format!(r#"{{{frames},"profiles":[{{"name":"p","unit":"{unit}","startValue":0,"endValue":100,{profile}}}]}}"#)
    };
    let sampled = format!(r#""type":"sampled","samples":[{samples}],"weights":[{weights}]"#);
    assert_eq!(rows(&file("bytes.json", &speedscope("bytes", &sampled))).0, 1);
    assert_eq!(
        rows(&file("seconds.json", &speedscope("seconds", &sampled))).0,
        1_000_000_000,
        "a second of nanoseconds"
    );
    let open = r#""type":"evented","events":[{"type":"O","frame":0,"at":0},{"type":"O","frame":1,"at":10}]"#;
    let (total, rows) = rows(&file("open.json", &speedscope("bytes", open)));
    assert_eq!(
        (total, rows),
        (100, vec![("a".to_owned(), 90), ("main".to_owned(), 10)]),
        "open frames last to the end"
    );
    let early = r#""type":"evented","events":[{"type":"O","frame":0,"at":9},{"type":"C","frame":0,"at":3}]"#;
    let outcome = run(&["report", "top", &file("early.json", &speedscope("bytes", early))]);
    assert!(
        outcome.code == 2 && outcome.stderr.contains("an event is earlier than the one before it"),
        "{}",
        outcome.stderr
    );
    let outcome = run(&["report", "top", "--strict", &file("unit.json", &speedscope("kilobytes", &sampled))]);
    assert!(outcome.code == 2 && outcome.stderr.contains("a unit is none that speedscope knows"), "{}", outcome.stderr);
}

#[test]
fn a_bad_line_does_not_change_the_columns_of_folded_stacks() {
    let two: Vec<String> = (0..30).map(|n| format!("main;a{n} {n} {}\n", 2 * n)).collect();
    let two = two.concat();
    let (total, rows) = rows(&file("two.folded", &format!("main;zz 7\n{two}")));
    assert_eq!(total, 870);
    assert!(rows.iter().all(|(name, _)| !name.contains(' ')), "{rows:?}");
    assert_eq!(self::rows(&file("bad.folded", "main;a 10\nmain;b 20\nno value\nmain;c 30\nnone\n")).0, 60);
    let huge =
        run(&["report", "top", &file("huge.folded", "main;a 10\nmain;b 20\nmain;c 99999999999999999999\nmain;d 5\n")]);
    assert!(huge.stderr.contains("line 3 is no stack with a value"), "{}", huge.stderr);
}

#[test]
fn a_verdict_and_a_ledger_keep_parts_of_a_unit() {
    let made = [(100, 1400), (120, 1500)].map(|(by, sum)| {
        (by.to_string(), file(&format!("build-{by}.folded"), &format!("main;a {}\n", sum * by / 1000)))
    });
    let ledger = file("ledger.jsonl", "");
    fs::remove_file(&ledger).unwrap();
    for (by, build) in &made {
        let args = ["check", "--format", "json", "--per", by, "--max-total", "1", "--history", &ledger];
        let outcome = run(&[&args[..], &["--revision", by, build]].concat());
        let check: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(outcome.code, 1, "{check}");
        let rule = &check["rules"][0];
        let total = if by == "100" { 1.4 } else { 1.5 };
        assert_eq!((rule["actual"].as_f64(), rule["bound"].as_i64()), (Some(total), Some(1)), "{rule}");
        assert_eq!(rule["offenders"][0]["current"].as_f64(), Some(total), "{rule}");
    }
    let history = run(&["report", "history", "--format", "json", &ledger]);
    let history: Value = serde_json::from_str(&history.stdout).unwrap();
    let totals: Vec<f64> =
        history["builds"].as_array().unwrap().iter().map(|build| build["total"].as_f64().unwrap()).collect();
    assert_eq!(
        (totals, &history["other_lines"]),
        (vec![1.4, 1.5], &0.into()),
        "the number of operations does not matter"
    );
    let text = run(&["report", "history", &ledger]).stdout;
    assert!(text.contains("1.40 to 1.50, +0.10 (+7.1%)"), "{text}");
}
