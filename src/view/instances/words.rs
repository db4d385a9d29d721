//! Texts of the instances view.

use crate::analysis::{InstanceFigures, InstanceTable};
use crate::base::safe_text::{SafeText, display_name};
use crate::base::units::{Unit, counted};
use crate::base::width::width;
use crate::layout::instances::{InstanceColumn, InstanceList};
use crate::view::context::ViewContext;
use crate::view::instances::state::{InstancesData, InstancesState};
use crate::view::words;

/// Number of digits of a build id that distinguish builds.
const BUILD_DIGITS: usize = 12;

/// Cells of a short name of an instance or a function.
const SHORT_NAME: usize = 12;

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

/// Line above the view: the first instance that stands out, and the number of further lines. Where names do not fit in
/// `cells` cells, they are the parts by which they differ.
pub fn headline(context: &ViewContext, table: &InstanceTable, cells: usize) -> String {
    let line = |room: usize| {
        let name = |instance: usize| words::instance(&context.answer.series, instance, room);
        let lines = table.headlines_with(context.answer, &name);
        let more = lines.len().saturating_sub(1);
        let first = lines.into_iter().next().unwrap_or_default();
        if more > 0 { format!("{first}  +{more} more") } else { first }
    };
    let full = line(usize::MAX);
    if width(&full) <= cells { full } else { line(SHORT_NAME) }
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
        count => format!("{} with outliers", counted(count, "function")),
    };
    let order = match state.list() {
        InstanceList::Instances => format!("instances by {}", heading(state.instance_order()).to_lowercase()),
        InstanceList::Functions => format!("functions by {}", state.function_order().words()),
    };
    let noise = if table.has_noise { "" } else { ", noise not known" };
    let instances = counted(table.instances.len(), "instance");
    format!("{instances}, {outliers}{noise}; {order}")
}

/// First of the forms that fits with a short name, else the last, behind the name in the cells that are left.
fn fitted(forms: &[String], cells: usize, name: impl Fn(usize) -> String) -> String {
    let fits = |form: &&String| width(form) + SHORT_NAME <= cells;
    let text = forms.iter().find(fits).or(forms.last()).map_or("", String::as_str);
    format!("{}{text}", name(cells.saturating_sub(width(text)).max(SHORT_NAME)))
}

/// Facts on the selected instance and function, the most important first.
/// Facts are at most `cells` cells wide, with a shorter form or shorter names where they are longer.
pub fn facts(context: &ViewContext, state: &InstancesState, cells: usize) -> Vec<String> {
    let unit = context.unit();
    let Some(table) = state.table() else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some((figures, _)) = state.instance(state.cursor(InstanceList::Instances).at) {
        let growth = figures.growth.map_or_else(String::new, |growth| format!(", {} growth", unit.signed_long(growth)));
        let builds =
            if figures.builds.len() > 1 { format!(", {} builds", figures.builds.len()) } else { String::new() };
        // The figure that makes the instance an outlier is judged, else the total.
        let outlying = figures.growth.filter(|_| figures.has_outlying_growth && !figures.has_outlying_total);
        let (judged, spread, value) = match outlying {
            Some(growth) => (" growth", &table.growths, Some(growth)),
            None => ("", &table.totals, figures.total),
        };
        let outlier = match spread.limit() {
            Some(limit) => format!("an outlier from {limit:.1} on"),
            None => "too few instances to tell an outlier".to_owned(),
        };
        let forms = match (figures.total, value) {
            (Some(total), Some(value)) => {
                let (total, distance) = (unit.long(total), distance(spread.score(value)));
                vec![
                    format!(": {total}{growth}, {distance}{judged} ({outlier}){builds}"),
                    format!(": {total}{growth}, {distance}{judged}{builds}"),
                    format!(": {total}, {distance}{judged}"),
                ]
            }
            _ => vec![format!(": growth not known, one snapshot{builds}")],
        };
        let name = |room| words::instance(&context.answer.series, figures.instance, room);
        lines.push(fitted(&forms, cells, name));
    }
    if let Some(function) = state.selected_function() {
        let long = |figure| known(figure, |value| unit.long(value));
        let value = state.value(function, state.cursor(InstanceList::Instances).at).map(|(value, _)| value);
        let here = value.map_or_else(|| "not known here".to_owned(), |value| format!("{} here", unit.long(value)));
        let distance = value.map_or_else(String::new, |value| format!(", {}", distance(function.spread.score(value))));
        let [median, spread] = [function.spread.rounded_median(), function.spread.rounded_deviation()].map(long);
        let forms = [
            format!(": {here}, median {median}, spread {spread}{distance}"),
            format!(": {here}, median {median}{distance}"),
        ];
        let full = display_name(context.name(function.frame));
        let name = |room| {
            if width(full) <= room { full.to_owned() } else { context.label(function.frame, room).into_owned() }
        };
        lines.push(fitted(&forms, cells, name));
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
