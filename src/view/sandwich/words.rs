//! What the sandwich says beside its rows.

use crate::analysis::sandwich::{CallChain, CallDirection};
use crate::base::units;
use crate::view::context::ViewContext;
use crate::view::sandwich::state::SandwichState;

/// The row above the rows: what that in the middle comes to, the longest form first.
pub fn head(look: &ViewContext, state: &SandwichState) -> [String; 2] {
    let Some(row) = state.middle() else { return [String::new(), String::new()] };
    let unit = look.unit();
    let whole = look.answer.column.abs_share_base();
    match row.base {
        None => {
            let total = unit.long(row.now.total);
            [format!("{total} {} of all", units::percent(row.now.total, whole)), total]
        }
        Some(base) => {
            let change = unit.signed_long(row.change().delta());
            let both = format!("A {}, B {}", unit.long(base.total), unit.long(row.now.total));
            [format!("{both}, {change}"), change]
        }
    }
}

/// What stands in the status: how many rows there are above and below.
pub fn status(look: &ViewContext, state: &SandwichState) -> String {
    if state.middle().is_none() {
        return String::new();
    }
    let some = |way, one: &str| match state.count(way) {
        1 => format!("1 {one}"),
        count => format!("{} {one}s", units::commas_u64(count as u64)),
    };
    let places = state.middle().map_or(0, CallChain::places);
    let places = match places {
        1 => "1 place".to_owned(),
        count => format!("{} places", units::commas_u64(count as u64)),
    };
    let compared = if look.answer.base.is_some() { ", by change" } else { "" };
    format!(
        "{}, {} in {places}{compared}",
        some(CallDirection::Callers, "caller"),
        some(CallDirection::Callees, "callee")
    )
}
