//! Windows and instances of profile stores: each window is loaded by itself, and an instance counts by its part of it.

use crate::stores::{failure, json, pyroscope};
use crate::support::store::TestStore;
use crate::support::store::fleet::Fleet;
use crate::support::{explore, run};

const BASE: &str = "2026-11-28T19:36:00Z..2026-11-28T19:37:00Z";
const WINDOW: &str = "2026-11-28T19:38:00Z..2026-11-28T19:39:00Z";

/// Profiles of a pod as milliseconds since the start of the recording, and their values of a sample type.
fn of_pod(fleet: &Fleet, pod: &str, of: usize) -> Vec<(i64, i64)> {
    let of_pod = fleet.profiles.iter().filter(|one| one.labels["pod"] == pod);
    of_pod.map(|one| (one.millis - fleet.epoch * 1000, one.total(of))).collect()
}

#[test]
fn counters_grow_within_each_window() {
    let (store, fleet) = (TestStore::new().start(), Fleet::recorded());
    let grown = |pod: &str, from: i64, until: i64| {
        let values = of_pod(&fleet, pod, 1);
        let last = values.iter().rfind(|(at, _)| *at <= until).unwrap().1;
        let first = values.iter().rfind(|(at, _)| *at <= from).unwrap_or(&values[0]).1;
        last - first
    };
    let all = |from, until| grown("search-x", from, until) + grown("search-y", from, until);
    for address in ["", "&instance=pod"].map(|options| pyroscope(&store, options).replace("cart", "search")) {
        let args = ["summary", &address, "--sample-type", "alloc_space", "--base-window", BASE, "--window", WINDOW];
        let outcome = run(&[&["report"], &args[..], &["--format", "json"]].concat());
        let summary: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        let snapshots = summary["snapshots"].clone();
        let total = |minute: &str| -> i64 {
            let of =
                snapshots.as_array().unwrap().iter().filter(|one| one["time"] == format!("2026-11-28T19:{minute}:00Z"));
            let types = of.flat_map(|one| one["sample_types"].as_array().unwrap());
            types.filter(|one| one["name"] == "alloc_space").map(|one| one["total"].as_i64().unwrap()).sum()
        };
        assert_eq!([total("36"), total("38")], [all(0, 60_000), all(120_000, 180_000)], "{address}");
        let outcome = run(&[&["report"], &args[..]].concat());
        assert!(outcome.stdout.contains("more than A"), "{}", outcome.stdout);
    }
    let address = pyroscope(&store, "&instance=pod").replace("cart", "search");
    let args = ["report", "instances", &address, "--sample-type", "alloc_space", "--window", WINDOW, "--format=json"];
    let table: serde_json::Value = serde_json::from_str(&run(&args).stdout).unwrap();
    let rows = table["instances"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == "search-x").unwrap();
    assert_eq!(row["total"].as_i64(), Some(grown("search-x", 120_000, 180_000)), "{table}");
}

#[test]
fn windows_stay_apart_when_steps_of_instances_do_not_fit() {
    let store = TestStore::new().start();
    // Room for two types of the twelve steps, but not of each instance in them.
    let args = ["--max-requests", "40", "--base-window", BASE, "--window", WINDOW];
    let total = |address: &str, args: &[&str]| {
        let args = [&["report", "diff", address, "--per", "all", "--format", "json"], args].concat();
        let diff: serde_json::Value = serde_json::from_str(&run(&args).stdout).unwrap();
        ["base_total", "total"].map(|name| diff[name].as_i64().unwrap())
    };
    let address = pyroscope(&store, "&instance=pod&step=15s");
    let outcome = run(&[&["report", "diff", &address], &args[..]].concat());
    assert!(outcome.stderr.contains("a snapshot for each `pod` in each window"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("both windows are the same"), "{}", outcome.stderr);
    assert_eq!(total(&address, &args), total(&pyroscope(&store, ""), &args[2..]));
    let mut terminal = explore(&[&[address.as_str()], &args[..]].concat());
    terminal.wait_for("+18.5 MiB (+99.5%)");
    terminal.keys("q");
}

#[test]
fn a_default_step_is_lengthened_until_the_instances_fit() {
    let store = TestStore::new().start();
    let address = pyroscope(&store, "&instance=pod");
    let outcome = run(&["report", "leaks", &address, "--max-requests", "46"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let said = "steps of 30s, since steps of 15s for each `pod` would take more requests than are made";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    // Numbers of a window are of the usual steps.
    let outcome = run(&["report", "leaks", &address, "--max-requests", "40", "--window", "1..2"]);
    let said = outcome.stderr.contains("several snapshots") && outcome.stderr.contains("`--max-requests` allows");
    assert!(outcome.code == 2 && said, "{}", outcome.stderr);
}

#[test]
fn numbers_of_a_window_are_of_steps() {
    let store = TestStore::new().start();
    let address = pyroscope(&store, "&instance=pod");
    let window = ["--window", "2..6"];
    let top = json(&[&["top", &address], &window[..]].concat());
    let table = json(&[&["instances", &address], &window[..]].concat());
    let sum: i64 = table["instances"].as_array().unwrap().iter().map(|row| row["total"].as_i64().unwrap()).sum();
    assert!((top["total"].as_i64().unwrap() - sum).abs() <= 2, "{top} {table}");
    assert_eq!((&top["profiles"], &table["snapshots"]), (&15.into(), &15.into()));
    // The printed command has the same numbers.
    let mut terminal = explore(&[&address, "--window", "2..6"]);
    terminal.wait_for("2..6 of 12");
    terminal.keys("q");
}

#[test]
fn an_instance_counts_by_its_part_of_the_window_in_every_report() {
    let (store, fleet) = (TestStore::new().start(), Fleet::recorded());
    let address = pyroscope(&store, "&instance=pod");
    let held: i64 = of_pod(&fleet, "cart-c", 3).iter().map(|(_, value)| value).sum();
    let profiles = of_pod(&fleet, "cart-c", 3).len() as i64;
    for (per, divisor) in [("all", 12), ("instance", profiles)] {
        let table = json(&["instances", &address, "--per", per]);
        let row = table["instances"].as_array().unwrap().iter().find(|row| row["name"] == "cart-c").unwrap().clone();
        let top = json(&["top", &address, "--instance", "cart-c", "--per", per]);
        let expected = (held as f64 / divisor as f64).round() as i64;
        for found in [&row["total"], &top["total"]] {
            assert!((found.as_i64().unwrap() - expected).abs() <= 1, "{per}: {row} {expected}");
        }
    }
}

#[test]
fn what_a_dead_process_held_goes_with_it_and_a_new_version_is_a_new_process() {
    let store = TestStore::new().start();
    let headline = |options: &str| {
        let found = json(&["summary", &pyroscope(&store, options)])["headline"].as_str().unwrap().to_owned();
        found.split(" in ").next().unwrap().to_owned()
    };
    assert_eq!(headline("&instance=pod"), headline(""));
    let address = pyroscope(&store, "&instance=pod");
    for single in [&[][..], &["--single"]] {
        let table = json(&[&["instances", address.as_str()], single].concat());
        let processes = |name: &str| {
            let rows = table["instances"].as_array().unwrap();
            rows.iter().find(|row| row["name"] == name).unwrap()["processes"].clone()
        };
        assert_eq!([processes("cart-a"), processes("cart-b")], [1, 2], "{single:?}");
    }
}

#[test]
fn instances_share_their_time() {
    let store = TestStore::new().start();
    let address = pyroscope(&store, "&instance=pod").replace("cart", "search");
    let windows = ["--base-window", BASE, "--window", "2026-11-28T19:37:00Z..", "--sample-type", "alloc_space"];
    let outcome = run(&[&["report", "diff", &address], &windows[..]].concat());
    assert!(outcome.stderr.contains("the base covers 1.00min, the current window 2.00min"), "{}", outcome.stderr);
}

#[test]
fn a_store_beside_a_file_is_refused_and_a_file_compares_with_a_process() {
    let store = TestStore::new().start();
    let address = pyroscope(&store, "");
    let (line, hint) = failure(&["report", "top", &address, "pprof/go-shop-1.pb.gz"]);
    assert!(line.contains("not added to a profile store") && hint.contains("compared"), "{line} {hint}");
    let args = ["report", "diff", "--base", "pprof/go-shop-1.pb.gz", &address, "--format", "json"];
    let diff: serde_json::Value = serde_json::from_str(&run(&args).stdout).unwrap();
    assert_eq!((&diff["per"], &diff["total"]), (&"instance".into(), &28_140_172.into()));
}

#[test]
fn a_printed_command_has_the_figures_of_its_window() {
    let store = TestStore::new().start();
    let address = pyroscope(&store, "");
    // Figures of a report, and of the command that a digest with the same options prints for it.
    let both = |kind: &str, args: &[&str]| {
        let digest = run(&[&["report", "digest", "--format", "json"], args].concat());
        let digest: serde_json::Value = serde_json::from_str(&digest.stdout).unwrap();
        let tail = digest["commands"].as_str().unwrap().strip_prefix("$ARGS: ").unwrap();
        let tail = shlex::split(tail).unwrap();
        let tail: Vec<&str> = tail.iter().map(String::as_str).collect();
        assert!(tail.contains(&"--window"), "{tail:?}");
        [args, &tail].map(|args| {
            let outcome = run(&[&["report", kind, "--format", "json"], args].concat());
            let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
            ["total", "base_total", "profiles"].map(|name| report[name].clone())
        })
    };
    let window = ["--window", WINDOW];
    for (kind, args) in [
        ("top", &[][..]),
        ("top", &window),
        ("top", &["--window", "-90s"]),
        ("top", &["--window", "2..6"]),
        ("top", &["--single", "--window", "-1m"]),
        ("top", &["--single", "--window", WINDOW]),
        ("top", &["--sample-type", "alloc_space", "--window", WINDOW]),
        ("diff", &["--window", WINDOW, "--base-window", BASE]),
        ("diff", &["--single", "--window", WINDOW, "--base-window", BASE]),
    ] {
        let [asked, printed] = both(kind, &[args, &[address.as_str()]].concat());
        assert_eq!(asked, printed, "{kind} {args:?}");
        assert!(asked[0].is_i64(), "{kind} {args:?}");
    }
    // The base is another store, whose usual range is not fixed either.
    let other = pyroscope(&store, "").replace("cart", "search");
    let [asked, printed] = both("diff", &["--base", &other, "--window", WINDOW, &address]);
    assert_eq!(asked, printed);
}
