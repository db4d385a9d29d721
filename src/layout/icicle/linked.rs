//! Tests of the layout of two windows over one tree: each by its own weights, with siblings in one order.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// Tree with a weight of each node in two windows: parents before children, node 0 is the root.
#[derive(Clone, Debug)]
struct LinkedTree {
    parents: Vec<usize>,
    children: Vec<Vec<usize>>,
    weights: [Vec<u64>; 2],
    ranks: Vec<u64>,
}

impl LinkedTree {
    /// Creates a tree from the parent and own values of each node.
    fn new(nodes: &[(usize, [u64; 2])]) -> Self {
        let mut children = vec![Vec::new(); nodes.len()];
        for (index, &(parent, _)) in nodes.iter().enumerate().skip(1) {
            children[parent].push(index);
        }
        let summed = |own: &dyn Fn(&[u64; 2]) -> u64| {
            let mut sums: Vec<u64> = nodes.iter().map(|node| own(&node.1)).collect();
            for index in (1..nodes.len()).rev() {
                sums[nodes[index].0] += sums[index];
            }
            sums
        };
        let weights = [summed(&|own| own[0]), summed(&|own| own[1])];
        let ranks = summed(&|own| own[0].max(own[1]));
        Self { parents: nodes.iter().map(|node| node.0).collect(), children, weights, ranks }
    }

    fn side(&self, side: usize) -> LinkedWindow<'_> {
        LinkedWindow { pair: self, weights: &self.weights[side] }
    }

    fn path(&self, node: usize) -> Vec<NodeId> {
        let parent = |node: &usize| (*node != 0).then(|| self.parents[*node]);
        let mut path: Vec<_> = std::iter::successors(Some(node), parent).map(NodeId::new).collect();
        path.pop();
        path.reverse();
        path
    }
}

/// One of the two windows.
struct LinkedWindow<'a> {
    pair: &'a LinkedTree,
    weights: &'a [u64],
}

impl Branches for LinkedWindow<'_> {
    fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.pair.children[node.index()].iter().map(|&child| NodeId::new(child))
    }

    fn weight(&self, node: NodeId) -> u64 {
        self.weights[node.index()]
    }

    fn rank(&self, node: NodeId) -> u64 {
        self.pair.ranks[node.index()]
    }

    fn is_by_weight(&self) -> bool {
        false
    }

    fn total(&self, node: NodeId) -> i64 {
        self.weights[node.index()] as i64
    }

    fn by_name(&self, left: NodeId, right: NodeId) -> Ordering {
        left.cmp(&right)
    }
}

const ROOT: Root<'static> = Root { node: NodeId::ROOT, members: None };

fn lay(side: &LinkedWindow, width: usize) -> Icicle {
    Icicle::lay(side, ROOT, &IcicleSize { width, levels: 0..usize::MAX })
}

fn slots(icicle: &Icicle) -> impl Iterator<Item = &Slot> {
    (0..icicle.levels()).flat_map(|level| icicle.level(level))
}

/// Children with a slot of their own, from left to right, by parent.
fn shown(pair: &LinkedTree, icicle: &Icicle) -> HashMap<usize, Vec<usize>> {
    let mut shown: HashMap<usize, Vec<usize>> = HashMap::new();
    for node in slots(icicle).filter_map(Slot::node).map(NodeId::index).filter(|node| *node > 0) {
        shown.entry(pair.parents[node]).or_default().push(node);
    }
    shown
}

fn pairs() -> impl Strategy<Value = LinkedTree> {
    let value = || prop_oneof![Just(0_u64), 0..3_u64, 0..100_u64, 0..100_000_u64];
    prop::collection::vec((any::<prop::sample::Index>(), [value(), value()]), 1..120).prop_map(|nodes| {
        let nodes: Vec<_> = nodes
            .into_iter()
            .enumerate()
            .map(|(index, (parent, values))| (if index == 0 { 0 } else { parent.index(index) }, values))
            .collect();
        LinkedTree::new(&nodes)
    })
}

#[test]
fn narrow_siblings_hide_no_wide_ones() {
    // By the larger of both weights: 1 (90), 2 (80), 3 (60). In the second window, 2 is narrower than a cell.
    let pair = LinkedTree::new(&[(0, [0, 0]), (0, [90, 40]), (0, [80, 1]), (0, [10, 60])]);
    let icicle = lay(&pair.side(1), 10);
    assert_eq!(shown(&pair, &icicle)[&0], [1, 3]);
    let Some(Slot { what: SlotContent::Gathered(block), .. }) = icicle.level(1).last() else {
        panic!("the narrow one is counted")
    };
    assert_eq!((block.count, block.narrow), (1, NarrowSiblings::Under(11)));
    assert_eq!(members(&pair.side(1), ROOT, block), [NodeId(2)]);
}

#[test]
fn a_frame_that_a_window_lacks_has_no_slot_there() {
    let pair = LinkedTree::new(&[(0, [0, 0]), (0, [50, 0]), (0, [50, 100])]);
    assert_eq!(shown(&pair, &lay(&pair.side(0), 20))[&0], [2, 1]);
    assert_eq!(shown(&pair, &lay(&pair.side(1), 20))[&0], [2]);
    assert!(slots(&lay(&pair.side(1), 20)).all(|slot| slot.node().is_some()), "nor is it counted");
}

#[test]
fn a_window_without_columns_has_no_slots() {
    let pair = LinkedTree::new(&[(0, [0, 0]), (0, [1, 7])]);
    assert_eq!(lay(&pair.side(0), 0).levels(), 0);
    assert_eq!(trace(&pair.side(0), ROOT, 0, &[NodeId(1)]).1.width, 0);
}

proptest! {
    #[test]
    fn both_windows_have_their_frames_in_one_order(pair in pairs(), widths in [1..200_usize, 1..200_usize]) {
        let [a, b] = [0, 1].map(|side| shown(&pair, &lay(&pair.side(side), widths[side])));
        for (parent, of_a) in &a {
            let Some(of_b) = b.get(parent) else { continue };
            let common = |these: &[usize], those: &[usize]| {
                these.iter().copied().filter(|node| those.contains(node)).collect::<Vec<_>>()
            };
            prop_assert_eq!(common(of_a, of_b), common(of_b, of_a));
        }
    }

    #[test]
    fn children_stay_inside_their_parents(pair in pairs(), width in 1..200_usize, side in 0..2_usize) {
        let icicle = lay(&pair.side(side), width);
        let mut places = vec![(0, 0); pair.parents.len()];
        for level in 0..icicle.levels() {
            let mut before = 0;
            for slot in icicle.level(level) {
                let end = slot.x + slot.width;
                prop_assert!(slot.x >= before && end <= width);
                before = end;
                let parent = match slot.what {
                    SlotContent::Gathered(block) => block.parent.index(),
                    SlotContent::Node(node) => {
                        places[node.index()] = (slot.x, end);
                        pair.parents[node.index()]
                    }
                };
                if level > 0 {
                    prop_assert!(places[parent].0 <= slot.x && end <= places[parent].1);
                }
            }
        }
    }

    #[test]
    fn cells_are_in_proportion(pair in pairs(), width in 1..200_usize, side in 0..2_usize) {
        let side = pair.side(side);
        prop_assume!(side.weights[0] > 0);
        for slot in slots(&lay(&side, width)) {
            let Some(node) = slot.node() else { continue };
            let exact = side.weight(node) as f64 * width as f64 / side.weights[0] as f64;
            prop_assert!((slot.width as f64 - exact).abs() <= 1.0 + 1e-6, "{} cells for {exact}", slot.width);
        }
    }

    #[test]
    fn every_frame_is_in_a_slot_or_counted(pair in pairs(), width in 1..200_usize, side in 0..2_usize) {
        let side = pair.side(side);
        let icicle = lay(&side, width);
        for parent in slots(&icicle).filter_map(Slot::node) {
            let mut count = 0;
            for slot in slots(&icicle) {
                match slot.what {
                    SlotContent::Gathered(block) if block.parent == parent => {
                        let found = members(&side, ROOT, &block);
                        prop_assert_eq!(found.len(), block.count);
                        prop_assert_eq!(found.iter().map(|&node| side.total(node)).sum::<i64>(), block.total);
                        count += block.count;
                    }
                    SlotContent::Node(node) => count += usize::from(pair.children[parent.index()].contains(&node.index())),
                    SlotContent::Gathered(_) => {}
                }
            }
            prop_assert_eq!(count, side.children(parent).filter(|&child| side.weight(child) > 0).count());
        }
    }

    #[test]
    fn a_trace_ends_in_the_slot_that_is_laid_out(pair in pairs(), width in 1..200_usize, side in 0..2_usize) {
        let side = pair.side(side);
        let icicle = lay(&side, width);
        for node in 1..pair.parents.len() {
            let (level, slot) = trace(&side, ROOT, width, &pair.path(node));
            prop_assert!(icicle.level(level).contains(&slot));
            let laid_out = slots(&icicle).find(|slot| slot.node() == Some(NodeId::new(node)));
            prop_assert!(laid_out.is_none_or(|found| *found == slot));
        }
    }
}
