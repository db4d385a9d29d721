//! Sampling noise: the standard deviation of a figure of a sampled heap, and of the difference of two windows.
//!
//! A heap profiler samples an allocation of size s with probability p = 1 − e^(−s/R), R being the sampling period, and
//! counts it as 1/p objects. The estimate for a site with n objects has the variance f(n) = n·s²·(1 − p)/p in bytes and
//! n·(1 − p)/p in objects. Sites are sampled independently, so that variances add; they are kept as prefix sums in
//! preorder like every other figure. Without a column of objects the bound √(bytes·R) holds, since s/(e^(s/R) − 1) ≤ R.
//!
//! Within one process the same sampled objects are live in both snapshots and cancel. The variance of the difference of
//! a level is then that of the objects added and removed: in each bucket of stack and size at most min(in use at B,
//! Δallocated) were added and min(in use at A, Δallocated − Δin-use) removed. Without a usable column of allocations,
//! and between two processes, the variances add. A counter only grows, so that the variance of its growth is the
//! difference of the variances. A change in use within the time of a profile has the variance of what was allocated in
//! that time and of what was freed; changes in two spans of time are independent. For means of several snapshots, σ of
//! the difference is at most Σ w·σ(A → B) over pairs whose weights have the right row and column sums; pairs are taken in
//! the order of time.

mod buckets;
mod deviations;
mod normalized;
mod periods;
mod request;
mod sums;
#[cfg(test)]
mod tests;
mod unknown;
mod unlike;
mod variance;

use rustc_hash::FxHashMap;

use crate::analysis::filtered::FilteredTree;
use crate::analysis::frame_sums::{FrameSums, add_up};
use crate::analysis::frames::Frames;
use crate::analysis::timeline::Timeline;
use crate::analysis::tree::CallTree;
use crate::base::ids::{FrameId, LabelSetId, NodeId};
use crate::base::limits::{Budget, LimitError};
use crate::profile::Series;
use sums::{Places, VarianceSums};
use variance::Variances;

pub use normalized::EqualTotals;
pub use request::NoiseRequest;
pub use unknown::UnknownNoise;
pub(super) use variance::SamplingVariance;

/// Standard deviations up to which a change is within noise.
pub(super) const WITHIN_NOISE: f64 = 2.0;
/// Relative error above which an estimate is based on few samples: that of ten samples of small objects.
const FEW_SAMPLES: f64 = 0.316_227_766;

/// Derivation of the variance, which the screen and reports name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoiseBasis {
    /// One window.
    Window,
    /// Difference within one process, from the objects added and removed.
    OneProcess,
    /// Difference within one process without a usable allocated column: at most the sum of both variances.
    AtMost,
    /// Difference within one process whose sides have different weights: at most the noise of the difference by the
    /// smaller weight and that of the rest.
    Unbalanced,
    /// Difference of two processes: the sum of both variances.
    Independent,
    /// Difference of what was allocated in two spans of time: the sum of both variances.
    Spans,
    /// Difference of the changes in use in two spans of time: at most the noise of what was allocated and freed.
    Turnover,
    /// Difference between two filters: the sum of both variances, which is too large if samples pass both filters.
    TwoFilters,
}

impl NoiseBasis {
    /// Returns true if both sides have the samples of one process.
    pub fn is_one_process(self) -> bool {
        matches!(self, Self::OneProcess | Self::AtMost | Self::Unbalanced)
    }

    /// Derivation in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Window => "of one window",
            Self::OneProcess => "within one process, by its allocated column",
            Self::AtMost => "at most: one process without a usable allocated column",
            Self::Unbalanced => "at most: one process, whose sides are multiplied by different factors",
            Self::Independent => "of two processes",
            Self::Spans => "of two spans of time",
            Self::Turnover => "at most: of two spans of time, by what was allocated and freed in each",
            Self::TwoFilters => "at most: the sum of what both filters keep",
        }
    }
}

/// Sampling noise of one sample type in a window or in the difference of two.
#[derive(Clone, Debug)]
pub struct Noise {
    before: Vec<SamplingVariance>,
    /// Totals of nodes that differ from the sums of their subtrees: those of recursive calls in a regrouped tree.
    totals: FxHashMap<NodeId, SamplingVariance>,
    own: Vec<SamplingVariance>,
    total: Vec<SamplingVariance>,
    /// Variance of both totals that a factor makes equal; `None` without normalisation.
    whole: Option<SamplingVariance>,
    /// Derivation of the variances.
    pub basis: NoiseBasis,
    /// True if there is no column of objects, so that σ is an upper bound.
    pub is_bound: bool,
    /// Sampling period in bytes that was assumed because a file states none; `None` if all files state one.
    pub assumed_period: Option<u64>,
}

/// Uncertainty of an estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Uncertainty {
    /// Standard deviation, in the unit of the figure.
    pub sigma: f64,
    /// Mean value of a sample, by which sampling changes the figure at a time, each weighted by its variance; 0 if objects
    /// are not counted.
    pub step: f64,
}

impl Uncertainty {
    /// Uncertainty of a part of the figures; `whole` is the variance of both totals that a factor makes equal.
    fn of(part: SamplingVariance, whole: Option<SamplingVariance>) -> Self {
        let SamplingVariance { variance, cubed, .. } = whole.map_or(part, |whole| normalized::variance(part, whole));
        Self::of_cumulants(variance, cubed)
    }

    /// Uncertainty with a variance and a third cumulant.
    pub(super) fn of_cumulants(variance: f64, cubed: f64) -> Self {
        let step = if variance > 0.0 { cubed.max(0.0) / variance } else { 0.0 };
        Self { sigma: variance.max(0.0).sqrt(), step }
    }

    /// Returns true if a change of this size is within noise: at most two standard deviations.
    pub fn covers(self, change: i64) -> bool {
        (change.unsigned_abs() as f64) <= WITHIN_NOISE * self.sigma
    }

    /// Variance.
    pub fn variance(self) -> f64 {
        self.sigma.powi(2)
    }

    /// Uncertainty of the sum of two independent figures.
    #[must_use]
    pub fn with_independent(self, other: Self) -> Self {
        let variance = self.variance() + other.variance();
        Self::of_cumulants(variance, self.third_cumulant() + other.third_cumulant())
    }

    /// Third cumulant, which adds up over independent figures as the variance does.
    pub fn third_cumulant(self) -> f64 {
        self.variance() * self.step
    }

    /// Returns true if an estimate has the relative error of few samples.
    pub fn is_few_samples(self, estimate: i64) -> bool {
        self.sigma > FEW_SAMPLES * estimate.unsigned_abs() as f64
    }
}

impl Noise {
    /// Computes the noise of a window, or of the difference of two. `None` if a profile does not state its sampling and
    /// no default is documented, if the type counts neither bytes nor objects of known size, or if it is a change in use
    /// without a column of what was allocated.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exceeded.
    pub fn new(
        series: &Series,
        timeline: &Timeline,
        filtered: &FilteredTree,
        request: &NoiseRequest<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Self>, LimitError> {
        let Some(sums) = VarianceSums::new(series, timeline, filtered, Places::Nodes, request, budget)? else {
            return Ok(None);
        };
        let VarianceSums { sums: mut before, whole, basis, is_bound, assumed_period } = sums;
        let tree = filtered.tree();
        let mut running = SamplingVariance::default();
        for own in &mut before {
            running += *own;
            *own = running;
        }
        let sums = Variances { before: &before, totals: None };
        let FrameSums { own, total } = add_up(tree, tree.frames().len(), FrameId::index, &sums);
        Ok(Some(Self { before, totals: FxHashMap::default(), own, total, whole, basis, is_bound, assumed_period }))
    }

    /// Converts the noise to another tree, with the variance of the self of each of its nodes, and of the totals that
    /// differ from the sums of selves.
    pub(super) fn regrouped(
        &self,
        own: &[SamplingVariance],
        totals: impl Iterator<Item = (NodeId, SamplingVariance)>,
    ) -> Self {
        let mut sum = SamplingVariance::default();
        let mut before = Vec::with_capacity(own.len() + 1);
        before.push(sum);
        before.extend(own.iter().map(|own| {
            sum += *own;
            sum
        }));
        Self { before, totals: totals.collect(), ..self.clone() }
    }

    /// Returns true if the figures have the error of a factor that makes totals equal.
    pub fn is_normalized(&self) -> bool {
        self.whole.is_some_and(|whole| whole.variance > 0.0)
    }

    /// Uncertainty of a part of the figures.
    pub(super) fn uncertainty(&self, part: SamplingVariance) -> Uncertainty {
        Uncertainty::of(part, self.whole)
    }

    /// Uncertainties of the self and the total of groups of frames; a sample counts once in a group. `group_of` maps a
    /// frame to one of `count` groups.
    pub(super) fn of_groups(
        &self,
        tree: &CallTree,
        count: usize,
        group_of: impl Fn(FrameId) -> usize,
    ) -> Vec<[Uncertainty; 2]> {
        let sums = Variances { before: &self.before, totals: Some(&self.totals) };
        let FrameSums { own, total } = add_up(tree, count, group_of, &sums);
        own.into_iter().zip(total).map(|parts| [parts.0, parts.1].map(|part| self.uncertainty(part))).collect()
    }

    /// Uncertainty of the self of every row of a report.
    pub fn row_uncertainties(&self, frames: &Frames) -> Vec<Uncertainty> {
        let mut rows = vec![SamplingVariance::default(); frames.rows().len()];
        for frame in frames.ids() {
            rows[frames.row(frame)] += self.own[frame.index()];
        }
        rows.into_iter().map(|row| self.uncertainty(row)).collect()
    }

    /// Variance of the total of a node.
    pub(super) fn total_part(&self, tree: &CallTree, node: NodeId) -> SamplingVariance {
        let sum = || SamplingVariance::between(self.before[node.index()], self.before[tree.end(node)]);
        self.totals.get(&node).copied().unwrap_or_else(sum)
    }

    /// Variance of the self of a node.
    pub(super) fn own_part(&self, node: NodeId) -> SamplingVariance {
        SamplingVariance::between(self.before[node.index()], self.before[node.index() + 1])
    }

    /// Uncertainty of the total of a node.
    pub fn total(&self, tree: &CallTree, node: NodeId) -> Uncertainty {
        self.uncertainty(self.total_part(tree, node))
    }

    /// Uncertainty of the self of a node.
    pub fn own(&self, node: NodeId) -> Uncertainty {
        self.uncertainty(self.own_part(node))
    }

    /// Uncertainty of the total of a frame over all of its nodes.
    pub fn frame_total(&self, frame: FrameId) -> Uncertainty {
        self.uncertainty(self.total[frame.index()])
    }

    /// Uncertainty of the self of a frame over all of its nodes.
    pub fn frame_own(&self, frame: FrameId) -> Uncertainty {
        self.uncertainty(self.own[frame.index()])
    }
}

/// Sampling noise of samples by their label sets.
pub(super) struct LabelNoise {
    sums: Vec<SamplingVariance>,
    whole: Option<SamplingVariance>,
}

impl LabelNoise {
    /// Computes the noise of a window or of a difference by label set; `None` where [`Noise::new`] has none.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exceeded.
    pub(super) fn new(
        series: &Series,
        timeline: &Timeline,
        filtered: &FilteredTree,
        request: &NoiseRequest<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Self>, LimitError> {
        let sums = VarianceSums::new(series, timeline, filtered, Places::LabelSets, request, budget)?;
        Ok(sums.map(|VarianceSums { sums, whole, .. }| Self { sums, whole }))
    }

    /// Uncertainty of the sum of some label sets.
    pub(super) fn of(&self, sets: &[LabelSetId]) -> Uncertainty {
        let mut part = SamplingVariance::default();
        for set in sets {
            part += self.sums[set.index()];
        }
        Uncertainty::of(part, self.whole)
    }
}
