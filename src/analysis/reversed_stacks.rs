//! Signs of stacks that end with the callers, where they should end with the allocating functions.

use crate::analysis::{Answer, CallTree};
use crate::base::ids::{FrameId, NodeId};
use crate::base::step_count;

/// Functions in which threads begin, in the languages that have profilers. No function calls them.
const OUTERMOST: [&str; 14] = [
    "<module>",
    "_bootstrap",
    "_start",
    "__libc_start_main",
    "__libc_start_call_main",
    "start_thread",
    "clone",
    "clone3",
    "main",
    "runtime.main",
    "runtime.goexit",
    "(root)",
    "java.lang.Thread.run",
    "std::rt::lang_start_internal",
];

/// Finds reversed stacks. Functions in which threads begin are at the root, above everything that they call. If they
/// have much self, and less weight as children of the root, the stacks end with the callers. Returns the weight of
/// their self; `None` if the stacks are not reversed.
pub(super) fn reversed_weight(answer: &Answer) -> Option<u64> {
    let (tree, frames) = (&answer.tree, answer.tree.frames());
    // The name may be followed by a file.
    let function = |frame| frames.name(frame).split(' ').next().unwrap_or_default();
    let begins: Vec<bool> = frames.ids().map(|frame| OUTERMOST.contains(&function(frame))).collect();
    if has_little_self(answer, &begins) {
        return None;
    }
    let is_one = |node: &NodeId| begins[tree.frame(*node).index()];
    step_count::count_steps(tree.len());
    let own = (1..tree.len()).map(NodeId::new).filter(is_one);
    let own = own.map(|node| own_weight(answer, node)).fold(0, u64::saturating_add);
    let outermost = tree.children(CallTree::ROOT).filter(is_one).map(|node| answer.widths.weight(node));
    let outermost = outermost.fold(0, u64::saturating_add);
    let is_much = own > 0 && own >= answer.widths.weight(CallTree::ROOT) / 2;
    // Python's module code that allocates is at the root too, with all of its self.
    (is_much && outermost < own / 4 * 3).then_some(own)
}

/// Returns true if the figures by frame, where they are known, show that some frames have less than half of all as self:
/// the nodes of a large tree are not visited for every answer.
fn has_little_self(answer: &Answer, chosen: &[bool]) -> bool {
    let (column, flat) = (&answer.column, answer.flat(answer.query.sample_type));
    let is_call_tree = answer.base.is_none() && answer.regrouped.is_none();
    let Some(flat) = flat.filter(|_| is_call_tree && column.sums().is_plain()) else { return false };
    let chosen = || (0..chosen.len()).filter(|frame| chosen[*frame]).map(FrameId::new);
    let own = chosen().fold(0_i128, |sum, frame| sum + i128::from(flat.own(frame)));
    // Each figure is rounded by less than one unit.
    let most = own + chosen().count() as i128 + 1;
    most * 2 < column.filtered_total()
}

/// Weight of a node without its callees.
pub(super) fn own_weight(answer: &Answer, node: NodeId) -> u64 {
    let below: u64 = answer.tree.children(node).map(|child| answer.widths.weight(child)).sum();
    answer.widths.weight(node).saturating_sub(below)
}
