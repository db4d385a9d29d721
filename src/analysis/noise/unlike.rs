//! Variances of the difference of two processes with different sampling periods.
//!
//! Without a change both sides hold the same n objects in a bucket. With the chances p and q of an object to be sampled,
//! and the estimates a and b, both together estimate n as (p·a + q·b) / (p + q): their samples over the sum of the chances.
//! The difference then has the variance f(n) + g(n), of the one period and of the other, also if the coarse side missed the
//! bucket or saw little of it by chance. With a change it is f(a) + g(b). A bucket has the larger of the two, which are
//! equal if the periods are.

use rustc_hash::FxHashMap;

use super::buckets::{BucketKey, BucketKind};
use super::sums::NoiseSum;
use super::variance::{Amount, Columns, SamplingVariance};

/// Bucket of two processes.
#[derive(Clone, Copy, Debug, Default)]
struct UnlikeBucket {
    /// Amount on each side; 0 on one that lacks the bucket.
    amounts: [Amount; 2],
    /// Variance of each side; all of it on the side that has the bucket if the other lacks it.
    spreads: [SamplingVariance; 2],
}

impl UnlikeBucket {
    fn set_spreads(&mut self, columns: Columns, periods: [f64; 2]) {
        let spreads = |amounts: [Amount; 2]| [0, 1].map(|side| columns.spread(amounts[side], periods[side]));
        let variance = |spreads: &[SamplingVariance; 2]| spreads[0].variance + spreads[1].variance;
        let mut all = self.amounts[0];
        all += self.amounts[1];
        let pooled = Amount::mean(self.amounts, periods.map(|period| columns.chance(all, period)));
        let [changed, unchanged] = [spreads(self.amounts), spreads([pooled; 2])];
        self.spreads = if variance(&unchanged) > variance(&changed) { unchanged } else { changed };
        for side in [0, 1] {
            if self.amounts[side].is_zero() {
                let missed = std::mem::take(&mut self.spreads[side]);
                self.spreads[1 - side] += missed;
            }
        }
    }
}

impl NoiseSum<'_> {
    /// Variances of the difference of two snapshots, with their places. Two builds have different stacks with the same
    /// names.
    pub(super) fn each_unlike(&self, ends: [usize; 2], mut add: impl FnMut(usize, SamplingVariance)) {
        let key = |at: usize, sample: usize| -> BucketKey {
            let samples = &self.series.snapshots()[at].samples;
            BucketKind::PathAndLabels.key(samples.stacks[sample], samples.labels[sample], || self.paths())
        };
        let amount =
            |at: usize, sample: usize, value: i64| self.columns.amount(&self.series.snapshots()[at], sample, value);
        let mut buckets: FxHashMap<BucketKey, UnlikeBucket> = FxHashMap::default();
        for (side, at) in ends.into_iter().enumerate() {
            self.for_each(at, self.columns.values, |sample, _, value| {
                buckets.entry(key(at, sample)).or_default().amounts[side] += amount(at, sample, value);
            });
        }
        let periods = ends.map(|at| self.periods.get(at));
        for bucket in buckets.values_mut() {
            bucket.set_spreads(self.columns, periods);
        }
        // A bucket may have several samples at different nodes: each has its part of the variance.
        for (side, at) in ends.into_iter().enumerate() {
            self.for_each(at, self.columns.values, |sample, place, value| {
                let Some(bucket) = buckets.get(&key(at, sample)) else { return };
                let part = amount(at, sample, value).part_of(bucket.amounts[side]);
                add(place, bucket.spreads[side].part(part));
            });
        }
    }
}
