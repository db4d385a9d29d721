//! Windows whose noise is requested, and the weights of their snapshots.

use rustc_hash::FxHashMap;

use super::normalized::EqualTotals;
use crate::analysis::filtered::FilteredTree;
use crate::analysis::window_sum::WindowSum;
use crate::base::compact_sort::CompactSort;
use crate::profile::{Input, Series};

/// Figures whose noise is requested.
#[derive(Clone, Copy, Debug)]
pub struct NoiseRequest<'a> {
    /// Index of the sample type.
    pub sample_type: usize,
    /// Sum of the window.
    pub current: &'a WindowSum,
    /// Factor by which the figures of the window were multiplied.
    pub ratio: f64,
    /// Samples whose totals that factor makes equal, so that it has an error of its own; `None` without normalisation.
    pub equal_totals: Option<EqualTotals>,
    /// Sum of the window that is subtracted; `None` for one window.
    pub base: Option<&'a WindowSum>,
    /// Samples of the base; `None` if its filters are those of the window.
    pub base_filtered: Option<&'a FilteredTree>,
}

/// Snapshots of one lane with their weights in the figure, in the order of time.
pub(super) type Weights = Vec<(usize, f64)>;

impl<'a> NoiseRequest<'a> {
    /// Request for one window with its own figures.
    pub fn of_window(sample_type: usize, current: &'a WindowSum) -> Self {
        Self { sample_type, current, ratio: 1.0, equal_totals: None, base: None, base_filtered: None }
    }

    /// Parts whose variances are added: the request itself, or each side alone if their filters differ.
    pub(super) fn parts(self, filtered: &'a FilteredTree) -> Vec<(&'a FilteredTree, Self)> {
        let Some((base, base_filtered)) = self.base.zip(self.base_filtered) else { return vec![(filtered, self)] };
        let one = |current, ratio| Self { current, ratio, base: None, base_filtered: None, ..self };
        vec![(filtered, one(self.current, self.ratio)), (base_filtered, one(base, 1.0))]
    }
}

pub(super) fn snapshots_of(request: &NoiseRequest<'_>) -> Vec<usize> {
    let base = request.base.map_or(&[][..], |base| &base.terms);
    let mut all: Vec<usize> = request.current.terms.iter().chain(base).map(|(at, _)| *at).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Weight of every snapshot in the figure, by lane and in the order of time. Snapshots that cancel are left out.
pub(super) fn lane_weights(series: &Series, request: &NoiseRequest<'_>) -> Vec<Weights> {
    let mut weights: FxHashMap<usize, f64> = FxHashMap::default();
    for (at, factor) in &request.current.terms {
        *weights.entry(*at).or_default() += *factor as f64 * request.ratio / request.current.divisor as f64;
    }
    if let Some(base) = request.base {
        for (at, factor) in &base.terms {
            *weights.entry(*at).or_default() -= *factor as f64 / base.divisor as f64;
        }
    }
    let mut lanes: Vec<(usize, Weights)> = Vec::new();
    for at in snapshots_of(request) {
        let weight = weights.get(&at).copied().unwrap_or(0.0);
        if weight.abs() < 1e-12 {
            continue;
        }
        let lane = series.snapshots()[at].membership.lane;
        match lanes.iter_mut().find(|(known, _)| *known == lane) {
            Some((_, weights)) => weights.push((at, weight)),
            None => lanes.push((lane, vec![(at, weight)])),
        }
    }
    let order = |at: usize| {
        let snapshot = &series.snapshots()[at];
        (snapshot.header.time_nanos, snapshot.input == Input::Current, at)
    };
    for (_, weights) in &mut lanes {
        weights.compact_sort_by_key(|(at, _)| order(*at));
    }
    lanes.into_iter().map(|(_, weights)| weights).collect()
}

/// Number of scrapes of a process in a window of merges; `None` if every snapshot is a single profile.
pub(super) fn scrapes_of(series: &Series, request: &NoiseRequest<'_>, weights: &Weights) -> Option<f64> {
    series.merge_totals(weights.iter().map(|(at, _)| *at))?;
    let of = |sum: &WindowSum| sum.merged.map_or(1.0, |merged| merged.scrapes);
    let base = request.base.map_or(1.0, of);
    Some(of(request.current).max(base))
}
