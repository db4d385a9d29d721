//! Sample types of a page, and the nodes of the tree that have a large enough share in any of them.

use std::io;
use std::sync::Arc;

use crate::analysis::{Answer, CallTree, Column, Query, QueryError};
use crate::base::ids::NodeId;

use super::Subject;

/// Maximum number of sample types of a page: more would take up the space of nodes.
const MOST_TYPES: usize = 6;

/// Answers for the sample types of a page, in the order of the series.
pub(super) struct PageTypes {
    /// Index of each sample type with its answer; all answers have the same tree.
    pub(super) answers: Vec<(usize, Answer)>,
    /// Position in `answers` of the sample type of the report.
    pub(super) chosen: usize,
}

impl PageTypes {
    /// Answers the query for every sample type that has a value.
    ///
    /// # Errors
    /// The error of a query that exceeds the limit of memory.
    pub(super) fn new(subject: &Subject<'_>) -> io::Result<Self> {
        let (answer, asked) = (subject.answer, subject.query().sample_type);
        let mut answers = Vec::new();
        for index in 0..answer.series.sample_types().len() {
            if index == asked {
                answers.push((index, answer.clone()));
                continue;
            }
            // A place is reserved for the requested type.
            if answers.len() + usize::from(index < asked) >= MOST_TYPES {
                continue;
            }
            let query = Query { sample_type: index, ..answer.query.clone() };
            let other = answer.requery(&query, Some(answer)).map_err(|error| match error {
                QueryError::Limit(limit) => io::Error::other(limit),
                error => io::Error::other(error),
            })?;
            // Nodes are looked up in all answers, so that one with another tree has no place here.
            if Arc::ptr_eq(&other.tree, &answer.tree) && other.widths.weight(CallTree::ROOT) > 0 {
                answers.push((index, other));
            }
        }
        let chosen = answers.iter().position(|(index, _)| *index == asked).unwrap_or(0);
        Ok(Self { answers, chosen })
    }

    /// Largest share of a node in any sample type.
    fn share(&self, node: NodeId) -> f64 {
        let share =
            |answer: &Answer| answer.widths.weight(node) as f64 / answer.widths.weight(CallTree::ROOT).max(1) as f64;
        self.answers.iter().map(|(_, answer)| share(answer)).fold(0.0, f64::max)
    }
}

/// Node of a page.
#[derive(Clone, Debug)]
pub(super) struct PageNode {
    pub(super) depth: usize,
    pub(super) kind: PageNodeKind,
}

/// Content of a node of a page.
#[derive(Clone, Debug)]
pub(super) enum PageNodeKind {
    /// Node of the tree.
    Node(NodeId),
    /// Children that are left out: their number, and the sums of their figures for each sample type.
    More(usize, Vec<NodeSums>),
}

/// Figures of a node, or the sums of several nodes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NodeSums {
    pub(super) total: i64,
    pub(super) base: i64,
    pub(super) width: u64,
}

impl NodeSums {
    /// Figures of a node in an answer.
    pub(super) fn of(answer: &Answer, node: NodeId) -> Self {
        let base = answer.base.as_ref().map(|base| &*base.column);
        Self {
            total: answer.column.total(node),
            base: base.map_or(0, |base: &Column| base.total(node)),
            width: answer.widths.weight(node),
        }
    }

    fn add(&mut self, other: Self) {
        self.total = self.total.saturating_add(other.total);
        self.base = self.base.saturating_add(other.base);
        self.width = self.width.saturating_add(other.width);
    }
}

/// Kept node whose subtree is not complete.
struct OpenNode {
    end: usize,
    more: usize,
    sums: Vec<NodeSums>,
}

/// Limits of a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageLimits {
    /// Minimum share of a node in the page, in the sample type in which it is largest.
    pub(super) min_share: f64,
    /// Maximum depth of a node.
    pub(super) max_depth: usize,
    /// Maximum width of a name in cells.
    pub(super) max_name_width: usize,
    /// Maximum size of the source lines in bytes.
    pub(super) max_source_bytes: usize,
}

/// Nodes within the limits, in preorder; the others are counted after their kept siblings. Nodes without a value are
/// left out.
pub(super) fn pruned(tree: &CallTree, types: &PageTypes, limits: PageLimits) -> Vec<PageNode> {
    let mut nodes = Vec::new();
    let mut open: Vec<OpenNode> = Vec::new();
    let mut index = 0;
    let close = |open: &mut Vec<OpenNode>, nodes: &mut Vec<PageNode>, until: usize| {
        while let Some(done) = open.pop_if(|node| node.end <= until) {
            if done.more > 0 {
                nodes.push(PageNode { depth: open.len() + 1, kind: PageNodeKind::More(done.more, done.sums) });
            }
        }
    };
    while index < tree.len() {
        close(&mut open, &mut nodes, index);
        let node = NodeId::new(index);
        let share = types.share(node);
        let is_kept = share >= limits.min_share && share > 0.0 && open.len() <= limits.max_depth;
        if node == CallTree::ROOT || is_kept {
            nodes.push(PageNode { depth: open.len(), kind: PageNodeKind::Node(node) });
            let sums = vec![NodeSums::default(); types.answers.len()];
            open.push(OpenNode { end: tree.end(node), more: 0, sums });
            index += 1;
            continue;
        }
        if let Some(parent) = open.last_mut().filter(|_| share > 0.0) {
            parent.more += 1;
            for (sum, (_, answer)) in parent.sums.iter_mut().zip(&types.answers) {
                sum.add(NodeSums::of(answer, node));
            }
        }
        index = tree.end(node);
    }
    close(&mut open, &mut nodes, tree.len());
    nodes
}
