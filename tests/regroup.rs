//! Regrouped trees (bottom-up, callers and callees of one function), compared with a plain model.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use heapglass::analysis::{Answer, CallTree, Query, StackDirection, StackOrder, Width, Window, derive};
use heapglass::base::ids::NodeId;
use heapglass::play::{Options, Session};
use heapglass::{Loader, Series};
use proptest::prelude::*;

use crate::support::build::{Stack, message_of, series};
use crate::support::{data, run};

/// Totals by path, without zeros.
type Totals = BTreeMap<Vec<String>, i64>;

fn stacks() -> impl Strategy<Value = Vec<Stack>> {
    // Few names, so that much recurs.
    let name = prop::sample::select(vec!["main", "a", "b", "c"]).prop_map(str::to_owned);
    let names = prop::collection::vec(name, 0..7);
    let stack = (names, -20..1000_i64).prop_map(|(names, value)| Stack { names, values: vec![value] });
    prop::collection::vec(stack, 0..30)
}

fn answer(stacks: &[Stack], order: StackOrder) -> Answer {
    let series = series(&message_of(stacks, 1));
    derive(&series, &Query { order, ..Query::default_for(&series) }, None).unwrap()
}

/// Totals of the nodes of a tree by the names from below the root.
fn totals(answer: &Answer, deepest: usize) -> Totals {
    let nodes = (0..answer.tree.len()).map(NodeId::new);
    let path = |node| answer.tree.names(node).iter().map(ToString::to_string).collect::<Vec<_>>();
    let rows = nodes.map(|node| (path(node), answer.column.total(node)));
    rows.filter(|(path, total)| *total != 0 && path.len() <= deepest).collect()
}

/// Sums of the stacks by each beginning of the stack, from the allocating function on.
fn from_the_end(stacks: &[Stack]) -> Totals {
    let mut sums = Totals::new();
    for stack in stacks {
        for length in 0..=stack.names.len() {
            *sums.entry(stack.names[..length].to_vec()).or_default() += stack.values[0];
        }
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

/// Direction from the function in the middle.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Callers,
    Callees,
}

/// Sums of the stacks by chain of calls from a function on: a stack counts once for each chain. A call of itself is no
/// edge.
fn chains(stacks: &[Stack], name: &str, side: Side, deepest: usize) -> Totals {
    let mut sums = Totals::new();
    for stack in stacks {
        let mut names = stack.names.clone();
        if side == Side::Callees {
            names.reverse();
        }
        let mut found = BTreeSet::new();
        for at in (0..names.len()).filter(|at| names[*at] == name) {
            let chain = &names[at + 1..];
            let length = if chain.first().is_some_and(|next| next == name) { 0 } else { chain.len() };
            found.extend((0..=length.min(deepest)).map(|length| chain[..length].to_vec()));
        }
        for chain in found {
            *sums.entry(chain).or_default() += stack.values[0];
        }
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

proptest! {
    #[test]
    fn bottom_up_sums_are_those_of_the_model(stacks in stacks()) {
        prop_assert_eq!(totals(&answer(&stacks, StackOrder::BottomUp), 9), from_the_end(&stacks));
    }

    #[test]
    fn the_first_level_of_bottom_up_is_self(stacks in stacks()) {
        let bottom_up = answer(&stacks, StackOrder::BottomUp);
        let flat = bottom_up.flat(0).unwrap();
        for frame in bottom_up.tree.frames().ids().skip(1) {
            let total = bottom_up.self_node(frame).map_or(0, |node| bottom_up.column.total(node));
            prop_assert_eq!(total, flat.own(frame));
        }
        prop_assert_eq!(bottom_up.column.filtered_total(), bottom_up.call_order().column.filtered_total());
    }

    #[test]
    fn callers_and_callees_are_the_edges_of_the_model(stacks in stacks()) {
        let answer = answer(&stacks, StackOrder::CallersFirst);
        for name in ["main", "a", "b", "c"] {
            let Some(frame) = answer.tree.frames().find(name) else { continue };
            let [callers, callees] = answer.around(frame, [&[], &[]]).unwrap();
            prop_assert_eq!(totals(&callers, 4), chains(&stacks, name, Side::Callers, 4));
            prop_assert_eq!(totals(&callees, 4), chains(&stacks, name, Side::Callees, 4));
        }
    }

    #[test]
    fn no_row_is_wider_than_its_root(stacks in stacks()) {
        let answer = answer(&stacks, StackOrder::BottomUp);
        let halves = answer.tree.frames().find("a").map(|frame| answer.around(frame, [&[], &[]]).unwrap());
        for answer in std::iter::once(&answer).chain(halves.iter().flatten()) {
            for node in (0..answer.tree.len()).map(NodeId::new) {
                let children: u64 = answer.tree.children(node).map(|child| answer.widths.weight(child)).sum();
                prop_assert!(children <= answer.widths.weight(node));
            }
        }
    }
}

/// A function `leaf` with many callers of falling weight, each called by several others.
fn many() -> Vec<Stack> {
    let stack = |at: usize| Stack {
        names: vec!["leaf".into(), format!("caller{}", at / 2), format!("main{at}")],
        values: vec![1 + 1_000_000_000 / (1 + at as i64 * at as i64)],
    };
    (0..30_000).map(stack).collect()
}

#[test]
fn a_large_tree_is_cut_where_nothing_can_be_seen() {
    let stacks = many();
    let series = series(&message_of(&stacks, 1));
    let query = Query { order: StackOrder::BottomUp, ..Query::default_for(&series) };
    let whole = derive(&series, &query, None).unwrap();
    assert!(whole.regrouped.as_ref().is_some_and(|regrouped| regrouped.is_cut));
    assert!(whole.tree.len() < 20_000, "{}", whole.tree.len());
    let leaf = whole.self_node(whole.tree.frames().find("leaf").unwrap()).unwrap();
    assert_eq!(i128::from(whole.column.total(leaf)), whole.column.filtered_total(), "nothing is lost");
    let narrow = whole.tree.children(leaf).find(|node| whole.tree.names(*node)[1].as_ref() == "caller9000").unwrap();
    assert_eq!(whole.tree.children(narrow).count(), 0);
    let detail = whole.tree.names(narrow);
    let zoomed = derive(&series, &Query { detail: detail.clone(), ..query }, Some(&whole)).unwrap();
    let narrow = zoomed.tree.find(&detail);
    assert_eq!(zoomed.tree.names(narrow), detail);
    assert_eq!(zoomed.tree.children(narrow).count(), 2, "below the zoom everything is there");
}

#[test]
fn all_columns_agree_with_a_comparison() {
    let files = ["pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"].map(|name| data().join(name));
    let mut session = Session::open(&files, Options { width: 160, height: 45, ..Options::default() }).unwrap();
    session.key("d").unwrap();
    let plain = session.frame().to_string();
    session.key("8").unwrap();
    let screen = session.frame().to_string();
    assert_eq!(plain.lines().next(), screen.lines().next(), "the header has the same totals");
    assert!(screen.contains("all, bottom-up"), "{screen}");
    session.key("8").unwrap();
    assert_eq!(session.frame().to_string(), plain, "and back");
}

#[test]
fn other_views_are_of_the_call_tree() {
    let files = ["pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"].map(|name| data().join(name));
    for view in ["5", "f", "O", "L", "e"] {
        let open = |keys: &str| {
            let mut session = Session::open(&files, Options::default()).unwrap();
            keys.split_whitespace().for_each(|key| session.key(key).unwrap());
            session.frame().to_string()
        };
        let prefix = if view == "e" { "d" } else { "" };
        assert!(!open(&format!("{prefix} 8 Down {view} Esc Esc")).contains("bottom-up"), "{view}");
    }
}

#[test]
fn zoom_and_search_work_bottom_up() {
    let mut session = Session::open(&[data().join("pprof/go-shop-2.pb.gz")], Options::default()).unwrap();
    for key in ["8", "Down", "Enter"] {
        session.key(key).unwrap();
    }
    let zoomed = session.frame().to_string();
    assert!(zoomed.contains("zoom ") && zoomed.contains("of all"), "{zoomed}");
    session.key("/").unwrap();
    session.type_text("ServeHTTP");
    session.key("Enter").unwrap();
    let found = session.frame().to_string();
    assert!(found.contains("ServeHTTP"), "{found}");
    assert_eq!(CallTree::ROOT, NodeId::ROOT);
}

/// Both halves are the edges of `go tool pprof -peek .*` (with `-nodefraction=0 -edgefraction=0`), recorded in
/// `data/peek.json` for each file and sample type.
#[test]
fn both_halves_are_those_of_pprofs_peek() {
    let text = std::fs::read_to_string(data().join("peek.json")).unwrap();
    let recorded: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut compared = 0;
    for (case, functions) in recorded.as_object().unwrap() {
        let (file, sample_type) = case.split_once(' ').unwrap();
        let series = Arc::new(Loader::new().load([data().join(file)]).unwrap().series);
        let sample_type = series.find_sample_type(sample_type).unwrap();
        let answer = derive(&series, &Query { sample_type, ..Query::default_for(&series) }, None).unwrap();
        for (name, figures) in functions.as_object().unwrap() {
            let frame = answer.tree.frames().find(name).unwrap_or_else(|| panic!("{case}: no {name}"));
            let halves = answer.around(frame, [&[], &[]]).unwrap();
            for (half, key) in halves.iter().zip(["callers", "callees"]) {
                let pairs = figures[key].as_array().unwrap().iter();
                let wanted: Totals =
                    pairs.map(|pair| (vec![pair[0].as_str().unwrap().to_owned()], pair[1].as_i64().unwrap())).collect();
                let mut found = totals(half, 1);
                assert_eq!(found.remove(&Vec::new()), figures["total"].as_i64().filter(|total| *total != 0), "{name}");
                assert_eq!(found, wanted, "{case}: {key} of {name}");
                compared += wanted.len();
            }
        }
    }
    assert!(compared > 400, "{compared}");
}

/// A profile whose writer put the outermost caller first.
fn upside_down(stacks: &[Stack]) -> Arc<Series> {
    let mut message = message_of(stacks, 1);
    message.sample.iter_mut().for_each(|sample| sample.location_id.reverse());
    series(&message)
}

proptest! {
    #[test]
    fn flipped_stacks_give_the_tree_of_the_original(stacks in stacks()) {
        let original = answer(&stacks, StackOrder::CallersFirst);
        let series = upside_down(&stacks);
        let query = Query { direction: StackDirection::Flipped, ..Query::default_for(&series) };
        let flipped = derive(&series, &query, None).unwrap();
        prop_assert_eq!(totals(&flipped, 9), totals(&original, 9));
        for frame in original.tree.frames().ids().skip(1) {
            let name = original.tree.frames().name(frame);
            let same = flipped.tree.frames().find(name).unwrap();
            let own = |answer: &Answer, frame| answer.flat(0).unwrap().own(frame);
            prop_assert_eq!(own(&flipped, same), own(&original, frame), "{}", name);
        }
        prop_assert!(Arc::ptr_eq(flipped.recorded_series(), &series));
        let back = derive(&series, &Query::default_for(&series), Some(&flipped)).unwrap();
        let plain = derive(&series, &Query::default_for(&series), None).unwrap();
        prop_assert_eq!(totals(&back, 9), totals(&plain, 9));
    }
}

#[test]
fn a_key_flips_stacks_that_are_upside_down() {
    let mut session = Session::open(&[data().join("folded/upside-down.folded")], Options::default()).unwrap();
    let before = session.frame().to_string();
    assert!(before.contains("F flip"), "{before}");
    session.key("F").unwrap();
    let after = session.frame().to_string();
    let first =
        |screen: &str| screen.lines().skip_while(|line| !line.contains("all  ")).nth(1).unwrap_or_default().to_owned();
    assert!(
        first(&after).starts_with("▏<module> ") && first(&before).starts_with("▏json.loads → "),
        "{before}\n{after}"
    );
    session.key("F").unwrap();
    assert_eq!(first(&session.frame().to_string()), first(&before));
}

#[test]
fn reports_flip_stacks_too() {
    let path = data().join("folded/upside-down.folded");
    let path = path.to_str().unwrap();
    let rows = crate::support::json(&["top", "--unit", "bytes", "--flip", path]);
    let own = |name: &str| {
        let rows = rows["rows"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).map(|row| row["self"].as_i64().unwrap())
    };
    assert_eq!((own("<module>"), own("json.loads")), (Some(0), Some(5_242_880)));
}

#[test]
fn pages_and_lines_are_of_the_flipped_stacks() {
    let path = data().join("pprof/go-shop-2.pb.gz");
    let path = path.to_str().unwrap();
    let page = run(&["report", "html", "--flip", path]);
    assert_eq!((page.code, page.stderr.as_str()), (0, ""));
    assert!(page.stdout.contains("inuse_objects"), "the page has the other sample types");
    let top = crate::support::json(&["top", "--unit", "bytes", "--flip", path]);
    let row = top["rows"].as_array().unwrap().iter().find(|row| row["name"] == "main.main").unwrap().clone();
    let lines = crate::support::json(&["source", "--unit", "bytes", "--flip", "main.main", path]);
    assert_eq!((&lines["self"], &lines["total"]), (&row["self"], &row["total"]), "{lines}");
}

#[test]
fn python_opens_by_function_and_file() {
    let session = Session::open(&[data().join("pprof/python.pb.gz")], Options::default()).unwrap();
    assert!(session.frame().to_string().contains(".py"), "{}", session.frame());
    assert!(session.frame().to_string().contains("by function"), "{}", session.frame());
}

#[test]
fn chains_share_a_slot_and_keep_their_values() {
    let mut session = Session::open(&[data().join("pprof/go-shop-2.pb.gz")], Options::default()).unwrap();
    session.key("Down").unwrap();
    session.key("Up").unwrap();
    let folded = session.frame().to_string();
    assert!(folded.contains(" → store.Generate (3)"), "{folded}");
    session.key("Down").unwrap();
    session.key("Right").unwrap();
    let first = session.frame().to_string();
    assert!(first.contains("3 of 3 in a chain, J splits it"), "{first}");
    session.key("Down").unwrap();
    session.key("Up").unwrap();
    assert_eq!(session.frame().to_string(), first, "a chain is one step");
    session.key("J").unwrap();
    let plain = session.frame().to_string();
    assert!(plain.contains("▏main.main ") && !plain.contains("(3)") && !plain.contains("in a chain"), "{plain}");
    session.key("J").unwrap();
    session.key("Down").unwrap();
    session.key("Up").unwrap();
    assert_eq!(session.frame().to_string(), first);
}

#[test]
fn functions_of_a_chain_have_equal_values_in_both_windows() {
    let series = Arc::new(Loader::new().load([data().join("shop-series")]).unwrap().series);
    let last = series.snapshots().len() - 1;
    let query = Query {
        window: Window::at(last),
        base: Some(Window::at(0)),
        width: Width::Current,
        ..Query::default_for(&series)
    };
    let answer = derive(&series, &query, None).unwrap();
    let base = &*answer.base.as_ref().unwrap().column;
    let (mut folded, mut gone) = (0, 0);
    for node in (1..answer.tree.len()).map(NodeId::new) {
        let callees: Vec<_> = answer.tree.children(node).filter(|callee| answer.widths.weight(*callee) > 0).collect();
        let alone = callees.first().filter(|_| callees.len() == 1);
        match answer.only_callee(node) {
            Some(callee) => {
                folded += 1;
                for column in [&*answer.column, base] {
                    assert_eq!((column.own(node), column.total(node)), (0, column.total(callee)));
                }
            }
            None => gone += usize::from(alone.is_some_and(|callee| base.total(*callee) != base.total(node))),
        }
    }
    assert!(folded > 0 && gone > 0, "{folded} and {gone}");
}
