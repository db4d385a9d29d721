//! How far chance moves a figure of a sampled heap.
//!
//! A heap profiler takes an allocation of size s with probability p = 1 - e^(-s/R), R being the sampling period, and
//! counts it as 1/p objects. Of a site with c objects it has therefore seen k = c p, and the estimate has the standard
//! deviation s sqrt(k (1 - p)) / p in bytes, sqrt(k (1 - p)) / p in objects (a binomial count, scaled). Sites are sampled
//! independently, so that variances add; they are kept as prefix sums in preorder like every other figure. The snapshots
//! of a mean see mostly the same objects: the variance of the mean is taken as the mean of the variances, which is never
//! too small.

use std::ops::AddAssign;

use crate::analysis::filtered::FilteredTree;
use crate::analysis::flat::{FrameSums, add_up};
use crate::analysis::tree::CallTree;
use crate::analysis::window::{Method, WindowSum};
use crate::base::ids::{FrameId, NodeId};
use crate::base::limits::{Budget, LimitError};
use crate::profile::{Header, Kind, Measure, SampleType, Series};

/// Below this many expected samples an estimate is called by that name, and growth is not trusted.
pub const FEW_SAMPLES: f64 = 10.0;

/// Variance and expected samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct SamplingVariance {
    variance: f64,
    /// Samples that were seen, on the side of a comparison that has more of them.
    samples: f64,
}

impl AddAssign for SamplingVariance {
    fn add_assign(&mut self, other: Self) {
        self.variance += other.variance;
        self.samples += other.samples;
    }
}

/// The chance in one window of one sample type, or in the difference of two.
#[derive(Clone, Debug)]
pub struct Noise {
    before: Vec<SamplingVariance>,
    own: Vec<SamplingVariance>,
    total: Vec<SamplingVariance>,
}

/// How sure an estimate is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Uncertainty {
    /// Standard deviation, in the unit of the figure.
    pub sigma: f64,
    /// About how many samples it comes from.
    pub seen: f64,
}

impl Uncertainty {
    fn of(spread: SamplingVariance) -> Self {
        Self { sigma: spread.variance.max(0.0).sqrt(), seen: spread.samples.max(0.0) }
    }

    /// Whether a change of this size may be chance: it is within two standard deviations of none.
    pub fn covers(self, change: i64) -> bool {
        (change.unsigned_abs() as f64) <= 2.0 * self.sigma
    }

    /// Whether too few samples were seen to say anything.
    pub fn is_few_samples(self) -> bool {
        self.seen < FEW_SAMPLES
    }
}

impl Noise {
    /// The chance in the difference of two windows, or in one; `parts` are the windows, each with the ratio that its
    /// figures were scaled by. None where the profile does not say how it was sampled, or how large objects are, and
    /// where every allocation was taken.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub fn new(
        series: &Series,
        filtered: &FilteredTree,
        sample_type: usize,
        parts: &[(&WindowSum, f64)],
        budget: &mut Budget,
    ) -> Result<Option<Self>, LimitError> {
        let Some(pair) = pair(series.sample_types(), sample_type) else { return Ok(None) };
        // Where every allocation was taken, there is no chance in it.
        let takes_all = |(snapshot, _): &(usize, i64)| period(&series.snapshots()[*snapshot].header) == Some(1.0);
        if parts.iter().flat_map(|(window_sum, _)| &window_sum.terms).all(takes_all) {
            return Ok(None);
        }
        let tree = filtered.tree();
        let measure = series.sample_types()[sample_type].measure();
        let mut sides: Vec<Vec<SamplingVariance>> = Vec::new();
        for (window_sum, ratio) in parts {
            let mut own = Vec::new();
            budget.grow(&mut own, tree.len() + 1)?;
            own.resize(tree.len() + 1, SamplingVariance::default());
            for (snapshot, factor) in &window_sum.terms {
                let snapshot = &series.snapshots()[*snapshot];
                let Some(period) = period(&snapshot.header) else { return Ok(None) };
                // A counter's growth leaves out what had been seen before; the levels of a difference both count.
                let is_growth = matches!(window_sum.method, Method::Delta { .. })
                    && series.sample_types()[sample_type].kind() == Kind::Allocated;
                let sign = if is_growth { *factor as f64 } else { factor.abs() as f64 };
                let part = sign / window_sum.divisor as f64;
                let samples = &snapshot.samples;
                filtered.for_each(samples, sample_type, |sample, node, value| {
                    let other = samples.values[pair].get(sample);
                    let (bytes, objects) = if measure == Measure::Space { (value, other) } else { (other, value) };
                    let spread = spread((bytes, objects), period, measure);
                    own[node.index() + 1] += SamplingVariance {
                        variance: spread.variance * part * ratio * ratio,
                        samples: spread.samples * part,
                    };
                });
            }
            sides.push(own);
        }
        let before = prefix(sides);
        budget.release((before.len() * size_of::<SamplingVariance>() * parts.len().saturating_sub(1)) as u64);
        let own = |node: NodeId| difference(before[node.index() + 1], before[node.index()]);
        let total = |node: NodeId| difference(before[tree.end(node)], before[node.index()]);
        let figures =
            |node: NodeId| Some((own(node), total(node))).filter(|(_, total)| *total != SamplingVariance::default());
        let FrameSums { own, total } = add_up(tree, tree.frames().len(), FrameId::index, figures);
        Ok(Some(Self { before, own, total }))
    }

    /// Of the total of a node.
    pub fn total(&self, tree: &CallTree, node: NodeId) -> Uncertainty {
        Uncertainty::of(difference(self.before[tree.end(node)], self.before[node.index()]))
    }

    /// Of what a node has itself.
    pub fn own(&self, node: NodeId) -> Uncertainty {
        Uncertainty::of(difference(self.before[node.index() + 1], self.before[node.index()]))
    }

    /// Of the total of a frame, over all places where it stands.
    pub fn frame_total(&self, frame: FrameId) -> Uncertainty {
        Uncertainty::of(self.total[frame.index()])
    }

    /// Of what a frame has itself, over all places where it stands.
    pub fn frame_own(&self, frame: FrameId) -> Uncertainty {
        Uncertainty::of(self.own[frame.index()])
    }
}

/// The type that counts the objects of a type's bytes, or the bytes of its objects.
fn pair(types: &[SampleType], sample_type: usize) -> Option<usize> {
    let this = &types[sample_type];
    let wanted = match this.measure() {
        Measure::Space => Measure::Objects,
        Measure::Objects => Measure::Space,
        Measure::Other => return None,
    };
    let same_kind = |index: &usize| types[*index].kind() == this.kind() && this.kind() != Kind::Other;
    let mut found = (0..types.len()).filter(same_kind).filter(|index| types[*index].measure() == wanted);
    let alike = (0..types.len()).filter(same_kind).filter(|index| types[*index].measure() == this.measure());
    // Two columns of bytes and two of objects do not say which belong together.
    found.next().filter(|_| found.next().is_none() && alike.count() == 1)
}

/// The sampling period in bytes, where the profile says it.
fn period(header: &Header) -> Option<f64> {
    let of_bytes = header.period_type.measure() == Measure::Space;
    (of_bytes && header.period > 0).then_some(header.period as f64)
}

/// The spread of one sample in this measure, from the bytes and objects that it stands for.
fn spread((bytes, objects): (i64, i64), period: f64, measure: Measure) -> SamplingVariance {
    if bytes == 0 || objects == 0 {
        return SamplingVariance::default();
    }
    let count = objects.unsigned_abs() as f64;
    let size = bytes.unsigned_abs() as f64 / count;
    // A period of 1 takes every allocation.
    let chance = if period <= 1.0 { 1.0 } else { -(-size / period).exp_m1() };
    let variance = count * (1.0 - chance) / chance;
    SamplingVariance {
        variance: if measure == Measure::Space { variance * size * size } else { variance },
        samples: count * chance,
    }
}

/// Prefix sums over nodes, the sides' variances added and the better seen side kept.
fn prefix(mut sides: Vec<Vec<SamplingVariance>>) -> Vec<SamplingVariance> {
    let mut before = sides.pop().unwrap_or_default();
    let other = sides.pop();
    let mut running = SamplingVariance::default();
    for (node, own) in before.iter_mut().enumerate() {
        if let Some(other) = other.as_ref().map(|other| other[node]) {
            *own =
                SamplingVariance { variance: own.variance + other.variance, samples: own.samples.max(other.samples) };
        }
        running += *own;
        *own = running;
    }
    before
}

fn difference(after: SamplingVariance, before: SamplingVariance) -> SamplingVariance {
    SamplingVariance { variance: after.variance - before.variance, samples: after.samples - before.samples }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_that_of_the_formula() {
        // 50 samples of 4 KiB objects at one in 512 KiB: c = k / p.
        let (size, period) = (4096.0_f64, 524_288.0_f64);
        let chance = 1.0 - (-size / period).exp();
        let count = (50.0 / chance).round();
        let spread = spread(((count * size) as i64, count as i64), period, Measure::Space);
        let sigma = size * (50.0 * (1.0 - chance)).sqrt() / chance;
        assert!((spread.variance.sqrt() / sigma - 1.0).abs() < 1e-3);
        assert!((spread.samples - 50.0).abs() < 0.1);
        let share = spread.variance.sqrt() / (count * size);
        assert!((share - 0.141).abs() < 0.002, "about 14%: {share}");
    }

    #[test]
    fn what_is_always_taken_has_no_spread() {
        assert_eq!(spread((4096, 4), 1.0, Measure::Space), SamplingVariance { variance: 0.0, samples: 4.0 });
        assert_eq!(spread((0, 0), 512.0, Measure::Space), SamplingVariance::default());
        assert!(spread((1 << 40, 1), 524_288.0, Measure::Space).variance < 1e-6, "a huge object is always seen");
    }

    #[test]
    fn bytes_go_with_their_own_objects() {
        let types: Vec<SampleType> = [
            ("alloc_objects", "count"),
            ("alloc_space", "bytes"),
            ("inuse_objects", "count"),
            ("inuse_space", "bytes"),
        ]
        .map(|(name, unit)| SampleType::new(name, unit))
        .to_vec();
        assert_eq!([0, 1, 2, 3].map(|index| pair(&types, index)), [Some(1), Some(0), Some(3), Some(2)]);
        assert_eq!(pair(&types[1..2], 0), None);
        assert_eq!(pair(&[SampleType::new("cpu", "nanoseconds")], 0), None);
    }
}
