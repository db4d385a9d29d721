//! Order and instances of the files of a directory, by their names.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::run;
use crate::support::snapshots::{self, MIB, heap, write};

fn folder(name: &str) -> PathBuf {
    snapshots::folder("file-names", name)
}

fn words(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Folder with texts that have no time, and grow in the order of the names.
fn without_times(name: &str, names: &[&str]) -> PathBuf {
    let folder = folder(name);
    for (size, name) in (1..).zip(names) {
        fs::write(folder.join(name), format!("main;leak {size}00\nmain;base 7\n")).unwrap();
    }
    folder
}

/// Folder with a heap every day, of 10 MiB, 20 MiB and so on.
fn with_times(name: &str, names: &[&str]) -> PathBuf {
    let folder = folder(name);
    for (day, name) in (0..).zip(names) {
        write(&folder, name, &heap(day * 86_400, &[("main.leak", 10 + 10 * day, 10 + 10 * day)]));
    }
    folder
}

/// Report in JSON. It may have warnings.
fn report(kind: &str, folder: &Path) -> Value {
    let outcome = run(&["report", kind, "--format", "json", words(folder)]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

fn sources(summary: &Value) -> Vec<&str> {
    let sources = summary["snapshots"].as_array().unwrap().iter();
    sources.map(|snapshot| snapshot["source"].as_str().unwrap().rsplit('/').next().unwrap()).collect()
}

#[test]
fn files_without_times_are_in_the_order_that_their_names_tell() {
    let lists: [&[&str]; 6] = [
        &["heap-30s.folded", "heap-90s.folded", "heap-5m.folded", "heap-1h.folded"],
        &["t0.folded", "t5m.folded", "t10m.folded", "t1h.folded"],
        &["heap_28.11.2026.folded", "heap_30.11.2026.folded", "heap_01.12.2026.folded"],
        &["heap-before.folded", "heap-after.folded"],
        &["app.folded.2", "app.folded.1", "app.folded"],
        &["heap.folded", "heap (1).folded", "heap (2).folded", "heap (10).folded"],
    ];
    for (number, names) in lists.into_iter().enumerate() {
        let summary = report("summary", &without_times(&format!("order-{number}"), names));
        assert_eq!(sources(&summary), names);
        assert_eq!(summary["instances"].as_array().unwrap().len(), 1, "{names:?}");
    }
    let elapsed = without_times("elapsed", lists[0]);
    let growth = ["check", "--unit", "bytes", "--max-growth", "50%", "--base-window", "1", "--window", "4"];
    assert_eq!(run(&[&growth[..], &[words(&elapsed)]].concat()).code, 1, "a leak breaks the limit");
}

#[test]
fn the_order_of_files_without_times_is_named() {
    for (name, names, order) in [
        ("numbers", ["heap-1.folded", "heap-2.folded"], "the order of the numbers in their names"),
        ("words", ["heap-start.folded", "heap-end.folded"], "the order of their names"),
        ("days", ["heap-01-12-2026.folded", "heap-02-12-2026.folded"], "names, dates read as day, month, year"),
    ] {
        let said = run(&["report", "top", words(&without_times(name, &names))]).stderr;
        assert!(said.lines().any(|line| line.ends_with(order)), "{said}");
    }
}

#[test]
fn dates_and_rotations_tell_no_instances_apart() {
    let lists: [[&str; 4]; 8] = [
        ["heap_29.11.2026.pb", "heap_30.11.2026.pb", "heap_01.12.2026.pb", "heap_02.12.2026.pb"],
        ["heap-11-29-2026.pb", "heap-11-30-2026.pb", "heap-12-01-2026.pb", "heap-12-02-2026.pb"],
        ["heap-Nov-29.pb", "heap-Nov-30.pb", "heap-Dec-01.pb", "heap-Dec-02.pb"],
        ["heap-sat.pb", "heap-sun.pb", "heap-mon.pb", "heap-tue.pb"],
        ["heap-2026-11-22-9am.pb", "heap-2026-11-22-1pm.pb", "heap-2026-11-23-9am.pb", "heap-2026-11-23-1pm.pb"],
        ["app.out.3", "app.out.2", "app.out.1", "app.out"],
        ["app.heap-20261122", "app.heap-20261123", "app.heap-20261124", "app.heap"],
        ["app.pb.~1~", "app.pb.~2~", "app.pb.old", "app.pb"],
    ];
    for (number, names) in lists.into_iter().enumerate() {
        let folder = with_times(&format!("dates-{number}"), &names);
        let top = report("top", &folder);
        assert_eq!((top["instances"].as_i64(), top["total"].as_i64()), (Some(1), Some(25 * MIB)), "{names:?}");
        // No clock went back.
        if number < 7 {
            assert_eq!(run(&["report", "top", words(&folder)]).stderr, "", "{names:?}");
        }
    }
}

#[test]
fn zones_of_times_in_names_are_used() {
    let names = ["h-2026-11-22T23:30:00+01:00.folded", "h-2026-11-22T23:00:00Z.folded"];
    let folder = without_times("zones", &names);
    let summary = report("summary", &folder);
    assert_eq!(sources(&summary), names);
    assert_eq!(summary["snapshots"][0]["time"], "2026-11-22T22:30:00Z");
    assert_eq!(summary["instances"].as_array().unwrap().len(), 1);
    let said = run(&["report", "top", words(&folder)]).stderr;
    assert!(said.contains("2 times from file names\n"), "{said}");
    fs::write(folder.join("h-2026-11-23T08:00:00.folded"), "main;leak 500\n").unwrap();
    let said = run(&["report", "top", words(&folder)]).stderr;
    assert!(said.contains("3 times from file names, 1 of them without a zone and taken as UTC\n"), "{said}");
}

#[test]
fn instances_of_one_snapshot_each_are_named_where_there_is_no_trend() {
    let names = ["heap-idle.pb", "heap-load.pb"];
    let folder = with_times("one-each", &names);
    let said = run(&["report", "leaks", words(&folder)]).stderr;
    assert!(said.contains("each of 2 has one: heap-idle, heap-load\nhint: "), "{said}");
    let files = names.map(|name| folder.join(name));
    let joined = run(&["report", "leaks", words(&files[0]), words(&files[1])]);
    assert_eq!(joined.code, 0, "{}", joined.stderr);
}
