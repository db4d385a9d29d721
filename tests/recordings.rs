//! Recordings over time: their totals against those of the tools that belong to them, and one file as a series.
//!
//! `heaptrack/*` were recorded with heaptrack 1.4: a program that leaks 12 times 20 KiB and has one peak (`leak`), four
//! threads that fill and empty a table (`threads`), and `sort` of a short file (`sort`). `jfr/*.gz` were recorded with Java
//! 17: a program that keeps arrays, makes strings, and has a thread that fills a cache.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::jfr::{jvm_dump, live_recording};
use crate::support::{data, json, result, run, run_with};

/// Total of a sample type in a snapshot of a summary.
fn total(snapshot: &serde_json::Value, name: &str) -> i64 {
    let types = snapshot["sample_types"].as_array().unwrap();
    let found = types.iter().find(|one| one["name"] == name);
    found.unwrap()["total"].as_i64().unwrap()
}

/// Calls to allocation functions, temporary ones, peak, leaked and peak of resident memory as `heaptrack_print` has them.
const HEAPTRACK: [(&str, [i64; 5]); 3] = [
    ("heaptrack/leak.zst", [897, 601, 998_144, 245_760, 4_706_304]),
    ("heaptrack/threads.gz", [5165, 2476, 349_172, 276_468, 5_586_944]),
    ("heaptrack/sort.zst", [222, 51, 149_388, 12_212, 4_476_928]),
];

#[test]
fn heaptracks_totals_are_its_own_tools() {
    for (file, want) in HEAPTRACK {
        let summary = json(&["summary", file]);
        let last = summary["snapshots"].as_array().unwrap().last().unwrap();
        let types = ["alloc_objects", "temporary_objects", "peak_space", "inuse_space"];
        let mut found: Vec<i64> = types.iter().map(|name| total(last, name)).collect();
        found.push(last["memory"]["max_rss"].as_i64().unwrap());
        assert_eq!(found, want, "{file}");
        let said = result(&["report", "summary", file]);
        assert!(!said.contains("±") && !said.contains("sampl noise"), "{file} is exact: {said}");
    }
}

/// Compares the bytes of each stack at the peak with the flame graph of `heaptrack_print --flamegraph-cost-type peak`.
#[test]
fn the_peak_is_exact_stack_by_stack() {
    let top = json(&["top", "--sample-type", "peak_space", "heaptrack/leak.zst"]);
    let mut selves: Vec<i64> =
        top["rows"].as_array().unwrap().iter().map(|row| row["self"].as_i64().unwrap()).collect();
    selves.retain(|value| *value > 0);
    assert_eq!(selves, [800_000, 122_880, 72_704, 1_536, 1_024]);
}

/// Difference of the ends of two windows, whatever is said of how far they are apart.
fn diff(arguments: &[&str]) -> serde_json::Value {
    let outcome = run(&[&["report", "diff", "--format", "json", "--aggregate", "last"], arguments].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn one_recording_is_a_series() {
    let file = "heaptrack/leak.zst";
    let summary = json(&["summary", file]);
    let snapshots = summary["snapshots"].as_array().unwrap();
    assert!((20..=60).contains(&snapshots.len()), "{}", snapshots.len());
    let times: Vec<i64> = snapshots.iter().map(|one| one["uptime_ns"].as_i64().unwrap()).collect();
    assert!(times.is_sorted() && times[0] == 1 && *times.last().unwrap() > 240_000_000, "{times:?}");
    assert!(snapshots.iter().all(|one| one["time"].is_null()), "there is no date");
    let held: Vec<i64> = snapshots.iter().map(|one| total(one, "inuse_space")).collect();
    assert_eq!((held[0], held.iter().max()), (0, Some(&998_144)), "the peak is a snapshot");
    assert_eq!(summary["instances"][0]["processes"], 1);
    let leaks = json(&["leaks", file]);
    assert_eq!(leaks["rows"][0]["name"], "leak(int)");
    assert_eq!((&leaks["rows"][0]["status"], &leaks["rows"][0]["delta"]), (&"suspect".into(), &245_760.into()));
    let allocated = json(&["top", "--sample-type", "alloc_objects", file]);
    assert_eq!(allocated["total"], 897, "a counter grows from nothing at the start");
    let diff = diff(&["--base-window", "1..5", "--window", "20..22", file]);
    assert_eq!(diff["rows"][0]["name"], "leak(int)");
    assert!(result(&["report", "summary", file]).contains("+0.00 s to +0.24 s"));
}

#[test]
fn two_recordings_are_compared_and_joined() {
    let [leak, sort] = ["heaptrack/leak.zst", "heaptrack/sort.zst"];
    let diff = diff(&["--base", sort, leak]);
    assert_eq!((&diff["total"], &diff["base_total"]), (&245_760.into(), &12_212.into()));
    let alone = json(&["summary", leak])["snapshots"].as_array().unwrap().len();
    let both = json(&["summary", leak, "heaptrack/threads.gz"]);
    assert!(both["snapshots"].as_array().unwrap().len() > alone + 20);
}

/// Lines of a recording in which an edit was made.
fn edited(edit: impl Fn(&str) -> Option<String>) -> Vec<u8> {
    let file = std::fs::File::open(data().join("heaptrack/threads.gz")).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(file), &mut text).unwrap();
    let lines: Vec<String> = text.lines().filter_map(edit).collect();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(format!("{}\n", lines.join("\n")).as_bytes()).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn strings_have_no_length_before_version_3() {
    let old = edited(|line| match line.split_once(' ') {
        Some(("v", _)) => Some("v 10200 2".to_owned()),
        Some(("s", rest)) => Some(format!("s {}", rest.split_once(' ').unwrap().1)),
        _ => Some(line.to_owned()),
    });
    let rows = |outcome: crate::support::Outcome| outcome.stdout.split_once('\n').unwrap().1.to_owned();
    let before = rows(run_with(&["report", "top", "--limit", "0", "-"], &edited(|line| Some(line.to_owned()))));
    let outcome = run_with(&["report", "top", "--limit", "0", "-"], &old);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(rows(outcome), before);
}

#[test]
fn a_recording_that_was_unpacked_and_cut_at_a_line_is_not_whole() {
    let text = |lines: usize| {
        let mut text = String::new();
        let whole = edited(|line| Some(line.to_owned()));
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*whole), &mut text).unwrap();
        let count = text.lines().count();
        text.lines().take(count - lines).flat_map(|line| [line, "\n"]).collect::<String>().into_bytes()
    };
    let check = |bytes: &[u8]| run_with(&["check", "--max-total", "1GiB", "-"], bytes);
    assert_eq!(check(&text(0)).code, 0);
    for lines in [1, 40] {
        let outcome = check(&text(lines));
        assert!(outcome.code == 2 && outcome.stderr.contains("lacks its last line"), "{lines}: {}", outcome.stderr);
    }
}

#[test]
fn broken_recordings_are_refused_with_the_line() {
    for (from, to, said) in [
        ("v 10400 3", "v 10400 9", "version is not 1, 2 or 3"),
        ("t 1 0", "t ffff 0", "frame that is not there, line"),
        ("+ 0", "+ ffffff", "allocation that is not there, line"),
        ("+ 0", "? 0", "no letter that is known, line"),
    ] {
        let broken = edited(|line| Some(if line == from { to.to_owned() } else { line.to_owned() }));
        let outcome = run_with(&["report", "top", "-"], &broken);
        assert_eq!(outcome.code, 2);
        assert!(outcome.stderr.contains(said), "{to}: {}", outcome.stderr);
    }
    let outcome = run(&["report", "top", "kinds/heaptrack-raw.txt"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("heaptrack_interpret"), "{}", outcome.stderr);
}

/// Allocation samples and their weights, as `jfr print --events … --json` adds up.
#[test]
fn sums_of_jfr_are_those_of_its_own_tool() {
    let rows: [(&str, &[(&str, i64)]); 3] = [
        ("jfr/samples.jfr.gz", &[("alloc_samples", 166), ("alloc_space", 77_429_104), ("live_objects", 63)]),
        (
            "jfr/tlab.jfr.gz",
            &[
                ("alloc_in_new_tlab_objects", 177),
                ("alloc_in_new_tlab_bytes", 48_572_960),
                ("alloc_outside_tlab_objects", 672),
                ("alloc_outside_tlab_bytes", 13_072_752),
            ],
        ),
        ("jfr/live.jfr", &[("live_objects", 4), ("live_space", 4_168)]),
    ];
    for (file, want) in rows {
        let summary = json(&["summary", file]);
        let snapshot = &summary["snapshots"][0];
        assert_eq!(snapshot["sample_types"].as_array().unwrap().len(), want.len(), "{file}");
        for (name, sum) in want {
            assert_eq!(total(snapshot, name), *sum, "{file}: {name}");
        }
    }
}

#[test]
fn collections_of_a_jfr_stand_beside_its_samples() {
    let summary = json(&["summary", "jfr/samples.jfr.gz"]);
    let log = &summary["gc_logs"][0];
    assert_eq!(log["format"], "JFR recording");
    let said = result(&["report", "summary", "jfr/samples.jfr.gz"]);
    assert!(said.contains("3 collections, 40.4 ms paused, heap used at most 24.6 MiB"), "{said}");
}

#[test]
fn classes_are_leaves_and_threads_labels() {
    let file = "jfr/samples.jfr.gz";
    let top = json(&["top", "--limit", "1", file]);
    assert_eq!((&top["rows"][0]["name"], &top["rows"][0]["self"]), (&"byte[]".into(), &70_538_024.into()));
    let callers = result(&["report", "tree", "--focus", "Alloc.keep", file]);
    assert!(callers.contains("Alloc.main") && callers.contains("byte[]"), "{callers}");
    let labels = result(&["report", "labels", file]);
    assert!(labels.contains("thread") && labels.contains("cacher"), "{labels}");
}

#[test]
fn live_objects_of_async_profiler_are_a_level() {
    let recording = live_recording(0);
    let file = data().join("jfr/live.jfr");
    if std::env::var_os("INSTA_UPDATE").is_some() {
        std::fs::write(&file, &recording).unwrap();
    }
    assert_eq!(std::fs::read(&file).unwrap(), recording, "the file is of this making");
    let said = run_with(&["report", "top", "-"], &live_recording(1));
    assert!(said.stdout.contains("live_space: 4.07 KiB (4,168 B)"), "{}", said.stdout);
    assert!(said.stderr.contains("1 stack lacks its outermost frames"), "{}", said.stderr);
    let folded = result(&["report", "folded", "jfr/live.jfr"]);
    assert_eq!(folded, "app.Main.main;java.lang.String 72\napp.Main.main;app.Main.run;byte[] 4096\n");
}

#[test]
fn chunks_follow_one_another_and_the_last_may_be_cut() {
    let one = live_recording(0);
    let two = [&one[..], &one].concat();
    let total = |bytes: &[u8]| run_with(&["report", "top", "--limit", "1", "-"], bytes);
    assert!(total(&two).stdout.contains("(8,336 B)"));
    let cut = total(&two[..two.len() - 1]);
    assert!(cut.stdout.contains("(4,168 B)") && cut.stderr.contains("last chunk is not complete"), "{}", cut.stderr);
    let open = [&one[..], b"FLR\0\0\x02\0\x01", &[0; 200]].concat();
    assert!(total(&open).stdout.contains("(4,168 B)"));
    let cut = total(&one[..one.len() - 1]);
    assert_eq!(cut.code, 2);
    assert!(cut.stderr.contains("JFR recording: it ends within a chunk"), "{}", cut.stderr);
}

/// Directory with dumps of one recording of a JVM, removed in the end.
struct Dumps(std::path::PathBuf);

impl Dumps {
    /// Writes dumps, each with a number of chunks, to a directory of the test with this name.
    fn write(name: &str, counts: &[u64]) -> (Self, Vec<String>) {
        let folder = std::env::temp_dir().join(format!("heapglass-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let write = |count: &u64| {
            let path = folder.join(format!("d{count}.jfr"));
            std::fs::write(&path, jvm_dump(*count)).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let files = counts.iter().map(write).collect();
        (Self(folder), files)
    }
}

impl Drop for Dumps {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Arguments of a report on some files.
fn on<'a>(arguments: &[&'a str], files: &'a [String]) -> Vec<&'a str> {
    arguments.iter().copied().chain(files.iter().map(String::as_str)).collect()
}

#[test]
fn old_objects_are_those_of_the_last_dump() {
    for count in [1, 3] {
        let said = run_with(&["report", "top", "--sample-type", "live_objects", "-"], &jvm_dump(count)).stdout;
        assert!(said.contains("live_objects: 2\n"), "{count} dumps: {said}");
        let said = run_with(&["report", "top", "--sample-type", "alloc_samples", "-"], &jvm_dump(count)).stdout;
        assert!(said.contains(&format!("alloc_samples: {count}\n")), "allocations are added up: {said}");
    }
}

#[test]
fn a_level_of_a_jfr_is_at_its_end() {
    let (_folder, files) = Dumps::write("jfr-levels", &[3, 1, 2]);
    let said = run(&on(&["report", "leaks", "--sample-type", "live_objects"], &files)).stdout;
    assert!(said.contains("live_objects: 3 snapshots over 1.00 s"), "{said}");
    assert!(said.contains("always the same"), "{said}");
}

#[test]
fn a_short_jfr_has_what_happened_within_it() {
    let (_folder, files) = Dumps::write("jfr-short", &[1]);
    let outcome = run(&on(&["check", "--max-alloc-rate", "3MiB/s"], &files));
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stdout.contains("2.00 MiB/s"), "{}", outcome.stdout);
}

#[test]
fn overlapping_dumps_have_no_allocation_rate() {
    let (_folder, files) = Dumps::write("jfr-overlap", &[1, 2, 3]);
    let outcome = run(&on(&["check", "--max-alloc-rate", "3MiB/s"], &files));
    assert_eq!(outcome.code, 2, "{}", outcome.stdout);
    assert!(outcome.stderr.contains("no allocation rate: the profiles overlap in time"), "{}", outcome.stderr);
}

#[test]
fn collections_of_several_dumps_count_once_over_the_time_of_the_recording() {
    let (_folder, files) = Dumps::write("jfr-collections", &[1, 3]);
    let said = run(&["report", "diff", "--base", &files[0], &files[1]]).stdout;
    assert!(said.contains("runtime: A 2.00 MiB/s allocated, 1 GC, 20.0 ms/s paused, in 500 ms"), "{said}");
    assert!(said.contains("B 2.00 MiB/s allocated, 3 GCs, 20.0 ms/s paused, in 1.50 s"), "{said}");
    assert!(!run(&on(&["report", "summary"], &files)).stdout.contains("logs overlap"));
}

#[test]
fn an_attached_profiler_has_not_seen_what_was_allocated_before() {
    let attached = edited(|line| Some(if line.starts_with("I ") { format!("{line}\nA") } else { line.to_owned() }));
    let said = |arguments: &[&str]| run_with(arguments, &attached).stdout;
    let summary = said(&["report", "summary", "-"]);
    assert!(summary.contains("the profiler attached to a running process"), "{summary}");
    let top = said(&["report", "top", "--window", "-0s", "--sample-type", "alloc_space", "-"]);
    assert!(top.contains("since the profiler attached") && !top.contains("process began"), "{top}");
}

#[test]
fn concatenated_recordings_of_heaptrack_are_refused() {
    let one = edited(|line| Some(line.to_owned()));
    let outcome = run_with(&["report", "top", "-"], &[&one[..], &one].concat());
    assert_eq!(outcome.code, 2, "{}", outcome.stdout);
    assert!(outcome.stderr.contains("two profiles are in one file, the second from line"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("hint: give each profile as a file of its own"), "{}", outcome.stderr);
}

#[test]
fn what_is_not_memory_is_not_held() {
    let folded = run_with(&["report", "summary", "-"], b"main;burn 10\n").stdout;
    assert!(folded.contains("burn has 100%"), "{folded}");
}

/// Blocks and bytes in all, at the peak and at the end, and bytes read and written, as valgrind's DHAT printed them.
#[test]
fn dhats_sums_are_its_own() {
    let summary = json(&["summary", "dhat/peak.out"]);
    let rows = [
        ("alloc_objects", 897),
        ("alloc_space", 1_200_900),
        ("peak_objects", 163),
        ("peak_space", 998_144),
        ("inuse_objects", 240),
        ("inuse_space", 245_760),
        ("read", 4_192),
        ("written", 883_268),
    ];
    for (name, sum) in rows {
        assert_eq!(total(&summary["snapshots"][0], name), sum, "{name}");
    }
}

/// Peak of `memray stats --json` (`peak_memory`) for the recording that `memray transform csv` wrote as this table.
#[test]
fn memrays_table_adds_up_to_its_peak() {
    let summary = json(&["summary", "memray/peak.csv"]);
    assert_eq!(total(&summary["snapshots"][0], "inuse_space"), 4_238_548);
    let tree = result(&["report", "tree", "--chains", "each", "--focus", "^fill$", "memray/peak.csv"]);
    let at = |name: &str| tree.find(&format!(" {name}\n")).unwrap();
    assert!(at("_bootstrap") < at("worker") && at("worker") < at("fill"), "callers come first: {tree}");
}
