//! Denominator of shares where it is not the sum of the values, as in pprof.
//!
//! With values below zero it is Σ|value| over the samples, after samples with the same stack and labels have become one.
//! Samples with the label `pprof::base=true`, which `pprof -diff_base` adds, are the denominator alone: shares are then
//! of the base.

use rustc_hash::FxHashMap;

use crate::analysis::filtered::FilteredTree;
use crate::analysis::window_sum::WindowSum;
use crate::base::ids::{LabelSetId, StackId};
use crate::base::step_count;
use crate::profile::{Role, Series};

/// Label of the samples of a base, and its value.
const BASE_LABEL: (&[u8], &[u8]) = (b"pprof::base", b"true");

/// Values that the denominator of shares adds up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShareKind {
    /// Values of all samples.
    #[default]
    Sum,
    /// Magnitudes of all samples, since some are below zero.
    Magnitudes,
    /// Magnitudes of the samples that are labelled as those of a base.
    BaseSamples,
}

/// Denominator of shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ShareBase {
    /// Denominator, in the unit of the figures.
    pub(super) whole: i64,
    pub(super) kind: ShareKind,
}

/// Undivided denominator of the samples that pass the filters; `None` if it is their sum.
pub(super) fn signed_share_base(
    series: &Series,
    filtered: &FilteredTree,
    sample_type: usize,
    window_sum: &WindowSum,
) -> Option<(u128, ShareKind)> {
    // The growth of a counter has no values below zero.
    let is_difference = window_sum.role != Role::Counter && window_sum.terms.iter().any(|(_, factor)| *factor < 0);
    let is_signed = is_difference
        || window_sum.terms.iter().any(|(at, _)| {
            let snapshot = &series.snapshots()[*at];
            // A sum equals the sum of the magnitudes as long as no value is below zero.
            u128::try_from(snapshot.totals[sample_type]) != Ok(snapshot.magnitudes[sample_type])
        });
    let base_sets = base_sets(series);
    if !is_signed && base_sets.is_empty() {
        return None;
    }
    let (mut all, mut signed) = (0_u128, 0_i128);
    let mut of_base = 0_u128;
    for ((stack, set), value) in merged(series, sample_type, window_sum) {
        if filtered.node(stack, set).is_some() {
            signed += i128::from(value);
            let value = u128::from(value.unsigned_abs());
            all += value;
            of_base += if base_sets.binary_search(&set).is_ok() { value } else { 0 };
        }
    }
    match of_base {
        0 if u128::try_from(signed) == Ok(all) => None,
        0 => Some((all, ShareKind::Magnitudes)),
        _ => Some((of_base, ShareKind::BaseSamples)),
    }
}

/// Label sets of the samples of a base, in ascending order.
fn base_sets(series: &Series) -> Vec<LabelSetId> {
    let strings = &series.symbols().strings;
    let is_base = |set: &LabelSetId| {
        let mut labels = series.labels().get(*set).iter();
        labels.any(|label| (strings.bytes(label.key), strings.bytes(label.text)) == BASE_LABEL)
    };
    series.labels().ids().filter(is_base).collect()
}

/// Samples of a sum as pprof merges them: samples with the same stack and labels become one.
pub(super) fn merged(
    series: &Series,
    sample_type: usize,
    window_sum: &WindowSum,
) -> FxHashMap<(StackId, LabelSetId), i64> {
    let mut merged: FxHashMap<_, i64> = FxHashMap::default();
    for (snapshot, factor) in &window_sum.terms {
        let samples = &series.snapshots()[*snapshot].samples;
        step_count::count_steps(samples.len());
        samples.values[sample_type].for_each(|sample, value| {
            let sum = merged.entry((samples.stacks[sample], samples.labels[sample])).or_default();
            *sum = sum.wrapping_add(value.wrapping_mul(*factor));
        });
    }
    merged
}
