//! `--per COUNTER`: figures per unit of a program's own counter in the lines of logs, such as requests.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use heapglass::Loader;
use heapglass::profile::Input;

use crate::support::snapshots::{Made, START, folder, heap, write};
use crate::support::{data, json, result, run};

const SECOND: i64 = 1_000_000_000;
const SERIES: &str = "shop-series";
const ALLOCATED: [&str; 2] = ["--sample-type", "alloc_space"];

/// Writes a log.
fn log(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("counters-{name}.log"));
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Times of the snapshots of the series.
fn times() -> Vec<i64> {
    let loaded = Loader::new().load([data().join(SERIES)]).unwrap();
    let range = loaded.series.range_of(Input::Current);
    loaded.series.snapshots()[range].iter().map(|snapshot| snapshot.header.time_nanos).collect()
}

/// Lines of one a second from a minute before the first snapshot to a minute after the last, each made of its time and of
/// the seconds since the first snapshot.
fn lines(line: impl Fn(&str, i64) -> String) -> String {
    let times = times();
    let seconds = -60..(times[times.len() - 1] - times[0]) / SECOND + 60;
    seconds.fold(String::new(), |mut text, second| {
        let time = jiff::Timestamp::from_nanosecond(i128::from(times[0] + second * SECOND)).unwrap();
        writeln!(text, "{}", line(&time.to_string(), second)).unwrap();
        text
    })
}

fn total(args: &[&str]) -> i64 {
    json(args)["total"].as_i64().unwrap()
}

#[test]
fn what_was_allocated_is_divided_by_the_units_counted_meanwhile() {
    let whole = total(&[&["top", SERIES], &ALLOCATED[..]].concat());
    let seconds = (times()[13] - times()[0]) as f64 / SECOND as f64;
    let logs = [
        log("pairs", &lines(|time, second| format!("{time} served requests={}", 100_000 + 40 * second))),
        log(
            "json",
            &lines(|time, second| {
                format!(r#"{{"ts":"{time}","http":{{"requests_total":{}}},"rss":1}}"#, 100_000 + 40 * second)
            }),
        ),
        // The lines of the runtime say the time of those of the program.
        log(
            "mixed",
            &lines(|time, second| {
                let gc = "0%: 0.1+1+0.1 ms clock, 0+0/0/0+0 ms cpu, 4->4->1 MB, 5 MB goal, 8 P";
                format!("{time} gc {} @{second}.0s {gc}\nRequests total: {}", second + 99, 100_000 + 40 * second)
            }),
        ),
    ];
    for file in &logs {
        let args = [&["top", SERIES, "--per", "requests", "--gc-log", file], &ALLOCATED[..]].concat();
        let per = json(&args);
        let expected = whole as f64 / (40.0 * seconds);
        let error = per["total"].as_f64().unwrap() / expected - 1.0;
        assert!(error.abs() < 0.005, "{file}: {per}, not {expected}");
        assert_eq!(per["per"], "requests");
        let text = result(&[&["report"], &args[..]].concat());
        assert!(text.contains(", divided by ") && text.contains(" requests"), "{text}");
    }
}

#[test]
fn each_side_is_divided_by_its_own_units() {
    // Twice as many requests in the second half: more is allocated, but not by each request.
    let middle = (times()[7] - times()[0]) / SECOND;
    let text = lines(|time, second| format!("{time} requests={}", 9_000 + 40 * second + 40 * (second - middle).max(0)));
    let file = log("sides", &text);
    let windows = ["--window", "8..14", "--base-window", "1..7"];
    let diff = |per: &[&str]| json(&[&["diff", SERIES], &windows[..], &ALLOCATED[..], per].concat());
    let (whole, per) = (diff(&[]), diff(&["--per", "requests", "--gc-log", &file]));
    let ratio = |diff: &serde_json::Value| diff["total"].as_f64().unwrap() / diff["base_total"].as_f64().unwrap();
    let time = times();
    let spans = (time[6] - time[0]) as f64 / (time[13] - time[7]) as f64;
    assert!((ratio(&per) * 2.0 / ratio(&whole) / spans - 1.0).abs() < 0.01, "{} and {}", ratio(&per), ratio(&whole));
    let check = |per: &[&str], limit: &str| {
        let limit = ["--max-growth", limit];
        run(&[&["check", SERIES], &windows[..], &ALLOCATED[..], &limit[..], per].concat()).code
    };
    assert_eq!(check(&[], "2%"), 1);
    assert_eq!(check(&["--per", "requests", "--gc-log", &file], "2%"), 0);
}

#[test]
fn a_level_is_divided_by_the_value_at_the_same_times() {
    let whole = total(&["top", SERIES, "--sample-type", "inuse_space"]);
    let file = log("level", &lines(|time, _| format!("{time} open connections: 25, requests: 7")));
    let per = total(&["top", SERIES, "--sample-type", "inuse_space", "--per", "connections", "--gc-log", &file]);
    assert!((per - whole / 25).abs() <= 1, "{per} of {whole}");
}

#[test]
fn a_mean_value_is_not_rounded() {
    let times = times();
    let (first, last) = (times[0], times[times.len() - 1]);
    // One line a minute before the first snapshot, and one a minute after the last, which are read in between.
    let all = lines(|time, second| format!("{time} workers={}", if second < 0 { 1 } else { 2 }));
    let ends: Vec<&str> = all.lines().take(1).chain(all.lines().last()).collect();
    let file = log("workers", &format!("{}\n", ends.join("\n")));
    let minute = 60 * SECOND;
    let value = |time: &i64| 1.0 + (time - first + minute) as f64 / (last - first + 2 * minute) as f64;
    let mean = times.iter().map(value).sum::<f64>() / times.len() as f64;
    let args = ["top", SERIES, "--sample-type", "inuse_space"];
    let by_workers = [&args[..], &["--per", "workers", "--gc-log", &file]].concat();
    let (whole, per) = (total(&args) as f64, total(&by_workers) as f64);
    assert!((per * mean / whole - 1.0).abs() < 0.02, "{per} of {whole}, mean of {mean}");
    let text = result(&[&["report"], &by_workers[..]].concat());
    assert!(text.contains(&format!("divided by {mean:.1}")), "{text}");
}

#[test]
fn a_counter_that_no_log_tells_is_refused() {
    let whole = log("whole", &lines(|time, second| format!("{time} requests={}", 5_000 + second)));
    let still = log("still", &lines(|time, _| format!("{time} requests=7")));
    let short = log("short", &first_lines(&whole, 70));
    let of = |args: &[&str]| run(&[&["report", "top"], args, &ALLOCATED[..]].concat());
    for (args, expected) in [
        (vec![SERIES, "--per", "requests"], "`--per requests`: no line of a log has this counter"),
        (vec![SERIES, "--per", "visits", "--gc-log", &whole], "`--per visits`: no line of a log has this counter"),
        (vec![SERIES, "--per", "requests", "--gc-log", &still], "`--per requests`: no units in the time of the window"),
        (vec![SERIES, "--per", "requests", "--gc-log", &short], "`--per requests`: no units in the time of the window"),
        (vec![SERIES, "--per", "requests:5"], "a counter is of both sides: write `requests` alone"),
        (vec![SERIES, "--per", "5%"], "nor the name of a counter"),
    ] {
        let outcome = of(&args);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{args:?}");
        assert!(outcome.stderr.contains(expected) && outcome.stderr.contains("hint:"), "{args:?}: {}", outcome.stderr);
    }
    let gate = run(&["check", SERIES, "--per", "requests", "--gc-log", &still, "--max-total", "1GiB"]);
    assert_eq!(gate.code, 0, "a level is divided by the value, which is there: {}", gate.stderr);
    let args = ["--per", "requests", "--gc-log", &whole];
    let gate = run(&[&["check", "--max-total", "1GiB", "--instance", "cart-c", "fleet"], &args[..]].concat());
    assert_eq!(gate.code, 2, "{}", gate.stderr);
    let table = run(&[&["report", "instances", "fleet"], &args[..]].concat());
    assert_eq!(table.code, 2, "{}", table.stderr);
    assert!(table.stderr.contains("is of all instances together"), "{}", table.stderr);
}

/// First lines of a file.
fn first_lines(file: &str, count: usize) -> String {
    fs::read_to_string(file).unwrap().lines().take(count).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_change_of_gos_heap_is_divided_by_the_units_before_its_time() {
    let place = folder("log_counters", "before");
    // A profile with `seconds=30` has the time of its end.
    let made = Made { duration: 30 * SECOND, ..heap(60, &[("f", -1, 300)]) };
    let profile = write(&place, "d.pb", &made);
    let mut text = String::new();
    let mut served = 1000;
    for second in 0..120 {
        let time = jiff::Timestamp::from_second(START + second).unwrap();
        writeln!(text, "{time} served requests={served}").unwrap();
        served += if (30..60).contains(&second) { 1000 } else { 1 };
    }
    let log = log("before", &text);
    let per = json(&["top", &profile, "--per", "requests", "--gc-log", &log, ALLOCATED[0], ALLOCATED[1]]);
    assert_eq!(per["total"].as_i64(), Some((300 << 20) / 30_000 + 1), "{per}");
}
