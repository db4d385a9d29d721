//! Words that several views use: names of sample types (*in-use space* for `inuse_space`, if that is unambiguous),
//! changes, caveats.

use crate::analysis::{Answer, Caveat, Change, ChangeDirection, Granularity, Presence, StackOrder, Width, Window};
use crate::base::compact_sort::CompactSort;
use crate::base::safe_text;
use crate::base::units::{Unit, counted_as, signed_percent};
use crate::base::width::{self, cut_shared};
use crate::profile::SampleType;
use crate::profile::Series;
use crate::profile::{Measure, MemoryKind};
use crate::view::context::Clock;
use crate::view::keys::{KeyNames, KeyRef};
use crate::view::span::snapshot_numbers;

/// Caveat of a comparison, with the key that helps.
pub fn caveat(caveat: &Caveat, keys: &KeyNames) -> String {
    match caveat {
        Caveat::Totals(_) => {
            format!("{caveat}; if only the load differs, {} makes them equal", keys.of(KeyRef::Normalize))
        }
        _ => caveat.to_string(),
    }
}

/// Caveat in at most 56 cells.
pub fn brief_caveat(caveat: &Caveat) -> String {
    match caveat {
        Caveat::Same => "both windows are the same".to_owned(),
        Caveat::Roles => "one window has levels, the other changes".to_owned(),
        Caveat::Growth => "the sides count from different starts".to_owned(),
        Caveat::Benchmarks => "benchmarks may have run different numbers of times".to_owned(),
        Caveat::Builds => "the builds differ; frames are matched by name".to_owned(),
        Caveat::Rates(base, current) => format!("sampled every {base} in A, every {current} in B"),
        Caveat::Spans(base, current) => {
            let [base, current] = [base, current].map(|time| Unit::Nanoseconds.short(*time));
            format!("A covers {base}, B {current}; allocations grow with time")
        }
        Caveat::Counts(base, current) => format!("A has {base} snapshots, B {current}; allocations grow with time"),
        Caveat::Contained(_) => "B contains A, which hides a part of the change".to_owned(),
        Caveat::Totals(_) => caveat.to_string(),
    }
}

/// Name of an instance in up to `cells` cells: in full, else the part by which it differs from the other instances.
pub fn instance(series: &Series, instance: usize, cells: usize) -> String {
    let label = series.instance_label(instance);
    let name = safe_text::display_name(label.shown());
    if width::width(name) <= cells {
        return name.to_owned();
    }
    let labels: Vec<_> = (0..series.instances().len()).map(|other| series.instance_label(other)).collect();
    let names: Vec<&str> = labels.iter().map(|label| safe_text::display_name(label.shown())).collect();
    cut_shared(name, &names, cells).into_owned()
}

/// Noun for a frame below another one in the tree, in the singular.
pub fn below(order: StackOrder) -> &'static str {
    match order {
        StackOrder::CallersFirst => "callee",
        StackOrder::BottomUp => "caller",
    }
}

/// Number of frames with their noun: `1 function`, `21 lines`. As in pprof, a file whose functions have first lines is as
/// many frames as it has functions.
pub fn frames(answer: &Answer, count: usize) -> String {
    let [one, several] = match answer.query.shape.granularity {
        Granularity::Files if answer.tree.frames().has_start_lines() => ["function in files", "functions in files"],
        Granularity::Functions | Granularity::FileFunctions => ["function", "functions"],
        Granularity::Files => ["file", "files"],
        Granularity::Lines => ["line", "lines"],
        Granularity::Addresses => ["address", "addresses"],
        Granularity::Packages => ["package", "packages"],
        Granularity::Owners => ["owner", "owners"],
    };
    counted_as(count, one, several)
}

/// Name of a sample type in a sentence.
pub fn long(types: &[SampleType], index: usize) -> String {
    let Some(this) = types.get(index) else { return String::new() };
    match (this.kind(), this.measure()) {
        (MemoryKind::InUse, Measure::Space) if is_alone(types, this) => "in-use space".to_owned(),
        (MemoryKind::InUse, Measure::Objects) if is_alone(types, this) => "in-use objects".to_owned(),
        (MemoryKind::Allocated, Measure::Space) if is_alone(types, this) => "alloc space".to_owned(),
        (MemoryKind::Allocated, Measure::Objects) if is_alone(types, this) => "alloc objects".to_owned(),
        _ => safe_text::display_name(this.name.shown()).to_owned(),
    }
}

/// Name of a sample type in a heading.
pub fn short(types: &[SampleType], index: usize) -> String {
    let Some(this) = types.get(index) else { return String::new() };
    match (this.kind(), this.measure()) {
        (MemoryKind::InUse, Measure::Space) if is_alone(types, this) => "in-use".to_owned(),
        (MemoryKind::InUse, Measure::Objects) if is_alone(types, this) => "objects".to_owned(),
        (MemoryKind::Allocated, Measure::Space) if is_alone(types, this) => "alloc".to_owned(),
        (MemoryKind::Allocated, Measure::Objects) if is_alone(types, this) => "allocs".to_owned(),
        _ => safe_text::display_name(this.name.shown()).to_owned(),
    }
}

/// Sign of a change: grown, shrunk, equal, new, gone or moved.
pub fn letter(change: &Change) -> &'static str {
    match (change.presence, change.direction()) {
        (_, ChangeDirection::Same | ChangeDirection::Noise) => "=",
        (Presence::New, _) => "N",
        (Presence::Gone, _) => "G",
        (Presence::Moved, _) => "M",
        (Presence::Both, ChangeDirection::Grew) => "+",
        (Presence::Both, ChangeDirection::Shrank) => "-",
    }
}

/// Sign before a name, as a word if it fits.
pub fn sign(change: &Change, room: usize) -> &'static str {
    match letter(change) {
        "N" if room >= ROOM_FOR_WORD => "new ",
        "G" if room >= ROOM_FOR_WORD => "gone ",
        "M" if room >= ROOM_FOR_WORD => "moved ",
        "M" => "M ",
        "N" => "N ",
        "G" => "G ",
        "+" => "+ ",
        "-" => "- ",
        _ => "= ",
    }
}

/// Change with its sign, after a `=` if it is within noise.
pub fn signed_change(unit: &Unit, change: &Change) -> String {
    let delta = unit.signed_short(change.delta());
    if change.direction() == ChangeDirection::Noise { format!("={delta}") } else { delta }
}

/// Change with its sign in the long form, and words if it is within noise.
pub fn long_change(unit: &Unit, change: &Change) -> String {
    let delta = unit.signed_long(change.delta());
    if change.direction() == ChangeDirection::Noise { format!("{delta}, {WITHIN_NOISE}") } else { delta }
}

/// Words for a change of at most two standard deviations.
pub const WITHIN_NOISE: &str = "within noise";

/// Change in percent of the base; `new`, `gone` or `moved` if one window lacks the function.
pub fn relative_change(change: &Change) -> String {
    match change.presence {
        Presence::New => "new".to_owned(),
        Presence::Gone => "gone".to_owned(),
        Presence::Moved => "moved".to_owned(),
        Presence::Both if change.delta() == 0 => String::new(),
        Presence::Both => signed_percent(change.delta(), change.base),
    }
}

/// Name of the figure that determines widths.
pub fn width(width: Width) -> &'static str {
    match width {
        Width::Union => "union",
        Width::Current => "B",
        Width::Base => "A",
        Width::Change => "change",
    }
}

/// Window as numbers and times of its snapshots.
pub fn window(series: &Series, window: Window, clock: Clock) -> String {
    let side = window.bounds(series);
    let time = |at: usize| series.snapshots()[at].header.time_nanos;
    let all = snapshot_numbers(series, side.clone());
    let number = |at: usize| all.get(at - side.start).copied().unwrap_or(0);
    let (first, last, count) = (number(window.first), number(window.last), all.last().copied().unwrap_or(0));
    let numbers = if first == last { format!("{first} of {count}") } else { format!("{first}..{last} of {count}") };
    match (time(window.first), time(window.last)) {
        (0, _) | (_, 0) => numbers,
        (from, to) if from == to => format!("{numbers}, {}", clock.of(series, from)),
        (from, to) => format!("{numbers}, {}–{}", clock.of(series, from), clock.of(series, to)),
    }
}

/// Width in cells from which `new` and `gone` are written as words.
const ROOM_FOR_WORD: usize = 14;

/// Index of the sample type of `kind` and `measure`.
pub fn find(types: &[SampleType], kind: MemoryKind, measure: Measure) -> Option<usize> {
    types.iter().position(|other| other.kind() == kind && other.measure() == measure)
}

/// Other sample types, closest first: the other kind of the same measure (allocated next to in-use), then the other
/// measure of the same kind (objects next to bytes), then the rest.
pub fn other_types(types: &[SampleType], chosen: usize) -> Vec<usize> {
    let Some(this) = types.get(chosen) else { return Vec::new() };
    let mut others: Vec<usize> = (0..types.len()).filter(|index| *index != chosen).collect();
    others.compact_sort_by_key(|index| {
        match (types[*index].kind() == this.kind(), types[*index].measure() == this.measure()) {
            (false, true) => 0,
            (true, false) => 1,
            _ => 2,
        }
    });
    others
}

fn is_alone(types: &[SampleType], this: &SampleType) -> bool {
    let alike = types.iter().filter(|other| other.kind() == this.kind() && other.measure() == this.measure());
    alike.count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_for_names_only_where_they_are_clear() {
        let go = [
            ("alloc_objects", "count"),
            ("alloc_space", "bytes"),
            ("inuse_objects", "count"),
            ("inuse_space", "bytes"),
        ];
        let go: Vec<_> = go.iter().map(|(name, unit)| SampleType::new(name, unit)).collect();
        assert_eq!(
            (0..4).map(|index| long(&go, index)).collect::<Vec<_>>(),
            ["alloc objects", "alloc space", "in-use objects", "in-use space"]
        );
        assert_eq!(short(&go, 0), "allocs");
        let java: Vec<_> = ["alloc_in_new_tlab_bytes", "alloc_outside_tlab_bytes"]
            .iter()
            .map(|name| SampleType::new(name, "bytes"))
            .collect();
        assert_eq!(long(&java, 1), "alloc_outside_tlab_bytes");
        assert_eq!(find(&go, MemoryKind::InUse, Measure::Space), Some(3));
        assert_eq!(find(&java, MemoryKind::InUse, Measure::Space), None);
        assert_eq!(long(&[], 7), "");
    }
}
