//! Whether a rule is worth doing: the figure that it is judged by, and its share of the whole.

use super::basis::FigureBasis;
use super::{AdviceRule, FigureKind, Metric};
use crate::analysis::Answer;
use crate::analysis::derived::{DerivedValue, Figure, Inputs, only};
use crate::base::ids::FrameId;
use crate::profile::Kind;

/// The figure that makes a rule worth doing, of a function over all its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleWorth {
    /// Metric of the figure; a substitute where the profile lacks the rule's own.
    pub metric: Metric,
    /// Self or total figure of the function.
    pub part: FigureKind,
    /// The figure, in the unit of the chosen sample type.
    pub figure: i64,
    /// Sum over all functions.
    pub whole: i64,
}

impl RuleWorth {
    /// Worth of `rule` at a function, without the profiler's own part. `None` if it is too small or comes from few
    /// samples, or if there are no figures to tell by.
    pub(super) fn of(answer: &Answer, rule: &AdviceRule, frame: FrameId, basis: &mut FigureBasis) -> Option<Self> {
        let part = rule.terms.part;
        let all = stand_ins(rule.terms.metric).iter();
        let mut known = all.map(|metric| (*metric, figures(answer, *metric, part, frame)));
        // The first that the profile has decides; what it has and comes later is waited for.
        let (metric, found) = known.find(|(_, found)| *found != FigureAndTotal::Never)?;
        let FigureAndTotal::Known(figure, whole) = found else { return None };
        let mut worth = Self { metric, part, figure, whole };
        if worth.percent() < rule.terms.least {
            return None;
        }
        let own = basis.profiler_part(answer, &worth, frame) as f64 * ratio(answer, metric);
        worth.figure = figure.saturating_sub(own as i64);
        (worth.percent() >= rule.terms.least && !basis.is_few_samples(answer, &worth, frame)).then_some(worth)
    }

    /// The share of the whole in percent; nothing where the whole is nothing, or less.
    pub fn percent(&self) -> f64 {
        if self.whole <= 0 { 0.0 } else { self.figure as f64 / self.whole as f64 * 100.0 }
    }
}

/// Metrics that a rule may be judged by, its own first: many profiles have but one kind of figure, and memory in use
/// was allocated first.
fn stand_ins(metric: Metric) -> &'static [Metric] {
    match metric {
        Metric::InUse => &[Metric::InUse, Metric::Allocated],
        Metric::Allocated => &[Metric::Allocated, Metric::InUse],
        Metric::Freed => &[Metric::Freed, Metric::Allocated, Metric::InUse],
    }
}

/// A function's figure beside that of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FigureAndTotal {
    /// The profile has none of this metric.
    Never,
    /// They are there and not added up yet.
    Later,
    /// The function's, and that of all.
    Known(i64, i64),
}

fn figures(answer: &Answer, metric: Metric, part: FigureKind, frame: FrameId) -> FigureAndTotal {
    if metric == Metric::Freed {
        return freed(answer, part, frame);
    }
    let Some(sample_type) = sample_type(answer, kind_of(metric)) else { return FigureAndTotal::Never };
    let Some(flat) = answer.flat(sample_type) else { return FigureAndTotal::Later };
    let figure = if part == FigureKind::Own { flat.own(frame) } else { flat.total(frame) };
    FigureAndTotal::Known(figure, flat.total(FrameId::ROOT))
}

/// Number that the figures of a metric were multiplied by.
fn ratio(answer: &Answer, metric: Metric) -> f64 {
    sample_type(answer, kind_of(metric)).and_then(|at| answer.ratio(at)).unwrap_or(1.0)
}

/// Kind of the sample type that a metric is taken from. All that is freed was allocated.
pub(super) fn kind_of(metric: Metric) -> Kind {
    match metric {
        Metric::InUse => Kind::InUse,
        Metric::Allocated | Metric::Freed => Kind::Allocated,
    }
}

/// The sample type that measures what the chosen one does, of one kind.
pub(super) fn sample_type(answer: &Answer, kind: Kind) -> Option<usize> {
    let chosen = answer.query.sample_type;
    let this = answer.series.roles().get(chosen)?;
    if this.kind == kind { Some(chosen) } else { only(&answer.series, kind, this.measure) }
}

fn freed(answer: &Answer, part: FigureKind, frame: FrameId) -> FigureAndTotal {
    if Inputs::of(answer).offers(Figure::Freed).is_err() {
        return FigureAndTotal::Never;
    }
    let Some(derived) = &answer.derived else { return FigureAndTotal::Later };
    let figure = match part {
        FigureKind::Total => derived.total(Figure::Freed, frame),
        FigureKind::Own => derived.own(Figure::Freed, frame),
    };
    match (figure, derived.total(Figure::Freed, FrameId::ROOT)) {
        (Ok(DerivedValue::Amount(figure)), Ok(DerivedValue::Amount(whole))) => FigureAndTotal::Known(figure, whole),
        _ => FigureAndTotal::Later,
    }
}
