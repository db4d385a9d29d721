//! Repeated checks fail closed: what cannot be judged is an alert once it lasts, and hides no limit that is exceeded.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::server::{Server, ok, status};
use crate::support::snapshots::{self, Made, heap, write};
use crate::support::{check, spawn, text};

const REPEATED: [&str; 2] = ["--every", "10ms"];

fn folder(name: &str) -> PathBuf {
    snapshots::folder("alerts", name)
}

/// Service whose heap is small at first, then cannot be read, and then is large.
fn failing() -> Server {
    let asked = AtomicUsize::new(0);
    Server::start(move |_, stream| {
        let heap = match asked.fetch_add(1, Ordering::SeqCst) {
            0 => 1_u64 << 20,
            1..=40 => return status(stream, "503 Service Unavailable", "busy"),
            _ => 9 << 20,
        };
        let figures = format!(
            "heap profile: 0: 0 [0: 0] @ heap/1048576\n\n# runtime.MemStats\n# HeapAlloc = {heap}\n# HeapInuse = {heap}\n\
             # HeapIdle = 0\n# HeapReleased = 0\n# Sys = {heap}\n# NextGC = {heap}\n"
        );
        ok(stream, figures.as_bytes())
    })
}

#[test]
fn checks_that_fail_in_a_row_are_an_alert() {
    let service = failing();
    let when = ["--when", "heap > 5MiB"];
    let (code, said) = check(&[&when[..], &REPEATED, &[&service.url("")]].concat());
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("  cannot be checked: ") && !said.contains("broken"), "{said}");
    // A breach has to last longer than the outage.
    let service = failing();
    let mut child = spawn(&[&["check"], &when[..], &REPEATED, &["--for", "1h", &service.url("")]].concat());
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let lines: Vec<String> = lines.take(4).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(lines[2].ends_with("  can be checked again") && lines[3].contains("  broken: heap > 5MiB"), "{lines:?}");
}

#[test]
fn the_command_of_an_alert_is_told_of_checks_that_fail() {
    let service = failing();
    let hook = ["--exec", "sh -c 'echo told: $0 >&2'"];
    let mut child = spawn(&[&["check", "--when", "heap > 5MiB"], &REPEATED[..], &hook, &[&service.url("")]].concat());
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let told: Vec<String> = lines.by_ref().filter(|line| line.starts_with("told: ")).take(2).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(told[0].starts_with("told: cannot be checked: "), "{told:?}");
    assert!(told[1].starts_with("told: heap > 5MiB"), "each alert once: {told:?}");
}

#[test]
fn an_input_that_cannot_be_read_hides_no_breach() {
    let folder = folder("unread");
    write(&folder, "heap-0.pb", &heap(0, &[("f", 55, 55)]));
    write(&folder, "heap-1.pb", &heap(60, &[("f", 160, 160)]));
    fs::write(folder.join("heap-2.pb"), b"\x1f\x8b\x08 and no more").unwrap();
    for rule in [["--max-total", "60MiB"], ["--when", "heap > 60MiB"]] {
        let (code, said) = check(&[&rule[..], &REPEATED, &[text(&folder)]].concat());
        assert!(code == 1 && said.contains("broken: "), "{rule:?}: {said}");
        let (code, said) = check(&[&rule[..], &[text(&folder)]].concat());
        assert_eq!(code, 2, "a single check needs all inputs: {said}");
    }
    let (code, said) = check(&[&["--max-total", "1GiB"], &REPEATED[..], &[text(&folder)]].concat());
    assert!(code == 2 && said.contains("an input cannot be relied on"), "{said}");
}

#[test]
fn a_condition_or_a_rule_counts_without_the_other() {
    let file = write(&folder("parts"), "heap.pb", &heap(0, &[("f", 90, 90)]));
    for (args, words) in [
        // A single snapshot has no rate.
        (["--when", "heap > 60MiB", "--max-alloc-rate", "1GiB/s"], "heap > 60MiB"),
        (["--when", "rss > 1GiB", "--max-total", "60MiB"], "max-total"),
    ] {
        let (code, said) = check(&[&args[..], &REPEATED, &[&file]].concat());
        assert!(code == 1 && said.contains(words), "{args:?}: {said}");
        let (code, said) = check(&[&args[..], &[&file]].concat());
        assert_eq!(code, 2, "{args:?}: {said}");
    }
}

#[test]
fn a_repeated_check_with_a_base_window_judges_the_newest_snapshot() {
    let folder = folder("base-window");
    for at in 0..20 {
        let held = if at == 19 { 90 } else { 50 };
        write(&folder, &format!("heap-{at:02}.pb"), &heap(60 * at, &[("f", held, 100 + held)]));
    }
    let growth = ["--max-growth", "10%", "--base-window"];
    let (code, said) = check(&[&growth[..], &["1..3"], &REPEATED, &[text(&folder)]].concat());
    assert!(code == 1 && said.contains("50.0 MiB to 90.0 MiB"), "{said}");
    let (code, said) = check(&[&growth[..], &["-10m"], &REPEATED, &[text(&folder)]].concat());
    assert!(code == 2 && said.contains("the window is its own base"), "{said}");
    let (code, said) = check(&[&growth[..], &["1..3", "--window", "1..3", text(&folder)]].concat());
    assert!(code == 2 && said.contains("the window is its own base"), "{said}");

    let (code, said) = check(&[&growth[..], &["1..3", text(&folder)]].concat());
    assert!(code == 0 && said.contains("warning: the window contains its base (3 snapshots)"), "{said}");
    let (_, said) = check(&[&growth[..], &["1..3", "--window", "4..", text(&folder)]].concat());
    assert!(!said.contains("contains its base"), "{said}");
}

#[test]
fn fewer_snapshots_without_times_do_not_hold_a_limit_on_growth_of_allocations() {
    for (name, second) in [("unknown", None), ("equal", Some(7))] {
        let folder = folder(name);
        for at in 0..11 {
            let allocated = if at < 8 { 20 * at } else { 140 + 60 * (at - 7) };
            let time = second.map_or(0, |second| heap(second, &[]).time);
            write(&folder, &format!("heap-{at:02}.pb"), &Made { time, ..heap(0, &[("f", 50, 100 + allocated)]) });
        }
        let rule = ["--sample-type", "alloc_space", "--max-growth", "5%", text(&folder)];
        let words = "the base has 8 snapshots, the current window 3, and their times are not known";
        let (code, said) = check(&[&rule[..], &["--base-window", "1..8", "--window", "9..11"]].concat());
        assert!(code == 2 && said.contains(words), "{name}: {said}");
        let kept = folder.join("kept.json");
        let keep =
            ["--sample-type", "alloc_space", "--window", "1..8", text(&folder), "--update-baseline", "--baseline"];
        assert_eq!(check(&[&keep[..], &[text(&kept)]].concat()).0, 0);
        let (code, said) = check(&[&rule[..], &["--baseline", text(&kept), "--window", "9..11"]].concat());
        assert!(code == 2 && said.contains(words), "{name}: {said}");
        fs::remove_file(kept).unwrap();
        // Equal numbers of snapshots are compared, and so are counts since the start.
        let (code, said) = check(&[&rule[..], &["--base-window", "1..3", "--window", "3..5"]].concat());
        assert!(code == 0 && !said.contains("times are not known"), "{name}: {said}");
        let last = ["--base-window", "1..8", "--window", "9..11", "--aggregate", "last"];
        let (code, said) = check(&[&rule[..], &last].concat());
        assert!(code == 1 && !said.contains("times are not known"), "{name}: {said}");
    }
}
