//! Options of the call tree in a report: limits, and the form of chains of single calls.

use crate::base::ids::NodeId;

/// Lines of a chain of single calls: callers without self whose only callee is the next one in the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChainLines {
    /// One line for each call.
    #[default]
    Each,
    /// One line for the chain.
    Folded,
}

impl ChainLines {
    /// All forms, each with its word.
    pub const WORDS: [(&'static str, Self); 2] = [("each", Self::Each), ("folded", Self::Folded)];
}

/// Visibility of node ids in a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeIdColumn {
    /// No ids, only names and figures.
    #[default]
    Hidden,
    /// An id for each node, see [`PathId`](crate::analysis::node_id::PathId).
    Shown,
}

/// Options of a call tree.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TreeOptions {
    /// Maximum number of levels below the first line, a folded chain counted as one; `None` for all.
    pub depth: Option<usize>,
    /// Minimum share of the whole, from 0 to 1.
    pub min_share: f64,
    /// Form of chains.
    pub chains: ChainLines,
    /// Visibility of node ids.
    pub ids: NodeIdColumn,
    /// Node of the first line; the root if `None`.
    pub top: Option<NodeId>,
}
