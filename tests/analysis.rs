//! Call trees and their figures, compared with a plain model.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use heapglass::analysis::{Aggregate, Answer, CallTree, Column, Query, derive};
use heapglass::base::ids::NodeId;
use heapglass::profile::Series;
use proptest::prelude::*;
use prost::Message;

use crate::support::build::{Stack, message_of, read, series};

fn stacks(values: std::ops::Range<i64>) -> impl Strategy<Value = Vec<Stack>> {
    let name = prop::sample::select(vec!["main", "a", "b", "runtime.c", "d.(*T).e", "f"]).prop_map(str::to_owned);
    let names = prop::collection::vec(name, 0..9);
    let stack = (names, prop::collection::vec(values, 2)).prop_map(|(names, values)| Stack { names, values });
    prop::collection::vec(stack, 0..40)
}

/// Self and total by name, as pprof defines flat and cum: a sample counts once in a name's total.
fn model(stacks: &[Stack], column: usize) -> BTreeMap<&str, (i64, i64)> {
    let mut rows: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for stack in stacks {
        let value = stack.values[column];
        if let Some(leaf) = stack.names.first() {
            rows.entry(leaf).or_default().0 += value;
        }
        for name in stack.names.iter().collect::<HashSet<_>>() {
            rows.entry(name).or_default().1 += value;
        }
    }
    rows.retain(|_, row| *row != (0, 0));
    rows
}

fn rows(answer: &Answer, column: usize) -> BTreeMap<&str, (i64, i64)> {
    let (frames, flat) = (answer.tree.frames(), answer.flat(column).unwrap());
    let row = |frame| (frames.name(frame), (flat.own(frame), flat.total(frame)));
    frames.ids().skip(1).map(row).filter(|(_, row)| *row != (0, 0)).collect()
}

fn ask(series: &Arc<Series>, sample_type: usize, search: Option<&str>) -> Answer {
    let search = search.map(str::to_owned);
    let query = Query { sample_type, search, aggregate: Aggregate::Sum, ..Query::default_for(series) };
    derive(series, &query, None).unwrap()
}

fn nodes(tree: &CallTree) -> impl Iterator<Item = NodeId> {
    (0..tree.len()).map(NodeId::new)
}

/// Checks invariants of a tree and column.
fn check_tree(tree: &CallTree, column: &Column) {
    for node in nodes(tree) {
        let children: Vec<NodeId> = tree.children(node).collect();
        let below: i64 = children.iter().map(|child| column.total(*child)).sum();
        assert_eq!(column.total(node), column.own(node) + below, "self and children add up to the total");
        let width: u64 = children.iter().map(|child| column.weight(*child)).sum();
        assert!(width <= column.weight(node), "children are no wider than their parent");
        let frames: HashSet<_> = children.iter().map(|child| tree.frame(*child)).collect();
        assert_eq!(frames.len(), children.len(), "children of one frame are one node");
        assert!(children.iter().all(|child| tree.parent(*child) == Some(node)));
        assert_eq!(tree.find(&tree.names(node)), node, "a path leads back to its node");
    }
    assert_eq!(i128::from(column.total(CallTree::ROOT)), column.filtered_total(), "the total of all is the root's");
}

proptest! {
    #[test]
    fn figures_are_those_of_the_model(stacks in stacks(0..1000)) {
        let answer = ask(&series(&message_of(&stacks, 2)), 1, None);
        check_tree(&answer.tree, &answer.column);
        for column in 0..2 {
            prop_assert_eq!(rows(&answer, column), model(&stacks, column));
        }
    }

    #[test]
    fn negative_values_add_up_too(stacks in stacks(-500..500)) {
        let answer = ask(&series(&message_of(&stacks, 2)), 0, None);
        check_tree(&answer.tree, &answer.column);
        prop_assert_eq!(rows(&answer, 0), model(&stacks, 0));
    }

    #[test]
    fn several_files_are_summed(one in stacks(-500..500), other in stacks(-500..500)) {
        let (first, budget) = read(message_of(&one, 2).encode_to_vec(), 1 << 30).unwrap();
        let (second, _) = read(message_of(&other, 2).encode_to_vec(), 1 << 30).unwrap();
        let mut series = Series::new(first, budget);
        series.add(second, heapglass::profile::Input::Current).unwrap();
        let answer = ask(&Arc::new(series), 1, None);
        check_tree(&answer.tree, &answer.column);
        let all: Vec<Stack> = one.into_iter().chain(other).collect();
        prop_assert_eq!(rows(&answer, 1), model(&all, 1));
    }

    #[test]
    fn a_search_counts_each_sample_once(stacks in stacks(0..1000)) {
        let answer = ask(&series(&message_of(&stacks, 2)), 0, Some("A|C"));
        let plain = ask(&series(&message_of(&stacks, 2)), 0, Some("a$|c"));
        prop_assert_eq!(answer.hits.unwrap().frames(), 0, "an upper-case letter makes case matter");
        let hits = plain.hits.unwrap();
        let hit = |name: &String| name.ends_with('a') || name.contains('c');
        let share = |stack: &Stack| if stack.names.iter().any(hit) { stack.values[0] } else { 0 };
        prop_assert_eq!(hits.total(), stacks.iter().map(share).sum::<i64>());
        let found = nodes(&plain.tree).filter(|node| hits.is_hit(plain.tree.frame(*node))).count();
        prop_assert_eq!(hits.nodes(), found);
        prop_assert_eq!(hits.nodes_in(&plain.tree, CallTree::ROOT), found);
        // Stepping through visits every hit and comes back.
        let (mut node, mut seen) = (hits.after(CallTree::ROOT), HashSet::new());
        while let Some(hit) = node.filter(|hit| seen.insert(*hit)) {
            prop_assert_eq!(hits.before(hits.after(hit).unwrap()), Some(hit));
            node = hits.after(hit);
        }
        prop_assert_eq!(seen.len(), found);
    }
}

#[test]
fn an_answer_keeps_what_a_question_leaves_alone() {
    let stack = |names: &[&str]| Stack { names: names.iter().map(|n| (*n).to_owned()).collect(), values: vec![3, 5] };
    let series = series(&message_of(&[stack(&["a", "main"]), stack(&["b", "main"])], 2));
    let first = ask(&series, 0, None);
    let mut query = Query { sample_type: 1, ..first.query.clone() };
    let second = derive(&series, &query, Some(&first)).unwrap();
    assert!(Arc::ptr_eq(&first.tree, &second.tree), "switch the sample type leaves the tree");
    assert!(!Arc::ptr_eq(&first.column, &second.column));
    query.search = Some("a".to_owned());
    let third = derive(&series, &query, Some(&second)).unwrap();
    assert!(Arc::ptr_eq(&second.column, &third.column), "a search leaves the column");
    assert_eq!(third.hits.unwrap().total(), 10);
}

#[test]
fn a_search_takes_expressions_of_re2_and_names_as_they_stand() {
    let names = ["main.(*server).put", "orders::{{closure}}", "std::vector<int>::push", "Map[int].get", "gr\u{fc}n"];
    let stacks = names.map(|name| Stack { names: vec![name.to_owned()], values: vec![1] });
    let series = series(&message_of(&stacks, 1));
    let found = |pattern: &str| {
        let query = Query { search: Some(pattern.to_owned()), ..Query::default() };
        derive(&series, &query, None).unwrap().hits.unwrap().total()
    };
    for name in names {
        assert_eq!(found(name), 1, "{name}");
    }
    // A part of a name that is no expression, an escaped bracket, and a letter that is no ASCII letter.
    for (pattern, hits) in [("(*server", 1), (r"vector\<int", 1), (r"^gr\w+$", 0), ("^gr..?$", 1), ("a(b", 0)] {
        assert_eq!(found(pattern), hits, "{pattern}");
    }
    let query = Query { search: Some("a{1000}{1000}{1000}".to_owned()), ..Query::default() };
    let error = derive(&series, &query, None).unwrap_err();
    assert!(error.to_string().starts_with("`a{1000}{1000}{1000}` is too large: "), "{error}");
    assert!(error.hint().is_some());
}

#[test]
fn recursion_counts_once_and_stays_in_the_tree() {
    let names = ["a", "b", "a", "b", "main"].map(str::to_owned).to_vec();
    let answer = ask(&series(&message_of(&[Stack { names, values: vec![10] }], 1)), 0, None);
    assert_eq!(rows(&answer, 0), BTreeMap::from([("a", (10, 10)), ("b", (0, 10)), ("main", (0, 10))]));
    assert_eq!(answer.tree.len(), 6, "five frames below the root: recursion is not folded");
}

#[test]
fn functions_without_a_name_have_their_linker_name() {
    let stacks = ["_ZN3foo3barEv", "plain_c"]
        .map(|leaf| Stack { names: vec![leaf.to_owned(), "main".to_owned()], values: vec![1] });
    let mut message = message_of(&stacks, 1);
    for function in &mut message.function {
        (function.name, function.system_name) = (0, function.name);
    }
    let series = series(&message);
    let answer = Answer::new(&series, &Query::default_for(&series)).unwrap();
    let rows: Vec<_> = answer.functions().map(|row| (row.name.to_owned(), row.own, row.total)).collect();
    let row = |name: &str, own, total| (name.to_owned(), own, total);
    assert_eq!(rows, [row("foo::bar()", 1, 1), row("plain_c", 1, 1), row("main", 0, 2)]);
}
