//! Work grows with the input and no faster: steps are counted, not timed.

use heapglass::analysis::{CallTree, TreeShape};
use heapglass::base::step_count::measure_steps;
use heapglass::profile::{Profile, Series};
use prost::Message;

use crate::support::build::{Stack, message_of, read};

/// Stacks of an input, by its size.
type Make = fn(usize) -> Vec<Stack>;

/// Inputs that have made such programs quadratic.
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
                let nodes = profile.trie.len() as f64;
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
