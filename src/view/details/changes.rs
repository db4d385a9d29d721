//! What there is to say of the selection while two windows are compared: then, now, by how much, and how sure that is.

use crate::analysis::{Change, ChangeDirection, ColumnPair, Presence};
use crate::base::ids::{FrameId, NodeId};
use crate::base::units::{Unit, percent, signed_percent};
use crate::profile::SampleType;
use crate::view::context::ViewContext;
use crate::view::words;

/// What became of the selected place's total, the most telling words first.
pub fn here(context: &ViewContext, pair: &ColumnPair, node: NodeId) -> Vec<String> {
    let change = pair.total(node);
    let mut words = then_and_now(&context.unit(), &change, wholes(context));
    let net = pair.total(NodeId::ROOT).delta();
    if node != NodeId::ROOT && net != 0 && change.delta() != 0 {
        words.push(format!("{} of the net change", percent(change.delta(), net)));
    }
    words.extend(uncertainty(&context.unit(), &change));
    words
}

/// What became of what the selected place has itself.
pub fn own(context: &ViewContext, pair: &ColumnPair, node: NodeId) -> Vec<String> {
    let change = pair.own(node);
    let mut words = then_and_now(&context.unit(), &change, wholes(context));
    words.extend(uncertainty(&context.unit(), &change));
    words
}

/// What became of a function over all its places, in one sample type.
pub fn everywhere(context: &ViewContext, frame: FrameId, sample_type: usize) -> Vec<String> {
    let Some((unit, change, sums)) = of_type(context, frame, sample_type) else { return Vec::new() };
    then_and_now(&unit, &change, sums)
}

/// The same to the last unit.
pub fn exactly(context: &ViewContext, frame: FrameId, sample_type: usize) -> Option<String> {
    let (unit, change, _) = of_type(context, frame, sample_type)?;
    Some(format!("A {}  B {}", unit.exact(change.base), unit.exact(change.current)))
}

fn of_type(context: &ViewContext, frame: FrameId, sample_type: usize) -> Option<(Unit, Change, [i64; 2])> {
    let types: &[SampleType] = context.answer.series.sample_types();
    let then = context.answer.base.as_ref()?.flats.get(sample_type)?.as_deref()?;
    let now = context.answer.flat(sample_type)?;
    let change = Change::of(then.total(frame), now.total(frame), None);
    let sums = [then.total(FrameId::ROOT), now.total(FrameId::ROOT)];
    Some((Unit::of(types.get(sample_type)?.unit.raw()), change, sums))
}

/// What shares of both windows are of.
fn wholes(context: &ViewContext) -> [i64; 2] {
    [
        context.answer.base.as_ref().map_or(0, |base| base.column.abs_share_base()),
        context.answer.column.abs_share_base(),
    ]
}

/// Then and now with their shares, and the change, each at the same column whatever it is.
fn then_and_now(unit: &Unit, change: &Change, [then, now]: [i64; 2]) -> Vec<String> {
    let figure =
        |name: &str, value: i64, whole: i64| format!("{name} {:>8} {:>5}", unit.long(value), percent(value, whole));
    let part = match change.presence {
        _ if change.delta() == 0 => String::new(),
        Presence::New => " new".to_owned(),
        Presence::Gone => " gone".to_owned(),
        Presence::Both => format!(" ({})", signed_percent(change.delta(), change.base)),
    };
    vec![
        figure("A", change.base, then),
        figure("B", change.current, now),
        format!("change {:>9}{part}", unit.signed_long(change.delta())),
    ]
}

/// How far chance goes, and whether the change is beyond it.
fn uncertainty(unit: &Unit, change: &Change) -> Option<String> {
    let sure = change.uncertainty?;
    if sure.sigma <= 0.0 {
        return None;
    }
    let within = unit.long((2.0 * sure.sigma) as i64);
    Some(match change.direction() {
        _ if sure.is_few_samples() => format!("±{within}, few samples"),
        ChangeDirection::Noise => format!("±{within}, within noise"),
        _ => format!("±{within}"),
    })
}

/// Which window a frame is in, where it is not in both.
pub fn presence(change: &Change) -> Option<&'static str> {
    match words::letter(change) {
        "N" => Some("new: the base has none of it"),
        "G" => Some("gone: only the base has it"),
        _ => None,
    }
}
