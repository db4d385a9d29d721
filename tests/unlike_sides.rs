//! Gates and trends over sides that are not alike: other numbers of instances, growth beside counters, empty snapshots,
//! equal times. A gate that cannot judge ends with 2.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::snapshots::{self, MIB, Made, heap, write};
use crate::support::{check, run};

fn folder(name: &str) -> PathBuf {
    snapshots::folder("unlike", name)
}

/// Writes a snapshot of 400 MiB in 4 objects that says it was sampled once per TiB.
fn write_with_huge_period(folder: &Path) -> String {
    let sites = vec![("f".to_owned(), [4, 400 * MIB, 4, 400 * MIB])];
    write(folder, "huge.pb", &Made { sites, period: 1 << 40, ..heap(0, &[]) })
}

fn leaks(path: &Path) -> Value {
    let outcome = run(&["report", "leaks", "--format", "json", path.to_str().unwrap()]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn a_baseline_of_other_instances_is_compared_per_instance() {
    let (four, one) = (folder("four"), folder("one"));
    for (number, pod) in (0..).zip(["a", "b", "c", "d"]) {
        for second in 0..2 {
            let made = heap(second, &[("f", 100, 200 + 50 * number + second)]);
            write(&four, &format!("pod-{pod}-{second}.pb"), &made);
        }
    }
    write(&one, "pod-a-0.pb", &heap(9, &[("f", 290, 400)]));
    write(&one, "pod-a-1.pb", &heap(10, &[("f", 290, 500)]));
    let [four, one] = [&four, &one].map(|path| path.to_str().unwrap());
    let kept = folder("kept").join("baseline.json");
    let kept = kept.to_str().unwrap();
    assert_eq!(check(&["--baseline", kept, "--update-baseline", four]).0, 0);
    let (code, text) = check(&["--baseline", kept, "--max-growth", "5%", one]);
    assert_eq!(code, 1, "a pod grew from 100 to 290 MiB: {text}");
    assert!(text.contains("per instance") && text.contains("4 in the baseline") && text.contains("+190 MiB"), "{text}");
    let json = check(&["--format", "json", "--baseline", kept, "--max-growth", "5%", one]).1;
    assert!(json.contains("\"per\":\"instance\""), "{json}");
    assert_eq!(check(&["--baseline", kept, "--max-growth", "5%", four]).0, 0);
    let (code, text) = check(&["--baseline", kept, "--max-total", "280MiB", "--max-growth", "10GiB", one]);
    assert_eq!(code, 1, "a limit on what is held is on all of it: {text}");
    let ledger = folder("ledger").join("builds.jsonl");
    let ledger = ledger.to_str().unwrap();
    for (revision, path) in [("r1", four), ("r2", four), ("r3", four), ("r4", one)] {
        assert_eq!(check(&["--history", ledger, "--revision", revision, path]).0, 0);
    }
    let history = run(&["report", "history", ledger]).stdout;
    assert!(history.contains("per instance") && history.contains("first bad build: r4"), "{history}");
}

#[test]
fn a_growth_is_not_held_against_what_was_counted_since_a_process_began() {
    let folder = folder("counters");
    let base = write(&folder, "base.pb", &heap(0, &[("f", 10, 100)]));
    let now: Vec<String> =
        (0..3).map(|n| write(&folder, &format!("now-{n}.pb"), &heap(60 + n, &[("f", 10, 1000 + n)]))).collect();
    let rule = ["--sample-type", "alloc_space", "--max-growth", "5%", "--base", &base];
    let (code, text) = check(&[&rule[..], &[&now[0], &now[1], &now[2]]].concat());
    assert!(code == 2 && text.contains("--aggregate last"), "{code} {text}");
    assert_eq!(check(&[&rule[..], &["--aggregate", "last", &now[0], &now[1], &now[2]]].concat()).0, 1);
    assert_eq!(check(&[&rule[..], &[&now[2]]].concat()).0, 1);
    let kept = folder.join("kept.json");
    let kept = kept.to_str().unwrap();
    assert_eq!(check(&["--sample-type", "alloc_space", "--baseline", kept, "--update-baseline", &base]).0, 0);
    let stored = ["--sample-type", "alloc_space", "--max-growth", "5%", "--baseline", kept];
    assert_eq!(check(&[&stored[..], &[&now[0], &now[1], &now[2]]].concat()).0, 2);
    let one = ["--sample-type", "alloc_space", "--max-total", "1MiB", "--aggregate", "delta", &now[0]];
    let (code, text) = check(&one);
    assert!(code == 2 && text.contains("two snapshots"), "{code} {text}");
}

#[test]
fn an_empty_snapshot_among_others_is_not_judged() {
    let folder = folder("empty");
    let mut paths: Vec<String> =
        (0..3).map(|n| write(&folder, &format!("h-{n}.pb"), &heap(n, &[("f", 70, 90 + n)]))).collect();
    let (code, _) = check(&["--max-total", "60MiB", &paths[0], &paths[1], &paths[2]]);
    assert_eq!(code, 1);
    paths.push(write(&folder, "h-3.pb", &heap(3, &[("f", 0, 99)])));
    let all: Vec<&str> = paths.iter().map(String::as_str).collect();
    for how in ["auto", "last"] {
        let (code, text) = check(&[&["--max-total", "60MiB", "--aggregate", how][..], &all].concat());
        assert!(code == 2 && text.contains("no values"), "{how}: {code} {text}");
    }
    let empty = write(&folder, "empty.pb", &heap(0, &[("f", 0, 1)]));
    let (code, text) = check(&["--normalize", "--max-new", "1MiB", "--base", &empty, &paths[0]]);
    assert_eq!(code, 2, "{text}");
}

#[test]
fn noise_of_a_made_up_period_holds_no_limit() {
    let folder = folder("noise");
    let path = write_with_huge_period(&folder);
    let (code, text) = check(&["--max-total", "512MiB", &path]);
    assert!(code == 2 && text.contains("UNJUDGED") && text.contains("cannot judge it"), "{code} {text}");
    assert_eq!(check(&["--max-total", "399MiB", &path]).0, 1, "what is above stays broken");
}

#[test]
fn periods_that_differ_explain_nothing_by_what_one_of_them_missed() {
    let folder = folder("periods");
    let sites = |seen: bool| -> Vec<(String, [i64; 4])> {
        let objects = 4096;
        let site = |n: i64| {
            // A coarse sampler misses most of these sites.
            let held = if seen || n % 5 == 0 { objects } else { 0 };
            (format!("f{n}"), [held, held * 256, held, held * 256])
        };
        (0..100).map(site).collect()
    };
    let made = |seen: bool, period: i64| Made { sites: sites(seen), period, ..heap(i64::from(seen), &[]) };
    let coarse = write(&folder, "coarse.pb", &made(false, 8 << 20));
    let fine = write(&folder, "fine.pb", &made(true, 4 << 10));
    for (base, now) in [(&coarse, &fine), (&fine, &coarse)] {
        let outcome = run(&["report", "diff", "--format", "json", "--base", base, now]);
        let diff: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(diff["explains"]["sites"].as_array().map(Vec::len), Some(0), "{}", diff["explains"]);
    }
}

#[test]
fn snapshots_of_one_time_are_judged_by_their_order() {
    let same = folder("same-time");
    for n in 0..12 {
        write(&same, &format!("heap-{n:02}.pb"), &heap(0, &[("f", 10 + 10 * n, 10 + 20 * n), ("g", 500, 600 + n)]));
    }
    let report = leaks(&same);
    let row = report["rows"].as_array().unwrap().iter().find(|row| row["name"] == "f").unwrap();
    assert_eq!(row["status"], "suspect", "{row}");
    let short = folder("short");
    for n in 0..3 {
        write(&short, &format!("heap-{n:02}.pb"), &heap(10 * n, &[("f", 100 + 200 * n, 200 + 400 * n)]));
    }
    let text = run(&["report", "leaks", short.to_str().unwrap()]).stdout;
    assert!(text.contains("too few snapshots") && text.contains("more would do"), "{text}");
    let falls = folder("falls");
    for n in 0..8 {
        write(&falls, &format!("heap-{n:02}.pb"), &heap(10 * n, &[("f", 500 - 50 * n, 600 + n)]));
    }
    let report = leaks(&falls);
    assert_eq!(report["rows"][0]["status"], "flat", "a fall far beyond noise is no noise: {report}");
}

#[test]
fn a_summary_tells_of_noise_beyond_half_of_the_total() {
    let folder = folder("summary");
    let path = write_with_huge_period(&folder);
    for kind in ["summary", "digest"] {
        let text = run(&["report", kind, &path]).stdout;
        assert!(text.contains("more than half of the total"), "{kind}: {text}");
    }
}

#[test]
fn growth_without_a_stack_has_a_name() {
    use crate::support::build::{Stack, message_of};
    use prost::Message as _;
    let folder = folder("stackless");
    let write = |name: &str, value: i64| {
        let stacks =
            [Stack { names: vec!["f".to_owned()], values: vec![10] }, Stack { names: Vec::new(), values: vec![value] }];
        let path = folder.join(name);
        fs::write(&path, message_of(&stacks, 1).encode_to_vec()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (base, now) = (write("base.pb", 5), write("now.pb", 500));
    let diff = run(&["report", "diff", "--base", &base, &now]).stdout;
    assert!(diff.contains("(no stack)"), "{diff}");
}

#[test]
fn the_sampling_rate_that_would_do_is_that_of_the_limit() {
    let place = folder("wanted-rate");
    let sites = vec![("f".to_owned(), [40, 40 * MIB, 40, 40 * MIB])];
    let huge = |period: i64| write(&place, "huge.pb", &Made { sites: sites.clone(), period, ..heap(0, &[]) });
    // 2σ is 100.8 MiB; at 60 MiB, the limit, the rule can be judged.
    let (code, said) = check(&["--max-total", "60MiB", &huge(64 * MIB)]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("too noisy to judge: one sample in 22.7 MiB would do"), "{said}");
    assert_eq!(check(&["--max-total", "60MiB", &huge(22 * MIB)]).0, 0);
}
