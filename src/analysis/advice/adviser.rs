//! Advice for a function or a node; the rules that fit are cached for each function.

use std::sync::{Arc, Weak};

use rustc_hash::FxHashMap;

use super::basis::FigureBasis;
use super::{AdviceRules, RuleWorth};
use crate::analysis::profilers::is_profiler;
use crate::analysis::{Answer, CallTree};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::{FrameId, NodeId};
use crate::base::step_count;

/// Maximum number of callers examined from a node: more distant callers do other work.
const MOST_CALLERS: usize = 100;

/// Rule that fits a function and is worth following there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advised {
    /// Index of the rule in [`AdviceRules::all`].
    pub rule: usize,
    /// Function that the rule fits.
    pub frame: FrameId,
    /// Figure by which the rule is judged at the function.
    pub worth: RuleWorth,
}

/// Rules, with their cached results for the functions of a call tree.
#[derive(Clone, Debug, Default)]
pub struct Adviser {
    rules: Arc<AdviceRules>,
    /// Tree whose frames are cached; the reference is weak, so that the tree can be dropped.
    tree: Weak<CallTree>,
    fitting: FxHashMap<FrameId, Box<[usize]>>,
    basis: FigureBasis,
}

impl Adviser {
    /// Makes an adviser with these rules.
    pub fn new(rules: Arc<AdviceRules>) -> Self {
        Self { rules, ..Self::default() }
    }

    /// The rules.
    pub fn rules(&self) -> &Arc<AdviceRules> {
        &self.rules
    }

    /// Rules that are worth following at a function, the largest share first.
    pub fn of_function(&mut self, answer: &Answer, frame: FrameId) -> Vec<Advised> {
        self.invalidate_for(answer);
        let Self { rules, fitting: known, basis, .. } = self;
        let fitting = known.entry(frame).or_insert_with(|| fitting(rules, answer, frame));
        let worth = fitting.iter().filter_map(|rule| {
            let worth = RuleWorth::of(answer, &rules.all()[*rule], frame, basis)?;
            Some(Advised { rule: *rule, frame, worth })
        });
        let mut advised: Vec<Advised> = worth.collect();
        advised.compact_sort_by(|one, other| other.worth.percent().total_cmp(&one.worth.percent()));
        advised
    }

    /// Clears the cache if the answer has another tree.
    fn invalidate_for(&mut self, answer: &Answer) {
        if !std::ptr::eq(self.tree.as_ptr(), Arc::as_ptr(&answer.tree)) {
            self.tree = Arc::downgrade(&answer.tree);
            self.fitting.clear();
            self.basis = FigureBasis::new(&answer.tree);
        }
    }

    /// Rules that are worth following at a node's function, else at the nearest caller that has some. Empty for nodes
    /// of a profiler.
    pub fn of_node(&mut self, answer: &Answer, node: NodeId) -> Vec<Advised> {
        self.invalidate_for(answer);
        if self.basis.is_profiler(node) {
            return Vec::new();
        }
        let tree = &answer.tree;
        let path = std::iter::successors(Some(node), |node| tree.parent(*node)).take(MOST_CALLERS);
        let mut frames = path.map(|node| tree.frame(node)).filter(|frame| *frame != FrameId::ROOT);
        frames
            .find_map(|frame| Some(self.of_function(answer, frame)).filter(|advised| !advised.is_empty()))
            .unwrap_or_default()
    }
}

/// Rules that fit the function of a frame. None fit a frame of a profiler, or a frame that is no function, such as a
/// package or an address.
fn fitting(rules: &AdviceRules, answer: &Answer, frame: FrameId) -> Box<[usize]> {
    step_count::count_steps(1);
    let frames = answer.tree.frames();
    let Some(function) = frames.function(frame) else { return Box::default() };
    let name = String::from_utf8_lossy(answer.series.symbols().strings.bytes(function));
    if is_profiler(&name) {
        return Box::default();
    }
    rules.fitting(answer.language, &name, frames.file(frame)).into()
}
