//! Inputs of gates: filters without a match, changes, threads, copies, callers, and made-up sampling periods.

use std::fs;
use std::path::{Path, PathBuf};

use heapglass::format::pprof::message;
use prost::Message;
use serde_json::Value;

use crate::support::build::{Stack, message_of};
use crate::support::snapshots::{self, Made, SECOND, bytes_of, heap, write};
use crate::support::sources::tar;
use crate::support::{check, run, text};

fn folder(name: &str) -> PathBuf {
    snapshots::folder("gate-inputs", name)
}

#[test]
fn a_filter_has_to_match_something() {
    let folder = folder("filters");
    let base = write(&folder, "a.pb", &heap(0, &[("cache", 10, 10), ("f", 10, 10)]));
    let current = write(&folder, "b.pb", &heap(1, &[("cache", 20, 20), ("f", 10, 10), ("added", 1, 1)]));
    for filter in [
        ["--ignore", "cahce"],
        ["--base-ignore", "cahce"],
        ["--hide", "cahce"],
        ["--prune-from", "cahce"],
        ["--focus", "cahce"],
        ["--tag-ignore", "byte=1mb"],
        ["--base-tag-ignore", "byte=1mb"],
    ] {
        let (code, said) = check(&[&["--max-growth", "900%", "--base", &base], &filter[..], &[&current]].concat());
        assert!(code == 2 && said.contains(&format!("`{} {}` matches nothing", filter[0], filter[1])), "{said}");
    }
    // A function of one side alone is no mistake.
    for filter in [["--ignore", "added"], ["--hide", "added"]] {
        let (code, said) = check(&[&["--max-growth", "900%", "--base", &base], &filter[..], &[&current]].concat());
        assert_eq!(code, 0, "{filter:?} {said}");
    }
    assert_eq!(check(&["--max-growth", "5%", "--base", &base, "--focus", "added", &current]).0, 1);
}

/// Recording of async-profiler over a second: MiB allocated in and outside of thread-local buffers.
fn recording(second: i64, within: i64, outside: i64) -> Vec<u8> {
    let made = Made { duration: SECOND, ..heap(second, &[("f", within, outside)]) };
    let mut profile = message::Profile::decode(&*bytes_of(&made)).unwrap();
    for (name, other) in [
        ("inuse_objects", "alloc_in_new_tlab_objects"),
        ("inuse_space", "alloc_in_new_tlab_bytes"),
        ("alloc_objects", "alloc_outside_tlab_objects"),
        ("alloc_space", "alloc_outside_tlab_bytes"),
    ] {
        let known = profile.string_table.iter_mut().find(|known| **known == *name.as_bytes()).unwrap();
        *known = other.into();
    }
    profile.encode_to_vec()
}

#[test]
fn an_allocation_rate_is_that_of_all_types_of_allocations() {
    let folder = folder("tlab");
    for second in 1..4 {
        fs::write(folder.join(format!("p-{second}.pb")), recording(second, 10, 20)).unwrap();
    }
    for (limit, code) in [("31MiB/s", 0), ("29MiB/s", 1)] {
        let (got, said) = check(&["--max-alloc-rate", limit, text(&folder)]);
        assert_eq!(got, code, "{limit} {said}");
        assert!(said.contains("30.0 MiB/s"), "{said}");
    }
    let summary = run(&["report", "summary", text(&folder)]).stdout;
    assert!(summary.contains("30.0 MiB/s allocated"), "{summary}");
}

#[test]
fn an_allocation_rate_has_each_copy_of_a_snapshot_once() {
    let folder = folder("copies");
    let made = Made { duration: SECOND, ..heap(1, &[("f", 5, 10)]) };
    write(&folder, "p-1.pb", &made);
    write(&folder, "p-2.pb", &made);
    for (limit, code) in [("10MiB/s", 0), ("9MiB/s", 1)] {
        let (got, said) = check(&["--max-alloc-rate", limit, text(&folder)]);
        assert_eq!(got, code, "{limit} {said}");
    }
}

#[test]
fn a_heap_with_values_below_zero_is_no_level() {
    let folder = folder("negative");
    let difference = write(&folder, "diff.pb", &heap(0, &[("f", -118, 10), ("g", 3, 10)]));
    for rule in [["--max-total", "1MiB"], ["--max-function", "^f$=1MiB"], ["--when", "heap > 1MiB"]] {
        let (code, said) = check(&[&rule[..], &[&difference]].concat());
        assert_eq!(code, 2, "{rule:?} {said}");
    }
    assert_eq!(check(&["--max-total", "1MiB", "--as", "level", &difference]).0, 0);
    let top = run(&["report", "top", &difference]).stdout;
    assert!(top.contains("inuse_space: -115 MiB"), "{top}");

    let series = folder.join("series");
    fs::create_dir(&series).unwrap();
    write(&series, "p-1.pb", &heap(1, &[("f", 100, 100)]));
    write(&series, "p-2.pb", &heap(2, &[("f", -118, 10)]));
    write(&series, "p-3.pb", &heap(3, &[("f", 100, 120)]));
    let (code, said) = check(&["--max-total", "99MiB", text(&series)]);
    assert!(code == 1 && said.contains("mean of 2 snapshots: 100 MiB"), "{said}");
    assert!(said.contains("1 profile tells what changed (-118 MiB)"), "{said}");
}

/// Heap of each thread of a process at two times, by the names that V8 gives.
fn threads(folder: &Path) {
    let mut number = 0;
    for (second, time) in [(0, "090640"), (60, "090740")] {
        for (thread, size) in [(0, 10), (1, 20), (2, 30)] {
            number += 1;
            let name = format!("Heap.20261118.{time}.4711.{thread}.{number:03}.heapprofile");
            write(folder, &name, &heap(second, &[(&format!("f{thread}"), size, 100 + second)]));
        }
    }
}

#[test]
fn a_window_has_all_threads_of_a_time() {
    let folder = folder("threads");
    threads(&folder);
    let windows = |base: &str, window: &str| {
        check(&["--max-growth", "1%", "--base-window", base, "--window", window, text(&folder)])
    };
    assert_eq!(windows("1..3", "4..6").0, 0);
    for (base, window) in [("1..3", "6..6"), ("2..3", "4..6")] {
        let (code, said) = windows(base, window);
        assert!(code == 2 && said.contains("some threads of `4711`"), "{base} {window}: {said}");
    }
    let alert = ["--when", "heap > 50MiB", text(&folder)];
    assert_eq!(check(&[&alert[..], &["--window", "6..6"]].concat()).0, 2);
    assert_eq!(check(&alert).0, 1, "threads are added up");
    let (code, said) = check(&["--max-total", "1GiB", text(&folder)]);
    assert!(code == 0 && said.contains("snapshots from 60.0 MiB to 60.0 MiB"), "threads are added up: {said}");
}

#[test]
fn a_caller_is_a_function_of_the_profile() {
    let folder = folder("callers");
    let base = write(&folder, "a.pb", &heap(0, &[("f", 10, 10)]));
    let current = write(&folder, "b.pb", &heap(1, &[("f", 10, 10), ("main", 20, 20)]));
    let kept = folder.join("kept.json");
    assert_eq!(check(&["--baseline", text(&kept), "--update-baseline", &base]).0, 0);
    for base in [["--base", &base], ["--baseline", text(&kept)]] {
        let (code, said) = check(&[&["--max-new", "1MiB"], &base[..], &[&current]].concat());
        assert_eq!(code, 0, "`main` is in the base: {said}");
        assert_eq!(check(&[&["--max-function", "^main$=5%"], &base[..], &[&current]].concat()).0, 1);
    }
    let (code, said) = check(&["--max-function", "^main$=1KiB", &base]);
    assert!(code == 0 && said.contains("0 B"), "{said}");
    assert_eq!(check(&["--max-function", "^mian$=1KiB", &base]).0, 2);
}

#[test]
fn a_heap_without_memory_in_use_is_not_judged_by_what_was_allocated() {
    let folder = folder("freed");
    let freed = write(&folder, "freed.pb", &heap(0, &[("f", 0, 10)]));
    let (code, said) = check(&["--max-total", "1GiB", &freed]);
    assert!(code == 2 && said.contains("no values for `inuse_space`"), "{said}");
    assert_eq!(check(&["--max-total", "1GiB", "--sample-type", "alloc_space", &freed]).0, 0);
}

#[test]
fn a_condition_that_noise_could_hide_does_not_pass() {
    let folder = folder("period");
    let made = Made { period: 1 << 40, ..heap(0, &[("f", 33, 33)]) };
    let heap = write(&folder, "heap.pb", &made);
    for (condition, code) in [("heap > 9GiB", 2), ("heap > 1MiB", 1), ("heap > 90TiB", 0)] {
        let (got, said) = check(&["--when", condition, &heap]);
        assert_eq!(got, code, "{condition} {said}");
    }
}

#[test]
fn an_archive_in_an_archive_may_hold_profiles() {
    let folder = folder("nested");
    let outer = folder.join("outer.tar");
    let heaps = |at| bytes_of(&heap(at, &[("f", 10, 10)]));
    let inner = tar(&[("heap-2.pb".to_owned(), heaps(2))]);
    let nested = tar(&[("heap-1.pb".to_owned(), heaps(1)), ("old.tar".to_owned(), inner)]);
    fs::write(&outer, nested).unwrap();
    let (code, said) = check(&["--max-total", "1GiB", text(&outer)]);
    assert!(code == 2 && said.contains("old.tar: not a profile: it is a tar archive"), "{code} {said}");
}

#[test]
fn a_hint_about_bytes_leads_to_bytes() {
    let folder = folder("bytes-hint");
    let stacks = folder.join("a.folded");
    fs::write(&stacks, "main;a 3000\n").unwrap();
    let rule = ["--max-total", "1MiB", text(&stacks)];
    let (code, said) = check(&rule);
    assert!(code == 2 && said.contains("or look at bytes: `--unit bytes`"), "{said}");
    assert_eq!(check(&[&["--unit", "bytes"], &rule[..]].concat()).0, 0);
    let heap = write(&folder, "heap.pb", &heap(1, &[("f", 10, 10)]));
    let rule = ["--max-total", "1GiB", &heap];
    let (code, said) = check(&[&["--sample-type", "inuse_objects"], &rule[..]].concat());
    assert!(code == 2 && said.contains("or look at bytes: `--sample-type inuse_space`"), "{said}");
    let counts = folder.join("counts.pb");
    let stack = Stack { names: vec!["f".to_owned()], values: vec![1] };
    fs::write(&counts, message_of(&[stack], 1).encode_to_vec()).unwrap();
    let (code, said) = check(&["--max-total", "1MiB", text(&counts)]);
    assert!(code == 2 && !said.contains("look at bytes"), "{said}");
}

#[test]
fn the_last_snapshot_needs_no_time() {
    let folder = folder("last");
    for (at, value) in [(1, 10), (2, 20), (3, 30)] {
        fs::write(folder.join(format!("heap-{at}.folded")), format!("main;a {value}\n")).unwrap();
    }
    let top = |window| run(&["report", "top", "--window", window, text(&folder)]);
    assert!(top("-0s").stdout.contains("30"), "{}", top("-0s").stdout);
    assert_eq!(top("..-0s").code, 0);
    let refused = top("-1m");
    assert!(refused.code == 2 && refused.stderr.contains("numbers: 1..3; `-0s` is the last one"), "{}", refused.stderr);
}

#[test]
fn what_follows_an_archive_or_a_profile_is_not_left_out_silently() {
    let folder = folder("followed");
    let archive = |name: &str, held| tar(&[(name.to_owned(), bytes_of(&heap(0, &[("f", held, held)])))]);
    let both = folder.join("both.tar");
    fs::write(&both, [archive("a.pb", 1), archive("b.pb", 90)].concat()).unwrap();
    let (code, said) = check(&["--max-total", "50MiB", text(&both)]);
    assert!(code == 2 && said.contains("bytes before or after the tar archive"), "{said}");
    assert_eq!(run(&["report", "top", text(&both)]).code, 0);
    assert_eq!(run(&["report", "top", "--strict", text(&both)]).code, 2);

    // A profile whose end was never written.
    let mut bytes = bytes_of(&heap(0, &[("f", 90, 90)]));
    bytes.extend([0; 64]);
    let zeros = folder.join("zeros.pb");
    fs::write(&zeros, bytes).unwrap();
    let (code, said) = check(&["--max-total", "1GiB", text(&zeros)]);
    assert!(code == 2 && said.contains(": a record with the number 0 at byte "), "{said}");
    assert_eq!(run(&["report", "top", text(&zeros)]).code, 0);
}

#[test]
fn standard_input_is_one_input() {
    let kept = ["check", "--max-growth", "5%", "-", "--baseline", "-"];
    for args in [&["report", "top", "-", "-"][..], &["report", "top", "-", "--base", "-"], &kept] {
        let outcome = run(args);
        assert!(outcome.code == 2 && outcome.stderr.contains("`-` is given twice"), "{}", outcome.stderr);
    }
}

#[test]
fn rules_of_a_file_that_cannot_be_applied_are_said() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/malformed/drop-frames-bad-regex.pb.gz");
    let words = "`drop_frames` of the file is no regular expression, so that no frame is dropped";
    let (code, said) = check(&["--max-total", "1GiB", file]);
    assert!(code == 0 && said.contains(&format!("warning: {words}")), "{said}");
    let summary = run(&["report", "summary", "--format", "json", file]).stdout;
    let health = serde_json::from_str::<Value>(&summary).unwrap()["health"].to_string();
    assert!(health.contains("frame-rules") && health.contains(words), "{health}");
}

#[test]
fn a_report_without_inputs_beyond_a_limit_does_not_end_as_success() {
    let folder = folder("limits");
    write(&folder, "heap-0.pb", &heap(0, &[("f", 1, 1)]));
    let names: Vec<String> = (0..200).map(|number| format!("function_{number}")).collect();
    let sites: Vec<(&str, i64, i64)> = names.iter().map(|name| (&**name, 1, 1)).collect();
    write(&folder, "heap-1.pb", &heap(60, &sites));
    let outcome = run(&["report", "top", "--max-input", "2KiB", text(&folder)]);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("1.00 MiB"), "{}", outcome.stdout);
    assert!(outcome.stderr.contains("an input left out because of a resource limit"), "{}", outcome.stderr);
    let outcome = run(&["report", "top", "--max-input", "8", text(&folder)]);
    assert!(outcome.code == 3 && !outcome.stderr.contains("no profile in this directory"), "{}", outcome.stderr);
}
