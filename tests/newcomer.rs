//! First contact: the hint, the tour of the demo, the guide.

use heapglass::play::{Options, Session};

use crate::support::data;

fn demo() -> Session {
    let mut session = Session::compare(&["demo:after"], &["demo:before"], Options::default()).unwrap();
    // As `--demo` opens it: with one window, the other one a key away.
    session.key("d").unwrap();
    session.begin_tour();
    session
}

fn press(session: &mut Session, keys: &str) {
    keys.split(' ').for_each(|key| session.key(key).unwrap());
}

fn shows(session: &Session, text: &str) -> bool {
    session.frame().to_string().contains(text)
}

#[test]
fn the_tour_goes_on_by_the_keys_that_it_asks_for_and_by_no_others() {
    let mut session = demo();
    let steps = ["Tab g", "Enter", "a", "i", "d", "e", "Esc D", "?"];
    for (at, keys) in steps.into_iter().enumerate() {
        assert!(shows(&session, &format!("Tour {} of {}", at + 1, steps.len())), "before {keys}");
        let other = if at < 6 { "p" } else { "Down" };
        press(&mut session, other);
        assert!(shows(&session, &format!("Tour {} of", at + 1)), "{other} is no step");
        press(&mut session, keys);
    }
    assert!(!shows(&session, "Tour "));
    press(&mut session, "Esc Esc Esc");
    assert!(!shows(&session, "Tour "));
}

#[test]
fn the_tour_names_every_key_that_its_step_takes() {
    let mut session = demo();
    assert!(shows(&session, "Tab and then g selects"), "{}", session.frame());
    press(&mut session, "?");
    assert!(shows(&session, "Esc, Tab and then g selects"), "{}", session.frame());
    press(&mut session, "Esc Tab");
    assert!(shows(&session, ": g selects"), "{}", session.frame());
}

#[test]
fn a_key_of_another_view_says_so() {
    let mut session = Session::open(&[data().join("pprof/go-shop-2.pb.gz")], Options::default()).unwrap();
    press(&mut session, "L &");
    assert!(shows(&session, "& does nothing here; in the icicle: "), "{}", session.frame());
    press(&mut session, "Down");
    assert!(!shows(&session, "does nothing here"), "{}", session.frame());
    // In a prompt, every character is text.
    press(&mut session, "? &");
    assert!(!shows(&session, "does nothing here"), "{}", session.frame());
}

#[test]
fn the_help_finds_what_is_no_key() {
    let mut session = Session::open(&[data().join("pprof/go-shop-2.pb.gz")], Options::default()).unwrap();
    press(&mut session, "?");
    session.type_text("mouse");
    assert!(shows(&session, "mouse off"), "{}", session.frame());
}

#[test]
fn the_tour_is_skipped_ended_and_begun_again() {
    let mut session = demo();
    press(&mut session, "Space Space");
    assert!(shows(&session, "Tour 3 of 8"));
    press(&mut session, "Esc");
    assert!(!shows(&session, "Tour ") && shows(&session, "the tour has ended"));
    press(&mut session, "Space :");
    session.type_text("tour");
    press(&mut session, "Enter");
    assert!(shows(&session, "Tour 1 of 8"));
    press(&mut session, "Space Space Space Space Space Space Space Space");
    assert!(!shows(&session, "Tour ") && shows(&session, "end of the tour"));
}

#[test]
fn a_file_of_ones_own_has_a_hint_until_the_first_key_and_no_tour() {
    let mut session = Session::open(&[data().join("pprof/go-shop-2.pb.gz")], Options::default()).unwrap();
    assert!(shows(&session, "bytes.Clone holds 38.0%") && !shows(&session, "Tour "));
    press(&mut session, "Down");
    assert!(!shows(&session, "bytes.Clone holds 38.0%"));
    press(&mut session, "Space :");
    session.type_text("tour");
    press(&mut session, "Enter");
    assert!(!shows(&session, "Tour ") && shows(&session, "the tour needs the demo"));
}

#[test]
fn the_page_that_explains_is_one_key_from_the_help_and_has_a_name() {
    let mut session = Session::open(&[data().join("pprof/go-shop-2.pb.gz")], Options::default()).unwrap();
    press(&mut session, "Down ? Tab");
    assert!(shows(&session, "How to read a heap profile"));
    press(&mut session, "Tab");
    assert!(shows(&session, "Keys, type to filter") && !shows(&session, "How to read"));
    press(&mut session, "Tab Esc");
    assert!(!shows(&session, "Keys, type") && !shows(&session, "How to read"));
    press(&mut session, ":");
    session.type_text("guide");
    press(&mut session, "Enter");
    assert!(shows(&session, "How to read a heap profile"));
}

/// Writes a Go heap text with this in-use memory at one site.
fn written(name: &str, in_use: &str) -> std::path::PathBuf {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let site = format!("{in_use} [10: 10485760]");
    std::fs::write(&path, format!("heap profile: {site} @ heap/1048576\n{site} @ 0x1234 0x5678\n")).unwrap();
    path
}

#[test]
fn an_empty_view_names_the_types_with_data() {
    let freed = written("freed.heap", "0: 0");
    let mut session = Session::open(&[&freed], Options::default()).unwrap();
    assert!(shows(&session, "alloc space  11.6 MiB"), "it opens on what has values: {}", session.frame());
    press(&mut session, "i");
    for line in [
        "No samples for in-use space.",
        "This profile has 4 sample types; 2 have data (t goes through them):",
        "alloc space      11.6 MiB",
        "All that was sampled had been freed when the profile was taken.",
    ] {
        assert!(shows(&session, line), "{line} is not in\n{}", session.frame());
    }
    let held = written("held.heap", "5: 5242880");
    let mut session = Session::open(&[&freed, &held], Options::default()).unwrap();
    press(&mut session, "i { [");
    assert!(shows(&session, "No samples for in-use space in this window."), "{}", session.frame());
    assert!(shows(&session, "Other snapshots have some; [ and ] move the window."));
}

#[test]
fn the_help_cuts_neither_its_keys_nor_its_texts() {
    for width in [78, 80, 100, 120] {
        for view in ["Tab", "5", "f", "O", "L", "6"] {
            let options = Options { width, height: 24, ..Options::default() };
            let mut session = Session::open(&[data().join("pods")], options).unwrap();
            press(&mut session, &format!("Down {view} ?"));
            for _ in 0..6 {
                let screen = session.frame().to_string();
                let cut = screen.lines().skip(2).find(|line| line.contains('…'));
                assert_eq!(cut, None, "{view} at {width}:\n{screen}");
                press(&mut session, "PageDown");
            }
        }
    }
}
