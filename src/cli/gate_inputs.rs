//! Input checks of `check`: refuses inputs with which limits would hold although nothing was judged.

use std::collections::BTreeSet;

use crate::analysis::caveat::WindowFacts;
use crate::analysis::gate::{Limit, Threshold};
use crate::analysis::{
    Aggregate, Answer, BaseInstance, CallTree, Caveat, Column, CountedLanes, Finding, GateRule, GateSums, Lane, Query,
    Timeline, Window, WindowRequest, WindowSum, caveats, without_growth,
};
use crate::base::safe_text::display_name;
use crate::base::time::since_start;
use crate::base::units::Unit;
use crate::profile::{Input, Measure, MemoryKind, Role, Series, roles};

use super::figure_notes::{self, window_request};
use super::figures::ReportAnswer;
use super::judged_sums::Gates;
use super::message::{CliFailure, SINCE_START};
use super::request::LoadPlan;

/// Refuses windows without values, filters without matching samples, and sides that cannot be compared.
///
/// # Errors
/// [`CliFailure`] with the reason.
pub(super) fn check(figures: &ReportAnswer, ask: &LoadPlan) -> Result<(), CliFailure> {
    let answer = figures.answer();
    check_has_values(figures)?;
    check_memory_in_use(answer, ask)?;
    check_no_empty_snapshots(answer)?;
    check_threads_complete(&answer.series, &answer.timeline, &answer.query)?;
    check_filters_match(answer)?;
    check_growth_known(answer)?;
    check_instances_counted(answer)?;
    check_same_roles(answer)
}

/// Refuses to compare growth with counts since the start of the process: growth is always less, and would pass.
///
/// # Errors
/// [`CliFailure`] with the reason.
pub(super) fn check_growth(current: &GateSums, base: Option<&GateSums>) -> Result<(), CliFailure> {
    if base.is_none_or(|base| base.is_growth == current.is_growth) {
        return Ok(());
    }
    Err(CliFailure::input(Caveat::Growth.to_string(), Some(SINCE_START.to_owned())))
}

/// Windows of both sides, each with its weighted sum.
fn sides(answer: &Answer) -> impl Iterator<Item = (Window, &WindowSum)> {
    let sample_type = answer.query.sample_type;
    let base = answer.query.base.zip(answer.base.as_ref());
    let base = base.map(|(window, base)| (window, &base.window_sums[sample_type]));
    [Some((answer.query.window, &answer.window_sums[sample_type])), base].into_iter().flatten()
}

/// Refuses a sum that is without some instances, since all of their profiles are changes among levels or counters of
/// others.
///
/// # Errors
/// [`CliFailure`] with the reason.
fn check_instances_counted(answer: &Answer) -> Result<(), CliFailure> {
    let Answer { series, timeline, query, .. } = answer;
    let of_window = window_request(query);
    let of_base =
        query.base.map(|window| WindowRequest { window, instance: query.instance_of_base(), ..of_window.clone() });
    for request in [Some(of_window), of_base].into_iter().flatten() {
        let CountedLanes { lanes, left_out, .. } = CountedLanes::new(series, timeline, &request);
        let is_counted = |instance: usize| lanes.iter().any(|lane| lane.instance == instance);
        let instances = left_out.iter().map(|at| series.snapshots()[*at].membership.instance);
        if let Some(left) = instances.into_iter().find(|instance| !is_counted(*instance)) {
            let name = series.sample_types()[query.sample_type].name.shown();
            let label = series.instance_label(left);
            let instance = display_name(label.shown());
            let line =
                format!("`{name}` of `{instance}` is of changes, of other instances since a start: no sum is of both");
            let hint = "`--instance NAME` judges one at a time";
            return Err(CliFailure::input(line, Some(hint.to_owned())));
        }
    }
    Ok(())
}

/// Refuses snapshots without values among others, since they lower the judged figure. Changes within a duration may be
/// 0, and so may moments of a recording, which begins with nothing.
fn check_no_empty_snapshots(answer: &Answer) -> Result<(), CliFailure> {
    let sample_type = answer.query.sample_type;
    for (side, (_, sum)) in sides(answer).enumerate().filter(|(_, (_, sum))| sum.role != Role::Change) {
        let empty = sum.terms.iter().find(|(at, _)| is_empty(answer, *at) && !is_moment(answer, sum, *at));
        if let Some((at, _)) = empty {
            let name = answer.series.sample_types()[sample_type].name.shown();
            let source = answer.series.snapshots()[*at].header.source.shown();
            let (effect, hint) = match (side, sum.terms.len()) {
                (0, _) => ("it would lower the figure that is judged", "leave it out, or choose a window without it"),
                (_, 1) => ("a growth needs a base with values", "name another base"),
                _ => ("it would lower the base", "leave it out, or choose a window of the base without it"),
            };
            let line = format!("{source} has no values for `{name}`: {effect}");
            return Err(CliFailure::input(line, Some(hint.to_owned())));
        }
    }
    Ok(())
}

/// Refuses a window without some threads of a process that were there in its time, since their sum would be too low.
///
/// # Errors
/// [`CliFailure`] with the process.
pub(super) fn check_threads_complete(series: &Series, timeline: &Timeline, query: &Query) -> Result<(), CliFailure> {
    let base = query.base.map(|window| (window, query.instance_of_base()));
    for (window, instance) in [Some((query.window, query.instance)), base].into_iter().flatten() {
        let side = window.bounds(series);
        let Some(last) = side.end.checked_sub(1) else { continue };
        let in_window = timeline.lanes(series, window, instance);
        let time = |at: usize| series.snapshots()[at].header.effective_time().unwrap_or(at as i64);
        let extent = |lanes: &[&Lane]| {
            let times = || lanes.iter().flat_map(|lane| &lane.snapshots).map(|at| time(*at));
            times().min().zip(times().max())
        };
        for lane in timeline.lanes(series, Window { first: side.start, last }, instance) {
            let others: Vec<&Lane> = in_window.iter().filter(|other| other.instance == lane.instance).collect();
            let is_absent = others.iter().all(|other| other.lane != lane.lane);
            let (Some(judged), Some(lived)) = (extent(&others), extent(&[&lane])) else { continue };
            if is_absent && lived.0 <= judged.1 && judged.0 <= lived.1 {
                let label = series.instance_label(lane.instance);
                let process = display_name(label.shown());
                let line = format!("the window has some threads of `{process}` without others of the same time");
                let hint = "choose a window that has all snapshots of a time";
                return Err(CliFailure::input(line, Some(hint.to_owned())));
            }
        }
    }
    Ok(())
}

/// Returns true for a moment of a recording that has values at another moment.
fn is_moment(answer: &Answer, sum: &WindowSum, at: usize) -> bool {
    let header = |at: usize| &answer.series.snapshots()[at].header;
    let is_of_same = |other: usize| header(other).source == header(at).source;
    since_start(header(at).time_nanos).is_some()
        && sum.terms.iter().any(|(other, _)| is_of_same(*other) && !is_empty(answer, *other))
}

/// Refuses the growth of an instance with a single snapshot, since the growth is unknown and would count as 0.
fn check_growth_known(answer: &Answer) -> Result<(), CliFailure> {
    for (window, _) in sides(answer).filter(|(_, sum)| sum.is_growth()) {
        if let Some(line) = without_growth(answer, window) {
            let hint = "`--aggregate last` judges what they counted since they began";
            return Err(CliFailure::input(line, Some(hint.to_owned())));
        }
    }
    Ok(())
}

/// Refuses to silently judge another sample type if only some of the profiles have memory in use.
fn check_memory_in_use(answer: &Answer, ask: &LoadPlan) -> Result<(), CliFailure> {
    let judged = answer.series.roles()[answer.query.sample_type];
    let is_in_use = |kind: MemoryKind, measure: Measure| (kind, measure) == (MemoryKind::InUse, Measure::Space);
    let has_in_use = answer.series.roles().iter().any(|role| is_in_use(role.kind, role.measure));
    if ask.sample_type.is_some() || has_in_use || judged.kind == MemoryKind::InUse {
        return Ok(());
    }
    let missing = answer.series.snapshots().iter().find_map(|snapshot| {
        let types = &snapshot.header.sample_types;
        let roles = roles(types);
        let at = roles.iter().position(|role| is_in_use(role.kind, role.measure))?;
        (snapshot.header.totals.get(at).is_some_and(|total| *total != 0)).then(|| types[at].name.shown().to_owned())
    });
    match missing {
        None => Ok(()),
        Some(name) => {
            let kept = answer.series.sample_types()[answer.query.sample_type].name.shown();
            let line = format!("not every profile has `{name}`: memory in use cannot be judged");
            Err(CliFailure::input(line, Some(format!("`--sample-type {kept}` judges what all of them have"))))
        }
    }
}

/// Returns true if a snapshot has no value of the sample type.
fn is_empty(answer: &Answer, at: usize) -> bool {
    let mut is_empty = true;
    answer.series.snapshots()[at].samples.values[answer.query.sample_type].for_each(|_, _| is_empty = false);
    is_empty
}

/// Refuses a sample type without values, since every limit on it would hold.
fn check_has_values(figures: &ReportAnswer) -> Result<(), CliFailure> {
    let answer = figures.answer();
    let Query { sample_type, window, instance, .. } = answer.query;
    if !window.members(&answer.series, instance).all(|at| is_empty(answer, at)) {
        return Ok(());
    }
    let name = answer.series.sample_types()[sample_type].name.shown();
    let hint = figure_notes::others_with_values(answer);
    Err(CliFailure::input(format!("no values for `{name}`: there is nothing to check"), hint))
}

/// Refuses filters that match nothing, such as misspelled ones: the limits would be about something else than what was
/// meant, and on nothing every limit would hold.
fn check_filters_match(answer: &Answer) -> Result<(), CliFailure> {
    if let Some(idle) = figure_notes::idle_filters(answer).into_iter().next() {
        let hint = idle.hint.unwrap_or_else(|| "check its spelling, or leave it out".to_owned());
        return Err(CliFailure::input(idle.line, Some(hint)));
    }
    let name = answer.series.sample_types()[answer.query.sample_type].name.shown();
    let hint = || Some("a limit on nothing would always hold".to_owned());
    let has_any = |column: &Column| column.weight(CallTree::ROOT) != 0;
    let base = answer.base.as_ref().map(|base| &base.column);
    if !answer.query.filters.is_empty() && !has_any(&answer.column) && !base.is_some_and(|base| has_any(base)) {
        return Err(CliFailure::input(format!("the filters leave nothing of `{name}`"), hint()));
    }
    Ok(())
}

/// Maximum number of absent instances that are named.
const MOST_NAMED: usize = 3;

/// Warns of instances without a snapshot in the window, which no limit judges: a line for all of them; `None` if there
/// are none, or if one instance was chosen.
pub(super) fn absent_instances(series: &Series, query: &Query) -> Option<String> {
    let Query { window, instance: None, .. } = *query else { return None };
    let members = |window: Window| -> BTreeSet<usize> {
        window.snapshots().map(|at| series.snapshots()[at].membership.instance).collect()
    };
    let all = series.range_of(Input::Current);
    let all = members(Window { first: all.start, last: all.end.checked_sub(1)? });
    let present = members(window);
    let absent = all.difference(&present).map(|absent| display_name(series.instance_label(*absent).raw()).to_owned());
    let mut names: Vec<String> = absent.collect();
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let is_any = !names.is_empty();
    is_any.then(|| format!("no snapshot in the window, so not judged: {}{more}", names.join(", ")))
}

/// Refuses limits on absolute values if the profiles have changes only, since a change is far below the total in use,
/// and limits that filters do not apply to.
pub(super) fn check_limits(answer: &Answer, rules: &[GateRule]) -> Result<(), CliFailure> {
    let sample_type = answer.query.sample_type;
    if let Some(rule) = rules.iter().find(|rule| matches!(rule.limit, Limit::AllocRate(_)))
        && !answer.query.filters.is_empty()
    {
        let line = format!("--{} is about everything that is allocated, and cannot go with filters", rule.name);
        return Err(CliFailure::usage(line, Some("leave the filters out".to_owned())));
    }
    let is_level = answer.window_sums[sample_type].role != Role::Change
        || answer.series.roles()[sample_type].kind != MemoryKind::InUse;
    let is_about_level = |rule: &&GateRule| {
        matches!(rule.limit, Limit::Total(_) | Limit::Owner(..) | Limit::Function(_, Threshold::Size(_)))
    };
    match rules.iter().find(is_about_level).filter(|_| !is_level) {
        None => Ok(()),
        Some(rule) => {
            let line = format!("--{}: the profile has changes, not what is held", rule.name);
            let hint = "take a profile of one moment, or limit `--max-growth`";
            Err(CliFailure::input(line, Some(hint.to_owned())))
        }
    }
}

/// Refuses to compare levels with changes: a change is always less than a level, and would pass.
fn check_same_roles(answer: &Answer) -> Result<(), CliFailure> {
    if caveats(answer).contains(&Caveat::Roles) { Err(unlike_roles()) } else { Ok(()) }
}

/// Refuses to compare a window with a baseline if only one of them is of changes.
///
/// # Errors
/// [`CliFailure`] with the reason.
pub(super) fn check_baseline(answer: &Answer, base: Option<&WindowFacts>) -> Result<(), CliFailure> {
    let current = WindowFacts::of(&answer.series, answer.query.window, answer.query.instance);
    let kinds = base.and_then(|base| base.is_of_changes).zip(current.is_of_changes);
    if kinds.is_some_and(|(then, now)| then != now) { Err(unlike_roles()) } else { Ok(()) }
}

/// Refuses limits on growth of what grows with time if the window covers less time than its base, or fewer snapshots
/// without times: the growth would be too small, and pass.
///
/// # Errors
/// [`CliFailure`] with both times, or both numbers of snapshots.
pub(super) fn check_spans(caveats: &[Caveat], rules: &[GateRule]) -> Result<(), CliFailure> {
    let is_shorter = |caveat: &&Caveat| match caveat {
        Caveat::Spans(base, current) => current < base,
        Caveat::Counts(base, current) => current < base,
        _ => false,
    };
    match caveats.iter().find(is_shorter).filter(|_| rules.iter().any(|rule| rule.limit.needs_base())) {
        None => Ok(()),
        Some(caveat) => {
            let hint = "compare windows of the same length, or limit `--max-alloc-rate`";
            Err(CliFailure::input(caveat.to_string(), Some(hint.to_owned())))
        }
    }
}

/// Refuses limits on growth if both sides are the same snapshots of the series, since nothing can grow then.
///
/// # Errors
/// [`CliFailure`] with the reason.
pub(super) fn check_own_base(answer: &Answer, rules: &[GateRule]) -> Result<(), CliFailure> {
    let Answer { query, .. } = answer;
    let has_same_scope = query.base_instance == BaseInstance::Same && query.base_filters.is_empty();
    let mut sides = sides(answer).map(|(_, sum)| &sum.terms);
    let is_same = sides.next() == sides.next();
    // The smallest or the largest of both windows may be one snapshot.
    let is_chosen = matches!(query.aggregate, Aggregate::Min | Aggregate::Max) && query.base != Some(query.window);
    if !(is_same && !is_chosen && has_same_scope && rules.iter().any(|rule| rule.limit.needs_base())) {
        return Ok(());
    }
    let hint = "`--base-window` names earlier snapshots, `--window` later ones";
    Err(CliFailure::input("the window is its own base: nothing can grow", Some(hint.to_owned())))
}

/// Warnings about limits on the self of functions that only call others, which is always 0.
pub(super) fn callers_only(gates: &Gates<'_>, rules: &[GateRule]) -> Vec<String> {
    let is_of_callers = |rule: &&GateRule| gates.of(rule).is_of_callers(&rule.limit);
    let line = |rule: &GateRule| {
        let text = &rule.text;
        format!(
            "--{} `{text}` is on self, and what it matches only calls others; `--focus` with `--max-total` limits what \
             functions hold with those that they call",
            rule.name
        )
    };
    rules.iter().filter(is_of_callers).map(line).collect()
}

fn unlike_roles() -> CliFailure {
    let hint = "compare snapshots with snapshots, or profiles taken with `seconds` with each other";
    CliFailure::input(Caveat::Roles.to_string(), Some(hint.to_owned()))
}

/// Warning about a total of which sampling noise is more than half; `None` if it is less.
pub(super) fn too_noisy(answer: &Answer, held: &GateSums) -> Option<String> {
    let two_sigma = 2.0 * held.variance?.max(0.0).sqrt();
    let unit = Unit::of(answer.series.sample_types()[answer.query.sample_type].unit.raw());
    let long = |figure: f64| unit.long(figure as i64);
    let total = held.total.as_f64();
    let finding = || Finding::TooNoisy(long(two_sigma), long(total)).to_string();
    let is_change = answer.window_sums[answer.query.sample_type].role == Role::Change;
    (!is_change && total.abs() > 0.0 && two_sigma > total.abs() / 2.0).then(finding)
}
