//! GC logs: parsing, hostile input, alignment with snapshots, and reports.

use std::fmt::Write as _;
use std::fs;
use std::io::Cursor;
use std::sync::{Arc, LazyLock};

use heapglass::Loader;
use heapglass::analysis::activity::Placement;
use heapglass::analysis::{HeapCoverage, NoRate, Query, RateSource, Rates, TimeBasis, Window, derive};
use heapglass::base::limits::{Budget, LimitKind};
use heapglass::format::gclog::{self, LogClock};
use heapglass::format::{self, FormatError, ReadContext, ReadOptions};
use heapglass::load::{LogPlan, renew_gc_log};
use heapglass::profile::{GcEvent, GcLog, Input, Series};
use heapglass::source::Address;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::build::read as read_profile;
use crate::support::damage::{Damage, in_time, runs};
use crate::support::{data, golden, json, result, run};

const SECOND: i64 = 1_000_000_000;
const SERIES: &str = "shop-series";
const LOG: &str = "gc-logs/shop-gctrace.log";
const BARE: &str = "gc-logs/shop-gctrace-bare.log";

/// Reads a log with its times in UTC.
fn read(bytes: &[u8], memory: u64) -> Result<GcLog, FormatError> {
    let (options, mut budget, mut warnings) = (ReadOptions::default(), Budget::new(memory), Vec::new());
    let mut context = ReadContext::new(&options, &mut budget, &mut warnings);
    let chunks = format::open(Box::new(Cursor::new(bytes.to_vec())), &options)?;
    gclog::read(chunks, LogClock::new(|civil| civil, Some(2026)), None, &mut context)
}

fn samples() -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(data().join("gc-logs")).unwrap().map(|entry| entry.unwrap().path());
    let mut samples: Vec<_> =
        files.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())).collect();
    samples.sort();
    assert!(samples.len() >= 18, "the samples are there");
    samples
}

/// Event as one line, without missing figures.
fn line(event: &GcEvent) -> String {
    let parts = [
        ("wall", event.wall),
        ("uptime", event.uptime),
        ("number", event.number),
        ("used", event.used),
        ("total", event.total),
        ("rss", event.rss),
        ("cycles", event.cycles),
        ("pause", event.pause),
        ("allocated", event.allocated),
    ];
    parts.iter().filter_map(|(name, value)| Some(format!("{name} {}", (*value)?))).collect::<Vec<_>>().join("  ")
}

#[test]
fn every_log_reads_as_it_did() {
    for (name, bytes) in samples() {
        let log = read(&bytes, 1 << 24).unwrap();
        let mut text = format!("{}, {} events, {} other lines\n", log.format, log.events.len(), log.skipped_lines);
        for event in log.events.iter().take(40) {
            writeln!(text, "{}", line(event)).unwrap();
        }
        golden("gc-logs", &name, &text);
    }
}

#[test]
fn a_log_cut_anywhere_has_what_came_before_the_cut() {
    for (name, bytes) in samples() {
        let whole = read(&bytes, 1 << 24).unwrap();
        for cut in (0..bytes.len()).step_by(bytes.len() / 4000 + 1) {
            match read(&bytes[..cut], 1 << 24) {
                // Before the first collection there is none yet.
                Ok(log) if log.is_without_collections() => {}
                Ok(log) => {
                    // A figure may be truncated too, and no line after it shows that.
                    let before = log.events.len().saturating_sub(1);
                    assert!(log.events.len() <= whole.events.len(), "{name} cut at {cut}");
                    assert_eq!(log.events[..before], whole.events[..before], "{name} cut at {cut}");
                }
                Err(FormatError::NotLog(_) | FormatError::Empty) => {}
                Err(other) => panic!("{name} cut at {cut}: {other}"),
            }
        }
    }
}

#[test]
fn a_log_that_does_not_fit_is_a_limit() {
    let bytes = fs::read(data().join(LOG)).unwrap();
    assert!(matches!(read(&bytes, 4096), Err(FormatError::Limit(limit)) if limit.kind == LimitKind::Memory));
}

#[test]
fn hostile_lines_are_passed_over() {
    let good = "gc 1 @0.1s 0%: 0.1+1+0.1 ms clock, 0+0/0/0+0 ms cpu, 4->4->1 MB, 5 MB goal, 8 P";
    let hostile = [
        "x".repeat(10 << 20),
        format!("{{\"heap_used\":{}1", "[".repeat(60_000)),
        "gc 99999999999999999999 @1s 0%: 1+1+1 ms clock, 1 ms cpu, 4->4->1 MB,".to_owned(),
        "gc 2 @1e308s 0%: 1+1+1 ms clock, 1 ms cpu, 4->4->1 MB,".to_owned(),
        "gc 3 @1s 0%: 1+1+1 ms clock, 1 ms cpu, 99999999999999999999->4->1 MB,".to_owned().replace("->4", "->9e99"),
        "[99999999999999999999999s] GC(1) Pause Young 9999999999999999T->1M(1M) 1ms".to_owned(),
        "heap_used: 9223372036854775808".to_owned(),
        "\u{1b}[2J\u{202e}gc".to_owned(),
    ];
    for one in hostile {
        let log = read(format!("{one}\n{good}\n").as_bytes(), 1 << 24).unwrap();
        assert_eq!((log.format, log.events.len(), log.skipped_lines), ("Go gctrace", 1, 1), "{one:.40}");
    }
}

/// Logs, and a profile to show them with.
static LOGS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(samples);
static SNAPSHOT: LazyLock<Vec<u8>> = LazyLock::new(|| fs::read(data().join("pprof/node.pb.gz")).unwrap());

proptest! {
    #![proptest_config(runs(300))]

    #[test]
    fn damage_never_panics(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec(Damage::any(), 1..12),
    ) {
        let mut bytes = which.get(&LOGS).1.clone();
        for one in &damage {
            one.apply(&mut bytes);
        }
        in_time(|| {
            if let Ok(log) = read(&bytes, 1 << 24) {
                assert!(log.events.len() as u64 + log.skipped_lines <= bytes.len() as u64);
                let (profile, budget) = read_profile(SNAPSHOT.clone(), 1 << 30).unwrap();
                let mut series = Series::new(profile, budget.clone());
                series.add_log(log, budget);
                assert_eq!(series.logs().len(), 1);
            }
        });
    }
}

#[test]
fn a_million_random_lines_never_panic() {
    // Meaningful words in any order, with any bytes in between.
    let words: [&[u8]; 16] = [
        b"gc ",
        b"GC(1)",
        b" @",
        b"Pause ",
        b"->",
        b"MB, ",
        b"12M",
        b"heap_used",
        b": ",
        b"{\"rss\":",
        b"}",
        b"ms",
        b"2026-11-22T",
        b"13:13:33",
        b"+",
        b"9999999999",
    ];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut bytes = Vec::with_capacity(24 << 20);
    for _ in 0..1_000_000 {
        for _ in 0..next() % 5 {
            let random = next();
            if random % 3 == 0 {
                bytes.extend_from_slice(&random.to_le_bytes()[..4]);
            } else {
                bytes.extend_from_slice(words[(random >> 8) as usize % words.len()]);
            }
        }
        bytes.push(b'\n');
    }
    assert!(!matches!(read(&bytes, 1 << 30), Err(FormatError::Limit(_) | FormatError::Cancelled)));
}

/// Series of the shop with logs.
fn series_with(logs: Vec<GcLog>) -> Arc<Series> {
    let mut files: Vec<_> = fs::read_dir(data().join(SERIES)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut profiles = files.iter().map(|path| read_profile(fs::read(path).unwrap(), 1 << 30).unwrap());
    let (first, budget) = profiles.next().unwrap();
    let mut series = Series::new(first, budget);
    for (profile, _) in profiles {
        series.add(profile, Input::Current).unwrap();
    }
    series.sort_snapshots();
    for log in logs {
        let budget = series.budget().clone();
        series.add_log(log, budget);
    }
    Arc::new(series)
}

fn log(name: &str) -> GcLog {
    read(&fs::read(data().join(name)).unwrap(), 1 << 24).unwrap()
}

fn rates(series: &Arc<Series>, first: usize, last: usize) -> Rates {
    let answer = derive(series, &Query::default_for(series), None).unwrap();
    Rates::of(series, &answer.timeline, Window { first, last }, None)
}

#[test]
fn a_log_lies_by_its_times_else_with_its_end_on_the_last_snapshot() {
    let series = series_with(vec![log(LOG), log(BARE), log("gc-logs/jvm-no-times.log")]);
    let answer = derive(&series, &Query::default_for(&series), None).unwrap();
    let placed = &answer.timeline.activity.placed;
    assert_eq!(placed[0].how, Placement::TimeOfDay);
    assert_eq!(placed[1].how, Placement::EndOfSeries);
    assert!(matches!(placed[2].how, Placement::Unplaced(_)), "{:?}", placed[2]);
    let last = series.snapshots()[13].header.time_nanos;
    assert_eq!(placed[1].extent.unwrap().1, last);
    // The log ends up to one collection before the last snapshot.
    let (one, other) = (placed[0].extent.unwrap(), placed[1].extent.unwrap());
    assert!((one.0 - other.0).abs() < 4 * SECOND, "{}", one.0 - other.0);
}

#[test]
fn a_log_that_grows_is_read_again_in_its_place() {
    let text = fs::read_to_string(data().join(LOG)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let file = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("growing-gctrace.log");
    fs::write(&file, lines[..40].join("\n")).unwrap();
    let loaded = Loader::new().gc_logs([&file]).load([data().join(SERIES)]).unwrap();
    let mut series = Arc::new(loaded.series);
    let before = (series.logs()[0].events.len(), Arc::clone(&series));
    let renew = |series: &mut Arc<Series>| {
        renew_gc_log(series, &Address::from(&file), &LogPlan::default(), &ReadOptions::default(), &Arc::default())
    };
    fs::write(&file, &text).unwrap();
    renew(&mut series).unwrap();
    let whole = log(LOG).events.len();
    assert!(before.0 < whole && before.1.logs()[0].events.len() == before.0, "a view of the old series keeps its log");
    assert_eq!((series.logs().len(), series.logs()[0].events.len()), (1, whole));
    let used = series.budget().used();
    for _ in 0..20 {
        renew(&mut series).unwrap();
    }
    assert_eq!((series.logs().len(), series.budget().used()), (1, used), "the log is charged once");
    fs::remove_file(&file).unwrap();
    assert!(renew(&mut series).is_err());
    assert_eq!(series.logs()[0].events.len(), whole, "it stays as it was");
}

/// Sentence on the placement of a log, and its figures in the summary.
fn summary_of(log: &str) -> (String, Value) {
    let summary = json(&["summary", "--gc-log", &format!("gc-logs/{log}"), SERIES]);
    let said = summary["health"].as_array().unwrap().iter().map(|one| one["message"].as_str().unwrap());
    let said = said.filter(|said| said.starts_with(log)).collect::<Vec<_>>().join("\n");
    (said, summary["gc_logs"][0].clone())
}

#[test]
fn a_steady_beat_without_times_ends_with_the_last_snapshot() {
    for name in ["node-heap-stats-bare.log", "go-printf-bare.log"] {
        let series = series_with(vec![log(&format!("gc-logs/{name}"))]);
        let answer = derive(&series, &Query::default_for(&series), None).unwrap();
        let placed = &answer.timeline.activity.placed[0];
        assert_eq!((&placed.how, placed.left_out), (&Placement::EvenlySpaced, 0), "{name}");
        let time = |at: usize| series.snapshots()[at].header.time_nanos;
        assert_eq!(placed.extent, Some((time(0), time(13))), "{name}");
        assert!(answer.timeline.activity.level(time(13)).is_some());
        let (said, facts) = summary_of(name);
        assert!(said.contains("has no times; its lines are assumed to be evenly spaced"), "{said}");
        assert_eq!(facts["placed"], "steady-beat");
    }
    for name in ["node-heap-stats.log", "go-printf.log"] {
        let series = series_with(vec![log(&format!("gc-logs/{name}"))]);
        let answer = derive(&series, &Query::default_for(&series), None).unwrap();
        assert_eq!(answer.timeline.activity.placed[0].how, Placement::TimeOfDay, "{name}");
        assert!(rates(&series, 0, 13).cycles.is_ok() == name.starts_with("go"), "{name}");
    }
}

#[test]
fn a_beat_beside_one_snapshot_has_one_time() {
    let (profile, budget) = read_profile(fs::read(data().join("pprof/go-shop-1.pb.gz")).unwrap(), 1 << 30).unwrap();
    let mut series = Series::new(profile, budget.clone());
    series.add_log(log("gc-logs/node-heap-stats-bare.log"), budget);
    let series = Arc::new(series);
    let answer = derive(&series, &Query::default_for(&series), None).unwrap();
    let placed = &answer.timeline.activity.placed[0];
    let time = series.snapshots()[0].header.time_nanos;
    assert_eq!((&placed.how, placed.extent, placed.left_out), (&Placement::EvenlySpaced, Some((time, time)), 5));
}

#[test]
fn collections_without_times_are_no_beat() {
    for name in ["jvm-no-times.log", "python-debug-stats.log"] {
        let (said, facts) = summary_of(name);
        assert!(said.contains("cannot be placed in time: its lines say no time"), "{said}");
        assert_eq!(facts["placed"], "nowhere", "{name}");
        assert!(facts["gc_cycles"].as_i64().unwrap() > 0 && facts["gc_pause_ns"].as_i64().unwrap() > 0, "{name}");
    }
}

#[test]
fn a_collector_that_did_not_collect_has_no_collection_and_no_pause() {
    let (said, facts) = summary_of("jvm-no-collection.log");
    assert!(said.starts_with("jvm-no-collection.log (JVM unified logging, no collection) "), "{said}");
    let figures = ["events", "gc_cycles", "gc_pause_ns", "heap_used_max"].map(|key| facts[key].clone());
    assert_eq!(figures, [Value::from(0), Value::from(0), Value::Null, Value::Null]);
    let text = result(&["report", "summary", "--gc-log", "gc-logs/jvm-no-collection.log", SERIES]);
    assert!(text.contains("  tells     no collection\n"), "{text}");
}

#[test]
fn a_log_without_pauses_has_none_rather_than_0() {
    let (_, facts) = summary_of("jvm-z-no-pauses.log");
    assert!(facts["gc_cycles"].as_i64().unwrap() > 0);
    assert_eq!(facts["gc_pause_ns"], Value::Null);
    let text = result(&["report", "summary", "--gc-log", "gc-logs/jvm-z-no-pauses.log", SERIES]);
    assert!(text.contains("collections, heap used at most"), "{text}");
    assert!(!text.contains(" paused"), "{text}");
    let (_, facts) = summary_of("jvm-z.log");
    assert!(facts["gc_pause_ns"].as_i64().unwrap() > 0, "the log with phases has them");
}

#[test]
fn collections_of_v8_have_pauses_and_sizes() {
    for name in ["node-trace-gc.log", "node-trace-gc-nvp.log"] {
        let (said, facts) = summary_of(name);
        assert!(said.contains("counts from its program's start"), "{said}");
        for key in ["gc_cycles", "gc_pause_ns", "heap_used_max"] {
            assert!(facts[key].as_i64().unwrap() > 0, "{name}: {key}");
        }
    }
}

#[test]
fn a_log_lies_surely_by_the_collection_that_a_snapshot_names() {
    let text = String::from_utf8(fs::read(data().join("go-text/small.txt")).unwrap()).unwrap();
    let (profile, budget) = read_profile(text.into_bytes(), 1 << 30).unwrap();
    let mut series = Series::new(profile, budget.clone());
    series.add_log(log(BARE), budget);
    let series = Arc::new(series);
    let answer = derive(&series, &Query::default_for(&series), None).unwrap();
    let placed = &answer.timeline.activity.placed[0];
    assert_eq!(placed.how, Placement::LastCollection(2), "small.txt says NumGC = 2");
    let second = series.logs()[0].events[1].uptime.unwrap();
    let first = series.logs()[0].events[0].uptime.unwrap();
    assert_eq!(placed.extent.unwrap().0, 1_795_353_283_634_717_313 - (second - first));
}

#[test]
fn another_run_in_the_same_file_is_left_out_where_only_uptimes_tell() {
    let bytes = fs::read(data().join(BARE)).unwrap();
    let twice = [&bytes[..], &bytes].concat();
    let series = series_with(vec![read(&twice, 1 << 24).unwrap()]);
    let answer = derive(&series, &Query::default_for(&series), None).unwrap();
    assert_eq!(answer.timeline.activity.placed[0].left_out, 119);
    assert_eq!(rates(&series, 0, 13).cycles, rates(&series_with(vec![log(BARE)]), 0, 13).cycles);
}

#[test]
fn collections_and_pauses_are_counted_in_the_time_of_a_window() {
    let bytes = fs::read_to_string(data().join(LOG)).unwrap();
    let series = series_with(vec![log(LOG)]);
    for (first, last) in [(0, 13), (2, 5), (9, 11)] {
        let time = |at: usize| series.snapshots()[at].header.time_nanos;
        let told = rates(&series, first, last);
        // Lines of the log between two snapshots, counted by their prefix.
        let within = |line: &&str| {
            let seconds = |digits: &str| digits.parse::<f64>().unwrap();
            let time_of_day = seconds(&line[14..16]) * 60.0 + seconds(&line[17..23]);
            let of = |at: usize| (time(at) % (3600 * SECOND)) as f64 / 1e9;
            line.contains(" gc ") && time_of_day > of(first) && time_of_day <= of(last)
        };
        let count = bytes.lines().filter(within).count() as i64;
        let cycles = told.cycles.unwrap();
        assert_eq!(
            (cycles.amount, cycles.by, told.lead),
            (count, RateSource::Log, TimeBasis::Within),
            "{first}..{last}"
        );
        assert_eq!(told.span, time(last) - time(first));
        let allocated = told.allocated.unwrap();
        let total = |at: usize| series.snapshots()[at].totals[1] as i64;
        assert_eq!((allocated.amount, allocated.by), (total(last) - total(first), RateSource::Profile));
        let rate = allocated.per_second();
        assert!((20e6..35e6).contains(&rate), "{rate}");
    }
    let pause = |first, last| rates(&series, first, last).pause.unwrap().per_second();
    assert!(pause(9, 11) > 2.0 * pause(4, 7), "pauses were long from 13:15:00 on");
}

#[test]
fn a_single_snapshot_has_the_time_since_the_one_before() {
    let series = series_with(vec![log(LOG)]);
    let told = rates(&series, 5, 5);
    assert_eq!((told.lead, told.span / SECOND), (TimeBasis::Before, 10));
    assert_eq!(told.cycles, rates(&series, 4, 5).cycles);
    // Before the first snapshot there is only the log.
    let first = rates(&series, 0, 0);
    assert_eq!(first.cycles.unwrap().by, RateSource::Log);
    let bare = series_with(Vec::new());
    assert_eq!(rates(&bare, 0, 0).allocated, Err(NoRate::Single));
    let told = rates(&bare, 0, 13);
    assert_eq!((told.cycles, told.pause), (Err(NoRate::NoSource), Err(NoRate::NoSource)));
    assert!(told.allocated.is_ok());
}

#[test]
fn a_log_of_another_time_tells_nothing_of_a_window() {
    let series = series_with(vec![log("gc-logs/node-records.log")]);
    let told = rates(&series, 0, 13);
    assert_eq!(told.cycles, Err(NoRate::LogOtherTime));
}

/// Go heap text with other runtime figures.
fn go_text(figures: &[(&str, i64)]) -> Vec<u8> {
    let mut text = fs::read_to_string(data().join("go-text/small.txt")).unwrap();
    for (name, figure) in figures {
        let rest = text.lines().filter(|line| !line.starts_with(&format!("# {name} ="))).collect::<Vec<_>>().join("\n");
        text = format!("{rest}\n# {name} = {figure}\n");
    }
    text.into_bytes()
}

#[test]
fn the_runtimes_own_counters_tell_of_snapshots_without_a_time() {
    let at = 1_795_353_283_000_000_000;
    let made = |seconds: i64, count: i64, pause: i64| {
        let figures = [("LastGC", at + seconds * SECOND), ("NumGC", count), ("PauseTotalNs", pause)];
        read_profile(go_text(&figures), 1 << 30).unwrap()
    };
    let (first, budget) = made(0, 10, 1_000_000);
    let mut series = Series::new(first, budget);
    series.add(made(10, 25, 4_000_000).0, Input::Current).unwrap();
    series.add(made(20, 7, 500_000).0, Input::Current).unwrap();
    let series = Arc::new(series);
    let told = rates(&series, 0, 1);
    let cycles = told.cycles.unwrap();
    assert_eq!((cycles.amount, cycles.by, cycles.rate), (15, RateSource::Runtime, 1.5));
    assert_eq!(told.pause.unwrap().amount, 3_000_000);
    assert_eq!(rates(&series, 0, 2).cycles.unwrap().amount, 22, "one that falls began anew");
}

#[test]
fn the_profile_explains_a_part_of_what_the_runtime_counts() {
    let (profile, budget) = read_profile(fs::read(data().join("go-text/shop.txt.gz")).unwrap(), 1 << 30).unwrap();
    let series = Series::new(profile, budget);
    let explained = HeapCoverage::of(&series, 0).unwrap();
    assert_eq!(explained, HeapCoverage { profile: 42_120_782, heap: 46_267_984 });
    assert_eq!(explained.to_string(), "this profile explains 40.2 MiB of 44.1 MiB HeapAlloc (91.0%)");
}

#[test]
fn reports_say_it() {
    let with = |args: &[&'static str]| [&["report"][..], args, &["--gc-log", LOG, SERIES]].concat();
    let compared = ["--base-window", "5..7", "--window", "9..11"];
    golden("gc-logs", "report-summary", &result(&with(&["summary", "--limit", "1"])));
    golden("gc-logs", "report-diff", &result(&with(&[&["diff", "--limit", "3"][..], &compared].concat())));
    golden("gc-logs", "report-summary-of-go-text", &result(&["report", "summary", "go-text/shop.txt.gz"]));
    let summary = json(&["summary", "--gc-log", LOG, "--gc-log", BARE, SERIES]);
    let logs = summary["gc_logs"].as_array().unwrap();
    assert_eq!((&logs[0]["placed"], &logs[1]["placed"]), (&Value::from("time-of-day"), &Value::from("end-of-series")));
    assert_eq!((&logs[0]["events"], &logs[0]["gc_cycles"]), (&Value::from(119), &Value::from(119)));
    assert!(summary["health"].as_array().unwrap().iter().any(|one| one["code"] == "gc-log-unsure"));
    let diff = json(&[&["diff", "--gc-log", LOG][..], &compared, &[SERIES]].concat());
    for side in ["beside", "base_beside"] {
        assert_eq!(
            (&diff[side]["gc_cycles"]["by"], &diff[side]["allocated"]["by"]),
            (&"log".into(), &"profile".into())
        );
        assert!(diff[side]["gc_pause_ns"]["per_second"].as_f64().unwrap() > 0.0);
    }
    let text = json(&["summary", "go-text/shop.txt.gz"]);
    assert_eq!(text["snapshots"][0]["memory"]["heap_alloc"], 46_267_984);
    assert_eq!(text["window"]["beside"]["gc_cycles"]["amount"], Value::Null);
}

#[test]
fn an_unreadable_log_is_skipped_with_a_message() {
    for (file, said) in [
        ("folded/small.txt", "folded/small.txt: no GC log: it is text (skipped)\nhint: "),
        (
            "pprof/go-shop-1.pb.gz",
            "pprof/go-shop-1.pb.gz: no GC log: it is binary data, as is a pprof profile (skipped)\nhint: ",
        ),
        ("no-such.log", "no-such.log: "),
    ] {
        let outcome = run(&["report", "top", "--gc-log", file, "pprof/go-shop-1.pb.gz"]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
        assert!(outcome.stdout.contains("inuse_space"), "the profile is there");
    }
}
