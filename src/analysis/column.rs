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
    /// Sum of the own values of all nodes before node n, modulo 2^64: a difference is right whenever the figure itself
    /// fits 64 bits.
    before: Vec<i64>,
    /// The same of |own value|, only where a value is negative; halved until their sum fits 64 bits.
    weight_before: Option<Vec<u64>>,
    sum: i128,
    wraps: bool,
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
        let mut before: Vec<i64> = Vec::new();
        budget.grow(&mut before, tree.len() + 1)?;
        before.resize(tree.len() + 1, 0);
        let (mut sum, mut magnitude) = (0i128, 0u128);
        for snapshot in series.snapshots() {
            let samples = &snapshot.samples;
            samples.values[sample_type].for_each(|sample, value| {
                let own = &mut before[tree.node_of(samples.stacks[sample]).index() + 1];
                *own = own.wrapping_add(value);
                sum += i128::from(value);
                magnitude += u128::from(value.unsigned_abs());
            });
        }
        let weight_before = if before.iter().any(|own| *own < 0) { Some(weights(&before, budget)?) } else { None };
        let mut running = 0i64;
        for own in &mut before {
            running = running.wrapping_add(*own);
            *own = running;
        }
        let tree = Arc::clone(tree);
        Ok(Self { tree, before, weight_before, sum, wraps: magnitude > i64::MAX as u128 })
    }

    /// What stands below a node and on it: pprof's cum.
    #[inline]
    pub fn total(&self, node: NodeId) -> i64 {
        self.before[self.tree.end(node)].wrapping_sub(self.before[node.index()])
    }

    /// What stands on a node itself: pprof's flat.
    #[inline]
    pub fn own(&self, node: NodeId) -> i64 {
        self.before[node.index() + 1].wrapping_sub(self.before[node.index()])
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
        self.sum
    }

    /// Whether any node's own value is negative.
    pub fn has_negative(&self) -> bool {
        self.weight_before.is_some()
    }

    /// Whether sums may pass 64 bits, and then wrap as they do in pprof.
    pub fn wraps(&self) -> bool {
        self.wraps
    }
}

/// Prefix sums of |own value|, halved as often as it takes for their sum to fit.
fn weights(own: &[i64], budget: &mut Budget) -> Result<Vec<u64>, LimitError> {
    let magnitude: u128 = own.iter().map(|own| u128::from(own.unsigned_abs())).sum();
    let spare = magnitude.leading_zeros();
    let halvings = 65u32.saturating_sub(spare);
    let mut weights = Vec::new();
    budget.grow(&mut weights, own.len())?;
    let mut running = 0u64;
    for own in own {
        running += own.unsigned_abs() >> halvings;
        weights.push(running);
    }
    Ok(weights)
}
