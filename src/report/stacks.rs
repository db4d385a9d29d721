//! Stacks of an answer with their values, for folded text.
//!
//! A stack is a node of the call tree with its own value: granularity, inlined calls and dropped frames shape the
//! stacks as they shape the tree, and the stacks add up to the answer's total: those of a mean are rounded for it.

use std::io;

use crate::analysis::{CallTree, Column};
use crate::base::ids::NodeId;
use crate::base::limits::{Budget, LimitError};
use crate::base::safe_text::{display_name, escaped};
use crate::format::folded;

use super::Subject;

/// Visits the stacks with a value in preorder. Each comes with its names, outermost first and separated by `;`, empty
/// without a stack, and with its own figures.
///
/// # Errors
/// Errors of `visit`, and [`LimitError`] if the names of a stack exceed the heap budget.
pub(super) fn each(
    subject: &Subject<'_>,
    mut visit: impl FnMut(&str, SelfFigures) -> io::Result<()>,
) -> io::Result<()> {
    let (tree, column, base) = (subject.tree(), subject.column(), subject.base());
    let mut path = Path::new(subject.series().budget().clone());
    let (mut current, mut then) = (column.own_rounding(), base.map(Column::own_rounding));
    for node in (0..tree.len()).map(NodeId::new) {
        path.step(tree, node).map_err(io::Error::other)?;
        let then = base.zip(then.as_mut()).map(|(base, rounding)| base.next_own(node, rounding));
        let own = SelfFigures { base: then, current: column.next_own(node, &mut current) };
        if own.current != 0 || own.base.unwrap_or(0) != 0 {
            visit(&path.text, own)?;
        }
    }
    Ok(())
}

/// Self of a node, now and in the base.
#[derive(Clone, Copy)]
pub(super) struct SelfFigures {
    /// Self in the base; `None` without a base.
    pub(super) base: Option<i64>,
    /// Self in the current window.
    pub(super) current: i64,
}

/// Names on the path to a node as one text, which is extended and truncated during the walk.
struct Path {
    text: String,
    /// Heap budget, to which the text is charged.
    budget: Budget,
    /// End of the subtree and offset of the name in the text, for each open node.
    open: Vec<(usize, usize)>,
}

impl Path {
    fn new(budget: Budget) -> Self {
        Self { text: String::new(), budget, open: Vec::new() }
    }

    /// Moves on to the next node in preorder.
    ///
    /// # Errors
    /// [`LimitError`] if the text exceeds the heap budget.
    fn step(&mut self, tree: &CallTree, node: NodeId) -> Result<(), LimitError> {
        while let Some((_, start)) = self.open.pop_if(|(end, _)| *end <= node.index()) {
            self.text.truncate(start);
        }
        if node == CallTree::ROOT {
            return Ok(());
        }
        self.open.push((tree.end(node), self.text.len()));
        let name = frame(tree.frames().name(tree.frame(node)));
        let missing = (self.text.len() + name.len() + 1).saturating_sub(self.text.capacity());
        if missing > 0 {
            let more = missing.max(self.text.capacity() / 2);
            self.budget.charge(more as u64)?;
            self.text.reserve_exact(self.text.capacity() - self.text.len() + more);
        }
        if !self.text.is_empty() {
            self.text.push(';');
        }
        self.text.push_str(&name);
        Ok(())
    }
}

/// Makes a name safe as a frame of a folded stack: without the separator of names, without a number at the end that
/// would be read as a value, and with a second mark of async-profiler if it ends in one, since a reader removes one.
fn frame(name: &str) -> String {
    let safe = escaped(name);
    let mut text = display_name(safe.trim()).replace(';', ":");
    if let Some((before, after)) = text.rsplit_once(' ')
        && folded::is_value(after)
    {
        text = format!("{before}_{after}");
    }
    if let Some(mark) = folded::mark(&text) {
        text.push_str(mark);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_frame_of_a_line() {
        assert_eq!(frame("a;b"), "a:b");
        assert_eq!(frame("operator new 12"), "operator new_12");
        assert_eq!(frame("f 1e5"), "f_1e5");
        assert_eq!(frame("f_[j]"), "f_[j]_[j]");
        assert_eq!(frame("void f(int)"), "void f(int)");
        assert_eq!(frame(""), display_name(""));
        assert!(!frame("a\u{1b}[2Jb\nc").contains(['\u{1b}', '\n']));
    }
}
