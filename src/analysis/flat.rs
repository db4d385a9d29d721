//! Self and total of every frame, over all of its nodes.

use std::ops::{AddAssign, Range};

use crate::analysis::column::{Column, PrefixSums};
use crate::analysis::tree::CallTree;
use crate::base::ids::{FrameId, NodeId};
use crate::base::step_count;

/// Self and total of a function in one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SelfAndTotal {
    /// Self.
    pub own: i64,
    /// Total, callees included.
    pub total: i64,
}

/// The figures of one sample type for every frame, or for every row of a report.
///
/// Self is pprof's flat and total its cum: a sample counts once in a frame's total, however often the frame recurs on
/// its stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flat {
    own: Vec<i64>,
    total: Vec<i64>,
    share_base: i64,
}

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

/// A figure whose sums wrap as pprof's do.
#[derive(Clone, Copy, Default)]
struct WrappingSum(i64);

impl AddAssign for WrappingSum {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

/// Sums of a column, not divided.
struct RawSums<'a, P> {
    sums: &'a PrefixSums,
    is_plain: bool,
    /// Number of places before a node.
    place: P,
}

impl<P: Fn(usize) -> usize> NodeSums for RawSums<'_, P> {
    type Sum = WrappingSum;

    #[inline]
    fn place(&self, node: usize) -> usize {
        (self.place)(node)
    }

    #[inline]
    fn sum(&self, places: Range<usize>) -> WrappingSum {
        WrappingSum(self.sums.raw_sum(places))
    }

    #[inline]
    fn is_empty(&self, total: WrappingSum) -> bool {
        total.0 == 0 && self.is_plain
    }
}

impl Flat {
    /// Adds up a column by frame.
    pub fn by_frame(tree: &CallTree, column: &Column) -> Self {
        Self::of_sums(tree, column.sums())
    }

    /// Adds up a column by row of a report, see [`Frames::row`](crate::analysis::Frames::row).
    pub fn by_row(tree: &CallTree, column: &Column) -> Self {
        let frames = tree.frames();
        let rows: Vec<usize> = frames.ids().map(|frame| frames.row(frame)).collect();
        Self::by(tree, column.sums(), frames.rows().len(), |frame| rows[frame.index()])
    }

    /// Adds up prefix sums by frame.
    pub(super) fn of_sums(tree: &CallTree, sums: &PrefixSums) -> Self {
        Self::by(tree, sums, tree.frames().len(), FrameId::index)
    }

    /// Adds up prefix sums by group of frames: a sample counts once in each group's total.
    pub(super) fn of_groups(tree: &CallTree, sums: &PrefixSums, groups: usize, of: impl Fn(FrameId) -> usize) -> Self {
        Self::by(tree, sums, groups, of)
    }

    fn by(tree: &CallTree, sums: &PrefixSums, count: usize, index: impl Fn(FrameId) -> usize) -> Self {
        let is_plain = sums.is_plain();
        // Places are known without a look-up if all nodes have one.
        let FrameSums { own, total } = match tree.places() {
            None => add_up(tree, count, index, &RawSums { sums, is_plain, place: |node| node }),
            Some(places) => add_up(tree, count, index, &RawSums { sums, is_plain, place: |node| places.before(node) }),
        };
        // Sums are divided once, when they are complete.
        let divided = |figures: Vec<WrappingSum>| figures.into_iter().map(|figure| sums.divided(figure.0)).collect();
        Self { own: divided(own), total: divided(total), share_base: sums.share_base() }
    }

    /// Denominator of shares: the total, or the sum of all magnitudes if negative values could let shares exceed the
    /// total. It is that of the samples that pass the filters.
    pub fn abs_share_base(&self) -> i64 {
        self.share_base
    }

    /// Self of a frame over all its nodes: pprof's flat.
    pub fn own(&self, frame: FrameId) -> i64 {
        self.own[frame.index()]
    }

    /// Total of a frame, its callees included: pprof's cum.
    pub fn total(&self, frame: FrameId) -> i64 {
        self.total[frame.index()]
    }

    /// Self of each frame or row.
    pub fn selfs(&self) -> &[i64] {
        &self.own
    }

    /// Total of each frame or row.
    pub fn totals(&self) -> &[i64] {
        &self.total
    }
}
