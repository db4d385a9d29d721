//! Ledgers of builds: `check --history`, `report history`, and `check` in a bisection.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{run, run_with};

/// Empty folder for a test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("history").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Records a build with these folded stacks.
fn record(ledger: &str, revision: &str, stacks: &str, more: &[&str]) -> i32 {
    let args = ["check", "--unit", "bytes", "--history", ledger, "--revision", revision, "-"];
    run_with(&[&args[..], more].concat(), stacks.as_bytes()).code
}

fn history(args: &[&str]) -> Value {
    let outcome = run(&[&["report", "history", "--format", "json"], args].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn builds_are_recorded_and_the_first_bad_one_is_named() {
    let folder = folder("first-bad");
    let ledger = folder.join("heaps.jsonl");
    let ledger = ledger.to_str().unwrap();
    // The cache doubles in the fifth build.
    for (at, cache) in [1000, 1004, 996, 1002, 2003, 2001, 1999].into_iter().enumerate() {
        let stacks = format!("main;cache.Put {cache}\nmain;index.Add 500\n");
        assert_eq!(record(ledger, &format!("r{}", at + 1), &stacks, &["--max-total", "2000"]), i32::from(cache > 1500));
    }
    let found = history(&[ledger]);
    assert_eq!((&found["schema"], &found["sample_type"]), (&Value::from("heapglass.history/1"), &Value::from("space")));
    let statuses: Vec<&str> =
        found["builds"].as_array().unwrap().iter().map(|build| build["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["steady", "steady", "steady", "steady", "bad", "steady", "steady"]);
    let bad = &found["first_bad"];
    assert_eq!((&bad["revision"], &bad["previous"], &bad["confirmed"]), (&"r5".into(), &"r4".into(), &true.into()));
    // The level before is (1500 + 1504 + 1496 + 1502) / 4.
    assert_eq!((&bad["level"], &bad["delta"]), (&1501.into(), &1002.into()));
    assert_eq!(bad["sites"], serde_json::json!([{"name": "cache.Put", "delta": 1001}]));
    assert_eq!(found["builds"][4]["ok"], false);
    let text = run(&["report", "history", ledger]).stdout;
    assert!(text.contains("space: 7 builds, 1.46 KiB to 2.44 KiB"), "{text}");
    assert!(text.contains("first bad build: r5, +1002 B (+66.8%)"), "{text}");
    assert!(text.contains("bad r5, +1002 B (+66.8%): cache.Put +1001 B"), "{text}");
    let csv = run(&["report", "history", "--format", "csv", ledger]).stdout;
    assert!(
        csv.starts_with("revision,time,total,sigma,level,status,confirmed,ok\nr1,,1500,,,steady,true,true\n"),
        "{csv}"
    );
    let markdown = run(&["report", "history", "--format", "markdown", "--limit", "3", ledger]).stdout;
    assert!(markdown.contains("**first bad build: r5") && markdown.matches("\n| r").count() == 3, "{markdown}");
}

#[test]
fn profiles_bring_their_sampling_noise() {
    let ledger = folder("noise").join("heaps.jsonl");
    let ledger = ledger.to_str().unwrap();
    for (revision, profile) in
        [("a", "pprof/go-shop-1.pb.gz"), ("b", "pprof/go-shop-1.pb.gz"), ("c", "pprof/go-shop-2.pb.gz")]
    {
        let outcome = run(&["check", "--history", ledger, "--revision", revision, profile]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    }
    let found = history(&[ledger]);
    let builds = found["builds"].as_array().unwrap();
    assert!(
        builds.iter().all(|build| build["sigma"].as_f64().unwrap() > 0.0 && build["time"].is_string()),
        "{builds:?}"
    );
    // 9.02 and 14.5 MiB, each with a σ above 2 MiB: nothing beyond noise.
    assert_eq!(found["first_bad"], Value::Null);
    assert_eq!(builds[2]["status"], "steady");
}

#[test]
fn a_jump_is_named_before_four_builds_without_known_sampling() {
    let ledger = folder("three").join("heaps.jsonl");
    let ledger = ledger.to_str().unwrap();
    for (at, size) in [1000, 1000, 1000, 2000, 2000, 2000].into_iter().enumerate() {
        record(ledger, &format!("r{}", at + 1), &format!("main;cache.Put {size}\n"), &[]);
    }
    let bad = &history(&[ledger])["first_bad"];
    assert_eq!((&bad["revision"], &bad["confirmed"]), (&"r4".into(), &true.into()), "{bad}");
}

#[test]
fn steady_growth_is_named_as_a_drift() {
    let folder = folder("drift");
    let ledger = folder.join("heaps.jsonl");
    let ledger = ledger.to_str().unwrap();
    for build in 0..14 {
        record(
            ledger,
            &format!("r{build}"),
            &format!("main;cache.Put {}\n", 1000 + 30 * build),
            &["--max-total", "1GiB"],
        );
    }
    let found = history(&[ledger]);
    let drift = &found["drift"];
    assert!(found["first_bad"].is_null() && drift["p_value"].as_f64().unwrap() < 0.001, "{drift}");
    assert_eq!((&drift["from"], &drift["to"], &drift["delta"]), (&"r0".into(), &"r13".into(), &390.into()));
    for format in ["text", "markdown"] {
        let text = run(&["report", "history", "--format", format, ledger]).stdout;
        assert!(text.contains("drift r0 to r13, 1000 B to 1.36 KiB") && text.contains("over 14 builds"), "{text}");
        assert!(text.contains("no build left its level upwards beyond noise; see the drift below"), "{text}");
    }
}

#[test]
fn a_line_is_appended_to_a_ledger_only() {
    let path = folder("other-file").join("profile.folded");
    let other = "main;f 100\n";
    fs::write(&path, other).unwrap();
    let ledger = path.to_str().unwrap();
    let args = ["check", "--history", ledger, "--revision", "a", "pprof/go-shop-1.pb.gz"];
    let outcome = run(&args);
    assert!(outcome.code == 2 && outcome.stderr.contains("not a ledger of heapglass"), "{}", outcome.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), other);
    fs::write(&path, "").unwrap();
    assert_eq!(run(&args).code, 0, "an empty file becomes a ledger");
}

#[test]
fn a_ledger_survives_what_happens_to_files() {
    let folder = folder("damage");
    let path = folder.join("heaps.jsonl");
    let ledger = path.to_str().unwrap();
    assert_eq!(record(ledger, "a", "main;f 100\n", &[]), 0);
    // A line that was cut, as by a full disk, costs itself alone.
    let whole = fs::read(&path).unwrap();
    fs::write(&path, [&whole[..], &whole[..whole.len() / 2]].concat()).unwrap();
    assert_eq!(record(ledger, "b", "main;f 100\n", &[]), 0);
    let found = history(&[ledger]);
    assert_eq!((found["builds"].as_array().unwrap().len(), &found["broken_lines"]), (2, &1.into()));
    let outcome = run(&["report", "history", ledger]);
    assert!(outcome.stdout.contains("warning: 1 line cannot be read"), "{}", outcome.stdout);
    // A build that is measured again replaces its figures.
    assert_eq!(record(ledger, "a", "main;f 300\n", &[]), 0);
    assert_eq!(history(&[ledger])["builds"][0]["total"], 300);
    // An unreadable input is no build.
    assert_eq!(record(ledger, "c", "", &["malformed/truncated-gzip.pb.gz"]), 2);
    assert_eq!(history(&[ledger])["builds"].as_array().unwrap().len(), 2);
    // A large ledger keeps its newest half.
    let long = fs::read_to_string(&path).unwrap();
    let line = long.lines().next().unwrap();
    let many: Vec<String> =
        (0..(17 << 20) / line.len()).map(|at| line.replace("\"a\"", &format!("\"r{at}\"")) + "\n").collect();
    fs::write(&path, many.concat()).unwrap();
    assert_eq!(record(ledger, "last", "main;f 100\n", &[]), 0);
    let kept = fs::read_to_string(&path).unwrap();
    assert!(kept.len() < 9 << 20 && kept.lines().all(|line| line.starts_with("{\"schema\"") && line.ends_with('}')));
    assert!(kept.lines().last().unwrap().contains("\"last\""));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn mistakes_about_ledgers_say_what_to_do() {
    let folder = folder("mistakes");
    let cases: [(&[&str], &str); 4] = [
        (&["report", "history"], "takes one ledger"),
        (&["report", "history", "none.jsonl"], "none.jsonl: no such file"),
        (&["report", "history", "folded/small.txt"], "not a ledger of heapglass"),
        (&["check", "--revision", "a", "pprof/node.pb.gz"], "--history"),
    ];
    for (args, words) in cases {
        let outcome = run(args);
        assert!(outcome.code == 2 && outcome.stderr.contains(words), "{args:?}: {} {}", outcome.code, outcome.stderr);
    }
    let path = folder.join("heaps.jsonl");
    assert_eq!(record(path.to_str().unwrap(), "a\u{1b}[2J", "main;f 1\n", &[]), 0);
    let outcome = run(&["report", "history", "--sample-type", "none", path.to_str().unwrap()]);
    assert!(
        outcome.code == 2 && outcome.stderr.contains("no build with figures of `none`; there are space"),
        "{}",
        outcome.stderr
    );
    let text = run(&["report", "history", path.to_str().unwrap()]).stdout;
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

/// Ten builds of a program: the fourth writes a broken profile, and the seventh holds more.
#[test]
fn a_bisection_finds_the_commit_and_skips_a_broken_one() {
    let code = |commit: usize| {
        let cache = if commit >= 7 { 900 } else { 300 + commit };
        let stacks =
            if commit == 4 { "no profile".to_owned() } else { format!("main;cache.Put {cache}\nmain;serve 200\n") };
        let args = ["check", "--unit", "bytes", "--max-total", "800", "--exit-on-input", "125", "-"];
        run_with(&args, stacks.as_bytes()).code
    };
    let codes: Vec<i32> = (1..=10).map(code).collect();
    assert_eq!(codes, [0, 0, 0, 125, 0, 0, 1, 1, 1, 1]);
    // A profile beyond a limit cannot be judged either.
    for (more, code) in [(&[][..], 3), (&["--exit-on-input", "125"], 125)] {
        let limits = ["check", "--max-total", "1GiB", "--max-inflated", "10", "pprof/go-shop-2.pb.gz"];
        assert_eq!(run(&[&limits[..], more].concat()).code, code, "{more:?}");
    }
}
