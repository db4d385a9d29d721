//! Headline: the answer in one sentence, before any figure.

use crate::analysis::column::rounded;
use crate::analysis::derive::divisors;
use crate::analysis::filter::CodeOwner;
use crate::analysis::health::{not_memory, upside_down};
use crate::analysis::query::{BaseInstance, Normalize};
use crate::analysis::window::Window;
use crate::analysis::window_sum::WindowRequest;
use crate::analysis::{Answer, CallTree, Finding, Flat, Frames, Per, Timeline, Trends, WindowSum};
use crate::base::ids::FrameId;
use crate::base::names::Language;
use crate::base::safe_text::display_name;
use crate::base::units::{Unit, percent, signed_percent};
use crate::profile::{Input, MemoryKind, Role};

/// Smallest change, as a fraction of the total, that is named as growth or fall.
const CHANGE: f64 = 0.1;
/// Share of all self, in percent, from which an allocator hides the functions that allocate.
const ALLOCATOR: f64 = 90.0;
/// Share of the total, in percent, from which a function is on nearly every path and therefore tells nothing.
const EVERYWHERE: f64 = 95.0;
/// Maximum number of functions examined to find the largest one of the program's own code.
const CANDIDATES: usize = 2_000;

/// Separator of the parts of a headline.
pub const SEPARATOR: &str = " · ";

/// Headline, and the suggested next step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headline {
    /// Answer in one sentence, parts separated by [`SEPARATOR`], the most important one first.
    pub text: String,
    /// Shorter forms of the answer, the longest first; the last one has only its cause.
    pub shorter: Vec<String>,
    /// Suggested next step; `None` if there is none in particular.
    pub next: Option<NextStep>,
}

/// Next step suggested by a headline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Look at the trends of the functions.
    Trend,
    /// Compare the two windows.
    Compare,
    /// Hide the frames of the allocator.
    HideAllocator,
    /// Turn the stacks upside down.
    Flip,
    /// Look at the call sites that explain the change.
    Explain,
}

/// Answers in one sentence, with parts separated by ` · `. `trends`, if known, adds the function that keeps growing.
pub fn headline(answer: &Answer, trends: Option<&Trends>) -> String {
    headline_and_step(answer, trends).text
}

/// Answers in one sentence, with the suggested next step. `trends`, if known, adds the function that keeps growing.
pub fn headline_and_step(answer: &Answer, trends: Option<&Trends>) -> Headline {
    if let Some(finding) = not_memory(answer) {
        return Headline { text: finding.to_string(), ..Headline::default() };
    }
    let mut shorter = Vec::new();
    let (parts, next) = if answer.base.is_some() {
        compared(answer)
    } else if let Some(change) = two_builds(answer) {
        let [long, ..] = &change;
        let parts = std::iter::once(long.clone()).chain(single(answer).0.into_iter().take(1)).collect();
        shorter = change.to_vec();
        (parts, Some(NextStep::Compare))
    } else if let Some(development) = series(answer, answer.query.window, trends) {
        shorter = development.shorter;
        (development.parts, Some(NextStep::Trend))
    } else if let Some(development) = before_newest(answer, trends) {
        shorter = development.shorter;
        let parts = development.parts.into_iter().chain(single(answer).0.into_iter().take(1)).collect();
        (parts, Some(NextStep::Trend))
    } else {
        single(answer)
    };
    Headline { text: parts.join(SEPARATOR), shorter, next }
}

/// Part for two builds, or for a base that is not compared yet: the difference of the newer total. The long form comes
/// first, then one without a verb, and one without a ratio.
fn two_builds(answer: &Answer) -> Option<[String; 3]> {
    let (series, query) = (&answer.series, &answer.query);
    let name = match series.range_of(Input::Base).is_empty() {
        false => "the base",
        true if Timeline::deploy(series).is_some() && query.base_instance == BaseInstance::Same => "the build before",
        true => return None,
    };
    // The filtered sums of a base with other filters are not known before the comparison.
    if !query.base_filters.is_empty() {
        return None;
    }
    let compared = query.compared(series)?;
    let (base, current) = (compared.base?, compared.window);
    let (per, base_per) = divisors(series, &answer.timeline, &compared);
    let sample_type = query.sample_type;
    let sum = |window: Window, per: Per| {
        let (aggregate, instance, role) = (query.aggregate, query.instance, query.role);
        let request = WindowRequest { sample_type, window, aggregate, per, instance, role };
        WindowSum::filtered(series, &answer.timeline, &request, &answer.filtered)
    };
    let (base, current) = (sum(base, base_per), sum(current, per));
    let per = per_words(&current);
    let total = |sum: &WindowSum| sum.sum_of(|at| i128::from(filtered_total(answer, at))).round() as i64;
    let (then, now) = (total(&base), total(&current));
    let (unit, change) = (unit(answer), now.saturating_sub(then));
    let size = unit.long(change.saturating_abs());
    let verb = holds(answer);
    let ratio = match (then, change) {
        (0, _) | (_, 0) => String::new(),
        _ => format!(" ({})", signed_percent(change, then)),
    };
    let short = match change {
        0 => format!("as much as {name}{per}"),
        1.. => format!("{size} more than {name}{per}"),
        _ => format!("{size} less than {name}{per}"),
    };
    Some([format!("{verb} {short}{ratio}"), format!("{short}{ratio}"), short])
}

/// Total of a snapshot that the filters keep.
fn filtered_total(answer: &Answer, at: usize) -> i64 {
    match &answer.snapshot_sums {
        Some(sums) if !answer.filtered.keeps_all() => sums.total(&answer.tree, at, CallTree::ROOT),
        _ => answer.filtered.total(&answer.series.snapshots()[at], answer.query.sample_type),
    }
}

/// Divisor of a sum, as a suffix of its figures; empty without one.
fn per_words(sum: &WindowSum) -> String {
    match &sum.per {
        Per::Instance => " per instance".to_owned(),
        Per::Operations(_) => " per operation".to_owned(),
        Per::Counter(name) if sum.units.is_some() => format!(" per unit of {}", name.shown()),
        Per::Counter(_) | Per::Auto | Per::All => String::new(),
    }
}

fn unit(answer: &Answer) -> Unit {
    Unit::of(answer.series.sample_types()[answer.query.sample_type].unit.raw())
}

/// Verb for the kind of the chosen sample type.
fn holds(answer: &Answer) -> &'static str {
    match answer.series.roles()[answer.query.sample_type].kind {
        MemoryKind::Allocated => "allocated",
        MemoryKind::InUse => "holds",
        // Seconds, events or copied bytes are not held.
        MemoryKind::Other => "has",
    }
}

/// Parts for a comparison: the difference, and the number of sites that explain the difference.
fn compared(answer: &Answer) -> (Vec<String>, Option<NextStep>) {
    let Some(base) = &answer.base else { return (Vec::new(), None) };
    let (unit, verb) = (unit(answer), holds(answer));
    let change = answer.net_change();
    let size = unit.long(change.saturating_abs());
    let sum = &answer.window_sums[answer.query.sample_type];
    let per = per_words(sum);
    let mut parts = vec![match change {
        _ if answer.query.normalize == Normalize::On => "the totals are made equal".to_owned(),
        0 => format!("B {verb} as much as A{per}"),
        1.. => format!("B {verb} {size} more than A{per}"),
        _ => format!("B {verb} {size} less than A{per}"),
    }];
    let explanation = base.changes.explanation(change);
    let (share, noun) = (percent(explanation.explained(), explanation.sum), explanation.noun);
    match explanation.sites.len() {
        0 if explanation.sum != 0 && base.noise.is_some() => {
            let verb = if change < 0 { "shrank" } else { "grew" };
            parts.push(format!("nothing {verb} beyond sampling noise"));
        }
        0 => {}
        1 => parts.push(format!("1 site explains {share} of the {noun}")),
        count => parts.push(format!("{count} sites explain {share} of the {noun}")),
    }
    let next = (!explanation.sites.is_empty()).then_some(NextStep::Explain);
    (parts, next)
}

/// Development of a series in words.
struct Development {
    /// Parts of the headline.
    parts: Vec<String>,
    /// Shorter forms of all parts together, the longest first.
    shorter: Vec<String>,
}

/// Parts for the newest snapshot of a series of levels: the development up to that snapshot. `None` for other windows.
fn before_newest(answer: &Answer, trends: Option<&Trends>) -> Option<Development> {
    let all = Window::all(&answer.series, Input::Current)?;
    let is_newest = answer.query.window == Window::at(all.last) && all.count() > 1;
    if is_newest { series(answer, all, trends) } else { None }
}

/// Parts for a series of levels over a window: its first and last level, and the function that keeps growing. `None`
/// for a single snapshot of each instance, and for counters.
fn series(answer: &Answer, window: Window, trends: Option<&Trends>) -> Option<Development> {
    let (series, query) = (&answer.series, &answer.query);
    let mut lanes = answer.timeline.lanes(series, window, query.instance);
    for lane in &mut lanes {
        lane.drop_changes(series);
    }
    let is_level = answer.window_sums[query.sample_type].role == Role::Level;
    if !is_level || lanes.iter().all(|lane| lane.snapshots.len() < 2) {
        return None;
    }
    let sum = &answer.window_sums[query.sample_type];
    let divisor = match &sum.per {
        Per::Auto | Per::All => 1,
        Per::Operations(count) => i64::try_from(count.get()).unwrap_or(i64::MAX),
        Per::Instance if sum.merged.is_none() => answer.timeline.instances(series, window, query.instance) as i64,
        // The divisor of a snapshot is not that of the window.
        Per::Instance | Per::Counter(_) => return None,
    };
    let divided = |figure: i64, divisor: i64| rounded(i128::from(figure), divisor.max(1));
    let levels = answer.timeline.carried(series, window, query.instance, |at| {
        series.snapshots()[at].level_converter()(filtered_total(answer, at))
    });
    let [first, last] = [levels.first(), levels.last()].map(|level| level.copied().unwrap_or(0));
    // Without any value, as after filters that drop every sample, there is no growth to name.
    if (first, last) == (0, 0) {
        return None;
    }
    let (unit, per) = (unit(answer), per_words(sum));
    let long = |level: i64| unit.long(divided(level, divisor));
    let span = series.time_span(lanes.iter().flat_map(|lane| lane.snapshots.iter().copied()));
    let over = if span > 0 { format!(" in {}", Unit::Nanoseconds.long(span)) } else { String::new() };
    let change = last.saturating_sub(first) as f64 / first.saturating_abs().max(1) as f64;
    let (least, most) =
        levels.iter().fold((first, first), |(least, most), level| (least.min(*level), most.max(*level)));
    let is_near = |level: i64| (level as f64 - last as f64).abs() <= CHANGE * (last as f64).abs();
    // A level that went further beyond its ends than from one to the other has no direction.
    let beyond = most.saturating_sub(first.max(last)).saturating_add(first.min(last).saturating_sub(least));
    let has_direction = beyond <= last.saturating_sub(first).saturating_abs();
    let words = match () {
        () if change > CHANGE && has_direction => format!("grew {} → {}{per}", long(first), long(last)),
        () if change < -CHANGE && has_direction => format!("fell {} → {}{per}", long(first), long(last)),
        () if is_near(least) && is_near(most) => format!("stays near {}{per}", long(last)),
        () => format!("moves between {} and {}{per}", long(least), long(most)),
    };
    let mut parts = vec![format!("{words}{over}")];
    let mut shorter = Vec::new();
    // Trends of another window do not apply to this one.
    if let Some(finding) = trends.filter(|trends| trends.window == window).and_then(|trends| trends.findings.first()) {
        let cause = display_name(answer.tree.frames().shown(finding.cause)).to_owned();
        // Trends are those of an instance.
        let by = if let Per::Operations(_) = sum.per { divisor } else { 1 };
        let delta = unit.signed_long(divided(finding.delta, by));
        parts.push(format!("{cause} keeps growing ({delta})"));
        shorter.push(format!("{words}{SEPARATOR}{cause} keeps growing ({delta})"));
        shorter.push(format!("{words}{SEPARATOR}{cause} {delta}"));
        shorter.push(format!("{cause} {delta}"));
    }
    Some(Development { parts, shorter })
}

/// Parts for one snapshot: the function with the largest self, and the largest function of the program's own code.
fn single(answer: &Answer) -> (Vec<String>, Option<NextStep>) {
    if let Some(Finding::UpsideDown(_)) = upside_down(answer) {
        return (vec!["stacks look inverted: callers are where callees should be".to_owned()], Some(NextStep::Flip));
    }
    let (frames, unit) = (answer.tree.frames(), unit(answer));
    let by_frame;
    let flat = if let Some(flat) = answer.flat(answer.query.sample_type) {
        flat
    } else {
        by_frame = Flat::by_frame(&answer.tree, &answer.column);
        &by_frame
    };
    if let Some(parts) = level_change(answer, flat) {
        return (parts, None);
    }
    let (whole, per) = (answer.column.abs_share_base(), per_words(&answer.window_sums[answer.query.sample_type]));
    let share = |figure: i64| figure as f64 / whole.max(1) as f64 * 100.0;
    let largest = frames
        .ids()
        .filter(|frame| *frame != FrameId::ROOT)
        .max_by_key(|frame| (flat.own(*frame), std::cmp::Reverse(*frame)));
    let Some(largest) = largest.filter(|frame| flat.own(*frame) > 0) else {
        let total = unit.long(answer.column.filtered_total().try_into().unwrap_or(i64::MIN));
        let text = if answer.column.own(CallTree::ROOT) > 0 {
            format!("{total}{per} in all, in samples without a stack")
        } else if answer.column.weight(CallTree::ROOT) != 0 {
            format!("{total}{per} in all: no value is above zero")
        } else {
            "nothing to show".to_owned()
        };
        return (vec![text], None);
    };
    let owner = |frame: FrameId| answer.owner(frame);
    let own = flat.own(largest);
    let name = display_name(frames.shown(largest));
    let patterns = answer.code_owners();
    let is_of_allocator = |frame: FrameId| patterns.is_allocator(frames.linker_name(frame));
    let in_allocator = frames.ids().skip(1).filter(|frame| flat.own(*frame) > 0 && is_of_allocator(*frame));
    let in_allocator = in_allocator.fold(0_i64, |sum, frame| sum.saturating_add(flat.own(frame)));
    let is_allocator = answer.language != Language::Go && share(in_allocator) >= ALLOCATOR;
    let mut parts = vec![if is_allocator {
        format!("{} of self is in {}", percent(in_allocator, whole), allocator_of(frames))
    } else {
        format!("{name} {} {} ({}{per})", holds(answer), percent(own, whole), unit.long(own))
    }];
    let mut candidates: Vec<FrameId> = frames
        .ids()
        .filter(|frame| *frame != FrameId::ROOT && *frame != largest)
        .filter(|frame| flat.total(*frame) > 0 && share(flat.total(*frame)) < EVERYWHERE)
        .collect();
    candidates.sort_by_key(|frame| (std::cmp::Reverse(flat.total(*frame)), *frame));
    candidates.truncate(CANDIDATES);
    let own_code = candidates.into_iter().find(|frame| owner(*frame) == Some(CodeOwner::FirstParty));
    if let Some(frame) = own_code.filter(|_| owner(largest) != Some(CodeOwner::FirstParty)) {
        parts.push(format!("own code: {} {}", display_name(frames.shown(frame)), percent(flat.total(frame), whole)));
    }
    (parts, is_allocator.then_some(NextStep::HideAllocator))
}

/// Parts for profiles of the change of memory in use within their duration: the change, and the function that changed
/// most. `None` for other profiles.
fn level_change(answer: &Answer, flat: &Flat) -> Option<Vec<String>> {
    let (query, series) = (&answer.query, &answer.series);
    let is_change = answer.window_sums[query.sample_type].role == Role::Change;
    if !is_change || series.roles()[query.sample_type].kind != MemoryKind::InUse {
        return None;
    }
    let (unit, change) = (unit(answer), flat.total(FrameId::ROOT));
    let covered = series.spans(query.window.members(series, query.instance)).covered;
    let time = if covered > 0 { format!(" in {}", Unit::Nanoseconds.long(covered)) } else { String::new() };
    let per = per_words(&answer.window_sums[query.sample_type]);
    let size = format!("{}{per}", unit.long(change.saturating_abs()));
    let mut parts = vec![match change {
        0 => format!("in use did not change{time}"),
        1.. => format!("in use grew by {size}{time}"),
        _ => format!("in use fell by {size}{time}"),
    }];
    let frames = answer.tree.frames();
    let largest =
        frames.ids().filter(|frame| *frame != FrameId::ROOT).max_by_key(|frame| flat.own(*frame).unsigned_abs());
    if let Some(largest) = largest.filter(|frame| flat.own(*frame) != 0) {
        parts.push(format!("{} {}", display_name(frames.shown(largest)), unit.signed_long(flat.own(largest))));
    }
    Some(parts)
}

/// Name of the allocator whose functions are among the frames.
fn allocator_of(frames: &Frames) -> &'static str {
    const KNOWN: [(&str, &str); 6] = [
        ("jemalloc", "jemalloc"),
        ("rjem_", "jemalloc"),
        ("prof_backtrace", "jemalloc"),
        ("tcmalloc", "tcmalloc"),
        ("mimalloc", "mimalloc"),
        ("mi_heap", "mimalloc"),
    ];
    let name = |frame: FrameId| KNOWN.iter().find(|(part, _)| frames.linker_name(frame).contains(part));
    frames.ids().skip(1).find_map(name).map_or("the allocator", |(_, name)| name)
}
