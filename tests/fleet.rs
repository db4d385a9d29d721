//! Several instances on one screen: timeline, trend and memory of one of them or of all.

use std::fs;
use std::path::{Path, PathBuf};

use heapglass::Loader;
use heapglass::analysis::{Filter, Query, Trends, Window, derive, memory};
use heapglass::play::{Depth, Glyphs, Options, Session};
use heapglass::profile::Series;

use crate::support::snapshots::{self, MIB, Made, heap, write};
use crate::support::{json, run};

fn folder(name: &str) -> PathBuf {
    snapshots::folder("fleet", name)
}

fn open(folder: &Path) -> Session {
    let options = Options { width: 120, height: 40, depth: Depth::Indexed256, glyphs: Glyphs::Unicode };
    Session::open(&[folder], options).unwrap()
}

fn press(session: &mut Session, keys: &str) -> String {
    keys.split_whitespace().for_each(|key| session.key(key).unwrap());
    session.frame().to_string()
}

/// Row of the screen that begins with a word.
fn row(screen: &str, word: &str) -> String {
    screen.lines().find(|line| line.trim_start().starts_with(word)).unwrap_or_default().to_owned()
}

/// Writes heaps of `main.f` in MiB of some pods, ten seconds apart; those of a pod start one second after the one before.
fn pods(folder: &Path, pods: &[(&str, &[i64])]) {
    for (pod, (name, sizes)) in (0..).zip(pods) {
        for (number, size) in (0..).zip(*sizes) {
            let allocated = 1000 * (pod + 1) + 10 * number;
            let made = heap(10 * number + pod, &[("f", *size, allocated)]);
            write(folder, &format!("{name}-{number}.pb"), &made);
        }
    }
}

fn load(folder: &Path) -> std::sync::Arc<Series> {
    std::sync::Arc::new(Loader::new().load([folder]).unwrap().series)
}

#[test]
fn an_instance_has_its_first_value_before_its_first_snapshot() {
    let folder = folder("first");
    pods(&folder, &[("pod-a", &[10, 11, 12, 13, 14, 15]), ("pod-b", &[20; 6]), ("pod-c", &[30; 6])]);
    let series = load(&folder);
    let answer = derive(&series, &Query::default_for(&series), None).unwrap();
    let trends = Trends::new(&answer).unwrap();
    let line: Vec<i64> = trends.total.line.iter().map(|value| value / MIB).collect();
    assert_eq!(line[..4], [60, 60, 60, 61], "never a sum over a part of the pods");
    assert_eq!(line[17], 65);
    for row in &trends.rows {
        assert_eq!(trends.line(row)[0], row.first, "from the first column on");
    }
    let screen = open(&folder).frame().to_string();
    let line = screen.lines().find(|line| line.contains("max 65.0M")).unwrap_or_default();
    assert!(line.contains('▇') && !line.contains(['▁', '▂', '▃', '▄']), "{screen}");
}

#[test]
fn one_snapshot_of_each_instance_is_a_level_line() {
    let folder = folder("single");
    pods(&folder, &[("pod-a", &[10]), ("pod-b", &[20]), ("pod-c", &[30])]);
    let series = load(&folder);
    let answer = derive(&series, &Query::default_for(&series), None).unwrap();
    let window = Window { first: 0, last: 2 };
    let line = answer.timeline.carried(&series, window, None, |at| series.snapshots()[at].totals[1] as i64);
    assert_eq!(line, [60 * MIB; 3]);
}

#[test]
fn the_timeline_is_of_the_selected_instance() {
    let folder = folder("selected");
    pods(&folder, &[("pod-a", &[10, 10, 10]), ("pod-b", &[20, 20, 20]), ("pod-c", &[40, 40, 40])]);
    let mut session = open(&folder);
    assert!(session.frame().to_string().contains("max 70.0M"), "{}", session.frame());
    let compared = press(&mut session, "6 Enter");
    assert!(compared.contains("B pod-c") && compared.contains("max 40.0M"), "{compared}");
    let back = press(&mut session, "d");
    assert!(back.contains("max 70.0M"), "{back}");
}

#[test]
fn resident_memory_is_of_the_selected_instance_or_the_sum() {
    let folder = folder("resident");
    pods(&folder, &[("pod-a", &[10, 10, 10]), ("pod-b", &[20, 20, 20])]);
    for (pod, mib) in [("pod-a", 100), ("pod-b", 300)] {
        for number in 0..3 {
            let rss = mib * 1024;
            let status =
                format!("Name:\tshop\nVmHWM:\t{rss} kB\nVmRSS:\t{rss} kB\nRssAnon:\t{rss} kB\nRssFile:\t0 kB\n");
            fs::write(folder.join(format!("{pod}-{number}.memory.txt")), status).unwrap();
        }
    }
    let mut session = open(&folder);
    let screen = session.frame().to_string();
    let line = row(&screen, "RSS");
    assert!(line.contains("max 400M") && line.matches('█').count() > 20, "a level line\n{screen}");
    assert!(row(&screen, "other").contains("max 370M"), "{screen}");
    let memory = press(&mut session, "7");
    assert!(memory.contains("pod-b alone, snapshot 3 of 3"), "{memory}");
    assert!(memory.contains("RSS 300 MiB"), "{memory}");
    // The comparison of an instance is of that instance.
    let compared = press(&mut session, "7 6 Enter");
    assert!(row(&compared, "RSS").contains("max 300M"), "{compared}");
}

#[test]
fn another_order_keeps_the_selected_instance() {
    let folder = folder("order");
    let rising = [10, 20, 30, 40, 50, 60, 70, 80];
    pods(&folder, &[("pod-a", &[5; 8]), ("pod-b", &[6; 8]), ("pod-c", &rising)]);
    let mut session = open(&folder);
    let selected = |screen: &str| row(screen, ">");
    let screen = press(&mut session, "5 G");
    let before = selected(&screen);
    let name = ["pod-a", "pod-b", "pod-c"].into_iter().find(|name| before.contains(name)).unwrap();
    for keys in ["s", "s", "S", "5", "5"] {
        let after = press(&mut session, keys);
        assert!(selected(&after).contains(name), "{keys}: {before}\n{after}");
    }
}

#[test]
fn the_command_of_the_instances_prints_all_of_them() {
    let folder = folder("command");
    pods(&folder, &[("pod-a", &[10, 10]), ("pod-b", &[20, 20]), ("pod-c", &[40, 40])]);
    let mut session = open(&folder);
    let page = press(&mut session, "6 Enter 6 C");
    let report = page.lines().find(|line| line.contains("report instances")).unwrap_or_default();
    assert!(!report.is_empty() && !report.contains("--instance"), "{page}");
    let page = press(&mut open(&folder), "8 d C");
    assert!(page.contains("report diff") && page.contains("Left out: bottom-up, "), "{page}");
}

#[test]
fn rates_of_processes_are_not_those_of_filtered_sides() {
    let folder = folder("rates");
    pods(&folder, &[("pod-a", &[10, 20, 30, 40])]);
    let series = load(&folder);
    let window = Window { first: 0, last: 3 };
    let query = Query { window, base: Some(window), ..Query::default_for(&series) };
    let answer = derive(&series, &query, None).unwrap();
    assert!(memory::compared(&answer).is_some());
    let query = Query { base_filters: vec![Filter::parse("focus=f")], ..query };
    let answer = derive(&series, &query, None).unwrap();
    assert_eq!(memory::compared(&answer), None, "a part of a process has no rates");
}

#[test]
fn a_look_at_one_instance_names_it_and_speaks_of_no_other() {
    let folder = folder("named");
    pods(&folder, &[("pod-a", &[10, 11, 12]), ("pod-b", &[20, 21, 22])]);
    // The process of `pod-b` restarts: its counters fall.
    write(&folder, "pod-b-3.pb", &heap(31, &[("f", 5, 1)]));
    let path = folder.to_str().unwrap();
    let report = |args: &[&str]| run(&[&["report"], args, &[path]].concat()).stdout;
    let restarted = "the process restarted between snapshots";
    assert!(report(&["summary"]).contains(restarted));
    assert!(report(&["summary", "--instance", "pod-b"]).contains(restarted));
    let alone = report(&["summary", "--instance", "pod-a"]);
    assert!(!alone.contains(restarted) && alone.contains("\npod-a, 3 snapshots"), "{alone}");
    let top = report(&["top", "--instance", "pod-a"]);
    assert!(top.starts_with("pod-a, mean of 3 snapshots"), "{top}");
    assert!(!report(&["top"]).contains("pod-"), "all of them");
    let object = report(&["top", "--format", "json", "--instance", "pod-a"]);
    assert!(object.contains("\"instance\": \"pod-a\"") || object.contains("\"instance\":\"pod-a\""), "{object}");
    let digest = report(&["digest", "--instance", "pod-a"]);
    assert!(digest.contains("`pod-a`, 3 snapshots"), "{digest}");
    // The header names the instance of a snapshot too.
    for (width, height) in [(80, 24), (120, 40)] {
        let options = Options { width, height, ..Options::default() };
        let mut session = Session::open(&[&folder], options).unwrap();
        assert!(!session.frame().row(0).contains("pod-"), "{}", session.frame());
        session.key(":").unwrap();
        session.type_text("window 2..2");
        session.key("Enter").unwrap();
        assert!(session.frame().row(0).contains("pod-b"), "{}", session.frame());
    }
}

#[test]
fn names_of_pods_are_told_apart_at_every_size() {
    let folder = folder("long-names");
    let pod = |end: &str| format!("payments-api-7c9f8d6b5d-{end}");
    let names = ["xrq68", "x2gvq", "xw9wt", "xcm7b", "xkj5t"].map(pod);
    let rising: &[i64] = &[10, 20, 30, 40, 50, 60];
    let steady: &[i64] = &[10, 10, 10, 10, 10, 10];
    let all: Vec<(&str, &[i64])> =
        names.iter().enumerate().map(|(at, name)| (name.as_str(), if at == 0 { rising } else { steady })).collect();
    pods(&folder, &all);
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut session = Session::open(&[&folder], Options { width, height, ..Options::default() }).unwrap();
        let instances = press(&mut session, "6");
        let heads = instances.lines().find(|line| line.contains("Median")).unwrap();
        assert!(heads.contains("xrq68") && heads.contains("x2gvq"), "{instances}");
        assert!(
            instances.contains("spreads from the median") || instances.contains("exactly the median"),
            "{instances}"
        );
        let trend = press(&mut session, "5");
        for end in ["xrq68", "x2gvq"] {
            assert!(
                trend.lines().any(|line| line.trim_start().starts_with(['f', '!', '>']) && line.contains(end)),
                "{trend}"
            );
        }
        let map = press(&mut session, "5");
        assert!(map.contains("xrq68") && map.contains("x2gvq"), "{map}");
    }
}

#[test]
fn the_way_back_from_instances_leads_to_the_comparison_of_windows() {
    let folder = folder("way-back");
    pods(&folder, &[("pod-a", &[10, 11, 12, 13]), ("pod-b", &[20; 4]), ("pod-c", &[30, 33, 36, 50])]);
    let mut session = open(&folder);
    let compared = press(&mut session, "d");
    let header = |screen: &str| screen.lines().next().unwrap_or_default().to_owned();
    assert!(header(&compared).contains("A "), "{compared}");
    let of_instances = press(&mut session, "6 Enter");
    assert_ne!(header(&of_instances), header(&compared));
    assert_eq!(header(&press(&mut session, "Esc")), header(&compared), "one step back");
    let plain = press(&mut session, "Esc");
    assert!(!header(&plain).contains("A "), "{plain}");
    // Without a comparison before it, one step leads to the table, another one to the plain view.
    assert!(!press(&mut session, "6 Enter Esc").contains("[Icicle]"));
    let again = press(&mut session, "Esc");
    assert_eq!(header(&again), header(&plain));
}

/// Writes heaps with bytes in use and allocated, in MiB, under names that hold the number of the snapshot.
fn numbered(folder: &Path, heaps: &[(i64, i64)]) {
    for (at, (held, allocated)) in (0..).zip(heaps) {
        write(folder, &format!("heap-{at:03}.pb"), &heap(30 * at, &[("f", *held, *allocated)]));
    }
}

/// Number of snapshots and of processes of every instance.
fn processes(folder: &Path) -> Vec<(i64, i64)> {
    let report = json(&["instances", "--sort", "name", folder.to_str().unwrap()]);
    let number = |instance: &serde_json::Value, name: &str| instance[name].as_i64().unwrap();
    let instances = report["instances"].as_array().unwrap().iter();
    instances.map(|instance| (number(instance, "snapshots"), number(instance, "processes"))).collect()
}

#[test]
fn processes_in_turn_are_instances_even_if_one_allocated_more_of_everything() {
    let folder = folder("in-turn");
    for (count, rounds) in [(2, 3), (3, 3), (2, 12), (4, 6)] {
        let folder = folder.join(format!("{count}-{rounds}"));
        fs::create_dir_all(&folder).unwrap();
        let heaps: Vec<(i64, i64)> = (0..rounds)
            .flat_map(|round| (0..count).map(move |pod| (10 * pod + 5, 100 + 2000 * pod + 7 * round)))
            .collect();
        numbered(&folder, &heaps);
        assert_eq!(processes(&folder), vec![(rounds, 1); count as usize], "{count} in {rounds} rounds");
    }
    let two = folder.join("2-3");
    let held = json(&["top", "--sample-type", "inuse_space", two.to_str().unwrap()]);
    assert_eq!(held["total"], 20 * MIB);
    let allocated = json(&["top", "--sample-type", "alloc_space", two.to_str().unwrap()]);
    assert_eq!(allocated["total"], 28 * MIB, "what each process allocated from its first heap to its last");
    let checked = run(&["check", "--max-total", "15MiB", two.to_str().unwrap()]);
    assert_eq!(checked.code, 1, "{}", checked.stdout);
}

#[test]
fn an_instance_that_restarts_is_one_instance() {
    let folder = folder("restarts");
    let all: [(&str, &[i64], i64); 6] = [
        ("once", &[100, 200, 10, 30], 2),
        ("later", &[100, 200, 150, 250], 2),
        ("crashes", &[20, 60, 120, 15, 62, 119, 17, 55], 3),
        ("crashes-later", &[20, 60, 120, 15, 62, 121, 17, 55, 125], 3),
        ("short-and-long", &[10, 50, 300, 400, 80, 90], 2),
        ("four", &[20, 60, 120, 18, 63, 119, 21, 58, 122, 19, 61, 118], 4),
    ];
    for (name, allocated, expected) in all {
        let folder = folder.join(name);
        fs::create_dir_all(&folder).unwrap();
        let heaps: Vec<(i64, i64)> = allocated.iter().map(|allocated| (5, *allocated)).collect();
        numbered(&folder, &heaps);
        assert_eq!(processes(&folder), [(heaps.len() as i64, expected)], "{name}");
    }
}

#[test]
fn one_of_the_instances_in_turn_may_restart() {
    let folder = folder("turn-restart");
    let heaps: Vec<(i64, i64)> = (0..10)
        .flat_map(|round| [(10, 100 + 5 * round), (20, if round < 5 { 3000 } else { 400 } + 9 * round)])
        .collect();
    numbered(&folder, &heaps);
    assert_eq!(processes(&folder), [(10, 1), (10, 2)]);
}

#[test]
fn a_change_among_interleaved_levels_hides_no_process() {
    let folder = folder("turn-change");
    for (at, allocated) in (0..).zip([100, 900, 0, 110, 910, 0, 120, 920]) {
        let change = Made { duration: 10 * snapshots::SECOND, ..heap(30 * at, &[("f", at, at)]) };
        let made = if allocated == 0 { change } else { heap(30 * at, &[("f", 10, allocated)]) };
        write(&folder, &format!("heap-{at}.pb"), &made);
    }
    let report = run(&["report", "instances", "--format", "json", folder.to_str().unwrap()]);
    assert!(report.stderr.contains("2 profiles tell what changed"), "{}", report.stderr);
    let report: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    let counts: Vec<i64> = report["instances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|instance| instance["processes"].as_i64().unwrap())
        .collect();
    assert_eq!(counts, [1, 1]);
}

#[test]
fn the_number_of_a_round_is_no_instance_where_the_counters_contradict() {
    let folder = folder("rounds");
    let write_all = |name: &str, is_worker_first: bool, gap: i64| {
        let folder = folder.join(name);
        fs::create_dir_all(&folder).unwrap();
        for (round, worker) in (0..6).flat_map(|round| [(round, 0), (round, 1)]) {
            let (f, g) = if worker == 0 { (100, 900) } else { (500, 300) };
            let made = heap(60 * round + gap * worker, &[("f", 10, f + round), ("g", 5, g + round)]);
            let (first, second) = if is_worker_first { (worker, round) } else { (round, worker) };
            write(&folder, &format!("heap-{first}-{second}.pb"), &made);
        }
        processes(&folder)
    };
    assert_eq!(write_all("round-worker", false, 1), [(6, 1); 2]);
    assert_eq!(write_all("worker-sequence", true, 1), [(6, 1); 2]);
    assert_eq!(write_all("runs", true, 3600), [(6, 1); 2], "one after another");
}
