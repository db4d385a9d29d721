//! Message in place of an empty icicle: the reason, and keys that show data.

use crate::analysis::{Answer, Width};
use crate::base::names::Language;
use crate::base::safe_text;
use crate::base::units::Unit;
use crate::base::width::fit_lines;
use crate::profile::{Measure, MemoryKind};
use crate::view::keys::{KeyNames, KeyRef};
use crate::view::words;

/// Lines; the first one names what is missing.
fn lines(answer: &Answer, keys: &KeyNames) -> Vec<String> {
    if !answer.query.filters.is_empty() && answer.column.unfiltered_total() != 0 {
        return no_data_after_filters(answer, keys);
    }
    if answer.base.is_some() {
        let [width, diff] = [KeyRef::NextWidth, KeyRef::Diff].map(|key| keys.of(key));
        return vec![
            no_change(answer),
            format!("{width} draws frames as wide as another figure, {diff} ends the comparison."),
        ];
    }
    let chosen = answer.query.sample_type;
    if total(answer, chosen) != 0 {
        return no_data_in_window(answer, keys);
    }
    let name = words::long(answer.series.sample_types(), chosen);
    let mut lines = vec![format!("No samples for {name}.")];
    lines.extend(other_types(answer, keys));
    lines.extend(reasons(answer));
    lines
}

/// Lines wrapped to `cells`.
pub fn fitted(answer: &Answer, keys: &KeyNames, cells: usize) -> Vec<String> {
    fit_lines(&lines(answer, keys), cells)
}

/// Number of blank cells to the left of the lines.
pub const INDENT: usize = 3;

/// Sample types with data, and the keys that select them.
fn other_types(answer: &Answer, keys: &KeyNames) -> Vec<String> {
    let types = answer.series.sample_types();
    let full: Vec<(usize, i128)> =
        (0..types.len()).map(|index| (index, total(answer, index))).filter(|(_, total)| *total != 0).collect();
    let next = keys.of(KeyRef::NextType);
    let mut lines = vec![match (types.len(), full.len()) {
        (1, _) => "It is the only sample type of this profile.".to_owned(),
        (_, 0) => "No sample type of this profile has data.".to_owned(),
        (all, 1) => format!("This profile has {all} sample types; 1 has data ({next} goes there):"),
        (all, some) => format!("This profile has {all} sample types; {some} have data ({next} goes through them):"),
    }];
    for (index, total) in full {
        let unit = Unit::of(types[index].unit.raw());
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        lines.push(format!("  {:<16} {}", words::long(types, index), unit.long(total)));
    }
    lines
}

/// Possible reasons.
fn reasons(answer: &Answer) -> Vec<String> {
    let types = answer.series.sample_types();
    let snapshots = answer.series.snapshots();
    let samples: usize = snapshots.iter().map(|snapshot| snapshot.header.samples).sum();
    if samples == 0 {
        let why = "No call path was written down: the profiler was off, or nothing large enough had been allocated \
                   when the profile was taken.";
        return vec![why.to_owned()];
    }
    let mut lines = Vec::new();
    let is_held = types.get(answer.query.sample_type).is_some_and(|chosen| chosen.kind() == MemoryKind::InUse);
    let made = words::find(types, MemoryKind::Allocated, Measure::Space).is_some_and(|made| total(answer, made) != 0);
    if is_held && made {
        lines.push("All that was sampled had been freed when the profile was taken.".to_owned());
    }
    // A profile of an unknown language may be of a Go program too.
    if is_held && matches!(answer.language, Language::Go | Language::Other) {
        lines.push("Go reports in-use as of the last GC; /debug/pprof/heap?gc=1 runs one.".to_owned());
    }
    lines
}

/// Message if only snapshots outside the window have data.
fn no_data_in_window(answer: &Answer, keys: &KeyNames) -> Vec<String> {
    let name = words::long(answer.series.sample_types(), answer.query.sample_type);
    let [back, on] = [KeyRef::WindowBack, KeyRef::WindowForward].map(|key| keys.of(key));
    vec![
        format!("No samples for {name} in this window."),
        format!("Other snapshots have some; {back} and {on} move the window."),
    ]
}

/// Message if no stack passes the filters: the filters that match nothing, and the key that removes a filter.
fn no_data_after_filters(answer: &Answer, keys: &KeyNames) -> Vec<String> {
    let name = words::long(answer.series.sample_types(), answer.query.sample_type);
    let mut lines = vec![format!("The filters leave nothing of the {name}.")];
    lines.extend(
        answer.filters.idle().map(|filter| format!("  {} matches nothing.", safe_text::safe_str(&filter.to_string()))),
    );
    let [back, pane, remove] = [KeyRef::Back, KeyRef::NextPane, KeyRef::Remove].map(|key| keys.of(key));
    lines.push(format!("{back} removes the last filter; {pane} goes to them, {remove} removes one."));
    lines
}

/// Reason for an empty comparison.
fn no_change(answer: &Answer) -> String {
    let name = words::long(answer.series.sample_types(), answer.query.sample_type);
    match answer.query.width {
        Width::Union => format!("Neither window has any {name}."),
        Width::Current => format!("B has no {name}."),
        Width::Base => format!("A has no {name}."),
        Width::Change => format!("No change in the {name}."),
    }
}

/// Total of a sample type over all snapshots.
fn total(answer: &Answer, sample_type: usize) -> i128 {
    let snapshots = answer.series.snapshots().iter();
    snapshots.filter_map(|snapshot| Some(snapshot.samples.values.get(sample_type)?.sum())).sum()
}
