//! Messages at 80x24: each is readable in full, or in a short form with the key that shows all of it.

use heapglass::play::{Options, Session};

use crate::support::data;

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
    shows(&session, "2 snapshots not saved: q again quits, :save DIR saves ");
}
