//! Instances side by side, on recorded heaps: `tests/data/pods` holds eight of thirty heaps of each of four processes of a
//! Go service, of which `pod-c` keeps 900 KiB a second in `main.leak`; `tests/data/fleet` holds heaps of two pods, one
//! of which tells allocations as changes within 15 seconds.

use std::collections::BTreeMap;

use heapglass::play::{Depth, Glyphs, Options, Session};
use serde_json::Value;

use crate::support::sources::folder;
use crate::support::{data, golden, json, result, run};

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

/// JSON of a report that has warnings.
fn warned(args: &[&str]) -> Value {
    serde_json::from_str(&run(&[&["report"], args, &["--format", "json"]].concat()).stdout).unwrap()
}

#[test]
fn the_growth_of_one_snapshot_is_not_known() {
    let args = ["instances", "--sort", "growth", "--sample-type", "alloc_space", "--window", "15..18", "pods"];
    let report = warned(&args);
    assert_eq!((&report["aggregate"], &report["instances"][0]["snapshots"]), (&"delta".into(), &2.into()));
    let known = &report["instances"][0]["growth"];
    for figure in ["total", "growth"] {
        // Bytes allocated since a process began are no growth over the window.
        assert_eq!(field(&report, figure), [known, &Value::Null, &Value::Null]);
        assert_eq!(report[format!("{figure}_median")], *known);
    }
    assert_eq!(warned(&["top", "--sample-type", "alloc_space", "--window", "15..18", "pods"])["total"], *known);
    let leaf = &report["functions"][0];
    assert_eq!(leaf["values"].as_array().unwrap()[1..], [Value::Null, Value::Null]);
    assert_eq!(leaf["median"], leaf["values"][0]);
    let text = run(&[&["report"], &args[..]].concat()).stdout;
    assert!(text.contains("fewer than two instances is known") && !text.contains("stands out"), "{text}");
    let levels = warned(&["instances", "--window", "16..18", "pods"]);
    assert_eq!((field(&levels, "growth"), &levels["growth_median"]), (vec![&Value::Null; 3], &Value::Null));
    assert!(field(&levels, "total").iter().all(|total| total.is_i64()), "{levels}");
}

#[test]
fn the_base_of_a_growth_is_a_growth() {
    let window = ["--sample-type", "alloc_space", "--window", "8..19", "pods"];
    let report = warned(&[&["instances", "--sort", "growth"], &window[..]].concat());
    let [growths, names] = ["growth", "name"].map(|member| field(&report, member));
    assert_eq!(growths[2..], [&Value::Null; 2]);
    let compared = ["diff", "--instance", names[0].as_str().unwrap(), "--base-instance", "median"];
    assert_eq!(warned(&[&compared, &window[..]].concat())["base_total"], *growths[1]);
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
    assert!(counters.stderr.contains("3 profiles tell what changed ("), "{}", counters.stderr);
    let changes = json(&["top", "--sample-type", "alloc_space", "--instance", "cart-c", "fleet"]);
    assert_eq!(changes["aggregate"], "sum", "alone, it tells what was allocated in its time");
}

/// Options of a screen.
fn options(width: u16, height: u16) -> Options {
    Options { width, height, depth: Depth::Indexed256, glyphs: Glyphs::Unicode }
}

fn press(session: &mut Session, keys: &str) -> String {
    keys.split_whitespace().for_each(|key| session.key(key).unwrap());
    session.frame().to_string()
}

#[test]
fn the_screen_shows_who_stands_apart_and_sorts_by_any_column() {
    let mut session = Session::open(&[data().join("pods")], options(100, 30)).unwrap();
    let screen = press(&mut session, "6");
    assert!(screen.contains("pod-c stands out: main.leak +11.8 MiB"), "{screen}");
    let line = |screen: &str, at: usize| screen.lines().nth(at).unwrap_or_default().to_owned();
    assert!(line(&screen, 3).starts_with(">   pod-c") && line(&screen, 2).contains("Total▼"), "{screen}");
    assert!(screen.lines().any(|line| line.contains("! main.leak") && line.contains("11.8M!")), "{screen}");
    // By growth, snapshots, processes, time, build and name, and by name the other way round.
    let names = press(&mut session, "s s s s s s");
    assert!(line(&names, 2).contains("Instance▼") && line(&names, 3).contains("pod-a"), "{names}");
    assert!(line(&press(&mut session, "S"), 3).contains("pod-d"));
    let functions = press(&mut session, "Tab s");
    assert!(functions.contains("functions by value"), "{functions}");
    for (width, height) in [(40, 10), (80, 24), (200, 60)] {
        let small = press(&mut Session::open(&[data().join("pods")], options(width, height)).unwrap(), "6 Tab Down G");
        assert!(small.lines().all(|line| line.chars().count() <= usize::from(width)), "{small}");
        assert!(small.contains("instances"), "{small}");
    }
}

#[test]
fn enter_compares_with_the_instance_at_the_median_and_back() {
    let mut session = Session::open(&[data().join("pods")], options(120, 40)).unwrap();
    let compared = press(&mut session, "6 Enter");
    // Of 23.6, 22.4 and 20.7 MiB that of pod-a is in the middle.
    assert!(compared.contains("A median: pod-a") && compared.contains("B pod-c"), "{compared}");
    assert!(compared.contains("A is pod-a, the median of the rest"), "{compared}");
    assert!(compared.contains("+13.3 MiB (+59.1%)"), "{compared}");
    assert!(press(&mut session, "x").contains("a base only"));
    let plain = press(&mut session, "d");
    assert!(plain.contains("mean 1..32 of 32, 4 instances"), "{plain}");
    assert!(press(&mut session, "d").contains("A median: pod-a"), "the comparison comes back");
    let mut even = Session::open(&[data().join("pods")], options(120, 40)).unwrap();
    let single = press(&mut Session::open(&[data().join("pprof/node.pb.gz")], options(80, 24)).unwrap(), "6");
    assert!(single.contains("one instance"), "{single}");
    assert!(press(&mut even, "6 Tab Enter").contains("[Icicle]"), "a function is shown in the icicle");
}

#[test]
fn an_instance_is_compared_with_another_or_the_median_of_the_rest() {
    let diff = |base: &str| {
        json(&["diff", "--sample-type", "inuse_space", "--instance", "pod-c", "--base-instance", base, "pods"])
    };
    let total = |instance: &str| {
        json(&["top", "--sample-type", "inuse_space", "--instance", instance, "pods"])["total"].as_i64().unwrap()
    };
    assert_eq!(diff("pod-a")["base_total"], total("pod-a"));
    assert_eq!(diff("median")["base_total"], total("pod-a"), "the middle one of three");
    assert_eq!(diff("median")["total"], total("pod-c"));
    // Of four others, the two in the middle.
    let one = "pods/pod-c-0030.pb.gz";
    let files = ["pods/pod-a-0030.pb.gz", "pods/pod-b-0030.pb.gz", "pods/pod-d-0030.pb.gz", "pods/pod-a-0001.pb.gz"];
    let mut totals: Vec<i64> = files
        .iter()
        .map(|file| json(&["top", "--sample-type", "inuse_space", file])["total"].as_i64().unwrap())
        .collect();
    totals.sort_unstable();
    let mut args = vec!["report", "diff", "--format", "json", "--sample-type", "inuse_space", "--each"];
    args.extend(["--instance", "pod-c-0030", "--base-instance", "median", one]);
    args.extend(files);
    let even: Value = serde_json::from_str(&run(&args).stdout).unwrap();
    assert!((even["base_total"].as_i64().unwrap() - i64::midpoint(totals[1], totals[2])).abs() <= 1, "{totals:?}");
    let refused = run(&["report", "diff", "--instance", "pod-c", "--base-instance", "pod-x", "pods"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("no instance is called `pod-x`"), "{}", refused.stderr);
}

#[test]
fn each_source_is_an_instance() {
    let files = ["pods/pod-a-0030.pb.gz", "pods/pod-b-0030.pb.gz", "pprof/go-shop-1.pb.gz"];
    let mut args = vec!["instances", "--each", "--sort", "name"];
    args.extend(files);
    let report = json(&args);
    assert_eq!(field(&report, "name"), ["go-shop-1", "pod-a-0030", "pod-b-0030"]);
    for (file, instance) in [(files[2], 0), (files[0], 1)] {
        let alone = json(&["top", "--sample-type", "inuse_space", file]);
        assert_eq!(report["instances"][instance]["total"], alone["total"]);
    }
    let folders = run(&["report", "instances", "--each", "--sort", "name", "--format", "json", "shop-series", "fleet"]);
    let folders: Value = serde_json::from_str(&folders.stdout).unwrap();
    assert_eq!(field(&folders, "name"), ["fleet", "shop-series"]);
    let two = json(&["instances", "pods/pod-a-0025.pb.gz", "pods/pod-a-0030.pb.gz"]);
    assert_eq!(field(&two, "name").len(), 1, "without it they are one series");
}

#[test]
fn a_directory_of_directories_is_one_series_each() {
    let root = folder("directories");
    for (name, file) in [("web", "pod-a-0030.pb.gz"), ("api", "pod-b-0030.pb.gz")] {
        std::fs::create_dir_all(root.join(name)).unwrap();
        std::fs::copy(data().join("pods").join(file), root.join(name).join(file)).unwrap();
    }
    std::fs::create_dir_all(root.join("empty")).unwrap();
    let path = root.to_str().unwrap();
    for args in [vec!["report", "top", path], vec!["check", "--max-total", "1GiB", path]] {
        let refused = run(&args);
        assert_eq!(refused.code, 2, "{args:?}");
        let lines: Vec<&str> = refused.stderr.lines().collect();
        assert!(lines[0].ends_with("no profiles in this directory, but in 2 directories of it: api, web"), "{lines:?}");
        assert!(lines[1].starts_with("hint:") && lines[1].contains("--each") && lines.len() == 2, "{lines:?}");
    }
    let each = json(&["instances", "--each", "--sort", "name", path]);
    assert_eq!(field(&each, "name"), ["api", "web"]);
    std::fs::remove_dir_all(root).unwrap();
}

#[cfg(feature = "net")]
mod services {
    use std::sync::{Arc, Condvar, Mutex};
    use std::time::Duration;

    use super::*;
    use crate::support::server::{Server, ok, status};

    fn heap(name: &str) -> Vec<u8> {
        std::fs::read(data().join("pods").join(name)).unwrap()
    }

    #[test]
    fn several_services_are_an_instance_each_and_asked_at_the_same_time() {
        // Every service waits until all three were asked.
        let gate = Arc::new((Mutex::new(0), Condvar::new()));
        let start = |file: &'static str| {
            let (gate, body) = (Arc::clone(&gate), heap(file));
            Server::start(move |_, stream| {
                let (count, all) = &*gate;
                let mut count = count.lock().unwrap();
                *count += 1;
                all.notify_all();
                let waited = all.wait_timeout_while(count, Duration::from_secs(20), |count| *count < 3).unwrap();
                if waited.1.timed_out() {
                    return status(stream, "503 Service Unavailable", "alone");
                }
                drop(waited);
                ok(stream, &body)
            })
        };
        let servers = ["pod-a-0030.pb.gz", "pod-b-0030.pb.gz", "pod-c-0030.pb.gz"].map(start);
        let urls = servers.each_ref().map(|server| server.url("/debug/pprof/heap"));
        let report = json(&["instances", "--sort", "name", &urls[0], &urls[1], &urls[2]]);
        let mut places: Vec<String> = servers.iter().map(Server::place).collect();
        places.sort();
        let mut names: Vec<&str> = field(&report, "name").iter().map(|name| name.as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, places);
    }

    #[test]
    fn a_service_that_fails_is_a_warning_and_fails_a_check() {
        let body = heap("pod-a-0030.pb.gz");
        let well = Server::start(move |_, stream| ok(stream, &body));
        let ill = Server::start(|_, stream| status(stream, "500 Internal Server Error", "no heap"));
        let (well, ill) = (well.url("/debug/pprof/heap"), ill.url("/debug/pprof/heap"));
        let report = run(&["report", "top", &ill, &well]);
        assert_eq!(report.code, 0, "{}", report.stderr);
        assert!(report.stderr.contains("500") && report.stderr.contains("(skipped)"), "{}", report.stderr);
        assert_eq!(run(&["report", "top", "--strict", &ill, &well]).code, 2);
        assert_eq!(run(&["check", "--max-total", "1GiB", &ill, &well]).code, 2);
    }

    #[test]
    fn pods_behind_one_proxy_have_the_names_of_their_paths() {
        let bodies = [heap("pod-a-0030.pb.gz"), heap("pod-b-0030.pb.gz")];
        let proxy = Server::start(move |request, stream| ok(stream, &bodies[usize::from(request.contains("cart-b"))]));
        let url = |pod: &str| proxy.url(&format!("/api/v1/namespaces/shop/pods/{pod}:6060/proxy/debug/pprof/heap"));
        let report = json(&["instances", "--sort", "name", &url("cart-a"), &url("cart-b")]);
        assert_eq!(field(&report, "name"), ["cart-a:6060", "cart-b:6060"]);
        assert_ne!(report["instances"][0]["total"], report["instances"][1]["total"]);
    }
}

#[test]
fn growth_is_divided_like_the_total() {
    let (whole, per) = (json(&["instances", "pods"]), json(&["instances", "--per", "10", "pods"]));
    assert_eq!((&whole["per"], &per["per"]), (&"all".into(), &"10".into()));
    for name in ["total", "growth"] {
        for (whole, per) in field(&whole, name).into_iter().zip(field(&per, name)) {
            let (whole, per) = (whole.as_i64().unwrap(), per.as_i64().unwrap());
            assert!((whole - 10 * per).abs() <= 5, "{name}: {whole} and {per}");
        }
    }
    let text = result(&["report", "instances", "--per", "10", "pods"]);
    assert!(text.starts_with("inuse_space: 4 instances, mean of 32 snapshots, divided by 10 operations"), "{text}");
    let leaks = run(&["report", "leaks", "--per", "10", "pods"]);
    assert_eq!((leaks.code, leaks.stdout.as_str()), (2, ""));
    assert!(leaks.stderr.contains("trends are not divided"), "{}", leaks.stderr);
}
