//! Search for the nodes of one tree in another tree of the same series and any shape: both are made of the same stacks.

use rustc_hash::FxHashMap;

use crate::analysis::tree::{CallTree, NOWHERE};
use crate::base::ids::NodeId;

impl CallTree {
    /// Finds nodes of this tree in another tree of the same series and any shape: the nodes at which the same stacks
    /// end. Of several, those for which `holds` is true are preferred. A node that the other tree lacks is mapped to
    /// its nearest caller there.
    pub fn map_nodes_to(&self, nodes: &[NodeId], to: &Self, holds: impl Fn(NodeId) -> bool) -> Vec<NodeId> {
        let mut wanted = vec![false; self.len()];
        for node in nodes {
            wanted[node.index()] = true;
            // No stack ends at an inlined frame, but stacks end at its callers.
            self.path(*node).into_iter().for_each(|node| wanted[node.index()] = true);
        }
        let mut found: FxHashMap<NodeId, NodeId> = FxHashMap::default();
        if self.label_roots.is_some() == to.label_roots.is_some() && self.node_of.len() == to.node_of.len() {
            for (node, place) in self.node_of.iter().zip(&to.node_of) {
                if *node == NOWHERE || *place == NOWHERE || !wanted[node.index()] {
                    continue;
                }
                // Prefers a node whose frame has the same name, else the deepest node.
                let same = |place: NodeId| to.frames.name(to.frame(place)) == self.frames.name(self.frame(*node));
                let known = found.entry(*node).or_insert(*place);
                let rank = |place: NodeId| (holds(place), same(place));
                if rank(*place) > rank(*known) || rank(*place) == rank(*known) && !same(*known) && *place > *known {
                    *known = *place;
                }
            }
        }
        let carry = |node: NodeId| {
            let callers = std::iter::successors(Some(node), |node| self.parent(*node));
            let place =
                callers.map_while(|node| (node != Self::ROOT).then_some(node)).find_map(|node| found.get(&node));
            // Names find a frame at an unchanged path, which stacks alone cannot.
            let named = to.find(&self.names(node));
            let is_named = to.depth(named) == self.depth(node);
            let is_empty = !holds(named) && place.is_some_and(|place| holds(*place));
            if is_named && !is_empty { named } else { place.copied().unwrap_or(named) }
        };
        nodes.iter().copied().map(carry).collect()
    }
}
