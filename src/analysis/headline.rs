//! Headline: the answer in one sentence, before any figure.

use std::cmp::Ordering;

use crate::analysis::column::rounded;
use crate::analysis::derive::{ChangeVerdict, Course, LevelChange, SideChange, TotalChange};
use crate::analysis::filter::CodeOwner;
use crate::analysis::health::{not_memory, upside_down};
use crate::analysis::{Answer, CallTree, Finding, Flat, Frames, Granularity, Per, Trends, WindowSum};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::FrameId;
use crate::base::names::{Language, short_forms};
use crate::base::safe_text::display_name;
use crate::base::units::{Unit, commas_u64, counted, counted_as, in_parentheses, percent};
use crate::profile::{MemoryKind, Role};

/// Share of all self, in percent, from which an allocator hides the functions that allocate.
const ALLOCATOR: f64 = 90.0;
/// Share of the total, in percent, from which a function is on nearly every path and therefore tells nothing.
const EVERYWHERE: f64 = 95.0;
/// Share of the total, in percent, below which the largest function is no answer: the memory is spread evenly.
const SPREAD: f64 = 1.0;
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
    } else if let Some(change) = TotalChange::of(answer) {
        let verdict = change.verdict(answer);
        let (mut parts, next) = match &change {
            TotalChange::Sides(sides) => {
                shorter = two_sides(answer, sides, verdict).to_vec();
                (shorter[..1].to_vec(), NextStep::Compare)
            }
            TotalChange::Levels(levels) => {
                let development = series(answer, levels, verdict, trends);
                shorter = development.shorter;
                (development.parts, NextStep::Trend)
            }
        };
        let is_of_window = matches!(&change, TotalChange::Levels(levels) if levels.window == answer.query.window);
        match (&change, is_of_window) {
            (TotalChange::Sides(_), false) => parts.extend(single(answer).0.parts.into_iter().take(1)),
            // What the newest snapshot holds comes before the way there.
            (TotalChange::Levels(_), false) => {
                let held = single(answer).0.parts.into_iter().next().unwrap_or_default();
                // The last form has the change alone.
                let change = shorter.first().and_then(|form| form.split(SEPARATOR).next()).map(str::to_owned);
                let forms = shorter.iter().take(2).chain(&change);
                shorter = forms.map(|form| format!("{held}{SEPARATOR}series {form}")).collect();
                parts[0] = format!("series {}", parts[0]);
                parts.insert(0, held);
            }
            (_, true) => {}
        }
        (parts, Some(next))
    } else {
        let (single, next) = single(answer);
        shorter = single.shorter;
        (single.parts, next)
    };
    // A single snapshot says so itself.
    if next != Some(NextStep::Flip) && upside_down(answer).is_some() {
        return inverted(parts);
    }
    Headline { text: parts.join(SEPARATOR), shorter, next }
}

/// Headline of several snapshots whose stacks look inverted: the change of the total, which holds all the same. Functions
/// that explain it would be the wrong ends of the stacks.
fn inverted(parts: Vec<String>) -> Headline {
    let alone = "stacks look inverted".to_owned();
    let parts: Vec<String> = parts.into_iter().take(1).chain([alone.clone()]).collect();
    Headline { text: parts.join(SEPARATOR), shorter: vec![alone], next: Some(NextStep::Flip) }
}

/// Part for two builds, or for a base that is not compared yet: the difference of the newer total. The long form comes
/// first, then one without a verb, and one without a ratio.
fn two_sides(answer: &Answer, sides: &SideChange, verdict: ChangeVerdict) -> [String; 3] {
    let per = per_words(&sides.current);
    let [then, now] = sides.totals(answer);
    let (unit, change, name) = (unit(answer), now.saturating_sub(then), sides.base_name);
    let size = unit.long(change.saturating_abs());
    // A window of other snapshots is not what is compared.
    let subject = if sides.window == answer.query.window { "" } else { "the newest build " };
    let verb = holds(answer);
    let ratio = if change == 0 { String::new() } else { in_parentheses(change, then) };
    let noise = if change == 0 { "" } else { noise_words(verdict) };
    let short = match change {
        0 => format!("as much as {name}{per}"),
        1.. => format!("{size} more than {name}{per}"),
        _ => format!("{size} less than {name}{per}"),
    };
    [format!("{subject}{verb} {short}{ratio}{noise}"), format!("{short}{ratio}{noise}"), format!("{short}{noise}")]
}

/// Suffix of a change within noise; empty for others.
fn noise_words(verdict: ChangeVerdict) -> &'static str {
    match verdict {
        ChangeVerdict::Within => ", within sampling noise",
        ChangeVerdict::Beyond | ChangeVerdict::Pending => "",
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
    let changes = &base.changes;
    let explanations = changes.explanations(change);
    let explanation = explanations.iter().find(|explanation| !explanation.sites.is_empty());
    // A total can change beyond noise without any site that does, and a site without the total.
    let verdict = match answer.net_noise().filter(|_| change != 0) {
        Some(noise) if noise.covers(change) => ", within sampling noise",
        Some(_) if explanation.is_none() => ", beyond sampling noise",
        _ => "",
    };
    let mut parts = vec![match change {
        0 if base.ratio.is_some() => "the totals are made equal".to_owned(),
        0 => format!("B {verb} as much as A{per}"),
        1.. => format!("B {verb} {size} more than A{per}{verdict}"),
        _ => format!("B {verb} {size} less than A{per}{verdict}"),
    }];
    if let Some(explanation) = explanation {
        let (share, noun) = (percent(explanation.explained(), explanation.sum), explanation.noun);
        let sites = counted_as(explanation.sites.len(), "site explains", "sites explain");
        parts.push(format!("{sites} {share} of the {noun}"));
    } else if base.noise.is_some() && (changes.grew, changes.shrank) != (0, 0) {
        parts.push("no single site beyond noise".to_owned());
    }
    (parts, explanation.map(|_| NextStep::Explain))
}

/// Parts of a headline, the most important one first.
#[derive(Default)]
struct HeadlineParts {
    parts: Vec<String>,
    /// Shorter forms of all parts together, the longest first.
    shorter: Vec<String>,
}

impl HeadlineParts {
    /// One part without a shorter form.
    fn one(part: String) -> Self {
        Self { parts: vec![part], ..Self::default() }
    }
}

/// Parts for a series of levels over a window: its first and last level, and the function that keeps growing.
fn series(answer: &Answer, found: &LevelChange, verdict: ChangeVerdict, trends: Option<&Trends>) -> HeadlineParts {
    let (query, levels, span) = (&answer.query, &found.levels, found.span);
    let (window, divisor, sum) = (found.window, found.divisor, &answer.window_sums[query.sample_type]);
    let divided = |figure: i64, divisor: i64| rounded(i128::from(figure), divisor);
    let (unit, per) = (unit(answer), per_words(sum));
    let long = |level: Option<&i64>| unit.long(divided(level.copied().unwrap_or(0), divisor));
    let [first, last, least, most] =
        [levels.first(), levels.last(), levels.iter().min(), levels.iter().max()].map(long);
    let over = if span > 0 { format!(" in {}", Unit::Nanoseconds.long(span)) } else { String::new() };
    // Trends of another window do not apply to this one.
    let trends = trends.filter(|trends| trends.window == window);
    // A total that stays near its level is said to change as soon as a function is named that grows.
    let course = match found.course {
        Course::Stays if trends.is_some_and(|trends| !trends.findings.is_empty()) => {
            match levels.last().cmp(&levels.first()) {
                Ordering::Greater => Course::Grew,
                Ordering::Less => Course::Fell,
                Ordering::Equal => Course::Stays,
            }
        }
        course => course,
    };
    let words = match (course, verdict) {
        (Course::Grew, ChangeVerdict::Beyond) => format!("grew {first} → {last}{per}"),
        (Course::Fell, ChangeVerdict::Beyond) => format!("fell {first} → {last}{per}"),
        (Course::Grew | Course::Fell, _) => format!("{first} → {last}{per}"),
        (Course::Stays, _) => format!("stays near {last}{per}"),
        (Course::Moves, ChangeVerdict::Within) => format!("between {least} and {most}{per}"),
        (Course::Moves, _) => format!("moves between {least} and {most}{per}"),
    };
    let noise = if course == Course::Stays { "" } else { noise_words(verdict) };
    let mut parts = vec![format!("{words}{over}{noise}")];
    let mut shorter = vec![words.clone()];
    if let Some((trends, finding)) = trends.and_then(|trends| Some((trends, trends.findings.first()?))) {
        let cause = display_name(answer.tree.frames().shown(finding.cause)).to_owned();
        // Trends are those of an instance.
        let by = if let Per::Operations(_) = sum.per { divisor } else { 1 };
        let delta = unit.signed_long(divided(finding.delta, by));
        let (grows, doubt) = trends.growth_words();
        let part = format!("{cause} {grows} ({})", finding.with_restarts(delta.clone()));
        parts.push(if doubt.is_empty() { part.clone() } else { format!("{part}, {doubt}") });
        shorter = vec![
            format!("{words}{SEPARATOR}{part}"),
            format!("{words}{SEPARATOR}{cause} {delta}"),
            format!("{cause} {delta}"),
        ];
    }
    HeadlineParts { parts, shorter }
}

/// Parts for one snapshot: the function with the largest self, and the largest function of the program's own code.
fn single(answer: &Answer) -> (HeadlineParts, Option<NextStep>) {
    if let Some(Finding::UpsideDown(_)) = upside_down(answer) {
        let part = "stacks look inverted: callers are where callees should be".to_owned();
        return (HeadlineParts::one(part), Some(NextStep::Flip));
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
        return (HeadlineParts { parts, ..HeadlineParts::default() }, None);
    }
    let (whole, per) = (answer.column.abs_share_base(), per_words(&answer.window_sums[answer.query.sample_type]));
    let share = |figure: i64| figure as f64 / whole.max(1) as f64 * 100.0;
    let largest = frames
        .ids()
        .filter(|frame| *frame != FrameId::ROOT)
        .max_by_key(|frame| (flat.own(*frame), std::cmp::Reverse(*frame)));
    let Some(largest) = largest.filter(|frame| flat.own(*frame) > 0) else {
        let total = unit.long(answer.column.filtered_total());
        let text = if answer.column.wraps() {
            format!("{total}{per} in all: sums of functions exceed 64 bits")
        } else if answer.column.own(CallTree::ROOT) > 0 {
            format!("{total}{per} in all, in samples without a stack")
        } else if answer.column.weight(CallTree::ROOT) != 0 {
            format!("{total}{per} in all: no value is above zero")
        } else {
            "nothing to show".to_owned()
        };
        return (HeadlineParts::one(text), None);
    };
    let owner = |frame: FrameId| answer.owner(frame);
    let own = flat.own(largest);
    let name = display_name(frames.shown(largest));
    let patterns = answer.code_owners();
    let is_of_allocator = |frame: FrameId| patterns.is_allocator(frames.linker_name(frame));
    let in_allocator = frames.ids().skip(1).filter(|frame| flat.own(*frame) > 0 && is_of_allocator(*frame));
    let in_allocator = in_allocator.fold(0_i64, |sum, frame| sum.saturating_add(flat.own(frame)));
    let is_allocator = answer.language != Language::Go && share(in_allocator) >= ALLOCATOR;
    let mut shorter = Vec::new();
    let mut parts = vec![if is_allocator {
        format!("{} of self is in {}", percent(in_allocator, whole), allocator_of(frames))
    } else if share(own) < SPREAD {
        let count = frames.ids().skip(1).filter(|frame| flat.own(*frame) > 0).count();
        format!(
            "spread over {}, none above {} ({}{per})",
            frame_count(answer, count),
            percent(own, whole),
            unit.long(own)
        )
    } else {
        format!("{name} {} {} ({}{per})", holds(answer), percent(own, whole), unit.long(own))
    }];
    let mut candidates: Vec<FrameId> = frames
        .ids()
        .filter(|frame| *frame != FrameId::ROOT && *frame != largest)
        .filter(|frame| (SPREAD..EVERYWHERE).contains(&share(flat.total(*frame))))
        .collect();
    candidates.compact_sort_by_key(|frame| (std::cmp::Reverse(flat.total(*frame)), *frame));
    candidates.truncate(CANDIDATES);
    let own_code = candidates.into_iter().find(|frame| owner(*frame) == Some(CodeOwner::FirstParty));
    if let Some(frame) = own_code.filter(|_| owner(largest) != Some(CodeOwner::FirstParty)) {
        let part = |name: &str| format!("own code: {name} {}", percent(flat.total(frame), whole));
        let name = frames.shown(frame);
        let short_names = short_forms(answer.language, name).into_iter();
        shorter.extend(short_names.map(|name| [&*parts[0], &part(display_name(&name))].join(SEPARATOR)));
        parts.push(part(display_name(name)));
    }
    (HeadlineParts { parts, shorter }, is_allocator.then_some(NextStep::HideAllocator))
}

/// A number of frames, in words.
fn frame_count(answer: &Answer, count: usize) -> String {
    match answer.query.shape.granularity {
        Granularity::Functions | Granularity::FileFunctions => counted(count, "function"),
        other => format!("{} {}", commas_u64(count as u64), other.word()),
    }
}

/// Parts for profiles of the change of memory in use within their duration: the change, and the function that changed
/// most beyond sampling noise. `None` for other profiles.
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
    let noise = answer.noise.as_ref().map(|noise| noise.total(&answer.tree, CallTree::ROOT));
    let noise = if noise.is_some_and(|noise| noise.covers(change)) { ", within sampling noise" } else { "" };
    let mut parts = vec![match change {
        0 => format!("in use did not change{time}"),
        1.. => format!("in use grew by {size}{time}{noise}"),
        _ => format!("in use fell by {size}{time}{noise}"),
    }];
    let frames = answer.tree.frames();
    let is_noise =
        |frame: FrameId| answer.noise.as_ref().is_some_and(|noise| noise.frame_own(frame).covers(flat.own(frame)));
    let changed = frames.ids().filter(|frame| *frame != FrameId::ROOT && flat.own(*frame) != 0 && !is_noise(*frame));
    if let Some(largest) = changed.max_by_key(|frame| flat.own(*frame).unsigned_abs()) {
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
