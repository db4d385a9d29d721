//! Lines of the call tree, or of the bottom-up tree, in the order of a report.
//!
//! A limit keeps the heaviest nodes of the whole tree, not the first ones: the first forty nodes of a real profile are
//! one path into it. A node is never lighter than its descendants, so that the kept nodes are connected.

use std::cmp::Reverse;

use crate::analysis::flat::SelfAndTotal;
use crate::analysis::node_id::PathId;
use crate::analysis::{CallTree, Change, Column};
use crate::base::ids::{FrameId, NodeId};

use super::Subject;
use super::tree_options::{ChainLines, NodeIdColumn};

/// One line of the report.
#[derive(Clone)]
pub(super) struct TreeLine {
    pub(super) depth: usize,
    pub(super) content: LineContent,
}

/// Contents of a line: a node, or the sum of the nodes that are left out below a parent.
#[derive(Clone)]
pub(super) enum LineContent {
    Call(TreeCall),
    Rest { calls: usize, total: i64 },
}

/// Node of the tree, or a folded chain of nodes.
#[derive(Clone)]
pub(super) struct TreeCall {
    /// Frames of the chain in the order of the tree; the figures are those of the last frame.
    pub(super) frames: Vec<FrameId>,
    pub(super) now: SelfAndTotal,
    /// Figures in the base; `None` without a base.
    pub(super) base: Option<SelfAndTotal>,
    /// Change of the last node's total; `None` without a base.
    pub(super) change: Option<Change>,
    /// Id of the last node; `None` unless ids are shown.
    pub(super) id: Option<PathId>,
}

/// Nodes of the top-down tree that pass the limits.
pub(super) struct TreeCut {
    /// Flag per node: true if it is kept.
    kept: Vec<bool>,
    /// Number of lines that are left out.
    pub(super) left_out: usize,
}

/// Flag per node: true if it is folded into its only callee.
pub(super) type FoldedNodes = Vec<bool>;

/// Nodes that are folded into their only callee; `None` if chains have a line for each call.
pub(super) fn folded_into_callee(subject: &Subject<'_>) -> Option<FoldedNodes> {
    if subject.tree_options.chains == ChainLines::Each {
        return None;
    }
    let is_link = |node: NodeId| node != top(subject) && subject.answer.only_callee(node).is_some();
    Some((0..subject.tree().len()).map(NodeId::new).map(is_link).collect())
}

/// Node of the first line.
fn top(subject: &Subject<'_>) -> NodeId {
    subject.tree_options.top.unwrap_or(CallTree::ROOT)
}

/// Depth of each node in lines below the first line; 0 outside of the subtree of the first line.
fn depths(subject: &Subject<'_>, folded: Option<&FoldedNodes>) -> Vec<u32> {
    let (tree, top) = (subject.tree(), top(subject));
    let mut depths: Vec<u32> = vec![0; tree.len()];
    // Parents come before their children.
    for node in (top.index() + 1..tree.end(top)).map(NodeId::new) {
        if let Some(parent) = tree.parent(node) {
            let is_folded = folded.is_some_and(|folded| folded[parent.index()]);
            depths[node.index()] = depths[parent.index()] + u32::from(!is_folded);
        }
    }
    depths
}

impl TreeCut {
    /// Keeps as many of the heaviest nodes as the options allow; `None` if they allow all. Of equal nodes the first in
    /// preorder is kept, so that an ancestor comes before its descendants.
    pub(super) fn new(subject: &Subject<'_>, folded: Option<&FoldedNodes>) -> Option<Self> {
        let (tree, widths, options) = (subject.tree(), &subject.answer.widths, subject.tree_options);
        let depths = options.depth.map(|_| depths(subject, folded));
        let least = least_weight(widths.weight(CallTree::ROOT), options.min_share);
        let top = top(subject);
        let is_shown = |node: &NodeId| {
            let depth = depths.as_ref().map_or(0, |depths| depths[node.index()] as usize);
            widths.weight(*node) > 0 && options.depth.is_none_or(|deepest| depth <= deepest)
        };
        let is_line = |node: &NodeId| folded.is_none_or(|folded| !folded[node.index()]);
        let nodes = (top.index()..tree.end(top)).map(NodeId::new).filter(is_shown);
        let mut nodes: Vec<NodeId> = nodes.filter(is_line).collect();
        let all = nodes.len();
        nodes.retain(|node| *node == top || widths.weight(*node) >= least);
        let wanted = subject.wanted(nodes.len());
        if wanted == all {
            return None;
        }
        if wanted < nodes.len() {
            nodes.select_nth_unstable_by_key(wanted, |node| (Reverse(widths.weight(*node)), *node));
        }
        let mut kept = vec![false; tree.len()];
        for node in &nodes[..wanted] {
            kept[node.index()] = true;
            // Nodes that are folded into a kept line are kept too.
            let mut above = tree.parent(*node);
            while let Some(link) = above.filter(|link| folded.is_some_and(|folded| folded[link.index()])) {
                kept[link.index()] = true;
                above = tree.parent(link);
            }
        }
        Some(Self { kept, left_out: all - wanted })
    }
}

/// Smallest weight of a node that is shown.
pub(super) fn least_weight(whole: u64, min_share: f64) -> u64 {
    (whole as f64 * min_share.clamp(0.0, 1.0)).ceil() as u64
}

/// Iterator over the lines of the tree. Nodes without a value of the sample type are left out.
pub(super) struct TreeWalk<'a> {
    subject: Subject<'a>,
    folded: Option<&'a FoldedNodes>,
    /// Nodes that are kept; `None` keeps all.
    cut: Option<&'a TreeCut>,
    /// Lines that are still to come, the next line last.
    ahead: Vec<PendingLine>,
}

/// Line that is still to come.
struct PendingLine {
    depth: usize,
    content: PendingContent,
}

/// Contents of a line that is still to come.
enum PendingContent {
    /// Node, and the id of its caller if ids are shown.
    Node(NodeId, Option<PathId>),
    Rest {
        calls: usize,
        total: i64,
    },
}

impl<'a> TreeWalk<'a> {
    pub(super) fn new(subject: &Subject<'a>, folded: Option<&'a FoldedNodes>, cut: Option<&'a TreeCut>) -> Self {
        let top = top(subject);
        let id_of_caller =
            || subject.tree().parent(top).map_or(PathId::ROOT, |parent| PathId::of(subject.tree(), parent));
        let above = (subject.tree_options.ids == NodeIdColumn::Shown).then(id_of_caller);
        let ahead = vec![PendingLine { depth: 0, content: PendingContent::Node(top, above) }];
        Self { subject: *subject, folded, cut, ahead }
    }

    /// Adds the lines of the children of a node: those that are kept, then one line for the rest.
    fn descend(&mut self, node: NodeId, id: Option<PathId>, depth: usize) {
        let Self { subject, .. } = self;
        if subject.tree_options.depth.is_some_and(|deepest| depth > deepest) {
            return;
        }
        let tree = subject.tree();
        let mut children = children(subject, node);
        if let Some(TreeCut { kept, .. }) = self.cut {
            let (mut calls, mut total) = (0, 0_i64);
            children.retain(|child| {
                if !kept[child.index()] {
                    calls += 1;
                    total = total.saturating_add(subject.column().total(*child));
                }
                kept[child.index()]
            });
            if calls > 0 {
                self.ahead.push(PendingLine { depth, content: PendingContent::Rest { calls, total } });
            }
        }
        let name = |node: NodeId| tree.frames().name(tree.frame(node));
        let size = |node: NodeId| subject.column().total(node).unsigned_abs();
        // Lines are taken from the end, so the order is reversed.
        children.sort_by(|a, b| size(*a).cmp(&size(*b)).then_with(|| name(*b).cmp(name(*a))));
        let lines = children.into_iter().map(|child| PendingLine { depth, content: PendingContent::Node(child, id) });
        self.ahead.extend(lines);
    }
}

/// Children of a node with a value of the sample type.
fn children(subject: &Subject<'_>, node: NodeId) -> Vec<NodeId> {
    subject.tree().children(node).filter(|child| subject.answer.widths.weight(*child) > 0).collect()
}

impl Iterator for TreeWalk<'_> {
    type Item = TreeLine;

    fn next(&mut self) -> Option<TreeLine> {
        let PendingLine { depth, content } = self.ahead.pop()?;
        let (mut node, above) = match content {
            PendingContent::Rest { calls, total } => {
                return Some(TreeLine { depth, content: LineContent::Rest { calls, total } });
            }
            PendingContent::Node(node, above) => (node, above),
        };
        let subject = self.subject;
        let tree = subject.tree();
        let id_of = |above: Option<PathId>, node: NodeId| match node {
            CallTree::ROOT => above,
            node => Some(above?.child(tree.frames().name(tree.frame(node)))),
        };
        let (mut id, mut frames) = (id_of(above, node), vec![tree.frame(node)]);
        while self.folded.is_some_and(|folded| folded[node.index()]) {
            let Some(next) = children(&subject, node).first().copied() else { break };
            node = next;
            id = id_of(id, node);
            frames.push(tree.frame(node));
        }
        self.descend(node, id, depth + 1);
        let figures = |column: &Column| SelfAndTotal { own: column.own(node), total: column.total(node) };
        let (now, base) = (figures(subject.column()), subject.base().map(figures));
        let change = subject.answer.pair().map(|pair| pair.total(node));
        Some(TreeLine { depth, content: LineContent::Call(TreeCall { frames, now, base, change, id }) })
    }
}
