//! Texts of the instances view.

use crate::analysis::{InstanceFigures, InstanceTable};
use crate::base::safe_text::{SafeText, display_name};
use crate::base::units::Unit;
use crate::layout::instances::{InstanceColumn, InstanceList};
use crate::view::context::ViewContext;
use crate::view::instances::state::{InstancesData, InstancesState};

/// Number of digits of a build id that distinguish builds.
const BUILD_DIGITS: usize = 12;

/// Text of a figure that may not be known.
pub fn known(figure: Option<i64>, text: impl Fn(i64) -> String) -> String {
    figure.map_or_else(|| "-".to_owned(), text)
}

/// Text of a column for an instance.
pub fn figure(unit: &Unit, column: InstanceColumn, figures: &InstanceFigures, name: &SafeText) -> String {
    match column {
        InstanceColumn::Name => display_name(name.shown()).to_owned(),
        InstanceColumn::Total => known(figures.total, |total| unit.short(total)),
        InstanceColumn::Growth => known(figures.growth, |growth| unit.signed_short(growth)),
        InstanceColumn::Snapshots => figures.snapshots.to_string(),
        InstanceColumn::Processes => figures.processes.to_string(),
        InstanceColumn::Uptime => known(figures.uptime, |uptime| Unit::Nanoseconds.long(uptime)),
        InstanceColumn::Build => {
            figures.build().map_or_else(|| "-".to_owned(), |build| build.shown().chars().take(BUILD_DIGITS).collect())
        }
    }
}

/// Heading of a column.
pub fn heading(column: InstanceColumn) -> &'static str {
    match column {
        InstanceColumn::Name => "Instance",
        InstanceColumn::Total => "Total",
        InstanceColumn::Growth => "Growth",
        InstanceColumn::Snapshots => "Snaps",
        InstanceColumn::Processes => "Procs",
        InstanceColumn::Uptime => "Up",
        InstanceColumn::Build => "Build",
    }
}

/// Line above the view: the first instance that stands out, and the number of further lines.
pub fn headline(context: &ViewContext, table: &InstanceTable) -> String {
    let lines = table.headlines(context.answer);
    let more = lines.len().saturating_sub(1);
    let first = lines.into_iter().next().unwrap_or_default();
    if more > 0 { format!("{first}  +{more} more") } else { first }
}

/// Lines that replace the tables while there is no table.
pub fn missing(data: &InstancesData) -> Vec<String> {
    match data {
        InstancesData::Pending => vec!["Comparing the instances …".to_owned()],
        InstancesData::Missing(limit) => vec![limit.to_string()],
        InstancesData::Table(_) => Vec::new(),
    }
}

/// Text of the status line.
pub fn status(state: &InstancesState) -> String {
    let Some(table) = state.table() else { return String::new() };
    let outliers = table.functions_with_outliers().count();
    let outliers = match outliers {
        0 => "no outliers".to_owned(),
        1 => "1 function with outliers".to_owned(),
        count => format!("{count} functions with outliers"),
    };
    let order = match state.list() {
        InstanceList::Instances => format!("instances by {}", heading(state.instance_order()).to_lowercase()),
        InstanceList::Functions => format!("functions by {}", state.function_order().words()),
    };
    let noise = if table.has_noise { "" } else { ", noise not known" };
    format!("{} instances, {outliers}{noise}; {order}", table.instances.len())
}

/// Facts on the selected instance and function, the most important first.
pub fn facts(context: &ViewContext, state: &InstancesState) -> Vec<String> {
    let unit = context.unit();
    let Some(table) = state.table() else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some((figures, name)) = state.instance(state.cursor(InstanceList::Instances).at) {
        let growth = figures.growth.map_or_else(String::new, |growth| format!(", {} growth", unit.signed_long(growth)));
        let builds =
            if figures.builds.len() > 1 { format!(", {} builds", figures.builds.len()) } else { String::new() };
        let outlier = match table.totals.limit() {
            Some(limit) => format!("an outlier from {limit:.1} on"),
            None => "too few instances to tell an outlier".to_owned(),
        };
        let total = match figures.total {
            Some(total) => format!("{}{growth}, {} ({outlier})", unit.long(total), distance(table.totals.score(total))),
            None => "growth not known, one snapshot".to_owned(),
        };
        lines.push(format!("{}: {total}{builds}", display_name(name.shown())));
    }
    if let Some(function) = state.selected_function() {
        let long = |figure| known(figure, |value| unit.long(value));
        let value = state.value(function, state.cursor(InstanceList::Instances).at).map(|(value, _)| value);
        lines.push(format!(
            "{}: {}, median {}, spread {}{}",
            display_name(context.name(function.frame)),
            value.map_or_else(|| "not known here".to_owned(), |value| format!("{} here", unit.long(value))),
            long(function.spread.rounded_median()),
            long(function.spread.rounded_deviation()),
            value.map_or_else(String::new, |value| format!(", {}", distance(function.spread.score(value)))),
        ));
    }
    lines
}

/// Distance from the median in spreads, in words; infinite if most instances are equal and this one differs.
fn distance(score: f64) -> String {
    if score.is_finite() {
        format!("{score:.1} spreads from the median")
    } else {
        "most others have exactly the median".to_owned()
    }
}
