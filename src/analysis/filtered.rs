//! Samples that pass the filters, and the node of the call tree that receives the values of each.
//!
//! All sums of samples are computed here, so that no figure can miss a filter.

use std::sync::Arc;

use crate::analysis::filter::Mask;
use crate::analysis::query::Shares;
use crate::analysis::tree::CallTree;
use crate::base::ids::{LabelSetId, NodeId, StackId};
use crate::base::step_count;
use crate::profile::{Samples, Snapshot};

/// Call tree, and the samples that count on it.
#[derive(Clone, Debug)]
pub struct FilteredTree {
    tree: Arc<CallTree>,
    mask: Option<Arc<Mask>>,
    shares: Shares,
}

impl FilteredTree {
    /// Combines a tree with the mask of the samples to keep; `None` keeps all.
    pub fn new(tree: Arc<CallTree>, mask: Option<Arc<Mask>>, shares: Shares) -> Self {
        Self { tree, mask, shares }
    }

    /// Denominator of shares.
    pub fn shares(&self) -> Shares {
        self.shares
    }

    /// Call tree.
    pub fn tree(&self) -> &Arc<CallTree> {
        &self.tree
    }

    /// Returns true if both have the same tree, the same mask and the same denominator of shares.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let mask = |one: &Self| one.mask.as_ref().map(Arc::as_ptr);
        Arc::ptr_eq(&self.tree, &other.tree) && mask(self) == mask(other) && self.shares == other.shares
    }

    /// Samples that the filters keep; `None` if they keep all.
    pub(super) fn mask(&self) -> Option<&Arc<Mask>> {
        self.mask.as_ref()
    }

    /// Returns true if every sample counts.
    pub fn keeps_all(&self) -> bool {
        self.mask.is_none() && self.tree.maps_every_stack()
    }

    /// Copy without the mask: every sample that has a node counts.
    pub(super) fn without_mask(&self) -> Self {
        Self { mask: None, ..self.clone() }
    }

    /// Node of a sample; `None` if a filter drops the sample.
    #[inline]
    pub(super) fn node(&self, stack: StackId, set: LabelSetId) -> Option<NodeId> {
        let stack = self.tree.stack(stack, set);
        let counts = self.mask.as_ref().is_none_or(|mask| mask.keeps(stack, set));
        if counts { self.tree.node_of_stack(stack) } else { None }
    }

    /// Sum of the samples of a snapshot that count, clamped to 64 bits.
    pub fn total(&self, snapshot: &Snapshot, sample_type: usize) -> i64 {
        let mut sum = 0_i128;
        if self.keeps_all() {
            sum = snapshot.totals.get(sample_type).copied().unwrap_or_default();
        } else {
            self.for_each(&snapshot.samples, sample_type, |_, _, value| sum += i128::from(value));
        }
        i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
    }

    /// Calls `each` with the number, the node and the value of every sample that counts and whose value is not 0.
    #[inline]
    pub(super) fn for_each(&self, samples: &Samples, sample_type: usize, mut each: impl FnMut(usize, NodeId, i64)) {
        step_count::count_steps(samples.len());
        debug_assert!(self.tree.has_stacks_of(Some(sample_type)), "the tree has no place for it");
        let values = &samples.values[sample_type];
        if self.keeps_all() {
            return values.for_each(|sample, value| {
                each(sample, self.tree.node_of_stack_unfiltered(samples.stacks[sample]), value);
            });
        }
        values.for_each(|sample, value| {
            if let Some(node) = self.node(samples.stacks[sample], samples.labels[sample]) {
                each(sample, node, value);
            }
        });
    }
}
