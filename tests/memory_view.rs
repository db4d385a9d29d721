//! The memory view: account, meanings, line over a series, what-if.

use heapglass::play::{Options, Session};

use crate::support::data;

fn open(sources: &[String], width: u16, height: u16) -> Session {
    Session::open(sources, Options { width, height, ..Options::default() }).unwrap()
}

fn state(name: &str) -> String {
    data().join("memory/account").join(name).join("heap.pb.gz").display().to_string()
}

fn screen(session: &Session) -> String {
    session.frame().to_string()
}

#[test]
fn seven_shows_the_account_and_closes_it() {
    let mut session = open(&[state("after-peak")], 120, 50);
    session.key("7").unwrap();
    let shown = screen(&session);
    for words in
        ["Memory of the process", "RSS 431 MiB = live objects 29.8 MiB", "idle, kept", "the scavenger returns it"]
    {
        assert!(shown.contains(words), "no `{words}` in\n{shown}");
    }
    session.key("G").unwrap();
    assert!(screen(&session).contains("what if GOGC were") || shown.contains("what if GOGC were"), "{shown}");
    session.key("7").unwrap();
    assert!(!screen(&session).contains("Memory of the process"));
}

#[test]
fn a_series_has_a_line_for_each_term() {
    let sources: Vec<String> = ["fresh", "steady", "fragmented"].map(state).to_vec();
    let mut session = open(&sources, 120, 50);
    session.key("7").unwrap();
    let shown = screen(&session);
    assert!(shown.contains("snapshot 3 of 3"), "{shown}");
    assert!(shown.lines().any(|line| line.contains("unused in spans") && line.contains('▁')), "{shown}");
}

#[test]
fn every_size_shows_it_and_a_profile_without_figures_says_how() {
    for (width, height) in [(80, 24), (60, 20), (200, 60)] {
        let mut session = open(&[state("steady")], width, height);
        session.key("7").unwrap();
        assert!(screen(&session).contains("live objects"), "{}", screen(&session));
        let profile = data().join("pprof/go-shop-1.pb.gz").display().to_string();
        let mut session = open(&[profile], width, height);
        session.key("7").unwrap();
        assert!(screen(&session).contains("No source beside the profile"), "{}", screen(&session));
    }
}

#[test]
fn the_palette_knows_the_words_that_people_type() {
    for word in ["rss", "oom", "account", "limit", "memory"] {
        let mut session = open(&[state("steady")], 120, 40);
        session.key(":").unwrap();
        session.type_text(word);
        let shown = screen(&session);
        assert!(shown.contains("memory"), "{word}: {shown}");
        session.key("Enter").unwrap();
        assert!(screen(&session).contains("Memory of the process"), "{word}: {}", screen(&session));
    }
}
