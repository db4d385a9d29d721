//! Instances side by side, on recorded heaps: `tests/data/pods` holds eight of thirty heaps of each of four processes of a
//! Go service, of which `pod-c` keeps 900 KiB a second in `main.leak`; `tests/data/fleet` holds heaps of two pods, one
//! of which tells allocations as changes within 15 seconds.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{golden, json, result, run};

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn numbers(value: &Value) -> Vec<i64> {
    value.as_array().unwrap().iter().map(|number| number.as_i64().unwrap()).collect()
}

fn field<'a>(report: &'a Value, name: &str) -> Vec<&'a Value> {
    report["instances"].as_array().unwrap().iter().map(|instance| &instance[name]).collect()
}

#[test]
fn every_figure_is_that_of_the_instance_alone() {
    let report = json(&["instances", "pods"]);
    assert_eq!(report["schema"], "heapglass.instances/1");
    let functions = report["functions"].as_array().unwrap();
    for (at, instance) in report["instances"].as_array().unwrap().iter().enumerate() {
        let name = instance["name"].as_str().unwrap();
        let alone = json(&["top", "--sample-type", "inuse_space", "--instance", name, "pods"]);
        assert_eq!(instance["total"], alone["total"], "{name}");
        assert_eq!((&instance["snapshots"], &instance["processes"]), (&8.into(), &1.into()));
        let rows: BTreeMap<&str, i64> = alone["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["name"].as_str().unwrap(), row["self"].as_i64().unwrap()))
            .collect();
        for function in functions {
            let known = rows.get(function["name"].as_str().unwrap()).copied().unwrap_or(0);
            assert_eq!(numbers(&function["values"])[at], known, "{name} {function}");
        }
        let at = |snapshot: &str| {
            let file = format!("pods/{name}-{snapshot}.pb.gz");
            json(&["top", "--sample-type", "inuse_space", &file])["total"].as_i64().unwrap()
        };
        assert_eq!(instance["growth"], at("0030") - at("0001"), "last less first of {name}");
    }
}

#[test]
fn the_pod_that_leaks_stands_apart_and_sampling_noise_does_not() {
    let report = json(&["instances", "pods"]);
    let functions = report["functions"].as_array().unwrap();
    let apart: Vec<(&str, Vec<&str>)> = functions
        .iter()
        .map(|function| (function["name"].as_str().unwrap(), texts(&function["outliers"])))
        .filter(|(_, outliers)| !outliers.is_empty())
        .collect();
    assert_eq!(apart, [("main.leak", vec!["pod-c"])]);
    // `make` holds 40 MiB in every pod; what differs is sampling.
    let make = functions.iter().find(|function| function["name"] == "main.(*store).make").unwrap();
    let mut values = numbers(&make["values"]);
    values.sort_unstable();
    let median = i64::midpoint(values[1], values[2]);
    assert!((make["median"].as_i64().unwrap() - median).abs() <= 1, "{make}");
    let mut distances: Vec<i64> = values.iter().map(|value| (value - median).abs()).collect();
    distances.sort_unstable();
    let spread = 1.4826 * (distances[1] + distances[2]) as f64 / 2.0;
    assert!(make["spread"].as_f64().unwrap() >= spread, "at least 1.4826 MAD: {make}, {spread}");
    assert_eq!(field(&report, "name")[0], "pod-c", "the largest first");
    assert_eq!(report["noise_known"], true);
}

#[test]
fn instances_are_sorted_by_every_figure() {
    for (order, figure) in [("total", "total"), ("growth", "growth"), ("uptime", "uptime_ns")] {
        let report = json(&["instances", "--sort", order, "pods"]);
        let figures: Vec<i64> = field(&report, figure).iter().map(|figure| figure.as_i64().unwrap()).collect();
        assert!(figures.is_sorted_by(|one, next| one >= next), "{order}: {figures:?}");
        let leak = report["functions"].as_array().unwrap().iter().find(|one| one["name"] == "main.leak").unwrap();
        let at = field(&report, "name").iter().position(|name| *name == "pod-c").unwrap();
        assert!(numbers(&leak["values"])[at] > 0, "values stand in the order of the instances");
    }
    let names = json(&["instances", "--sort", "name", "pods"]);
    assert_eq!(field(&names, "name"), ["pod-a", "pod-b", "pod-c", "pod-d"]);
    let refused = run(&["report", "summary", "--sort", "total", "pods"]);
    assert_eq!((refused.code, refused.stderr.lines().next()), (2, Some("heapglass: `report summary` has no `--sort`")));
}

#[test]
fn instances_are_as_they_were() {
    golden("report", "instances", &result(&["report", "instances", "pods"]));
    for format in ["csv", "markdown"] {
        let args = ["report", "instances", "--limit", "3", "--format", format, "pods"];
        golden("report", &format!("instances-{format}"), &result(&args));
    }
    let alone = result(&["report", "instances", "--instance", "pod-c", "pods"]);
    assert!(alone.contains("one instance: there is nothing to compare it with"), "{alone}");
}

#[test]
fn levels_of_an_instance_that_tells_changes_count() {
    let held = |instance: &str| json(&["top", "--sample-type", "inuse_space", "--instance", instance, "fleet"]);
    let [cart, search] = ["cart-c", "search-x"].map(|instance| held(instance)["total"].as_i64().unwrap());
    let mean = |files: [&str; 3]| {
        let total = |file: &str| json(&["top", "--sample-type", "inuse_space", file])["total"].as_i64().unwrap();
        files.map(total).iter().sum::<i64>() as f64 / 3.0
    };
    let files = ["fleet/cart-c-00.pb.gz", "fleet/cart-c-03.pb.gz", "fleet/cart-c-06.pb.gz"];
    assert!((cart as f64 - mean(files)).abs() <= 1.0, "{cart}");
    let all = json(&["top", "--sample-type", "inuse_space", "fleet"]);
    assert!((all["total"].as_i64().unwrap() - cart - search).abs() <= 1, "both are in the sum: {}", all["total"]);
    assert_eq!((&all["instances"], &all["snapshots"]), (&2.into(), &6.into()));
    let counters = run(&["report", "top", "--sample-type", "alloc_space", "fleet"]);
    assert!(counters.stderr.contains("3 profiles tell what changed within a duration"), "{}", counters.stderr);
    let changes = json(&["top", "--sample-type", "alloc_space", "--instance", "cart-c", "fleet"]);
    assert_eq!(changes["aggregate"], "sum", "alone, it tells what was allocated in its time");
}
