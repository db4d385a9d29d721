//! Reports: figures compared with pprof's, JSON with its contract, text with golden files.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::{command, data, golden, json, result, run};

/// Rows of a report: name, self and total.
type Rows = Vec<(String, i64, i64)>;

/// Returns true for names that every decoder spells alike; others are compared by their figures.
fn plain(name: &str) -> bool {
    !name.contains('\u{fffd}') && !name.contains("\\x") && name.chars().all(|letter| !letter.is_control())
}

fn rows(report: &Value) -> Rows {
    let rows = report["rows"].as_array().unwrap().iter();
    let number = |value: &Value| value.as_i64().unwrap();
    rows.map(|row| (row["name"].as_str().unwrap().to_owned(), number(&row["self"]), number(&row["total"]))).collect()
}

/// Figures of pprof for a profile: for each sample type its index, signed total and rows.
fn oracle(name: &str) -> Vec<(String, i64, Rows)> {
    let text = fs::read_to_string(data().join("oracle").join(format!("{name}.json"))).unwrap();
    let types: Value = serde_json::from_str(&text).unwrap();
    let number = |value: &Value| value.as_i64().unwrap();
    let types = types.as_array().unwrap().iter();
    types
        .map(|said| {
            let rows = said["rows"].as_array().unwrap().iter();
            let rows = rows.map(|row| (row[0].as_str().unwrap().to_owned(), number(&row[1]), number(&row[2])));
            (said["index"].to_string(), number(&said["total"]), rows.collect())
        })
        .collect()
}

/// Compares rows in any order.
fn same(got: &Rows, want: &Rows, context: &str) {
    let split = |rows: &Rows| {
        let mut named: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        let mut odd = Vec::new();
        for (name, own, total) in rows {
            if plain(name) {
                let row = named.entry(name.clone()).or_default();
                *row = (row.0 + own, row.1 + total);
            } else {
                odd.push((*own, *total));
            }
        }
        odd.sort_unstable();
        (named, odd)
    };
    assert_eq!(split(got), split(want), "{context}");
}

#[test]
fn every_figure_equals_pprofs() {
    let mut compared = 0;
    for entry in fs::read_dir(data().join("oracle")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // `.ci/oracle` compares the folder of queries.
        let Some(name) = name.strip_suffix(".json") else { continue };
        let folder = if data().join("pprof").join(name).exists() { "pprof" } else { "malformed" };
        for (index, total, want) in oracle(name) {
            let report = json_of_any(&["top", "--sample-type", &index, &format!("{folder}/{name}")]);
            let context = format!("{name}, sample type {index}");
            assert_eq!(report["total"].as_i64(), Some(total), "{context}");
            same(&rows(&report), &want, &context);
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared} sample types compared");
}

/// JSON of a report, with warnings allowed.
fn json_of_any(args: &[&str]) -> Value {
    let output = command(&["report", "--format", "json"][..1]).args(args).args(["--format", "json"]).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn several_profiles_are_summed() {
    let both = json(&["top", "--aggregate", "sum", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"]);
    let mut want = Vec::new();
    for profile in ["pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"] {
        want.extend(rows(&json(&["top", profile])));
    }
    same(&rows(&both), &want, "the sum of two");
    let summary = json(&["summary", "--aggregate", "sum", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"]);
    assert_eq!(summary["window"]["snapshots"], 2);
    assert_eq!(summary["window"]["aggregate"], "sum");
    assert_eq!(summary["window"]["from"], summary["snapshots"][0]["time"]);
    assert_eq!(summary["window"]["to"], summary["snapshots"][1]["time"]);
}

#[test]
fn rows_come_by_self_then_name_and_none_is_empty() {
    for profile in ["go-shop-1.pb.gz", "go-delta.pb.gz", "cpp.pb.gz", "rust.pb.gz", "python.pb.gz"] {
        let report = json(&["top", &format!("pprof/{profile}")]);
        let rows = report["rows"].as_array().unwrap();
        let key =
            |row: &Value| (-i128::from(row["self"].as_i64().unwrap()).abs(), row["name"].as_str().unwrap().to_owned());
        assert!(rows.windows(2).all(|pair| key(&pair[0]) <= key(&pair[1])), "{profile}");
        assert!(rows.iter().all(|row| row["self"] != 0 || row["total"] != 0), "{profile}");
        assert!(rows.iter().all(|row| row["base_self"].is_null() && row["base_total"].is_null()), "{profile}");
        assert!(report["base_total"].is_null());
    }
}

#[test]
fn the_tree_adds_up() {
    for profile in ["go-shop-1.pb.gz", "go-delta.pb.gz", "go-deep.pb.gz", "cpp.pb.gz", "node.pb.gz"] {
        let path = format!("pprof/{profile}");
        let report = json(&["tree", &path]);
        let nodes: Vec<_> = report["nodes"].as_array().unwrap().iter().map(node).collect();
        assert_eq!(nodes[0], (0, "root".to_owned(), nodes[0].2, report["total"].as_i64().unwrap()), "{profile}");
        for (index, (depth, name, own, total)) in nodes.iter().enumerate() {
            let below = nodes[index + 1..].iter().take_while(|below| below.0 > *depth);
            let children: Vec<_> = below.filter(|below| below.0 == depth + 1).collect();
            let sum: i64 = children.iter().map(|child| child.3).sum();
            assert_eq!(*total, own + sum, "{profile}: {name}");
            let order: Vec<_> = children.iter().map(|child| (-child.3.abs(), &child.1)).collect();
            assert!(order.is_sorted(), "{profile}: {name}");
        }
        let top = json(&["top", &path]);
        let own: i64 = top["rows"].as_array().unwrap().iter().map(|row| row["self"].as_i64().unwrap()).sum();
        assert_eq!(own, nodes.iter().map(|node| node.2).sum::<i64>(), "{profile}");
    }
}

fn node(node: &Value) -> (u64, String, i64, i64) {
    let number = |key: &str| node[key].as_i64().unwrap();
    (node["depth"].as_u64().unwrap(), node["name"].as_str().unwrap().to_owned(), number("self"), number("total"))
}

#[test]
fn a_limited_tree_keeps_the_heaviest_nodes_under_their_parents() {
    let all = json(&["tree", "pprof/go-shop-1.pb.gz"]);
    let few = json(&["tree", "--limit", "10", "pprof/go-shop-1.pb.gz"]);
    let (all, few) = (all["nodes"].as_array().unwrap(), few["nodes"].as_array().unwrap());
    assert_eq!(few.len(), 10);
    let mut rest = all.iter();
    assert!(few.iter().all(|node| rest.any(|other| other == node)), "in the order of the whole tree");
    let mut totals: Vec<_> = all.iter().map(|node| -node["total"].as_i64().unwrap()).collect();
    totals.sort_unstable();
    let mut kept: Vec<_> = few.iter().map(|node| -node["total"].as_i64().unwrap()).collect();
    kept.sort_unstable();
    assert_eq!(kept, totals[..10]);
    for pair in few.windows(2) {
        assert!(pair[1]["depth"].as_u64().unwrap() <= pair[0]["depth"].as_u64().unwrap() + 1);
    }
}

#[test]
fn a_limit_cuts_rows_and_nothing_else() {
    let all = json(&["top", "pprof/go-shop-1.pb.gz"]);
    let few = json(&["top", "--limit", "3", "pprof/go-shop-1.pb.gz"]);
    assert_eq!(few["rows"].as_array().unwrap()[..], all["rows"].as_array().unwrap()[..3]);
    assert_eq!(few["total"], all["total"]);
    assert_eq!(json(&["top", "--limit", "0", "pprof/go-shop-1.pb.gz"]), all);
    let text = result(&["report", "top", "--limit", "0", "pprof/go-shop-1.pb.gz"]);
    assert!(!text.contains('…'), "all rows are there");
}

#[test]
fn granularities_change_the_rows_and_never_the_total() {
    let of = |args: &[&str]| json(&[&["top", "pprof/cpp.pb.gz"], args].concat());
    let functions = of(&[]);
    for granularity in ["functions", "filefunctions", "files", "lines", "addresses"] {
        let report = of(&["--granularity", granularity]);
        assert_eq!(report["granularity"], granularity);
        assert_eq!(report["total"], functions["total"], "{granularity}");
        let own: i64 = report["rows"].as_array().unwrap().iter().map(|row| row["self"].as_i64().unwrap()).sum();
        assert_eq!(Some(own), functions["total"].as_i64(), "{granularity}");
    }
    assert!(of(&["--no-inlines"])["rows"] != functions["rows"], "inlined functions are left out");
    let dropping = ["top", "malformed/drop-frames.pb.gz"];
    assert!(json(&dropping)["rows"] != json(&[&dropping[..], &["--all-frames"]].concat())["rows"]);
}

#[test]
fn the_json_of_a_summary_keeps_its_contract() {
    let summary = json(&["summary", "pprof/go-allocs.pb.gz"]);
    assert_eq!(summary["schema"], "heapglass.summary/1");
    let snapshot = &summary["snapshots"][0];
    assert_eq!(snapshot["source"], "pprof/go-allocs.pb.gz");
    assert_eq!(snapshot["format"], "pprof");
    assert_eq!(snapshot["default_sample_type"], "alloc_space");
    assert_eq!(snapshot["period"], 524_288);
    assert_eq!(snapshot["period_type"], "space/bytes");
    assert_eq!(snapshot["samples"], 254);
    assert_eq!(snapshot["sample_types"].as_array().unwrap().len(), 4);
    assert!(summary["base_window"].is_null());
    assert_eq!(json(&["summary", "pprof/python.pb.gz"])["snapshots"][0]["time"], Value::Null);
}

#[test]
fn texts_are_as_they_were() {
    for profile in ["go-shop-1.pb.gz", "go-delta.pb.gz", "cpp.pb.gz", "rust.pb.gz", "node.pb.gz", "python.pb.gz"] {
        let path = format!("pprof/{profile}");
        let stem = profile.split('.').next().unwrap();
        for kind in ["summary", "top", "tree"] {
            golden("report", &format!("{stem}-{kind}"), &result(&["report", kind, &path]));
        }
    }
}

#[test]
fn comparisons_are_as_they_were() {
    let (then, now) = ("pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz");
    for kind in ["summary", "top", "tree", "diff"] {
        let args = ["report", kind, "--limit", "12", "--base", then, now];
        golden("report", &format!("compared-{kind}"), &result(&args));
        let args = [&args[..], &["--format", "json"]].concat();
        golden("report", &format!("compared-{kind}-json"), &result(&args));
    }
    for format in ["csv", "markdown"] {
        let args = ["report", "diff", "--limit", "4", "--format", format, "--base", then, now];
        golden("report", &format!("compared-diff-{format}"), &result(&args));
        let args = ["report", "top", "--limit", "4", "--format", format, now];
        golden("report", &format!("top-{format}"), &result(&args));
    }
    let normalized = ["report", "top", "--normalize", "--limit", "5", "--base", then, now];
    golden("report", "compared-normalized", &result(&normalized));
    let growth = ["report", "top", "--sample-type", "alloc_space", "--limit", "5", then, now];
    golden("report", "growth", &result(&growth));
}

#[test]
fn a_renamed_function_is_moved_and_has_the_share_of_what_it_grew() {
    let folder = crate::support::sources::folder("renamed-rows");
    let [before, after] = ["a.folded", "b.folded"].map(|name| folder.join(name));
    fs::write(&before, "main;serve;serve.func1 200\nmain;other 100\n").unwrap();
    fs::write(&after, "main;serve;serve.func2 250\nmain;other 130\n").unwrap();
    let of = |kind: &str, matching: &str| {
        let files = [before.to_str().unwrap(), after.to_str().unwrap()];
        run(&[&["report", kind, "--match", matching, "--base"], &files[..]].concat()).stdout
    };
    let shares = |kind: &str, matching: &str| -> Vec<Vec<String>> {
        let text = of(kind, matching);
        let lines = text.lines().skip_while(|line| !line.starts_with("Δself")).skip(1).take(3);
        let part = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        lines.map(|line| [&part(line)[1..3], &part(line)[7..]].concat()).collect()
    };
    for kind in ["diff", "top"] {
        let moved = [["moved", "62.5%", "serve.func2"], ["moved", "0.0%", "serve.func1"], ["+30.0%", "37.5%", "other"]];
        assert_eq!(shares(kind, "moved"), moved, "{kind}");
        let raw = [["new", "52.1%", "serve.func2"], ["gone", "41.7%", "serve.func1"], ["+30.0%", "6.2%", "other"]];
        assert_eq!(shares(kind, "raw"), raw, "{kind}");
    }
    let digest = of("digest", "moved");
    assert!(digest.contains("`serve.func2`: self 0 → 250, +250, +50 without moved code"), "{digest}");
    assert!(!digest.contains("`serve.func1`"), "{digest}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn labels_are_as_they_were() {
    golden("report", "labels", &result(&["report", "labels", "--limit", "5", "pprof/go-shop-2.pb.gz"]));
    golden("report", "labels-none", &result(&["report", "labels", "pprof/node.pb.gz"]));
    let unknown = run(&["report", "labels", "--key", "nope", "pprof/go-shop-2.pb.gz"]);
    assert_eq!(unknown.stderr, "heapglass: no sample has a label `nope`\nhint: there is only `bytes`\n");
    assert_eq!(unknown.code, 2);
    for format in ["text", "json", "csv", "markdown"] {
        let compared = ["report", "labels", "--key", "bytes", "--format", format, "--base", "pprof/go-shop-1.pb.gz"];
        golden(
            "report",
            &format!("labels-compared-{format}"),
            &result(&[&compared[..], &["pprof/go-shop-2.pb.gz"]].concat()),
        );
    }
}

#[test]
fn leaks_are_as_they_were() {
    golden("report", "leaks", &result(&["report", "leaks", "--limit", "6", "shop-series"]));
    for format in ["json", "csv", "markdown"] {
        let args = ["report", "leaks", "--limit", "2", "--format", format, "shop-series"];
        golden("report", &format!("leaks-{format}"), &result(&args));
    }
    let leaks = json(&["leaks", "shop-series"]);
    let rows = leaks["rows"].as_array().unwrap();
    assert_eq!(rows[0]["name"], "bytes.Clone", "what truly leaks is the steepest");
    let significant: Vec<&Value> = rows.iter().filter(|row| row["significant"] == true).collect();
    assert_eq!(significant.len(), 1);
    let path: Vec<&str> = rows[0]["path"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(path.contains(&"main.(*responseCache).get"), "{path:?}");
    let slopes: Vec<f64> = rows.iter().map(|row| row["slope_per_hour"].as_f64().unwrap()).collect();
    assert!(slopes.is_sorted_by(|steep, flat| steep >= flat));
}

#[test]
fn markdown_says_which_rows_are_left_out() {
    let (then, now) = ("pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz");
    let reports: [&[&str]; 7] = [
        &["top", now],
        &["top", "--base", then, now],
        &["diff", "--base", then, now],
        &["tree", now],
        &["labels", now],
        &["summary", then, now],
        &["leaks", "shop-series"],
    ];
    for report in reports {
        let cut = result(&[&["report", "--format", "markdown", "--limit", "1"], report].concat());
        let note = cut.lines().find(|line| line.starts_with("… ")).unwrap_or_default();
        assert!(note.contains("--limit 0"), "{report:?}: {cut}");
        let whole = result(&[&["report", "--format", "markdown", "--limit", "0"], report].concat());
        assert!(!whole.lines().any(|line| line.starts_with("… ")), "{report:?}: {whole}");
    }
}

/// Value with fractions rounded: the last digits of sums of doubles depend on the order in which files were loaded.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(rounded).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), rounded(value))).collect(),
        Value::Number(number) if number.is_f64() => format!("{:.3}", number.as_f64().unwrap()).into(),
        _ => value.clone(),
    }
}

#[test]
fn windows_of_a_series_are_the_files_that_they_name() {
    let (then, now) = ("pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz");
    let files = json(&["diff", "--base", then, now]);
    for spans in [["1", "2"], ["..1", "2.."], ["..13:13:33", "13:13:34.."], ["-1m..-5s", "-5s"]] {
        let windows = json(&["diff", "--base-window", spans[0], "--window", spans[1], then, now]);
        assert_eq!(rounded(&windows["rows"]), rounded(&files["rows"]), "{spans:?}");
        assert_eq!(rounded(&windows["explains"]), rounded(&files["explains"]), "{spans:?}");
    }
    let ends = json(&["diff", then, now]);
    assert_eq!(rounded(&ends["rows"]), rounded(&files["rows"]), "without a base, the first with the last");
    let same = run(&["report", "diff", "--format", "json", "--base", now, now]);
    assert!(same.stderr.contains("nothing can have changed"), "{}", same.stderr);
    let same: Value = serde_json::from_str(&same.stdout).unwrap();
    assert_eq!((&same["total"], same["explains"]["sites"].as_array().unwrap().len()), (&same["base_total"], 0));
}

#[test]
fn objects_are_as_they_were() {
    for profile in ["go-delta.pb.gz", "node.pb.gz"] {
        let path = format!("pprof/{profile}");
        let stem = profile.split('.').next().unwrap();
        for kind in ["summary", "top", "tree"] {
            let text = result(&["report", kind, "--format", "json", "--limit", "12", &path]);
            let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&text).unwrap()).unwrap();
            golden("report", &format!("{stem}-{kind}-json"), &pretty);
        }
    }
}

#[test]
fn hostile_names_command_no_terminal() {
    for kind in ["summary", "top", "tree"] {
        for format in ["text", "json"] {
            for file in [
                "names-unicode-control.pb.gz",
                "names-invalid-utf8.pb.gz",
                "comments.pb.gz",
                "sample-type-escape.pb.gz",
            ] {
                let outcome = run(&["report", kind, "--format", format, "--limit", "0", &format!("malformed/{file}")]);
                assert_eq!(outcome.code, 0, "{kind} {file}: {}", outcome.stderr);
                let bad = |letter: char| {
                    (letter.is_control() && letter != '\n') || "\u{202e}\u{200b}\u{2066}\u{feff}".contains(letter)
                };
                let text = outcome.stdout + &outcome.stderr;
                assert!(!text.contains(bad), "{kind} {format} {file}: {:?}", text.chars().find(|c| bad(*c)));
            }
        }
    }
}

#[test]
fn hostile_names_keep_the_columns_straight() {
    golden(
        "report",
        "hostile-top",
        &result(&["report", "top", "--limit", "0", "malformed/names-unicode-control.pb.gz"]),
    );
}
