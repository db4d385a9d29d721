//! Figures of the open profile for the guide. Each may be missing, and the text then leaves it out.

use crate::analysis::derived::{DerivedValue, Figure};
use crate::base::ids::FrameId;
use crate::base::safe_text;
use crate::base::units::{Unit, two_sigma};
use crate::base::width::cut_middle;
use crate::profile::{Measure, MemoryKind, SampleType};
use crate::view::context::ViewContext;
use crate::view::words;

/// Maximum width of a function name in a sentence, in cells.
const MAX_NAME_WIDTH: usize = 40;

/// Function whose self and total differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuideExample {
    /// Name.
    pub name: String,
    /// Self.
    pub own: i64,
    /// Total.
    pub total: i64,
    /// Two standard deviations of the total; 0 if unknown.
    pub chance: i64,
}

/// Example for self and total: the selected function if both differ, else the function for which they differ best.
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
    let chance = sure.filter(|sure| !sure.is_few_samples(total)).map_or(0, |sure| two_sigma(sure.sigma));
    let name = cut_middle(&context.label(frame, MAX_NAME_WIDTH), MAX_NAME_WIDTH).into_owned();
    Some(GuideExample { name: safe_text::display_name(&name).to_owned(), own, total, chance })
}

/// Total of a sample type with its unit.
#[derive(Clone, Debug)]
pub struct Sum {
    /// Total.
    pub value: i64,
    /// Unit.
    pub unit: Unit,
    /// Total with its unit.
    pub text: String,
}

/// Total of the only sample type of a kind and measure, if computed already.
pub fn sum(context: &ViewContext, kind: MemoryKind, measure: Measure) -> Option<Sum> {
    let types = context.answer.series.sample_types();
    let found = words::find(types, kind, measure)?;
    context.answer.flat(found)?;
    let (value, unit) = (context.measured_total_of(found), Unit::of(types[found].unit.raw()));
    Some(Sum { value, text: unit.long(value), unit })
}

/// Memory that was allocated and freed.
pub fn freed(context: &ViewContext) -> Option<String> {
    match context.answer.derived.as_ref()?.total(Figure::Freed, FrameId::ROOT) {
        Ok(DerivedValue::Amount(amount)) => Some(context.unit().long(amount)),
        _ => None,
    }
}

/// Number of sampled call paths in the window.
pub fn records(context: &ViewContext) -> usize {
    let window = context.answer.query.window.snapshots();
    window.filter_map(|at| context.answer.series.snapshots().get(at)).map(|snapshot| snapshot.header.samples).sum()
}

/// Sampling rate in bytes, if the profile has it.
pub fn rate(context: &ViewContext) -> Option<String> {
    let header = &context.answer.series.snapshots().get(context.answer.query.window.first)?.header;
    let is_rate = header.period_type.measure() == Measure::Space && header.period > 1;
    is_rate.then(|| Unit::Bytes.long(header.period))
}

/// Kind of the current sample type: in-use or allocated.
pub fn kind(context: &ViewContext) -> MemoryKind {
    context.sample_type().map_or(MemoryKind::Other, SampleType::kind)
}
