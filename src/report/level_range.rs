//! Least, greatest and last level behind a mean: a mean hides a spike, and a limit that the last snapshot exceeds.

use serde::Serialize;

use crate::analysis::amount::Amount;
use crate::analysis::derive::Side;
use crate::analysis::query::{BaseInstance, Normalize};
use crate::analysis::{Answer, Method, Per};
use crate::base::units::Unit;

use super::amounts::{AmountNumber, long};

/// Levels over the snapshots behind a mean, added up over instances and divided as the mean is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct LevelRange {
    least: AmountNumber,
    most: AmountNumber,
    last: AmountNumber,
}

impl LevelRange {
    /// Range behind the mean of a side; `None` for another method, for one snapshot, and where a snapshot has no figure of
    /// its own, as with normalized totals and with divisors that change over the window. `parts` is a further divisor.
    pub(super) fn of(answer: &Answer, side: Side, parts: usize) -> Option<Self> {
        let (series, query) = (&answer.series, &answer.query);
        let sample_type = query.sample_type;
        let (window, instance, sums, filtered) = match (side, &answer.base) {
            (Side::B, _) => (query.window, query.instance, &answer.window_sums, &answer.filtered),
            (Side::A, Some(base)) if query.base_instance != BaseInstance::Median => {
                (query.base?, query.instance_of_base(), &base.window_sums, &base.filtered)
            }
            (Side::A, _) => return None,
        };
        let sum = &sums[sample_type];
        if sum.method != Method::Mean || window.count() < 2 || query.normalize == Normalize::On {
            return None;
        }
        let divisor = match &sum.per {
            Per::Operations(count) => usize::try_from(count.get()).unwrap_or(usize::MAX),
            // Of a store, each snapshot has another number of processes.
            Per::Instance if sum.merged.is_some() => return None,
            Per::Instance => sum.instances.max(1),
            Per::Auto | Per::All => 1,
            // A counter has another value at each snapshot.
            Per::Counter(_) => return None,
        };
        let total = |at: usize| {
            let snapshot = &series.snapshots()[at];
            Some(snapshot.level_converter()(filtered.total(snapshot, sample_type)))
        };
        let levels = answer.timeline.carried_known(series, window, instance, total);
        let levels: Vec<i64> = levels.into_iter().flatten().collect();
        let divided = |level: &i64| {
            AmountNumber(Amount::of_units(i128::from(*level)).scaled_down(divisor.saturating_mul(parts.max(1))))
        };
        let (least, most) = levels.iter().min().zip(levels.iter().max())?;
        Some(Self { least: divided(least), most: divided(most), last: divided(levels.last()?) })
    }

    /// The range in words: `from 50.0 MiB to 1.95 GiB, the last one 50.0 MiB`.
    pub(super) fn words(&self, unit: &Unit) -> String {
        let [least, most, last] = [self.least, self.most, self.last].map(|level| long(unit, level.0));
        format!("from {least} to {most}, the last one {last}")
    }
}
