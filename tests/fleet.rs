//! Several instances on one screen: timeline, trend and memory of one of them or of all.

use std::fs;
use std::path::{Path, PathBuf};

use heapglass::Loader;
use heapglass::analysis::{Filter, Query, Trends, Window, derive, memory};
use heapglass::play::{Depth, Glyphs, Options, Session};
use heapglass::profile::Series;

use crate::support::run;
use crate::support::snapshots::{self, MIB, heap, write};

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
    // Without a comparison before it, one step leads to the plain view.
    let again = press(&mut session, "6 Enter Esc");
    assert_eq!(header(&again), header(&plain));
}
