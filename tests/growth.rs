//! Work is linear in the input: steps are counted, not timed.

use std::sync::Arc;

use heapglass::analysis::{CallTree, Granularity, Matching, Query, TreeShape, Window, derive, headline};
use heapglass::base::names::{Language, package_of, shorten};
use heapglass::base::step_count::measure_steps;
use heapglass::play::{Options, Session};
use heapglass::profile::{Input, Profile, Series};
use prost::Message;

use crate::support::build::{Stack, message_of, read};

/// Stacks of an input of this size.
type Make = fn(usize) -> Vec<Stack>;

/// Name of a function, by its number.
type Name = fn(usize) -> Vec<u8>;

/// Inputs that have made similar programs quadratic.
const SHAPES: &[(&str, Make)] = &[
    ("one stack, deep", |size| vec![stack((0..size).map(|n| format!("f{}", n % 50)))]),
    ("siblings in order", |size| (0..size).map(|n| stack([format!("f{n}"), "main".to_owned()])).collect()),
    ("siblings shuffled", |size| {
        (0..size).map(|n| stack([format!("f{}", n * 7919 % size), "main".to_owned()])).collect()
    }),
    ("wide at the root", |size| (0..size).map(|n| stack([format!("f{}", n * 104_729 % size)])).collect()),
    ("deep and forked", |size| {
        (0..size / 8).map(|n| stack((0..8).map(move |depth| format!("f{}", (n * 31 + depth * n) % 97)))).collect()
    }),
];

fn stack(names: impl IntoIterator<Item = String>) -> Stack {
    Stack { names: names.into_iter().collect(), values: vec![1] }
}

fn read_bytes(bytes: Vec<u8>) -> Profile {
    read(bytes, 1 << 30).unwrap().0
}

#[test]
fn steps_a_frame_stay_the_same_as_files_grow() {
    for (name, make) in SHAPES {
        let steps: Vec<[f64; 2]> = [4000, 8000, 16_000, 32_000]
            .iter()
            .map(|size| {
                let stacks = make(*size);
                let frames = stacks.iter().map(|stack| stack.names.len()).sum::<usize>() as f64;
                let bytes = message_of(&stacks, 1).encode_to_vec();
                let (reading, profile) = measure_steps(|| read_bytes(bytes));
                let nodes = profile.tables.trie.len() as f64;
                let series = Series::new(profile, heapglass::base::limits::Budget::new(1 << 30));
                let mut budget = series.budget().clone();
                let (building, tree) =
                    measure_steps(|| CallTree::new(&series, TreeShape::default(), &mut budget).unwrap());
                assert!(tree.len() > 1 && reading > 0 && building > 0, "{name}: nothing was counted");
                [reading as f64 / frames, building as f64 / nodes]
            })
            .collect();
        for (first, last) in steps[0].iter().zip(steps[3]) {
            assert!(
                last < first * 1.3 + 0.5,
                "{name}: {first:.2} steps a frame became {last:.2} at eight times the size"
            );
        }
    }
}

/// Asserts that four times the input takes at most five times the steps.
fn assert_linear(name: &str, work: impl Fn(usize) -> u64) {
    let (small, large) = (work(1000), work(4000));
    assert!(small > 0 && large <= small * 5, "{name}: {small} steps became {large} at four times the size");
}

#[test]
fn brackets_without_a_match_are_read_once() {
    for (name, part) in [("generics", "::<"), ("arguments", "a("), ("templates", "a<"), ("lambdas", "::{")] {
        for language in [Language::Rust, Language::Cpp] {
            assert_linear(name, |size| {
                let text = part.repeat(size);
                measure_steps(|| {
                    package_of(language, &text);
                    shorten(language, &text, 20);
                })
                .0
            });
        }
    }
}

#[test]
fn a_frame_costs_the_same_however_many_names_there_are() {
    let names: [(&str, Name); 2] = [
        ("packages", |n| format!("example.com/p{n}.f").into_bytes()),
        ("names that are not UTF-8", |n| [format!("f{n}").as_bytes(), b"\xff"].concat()),
    ];
    for (name, make) in names {
        assert_linear(name, |size| {
            let mut message = message_of(&(0..size).map(|n| stack([format!("f{n}")])).collect::<Vec<_>>(), 1);
            for (n, string) in message.string_table.iter_mut().skip(1).take(size).enumerate() {
                *string = make(n);
            }
            let series =
                Series::new(read_bytes(message.encode_to_vec()), heapglass::base::limits::Budget::new(1 << 30));
            let shape = TreeShape { granularity: Granularity::Packages, ..TreeShape::default() };
            let mut budget = series.budget().clone();
            measure_steps(|| CallTree::new(&series, shape, &mut budget).unwrap()).0
        });
    }
}

/// Name of letters alone: digits do not tell functions apart in a comparison.
fn letters(prefix: &str, mut number: usize) -> String {
    let mut name = prefix.to_owned();
    loop {
        name.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
        if number == 0 {
            return name;
        }
    }
}

#[test]
fn code_that_moved_is_found_in_one_pass() {
    assert_linear("moved callers", |size| {
        let side = |caller: &str, leaves: &[&str]| {
            let stacks = (0..size).flat_map(|n| {
                leaves
                    .iter()
                    .map(move |leaf| stack(["main.".to_owned() + leaf, letters(caller, n), "main.main".to_owned()]))
            });
            read_bytes(message_of(&stacks.collect::<Vec<_>>(), 1).encode_to_vec())
        };
        let mut series = Series::new(side("main.old", &["leaf"]), heapglass::base::limits::Budget::new(1 << 30));
        series.add(side("main.new", &["leaf", "other"]), Input::Current).unwrap();
        let series = Arc::new(series);
        let query = Query {
            shape: TreeShape { matching: Matching::Moved, ..TreeShape::default() },
            window: Window::at(1),
            base: Some(Window::at(0)),
            ..Query::default_for(&series)
        };
        let (steps, answer) = measure_steps(|| derive(&series, &query, None).unwrap());
        assert!(answer.base.is_some());
        steps
    });
}

/// A key visits the levels that show, not all that there are: inlined calls make trees of any depth.
#[test]
fn a_key_costs_the_same_in_a_deep_tree() {
    let steps = |depth: usize| {
        let names = (0..depth).map(|n| format!("f{}", n % 50));
        let series = Series::new(
            read_bytes(message_of(&[stack(names)], 1).encode_to_vec()),
            heapglass::base::limits::Budget::new(1 << 30),
        );
        let options = Options { width: 100, height: 30, ..Options::default() };
        let mut session = Session::over(&Arc::new(series), "deep".to_owned(), options).unwrap();
        session.frame();
        let key = |name| measure_steps(|| session.key(name).unwrap()).0;
        ["Down", "Down", "Up", "Right"].map(key).iter().sum::<u64>()
    };
    let (small, large) = (steps(2_000), steps(16_000));
    assert!(small > 0 && large < small * 2, "{small} steps became {large} at eight times the depth");
}

#[test]
fn a_headline_does_not_visit_the_nodes() {
    let stacks =
        |size: usize| (0..size).map(|n| stack([format!("f{n}"), "run".to_owned(), "main".to_owned()])).collect();
    let steps = |size: usize| {
        let stacks: Vec<Stack> = stacks(size);
        let series = Arc::new(Series::new(
            read_bytes(message_of(&stacks, 1).encode_to_vec()),
            heapglass::base::limits::Budget::new(1 << 30),
        ));
        let answer = derive(&series, &Query::default_for(&series), None).unwrap();
        measure_steps(|| headline(&answer, None)).0
    };
    assert_eq!(steps(4000), steps(1000));
}
