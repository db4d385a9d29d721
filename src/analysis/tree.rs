//! The call tree as it is looked at: the location trie with equal frames merged, in preorder columns.
//!
//! A node's subtree is the range from it to its end, so whatever is summed over subtrees needs one column of prefix sums
//! and no walk. The tree is made by merging groups: a node is a list of cursors into the trie, its children are the
//! cursors' children grouped by frame. Nothing here depends on a sample type, a window or a search; those are columns
//! laid over the tree.

use std::sync::Arc;

use crate::analysis::frames::{Frames, LocationFrames, frames};
use crate::analysis::prune::{self, Verdict};
use crate::analysis::query::{Pruning, Shape};
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
    /// The node that a stack's own values belong to, by stack.
    node_of: Vec<NodeId>,
}

impl CallTree {
    /// The root: all outermost frames are its children.
    pub const ROOT: NodeId = NodeId(0);

    /// Makes the tree of a series in a shape.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent: inlined functions can make a tree much larger than its trie.
    pub fn new(series: &Series, shape: Shape, budget: &mut Budget) -> Result<Self, LimitError> {
        let verdicts = match shape.pruning {
            Pruning::FileRules => prune::verdicts(series),
            Pruning::AllFrames => None,
        };
        let (frames, of_location) = frames(series, shape, verdicts.as_deref(), budget)?;
        Builder::new(series.trie(), &of_location, verdicts.as_deref(), budget)?.build(frames, budget)
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

    /// The node that the values of a stack belong to.
    #[inline]
    pub(super) fn node_of(&self, stack: StackId) -> NodeId {
        self.node_of[stack.index()]
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
    /// Index of the next frame of the location, outermost first, with flags above it.
    next: u32,
}

/// A frame that is not to be dropped stands at or above this cursor: from here on frames may be dropped.
const USER: u32 = 1 << 31;
/// What is below this cursor's location is dropped.
const CUT: u32 = 1 << 30;
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
    verdicts: Option<&'a [Verdict]>,
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
}

impl<'a> Builder<'a> {
    fn new(
        trie: &'a Trie,
        of_location: &'a LocationFrames,
        verdicts: Option<&'a [Verdict]>,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let mut node_of = Vec::new();
        budget.grow(&mut node_of, trie.len())?;
        node_of.resize(trie.len(), CallTree::ROOT);
        let (frame, parent, pending) = (vec![FrameId(0)], vec![CallTree::ROOT], Vec::new());
        let (waiting, cursors, found, dropped) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Ok(Self { trie, of_location, verdicts, frame, parent, node_of, pending, waiting, cursors, found, dropped })
    }

    fn build(mut self, frames: Frames, budget: &mut Budget) -> Result<CallTree, LimitError> {
        let newest_child = self.trie.newest_child(Trie::ROOT);
        self.enter_children(Cursor { stack: Trie::ROOT, newest_child, next: LAST }, CallTree::ROOT);
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
        let (frame, parent, node_of) = (self.frame, self.parent, self.node_of);
        Ok(CallTree { frames: Arc::new(frames), frame, parent, end, node_of })
    }

    /// Finds what stands below a cursor of `node`: the next frame of its location, else the frames of its callees.
    #[inline]
    fn advance(&mut self, cursor: Cursor, node: NodeId) {
        if cursor.next & LAST == 0 {
            self.advance_within(cursor);
        } else {
            self.node_of[cursor.stack.index()] = node;
            self.enter_children(cursor, node);
        }
    }

    fn advance_within(&mut self, cursor: Cursor) {
        let frames = self.of_location.of(self.trie.location(cursor.stack));
        let at = (cursor.next & NEXT) as usize;
        let last = if at + 1 == frames.len() { LAST } else { 0 };
        self.found.push((frames[at], Cursor { next: (cursor.next + 1) | last, ..cursor }));
    }

    #[inline]
    fn enter_children(&mut self, cursor: Cursor, node: NodeId) {
        for Sibling { stack, location, newest_child } in self.trie.siblings(cursor.newest_child) {
            let mut flags = cursor.next & USER;
            if let Some(verdicts) = self.verdicts {
                let dropped = match verdicts[location.index()] {
                    _ if cursor.next & CUT != 0 => true,
                    Verdict::Drop => flags == USER,
                    Verdict::Keep => {
                        flags = USER;
                        false
                    }
                    Verdict::DropBelow(_) => {
                        flags |= if flags == USER { CUT } else { 0 };
                        false
                    }
                };
                if dropped {
                    self.dropped.push(stack);
                    drop_subtrees(self.trie, &mut self.dropped, &mut self.node_of, node);
                    continue;
                }
            }
            let frames = self.of_location.of(location);
            let last = if frames.len() == 1 { LAST } else { 0 };
            self.found.push((frames[0], Cursor { stack, newest_child, next: 1 | flags | last }));
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
