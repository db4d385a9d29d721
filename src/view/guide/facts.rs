//! The figures of the open profile that make an explanation concrete: each is there or not, and a text does without.

use crate::analysis::derived::{DerivedValue, Figure};
use crate::base::ids::FrameId;
use crate::base::safe_text;
use crate::base::units::Unit;
use crate::base::width::cut_middle;
use crate::profile::{Kind, Measure, SampleType};
use crate::view::context::ViewContext;
use crate::view::words;

/// Cells that the name of a function gets in a sentence.
const NAME: usize = 40;

/// A function that holds some itself and some by what it calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuideExample {
    /// Its name.
    pub name: String,
    /// What it holds itself.
    pub own: i64,
    /// That with what it calls.
    pub total: i64,
    /// How far chance goes in its total, two deviations each way; 0 where that is not known.
    pub chance: i64,
}

/// The selected function where it shows the difference, else the one that shows it best.
pub fn example(context: &ViewContext) -> Option<GuideExample> {
    let flat = context.answer.flat(context.answer.query.sample_type)?;
    let of = |frame: FrameId| (flat.own(frame), flat.total(frame));
    let worth = |frame: FrameId| {
        let (own, total) = of(frame);
        own.min(total.saturating_sub(own))
    };
    let frames = context.answer.tree.frames().len();
    let all = (1..frames).filter_map(|at| u32::try_from(at).ok()).map(FrameId);
    let selected =
        context.navigation.frame(&context.answer.tree).filter(|frame| *frame != FrameId::ROOT && worth(*frame) > 0);
    let frame = selected.or_else(|| all.max_by_key(|frame| worth(*frame))).filter(|frame| worth(*frame) > 0)?;
    let (own, total) = of(frame);
    let sure = context.answer.noise.as_ref().map(|noise| noise.frame_total(frame));
    let chance = sure.filter(|sure| !sure.is_few_samples()).map_or(0, |sure| (2.0 * sure.sigma) as i64);
    let name = cut_middle(&context.label(frame, NAME), NAME).into_owned();
    Some(GuideExample { name: safe_text::named(&name).to_owned(), own, total, chance })
}

/// A sample type by what it answers and counts, with its sum.
#[derive(Clone, Debug)]
pub struct Sum {
    /// The sum.
    pub value: i64,
    /// Its unit.
    pub unit: Unit,
    /// The sum with its unit.
    pub text: String,
}

/// The sum of the one type of a kind that counts a measure, where it is known already.
pub fn sum(context: &ViewContext, kind: Kind, measure: Measure) -> Option<Sum> {
    let types = context.answer.series.sample_types();
    let found = words::find(types, kind, measure)?;
    context.answer.flat(found)?;
    let (value, unit) = (context.share_base_of(found), Unit::of(types[found].unit.raw()));
    Some(Sum { value, text: unit.long(value), unit })
}

/// What was allocated and is not held any more.
pub fn freed(context: &ViewContext) -> Option<String> {
    match context.answer.derived.as_ref()?.total(Figure::Freed, FrameId::ROOT) {
        Ok(DerivedValue::Amount(amount)) => Some(context.unit().long(amount)),
        _ => None,
    }
}

/// How many records of call paths the window has.
pub fn records(context: &ViewContext) -> usize {
    let window = context.answer.query.window.snapshots();
    window.filter_map(|at| context.answer.series.snapshots().get(at)).map(|snapshot| snapshot.header.samples).sum()
}

/// Bytes for one that is sampled, where the profile says so.
pub fn rate(context: &ViewContext) -> Option<String> {
    let header = &context.answer.series.snapshots().get(context.answer.query.window.first)?.header;
    let is_rate = header.period_type.measure() == Measure::Space && header.period > 1;
    is_rate.then(|| Unit::Bytes.long(header.period))
}

/// Whether what is chosen is what is held, or what was allocated.
pub fn kind(context: &ViewContext) -> Kind {
    context.sample_type().map_or(Kind::Other, SampleType::kind)
}
