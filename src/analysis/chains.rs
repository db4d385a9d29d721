//! Chains of functions, each of which only calls the next.

use super::column::Column;
use super::diff::Widths;
use super::tree::CallTree;
use crate::base::ids::NodeId;

/// Columns of a call tree that decide which nodes are a chain.
#[derive(Clone, Copy, Debug)]
pub struct ChainRule<'a> {
    /// Tree.
    pub tree: &'a CallTree,
    /// Values.
    pub column: &'a Column,
    /// Values of the base in a comparison.
    pub base: Option<&'a Column>,
    /// Widths of the nodes.
    pub widths: &'a Widths,
}

impl ChainRule<'_> {
    /// The only callee of a node that has nothing itself.
    ///
    /// Both have equal widths, and equal values in each column: a slot for both says what is true for each of them. A
    /// callee that is only in the base of a comparison, or only in the other window, counts. The value of a label is in
    /// no chain.
    pub fn only_callee(&self, node: NodeId) -> Option<NodeId> {
        let columns = || std::iter::once(self.column).chain(self.base);
        let has_any = |child: &NodeId| {
            self.widths.rank(*child) > 0 || columns().any(|column| column.total(*child) != 0 || column.own(*child) != 0)
        };
        if columns().any(|column| column.own(node) != 0) {
            return None;
        }
        let mut callees = self.tree.children(node).filter(has_any);
        let callee = callees.next()?;
        let is_equal = |value: &dyn Fn(NodeId) -> u64| value(callee) == value(node);
        let is_label = |node| self.tree.frames().is_label(self.tree.frame(node));
        let is_only = callees.next().is_none()
            && !is_label(node)
            && !is_label(callee)
            && is_equal(&|node| self.widths.weight(node))
            && is_equal(&|node| self.widths.rank(node))
            && columns().all(|column| column.total(callee) == column.total(node));
        is_only.then_some(callee)
    }
}
