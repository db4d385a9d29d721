//! First contact: the first screen, its keys and its words answer what a newcomer asks.

use std::sync::Arc;

use heapglass::analysis::{Query, derive, headline};
use heapglass::play::{Depth, Options, Session};

use crate::support::build::{Stack, message_of, series};
use crate::support::snapshots::{Made, heap, series_of};
use crate::support::{data, press, run, run_line};

const SHOP: &str = "pprof/go-shop-2.pb.gz";

fn open(source: &str, (width, height): (u16, u16)) -> Session {
    Session::open(&[data().join(source)], Options { width, height, ..Options::default() }).unwrap()
}

/// Headline of the screen.
fn second_line(screen: &str) -> String {
    screen.lines().nth(1).unwrap_or_default().trim().to_owned()
}

#[test]
fn a_word_for_a_search_does_not_reset_the_view() {
    let screen = run_line(&mut open(SHOP, (80, 24)), "search");
    assert!(!screen.contains("are reset") && screen.contains("type a pattern"), "{screen}");
    let mut session = open(SHOP, (120, 40));
    session.key(":").unwrap();
    session.type_text("runtime");
    let screen = session.frame().to_string();
    assert!(screen.contains("preset no runtime internals"), "{screen}");
}

#[test]
fn the_headline_of_a_window_is_that_of_its_summary() {
    let summary = |window: &str| {
        let printed = run(&["report", "summary", "--window", window, "shop-series"]).stdout;
        printed.lines().next().unwrap_or_default().to_owned()
    };
    let mut session = open("shop-series", (160, 40));
    for (key, window) in [("{", "1..13"), ("{", "1..12")] {
        let screen = press(&mut session, key);
        let expected = summary(window);
        assert!(expected.contains("product.func1 keeps growing"), "{expected}");
        assert!(second_line(&screen).starts_with(&expected), "{expected}\n{screen}");
    }
    for (window, beginning) in [("14", "bytes.Clone holds 80.2%"), ("7", "bytes.Clone holds ")] {
        let screen = run_line(&mut session, &format!("window {window}"));
        let expected = summary(window);
        assert!(expected.starts_with(beginning), "{expected}");
        assert!(second_line(&screen).starts_with(&expected), "{expected}\n{screen}");
    }
    let narrow = run_line(&mut open("shop-series", (80, 24)), "peak");
    assert!(second_line(&narrow).starts_with("bytes.Clone holds 80.2% (59.8 MiB) · series grew"), "{narrow}");
}

#[test]
fn the_trend_is_of_the_window_in_the_title() {
    let mut session = open("shop-series", (120, 40));
    let screen = press(&mut session, "{ { { { { { { 5");
    assert!(screen.contains("mean of 7 snapshots: 1..7 of 14"), "{screen}");
    assert!(screen.contains("in 6 of 6 intervals") || screen.contains("6 intervals"), "{screen}");
}

#[test]
fn causes_stay_in_sight_when_the_trend_opens_at_another_function() {
    let mut session = open("shop-series", (80, 24));
    press(&mut session, "5 G");
    let screen = press(&mut session, "1 5");
    let rows: Vec<&str> = screen.lines().collect();
    assert!(rows.iter().any(|row| row.contains("cause 88.4%")), "{screen}");
    assert!(screen.contains("1 suspect above") && rows.iter().any(|row| row.starts_with('>')), "{screen}");
    for _ in 0..40 {
        let screen = press(&mut session, "Up");
        let selected: Vec<&str> = screen.lines().filter(|row| row.starts_with("> ")).collect();
        assert_eq!(selected.len(), 1, "the selected row is visible\n{screen}");
    }
    assert!(press(&mut session, "Up").contains("the cause, "), "the list begins with the cause");
    assert!(press(&mut session, "Home g").contains("the cause, "));
}

#[test]
fn the_first_screen_has_a_legend_in_words() {
    let words = "own  third party  std  runtime";
    let screen = open(SHOP, (80, 24)).frame().to_string();
    assert!(screen.contains(words) && screen.contains("? help"), "{screen}");
    let screen = open("shop-series", (80, 24)).frame().to_string();
    assert!(screen.contains("own code  third party") && screen.contains("5 trend"), "{screen}");
    let options = Options { depth: Depth::Mono, ..Options::default() };
    let mono = Session::open(&[data().join(SHOP)], options).unwrap().frame().to_string();
    assert!(mono.contains("O own  T third party  S std  R runtime"), "{mono}");
    let packages = press(&mut open(SHOP, (120, 40)), "c");
    let legend = packages.lines().find(|line| line.starts_with('─')).unwrap_or_default();
    assert!(legend.contains(" main ") && legend.contains(" net/http "), "{packages}");
}

#[test]
fn the_help_explains_letters_and_signs() {
    for (word, text) in [("own", "own code"), ("legend", "Legend"), ("noise", "sampling noise"), ("gone", "G gone")] {
        let mut session = open(SHOP, (80, 24));
        session.key("?").unwrap();
        session.type_text(word);
        let screen = session.frame().to_string();
        assert!(screen.contains(text), "{word}\n{screen}");
    }
}

#[test]
fn a_series_of_several_days_has_dates() {
    let days = |apart: i64| -> Vec<Made> { (0..6).map(|at| heap(at * apart, &[("leak", 5 + at, 5 + at)])).collect() };
    let screens = |apart: i64| {
        let options = Options { width: 120, height: 30, ..Options::default() };
        let mut session = Session::over(&series_of(&days(apart), &[]), "nightly".to_owned(), options).unwrap();
        let first = session.frame().to_string();
        [first, press(&mut session, "5"), press(&mut session, "5")]
    };
    for screen in screens(86_400) {
        assert!(screen.contains("11-18 11:06") && screen.contains("11-23 11:06"), "{screen}");
        assert!(!screen.contains("11:06:40"), "{screen}");
    }
    for screen in screens(60) {
        assert!(screen.contains("11:06:40") && !screen.contains("11-18"), "{screen}");
    }
}

#[test]
fn escape_goes_back_to_the_instances_that_were_compared() {
    let mut session = open("pods", (80, 24));
    let screen = press(&mut session, "6 Enter");
    assert!(screen.lines().next().is_some_and(|line| line.contains("pod-")), "{screen}");
    let back = press(&mut session, "Esc");
    assert!(back.contains("Instance") && !back.contains("[Icicle]"), "{back}");
    press(&mut session, "Enter 1");
    assert!(session.frame().to_string().contains("[Icicle]"));
}

#[test]
fn rows_with_one_short_name_are_told_apart() {
    let stack = |name: &str| Stack { names: vec![name.to_owned(), "main.main".to_owned()], values: vec![7] };
    let names = [
        "std::__new_allocator<Apple_of_a_type_with_a_long_name>::allocate(unsigned long)",
        "std::__new_allocator<Plum_of_a_type_with_a_long_name>::allocate(unsigned long)",
    ];
    let series = series(&message_of(&names.map(stack), 1));
    for (width, height) in [(80, 24), (120, 40)] {
        let options = Options { width, height, ..Options::default() };
        let screen = Session::over(&series, "names".to_owned(), options).unwrap().frame().to_string();
        assert!(screen.contains("…Apple") && screen.contains("…Plum"), "{screen}");
    }
}

#[test]
fn a_spread_profile_and_parked_goroutines_say_so() {
    let stack = |name: String, value: i64| Stack { names: vec![name, "main.main".to_owned()], values: vec![value] };
    let text = |message| {
        let series: Arc<_> = series(&message);
        headline(&derive(&series, &Query::default_for(&series), None).unwrap(), None)
    };
    let even = message_of(&(0..200).map(|at| stack(format!("main.f{at}"), 10)).collect::<Vec<_>>(), 1);
    assert_eq!(text(even), "spread over 200 functions, none above 0.5% (10)");
    let mut parked = message_of(&[stack("runtime.gopark".to_owned(), 50), stack("main.work".to_owned(), 2)], 1);
    assert!(text(parked.clone()).starts_with("runtime.gopark holds") || text(parked.clone()).contains("gopark"));
    parked.sample_type[0].r#type = 0;
    assert!(text(parked).starts_with("a profile of goroutines"));
}
