//! Corrections of the figures by which advice is judged: the profiler's own frames are left out, and figures from few
//! samples are recognized.

use std::ops::Range;
use std::sync::{Arc, Weak};

use rustc_hash::FxHashMap;

use super::{FigureKind, Metric};
use crate::analysis::column::PrefixSums;
use crate::analysis::derived::only;
use crate::analysis::profilers::profiler_subtrees;
use crate::analysis::{Answer, CallTree, Flat, Uncertainty, Window};
use crate::base::ids::{FrameId, NodeId};
use crate::base::units::Unit;
use crate::profile::{Measure, MemoryKind, Sampling, sampling_of};

/// Sampling period of a window in bytes: 0 if every object is recorded, `None` if it is not known.
type SamplingPeriod = Option<f64>;

/// Figure of a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct FunctionFigure {
    pub(super) metric: Metric,
    pub(super) part: FigureKind,
    pub(super) frame: FrameId,
}

impl FunctionFigure {
    /// Value among the figures of one sample type.
    pub(super) fn in_flat(self, flat: &Flat) -> i64 {
        if self.part == FigureKind::Own { flat.own(self.frame) } else { flat.total(self.frame) }
    }
}

/// Facts about one call tree that correct the figures of its functions, each computed when it is first needed.
#[derive(Clone, Debug, Default)]
pub(super) struct FigureBasis {
    /// Subtrees of profilers, as ranges of nodes.
    profilers: Vec<Range<usize>>,
    /// Figures of those nodes by sample type, each with the figures of all nodes that they are a part of.
    parts: FxHashMap<usize, (Weak<Flat>, Option<Arc<Flat>>)>,
    /// Largest sampling period of the snapshots of a window.
    period: Option<(Window, SamplingPeriod)>,
}

impl FigureBasis {
    /// Basis for a call tree.
    pub(super) fn new(tree: &CallTree) -> Self {
        Self { profilers: profiler_subtrees(tree), ..Self::default() }
    }

    /// Returns true if a node is in the subtree of a profiler.
    pub(super) fn is_profiler(&self, node: NodeId) -> bool {
        let at = self.profilers.partition_point(|subtree| subtree.end <= node.index());
        self.profilers.get(at).is_some_and(|subtree| subtree.contains(&node.index()))
    }

    /// Part of a function's figure that is the profiler's own.
    pub(super) fn profiler_part(&mut self, answer: &Answer, figure: FunctionFigure) -> i64 {
        if self.profilers.is_empty() {
            return 0;
        }
        let mut part = |metric| {
            let Some(at) = sample_type(answer, metric) else { return 0 };
            self.part(answer, at).map_or(0, |flat| figure.in_flat(&flat))
        };
        match figure.metric {
            Metric::Freed if is_at_one_moment(answer) => {
                part(Metric::Allocated).saturating_sub(part(Metric::InUse)).max(0)
            }
            // A profiler holds hardly any memory between two snapshots.
            metric => part(metric),
        }
    }

    /// Figures of the profiler's nodes; `None` if figures of all nodes are not computed, or if the budget is exceeded.
    fn part(&mut self, answer: &Answer, at: usize) -> Option<Arc<Flat>> {
        let all = answer.flats.get(at)?.as_ref()?;
        if let Some((known, part)) = self.parts.get(&at)
            && std::ptr::eq(known.as_ptr(), Arc::as_ptr(all))
        {
            return part.clone();
        }
        let (mut sums, mut budget) = (PrefixSums::default(), answer.series.budget().clone());
        let window_sum = &answer.window_sums[at];
        let is_filled = sums.fill(&answer.series, &answer.filtered, at, window_sum, &mut budget).is_ok();
        // The sums are over the call tree, which is not the tree of a bottom-up answer.
        let tree = answer.filtered.tree();
        let part = is_filled.then(|| {
            sums.keep(tree, &profiler_subtrees(tree));
            Arc::new(Flat::of_sums(tree, &sums))
        });
        self.parts.insert(at, (Arc::downgrade(all), part.clone()));
        part
    }

    /// Returns true if a figure comes from too few samples to be reliable; false if the sampling is not known.
    ///
    /// The sample type is that of the figure, not the chosen one, and in a comparison the window is the current one.
    /// With n objects of size s on average, the relative variance is 1 / (n·(e^(s/R) − 1)). The mean size makes it an
    /// upper bound for mixed sizes as long as they are not far above the period. Without a column of objects it is at
    /// most R / bytes.
    pub(super) fn is_few_samples(&mut self, answer: &Answer, figure: FunctionFigure, value: i64) -> bool {
        let sigma = self.relative_error(answer, figure, value).map_or(0.0, |error| error * value as f64);
        Uncertainty { sigma, step: 0.0 }.is_few_samples(value)
    }

    fn relative_error(&mut self, answer: &Answer, figure: FunctionFigure, value: i64) -> Option<f64> {
        let period = self.period(answer)?;
        if period <= 0.0 {
            return Some(0.0);
        }
        let chosen = sample_type(answer, figure.metric)?;
        let role = answer.series.roles()[chosen];
        let value = value as f64 / answer.ratio(chosen).unwrap_or(1.0);
        let flat = |at: usize| Some(figure.in_flat(answer.flat(at)?) as f64).filter(|value| *value > 0.0);
        let bytes_of = |at: usize| match Unit::of(answer.series.sample_types()[at].unit.raw()) {
            Unit::BytesTimes(factor) => factor as f64,
            _ => 1.0,
        };
        let (bytes, objects, count) = match (role.measure, role.paired_type) {
            (Measure::Space, Some(objects)) => {
                let (size, count) = (flat(chosen)?, flat(objects));
                (size * bytes_of(chosen), count, count.map(|count| count * value / size))
            }
            (Measure::Space, None) => (value * bytes_of(chosen), None, None),
            (Measure::Objects, Some(bytes)) => (flat(bytes)? * bytes_of(bytes), flat(chosen), Some(value)),
            _ => return None,
        };
        Some(match objects.zip(count) {
            Some((objects, count)) => (count * (bytes / objects / period).exp_m1()).recip().sqrt(),
            None => (period / bytes).sqrt(),
        })
    }

    fn period(&mut self, answer: &Answer) -> SamplingPeriod {
        let window = answer.query.window;
        if let Some((known, period)) = self.period
            && known == window
        {
            return period;
        }
        let mut period = Some(0.0_f64);
        for at in window.snapshots() {
            let next = match sampling_of(&answer.series.snapshots()[at].header).0 {
                Sampling::Bytes(bytes) => Some(bytes as f64),
                Sampling::Exact => Some(0.0),
                Sampling::Unknown => None,
            };
            period = period.zip(next).map(|(most, next)| most.max(next));
        }
        self.period = Some((window, period));
        period
    }
}

/// Sample type from which a metric is taken, with the measure of the chosen type. Freed memory is taken from
/// allocations, since all that is freed was allocated.
pub(super) fn sample_type(answer: &Answer, metric: Metric) -> Option<usize> {
    let kind = match metric {
        Metric::InUse => MemoryKind::InUse,
        Metric::Allocated | Metric::Freed => MemoryKind::Allocated,
    };
    let chosen = answer.query.sample_type;
    let this = answer.series.roles().get(chosen)?;
    if this.kind == kind { Some(chosen) } else { only(&answer.series, kind, this.measure).ok() }
}

/// Returns true if no instance has several snapshots in the window, so that all memory allocated and not in use was
/// freed.
fn is_at_one_moment(answer: &Answer) -> bool {
    let lanes = answer.timeline.lanes(&answer.series, answer.query.window, answer.query.instance);
    lanes.iter().all(|lane| lane.snapshots.len() < 2)
}
