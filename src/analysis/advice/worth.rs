//! Whether a rule is worth doing: the figure that it is judged by, and its share of the whole.

use super::{Metric, Part, Rule};
use crate::analysis::Answer;
use crate::analysis::derived::{Figure, Inputs, Value, only};
use crate::base::ids::FrameId;
use crate::profile::Kind;

/// The figure that makes a rule worth doing, of a function over all its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    /// What the figure is; another than the rule names where the profile lacks that.
    pub metric: Metric,
    /// Whether it is the function's own or with what it calls.
    pub part: Part,
    /// The figure, in the unit of the chosen sample type.
    pub figure: i64,
    /// What all functions together have of it.
    pub whole: i64,
}

impl Worth {
    /// What `rule` is worth at a function, unless that is too small, or there are no figures to tell by.
    pub fn of(answer: &Answer, rule: &Rule, frame: FrameId) -> Option<Self> {
        let part = rule.terms.part;
        let mut known =
            stand_ins(rule.terms.metric).iter().filter_map(|metric| figures(answer, *metric, (part, frame)));
        // The first that the profile has decides; what it has and comes later is waited for.
        let (metric, (figure, whole)) = known.next().and_then(|(metric, figures)| Some((metric, figures?)))?;
        let worth = Self { metric, part, figure, whole };
        (worth.percent() >= rule.terms.least).then_some(worth)
    }

    /// The share of the whole in percent; nothing where the whole is nothing, or less.
    pub fn percent(&self) -> f64 {
        if self.whole <= 0 { 0.0 } else { self.figure as f64 / self.whole as f64 * 100.0 }
    }
}

/// What a rule is judged by, and what stands in where a profile lacks it: many have but one kind of figure, and memory
/// that is held was allocated first.
fn stand_ins(metric: Metric) -> &'static [Metric] {
    match metric {
        Metric::InUse => &[Metric::InUse, Metric::Allocated],
        Metric::Allocated => &[Metric::Allocated, Metric::InUse],
        Metric::Freed => &[Metric::Freed, Metric::Allocated, Metric::InUse],
    }
}

/// A metric with a function's figure and that of all; no pair while it is not there yet, nothing where it never will be.
fn figures(answer: &Answer, metric: Metric, (part, frame): (Part, FrameId)) -> Option<(Metric, Option<(i64, i64)>)> {
    let kind = match metric {
        Metric::InUse => Kind::InUse,
        Metric::Allocated => Kind::Allocated,
        Metric::Freed => return freed(answer, (part, frame)).map(|figures| (metric, figures)),
    };
    let flat = answer.flat(sample_type(answer, kind)?);
    let figures = flat.map(|flat| {
        let figure = if part == Part::Own { flat.own(frame) } else { flat.total(frame) };
        (figure, flat.total(FrameId(0)))
    });
    Some((metric, figures))
}

/// The sample type that measures what the chosen one does, of one kind.
fn sample_type(answer: &Answer, kind: Kind) -> Option<usize> {
    let (types, chosen) = (answer.series.sample_types(), answer.query.sample_type);
    let this = types.get(chosen)?;
    if this.kind() == kind { Some(chosen) } else { only(types, kind, this.measure()) }
}

fn freed(answer: &Answer, (part, frame): (Part, FrameId)) -> Option<Option<(i64, i64)>> {
    Inputs::of(answer).offers(Figure::Freed).ok()?;
    let Some(derived) = &answer.derived else { return Some(None) };
    let figure = match part {
        Part::Total => derived.total(Figure::Freed, frame),
        Part::Own => derived.own(Figure::Freed, frame),
    };
    match (figure, derived.total(Figure::Freed, FrameId(0))) {
        (Ok(Value::Amount(figure)), Ok(Value::Amount(whole))) => Some(Some((figure, whole))),
        _ => Some(None),
    }
}
