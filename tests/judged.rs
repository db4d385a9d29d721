//! What a gate judges: levels and no changes, with the range and the noise of its figures, the newest snapshot of each
//! instance in a repeated check.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::snapshots::{self, Made, SECOND, heap, write};
use crate::support::{check, json, run, text};

fn folder(name: &str) -> PathBuf {
    snapshots::folder("judged", name)
}

fn check_json(args: &[&str]) -> Value {
    serde_json::from_str(&run(&[&["check", "--format", "json"], args].concat()).stdout).unwrap()
}

/// Levels of 50, 55 and 60 MiB a minute apart, and a change of 3 MiB within 30 seconds.
fn series_with_change(name: &str, pod: &str) -> PathBuf {
    let folder = folder(name);
    for (at, held) in (0..).zip([50, 55, 60]) {
        write(&folder, &format!("{pod}-{at}.pb"), &heap(60 * at, &[("f", held, 100 + 20 * at)]));
    }
    write(&folder, &format!("{pod}-3.pb"), &Made { duration: 30 * SECOND, ..heap(200, &[("f", 3, 5)]) });
    folder
}

#[test]
fn a_change_alone_in_a_window_of_levels_is_no_level() {
    let folder = series_with_change("change-alone", "heap");
    let series = text(&folder);
    for window in ["-0s", "-30s", "4"] {
        let (code, said) = check(&["--max-total", "40MiB", "--window", window, series]);
        assert!(code == 2 && said.contains("the profile has changes, not what is held"), "{window}: {said}");
    }
    let (code, said) = check(&["--max-growth", "5%", "--base-window", "1", "--window", "4", series]);
    assert!(code == 2 && said.contains("one of the windows has levels"), "{said}");
    let headline = &json(&["summary", "--window", "4", series])["headline"];
    assert!(headline.as_str().unwrap().starts_with("in use grew by 3.00 MiB in 30.0 s"), "{headline}");

    let (code, said) = check(&["--when", "heap > 40MiB", series]);
    assert!(code == 1 && said.contains("heap 60.0 MiB") && said.contains("1 profile tells what changed"), "{said}");
    let (code, said) = check(&["--when", "heap > 40MiB", "--window", "4", series]);
    assert!(code == 2 && said.contains("what changed within a time, not what the heap holds"), "{said}");
}

#[test]
fn a_change_is_not_compared_with_a_level_of_another_file() {
    let folder = folder("sides");
    let level = write(&folder, "level.pb", &heap(0, &[("f", 50, 100)]));
    let change = write(&folder, "change.pb", &Made { duration: 30 * SECOND, ..heap(60, &[("f", 20, 30)]) });
    let kept = folder.join("kept.json");
    assert_eq!(check(&["--baseline", text(&kept), "--update-baseline", &level]).0, 0);
    for base in [["--base", level.as_str()], ["--baseline", text(&kept)]] {
        let (code, said) = check(&[&["--max-growth", "5%"], &base[..], &[&change]].concat());
        assert!(code == 2 && said.contains("one of the windows has levels"), "{base:?}: {said}");
    }
    // Alone it may be either.
    let (code, said) = check(&["--max-total", "40MiB", &change]);
    assert!(code == 0 && said.contains("warning: the profile covers a duration"), "{said}");
    let (code, said) = check(&["--when", "heap > 40MiB", &change]);
    assert!(code == 0 && said.contains("warning: the profile covers a duration"), "{said}");
}

#[test]
fn an_instance_of_a_series_of_levels_has_no_levels_in_a_window_of_its_change() {
    let folder = series_with_change("instances", "web-b");
    for at in 0..5 {
        write(&folder, &format!("web-a-{at}.pb"), &heap(50 * at, &[("f", 10, 100 + at)]));
    }
    let last = ["--window", "-10s", text(&folder)];
    let (code, said) = check(&[&["--max-total", "1GiB"], &last[..]].concat());
    assert!(code == 2 && said.contains("`web-b` is of changes"), "{said}");
    let (code, said) = check(&[&["--max-total", "1GiB", "--instance", "web-b"], &last[..]].concat());
    assert!(code == 2 && said.contains("the profile has changes"), "{said}");
    // The headline of the series has no change among its levels.
    let (code, said) = check(&["--max-total", "1GiB", text(&folder)]);
    assert!(code == 0 && said.contains("snapshots from 60.0 MiB to 70.0 MiB, the last one 70.0 MiB"), "{said}");
}

#[test]
fn the_time_of_a_window_is_that_of_its_levels() {
    let folder = series_with_change("time", "heap");
    let summary = run(&["report", "summary", text(&folder)]).stdout;
    assert!(summary.contains("50.0 MiB → 60.0 MiB in 2.00 min"), "{summary}");
    assert!(summary.contains("341 KiB/s allocated, in 2.00 min"), "{summary}");
    let diff = ["report", "diff", "--format", "json", "--base-window", "1..2", "--window", "2..4", text(&folder)];
    let diff: Value = serde_json::from_str(&run(&diff).stdout).unwrap();
    let (beside, rate) = (&diff["beside"], &diff["beside"]["allocated"]);
    let seconds = beside["span_ns"].as_f64().unwrap() / 1e9;
    assert!(
        (rate["amount"].as_f64().unwrap() / seconds - rate["per_second"].as_f64().unwrap()).abs() < 1.0,
        "{beside}"
    );
}

#[test]
fn the_range_of_a_mean_is_over_all_instances_and_of_both_sides() {
    let folder = folder("range");
    for pod in ["a", "b"] {
        for at in 0..20 {
            let is_spike = (pod, at) == ("b", 19) || (pod, at) == ("a", 3);
            let held = if is_spike { 2000 } else { 10 };
            let second = 60 * at + i64::from(pod == "b");
            write(&folder, &format!("web-{pod}-{at:02}.pb"), &heap(second, &[("f", held, 3000 + at)]));
        }
    }
    let rule = ["--max-total", "512MiB", text(&folder)];
    let (code, said) = check(&rule);
    assert!(code == 0 && said.contains("snapshots from 20.0 MiB to 1.96 GiB, the last one 1.96 GiB"), "{said}");
    let (_, said) = check(&[&rule[..], &["--per", "instance"]].concat());
    assert!(said.contains("snapshots from 10.0 MiB to 1005 MiB, the last one 1005 MiB"), "{said}");
    let object = check_json(&rule);
    let range = |least: i64, most: i64, last: i64| serde_json::json!({ "least": least << 20, "most": most << 20, "last": last << 20 });
    assert_eq!(object["range"], range(20, 2010, 2010), "{object}");
    assert_eq!(object["base_range"], Value::Null);
    let sides = ["--max-growth", "5%", "--base-window", "1..20", "--window", "21..30", text(&folder)];
    let object = check_json(&sides);
    assert_eq!([&object["base_range"], &object["range"]], [&range(20, 2010, 20), &range(20, 20, 20)], "{object}");
    let (_, said) = check(&sides);
    assert!(said.contains("those of the base from 20.0 MiB to 1.96 GiB, the last one 20.0 MiB"), "{said}");
}

#[test]
fn no_gate_passes_on_a_huge_sampling_period() {
    let folder = folder("period");
    for (at, sites) in (0..).zip([&[("f", 50, 100)][..], &[("f", 50, 103), ("g", 2, 2)]]) {
        let made = Made { period: 1 << 40, ..heap(60 * at, sites) };
        write(&folder, &format!("heap-{at}.pb"), &made);
    }
    let series = ["--base-window", "1", "--window", "2", text(&folder)];
    for rule in [
        ["--max-growth", "50%"],
        ["--max-new", "5MiB"],
        ["--max-function", "^f$=50%"],
        ["--max-function", "^main$=50%"],
        ["--max-function", "^f$=60MiB"],
    ] {
        let (code, said) = check(&[&rule[..], &series].concat());
        assert!(code == 2 && said.contains("UNJUDGED"), "{rule:?}: {said}");
        assert!(said.contains("is more than half of the total"), "{rule:?}: {said}");
    }
    let (code, said) = check(&["--max-alloc-rate", "1MiB/s", text(&folder)]);
    assert!(code == 2 && said.contains("85.3 KiB/s ±") && said.contains("/s (2σ, at most)"), "{said}");
}

#[test]
fn a_rate_has_its_noise() {
    let folder = folder("rate");
    let site = |allocated: i64| vec![("f".to_owned(), [256, 256 << 12, allocated, allocated << 12])];
    for (at, allocated) in [(0, 256), (60, 384)] {
        write(&folder, &format!("heap-{at}.pb"), &Made { sites: site(allocated), ..heap(at, &[]) });
    }
    // √(512 KiB · 512 KiB) in a minute.
    let rule = &check_json(&["--max-alloc-rate", "10KiB/s", text(&folder)])["rules"][0];
    assert_eq!(rule["verdict"], "unjudged", "{rule}");
    assert!((rule["sigma"].as_f64().unwrap() / 1024.0 - 8.53).abs() < 0.01, "{rule}");
    assert_eq!(check(&["--max-alloc-rate", "20KiB/s", text(&folder)]).0, 0);
}

#[test]
fn a_rate_per_instance_is_divided() {
    let folder = folder("per");
    for (pod, step) in [("a", 60), ("b", 120)] {
        for at in 0..3 {
            write(&folder, &format!("web-{pod}-{at}.pb"), &heap(60 * at, &[("f", 50, 100 + step * at)]));
        }
    }
    let limited = |args: &[&str]| check(&[&["--max-alloc-rate", "2MiB/s", text(&folder)], args].concat());
    let (code, said) = limited(&[]);
    assert!(code == 1 && said.contains("3.00 MiB/s"), "{said}");
    let (code, said) = limited(&["--per", "instance"]);
    assert!(code == 0 && said.contains("1.50 MiB/s"), "{said}");
}

#[test]
fn another_sampling_period_is_another_process() {
    let folder = folder("periods");
    for at in 0..6 {
        let period = if at < 3 { 512 << 10 } else { 4096 };
        write(&folder, &format!("heap-{at}.pb"), &Made { period, ..heap(60 * at, &[("f", 100 + at, 200 + 2 * at)]) });
    }
    let leaks = json(&["leaks", text(&folder)]);
    assert_eq!(leaks["processes"], 2, "{leaks}");
    let diff = run(&["report", "diff", "--base-window", "3", "--window", "4", text(&folder)]).stdout;
    assert!(diff.contains("of two processes"), "{diff}");
}

#[test]
fn a_repeated_check_of_a_directory_judges_the_newest_snapshots() {
    let folder = folder("every");
    for at in 0..20 {
        let held = if at == 19 { 100 } else { 10 };
        write(&folder, &format!("heap-{at:02}.pb"), &heap(10 * at, &[("f", held, 200 + held)]));
    }
    let rule = ["--max-total", "50MiB", text(&folder)];
    assert_eq!(check(&rule).0, 0);
    let (code, said) = check(&[&rule[..], &["--every", "10ms"]].concat());
    assert!(code == 1 && said.contains("last of 20 snapshots: 100 MiB"), "{said}");
    // The mean was 10 MiB.
    let kept = folder.join("kept.json");
    assert_eq!(check(&["--baseline", text(&kept), "--update-baseline", "--window", "1..19", text(&folder)]).0, 0);
    let growth = ["--baseline", text(&kept), "--max-growth", "600%", "--every", "10ms", text(&folder)];
    let (code, said) = check(&growth);
    assert!(code == 1 && said.contains("10.0 MiB to 100 MiB"), "{said}");
    // The rate is that up to the newest snapshot.
    let (code, said) = check(&["--max-alloc-rate", "5MiB/s", "--every", "10ms", text(&folder)]);
    assert!(code == 1 && said.contains("9.00 MiB/s"), "{said}");
    fs::remove_file(kept).unwrap();
}

#[test]
fn a_shorter_window_does_not_hold_a_limit_on_growth_of_allocations() {
    let folder = folder("shorter");
    for at in 0..7 {
        write(&folder, &format!("heap-{at}.pb"), &heap(60 * at, &[("f", 50, 100 + 60 * at)]));
    }
    let growth = ["--sample-type", "alloc_space", "--max-growth", "5%", text(&folder)];
    let (code, said) = check(&[&growth[..], &["--base-window", "1..6", "--window", "6..7"]].concat());
    assert!(code == 2 && said.contains("the base covers 5.00min, the current window 1.00min"), "{said}");
    assert_eq!(check(&[&growth[..], &["--base-window", "1..2", "--window", "2..3"]].concat()).0, 0);
}

#[test]
fn only_profiles_of_the_window_overlap() {
    let folder = folder("overlap");
    for (at, second) in [(0, 0), (1, 10), (2, 200)] {
        let made = Made { duration: 60 * SECOND, ..heap(second, &[("f", -1, 60)]) };
        write(&folder, &format!("heap-{at}.pb"), &made);
    }
    let top = |window: &str| {
        let args = ["report", "top", "--sample-type", "alloc_space", "--window", window, text(&folder)];
        run(&args).stderr.contains("overlap in time")
    };
    assert_eq!(["1", "2..3", "1..2", ".."].map(top), [false, false, true, true]);
}

#[test]
fn reasons_and_divisors_are_named() {
    let folder = series_with_change("words", "heap");
    let series = text(&folder);
    let leaks = run(&["report", "leaks", "--window", "2", series]).stderr;
    assert!(leaks.contains("hint: the window is too small"), "{leaks}");
    let level = folder.join("heap-0.pb");
    let nothing = write(&folder, "nothing.pb", &heap(0, &[]));
    let (code, said) = check(&["--max-growth", "5%", "--base", &nothing, text(&level)]);
    assert!(code == 2 && said.contains("a growth needs a base with values\nhint: name another base"), "{said}");
    let (_, said) = check(&["--max-growth", "5%", "--per", "100:50", "--base", text(&level), text(&level)]);
    assert!(
        said.contains("divided by 100 operations, the base divided by 50 operations: 1.00 MiB to 512 KiB"),
        "{said}"
    );
    let (code, said) = check(&["--max-growth", "-5%", "--base", text(&level), text(&level)]);
    assert!(code == 2 && said.contains("`-5%`: a limit is not below zero"), "{said}");
    let (code, said) = check(&["--max-function", "^main$=5MiB", text(&level)]);
    assert!(code == 0 && said.contains("`^main$=5MiB` is on self, and what it matches only calls others"), "{said}");
    assert!(!check(&["--max-function", "f=50MiB", text(&level)]).1.contains("only calls others"));
}
