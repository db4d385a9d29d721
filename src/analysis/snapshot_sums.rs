//! Samples of each snapshot sorted by node, with prefix sums: the value of a node in a snapshot takes two binary
//! searches and a subtraction.
//!
//! Lines over time are drawn from these sums. They cover one sample type over one tree, and take 12 bytes for each node
//! with a value of its own in a snapshot.

use std::ops::Range;

use crate::analysis::filtered::FilteredTree;
use crate::analysis::tree::CallTree;
use crate::base::ids::NodeId;
use crate::base::limits::{Budget, LimitError};
use crate::profile::{Role, Series, Snapshot};

/// Values of one sample type in every snapshot over a tree.
#[derive(Clone, Debug, Default)]
pub struct SnapshotSums {
    snapshots: Vec<SnapshotValues>,
}

/// Values of one snapshot.
#[derive(Clone, Debug, Default)]
struct SnapshotValues {
    /// Nodes with an own value, in preorder.
    nodes: Vec<NodeId>,
    /// Sum of the own values before each of these nodes; the last entry is the sum of all.
    before: Vec<i64>,
    /// Divisor of sums: the scrapes of a process in a level that a store merged; `None` for no division.
    scrapes: Option<f64>,
}

impl SnapshotSums {
    /// Sorts the samples of every snapshot by node.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub fn new(
        series: &Series,
        filtered: &FilteredTree,
        sample_type: usize,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let is_level = series.roles()[sample_type].role == Role::Level;
        let mut sorted = |(at, snapshot): (usize, &Snapshot)| {
            let merged = if is_level { series.merge_totals(std::iter::once(at)) } else { None };
            SnapshotValues::new(snapshot, filtered, sample_type, merged.map(|totals| totals.scrapes), budget)
        };
        let snapshots = series.snapshots().iter().enumerate().map(&mut sorted).collect::<Result<_, _>>()?;
        Ok(Self { snapshots })
    }

    /// Total of a node in a snapshot.
    pub fn total(&self, tree: &CallTree, snapshot: usize, node: NodeId) -> i64 {
        self.sum(snapshot, node.index()..tree.end(node))
    }

    /// Self of a node in a snapshot.
    pub fn own(&self, snapshot: usize, node: NodeId) -> i64 {
        self.sum(snapshot, node.index()..node.index() + 1)
    }

    /// Totals of a node, snapshot by snapshot.
    pub fn line(&self, tree: &CallTree, node: NodeId, snapshots: Range<usize>) -> Vec<i64> {
        snapshots.map(|snapshot| self.total(tree, snapshot, node)).collect()
    }

    /// Nodes with an own value in any snapshot; a node may occur several times.
    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.snapshots.iter().flat_map(|snapshot| snapshot.nodes.iter().copied())
    }

    /// Converts the values to another tree; `node_of` has the new node of each node.
    pub(super) fn regrouped(&self, node_of: &[NodeId], budget: &mut Budget) -> Result<Self, LimitError> {
        let regroup = |snapshot: &SnapshotValues| {
            let own = snapshot.before.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
            let values = snapshot.nodes.iter().map(|node| node_of[node.index()]).zip(own).collect();
            Ok(SnapshotValues { scrapes: snapshot.scrapes, ..SnapshotValues::of(values, budget)? })
        };
        let snapshots = self.snapshots.iter().map(regroup).collect::<Result<_, _>>()?;
        Ok(Self { snapshots })
    }

    fn sum(&self, snapshot: usize, nodes: Range<usize>) -> i64 {
        let Some(sorted) = self.snapshots.get(snapshot) else { return 0 };
        let at = |bound: usize| sorted.before[sorted.nodes.partition_point(|node| node.index() < bound)];
        let sum = at(nodes.end).wrapping_sub(at(nodes.start));
        sorted.scrapes.map_or(sum, |scrapes| (sum as f64 / scrapes).round() as i64)
    }
}

impl SnapshotValues {
    fn new(
        snapshot: &Snapshot,
        filtered: &FilteredTree,
        sample_type: usize,
        scrapes: Option<f64>,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let mut values: Vec<(NodeId, i64)> = Vec::new();
        filtered.for_each(&snapshot.samples, sample_type, |_, node, value| values.push((node, value)));
        Ok(Self { scrapes, ..Self::of(values, budget)? })
    }

    fn of(mut values: Vec<(NodeId, i64)>, budget: &mut Budget) -> Result<Self, LimitError> {
        values.sort_unstable();
        let distinct = values.chunk_by(|one, next| one.0 == next.0).count();
        let mut sorted = Self::default();
        budget.grow(&mut sorted.nodes, distinct)?;
        budget.grow(&mut sorted.before, distinct + 1)?;
        let mut running = 0_i64;
        sorted.before.push(running);
        for same in values.chunk_by(|one, next| one.0 == next.0) {
            running = same.iter().fold(running, |sum, (_, value)| sum.wrapping_add(*value));
            sorted.nodes.push(same[0].0);
            sorted.before.push(running);
        }
        Ok(sorted)
    }
}
