//! Mask of the samples that filters keep: a bit for each stack and for each set of labels. The tree is unchanged.

use crate::analysis::filter::{CompiledFilters, FilterKind};
use crate::analysis::prune::{self, PruneAction};
use crate::base::ids::{LabelSetId, LocationId, StackId};
use crate::base::limits::{Budget, LimitError};
use crate::base::step_count;
use crate::profile::{Series, Trie};

/// Samples that the filters keep, by stack and by label set.
#[derive(Clone, Debug)]
pub struct Mask {
    /// Flag per stack; `None` if all stacks are kept.
    stacks: Option<Vec<bool>>,
    /// Flag per label set; `None` if all label sets are kept.
    sets: Option<Vec<bool>>,
}

impl Mask {
    /// Computes the samples of `trie` that pass the focus and ignore filters, by name and by label; `None` without such
    /// filters.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub fn new(
        series: &Series,
        trie: &Trie,
        filters: &CompiledFilters,
        verdicts: Option<&[PruneAction]>,
        budget: &mut Budget,
    ) -> Result<Option<Self>, LimitError> {
        if !filters.has(&[FilterKind::Focus, FilterKind::Ignore, FilterKind::TagFocus, FilterKind::TagIgnore]) {
            return Ok(None);
        }
        let by_name = filters.has(&[FilterKind::Focus, FilterKind::Ignore]);
        let stacks = if by_name { Some(stacks(series, trie, filters, verdicts, budget)?) } else { None };
        let by_label = filters.has(&[FilterKind::TagFocus, FilterKind::TagIgnore]);
        Ok(Some(Self { stacks, sets: by_label.then(|| sets(series, filters)) }))
    }

    /// Returns true if a sample is kept.
    #[inline]
    pub fn keeps(&self, stack: StackId, set: LabelSetId) -> bool {
        self.stacks.as_ref().is_none_or(|stacks| stacks[stack.index()])
            && self.sets.as_ref().is_none_or(|sets| sets[set.index()])
    }
}

/// Flag per stack: true if the stack has a match of every focus filter and of no ignore filter.
fn stacks(
    series: &Series,
    trie: &Trie,
    filters: &CompiledFilters,
    verdicts: Option<&[PruneAction]>,
    budget: &mut Budget,
) -> Result<Vec<bool>, LimitError> {
    let symbols = series.symbols();
    let dropped = verdicts.map(|verdicts| prune::dropped(trie, verdicts));
    let mut kept = Vec::new();
    budget.grow(&mut kept, trie.len())?;
    kept.resize(trie.len(), true);
    // A sample without a stack has nothing to match.
    kept[Trie::ROOT.index()] = false;
    let mut met = vec![false; trie.len()];
    for (kind, wanted) in [(FilterKind::Focus, true), (FilterKind::Ignore, false)] {
        for names in filters.names(kind) {
            let at = |id: usize| {
                let id = LocationId::new(id);
                names.location(symbols, id, prune::kept_stack(symbols, verdicts, id))
            };
            let matches: Vec<bool> = (0..filters.locations()).map(at).collect();
            step_count::count_steps(trie.len());
            for stack in (1..trie.len()).map(StackId::new) {
                let parent = trie.parent(stack).unwrap_or(Trie::ROOT);
                let is_there = dropped.as_ref().is_none_or(|dropped| !dropped[stack.index()]);
                let now = met[parent.index()] || (is_there && matches[trie.location(stack).index()]);
                met[stack.index()] = now;
                kept[stack.index()] &= now == wanted;
            }
        }
    }
    Ok(kept)
}

/// Flag per label set: true if the set matches every tag focus and no tag ignore.
fn sets(series: &Series, filters: &CompiledFilters) -> Vec<bool> {
    let focused = |set: usize| filters.labels(FilterKind::TagFocus).all(|holds| holds[set]);
    let ignored = |set: usize| filters.labels(FilterKind::TagIgnore).any(|holds| holds[set]);
    (0..series.labels().len()).map(|set| focused(set) && !ignored(set)).collect()
}
