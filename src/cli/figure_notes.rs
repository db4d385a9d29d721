//! Warnings about figures that could be misread, for reports and for files that the explorer writes.

use crate::analysis::filter::FilterKind;
use crate::analysis::labels::{LabelPresence, key_names};
use crate::analysis::{
    Answer, CallTree, Caveat, Column, CountedLanes, Filter, Query, WindowRequest, caveats, health, without_growth,
};
use crate::base::nearest::nearest;
use crate::base::safe_text::safe_str;
use crate::base::units::{Unit, counted_as};
use crate::format::FOLDED;
use crate::profile::Series;

use super::flags::{base_filter_option, filter_option};
use super::message::{MessageLine, SINCE_START};
use super::request::InputPolicy;

/// Warnings about figures that could be misread.
pub(crate) fn notes(answer: &Answer, policy: InputPolicy) -> Vec<MessageLine> {
    let Answer { series, query, column, base, .. } = answer;
    let name = series.sample_types()[query.sample_type].name.shown();
    let base = base.as_ref().map(|base| &base.column);
    let mut notes = Vec::new();
    let wraps = health::sums_wrap(answer);
    // `check` judges sums of 128 bits.
    let is_gate = policy == InputPolicy::Gate;
    notes.extend(wraps.iter().filter(|_| !is_gate).map(|finding| MessageLine::new(finding.to_string())));
    // `check` refuses filters without a match instead.
    if !is_gate {
        notes.extend(idle_filters(answer));
    }
    let is_empty = |column: &Column| column.weight(CallTree::ROOT) == 0;
    let had = column.unfiltered_total() != 0 || base.is_some_and(|base| base.unfiltered_total() != 0);
    if is_empty(column) && base.is_none_or(|base| is_empty(base)) {
        if query.filters.is_empty() || !had {
            // A sum of 0 that wrapped around has values.
            notes.extend(wraps.is_none().then(|| without_values(answer)));
        } else if !is_gate {
            notes.push(MessageLine::new(format!("the filters leave nothing of `{name}`")));
        }
    }
    notes.extend(changes_among_levels(answer).map(MessageLine::new));
    notes.extend(health::overlap(answer).map(|finding| MessageLine::new(finding.to_string())));
    if is_gate && query.role.is_none() {
        notes.extend(health::unclear_level(answer).map(|finding| MessageLine::new(finding.to_string())));
    }
    // `check` refuses such a window instead.
    if answer.window_sums[query.sample_type].is_growth() && !is_gate {
        notes.extend(without_growth(answer, query.window).map(MessageLine::new));
    }
    notes.extend(health::invalid_rule(answer).map(|finding| MessageLine::new(finding.to_string())));
    notes.extend(health::not_memory(answer).map(|finding| MessageLine::new(finding.to_string())));
    // `check` judges the growth itself.
    let is_told = |caveat: &&Caveat| !is_gate || !matches!(caveat, Caveat::Totals(_));
    notes.extend(caveats(answer).iter().filter(is_told).map(|caveat| MessageLine {
        line: caveat.to_string(),
        hint: match caveat {
            Caveat::Totals(_) => Some("if only the load differs, `--normalize` makes them equal".to_owned()),
            Caveat::Growth => Some(SINCE_START.to_owned()),
            Caveat::Contained(_) => Some("`--window` names the snapshots to compare with the base".to_owned()),
            _ => None,
        },
    }));
    notes
}

/// Warnings about filters that match nothing on any side that they apply to, each with its option. Filters that both
/// sides share are named once.
pub(super) fn idle_filters(answer: &Answer) -> Vec<MessageLine> {
    let note = |option: String, filter: &Filter| {
        let line = format!("`{option} {}` matches nothing", safe_str(&filter.pattern));
        MessageLine { line, hint: label_hint(answer, filter) }
    };
    let of_window = answer.filters.idle().map(|filter| note(filter_option(filter.kind), filter));
    let own = |filter: &&Filter| answer.query.base_filters.contains(filter);
    let of_base = answer.base.iter().flat_map(|base| base.filters.idle()).filter(own);
    of_window.chain(of_base.map(|filter| note(base_filter_option(filter.kind), filter))).collect()
}

/// Warning about figures without a value, with the sample types that have some.
fn without_values(answer: &Answer) -> MessageLine {
    let Answer { series, query, .. } = answer;
    let name = series.sample_types()[query.sample_type].name.shown();
    let has_value = |at: usize| series.snapshots()[at].totals[query.sample_type] != 0;
    if answer.window_sums[query.sample_type].is_growth() && query.window.members(series, query.instance).any(has_value)
    {
        let hint = Some("`--aggregate last` takes what was counted since the process began".to_owned());
        return MessageLine { line: format!("`{name}` did not change in the window"), hint };
    }
    MessageLine { line: format!("no values for `{name}`"), hint: others_with_values(answer) }
}

/// Request for the current window of a query.
pub(crate) fn window_request(query: &Query) -> WindowRequest {
    let Query { sample_type, window, aggregate, instance, role, .. } = *query;
    WindowRequest { sample_type, window, aggregate, per: query.per.clone(), instance, role }
}

/// Warning about delta profiles that were left out among levels and counters, with their sum; `None` if there are
/// none.
fn changes_among_levels(answer: &Answer) -> Option<String> {
    let Answer { series, query, timeline, .. } = answer;
    left_out(series, query.sample_type, &CountedLanes::new(series, timeline, &window_request(query)).left_out)
}

/// Line about snapshots of changes that were left out of figures of a sample type; `None` without any.
pub(super) fn left_out(series: &Series, sample_type: usize, changes: &[usize]) -> Option<String> {
    let count = changes.len();
    if count == 0 {
        return None;
    }
    let sum: i128 = changes.iter().map(|at| series.snapshots()[*at].totals[sample_type]).sum();
    let unit = Unit::of(series.sample_types()[sample_type].unit.raw());
    let sum = unit.signed_long(i64::try_from(sum).unwrap_or(i64::MAX));
    let are = if count == 1 { "is" } else { "are" };
    let profiles = counted_as(count, "profile tells", "profiles tell");
    Some(format!("{profiles} what changed ({sum}) and {are} not in the figures, which are of levels and counters"))
}

/// Other sample types with values in the window, as options to type; `None` if there are none.
pub(crate) fn others_with_values(answer: &Answer) -> Option<String> {
    let Answer { series, query, .. } = answer;
    let others = series.sample_types().iter().enumerate().filter(|(index, _)| *index != query.sample_type);
    let types = others.map(|(index, sample_type)| (sample_type, answer.window_sums[index].sum(series, index).round()));
    let filled = types.filter(|(_, total)| *total != 0.0).map(|(sample_type, total)| {
        let total = Unit::of(sample_type.unit.raw()).long(total as i64);
        format!("`--sample-type {}` has {total}", sample_type.name.shown())
    });
    Some(filled.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
}

/// Option that leads to figures in bytes: another sample type with values, or the unit of a format that names none;
/// `None` if the input has no bytes.
pub(super) fn bytes_option(answer: &Answer) -> Option<String> {
    let Answer { series, query, .. } = answer;
    let in_bytes = |index: &usize| Unit::of(series.sample_types()[*index].unit.raw()).bytes().is_some();
    let has_values = |index: &usize| answer.window_sums[*index].sum(series, *index).round() != 0.0;
    let types = || (0..series.sample_types().len()).filter(in_bytes).filter(has_values);
    let preferred =
        types().find(|index| series.sample_types()[*index].name.raw() == "inuse_space").or_else(|| types().next());
    if let Some(index) = preferred {
        return Some(format!("`--sample-type {}`", series.sample_types()[index].name.shown()));
    }
    let is_without_unit = |at: usize| series.snapshots()[at].header.format == FOLDED;
    query.window.snapshots().all(is_without_unit).then(|| "`--unit bytes`, if the numbers are bytes".to_owned())
}

/// Suggestion for a filter by label that matches nothing; `None` for other filters.
fn label_hint(answer: &Answer, filter: &Filter) -> Option<String> {
    let keys = match filter.kind {
        FilterKind::TagRoot => &*filter.pattern,
        FilterKind::TagFocus | FilterKind::TagIgnore => filter.pattern.split_once('=').map_or("", |(key, _)| key),
        _ => return None,
    };
    let is_absent = |key: &&str| LabelPresence::of(answer, Some(key)) == LabelPresence::Nowhere;
    match keys.split(',').filter(|key| !key.is_empty()).find(is_absent) {
        Some(absent) => Some(no_label(answer, absent)),
        None => binary_unit(filter).or_else(|| unitless(filter)),
    }
}

/// Maximum number of labels that a hint names.
const MOST_KEYS: usize = 8;

/// Hint for a label that no sample has: a label of a similar name, or the labels that there are.
fn no_label(answer: &Answer, absent: &str) -> String {
    let known = key_names(&answer.series);
    let named = |key: &str| format!("`{}`", safe_str(key));
    let there = match nearest(absent, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {}?", named(near)),
        None if known.is_empty() => "no sample has any label".to_owned(),
        None => {
            let names: Vec<String> = known.iter().take(MOST_KEYS).map(|key| named(key)).collect();
            let more = known.len() - names.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("there are {}{more}", names.join(", "))
        }
    };
    format!("no sample has a label {}; {there}", named(absent))
}

/// Suggestion for a range in `KiB` and the like, which are no units of pprof's; `None` for other filters.
fn binary_unit(filter: &Filter) -> Option<String> {
    let lower = filter.pattern.to_lowercase();
    let value = lower.rsplit('=').next().unwrap_or_default();
    let meant = ["kib", "mib", "gib", "tib"]
        .iter()
        .fold(value.to_owned(), |text, unit| text.replace(unit, &unit.replace('i', "")));
    let is_range = meant.starts_with(|first: char| first.is_ascii_digit() || first == ':');
    (meant != value && is_range)
        .then(|| format!("units of labels are those of pprof: write `{}`; `kb` is 1024 bytes", safe_str(&meant)))
}

/// Suggestion for a range filter without a unit; `None` for other filters.
fn unitless(filter: &Filter) -> Option<String> {
    let is_label = matches!(filter.kind, FilterKind::TagFocus | FilterKind::TagIgnore);
    let value = filter.pattern.rsplit('=').next().unwrap_or_default();
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    (is_label && is_number)
        .then(|| "a number without a unit matches values without a unit only: write `4096b` or `4kb`".to_owned())
}
