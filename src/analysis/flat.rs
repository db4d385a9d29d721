//! Self and total of every frame, over all of its nodes.

use std::ops::AddAssign;

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

/// Adds up self and total by frame: `index` maps a frame to one of `count` slots, and `figures` returns self and total
/// of a node. A subtree whose `figures` are `None` is skipped: filters, and in-use values, leave much of a large tree
/// empty.
pub(super) fn add_up<T: Copy + Default + AddAssign>(
    tree: &CallTree,
    count: usize,
    index: impl Fn(FrameId) -> usize,
    mut figures: impl FnMut(NodeId) -> Option<(T, T)>,
) -> FrameSums<T> {
    let zero = T::default();
    let mut added = FrameSums { own: vec![zero; count], total: vec![zero; count] };
    // A frame is open until the end of its outermost node: recursive calls below are already in that node's total.
    let mut open_until = vec![0; count];
    let (frames, mut node) = (tree.node_frames(), 0);
    while node < frames.len() {
        step_count::count_steps(1);
        let id = NodeId::new(node);
        let Some((own, total)) = figures(id) else {
            node = tree.end(id);
            continue;
        };
        let index = index(frames[node]);
        added.own[index] += own;
        if node >= open_until[index] {
            open_until[index] = tree.end(id);
            added.total[index] += total;
        }
        node += 1;
    }
    added
}

/// A figure whose sums wrap as pprof's do.
#[derive(Clone, Copy, Default)]
struct WrappingSum(i64);

impl AddAssign for WrappingSum {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

/// Node that was visited last, with what the next one has in common with it.
struct VisitedNode {
    node: NodeId,
    end: usize,
    /// Places of its own samples.
    places: std::ops::Range<usize>,
    total: i64,
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
        let FrameSums { own, total } = match tree.places() {
            None => Self::raw(tree, sums, count, index, |node| node),
            Some(places) => Self::raw(tree, sums, count, index, |node| places.before(node)),
        };
        // Sums are divided once, when they are complete.
        let divided = |figures: Vec<WrappingSum>| figures.into_iter().map(|figure| sums.divided(figure.0)).collect();
        Self { own: divided(own), total: divided(total), share_base: sums.share_base() }
    }

    /// Adds up sums that are not divided. `place` returns the number of places before a node: this loop visits all nodes.
    #[inline]
    fn raw(
        tree: &CallTree,
        sums: &PrefixSums,
        count: usize,
        index: impl Fn(FrameId) -> usize,
        place: impl Fn(usize) -> usize,
    ) -> FrameSums<WrappingSum> {
        let is_plain = sums.is_plain();
        let mut last = VisitedNode { node: NodeId::new(0), end: 0, places: 0..place(0), total: 0 };
        add_up(tree, count, index, |node| {
            let (end, is_next) = (tree.end(node), node.index() == last.node.index() + 1);
            let first = if is_next { last.places.end } else { place(node.index()) };
            // The only callee of a caller without samples of its own has the caller's total.
            let is_same = is_next && end == last.end && first == last.places.start;
            let total = if is_same { last.total } else { sums.raw_sum(first..place(end)) };
            last = VisitedNode { node, end, places: first..place(node.index() + 1), total };
            let own = if last.places.is_empty() { 0 } else { sums.raw_sum(last.places.clone()) };
            (total != 0 || !is_plain).then_some((WrappingSum(own), WrappingSum(total)))
        })
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
