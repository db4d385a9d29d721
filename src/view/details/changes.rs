//! Details of the selection in a comparison: base, current value, change and significance.

use crate::analysis::{Change, ChangeDirection, ColumnPair, Presence};
use crate::base::ids::{FrameId, NodeId};
use crate::base::units::{Unit, in_parentheses, percent, two_sigma};
use crate::profile::SampleType;
use crate::view::context::ViewContext;
use crate::view::words;

/// Largest multiple of the net change that is shown as a share of it.
const MOST_OF_NET: u64 = 5;

/// Change of the total of the selected node, most important words first.
pub fn here(context: &ViewContext, pair: &ColumnPair, node: NodeId) -> Vec<String> {
    let change = pair.total(node);
    let mut words = both_values(context, &change);
    let net = pair.total(NodeId::ROOT).delta();
    // A share is meaningful only for a change in the same direction that is not far larger than the net change: changes
    // that nearly cancel, or that normalization cancels, have no meaningful sum.
    let is_part = i128::from(change.delta()) * i128::from(net) > 0
        && change.delta().unsigned_abs() / MOST_OF_NET <= net.unsigned_abs();
    if node != NodeId::ROOT && is_part {
        words.push(format!("{} of the net change", percent(change.delta(), net)));
    }
    words
}

/// Change of the self value of the selected node.
pub fn own(context: &ViewContext, pair: &ColumnPair, node: NodeId) -> Vec<String> {
    both_values(context, &pair.own(node))
}

/// Both values of a figure, its change, and the uncertainty of the change.
fn both_values(context: &ViewContext, change: &Change) -> Vec<String> {
    let mut words = then_and_now(&context.unit(), change, wholes(context));
    words.extend(uncertainty(&context.unit(), change));
    words
}

/// Change of the totals of several nodes, none of which is below another.
pub fn together(context: &ViewContext, pair: &ColumnPair, nodes: &[NodeId]) -> Vec<String> {
    let sum = |figure: fn(&Change) -> i64| {
        nodes.iter().fold(0_i64, |sum, node| sum.saturating_add(figure(&pair.total(*node))))
    };
    let change = Change::of(sum(|change| change.base), sum(|change| change.current), None);
    then_and_now(&context.unit(), &change, wholes(context))
}

/// Change of a function over all its nodes, in one sample type.
pub fn everywhere(context: &ViewContext, frame: FrameId, sample_type: usize) -> Vec<String> {
    let Some((unit, change, sums)) = of_type(context, frame, sample_type) else { return Vec::new() };
    then_and_now(&unit, &change, sums)
}

/// Change of a function over all its nodes, exact to the unit.
pub fn exactly(context: &ViewContext, frame: FrameId, sample_type: usize) -> Option<String> {
    let (unit, change, _) = of_type(context, frame, sample_type)?;
    Some(format!("A {}  B {}", unit.exact(change.base), unit.exact(change.current)))
}

fn of_type(context: &ViewContext, frame: FrameId, sample_type: usize) -> Option<(Unit, Change, [i64; 2])> {
    let types: &[SampleType] = context.answer.series.sample_types();
    let then = context.answer.base.as_ref()?.flats.get(sample_type)?.as_deref()?;
    let now = context.answer.flat(sample_type)?;
    let change = Change::of(then.total(frame), now.total(frame), None);
    let is_chosen = sample_type == context.answer.query.sample_type;
    let sums = if is_chosen { wholes(context) } else { [then.abs_share_base(), now.abs_share_base()] };
    Some((Unit::of(types.get(sample_type)?.unit.raw()), change, sums))
}

/// Bases of shares: base window, current window.
fn wholes(context: &ViewContext) -> [i64; 2] {
    [
        context.answer.base.as_ref().map_or(0, |base| base.column.abs_share_base()),
        context.answer.column.abs_share_base(),
    ]
}

/// Base and current value with their shares, and the change, in fixed columns.
fn then_and_now(unit: &Unit, change: &Change, [then, now]: [i64; 2]) -> Vec<String> {
    let figure =
        |name: &str, value: i64, whole: i64| format!("{name} {:>8} {:>5}", unit.long(value), percent(value, whole));
    let part = match change.presence {
        _ if change.delta() == 0 => String::new(),
        Presence::New => " new".to_owned(),
        Presence::Gone => " gone".to_owned(),
        Presence::Moved => " moved".to_owned(),
        Presence::Both => in_parentheses(change.delta(), change.base),
    };
    vec![
        figure("A", change.base, then),
        figure("B", change.current, now),
        format!("change {:>9}{part}", unit.signed_long(change.delta())),
    ]
}

/// Confidence interval of a change, and its significance.
fn uncertainty(unit: &Unit, change: &Change) -> Option<String> {
    let sure = change.uncertainty?;
    if sure.sigma <= 0.0 {
        return None;
    }
    let within = unit.long(two_sigma(sure.sigma));
    Some(match change.direction() {
        ChangeDirection::Noise => format!("±{within}, {}", words::WITHIN_NOISE),
        _ => format!("±{within}"),
    })
}

/// Words for a frame that only one window has; `None` if both have the frame.
pub fn presence(change: &Change) -> Option<&'static str> {
    match words::letter(change) {
        "N" => Some("new: not in the base"),
        "G" => Some("gone: only in the base"),
        "M" => Some("moved: in the other window under another name or caller"),
        _ => None,
    }
}
