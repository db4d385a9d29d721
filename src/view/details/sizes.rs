//! Objects of the selected node by size, one line for each class.

use crate::analysis::sizes::SizeClass;
use crate::base::units::{self, Unit};
use crate::base::width::pad_left;
use crate::profile::Measure;
use crate::view::context::ViewContext;
use crate::view::details::DetailsState;
use crate::view::details::fact::Fact;

/// One line for each class; empty if sizes are unknown.
pub fn facts(context: &ViewContext, state: &DetailsState) -> Vec<Fact> {
    let classes = state.sizes();
    let most = classes.iter().map(|class| class.held.unsigned_abs()).max().unwrap_or(0);
    let lines = classes.iter().enumerate().map(|(index, class)| {
        let about = if index == 0 { "object sizes" } else { "" };
        let share = class.held.unsigned_abs() as f64 / most.max(1) as f64;
        Fact { about: about.to_owned(), text: text(context, class), bar: Some(share) }
    });
    let gap = (!classes.is_empty()).then(Fact::gap);
    gap.into_iter().chain(lines).collect()
}

/// Class: range of sizes, number of objects, bytes.
fn text(context: &ViewContext, class: &SizeClass) -> String {
    let bytes = |size: i64| Unit::Bytes.long(size);
    let sizes = if class.least == class.most {
        bytes(class.most)
    } else {
        format!("{} to {}", bytes(class.least), bytes(class.most))
    };
    let objects = units::count(class.objects.unsigned_abs());
    let is_count = context.sample_type().is_some_and(|chosen| chosen.measure() == Measure::Objects);
    let held = if is_count { String::new() } else { pad_left(&context.unit().long(class.held), FIGURE) };
    format!("{}  {} objects {held}", pad_left(&sizes, SIZES), pad_left(&objects, COUNT))
}

/// Cells of the range of a class: `1.01 KiB to 2.00 KiB`.
const SIZES: usize = 20;
/// Cells of a count.
const COUNT: usize = 5;
/// Cells of a figure with its unit.
const FIGURE: usize = 9;
