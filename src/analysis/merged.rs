//! Samples of an answer as one profile, for export: the weighted snapshots of the window, less those of the base.
//!
//! As in pprof, samples with equal stacks and labels are merged, and those that are zero in every sample type are left
//! out. The samples of a mean are rounded so that they add up to the rounded total.
//! Stacks lack the frames that filters hide, and stacks that differ only in hidden frames are merged.

use rustc_hash::FxHashMap;

use crate::analysis::cumulative_rounding::CumulativeRounding;
use crate::analysis::derive::Answer;
use crate::analysis::filter::plan::StackAction;
use crate::analysis::filter::{FilterKind, FramePlan};
use crate::analysis::filtered::FilteredTree;
use crate::analysis::prune;
use crate::analysis::query::Pruning;
use crate::analysis::window_sum::WindowSum;
use crate::base::ids::{LabelSetId, StackId};
use crate::base::limits::{Budget, LimitError};
use crate::profile::{Samples, Series, Trie, Values};

/// Stacks of an answer after filters, and their samples.
#[derive(Debug)]
pub struct MergedStacks {
    /// Samples, with a column for each sample type of the series.
    pub samples: Samples,
    /// Stacks without the frames that filters remove; `None` if the stacks are those of the series.
    pub cut: Option<FilteredStacks>,
}

/// Stacks without the frames that filters remove.
#[derive(Debug)]
pub struct FilteredStacks {
    /// Stacks.
    pub trie: Trie,
    /// Lines that are left of their locations.
    pub plan: FramePlan,
    /// Filtered stack of each stack of the series.
    of: Vec<StackId>,
}

impl FilteredStacks {
    /// Builds the stacks of an answer without hidden frames; `None` if filters remove no frame. The drop rules of a
    /// file are kept in its header and applied by its reader, unless filters remove frames: the rules would then miss
    /// the frames at which they begin.
    fn new(answer: &Answer, budget: &mut Budget) -> Result<Option<Self>, LimitError> {
        if !answer.filters.has(&[FilterKind::Hide, FilterKind::Show, FilterKind::ShowFrom, FilterKind::PruneFrom]) {
            return Ok(None);
        }
        let series = &answer.series;
        let verdicts = match answer.query.shape.pruning {
            Pruning::FileRules => prune::pruned_locations(series),
            Pruning::AllFrames => None,
        };
        let Some(plan) = FramePlan::new(series, series.trie(), &answer.filters, verdicts.as_deref()) else {
            return Ok(None);
        };
        let (whole, mut trie) = (series.trie(), Trie::default());
        let mut of = Vec::new();
        budget.grow(&mut of, whole.len())?;
        of.push(Trie::ROOT);
        let mut is_absorbed = vec![false; whole.len()];
        for stack in (1..whole.len()).map(StackId::new) {
            let parent = whole.parent(stack).unwrap_or(Trie::ROOT);
            let step = plan.step(stack);
            is_absorbed[stack.index()] = is_absorbed[parent.index()] || step == StackAction::Absorb;
            let above = of[parent.index()];
            let is_there = step == StackAction::Enter && !is_absorbed[stack.index()];
            of.push(if is_there { trie.child(above, whole.location(stack), budget)? } else { above });
        }
        if let Some(ends) = plan.ends() {
            of = ends.iter().map(|end| of[end.index()]).collect();
        }
        Ok(Some(Self { trie, plan, of }))
    }
}

/// Merges the samples of an answer.
///
/// # Errors
/// [`LimitError`] when the budget is spent.
pub fn merge_stacks(answer: &Answer) -> Result<MergedStacks, LimitError> {
    let series = &answer.series;
    let mut budget = series.budget().clone();
    let types = series.sample_types().len();
    let cut = FilteredStacks::new(answer, &mut budget)?;
    let mut rows = StackRows::new(answer, cut.as_ref(), &mut budget)?;
    let mut samples = Samples { values: vec![Values::default(); types], ..Samples::default() };
    let mut columns = Vec::with_capacity(types);
    for sample_type in 0..types {
        let ratio = answer.ratio(sample_type);
        let now = rows.sum(series, &answer.filtered, sample_type, &answer.window_sums[sample_type], &mut budget)?;
        let now = now.into_iter().map(|value| match ratio {
            None => value,
            Some(ratio) => (value as f64 * ratio).round() as i64,
        });
        let column: Vec<i64> = match &answer.base {
            None => now.collect(),
            Some(base) => {
                let then =
                    rows.sum(series, &base.filtered, sample_type, &base.window_sums[sample_type], &mut budget)?;
                now.zip(then).map(|(now, then)| now.wrapping_sub(then)).collect()
            }
        };
        columns.push(column);
    }
    for (index, (stack, labels)) in rows.keys.drain(..).enumerate() {
        if columns.iter().any(|column| column[index] != 0) {
            budget.push(samples.stacks.to_mut(), stack)?;
            budget.push(samples.labels.to_mut(), labels)?;
            for (values, column) in samples.values.iter_mut().zip(&columns) {
                values.push(column[index], &mut budget)?;
            }
        }
    }
    drop(rows);
    Ok(MergedStacks { samples, cut })
}

/// Distinct pairs of stack and label set.
struct StackRows<'a> {
    keys: Vec<(StackId, LabelSetId)>,
    of: FxHashMap<(StackId, LabelSetId), u32>,
    /// Samples of the window and of its base.
    filtered: Vec<&'a FilteredTree>,
    cut: Option<&'a FilteredStacks>,
}

impl<'a> StackRows<'a> {
    /// Collects the stacks of every snapshot that is in the sum of any sample type, in their order of appearance.
    fn new(answer: &'a Answer, cut: Option<&'a FilteredStacks>, budget: &mut Budget) -> Result<Self, LimitError> {
        let base = answer.base.as_ref().map_or(&[][..], |base| &base.window_sums);
        let terms = answer.window_sums.iter().chain(base).flat_map(|window_sum| &window_sum.terms);
        let mut snapshots: Vec<usize> = terms.map(|(snapshot, _)| *snapshot).collect();
        snapshots.sort_unstable();
        snapshots.dedup();
        debug_assert!(answer.tree.has_stacks_of(None), "of every sample type");
        let mut rows = Self {
            keys: Vec::new(),
            of: FxHashMap::default(),
            filtered: std::iter::once(&answer.filtered)
                .chain(answer.base.as_ref().map(|base| &base.filtered))
                .collect(),
            cut,
        };
        for snapshot in snapshots {
            let samples = &answer.series.snapshots()[snapshot].samples;
            for (stack, labels) in samples.stacks.iter().copied().zip(samples.labels.iter().copied()) {
                // Samples that filters drop get no row.
                if !rows.filtered.iter().any(|filtered| filtered.node(stack, labels).is_some()) {
                    continue;
                }
                let key = rows.key(stack, labels);
                let next = rows.keys.len() as u32;
                if let std::collections::hash_map::Entry::Vacant(entry) = rows.of.entry(key) {
                    // An entry of the map beside the key itself.
                    budget.charge(16)?;
                    entry.insert(next);
                    budget.push(&mut rows.keys, key)?;
                }
            }
        }
        Ok(rows)
    }

    /// Stack of a sample, with its labels.
    fn key(&self, stack: StackId, labels: LabelSetId) -> (StackId, LabelSetId) {
        (self.cut.map_or(stack, |cut| cut.of[stack.index()]), labels)
    }

    /// Sum of a sample type over a window, by row.
    fn sum(
        &self,
        series: &Series,
        filtered: &FilteredTree,
        sample_type: usize,
        window_sum: &WindowSum,
        budget: &mut Budget,
    ) -> Result<Vec<i64>, LimitError> {
        let mut sums = Vec::new();
        budget.grow(&mut sums, self.keys.len())?;
        sums.resize(self.keys.len(), 0_i64);
        for (snapshot, factor) in &window_sum.terms {
            let samples = &series.snapshots()[*snapshot].samples;
            samples.values[sample_type].for_each(|index, value| {
                let (stack, labels) = (samples.stacks[index], samples.labels[index]);
                if filtered.node(stack, labels).is_none() {
                    return;
                }
                let row = self.of.get(&self.key(stack, labels));
                if let Some(sum) = row.and_then(|row| sums.get_mut(*row as usize)) {
                    *sum = sum.wrapping_add(value.wrapping_mul(*factor));
                }
            });
        }
        let mut rounding = CumulativeRounding::new(window_sum.divisor);
        for sum in &mut sums {
            *sum = rounding.next(*sum);
        }
        Ok(sums)
    }
}
