//! Plan of the filters for frames: lines that each location keeps, and the frames of each stack.
//!
//! As in pprof, lines are cut by location, wherever the location occurs. One pass down the trie then decides for each
//! stack whether its location becomes frames, and which node gets its values.

use crate::analysis::filter::compiled::NameMatches;
use crate::analysis::filter::{CompiledFilters, FilterKind};
use crate::analysis::prune::{self, PruneAction};
use crate::base::ids::{LocationId, StackId};
use crate::base::step_count;
use crate::profile::{Line, Series, Symbols, Trie};

/// Treatment of a stack when a tree is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StackAction {
    /// The stack's location becomes frames.
    #[default]
    Enter,
    /// The stack's location becomes no frames; its values go to the caller, or are dropped without a visible caller.
    Pass,
    /// The stack and all stacks below belong to the caller.
    Absorb,
}

/// Frames that pass the filters and a file's own rules.
#[derive(Clone, Debug, Default)]
pub struct FramePlan {
    /// Lines that are left of each location, one location after the other.
    lines: Vec<Line>,
    /// Offsets of the lines of each location, closed by the end of the last.
    starts: Vec<usize>,
    /// Flag per location: true if nothing of the location is left.
    hidden: Vec<bool>,
    steps: Vec<StackAction>,
    /// Stack whose node receives the values of each stack; `None` if no filter ends stacks.
    ends: Option<Vec<StackId>>,
    /// True if a sample without any frame is dropped.
    pub drops_empty: bool,
}

/// Filter matches of a location.
#[derive(Clone, Copy, Debug, Default)]
struct PlanFacts {
    /// True if nothing of the location is left.
    is_empty: bool,
    /// Bits of the prune-from filters that match the location, the first in the lowest bit.
    prunes: u64,
    /// Bits of the show-from filters that match the location.
    begins: u64,
}

/// Maximum number of show-from and of prune-from filters, which are numbered by bits; further ones have no effect.
const MOST: usize = 64;

impl FramePlan {
    /// Computes the plan for the stacks of `trie`; `None` if every frame is shown.
    pub fn new(
        series: &Series,
        trie: &Trie,
        filters: &CompiledFilters,
        verdicts: Option<&[PruneAction]>,
    ) -> Option<Self> {
        let kinds = [FilterKind::Hide, FilterKind::Show, FilterKind::ShowFrom, FilterKind::PruneFrom];
        if verdicts.is_none() && !filters.has(&kinds) {
            return None;
        }
        let mut plan = Self { starts: vec![0], drops_empty: filters.has(&kinds[..3]), ..Self::default() };
        let facts = plan.cut(series, filters, verdicts);
        let dropped = verdicts.map(|verdicts| prune::dropped(trie, verdicts));
        plan.walk(trie, &facts, dropped.as_deref(), filters.names(FilterKind::ShowFrom).take(MOST).count());
        plan.end(trie, &facts, filters.names(FilterKind::PruneFrom).take(MOST).count());
        Some(plan)
    }

    /// Lines that are left of a location, innermost first.
    pub fn lines(&self, id: LocationId) -> &[Line] {
        &self.lines[self.starts[id.index()]..self.starts[id.index() + 1]]
    }

    /// Returns true if no line of a location is left.
    pub fn hides(&self, id: LocationId) -> bool {
        self.hidden[id.index()]
    }

    /// Treatment of a stack.
    #[inline]
    pub fn step(&self, stack: StackId) -> StackAction {
        self.steps[stack.index()]
    }

    /// Stack whose node receives the values of each stack; `None` if no filter ends stacks.
    pub fn ends(&self) -> Option<&[StackId]> {
        self.ends.as_deref()
    }

    /// Cuts the lines of every location, in pprof's order.
    fn cut(&mut self, series: &Series, filters: &CompiledFilters, verdicts: Option<&[PruneAction]>) -> Vec<PlanFacts> {
        let symbols = series.symbols();
        let mut facts = Vec::with_capacity(filters.locations());
        let mut lines = Vec::new();
        for id in (0..filters.locations()).map(LocationId::new) {
            lines.clear();
            lines.extend_from_slice(prune::kept_stack(symbols, verdicts, id));
            facts.push(cut(symbols, filters, id, &mut lines));
            self.lines.extend_from_slice(&lines);
            self.starts.push(self.lines.len());
            self.hidden.push(facts.last().is_some_and(|facts| facts.is_empty));
        }
        facts
    }

    /// Decides for every stack if its location is shown.
    fn walk(&mut self, trie: &Trie, facts: &[PlanFacts], dropped: Option<&[bool]>, beginnings: usize) {
        step_count::count_steps(trie.len());
        self.steps = vec![StackAction::Enter; trie.len()];
        // Number of show-from filters met so far, in their order.
        let mut met = vec![0_u8; trie.len()];
        for stack in (1..trie.len()).map(StackId::new) {
            let parent = trie.parent(stack).unwrap_or(Trie::ROOT);
            let facts = facts[trie.location(stack).index()];
            let mut begun = met[parent.index()];
            self.steps[stack.index()] = if dropped.is_some_and(|dropped| dropped[stack.index()]) {
                StackAction::Absorb
            } else if facts.is_empty {
                StackAction::Pass
            } else {
                while usize::from(begun) < beginnings && facts.begins >> begun & 1 == 1 {
                    begun += 1;
                }
                if usize::from(begun) < beginnings { StackAction::Pass } else { StackAction::Enter }
            };
            met[stack.index()] = begun;
        }
    }

    /// Ends stacks at the innermost location that a prune-from filter matches, one filter after the other, and removes
    /// frames in and below which no stack ends.
    fn end(&mut self, trie: &Trie, facts: &[PlanFacts], prunings: usize) {
        if prunings == 0 {
            return;
        }
        let stacks = || (0..trie.len()).map(StackId::new);
        let mut ends: Vec<StackId> = stacks().collect();
        let mut last: Vec<Option<StackId>> = vec![None; trie.len()];
        for pruning in 0..prunings {
            step_count::count_steps(trie.len());
            for stack in stacks().skip(1) {
                let parent = trie.parent(stack).unwrap_or(Trie::ROOT);
                let is_match = facts[trie.location(stack).index()].prunes >> pruning & 1 == 1;
                let ends_here = is_match && self.steps[stack.index()] == StackAction::Enter;
                last[stack.index()] = if ends_here { Some(stack) } else { last[parent.index()] };
            }
            for end in &mut ends {
                *end = last[end.index()].unwrap_or(*end);
            }
        }
        // A stack is needed if any stack ends in it or below it.
        let mut is_needed = vec![false; trie.len()];
        for end in &ends {
            is_needed[end.index()] = true;
        }
        for stack in stacks().skip(1).rev() {
            let parent = trie.parent(stack).unwrap_or(Trie::ROOT);
            is_needed[parent.index()] |= is_needed[stack.index()];
            if !is_needed[stack.index()] {
                self.steps[stack.index()] = StackAction::Absorb;
            }
        }
        self.ends = Some(ends);
    }
}

/// Cuts the lines of a location by the filters in the order hide, show, show-from, prune-from.
fn cut(symbols: &Symbols, filters: &CompiledFilters, id: LocationId, lines: &mut Vec<Line>) -> PlanFacts {
    let mut facts = PlanFacts::default();
    let value = id.index().checked_sub(symbols.locations());
    let in_mapping = |names: &NameMatches| value.is_none() && names.mapping(symbols, id);
    let matches = |names: &NameMatches, lines: &[Line]| names.location(symbols, id, lines);
    let hides = |names: &NameMatches| in_mapping(names) || value.is_some_and(|value| names.value(value));
    let before = lines.len();
    for names in filters.names(FilterKind::Hide) {
        if hides(names) {
            facts.is_empty = true;
        }
        lines.retain(|line| !names.line(line));
    }
    for names in filters.names(FilterKind::Show) {
        if before == 0 && value.is_none() {
            // A location without a function can only match a filter for mappings.
            facts.is_empty |= !(names.is_of_mappings && in_mapping(names));
        } else if let Some(value) = value {
            facts.is_empty |= !names.value(value);
        } else if !in_mapping(names) {
            lines.retain(|line| names.line(line));
        }
    }
    facts.is_empty |= before > 0 && lines.is_empty();
    if facts.is_empty {
        lines.clear();
        return facts;
    }
    for (bit, names) in filters.names(FilterKind::ShowFrom).take(MOST).enumerate() {
        if !matches(names, lines) {
            continue;
        }
        facts.begins |= 1 << bit;
        if let Some(outermost) = lines.iter().rposition(|line| names.line(line)).filter(|_| !in_mapping(names)) {
            lines.truncate(outermost + 1);
        }
    }
    for (bit, names) in filters.names(FilterKind::PruneFrom).take(MOST).enumerate() {
        let innermost = lines.iter().position(|line| names.line(line));
        if innermost.is_none() && !matches(names, lines) {
            continue;
        }
        facts.prunes |= 1 << bit;
        lines.drain(..innermost.unwrap_or(0));
    }
    facts
}
