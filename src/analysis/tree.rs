//! The call tree as it is looked at: the location trie with equal frames merged, in preorder columns.
//!
//! A node's subtree is the range from it to its end, so whatever is summed over subtrees needs one column of prefix sums
//! and no walk. The tree is made by merging groups: a node is a list of cursors into the trie, its children are the
//! cursors' children grouped by frame. Nothing here depends on a sample type, a window or a search; those are columns
//! laid over the tree.

mod carried;

use std::sync::Arc;

use crate::analysis::filter::plan::Step;
use crate::analysis::filter::{Plan, Sieve};
use crate::analysis::frames::{Frames, LocationFrames, frames};
use crate::analysis::prune;
use crate::analysis::query::{Pruning, Recursion, Shape};
use crate::analysis::recursion;
use crate::analysis::rooted::Rooted;
use crate::base::ids::{FrameId, NodeId, StackId};
use crate::base::limits::{Budget, LimitError};
use crate::base::work;
use crate::profile::{Series, Sibling, Trie};

/// A call tree. Node 0 is the root, whose frame is the frame 0; children stand in no particular order.
#[derive(Clone, Debug)]
pub struct CallTree {
    frames: Arc<Frames>,
    frame: Vec<FrameId>,
    parent: Vec<NodeId>,
    /// One past the last node of each subtree.
    end: Vec<u32>,
    /// How many nodes there are of each frame.
    instances: Vec<u32>,
    /// The node that a stack's own values belong to, by stack; [`NOWHERE`] where filters drop the stack.
    node_of: Vec<NodeId>,
    /// The stacks below values of labels, where it is made of those.
    rooted: Option<Arc<Rooted>>,
    /// Whether every stack has a node.
    has_all: bool,
}

/// The node of a stack that has none.
const NOWHERE: NodeId = NodeId(u32::MAX);

impl CallTree {
    /// The root: all outermost frames are its children.
    pub const ROOT: NodeId = NodeId(0);

    /// Makes the tree of a series in a shape.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent: inlined functions can make a tree much larger than its trie.
    pub fn new(series: &Series, shape: Shape, budget: &mut Budget) -> Result<Self, LimitError> {
        Self::filtered(series, shape, (&Sieve::default(), None), budget)
    }

    /// Makes the tree of what filters leave of a series, whose stacks may stand below values of labels.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub fn filtered(
        series: &Series,
        shape: Shape,
        (sieve, rooted): (&Sieve, Option<Arc<Rooted>>),
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let verdicts = match shape.pruning {
            Pruning::FileRules => prune::verdicts(series),
            Pruning::AllFrames => None,
        };
        let trie = rooted.as_ref().map_or(series.trie(), |rooted| &rooted.trie);
        let plan = Plan::new(series, trie, sieve, verdicts.as_deref());
        let (frames, of_location) = frames(series, shape, (plan.as_ref(), rooted.as_deref()), budget)?;
        let builder = Builder::new(trie, &of_location, plan.as_ref(), budget)?;
        let tree = Self { rooted: rooted.clone(), ..builder.build(Arc::new(frames), budget)? };
        if shape.recursion == Recursion::Folded { tree.folded(budget) } else { Ok(tree) }
    }

    /// The same tree with every frame at most once on a path.
    fn folded(self, budget: &mut Budget) -> Result<Self, LimitError> {
        let (trie, of_node) = recursion::fold(&self, budget)?;
        let of_location = LocationFrames::each(self.frames.len());
        let inner = Builder::new(&trie, &of_location, None, budget)?.build(Arc::clone(&self.frames), budget)?;
        let moved = |node: &NodeId| match Self::node_of_any(*node) {
            Some(node) => inner.node_of[of_node[node.index()].index()],
            None => NOWHERE,
        };
        let node_of = self.node_of.iter().map(moved).collect();
        Ok(Self { node_of, rooted: self.rooted.clone(), has_all: self.has_all, ..inner })
    }

    fn node_of_any(node: NodeId) -> Option<NodeId> {
        (node != NOWHERE).then_some(node)
    }

    /// The number of nodes, the root included.
    pub fn len(&self) -> usize {
        self.frame.len()
    }

    /// Whether there is nothing but the root.
    pub fn is_empty(&self) -> bool {
        self.frame.len() <= 1
    }

    /// The frames that the nodes are of.
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

    /// How many nodes are of a frame.
    pub fn instances(&self, frame: FrameId) -> u32 {
        self.instances[frame.index()]
    }

    /// The caller's node; none for the root.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        (node != Self::ROOT).then(|| self.parent[node.index()])
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

    /// How many callers a node has; 0 for the root.
    pub fn depth(&self, node: NodeId) -> usize {
        std::iter::successors(self.parent(node), |node| self.parent(*node)).count()
    }

    /// The nodes from the root to a node, both included.
    pub fn path(&self, node: NodeId) -> Vec<NodeId> {
        let mut path: Vec<NodeId> = std::iter::successors(Some(node), |node| self.parent(*node)).collect();
        path.reverse();
        path
    }

    /// Whether `node` stands in the subtree of `ancestor`, itself included.
    pub fn contains(&self, ancestor: NodeId, node: NodeId) -> bool {
        (ancestor.index()..self.end(ancestor)).contains(&node.index())
    }

    /// The node that the values of a stack belong to, where no filter drops any and none stands below labels.
    #[inline]
    pub(super) fn node_of(&self, stack: StackId) -> NodeId {
        self.node_of[stack.index()]
    }

    /// The node that the values of a stack belong to, if any, the stack being one of [`CallTree::stack`].
    #[inline]
    pub(super) fn place(&self, stack: StackId) -> Option<NodeId> {
        Self::node_of_any(self.node_of[stack.index()])
    }

    /// The stack of the tree that a sample stands on.
    #[inline]
    pub(super) fn stack(&self, stack: StackId, set: u32) -> StackId {
        self.rooted.as_ref().map_or(stack, |rooted| rooted.stack(stack, set))
    }

    /// The stacks below values of labels, where it is made of those.
    pub(super) fn rooted(&self) -> Option<&Arc<Rooted>> {
        self.rooted.as_ref()
    }

    /// Whether every sample has a node, and its stack alone says which.
    pub(super) fn takes_all(&self) -> bool {
        self.has_all && self.rooted.is_none()
    }

    /// The names from below the root to a node: what a selection is kept as across trees.
    pub fn names(&self, node: NodeId) -> Vec<Box<str>> {
        self.path(node).into_iter().skip(1).map(|node| self.frames.name(self.frame(node)).into()).collect()
    }

    /// The deepest node whose path is a beginning of `names`.
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

/// A place in the trie: a stack, and which of the frames of its location is meant.
#[derive(Clone, Copy)]
struct Cursor {
    stack: StackId,
    newest_child: Option<StackId>,
    /// Index of the next frame of the location, outermost first, with a flag above it.
    next: u32,
}

/// The location has no further frame.
const LAST: u32 = 1 << 29;
const NEXT: u32 = LAST - 1;

/// A node that is still to be made, with its cursors from `first` to the end of the arena.
struct Pending {
    frame: FrameId,
    parent: NodeId,
    first: usize,
}

/// What a tree is made with. The lists of cursors are not charged: together they hold at most one cursor for each stack
/// of the trie, half of what the stack itself was charged.
struct Builder<'a> {
    trie: &'a Trie,
    of_location: &'a LocationFrames,
    plan: Option<&'a Plan>,
    frame: Vec<FrameId>,
    parent: Vec<NodeId>,
    node_of: Vec<NodeId>,
    pending: Vec<Pending>,
    /// Cursors of the pending nodes, those of the last at the end.
    waiting: Vec<Cursor>,
    /// Cursors of the node being made.
    cursors: Vec<Cursor>,
    /// What stands below them, with its frames.
    found: Vec<(FrameId, Cursor)>,
    /// Stacks whose subtrees are dropped.
    dropped: Vec<StackId>,
    /// Newest children of stacks that become no frame.
    passed: Vec<Option<StackId>>,
}

impl<'a> Builder<'a> {
    fn new(
        trie: &'a Trie,
        of_location: &'a LocationFrames,
        plan: Option<&'a Plan>,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let mut node_of = Vec::new();
        budget.grow(&mut node_of, trie.len())?;
        node_of.resize(trie.len(), CallTree::ROOT);
        let (frame, parent, pending) = (vec![FrameId(0)], vec![CallTree::ROOT], Vec::new());
        let (waiting, cursors, found) = (Vec::new(), Vec::new(), Vec::new());
        let (dropped, passed) = (Vec::new(), Vec::new());
        if plan.is_some_and(|plan| plan.drops_empty) {
            node_of[Trie::ROOT.index()] = NOWHERE;
        }
        Ok(Self { trie, of_location, plan, frame, parent, node_of, pending, waiting, cursors, found, dropped, passed })
    }

    fn build(mut self, frames: Arc<Frames>, budget: &mut Budget) -> Result<CallTree, LimitError> {
        let newest_child = self.trie.newest_child(Trie::ROOT);
        self.enter_children(newest_child, CallTree::ROOT);
        let mut next = self.next(CallTree::ROOT);
        while let Some((frame, parent)) = next {
            let node = NodeId::new(self.frame.len());
            budget.push(&mut self.frame, frame)?;
            budget.push(&mut self.parent, parent)?;
            let cursors = std::mem::take(&mut self.cursors);
            work::count(1 + cursors.len());
            for cursor in &cursors {
                self.advance(*cursor, node);
            }
            self.cursors = cursors;
            next = self.next(node);
        }
        let end = ends(&self.parent, budget)?;
        if let Some(ends) = self.plan.and_then(Plan::ends) {
            self.node_of = ends.iter().map(|end| self.node_of[end.index()]).collect();
        }
        let has_all = self.plan.is_none() || !self.node_of.contains(&NOWHERE);
        let (frame, parent, node_of) = (self.frame, self.parent, self.node_of);
        let mut instances = vec![0; frames.len()];
        for frame in &frame {
            instances[frame.index()] += 1;
        }
        Ok(CallTree { frames, frame, parent, end, instances, node_of, rooted: None, has_all })
    }

    /// Finds what stands below a cursor of `node`: the next frame of its location, else the frames of its callees.
    #[inline]
    fn advance(&mut self, cursor: Cursor, node: NodeId) {
        if cursor.next & LAST == 0 {
            self.advance_within(cursor);
        } else {
            self.node_of[cursor.stack.index()] = node;
            self.enter_children(cursor.newest_child, node);
        }
    }

    fn advance_within(&mut self, cursor: Cursor) {
        let frames = self.of_location.of(self.trie.location(cursor.stack));
        let at = (cursor.next & NEXT) as usize;
        let last = if at + 1 == frames.len() { LAST } else { 0 };
        self.found.push((frames[at], Cursor { next: (cursor.next + 1) | last, ..cursor }));
    }

    #[inline]
    fn enter_children(&mut self, newest_child: Option<StackId>, node: NodeId) {
        if let Some(plan) = self.plan {
            return self.enter_planned(plan, newest_child, node);
        }
        for sibling in self.trie.siblings(newest_child) {
            self.enter(sibling);
        }
    }

    #[inline]
    fn enter(&mut self, Sibling { stack, location, newest_child }: Sibling) {
        let frames = self.of_location.of(location);
        let last = if frames.len() == 1 { LAST } else { 0 };
        self.found.push((frames[0], Cursor { stack, newest_child, next: 1 | last }));
    }

    /// The same where not every stack becomes frames: below one that does not, its callees are found.
    fn enter_planned(&mut self, plan: &Plan, newest_child: Option<StackId>, node: NodeId) {
        let own = if node == CallTree::ROOT && plan.drops_empty { NOWHERE } else { node };
        self.passed.push(newest_child);
        while let Some(newest_child) = self.passed.pop() {
            for sibling in self.trie.siblings(newest_child) {
                match plan.step(sibling.stack) {
                    Step::Enter => self.enter(sibling),
                    Step::Pass => {
                        self.node_of[sibling.stack.index()] = own;
                        self.passed.push(sibling.newest_child);
                    }
                    Step::Absorb => {
                        self.dropped.push(sibling.stack);
                        drop_subtrees(self.trie, &mut self.dropped, &mut self.node_of, own);
                    }
                }
            }
        }
    }

    /// Groups what was found below `parent` by frame. One group becomes the cursors of the next node, whose frame and
    /// parent are returned; the others wait. With nothing found, the node that waits last is next.
    #[inline]
    fn next(&mut self, parent: NodeId) -> Option<(FrameId, NodeId)> {
        self.cursors.clear();
        match self.found[..] {
            [] => return self.wake(),
            [(frame, cursor)] => {
                self.found.clear();
                self.cursors.push(cursor);
                return Some((frame, parent));
            }
            // Most forks are in two: a comparison does what a call would.
            [(one, _), (other, _)] => {
                if one > other {
                    self.found.swap(0, 1);
                }
            }
            _ => self.found.sort_unstable_by_key(|(frame, _)| *frame),
        }
        let first = self.found[0].0;
        let mut before = first;
        for (frame, cursor) in &self.found {
            if *frame == first {
                self.cursors.push(*cursor);
                continue;
            }
            if *frame != before {
                self.pending.push(Pending { frame: *frame, parent, first: self.waiting.len() });
                before = *frame;
            }
            self.waiting.push(*cursor);
        }
        self.found.clear();
        Some((first, parent))
    }

    fn wake(&mut self) -> Option<(FrameId, NodeId)> {
        let Pending { frame, parent, first } = self.pending.pop()?;
        self.cursors.extend_from_slice(&self.waiting[first..]);
        self.waiting.truncate(first);
        Some((frame, parent))
    }
}

/// Gives the values of dropped subtrees to the node that they hang on.
fn drop_subtrees(trie: &Trie, dropped: &mut Vec<StackId>, node_of: &mut [NodeId], node: NodeId) {
    while let Some(stack) = dropped.pop() {
        node_of[stack.index()] = node;
        dropped.extend(trie.children(stack));
    }
}

/// Ends of subtrees from parents: in preorder, a subtree ends where its last child's does.
fn ends(parent: &[NodeId], budget: &mut Budget) -> Result<Vec<u32>, LimitError> {
    let mut end = Vec::new();
    budget.grow(&mut end, parent.len())?;
    end.extend(1..=parent.len() as u32);
    for node in (1..parent.len()).rev() {
        let above = parent[node].index();
        end[above] = end[above].max(end[node]);
    }
    Ok(end)
}
