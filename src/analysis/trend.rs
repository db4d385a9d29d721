//! Trends: self of each function of an instance, snapshot by snapshot, and the verdict on its growth.
//!
//! Growth is a suspicion and no proof: a cache that fills looks like a leak while it fills. A function is a *suspect*
//! when all of these hold:
//!
//! 1. its line rises beyond chance (Mann-Kendall, two-sided, exact for short lines),
//! 2. from the first snapshot to the last the line rises beyond sampling noise (two-sided normal p of Δ/σ); the larger
//!    of both p-values is below 0.01 after Holm's correction over the functions that could be significant at all
//!    (Tarone),
//! 3. the function is still growing: the last third rises by more than half of the rise of the middle third, the second
//!    half is monotone (τ > 0.2), and neither a rise over two neighbouring intervals nor a fall from the highest value so
//!    far is more than half of the growth,
//! 4. its Theil–Sen slope is positive.
//!
//! Snapshots of different processes are not compared with each other: scores, variances and growth are added over the
//! processes of an instance.

mod causes;
mod continued;
mod places;
mod sentence;
mod verdicts;

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::analysis::noise::{Noise, NoiseRequest, Uncertainty};
use crate::analysis::rank::{mann_kendall, theil_sen};
use crate::analysis::shape::CurveShape;
use crate::analysis::timeline::{Lane, held_columns};
use crate::analysis::window::{Per, Window};
use crate::analysis::window_sum::{Method, WindowSum, scaled_by_snapshot};
use crate::analysis::{Answer, CallTree};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::{FrameId, NodeId};
use crate::base::limits::{Budget, LimitError};
use crate::base::safe_text::SafeText;
use crate::profile::Role;
use causes::causes;
use places::main_places;

pub use causes::GrowthFinding;

/// Level below which a corrected p-value is significant.
pub const LEVEL: f64 = 0.01;
/// Nanoseconds of an hour.
const HOUR: f64 = 3_600e9;

/// Trends of the functions of a series over its snapshots.
#[derive(Clone, Debug)]
pub struct Trends {
    /// Index of the sample type.
    pub sample_type: usize,
    /// Role of the sample type: that of the query, else that of the snapshots.
    pub role: Role,
    /// Snapshots that were examined.
    pub window: Window,
    /// Snapshots of each instance or thread, with its processes.
    pub lanes: Vec<TrendLane>,
    /// Nanoseconds from the first snapshot to the last; 0 if times are not known.
    pub span: i64,
    /// Functions with a self value, suspects first, then those that grow; in each group the steepest first.
    pub rows: Vec<FunctionTrend>,
    /// Trend of the sum of all functions.
    pub total: TotalTrend,
    /// Growth by cause in the program's own code, the largest first.
    pub findings: Vec<GrowthFinding>,
    /// Number of further snapshots, each higher than the one before, after which growth could be distinguished from
    /// chance; `None` if there are enough snapshots, or if nothing grows.
    pub more_snapshots: Option<usize>,
    values: Vec<i64>,
}

/// Snapshots of an instance or of one of its threads.
#[derive(Clone, Debug)]
pub struct TrendLane {
    /// Index of the instance.
    pub instance: usize,
    /// Snapshots, in their order.
    pub snapshots: Vec<usize>,
    /// Processes, as ranges of positions in `snapshots`.
    pub processes: Vec<Range<usize>>,
    /// Columns of the window in which the value of each snapshot holds.
    columns: Vec<Range<usize>>,
}

/// Sum of all functions over the snapshots.
#[derive(Clone, Debug, Default)]
pub struct TotalTrend {
    /// Values snapshot by snapshot of the window, instances added up; the first is the sum of their first values.
    pub line: Vec<i64>,
    /// Theil–Sen slope in units of the sample type per hour; `None` if times are not known.
    pub slope: Option<f64>,
    /// Kendall's tau: 1 if the total always grew.
    pub tau: f64,
}

/// Verdict on the growth of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrendStatus {
    /// The function grows beyond chance and noise, and the growth continues.
    Suspect,
    /// The function grows, and there are too few snapshots to distinguish that from chance.
    Growing,
    /// The function grew beyond chance and noise, and has stopped.
    Settled,
    /// The function changed within sampling noise.
    Noise,
    /// The function does not grow.
    Flat,
}

impl TrendStatus {
    /// Returns the name of the status.
    pub fn word(self) -> &'static str {
        match self {
            Self::Suspect => "suspect",
            Self::Growing => "growing",
            Self::Settled => "settled",
            Self::Noise => "noise",
            Self::Flat => "flat",
        }
    }
}

/// Function of an instance over the snapshots.
#[derive(Clone, Debug)]
pub struct FunctionTrend {
    /// Function.
    pub frame: FrameId,
    /// Index of the function's lane in [`Trends::lanes`].
    pub lane: usize,
    /// Self in the first snapshot of the newest process.
    pub first: i64,
    /// Self in the last snapshot.
    pub last: i64,
    /// Growth from the first to the last snapshot, added over the processes.
    pub delta: i64,
    /// Theil–Sen slope in units of the sample type per hour; `None` if times are not known.
    pub slope: Option<f64>,
    /// Slope per hour, or per snapshot if times are not known.
    pub steepness: f64,
    /// Kendall's tau: 1 if the function always grew.
    pub tau: f64,
    /// Probability that a line without a trend is as monotone, before correction.
    pub p_value: f64,
    /// Share of the growth of all functions that grew; 0 if this one did not.
    pub share: f64,
    /// Standard deviation of `delta` by sampling; `None` if it is not known.
    pub sigma: Option<f64>,
    /// True if `delta` is beyond sampling noise at 5%, after Holm's correction over the functions of the instance that
    /// changed; also where the noise is not known.
    pub is_beyond_noise: bool,
    /// True if the growth is beyond chance and noise after correction, whether it continues or not.
    pub is_significant: bool,
    /// True if the function rose at every snapshot beyond two standard deviations, and with these snapshots no growth could
    /// be beyond chance.
    pub is_undecided: bool,
    /// Verdict.
    pub status: TrendStatus,
    /// Node of the function that grew most, or that held most if none grew.
    pub node: NodeId,
    /// Shape of the line.
    pub shape: CurveShape,
    /// Position of the function's first value.
    start: usize,
    /// Mean value of a sample, as of [`Uncertainty::step`]; 0 if the noise is not known.
    step: f64,
}

impl FunctionTrend {
    /// Growth of a function over the processes of a lane, without slope and verdict.
    fn unjudged(frame: FrameId, node: NodeId, line: &[i64], processes: &[Range<usize>]) -> Self {
        let newest = processes.last().map_or(0, |process| process.start);
        let deltas = processes.iter().map(|process| line[process.end - 1].saturating_sub(line[process.start]));
        Self {
            frame,
            lane: 0,
            first: line[newest],
            last: line[line.len() - 1],
            delta: deltas.fold(0, i64::saturating_add),
            slope: None,
            steepness: 0.0,
            tau: 0.0,
            p_value: 1.0,
            share: 0.0,
            sigma: None,
            is_beyond_noise: false,
            is_significant: false,
            is_undecided: false,
            status: TrendStatus::Flat,
            node,
            shape: CurveShape::Flat,
            start: 0,
            step: 0.0,
        }
    }

    /// Weight by which rows are ordered: a steep line that comes and goes weighs less than one that only rises.
    pub fn weight(&self) -> f64 {
        self.steepness * self.tau.abs()
    }

    /// Uncertainty of the growth; `None` if the noise is not known.
    fn uncertainty(&self) -> Option<Uncertainty> {
        self.sigma.map(|sigma| Uncertainty { sigma, step: self.step })
    }

    /// Returns true if the function is a suspect.
    pub fn is_suspect(&self) -> bool {
        self.status == TrendStatus::Suspect
    }
}

/// Reason why there is no trend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTrend {
    /// There is one snapshot, and a line needs two points.
    #[error("a trend needs several snapshots, and there is one")]
    Single,
    /// There are several instances with one snapshot each.
    #[error("a trend needs several snapshots of an instance, and each of {} has one: {}", .0.len(), listed(.0))]
    OneEach(Vec<SafeText>),
    /// The sample type has changes, not levels.
    #[error("`{0}` counts changes within each snapshot, not what was held")]
    Changes(String),
    /// The lines exceed the budget.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

/// Names, of many the first five.
fn listed(names: &[SafeText]) -> String {
    let shown: Vec<&str> = names.iter().take(5).map(SafeText::shown).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

impl Trends {
    /// Trends of an answer's sample type over [`Self::window_of`] it.
    ///
    /// # Errors
    /// [`NoTrend`] when there is none.
    pub fn new(answer: &Answer) -> Result<Self, NoTrend> {
        Self::over(answer, Self::window_of(answer))
    }

    /// Window of the trends of an answer: its own, or all snapshots of the side that a single one or a comparison is on.
    pub fn window_of(answer: &Answer) -> Window {
        let window = answer.query.window;
        let all = window.bounds(&answer.series);
        match all.end.checked_sub(1) {
            Some(last) if answer.base.is_some() || window.count() < 2 => Window { first: all.start, last },
            _ => window,
        }
    }

    /// Trends of an answer's sample type over the snapshots of a window.
    ///
    /// # Errors
    /// [`NoTrend`] when there is none.
    pub fn over(answer: &Answer, window: Window) -> Result<Self, NoTrend> {
        let (series, sample_type) = (&answer.series, answer.query.sample_type);
        let role = answer
            .query
            .role
            .unwrap_or_else(|| answer.timeline.role(series, sample_type, window, answer.query.instance));
        if window.count() < 2 {
            return Err(NoTrend::Single);
        }
        if role == Role::Change {
            return Err(NoTrend::Changes(series.sample_types()[sample_type].name.shown().to_owned()));
        }
        let mut budget = series.budget().clone();
        let mut trends = Self { role, ..Self::lines(answer, window, &mut budget)? };
        if trends.lanes.iter().all(|lane| lane.snapshots.len() < 2) {
            let mut instances: Vec<usize> = trends.lanes.iter().map(|lane| lane.instance).collect();
            instances.dedup();
            let names = || instances.iter().map(|instance| series.instance_label(*instance)).collect();
            return Err(if instances.len() > 1 { NoTrend::OneEach(names()) } else { NoTrend::Single });
        }
        trends.measure(answer, &mut budget)?;
        trends.judge();
        trends.rank(answer);
        trends.findings = causes(answer, &trends);
        Ok(trends)
    }

    /// Collects the self of every function, lane by lane and snapshot by snapshot.
    fn lines(answer: &Answer, window: Window, budget: &mut Budget) -> Result<Self, LimitError> {
        let (series, tree, filtered) = (&answer.series, &answer.tree, &answer.filtered);
        let sample_type = answer.query.sample_type;
        let lanes: Vec<TrendLane> = answer
            .timeline
            .level_lanes(series, window, answer.query.instance)
            .into_iter()
            .map(|lane| TrendLane::new(answer, window, lane))
            .filter(|lane| !lane.snapshots.is_empty())
            .collect();
        let (mut rows, mut values) = (Vec::new(), Vec::new());
        let mut total = vec![0_i64; window.count()];
        for (number, lane) in lanes.iter().enumerate() {
            let count = lane.snapshots.len();
            let mut starts: FxHashMap<FrameId, usize> = FxHashMap::default();
            let mut sums = Vec::with_capacity(count);
            let mut held: FxHashMap<NodeId, i64> = FxHashMap::default();
            for (place, snapshot) in lane.snapshots.iter().enumerate() {
                let samples = &series.snapshots()[*snapshot].samples;
                let mut sum = 0_i64;
                let mut grown = Ok(());
                filtered.for_each(samples, sample_type, |_, node, value| {
                    sum = sum.wrapping_add(value);
                    let start = *starts.entry(tree.frame(node)).or_insert_with(|| {
                        if values.capacity() < values.len() + count {
                            grown = grown.clone().and_then(|()| budget.grow(&mut values, count));
                        }
                        values.resize(values.len() + count, 0);
                        values.len() - count
                    });
                    let of_function: &mut i64 = &mut values[start + place];
                    *of_function = of_function.wrapping_add(value);
                    held.entry(node).and_modify(|sum| *sum = sum.saturating_add(value)).or_insert(value);
                });
                grown?;
                let sum = series.snapshots()[*snapshot].level_converter()(sum);
                sums.push(sum);
            }
            for (columns, sum) in lane.columns.iter().cloned().zip(sums) {
                for held in &mut total[columns] {
                    *held = held.wrapping_add(sum);
                }
            }
            for (place, snapshot) in lane.snapshots.iter().enumerate() {
                let snapshot = &series.snapshots()[*snapshot];
                if snapshot.header.merge.is_some() {
                    let level = snapshot.level_converter();
                    for start in starts.values() {
                        values[start + place] = level(values[start + place]);
                    }
                }
            }
            let places = main_places(answer, lane, &held);
            let functions = starts.into_iter().filter(|(frame, _)| *frame != FrameId::ROOT);
            rows.extend(functions.map(|(frame, start)| {
                let node = places.get(&frame).copied().unwrap_or(CallTree::ROOT);
                let line = &values[start..start + count];
                FunctionTrend { lane: number, start, ..FunctionTrend::unjudged(frame, node, line, &lane.processes) }
            }));
        }
        let total = TotalTrend { line: total, ..TotalTrend::default() };
        let (role, findings, more_snapshots) = (Role::Unknown, Vec::new(), None);
        Ok(Self { sample_type, role, window, lanes, span: 0, rows, total, findings, more_snapshots, values })
    }

    /// Computes slopes and noise of all lines.
    fn measure(&mut self, answer: &Answer, budget: &mut Budget) -> Result<(), LimitError> {
        let series = &answer.series;
        let snapshots = || self.lanes.iter().flat_map(|lane| lane.snapshots.iter().copied());
        let time = |at: usize| series.snapshots()[at].header.time_nanos;
        // Snapshots with a common time have an order only.
        let has_span = |lane: &TrendLane| {
            lane.snapshots.len() < 2 || lane.snapshots.iter().any(|at| time(*at) != time(lane.snapshots[0]))
        };
        let is_dated = snapshots().all(|at| time(at) != 0) && self.lanes.iter().all(has_span);
        self.span = series.time_span(snapshots());
        let growth: f64 = self.rows.iter().map(|row| row.delta.max(0) as f64).sum();
        let first = snapshots().map(|at| series.snapshots()[at].header.time_nanos).min().unwrap_or(0);
        let mut slopes = Vec::new();
        for number in 0..self.lanes.len() {
            let lane = &self.lanes[number];
            let times: Vec<f64> = lane
                .snapshots
                .iter()
                .enumerate()
                .map(|(place, at)| match series.snapshots()[*at].header.time_nanos {
                    time if is_dated => time.saturating_sub(first) as f64,
                    _ => place as f64,
                })
                .collect();
            let noise = noise(answer, lane, self.sample_type, self.role, budget)?;
            let level = |at: &usize| {
                let snapshot = &series.snapshots()[*at];
                snapshot.level_converter()(answer.filtered.total(snapshot, self.sample_type))
            };
            let total: Vec<i64> = lane.snapshots.iter().map(level).collect();
            let found = mann_kendall(&total, &lane.processes);
            slopes.push((theil_sen(&times, &total, &lane.processes), found.tau, lane.snapshots.len()));
            for row in self.rows.iter_mut().filter(|row| row.lane == number) {
                let line = &self.values[row.start..row.start + lane.snapshots.len()];
                let steep = theil_sen(&times, line, &lane.processes);
                row.slope = is_dated.then_some(steep * HOUR);
                row.steepness = row.slope.unwrap_or(steep);
                row.share = if growth > 0.0 { row.delta.max(0) as f64 / growth } else { 0.0 };
                let uncertainty = noise.as_ref().map(|noise| noise.frame_own(row.frame));
                row.sigma = uncertainty.map(|uncertainty| uncertainty.sigma);
                row.step = uncertainty.map_or(0.0, |uncertainty| uncertainty.step);
            }
        }
        let points: usize = slopes.iter().map(|(.., points)| points).sum();
        self.total.tau = slopes.iter().map(|(_, tau, of)| tau * *of as f64).sum::<f64>() / points.max(1) as f64;
        self.total.slope = is_dated.then(|| slopes.iter().map(|(slope, ..)| slope * HOUR).sum());
        Ok(())
    }

    /// Sorts the rows.
    fn rank(&mut self, answer: &Answer) {
        let name = |row: &FunctionTrend| answer.tree.frames().name(row.frame);
        let group = |row: &FunctionTrend| row.status.min(TrendStatus::Settled);
        self.rows.compact_sort_by(|one, other| {
            let order = group(one).cmp(&group(other)).then_with(|| other.steepness.total_cmp(&one.steepness));
            order.then_with(|| name(one).cmp(name(other))).then_with(|| one.lane.cmp(&other.lane))
        });
    }

    /// Self of a row's function over the snapshots of the window; held as the instance
    /// holds its values.
    pub fn line(&self, row: &FunctionTrend) -> Vec<i64> {
        let lane = &self.lanes[row.lane];
        let mut line = vec![0; self.window.count()];
        for (place, columns) in lane.columns.iter().cloned().enumerate() {
            line[columns].fill(self.values[row.start + place]);
        }
        line
    }

    /// Returns true if the figures count from the start of a process: such lines always rise and are no suspects.
    pub fn is_counter(&self) -> bool {
        self.role == Role::Counter
    }

    /// Number of processes.
    pub fn processes(&self) -> usize {
        self.lanes.iter().map(|lane| lane.processes.len()).sum()
    }

    /// Number of snapshots that were examined, without copies.
    pub fn snapshots(&self) -> usize {
        self.lanes.iter().map(|lane| lane.snapshots.len()).sum()
    }

    /// Number of instances.
    pub fn instances(&self) -> usize {
        let mut instances: Vec<usize> = self.lanes.iter().map(|lane| lane.instance).collect();
        instances.dedup();
        instances.len()
    }

    /// Positions in the window at which a process restarted.
    pub fn restarts(&self) -> impl Iterator<Item = usize> + '_ {
        let starts = self.lanes.iter().flat_map(|lane| {
            lane.processes.iter().skip(1).filter_map(|process| lane.snapshots.get(process.start).copied())
        });
        starts.map(|at| at - self.window.first)
    }

    /// Rows with a status.
    pub fn with_status(&self, status: TrendStatus) -> impl Iterator<Item = &FunctionTrend> {
        self.rows.iter().filter(move |row| row.status == status)
    }
}

impl TrendLane {
    fn new(answer: &Answer, window: Window, lane: Lane) -> Self {
        let series = &answer.series;
        let Lane { instance, snapshots, .. } = lane;
        let mut processes: Vec<Range<usize>> = Vec::new();
        for (place, at) in snapshots.iter().enumerate() {
            let is_same = place > 0 && answer.timeline.process(snapshots[place - 1]) == answer.timeline.process(*at);
            match processes.last_mut().filter(|_| is_same) {
                Some(process) => process.end = place + 1,
                None => processes.push(place..place + 1),
            }
        }
        let columns = held_columns(series, &snapshots, window).into_iter().map(|(_, columns)| columns).collect();
        Self { instance, snapshots, processes, columns }
    }
}

/// Noise of the growth from the first snapshot to the last of each process of a lane.
fn noise(
    answer: &Answer,
    lane: &TrendLane,
    sample_type: usize,
    role: Role,
    budget: &mut Budget,
) -> Result<Option<Noise>, LimitError> {
    let mut terms = Vec::new();
    for process in lane.processes.iter().filter(|process| process.len() > 1) {
        terms.extend([(lane.snapshots[process.start], -1), (lane.snapshots[process.end - 1], 1)]);
    }
    let merged = terms.first().and_then(|(at, _)| answer.series.merge_totals(std::iter::once(*at)));
    let (terms, divisor) = match merged {
        Some(_) => scaled_by_snapshot(&answer.series, vec![terms]),
        None => (terms, 1),
    };
    let sum = WindowSum {
        terms,
        divisor,
        method: Method::Delta { restarts: lane.processes.len().saturating_sub(1) },
        snapshots: lane.snapshots.len(),
        merged,
        instances: 1,
        per: Per::All,
        units: None,
        role,
    };
    let request = NoiseRequest::of_window(sample_type, &sum);
    let mut own_budget = budget.clone();
    Noise::new(&answer.series, &answer.timeline, &answer.filtered, &request, &mut own_budget)
}
