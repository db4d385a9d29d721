//! Comparison of instances: the memory of each running copy of a service, in total and by function, and the outliers.
//!
//! Every figure of an instance is that of the same query for the instance alone. [`spread`](crate::analysis::spread)
//! defines which values are outliers.

use rustc_hash::FxHashMap;

use crate::analysis::base_instance::base_instances;
use crate::analysis::column::{PrefixSums, rounded};
use crate::analysis::derive::Side;
use crate::analysis::noise::{Noise, NoiseRequest};
use crate::analysis::query::BaseInstance;
use crate::analysis::spread::{NoisyValue, Spread, outliers};
use crate::analysis::timeline::Lane;
use crate::analysis::window::{Per, Window};
use crate::analysis::window_sum::{CountedLanes, Method, WindowRequest, WindowSum, scaled_by_snapshot};
use crate::analysis::{Answer, CallTree, Flat};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::FrameId;
use crate::base::limits::{Budget, LimitError};
use crate::base::safe_text::{SafeText, display_name};
use crate::base::units::Unit;
use crate::profile::{Role, Series};

/// Maximum number of instances that the headlines name.
const NAMED: usize = 3;

/// Instances of a window, and their functions.
#[derive(Clone, Debug)]
pub struct InstanceTable {
    /// Index of the sample type.
    pub sample_type: usize,
    /// Snapshots that were examined.
    pub window: Window,
    /// Instances that have snapshots in the window, in the order of the series.
    pub instances: Vec<InstanceFigures>,
    /// Spread of the totals.
    pub totals: Spread,
    /// Spread of the growth.
    pub growths: Spread,
    /// Functions with a value in any instance: those with outliers first, then by greatest distance from the median.
    pub functions: Vec<InstanceFunction>,
    /// False if the sampling noise of some instance is not known.
    pub has_noise: bool,
    values: Vec<i64>,
}

/// Figures of an instance in a window.
#[derive(Clone, Debug)]
pub struct InstanceFigures {
    /// Index in [`Series::instances`](crate::profile::Series::instances).
    pub instance: usize,
    /// Number of snapshots, without copies.
    pub snapshots: usize,
    /// Number of processes.
    pub processes: usize,
    /// Build ids of the snapshots in the order of their first appearance; empty if no snapshot states its build.
    pub builds: Vec<SafeText>,
    /// Nanoseconds from the first to the last snapshot of the newest process, a lower bound of its age; `None` if the
    /// process has one snapshot, or times are not known.
    pub uptime: Option<i64>,
    /// Value over the window; `None` if the window is a growth and the instance has one snapshot.
    pub total: Option<i64>,
    /// Last snapshot less the first, with restarts of a counter bridged; `None` with a single snapshot.
    pub growth: Option<i64>,
    /// True if the total is an outlier.
    pub has_outlying_total: bool,
    /// True if the growth is an outlier.
    pub has_outlying_growth: bool,
}

impl InstanceFigures {
    /// Build id of the newest snapshot that states one.
    pub fn build(&self) -> Option<&SafeText> {
        self.builds.last()
    }
}

/// Function with its self in each instance.
#[derive(Clone, Debug)]
pub struct InstanceFunction {
    /// Function.
    pub frame: FrameId,
    /// Median and spread of the values.
    pub spread: Spread,
    /// Greatest distance of a value from the median.
    pub distance: f64,
    /// Positions in [`InstanceTable::instances`] whose values are outliers.
    pub outliers: Vec<usize>,
    /// Position of the function's first value.
    start: usize,
}

/// Figures of one instance before they are compared.
struct InstanceSums {
    figures: InstanceFigures,
    total_sigma: f64,
    growth_sigma: f64,
    has_noise: bool,
    /// Self of every function with a self, and its standard deviation.
    functions: Vec<(FrameId, NoisyValue)>,
}

impl InstanceTable {
    /// Compares the instances in the window of an answer, with its sample type, filters and aggregation.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exceeded.
    pub fn new(answer: &Answer) -> Result<Self, LimitError> {
        let mut budget = answer.series.budget().clone();
        let query = &answer.query;
        let mut indices: Vec<usize> = answer
            .timeline
            .lanes(&answer.series, query.window, query.instance)
            .into_iter()
            .map(|lane| lane.instance)
            .collect();
        indices.dedup();
        let mut sums = PrefixSums::default();
        let mut instance_sums = Vec::with_capacity(indices.len());
        for instance in indices {
            instance_sums.extend(examine(answer, instance, &mut sums, &mut budget)?);
        }
        let FunctionMatrix { functions, values, sigmas } = FunctionMatrix::new(&instance_sums, &mut budget)?;
        let noisy = |value: Option<i64>, sigma: f64| value.map(|value| NoisyValue { value, sigma });
        let totals: Vec<_> = instance_sums.iter().map(|one| noisy(one.figures.total, one.total_sigma)).collect();
        let growths: Vec<_> = instance_sums.iter().map(|one| noisy(one.figures.growth, one.growth_sigma)).collect();
        let has_noise = instance_sums.iter().all(|one| one.has_noise);
        let mut table = Self {
            sample_type: query.sample_type,
            window: query.window,
            totals: Spread::of(totals.iter().flatten().copied()),
            growths: Spread::of(growths.iter().flatten().copied()),
            instances: instance_sums.into_iter().map(|one| one.figures).collect(),
            functions,
            has_noise,
            values,
        };
        table.judge(totals, growths, &sigmas);
        table.rank(answer);
        Ok(table)
    }

    /// Marks the outliers.
    fn judge(&mut self, totals: Vec<Option<NoisyValue>>, growths: Vec<Option<NoisyValue>>, sigmas: &[f32]) {
        let whole = self.totals.median;
        let outlying = |spread: &Spread, values| outliers(std::iter::once((spread, values)), whole).remove(0);
        for at in outlying(&self.totals, totals) {
            self.instances[at].has_outlying_total = true;
        }
        for at in outlying(&self.growths, growths) {
            self.instances[at].has_outlying_growth = true;
        }
        let count = self.instances.len();
        let is_known: Vec<bool> = self.instances.iter().map(|figures| figures.total.is_some()).collect();
        let noisy = |function: &InstanceFunction| {
            let range = function.start..function.start + count;
            let pairs = self.values[range.clone()].iter().zip(&sigmas[range]);
            let values = pairs.map(|(value, sigma)| NoisyValue { value: *value, sigma: f64::from(*sigma) });
            values.zip(&is_known).map(|(value, is_known)| is_known.then_some(value)).collect::<Vec<_>>()
        };
        for function in &mut self.functions {
            let values = noisy(function);
            function.spread = Spread::of(values.iter().flatten().copied());
            let distances = values.iter().flatten().map(|one| (one.value as f64 - function.spread.median).abs());
            function.distance = distances.fold(0.0, f64::max);
        }
        let found = outliers(self.functions.iter().map(|function| (&function.spread, noisy(function))), whole);
        for (function, outliers) in self.functions.iter_mut().zip(found) {
            function.outliers = outliers;
        }
    }

    fn rank(&mut self, answer: &Answer) {
        let name = |function: &InstanceFunction| answer.tree.frames().name(function.frame);
        self.functions.compact_sort_by(|one, other| {
            let order = one.outliers.is_empty().cmp(&other.outliers.is_empty());
            order.then_with(|| other.distance.total_cmp(&one.distance)).then_with(|| name(one).cmp(name(other)))
        });
    }

    /// Self of a function in an instance; `None` if the instance's total is not known.
    pub fn value(&self, function: &InstanceFunction, place: usize) -> Option<i64> {
        self.instances.get(place)?.total?;
        self.values.get(function.start + place).copied()
    }

    /// Functions with an outlier.
    pub fn functions_with_outliers(&self) -> impl Iterator<Item = &InstanceFunction> {
        self.functions.iter().filter(|function| !function.outliers.is_empty())
    }

    /// Instances that stand out from the rest, and the functions in which they do, a line each; at least one line.
    pub fn headlines(&self, answer: &Answer) -> Vec<String> {
        self.headlines_with(answer, &|instance| instance_name(&answer.series, instance))
    }

    /// Lines as in [`Self::headlines`], with these names of the instances of the series.
    pub fn headlines_with(&self, answer: &Answer, name: &dyn Fn(usize) -> String) -> Vec<String> {
        let unit = Unit::of(answer.series.sample_types()[self.sample_type].unit.raw());
        if self.instances.len() < 2 {
            return vec!["one instance: there is nothing to compare it with".to_owned()];
        }
        if self.totals.count() < 2 {
            return vec!["the growth of fewer than two instances is known: there is nothing to compare".to_owned()];
        }
        let mut parts = Vec::new();
        for (at, figures) in self.instances.iter().enumerate() {
            let mut facts = Vec::new();
            if let Some(total) = figures.total.filter(|_| figures.has_outlying_total) {
                facts.push(format!("{} (median {})", unit.long(total), unit.long(self.totals.median as i64)));
            }
            if let Some(growth) = figures.growth.filter(|_| figures.has_outlying_growth) {
                facts.push(format!("{} growth", unit.signed_long(growth)));
            }
            let own: Vec<_> =
                self.functions_with_outliers().filter(|function| function.outliers.contains(&at)).collect();
            let values = own.iter().take(2).filter_map(|function| {
                let difference = self.value(function, at)? as f64 - function.spread.median;
                let function = display_name(answer.tree.frames().shown(function.frame));
                Some(format!("{function} {}", unit.signed_long(difference as i64)))
            });
            facts.extend(values);
            if let Some(more) = own.len().checked_sub(2).filter(|more| *more > 0) {
                facts.push(format!("{more} more"));
            }
            if !facts.is_empty() {
                parts.push(format!("{} stands out: {}", name(figures.instance), facts.join(", ")));
            }
        }
        if parts.is_empty() {
            return vec![format!("none of {} instances stands out from the rest", self.instances.len())];
        }
        let more = parts.len().saturating_sub(NAMED);
        parts.truncate(NAMED);
        parts.extend((more > 0).then(|| format!("{more} more stand out")));
        parts
    }

    /// Position of an instance of the series; `None` if it has no snapshot in the window.
    pub fn position(&self, instance: usize) -> Option<usize> {
        self.instances.iter().position(|figures| figures.instance == instance)
    }
}

/// Names of the instances of a side of a comparison; `None` if both sides have the same instances.
pub fn side_instances(answer: &Answer, which: Side) -> Option<String> {
    let Answer { series, timeline, query, .. } = answer;
    let of_base = base_instances(series, timeline, query, query.base?)?;
    let name = |instance: usize| instance_name(series, instance);
    let names = of_base.into_iter().map(name).collect::<Vec<_>>().join(", ");
    match (which, query.base_instance) {
        (Side::B, _) => query.instance.map(name),
        (Side::A, BaseInstance::Median) => Some(format!("median: {names}")),
        (Side::A, _) => Some(names),
    }
}

/// Snapshots that the figures of a side are of: those of its window and its instances, in order; empty for the base of
/// an answer without one.
pub fn side_snapshots(answer: &Answer, which: Side) -> Vec<usize> {
    let Answer { series, timeline, query, .. } = answer;
    let (window, of_base) = match (which, query.base) {
        (Side::B, _) => (query.window, None),
        (Side::A, Some(base)) => (base, base_instances(series, timeline, query, base)),
        (Side::A, None) => return Vec::new(),
    };
    let instances = of_base.or_else(|| query.instance.map(|instance| vec![instance]));
    let instance = |at: usize| series.snapshots()[at].membership.instance;
    let is_of = |at: &usize| instances.as_ref().is_none_or(|instances| instances.contains(&instance(*at)));
    window.snapshots().filter(is_of).collect()
}

/// Only instance that the figures of a side are of, in a series of several; `None` if they are of several instances.
pub fn only_instance(answer: &Answer, which: Side) -> Option<usize> {
    let Answer { series, timeline, query, .. } = answer;
    if series.instances().len() < 2 {
        return None;
    }
    let (window, instance) = match which {
        Side::A => (query.base?, query.instance_of_base()),
        Side::B => (query.window, query.instance),
    };
    let lanes = timeline.lanes(series, window, instance);
    let first = lanes.first()?.instance;
    lanes.iter().all(|lane| lane.instance == first).then_some(first)
}

/// Name of an instance, safe to show.
pub fn instance_name(series: &Series, instance: usize) -> String {
    display_name(series.instance_label(instance).shown()).to_owned()
}

/// Functions with their values and standard deviations; the values of all instances are adjacent.
#[derive(Default)]
struct FunctionMatrix {
    functions: Vec<InstanceFunction>,
    values: Vec<i64>,
    sigmas: Vec<f32>,
}

impl FunctionMatrix {
    fn new(instance_sums: &[InstanceSums], budget: &mut Budget) -> Result<Self, LimitError> {
        let count = instance_sums.len();
        let mut starts: FxHashMap<FrameId, usize> = FxHashMap::default();
        let mut matrix = Self::default();
        for (place, one) in instance_sums.iter().enumerate() {
            for (frame, noisy) in &one.functions {
                let start = if let Some(start) = starts.get(frame) {
                    *start
                } else {
                    let start = matrix.add(*frame, count, budget)?;
                    starts.insert(*frame, start);
                    start
                };
                matrix.values[start + place] = noisy.value;
                matrix.sigmas[start + place] = noisy.sigma as f32;
            }
        }
        Ok(matrix)
    }

    /// Adds a function with the value 0 in `count` instances; returns the position of its values.
    fn add(&mut self, frame: FrameId, count: usize, budget: &mut Budget) -> Result<usize, LimitError> {
        let start = self.values.len();
        if self.values.capacity() < start + count {
            budget.grow(&mut self.values, count)?;
            budget.grow(&mut self.sigmas, count)?;
        }
        self.values.resize(start + count, 0);
        self.sigmas.resize(start + count, 0.0);
        let (spread, outliers) = (Spread::default(), Vec::new());
        budget.push(&mut self.functions, InstanceFunction { frame, spread, distance: 0.0, outliers, start })?;
        Ok(start)
    }
}

/// Computes the figures of an instance; `None` if none of its snapshots counts.
fn examine(
    answer: &Answer,
    instance: usize,
    sums: &mut PrefixSums,
    budget: &mut Budget,
) -> Result<Option<InstanceSums>, LimitError> {
    let Answer { series, timeline, query, filtered, .. } = answer;
    let tree = filtered.tree();
    // Dividing by the number of instances changes the figure of one instance only in a store, where an instance may
    // live for a part of the window.
    let per = match &query.per {
        per @ (Per::Operations(_) | Per::Instance) => per.clone(),
        Per::Auto | Per::All | Per::Counter(_) => Per::All,
    };
    let (sample_type, window, aggregate, role) = (query.sample_type, query.window, query.aggregate, query.role);
    let request = WindowRequest { sample_type, window, aggregate, per, instance: Some(instance), role };
    let CountedLanes { lanes, role, .. } = CountedLanes::new(series, timeline, &request);
    if lanes.is_empty() {
        return Ok(None);
    }
    let sum = WindowSum::filtered(series, timeline, &request, filtered);
    let per = request.per;
    let scope = NoiseScope { answer, budget: &*budget };
    sums.fill(series, filtered, sample_type, &sum, &mut budget.clone())?;
    let noise = scope.noise(&sum)?;
    // A counter's value since its process began is no growth over the window.
    let is_unknown = answer.window_sums[sample_type].is_growth() && lanes.iter().all(|lane| lane.snapshots.len() < 2);
    let flat = Flat::of_sums(tree, sums);
    let mut functions = Vec::new();
    let is_counted = |frame: &FrameId| !is_unknown && *frame != FrameId::ROOT && flat.own(*frame) != 0;
    for frame in tree.frames().ids().filter(is_counted) {
        let sigma = noise.as_ref().map_or(0.0, |noise| noise.frame_own(frame).sigma);
        functions.push((frame, NoisyValue { value: flat.own(frame), sigma }));
    }
    let mut growth_sum = growth_sum(answer, &lanes, role);
    if let (Some(sum), Per::Operations(_)) = (&mut growth_sum, &per) {
        sum.divide(&per);
    }
    let (mut growth, mut growth_sigma) = (None, 0.0);
    if let Some(sum) = &growth_sum {
        let value = |(at, factor): &(usize, i64)| {
            i128::from(filtered.total(&series.snapshots()[*at], sample_type)).saturating_mul(i128::from(*factor))
        };
        growth = Some(rounded(sum.terms.iter().map(value).fold(0, i128::saturating_add), sum.divisor));
        growth_sigma = scope.noise(sum)?.map_or(0.0, |noise| noise.total(tree, CallTree::ROOT).sigma);
    }
    let figures = InstanceFigures {
        instance,
        snapshots: lanes.iter().map(|lane| lane.snapshots.len()).sum(),
        processes: processes(answer, &lanes),
        builds: builds(answer, &lanes),
        uptime: lanes.iter().filter_map(|lane| uptime(answer, lane)).max(),
        total: (!is_unknown).then(|| sums.rounded_sum()),
        growth,
        has_outlying_total: false,
        has_outlying_growth: false,
    };
    let total_sigma = noise.as_ref().map_or(0.0, |noise| noise.total(tree, CallTree::ROOT).sigma);
    Ok(Some(InstanceSums { figures, total_sigma, growth_sigma, has_noise: noise.is_some(), functions }))
}

/// Answer whose noise is requested, and the budget of each request.
struct NoiseScope<'a> {
    answer: &'a Answer,
    budget: &'a Budget,
}

impl NoiseScope<'_> {
    fn noise(&self, sum: &WindowSum) -> Result<Option<Noise>, LimitError> {
        let Answer { series, timeline, filtered, query, .. } = self.answer;
        let request = NoiseRequest::of_window(query.sample_type, sum);
        Noise::new(series, timeline, filtered, &request, &mut self.budget.clone())
    }
}

/// Sum of the growth of some lanes: their last snapshots less their first; `None` if each has a single snapshot.
fn growth_sum(answer: &Answer, lanes: &[Lane], role: Role) -> Option<WindowSum> {
    let mut terms: Vec<(usize, i64)> = Vec::new();
    let mut restarts = 0;
    for lane in lanes {
        let (Some(first), Some(last)) = (lane.snapshots.first(), lane.snapshots.last()) else { continue };
        if first == last {
            continue;
        }
        terms.extend([(*first, -1), (*last, 1)]);
        if role == Role::Counter {
            // The value that a counter reached before a restart is added.
            let ends = lane.snapshots.windows(2).filter(|pair| is_restart(answer, pair)).map(|pair| pair[0]);
            let kept: Vec<usize> = ends.collect();
            restarts += kept.len();
            for at in kept {
                match terms.iter_mut().find(|(known, _)| *known == at) {
                    Some((_, factor)) => *factor += 1,
                    None => terms.push((at, 1)),
                }
            }
        }
    }
    terms.retain(|(_, factor)| *factor != 0);
    terms.sort_unstable();
    // Merges of a store hold sums over their profiles.
    let merged = terms.first().and_then(|(at, _)| answer.series.merge_totals(std::iter::once(*at)));
    let (terms, divisor) = match merged {
        Some(_) if role != Role::Change => scaled_by_snapshot(&answer.series, vec![terms]),
        _ => (terms, 1),
    };
    let snapshots = lanes.iter().map(|lane| lane.snapshots.len()).sum();
    let is_several = lanes.iter().any(|lane| lane.snapshots.len() > 1);
    let method = Method::Delta { restarts };
    is_several.then_some(WindowSum {
        terms,
        divisor,
        method,
        snapshots,
        merged,
        instances: 1,
        per: Per::All,
        units: None,
        role,
    })
}

fn is_restart(answer: &Answer, pair: &[usize]) -> bool {
    answer.timeline.process(pair[0]) != answer.timeline.process(pair[1])
}

fn processes(answer: &Answer, lanes: &[Lane]) -> usize {
    let members = lanes.iter().flat_map(|lane| &lane.snapshots);
    let mut processes: Vec<usize> = members.map(|at| answer.timeline.process(*at)).collect();
    processes.sort_unstable();
    processes.dedup();
    processes.len()
}

fn builds(answer: &Answer, lanes: &[Lane]) -> Vec<SafeText> {
    let mut members: Vec<usize> = lanes.iter().flat_map(|lane| lane.snapshots.iter().copied()).collect();
    members.sort_unstable();
    let mut builds: Vec<SafeText> = Vec::new();
    for at in members {
        // The first mapping is the program.
        if let Some(build) = answer.series.snapshots()[at].header.build_ids.first()
            && !builds.contains(build)
        {
            builds.push(build.clone());
        }
    }
    builds
}

/// Nanoseconds from the first snapshot of the last process of a lane to the lane's last one.
fn uptime(answer: &Answer, lane: &Lane) -> Option<i64> {
    let (last, rest) = lane.snapshots.split_last()?;
    let is_same = |at: &&usize| answer.timeline.process(**at) == answer.timeline.process(*last);
    let mut first = rest.iter().rev().take_while(is_same).last().copied().unwrap_or(*last);
    // Snapshots before the window add to the age.
    while let Some(before) = answer.timeline.previous(first).filter(|_| !answer.timeline.restarts(first)) {
        first = before;
    }
    let [first, last] = [first, *last].map(|at| answer.series.snapshots()[at].header.time_nanos);
    let is_dated = first != 0 && last != 0;
    is_dated.then(|| last.saturating_sub(first)).filter(|age| *age > 0)
}
