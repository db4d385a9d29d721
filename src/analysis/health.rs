//! Health: facts about the loaded profiles that change the meaning of their figures, each with one sentence of advice.

use std::fmt;

use crate::analysis::activity::Placement;
use crate::analysis::base_instance::base_instances;
use crate::analysis::caveat::WindowFacts;
use crate::analysis::memory::{self, HeapCoverage};
use crate::analysis::profilers::profiler_subtrees;
use crate::analysis::reversed_stacks::{own_weight, reversed_weight};
use crate::analysis::{Answer, CallTree, Pruning, Window, WindowSum, prune};
use crate::base::ids::NodeId;
use crate::base::names::Language;
use crate::base::units::{Unit, counted_as, percent};
use crate::profile::{Counting, Header, Measure, MemoryKind, Role, Sampling, Snapshot, sampling_of};

/// Depth below which no profiler cuts stacks: the smallest limit in the field is 32 frames, less those that the
/// profiler itself leaves out.
const SHALLOWEST_LIMIT: usize = 30;

/// Sentence of [`Finding::Overlap`].
const OVERLAP: &str = "profiles over a duration overlap in time: their sum counts some of the time more than once";
/// Sentence of [`Finding::InUseUnclear`].
const UNCLEAR_LEVEL: &str =
    "the profile covers a duration: in-use may be a change instead of a level, and no negative value shows which";

/// Severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The fact is good to know.
    Info,
    /// Without the fact, figures are misread.
    Warning,
}

impl Severity {
    /// Returns the name of the severity.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
        }
    }
}

/// Fact that changes the meaning of figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Stacks end at the profiler's depth limit; the share of the whole that they hold.
    StacksCut(String),
    /// No file states its sampling, and no default is documented.
    RateUnknown,
    /// No file states its sampling; the runtime's documented default, in bytes.
    RateAssumed(u64),
    /// Two standard deviations of the total are more than half of it; both, as they are shown.
    TooNoisy(String, String),
    /// Objects are not counted, so that standard deviations are upper bounds.
    MarginIsBound,
    /// The profile is not of memory; its kind.
    NotMemory(&'static str),
    /// Records without a stack; their sum, and its share of the whole.
    NoStack(String, String),
    /// Snapshots are of several instances; the number of instances.
    Instances(usize),
    /// Snapshots were sampled at different rates.
    RateChanged(Vec<String>),
    /// In-use is a change and not a level.
    InUseIsChange,
    /// In-use may be a change or a level.
    InUseUnclear,
    /// Sums of a sample type exceed 64 bits; its name.
    SumsWrap(String),
    /// Profiles of the changes within a duration, which are added up, cover the same time.
    Overlap,
    /// Some values are below zero.
    Negative,
    /// Code without names; its share of the whole, and the number of such addresses.
    Unsymbolized(String, usize),
    /// Snapshots are of different builds.
    MixedBuilds(usize),
    /// Processes began anew within the window.
    Restarts(usize),
    /// The profiler's own memory; its share of the whole.
    ProfilerFrames(String),
    /// In-use is as old as the last garbage collection.
    AsOfLastGc,
    /// Some snapshots do not state their time; their number, and that of all snapshots.
    Undated(usize, usize),
    /// Self is mostly in functions in which threads begin; the share of the whole.
    UpsideDown(String),
    /// Part of the runtime's `HeapAlloc` that the profile has.
    HeapExplained(HeapCoverage),
    /// A log was placed reliably in the time of the snapshots.
    LogPlaced(String),
    /// A log was placed by a guess, or not at all, with the reason.
    LogUnsure(String),
    /// The profiler attached to a process that ran already.
    Attached,
    /// A file is damaged, and only its intact part was kept; the file, and the problem.
    Salvaged(String, String),
    /// A rule of the file for frames to drop cannot be applied, with the reason.
    InvalidRule(String),
}

impl Finding {
    /// Identifier for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::StacksCut(_) => "stacks-cut",
            Self::RateUnknown => "rate-unknown",
            Self::RateAssumed(_) => "rate-assumed",
            Self::TooNoisy(..) => "too-noisy",
            Self::MarginIsBound => "margin-is-bound",
            Self::NotMemory(_) => "not-memory",
            Self::NoStack(..) => "no-stack",
            Self::Instances(_) => "instances",
            Self::RateChanged(_) => "rate-changed",
            Self::InUseIsChange => "inuse-is-change",
            Self::InUseUnclear => "inuse-unclear",
            Self::SumsWrap(_) => "sums-wrap",
            Self::Overlap => "overlap",
            Self::Negative => "negative-values",
            Self::Unsymbolized(..) => "unsymbolized",
            Self::MixedBuilds(_) => "mixed-builds",
            Self::Restarts(_) => "restarts",
            Self::ProfilerFrames(_) => "profiler-frames",
            Self::AsOfLastGc => "as-of-last-gc",
            Self::Undated(..) => "undated",
            Self::UpsideDown(_) => "upside-down",
            Self::HeapExplained(_) => "heap-explained",
            Self::LogPlaced(_) => "gc-log",
            Self::LogUnsure(_) => "gc-log-unsure",
            Self::Attached => "attached",
            Self::Salvaged(..) => "salvaged",
            Self::InvalidRule(_) => "frame-rules",
        }
    }

    /// Severity of the finding.
    pub fn severity(&self) -> Severity {
        match self {
            Self::StacksCut(_)
            | Self::UpsideDown(_)
            | Self::Unsymbolized(..)
            | Self::Salvaged(..)
            | Self::InvalidRule(_)
            | Self::RateUnknown
            | Self::TooNoisy(..)
            | Self::NotMemory(_)
            | Self::NoStack(..)
            | Self::RateChanged(_)
            | Self::MixedBuilds(_)
            | Self::LogUnsure(_)
            | Self::InUseIsChange
            | Self::Attached
            | Self::SumsWrap(_)
            | Self::Overlap
            | Self::Negative => Severity::Warning,
            _ => Severity::Info,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StacksCut(share) => write!(
                f,
                "stacks with {share} of the figures end at the profiler's depth limit; they hang at the root, away from \
                 their callers, and totals of those callers lack them"
            ),
            Self::RateUnknown => f.write_str(
                "the file has no sampling rate: no error bars, and it is unknown whether its figures were scaled up",
            ),
            Self::RateAssumed(period) => write!(
                f,
                "the sampling rate is not said; error bars assume the runtime's default, one sample in {}",
                Unit::Bytes.long(i64::try_from(*period).unwrap_or(i64::MAX))
            ),
            Self::TooNoisy(noise, total) => write!(
                f,
                "sampling noise of ±{noise} is more than half of the total of {total}: sample more often to see changes"
            ),
            Self::MarginIsBound => {
                f.write_str("objects are not counted, so that error bars are upper bounds: √(bytes · sampling period)")
            }
            Self::NotMemory(what) => write!(f, "{what}, not memory"),
            Self::NoStack(sum, share) => write!(
                f,
                "{sum} ({share}) are in records without a stack: the profiler took none, and no function has them"
            ),
            Self::Instances(count) => {
                write!(f, "snapshots of {count} instances; each is aggregated by itself, and then they are added up")
            }
            Self::RateChanged(rates) => write!(
                f,
                "snapshots were sampled at different rates ({}); small sites come and go with the rate alone",
                rates.join(", ")
            ),
            Self::InUseIsChange => f.write_str(
                "in-use has values below zero: it tells how much more or less was held at the end, not \
                 what is held",
            ),
            Self::InUseUnclear => f.write_str(UNCLEAR_LEVEL),
            Self::Attached => f.write_str(
                "the profiler attached to a running process: memory that was allocated before is in no figure, and in use \
                 is less than the process holds",
            ),
            Self::SumsWrap(name) => f.write_str(&wrapped_sums(name)),
            Self::Overlap => f.write_str(OVERLAP),
            Self::Negative => f.write_str(
                "some values are below zero; widths are of magnitudes, and a total can be small where much moved",
            ),
            Self::Unsymbolized(share, count) => write!(
                f,
                "{share} of the figures are in code without names ({}); names may be missing above too; \
                 `--binary PATH` takes them from a program or library",
                counted_as(*count, "address", "addresses")
            ),
            Self::MixedBuilds(count) => {
                write!(f, "snapshots are of {count} builds; functions are matched by name, lines may have moved")
            }
            Self::Restarts(1) => f.write_str("the process restarted between snapshots; its counters began at 0 again"),
            Self::Restarts(count) => {
                write!(f, "processes restarted {count} times between snapshots; their counters began at 0 again")
            }
            Self::ProfilerFrames(share) => {
                write!(f, "{share} is the profiler's own memory")
            }
            Self::AsOfLastGc => f.write_str(
                "in-use is as of the last completed garbage collection; what was allocated since is not in it",
            ),
            Self::Salvaged(source, said) => {
                write!(f, "{source} is damaged and only what is whole of it was kept: {said}; totals may be too low")
            }
            Self::Undated(count, of) => f.write_str(&undated(*count, *of)),
            Self::UpsideDown(share) => write!(
                f,
                "stacks look inverted: {share} of self is in thread entry functions; the file may have callers first, so \
                 that what allocates stands at the root"
            ),
            Self::HeapExplained(explained) => f.write_str(&heap_explained(explained)),
            Self::LogPlaced(sentence) | Self::LogUnsure(sentence) | Self::InvalidRule(sentence) => f.write_str(sentence),
        }
    }
}

fn wrapped_sums(name: &str) -> String {
    format!("sums of `{name}` exceed 64 bits: those of functions and frames wrap around as in pprof")
}

fn heap_explained(explained: &HeapCoverage) -> String {
    if explained.profile > explained.heap {
        return format!("{explained}: estimates are above what the runtime counted, by sampling or by time");
    }
    format!(
        "{explained}; the rest was allocated since the last collection, is dead and not yet swept, or was missed by sampling"
    )
}

fn undated(count: usize, of: usize) -> String {
    match (count, of) {
        (1, 1) => "the profile does not say when it was taken".to_owned(),
        (1, of) => format!("1 of the {of} snapshots does not say when it was taken"),
        (count, of) => format!("{count} of the {of} snapshots do not say when they were taken"),
    }
}

/// Findings on the windows of an answer.
pub fn health(answer: &Answer) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(salvaged(answer));
    found.extend(invalid_rule(answer));
    found.extend(sums_wrap(answer));
    found.extend(cut(answer));
    found.extend(upside_down(answer));
    found.extend(not_memory(answer));
    found.extend(no_stack(answer));
    sampling(answer, &mut found);
    values(answer, &mut found);
    found.extend(overlap(answer));
    found.extend(unsymbolized(answer));
    found.extend(profiler(answer));
    series(answer, &mut found);
    beside(answer, &mut found);
    found
}

/// Windows of an answer, each with an instance that its figures are of; `None` for all. The base has several instances if
/// it is the median of two.
fn windows(answer: &Answer) -> impl Iterator<Item = (Window, Option<usize>)> {
    let Answer { series, timeline, query, .. } = answer;
    let of_base = query.base.into_iter().flat_map(move |base| {
        let instances = base_instances(series, timeline, query, base);
        let instances = instances.map_or_else(|| vec![query.instance], |all| all.into_iter().map(Some).collect());
        instances.into_iter().map(move |instance| (base, instance))
    });
    std::iter::once((query.window, query.instance)).chain(of_base)
}

/// Snapshots of the windows and instances of an answer.
fn snapshots(answer: &Answer) -> impl Iterator<Item = &Snapshot> {
    let members = windows(answer).flat_map(|(window, instance)| window.members(&answer.series, instance));
    members.map(|snapshot| &answer.series.snapshots()[snapshot])
}

fn headers(answer: &Answer) -> impl Iterator<Item = &Header> {
    snapshots(answer).map(|snapshot| &snapshot.header)
}

/// Weighted sums of the windows of an answer for its sample type.
fn window_sums(answer: &Answer) -> impl Iterator<Item = &WindowSum> {
    let base = answer.base.as_ref().map(|base| &base.window_sums);
    std::iter::once(&answer.window_sums).chain(base).map(|sums| &sums[answer.query.sample_type])
}

/// Finding for profiles of changes of one instance that a sum adds up although they cover the same time.
pub fn overlap(answer: &Answer) -> Option<Finding> {
    let series = &answer.series;
    let overlaps = |sum: &WindowSum| {
        let mut members: Vec<(usize, usize)> =
            sum.terms.iter().map(|(at, _)| (series.snapshots()[*at].membership.instance, *at)).collect();
        members.sort_unstable();
        sum.role == Role::Change
            && members.chunk_by(|one, next| one.0 == next.0).any(|of_one| {
                let spans = series.spans(of_one.iter().map(|(_, at)| *at));
                spans.covered < spans.total
            })
    };
    window_sums(answer).any(overlaps).then_some(Finding::Overlap)
}

/// Finding for levels that were read from a profile over a duration, in a format that does not say what its duration
/// means.
pub fn unclear_level(answer: &Answer) -> Option<Finding> {
    let is_unclear = |at: &usize| {
        let snapshot = &answer.series.snapshots()[*at];
        snapshot.header.counting == Counting::ByDuration && snapshot.is_of_changes()
    };
    let is_in_use = answer.series.roles()[answer.query.sample_type].kind == MemoryKind::InUse;
    let mut levels = window_sums(answer).filter(|sum| sum.role == Role::Level).flat_map(|sum| &sum.terms);
    (is_in_use && levels.any(|(at, _)| is_unclear(at))).then_some(Finding::InUseUnclear)
}

/// Findings for the files of which only a part was kept.
fn salvaged(answer: &Answer) -> impl Iterator<Item = Finding> {
    headers(answer).filter_map(|header| {
        let said = &header.salvaged.as_ref()?.problem;
        Some(Finding::Salvaged(header.source.shown().to_owned(), said.clone()))
    })
}

/// Finding for rules of frames to drop that cannot be applied, if the query applies them.
pub fn invalid_rule(answer: &Answer) -> Option<Finding> {
    let is_applied = answer.query.shape.pruning == Pruning::FileRules;
    is_applied.then(|| prune::invalid_rule(&answer.series)).flatten().map(Finding::InvalidRule)
}

/// Finding for sums of the sample type that exceed 64 bits, in the window or in the base.
pub fn sums_wrap(answer: &Answer) -> Option<Finding> {
    let base = answer.base.as_ref().map(|base| &base.column);
    let wraps = answer.column.wraps() || base.is_some_and(|base| base.wraps());
    let name = answer.series.sample_types()[answer.query.sample_type].name.shown();
    wraps.then(|| Finding::SumsWrap(name.to_owned()))
}

/// Share of the chosen figures, as text.
fn share(answer: &Answer, weight: u64) -> String {
    let whole = answer.widths.weight(CallTree::ROOT);
    percent(i64::try_from(weight).unwrap_or(i64::MAX), i64::try_from(whole).unwrap_or(i64::MAX))
}

/// Finds stacks that were cut. They hang at the root by the frame that the limit left outermost, and all of them are
/// deep, while a true outermost frame has shallow stacks too.
fn cut(answer: &Answer) -> Option<Finding> {
    let tree = &answer.tree;
    let mut depths = vec![0_u32; tree.len()];
    for node in (1..tree.len()).map(NodeId::new) {
        let above = tree.parent(node).map_or(0, |parent| depths[parent.index()]);
        depths[node.index()] = above + 1;
    }
    let deepest = depths.iter().copied().max().unwrap_or(0) as usize;
    if deepest < SHALLOWEST_LIMIT {
        return None;
    }
    // Frames that the profiler leaves out, and inlined ones, move the limit by a few frames.
    let limit = (deepest - deepest / 10) as u32;
    let is_cut = |top: &NodeId| {
        let range = top.index()..tree.end(*top);
        let ends = |node: usize| answer.widths.weight(NodeId::new(node)) > 0 && tree.end(NodeId::new(node)) == node + 1;
        range.filter(|node| ends(*node)).all(|node| depths[node] >= limit)
    };
    let weigh = |top: NodeId| answer.widths.weight(top);
    let cut: Vec<NodeId> = tree.children(CallTree::ROOT).filter(|top| weigh(*top) > 0).filter(is_cut).collect();
    // A single deep root may be one that has no shallow stack in this profile.
    (cut.len() > 1).then(|| Finding::StacksCut(share(answer, cut.into_iter().map(weigh).sum())))
}

/// Finding for reversed stacks.
pub(super) fn upside_down(answer: &Answer) -> Option<Finding> {
    reversed_weight(answer).map(|own| Finding::UpsideDown(share(answer, own)))
}

fn sampling(answer: &Answer, found: &mut Vec<Finding>) {
    let kind = answer.series.roles()[answer.query.sample_type].kind;
    let samplings: Vec<(Sampling, bool)> = headers(answer).map(sampling_of).collect();
    let assumed = samplings.iter().find_map(|sampling| match sampling {
        (Sampling::Bytes(period), true) => Some(*period),
        _ => None,
    });
    if kind != MemoryKind::Other && samplings.iter().any(|(sampling, _)| *sampling == Sampling::Unknown) {
        found.push(Finding::RateUnknown);
    } else if let Some(period) = assumed.filter(|_| kind != MemoryKind::Other) {
        found.push(Finding::RateAssumed(period));
    }
    margins(answer, found);
    let mut rates: Vec<String> = Vec::new();
    for (window, instance) in windows(answer) {
        for rate in WindowFacts::of(&answer.series, window, instance).rates {
            if !rates.contains(&rate) {
                rates.push(rate);
            }
        }
    }
    if rates.len() > 1 {
        found.push(Finding::RateChanged(rates));
    }
}

/// Size and quality of the error bars.
fn margins(answer: &Answer, found: &mut Vec<Finding>) {
    let base = answer.base.as_ref().and_then(|base| base.noise.as_deref());
    let Some(noise) = answer.noise.as_deref().or(base) else { return };
    if noise.is_bound {
        found.push(Finding::MarginIsBound);
    }
    let margin = 2.0 * noise.total(&answer.tree, CallTree::ROOT).sigma;
    // A comparison has the noise of its difference, which is judged by the larger side.
    let totals = [Some(answer.column.filtered_total()), answer.base.as_ref().map(|base| base.column.filtered_total())];
    let total = totals.into_iter().flatten().max_by_key(|total| total.unsigned_abs()).unwrap_or(0);
    if margin > total.unsigned_abs() as f64 / 2.0 && total != 0 {
        let unit = Unit::of(answer.series.sample_types()[answer.query.sample_type].unit.raw());
        let total = unit.long(i64::try_from(total).unwrap_or(i64::MAX));
        found.push(Finding::TooNoisy(unit.long(margin as i64), total));
    }
}

/// Finding for a profile without any type of memory, named by the kind of the profile.
pub fn not_memory(answer: &Answer) -> Option<Finding> {
    let (roles, types) = (answer.series.roles(), answer.series.sample_types());
    if roles.iter().any(|role| role.kind != MemoryKind::Other) {
        return None;
    }
    let has = |name: &str| types.iter().any(|one| one.name.raw() == name);
    Some(Finding::NotMemory(match () {
        () if has("cpu") || has("cpu-time") => "a CPU profile",
        () if has("goroutine") => "a profile of goroutines",
        () if has("threadcreate") => "a profile of thread creations",
        () if has("contentions") || has("delay") => "a profile of blocking or lock contention",
        () if has("wall") || has("wall-time") => "a wall-clock profile",
        () if types.iter().all(|one| one.name.raw().is_empty()) && is_parked(answer) => "a profile of goroutines",
        () => return None,
    }))
}

/// Returns true if most of the samples are parked goroutines.
fn is_parked(answer: &Answer) -> bool {
    let frames = answer.tree.frames();
    let Some(park) = frames.ids().find(|frame| frames.name(*frame) == "runtime.gopark") else { return false };
    let nodes = answer.tree.node_frames().iter().enumerate().filter(|(_, frame)| **frame == park);
    let parked = nodes.fold(0_i64, |sum, (at, _)| sum.saturating_add(answer.column.own(NodeId::new(at))));
    i128::from(parked) > answer.column.filtered_total() / 2
}

/// Finding for samples of the window that have no stack.
fn no_stack(answer: &Answer) -> Option<Finding> {
    let own = answer.column.own(CallTree::ROOT);
    (own != 0).then(|| {
        let unit = Unit::of(answer.series.sample_types()[answer.query.sample_type].unit.raw());
        Finding::NoStack(unit.long(own), share(answer, own.unsigned_abs()))
    })
}

fn values(answer: &Answer, found: &mut Vec<Finding>) {
    let series = &answer.series;
    let covers_duration = |snapshot: &Snapshot| snapshot.header.duration_nanos > 0 && snapshot.is_of_changes();
    let held: Vec<usize> =
        (0..series.sample_types().len()).filter(|at| series.roles()[*at].kind == MemoryKind::InUse).collect();
    let below = |at: &usize| snapshots(answer).any(|snapshot| snapshot.has_negative(*at));
    let (is_below, is_unclear) = (held.iter().any(below), snapshots(answer).any(covers_duration));
    if is_below || is_unclear && !held.is_empty() {
        found.push(if is_below { Finding::InUseIsChange } else { Finding::InUseUnclear });
    }
    if headers(answer).any(|header| header.counting == Counting::SinceAttach) {
        found.push(Finding::Attached);
    }
    if (0..series.sample_types().len()).any(|at| below(&at)) {
        found.push(Finding::Negative);
    }
    let is_bytes = held.iter().any(|at| series.sample_types()[*at].measure() == Measure::Space);
    if answer.language == Language::Go && is_bytes && !is_below && !is_unclear {
        found.push(Finding::AsOfLastGc);
    }
}

fn unsymbolized(answer: &Answer) -> Option<Finding> {
    let (tree, frames) = (&answer.tree, answer.tree.frames());
    let nameless: Vec<bool> = frames.ids().map(|frame| !frames.is_symbolized(frame)).collect();
    let count = nameless.iter().filter(|nameless| **nameless).count();
    if count == 0 {
        return None;
    }
    let nodes = (0..tree.len()).map(NodeId::new).filter(|node| nameless[tree.frame(*node).index()]);
    let weight = nodes.map(|node| own_weight(answer, node)).fold(0, u64::saturating_add);
    (weight > 0).then(|| Finding::Unsymbolized(share(answer, weight), count))
}

fn profiler(answer: &Answer) -> Option<Finding> {
    let subtrees = profiler_subtrees(&answer.tree);
    let weights = subtrees.iter().map(|subtree| answer.widths.weight(NodeId::new(subtree.start)));
    let weight = weights.fold(0, u64::saturating_add);
    (weight > 0).then(|| Finding::ProfilerFrames(share(answer, weight)))
}

fn series(answer: &Answer, found: &mut Vec<Finding>) {
    let mut builds: Vec<&str> = headers(answer).filter_map(|header| Some(header.build_ids.first()?.raw())).collect();
    builds.sort_unstable();
    builds.dedup();
    if builds.len() > 1 {
        found.push(Finding::MixedBuilds(builds.len()));
    }
    let restarts_in = |(window, instance)| answer.timeline.restarts_in(&answer.series, window, instance);
    let restarts: usize = windows(answer).map(restarts_in).sum();
    if restarts > 0 {
        found.push(Finding::Restarts(restarts));
    }
    let instances = answer.timeline.instances(&answer.series, answer.query.window, answer.query.instance);
    if instances > 1 {
        found.push(Finding::Instances(instances));
    }
    let undated = headers(answer).filter(|header| header.time_nanos == 0).count();
    if undated > 0 {
        found.push(Finding::Undated(undated, headers(answer).count()));
    }
}

/// Adds findings from the runtime's own figures and from logs.
fn beside(answer: &Answer, found: &mut Vec<Finding>) {
    let members = answer.query.window.members(&answer.series, answer.query.instance);
    let explained = members.rev().find_map(|at| HeapCoverage::of(&answer.series, at));
    found.extend(explained.map(Finding::HeapExplained));
    for (log, placed) in answer.series.logs().iter().zip(&answer.timeline.activity.placed) {
        let sentence = memory::placed(log, placed);
        found.push(match placed.how {
            Placement::TimeOfDay | Placement::LastCollection(_) => Finding::LogPlaced(sentence),
            Placement::EndOfSeries | Placement::EvenlySpaced | Placement::Unplaced(_) => Finding::LogUnsure(sentence),
        });
    }
    if answer.timeline.activity.overlaps() {
        found.push(Finding::LogUnsure(
            "logs overlap in time: their collections and pauses are added up, as those of several processes".to_owned(),
        ));
    }
}
