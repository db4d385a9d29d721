//! Callers and callees, compared with a plain model, and in use.

use std::collections::{BTreeMap, BTreeSet};

use heapglass::analysis::calls::{CallDirection, RowCalls, row_calls};
use heapglass::analysis::{Answer, Query, derive};
use heapglass::base::step_count;
use heapglass::play::{Options, Session};
use proptest::prelude::*;

use crate::support::build::{Stack, message_of, series};
use crate::support::data;

fn stacks() -> impl Strategy<Value = Vec<Stack>> {
    // Few names, so that much recurs.
    let name = prop::sample::select(vec!["main", "a", "b", "c"]).prop_map(str::to_owned);
    let names = prop::collection::vec(name, 0..7);
    let stack = (names, -20..1000_i64).prop_map(|(names, value)| Stack { names, values: vec![value] });
    prop::collection::vec(stack, 0..30)
}

fn answer(stacks: &[Stack]) -> Answer {
    let series = series(&message_of(stacks, 1));
    derive(&series, &Query::default_for(&series), None).unwrap()
}

/// Calls of a function; `None` where it stands nowhere.
fn calls(answer: &Answer, name: &str) -> Option<RowCalls> {
    let frames = answer.tree.frames();
    row_calls(answer, &[frames.row(frames.find(name)?)]).pop()
}

fn edges(answer: &Answer, calls: &RowCalls, way: CallDirection) -> BTreeMap<String, i64> {
    let edges = if way == CallDirection::Callers { &calls.callers } else { &calls.callees };
    let rows = answer.tree.frames().rows();
    edges.iter().map(|edge| (rows[edge.row].name.raw().to_owned(), edge.value)).collect()
}

/// Values one step beyond a function: a stack counts once for each function that it calls or that calls it.
fn model(stacks: &[Stack], name: &str, way: CallDirection) -> BTreeMap<String, i64> {
    let mut figures: BTreeMap<String, i64> = BTreeMap::new();
    for stack in stacks {
        // From the root on, or for callers from the end.
        let mut names: Vec<&str> = stack.names.iter().rev().map(String::as_str).collect();
        if way == CallDirection::Callers {
            names.reverse();
        }
        let found = names.windows(2).filter(|pair| pair[0] == name && pair[1] != name).map(|pair| pair[1]);
        for next in found.collect::<BTreeSet<_>>() {
            *figures.entry(next.to_owned()).or_default() += stack.values[0];
        }
    }
    figures.retain(|_, figure| *figure != 0);
    figures
}

/// Number of occurrences of a function on a stack.
fn count(stack: &Stack, name: &str) -> usize {
    stack.names.iter().filter(|other| *other == name).count()
}

proptest! {
    #[test]
    fn edges_are_those_of_the_model(stacks in stacks()) {
        let answer = answer(&stacks);
        for name in ["main", "a", "b", "c"] {
            let Some(calls) = calls(&answer, name) else { continue };
            for way in [CallDirection::Callers, CallDirection::Callees] {
                prop_assert_eq!(edges(&answer, &calls, way), model(&stacks, name, way));
            }
        }
    }

    #[test]
    fn without_recursion_both_sides_sum_to_the_total(stacks in stacks()) {
        let plain: Vec<Stack> = stacks.into_iter().filter(|stack| count(stack, "a") <= 1).collect();
        let answer = answer(&plain);
        if let Some(calls) = calls(&answer, "a") {
            let sum = |way| edges(&answer, &calls, way).values().sum::<i64>();
            let at_root = plain.iter().filter(|stack| stack.names.last().is_some_and(|name| name == "a"));
            let at_root: i64 = at_root.map(|stack| stack.values[0]).sum();
            prop_assert_eq!(sum(CallDirection::Callers), calls.held.current.total - at_root);
            prop_assert_eq!(sum(CallDirection::Callees), calls.held.current.total - calls.held.current.own);
        }
    }

    #[test]
    fn the_middle_is_the_function_of_the_table(stacks in stacks()) {
        let answer = answer(&stacks);
        let flat = answer.flat(0).unwrap();
        let frames = answer.tree.frames();
        for frame in frames.ids().skip(1) {
            let calls = row_calls(&answer, &[frames.row(frame)]).pop().unwrap();
            prop_assert_eq!((calls.held.current.own, calls.held.current.total), (flat.own(frame), flat.total(frame)));
        }
    }
}

#[test]
fn calls_take_one_pass_over_the_tree() {
    let cost = |count: usize| {
        let stack = |n: usize| Stack { names: vec!["leaf".into(), "f".into(), format!("caller{n}")], values: vec![1] };
        let answer = answer(&(0..count).map(stack).collect::<Vec<_>>());
        step_count::measure_steps(|| calls(&answer, "f").unwrap().callers.len()).0
    };
    let (one, four) = (cost(1000), cost(4000));
    assert!(four <= one * 4 + 100, "{one} and {four}");
}

fn press(session: &mut Session, keys: &str) -> String {
    keys.split_whitespace().for_each(|key| session.key(key).unwrap());
    session.frame().to_string()
}

fn shop() -> Session {
    Session::open(&[data().join("pprof/go-shop-2.pb.gz")], Options::default()).unwrap()
}

#[test]
fn a_function_is_focused_and_backspace_comes_back() {
    let mut session = shop();
    let first = press(&mut session, "Down Down Down f");
    let further = press(&mut session, "Down f");
    assert_ne!(first.lines().nth(1), further.lines().nth(1), "{further}");
    assert_eq!(press(&mut session, "Backspace").lines().nth(1), first.lines().nth(1));
    assert_eq!(press(&mut session, "U").lines().nth(1), further.lines().nth(1));
    assert!(press(&mut session, "Esc").contains("[Icicle]"));
}

#[test]
fn the_middle_stands_between_both_icicles() {
    let mut session = shop();
    let middle = press(&mut session, "Down Down f");
    let row = |screen: &str| screen.lines().position(|line| line.starts_with('[')).unwrap();
    let (above, below) = (press(&mut session, "Up"), press(&mut session, "Down Down"));
    assert_eq!(row(&above) + 1, row(&middle), "{above}");
    assert_eq!(row(&below), row(&middle) + 1, "{below}");
    let back = press(&mut session, "Up");
    assert_eq!(back, middle);
}

#[test]
fn a_zoom_of_one_side_leaves_the_other() {
    let mut session = shop();
    press(&mut session, "Down Down f");
    let zoomed = press(&mut session, "Down Down Enter");
    let all = press(&mut session, "Backspace");
    let names = |screen: &str| screen.lines().nth(1).map(str::to_owned);
    assert_eq!(names(&zoomed), names(&all), "the function stays");
    assert!(zoomed.contains("of zoom") && !all.contains("of zoom"), "{zoomed}");
}

#[test]
fn enter_in_the_table_shows_all_places_of_a_function() {
    let mut session = shop();
    press(&mut session, "a Tab g");
    let mut seen = [false; 2];
    for _ in 0..30 {
        press(&mut session, "Down");
        let screen = press(&mut session, "Enter");
        let has_several = screen.contains("[Callers]");
        seen[usize::from(has_several)] = true;
        press(&mut session, if has_several { "Esc" } else { "0" });
    }
    assert_eq!(seen, [true, true]);
}

#[test]
fn another_granularity_has_the_frame_of_the_function_in_the_middle() {
    let run = |session: &mut Session, line: &str| {
        session.key(":").unwrap();
        session.type_text(line);
        press(session, "Enter")
    };
    let middle = |screen: &str| screen.lines().nth(1).unwrap().split("callers").next().unwrap().trim().to_owned();
    for steps in 1..10 {
        let mut session = shop();
        press(&mut session, &"Down ".repeat(steps));
        let functions = press(&mut session, "f");
        let packages = run(&mut session, "granularity packages");
        assert!(packages.contains("[Callers]") && !packages.contains("not in this window"), "{steps}: {packages}");
        let (function, package) = (middle(&functions), middle(&packages));
        let last = package.rsplit('/').next().unwrap();
        assert!(function.starts_with(last), "{steps}: {package} is the package of {function}");
        let files = run(&mut session, "granularity files");
        assert!(middle(&files).contains(".go"), "{steps}: {files}");
        let icicle = press(&mut session, "Esc");
        assert!(icicle.contains("[Icicle]"), "{steps}: {icicle}");
    }
}

#[test]
fn the_root_is_no_function() {
    let screen = press(&mut shop(), "2");
    assert!(screen.contains("select a function first") && screen.contains("[Icicle]"), "{screen}");
}

#[test]
fn the_selection_stays_with_another_sample_type() {
    let mut session = shop();
    let title = |screen: &str| {
        let details = screen.lines().rev().nth(2).unwrap_or_default().to_owned();
        details.split_whitespace().next().unwrap_or_default().to_owned()
    };
    let before = press(&mut session, "Down Down Down f Down Down");
    let after = press(&mut session, "t");
    assert_ne!(before, after);
    assert_eq!(title(&before), title(&after), "{before}\n{after}");
}

#[test]
fn the_command_line_prints_the_view_in_front() {
    let path = data().join("pprof/go-shop-1.pb.gz");
    let mut session = Session::open(&[path], Options { width: 160, height: 45, ..Options::default() }).unwrap();
    let callers = press(&mut session, "Tab g f C");
    assert!(callers.contains("heapglass report callers "), "{callers}");
    press(&mut session, "Esc 1 Tab");
    let source = press(&mut session, "O C");
    assert!(source.contains("heapglass report source "), "{source}");
    // Options of frames have no effect on labels.
    press(&mut session, "Esc 1 v I r");
    let labels = press(&mut session, "L C");
    let line = labels.lines().find(|line| line.contains("heapglass report labels ")).unwrap_or_default();
    assert!(!line.is_empty() && !line.contains("--granularity") && !line.contains("--no-inlines"), "{labels}");
}
