//! Instances before and after a deploy, and builds that run beside one another.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::snapshots::{self, MIB, Made, SECOND, built, heap, write};
use crate::support::sources::tar;
use crate::support::{json, run};

fn folder(name: &str) -> PathBuf {
    snapshots::folder("deploys", name)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Pod: its name, build, first minute, and MiB in use in each minute from then on.
type Pod<'a> = (&'a str, &'a str, i64, &'a [i64]);

/// Snapshots of pods, one a minute, as files; those of a pod are a second after those of the pod before.
fn files(pods: &[Pod<'_>]) -> Vec<(String, Vec<u8>)> {
    let of = |(second, (name, build, start, held)): (i64, &Pod<'_>)| {
        let file = |(minute, held): (i64, &i64)| {
            let allocated = 1000 * (second + 1) + 10 * minute;
            let made = heap(60 * (start + minute) + second, &[("f", *held, allocated)]);
            let bytes = if build.is_empty() { snapshots::bytes_of(&made) } else { built(&made, build) };
            (format!("{name}-{minute:04}.pb"), bytes)
        };
        (0..).zip(*held).map(file).collect::<Vec<_>>()
    };
    (0..).zip(pods).flat_map(of).collect()
}

/// Directory with snapshots of pods.
fn directory(name: &str, pods: &[Pod<'_>]) -> PathBuf {
    let folder = folder(name);
    for (name, bytes) in files(pods) {
        fs::write(folder.join(name), bytes).unwrap();
    }
    folder
}

/// Archive with snapshots of pods, whose names have folders.
fn archive(name: &str, pods: &[Pod<'_>]) -> PathBuf {
    let archive = folder(name).join("heaps.tar");
    fs::write(&archive, tar(&files(pods))).unwrap();
    archive
}

/// Names and numbers of snapshots of the instances.
fn instances(path: &Path) -> Vec<(String, i64)> {
    let summary = json(&["summary", text(path)]);
    let of = |one: &Value| (one["name"].as_str().unwrap().to_owned(), one["snapshots"].as_i64().unwrap());
    summary["instances"].as_array().unwrap().iter().map(of).collect()
}

/// Totals of both sides of the default comparison in MiB.
fn compared(path: &Path) -> (i64, i64) {
    let done = run(&["report", "diff", "--format", "json", text(path)]);
    let diff: Value = serde_json::from_str(&done.stdout).unwrap();
    (diff["base_total"].as_i64().unwrap() / MIB, diff["total"].as_i64().unwrap() / MIB)
}

fn are(path: &Path, expected: &[(&str, i64)]) {
    let expected: Vec<(String, i64)> = expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    assert_eq!(instances(path), expected, "{}", path.display());
}

#[test]
fn pods_that_ran_side_by_side_before_and_after_a_deploy_stay_as_many() {
    let leak = [20, 30, 40, 50, 60, 70, 80, 90];
    let pods: [Pod<'_>; 4] = [
        ("web-7d9f6-x2xkq", "aaaa", 0, &[20; 8]),
        ("web-7d9f6-k9pzt", "aaaa", 0, &[20; 8]),
        ("web-58cc4-q7qhh", "bbbb", 10, &leak),
        ("web-58cc4-m4zbb", "bbbb", 10, &[20; 8]),
    ];
    let both = directory("both", &pods);
    are(&both, &[("web-58cc4-m4zbb", 16), ("web-58cc4-q7qhh", 16)]);
    let last = run(&["check", "--max-total", "100MiB", "--aggregate", "last", text(&both)]);
    assert_eq!(last.code, 1, "{}", last.stdout);
    assert!(last.stdout.contains("sum of 2 instances") && last.stdout.contains("110 MiB"), "{}", last.stdout);
    let leaks = run(&["report", "leaks", text(&both)]).stdout;
    assert!(leaks.contains("1 function keeps growing") && leaks.contains("in web-58cc4-q7qhh"), "{leaks}");
    assert_eq!(compared(&both), (40, 75), "build against build");
}

#[test]
fn any_number_of_pods_is_joined() {
    let names: Vec<[String; 2]> = (0..12).map(|pod| [format!("web-a{pod}x"), format!("web-b{pod}x")]).collect();
    let side = |side: usize, build, start| {
        names.iter().map(move |pair| (pair[side].as_str(), build, start, [10_i64, 10].as_slice())).collect::<Vec<_>>()
    };
    let many = directory("many", &[side(0, "aaaa", 0), side(1, "bbbb", 5)].concat());
    let found = instances(&many);
    assert!(
        found.len() == 12 && found.iter().all(|(name, count)| name.starts_with("web-b") && *count == 4),
        "{found:?}"
    );
}

#[test]
fn the_same_pod_is_joined_first() {
    let (small, large): (&[i64], &[i64]) = (&[10, 10, 10], &[50, 50, 50]);
    for (name, [before, after]) in [("words", ["old", "new"]), ("folders", ["aaaa", "bbbb"])] {
        let names = [before, before, after, after].into_iter().zip(["web-a", "web-b", "web-b", "web-a"]);
        let names: Vec<String> = names.map(|(folder, pod)| format!("{folder}/{pod}")).collect();
        let pods: [Pod<'_>; 4] = [
            (&names[0], "aaaa", 0, small),
            (&names[1], "aaaa", 0, large),
            (&names[2], "bbbb", 10, large),
            (&names[3], "bbbb", 10, small),
        ];
        let archive = archive(name, &pods);
        assert_eq!(instances(&archive).len(), 2);
        let report = json(&["instances", text(&archive)]);
        let growth: Vec<i64> =
            report["instances"].as_array().unwrap().iter().map(|one| one["growth"].as_i64().unwrap()).collect();
        assert_eq!(growth, [0, 0], "{name}: {report}");
    }
}

#[test]
fn pairs_of_words_and_pods_without_common_words_are_joined() {
    let held: &[i64] = &[10, 11, 12];
    let pairs = |names: [&'static str; 4], builds: [&'static str; 2]| -> [Pod<'_>; 4] {
        let [a, b, c, d] = names;
        [(a, builds[0], 0, held), (b, builds[0], 0, held), (c, builds[1], 5, held), (d, builds[1], 5, held)]
    };
    let words = directory("before-after", &pairs(["before-a", "before-b", "after-a", "after-b"], ["", ""]));
    are(&words, &[("a", 6), ("b", 6)]);
    let versions = directory("versions", &pairs(["v1-pod1", "v1-pod2", "v2-pod1", "v2-pod2"], ["", ""]));
    are(&versions, &[("pod1", 6), ("pod2", 6)]);
    let hosts = directory("hosts", &pairs(["hostA", "hostB", "hostC", "hostD"], ["aaaa", "bbbb"]));
    are(&hosts, &[("hostC", 6), ("hostD", 6)]);
    let services = directory("services", &pairs(["api-x", "worker-x", "api-y", "worker-y"], ["aaaa", "bbbb"]));
    are(&services, &[("api", 6), ("worker", 6)]);
    let one_build = directory("one-build", &pairs(["web-a", "web-b", "web-c", "web-d"], ["aaaa", "aaaa"]));
    assert_eq!(instances(&one_build).len(), 4);
}

#[test]
fn more_or_fewer_pods_after_a_deploy_are_as_many_as_ran_side_by_side() {
    let held: &[i64] = &[10, 11, 12];
    let more = directory("more", &[("web-x", "aaaa", 0, held), ("web-y", "bbbb", 5, held), ("web-z", "bbbb", 5, held)]);
    are(&more, &[("web-y", 6), ("web-z", 3)]);
    let three = [("web-x", "aaaa", 0, held), ("web-y", "bbbb", 5, held), ("web-z", "cccc", 10, held)];
    are(&directory("three", &three), &[("web", 9)]);
    // A single snapshot continues an instance, and is continued. By itself it is an instance.
    let single = [("web-x", "aaaa", 0, held), ("web-y", "bbbb", 5, &held[..1]), ("web-z", "cccc", 10, held)];
    are(&directory("single", &single), &[("web", 7)]);
    let singles = [("web-x", "aaaa", 0, &held[..1]), ("web-y", "bbbb", 5, &held[..1]), ("web-z", "cccc", 10, held)];
    are(&directory("singles", &singles), &[("web-x", 1), ("web-y", 1), ("web-z", 3)]);
}

#[test]
fn a_newer_build_is_compared_with_those_that_run_beside_it() {
    let pods: [Pod<'_>; 3] =
        [("web-a1", "aaaa", 0, &[50; 6]), ("web-a2", "aaaa", 0, &[54; 6]), ("web-c1", "bbbb", 0, &[90; 6])];
    let canary = directory("canary", &pods);
    assert_eq!(compared(&canary), (52, 90), "against the median of the rest");
    assert_eq!(compared(&directory("two", &pods[1..])), (54, 90), "against the other one");
    // Two instances of the newer build: no instance stands for it.
    let pods: [Pod<'_>; 4] = [
        ("web-a1", "aaaa", 0, &[50; 6]),
        ("web-a2", "aaaa", 0, &[54; 6]),
        ("web-c1", "bbbb", 1, &[90; 6]),
        ("web-c2", "bbbb", 1, &[90; 6]),
    ];
    assert_ne!(compared(&directory("two-canaries", &pods)).1, 90);
}

#[test]
fn a_canary_is_compared_by_the_key_of_the_comparison() {
    use heapglass::play::{Depth, Glyphs, Options, Session};
    let pods: [Pod<'_>; 3] =
        [("web-a1", "aaaa", 0, &[50; 6]), ("web-a2", "aaaa", 0, &[54; 6]), ("web-c1", "bbbb", 0, &[90; 6])];
    let canary = directory("canary-keys", &pods);
    let options = Options { width: 120, height: 40, depth: Depth::Indexed256, glyphs: Glyphs::Unicode };
    let mut session = Session::open(&[&canary], options).unwrap();
    assert!(session.frame().to_string().contains("compares the builds"), "{}", session.frame().to_string());
    session.key("d").unwrap();
    let compared = session.frame().to_string();
    assert!(compared.contains("web-c1") && compared.contains("the median of the rest"), "{compared}");
    session.key("d").unwrap();
    assert!(!session.frame().to_string().contains("the median of the rest"));
}

#[test]
fn a_rate_has_instances_of_changes_and_of_levels() {
    let folder = folder("unlike");
    for minute in 0..4 {
        write(&folder, &format!("web-a-{minute}.pb"), &heap(60 * minute, &[("f", 50, 100 + 30 * minute)]));
        let changes = Made { duration: 30 * SECOND, ..heap(60 * minute + 30, &[("f", 1, 30)]) };
        write(&folder, &format!("web-b-{minute}.pb"), &changes);
    }
    // 0.5 MiB/s of web-a and 1 MiB/s of web-b.
    for (limit, instance, code) in [
        ("1.4MiB/s", None, 1),
        ("1.6MiB/s", None, 0),
        ("0.9MiB/s", Some("web-b"), 1),
        ("1.1MiB/s", Some("web-b"), 0),
        ("0.6MiB/s", Some("web-a"), 0),
    ] {
        let mut args = vec!["check", "--max-alloc-rate", limit, text(&folder)];
        args.extend(instance.into_iter().flat_map(|name| ["--instance", name]));
        let done = run(&args);
        assert_eq!(done.code, code, "{limit} {instance:?} {}{}", done.stdout, done.stderr);
    }
}
