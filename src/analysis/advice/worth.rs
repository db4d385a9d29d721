//! Worth of a rule: the figure by which the rule is judged, and its share of the total.

use super::basis::{FigureBasis, FunctionFigure, sample_type};
use super::{AdviceRule, FigureKind, Metric};
use crate::analysis::Answer;
use crate::analysis::derived::{DerivedValue, Figure, Inputs};
use crate::base::ids::FrameId;

/// Figure of a function, over all its nodes, by which a rule is worth following.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleWorth {
    /// Metric of the figure; a substitute if the profile lacks the rule's own metric.
    pub metric: Metric,
    /// Self or total figure of the function.
    pub part: FigureKind,
    /// Figure in the unit of the chosen sample type.
    pub figure: i64,
    /// Sum over all functions.
    pub total: i64,
}

impl RuleWorth {
    /// Worth of `rule` at a function, without the profiler's own part. `None` if the figure is too small, comes from
    /// too few samples, or is not known.
    pub(super) fn of(answer: &Answer, rule: &AdviceRule, frame: FrameId, basis: &mut FigureBasis) -> Option<Self> {
        let part = rule.attributes.part;
        let all = substitute_metrics(rule.attributes.metric).iter();
        let figure = |metric: Metric| FunctionFigure { metric, part, frame };
        let mut known = all.map(|metric| (*metric, figure_and_total(answer, figure(*metric))));
        // The first metric that the profile has decides, even if its figures are not computed yet.
        let (metric, found) = known.find(|(_, found)| *found != FigureAndTotal::Never)?;
        let FigureAndTotal::Known(value, total) = found else { return None };
        let mut worth = Self { metric, part, figure: value, total };
        if worth.percent() < rule.attributes.least {
            return None;
        }
        let own = basis.profiler_part(answer, figure(metric)) as f64 * ratio(answer, metric);
        worth.figure = value.saturating_sub(own as i64);
        let is_known = !basis.is_few_samples(answer, figure(metric), worth.figure);
        (worth.percent() >= rule.attributes.least && is_known).then_some(worth)
    }

    /// Share of the total in percent; 0 if the total is not above 0.
    pub fn percent(&self) -> f64 {
        if self.total <= 0 { 0.0 } else { self.figure as f64 / self.total as f64 * 100.0 }
    }
}

/// Metrics by which a rule may be judged, its own first: many profiles have only one kind of figure, and memory in use
/// was allocated first.
fn substitute_metrics(metric: Metric) -> &'static [Metric] {
    match metric {
        Metric::InUse => &[Metric::InUse, Metric::Allocated],
        Metric::Allocated => &[Metric::Allocated, Metric::InUse],
        Metric::Freed => &[Metric::Freed, Metric::Allocated, Metric::InUse],
    }
}

/// Figure of a function and of all functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FigureAndTotal {
    /// The profile has no figures of this metric.
    Never,
    /// The figures are not computed yet.
    Later,
    /// Figure of the function, and that of all functions.
    Known(i64, i64),
}

fn figure_and_total(answer: &Answer, figure: FunctionFigure) -> FigureAndTotal {
    if figure.metric == Metric::Freed {
        return freed(answer, figure);
    }
    let Some(sample_type) = sample_type(answer, figure.metric) else { return FigureAndTotal::Never };
    let Some(flat) = answer.flat(sample_type) else { return FigureAndTotal::Later };
    FigureAndTotal::Known(figure.in_flat(flat), flat.total(FrameId::ROOT))
}

/// Factor by which the figures of a metric were normalised; 1 without normalisation.
fn ratio(answer: &Answer, metric: Metric) -> f64 {
    sample_type(answer, metric).and_then(|at| answer.ratio(at)).unwrap_or(1.0)
}

fn freed(answer: &Answer, figure: FunctionFigure) -> FigureAndTotal {
    if Inputs::of(answer).offers(Figure::Freed).is_err() {
        return FigureAndTotal::Never;
    }
    let Some(derived) = &answer.derived else { return FigureAndTotal::Later };
    let freed = match figure.part {
        FigureKind::Total => derived.total(Figure::Freed, figure.frame),
        FigureKind::Own => derived.own(Figure::Freed, figure.frame),
    };
    match (freed, derived.total(Figure::Freed, FrameId::ROOT)) {
        (Ok(DerivedValue::Amount(figure)), Ok(DerivedValue::Amount(whole))) => FigureAndTotal::Known(figure, whole),
        _ => FigureAndTotal::Later,
    }
}
