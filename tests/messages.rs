//! Messages at 80x24: each is readable in full, or in a short form with the key that shows all of it.

use std::path::{Path, PathBuf};

use heapglass::play::{Options, Session};

use crate::support::{build, data};

fn open(sources: &[&str]) -> Session {
    let sources: Vec<_> = sources.iter().map(|source| data().join(source)).collect();
    Session::open(&sources, Options::default()).unwrap()
}

fn press(session: &mut Session, keys: &str) {
    for key in keys.split_whitespace() {
        match key.strip_prefix("text=") {
            Some(text) => session.type_text(&text.replace('_', " ")),
            None => session.key(key).unwrap(),
        }
    }
}

fn shows(session: &Session, message: &str) {
    let screen = session.frame().to_string();
    assert!(screen.contains(message), "no `{message}` in\n{screen}");
}

#[test]
fn every_message_fits_the_line_that_it_is_in() {
    const SHOP: &str = "pprof/go-shop-2.pb.gz";
    for (source, keys, message) in [
        (SHOP, "f", "select a function first: callers and callees of it show here"),
        (SHOP, "y", "select a function first: its name or path is copied"),
        (SHOP, "Y", "select a function first: its name or path is copied"),
        (SHOP, "Enter", "the zoom is here: select a frame below it first"),
        (SHOP, "u", "this is the whole profile"),
        (SHOP, "U", "there is no zoom to go back in to"),
        (SHOP, "6", "one instance: give several pods or addresses, or `--each`"),
        (SHOP, "? Esc L &", "& does nothing here; in the icicle: "),
        (SHOP, "D C", "C does nothing here; in the icicle: show its command line"),
        (SHOP, "H z", "z "),
        (SHOP, ": text=mouse_on Enter", "mouse on: click selects, click again zooms; Shift-drag selects text "),
        ("shop-series", "{ m", " of 14, 13:13:33–13:15:36; [ ] move, m again compares "),
        ("shop-series", "{ { m m", " already; [ ] move to B "),
        ("shop-series", "d", " ? help"),
        ("pods", "6 Enter", "A is pod-a, the median of the rest "),
        ("pods", "6 Enter x", "the median of the rest is a base only "),
    ] {
        let mut session = open(&[source]);
        press(&mut session, keys);
        shows(&session, message);
    }
}

#[test]
fn a_message_takes_the_place_of_the_legend_and_of_notes_until_the_next_key() {
    let mut session = Session::compare(
        &[data().join("pprof/go-shop-2.pb.gz")],
        &[data().join("pprof/go-shop-1.pb.gz")],
        Options::default(),
    )
    .unwrap();
    session.go_live("10s");
    press(&mut session, "d Left");
    shows(&session, "── live 10s ──");
    let legend = session.frame().to_string();
    press(&mut session, "f");
    shows(&session, "─ select a function first: callers and callees of it show here ── live 10s ─");
    press(&mut session, ": text=mouse_on Enter");
    shows(&session, "─ mouse on: click selects, click again zooms; Shift-drag selects text ─");
    assert!(!session.frame().to_string().contains("live 10s"));
    press(&mut session, "Left");
    assert_eq!(session.frame().to_string(), legend);
}

#[test]
fn an_outage_is_said_in_full_by_the_health() {
    let mut session = open(&["pprof/go-shop-2.pb.gz"]);
    session.go_live("10s");
    session.look("no/such/file", 1000, 48_000 * 1_000_000_000);
    shows(&session, "no snapshot: no such file or directory");
    press(&mut session, "H");
    shows(&session, "no snapshot since 13:20:00: no such file or directory.");
    press(&mut session, "Esc");
    session.look(data().join("pprof/go-shop-1.pb.gz"), 1000, 48_060 * 1_000_000_000);
    press(&mut session, "H");
    shows(&session, "no snapshot from 13:20:00 to 13:21:00: no such file or directory.");
}

#[test]
fn quitting_asks_in_words_that_fit() {
    let mut session = open(&["pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"]);
    session.go_live("10s");
    press(&mut session, "q");
    shows(&session, "q again loses 2 unsaved snapshots; :save DIR saves ");
    press(&mut session, "Esc");
    press(&mut session, "q");
    shows(&session, "q again loses 2 unsaved snapshots");
}

/// Folder with folded stacks of five pods, `snapshots` of each, of which `pod-3` grows.
fn pods(name: &str, snapshots: i64) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (pod, snapshot) in (1..=5).flat_map(|pod| (1..=snapshots).map(move |snapshot| (pod, snapshot))) {
        let leak = 1000 + snapshot * 10 * pod + if pod == 3 { snapshot * 400 } else { 0 };
        let text = format!("main;store {}\nmain;leak {leak}\n", 10_000 + pod * 500);
        std::fs::write(folder.join(format!("pod-{pod}-{snapshot:04}.folded")), text).unwrap();
    }
    folder
}

fn explore(folder: &Path) -> Session {
    Session::open(&[folder], Options { width: 120, ..Options::default() }).unwrap()
}

#[test]
fn an_instance_is_judged_by_the_figure_that_stands_out() {
    let mut session = explore(&pods("growing-pod", 3));
    press(&mut session, "6");
    shows(&session, "pod-3");
    press(&mut session, "s");
    shows(&session, "instances by growth");
    press(&mut session, "g");
    shows(&session, " spreads from the median growth (an outlier from 7.9 on)");
    press(&mut session, "Tab");
    shows(&session, "Enter show");
    press(&mut session, "Tab");
    shows(&session, "Enter compare");
    press(&mut session, "Esc : text=window_1..1 Enter 6");
    shows(&session, " 1 instance, no outliers");
}

#[test]
fn one_snapshot_of_each_instance_has_neither_a_trend_nor_a_difference() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("single-pods");
    std::fs::create_dir_all(&folder).unwrap();
    for pod in ["a", "b", "c", "d"] {
        let name = format!("pod-{pod}-0001.pb.gz");
        std::fs::copy(data().join("pods").join(&name), folder.join(&name)).unwrap();
    }
    let mut session = explore(&folder);
    assert!(!session.frame().to_string().contains("d diff"), "{}", session.frame());
    press(&mut session, "5");
    shows(&session, "A trend needs several snapshots of an instance, and each of 4 has one: pod-a, pod-b");
    shows(&session, "6 compares the instances.");
}

#[test]
fn a_trend_without_rows_names_the_filters() {
    let mut session = open(&["shop-series"]);
    press(&mut session, "& text=zzz Enter 5");
    shows(&session, "no functions pass the filters, Esc removes the last");
    press(&mut session, "E");
    shows(&session, "no growing functions, E shows all");
}

#[test]
fn samples_without_stacks_are_named_as_such() {
    let message = build::message_of(&[build::Stack { names: Vec::new(), values: vec![1024] }], 1);
    let session = Session::over(&build::series(&message), "nameless".to_owned(), Options::default()).unwrap();
    shows(&session, " in all, in samples without a stack");
}

#[test]
fn the_first_screen_of_a_comparison_has_its_legend_beside_the_notes() {
    let session = Session::compare(&["demo:after"], &["demo:before"], Options::default()).unwrap();
    shows(&session, "─ -1M -200K - = + +200K +1M");
    shows(&session, ": more ");
}

#[test]
fn the_footer_names_no_key_that_does_nothing_now() {
    let mut session = open(&["pprof/go-shop-2.pb.gz"]);
    let footer = |session: &Session| session.frame().to_string().lines().last().unwrap().to_owned();
    let first = footer(&session);
    assert!(!first.contains("zoom") && !first.contains("callers"), "{first}");
    press(&mut session, "Down");
    let then = footer(&session);
    assert!(then.contains("Enter zoom") && then.contains("f callers"), "{then}");
}
