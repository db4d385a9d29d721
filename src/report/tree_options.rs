//! Options of the call tree in a report: how much of it is written, and how chains of single calls are written.

use crate::base::ids::NodeId;

/// Lines of a chain of single calls: callers without self whose only callee is the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChainLines {
    /// One line for each call.
    #[default]
    Each,
    /// One line for the chain.
    Folded,
}

impl ChainLines {
    /// Each with the word for it.
    pub const WORDS: [(&'static str, Self); 2] = [("each", Self::Each), ("folded", Self::Folded)];
}

/// Ids of nodes in a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeIdColumn {
    /// Names and figures only.
    #[default]
    Hidden,
    /// An id for each node, see [`PathId`](crate::analysis::node_id::PathId).
    Shown,
}

/// Options of a call tree.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TreeOptions {
    /// Levels below the first line, a folded chain counted as one; `None` for all.
    pub depth: Option<usize>,
    /// Smallest share of the whole that a node has to have, from 0 to 1.
    pub min_share: f64,
    /// Lines of chains.
    pub chains: ChainLines,
    /// Ids.
    pub ids: NodeIdColumn,
    /// Node of the first line; the root if `None`.
    pub top: Option<NodeId>,
}
