//! What reports and gates say of directories and archives as people have them: figures that are right, and gates that never
//! hold for want of figures.

use std::fs;
use std::path::{Path, PathBuf};

use heapglass::format::pprof::message;
use prost::Message as _;
use serde_json::Value;

use crate::support::build::{Stack, message_of};
use crate::support::snapshots::{self, MIB, Made, SECOND, START, built, bytes_of, heap, write};
use crate::support::sources::tar;
use crate::support::{json, run};

fn folder(name: &str) -> PathBuf {
    snapshots::folder("claims", name)
}

fn words(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Report in JSON. It may have warnings.
fn report(kind: &str, args: &[&str]) -> Value {
    let outcome = run(&[&["report", kind, "--format", "json"], args].concat());
    assert_eq!(outcome.code, 0, "{args:?}: {}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

/// Exit code and first line of the errors of a check.
fn check(args: &[&str]) -> (i32, String) {
    let outcome = run(&[&["check"], args].concat());
    (outcome.code, outcome.stderr.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn a_gate_on_an_instance_that_is_not_there_does_not_hold() {
    let pods = folder("pods");
    for second in 0..4 {
        write(&pods, &format!("pod-a-{second}.pb"), &heap(second, &[("f", 8, 10 + second)]));
        write(&pods, &format!("pod-b-{second}.pb"), &heap(10 + second, &[("f", 9, 10 + second)]));
    }
    let pods = words(&pods);
    assert_eq!(check(&["--max-total", "1GiB", "--instance", "pod-a", pods]).0, 0);
    let (code, line) = check(&["--max-total", "1GiB", "--instance", "pod-a", "--window", "5..8", pods]);
    assert_eq!((code, line.as_str()), (2, "heapglass: no snapshot of `pod-a` in the window"));
    let growth = ["--max-growth", "5%", "--instance", "pod-b", "--base-window", "1..4", "--window", "5..8", pods];
    assert_eq!(check(&growth), (2, "heapglass: no snapshot of `pod-b` in the base".to_owned()));
}

#[test]
fn a_gate_on_filters_that_leave_nothing_does_not_hold() {
    let place = folder("filters");
    write(&place, "a.pb", &heap(0, &[("main.a", 5, 5), ("main.b", 7, 7)]));
    let file = place.join("a.pb");
    let file = words(&file);
    for (filter, code) in [("main.a", 0), ("main.typo", 2)] {
        for option in ["--focus", "--show", "--show-from"] {
            assert_eq!(check(&["--max-total", "1GiB", option, filter, file]).0, code, "{option} {filter}");
        }
    }
    assert_eq!(check(&["--max-total", "1GiB", "--tag-focus", "tenant=x", file]).0, 2);
    assert_eq!(check(&["--max-total", "1GiB", "--ignore", ".", file]).0, 2);
    assert_eq!(check(&["--max-total", "1GiB", "--ignore", "main.typo", file]).0, 2, "it leaves out nothing");
}

#[test]
fn stored_figures_are_compared_with_figures_of_the_same_values() {
    let place = folder("stored");
    write(&place, "a.pb", &heap(0, &[("main.a", 5, 5), ("main.b", 70, 70)]));
    write(&place, "b.pb", &heap(60, &[("main.a", 15, 15), ("main.b", 10, 80)]));
    let [before, after, baseline, ledger] =
        ["a.pb", "b.pb", "base.json", "builds.jsonl"].map(|name| words(&place.join(name)).to_owned());
    assert_eq!(check(&["--update-baseline", "--baseline", &baseline, &before]).0, 0);
    assert_eq!(check(&["--max-growth", "5%", "--baseline", &baseline, &after]).0, 0);
    let (code, line) = check(&["--max-growth", "5%", "--baseline", &baseline, "--focus", "main.a", &after]);
    assert_eq!(code, 2);
    assert!(line.ends_with("a baseline of everything, and this check is of `focus main.a`"), "{line}");
    for (name, args) in [("r1", &[][..]), ("r2", &["--focus", "main.a"]), ("r3", &[])] {
        let args = [&["--history", &ledger, "--revision", name, &before], args].concat();
        assert_eq!(check(&args).0, 0, "{name}");
    }
    let history = json(&["history", &ledger]);
    assert_eq!((history["builds"].as_array().unwrap().len(), history["other_lines"].as_i64()), (2, Some(1)));
}

#[test]
fn numbers_before_a_time_and_folders_of_an_archive_name_instances() {
    let place = folder("names");
    let mut files = Vec::new();
    for pod in 1..=4 {
        for second in 0..3 {
            let made = heap(second * 60 + pod, &[("f", 10 * pod, 100 + second)]);
            let stamp = format!("2026111811{second:02}{pod:02}");
            write(&place, &format!("web-{pod}-{stamp}.pb"), &made);
            files.push((format!("bundle/pod-{pod}/heap-{second}.pb"), bytes_of(&made)));
        }
    }
    let archive = folder("archive").join("bundle.tar");
    fs::write(&archive, tar(&files)).unwrap();
    for source in [&place, &archive] {
        let top = report("top", &[words(source)]);
        assert_eq!((top["instances"].as_i64(), top["total"].as_i64()), (Some(4), Some(100 * MIB)), "{source:?}");
    }
}

#[test]
fn a_change_among_levels_is_not_the_last_level() {
    let place = folder("mixed");
    write(&place, "0.pb", &heap(0, &[("f", 50, 100)]));
    write(&place, "1.pb", &heap(60, &[("f", 60, 200)]));
    write(&place, "2.pb", &Made { duration: 10 * SECOND, ..heap(120, &[("f", -1, 3)]) });
    let directory = words(&place);
    let summary = report("summary", &[directory]);
    assert!(summary["headline"].as_str().unwrap().starts_with("grew 50.0 MiB → 60.0 MiB"), "{}", summary["headline"]);
    let diff = report("diff", &[directory]);
    assert_eq!((diff["base_total"].as_i64(), diff["total"].as_i64()), (Some(50 * MIB), Some(60 * MIB)));
    let alone = ["--max-growth", "5%", "--base-window", "1..2", "--window", "3..3", directory];
    assert_eq!(check(&alone).0, 2, "a change is always less than a level");
}

#[test]
fn a_change_of_what_is_in_use_is_told_and_is_no_total() {
    let place = folder("delta");
    let made = Made { duration: 30 * SECOND, ..heap(0, &[("cache", -125, 5), ("handler", 9, 40)]) };
    write(&place, "delta.pb", &made);
    let file = place.join("delta.pb");
    let summary = report("summary", &[words(&file)]);
    assert_eq!(summary["headline"], "in use fell by 116 MiB in 30.0 s · cache -125 MiB");
    let (code, line) = check(&["--max-total", "1MiB", words(&file)]);
    assert_eq!(code, 2, "{line}");
}

/// Snapshot with a build id and without counters of what was allocated.
fn held_by_build(made: &Made, build: &str) -> Vec<u8> {
    let mut profile = message::Profile::decode(&*built(made, build)).unwrap();
    profile.sample_type.truncate(2);
    profile.sample.iter_mut().for_each(|sample| sample.value.truncate(2));
    profile.encode_to_vec()
}

#[test]
fn the_newest_of_three_builds_is_compared_with_the_one_before() {
    for as_bytes in [built, held_by_build] {
        let place = folder("three-builds");
        for (at, held) in [10, 12, 60, 62, 50, 52].into_iter().enumerate() {
            let made = heap(at as i64 * 60, &[("main.a", held, 100)]);
            fs::write(place.join(format!("heap-{at}.pb")), as_bytes(&made, &format!("build{}", at / 2))).unwrap();
        }
        let summary = report("summary", &["--sample-type", "inuse_space", words(&place)]);
        let headline = summary["headline"].as_str().unwrap();
        assert!(
            headline.starts_with("the newest build holds 10.0 MiB less than the build before (-16.4%)"),
            "{headline}"
        );
        // Builds that were running side by side are one base.
        for (at, build) in [(0, "x"), (1, "y"), (2, "x"), (3, "y")] {
            let made = heap(at * 60, &[("main.a", 20, 100)]);
            fs::write(place.join(format!("heap-{at}.pb")), as_bytes(&made, build)).unwrap();
        }
        let headline = report("summary", &["--sample-type", "inuse_space", words(&place)])["headline"].clone();
        assert!(headline.as_str().unwrap().contains("than the builds before"), "{headline}");
    }
}

#[test]
fn a_build_that_replaces_another_is_another_process_without_counters_too() {
    let place = folder("nightly");
    for night in 0..12 {
        let made = heap(night * 86_400, &[("main.a", 10 + 4 * night, 0)]);
        fs::write(place.join(format!("heap-{night:02}.pb")), held_by_build(&made, &format!("build{night}"))).unwrap();
    }
    let leaks = report("leaks", &[words(&place)]);
    assert_eq!(leaks["processes"].as_i64(), Some(12), "{leaks}");
    assert!(leaks["rows"].as_array().unwrap().iter().all(|row| row["status"] != "suspect"), "{leaks}");
}

#[test]
fn patterns_of_a_gate_are_those_of_filters() {
    let place = folder("patterns");
    let file = write(&place, "a.pb", &heap(0, &[("std::vector<int>::push", 50, 50), ("gr\u{fc}n", 5, 5)]));
    let closure = write(&place, "b.pb", &heap(0, &[("orders::{{closure}}", 50, 50)]));
    for (pattern, file, code) in [
        (r"vector\<int", &file, 1),
        (r"vector\<int|gr\x{fc}", &file, 1),
        ("orders::{{closure}}", &closure, 1),
        // A letter that is no ASCII letter is no `\w`: no function matches.
        (r"^gr\w+$", &file, 2),
    ] {
        let (found, said) =
            check(&["--sample-type", "inuse_space", "--max-function", &format!("{pattern}=20MiB"), file]);
        assert_eq!(found, code, "{pattern}: {said}");
    }
}

#[test]
fn two_builds_are_no_two_instances() {
    let place = folder("builds");
    write(&place, "heap-main.pb", &heap(0, &[("f", 20, 100)]));
    write(&place, "heap-pr.pb", &heap(86_400, &[("f", 50, 100)]));
    // Without build ids nothing tells them from two pods.
    assert_eq!(report("top", &[words(&place)])["instances"], 2);
    let place = folder("rotated");
    for number in 0..4 {
        let name = if number == 0 { "heap.pb".to_owned() } else { format!("heap.pb.{number}") };
        write(&place, &name, &heap(3600 * (4 - number), &[("f", 10 * (4 - number), 100 * (4 - number))]));
    }
    let summary = report("summary", &[words(&place)]);
    assert_eq!(summary["instances"].as_array().unwrap().len(), 1);
    assert!(summary["headline"].as_str().unwrap().starts_with("grew 10.0 MiB → 40.0 MiB"), "{}", summary["headline"]);
}

#[test]
fn heap_and_allocs_are_profiles_of_one_process() {
    let place = folder("bundle");
    write(&place, "heap.pb", &heap(0, &[("f", 20, 100)]));
    write(&place, "allocs.pb", &heap(1, &[("f", 20, 100)]));
    let top = report("top", &["--sample-type", "inuse_space", words(&place)]);
    assert_eq!((top["instances"].as_i64(), top["total"].as_i64()), (Some(1), Some(20 * MIB)));
}

#[test]
fn a_leak_that_crashes_again_and_again_has_not_stopped() {
    let place = folder("crash");
    for process in 0..6 {
        for step in 0..5 {
            let (second, held) = (process * 300 + step * 60, 6 + 25 * step);
            write(&place, &format!("heap-{:02}.pb", process * 5 + step), &heap(second, &[("leak", held, 10 + held)]));
        }
    }
    let leaks = report("leaks", &[words(&place)]);
    assert_eq!((leaks["processes"].as_i64(), leaks["rows"][0]["status"].as_str()), (Some(6), Some("growing")));
    let counter = run(&["report", "leaks", "--sample-type", "alloc_space", words(&place)]);
    assert_eq!(counter.code, 2, "a counter grows in every program: {}", counter.stdout);
}

#[test]
fn the_rates_of_an_instance_are_its_own() {
    let place = folder("rates");
    for step in 0..3 {
        write(&place, &format!("pod-a-{step}.pb"), &heap(step * 10, &[("f", 5, 100 * step)]));
        write(&place, &format!("pod-b-{step}.pb"), &heap(100 + step * 10, &[("f", 5, 30 * step)]));
    }
    let window = |args: &[&str]| report("summary", &[args, &[words(&place)]].concat())["window"].clone();
    let one = window(&["--instance", "pod-b"]);
    assert_eq!(one["beside"]["span_ns"].as_i64(), Some(20 * SECOND), "{one}");
    assert_eq!(one["beside"]["allocated"]["amount"].as_i64(), Some(60 * MIB), "{one}");
    let all = window(&[]);
    assert_eq!(all["beside"]["span_ns"].as_i64(), Some(120 * SECOND));
    assert_eq!(all["beside"]["allocated"]["amount"].as_i64(), Some(260 * MIB), "{all}");
    // 200 MiB in 20 s and 60 MiB in 20 s, not 260 MiB in 120 s.
    assert_eq!(all["beside"]["allocated"]["per_second"].as_f64(), Some(13.0 * MIB as f64), "{all}");
}

#[test]
fn a_digest_has_no_suspects_of_a_counter() {
    let place = folder("counter");
    for step in 0..12 {
        write(&place, &format!("heap-{step:02}.pb"), &heap(step * 60, &[("f", 5, 100 * (1 + step))]));
    }
    let digest = |sample_type| report("digest", &["--sample-type", sample_type, words(&place)]).to_string();
    assert!(!digest("alloc_space").contains("keeps growing"), "{}", digest("alloc_space"));
    assert!(!digest("inuse_space").contains("keeps growing"));
}

#[test]
fn one_path_written_in_two_ways_is_one_file() {
    let stack = |name: &str| Stack { names: vec![name.to_owned()], values: vec![100] };
    let mut profile = message_of(&[stack("main.f"), stack("main.g")], 1);
    for (function, path) in profile.function.iter_mut().zip(["/src/app/../app/x.go", "/src/app/x.go"]) {
        profile.string_table.push(path.into());
        function.filename = profile.string_table.len() as i64 - 1;
    }
    let place = folder("paths");
    fs::write(place.join("a.pb"), profile.encode_to_vec()).unwrap();
    let top = report("top", &["--granularity", "files", words(&place.join("a.pb"))]);
    let rows: Vec<(&str, i64)> = top["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].as_str().unwrap(), row["total"].as_i64().unwrap()))
        .collect();
    assert_eq!(rows, [("/src/app/x.go", 200)]);
}

#[test]
fn a_typed_file_and_a_directory_are_of_one_heap() {
    let all = folder("typed-and-found");
    let found = all.join("found");
    fs::create_dir(&found).unwrap();
    write(&all, "heap-0.pb.gz", &heap(0, &[("main.a", 5, 50)]));
    write(&found, "heap-1.pb.gz", &heap(10, &[("main.a", 8, 80)]));
    write(&found, "heap-2.pb.gz", &heap(20, &[("main.a", 11, 110)]));
    let file = all.join("heap-0.pb.gz");
    for args in [[words(&file), words(&found)], [words(&found), words(&file)]] {
        let top = report("top", &args);
        assert_eq!((top["snapshots"].as_i64(), top["total"].as_i64()), (Some(3), Some(8 * MIB)), "{args:?}");
    }
    let diff = report("diff", &["--base", words(&found), words(&file)]);
    assert_eq!(diff["base_snapshots"].as_i64(), Some(2), "a directory is a base of a typed file");
}

#[test]
fn a_renamed_copy_is_no_instance() {
    for copy in ["copy-1.pb.gz", "first.pb.gz", "a1.pb.gz", "heap-1 (copy).pb.gz"] {
        let all = folder("renamed-copy");
        for second in 0..3 {
            write(&all, &format!("heap-{}.pb.gz", second + 1), &heap(second * 10, &[("main.a", 5 + second, 50)]));
        }
        fs::copy(all.join("heap-1.pb.gz"), all.join(copy)).unwrap();
        let top = report("top", &[words(&all)]);
        assert_eq!((top["instances"].as_i64(), top["total"].as_i64()), (Some(1), Some(6 * MIB)), "{copy}");
    }
}

/// Heap in Go's text with the figures of its runtime.
fn text(last_gc: i64, collections: i64, allocated: i64) -> String {
    let head = format!("heap profile: 1: 64 [{allocated}: {}] @ heap/1048576\n", allocated * 64);
    let record = format!("1: 64 [{allocated}: {}] @ 0x401000\n#\t0x400fff\tmain.f+0x1\t/a.go:1\n\n", allocated * 64);
    let heap = "# HeapAlloc = 1000000\n# NextGC = 4000000\n# Sys = 9000000\n# HeapReleased = 0\n";
    format!("{head}{record}# runtime.MemStats\n{heap}# LastGC = {last_gc}\n# NumGC = {collections}\n")
}

#[test]
fn texts_without_a_time_are_ordered_by_their_last_collection() {
    let all = folder("last-gc");
    let time = |second: i64| (START + second) * SECOND;
    fs::write(all.join("end.txt"), text(time(60), 40, 900)).unwrap();
    fs::write(all.join("start.txt"), text(time(0), 10, 300)).unwrap();
    let [start, end] = ["start.txt", "end.txt"].map(|name| all.join(name));
    let summary = report("summary", &[words(&end), words(&start)]);
    let first = summary["snapshots"][0]["source"].as_str().unwrap();
    assert!(first.ends_with("start.txt"), "{first}");
    let cycles = &summary["window"]["beside"]["gc_cycles"]["amount"];
    assert_eq!(cycles.as_i64(), Some(30), "{summary}");
    // The second process has allocated less: its collections are its own, and a what-if is of one process.
    fs::write(&end, text(time(60), 40, 100)).unwrap();
    let summary = report("summary", &[words(&end), words(&start)]);
    assert_eq!(summary["window"]["beside"]["gc_cycles"]["amount"].as_i64(), Some(40));
    let what_if = run(&["report", "memory", "--what-if", words(&start), words(&end)]);
    assert!(what_if.stdout.contains("the process restarted within the window"), "{}{}", what_if.stdout, what_if.stderr);
}

#[test]
fn a_dump_that_lacks_what_was_allocated_is_not_whole() {
    let all = folder("allocated-sums");
    let head = "heap profile:      3:     4096 [     9:  4194304] @ heapprofile\n";
    fs::write(all.join("cut.heap"), format!("{head}     3:     4096 [     3:     4096] @ 0x401000 0x402000\n"))
        .unwrap();
    let file = all.join("cut.heap");
    let (code, said) = check(&["--sample-type", "alloc_space", "--max-total", "1MiB", words(&file)]);
    assert_eq!(code, 2, "{said}");
    let outcome = run(&["report", "top", words(&file)]);
    assert!(outcome.stderr.contains("4,096 of 4,194,304 bytes allocated"), "{}", outcome.stderr);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_told() {
    let all = folder("dangling");
    write(&all, "heap-1.pb.gz", &heap(0, &[("main.a", 5, 50)]));
    std::os::unix::fs::symlink("nowhere.pb.gz", all.join("heap-2.pb.gz")).unwrap();
    let outcome = run(&["report", "top", words(&all)]);
    assert!(outcome.code == 0 && outcome.stderr.contains("heap-2.pb.gz: no such file"), "{}", outcome.stderr);
    assert_eq!(check(&["--max-total", "1GiB", words(&all)]).0, 2);
}

#[test]
fn a_directory_without_profiles_names_the_directories_in_it() {
    let all = folder("no-profiles");
    fs::write(all.join("README.md"), "notes\n").unwrap();
    fs::create_dir(all.join("monday")).unwrap();
    write(&all.join("monday"), "heap-1.pb.gz", &heap(0, &[("main.a", 5, 50)]));
    let outcome = run(&["report", "top", words(&all)]);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("no profiles in this directory, but in a directory of it: monday"),
        "{}",
        outcome.stderr
    );
    // A file that may be a profile is looked at.
    fs::write(all.join("notes.txt"), "notes\n").unwrap();
    let outcome = run(&["report", "top", words(&all)]);
    assert!(outcome.stderr.contains("directories in it have files, name one of them: monday"), "{}", outcome.stderr);
}

#[test]
fn words_for_a_moment_tell_no_instances_apart() {
    for [first, last] in [["start.heap", "end.heap"], ["start", "end"], ["web-first", "web-last"]] {
        let all = folder("moments");
        write(&all, &format!("{first}.pb.gz"), &heap(0, &[("main.a", 5, 50)]));
        write(&all, &format!("{last}.pb.gz"), &heap(10, &[("main.a", 9, 90)]));
        let top = report("top", &[words(&all)]);
        assert_eq!((top["instances"].as_i64(), top["total"].as_i64()), (Some(1), Some(7 * MIB)), "{first} {last}");
    }
}

#[test]
fn a_headline_is_of_what_the_filters_keep() {
    let (before, after) = (folder("filtered-before"), folder("filtered-after"));
    let old = write(&before, "heap.pb", &heap(0, &[("kept", 10, 100), ("other", 10, 100)]));
    let new = write(&after, "heap.pb", &heap(60, &[("kept", 10, 200), ("other", 20, 300)]));
    let of = |args: &[&str]| run(&[&["report", "summary", &new, "--base", &old], args].concat()).stdout;
    let focused = of(&["--focus", "kept"]);
    assert!(focused.contains("as much as"), "{focused}");
    let both = [words(&before), words(&after)];
    let headline = |args: &[&str]| {
        let summary = report("summary", &[&both[..], args].concat());
        summary["headline"].as_str().unwrap().to_owned()
    };
    let [all, kept, halved] = [&[][..], &["--focus", "kept"], &["--per", "2"]].map(headline);
    let of_one =
        |per: &str| json(&["summary", "--sample-type", "alloc_space", "--per", per, "pods"])["headline"].clone();
    for (per, suffix) in [("4", " per operation)"), ("instance", " per instance)")] {
        let headline = of_one(per);
        assert!(headline.as_str().unwrap().contains(suffix), "{headline}");
    }
    assert!(all.starts_with("the newest build holds 10.0 MiB more than the build before (+50.0%)"), "{all}");
    assert!(kept.starts_with("the newest build holds as much as the build before"), "{kept}");
    assert!(
        halved.starts_with("the newest build holds 5.00 MiB more than the build before per operation (+50.0%)"),
        "{halved}"
    );
}

#[test]
fn a_series_that_comes_back_does_not_stay() {
    let place = folder("moves");
    for (at, held) in (0..).zip([50, 20, 62, 30, 51]) {
        write(&place, &format!("heap-{at}.pb"), &heap(60 * at, &[("f", held, 100 + 100 * at)]));
    }
    let summary = report("summary", &[words(&place)]);
    let headline = summary["headline"].as_str().unwrap();
    assert!(headline.starts_with("moves between 20.0 MiB and 62.0 MiB in 4.00 min"), "{headline}");
    let per = report("summary", &["--per", "2", words(&place)]);
    let headline = per["headline"].as_str().unwrap();
    assert!(headline.starts_with("moves between 10.0 MiB and 31.0 MiB per operation"), "{headline}");
    let steady = report("summary", &["--window", "1..1", words(&place)]);
    assert!(!steady["headline"].as_str().unwrap().starts_with("moves"), "{steady}");
}

#[test]
fn a_series_that_goes_up_and_down_has_no_direction() {
    for (name, held, wanted) in [
        ("waves", [20, 60, 22, 62, 21, 40], "moves between 20.0 MiB and 62.0 MiB"),
        ("climb", [20, 25, 22, 35, 33, 40], "grew 20.0 MiB → 40.0 MiB"),
        ("descent", [40, 45, 30, 33, 25, 20], "fell 40.0 MiB → 20.0 MiB"),
    ] {
        let place = folder(name);
        for (at, held) in (0..).zip(held) {
            write(&place, &format!("heap-{at}.pb"), &heap(60 * at, &[("f", held, 100 + 100 * at)]));
        }
        let summary = report("summary", &[words(&place)]);
        let headline = summary["headline"].as_str().unwrap();
        assert!(headline.starts_with(wanted), "{headline}");
    }
}

#[test]
fn rates_of_a_comparison_per_instance_are_per_instance() {
    let (two, one) = (folder("rates-two"), folder("rates-one"));
    for second in [0, 60] {
        for (pod, held) in [("a", 50), ("b", 52)] {
            write(&two, &format!("pod-{pod}-{second}.pb"), &heap(second, &[("f", held, 100 + 2 * second)]));
        }
        write(&one, &format!("pod-a-{second}.pb"), &heap(3600 + second, &[("f", 50, 100 + 2 * second)]));
    }
    let diff = report("diff", &["--base", words(&two), words(&one)]);
    assert_eq!((&diff["per"], &diff["base_instances"]), (&"instance".into(), &2.into()), "{diff}");
    let rate = |side: &str| diff[side]["allocated"]["per_second"].as_f64().unwrap();
    let rates = ["base_beside", "beside"].map(|side| rate(side) as i64);
    assert_eq!(rates, [2 * MIB; 2], "each pod allocates 2 MiB a second");
    let text = run(&["report", "diff", "--base", words(&two), words(&one)]).stdout;
    assert!(text.contains("runtime: A 2.00 MiB/s allocated"), "{text}");
}

#[test]
fn the_range_of_a_verdict_is_of_what_was_judged() {
    let place = folder("range");
    for (at, held) in (0..).zip([20, 40, 30]) {
        write(&place, &format!("heap-{at}.pb"), &heap(60 * at, &[("f", held, 100 + 100 * at), ("g", 100, 100)]));
    }
    let said = |args: &[&str]| run(&[&["check", "--max-total", "1GiB", words(&place)], args].concat()).stdout;
    let (all, kept, per) = (said(&[]), said(&["--focus", "^f$"]), said(&["--per", "10"]));
    assert!(all.contains("snapshots from 120 MiB to 140 MiB, the last one 130 MiB"), "{all}");
    assert!(kept.contains("snapshots from 20.0 MiB to 40.0 MiB, the last one 30.0 MiB"), "{kept}");
    assert!(per.contains("snapshots from 12.0 MiB to 14.0 MiB, the last one 13.0 MiB"), "{per}");
}

#[test]
fn a_negative_period_and_no_time_are_no_facts() {
    let place = folder("no-facts");
    for (at, held) in [(1, 10), (2, 20), (3, 30)] {
        write(&place, &format!("heap-{at}.pb"), &Made { period: -524_288, ..heap(0, &[("f", held, held)]) });
    }
    let summary = run(&["report", "summary", words(&place)]).stdout;
    assert!(summary.contains("holds") && !summary.contains("sampled"), "{summary}");
    let leaks = run(&["report", "leaks", words(&place)]).stdout;
    assert!(leaks.contains("3 snapshots, 20") && !leaks.contains("over"), "{leaks}");
}
