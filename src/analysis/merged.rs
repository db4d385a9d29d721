//! The samples of an answer as one profile's: what the windows make of every snapshot, less the base where there is one.
//!
//! Samples with the same stack and the same labels become one, as pprof merges them, and what comes to nothing in every
//! sample type is left out. A mean is divided sample by sample, so that a sum over many of them may differ from the
//! answer's own figure by the rounding. This is the one place where the stacks of an answer are chosen for export.

use rustc_hash::FxHashMap;

use crate::analysis::column::rounded;
use crate::analysis::derive::Answer;
use crate::analysis::window::Recipe;
use crate::base::ids::StackId;
use crate::base::limits::{Budget, LimitError};
use crate::profile::{Samples, Series, Values};

/// The merged samples of an answer, a column for each sample type of the series.
///
/// # Errors
/// [`LimitError`] when the budget is spent.
pub fn merged(answer: &Answer) -> Result<Samples, LimitError> {
    let series = &answer.series;
    let mut budget = series.budget().clone();
    let types = series.sample_types().len();
    let mut rows = Rows::new(series, answer, &mut budget)?;
    let mut samples = Samples { values: vec![Values::default(); types], ..Samples::default() };
    let mut columns = Vec::with_capacity(types);
    for sample_type in 0..types {
        let ratio = answer.ratio(sample_type);
        let now = rows.sum(series, sample_type, &answer.recipes[sample_type], &mut budget)?;
        let now = now.into_iter().map(|value| match ratio {
            None => value,
            Some(ratio) => (value as f64 * ratio).round() as i64,
        });
        let column: Vec<i64> = match &answer.base {
            None => now.collect(),
            Some(base) => {
                let then = rows.sum(series, sample_type, &base.recipes[sample_type], &mut budget)?;
                now.zip(then).map(|(now, then)| now.wrapping_sub(then)).collect()
            }
        };
        columns.push(column);
    }
    for (index, (stack, labels)) in rows.keys.drain(..).enumerate() {
        if columns.iter().any(|column| column[index] != 0) {
            budget.push(&mut samples.stacks, stack)?;
            budget.push(&mut samples.labels, labels)?;
            for (values, column) in samples.values.iter_mut().zip(&columns) {
                values.push(column[index], &mut budget)?;
            }
        }
    }
    Ok(samples)
}

/// Every stack with its labels, once.
struct Rows {
    keys: Vec<(StackId, u32)>,
    of: FxHashMap<(StackId, u32), u32>,
}

impl Rows {
    /// The stacks of every snapshot that some sample type takes anything from, in the order in which they stand there.
    fn new(series: &Series, answer: &Answer, budget: &mut Budget) -> Result<Self, LimitError> {
        let base = answer.base.as_ref().map_or(&[][..], |base| &base.recipes);
        let terms = answer.recipes.iter().chain(base).flat_map(|recipe| &recipe.terms);
        let mut snapshots: Vec<usize> = terms.map(|(snapshot, _)| *snapshot).collect();
        snapshots.sort_unstable();
        snapshots.dedup();
        let mut rows = Self { keys: Vec::new(), of: FxHashMap::default() };
        for snapshot in snapshots {
            let samples = &series.snapshots()[snapshot].samples;
            for key in samples.stacks.iter().copied().zip(samples.labels.iter().copied()) {
                // What a filter leaves out is not there; frames that one hides stay on the stack.
                if answer.sieved.node(key.0, key.1).is_none() {
                    continue;
                }
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

    /// What a window makes of each of them for a sample type.
    fn sum(
        &self,
        series: &Series,
        sample_type: usize,
        recipe: &Recipe,
        budget: &mut Budget,
    ) -> Result<Vec<i64>, LimitError> {
        let mut sums = Vec::new();
        budget.grow(&mut sums, self.keys.len())?;
        sums.resize(self.keys.len(), 0_i64);
        for (snapshot, factor) in &recipe.terms {
            let samples = &series.snapshots()[*snapshot].samples;
            samples.values[sample_type].for_each(|index, value| {
                let row = self.of.get(&(samples.stacks[index], samples.labels[index]));
                if let Some(sum) = row.and_then(|row| sums.get_mut(*row as usize)) {
                    *sum = sum.wrapping_add(value.wrapping_mul(*factor));
                }
            });
        }
        if recipe.divisor != 1 {
            for sum in &mut sums {
                *sum = rounded(i128::from(*sum), recipe.divisor);
            }
        }
        Ok(sums)
    }
}
