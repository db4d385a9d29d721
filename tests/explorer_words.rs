//! Words of the explorer: figures that stand together agree, names stay different, keys are called what they do.

use std::sync::Arc;

use heapglass::analysis::{Finding, Query, Trends, Window, derive, headline, health};
use heapglass::format::pprof::message;
use heapglass::play::{Glyphs, Options, Session};
use heapglass::profile::Input;

use crate::support::build::{Stack, message_of, series};
use crate::support::snapshots::{Made, folder, heap, series_of, write};
use crate::support::{data, press, run, run_line};

fn size(width: u16, height: u16) -> Options {
    Options { width, height, ..Options::default() }
}

/// The demo as `--demo` opens it: one window, the other a key away.
fn demo(options: Options) -> Session {
    let mut session = Session::compare(&["demo:after"], &["demo:before"], options).unwrap();
    session.key("d").unwrap();
    session
}

fn footer(screen: &str) -> &str {
    screen.lines().last().unwrap_or_default()
}

#[test]
fn a_single_line_of_details_has_the_figures_of_the_row() {
    let mut session = demo(Options::default());
    let screen = press(&mut session, "Tab Down Down Down Down");
    let row = screen.lines().find(|line| line.starts_with('>')).unwrap_or_default();
    assert!(row.contains("main.(*server).session") && row.contains("1.41M"), "{screen}");
    assert!(screen.contains(" all places  total 1.41 MiB  6.9%"), "{screen}");
    let screen = press(&mut session, "Tab");
    assert!(screen.contains(" total  803 KiB") && !screen.contains("all places"), "{screen}");
    let compared = press(&mut session, "Tab d");
    assert!(compared.contains(" all places  A "), "{compared}");
}

#[test]
fn both_sides_of_a_comparison_have_names_that_differ() {
    let folder = folder("explorer-words", "sides");
    let name = |part: &str| format!("production-checkout-service-heap-{part}-the-deploy-eu-west-1.pb.gz");
    let base = write(&folder, &name("before"), &heap(1, &[("get", 3, 9)]));
    let path = write(&folder, &name("after"), &heap(2, &[("get", 5, 9)]));
    for width in [100, 120, 140] {
        let session = Session::compare(&[&path], &[&base], size(width, 30)).unwrap();
        let header = session.frame().row(0);
        assert!(header.contains("before") && header.contains("after"), "{header}");
    }
}

#[test]
fn a_function_that_came_and_went_has_a_place() {
    let held = |second: i64, blip: i64| {
        let sites = [("keep", 5, 9), ("blip", blip, 9)];
        heap(second, &sites[..if blip == 0 { 1 } else { 2 }])
    };
    let series = series_of(&[held(0, 0), held(10, 3), held(20, 0)], &[]);
    let query = Query { window: Window { first: 0, last: 2 }, sample_type: 1, ..Query::default_for(&series) };
    let answer = derive(&series, &query, None).unwrap();
    let trends = Trends::new(&answer).unwrap();
    let frames = answer.tree.frames();
    let row = trends.rows.iter().find(|row| frames.name(row.frame) == "blip").unwrap();
    assert_eq!(answer.tree.frame(row.node), row.frame);
}

#[test]
fn a_plain_screen_has_callers_and_callees_in_words() {
    let options = Options { glyphs: Glyphs::Plain, ..size(120, 40) };
    let mut session = Session::compare(&["demo:after"], &["demo:before"], options).unwrap();
    let screen = press(&mut session, "Tab Down f");
    assert!(screen.contains("Callers of bytes.Clone, largest first:"), "{screen}");
    let screen = press(&mut session, "Up");
    assert!(screen.contains("Callers of json.Marshal"), "{screen}");
    let mut session = Session::compare(&["demo:after"], &["demo:before"], options).unwrap();
    let screen = press(&mut session, "Down f");
    assert!(screen.contains("Callees of http.(*conn).serve, largest first:"), "{screen}");
    assert!(screen.contains("ServeHTTP: -8.39M, -37.4%"), "{screen}");
}

fn stack(names: &[&str], value: i64) -> Stack {
    Stack { names: names.iter().map(|name| (*name).to_owned()).collect(), values: vec![value] }
}

#[test]
fn sums_above_64_bits_are_a_warning() {
    let wide = series(&message_of(&[stack(&["a", "main"], i64::MAX), stack(&["b", "main"], i64::MAX)], 1));
    let answer = derive(&wide, &Query::default_for(&wide), None).unwrap();
    assert!(health(&answer).contains(&Finding::SumsWrap("type_0".to_owned())));
    let screen = Session::over(&wide, "wide".to_owned(), size(120, 40)).unwrap().frame().to_string();
    assert!(screen.contains("warning"), "{screen}");
    let narrow = series(&message_of(&[stack(&["a", "main"], i64::MAX)], 1));
    let answer = derive(&narrow, &Query::default_for(&narrow), None).unwrap();
    assert!(!health(&answer).contains(&Finding::SumsWrap("type_0".to_owned())));
}

#[test]
fn the_median_of_instances_has_the_time_of_its_instances() {
    let origin = |base: &str| {
        let report = run(&["report", "diff", "--instance", "pod-a", "--base-instance", base, "pods"]);
        report.stdout.lines().next().unwrap_or_default().trim_start_matches("A  ").to_owned()
    };
    let median = origin("median");
    let name = median.strip_prefix("median: ").and_then(|rest| rest.split(',').next()).unwrap_or_default();
    assert_eq!(median.strip_prefix("median: "), Some(&*origin(name)), "{median}");
}

#[test]
fn several_snapshots_say_that_their_stacks_are_inverted() {
    let of = |value: i64| message_of(&[stack(&["_bootstrap", "run", "fill"], value)], 1);
    let read = |message: &message::Profile| {
        crate::support::build::read(prost::Message::encode_to_vec(message), 1 << 30).unwrap()
    };
    let (first, budget) = read(&of(30));
    let mut series = heapglass::profile::Series::new(first, budget);
    series.add(read(&of(20)).0, Input::Base).unwrap();
    let series = Arc::new(series);
    let query = Query { base: Window::all(&series, Input::Base), ..Query::default_for(&series) };
    let text = headline(&derive(&series, &query, None).unwrap(), None);
    assert!(text.contains("10 more than A") && text.ends_with(" · stacks look inverted"), "{text}");
}

#[test]
fn frames_of_one_file_are_told_apart() {
    let mut message = message_of(&[stack(&["leaf", "main"], 7), stack(&["main"], 2)], 1);
    message.string_table.push(b"shop/main.go".to_vec());
    let file = message.string_table.len() as i64 - 1;
    for (function, line) in message.function.iter_mut().zip([10, 20]) {
        (function.filename, function.start_line) = (file, line);
    }
    let mut session = Session::over(&series(&message), "files".to_owned(), size(120, 40)).unwrap();
    let screen = run_line(&mut session, "granularity files");
    assert!(screen.contains("main.go:10") && screen.contains("main.go:20"), "{screen}");
    assert!(screen.contains("2 functions in files"), "{screen}");
    for function in &mut message.function {
        function.start_line = 0;
    }
    let mut session = Session::over(&series(&message), "files".to_owned(), size(120, 40)).unwrap();
    let screen = run_line(&mut session, "granularity files");
    assert!(screen.contains("1 file,") && !screen.contains("main.go:"), "{screen}");
}

#[test]
fn a_total_does_not_stay_while_a_function_keeps_growing() {
    let made: Vec<Made> = (0..14).map(|at| heap(10 * at, &[("cache", 400, 400), ("leak", 5 + at, 5 + at)])).collect();
    let series = series_of(&made, &[]);
    let query = Query { window: Window { first: 0, last: 13 }, sample_type: 1, ..Query::default_for(&series) };
    let answer = derive(&series, &query, None).unwrap();
    let trends = Trends::new(&answer).unwrap();
    let text = headline(&answer, Some(&trends));
    assert!(text.contains("405 MiB → 418 MiB") && text.contains("leak keeps growing"), "{text}");
    assert!(headline(&answer, None).starts_with("stays near 418 MiB"));
}

#[test]
fn every_view_with_fills_by_owner_has_their_legend() {
    let legend = "own code  third party  standard library  runtime";
    let mut session = demo(size(140, 40));
    assert!(press(&mut session, "Down f").contains(legend));
    let mut session = Session::compare(&["demo:after"], &["demo:before"], size(140, 40)).unwrap();
    assert!(!press(&mut session, "Left").contains(legend));
    let both = press(&mut session, "4");
    assert!(both.contains(legend) && both.contains("same scale"), "{both}");
    let mut session = Session::open(&[data().join("pods")], Options::default()).unwrap();
    let screen = press(&mut session, "d");
    assert!(screen.contains(" - = + ") && screen.contains(": A "), "{screen}");
}

#[test]
fn an_invalid_pattern_stays_in_the_prompt() {
    let mut session = demo(Options::default());
    session.key("/").unwrap();
    session.type_text("gener{1000}{1000}{1000}");
    let screen = press(&mut session, "Enter");
    assert!(screen.contains("{1000}  invalid pattern"), "{screen}");
    let screen = press(&mut session, "Esc n");
    assert!(screen.contains("no search yet") && !footer(&screen).contains("back"), "{screen}");
}

#[test]
fn keys_are_called_what_they_do_now() {
    let mut session = demo(size(140, 40));
    assert!(footer(&session.frame().to_string()).contains("q quit"));
    let bottom_up = press(&mut session, "8");
    assert!(footer(&bottom_up).contains("8 call tree") && footer(&bottom_up).contains("q close"), "{bottom_up}");
    let callers = press(&mut session, "q Down f");
    assert!(footer(&callers).contains("q close"), "{callers}");
    let help = press(&mut session, "q ?");
    assert!(help.lines().any(|line| line.contains("Space") && line.contains("down")), "{help}");
    let mut session = demo(Options::default());
    let page = press(&mut session, "C");
    assert!(footer(&page).contains("Esc close") && footer(&page).contains("? help"), "{page}");
}
