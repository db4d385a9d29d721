//! Trends: what each function held itself, snapshot by snapshot, and whether it grew.
//!
//! A growth is a suspicion and no proof: a cache that fills looks like a leak. What is *significant* is therefore a strict
//! word here: the line rises beyond chance even though many functions were looked at (Mann-Kendall, after Holm), it rises
//! by more than two standard deviations of its sampling, and there are enough snapshots to say so. Snapshots of different
//! processes are not compared with each other.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::analysis::noise::Noise;
use crate::analysis::rank::{holm, mann_kendall, theil_sen};
use crate::analysis::shape::{Curve, CurveShape};
use crate::analysis::timeline::{Nature, Timeline};
use crate::analysis::window::{Method, Window, WindowSum};
use crate::analysis::{Answer, CallTree};
use crate::base::ids::{FrameId, NodeId};
use crate::base::limits::{Budget, LimitError};
use crate::profile::Series;

/// The fewest snapshots of which anything is called significant.
pub const LEAST_SNAPSHOTS: usize = 6;
/// The level below which a p-value, corrected for the number of functions, is significant.
pub const LEVEL: f64 = 0.01;
/// Nanoseconds of an hour.
const HOUR: f64 = 3_600e9;

/// The functions of a series over its snapshots.
#[derive(Clone, Debug)]
pub struct Trends {
    /// Index of the sample type.
    pub sample_type: usize,
    /// The snapshots that were looked at.
    pub window: Window,
    /// Stretches of one process each, as places within the window.
    pub segments: Vec<Range<usize>>,
    /// Nanoseconds from the first snapshot to the last; 0 where times are not said.
    pub span: i64,
    /// Every function that held anything itself, the steepest first.
    pub rows: Vec<FunctionTrend>,
    /// All of them together.
    pub total: TotalTrend,
    values: Vec<i64>,
}

/// What all functions held together, over the snapshots.
#[derive(Clone, Debug, Default)]
pub struct TotalTrend {
    /// What they held, snapshot by snapshot.
    pub line: Vec<i64>,
    /// How fast that grew, in units of the sample type an hour; none where times are not said.
    pub slope: Option<f64>,
    /// How monotone it was: 1 where it always grew.
    pub tau: f64,
}

/// A function over the snapshots.
#[derive(Clone, Debug)]
pub struct FunctionTrend {
    /// The function.
    pub frame: FrameId,
    /// What it held in the first snapshot.
    pub first: i64,
    /// What it held in the last.
    pub last: i64,
    /// How fast it grew, in units of the sample type an hour; none where times are not said.
    pub slope: Option<f64>,
    /// The same, but by snapshot where times are not said.
    pub steepness: f64,
    /// How monotone it was: 1 where it always grew.
    pub tau: f64,
    /// How often chance makes a line as monotone.
    pub p_value: f64,
    /// Its part of the growth of all functions that grew; 0 where it did not.
    pub share: f64,
    /// Whether the growth is beyond chance, by all that there is to tell.
    pub is_significant: bool,
    /// The place in the tree that grew most from the first to the last snapshot, of all its places.
    pub node: NodeId,
    /// What the line looks like.
    pub shape: CurveShape,
    /// Where its values begin.
    start: usize,
}

impl FunctionTrend {
    /// How much it is worth to look at: a steep line that comes and goes is worth less than one that only rises.
    pub fn weight(&self) -> f64 {
        self.steepness * self.tau.abs()
    }
}

/// Why there is no trend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTrend {
    /// A line needs two points.
    #[error("a trend needs several snapshots, and there is one")]
    Single,
    /// What is not a level has no trend of this kind.
    #[error("`{0}` tells what changed within each snapshot, not what was held")]
    Changes(String),
    /// The lines do not fit the budget.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl Trends {
    /// The trends of an answer's sample type over all snapshots of its window's side.
    ///
    /// # Errors
    /// [`NoTrend`] when there is none.
    pub fn new(answer: &Answer) -> Result<Self, NoTrend> {
        let series = &answer.series;
        let room = answer.query.window.bounds(series);
        if room.len() < 2 {
            return Err(NoTrend::Single);
        }
        let (sample_type, window) = (answer.query.sample_type, Window { first: room.start, last: room.end - 1 });
        if answer.timeline.nature(series, sample_type, window) == Nature::Change {
            return Err(NoTrend::Changes(series.sample_types()[sample_type].name.shown().to_owned()));
        }
        let mut budget = series.budget().clone();
        let mut trends = Self::lines(answer, (sample_type, window), &mut budget)?;
        let noise = noise(answer, sample_type, window, &mut budget)?;
        trends.judge(answer, noise.as_ref());
        Ok(trends)
    }

    /// What every function held itself, snapshot by snapshot.
    fn lines(answer: &Answer, (sample_type, window): (usize, Window), budget: &mut Budget) -> Result<Self, LimitError> {
        let (series, tree, filtered) = (&answer.series, &answer.tree, &answer.filtered);
        let count = window.count();
        let mut starts: FxHashMap<FrameId, usize> = FxHashMap::default();
        let mut values: Vec<i64> = Vec::new();
        let mut whole = vec![0_i64; count];
        for (place, snapshot) in window.snapshots().enumerate() {
            let samples = &series.snapshots()[snapshot].samples;
            let mut grown = Ok(());
            filtered.for_each(samples, sample_type, |_, node, value| {
                let frame = tree.frame(node);
                whole[place] = whole[place].wrapping_add(value);
                let start = *starts.entry(frame).or_insert_with(|| {
                    if values.capacity() < values.len() + count {
                        grown = grown.clone().and_then(|()| budget.grow(&mut values, count));
                    }
                    values.resize(values.len() + count, 0);
                    values.len() - count
                });
                let held = &mut values[start + place];
                *held = held.wrapping_add(value);
            });
            grown?;
        }
        let best = steepest_places(answer, (sample_type, window));
        let rows =
            starts.into_iter().filter(|(frame, _)| *frame != FrameId::ROOT).map(|(frame, start)| FunctionTrend {
                frame,
                first: values[start],
                last: values[start + count - 1],
                slope: None,
                steepness: 0.0,
                tau: 0.0,
                p_value: 1.0,
                share: 0.0,
                is_significant: false,
                node: best.get(&frame).map_or(CallTree::ROOT, |(_, node)| *node),
                shape: CurveShape::Flat,
                start,
            });
        let rows = rows.collect();
        let segments = segments(&answer.timeline, window);
        let whole = TotalTrend { line: whole, ..TotalTrend::default() };
        Ok(Self { sample_type, window, segments, span: 0, rows, total: whole, values })
    }

    /// Puts every line to the tests, and the steepest first.
    fn judge(&mut self, answer: &Answer, noise: Option<&Noise>) {
        let times = times(&answer.series, self.window);
        let dated = times.as_deref().unwrap_or_default();
        let numbers: Vec<f64> = (0..self.window.count()).map(|place| place as f64).collect();
        self.span = answer.series.time_span(self.window.snapshots());
        let growth: f64 = self.rows.iter().map(|row| row.last.saturating_sub(row.first).max(0) as f64).sum();
        let mut steepness = Vec::with_capacity(self.rows.len());
        let over = if times.is_some() { dated } else { &numbers };
        self.total.tau = mann_kendall(&self.total.line, &self.segments).tau;
        self.total.slope = times.is_some().then(|| theil_sen(over, &self.total.line, &self.segments) * HOUR);
        for row in &mut self.rows {
            let values = &self.values[row.start..row.start + self.window.count()];
            let found = mann_kendall(values, &self.segments);
            (row.tau, row.p_value) = (found.tau, found.p_value);
            let steep = theil_sen(over, values, &self.segments);
            row.slope = times.is_some().then_some(steep * HOUR);
            row.steepness = row.slope.unwrap_or(steep);
            steepness.push(steep);
            row.share = if growth > 0.0 { row.last.saturating_sub(row.first).max(0) as f64 / growth } else { 0.0 };
        }
        let p_values: Vec<f64> = self.rows.iter().map(|row| row.p_value).collect();
        let holds = holm(&p_values, LEVEL);
        let enough = self.window.count() >= LEAST_SNAPSHOTS;
        for ((row, holds), steep) in self.rows.iter_mut().zip(holds).zip(&steepness) {
            let uncertainty = noise.map(|noise| noise.frame_own(row.frame));
            let delta = row.last.saturating_sub(row.first);
            let is_chance = delta <= 0 || uncertainty.is_some_and(|sure| sure.covers(delta));
            row.is_significant = enough && holds && *steep > 0.0 && !is_chance;
            let values = &self.values[row.start..row.start + self.window.count()];
            let sigma = uncertainty.map(|sure| sure.sigma);
            row.shape = CurveShape::of(&Curve { values, segments: &self.segments, tau: row.tau, sigma });
        }
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        let name = |index: usize| answer.tree.frames().name(self.rows[index].frame);
        order.sort_by(|one, other| {
            steepness[*other].total_cmp(&steepness[*one]).then_with(|| name(*one).cmp(name(*other)))
        });
        self.rows = order.into_iter().map(|index| self.rows[index].clone()).collect();
    }

    /// What a row's function held, snapshot by snapshot.
    pub fn line(&self, row: &FunctionTrend) -> &[i64] {
        &self.values[row.start..row.start + self.window.count()]
    }
}

/// How far chance goes in the difference of the last snapshot and the first.
fn noise(
    answer: &Answer,
    sample_type: usize,
    window: Window,
    budget: &mut Budget,
) -> Result<Option<Noise>, LimitError> {
    let one = |snapshot| WindowSum { terms: vec![(snapshot, 1)], divisor: 1, method: Method::Single };
    let (first, last) = (one(window.first), one(window.last));
    Noise::new(&answer.series, &answer.filtered, sample_type, &[(&first, 1.0), (&last, 1.0)], budget)
}

/// Of every frame the place that grew most from the first snapshot to the last.
fn steepest_places(
    Answer { series, tree, filtered, .. }: &Answer,
    (sample_type, window): (usize, Window),
) -> FxHashMap<FrameId, (i64, NodeId)> {
    let mut grown: FxHashMap<NodeId, i64> = FxHashMap::default();
    for (snapshot, factor) in [(window.first, -1), (window.last, 1)] {
        let samples = &series.snapshots()[snapshot].samples;
        filtered.for_each(samples, sample_type, |_, node, value| {
            let delta = grown.entry(node).or_default();
            *delta = delta.wrapping_add(value.wrapping_mul(factor));
        });
    }
    let mut best: FxHashMap<FrameId, (i64, NodeId)> = FxHashMap::default();
    for (node, delta) in grown {
        let place = best.entry(tree.frame(node)).or_insert((delta, node));
        // Of equals the first in the tree, so that the answer is always the same.
        if (delta, std::cmp::Reverse(node)) > (place.0, std::cmp::Reverse(place.1)) {
            *place = (delta, node);
        }
    }
    best
}

/// Stretches of a window without a restart.
fn segments(timeline: &Timeline, window: Window) -> Vec<Range<usize>> {
    let mut segments = Vec::new();
    let mut start = 0;
    for (place, snapshot) in window.snapshots().enumerate().skip(1) {
        if timeline.restarts(snapshot) {
            segments.push(start..place);
            start = place;
        }
    }
    segments.push(start..window.count());
    segments
}

/// Nanoseconds since the first snapshot, where every snapshot says its time.
fn times(series: &Series, window: Window) -> Option<Vec<f64>> {
    let times = || window.snapshots().map(|snapshot| series.snapshots()[snapshot].header.time_nanos);
    let first = times().next()?;
    times().all(|time| time != 0).then(|| times().map(|time| time.saturating_sub(first) as f64).collect())
}
