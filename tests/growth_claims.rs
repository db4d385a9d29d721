//! What may be said of growth: nothing within sampling noise, `grew` with too few snapshots, and the same for an instance
//! alone as beside others.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::run;
use crate::support::snapshots::{self, Made, SECOND, Sites, heap, write};

fn folder(name: &str) -> PathBuf {
    snapshots::folder("growth-claims", name)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Heaps of `f` in MiB, in objects of 4 KiB that are sampled rarely.
fn small_objects(name: &str, sizes: &[i64]) -> PathBuf {
    let folder = folder(name);
    for (minute, size) in (0..).zip(sizes) {
        let [held, allocated] = [size * 256, 100_000 + minute * 50_000];
        let sites: Sites = vec![("f".to_owned(), [held, held * 4096, allocated, allocated * 4096])];
        let time = (snapshots::START + minute * 60) * SECOND;
        write(&folder, &format!("p-{minute}.pb"), &Made { sites, time, duration: 0, period: 512 << 10 });
    }
    folder
}

#[test]
fn growth_in_too_few_snapshots_is_named_beyond_noise_only() {
    let noise = small_objects("noise", &[20, 21, 22, 23, 24]);
    for report in ["summary", "digest"] {
        let said = run(&["report", report, text(&noise)]).stdout;
        assert!(!said.contains("keeps growing") && !said.contains(" grew"), "{report}: {said}");
    }
    let leaks = run(&["report", "leaks", "--format", "json", text(&noise)]).stdout;
    let leaks: Value = serde_json::from_str(&leaks).unwrap();
    assert_eq!((&leaks["rows"][0]["status"], &leaks["findings"]), (&"growing".into(), &Value::Array(Vec::new())));

    let beyond = small_objects("beyond", &[20, 40, 60, 80, 100]);
    for (report, words) in [("summary", "f grew (+80.0 MiB), too few snapshots: "), ("digest", "`f` grew: +80.0 MiB")] {
        let said = run(&["report", report, text(&beyond)]).stdout;
        assert!(said.contains(words) && !said.contains("keeps growing"), "{report}: {said}");
        assert!(said.contains("more would do"), "{report}: {said}");
    }
}

#[test]
fn an_instance_has_the_same_suspects_alone_and_beside_others() {
    const WOBBLE: [i64; 7] = [3, 1, 6, 0, 5, 2, 4];
    let folder = folder("instances");
    for (instance, pod) in (0..).zip(["a", "b", "c", "d", "e"]) {
        for snapshot in 0..7 {
            let allocated = 1000 + snapshot * 100;
            let names: Vec<String> = (0..10).map(|number| format!("f{number}")).collect();
            let moves = names.iter().enumerate().map(|(number, name)| {
                (name.as_str(), 20 + WOBBLE[(number + snapshot as usize + instance) % 7], allocated)
            });
            let leak = ("leak", if pod == "c" { 10 + 10 * snapshot } else { 10 }, allocated);
            let sites: Vec<(&str, i64, i64)> = moves.chain([leak]).collect();
            write(&folder, &format!("web-{pod}-{snapshot}.pb"), &heap(60 * snapshot, &sites));
        }
    }
    for options in [&[][..], &["--instance", "web-c"]] {
        let leaks = run(&[&["report", "leaks", "--format", "json", text(&folder)], options].concat()).stdout;
        let leaks: Value = serde_json::from_str(&leaks).unwrap();
        let rows = leaks["rows"].as_array().unwrap().iter().filter(|row| row["status"] == "suspect");
        let suspects: Vec<&str> = rows.map(|row| row["name"].as_str().unwrap()).collect();
        assert_eq!(suspects, ["leak"], "{options:?}");
        assert_eq!(leaks["findings"][0]["cause"], "leak", "{options:?}");
    }
}

#[test]
fn files_with_elapsed_times_in_their_names_are_of_one_process() {
    let folder = folder("elapsed");
    for (minute, name) in [(1, "1m"), (5, "5m"), (10, "10min"), (60, "1h"), (90, "1h30"), (100, "100m00s")] {
        write(&folder, &format!("heap-{name}.pb"), &heap(60 * minute, &[("f", 10 + minute, 1000 + minute)]));
    }
    for (pod, size) in [("web-7f9c4d-x2x1k", 10), ("web-1a", 20)] {
        write(&folder, &format!("{pod}.pb"), &heap(7000, &[("f", size, 50)]));
    }
    let summary = run(&["report", "summary", "--format", "json", text(&folder)]).stdout;
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let instances = summary["instances"].as_array().unwrap().iter();
    let found: Vec<(&str, i64)> = instances
        .map(|instance| (instance["name"].as_str().unwrap(), instance["snapshots"].as_i64().unwrap()))
        .collect();
    assert_eq!(found, [("heap", 6), ("web-1a", 1), ("web-7f9c4d-x2x1k", 1)]);
}

/// Causes and functions of `report leaks` with their shares of growth, over twelve heaps of folded stacks.
fn shares(name: &str, stacks: &[(&str, [i64; 12])]) -> [Vec<(String, i64)>; 2] {
    let folder = folder(name);
    for at in 0..12 {
        let lines: Vec<String> = stacks.iter().map(|(stack, values)| format!("{stack} {}\n", values[at])).collect();
        std::fs::write(folder.join(format!("heap-{at:02}.folded")), lines.concat()).unwrap();
    }
    let leaks = run(&["report", "leaks", "--as", "level", "--format", "json", text(&folder)]).stdout;
    let leaks: Value = serde_json::from_str(&leaks).unwrap();
    let part = |object: &Value, name: &str, share: &str| {
        (object[name].as_str().unwrap().to_owned(), (object[share].as_f64().unwrap() * 100.0).round() as i64)
    };
    let findings = leaks["findings"].as_array().unwrap().iter().map(|finding| part(finding, "cause", "share"));
    let rows = leaks["rows"].as_array().unwrap().iter().map(|row| part(row, "name", "share_of_growth"));
    [findings.collect(), rows.filter(|(_, share)| *share > 0).collect()]
}

#[test]
fn causes_and_functions_have_shares_of_the_same_growth() {
    let rising = |step: i64| -> [i64; 12] { std::array::from_fn(|at| 1000 + step * at as i64) };
    // Grows from the first to the last heap, and is no suspect.
    let jumping =
        |step: i64| -> [i64; 12] { std::array::from_fn(|at| 1000 + if at == 11 { 11 * step } else { at as i64 % 2 }) };
    let named = |list: &[(&str, i64)]| -> Vec<(String, i64)> {
        list.iter().map(|(name, share)| ((*name).to_owned(), *share)).collect()
    };
    let [causes, functions] = shares(
        "split",
        &[
            ("main.main;main.a;main.b;main.c", rising(600)),
            ("main.main;main.a;main.d", rising(360)),
            ("main.main;main.e", jumping(40)),
        ],
    );
    assert_eq!(causes, named(&[("main.c", 60), ("main.d", 36)]));
    assert_eq!(functions, named(&[("main.c", 60), ("main.d", 36), ("main.e", 4)]));
    // A branch with less than nearly all growth is one cause.
    let [causes, functions] = shares(
        "whole",
        &[
            ("main.main;main.a;main.b", rising(500)),
            ("main.main;main.a;main.c", rising(300)),
            ("main.main;main.e", jumping(200)),
        ],
    );
    assert_eq!(causes, named(&[("main.a", 80)]));
    assert_eq!(functions, named(&[("main.b", 50), ("main.c", 30), ("main.e", 20)]));
    // What shrinks is no growth.
    let [causes, _] = shares(
        "shrinking",
        &[
            ("main.main;main.a;main.b", rising(500)),
            ("main.main;main.z", std::array::from_fn(|at| 90_000 - 7000 * at as i64)),
        ],
    );
    assert_eq!(causes, named(&[("main.b", 100)]));
}

/// Snapshots of processes that begin anew: `held` are the MiB in use by `f` in each, by process.
fn processes(name: &str, held: &[&[i64]]) -> PathBuf {
    let folder = folder(name);
    let mut minute = 0;
    for process in held {
        for (at, size) in (1..).zip(*process) {
            write(&folder, &format!("p-{minute:02}.pb"), &heap(60 * minute, &[("f", *size, 1000 * at)]));
            minute += 1;
        }
    }
    folder
}

/// Headline of the summary, and the verdict of `report leaks`.
fn said(folder: &Path) -> [String; 2] {
    let line = |report: &str, number: usize| {
        run(&["report", report, text(folder)]).stdout.lines().nth(number).unwrap_or_default().to_owned()
    };
    [line("summary", 0), line("leaks", 1)]
}

#[test]
fn five_snapshots_are_too_few_for_any_growth() {
    // The last rise is more than half of the growth in two intervals, as with a step.
    let [headline, verdict] = said(&processes("five", &[&[10, 20, 31, 50, 62]]));
    assert_eq!(verdict, "too few snapshots to tell growth from chance: 1 more would do");
    assert!(headline.contains("f grew (+52.0 MiB), too few snapshots: 1 more would do"), "{headline}");
    // A fall in between does not make it known that nothing grows.
    let [_, verdict] = said(&processes("five-dip", &[&[10, 30, 28, 60, 90]]));
    assert_eq!(verdict, "too few snapshots to tell growth from chance: 1 more would do");
    let [headline, _] = said(&processes("two", &[&[10, 30]]));
    assert_eq!(
        headline,
        "grew 10.0 MiB → 30.0 MiB in 1.00 min · f grew (+20.0 MiB), too few snapshots: 4 more would do"
    );
}

#[test]
fn a_process_needs_six_snapshots_after_a_restart() {
    let more = |name: &str, counts: &[i64]| {
        let held: Vec<Vec<i64>> = counts.iter().map(|count| (1..=*count).map(|at| 20 * at).collect()).collect();
        let held: Vec<&[i64]> = held.iter().map(Vec::as_slice).collect();
        let leaks = run(&["report", "leaks", "--format", "json", text(&processes(name, &held))]).stdout;
        let leaks: Value = serde_json::from_str(&leaks).unwrap();
        assert_eq!(leaks["processes"].as_u64(), Some(counts.len() as u64), "{name}");
        (leaks["more_snapshots"].as_u64(), leaks["rows"][0]["status"].as_str().unwrap().to_owned())
    };
    let growing = |count: u64| (Some(count), "growing".to_owned());
    let flat = |count: u64| (Some(count), "flat".to_owned());
    assert_eq!(more("3-2", &[3, 2]), flat(4));
    assert_eq!(more("3-4", &[3, 4]), flat(2));
    assert_eq!(more("3-5", &[3, 5]), growing(1));
    assert_eq!(more("5-5", &[5, 5]), growing(1));
    assert_eq!(more("3-6", &[3, 6]), (None, "suspect".to_owned()));
}

#[test]
fn growth_over_restarts_is_said_to_be_added_up() {
    let life: &[i64] = &[40, 90, 140, 190];
    let folder = processes("crash-loop", &[life; 6]);
    let [headline, _] = said(&folder);
    assert!(headline.starts_with("moves between 40.0 MiB and 190 MiB in 23.0 min · "), "{headline}");
    assert!(headline.contains("f grew (+900 MiB added over 5 restarts), too few"), "{headline}");
    for report in ["leaks", "digest"] {
        let said = run(&["report", report, text(&folder)]).stdout;
        assert!(said.contains("+900 MiB added over 5 restarts, 100% of what grew"), "{report}: {said}");
    }
    let folder = single_snapshots();
    let [_, verdict] = said(&folder);
    assert_eq!(verdict, "each process has one snapshot: growth within a process is not known");
    let leaks = run(&["report", "leaks", text(&folder)]).stdout;
    assert!(leaks.contains("between 50.0 MiB and 60.0 MiB, changed at restarts only"), "{leaks}");
}

/// Snapshots of one process each: the next one has always allocated less.
fn single_snapshots() -> PathBuf {
    let folder = folder("single-snapshots");
    for at in 0..8 {
        write(&folder, &format!("p-{at:02}.pb"), &heap(60 * at, &[("f", 50 + 10 * (at % 2), 1000 - 10 * at)]));
    }
    folder
}

#[test]
fn growth_of_a_part_of_the_window_is_not_denied() {
    let late: Vec<i64> = [50; 20].into_iter().chain([52, 60, 70, 80, 95, 110]).collect();
    let [headline, verdict] = said(&processes("late", &[&late]));
    assert!(headline.starts_with("grew 50.0 MiB → 110 MiB"), "{headline}");
    let expected = "no function grows over the whole window; 1 function grew beyond chance and sampling noise in a part of \
                    it: a shorter window tells more";
    assert_eq!(verdict, expected);
    let step: Vec<i64> = [50; 10].into_iter().chain([120; 10]).collect();
    let [_, verdict] = said(&processes("step", &[&step]));
    assert_eq!(verdict, "no function keeps growing; 1 function grew beyond chance and sampling noise and settled");
}

#[test]
fn a_sawtooth_has_no_direction_wherever_it_ends() {
    for end in 1..=4 {
        let teeth = [10, 40, 70, 100].repeat(6);
        let [headline, _] = said(&processes(&format!("teeth-{end}"), &[&teeth[..20 + end]]));
        assert!(headline.starts_with("moves between 10.0 MiB and 100 MiB"), "{end}: {headline}");
    }
    let falls: Vec<i64> = [100, 70, 40, 10].repeat(6);
    let [headline, _] = said(&processes("falling-teeth", &[&falls]));
    assert!(headline.starts_with("moves between 10.0 MiB and 100 MiB"), "{headline}");
}
