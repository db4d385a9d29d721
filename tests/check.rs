//! `check`: limits, exit codes, output.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{data, golden, json, run};

const BEFORE: &str = "pprof/go-shop-1.pb.gz";
const AFTER: &str = "pprof/go-shop-2.pb.gz";

/// Runs a check; returns the exit code and the JSON.
fn check(args: &[&str]) -> (i32, Value) {
    let outcome = run(&[&["check", "--format", "json"], args].concat());
    let object = serde_json::from_str(&outcome.stdout).unwrap_or(Value::Null);
    (outcome.code, object)
}

/// Writes a profile of folded stacks.
fn folded(name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("check");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn every_rule_has_its_limit_and_its_code() {
    // f grew from 100 to 110, g moved below f, new came with 20, old went: 300 became 320.
    let before = folded("before.txt", "main;f 100\nmain;g 110\nmain;old 10\nmain;x=y 80\n");
    let after = folded("after.txt", "main;f 110\nmain;f;g 110\nmain;new 20\nmain;x=y 80\n");
    let cases: [(&[&str], i32); 21] = [
        (&["--max-total", "320"], 0),
        (&["--max-total", "319"], 1),
        (&["--max-growth", "20"], 0),
        (&["--max-growth", "19"], 1),
        (&["--max-growth", "6.666667%"], 0),
        (&["--max-growth", "6.666666%"], 1),
        (&["--max-growth", "100%"], 0),
        (&["--max-growth", "0%"], 1),
        (&["--max-new", "20"], 0),
        (&["--max-new", "19"], 1),
        (&["--max-function", "^f$=110"], 0),
        (&["--max-function", "^f$=109"], 1),
        (&["--max-function", "^f$=10%"], 0),
        (&["--max-function", "^f$=9.9%"], 1),
        (&["--max-function", "^g$=0%"], 0),
        (&["--max-function", "^new$=1000000%"], 1),
        (&["--max-function", "x=y=80"], 0),
        (&["--max-function", "x=y=79"], 1),
        (&["--max-total", "320", "--max-new", "19"], 1),
        (&["--max-growth", "20", "--max-growth", "5%"], 1),
        (&["--max-function", "^f$=200", "--max-function", "^g$=109"], 1),
    ];
    let typo = run(&["check", "--max-function", "none-such=0", "--base", &before, &after]);
    assert_eq!(typo.code, 2, "a rule about no function checks nothing: {}", typo.stderr);
    for (rules, code) in cases {
        let (got, object) = check(&[rules, &["--base", &before, &after]].concat());
        assert_eq!(got, code, "{rules:?}: {object}");
        assert_eq!(object["schema"], "heapglass.check/1");
        assert_eq!(object["ok"], code == 0, "{rules:?}");
        assert_eq!(object["rules"].as_array().unwrap().len(), rules.len() / 2);
        let broken = object["rules"].as_array().unwrap().iter().filter(|rule| rule["ok"] == false);
        assert!(broken.clone().all(|rule| !rule["offenders"].as_array().unwrap().is_empty()), "{object}");
        assert_eq!(broken.count() > 0, code == 1, "{rules:?}");
    }
}

#[test]
fn an_invalid_rule_ends_with_two() {
    let cases: [&[&str]; 13] = [
        &[],
        &["--max-growth", "5%"],
        &["--max-growth", "10MiB"],
        &["--max-new", "0"],
        &["--max-function", "f=5%"],
        &["--max-total", "10MB"],
        &["--max-total", "much"],
        &["--max-total", "5%"],
        &["--max-growth", "-5%"],
        &["--max-function", "no-limit"],
        &["--max-function", "(=5MiB"],
        &["--sample-type", "inuse_objects", "--max-total", "10MiB"],
        &["--max-total", "1G", "--sigma", "many"],
    ];
    let mut said = String::new();
    for rules in cases {
        let outcome = run(&[&["check"], rules, &[AFTER]].concat());
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{rules:?}");
        writeln!(said, "$ heapglass check {}\n{}", rules.join(" "), outcome.stderr).unwrap();
    }
    golden("cli", "check-mistakes", &said);
    assert_eq!(run(&["check", "--max-total", "1G", "no/such.pb.gz"]).code, 2);
    assert_eq!(run(&["check", "--max-total", "1G", "--max-memory", "10K", AFTER]).code, 3);
    // One of two inputs is beyond the limit.
    let small = "pprof/go-delta.pb.gz";
    let partly = run(&["check", "--max-growth", "1G", "--max-input", "6K", small, "pprof/go-shop-1.pb.gz"]);
    assert!(partly.code == 3 && partly.stderr.contains("--max-input raises the limit"), "{}", partly.stderr);
}

#[test]
fn offenders_are_named_for_people_and_for_pull_requests() {
    let rules = ["--max-total", "1KiB", "--max-growth", "1%", "--max-new", "1G", "--base", BEFORE, AFTER];
    for format in ["text", "markdown"] {
        let outcome = run(&[&["check", "--format", format], &rules[..]].concat());
        assert_eq!((outcome.code, outcome.stderr.as_str()), (1, ""));
        golden("report", &format!("check-{format}"), &outcome.stdout);
    }
    let (_, object) = check(&rules);
    let first = &object["rules"][0]["offenders"][0];
    let top = &json(&["top", AFTER])["rows"][0];
    assert_eq!((&first["name"], &first["current"]), (&top["name"], &top["self"]));
    assert_eq!(object["rules"][0]["actual"], json(&["top", AFTER])["total"]);
}

#[test]
fn growth_within_noise_does_not_count() {
    let rules = ["--max-growth", "0%", "--base", BEFORE, AFTER];
    assert_eq!(check(&rules).0, 1);
    let (code, object) = check(&[&["--sigma", "1000"], &rules[..]].concat());
    assert_eq!((code, &object["ok"]), (0, &Value::Bool(true)), "nothing is beyond a thousand deviations");
    assert_eq!(check(&[&["--sigma", "0.001"], &rules[..]].concat()).0, 1);
}

#[test]
fn the_code_for_inputs_is_not_that_of_a_mistake_in_the_command_line() {
    let code = |args: &[&str]| run(&[&["check", "--exit-on-input", "125"], args].concat()).code;
    let mistakes: [&[&str]; 9] = [
        &["--max-function", "a(=1MiB"],
        &["--max-function", "f"],
        &["--max-total", "15Mxx"],
        &["--max-growth", "five%"],
        &["--max-alloc-rate", "5MiB"],
        &["--no-such"],
        &["--format", "csv", "--max-total", "1GiB"],
        &["--max-growth", "5%", "--normalize", "--base", BEFORE],
        &[],
    ];
    for mistake in mistakes {
        for input in [BEFORE, "none.pb.gz"] {
            assert_eq!(code(&[mistake, &[input]].concat()), 2, "{mistake:?} {input}");
        }
    }
    let of_profile: [&[&str]; 4] = [
        &["--max-growth", "5%"],
        &["--max-total", "1GiB", "--focus", "a("],
        &["--max-alloc-rate", "5MiB/s", "--focus", "main"],
        &["--max-total", "1GiB", "-o", "none/check.txt"],
    ];
    for mistake in of_profile {
        assert_eq!(code(&[mistake, &[BEFORE]].concat()), 2, "{mistake:?}");
    }
    let one = "heap profile: 1: 1024 [1: 1024] @ heap/1048576\n1: 1024 [1: 1024] @ 0x1\n";
    let noisy = folded("noisy.txt", one);
    let inputs: [&[&str]; 7] = [
        &["--max-total", "700KiB", &noisy],
        &["--max-total", "1GiB", "none.pb.gz"],
        &["--max-function", "none-such=1MiB", BEFORE],
        &["--max-total", "1GiB", "--focus", "none-such", BEFORE],
        &["--max-total", "1MiB", "--sample-type", "inuse_objects", BEFORE],
        &["--max-growth", "5%", "--baseline", "none.json", BEFORE],
        &["--max-growth", "5%", "--base", "malformed/not-a-profile.txt", BEFORE],
    ];
    for input in inputs {
        assert_eq!(code(input), 125, "{input:?}");
    }
}

/// Warnings of a check in JSON.
fn warnings(args: &[&str]) -> Value {
    check(args).1["warnings"].clone()
}

#[test]
fn a_baseline_gives_the_warnings_of_a_base_about_times_and_sampling() {
    let name = folded("facts.json", "");
    fs::remove_file(&name).unwrap();
    let dump = |name: &str, period: usize| {
        let stack = "100: 104857600 [200: 209715200] @ 0x1\n#\t0x1\tmain.f+0x1\tx.go:1\n\n# runtime.MemStats\n";
        folded(name, &format!("heap profile: 100: 104857600 [200: 209715200] @ heap/{}\n{stack}", 2 * period))
    };
    let (coarse, fine) = (dump("coarse.txt", 524_288), dump("fine.txt", 4096));
    let allocated = ["--sample-type", "alloc_space", "shop-series", "--window"];
    let [before, after] = ["1..3", "1..5"].map(|window| [&allocated[..], &[window]].concat());
    for (then, now, base, wanted) in [
        (&[&*coarse][..], &[&*fine][..], ["--base", &coarse], "sampled every 512K in the base and every 4.00K now"),
        (&before, &after, ["--base-window", "1..3"], "the base covers 20.0s, the current window 40.0s"),
    ] {
        let kept = ["--baseline", name.as_str()];
        assert_eq!(check(&[&kept[..], &["--update-baseline"], then].concat()).0, 0, "{wanted}");
        let limit = ["--max-growth", "1GiB"];
        let found = warnings(&[&kept[..], &limit, now].concat());
        assert!(found[0].as_str().unwrap().starts_with(wanted), "{found}");
        assert_eq!(found, warnings(&[&base[..], &limit, now].concat()));
        assert_eq!(warnings(&[&kept[..], &limit, then].concat()), Value::Array(Vec::new()));
        // A file of an earlier version has neither.
        let text = fs::read_to_string(&name).unwrap();
        let earlier: Vec<&str> = text.lines().filter(|line| !line.contains("\"span_ns\"")).collect();
        fs::write(&name, earlier.join("\n")).unwrap();
        let found = warnings(&[&kept[..], &limit, now].concat());
        assert!(found[0].as_str().unwrap().contains("is not known"), "{found}");
    }
}

#[test]
fn a_baseline_that_does_not_fit_is_removed_or_left_and_not_made_by_the_same_command() {
    let name = folded("unfit.json", "");
    fs::remove_file(&name).unwrap();
    let kept = ["check", "--baseline", &name, "--update-baseline"];
    let hint = |args: &[&str]| {
        let outcome = run(&[&kept[..], args, &[BEFORE]].concat());
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        outcome.stderr.lines().nth(1).unwrap().to_owned()
    };
    let missing = hint(&["--max-growth", "1%"]);
    assert_eq!(missing, "hint: `--update-baseline` without a limit on growth makes it");
    assert_eq!(run(&[&kept[..], &[BEFORE]].concat()).code, 0);
    let remove = "remove the file or name another one, and `--update-baseline` makes a new one";
    for options in [&["--no-inlines"][..], &["--granularity", "files"], &["--per", "3"]] {
        assert_eq!(hint(options), format!("hint: check with the options that it was made with, or {remove}"));
    }
    let other = hint(&["--sample-type", "alloc_space", "--max-growth", "1%"]);
    assert_eq!(other, "hint: `--update-baseline` without a limit on growth stores them");
    fs::write(&name, "{").unwrap();
    assert_eq!(hint(&[]), format!("hint: {remove}"));
}

#[test]
fn figures_are_kept_and_held_against() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("baseline");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("heap.json");
    let name = path.to_str().unwrap();
    let kept = ["check", "--baseline", name];
    let missing = run(&[&kept[..], &["--max-growth", "1%", BEFORE]].concat());
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("no such file"), "{}", missing.stderr);

    let made = run(&[&kept[..], &["--update-baseline", BEFORE]].concat());
    assert_eq!((made.code, made.stdout.as_str(), made.stderr.as_str()), (0, "", ""));
    let first = fs::read(&path).unwrap();
    assert_eq!(run(&[&kept[..], &["--max-growth", "0", BEFORE]].concat()).code, 0);
    let rules = ["--max-growth", "1%", "--max-new", "1KiB"];
    let against = |base: [&str; 2]| check(&[&rules[..], &base, &[AFTER]].concat());
    // Figures that were kept are as good as the profile, but for the noise: they may be of another process.
    let figures = |(code, object): (i32, Value)| {
        let rules = object["rules"].as_array().unwrap().iter();
        let rules: Vec<Value> = rules
            .map(|rule| {
                let names = rule["offenders"].as_array().unwrap().iter();
                let names: Vec<Value> = names.map(|one| one["name"].clone()).collect();
                Value::from(vec![rule["rule"].clone(), rule["actual"].clone(), rule["verdict"].clone(), names.into()])
            })
            .collect();
        (code, rules)
    };
    let kept_figures = figures(against(["--baseline", name]));
    assert_eq!(kept_figures, figures(against(["--base", BEFORE])));
    assert_eq!(kept_figures.0, 1);

    let refused = run(&[&kept[..], &["--update-baseline", "--max-growth", "1%", AFTER]].concat());
    assert_eq!(refused.code, 1);
    assert_eq!(fs::read(&path).unwrap(), first, "a state that is not good is not kept");
    let objects = ["--update-baseline", "--sample-type", "inuse_objects", BEFORE];
    assert_eq!(run(&[&kept[..], &objects[..]].concat()).code, 0);
    assert_eq!(figures(against(["--baseline", name])), kept_figures, "each sample type has its own figures");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside it");
    fs::write(&path, "{}").unwrap();
    assert_eq!(run(&[&kept[..], &["--max-growth", "1%", AFTER]].concat()).code, 2);
}

#[cfg(unix)]
#[test]
fn the_example_fails_a_build_on_a_leak() {
    let program = PathBuf::from(assert_cmd::cargo::cargo_bin!("heapglass"));
    let script: PathBuf = [env!("CARGO_MANIFEST_DIR"), "examples/ci/memory-gate.sh"].iter().collect();
    let report = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("memory-gate.md");
    let gate = |before: &str, after: &str| {
        let mut command = std::process::Command::new("/bin/sh");
        command.arg(&script).args([before, after]).arg(&report).current_dir(data().join("shop-series"));
        command.env_clear().env("PATH", program.parent().unwrap());
        command.output().unwrap().status.code()
    };
    let (first, last) = ("shopsvc-heap-20261122T131333Z.pb.gz", "shopsvc-heap-20261122T131546Z.pb.gz");
    assert_eq!(gate(first, last), Some(1));
    let table = fs::read_to_string(&report).unwrap();
    assert!(table.starts_with("**Memory gate broken**") && table.contains("bytes.Clone"), "{table}");
    assert_eq!(gate(last, first), Some(0), "what shrinks holds");
}

#[test]
fn a_result_in_a_file_is_named_where_the_limit_is_exceeded() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("check-result.txt");
    let path = path.to_str().unwrap();
    let of = |limit: &str| run(&["check", AFTER, "--max-total", limit, "-o", path, "--force"]);
    let broken = of("1MiB");
    assert_eq!((broken.code, broken.stdout.as_str()), (1, ""));
    assert_eq!(broken.stderr.lines().next(), Some(&*format!("heapglass: a limit is exceeded; {path} says which")));
    assert!(fs::read_to_string(path).unwrap().contains("BROKEN"));
    let held = of("1GiB");
    assert_eq!((held.code, held.stderr.as_str()), (0, ""));
}

#[test]
fn a_verdict_has_limit_and_growth_in_one_unit() {
    let before = folded("verdict-before.txt", "main;f 100\nmain;g 100\n");
    let after = folded("verdict-after.txt", "main;f 130\nmain;g 100\n");
    let rules = ["--max-growth", "5%", "--max-total", "250", "--max-function", "^f$=20%"];
    let (code, object) = check(&[&rules[..], &["--base", &before, &after]].concat());
    assert_eq!(
        (code, &object["unit"], &object["total"], &object["base_total"]),
        (1, &"count".into(), &230.into(), &200.into())
    );
    let rule =
        |name: &str| object["rules"].as_array().unwrap().iter().find(|rule| rule["rule"] == name).unwrap().clone();
    let figures = |rule: Value| ["bound", "actual", "base", "percent"].map(|name| rule[name].as_f64());
    assert_eq!(figures(rule("max-growth")), [10.0, 30.0, 200.0, 15.0].map(Some));
    assert_eq!(figures(rule("max-function")), [20.0, 30.0, 100.0, 30.0].map(Some));
    assert_eq!(figures(rule("max-total")), [Some(250.0), Some(230.0), None, None]);
}
