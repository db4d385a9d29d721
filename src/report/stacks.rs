//! Stacks of an answer with their values, for folded text.
//!
//! A stack is a node of the call tree with its own value: granularity, inlined calls and dropped frames shape the
//! stacks as they shape the tree, and the stacks add up to the answer's total.

use crate::analysis::CallTree;
use crate::base::ids::NodeId;
use crate::base::names::NO_STACK;
use crate::base::safe_text::{display_name, safe_str};

use super::Subject;

/// Visits the stacks with a value in preorder. Each comes with its names, outermost first and separated by `;`, and
/// with its own figures.
pub(super) fn each<E>(
    subject: &Subject<'_>,
    mut visit: impl FnMut(NodeId, &str, SelfFigures) -> Result<(), E>,
) -> Result<(), E> {
    let tree = subject.tree();
    let mut path = Path::default();
    for node in (0..tree.len()).map(NodeId::new) {
        path.step(tree, node);
        let own = SelfFigures { base: subject.base().map(|base| base.own(node)), current: subject.column().own(node) };
        if own.current != 0 || own.base.unwrap_or(0) != 0 {
            visit(node, path.text(), own)?;
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
#[derive(Default)]
struct Path {
    text: String,
    /// End of the subtree and offset of the name in the text, for each open node.
    open: Vec<(usize, usize)>,
}

impl Path {
    /// Moves on to the next node in preorder.
    fn step(&mut self, tree: &CallTree, node: NodeId) {
        while let Some((_, start)) = self.open.pop_if(|(end, _)| *end <= node.index()) {
            self.text.truncate(start);
        }
        if node == CallTree::ROOT {
            return;
        }
        self.open.push((tree.end(node), self.text.len()));
        if !self.text.is_empty() {
            self.text.push(';');
        }
        self.text.push_str(&frame(tree.frames().name(tree.frame(node))));
    }

    fn text(&self) -> &str {
        if self.text.is_empty() { NO_STACK } else { &self.text }
    }
}

/// Makes a name safe as a frame of a folded stack: without the separator of names, and without a number at the end that
/// would be read as a value.
fn frame(name: &str) -> String {
    let safe = safe_str(name);
    let mut text = display_name(safe.trim()).replace(';', ":");
    if let Some((before, after)) = text.rsplit_once(' ')
        && !after.is_empty()
        && after.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-')
    {
        text = format!("{before}_{after}");
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
        assert_eq!(frame("void f(int)"), "void f(int)");
        assert_eq!(frame(""), display_name(""));
        assert!(!frame("a\u{1b}[2Jb\nc").contains(['\u{1b}', '\n']));
    }
}
