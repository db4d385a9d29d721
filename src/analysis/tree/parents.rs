//! Parents of the nodes of a tree in preorder. A node follows its parent or a subtree; only in the second case its parent
//! is stored.

use crate::base::ids::NodeId;
use crate::base::limits::{Budget, LimitError};
use crate::base::ranked_bits::RankedBits;

/// Parents of nodes in preorder.
#[derive(Clone, Debug, Default)]
pub(super) struct Parents {
    /// Nodes that do not follow their parent.
    apart: RankedBits,
    /// Parent of each of these nodes.
    stored: Vec<NodeId>,
}

impl Parents {
    /// Adds the parent of the next node.
    #[inline]
    pub(super) fn push(&mut self, node: NodeId, parent: NodeId, budget: &mut Budget) -> Result<(), LimitError> {
        if parent.0 + 1 == node.0 { Ok(()) } else { self.store(node, parent, budget) }
    }

    #[inline(never)]
    fn store(&mut self, node: NodeId, parent: NodeId, budget: &mut Budget) -> Result<(), LimitError> {
        budget.push(&mut self.stored, parent)?;
        self.apart.push(node.index(), budget)
    }

    /// Parent of a node other than the root.
    #[inline]
    pub(super) fn of(&self, node: NodeId) -> NodeId {
        match self.apart.rank_of(node.index()) {
            Some(at) => self.stored[at],
            None => NodeId(node.0.saturating_sub(1)),
        }
    }

    /// Computes one past the last node of each subtree of a tree of `count` nodes: in preorder, a subtree ends where its
    /// last child's subtree ends.
    pub(super) fn ends(&self, count: usize, budget: &mut Budget) -> Result<Vec<u32>, LimitError> {
        let mut end = Vec::new();
        budget.grow(&mut end, count)?;
        end.extend(1..=count as u32);
        let mut after = count;
        for (node, parent) in self.apart.descending().zip(self.stored.iter().rev()) {
            let last = reach(&mut end[node..after]);
            let above = &mut end[parent.index()];
            *above = last.max(*above);
            after = node;
        }
        reach(&mut end[..after]);
        Ok(end)
    }
}

/// Extends the subtree of each node of a chain to that of the next node; returns the end of the first.
#[inline]
fn reach(chain: &mut [u32]) -> u32 {
    let mut last = 0;
    for end in chain.iter_mut().rev() {
        last = last.max(*end);
        *end = last;
    }
    last
}
