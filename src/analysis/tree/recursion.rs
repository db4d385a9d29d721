//! Folding of recursion: a call of a function that is already on the path returns to the function's first node, so that
//! a cycle of calls is drawn once, with all of its callees.
//!
//! Self values do not change. Functions between two calls of one function are not on the paths of the second call.

use crate::analysis::tree::CallTree;
use crate::base::ids::{FrameId, LocationId, NodeId, StackId};
use crate::base::limits::{Budget, LimitError};
use crate::base::step_count;
use crate::profile::Trie;

/// Changes of one step down the tree, which are undone on the way up.
struct UndoEntry {
    /// One past the last node of the subtree that the step leads to.
    end: usize,
    /// Number of frames of the folded path before the step.
    depth: usize,
    frame: FrameId,
    /// Position of the frame before the step.
    open: Option<(StackId, usize)>,
    /// Stack that the step replaced with its own.
    replaced: Option<StackId>,
}

/// Folds the paths of a tree. Returns the folded paths as a trie of frames, and the place of every node in the trie.
///
/// # Errors
/// [`LimitError`] when the budget is spent.
pub(super) fn fold(tree: &CallTree, budget: &mut Budget) -> Result<(Trie, Vec<StackId>), LimitError> {
    let mut trie = Trie::default();
    let mut of_node = Vec::new();
    budget.grow(&mut of_node, tree.len())?;
    of_node.push(Trie::ROOT);
    // Position at which each frame was entered last; the frame is on the path if the path still has it there.
    let mut open: Vec<Option<(StackId, usize)>> = vec![None; tree.frames().len()];
    let mut path = vec![Trie::ROOT];
    let mut depth = 1;
    let mut steps: Vec<UndoEntry> = Vec::new();
    step_count::count_steps(tree.len());
    for node in (1..tree.len()).map(NodeId::new) {
        while let Some(step) = steps.pop_if(|step| step.end <= node.index()) {
            open[step.frame.index()] = step.open;
            if let Some(replaced) = step.replaced {
                path[step.depth] = replaced;
            }
            depth = step.depth;
        }
        let frame = tree.frame(node);
        let mut step = UndoEntry { end: tree.end(node), depth, frame, open: open[frame.index()], replaced: None };
        let standing = step.open.filter(|(stack, at)| *at < depth && path[*at] == *stack);
        let stack = if let Some((stack, at)) = standing {
            depth = at + 1;
            stack
        } else {
            let stack = trie.child(path[depth - 1], LocationId(frame.0), budget)?;
            open[frame.index()] = Some((stack, depth));
            if depth == path.len() {
                path.push(stack);
            } else {
                step.replaced = Some(std::mem::replace(&mut path[depth], stack));
            }
            depth += 1;
            stack
        };
        of_node.push(stack);
        steps.push(step);
    }
    Ok((trie, of_node))
}
