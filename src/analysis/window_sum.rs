//! Windows as weighted sums of snapshots, for one sample type.
//!
//! Every window is a sum: each snapshot's values times a whole factor, divided by one number at the end. A mean has the
//! factor 1 everywhere and divides by the count; a counter's growth has 1 for the last and -1 for the first, and 1 for
//! each snapshot before a restart; the last, the smallest and the largest are one snapshot. Several instances are each
//! aggregated by themselves and then added up. Such a sum is a [`WindowSum`]. The rest of the analysis uses window sums
//! only, so that moving a window by one snapshot costs the two snapshots whose factors change.

use crate::analysis::filtered::FilteredTree;
use crate::analysis::log_units::CountingTimes;
use crate::analysis::timeline::{Lane, Timeline, joint_role};
use crate::analysis::window::{Aggregate, Per, Window};
use crate::base::units::{commas, counted};
use crate::profile::{Counting, Header, MergeTotals, Role, Series};

#[cfg(test)]
mod tests;

/// Aggregation of the snapshots of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// One unchanged snapshot.
    Single,
    /// One snapshot of a counter, which counts since its process began.
    SinceStart,
    /// One snapshot of a counter, which counts since the profiler attached to the process.
    SinceAttach,
    /// Mean of all snapshots.
    Mean,
    /// Last snapshot.
    Last,
    /// Snapshot with the smallest total of what the filters keep.
    Min,
    /// Snapshot with the largest total of what the filters keep.
    Max,
    /// Growth from the first to the last snapshot.
    Delta {
        /// Number of restarts in between.
        restarts: usize,
    },
    /// Sum of all snapshots.
    Sum,
}

impl Method {
    /// Method for the merges of a store: a single merge is a mean over its profiles, or the sum of their changes.
    fn of_merges(self, role: Role) -> Self {
        match self {
            Self::Single | Self::SinceStart | Self::SinceAttach if role == Role::Change => Self::Sum,
            Self::Single | Self::SinceStart | Self::SinceAttach => Self::Mean,
            other => other,
        }
    }

    /// Returns the name of the method in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::SinceStart => "since-start",
            Self::SinceAttach => "since-attach",
            Self::Mean => "mean",
            Self::Last => "last",
            Self::Min => "min",
            Self::Max => "max",
            Self::Delta { .. } => "delta",
            Self::Sum => "sum",
        }
    }

    /// Aggregation of `count` snapshots in words; empty for a single one.
    pub fn words(self, count: usize) -> String {
        let of = |what: &str| match count {
            1 => format!("{what} of 1 snapshot"),
            count => format!("{what} of {count} snapshots"),
        };
        match self {
            Self::Single => String::new(),
            Self::SinceStart => "since its process began".to_owned(),
            Self::SinceAttach => "since the profiler attached".to_owned(),
            Self::Mean => of("mean"),
            Self::Last => of("last"),
            Self::Min => of("smallest"),
            Self::Max => of("largest"),
            Self::Sum => of("sum"),
            Self::Delta { restarts: 0 } => format!("growth over {count} snapshots"),
            Self::Delta { restarts: 1 } => format!("growth over {count} snapshots, 1 restart bridged"),
            Self::Delta { restarts } => format!("growth over {count} snapshots, {restarts} restarts bridged"),
        }
    }
}

/// Requested window of a sample type.
#[derive(Clone, Debug)]
pub struct WindowRequest {
    /// Index of the sample type.
    pub sample_type: usize,
    /// Snapshots.
    pub window: Window,
    /// Aggregation of several snapshots.
    pub aggregate: Aggregate,
    /// Divisor; [`Per::Auto`] does not divide.
    pub per: Per,
    /// Index of the only instance to use; `None` for all.
    pub instance: Option<usize>,
    /// Role of the sample type, if the user set one; `None` to take the profile's.
    pub role: Option<Role>,
}

impl WindowRequest {
    /// Request for a window with the defaults.
    pub fn new(sample_type: usize, window: Window) -> Self {
        Self { sample_type, window, aggregate: Aggregate::Auto, per: Per::All, instance: None, role: None }
    }
}

/// Window as a weighted sum over snapshots for one sample type: Σ factor · value / divisor.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowSum {
    /// Snapshots in their order, each with its factor, which is never 0.
    pub terms: Vec<(usize, i64)>,
    /// Divisor of the sum, at least 1.
    pub divisor: i64,
    /// Aggregation of each instance.
    pub method: Method,
    /// Number of snapshots that were aggregated.
    pub snapshots: usize,
    /// Sums over the profiles that stores merged into these snapshots; `None` for profiles of files and services.
    pub merged: Option<MergeTotals>,
    /// Number of instances that were added up.
    pub instances: usize,
    /// Divisor by which the sum was divided.
    pub per: Per,
    /// Units of the counter that the sum was divided by; `None` without a counter, or if no log has it and the sum is
    /// undivided.
    pub units: Option<f64>,
    /// Role of the sample type in the window.
    pub role: Role,
}

// The number of units is never NaN.
impl Eq for WindowSum {}

/// Largest common divisor of means that is exact; above it, factors are rounded to this precision.
const MAX_DIVISOR: i64 = 1 << 20;

impl WindowSum {
    /// Computes the weighted sum for a window of a sample type. The smallest and the largest snapshot are those of all
    /// samples.
    pub fn new(series: &Series, timeline: &Timeline, request: &WindowRequest) -> Self {
        Self::by_totals(series, timeline, request, &|at| series.snapshots()[at].totals[request.sample_type])
    }

    /// Computes the weighted sum for a window of a sample type. The smallest and the largest snapshot are those of the
    /// samples that the filters keep.
    pub fn filtered(series: &Series, timeline: &Timeline, request: &WindowRequest, filtered: &FilteredTree) -> Self {
        let sample_type = request.sample_type;
        // A tree of one sample type has no figures of others, whose sums nothing reads.
        if !filtered.tree().has_stacks_of(Some(sample_type)) {
            return Self::new(series, timeline, request);
        }
        let total = |at: usize| i128::from(filtered.total(&series.snapshots()[at], sample_type));
        Self::by_totals(series, timeline, request, &total)
    }

    fn by_totals(series: &Series, timeline: &Timeline, request: &WindowRequest, total: &dyn Fn(usize) -> i128) -> Self {
        let WindowRequest { window, aggregate, ref per, instance, .. } = *request;
        let CountedLanes { lanes, role, .. } = CountedLanes::new(series, timeline, request);
        let is_single = lanes.iter().all(|lane| lane.snapshots.len() < 2);
        let every = |lane: &Lane| lane.snapshots.iter().map(|at| (*at, 1)).collect::<Vec<_>>();
        let one = |at: Option<usize>| at.map(|at| (at, 1)).into_iter().collect::<Vec<_>>();
        let last = |lane: &Lane| one(lane.snapshots.last().copied());
        let growth = |lane: &Lane| growth(lane, timeline);
        let (method, terms): (Method, Vec<Vec<(usize, i64)>>) = match aggregate {
            Aggregate::Auto if is_single => {
                let mut members = lanes.iter().flat_map(|lane| &lane.snapshots);
                let is_attached = members.any(|at| series.snapshots()[*at].header.counting == Counting::SinceAttach);
                let method = match role {
                    Role::Counter if is_attached => Method::SinceAttach,
                    Role::Counter => Method::SinceStart,
                    Role::Level | Role::Change | Role::Unknown => Method::Single,
                };
                (method, lanes.iter().map(every).collect())
            }
            Aggregate::Auto => match role {
                Role::Level => (Method::Mean, lanes.iter().map(every).collect()),
                Role::Counter => (delta(timeline, &lanes), lanes.iter().map(growth).collect()),
                Role::Change => (Method::Sum, lanes.iter().map(every).collect()),
                Role::Unknown => (Method::Last, lanes.iter().map(last).collect()),
            },
            Aggregate::Mean => (Method::Mean, lanes.iter().map(every).collect()),
            Aggregate::Last => (Method::Last, lanes.iter().map(last).collect()),
            // Of equal snapshots the first is taken.
            Aggregate::Min => {
                let least = |lane: &Lane| one(lane.snapshots.iter().min_by_key(|at| total(**at)).copied());
                (Method::Min, lanes.iter().map(least).collect())
            }
            Aggregate::Max => {
                let most = |lane: &Lane| one(lane.snapshots.iter().rev().max_by_key(|at| total(**at)).copied());
                (Method::Max, lanes.iter().map(most).collect())
            }
            Aggregate::Delta if role == Role::Counter => (delta(timeline, &lanes), lanes.iter().map(growth).collect()),
            Aggregate::Delta => {
                let ends = |lane: &Lane| match lane.snapshots.as_slice() {
                    [first, .., last] => vec![(*first, -1), (*last, 1)],
                    _ => Vec::new(),
                };
                (Method::Delta { restarts: 0 }, lanes.iter().map(ends).collect())
            }
            // As pprof adds files up: all snapshots, of any kind.
            Aggregate::Sum => {
                let is_asked =
                    |at: &usize| instance.is_none_or(|asked| series.snapshots()[*at].membership.instance == asked);
                (Method::Sum, vec![window.snapshots().filter(is_asked).map(|at| (at, 1)).collect()])
            }
        };
        let snapshots = match aggregate {
            Aggregate::Sum => terms.iter().map(Vec::len).sum(),
            _ => lanes.iter().map(|lane| lane.snapshots.len()).sum(),
        };
        let mut found: Vec<usize> = lanes.iter().map(|lane| lane.instance).collect();
        found.dedup();
        let taken = lanes.iter().flat_map(|lane| lane.snapshots.iter().copied());
        let merged =
            if is_single && lanes.is_empty() { None } else { series.merge_totals_in(taken, window.snapshots()) };
        // Merges hold sums over profiles: a level is their sum divided by the scrapes of one process.
        let is_scaled = merged.is_some() && role != Role::Change && method != Method::Sum;
        let (terms, divisor) = match merged {
            Some(totals) if is_scaled && matches!(method, Method::Single | Method::SinceStart | Method::Mean) => {
                let (factor, divisor) = fraction(totals.scrapes);
                let mut terms: Vec<(usize, i64)> = terms.into_iter().flatten().map(|(at, _)| (at, factor)).collect();
                terms.sort_unstable();
                (terms, divisor)
            }
            Some(_) if is_scaled => scaled_by_snapshot(series, terms),
            _ => combined(terms, method),
        };
        let (instances, method) = (found.len(), if merged.is_some() { method.of_merges(role) } else { method });
        let mut sum = Self { terms, divisor, method, snapshots, merged, instances, per: Per::All, units: None, role };
        if let Per::Counter(name) = per {
            // Logs do not state their instance.
            let is_of_all = instance.is_none() || series.instances().len() < 2;
            let times = counting_times(series, &lanes, (method, role)).filter(|_| is_of_all);
            sum.units = times.and_then(|times| timeline.activity.units(name, &times));
        }
        sum.divide(per);
        sum
    }

    /// Returns true for a growth over several snapshots.
    pub fn is_growth(&self) -> bool {
        matches!(self.method, Method::Delta { .. })
    }

    /// Number of profiles that were aggregated, including those that a store merged.
    pub fn profiles(&self) -> u64 {
        self.merged.map_or(self.snapshots as u64, |merged| merged.profiles)
    }

    /// Mean of several sums of one sample type; `None` without any.
    pub(super) fn mean_of(sums: Vec<Self>) -> Option<Self> {
        let count = sums.len() as i64;
        let common = sums.iter().try_fold(1_i64, |common, sum| {
            (common / common_divisor(common, sum.divisor))
                .checked_mul(sum.divisor)
                .filter(|divisor| *divisor <= MAX_DIVISOR)
        });
        let common = common.unwrap_or(MAX_DIVISOR);
        let mut all = sums.into_iter();
        let first = all.next()?;
        if count == 1 {
            return Some(first);
        }
        let scaled = |sum: &Self| {
            let factor = ((common + sum.divisor / 2) / sum.divisor).max(1);
            sum.terms.iter().map(|(at, term)| (*at, term.saturating_mul(factor))).collect::<Vec<_>>()
        };
        let mut mean =
            Self { terms: scaled(&first), divisor: common.saturating_mul(count), per: Per::Instance, ..first };
        for sum in all {
            mean.terms.extend(scaled(&sum));
            mean.snapshots += sum.snapshots;
            mean.instances += sum.instances;
        }
        mean.terms.sort_unstable();
        Some(mean)
    }

    /// Number of instances at once. The number of processes of a store is a fraction, as they live for a part of the time.
    fn instances_at_once(&self) -> f64 {
        match self.merged {
            Some(merged) if self.method != Method::Sum || self.role == Role::Change => merged.processes(),
            _ => self.instances.max(1) as f64,
        }
    }

    /// Number of instances by which the sum was divided; 1 if it was not divided by them.
    pub(super) fn instance_divisor(&self) -> f64 {
        if self.per == Per::Instance { self.instances_at_once() } else { 1.0 }
    }

    /// Divides by the divisor `per`.
    pub(super) fn divide(&mut self, per: &Per) {
        let (factor, divisor) = match per {
            Per::Auto | Per::All => return,
            Per::Instance => fraction(self.instances_at_once()),
            Per::Operations(count) => (1, i64::try_from(count.get()).unwrap_or(i64::MAX)),
            Per::Counter(_) => self.units.map_or((1, 1), fraction),
        };
        self.terms.iter_mut().for_each(|(_, term)| *term = term.saturating_mul(factor));
        self.per = per.clone();
        self.divisor = self.divisor.saturating_mul(divisor);
    }

    /// Aggregation in words, such as `mean of 12 snapshots, sum of 2 instances`; empty for a single snapshot.
    pub fn words(&self) -> String {
        let mut parts = vec![self.method.words(self.snapshots)];
        if let Some(merged) = self.merged {
            return self.merged_words(merged);
        }
        match &self.per {
            Per::Auto | Per::All if self.instances > 1 && self.method != Method::Sum => {
                parts.push(format!("sum of {} instances", self.instances));
            }
            Per::Instance if self.instances > 1 => parts.push(format!("per instance ({})", self.instances)),
            Per::Instance => parts.push("per instance".to_owned()),
            Per::Operations(_) | Per::Counter(_) | Per::Auto | Per::All => parts.extend(self.units_words()),
        }
        parts.retain(|part| !part.is_empty());
        parts.join(", ")
    }

    /// Operations or units of a counter that the sum was divided by, such as `divided by 12,340 requests`; `None` for
    /// other divisors.
    pub fn units_words(&self) -> Option<String> {
        match (&self.per, self.units) {
            (Per::Auto | Per::All | Per::Instance, _) => None,
            (Per::Operations(count), _) => Some(format!("divided by {}", counted(count.get() as usize, "operation"))),
            (Per::Counter(name), Some(units)) => Some(format!("divided by {} {}", fractional(units), name.shown())),
            (Per::Counter(name), None) => Some(format!("not divided by {}, which no log tells there", name.shown())),
        }
    }

    /// Aggregation of a store's merges in words, such as `mean over 1h of 31 profiles, 2.58 processes at once`.
    fn merged_words(&self, merged: MergeTotals) -> String {
        let profiles = counted(merged.profiles as usize, "profile");
        let processes = fractional(merged.processes());
        let mut parts = vec![match self.method {
            Method::Single | Method::SinceStart | Method::Mean => format!("mean over the window of {profiles}"),
            Method::Sum => format!("sum of {profiles}"),
            other => format!("{}, {profiles}", other.words(self.snapshots)),
        }];
        parts.push(match self.per {
            Per::Instance => format!("per process, {processes} at once"),
            _ if processes == "1" => "1 process at once".to_owned(),
            _ => format!("{processes} processes at once"),
        });
        parts.extend(self.units_words());
        parts.join(", ")
    }

    /// Sum of all values of a sample type, without filters.
    pub fn sum(&self, series: &Series, sample_type: usize) -> f64 {
        self.sum_of(|snapshot| series.snapshots()[snapshot].totals[sample_type])
    }

    /// Sum of a figure of each snapshot.
    pub(super) fn sum_of(&self, figure: impl Fn(usize) -> i128) -> f64 {
        let term = |(snapshot, factor): &(usize, i64)| figure(*snapshot).saturating_mul(i128::from(*factor));
        self.terms.iter().map(term).sum::<i128>() as f64 / self.divisor as f64
    }

    /// Factors by which this sum differs from another.
    pub(super) fn minus(&self, other: &Self) -> Vec<(usize, i64)> {
        let (mut ours, mut theirs) = (self.terms.iter().peekable(), other.terms.iter().peekable());
        let mut difference = Vec::new();
        loop {
            let (snapshot, factor) = match (ours.peek(), theirs.peek()) {
                (None, None) => return difference,
                (Some(&&(our, factor)), Some(&&(their, other))) if our == their => {
                    ours.next();
                    theirs.next();
                    (our, factor - other)
                }
                (Some(&&(our, factor)), their) if their.is_none_or(|(their, _)| our < *their) => {
                    ours.next();
                    (our, factor)
                }
                (_, Some(&&(their, factor))) => {
                    theirs.next();
                    (their, -factor)
                }
                (Some(&&(our, factor)), None) => {
                    ours.next();
                    (our, factor)
                }
            };
            if factor != 0 {
                difference.push((snapshot, factor));
            }
        }
    }
}

/// Lanes of a window with the snapshots that count for a sample type.
#[derive(Clone, Debug)]
pub struct CountedLanes {
    /// Lanes in the order of their instances; none is empty.
    pub lanes: Vec<Lane>,
    /// Role of the sample type on all lanes together.
    pub role: Role,
    /// Snapshots of changes within a duration, which are no part of a figure of levels or counters.
    pub left_out: Vec<usize>,
}

impl CountedLanes {
    /// Finds the lanes for a request. Snapshots of changes among levels are left out, since their values are no levels;
    /// a lane of changes alone has levels too, unless a value is below zero.
    pub fn new(series: &Series, timeline: &Timeline, request: &WindowRequest) -> Self {
        let WindowRequest { sample_type, window, aggregate, instance, .. } = *request;
        let mut lanes = timeline.lanes(series, window, instance);
        let role = request.role.unwrap_or_else(|| joint_role(series, sample_type, &lanes));
        let mut left_out = Vec::new();
        if matches!(role, Role::Level | Role::Counter) && aggregate != Aggregate::Sum {
            for lane in &mut lanes {
                let is_wanted = request.role.is_some() || lane.role(series, sample_type) == role;
                if lane.is_all_changes(series) && is_wanted {
                    continue;
                }
                let is_change = |at: &usize| series.snapshots()[*at].is_of_changes();
                left_out.extend(lane.snapshots.iter().copied().filter(is_change));
                lane.snapshots.retain(|at| !is_change(at));
            }
            lanes.retain(|lane| !lane.snapshots.is_empty());
        }
        Self { lanes, role, left_out }
    }
}

/// Times at which a counter is read for a sum over lanes; `None` if a snapshot has no time.
fn counting_times(series: &Series, lanes: &[Lane], aggregation: (Method, Role)) -> Option<CountingTimes> {
    let headers = || lanes.iter().flat_map(|lane| &lane.snapshots).map(|at| &series.snapshots()[*at].header);
    let times: Vec<i64> = headers().map(Header::effective_time).collect::<Option<_>>()?;
    Some(match aggregation {
        (Method::Delta { .. }, _) => CountingTimes::Spans(vec![(*times.iter().min()?, *times.iter().max()?)]),
        (_, Role::Change) => CountingTimes::Spans(headers().filter_map(Header::covered_interval).collect()),
        (Method::Sum, _) => CountingTimes::Sum(times),
        _ => CountingTimes::Mean(times),
    })
}

/// Growth method of several lanes.
fn delta(timeline: &Timeline, lanes: &[Lane]) -> Method {
    let restarts = |lane: &Lane| {
        lane.snapshots.windows(2).filter(|pair| timeline.process(pair[0]) != timeline.process(pair[1])).count()
    };
    Method::Delta { restarts: lanes.iter().map(restarts).sum() }
}

/// Growth of a counter from the first to the last snapshot of a lane. A restarted process counts from 0 again, so the
/// last value before the restart is added.
fn growth(lane: &Lane, timeline: &Timeline) -> Vec<(usize, i64)> {
    let mut terms = Vec::new();
    for (place, at) in lane.snapshots.iter().enumerate() {
        let next = lane.snapshots.get(place + 1);
        let is_end = next.is_none_or(|next| timeline.process(*next) != timeline.process(*at));
        let factor = i64::from(is_end) - i64::from(place == 0);
        if factor != 0 {
            terms.push((*at, factor));
        }
    }
    terms
}

/// Combines the terms of all lanes, in the order of the snapshots, with a common divisor. A mean divides each lane by
/// its number of snapshots.
fn combined(lanes: Vec<Vec<(usize, i64)>>, method: Method) -> (Vec<(usize, i64)>, i64) {
    let is_mean = method == Method::Mean;
    let mut divisor = 1;
    if is_mean {
        for count in lanes.iter().map(|lane| lane.len() as i64).filter(|count| *count > 0) {
            divisor = if divisor > MAX_DIVISOR { divisor } else { divisor / common_divisor(divisor, count) * count };
        }
        divisor = if lanes.len() > 1 { divisor.min(MAX_DIVISOR) } else { divisor };
    }
    let mut terms: Vec<(usize, i64)> = Vec::with_capacity(lanes.iter().map(Vec::len).sum());
    for lane in lanes {
        let count = if is_mean { lane.len().max(1) as i64 } else { 1 };
        let factor = if is_mean { ((divisor + count / 2) / count).max(1) } else { 1 };
        terms.extend(lane.into_iter().map(|(at, term)| (at, term * factor)));
    }
    terms.sort_unstable();
    (terms, divisor)
}

/// Divisor of sums whose snapshots are each divided by their own number of scrapes.
const SNAPSHOT_DIVISOR: i64 = 1 << 12;

/// Terms of merged snapshots, each of which is divided by its own number of scrapes.
pub(super) fn scaled_by_snapshot(series: &Series, lanes: Vec<Vec<(usize, i64)>>) -> (Vec<(usize, i64)>, i64) {
    let scrapes = |at: usize| series.merge_totals(std::iter::once(at)).map_or(1.0, |totals| totals.scrapes);
    let mut terms: Vec<(usize, i64)> = lanes.into_iter().flatten().collect();
    terms.sort_unstable();
    if let Some(first) = terms.first().map(|(at, _)| scrapes(*at)) {
        let is_same = terms.iter().all(|(at, _)| (scrapes(*at) - first).abs() < 1e-9);
        if is_same {
            let (factor, divisor) = fraction(first);
            return (terms.into_iter().map(|(at, term)| (at, term * factor)).collect(), divisor);
        }
    }
    let factor = |at: usize| ((SNAPSHOT_DIVISOR as f64 / scrapes(at)).round() as i64).max(1);
    (terms.into_iter().map(|(at, term)| (at, term * factor(at))).collect(), SNAPSHOT_DIVISOR)
}

/// Reciprocal of a number as a factor and a divisor, with the smallest factor that is exact enough, or else the one
/// that is closest.
fn fraction(number: f64) -> (i64, i64) {
    const MOST: i64 = 1 << 10;
    let number = number.clamp(1e-6, 1e15);
    // Relative error of the number as a fraction with this factor.
    let error = |factor: i64| {
        let divisor = number * factor as f64;
        if divisor < 0.5 { f64::INFINITY } else { (divisor - divisor.round()).abs() / divisor }
    };
    let exact = (1..=MOST).find(|factor| error(*factor) <= 1e-9);
    let factor =
        exact.unwrap_or_else(|| (1..=MOST).min_by(|one, other| error(*one).total_cmp(&error(*other))).unwrap_or(MOST));
    (factor, ((number * factor as f64).round() as i64).max(1))
}

/// Number with at most two decimals, or four below 0.1, without trailing zeros: `12,340`, `2.58`, `0.0042`.
fn fractional(number: f64) -> String {
    let decimals = if number < 0.1 { 4 } else { 2 };
    let text = format!("{number:.decimals$}");
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse::<i64>().map_or_else(|_| whole.to_owned(), commas);
    match decimals.trim_end_matches('0') {
        "" => whole,
        decimals => format!("{whole}.{decimals}"),
    }
}

fn common_divisor(one: i64, other: i64) -> i64 {
    if other == 0 { one } else { common_divisor(other, one % other) }
}
