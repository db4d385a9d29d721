//! Tests of the layout with hand-made and random trees.

use proptest::prelude::*;

use super::*;

/// Hand-made tree: parents before children, node 0 is the root.
#[derive(Clone, Debug)]
struct HandMadeTree {
    children: Vec<Vec<usize>>,
    weights: Vec<u64>,
}

impl HandMadeTree {
    /// Creates a tree from the parent and own value of each node.
    fn new(nodes: &[(usize, u64)]) -> Self {
        let mut children = vec![Vec::new(); nodes.len()];
        let mut weights: Vec<u64> = nodes.iter().map(|node| node.1).collect();
        for (index, &(parent, _)) in nodes.iter().enumerate().skip(1) {
            children[parent].push(index);
        }
        for index in (1..nodes.len()).rev() {
            weights[nodes[index].0] += weights[index];
        }
        Self { children, weights }
    }
}

impl Branches for HandMadeTree {
    fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.children[node.index()].iter().map(|&child| NodeId::new(child))
    }

    fn weight(&self, node: NodeId) -> u64 {
        self.weights[node.index()]
    }

    fn total(&self, node: NodeId) -> i64 {
        self.weights[node.index()] as i64
    }

    fn by_name(&self, left: NodeId, right: NodeId) -> Ordering {
        left.cmp(&right)
    }
}

const ROOT: Root<'static> = Root { node: NodeId::ROOT, members: None };

fn lay(tree: &HandMadeTree, width: usize) -> Icicle {
    Icicle::lay(tree, ROOT, &IcicleSize { width, levels: 0..usize::MAX })
}

/// Column after the last column of a slot.
fn end(slot: &Slot) -> usize {
    slot.x + slot.width
}

/// Level as text: one letter for each node, repeated over its columns, `:` for a gathered block, `,` for one on a seam.
fn picture(icicle: &Icicle, level: usize, width: usize) -> String {
    let mut cells = vec![' '; width];
    let mut seams = String::new();
    for slot in icicle.level(level) {
        let letter = slot.node().map_or(':', |node| char::from(b'a' + node.index() as u8));
        cells[slot.x..end(slot)].fill(letter);
        if slot.width == 0 {
            seams.push(',');
        }
    }
    cells.into_iter().collect::<String>().trim_end().to_owned() + &seams
}

fn pictures(tree: &HandMadeTree, width: usize) -> Vec<String> {
    let icicle = lay(tree, width);
    (0..icicle.levels()).map(|level| picture(&icicle, level, width)).collect()
}

#[test]
fn children_stand_by_weight_then_name_under_their_parent() {
    let tree = HandMadeTree::new(&[(0, 2), (0, 2), (0, 4), (2, 1), (0, 2), (2, 1)]);
    assert_eq!(pictures(&tree, 12), ["aaaaaaaaaaaa", "ccccccbbee", "df"]);
}

#[test]
fn equal_children_fill_the_width_however_it_divides() {
    let mut nodes = vec![(0, 0)];
    nodes.extend([(0, 1); 50]);
    let icicle = lay(&HandMadeTree::new(&nodes), 80);
    let level = icicle.level(1);
    assert_eq!(level.len(), 50);
    assert_eq!(level.last().map(end), Some(80));
    assert!(level.iter().all(|slot| slot.width == 1 || slot.width == 2));
}

#[test]
fn the_narrow_tail_becomes_one_block_of_its_rounded_width() {
    let mut nodes = vec![(0, 0), (0, 80)];
    nodes.extend([(0, 1); 20]);
    let tree = HandMadeTree::new(&nodes);
    assert_eq!(picture(&lay(&tree, 10), 1, 10), "bbbbbbbb::");
    let block = match lay(&tree, 10).level(1)[1].what {
        SlotContent::Gathered(block) => block,
        SlotContent::Node(node) => panic!("node {node:?} where a block was expected"),
    };
    assert_eq!((block.count, block.total, block.narrow), (20, 20, NarrowSiblings::After(Some(NodeId(1)))));
    let found = members(&tree, ROOT, &block);
    assert_eq!(found, (2..22).map(NodeId::new).collect::<Vec<_>>());
    assert!(hides(&tree, &block, NodeId(9)) && !hides(&tree, &block, NodeId(1)));
}

#[test]
fn a_tail_of_nothing_takes_a_blank_cell_of_its_parent_or_stands_on_the_seam() {
    let spare = HandMadeTree::new(&[(0, 10), (0, 89), (0, 1)]);
    assert_eq!(pictures(&spare, 10), ["aaaaaaaaaa", "bbbbbbbbb:"]);
    let none = HandMadeTree::new(&[(0, 0), (0, 99), (0, 1)]);
    assert_eq!(pictures(&none, 10), ["aaaaaaaaaa", "bbbbbbbbbb,"]);
}

#[test]
fn a_block_that_is_entered_fills_the_width_with_its_members() {
    let mut nodes = vec![(0, 0), (0, 976)];
    nodes.extend([(0, 8), (0, 8), (0, 8), (2, 4)]);
    let tree = HandMadeTree::new(&nodes);
    let members = [NodeId(2), NodeId(3), NodeId(4)];
    let root = Root { node: NodeId::ROOT, members: Some(&members) };
    let icicle = Icicle::lay(&tree, root, &IcicleSize { width: 12, levels: 0..9 });
    assert_eq!(picture(&icicle, 0, 12), "::::::::::::");
    assert_eq!(picture(&icicle, 1, 12), "cccccddddeee");
    assert_eq!(picture(&icicle, 2, 12), "ff");
}

#[test]
fn only_the_asked_levels_are_laid_out_but_all_are_counted() {
    let chain: Vec<_> = std::iter::once((0, 0)).chain((0..70_000).map(|index| (index, 1))).collect();
    let icicle = Icicle::lay(&HandMadeTree::new(&chain), ROOT, &IcicleSize { width: 4, levels: 2..5 });
    assert_eq!(icicle.shown(), 2..5);
    assert_eq!(icicle.level(1), &[]);
    assert_eq!(icicle.level(2).len(), 1);
    assert!(icicle.levels() > 5);
}

#[test]
fn a_node_without_weight_has_no_slot() {
    assert_eq!(pictures(&HandMadeTree::new(&[(0, 0), (0, 0)]), 5), ["aaaaa"]);
    assert_eq!(lay(&HandMadeTree::new(&[(0, 0)]), 0).levels(), 0);
}

/// Tree that counts the calls for a node's weight.
struct CountingTree {
    tree: HandMadeTree,
    asked: std::cell::Cell<usize>,
}

impl Branches for CountingTree {
    fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.tree.children(node)
    }

    fn weight(&self, node: NodeId) -> u64 {
        self.asked.set(self.asked.get() + 1);
        self.tree.weight(node)
    }

    fn total(&self, node: NodeId) -> i64 {
        self.tree.total(node)
    }

    fn by_name(&self, left: NodeId, right: NodeId) -> Ordering {
        self.tree.by_name(left, right)
    }
}

#[test]
fn many_children_cost_a_few_looks_each() {
    for count in [10_000, 20_000, 40_000] {
        let mut nodes = vec![(0, 0)];
        nodes.extend((0..count).map(|index| (0, 1 + index % 1000)));
        let tree = CountingTree { tree: HandMadeTree::new(&nodes), asked: std::cell::Cell::new(0) };
        Icicle::lay(&tree, ROOT, &IcicleSize { width: 200, levels: 0..50 });
        assert!(tree.asked.get() < 5 * nodes.len(), "{} looks at {count} children", tree.asked.get());
    }
}

/// Random trees, some with heavy tails.
fn trees() -> impl Strategy<Value = HandMadeTree> {
    let value = prop_oneof![0..3_u64, 0..100_u64, 0..100_000_u64];
    prop::collection::vec((any::<prop::sample::Index>(), value), 1..120).prop_map(|nodes| {
        let nodes: Vec<_> = nodes
            .into_iter()
            .enumerate()
            .map(|(index, (parent, value))| (if index == 0 { 0 } else { parent.index(index) }, value))
            .collect();
        HandMadeTree::new(&nodes)
    })
}

/// Exact columns of each node: unrounded start and end, with its siblings in layout order.
fn exact(tree: &HandMadeTree, width: usize) -> Vec<(f64, f64)> {
    let scale = width as f64 / tree.weights[0] as f64;
    let mut starts = vec![0_u64; tree.weights.len()];
    for node in 0..tree.weights.len() {
        let mut children: Vec<NodeId> = tree.children(NodeId::new(node)).collect();
        children.sort_by(|&left, &right| order(tree, left, right));
        let mut start = starts[node];
        for child in children {
            starts[child.index()] = start;
            start += tree.weight(child);
        }
    }
    starts.iter().zip(&tree.weights).map(|(&s, &w)| (s as f64 * scale, (s + w) as f64 * scale)).collect()
}

#[test]
fn the_area_is_honest() {
    let mut seed = 7_u64;
    let mut nodes = vec![(0, 0)];
    for index in 1..20_000_usize {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let draw = (seed >> 33) as usize;
        nodes.push((index - 1 - draw % index.min(40), (draw % 1000) as u64 * u64::from(draw.is_multiple_of(9))));
    }
    let tree = HandMadeTree::new(&nodes);
    for width in [60, 80, 98, 160, 250] {
        let exact = exact(&tree, width);
        let icicle = lay(&tree, width);
        let frames = (0..icicle.levels()).flat_map(|level| icicle.level(level));
        let frames = frames.filter_map(|slot| Some((slot.width as f64, exact[slot.node()?.index()])));
        let frames = frames.map(|(cells, (start, end))| (cells, end - start)).filter(|frame| frame.1 >= 1.0);
        let (area, ideal) = frames.fold((0.0, 0.0), |sum, frame| (sum.0 + frame.0, sum.1 + frame.1));
        assert!((0.99..=1.01).contains(&(area / ideal)), "{area} of {ideal} at {width} columns");
    }
}

proptest! {
    #[test]
    fn edges_are_within_half_a_column(tree in trees(), width in 1..300_usize) {
        prop_assume!(tree.weights[0] > 0);
        let exact = exact(&tree, width);
        let icicle = lay(&tree, width);
        for slot in (0..icicle.levels()).flat_map(|level| icicle.level(level)) {
            let Some(node) = slot.node() else { continue };
            let (left, right) = exact[node.index()];
            prop_assert!((slot.x as f64 - left).abs() <= 0.5 + 1e-6);
            prop_assert!((end(slot) as f64 - right).abs() <= 0.5 + 1e-6);
            prop_assert!(slot.width > 0);
        }
    }

    #[test]
    fn a_trace_ends_in_the_slot_that_is_laid_out(tree in trees(), width in 1..300_usize) {
        let icicle = lay(&tree, width);
        for node in 1..tree.weights.len() {
            let parent = |node: &usize| tree.children.iter().position(|children| children.contains(node));
            let mut path: Vec<_> = std::iter::successors(Some(node), parent).map(NodeId::new).collect();
            path.pop();
            path.reverse();
            let (level, slot) = trace(&tree, ROOT, width, &path);
            prop_assert!(icicle.level(level).contains(&slot));
            let shown = |slot: &Slot| slot.node() == Some(NodeId::new(node));
            let laid_out = (0..icicle.levels()).flat_map(|level| icicle.level(level)).find(|slot| shown(slot));
            prop_assert!(laid_out.is_none_or(|found| *found == slot));
            if let SlotContent::Gathered(block) = slot.what {
                let above = path.iter().take(level - 1).copied().collect::<Vec<_>>();
                prop_assert_eq!(trace_block(&tree, ROOT, width, &above), Some((level, slot)));
                prop_assert!(hides(&tree, &block, path[level - 1]));
            }
        }
    }

    #[test]
    fn slots_never_overlap_and_stay_inside_their_parents(tree in trees(), width in 1..300_usize) {
        let icicle = lay(&tree, width);
        let mut places = vec![(0, 0); tree.weights.len()];
        for level in 0..icicle.levels() {
            let mut before = 0;
            for slot in icicle.level(level) {
                prop_assert!(slot.x >= before);
                before = end(slot);
                prop_assert!(before <= width);
                let parent = match slot.what {
                    SlotContent::Gathered(block) => Some(block.parent.index()),
                    SlotContent::Node(node) => {
                        places[node.index()] = (slot.x, end(slot));
                        tree.children.iter().position(|children| children.contains(&node.index()))
                    }
                };
                if let (Some(parent), true) = (parent, level > 0) {
                    prop_assert!(places[parent].0 <= slot.x && end(slot) <= places[parent].1);
                }
            }
        }
    }

    #[test]
    fn every_child_is_in_a_slot_or_counted(tree in trees(), width in 1..300_usize) {
        let icicle = lay(&tree, width);
        let slots = || (0..icicle.levels()).flat_map(|level| icicle.level(level));
        for parent in slots().filter_map(Slot::node) {
            let (mut count, mut total) = (0, 0);
            for slot in slots() {
                match slot.what {
                    SlotContent::Gathered(block) if block.parent == parent => {
                        count += block.count;
                        total += block.total;
                        let found = members(&tree, ROOT, &block);
                        prop_assert_eq!(found.len(), block.count);
                        prop_assert!(found.iter().all(|&node| hides(&tree, &block, node)));
                    }
                    SlotContent::Node(node) if tree.children[parent.index()].contains(&node.index()) => {
                        count += 1;
                        total += tree.total(node);
                    }
                    _ => {}
                }
            }
            let expected: Vec<_> = tree.children(parent).filter(|&child| tree.weight(child) > 0).collect();
            prop_assert_eq!(count, expected.len());
            prop_assert_eq!(total, expected.iter().map(|&child| tree.total(child)).sum::<i64>());
        }
    }
}
