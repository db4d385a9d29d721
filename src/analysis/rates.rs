//! Rates of a runtime in a window: allocated bytes, collections, pauses.
//!
//! Sources in order of preference: for allocated bytes the profile's own counter, the runtime's, a log; for collections
//! and pauses the runtime's counters, a log. A window of one snapshot covers no time; its rates are over the time since
//! the snapshot before it. Each instance has the rate over the time between its own snapshots, and the rates of instances
//! are added: instances that ran one after the other are not slower for it. What a store merged, which counts an instance
//! by its part of the window, and logs have the rate over the time of the window.

use std::collections::BTreeMap;
use std::fmt;

use crate::analysis::activity::{Activity, ActivitySpan};
use crate::analysis::timeline::{Lane, Timeline, UnknownGrowth, is_all_merges};
use crate::analysis::window::{Aggregate, Window};
use crate::analysis::window_sum::{WindowRequest, WindowSum};
use crate::base::units::{Unit, commas};
use crate::profile::{CoveredTime, Header, Metrics, Role, Sampling, Series, StoreMerge, allocated_parts, sampling_of};

/// Nanoseconds of a second.
const SECOND: f64 = 1e9;

/// Source of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateSource {
    /// The profile's counter of what was allocated.
    Profile,
    /// The runtime's own counters beside the profile.
    Runtime,
    /// A log.
    Log,
}

impl RateSource {
    /// Returns the name of the source.
    pub fn word(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Runtime => "runtime",
            Self::Log => "log",
        }
    }
}

/// Figure and its source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredRate {
    /// Bytes, collections or nanoseconds, of all instances.
    pub amount: i64,
    /// Number of instances by which the amount is divided; 1 for their sum.
    pub instances: f64,
    /// Source of the figure.
    pub by: RateSource,
    /// Amount per second, of all instances.
    pub rate: f64,
    /// Standard deviation of `rate` by sampling, at most; `None` if the sampling is not known.
    pub sigma: Option<f64>,
}

impl MeasuredRate {
    /// Amount, divided by the number of instances.
    pub fn share(&self) -> f64 {
        self.amount as f64 / self.instances
    }

    /// Amount per second, divided by the number of instances.
    pub fn per_second(&self) -> f64 {
        self.rate / self.instances
    }

    /// Standard deviation of the amount per second, divided by the number of instances.
    pub fn sigma_per_second(&self) -> Option<f64> {
        self.sigma.map(|sigma| sigma / self.instances)
    }
}

/// Reason why a rate is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRate {
    /// The snapshots have no times, or the same one.
    NoTime,
    /// There is one snapshot, and none before it.
    Single,
    /// A process began anew right before the only snapshot.
    Restarted,
    /// Profiles of an instance overlap in time, so that their sum has some allocations more than once.
    Overlap,
    /// Some instances have a single snapshot.
    Unknown(UnknownGrowth),
    /// Neither profile, runtime nor log has the figure.
    NoSource,
    /// Logs have the figure for another time only.
    LogOtherTime,
    /// Logs cover the time, but do not have the figure.
    LogLacksFigure,
}

impl fmt::Display for NoRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown(growth) => return growth.fmt(f),
            Self::NoTime => "the snapshots do not say when they were taken, or were taken at the same time",
            Self::Single => "one snapshot, with none before it, covers no time",
            Self::Restarted => "its process began after the snapshot before it",
            Self::Overlap => "the profiles overlap in time, so that their sum has some allocations more than once",
            Self::NoSource => "no metrics come with it; `--gc-log` reads a log",
            Self::LogOtherTime => "the log is of another time",
            Self::LogLacksFigure => "the log does not tell it",
        })
    }
}

/// Time span that the figures cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeBasis {
    /// Time of the window.
    Within,
    /// Time between the only snapshot of the window and the snapshot before it, or the start of a log.
    Before,
}

/// Allocation, collections and pauses of a runtime in the time of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Rates {
    /// Nanoseconds that the window covers, or that precede its only snapshot; 0 if there are none.
    pub span: i64,
    /// Time span that the figures cover.
    pub lead: TimeBasis,
    /// Bytes allocated.
    pub allocated: Result<MeasuredRate, NoRate>,
    /// Collections.
    pub cycles: Result<MeasuredRate, NoRate>,
    /// Nanoseconds in which the program was paused.
    pub pause: Result<MeasuredRate, NoRate>,
}

/// Time range of the rates of a window.
struct RateInterval {
    from: i64,
    to: i64,
    /// Nanoseconds covered by the snapshots.
    span: i64,
    lead: TimeBasis,
    /// Snapshots of each instance at whose ends counters are compared.
    lanes: Vec<Lane>,
    /// Window of these snapshots; `None` if counters are not compared between snapshots.
    window: Option<Window>,
    /// Instances, each with the nanoseconds covered by its own snapshots; empty if the time is that of the window.
    own_spans: Vec<(usize, i64)>,
    /// Instances that counters say nothing about; `None` if there are none.
    unknown: Option<UnknownGrowth>,
}

impl RateInterval {
    /// Interval in which counters are not compared between snapshots.
    fn without_snapshots(from: i64, to: i64, span: i64, lead: TimeBasis) -> Self {
        Self { from, to, span, lead, lanes: Vec::new(), window: None, own_spans: Vec::new(), unknown: None }
    }

    /// Amount per second of an amount of one instance.
    fn rate(&self, instance: usize, amount: i64) -> f64 {
        let own = self.own_spans.iter().find(|(known, _)| *known == instance);
        amount as f64 / (own.map_or(self.span, |(_, span)| *span) as f64 / SECOND)
    }
}

impl Rates {
    /// Rates in a window, of all instances together or of one. Logs do not name an instance, and count only for all.
    pub fn of(series: &Series, timeline: &Timeline, window: Window, instance: Option<usize>) -> Self {
        let instance = instance.filter(|_| series.instances().len() > 1);
        let rates = Self::of_one_kind(series, timeline, window, instance);
        match unlike_instances(series, timeline, window, instance) {
            Some(instances) => {
                let of_one = |own: usize| Self::of_one_kind(series, timeline, window, Some(own));
                rates.with_sums(&instances.into_iter().map(of_one).collect::<Vec<_>>())
            }
            None => rates,
        }
    }

    /// The same figures with those of instances added up, except for those of a log.
    fn with_sums(self, instances: &[Self]) -> Self {
        let sum = |all: Result<MeasuredRate, NoRate>, figure: fn(&Self) -> &Result<MeasuredRate, NoRate>| match all {
            Ok(MeasuredRate { by: RateSource::Log, .. }) => all,
            _ => instances.iter().map(|one| *figure(one)).collect::<Result<Vec<_>, _>>().and_then(|own| added(&own)),
        };
        Self {
            allocated: sum(self.allocated, |one| &one.allocated),
            cycles: sum(self.cycles, |one| &one.cycles),
            pause: sum(self.pause, |one| &one.pause),
            ..self
        }
    }

    /// Rates of instances that all have levels, or all changes.
    fn of_one_kind(series: &Series, timeline: &Timeline, window: Window, instance: Option<usize>) -> Self {
        let mut members = window.members(series, instance);
        let first = members.next().unwrap_or(window.first);
        let window = Window { first, last: members.next_back().unwrap_or(first) };
        let interval = match rate_interval(series, timeline, window, instance) {
            Ok(interval) => interval,
            Err(why) => {
                return Self {
                    span: 0,
                    lead: TimeBasis::Within,
                    allocated: Err(why),
                    cycles: Err(why),
                    pause: Err(why),
                };
            }
        };
        let log = match instance {
            Some(_) => Err(NoRate::NoSource),
            None => of_log(&timeline.activity, &interval),
        };
        let runtime = |figure: fn(&Metrics) -> Option<i64>| {
            let (amount, rate) = growth(series, timeline, &interval, figure)?;
            Some(MeasuredRate { amount, instances: 1.0, by: RateSource::Runtime, rate, sigma: Some(0.0) })
        };
        let from_log = |figure: fn(&ActivitySpan) -> Option<i64>| {
            let known = log.map_err(|why| interval.unknown.map_or(why, NoRate::Unknown));
            let (activity, span) = known?;
            let amount = figure(&activity).ok_or(NoRate::LogLacksFigure)?;
            let rate = amount as f64 / (span as f64 / SECOND);
            Ok(MeasuredRate { amount, instances: 1.0, by: RateSource::Log, rate, sigma: Some(0.0) })
        };
        let is_overlapping = interval.window.is_none() && overlaps(series, timeline, window, instance);
        let allocated = counted(series, timeline, window, instance, &interval).filter(|_| !is_overlapping);
        Self {
            span: interval.span,
            lead: interval.lead,
            allocated: allocated
                .or_else(|| runtime(|metrics| metrics.total_alloc))
                .map_or_else(|| from_log(|activity| activity.allocated), Ok)
                .map_err(|why| if is_overlapping { NoRate::Overlap } else { why }),
            cycles: runtime(|metrics| metrics.gc_count).map_or_else(|| from_log(|activity| activity.cycles), Ok),
            pause: runtime(|metrics| metrics.gc_pause_nanos).map_or_else(|| from_log(|activity| activity.pause), Ok),
        }
    }

    /// Bytes allocated up to the last snapshot of each instance in a window, since the snapshot before it or within its
    /// duration; the rates of instances are added.
    ///
    /// # Errors
    /// [`NoRate`] of the first instance without a rate.
    pub fn newest_allocated(
        series: &Series,
        timeline: &Timeline,
        window: Window,
        instance: Option<usize>,
    ) -> Result<MeasuredRate, NoRate> {
        let mut newest: BTreeMap<usize, usize> = BTreeMap::new();
        newest.extend(window.members(series, instance).map(|at| (series.snapshots()[at].membership.instance, at)));
        let rates = newest.into_iter().map(|(own, at)| Self::of(series, timeline, Window::at(at), Some(own)).allocated);
        added(&rates.collect::<Result<Vec<_>, _>>()?)
    }

    /// Divides the figures by a number of instances.
    #[must_use]
    pub fn divided(mut self, instances: f64) -> Self {
        for rate in [&mut self.allocated, &mut self.cycles, &mut self.pause].into_iter().flatten() {
            rate.instances = instances;
        }
        self
    }

    /// Returns true if any figure is known.
    pub fn has_rate(&self) -> bool {
        self.allocated.is_ok() || self.cycles.is_ok() || self.pause.is_ok()
    }

    /// Known figures, a phrase each: `12.3 MiB/s allocated`, `8 GCs`, `1.31 ms/s paused`.
    pub fn phrases(&self) -> Vec<String> {
        let mut phrases = Vec::new();
        if let Ok(allocated) = &self.allocated {
            phrases.push(format!("{}/s allocated", Unit::Bytes.long(allocated.per_second() as i64)));
        }
        if let Ok(cycles) = &self.cycles {
            let (cycles, whole) = (cycles.share(), cycles.share().round());
            phrases.push(match whole as i64 {
                _ if (cycles - whole).abs() >= 0.05 => format!("{cycles:.1} GCs"),
                1 => "1 GC".to_owned(),
                count => format!("{} GCs", commas(count)),
            });
        }
        if let Ok(pause) = &self.pause {
            phrases.push(format!("{}/s paused", Unit::Nanoseconds.long(pause.per_second() as i64)));
        }
        phrases
    }

    /// Time span that the figures cover, in words; empty without one.
    pub fn time(&self) -> String {
        let span = Unit::Nanoseconds.long(self.span);
        match (self.span, self.lead) {
            (0, _) => String::new(),
            (_, TimeBasis::Within) => format!("in {span}"),
            (_, TimeBasis::Before) => format!("in the {span} before"),
        }
    }

    /// All figures in one line; without any, the reason.
    pub fn line(&self) -> String {
        let phrases = self.phrases();
        match &self.allocated {
            Err(why) if phrases.is_empty() => why.to_string(),
            _ => format!("{}, {}", phrases.join(", "), self.time()),
        }
    }
}

/// Sum of the rates of several instances.
fn added(rates: &[MeasuredRate]) -> Result<MeasuredRate, NoRate> {
    let variance = rates.iter().map(|one| one.sigma.map(|sigma| sigma * sigma)).sum::<Option<f64>>();
    let (amount, rate) =
        rates.iter().fold((0_i64, 0.0), |(sum, rate), one| (sum.saturating_add(one.amount), rate + one.rate));
    let by = rates.first().ok_or(NoRate::Single)?.by;
    Ok(MeasuredRate { amount, instances: 1.0, by, rate, sigma: variance.map(f64::sqrt) })
}

/// Instances of a window if some of them have changes only, and others levels; else `None`.
fn unlike_instances(
    series: &Series,
    timeline: &Timeline,
    window: Window,
    instance: Option<usize>,
) -> Option<Vec<usize>> {
    let lanes = timeline.lanes(series, window, instance);
    // An instance has changes only if all of its lanes have.
    let kinds: Vec<(usize, bool)> = lanes
        .chunk_by(|one, next| one.instance == next.instance)
        .map(|of_one| (of_one[0].instance, of_one.iter().all(|lane| lane.is_all_changes(series))))
        .collect();
    let is_unlike = kinds.windows(2).any(|pair| pair[0].1 != pair[1].1);
    is_unlike.then(|| kinds.into_iter().map(|(instance, _)| instance).collect())
}

/// Finds the time range of the rates of a window.
fn rate_interval(
    series: &Series,
    timeline: &Timeline,
    window: Window,
    instance: Option<usize>,
) -> Result<RateInterval, NoRate> {
    let header = |at: usize| -> &Header { &series.snapshots()[at].header };
    let (from, to) =
        header(window.first).effective_time().zip(header(window.last).effective_time()).ok_or(NoRate::NoTime)?;
    if is_all_merges(series, window) {
        let last = header(window.last).merge.as_ref().map_or(0, StoreMerge::covered_nanos);
        let to = to.saturating_add(last);
        let span = to.checked_sub(from).filter(|span| *span > 0).ok_or(NoRate::NoTime)?;
        return Ok(RateInterval::without_snapshots(from, to, span, TimeBasis::Within));
    }
    let members = || window.members(series, instance);
    if members().all(|at| series.snapshots()[at].is_of_changes()) {
        let intervals = || members().filter_map(|at| header(at).covered_interval());
        let from = intervals().map(|(from, _)| from).min().unwrap_or(from);
        let to = intervals().map(|(_, to)| to).max().unwrap_or(to);
        let span = Some(series.spans(members()).covered).filter(|span| *span > 0).ok_or(NoRate::NoTime)?;
        let own_spans =
            own_spans(&timeline.lanes(series, window, instance), |own| series.spans(own.iter().copied()).covered);
        return Ok(RateInterval { own_spans, ..RateInterval::without_snapshots(from, to, span, TimeBasis::Within) });
    }
    let mut lanes = timeline.lanes(series, window, instance);
    for lane in &mut lanes {
        lane.snapshots.retain(|at| !series.snapshots()[*at].is_of_changes());
    }
    lanes.retain(|lane| !lane.snapshots.is_empty());
    if lanes.iter().any(|lane| lane.snapshots.len() > 1) {
        let members = || lanes.iter().flat_map(|lane| lane.snapshots.iter());
        let is_dated = members().all(|at| header(*at).effective_time().is_some());
        // Changes at the ends of the window are no part of the figures.
        let times = || members().filter_map(|at| header(*at).effective_time());
        let (from, to) = times().min().zip(times().max()).ok_or(NoRate::NoTime)?;
        let span = to.checked_sub(from).filter(|span| *span > 0 && is_dated).ok_or(NoRate::NoTime)?;
        let unknown = UnknownGrowth::of(&lanes);
        let times = |own: &[usize]| {
            let times = || own.iter().filter_map(|at| header(*at).effective_time());
            times().max().zip(times().min()).map_or(0, |(last, first)| last.saturating_sub(first))
        };
        let own_spans = own_spans(&lanes, times);
        if unknown.is_none() && own_spans.iter().any(|(_, span)| *span <= 0) {
            return Err(NoRate::NoTime);
        }
        let (lead, window) = (TimeBasis::Within, Some(window));
        return Ok(RateInterval { from, to, span, lead, lanes, window, own_spans, unknown });
    }
    if window.first != window.last {
        return Err(NoRate::Single);
    }
    let Some(before) = timeline.previous(window.first) else {
        // A log may reach back further than the snapshots.
        let (from, _) = timeline.activity.extent().filter(|(first, _)| *first < to).ok_or(NoRate::Single)?;
        let span = to.saturating_sub(from);
        return Ok(RateInterval::without_snapshots(from, to, span, TimeBasis::Before));
    };
    if timeline.restarts(window.first) {
        return Err(NoRate::Restarted);
    }
    let from = header(before).effective_time().ok_or(NoRate::NoTime)?;
    let span = to.checked_sub(from).filter(|span| *span > 0).ok_or(NoRate::NoTime)?;
    let instance = series.snapshots()[window.first].membership;
    let snapshots = vec![before, window.first];
    let lanes = vec![Lane { instance: instance.instance, lane: instance.lane, snapshots, is_beside_levels: true }];
    let window = Some(Window { first: before, last: window.last });
    let (lead, own_spans) = (TimeBasis::Before, Vec::new());
    Ok(RateInterval { from, to, span, lead, lanes, window, own_spans, unknown: None })
}

/// Part of the time of an instance that its profiles may cover twice. Clocks and timers of profiles that were taken one
/// after the other differ by less.
const MAX_OVERLAP: f64 = 0.01;

/// Returns true if profiles of changes of one instance overlap in time.
fn overlaps(series: &Series, timeline: &Timeline, window: Window, instance: Option<usize>) -> bool {
    !is_all_merges(series, window)
        && timeline.lanes(series, window, instance).into_iter().any(|lane| {
            let CoveredTime { total, covered } = series.spans(lane.snapshots.into_iter());
            (total - covered) as f64 > covered as f64 * MAX_OVERLAP
        })
}

/// Bytes allocated by the profile's own counter; `None` if there is no counter or it cannot be used.
fn counted(
    series: &Series,
    timeline: &Timeline,
    window: Window,
    instance: Option<usize>,
    interval: &RateInterval,
) -> Option<MeasuredRate> {
    let counters = allocated_parts(series.sample_types(), series.roles());
    if counters.is_empty() {
        return None;
    }
    // The sum of changes has each copy of a snapshot once.
    let (window, aggregate, role) = match interval.window {
        _ if interval.unknown.is_some() => return None,
        Some(window) => (window, Aggregate::Delta, None),
        None if interval.lead == TimeBasis::Within => (window, Aggregate::Auto, Some(Role::Change)),
        None => return None,
    };
    let before = interval.lanes.first().map(|lane| lane.instance).filter(|_| interval.lead == TimeBasis::Before);
    let instance = instance.or(before);
    let bytes_of = |counter: usize, instance: Option<usize>| {
        let unit = Unit::of(series.sample_types()[counter].unit.raw());
        let factor = if let Unit::BytesTimes(factor) = unit { factor as f64 } else { 1.0 };
        let request = WindowRequest { aggregate, instance, role, ..WindowRequest::new(counter, window) };
        WindowSum::new(series, timeline, &request).sum(series, counter) * factor
    };
    let amount_of = |instance: Option<usize>| {
        let amount = counters.iter().map(|counter| bytes_of(*counter, instance)).sum::<f64>().round();
        // The growth of a counter is not below zero.
        (0.0..9e18).contains(&amount).then_some(amount as i64)
    };
    let amount = amount_of(instance)?;
    let parts: Vec<(Option<usize>, f64, i64)> = match interval.own_spans.as_slice() {
        [] => vec![(instance, interval.rate(0, amount), amount)],
        [(only, _)] => vec![(Some(*only), interval.rate(*only, amount), amount)],
        several => several
            .iter()
            .map(|(own, _)| amount_of(Some(*own)).map(|amount| (Some(*own), interval.rate(*own, amount), amount)))
            .collect::<Option<_>>()?,
    };
    let rate = parts.iter().map(|(_, rate, _)| rate).sum();
    let variance = |(own, rate, amount): &(Option<usize>, f64, i64)| {
        let per_byte = rate / (*amount).max(1) as f64;
        Some(*amount as f64 * longest_period(series, window, *own)? * per_byte * per_byte)
    };
    let sigma = parts.iter().map(variance).sum::<Option<f64>>().map(f64::sqrt);
    Some(MeasuredRate { amount, instances: 1.0, by: RateSource::Profile, rate, sigma })
}

/// Longest sampling period of the snapshots of a window, in bytes, by which the variance of an amount of bytes is at most
/// the amount times the period; 0 without sampling, `None` if the sampling is not known.
fn longest_period(series: &Series, window: Window, instance: Option<usize>) -> Option<f64> {
    let mut periods = window.members(series, instance).map(|at| match sampling_of(&series.snapshots()[at].header).0 {
        Sampling::Bytes(bytes) => Some(bytes as f64),
        Sampling::Exact => Some(0.0),
        Sampling::Unknown => None,
    });
    periods.try_fold(0.0_f64, |longest, period| Some(longest.max(period?)))
}

/// Nanoseconds that `span` finds for the snapshots of each instance; threads of one process share its time.
pub(super) fn own_spans(lanes: &[Lane], span: impl Fn(&[usize]) -> i64) -> Vec<(usize, i64)> {
    lanes
        .chunk_by(|one, next| one.instance == next.instance)
        .map(|of_one| {
            let snapshots: Vec<usize> = of_one.iter().flat_map(|lane| lane.snapshots.iter().copied()).collect();
            (of_one[0].instance, span(&snapshots))
        })
        .collect()
}

/// Growth of one of the runtime's counters, and that per second, added over the instances; the counter begins at 0 with
/// another process.
fn growth(
    series: &Series,
    timeline: &Timeline,
    interval: &RateInterval,
    figure: fn(&Metrics) -> Option<i64>,
) -> Option<(i64, f64)> {
    if interval.unknown.is_some() {
        return None;
    }
    let value = |at: usize| series.snapshots()[at].header.metrics.as_ref().and_then(figure);
    let (mut sum, mut rate) = (0_i64, 0.0);
    let mut is_known = false;
    for lane in interval.lanes.iter().filter(|lane| lane.snapshots.len() > 1) {
        let mut before = value(lane.snapshots[0])?;
        let mut grown = 0_i64;
        for pair in lane.snapshots.windows(2) {
            let now = value(pair[1])?;
            let is_new = now < before || timeline.process(pair[0]) != timeline.process(pair[1]);
            grown = grown.saturating_add(if is_new { now } else { now.saturating_sub(before) });
            before = now;
        }
        sum = sum.saturating_add(grown);
        rate += interval.rate(lane.instance, grown);
        is_known = true;
    }
    is_known.then_some((sum, rate))
}

/// Sums of the logs over a time span, and the nanoseconds of the span that logs cover; an error if they cover none.
fn of_log(activity: &Activity, interval: &RateInterval) -> Result<(ActivitySpan, i64), NoRate> {
    if activity.is_empty() {
        return Err(NoRate::NoSource);
    }
    // Profiles of changes may leave gaps between them.
    match activity.covered(interval.from, interval.to) {
        0 => Err(NoRate::LogOtherTime),
        covered => Ok((activity.between(interval.from, interval.to), covered)),
    }
}
