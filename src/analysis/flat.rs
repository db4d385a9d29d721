//! Self and total of every frame, over all of its nodes.

use std::ops::{AddAssign, Range};

use crate::analysis::column::{Column, PrefixSums};
use crate::analysis::frame_sums::{FrameSums, NodeSums, add_up};
use crate::analysis::stack_rows::RowSum;
use crate::analysis::tree::CallTree;
use crate::base::ids::FrameId;

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

    /// Takes over the sums of the rows of a column.
    pub(super) fn of_rows(rows: &[RowSum], column: &Column) -> Self {
        let sums = column.sums();
        let divided = |figure: fn(&RowSum) -> i64| rows.iter().map(|row| sums.divided(figure(row))).collect();
        Self { own: divided(|row| row.own), total: divided(|row| row.total), share_base: sums.share_base() }
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
