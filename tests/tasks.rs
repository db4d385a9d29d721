//! Twelve tasks of the manual: each is done by the keys that its table names, from the first screen.

use heapglass::play::{End, Options, Session};

use crate::support::data;

/// Rows of the table: task and keys, without their marks.
fn table() -> Vec<(String, Vec<String>)> {
    let manual = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/MANUAL.md")).unwrap();
    let below = manual.split("Twelve tasks, each from the first screen:").nth(1).unwrap();
    let rows =
        below.lines().skip_while(|line| !line.starts_with("|---")).skip(1).take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let mut cells = line.trim_matches('|').split(" | ");
        let task = cells.next().unwrap().trim().to_owned();
        let keys = cells.next().unwrap().split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (task, keys)
    };
    rows.map(row).collect()
}

fn open(path: &str) -> Session {
    Session::open(&[data().join(path)], Options::default()).unwrap()
}

/// Demo as `--demo` opens it: one build, the other one a key away.
fn two_builds() -> Session {
    let mut session = Session::compare(&["demo:after"], &["demo:before"], Options::default()).unwrap();
    session.key("d").unwrap();
    session
}

fn live() -> Session {
    let mut session = open("shop-series");
    session.go_live("10s");
    session
}

/// Session of a task, and words that its last screen has.
fn session(task: usize) -> (Session, &'static str) {
    match task {
        0 => (open("pprof/go-shop-2.pb.gz"), "› bytes.Clone"),
        1 => (open("pprof/go-shop-2.pb.gz"), "1 caller, 0 callees"),
        2 => (open("shop-series"), "cause 88.4%"),
        3 => (two_builds(), "sites"),
        4 => (open("jemalloc/orders.heap.gz"), "[no allocator]"),
        5 => (open("folded/upside-down.folded"), "stacks are flipped"),
        6 => (open("jfr/tlab.jfr.gz"), "[B: thread=cacher] [A: thread=main]"),
        7 => (live(), "wrote 14 snapshots to "),
        8 => (open("pprof/go-shop-2.pb.gz"), "Total▼"),
        9 => (open("pprof/go-shop-2.pb.gz"), "find /product/"),
        10 => (open("pprof/go-shop-2.pb.gz"), "[Source]"),
        _ => (open("pprof/go-shop-2.pb.gz"), ""),
    }
}

#[test]
fn each_task_of_the_manual_is_done_by_its_keys() {
    let folder = std::env::temp_dir().join(format!("heapglass-tasks-{}", std::process::id()));
    let rows = table();
    assert_eq!(rows.len(), 12);
    for (number, (task, keys)) in rows.iter().enumerate() {
        let (mut session, words) = session(number);
        let before = session.frame().to_string();
        assert!(words.is_empty() || !before.contains(words), "{task}: nothing to do\n{before}");
        for key in keys {
            let text = key.replace("DIR", folder.to_str().unwrap()).replace("NAME", "product");
            if session.key(&text).is_err() {
                session.type_text(&text);
            }
        }
        let after = session.frame().to_string();
        assert!(after.contains(words), "{task}: no `{words}` in\n{after}");
        assert_eq!(session.end(), (number == 11).then_some(End::Quit), "{task}");
    }
    let written = std::fs::read_dir(&folder).unwrap().count();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(written, 14);
}
