//! Variance of an amount of sampled memory, and the expected number of samples behind it.

use std::ops::AddAssign;

use crate::profile::{Measure, Snapshot};

/// Variance, expected samples and share of a part of a figure. Parts add up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::analysis) struct SamplingVariance {
    pub(super) variance: f64,
    /// Expected number of samples, if objects are counted.
    pub(super) samples: f64,
    /// Share of the current total that a factor makes equal to that of the base; 0 without normalisation.
    pub(super) share: f64,
}

impl SamplingVariance {
    /// Part between two prefix sums.
    pub(in crate::analysis) fn between(before: Self, after: Self) -> Self {
        Self {
            variance: after.variance - before.variance,
            samples: after.samples - before.samples,
            share: after.share - before.share,
        }
    }
}

impl AddAssign for SamplingVariance {
    fn add_assign(&mut self, other: Self) {
        self.variance += other.variance;
        self.samples += other.samples;
        self.share += other.share;
    }
}

/// Bytes and objects; 0 for the one that has no column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Amount {
    pub(super) bytes: f64,
    pub(super) objects: f64,
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.objects += other.objects;
    }
}

/// Columns of a sample type and of its partner, with their measure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    /// Index of the sample type.
    pub(super) values: usize,
    pub(super) measure: Measure,
    /// Partner type: objects for a type of bytes, bytes for a type of objects.
    pub(super) partner: Option<usize>,
}

impl Columns {
    /// Bytes and objects of a sample with this value.
    pub(super) fn amount(self, snapshot: &Snapshot, sample: usize, value: i64) -> Amount {
        let other = self.partner.map_or(0, |partner| snapshot.samples.values[partner].get(sample));
        let (bytes, objects) = if self.measure == Measure::Space { (value, other) } else { (other, value) };
        Amount { bytes: bytes.unsigned_abs() as f64, objects: objects.unsigned_abs() as f64 }
    }

    /// Variance of an amount; for bytes without a column of objects, the bound bytes·R.
    pub(super) fn spread(self, amount: Amount, period: f64) -> SamplingVariance {
        let Amount { bytes, objects } = amount;
        let is_space = self.measure == Measure::Space;
        if bytes <= 0.0 || objects <= 0.0 || (self.partner.is_none() && is_space) {
            // The bound also holds for bytes without objects, which rounding can leave.
            let variance = if is_space { bytes * period } else { 0.0 };
            return SamplingVariance { variance, ..SamplingVariance::default() };
        }
        let size = bytes / objects;
        let chance = if period <= 0.0 { 1.0 } else { -(-size / period).exp_m1() };
        let variance = objects * (1.0 - chance) / chance;
        SamplingVariance {
            variance: if is_space { variance * size * size } else { variance },
            samples: objects * chance,
            share: 0.0,
        }
    }
}
