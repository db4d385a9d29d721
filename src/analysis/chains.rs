//! Chains of functions, each of which only calls the next.

use super::derive::Answer;
use crate::base::ids::NodeId;

impl Answer {
    /// Only callee of a node without self value; `None` if the node has a self value or several callees.
    ///
    /// Both nodes are in one chain: they have equal widths, and equal values in each column, so that one slot or line
    /// shows both. A callee that only one window of a comparison has counts too. A label value is in no chain.
    pub fn only_callee(&self, node: NodeId) -> Option<NodeId> {
        let Self { tree, widths, .. } = self;
        let columns = || std::iter::once(&self.column).chain(self.base.as_ref().map(|base| &base.column));
        if columns().any(|column| column.own(node) != 0) {
            return None;
        }
        let has_any = |child: &NodeId| {
            widths.rank(*child) > 0 || columns().any(|column| column.total(*child) != 0 || column.own(*child) != 0)
        };
        let mut callees = tree.children(node).filter(has_any);
        let callee = callees.next()?;
        let is_label = |node| tree.frames().is_label(tree.frame(node));
        let is_only = callees.next().is_none()
            && !is_label(node)
            && !is_label(callee)
            && widths.weight(callee) == widths.weight(node)
            && widths.rank(callee) == widths.rank(node)
            && columns().all(|column| column.total(callee) == column.total(node));
        is_only.then_some(callee)
    }
}
