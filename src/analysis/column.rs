//! One sample type laid over a call tree, as prefix sums in preorder: every node's figures are two look-ups away.

use std::sync::Arc;

use crate::analysis::tree::CallTree;
use crate::base::ids::NodeId;
use crate::base::limits::{Budget, LimitError};
use crate::profile::Series;

/// The figures of one sample type for every node.
#[derive(Clone, Debug)]
pub struct Column {
    tree: Arc<CallTree>,
    sums: Sums,
    /// Sum of |own value| of all nodes before node n, only where a value is negative; halved until their sum fits 64
    /// bits.
    weight_before: Option<Vec<u64>>,
}

/// Prefix sums of own values in preorder.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    /// Sum of the own values of all nodes before node n, modulo 2^64: a difference is right whenever the figure itself
    /// fits 64 bits.
    before: Vec<i64>,
    sum: i128,
    magnitude: u128,
    has_negative: bool,
}

impl Sums {
    /// Sums up a sample type, the values of all snapshots together, into what was allocated for another one.
    pub(super) fn fill(
        &mut self,
        series: &Series,
        tree: &CallTree,
        sample_type: usize,
        budget: &mut Budget,
    ) -> Result<(), LimitError> {
        if self.before.capacity() <= tree.len() {
            budget.grow(&mut self.before, tree.len() + 1)?;
        }
        self.before.clear();
        self.before.resize(tree.len() + 1, 0);
        let (mut sum, mut magnitude) = (0i128, 0u128);
        for snapshot in series.snapshots() {
            let samples = &snapshot.samples;
            samples.values[sample_type].for_each(|sample, value| {
                let own = &mut self.before[tree.node_of(samples.stacks[sample]).index() + 1];
                *own = own.wrapping_add(value);
                sum += i128::from(value);
                magnitude += u128::from(value.unsigned_abs());
            });
        }
        let (mut running, mut has_negative) = (0i64, false);
        for own in &mut self.before {
            has_negative |= *own < 0;
            running = running.wrapping_add(*own);
            *own = running;
        }
        (self.sum, self.magnitude, self.has_negative) = (sum, magnitude, has_negative);
        Ok(())
    }

    #[inline]
    pub(super) fn total(&self, tree: &CallTree, node: NodeId) -> i64 {
        self.before[tree.end(node)].wrapping_sub(self.before[node.index()])
    }

    #[inline]
    pub(super) fn own(&self, node: NodeId) -> i64 {
        self.before[node.index() + 1].wrapping_sub(self.before[node.index()])
    }

    /// Prefix sums of |own value|, halved as often as it takes for their sum to fit.
    fn weights(&self, budget: &mut Budget) -> Result<Vec<u64>, LimitError> {
        let own = |node: usize| self.own(NodeId::new(node)).unsigned_abs();
        let nodes = self.before.len() - 1;
        let magnitude: u128 = (0..nodes).map(|node| u128::from(own(node))).sum();
        let halvings = 65u32.saturating_sub(magnitude.leading_zeros());
        let mut weights = Vec::new();
        budget.grow(&mut weights, nodes + 1)?;
        let mut running = 0u64;
        weights.push(running);
        for node in 0..nodes {
            running += own(node) >> halvings;
            weights.push(running);
        }
        Ok(weights)
    }
}

impl Column {
    /// Lays a sample type over a tree, the values of all snapshots summed.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub fn new(
        series: &Series,
        tree: &Arc<CallTree>,
        sample_type: usize,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let mut sums = Sums::default();
        sums.fill(series, tree, sample_type, budget)?;
        let weight_before = if sums.has_negative { Some(sums.weights(budget)?) } else { None };
        Ok(Self { tree: Arc::clone(tree), sums, weight_before })
    }

    pub(super) fn sums(&self) -> &Sums {
        &self.sums
    }

    /// What stands below a node and on it: pprof's cum.
    #[inline]
    pub fn total(&self, node: NodeId) -> i64 {
        self.sums.total(&self.tree, node)
    }

    /// What stands on a node itself: pprof's flat.
    #[inline]
    pub fn own(&self, node: NodeId) -> i64 {
        self.sums.own(node)
    }

    /// How wide a node is drawn: its total where nothing is negative, else the sum of |own value| over its subtree, so
    /// that no child outgrows its parent.
    #[inline]
    pub fn weight(&self, node: NodeId) -> u64 {
        match &self.weight_before {
            Some(before) => before[self.tree.end(node)] - before[node.index()],
            None => self.total(node) as u64,
        }
    }

    /// Signed sum of the whole column.
    pub fn sum(&self) -> i128 {
        self.sums.sum
    }

    /// Whether any node's own value is negative.
    pub fn has_negative(&self) -> bool {
        self.sums.has_negative
    }

    /// Whether sums may pass 64 bits, and then wrap as they do in pprof.
    pub fn wraps(&self) -> bool {
        self.sums.magnitude > i64::MAX as u128
    }
}
