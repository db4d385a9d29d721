//! Sums of variances over the samples of a window, or over the difference of two, by place.

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::NoiseBasis;
use super::buckets::{Bucket, BucketKey, BucketKind, consistent_buckets};
use super::deviations::Deviations;
use super::normalized::EqualTotals;
use super::periods::Periods;
use super::request::{NoiseRequest, Weights, lane_weights, scrapes_of, snapshots_of};
use super::unknown::{UnknownNoise, allocated_columns};
use super::variance::{Columns, SamplingVariance, WeightPowers};
use crate::analysis::filtered::FilteredTree;
use crate::analysis::timeline::Timeline;
use crate::analysis::window_sum::WindowSum;
use crate::base::compact_sort::CompactSort;
use crate::base::limits::{Budget, LimitError};
use crate::base::step_count::count_steps;
use crate::profile::{MemoryKind, Role, Series};

/// Places to which the variances of samples are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Places {
    /// Nodes of the tree, each at the place after its index.
    Nodes,
    /// Label sets, each at the place of its index.
    LabelSets,
}

/// Variances by place.
pub(super) struct VarianceSums {
    pub(super) sums: Vec<SamplingVariance>,
    /// Variance of both totals that a factor makes equal; `None` without normalisation.
    pub(super) whole: Option<SamplingVariance>,
    pub(super) basis: NoiseBasis,
    /// True if there is no column of objects, so that the variances are upper bounds.
    pub(super) is_bound: bool,
    /// Sampling period in bytes that was assumed; `None` if all files state one.
    pub(super) assumed_period: Option<u64>,
}

impl VarianceSums {
    /// Adds up the variances; `None` if the sampling is not known.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exceeded.
    pub(super) fn new(
        series: &Series,
        timeline: &Timeline,
        filtered: &FilteredTree,
        places: Places,
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
        let count = match places {
            Places::Nodes => filtered.tree().len() + 1,
            Places::LabelSets => series.labels().len(),
        };
        let mut own = Vec::new();
        budget.grow(&mut own, count + 1)?;
        own.resize(count + 1, SamplingVariance::default());
        let normalized = request.equal_totals.filter(|_| request.base.is_some() && periods.is_sampled());
        let mut sum = NoiseSum {
            series,
            timeline,
            filtered,
            columns: Columns::of(series, sample_type),
            paths: OnceCell::new(),
            periods: &periods,
            places,
            own,
            outside: normalized.filter(|totals| *totals == EqualTotals::AllSamples).map(|_| count),
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
        let (mut sums, basis) = (sum.own, sum.basis);
        sums.truncate(count);
        let basis = if request.base_filtered.is_some() { NoiseBasis::TwoFilters } else { basis };
        let is_bound = type_role.paired_type.is_none() && periods.is_sampled();
        Ok(Some(Self { sums, whole, basis, is_bound, assumed_period: periods.assumed }))
    }
}

/// Processes whose profiles a store merged on both sides of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MergedProcesses {
    /// Some are on both sides, or they are not known.
    Common,
    /// None is on both sides.
    Different,
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

/// Sum of variances by place.
pub(super) struct NoiseSum<'a> {
    pub(super) series: &'a Series,
    timeline: &'a Timeline,
    filtered: &'a FilteredTree,
    pub(super) columns: Columns,
    /// Path of every stack by the names of its functions, set at its first use.
    paths: OnceCell<Vec<u64>>,
    pub(super) periods: &'a Periods,
    places: Places,
    /// Sums by place, and of samples that the filters drop.
    own: Vec<SamplingVariance>,
    /// Place of samples that the filters drop; `None` if they do not count.
    outside: Option<usize>,
    basis: NoiseBasis,
}

impl NoiseSum<'_> {
    fn add_windows(&mut self, request: &NoiseRequest<'_>) {
        let processes = self.merged_processes(request);
        for weights in lane_weights(self.series, request) {
            match (request.current.role, scrapes_of(self.series, request, &weights)) {
                (Role::Change, _) => self.add_changes(&weights),
                (_, Some(scrapes)) => self.add_merges(&weights, scrapes, processes),
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

    /// Processes of the merges of both sides, by their labels.
    fn merged_processes(&self, request: &NoiseRequest<'_>) -> MergedProcesses {
        let of = |sum: &WindowSum| -> FxHashSet<u64> {
            let merges = sum.terms.iter().filter_map(|(at, _)| self.series.snapshots()[*at].header.merge.as_ref());
            merges.flat_map(|merge| merge.by_process.iter()).map(|process| process.labels_hash).collect()
        };
        let Some(base) = request.base else { return MergedProcesses::Common };
        let (current, base) = (of(request.current), of(base));
        let is_apart = !current.is_empty() && !base.is_empty() && current.is_disjoint(&base);
        if is_apart { MergedProcesses::Different } else { MergedProcesses::Common }
    }

    /// Adds a weighted sum over merges of a store. The profiles of one process hold the same sampled objects, so that
    /// all have the same error: the variance of their sum is that of the merged counts times the scrapes.
    fn add_merges(&mut self, weights: &Weights, scrapes: f64, processes: MergedProcesses) {
        if self.basis == NoiseBasis::OneProcess {
            self.basis = match processes {
                MergedProcesses::Common => NoiseBasis::AtMost,
                MergedProcesses::Different => NoiseBasis::Independent,
            };
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
        parts.compact_sort_by_key(|(group, _)| *group);
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
    pub(super) fn for_each(&self, at: usize, sample_type: usize, mut each: impl FnMut(usize, usize, i64)) {
        let samples = &self.series.snapshots()[at].samples;
        count_steps(samples.len());
        samples.values[sample_type].for_each(|sample, value| {
            let labels = samples.labels[sample];
            let place = self.filtered.node(samples.stacks[sample], labels).map(|node| match self.places {
                Places::Nodes => node.index() + 1,
                Places::LabelSets => labels.index(),
            });
            if let Some(place) = place.or(self.outside) {
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
        let collect = |kind: BucketKind| {
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
        };
        match self.places {
            Places::Nodes => consistent_buckets(collect),
            // A coarser bucket would hold several label sets.
            Places::LabelSets => collect(BucketKind::StackAndLabels),
        }
    }

    /// Names on every stack, as hashes.
    pub(super) fn paths(&self) -> &[u64] {
        self.paths.get_or_init(|| self.series.normal_paths())
    }
}
