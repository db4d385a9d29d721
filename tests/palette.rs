//! Command palette: offers, runs, errors.

use heapglass::play::{Options, Session};

use crate::support::data;

fn over(profiles: &[&str]) -> Session {
    let places: Vec<_> = profiles.iter().map(|name| data().join("pprof").join(name)).collect();
    Session::open(&places, Options { width: 120, height: 40, ..Options::default() }).unwrap()
}

fn shop() -> Session {
    over(&["go-shop-1.pb.gz", "go-shop-2.pb.gz"])
}

/// Types a command and runs it.
fn command(session: &mut Session, line: &str) {
    session.key(":").unwrap();
    session.type_text(line);
    session.key("Enter").unwrap();
}

fn screen(session: &Session) -> String {
    session.frame().to_string()
}

/// Line of the palette; empty if it is closed.
fn status(session: &Session) -> String {
    let frame = session.frame();
    (0..frame.height()).map(|y| frame.row(y)).find(|row| row.starts_with(':')).unwrap_or_default()
}

#[test]
fn a_command_does_what_its_key_does() {
    for (name, key) in
        [("next-sample-type", "t"), ("zoom-in", "Enter"), ("view-trend", "5"), ("details", "D"), ("down", "Down")]
    {
        let (mut by_name, mut by_key) = (shop(), shop());
        command(&mut by_name, name);
        by_key.key(key).unwrap();
        assert_eq!(screen(&by_name), screen(&by_key), "{name}");
    }
}

#[test]
fn typing_narrows_the_list_and_enter_runs_the_best_row() {
    let mut session = shop();
    session.key(":").unwrap();
    let all = screen(&session);
    assert!(all.contains(" Commands ") && all.contains("more below"), "{all}");
    session.type_text("nst");
    assert!(screen(&session).contains("next-sample-type"), "{}", screen(&session));
    session.key("Enter").unwrap();
    let mut other = shop();
    other.key("t").unwrap();
    assert_eq!(screen(&session), screen(&other));
}

#[test]
fn windows_types_and_filters_are_asked_for_by_name() {
    let mut session = shop();
    command(&mut session, "window 2..2");
    assert!(screen(&session).contains("2 of 2"), "{}", screen(&session));
    command(&mut session, "base 1..1");
    assert!(session.frame().row(0).contains('A'), "{}", screen(&session));
    command(&mut session, "type alloc_space");
    assert!(screen(&session).contains("alloc space"), "{}", screen(&session));
    command(&mut session, "hide fn:^runtime");
    assert!(screen(&session).contains("hide:fn:^runtime") || screen(&session).contains("hide fn:^runtime"));
    command(&mut session, "granularity packages");
    command(&mut session, "find main");
    assert!(screen(&session).contains("find /main/"), "{}", screen(&session));
    command(&mut session, "reset");
    let after = screen(&session);
    assert!(!after.contains("hide") && !after.contains("packages"), "{after}");
}

#[test]
fn an_error_is_shown_and_the_line_stays() {
    for (line, complaint) in [
        ("window 9..12", "no snapshot in `9..12`"),
        ("window 7..3", "did you mean `3..7`?"),
        ("type alloc_spcae", "did you mean `alloc_space`?"),
        ("find a{1000}{1000}{1000}", "invalid pattern"),
        ("focus (", "invalid pattern"),
        ("color blue", "there are auto, never, 16, 256, rgb"),
        ("theme dsk", "there are auto, default, light, "),
        ("quit now", "`quit` takes no argument"),
        ("qiut", "`qiut` is not a command, did you mean `quit`?"),
        ("only-growing", "is for the trend"),
    ] {
        let mut session = shop();
        command(&mut session, line);
        assert!(status(&session).contains(&format!(":{line}")), "{}", status(&session));
        // A long complaint stands above the line.
        let screen = session.frame().to_string();
        assert!(screen.contains(complaint), "{line}: {screen}");
        assert!(session.end().is_none());
        session.key("Esc").unwrap();
        assert!(!session.frame().to_string().contains(complaint));
    }
}

#[test]
fn an_argument_is_asked_for_and_completed() {
    let mut session = shop();
    command(&mut session, "theme");
    assert!(status(&session).starts_with(":theme"), "{}", status(&session));
    session.type_text("hi");
    session.key("Tab").unwrap();
    assert!(status(&session).starts_with(":theme high-contrast"), "{}", status(&session));
    let before = session.frame();
    session.key("Enter").unwrap();
    assert_ne!(before, session.frame());
    session.key("?").unwrap();
    session.key("PageDown").unwrap();
    assert!(screen(&session).contains("theme high-contrast"), "{}", screen(&session));
}

#[test]
fn colours_and_characters_change_at_once() {
    let mut session = shop();
    command(&mut session, "ascii on");
    assert!(screen(&session).is_ascii(), "{}", screen(&session));
    command(&mut session, "ascii off");
    assert!(!screen(&session).is_ascii());
    command(&mut session, "color never");
    let frame = session.frame();
    let plain = (0..frame.height()).flat_map(|y| (0..frame.width()).map(move |x| (x, y)));
    assert!(plain.filter_map(|(x, y)| frame.cell(x, y)).all(|cell| cell.fill == heapglass::play::CellColour::Default));
}

#[test]
fn recent_lines_are_offered_first() {
    let mut session = shop();
    command(&mut session, "granularity files");
    session.key(":").unwrap();
    session.key("Enter").unwrap();
    assert!(!status(&session).starts_with(':'), "it was done again");
    session.key(":").unwrap();
    let rows = screen(&session);
    let at = |text: &str| rows.find(text).unwrap_or(usize::MAX);
    assert!(at("granularity files") < at("zoom-in"), "{rows}");
}

#[test]
fn letters_are_text_and_escape_leaves_everything_as_it_was() {
    let mut session = shop();
    // The first key removes the first notice.
    session.key("Up").unwrap();
    let before = screen(&session);
    session.key(":").unwrap();
    session.type_text("q");
    assert!(session.end().is_none());
    session.key("Esc").unwrap();
    assert_eq!(screen(&session), before);
    session.key(":").unwrap();
    session.key("Ctrl-C").unwrap();
    assert!(session.end().is_some(), "the interrupt works everywhere");
}

#[test]
fn the_name_is_shown_in_full_and_keys_of_all_views_are_listed() {
    let mut session = shop();
    session.key("Down").unwrap();
    command(&mut session, "show");
    assert!(screen(&session).contains("Name, and call path"), "{}", screen(&session));
    session.key("Esc").unwrap();
    command(&mut session, "keys");
    let keys = screen(&session);
    assert!(keys.contains("Keys, type to filter") && keys.contains("Icicle"), "{keys}");
    session.type_text("farthest caller");
    assert!(screen(&session).contains("farthest caller"), "the keys of other views are there");
    session.key("Esc").unwrap();
    command(&mut session, "config");
    assert!(screen(&session).contains("Settings and their origin"));
}

#[test]
fn words_for_a_fleet_lead_to_the_instances() {
    let options = Options { width: 100, height: 30, ..Options::default() };
    let mut session = Session::open(&[data().join("pods")], options).unwrap();
    for word in ["fleet", "replicas", "hosts"] {
        session.key(":").unwrap();
        session.type_text(word);
        assert!(screen(&session).contains("view-instances"), "{word}: {}", screen(&session));
        session.key("Esc").unwrap();
    }
}

#[test]
fn only_what_can_run_is_offered() {
    let offered = |session: &mut Session, word: &str| {
        session.key(":").unwrap();
        session.type_text(word);
        let screen = screen(session);
        session.key("Esc").unwrap();
        session.key("Esc").unwrap();
        screen
    };
    let mut single = over(&["go-shop-1.pb.gz"]);
    for (word, lack) in [
        ("peak", "for several snapshots"),
        ("view-trend", "for several snapshots"),
        ("window-back", "for several snapshots"),
        ("view-instances", "for several instances"),
        ("next-match", "for a search with matches"),
    ] {
        let screen = offered(&mut single, word);
        assert!(screen.contains(lack), "{word}\n{screen}");
    }
    let mut several = shop();
    for word in ["peak", "view-trend", "window-back"] {
        let screen = offered(&mut several, word);
        assert!(!screen.contains("for several snapshots"), "{word}\n{screen}");
    }
}
