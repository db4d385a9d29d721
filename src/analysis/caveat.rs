//! Caveats of a comparison: times of both windows, and differences between them that make their change hard to compare.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::analysis::derive::{Answer, Side};
use crate::analysis::instances::side_snapshots;
use crate::analysis::query::BaseInstance;
use crate::analysis::timeline::UnknownGrowth;
use crate::analysis::window::{Per, Window};
use crate::base::units::{Unit, commas, counted};
use crate::profile::{Header, MemoryKind, Role, Sampling, Series, sampling_of, union_length};

/// Factor between totals above which a caveat is given.
const UNLIKE: f64 = 2.0;

/// Properties of the snapshots of a window, taken together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowFacts {
    /// Number of snapshots.
    pub snapshots: usize,
    /// Time of the first snapshot, in nanoseconds since 1970; `None` if no snapshot has a time.
    pub from: Option<i64>,
    /// Time of the last snapshot, in nanoseconds since 1970; `None` if no snapshot has a time.
    pub to: Option<i64>,
    /// Distinct build ids of the first mappings, safe to show.
    pub builds: Vec<String>,
    /// Distinct sampling periods, as text.
    pub rates: Vec<String>,
    /// Nanoseconds that the snapshots cover: those from the first to the last one, or those within which all of them tell
    /// what changed.
    pub span: i64,
    /// True if all snapshots tell what changed within a time; `None` if it is not known.
    pub is_of_changes: Option<bool>,
    /// Largest number of snapshots of one process, if the figures grow with it; `None` if they do not, or if it is not
    /// known.
    pub growth_snapshots: Option<usize>,
}

impl WindowFacts {
    /// Collects the facts of a window, for one instance or for all.
    pub fn of(series: &Series, window: Window, instance: Option<usize>) -> Self {
        Self::of_snapshots(series, &window.members(series, instance).collect::<Vec<_>>())
    }

    /// Collects the facts of a side of an answer, over the instances that its figures are of.
    pub fn of_side(answer: &Answer, which: Side) -> Self {
        Self::of_snapshots(&answer.series, &side_snapshots(answer, which))
    }

    /// Sets the number of snapshots of a side whose figures grow with it: those of the window for growth, those that are
    /// added up for changes.
    #[must_use]
    pub fn with_growth_snapshots(self, answer: &Answer, which: Side) -> Self {
        let sums = match which {
            Side::A => answer.base.as_ref().map(|base| &base.window_sums),
            Side::B => Some(&answer.window_sums),
        };
        let Some(sum) = sums.map(|sums| &sums[answer.query.sample_type]) else { return self };
        let snapshots = match sum.role {
            _ if sum.is_growth() => side_snapshots(answer, which),
            Role::Change => sum.terms.iter().map(|(at, _)| *at).collect(),
            _ => return self,
        };
        let mut counted: BTreeMap<(usize, usize), BTreeSet<usize>> = BTreeMap::new();
        for at in snapshots {
            let member = answer.series.snapshots()[at].membership;
            counted.entry((member.instance, member.lane)).or_default().insert(member.copy_of.unwrap_or(at));
        }
        Self { growth_snapshots: counted.values().map(BTreeSet::len).max(), ..self }
    }

    fn of_snapshots(series: &Series, members: &[usize]) -> Self {
        let mut facts = Self::default();
        let mut merged = Vec::new();
        for snapshot in members.iter().map(|at| &series.snapshots()[*at]) {
            facts.snapshots += 1;
            let header = &snapshot.header;
            if header.time_nanos != 0 {
                facts.from = Some(facts.from.map_or(header.time_nanos, |from| from.min(header.time_nanos)));
                facts.to = Some(facts.to.map_or(header.time_nanos, |to| to.max(header.time_nanos)));
            }
            merged.extend(
                header
                    .merge
                    .as_ref()
                    .map(|merge| (header.time_nanos, header.time_nanos.saturating_add(merge.span_nanos.max(0)))),
            );
            // The first mapping is the main binary; libraries after it say little about the deployed build.
            let build = header.build_ids.first().map(|build| build.shown().to_owned());
            facts.builds.extend(build.filter(|build| !facts.builds.contains(build)));
            facts.rates.extend(rate_words(header).filter(|rate| !facts.rates.contains(rate)));
        }
        // Changes among levels are in no figure.
        let is_level = |at: &usize| !series.snapshots()[*at].is_of_changes();
        let is_of_changes = !members.iter().any(is_level);
        facts.is_of_changes = Some(is_of_changes);
        // Instances share their time.
        let covered = if is_of_changes { series.spans(members.iter().copied()).covered } else { 0 };
        let covered = covered.saturating_add(union_length(merged));
        let between = || series.time_span(members.iter().copied().filter(|at| is_of_changes || is_level(at)));
        facts.span = if covered > 0 { covered } else { between() };
        facts
    }
}

/// Sampling period that a profile states, with its unit; `None` if it states none.
fn rate_words(header: &Header) -> Option<String> {
    let bytes = header.period_bytes();
    // A period of one byte or one event is no sampling, and says nothing unless the runtime records every object.
    let is_more = bytes.map_or(header.period > 1, |bytes| bytes > 1);
    let is_stated = header.period > 0 && (is_more || sampling_of(header).0 == Sampling::Exact);
    is_stated.then(|| match (bytes.and_then(|bytes| i64::try_from(bytes).ok()), header.period_type.unit.raw()) {
        (Some(bytes), _) => Unit::Bytes.short(bytes),
        (None, unit) => match Unit::of(unit) {
            Unit::Count => commas(header.period),
            unit => unit.short(header.period),
        },
    })
}

/// Difference that makes two windows hard to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caveat {
    /// Both windows have the same snapshots.
    Same,
    /// One window has levels, the other the changes within a time.
    Roles,
    /// One window counts since its process began, the other between its snapshots.
    Growth,
    /// Both windows are of benchmarks, which may have run different numbers of times.
    Benchmarks,
    /// The windows are of different builds.
    Builds,
    /// The windows were sampled at different rates: that of the base, and the current one.
    Rates(String, String),
    /// Counters cover different durations, in nanoseconds: that of the base, and the current one.
    Spans(i64, i64),
    /// Counters cover different numbers of snapshots, whose times are not known: that of the base, and the current one.
    Counts(usize, usize),
    /// The current window contains its base; the number of snapshots of the base.
    Contained(usize),
    /// The totals differ by more than a factor of two; the factor in tenths.
    Totals(u64),
}

impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("both windows are the same: nothing can have changed"),
            Self::Roles => f.write_str(
                "one of the windows has levels, the other changes within its time: the difference is neither",
            ),
            Self::Growth => f.write_str(
                "one side counts since its process began, the other between its snapshots: they do not compare",
            ),
            Self::Benchmarks => f.write_str(
                "both windows are of benchmarks, which may have run different numbers of times: totals do not compare; \
                 `--per N:M` divides them by the runs of B and of A",
            ),
            Self::Builds => f.write_str("the windows are of different builds; frames are matched by name"),
            Self::Rates(base, current) => {
                write!(f, "sampled every {base} in the base and every {current} now; small sites compare badly")
            }
            Self::Spans(base, current) => write!(
                f,
                "the base covers {}, the current window {}; what is allocated grows with time",
                Unit::Nanoseconds.short(*base),
                Unit::Nanoseconds.short(*current)
            ),
            Self::Counts(base, current) => write!(
                f,
                "the base has {}, the current window {current}, and their times are not known; what is allocated grows \
                 with time",
                counted(*base, "snapshot")
            ),
            Self::Contained(count) => {
                write!(
                    f,
                    "the window contains its base ({}), which hides a part of the change",
                    counted(*count, "snapshot")
                )
            }
            Self::Totals(tenths) => write!(
                f,
                "the totals differ {}.{}-fold",
                commas(i64::try_from(tenths / 10).unwrap_or(i64::MAX)),
                tenths % 10
            ),
        }
    }
}

/// Differences that make the two windows of an answer hard to compare; empty without a base.
pub fn caveats(answer: &Answer) -> Vec<Caveat> {
    let (Some(window), Some(base)) = (answer.query.base, &answer.base) else { return Vec::new() };
    let series = &answer.series;
    let [then, now] =
        [Side::A, Side::B].map(|which| WindowFacts::of_side(answer, which).with_growth_snapshots(answer, which));
    let mut found = Vec::new();
    let has_same_instances = answer.query.base_instance == BaseInstance::Same;
    if has_same_instances && answer.query.base_filters.is_empty() && is_same(series, window, answer.query.window) {
        found.push(Caveat::Same);
    } else {
        found.extend(contained(answer));
    }
    if then.builds != now.builds && !(then.builds.is_empty() || now.builds.is_empty()) {
        found.push(Caveat::Builds);
    }
    found.extend(unlike_rates(&then, &now));
    let sample_type = answer.query.sample_type;
    let [then_role, role] = [base.window_sums[sample_type].role, answer.window_sums[sample_type].role];
    if role != then_role {
        found.push(Caveat::Roles);
    }
    let [then_grows, grows] = [&base.window_sums, &answer.window_sums].map(|sums| sums[sample_type].is_growth());
    if role == then_role && grows != then_grows {
        found.push(Caveat::Growth);
    }
    let is_divided = matches!(answer.query.per, Per::Operations(_) | Per::Counter(_));
    let is_allocated = series.roles()[sample_type].kind == MemoryKind::Allocated;
    if is_allocated && !is_divided && !is_same(series, window, answer.query.window) && has_benchmarks(answer) {
        found.push(Caveat::Benchmarks);
    }
    found.extend(unlike_spans(&then, &now).filter(|_| grows_with_time(role)));
    let (one, other) = (base.column.fraction(), answer.unscaled().fraction());
    let factor = one.max(other) / one.min(other);
    // Nothing is a multiple of a total that is not above zero.
    if base.ratio.is_none() && one.min(other) > 0.0 && factor > UNLIKE {
        found.push(Caveat::Totals((factor * 10.0) as u64));
    }
    found
}

/// Caveat about different sampling rates of the base and the current window; `None` where a side has none.
pub fn unlike_rates(base: &WindowFacts, current: &WindowFacts) -> Option<Caveat> {
    let is_known = !base.rates.is_empty() && !current.rates.is_empty();
    (is_known && base.rates != current.rates).then(|| Caveat::Rates(base.rates.join(", "), current.rates.join(", ")))
}

/// Caveat about different durations of the base and the current window, for figures that grow with time. Where the times
/// of a side are not known, their numbers of snapshots are compared.
pub fn unlike_spans(base: &WindowFacts, current: &WindowFacts) -> Option<Caveat> {
    let (short, long) = (base.span.min(current.span), base.span.max(current.span));
    if short > 0 {
        // Two recordings of the same length may differ by a tenth.
        return (long - short > long / 10).then_some(Caveat::Spans(base.span, current.span));
    }
    let (base, current) = base.growth_snapshots.zip(current.growth_snapshots)?;
    (base.abs_diff(current) > base.max(current) / 10).then_some(Caveat::Counts(base, current))
}

/// Caveat about a window of levels or changes that contains its base. Growth over a longer window has a caveat about its
/// time.
fn contained(answer: &Answer) -> Option<Caveat> {
    let sample_type = answer.query.sample_type;
    let [then, now] = [&answer.base.as_ref()?.window_sums, &answer.window_sums].map(|sums| &sums[sample_type]);
    let is_of_sides = answer.query.base_instance != BaseInstance::Same || !answer.query.base_filters.is_empty();
    if is_of_sides || now.is_growth() {
        return None;
    }
    let current: BTreeSet<usize> = now.terms.iter().map(|(at, _)| *at).collect();
    let is_contained = !then.terms.is_empty() && then.terms.iter().all(|(at, _)| current.contains(at));
    is_contained.then_some(Caveat::Contained(then.terms.len()))
}

/// Returns true for figures of which a longer window has more.
pub fn grows_with_time(role: Role) -> bool {
    matches!(role, Role::Counter | Role::Change)
}

/// Returns true if the benchmark runner of a test framework is on the stacks: Go's `testing`, or criterion.
fn has_benchmarks(answer: &Answer) -> bool {
    const RUNNERS: [&str; 3] = ["testing.(*B).runN", "criterion::bencher", "Criterion::bench_function"];
    let frames = answer.tree.frames();
    frames.ids().skip(1).any(|frame| RUNNERS.iter().any(|runner| frames.name(frame).contains(runner)))
}

/// Returns true if two windows have equal snapshots, even under different names.
fn is_same(series: &Series, one: Window, other: Window) -> bool {
    one.count() == other.count()
        && one.snapshots().zip(other.snapshots()).all(|(one, other)| series.is_duplicate(one, other))
}

/// Sentence about instances of a window with one snapshot, whose growth is not known; `None` if there are none.
pub fn without_growth(answer: &Answer, window: Window) -> Option<String> {
    let lanes = answer.timeline.lanes(&answer.series, window, answer.query.instance);
    UnknownGrowth::of(&lanes).map(|unknown| unknown.to_string())
}
