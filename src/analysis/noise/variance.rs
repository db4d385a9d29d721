//! Variance of an amount of sampled memory, and the steps in which sampling changes it.

use std::ops::{AddAssign, Range, Sub};

use rustc_hash::FxHashMap;

use crate::analysis::frame_sums::NodeSums;
use crate::base::ids::NodeId;
use crate::profile::{Measure, Series, Snapshot, sampling_chance};

/// Variance, third cumulant and share of a part of a figure. Parts add up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::analysis) struct SamplingVariance {
    pub(super) variance: f64,
    /// Sum of λ·d³ over the samples, of which each adds or takes d, and λ of which are expected; 0 if objects are not
    /// counted.
    pub(super) cubed: f64,
    /// Share of the current total that a factor makes equal to that of the base; 0 without normalisation.
    pub(super) share: f64,
}

impl SamplingVariance {
    /// Part between two prefix sums.
    pub(in crate::analysis) fn between(before: Self, after: Self) -> Self {
        Self {
            variance: after.variance - before.variance,
            cubed: after.cubed - before.cubed,
            share: after.share - before.share,
        }
    }

    /// Part of a weighted sum.
    pub(super) fn times(self, weight: WeightPowers) -> Self {
        Self { variance: self.variance * weight.square, cubed: self.cubed * weight.cube, share: self.share }
    }
}

impl SamplingVariance {
    /// Part of samples that are independent of the rest.
    pub(super) fn part(self, part: f64) -> Self {
        Self { variance: self.variance * part, cubed: self.cubed * part, share: self.share * part }
    }
}

/// Powers of a weight: a variance grows by its square, a third cumulant by its cube.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct WeightPowers {
    pub(super) square: f64,
    pub(super) cube: f64,
}

impl WeightPowers {
    pub(super) fn of(weight: f64) -> Self {
        Self { square: weight.powi(2), cube: weight.abs().powi(3) }
    }

    /// Powers for the sum of this many figures that the same samples change.
    pub(super) fn repeated(self, figures: f64) -> Self {
        Self { square: self.square * figures, cube: self.cube * figures.powi(2) }
    }
}

impl Sub for WeightPowers {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { square: self.square - other.square, cube: self.cube - other.cube }
    }
}

impl AddAssign for SamplingVariance {
    fn add_assign(&mut self, other: Self) {
        self.variance += other.variance;
        self.cubed += other.cubed;
        self.share += other.share;
    }
}

/// Prefix sums over the nodes of a tree.
pub(super) struct Variances<'a> {
    pub(super) before: &'a [SamplingVariance],
    /// Totals of nodes that differ from the sums of their subtrees; `None` if there are none.
    pub(super) totals: Option<&'a FxHashMap<NodeId, SamplingVariance>>,
}

impl NodeSums for Variances<'_> {
    type Sum = SamplingVariance;

    fn place(&self, node: usize) -> usize {
        node
    }

    fn sum(&self, places: Range<usize>) -> SamplingVariance {
        SamplingVariance::between(self.before[places.start], self.before[places.end])
    }

    fn total(&self, node: NodeId, places: Range<usize>) -> SamplingVariance {
        let other = self.totals.and_then(|totals| totals.get(&node).copied());
        other.unwrap_or_else(|| self.sum(places))
    }

    fn is_empty(&self, total: SamplingVariance) -> bool {
        total == SamplingVariance::default()
    }
}

/// Bytes and objects, each at least 0; 0 for the one that has no column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Amount {
    pub(super) bytes: f64,
    pub(super) objects: f64,
}

impl Amount {
    pub(super) fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// Share of an amount in another that includes it.
    pub(super) fn part_of(self, all: Self) -> f64 {
        match () {
            () if all.bytes > 0.0 => self.bytes / all.bytes,
            () if all.objects > 0.0 => self.objects / all.objects,
            () => 0.0,
        }
    }

    /// Weighted mean of two amounts.
    pub(super) fn mean([one, other]: [Self; 2], weights: [f64; 2]) -> Self {
        let sum = weights[0] + weights[1];
        let of = |one: f64, other: f64| if sum > 0.0 { (one * weights[0] + other * weights[1]) / sum } else { 0.0 };
        Self { bytes: of(one.bytes, other.bytes), objects: of(one.objects, other.objects) }
    }
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
    /// Columns of a sample type.
    pub(super) fn of(series: &Series, sample_type: usize) -> Self {
        let role = series.roles()[sample_type];
        Self { values: sample_type, measure: role.measure, partner: role.paired_type }
    }

    /// Bytes and objects of a sample with this value.
    pub(super) fn amount(self, snapshot: &Snapshot, sample: usize, value: i64) -> Amount {
        let [bytes, objects] = self.signed(snapshot, sample, value);
        Amount { bytes: bytes.abs(), objects: objects.abs() }
    }

    /// Bytes and objects of a sample with this value, which may be below 0.
    fn signed(self, snapshot: &Snapshot, sample: usize, value: i64) -> [f64; 2] {
        let other = self.partner.map_or(0, |partner| snapshot.samples.values[partner].get(sample));
        let both = if self.measure == Measure::Space { [value, other] } else { [other, value] };
        both.map(|one| one as f64)
    }

    /// Variance of a change in use within the time of a profile: f(allocated) + f(freed), where what was freed is what was
    /// allocated less the growth. Objects that were allocated and freed in that time count twice, so that this is a bound.
    pub(super) fn change(self, allocated: Self, snapshot: &Snapshot, sample: usize, period: f64) -> SamplingVariance {
        let columns = Self { partner: self.partner.and(allocated.partner), ..self };
        let value = |of: Self| of.signed(snapshot, sample, snapshot.samples.values[of.values].get(sample));
        let ([bytes, objects], [bytes_grown, objects_grown]) = (value(allocated), value(self));
        let spread =
            |bytes: f64, objects: f64| columns.spread(Amount { bytes: bytes.abs(), objects: objects.abs() }, period);
        let mut sum = spread(bytes, objects);
        sum += spread(bytes - bytes_grown, objects - objects_grown);
        sum
    }

    /// Chance that an object of an amount is sampled; if objects are not counted, that of a byte.
    pub(super) fn chance(self, amount: Amount, period: f64) -> f64 {
        let size = if self.partner.is_some() && amount.objects > 0.0 { amount.bytes / amount.objects } else { 1.0 };
        sampling_chance(size, period)
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
        let chance = self.chance(amount, period);
        let step = if is_space { bytes / objects / chance } else { 1.0 / chance };
        let variance = objects * chance * (1.0 - chance) * step * step;
        SamplingVariance { variance, cubed: variance * step, share: 0.0 }
    }
}
