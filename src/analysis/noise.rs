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
//! that time and of what was freed; changes in two spans of time are independent. For means of several snapshots, σ of the difference is at most Σ w·σ(A → B) over pairs
//! whose weights have the right row and column sums; pairs are taken in the order of time.

mod buckets;
mod deviations;
mod normalized;
mod periods;
mod request;
#[cfg(test)]
mod tests;
mod unknown;
mod unlike;
mod variance;

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::analysis::filtered::FilteredTree;
use crate::analysis::flat::{FrameSums, add_up};
use crate::analysis::frames::Frames;
use crate::analysis::timeline::Timeline;
use crate::analysis::tree::CallTree;
use crate::analysis::window_sum::WindowSum;
use crate::base::ids::{FrameId, NodeId};
use crate::base::limits::{Budget, LimitError};
use crate::base::step_count::count_steps;
use crate::profile::{MemoryKind, Role, Series};
use buckets::{Bucket, BucketKey, consistent_buckets};
use deviations::Deviations;
use periods::Periods;
use request::{Weights, lane_weights, scrapes_of, snapshots_of};
use unknown::allocated_columns;
use variance::{Columns, SamplingVariance, Variances, WeightPowers};

pub use normalized::EqualTotals;
pub use request::NoiseRequest;
pub use unknown::UnknownNoise;

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
    /// Returns true if a change of this size is within noise: at most two standard deviations.
    pub fn covers(self, change: i64) -> bool {
        (change.unsigned_abs() as f64) <= 2.0 * self.sigma
    }

    /// Variance.
    pub fn variance(self) -> f64 {
        self.sigma.powi(2)
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
        let sample_type = request.sample_type;
        let type_role = series.roles()[sample_type];
        let snapshots: Vec<usize> = snapshots_of(request);
        if UnknownNoise::of(series, request).is_some() {
            return Ok(None);
        }
        let Some(periods) = Periods::new(series, &snapshots, sample_type) else { return Ok(None) };
        let tree = filtered.tree();
        let mut own = Vec::new();
        budget.grow(&mut own, tree.len() + 2)?;
        own.resize(tree.len() + 2, SamplingVariance::default());
        let normalized = request.equal_totals.filter(|_| request.base.is_some() && periods.is_sampled());
        let mut sum = NoiseSum {
            series,
            timeline,
            filtered,
            columns: Columns::of(series, sample_type),
            paths: OnceCell::new(),
            periods: &periods,
            own,
            outside: normalized.filter(|totals| *totals == EqualTotals::AllSamples).map(|_| tree.len() + 1),
            basis: if request.base.is_some() { NoiseBasis::OneProcess } else { NoiseBasis::Window },
        };
        for part in request.parts(filtered) {
            sum.filtered = part.0;
            if periods.is_sampled() {
                sum.add_windows(&part.1);
            }
        }
        if normalized.is_some() {
            sum.filtered = filtered;
            sum.add_shares(request.current);
        }
        let whole = normalized.map(|_| {
            sum.own.iter().fold(SamplingVariance::default(), |mut whole, own| {
                whole += *own;
                whole
            })
        });
        let (mut before, basis) = (sum.own, sum.basis);
        before.truncate(tree.len() + 1);
        let basis = if request.base_filtered.is_some() { NoiseBasis::TwoFilters } else { basis };
        let mut running = SamplingVariance::default();
        for own in &mut before {
            running += *own;
            *own = running;
        }
        let FrameSums { own, total } = add_up(tree, tree.frames().len(), FrameId::index, &Variances(&before));
        let is_bound = type_role.paired_type.is_none() && periods.is_sampled();
        Ok(Some(Self { before, own, total, whole, basis, is_bound, assumed_period: periods.assumed }))
    }

    /// Converts the noise to another tree; `node_of` has the new node of each node.
    pub(super) fn regrouped(&self, node_of: &[NodeId], nodes: usize) -> Self {
        let mut before = vec![SamplingVariance::default(); nodes + 1];
        for (node, place) in node_of.iter().enumerate() {
            before[place.index() + 1] += SamplingVariance::between(self.before[node], self.before[node + 1]);
        }
        for at in 0..nodes {
            let sum = before[at];
            before[at + 1] += sum;
        }
        Self { before, ..self.clone() }
    }

    /// Returns true if the figures have the error of a factor that makes totals equal.
    pub fn is_normalized(&self) -> bool {
        self.whole.is_some_and(|whole| whole.variance > 0.0)
    }

    fn uncertainty(&self, part: SamplingVariance) -> Uncertainty {
        let SamplingVariance { variance, cubed, .. } =
            self.whole.map_or(part, |whole| normalized::variance(part, whole));
        let step = if variance > 0.0 { cubed.max(0.0) / variance } else { 0.0 };
        Uncertainty { sigma: variance.max(0.0).sqrt(), step }
    }

    /// Uncertainty of the self of every row of a report.
    pub fn row_uncertainties(&self, frames: &Frames) -> Vec<Uncertainty> {
        let mut rows = vec![SamplingVariance::default(); frames.rows().len()];
        for frame in frames.ids() {
            rows[frames.row(frame)] += self.own[frame.index()];
        }
        rows.into_iter().map(|row| self.uncertainty(row)).collect()
    }

    /// Uncertainty of the total of a node.
    pub fn total(&self, tree: &CallTree, node: NodeId) -> Uncertainty {
        self.uncertainty(SamplingVariance::between(self.before[node.index()], self.before[tree.end(node)]))
    }

    /// Uncertainty of the self of a node.
    pub fn own(&self, node: NodeId) -> Uncertainty {
        self.uncertainty(SamplingVariance::between(self.before[node.index()], self.before[node.index() + 1]))
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

/// Part of a weighted sum over levels of one lane: a difference of two snapshots, or a snapshot by itself.
#[derive(Clone, Copy, Debug)]
struct LevelPart {
    /// Snapshot that is subtracted; `None` for a snapshot by itself.
    before: Option<usize>,
    after: usize,
    /// Weight of the part in the sum, above 0.
    weight: f64,
}

/// Sum of variances by node.
struct NoiseSum<'a> {
    series: &'a Series,
    timeline: &'a Timeline,
    filtered: &'a FilteredTree,
    columns: Columns,
    /// Path of every stack by the names of its functions, set at its first use.
    paths: OnceCell<Vec<u64>>,
    periods: &'a Periods,
    /// Sums of the nodes, each at the place after its index, and of samples that the filters drop.
    own: Vec<SamplingVariance>,
    /// Place of samples that the filters drop; `None` if they do not count.
    outside: Option<usize>,
    basis: NoiseBasis,
}

impl NoiseSum<'_> {
    fn add_windows(&mut self, request: &NoiseRequest<'_>) {
        for weights in lane_weights(self.series, request) {
            match (request.current.role, scrapes_of(self.series, request, &weights)) {
                (Role::Change, _) => self.add_changes(&weights),
                (_, Some(scrapes)) => self.add_merges(&weights, scrapes),
                (Role::Counter, None) => self.add_counter(&weights),
                (Role::Level | Role::Unknown, None) => self.add_level(&weights),
            }
        }
    }

    /// Returns true if no snapshot that is added has the sampling period of one that is subtracted: the sides can be
    /// compared site by site like levels.
    fn has_unlike_sides(&self, weights: &Weights) -> bool {
        let periods = |sign: f64| -> FxHashSet<u64> {
            let side = weights.iter().filter(|(_, weight)| weight * sign > 0.0);
            side.map(|(at, _)| self.periods.get(*at).to_bits()).collect()
        };
        let (after, before) = (periods(1.0), periods(-1.0));
        !after.is_empty() && !before.is_empty() && after.is_disjoint(&before)
    }

    /// Adds a weighted sum over changes, which are independent.
    fn add_changes(&mut self, weights: &Weights) {
        let is_in_use = self.series.roles()[self.columns.values].kind == MemoryKind::InUse;
        let basis = match self.basis {
            NoiseBasis::Window => NoiseBasis::Window,
            _ if is_in_use => NoiseBasis::Turnover,
            _ => NoiseBasis::Spans,
        };
        match allocated_columns(self.series, self.columns).filter(|_| is_in_use) {
            Some(allocated) => self.add_turnovers(weights, allocated),
            None if self.has_unlike_sides(weights) => self.add_level(weights),
            None => self.add_snapshots(weights),
        }
        self.basis = basis;
    }

    /// Adds a weighted sum over changes in use.
    fn add_turnovers(&mut self, weights: &Weights, allocated: Columns) {
        let mut own = std::mem::take(&mut self.own);
        for (at, weight) in weights {
            let (snapshot, period) = (&self.series.snapshots()[*at], self.periods.get(*at));
            let mut add = |sample: usize, place: usize| {
                let spread = self.columns.change(allocated, snapshot, sample, period);
                own[place] += spread.times(WeightPowers::of(*weight));
            };
            self.for_each(*at, allocated.values, |sample, place, _| add(sample, place));
            let known = &snapshot.samples.values[allocated.values];
            self.for_each(*at, self.columns.values, |sample, place, _| {
                if known.get(sample) == 0 {
                    add(sample, place);
                }
            });
        }
        self.own = own;
    }

    /// Adds a weighted sum over independent snapshots.
    fn add_snapshots(&mut self, weights: &Weights) {
        for (at, weight) in weights {
            self.add_snapshot(*at, WeightPowers::of(*weight));
        }
    }

    /// Adds a weighted sum over merges of a store. The profiles of one process hold the same sampled objects, so that
    /// all have the same error: the variance of their sum is that of the merged counts times the scrapes.
    fn add_merges(&mut self, weights: &Weights, scrapes: f64) {
        if self.basis == NoiseBasis::OneProcess {
            self.basis = NoiseBasis::AtMost;
        }
        for (at, weight) in weights {
            self.add_snapshot(*at, WeightPowers::of(*weight).repeated(scrapes));
        }
    }

    /// Adds a weighted sum over a counter. The growth of each process between two snapshots is independent of the rest:
    /// its weight is the sum of the weights of all later snapshots.
    fn add_counter(&mut self, weights: &Weights) {
        let process = |at: usize| self.timeline.process(at);
        let mut processes: Vec<usize> = weights.iter().map(|(at, _)| process(*at)).collect();
        processes.sort_unstable();
        processes.dedup();
        if processes.len() > 1 && self.basis == NoiseBasis::OneProcess {
            self.basis = NoiseBasis::Independent;
        }
        if processes.len() == weights.len() && self.has_unlike_sides(weights) {
            return self.add_level(weights);
        }
        let mut parts: Vec<(usize, WeightPowers)> = Vec::new();
        for one in processes {
            let mut later = 0.0_f64;
            for (at, weight) in weights.iter().rev().filter(|(at, _)| process(*at) == one) {
                let up_to = later + weight;
                parts.push((*at, WeightPowers::of(up_to) - WeightPowers::of(later)));
                later = up_to;
            }
        }
        for (at, factor) in parts {
            self.add_snapshot(at, factor);
        }
    }

    /// Adds a weighted sum over levels: snapshots with positive weights are paired with snapshots with negative
    /// weights.
    fn add_level(&mut self, weights: &Weights) {
        let side = |sign: f64| -> Weights {
            weights.iter().filter(|(_, weight)| weight * sign > 0.0).map(|(at, weight)| (*at, weight.abs())).collect()
        };
        let (mut after, mut before) = (side(1.0), side(-1.0));
        let mut pairs: Vec<(usize, usize, f64)> = Vec::new();
        let (mut i, mut j) = (0, 0);
        while i < before.len() && j < after.len() {
            let mass = before[i].1.min(after[j].1);
            pairs.push((before[i].0, after[j].0, mass));
            before[i].1 -= mass;
            after[j].1 -= mass;
            i += usize::from(before[i].1 < 1e-12);
            j += usize::from(after[j].1 < 1e-12);
        }
        let rest: Weights =
            before.split_off(i).into_iter().chain(after.split_off(j)).filter(|(_, w)| *w > 0.0).collect();
        let process = |at: usize| self.timeline.process(at);
        let is_one_process = |pair: &(usize, usize, f64)| process(pair.0) == process(pair.1);
        if !rest.is_empty() && self.basis == NoiseBasis::OneProcess {
            let is_paired = !pairs.is_empty() && weights.iter().all(|(at, _)| process(*at) == process(weights[0].0));
            self.basis = if is_paired { NoiseBasis::Unbalanced } else { NoiseBasis::Independent };
        }
        // Processes are independent: each has a bound of its own, unless two with other periods are compared site by site.
        let period = |at: usize| self.periods.get(at).to_bits();
        let is_joint = pairs.iter().any(|pair| !is_one_process(pair) && period(pair.0) != period(pair.1));
        let group = |at: usize| if is_joint { 0 } else { process(at) };
        let mut parts: Vec<(usize, LevelPart)> = Vec::new();
        let mut basis = self.basis;
        for pair in pairs {
            let (before, after, weight) = pair;
            if is_joint || is_one_process(&pair) {
                parts.push((group(before), LevelPart { before: Some(before), after, weight }));
            } else {
                basis = NoiseBasis::Independent;
                parts.extend([before, after].map(|at| (group(at), LevelPart { before: None, after: at, weight })));
            }
        }
        parts.extend(rest.into_iter().map(|(at, weight)| (group(at), LevelPart { before: None, after: at, weight })));
        self.basis = basis;
        parts.sort_by_key(|(group, _)| *group);
        let mut deviations = Deviations::new(if parts.len() > 1 { self.own.len() } else { 0 });
        for group in parts.chunk_by(|one, next| one.0 == next.0) {
            self.add_parts(group.iter().map(|(_, part)| *part), &mut deviations);
        }
    }

    /// Adds a weighted sum of differences and snapshots that may be correlated.
    fn add_parts(&mut self, parts: impl ExactSizeIterator<Item = LevelPart>, deviations: &mut Deviations) {
        let mut own = std::mem::take(&mut self.own);
        let is_one = parts.len() == 1;
        for part in parts {
            let weight = WeightPowers::of(part.weight);
            self.each_of_part(part, |place, spread| {
                if is_one {
                    own[place] += spread.times(weight);
                } else {
                    deviations.add(place, spread);
                }
            });
            deviations.end_part(part.weight);
        }
        deviations.drain(|place, spread| own[place] += spread);
        self.own = own;
    }

    /// Adds the variance of a snapshot times a weight.
    fn add_snapshot(&mut self, at: usize, weight: WeightPowers) {
        let mut own = std::mem::take(&mut self.own);
        self.each_of_snapshot(at, |place, spread| own[place] += spread.times(weight));
        self.own = own;
    }

    /// Adds the shares of the current total.
    fn add_shares(&mut self, current: &WindowSum) {
        let mut sums = vec![0.0; self.own.len()];
        for (at, factor) in &current.terms {
            self.for_each(*at, self.columns.values, |_, place, value| sums[place] += value as f64 * *factor as f64);
        }
        let total: f64 = sums.iter().sum();
        for (own, sum) in self.own.iter_mut().zip(sums).filter(|_| total != 0.0) {
            own.share = sum / total;
        }
    }

    /// Calls `each` with the number, the place and the value of every sample of a snapshot that counts.
    fn for_each(&self, at: usize, sample_type: usize, mut each: impl FnMut(usize, usize, i64)) {
        let samples = &self.series.snapshots()[at].samples;
        count_steps(samples.len());
        samples.values[sample_type].for_each(|sample, value| {
            let node = self.filtered.node(samples.stacks[sample], samples.labels[sample]);
            if let Some(place) = node.map(|node| node.index() + 1).or(self.outside) {
                each(sample, place, value);
            }
        });
    }

    /// Variances of the samples of a snapshot, with their places.
    fn each_of_snapshot(&self, at: usize, mut add: impl FnMut(usize, SamplingVariance)) {
        let (snapshot, period) = (&self.series.snapshots()[at], self.periods.get(at));
        self.for_each(at, self.columns.values, |sample, place, value| {
            add(place, self.columns.spread(self.columns.amount(snapshot, sample, value), period));
        });
    }

    /// Variances of a part of a sum of levels, with their places.
    fn each_of_part(&mut self, part: LevelPart, mut add: impl FnMut(usize, SamplingVariance)) {
        let LevelPart { before, after, .. } = part;
        let Some(before) = before else { return self.each_of_snapshot(after, add) };
        if before == after {
            return;
        }
        let both = |sum: &Self, before: usize, after: usize, add: &mut dyn FnMut(usize, SamplingVariance)| {
            sum.each_of_snapshot(before, &mut *add);
            sum.each_of_snapshot(after, add);
        };
        if self.timeline.process(before) != self.timeline.process(after) {
            self.basis = NoiseBasis::Independent;
            if self.periods.get(before).to_bits() == self.periods.get(after).to_bits() {
                both(self, before, after, &mut add);
            } else {
                self.each_unlike([before, after], add);
            }
            return;
        }
        let (before, after) = if self.counts_backwards(before, after) { (after, before) } else { (before, after) };
        let Some(allocated) = allocated_columns(self.series, self.columns) else {
            self.basis = NoiseBasis::AtMost;
            both(self, before, after, &mut add);
            return;
        };
        let period = self.periods.get(before).max(self.periods.get(after));
        let mut at_most = 0.0;
        let mut all = 0.0;
        let mut found: Vec<(usize, SamplingVariance)> = Vec::new();
        for bucket in self.buckets([before, after], allocated).into_values() {
            let (spread, is_usable) = bucket.turnover(self.columns, period);
            all += spread.variance;
            at_most += if is_usable { 0.0 } else { spread.variance };
            found.push((bucket.place, spread));
        }
        // Sums of doubles depend on their order, which must not depend on the numbers of the stacks.
        found.sort_unstable_by(|(place, one), (next, other)| {
            let by_variance = || one.variance.total_cmp(&other.variance);
            place.cmp(next).then_with(by_variance).then_with(|| one.cubed.total_cmp(&other.cubed))
        });
        for (place, spread) in found {
            add(place, spread);
        }
        // The columns do not belong together if most of the variance is in buckets that contradict each other.
        if at_most * 2.0 > all && self.basis == NoiseBasis::OneProcess {
            self.basis = NoiseBasis::AtMost;
        }
    }

    /// Returns true if the process has allocated less in the second snapshot, which is therefore the earlier one.
    fn counts_backwards(&self, before: usize, after: usize) -> bool {
        let allocated = |at: usize| {
            self.series.allocation_counter_type().map(|counter| self.series.snapshots()[at].totals[counter])
        };
        allocated(after) < allocated(before)
    }

    /// Buckets of two snapshots of one process, with the columns of what was allocated.
    fn buckets(&self, ends: [usize; 2], allocated: Columns) -> FxHashMap<BucketKey, Bucket> {
        consistent_buckets(|kind| {
            let mut buckets: FxHashMap<BucketKey, Bucket> = FxHashMap::default();
            for (end, at) in ends.into_iter().enumerate() {
                let snapshot = &self.series.snapshots()[at];
                let key = |sample: usize| {
                    kind.key(snapshot.samples.stacks[sample], snapshot.samples.labels[sample], || self.paths())
                };
                self.for_each(at, self.columns.values, |sample, place, value| {
                    let bucket = buckets.entry(key(sample)).or_default();
                    bucket.place = place;
                    bucket.in_use[end] += self.columns.amount(snapshot, sample, value);
                });
                self.for_each(at, allocated.values, |sample, _, value| {
                    buckets.entry(key(sample)).or_default().allocated[end] += allocated.amount(snapshot, sample, value);
                });
            }
            buckets
        })
    }

    /// Names on every stack, as hashes.
    fn paths(&self) -> &[u64] {
        self.paths.get_or_init(|| self.series.normal_paths())
    }
}
