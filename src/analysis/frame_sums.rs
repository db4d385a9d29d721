//! Adds up own values of the nodes of a tree by frame.

use std::ops::{AddAssign, Range};

use crate::analysis::tree::CallTree;
use crate::base::ids::{FrameId, NodeId};
use crate::base::step_count;

/// Self and total added up by frame.
pub(super) struct FrameSums<T> {
    pub(super) own: Vec<T>,
    pub(super) total: Vec<T>,
}

/// Own values of a tree, to be added up by frame.
pub(super) trait NodeSums {
    /// Sum of own values.
    type Sum: Copy + Default + AddAssign;

    /// Number of places of own values before a node, or before the end of the tree.
    fn place(&self, node: usize) -> usize;

    /// Sum of the own values at some places.
    fn sum(&self, places: Range<usize>) -> Self::Sum;

    /// Total of a node, whose subtree has the own values at some places.
    #[inline]
    fn total(&self, _: NodeId, places: Range<usize>) -> Self::Sum {
        self.sum(places)
    }

    /// Returns true if a subtree with this total has no value.
    fn is_empty(&self, total: Self::Sum) -> bool;
}

/// Figures of a frame while they are added up.
#[derive(Clone, Copy, Default)]
struct OpenFrame<T> {
    own: T,
    total: T,
    /// End of the frame's outermost node: recursive calls below are already in that node's total.
    until: usize,
}

/// Adds up self and total by frame: `index` maps a frame to one of `count` slots. A subtree without values is skipped:
/// filters, and in-use values, leave much of a large tree empty. A chain of only callees, in which samples end only at
/// its last node, has one total, which is looked up once.
pub(super) fn add_up<N: NodeSums>(
    tree: &CallTree,
    count: usize,
    index: impl Fn(FrameId) -> usize,
    sums: &N,
) -> FrameSums<N::Sum> {
    let mut slots = vec![OpenFrame::default(); count];
    let (frames, mut node, mut first) = (tree.node_frames(), 0, 0);
    while node < frames.len() {
        let id = NodeId::new(node);
        let end = tree.end(id);
        let total = sums.total(id, first..sums.place(end));
        if sums.is_empty(total) {
            step_count::count_steps(1);
            (node, first) = (end, sums.place(end));
            continue;
        }
        loop {
            step_count::count_steps(1);
            let slot: &mut OpenFrame<N::Sum> = &mut slots[index(frames[node])];
            if node >= slot.until {
                slot.until = end;
                slot.total += total;
            }
            node += 1;
            let next = sums.place(node);
            if next != first {
                slot.own += sums.sum(first..next);
                first = next;
                break;
            }
            if node == end || tree.end(NodeId::new(node)) != end {
                break;
            }
        }
    }
    let (own, total) = slots.into_iter().map(|slot| (slot.own, slot.total)).unzip();
    FrameSums { own, total }
}
