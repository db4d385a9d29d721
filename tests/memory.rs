//! The account of a process's memory and the what-if, against what a runtime said of itself.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use heapglass::Loader;
use heapglass::analysis::account::{AccountTotal, TermKind};
use heapglass::analysis::{Account, Query, WhatIf, WhatIfRequest, derive};
use heapglass::play::{Depth, Glyphs, Options, Session};
use serde_json::Value;

use crate::support::{data, json, result, run, spawn};

const MIB: f64 = 1_048_576.0;

/// Terms of a state in MiB, by the runtime's and the kernel's own figures.
struct State {
    name: &'static str,
    rss: f64,
    file: f64,
    heap: f64,
    unused: f64,
    idle: f64,
    stacks: f64,
    runtime: f64,
    /// Positive outside of the runtime, negative for what was never touched.
    rest: f64,
    /// Objects that the last collection kept.
    live: f64,
}

const fn state(name: &'static str, figures: [f64; 9]) -> State {
    let [rss, file, heap, garbage, unused, idle, stacks, runtime, rest] = figures;
    State { name, rss, file, heap, unused, idle, stacks, runtime, rest, live: heap - garbage }
}

/// States of `tests/data/memory`, as its README says they were measured.
const STATES: [State; 9] = [
    state("fresh", [11.6, 7.7, 2.6, 0.0, 0.8, 0.0, 0.3, 4.0, -3.8]),
    state("steady", [237.0, 7.8, 206.9, 86.2, 24.0, 0.1, 0.3, 10.5, -12.5]),
    state("after-peak", [431.4, 7.6, 31.5, 0.2, 1.2, 400.5, 0.3, 5.4, -15.1]),
    state("after-peak-scavenged", [64.1, 7.7, 45.4, 9.6, 21.2, 0.3, 0.3, 6.5, -17.4]),
    state("fragmented", [170.7, 7.6, 42.3, 0.1, 226.8, 17.2, 0.3, 11.4, -135.0]),
    state("stacks", [146.7, 7.7, 16.8, 6.3, 1.3, 0.2, 156.7, 5.8, -41.8]),
    state("outside-c", [201.4, 7.6, 41.9, 16.8, 1.2, 0.0, 0.3, 5.3, 145.0]),
    state("outside-map", [113.4, 71.7, 40.3, 16.7, 1.3, 0.0, 0.3, 5.2, -5.4]),
    state("at-the-limit", [148.1, 7.6, 122.9, 2.2, 11.9, 0.1, 0.4, 7.9, -2.8]),
];

fn account(state: &State) -> Account {
    let profile = data().join("memory/account").join(state.name).join("heap.pb.gz");
    let series = Loader::new().load([profile]).unwrap().series;
    Account::of(&series, 0).unwrap()
}

#[test]
fn every_term_is_within_a_percent_of_the_resident_memory() {
    for state in &STATES {
        let account = account(state);
        assert_eq!(account.total_is, AccountTotal::Rss, "{}", state.name);
        let bytes = |kind| account.bytes(kind).unwrap_or(0) as f64 / MIB;
        let rest = bytes(TermKind::Outside) + bytes(TermKind::Untouched);
        let heap = bytes(TermKind::Live) + bytes(TermKind::Garbage);
        for (term, ours, true_value) in [
            ("rss", account.total as f64 / MIB, state.rss),
            ("file", bytes(TermKind::File), state.file),
            ("heap", heap, state.heap),
            ("unused", bytes(TermKind::Unused), state.unused),
            ("idle", bytes(TermKind::Idle), state.idle),
            ("stacks", bytes(TermKind::Stacks), state.stacks),
            ("runtime", bytes(TermKind::Runtime), state.runtime),
            ("rest", rest, state.rest),
        ] {
            let error = (ours - true_value).abs() / state.rss;
            assert!(error < 0.01, "{}: {term} is {ours:.1}, not {true_value}", state.name);
        }
        // The profile is a sample of what the last collection kept.
        let live = bytes(TermKind::Live);
        assert!((live - state.live).abs() / state.rss < 0.13, "{}: live {live:.1}, not {}", state.name, state.live);
        let sum: i64 = account.terms.iter().map(|term| term.bytes).sum();
        assert_eq!((sum, account.unknown), (account.total, 0), "{}", state.name);
        assert!(account.remarks.is_empty(), "{}: {:?}", state.name, account.remarks);
    }
}

/// Measured run under other settings: against the run of the same load at GOGC 100.
struct Run {
    load: &'static str,
    gogc: Option<u32>,
    limit_mib: Option<i64>,
    collections_ratio: f64,
    gc_cpu_ratio: f64,
    peak: f64,
}

const fn measured(load: &'static str, gogc: u32, collections_ratio: f64, gc_cpu_ratio: f64, peak: f64) -> Run {
    Run { load, gogc: Some(gogc), limit_mib: None, collections_ratio, gc_cpu_ratio, peak }
}

const fn limited(gogc: Option<u32>, limit: i64, collections_ratio: f64, gc_cpu_ratio: f64, peak: f64) -> Run {
    Run { load: "small-objects", gogc, limit_mib: Some(limit), collections_ratio, gc_cpu_ratio, peak }
}

/// Runs with at least three collections in twelve seconds.
const RUNS: [Run; 14] = [
    measured("small-objects", 25, 4.25, 3.477, 156_530_480.0),
    measured("small-objects", 50, 2.167, 2.043, 180_284_144.0),
    measured("small-objects", 200, 0.4167, 0.40, 376_905_488.0),
    measured("small-objects", 400, 0.25, 0.2657, 623_441_360.0),
    limited(None, 350, 0.6667, 0.5743, 315_060_176.0),
    limited(None, 200, 3.333, 3.471, 171_918_336.0),
    limited(None, 150, 14.0, 23.09, 139_133_368.0),
    limited(Some(100), 180, 3.833, 3.074, 158_304_416.0),
    measured("larger-objects", 25, 4.419, 1.851, 47_809_280.0),
    measured("larger-objects", 50, 2.135, 1.171, 57_766_080.0),
    measured("larger-objects", 200, 0.473, 0.4595, 120_648_296.0),
    measured("larger-objects", 400, 0.2297, 0.2658, 208_468_928.0),
    measured("many-objects", 25, 4.667, 3.163, 235_973_520.0),
    measured("many-objects", 50, 2.333, 2.112, 278_911_976.0),
];

#[test]
fn a_what_if_is_as_near_to_measured_runs_as_it_says() {
    for measured in &RUNS {
        let folder = data().join("memory/what-if").join(measured.load);
        let ends = ["start", "end"].map(|end| folder.join(format!("{end}.heap.debug1.txt")));
        let series = std::sync::Arc::new(Loader::new().load(ends).unwrap().series);
        let answer = derive(&series, &Query::default_for(&series), None).unwrap();
        let limits = measured.limit_mib.map(|limit| limit << 20).into_iter().collect();
        let request = WhatIfRequest { gogc: vec![measured.gogc], limits, ..WhatIfRequest::usual() };
        let estimate = WhatIf::of(&series, &answer.timeline, &answer.query, &request).unwrap();
        assert_eq!(estimate.cpus, Some(2.0), "the status beside the profile says so");
        let row = estimate.rows[0];
        let (peak, collections, cpu) = match measured.limit_mib {
            None => (0.10, 1.25, 2.2),
            Some(_) => (0.15, 2.0, 2.5),
        };
        let name = format!("{} {:?} {:?}", measured.load, measured.gogc, measured.limit_mib);
        let error = row.peak_heap.unwrap() as f64 / measured.peak - 1.0;
        assert!(error.abs() <= peak, "{name}: peak {error:+.3}");
        let off = |ours: f64, theirs: f64| (ours / theirs).max(theirs / ours);
        let factor = off(row.collections_ratio, measured.collections_ratio);
        assert!(factor <= collections, "{name}: collections {factor:.2}");
        let factor = off(row.gc_cpu_ratio, measured.gc_cpu_ratio);
        assert!(factor <= cpu, "{name}: GC CPU {factor:.2}");
        assert_eq!(row.is_spiral, measured.limit_mib == Some(150), "{name}");
    }
}

/// Arguments of a report on a state, with its status first and no profile.
fn figures_of(state: &str, files: &[&str]) -> Vec<String> {
    let folder = data().join("memory/account").join(state);
    let mut args = vec!["memory".to_owned()];
    for file in files {
        args.extend(["--memory".to_owned(), folder.join(file).display().to_string()]);
    }
    args
}

#[test]
fn the_account_needs_no_profile() {
    let args = figures_of("outside-c", &["proc-status.txt", "heap.debug1.txt"]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let report: Value = json(&args);
    assert_eq!(report["schema"], "heapglass.memory/1");
    assert_eq!((report["total"].as_i64(), report["total_is"].as_str()), (Some(211_218_432), Some("rss")));
    let kinds: Vec<&str> =
        report["terms"].as_array().unwrap().iter().map(|term| term["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["heap", "unused", "idle", "stacks", "runtime", "outside", "file"]);
    let outside = &report["terms"][5];
    assert_eq!(outside["bytes"].as_i64(), Some(152_061_672));
    assert!(outside["advice"].as_str().unwrap().contains("pmap"), "{outside}");
    let args = figures_of("steady", &["proc-status.txt"]);
    let args: Vec<&str> = ["report"].into_iter().chain(args.iter().map(String::as_str)).collect();
    let text = result(&args);
    assert!(text.starts_with("RSS 237 MiB = program and mapped files 7.76 MiB + unknown 229 MiB\n"), "{text}");
}

#[test]
fn the_summary_has_a_line_of_the_account() {
    let profile = data().join("memory/account/after-peak/heap.pb.gz");
    let text = run(&["report", "summary", profile.to_str().unwrap()]).stdout;
    assert!(text.contains("\nRSS 431 MiB = live objects 29.8 MiB + garbage and new objects 1.61 MiB"), "{text}");
    assert!(text.contains(" + idle, kept 401 MiB"), "{text}");
}

#[test]
fn figures_in_a_directory_are_no_snapshots() {
    let folder = data().join("memory/account/steady");
    let loaded = Loader::new().load([folder]).unwrap();
    assert_eq!((loaded.series.snapshots().len(), loaded.skipped.len()), (1, 0));
    let memory = loaded.series.snapshots()[0].header.memory.clone().unwrap();
    assert_eq!(memory.sources, ["Go MemStats", "/proc/PID/smaps_rollup", "/proc/PID/status"]);
    assert!(loaded.series.snapshots()[0].header.metrics.is_some(), "rates and coverage use them too");
}

#[test]
fn a_file_without_figures_is_named() {
    let file = data().join("memory/README.md");
    let profile = data().join("memory/account/fresh/heap.pb.gz");
    let args = ["report", "memory", profile.to_str().unwrap(), "--memory", file.to_str().unwrap(), "--strict"];
    let outcome = run(&args);
    let text = outcome.stderr;
    assert_eq!(outcome.code, 2, "{text}");
    assert!(text.contains("README.md: no figures of memory: it is text"), "{text}");
}

#[test]
fn a_what_if_says_what_it_assumes_and_where_a_spiral_begins() {
    let folder = data().join("memory/what-if/small-objects");
    let ends = ["start", "end"].map(|end| folder.join(format!("{end}.heap.debug1.txt")).display().to_string());
    let args = ["report", "memory", &ends[0], &ends[1], "--gogc", "off,50", "--gomemlimit", "150MiB,1GiB"];
    let text = run(&args).stdout;
    let lines: Vec<&str> = text.lines().skip_while(|line| *line != "what if").collect();
    assert_eq!(lines[2..6].iter().filter(|line| line.contains("death spiral")).count(), 2, "{text}");
    assert!(text.contains("a death spiral begins below a GOMEMLIMIT of about 159 MiB"), "{text}");
    assert!(text.contains("live heap 124 MiB: NextGC"), "{text}");
    // A limit alone is tried with the GOGC of the window.
    let what_if = |option: &str, value: &str| -> Value {
        let outcome = run(&["report", "memory", &ends[0], &ends[1], option, value, "--format", "json"]);
        serde_json::from_str(&outcome.stdout).unwrap()
    };
    let report = what_if("--gomemlimit", "1GiB");
    assert_eq!((report["what_if"][0]["gogc"].as_u64(), report["what_if"].as_array().unwrap().len()), (Some(100), 1));
    let report = what_if("--gogc", "off");
    let row = &report["what_if"][0];
    assert!(row["gogc"].is_null() && row["peak_heap"].is_null() && row["collections_ratio"] == 0.0, "{row}");
    let outcome = run(&["report", "top", &ends[0], "--what-if"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("`report top` has no what-if"), "{}", outcome.stderr);
}

#[test]
fn a_condition_is_checked_against_figures_beside_a_profile() {
    let folder = data().join("memory/account/steady");
    let profile = folder.join("heap.pb.gz").display().to_string();
    for (condition, of, code, words) in [
        ("heap > 80%", "250MiB", 1, "broken  heap > 80%: heap 207 MiB (82.7%), rss 237 MiB (94.8%)"),
        ("rss > 95%", "250MiB", 0, "ok  rss > 95%: heap 207 MiB"),
        ("heap > 200MiB", "1GiB", 1, "broken  heap > 200MiB"),
    ] {
        let outcome = run(&["check", "--when", condition, "--of", of, &profile]);
        assert_eq!(outcome.code, code, "{condition}: {}{}", outcome.stdout, outcome.stderr);
        assert!(outcome.stdout.starts_with(words), "{condition}: {}", outcome.stdout);
    }
    let outcome = run(&["check", "--when", "heap > 80%", &profile]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("the limit is not known"), "{}", outcome.stderr);
    // With rules both count.
    let outcome = run(&["check", "--when", "heap > 1GiB", "--max-total", "1MiB", &profile]);
    assert_eq!(outcome.code, 1, "{}{}", outcome.stdout, outcome.stderr);
}

#[test]
fn an_alert_ends_after_the_breach_has_lasted() {
    let folder = data().join("memory/account/steady");
    let profile = folder.join("heap.pb.gz").display().to_string();
    let args = ["check", "--when", "heap > 100MiB", "--every", "20ms", "--for", "60ms", &profile];
    let outcome = run(&args);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(outcome.stdout.starts_with("broken  heap > 100MiB: heap 207 MiB"), "{}", outcome.stdout);
    assert_eq!(outcome.stderr.matches("  broken: heap > 100MiB").count(), 1, "told once: {}", outcome.stderr);
    let outcome = run(&["check", "--max-total", "1MiB", "--every", "20ms", &profile]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("max-total"), "{}", outcome.stdout);
}

#[test]
fn an_alert_runs_its_command_also_if_its_report_cannot_be_written() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("unwritten-alert");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let report = folder.join("report.txt");
    std::fs::write(&report, "").unwrap();
    let profile = data().join("memory/account/steady/heap.pb.gz").display().to_string();
    let args = ["check", "--max-total", "1MiB", "--every", "20ms", "--exec", "sh -c 'echo the command ran >&2'"];
    let mut child = spawn(&[&args[..], &["-o", report.to_str().unwrap(), &profile]].concat());
    let mut missing = vec!["the report is not written", "the command ran"];
    // The lines end with the process: an alert that ends the check leaves something missing.
    for line in BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap) {
        missing.retain(|part| !line.contains(part));
        if missing.is_empty() {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn accounts_of_other_programs_add_up_and_leave_nothing_unknown() {
    for (name, first, least) in [
        ("jemalloc", "heap", 76 << 20),
        ("tcmalloc", "heap", 74 << 20),
        ("node", "heap", 30 << 20),
        ("jvm", "heap", 100 << 20),
    ] {
        let folder = data().join("memory/programs");
        let [figures, status] = ["txt", "status"].map(|ending| folder.join(format!("{name}.{ending}")));
        let account = json(&["memory", "--memory", figures.to_str().unwrap(), "--memory", status.to_str().unwrap()]);
        let rss = std::fs::read_to_string(status).unwrap();
        let rss = rss.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let rss = rss.trim().trim_end_matches(" kB").parse::<i64>().unwrap() << 10;
        let terms = account["terms"].as_array().unwrap();
        let sum: i64 = terms.iter().map(|term| term["bytes"].as_i64().unwrap()).sum();
        assert_eq!((account["total"].as_i64(), account["unknown"].as_i64(), sum), (Some(rss), Some(0), rss), "{name}");
        assert_eq!(terms[0]["kind"], first, "{name}");
        assert!(terms[0]["bytes"].as_i64().unwrap() >= least, "{name}: {account}");
    }
}

#[test]
fn the_timeline_shows_the_resident_memory_and_its_part_outside_of_the_profile() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("resident");
    std::fs::create_dir_all(&folder).unwrap();
    let mut snapshots: Vec<PathBuf> =
        std::fs::read_dir(data().join("shop-series")).unwrap().map(|entry| entry.unwrap().path()).collect();
    snapshots.sort();
    for (at, path) in snapshots.iter().take(4).enumerate() {
        let copy = folder.join(path.file_name().unwrap());
        std::fs::copy(path, &copy).unwrap();
        let kib = (100 + 50 * at) << 10;
        let status = format!("Name:\tshop\nVmRSS:\t{kib} kB\nRssAnon:\t{} kB\nRssFile:\t10240 kB\n", kib - 10240);
        let figures = copy.to_str().unwrap().replace(".pb.gz", ".memory.txt");
        std::fs::write(figures, status).unwrap();
    }
    let options = Options { width: 120, height: 40, depth: Depth::Indexed256, glyphs: Glyphs::Unicode };
    let screen = Session::open(&[&folder], options).unwrap().frame().to_string();
    let line = |label: &str| screen.lines().find(|line| line.trim_start().starts_with(label)).unwrap_or_default();
    assert!(line("RSS").contains("max 250M"), "{screen}");
    assert!(line("other").contains(", 7 explains"), "{screen}");
    // A single snapshot has no line to draw.
    let alone = Session::open(&[&snapshots[0]], options).unwrap().frame().to_string();
    assert!(!alone.contains("other "), "{alone}");
}
