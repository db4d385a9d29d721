//! Gates that must not pass by mistake: what a limit is on, with which options it can go, and what is written of it.

use std::fs;
use std::path::{Path, PathBuf};

use heapglass::format::pprof::message;
use prost::Message;
use serde_json::Value;

use crate::support::server::{Server, ok};
use crate::support::snapshots::{self, Made, SECOND, bytes_of, heap, write};
use crate::support::{check, run, text};

fn folder(name: &str) -> PathBuf {
    snapshots::folder("gates", name)
}

/// Writes snapshots of `main.f` in MiB, a second apart, of one instance.
fn pod(folder: &Path, name: &str, from: i64, sizes: &[i64]) {
    for (second, size) in (from..).zip(sizes) {
        write(folder, &format!("{name}-{second}.pb"), &heap(second, &[("f", *size, 1000 + second)]));
    }
}

#[test]
fn a_baseline_does_not_go_with_another_base() {
    let folder = folder("two-bases");
    let small = write(&folder, "small.pb", &heap(0, &[("f", 10, 10)]));
    let big = write(&folder, "big.pb", &heap(1, &[("f", 1000, 1000)]));
    let kept = folder.join("kept.json");
    assert_eq!(check(&["--baseline", text(&kept), "--update-baseline", &small]).0, 0);
    let rule = ["--baseline", text(&kept), "--max-growth", "5%"];
    assert_eq!(check(&[&rule[..], &[&big]].concat()).0, 1);
    for other in [["--base-focus", ""], ["--base-ignore", "x"], ["--base-instance", "median"]] {
        let (code, said) = check(&[&rule[..], &other, &[&big]].concat());
        assert_eq!(code, 2, "{other:?} {said}");
    }
}

#[test]
fn limits_are_on_what_was_measured_also_where_totals_are_normalized() {
    let folder = folder("normalized");
    let small = write(&folder, "small.pb", &heap(0, &[("f", 10, 10)]));
    let big = write(&folder, "big.pb", &heap(1, &[("f", 10, 10), ("g", 990, 990)]));
    let ledger = folder.join("builds.jsonl");
    let with = |args: &[&str]| check(&[&["--normalize", "--base", &small], args, &[&big]].concat());
    for (args, code) in [
        (["--max-total", "1000MiB"], 0),
        (["--max-total", "999MiB"], 1),
        (["--max-new", "990MiB"], 0),
        (["--max-new", "989MiB"], 1),
        (["--max-function", "^g$=989MiB"], 1),
        (["--max-function", "^f$=5%"], 0),
        (["--max-growth", "5%"], 2),
    ] {
        let (got, said) = with(&args);
        assert_eq!(got, code, "{args:?} {said}");
    }
    assert_eq!(with(&["--history", text(&ledger), "--revision", "r1"]).0, 0);
    let line: Value = serde_json::from_str(&fs::read_to_string(&ledger).unwrap()).unwrap();
    assert_eq!(line["total"], Value::from(1000 << 20), "{line}");
}

#[test]
fn a_limit_on_what_is_held_is_on_all_instances() {
    let (two, three) = (folder("two"), folder("three"));
    for (name, size) in [("a", 10), ("b", 20)] {
        pod(&two, name, 0, &[size, size]);
    }
    for (name, size) in [("a", 10), ("b", 20), ("c", 30)] {
        pod(&three, name, 10, &[size, size]);
    }
    let ledger = folder("held-ledger").join("builds.jsonl");
    let base = ["--base", text(&two)];
    for (rule, code) in
        [(["--max-total", "60MiB"], 0), (["--max-total", "59MiB"], 1), (["--max-function", "^f$=59MiB"], 1)]
    {
        let (got, said) = check(&[&rule[..], &base, &[text(&three)]].concat());
        assert_eq!(got, code, "{rule:?} {said}");
    }
    let history = ["--history", text(&ledger), "--revision", "r1"];
    assert_eq!(check(&[&history[..], &["--max-growth", "40%"], &base, &[text(&three)]].concat()).0, 0);
    let line: Value = serde_json::from_str(&fs::read_to_string(&ledger).unwrap()).unwrap();
    assert_eq!((&line["total"], &line["instances"]), (&Value::from(60 << 20), &Value::from(3)), "{line}");
}

#[test]
fn the_noise_of_a_function_is_that_of_its_sum_over_all_instances() {
    let (two, three) = (folder("noise-two"), folder("noise-three"));
    for name in ["a", "b"] {
        pod(&two, name, 0, &[20, 20]);
    }
    for name in ["a", "b", "c"] {
        pod(&three, name, 10, &[40, 40]);
    }
    let sigma = |args: &[&str]| {
        let found = run(&[&["check", "--format", "json", "--max-total", "1MiB"], args].concat()).stdout;
        let found: Value = serde_json::from_str(&found).unwrap();
        found["rules"][0]["offenders"][0]["sigma"].as_f64().unwrap()
    };
    let [then, now] = [&two, &three].map(|path| sigma(&[text(path)]));
    let both = sigma(&["--base", text(&two), text(&three)]);
    assert!((both / then.hypot(now) - 1.0).abs() < 1e-9, "{then} and {now}: {both}");
}

#[test]
fn a_baseline_knows_what_was_summed() {
    let folder = folder("scope");
    let held = write(&folder, "held.pb", &heap(0, &[("f", 100, 100)]));
    let kept = folder.join("kept.json");
    let keep = |args: &[&str]| {
        let _ = fs::remove_file(&kept);
        assert_eq!(check(&[&["--baseline", text(&kept), "--update-baseline"], args].concat()).0, 0);
    };
    let judge = |args: &[&str]| check(&[&["--baseline", text(&kept), "--max-growth", "5%"], args].concat());
    keep(&[&held]);
    assert_eq!(judge(&[&held]).0, 0);
    for option in [&["--as", "change"][..], &["--flip"], &["--no-inlines"], &["--all-frames"]] {
        let (code, said) = judge(&[option, &[&held]].concat());
        assert_eq!(code, 2, "{option:?} {said}");
        assert!(said.contains("a baseline of everything"), "{said}");
    }
    keep(&["--as", "change", &held]);
    assert_eq!(judge(&[&held]).0, 2, "changes are no levels");
    assert_eq!(judge(&["--as", "change", &held]).0, 0);
}

#[test]
fn a_negative_function_makes_no_room_for_a_new_one() {
    let folder = folder("negative");
    let before = write(&folder, "before.pb", &heap(0, &[("f", 10, 10), ("less", -1, 1)]));
    let after = write(&folder, "after.pb", &heap(1, &[("f", 10, 10), ("new", 200, 200), ("less", -200, 200)]));
    let (code, said) = check(&["--match", "raw", "--max-new", "1MiB", "--base", &before, &after]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("200 MiB"), "{said}");
}

#[test]
fn an_instance_without_a_snapshot_in_the_window_is_named() {
    let folder = folder("absent");
    pod(&folder, "a", 0, &[10, 10, 10, 10]);
    pod(&folder, "b", 0, &[90]);
    let (code, said) = check(&["--max-total", "50MiB", "--window", "3..", text(&folder)]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("warning: no snapshot in the window, so not judged: b"), "{said}");
    let (_, said) = check(&["--max-total", "500MiB", text(&folder)]);
    assert!(!said.contains("not judged"), "{said}");
}

#[test]
fn an_instance_without_values_is_not_judged_by_those_of_others() {
    let folder = folder("no-values");
    for second in 0..3 {
        let changes = |allocated: i64| Made { duration: SECOND, ..heap(second, &[("f", 10, allocated)]) };
        write(&folder, &format!("busy-{second}.pb"), &changes(100));
        write(&folder, &format!("quiet-{second}.pb"), &changes(0));
    }
    let args = ["--sample-type", "alloc_space", "--max-total", "1KiB", "--instance", "quiet", text(&folder)];
    let (code, said) = check(&args);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("no values for `alloc_space`"), "{said}");
}

#[test]
fn the_largest_snapshot_is_that_of_what_the_filters_keep() {
    let folder = folder("largest");
    for (second, f, g) in [(0, 10, 100), (1, 90, 10), (2, 10, 110)] {
        let all = 1000 + 200 * second;
        write(&folder, &format!("heap-{second}.pb"), &heap(second, &[("f", f, all), ("g", g, all)]));
    }
    let focused = ["--aggregate", "max", "--focus", "fn:^f$", text(&folder)];
    let (code, said) = check(&[&["--max-total", "50MiB"], &focused[..]].concat());
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("90.0 MiB"), "{said}");
    let top = |args: &[&str]| -> Value {
        let args = [&["report", "top", "--format", "json"], args, &[text(&folder)]].concat();
        serde_json::from_str(&run(&args).stdout).unwrap()
    };
    for (args, size) in [
        (&["--aggregate", "max", "--focus", "fn:^f$"][..], 90),
        (&["--aggregate", "max", "--ignore", "fn:^f$"], 110),
        (&["--aggregate", "max"], 120),
        (&["--aggregate", "min", "--focus", "fn:^g$"], 10),
        (&["--aggregate", "min"], 100),
    ] {
        let rows = &top(args)["rows"];
        let sum: i64 = rows.as_array().unwrap().iter().map(|row| row["self"].as_i64().unwrap()).sum();
        assert_eq!(sum, size << 20, "{args:?} {rows}");
    }
}

#[test]
fn the_rate_of_allocation_has_a_limit() {
    let folder = folder("rate");
    for second in 0..4 {
        write(&folder, &format!("heap-{second}.pb"), &heap(second, &[("f", 10, 100 + 8 * second)]));
    }
    let limited = |args: &[&str]| check(&[&["--max-alloc-rate"], args, &[text(&folder)]].concat());
    let (code, said) = limited(&["8MiB/s"]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = limited(&["7.9MiB/s"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("BROKEN  max-alloc-rate  7.9MiB/s  8.00 MiB/s"), "{said}");
    for refused in [&["8MiB"][..], &["fast/s"], &["8MiB/s", "--focus", "f"], &["8MiB/s", "--window", "1..1"]] {
        let (code, said) = limited(refused);
        assert_eq!(code, 2, "{refused:?} {said}");
        assert!(said.contains("hint: "), "{said}");
    }
}

#[test]
fn the_rates_of_instances_that_ran_one_after_the_other_are_added() {
    let (counters, changes) = (folder("rates-apart"), folder("changes-apart"));
    for (pod, start) in [("web-a", 0), ("web-b", 3600)] {
        for step in 0..3 {
            let (second, name) = (start + 10 * step, format!("{pod}-{step}.pb"));
            write(&counters, &name, &heap(second, &[("f", 5, 100 + 20 * step)]));
            write(&changes, &name, &Made { duration: 10 * SECOND, ..heap(second, &[("f", 0, 20)]) });
        }
    }
    for folder in [&counters, &changes] {
        let rule = ["--sample-type", "alloc_space", "--max-alloc-rate", "1MiB/s", text(folder)];
        for (args, rate) in [(&[][..], "4.00 MiB/s"), (&["--instance", "web-a"], "2.00 MiB/s")] {
            let (code, said) = check(&[&rule[..], args].concat());
            assert!(code == 1 && said.contains(rate), "{said}");
        }
    }
}

#[test]
fn a_rate_of_an_instance_with_one_snapshot_is_not_known() {
    let folder = folder("rate-of-one");
    for second in 0..4 {
        let made = |held: i64, allocated: i64| heap(second, &[("f", held, allocated)]);
        write(&folder, &format!("quiet-{second}.pb"), &made(10, 100));
        write(&folder, &format!("busy-{second}.pb"), &made(20, 1000 + 500 * second));
    }
    let (code, said) = check(&["--max-alloc-rate", "1MiB/s", text(&folder)]);
    assert_eq!(code, 1, "{said}");
    let cut = ["--window", "1..3", text(&folder)];
    let (code, said) = check(&[&["--max-alloc-rate", "1GiB/s"], &cut[..]].concat());
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("1 of 2 instances has one snapshot: its growth is not known"), "{said}");
    let summary = run(&[&["report", "summary"], &cut[..]].concat()).stdout;
    assert!(!summary.contains("B/s allocated"), "{summary}");
}

#[test]
fn a_condition_is_on_every_instance_and_every_input() {
    let folder = folder("condition");
    let big = write(&folder, "big.pb", &heap(0, &[("f", 90, 90)]));
    let small = write(&folder, "small.pb", &heap(1, &[("f", 5, 5)]));
    let when = ["--when", "heap > 60MiB", "--each"];
    let (code, said) = check(&[&when[..], &[&big, &small]].concat());
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("big (of 2 instances): heap 90.0 MiB"), "{said}");
    assert_eq!(check(&[&when[..], &["--instance", "small", &big, &small]].concat()).0, 0);
    let (code, said) = check(&["--when", "heap > 60MiB", &small, "no-such-file"]);
    assert_eq!(code, 2, "an input that cannot be read may be the one: {said}");
    assert_eq!(check(&["--when", "heap > 60MiB", "--window", "1..1", text(&folder)]).0, 1, "the first one is large");
}

/// Figures of a Go runtime.
const FIGURES: &[u8] = b"heap profile: 0: 0 [0: 0] @ heap/1048576\n\n# runtime.MemStats\n# HeapAlloc = 1048576\n\
    # HeapInuse = 1048576\n# HeapIdle = 0\n# HeapReleased = 0\n# Sys = 1048576\n# NextGC = 1048576\n";

#[test]
fn a_condition_on_a_service_reads_every_other_input_that_is_named() {
    let folder = folder("service");
    let profile = bytes_of(&heap(0, &[("f", 90, 90)]));
    let service = Server::start(move |head, stream| {
        let is_text = head.lines().next().is_some_and(|line| line.contains("debug=1"));
        if is_text { ok(stream, FIGURES) } else { ok(stream, &profile) }
    });
    let url = service.url("");
    let when = |condition: &str, args: &[&str]| check(&[&["--when", condition], args, &[&url]].concat());
    assert_eq!(when("heap > 2MiB", &[]).0, 0, "its own figure counts");
    let status = folder.join("status.txt");
    fs::write(&status, "Name:\tapp\nVmRSS:\t 33554432 kB\nRssAnon:\t 33554000 kB\n").unwrap();
    let (code, said) = when("rss > 20GiB", &["--memory", text(&status)]);
    assert_eq!(code, 1, "{said}");
    for named in [
        ["--memory", "no-such"],
        ["--instance", "no-such"],
        ["--window", "7..9"],
        ["--base", "no-such"],
        ["--gc-log", "no-such"],
        ["--sample-type", "no-such"],
    ] {
        let (code, said) = when("heap > 1GiB", &named);
        assert_eq!(code, 2, "{named:?} {said}");
    }
}

#[test]
fn a_condition_names_instances_without_a_snapshot_in_the_window() {
    let folder = folder("absent-condition");
    pod(&folder, "a", 0, &[10, 10, 10, 10]);
    pod(&folder, "b", 0, &[90]);
    let args = ["check", "--when", "heap > 50MiB", "--window", "3..", text(&folder)];
    let warning = "no snapshot in the window, so not judged: b";
    for format in ["text", "markdown"] {
        let outcome = run(&[&args[..], &["--format", format]].concat());
        assert!(outcome.stdout.contains(&format!("warning: {warning}")), "{format}: {}", outcome.stdout);
    }
    let object: Value = serde_json::from_str(&run(&[&args[..], &["--format", "json"]].concat()).stdout).unwrap();
    assert!(object["warnings"].as_array().unwrap().contains(&Value::from(warning)), "{object}");
}

#[test]
fn no_baseline_is_stored_while_a_condition_holds() {
    let folder = folder("not-stored");
    let heap = write(&folder, "heap.pb", &heap(0, &[("f", 90, 90)]));
    let (kept, ledger) = (folder.join("kept.json"), folder.join("builds.jsonl"));
    let store = ["--baseline", text(&kept), "--update-baseline", &heap];
    assert_eq!(check(&[&["--when", "heap > 60MiB"], &store[..]].concat()).0, 1);
    assert!(!kept.exists());
    assert_eq!(check(&[&["--when", "heap > 600MiB"], &store[..]].concat()).0, 0);
    assert!(kept.exists());
    let history = ["--history", text(&ledger), "--revision", "r1", &heap];
    assert_eq!(check(&[&["--when", "heap > 60MiB"], &history[..]].concat()).0, 1);
    let line: Value = serde_json::from_str(&fs::read_to_string(&ledger).unwrap()).unwrap();
    assert_eq!(line["ok"], false, "{line}");
}

#[test]
fn a_condition_has_its_own_verdict_in_every_format() {
    let folder = folder("formats");
    let heap = write(&folder, "heap.pb", &heap(0, &[("f", 34, 34)]));
    let both = ["--when", "heap > 10GiB", "--max-total", "1MiB", &heap];
    let (code, said) = check(&both);
    assert_eq!(code, 1);
    assert!(said.starts_with("ok  heap > 10GiB: heap 34.0 MiB\n") && said.contains("BROKEN  max-total"), "{said}");
    let alone = ["--when", "heap > 10GiB", &heap];
    for (args, ok) in [(&both[..], false), (&alone, true)] {
        let outcome = run(&[&["check", "--format", "json"], args].concat());
        let object: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!((&object["schema"], &object["ok"]), (&"heapglass.check/1".into(), &Value::from(ok)), "{object}");
        assert_eq!((&object["condition"]["ok"], outcome.code), (&true.into(), i32::from(!ok)), "{object}");
        assert!(object["rules"].is_array() && object["warnings"].is_array(), "{object}");
    }
    let (_, said) = check(&["--format", "markdown", "--when", "heap > 1MiB", &heap]);
    assert!(said.contains("broken") && said.contains("34.0 MiB"), "{said}");
}

#[test]
fn an_alert_says_what_is_broken() {
    let folder = folder("alert");
    let heap = write(&folder, "heap.pb", &heap(0, &[("f", 34, 34)]));
    let (code, said) = check(&["--max-total", "1MiB", "--max-total", "1GiB", "--every", "10ms", &heap]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("  broken: inuse_space: 34.0 MiB ±") && said.contains("limit 1MiB: broken\n"), "{said}");
    assert!(!said.contains("limit 1GiB"), "{said}");
}

#[test]
fn the_noise_of_what_a_function_holds_is_not_that_of_its_growth() {
    let folder = folder("held-noise");
    let sampled = |second: i64, period: i64| Made { period, ..heap(second, &[("f", 10, 10)]) };
    let rough = write(&folder, "rough.pb", &sampled(0, 1 << 40));
    let same = write(&folder, "same.pb", &sampled(60, 1 << 40));
    let fine = write(&folder, "fine.pb", &sampled(120, 512 << 10));
    for rule in [["--max-function", "^f$=15MiB"], ["--max-total", "15MiB"]] {
        for base in [&[][..], &["--base", &rough]] {
            let (code, said) = check(&[&rule[..], base, &[&same]].concat());
            assert_eq!(code, 2, "{rule:?} {base:?} {said}");
            assert!(said.contains("UNJUDGED"), "{said}");
        }
        let (code, said) = check(&[&rule[..], &["--base", &rough, &fine]].concat());
        assert_eq!(code, 0, "the base alone is noisy: {said}");
    }
}

#[test]
fn a_divisor_or_a_sum_that_was_asked_for_holds_where_the_numbers_of_instances_differ() {
    let (one, two) = (folder("one-pod"), folder("two-pods"));
    pod(&one, "a", 0, &[100, 100]);
    pod(&two, "a", 10, &[100, 100]);
    pod(&two, "b", 10, &[98, 98]);
    let kept = folder("pods-kept").join("kept.json");
    let (base, baseline) = (["--base", text(&one)], ["--baseline", text(&kept)]);
    for (options, code) in
        [(&[][..], 0), (&["--per", "all"], 1), (&["--aggregate", "sum"], 1), (&["--per", "instance"], 0)]
    {
        let _ = fs::remove_file(&kept);
        assert_eq!(check(&[options, &baseline, &["--update-baseline", text(&one)]].concat()).0, 0);
        for source in [base, baseline] {
            let (got, said) = check(&[options, &["--max-growth", "5%"], &source[..], &[text(&two)]].concat());
            assert_eq!(got, code, "{options:?} {source:?} {said}");
        }
    }
}

#[test]
fn a_line_of_a_ledger_is_of_all_instances_also_beside_a_comparison_per_instance() {
    let (one, two) = (folder("ledger-one"), folder("ledger-two"));
    pod(&one, "a", 0, &[100, 100]);
    pod(&two, "a", 10, &[100, 100]);
    pod(&two, "b", 10, &[98, 98]);
    let ledger = folder("ledger-per").join("builds.jsonl");
    let record = |revision: &str, args: &[&str]| {
        assert_eq!(check(&[&["--history", text(&ledger), "--revision", revision], args].concat()).0, 0);
    };
    record("r1", &[text(&two)]);
    record("r2", &["--max-growth", "900%", "--base", text(&one), text(&two)]);
    let lines: Vec<Value> =
        fs::read_to_string(&ledger).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for member in ["per", "instances", "total"] {
        assert_eq!(lines[0][member], lines[1][member], "{member}");
    }
    let history = run(&["report", "history", text(&ledger)]);
    assert!(history.stdout.contains("r1") && history.stdout.contains("r2"), "{}", history.stdout);
}

#[test]
fn a_function_that_is_over_its_limit_is_shown_with_its_sums_over_all_instances() {
    let (two, three) = (folder("shown-two"), folder("shown-three"));
    for (name, size) in [("a", 10), ("b", 9)] {
        pod(&two, name, 0, &[size, size]);
    }
    for (name, size) in [("a", 10), ("b", 9), ("c", 12)] {
        pod(&three, name, 10, &[size, size]);
    }
    let args = ["check", "--format", "json", "--max-function", "^f$=25MiB", "--base", text(&two), text(&three)];
    let object: Value = serde_json::from_str(&run(&args).stdout).unwrap();
    let offender = &object["rules"][0]["offenders"][0];
    for (member, size) in [("base", 19), ("current", 31), ("delta", 12)] {
        assert_eq!(offender[member], Value::from(size << 20), "{member} {object}");
    }
}

/// Writes a snapshot after a change of its message.
fn changed(folder: &Path, name: &str, made: &Made, change: impl Fn(&mut message::Profile)) -> String {
    let mut profile = message::Profile::decode(bytes_of(made).as_slice()).unwrap();
    change(&mut profile);
    let path = folder.join(name);
    fs::write(&path, profile.encode_to_vec()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn noise_is_the_same_in_every_unit() {
    let folder = folder("kilobytes");
    let made = heap(0, &[("f", 100, 100)]);
    let plain = write(&folder, "plain.pb", &made);
    let values = changed(&folder, "values.pb", &made, |profile| {
        for at in [1, 3] {
            profile.string_table[profile.sample_type[at].unit as usize] = "kilobytes".into();
            profile.sample.iter_mut().for_each(|sample| sample.value[at] >>= 10);
        }
    });
    let period = changed(&folder, "period.pb", &made, |profile| {
        let unit = profile.period_type.unwrap().unit as usize;
        profile.string_table[unit] = "kilobytes".into();
        profile.period >>= 10;
    });
    for (profile, unit) in [(&plain, 1.0), (&values, 1024.0), (&period, 1.0)] {
        for (sample_type, limit, factor) in [("inuse_space", "1GiB", unit), ("inuse_objects", "1000", 1.0)] {
            let args = ["--format", "json", "--sample-type", sample_type, "--max-total", limit, profile];
            let object: Value = serde_json::from_str(&run(&[&["check"], &args[..]].concat()).stdout).unwrap();
            let bytes = if sample_type == "inuse_space" { 1_048_576.0 } else { 1.0 };
            let sigma = object["rules"][0]["sigma"].as_f64().unwrap() * factor / bytes;
            // Objects of 1 MiB with one sample in 512 KiB: n·(1 − p)/p, with 1 − p = e^-2.
            let expected = (100.0 * (-2.0_f64).exp() / (1.0 - (-2.0_f64).exp())).sqrt();
            assert!((sigma / expected - 1.0).abs() < 1e-6, "{profile} {sample_type}: {sigma} {expected}");
        }
        for (condition, code) in [("heap > 99MiB", 1), ("heap > 100MiB", 0)] {
            let (got, said) = check(&["--when", condition, profile]);
            assert_eq!(got, code, "{said}");
        }
    }
}

#[test]
fn limits_on_what_is_held_do_not_go_with_a_change() {
    let change = crate::support::data().join("pprof/go-delta.pb.gz").display().to_string();
    let owners = folder("change").join("OWNERS");
    fs::write(&owners, "* @all\n").unwrap();
    let owner = ["--owners", text(&owners), "--max-owner", "@all=1GiB"];
    for limit in [&["--max-total", "1GiB"][..], &["--max-function", ".=1GiB"], &owner] {
        let (code, said) = check(&[limit, &[&change]].concat());
        assert_eq!(code, 2, "{limit:?} {said}");
        assert!(said.contains("not what is held"), "{limit:?} {said}");
    }
}

#[test]
fn a_lost_profile_of_a_directory_is_no_file_of_another_kind() {
    let lost: [(&str, &str, &[u8]); 14] = [
        ("empty", "heap-3.pb", b""),
        ("empty-sibling", "heap-3", b""),
        ("zeros", "heap-3.pb.gz", &[0; 4096]),
        ("lfs", "heap-3.pb", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
        ("page", "web.pprof", b"<!DOCTYPE html><title>502 Bad Gateway</title>"),
        ("message", "jeprof.4711.3.i3.heap", b"404 page not found\n"),
        ("reply", "heap-3.pb.gz", b"{\"error\": \"unauthorized\"}"),
        ("sibling", "heap-3", b"connection refused\n"),
        ("binary", "heap-0003.pb.gz.1", b"\x00\x01\x02\x03\xff\xfe\xfd"),
        ("xz", "heap-3.pb.xz", b"\xfd7zXZ\x00\x00\x04"),
        ("xz-as-gz", "heap-3.pb.gz", b"\xfd7zXZ\x00\x00\x04"),
        ("bz2", "heap-3.bz2", b"BZh91AY&SY"),
        ("lz4", "heap-3.pb.lz4", b"\x04\x22\x4d\x18\x64\x40\xa7"),
        ("7z", "heap-3.folded.7z", b"7z\xbc\xaf\x27\x1c"),
    ];
    let others: [(&str, &str, &[u8]); 6] = [
        ("sources", "sources.tar.xz", b"\xfd7zXZ\x00\x00\x04"),
        ("log", "stderr.log", b""),
        ("notes", "README.txt", b"heaps of the checkout service\n"),
        ("picture", "heap.png", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
        ("tool", "heap.prof", b"Type: inuse_space\nShowing nodes accounting for 24MB\n      flat  flat%\n"),
        ("svg", "heap-3.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>"),
    ];
    let code = |(name, file, content): (&str, &str, &[u8])| {
        let folder = folder(&format!("lost-{name}"));
        pod(&folder, "heap", 1, &[10, 10]);
        fs::copy(folder.join("heap-1.pb"), folder.join("heap-1")).unwrap();
        fs::write(folder.join(file), content).unwrap();
        check(&["--max-total", "100MiB", text(&folder)])
    };
    for lost in lost {
        let (code, said) = code(lost);
        assert!(code == 2 && said.contains("cannot be relied on"), "{}: {code} {said}", lost.0);
    }
    for other in others {
        let (code, said) = code(other);
        assert_eq!(code, 0, "{}: {said}", other.0);
    }
}

#[test]
fn a_window_of_a_copy_alone_has_the_figures_of_the_snapshot() {
    let folder = folder("copies");
    pod(&folder, "heap", 1, &[35, 74]);
    fs::copy(folder.join("heap-2.pb"), folder.join("heap-3.pb")).unwrap();
    for (rule, limit) in [("--max-growth", "5%"), ("--max-total", "10MiB")] {
        let check = |window| check(&[rule, limit, "--base-window", "1..1", "--window", window, text(&folder)]);
        for window in ["2..3", "3..3"] {
            let (code, said) = check(window);
            assert_eq!(code, 1, "{rule} {window}: {said}");
            assert!(said.contains("74.0 MiB"), "{rule} {window}: {said}");
        }
    }
    let (code, said) = check(&["--max-growth", "5%", "--base-window", "2..2", "--window", "3..3", text(&folder)]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn an_archive_without_its_end_may_lack_files() {
    let folder = folder("cut-archive");
    let content = bytes_of(&heap(1, &[("f", 10, 10)]));
    let mut block = vec![0; 512];
    block[..4].copy_from_slice(b"a.pb");
    block[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    block[156] = b'0';
    block[148..156].fill(b' ');
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block.extend(content);
    let cut = folder.join("cut.tar");
    fs::write(&cut, &block).unwrap();
    block.resize(block.len().next_multiple_of(512) + 1024, 0);
    let whole = folder.join("whole.tar");
    fs::write(&whole, &block).unwrap();
    let rule = ["--max-total", "100MiB"];
    let (code, said) = check(&[&rule[..], &[text(&whole)]].concat());
    assert_eq!(code, 0, "{said}");
    let (code, said) = check(&[&rule[..], &[text(&cut)]].concat());
    assert!(code == 2 && said.contains("cut.tar: the tar archive ends without its end mark"), "{code} {said}");
    let report = run(&["report", "top", text(&cut)]);
    assert!(report.code == 0 && report.stderr.contains("may have been cut"), "{}", report.stderr);
    assert_eq!(run(&["report", "top", "--strict", text(&cut)]).code, 2);
}

#[test]
fn a_recording_begins_with_nothing_and_is_judged() {
    let rule = ["--max-total", "1GiB"];
    for file in ["leak.zst", "sort.zst", "threads.gz"] {
        let path = format!("heaptrack/{file}");
        let (code, said) = check(&[&rule[..], &[&path]].concat());
        assert_eq!(code, 0, "{file}: {said}");
    }
    let (code, said) = check(&["--max-total", "1B", "heaptrack/leak.zst"]);
    assert_eq!(code, 1, "{said}");
}

#[test]
fn a_filter_without_a_match_is_named_once() {
    let folder = folder("idle-filter");
    let profile = write(&folder, "heap.pb", &heap(0, &[("f", 10, 10)]));
    for base in [&[][..], &["--base", &profile]] {
        let (code, said) = check(&[&["--max-total", "1GiB", "--focus", "absent"], base, &[&profile]].concat());
        assert_eq!((code, said.matches("matches nothing").count()), (2, 1), "{said}");
        assert!(!said.contains("leave nothing"), "{said}");
    }
}

#[test]
fn copies_in_two_folders_are_no_clock_that_goes_back() {
    let (one, other) = (folder("copies-one"), folder("copies-other"));
    pod(&one, "heap", 1, &[10, 11, 12]);
    pod(&other, "heap", 1, &[10, 11, 12]);
    let outcome = run(&["report", "top", text(&one), text(&other)]);
    assert!(outcome.stderr.contains("same snapshot") && !outcome.stderr.contains("clock"), "{}", outcome.stderr);
}
