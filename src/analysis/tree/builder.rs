//! Builder of call trees, which merges groups of stacks: a node is a list of cursors into the trie, and its children
//! are the cursors' children grouped by frame.

use std::sync::Arc;

use crate::analysis::filter::FramePlan;
use crate::analysis::filter::plan::StackAction;
use crate::analysis::frames::{Frames, LocationFrames};
use crate::analysis::non_zero::NonZeroStacks;
use crate::analysis::tree::own_nodes::OwnNodes;
use crate::analysis::tree::parents::Parents;
use crate::analysis::tree::{CallTree, NOWHERE};
use crate::base::ids::{FrameId, NodeId, StackId};
use crate::base::limits::{Budget, LimitError};
use crate::base::step_count;
use crate::profile::{Child, Trie, TrieWalk};

/// Position in the trie: a stack and a frame of its location.
#[derive(Clone, Copy)]
struct TrieCursor {
    stack: StackId,
    /// Index of the next frame of the location, outermost first; the flag [`LAST`] is above the index.
    next: u32,
}

/// Flag in [`TrieCursor::next`]: the location has no further frame.
const LAST: u32 = 1 << 29;
const NEXT: u32 = LAST - 1;

/// Node still to be built, with its cursors from `first` to the end of the arena `waiting`.
struct PendingNode {
    frame: FrameId,
    parent: NodeId,
    first: usize,
}

/// State of building a tree. The lists of cursors are not charged to the budget: together they hold at most one cursor
/// for each stack of the trie, as many bytes as the stack itself was charged.
pub(super) struct TreeBuilder<'a> {
    trie: TrieWalk<'a>,
    /// Stacks to include; `None` includes all.
    filled: Option<&'a NonZeroStacks>,
    of_location: &'a LocationFrames,
    plan: Option<&'a FramePlan>,
    frame: Vec<FrameId>,
    parents: Parents,
    node_of: Vec<NodeId>,
    pending: Vec<PendingNode>,
    /// Cursors of the pending nodes; those of the last pending node are at the end.
    waiting: Vec<TrieCursor>,
    /// Cursors of the node being built.
    cursors: Vec<TrieCursor>,
    /// Cursors found below the node being built, with their frames.
    found: Vec<(FrameId, TrieCursor)>,
    /// Stacks whose subtrees are dropped.
    dropped: Vec<StackId>,
    /// Stacks whose callees are entered in place of the stack, which has no frame in the tree.
    passed: Vec<StackId>,
}

impl<'a> TreeBuilder<'a> {
    pub(super) fn new(
        trie: &'a Trie,
        filled: Option<&'a NonZeroStacks>,
        of_location: &'a LocationFrames,
        plan: Option<&'a FramePlan>,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let walk = trie.walk(budget)?;
        let mut node_of = Vec::new();
        budget.grow(&mut node_of, trie.len())?;
        node_of.resize(trie.len(), if filled.is_some() { NOWHERE } else { CallTree::ROOT });
        node_of[Trie::ROOT.index()] = CallTree::ROOT;
        let (frame, parents, pending) = (vec![FrameId::ROOT], Parents::default(), Vec::new());
        let (waiting, cursors, found) = (Vec::new(), Vec::new(), Vec::new());
        let (dropped, passed) = (Vec::new(), Vec::new());
        if plan.is_some_and(|plan| plan.drops_empty) {
            node_of[Trie::ROOT.index()] = NOWHERE;
        }
        Ok(Self {
            trie: walk,
            filled,
            of_location,
            plan,
            frame,
            parents,
            node_of,
            pending,
            waiting,
            cursors,
            found,
            dropped,
            passed,
        })
    }

    pub(super) fn build(mut self, frames: Arc<Frames>, budget: &mut Budget) -> Result<CallTree, LimitError> {
        self.enter_children(Trie::ROOT, CallTree::ROOT);
        let mut next = self.next(CallTree::ROOT);
        while let Some((frame, parent)) = next {
            let node = self.push(frame, parent, budget)?;
            if let [cursor] = self.cursors[..] {
                next = self.follow_chain(cursor, node, budget)?;
                continue;
            }
            let cursors = std::mem::take(&mut self.cursors);
            step_count::count_steps(1 + cursors.len());
            for cursor in &cursors {
                self.advance(*cursor, node);
            }
            self.cursors = cursors;
            next = self.next(node);
        }
        self.trie.end(budget);
        let end = self.parents.ends(self.frame.len(), budget)?;
        if let Some(ends) = self.plan.and_then(FramePlan::ends) {
            self.node_of = ends.iter().map(|end| self.node_of[end.index()]).collect();
        }
        let has_all = self.plan.is_none() || (0..self.node_of.len()).map(StackId::new).all(|stack| self.has(stack));
        let (frame, parents, node_of) = (self.frame, self.parents, self.node_of);
        let mut node_counts = vec![0; frames.len()];
        for frame in &frame {
            node_counts[frame.index()] += 1;
        }
        Ok(CallTree {
            frames,
            frame,
            parents,
            end,
            node_counts,
            node_of,
            own_nodes: OwnNodes::All,
            label_roots: None,
            limited_to: None,
            has_all,
        })
    }

    #[inline]
    fn push(&mut self, frame: FrameId, parent: NodeId, budget: &mut Budget) -> Result<NodeId, LimitError> {
        let node = NodeId::new(self.frame.len());
        budget.push(&mut self.frame, frame)?;
        self.parents.push(node, parent, budget)?;
        Ok(node)
    }

    /// Adds nodes as long as a stack has one callee, then returns the next node. Most stacks have one callee, and need no
    /// grouping.
    fn follow_chain(
        &mut self,
        mut cursor: TrieCursor,
        mut node: NodeId,
        budget: &mut Budget,
    ) -> Result<Option<(FrameId, NodeId)>, LimitError> {
        while let Some((frame, callee)) = self.only_callee(cursor) {
            step_count::count_steps(2);
            self.node_of[cursor.stack.index()] = node;
            budget.push(&mut self.frame, frame)?;
            // The node follows its parent, so that `parents` has nothing to store.
            node = NodeId(node.0 + 1);
            cursor = callee;
        }
        step_count::count_steps(2);
        self.advance(cursor, node);
        Ok(self.next(node))
    }

    /// Only callee of a cursor at the last frame of its location, with its first frame.
    #[inline]
    fn only_callee(&self, cursor: TrieCursor) -> Option<(FrameId, TrieCursor)> {
        if cursor.next & LAST == 0 || self.plan.is_some() {
            return None;
        }
        let callee = self.trie.only_child(cursor.stack).filter(|callee| self.takes(callee.stack))?;
        Some(first_frame(self.of_location, callee))
    }

    /// Finds the frames below a cursor of `node`: the next frame of its location, else the frames of its callees.
    #[inline]
    fn advance(&mut self, cursor: TrieCursor, node: NodeId) {
        if cursor.next & LAST == 0 {
            self.advance_within(cursor);
        } else {
            self.node_of[cursor.stack.index()] = node;
            self.enter_children(cursor.stack, node);
        }
    }

    fn advance_within(&mut self, cursor: TrieCursor) {
        let frames = self.of_location.of(self.trie.location(cursor.stack));
        let at = (cursor.next & NEXT) as usize;
        let last = if at + 1 == frames.len() { LAST } else { 0 };
        self.found.push((frames[at], TrieCursor { next: (cursor.next + 1) | last, ..cursor }));
    }

    /// Finds the frames of the callees of a stack, whose own frames end at `node`.
    #[inline]
    fn enter_children(&mut self, stack: StackId, node: NodeId) {
        if let Some(plan) = self.plan {
            return self.enter_planned(plan, stack, node);
        }
        for child in self.trie.children(stack) {
            if self.filled.is_none_or(|filled| filled.has(child.stack)) {
                self.found.push(first_frame(self.of_location, child));
            }
        }
    }

    /// Returns true if a stack has a node, or is not included.
    fn has(&self, stack: StackId) -> bool {
        self.node_of[stack.index()] != NOWHERE || !self.takes(stack)
    }

    #[inline]
    fn takes(&self, stack: StackId) -> bool {
        self.filled.is_none_or(|filled| filled.has(stack))
    }

    /// Enters children when some stacks have no frame: the callees of such a stack are entered in its place.
    fn enter_planned(&mut self, plan: &FramePlan, stack: StackId, node: NodeId) {
        let own = if node == CallTree::ROOT && plan.drops_empty { NOWHERE } else { node };
        self.passed.push(stack);
        while let Some(stack) = self.passed.pop() {
            for child in self.trie.children(stack) {
                match plan.step(child.stack) {
                    _ if !self.takes(child.stack) => {}
                    StackAction::Enter => self.found.push(first_frame(self.of_location, child)),
                    StackAction::Pass => {
                        self.node_of[child.stack.index()] = own;
                        self.passed.push(child.stack);
                    }
                    StackAction::Absorb => {
                        self.dropped.push(child.stack);
                        drop_subtrees(&self.trie, &mut self.dropped, &mut self.node_of, own);
                    }
                }
            }
        }
    }

    /// Groups the cursors found below `parent` by frame. The first group becomes the cursors of the next node, whose
    /// frame and parent are returned; the other groups become pending nodes. If nothing was found, the last pending
    /// node is next.
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
            // Most forks have two branches: a comparison is cheaper than a call to sort.
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
                self.pending.push(PendingNode { frame: *frame, parent, first: self.waiting.len() });
                before = *frame;
            }
            self.waiting.push(*cursor);
        }
        self.found.clear();
        Some((first, parent))
    }

    fn wake(&mut self) -> Option<(FrameId, NodeId)> {
        let PendingNode { frame, parent, first } = self.pending.pop()?;
        self.cursors.extend_from_slice(&self.waiting[first..]);
        self.waiting.truncate(first);
        Some((frame, parent))
    }
}

/// First frame of the location of a stack, with the cursor behind it.
#[inline]
fn first_frame(of_location: &LocationFrames, Child { stack, location }: Child) -> (FrameId, TrieCursor) {
    let frames = of_location.of(location);
    let last = if frames.len() == 1 { LAST } else { 0 };
    (frames[0], TrieCursor { stack, next: 1 | last })
}

/// Assigns the values of dropped subtrees to the node above them.
fn drop_subtrees(trie: &TrieWalk<'_>, dropped: &mut Vec<StackId>, node_of: &mut [NodeId], node: NodeId) {
    while let Some(stack) = dropped.pop() {
        node_of[stack.index()] = node;
        dropped.extend(trie.children(stack).map(|child| child.stack));
    }
}
