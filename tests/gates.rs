//! Gates that must not pass by mistake: what a limit is on, with which options it can go, and what is written of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::run;
use crate::support::snapshots::{self, heap, write};

fn folder(name: &str) -> PathBuf {
    snapshots::folder("gates", name)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Exit code, and both outputs.
fn check(args: &[&str]) -> (i32, String) {
    let outcome = run(&[&["check"], args].concat());
    (outcome.code, outcome.stdout + &outcome.stderr)
}

/// Writes snapshots of `main.f` in MiB, a second apart, of one instance.
fn pod(folder: &Path, name: &str, from: i64, sizes: &[i64]) {
    for (second, size) in (from..).zip(sizes) {
        write(folder, &format!("{name}-{second}.pb"), &heap(second, &[("f", *size, 1000 + second)]));
    }
}

#[test]
fn a_baseline_does_not_go_with_another_base() {
    let folder = folder("two-bases");
    let small = write(&folder, "small.pb", &heap(0, &[("f", 10, 10)]));
    let big = write(&folder, "big.pb", &heap(1, &[("f", 1000, 1000)]));
    let kept = folder.join("kept.json");
    assert_eq!(check(&["--baseline", text(&kept), "--update-baseline", &small]).0, 0);
    let rule = ["--baseline", text(&kept), "--max-growth", "5%"];
    assert_eq!(check(&[&rule[..], &[&big]].concat()).0, 1);
    for other in [["--base-focus", ""], ["--base-ignore", "x"], ["--base-instance", "median"]] {
        let (code, said) = check(&[&rule[..], &other, &[&big]].concat());
        assert_eq!(code, 2, "{other:?} {said}");
    }
}

#[test]
fn limits_are_on_what_was_measured_also_where_totals_are_normalized() {
    let folder = folder("normalized");
    let small = write(&folder, "small.pb", &heap(0, &[("f", 10, 10)]));
    let big = write(&folder, "big.pb", &heap(1, &[("f", 10, 10), ("g", 990, 990)]));
    let ledger = folder.join("builds.jsonl");
    let with = |args: &[&str]| check(&[&["--normalize", "--base", &small], args, &[&big]].concat());
    for (args, code) in [
        (["--max-total", "1000MiB"], 0),
        (["--max-total", "999MiB"], 1),
        (["--max-new", "990MiB"], 0),
        (["--max-new", "989MiB"], 1),
        (["--max-function", "^g$=989MiB"], 1),
        (["--max-function", "^f$=5%"], 0),
        (["--max-growth", "5%"], 2),
    ] {
        let (got, said) = with(&args);
        assert_eq!(got, code, "{args:?} {said}");
    }
    assert_eq!(with(&["--history", text(&ledger), "--revision", "r1"]).0, 0);
    let line: Value = serde_json::from_str(&fs::read_to_string(&ledger).unwrap()).unwrap();
    assert_eq!(line["total"], Value::from(1000 << 20), "{line}");
}

#[test]
fn a_limit_on_what_is_held_is_on_all_instances() {
    let (two, three) = (folder("two"), folder("three"));
    for (name, size) in [("a", 10), ("b", 20)] {
        pod(&two, name, 0, &[size, size]);
    }
    for (name, size) in [("a", 10), ("b", 20), ("c", 30)] {
        pod(&three, name, 10, &[size, size]);
    }
    let ledger = folder("held-ledger").join("builds.jsonl");
    let base = ["--base", text(&two)];
    for (rule, code) in
        [(["--max-total", "60MiB"], 0), (["--max-total", "59MiB"], 1), (["--max-function", "^f$=59MiB"], 1)]
    {
        let (got, said) = check(&[&rule[..], &base, &[text(&three)]].concat());
        assert_eq!(got, code, "{rule:?} {said}");
    }
    let history = ["--history", text(&ledger), "--revision", "r1"];
    assert_eq!(check(&[&history[..], &["--max-growth", "40%"], &base, &[text(&three)]].concat()).0, 0);
    let line: Value = serde_json::from_str(&fs::read_to_string(&ledger).unwrap()).unwrap();
    assert_eq!((&line["total"], &line["instances"]), (&Value::from(60 << 20), &Value::from(3)), "{line}");
}

#[test]
fn a_baseline_knows_what_was_summed() {
    let folder = folder("scope");
    let held = write(&folder, "held.pb", &heap(0, &[("f", 100, 100)]));
    let kept = folder.join("kept.json");
    let keep = |args: &[&str]| {
        let _ = fs::remove_file(&kept);
        assert_eq!(check(&[&["--baseline", text(&kept), "--update-baseline"], args].concat()).0, 0);
    };
    let judge = |args: &[&str]| check(&[&["--baseline", text(&kept), "--max-growth", "5%"], args].concat());
    keep(&[&held]);
    assert_eq!(judge(&[&held]).0, 0);
    for option in [&["--as", "change"][..], &["--flip"], &["--no-inlines"], &["--all-frames"]] {
        let (code, said) = judge(&[option, &[&held]].concat());
        assert_eq!(code, 2, "{option:?} {said}");
        assert!(said.contains("a baseline of everything"), "{said}");
    }
    keep(&["--as", "change", &held]);
    assert_eq!(judge(&[&held]).0, 2, "changes are no levels");
    assert_eq!(judge(&["--as", "change", &held]).0, 0);
}

#[test]
fn a_negative_function_makes_no_room_for_a_new_one() {
    let folder = folder("negative");
    let before = write(&folder, "before.pb", &heap(0, &[("f", 10, 10)]));
    let after = write(&folder, "after.pb", &heap(1, &[("f", 10, 10), ("new", 200, 200), ("less", -200, 200)]));
    let (code, said) = check(&["--match", "raw", "--max-new", "1MiB", "--base", &before, &after]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("200 MiB"), "{said}");
}

#[test]
fn an_instance_without_a_snapshot_in_the_window_is_named() {
    let folder = folder("absent");
    pod(&folder, "a", 0, &[10, 10, 10, 10]);
    pod(&folder, "b", 0, &[90]);
    let (code, said) = check(&["--max-total", "50MiB", "--window", "3..", text(&folder)]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("warning: no snapshot in the window, so not judged: b"), "{said}");
    let (_, said) = check(&["--max-total", "500MiB", text(&folder)]);
    assert!(!said.contains("not judged"), "{said}");
}

#[test]
fn the_rate_of_allocation_has_a_limit() {
    let folder = folder("rate");
    for second in 0..4 {
        write(&folder, &format!("heap-{second}.pb"), &heap(second, &[("f", 10, 100 + 8 * second)]));
    }
    let limited = |args: &[&str]| check(&[&["--max-alloc-rate"], args, &[text(&folder)]].concat());
    let (code, said) = limited(&["8MiB/s"]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = limited(&["7.9MiB/s"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("BROKEN  max-alloc-rate  7.9MiB/s  8.00 MiB/s"), "{said}");
    for refused in [&["8MiB"][..], &["fast/s"], &["8MiB/s", "--focus", "f"], &["8MiB/s", "--window", "1..1"]] {
        let (code, said) = limited(refused);
        assert_eq!(code, 2, "{refused:?} {said}");
        assert!(said.contains("hint: "), "{said}");
    }
}

#[test]
fn a_condition_is_on_every_instance_and_every_input() {
    let folder = folder("condition");
    let big = write(&folder, "big.pb", &heap(0, &[("f", 90, 90)]));
    let small = write(&folder, "small.pb", &heap(1, &[("f", 5, 5)]));
    let when = ["--when", "heap > 60MiB", "--each"];
    let (code, said) = check(&[&when[..], &[&big, &small]].concat());
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("big (of 2 instances): heap 90.0 MiB"), "{said}");
    assert_eq!(check(&[&when[..], &["--instance", "small", &big, &small]].concat()).0, 0);
    let (code, said) = check(&["--when", "heap > 60MiB", &small, "no-such-file"]);
    assert_eq!(code, 2, "an input that cannot be read may be the one: {said}");
    assert_eq!(check(&["--when", "heap > 60MiB", "--window", "1..1", text(&folder)]).0, 1, "the first one is large");
}

#[test]
fn no_baseline_is_stored_while_a_condition_holds() {
    let folder = folder("not-stored");
    let heap = write(&folder, "heap.pb", &heap(0, &[("f", 90, 90)]));
    let (kept, ledger) = (folder.join("kept.json"), folder.join("builds.jsonl"));
    let store = ["--baseline", text(&kept), "--update-baseline", &heap];
    assert_eq!(check(&[&["--when", "heap > 60MiB"], &store[..]].concat()).0, 1);
    assert!(!kept.exists());
    assert_eq!(check(&[&["--when", "heap > 600MiB"], &store[..]].concat()).0, 0);
    assert!(kept.exists());
    let history = ["--history", text(&ledger), "--revision", "r1", &heap];
    assert_eq!(check(&[&["--when", "heap > 60MiB"], &history[..]].concat()).0, 1);
    let line: Value = serde_json::from_str(&fs::read_to_string(&ledger).unwrap()).unwrap();
    assert_eq!(line["ok"], false, "{line}");
}

#[test]
fn a_condition_has_its_own_verdict_in_every_format() {
    let folder = folder("formats");
    let heap = write(&folder, "heap.pb", &heap(0, &[("f", 34, 34)]));
    let both = ["--when", "heap > 10GiB", "--max-total", "1MiB", &heap];
    let (code, said) = check(&both);
    assert_eq!(code, 1);
    assert!(said.starts_with("ok  heap > 10GiB: heap 34.0 MiB\n") && said.contains("BROKEN  max-total"), "{said}");
    let alone = ["--when", "heap > 10GiB", &heap];
    for (args, ok) in [(&both[..], false), (&alone, true)] {
        let outcome = run(&[&["check", "--format", "json"], args].concat());
        let object: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!((&object["schema"], &object["ok"]), (&"heapglass.check/1".into(), &Value::from(ok)), "{object}");
        assert_eq!((&object["condition"]["ok"], outcome.code), (&true.into(), i32::from(!ok)), "{object}");
        assert!(object["rules"].is_array() && object["warnings"].is_array(), "{object}");
    }
    let (_, said) = check(&["--format", "markdown", "--when", "heap > 1MiB", &heap]);
    assert!(said.contains("broken") && said.contains("34.0 MiB"), "{said}");
}

#[test]
fn an_alert_says_what_is_broken() {
    let folder = folder("alert");
    let heap = write(&folder, "heap.pb", &heap(0, &[("f", 34, 34)]));
    let (code, said) = check(&["--max-total", "1MiB", "--max-total", "1GiB", "--every", "10ms", &heap]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("  broken: inuse_space: 34.0 MiB ±") && said.contains("limit 1MiB: broken\n"), "{said}");
    assert!(!said.contains("limit 1GiB"), "{said}");
}

#[test]
fn a_window_of_a_copy_alone_has_the_figures_of_the_snapshot() {
    let folder = folder("copies");
    pod(&folder, "heap", 1, &[35, 74]);
    fs::copy(folder.join("heap-2.pb"), folder.join("heap-3.pb")).unwrap();
    for (rule, limit) in [("--max-growth", "5%"), ("--max-total", "10MiB")] {
        let check = |window| check(&[rule, limit, "--base-window", "1..1", "--window", window, text(&folder)]);
        for window in ["2..3", "3..3"] {
            let (code, said) = check(window);
            assert_eq!(code, 1, "{rule} {window}: {said}");
            assert!(said.contains("74.0 MiB"), "{rule} {window}: {said}");
        }
    }
    let (code, said) = check(&["--max-growth", "5%", "--base-window", "2..2", "--window", "3..3", text(&folder)]);
    assert_eq!(code, 0, "{said}");
}
