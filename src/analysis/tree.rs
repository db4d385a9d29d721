//! Call tree: the location trie with equal frames merged, stored as columns in preorder.
//!
//! A subtree is a range of nodes, so that a sum over subtrees takes one column of prefix sums and no walk. The tree
//! depends on neither sample type, window nor search; those are columns over it. `tree/builder.rs` builds it.

mod builder;
mod node_mapping;
mod own_nodes;
mod parents;
mod recursion;

use std::sync::Arc;

use crate::analysis::filter::{CompiledFilters, FramePlan};
use crate::analysis::frames::{Frames, LocationFrames, frames};
use crate::analysis::label_roots::LabelRoots;
use crate::analysis::non_zero::NonZeroStacks;
use crate::analysis::prune;
use crate::analysis::query::{Pruning, Recursion, TreeShape};
use crate::analysis::tree::builder::TreeBuilder;
use crate::analysis::tree::own_nodes::OwnNodes;
use crate::analysis::tree::parents::Parents;
use crate::base::ids::{FrameId, LabelSetId, NodeId, StackId};
use crate::base::limits::{Budget, LimitError};
use crate::profile::Series;

/// Call tree. Node 0 is the root, whose frame is frame 0; children are in no particular order.
#[derive(Clone, Debug)]
pub struct CallTree {
    frames: Arc<Frames>,
    frame: Vec<FrameId>,
    parents: Parents,
    /// One past the last node of each subtree.
    end: Vec<u32>,
    /// Number of nodes of each frame.
    node_counts: Vec<u32>,
    /// Node that receives the self values of each stack, indexed by stack; [`NOWHERE`] for stacks that are dropped or
    /// left out. Empty for a tree without nodes: all stacks end at its root.
    node_of: Vec<NodeId>,
    /// Nodes at which samples end.
    own_nodes: OwnNodes,
    /// Stacks below label roots (pprof's `-tagroot`); `None` without label roots.
    label_roots: Option<Arc<LabelRoots>>,
    /// Sample type whose stacks the tree is limited to; `None` if it has all stacks.
    limited_to: Option<usize>,
    /// True if every included stack has a node.
    has_all: bool,
}

/// Marker for a stack that has no node.
const NOWHERE: NodeId = NodeId(u32::MAX);

impl CallTree {
    /// Root of the tree; its children are the outermost frames.
    pub const ROOT: NodeId = NodeId::ROOT;

    /// Builds the tree of a series in a shape.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent: inlined functions can make a tree much larger than its trie.
    pub fn new(series: &Series, shape: TreeShape, budget: &mut Budget) -> Result<Self, LimitError> {
        Self::filtered(series, shape, None, &CompiledFilters::default(), None, budget)
    }

    /// Builds the tree of the samples that pass the filters, optionally below label roots (pprof's `-tagroot`). With
    /// `limited_to`, stacks without a value of that sample type are left out, unless most stacks have one.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub fn filtered(
        series: &Series,
        shape: TreeShape,
        limited_to: Option<usize>,
        filters: &CompiledFilters,
        label_roots: Option<&Arc<LabelRoots>>,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let verdicts = match shape.pruning {
            Pruning::FileRules => prune::pruned_locations(series),
            Pruning::AllFrames => None,
        };
        let trie = label_roots.map_or(series.trie(), |label_roots| &label_roots.trie);
        let stacks = label_roots.map(Arc::as_ref);
        let plan = FramePlan::new(series, trie, filters, verdicts.as_deref());
        let (frames, of_location) = frames(series, shape, plan.as_ref(), stacks, budget)?;
        let filled = match limited_to {
            Some(sample_type) => NonZeroStacks::new(series, stacks, sample_type, budget)?,
            None => None,
        };
        let limited_to = limited_to.filter(|_| filled.is_some());
        let builder = TreeBuilder::new(trie, filled.as_ref(), &of_location, plan.as_ref(), budget)?;
        let tree = Self { label_roots: label_roots.cloned(), limited_to, ..builder.build(Arc::new(frames), budget)? };
        let tree = if shape.recursion == Recursion::Folded { tree.folded(budget)? } else { tree };
        Ok(Self { own_nodes: OwnNodes::new(series, &tree, budget)?, ..tree })
    }

    /// Builds a tree without nodes below its root, at which all samples end; also returns the frames of each location.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub(super) fn without_nodes(
        series: &Series,
        shape: TreeShape,
        budget: &mut Budget,
    ) -> Result<(Self, LocationFrames), LimitError> {
        let (frames, of_location) = frames(series, shape, None, None, budget)?;
        let mut node_counts = vec![0; frames.len()];
        node_counts[FrameId::ROOT.index()] = 1;
        let tree = Self {
            frames: Arc::new(frames),
            frame: vec![FrameId::ROOT],
            parents: Parents::default(),
            end: vec![1],
            node_counts,
            node_of: Vec::new(),
            own_nodes: OwnNodes::All,
            label_roots: None,
            limited_to: None,
            has_all: true,
        };
        Ok((tree, of_location))
    }

    /// Builds a tree of other nodes, given in preorder, over the same frames. The numbers of nodes by frame stay those
    /// of this tree.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub(super) fn regrouped(
        &self,
        frame: Vec<FrameId>,
        parent: &[NodeId],
        end: Vec<u32>,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let mut parents = Parents::default();
        for (node, parent) in parent.iter().enumerate().skip(1) {
            parents.push(NodeId::new(node), *parent, budget)?;
        }
        let (frames, node_counts) = (Arc::clone(&self.frames), self.node_counts.clone());
        Ok(Self {
            frames,
            frame,
            parents,
            end,
            node_counts,
            node_of: Vec::new(),
            own_nodes: OwnNodes::All,
            label_roots: None,
            limited_to: None,
            has_all: false,
        })
    }

    /// Folds recursion, so that a path has every frame at most once.
    fn folded(self, budget: &mut Budget) -> Result<Self, LimitError> {
        let (trie, of_node) = recursion::fold(&self, budget)?;
        let of_location = LocationFrames::each(self.frames.len());
        let inner =
            TreeBuilder::new(&trie, None, &of_location, None, budget)?.build(Arc::clone(&self.frames), budget)?;
        let moved = |node: &NodeId| match Self::node_of_any(*node) {
            Some(node) => inner.node_of[of_node[node.index()].index()],
            None => NOWHERE,
        };
        let node_of = self.node_of.iter().map(moved).collect();
        Ok(Self {
            node_of,
            label_roots: self.label_roots.clone(),
            limited_to: self.limited_to,
            has_all: self.has_all,
            ..inner
        })
    }

    fn node_of_any(node: NodeId) -> Option<NodeId> {
        (node != NOWHERE).then_some(node)
    }

    /// The number of nodes, the root included.
    pub fn len(&self) -> usize {
        self.frame.len()
    }

    /// Returns true if the tree has only the root.
    pub fn is_empty(&self) -> bool {
        self.frame.len() <= 1
    }

    /// Frames of the nodes.
    pub fn frames(&self) -> &Frames {
        &self.frames
    }

    /// The frame of a node.
    #[inline]
    pub fn frame(&self, node: NodeId) -> FrameId {
        self.frame[node.index()]
    }

    /// The frames of all nodes, in preorder.
    pub fn node_frames(&self) -> &[FrameId] {
        &self.frame
    }

    /// Number of nodes of a frame.
    pub fn node_count_of(&self, frame: FrameId) -> u32 {
        self.node_counts[frame.index()]
    }

    /// Node of the caller; `None` for the root.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        (node != Self::ROOT).then(|| self.parents.of(node))
    }

    /// One past the last node of the subtree.
    #[inline]
    pub fn end(&self, node: NodeId) -> usize {
        self.end[node.index()] as usize
    }

    /// The children of a node.
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.end(node);
        let first = node.index() + 1;
        std::iter::successors((first < end).then_some(first), move |child| {
            let next = self.end[*child] as usize;
            (next < end).then_some(next)
        })
        .map(NodeId::new)
    }

    /// Number of callers of a node; 0 for the root.
    pub fn depth(&self, node: NodeId) -> usize {
        std::iter::successors(self.parent(node), |node| self.parent(*node)).count()
    }

    /// The nodes from the root to a node, both included.
    pub fn path(&self, node: NodeId) -> Vec<NodeId> {
        let mut path: Vec<NodeId> = std::iter::successors(Some(node), |node| self.parent(*node)).collect();
        path.reverse();
        path
    }

    /// Returns true if `node` is `ancestor` or in its subtree.
    pub fn contains(&self, ancestor: NodeId, node: NodeId) -> bool {
        (ancestor.index()..self.end(ancestor)).contains(&node.index())
    }

    /// Node that receives the values of a stack; only for a tree without filters and label roots.
    #[inline]
    pub(super) fn node_of_stack_unfiltered(&self, stack: StackId) -> NodeId {
        self.node_of.get(stack.index()).copied().unwrap_or(Self::ROOT)
    }

    /// Node that receives the values of a stack; `None` if the stack has no node. `stack` is a result of
    /// [`CallTree::stack`].
    #[inline]
    pub(super) fn node_of_stack(&self, stack: StackId) -> Option<NodeId> {
        Self::node_of_any(self.node_of[stack.index()])
    }

    /// Stack of a sample in the tree: with label roots, the one below the values of the sample's labels.
    #[inline]
    pub(super) fn stack(&self, stack: StackId, set: LabelSetId) -> StackId {
        self.label_roots.as_ref().map_or(stack, |label_roots| label_roots.stack(stack, set))
    }

    /// Stacks below label roots; `None` without label roots.
    pub(super) fn label_roots(&self) -> Option<&Arc<LabelRoots>> {
        self.label_roots.as_ref()
    }

    /// Returns true if the tree has the stacks of a sample type, or of all sample types for `None`.
    pub(super) fn has_stacks_of(&self, sample_type: Option<usize>) -> bool {
        self.limited_to.is_none() || self.limited_to == sample_type
    }

    /// Returns true if every sample has a node, which depends on the sample's stack alone.
    pub(super) fn maps_every_stack(&self) -> bool {
        self.has_all && self.label_roots.is_none()
    }

    /// Names on the path from below the root to a node: they identify a selection in another tree.
    pub fn names(&self, node: NodeId) -> Vec<Box<str>> {
        self.path(node).into_iter().skip(1).map(|node| self.frames.name(self.frame(node)).into()).collect()
    }

    /// Finds the deepest node whose path is a prefix of `names`.
    pub fn find(&self, names: &[Box<str>]) -> NodeId {
        let mut node = Self::ROOT;
        for name in names {
            let mut children = self.children(node);
            match children.find(|child| self.frames.name(self.frame(*child)) == &**name) {
                Some(child) => node = child,
                None => break,
            }
        }
        node
    }
}
