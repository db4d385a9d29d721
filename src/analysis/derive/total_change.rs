//! Change of the total that the headline of an answer without a base names: between two builds, or over the snapshots
//! of a series; with its sampling noise.

use crate::analysis::derive::divisors;
use crate::analysis::noise::WITHIN_NOISE;
use crate::analysis::query::{BaseInstance, OtherTypes};
use crate::analysis::timeline::{BuildsBefore, held_columns};
use crate::analysis::window_sum::{Method, WindowRequest, scaled_by_snapshot};
use crate::analysis::{Answer, CallTree, Noise, NoiseRequest, Per, Timeline, Window, WindowSum, p_values};
use crate::base::limits::Budget;
use crate::profile::{Input, Role, Series};

/// Smallest change, as a fraction of the total, that is named as growth or fall.
const CHANGE: f64 = 0.1;

/// Change of the total that a headline names.
#[derive(Clone, Debug)]
pub(in crate::analysis) enum TotalChange {
    /// Two builds, or a base that is not compared yet.
    Sides(SideChange),
    /// Snapshots of a series of levels.
    Levels(LevelChange),
}

/// Totals of a base and of the window that would be compared with it.
#[derive(Clone, Debug)]
pub(in crate::analysis) struct SideChange {
    /// Name of the base in a sentence.
    pub(in crate::analysis) base_name: &'static str,
    pub(in crate::analysis) base: WindowSum,
    pub(in crate::analysis) current: WindowSum,
    /// Window that would be compared with the base.
    pub(in crate::analysis) window: Window,
}

/// Levels over the snapshots of a window, added up over instances.
#[derive(Clone, Debug)]
pub(in crate::analysis) struct LevelChange {
    pub(in crate::analysis) window: Window,
    /// Levels, not divided.
    pub(in crate::analysis) levels: Vec<i64>,
    /// Nanoseconds from the first to the last snapshot with a level; 0 without times.
    pub(in crate::analysis) span: i64,
    /// Divisor of every level.
    pub(in crate::analysis) divisor: i64,
    /// Direction of the levels before noise is known.
    pub(in crate::analysis) course: Course,
    /// Sums of the two snapshots whose levels the course is about, the earlier one first.
    ends: [WindowSum; 2],
    /// Change between these two, not divided.
    change: i64,
}

/// Course of a series of levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis) enum Course {
    /// The last level is higher than the first.
    Grew,
    /// The last level is lower than the first.
    Fell,
    /// All levels are near the last one.
    Stays,
    /// Levels went up and down by more than half of the way from the first to the last.
    Moves,
}

/// Sampling noise of the change that a headline names.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::analysis) struct ChangeNoise {
    sample_type: usize,
    /// Sums of the change, the earlier or base one first.
    sums: [WindowSum; 2],
    /// Standard deviation of the change, not divided; `None` if it is not known.
    sigma: Option<f64>,
}

/// Verdict on the change that a headline names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis) enum ChangeVerdict {
    /// The noise is not computed yet.
    Pending,
    /// The change is beyond sampling noise, or noise is not known.
    Beyond,
    /// The change is within sampling noise.
    Within,
}

impl TotalChange {
    /// Change of the total of an answer; `None` in a comparison, and where there is nothing to compare.
    pub(in crate::analysis) fn of(answer: &Answer) -> Option<Self> {
        if answer.base.is_some() {
            return None;
        }
        if let Some(sides) = SideChange::of(answer) {
            return Some(Self::Sides(sides));
        }
        let window = answer.query.window;
        let levels = LevelChange::of(answer, window).or_else(|| {
            // The newest snapshot stands at the end of the series.
            let all = Window::all(&answer.series, Input::Current)?;
            let is_newest = window == Window::at(all.last) && all.count() > 1;
            if is_newest { LevelChange::of(answer, all) } else { None }
        });
        levels.map(Self::Levels)
    }

    /// Verdict on the change by the noise of its answer.
    pub(in crate::analysis) fn verdict(&self, answer: &Answer) -> ChangeVerdict {
        let is_of_this = |noise: &&ChangeNoise| noise.sums == self.sums();
        match (answer.change_noise.as_deref().filter(is_of_this), answer.query.other_types) {
            (None, OtherTypes::Never) => ChangeVerdict::Beyond,
            (None, OtherTypes::Now | OtherTypes::Later) => ChangeVerdict::Pending,
            (Some(noise), _) => match noise.sigma {
                Some(sigma) if self.p_value(answer, sigma) >= p_values::normal(WITHIN_NOISE) => ChangeVerdict::Within,
                _ => ChangeVerdict::Beyond,
            },
        }
    }

    fn sums(&self) -> [WindowSum; 2] {
        match self {
            Self::Sides(sides) => [sides.base.clone(), sides.current.clone()],
            Self::Levels(levels) => levels.ends.clone(),
        }
    }

    /// Probability that sampling alone gives such a change. The least and the greatest of n levels are two of n·(n − 1)/2
    /// pairs.
    fn p_value(&self, answer: &Answer, sigma: f64) -> f64 {
        let (change, pairs) = match self {
            Self::Sides(sides) => {
                let [then, now] = sides.totals(answer);
                (now.saturating_sub(then), 1)
            }
            Self::Levels(levels) if levels.course == Course::Moves => {
                (levels.change, levels.levels.len() * (levels.levels.len() - 1) / 2)
            }
            Self::Levels(levels) => (levels.change, 1),
        };
        if sigma > 0.0 { p_values::normal(change.unsigned_abs() as f64 / sigma) * pairs as f64 } else { 0.0 }
    }
}

impl SideChange {
    fn of(answer: &Answer) -> Option<Self> {
        let (series, query) = (&answer.series, &answer.query);
        let deploy = || Timeline::deploy(series).filter(|_| query.base_instance == BaseInstance::Same);
        let base_name = match (series.range_of(Input::Base).is_empty(), deploy().map(|deploy| deploy.before)) {
            (false, _) => "the base",
            (true, Some(BuildsBefore::One)) => "the build before",
            (true, Some(BuildsBefore::Mixed)) => "the builds before",
            (true, None) => return None,
        };
        // The filtered sums of a base with other filters are not known before the comparison.
        if !query.base_filters.is_empty() {
            return None;
        }
        let compared = query.compared(series)?;
        let (base, window) = (compared.base?, compared.window);
        let (per, base_per) = divisors(series, &answer.timeline, &compared);
        let sample_type = query.sample_type;
        let sum = |window: Window, per: Per| {
            let (aggregate, instance, role) = (query.aggregate, query.instance, query.role);
            let request = WindowRequest { sample_type, window, aggregate, per, instance, role };
            WindowSum::filtered(series, &answer.timeline, &request, &answer.filtered)
        };
        Some(Self { base_name, base: sum(base, base_per), current: sum(window, per), window })
    }

    /// Totals of the base and of the window.
    pub(in crate::analysis) fn totals(&self, answer: &Answer) -> [i64; 2] {
        let total = |sum: &WindowSum| sum.sum_of(|at| i128::from(filtered_total(answer, at))).round() as i64;
        [total(&self.base), total(&self.current)]
    }
}

impl LevelChange {
    /// Levels over a window; `None` for a single snapshot of each instance, and for counters.
    fn of(answer: &Answer, window: Window) -> Option<Self> {
        let (series, query) = (&answer.series, &answer.query);
        let lanes = answer.timeline.level_lanes(series, window, query.instance);
        let sum = &answer.window_sums[query.sample_type];
        if sum.role != Role::Level || lanes.iter().all(|lane| lane.snapshots.len() < 2) {
            return None;
        }
        let divisor = match &sum.per {
            Per::Auto | Per::All => 1,
            Per::Operations(count) => i64::try_from(count.get()).unwrap_or(i64::MAX),
            Per::Instance if sum.merged.is_none() => answer.timeline.instances(series, window, query.instance) as i64,
            // The divisor of a snapshot is not that of the window.
            Per::Instance | Per::Counter(_) => return None,
        };
        let levels = answer.timeline.carried(series, window, query.instance, |at| {
            series.snapshots()[at].level_converter()(filtered_total(answer, at))
        });
        let (first, last) = (*levels.first()?, *levels.last()?);
        // Without any value, as after filters that drop every sample, there is no growth to name.
        if (first, last) == (0, 0) {
            return None;
        }
        let [least, most] = extremes(&levels);
        let course = course(&levels, [levels[least], levels[most]]);
        let places = if course == Course::Moves { [least.min(most), least.max(most)] } else { [0, levels.len() - 1] };
        let ends = places.map(|place| {
            // Each lane has the snapshot whose level holds at the place.
            let held = |snapshots: &[usize]| {
                held_columns(series, snapshots, window)
                    .into_iter()
                    .find(|(_, columns)| columns.contains(&place))
                    .map(|(at, _)| (at, 1))
            };
            level_sum(series, lanes.iter().filter_map(|lane| held(&lane.snapshots)).collect(), sum)
        });
        let change = levels[places[1]].saturating_sub(levels[places[0]]);
        let span = series.time_span(lanes.iter().flat_map(|lane| lane.snapshots.iter().copied()));
        Some(Self { window, levels, span, divisor: divisor.max(1), course, ends, change })
    }
}

/// Positions of the least and of the greatest level.
fn extremes(levels: &[i64]) -> [usize; 2] {
    let level = |at: &usize| levels[*at];
    [(0..levels.len()).min_by_key(level), (0..levels.len()).max_by_key(level)].map(Option::unwrap_or_default)
}

/// Course of levels, of which the least and the greatest are known.
fn course(levels: &[i64], [least, most]: [i64; 2]) -> Course {
    let [first, last] = [levels.first(), levels.last()].map(|level| level.copied().unwrap_or(0));
    let change = last.saturating_sub(first) as f64 / first.saturating_abs().max(1) as f64;
    let is_near = |level: i64| (level as f64 - last as f64).abs() <= CHANGE * (last as f64).abs();
    // Levels that came back by more than half of the way from the first to the last have no direction.
    let has_direction = returned(levels) as f64 <= last.saturating_sub(first).saturating_abs() as f64 / 2.0;
    match () {
        () if change > CHANGE && has_direction => Course::Grew,
        () if change < -CHANGE && has_direction => Course::Fell,
        () if is_near(least) && is_near(most) => Course::Stays,
        () => Course::Moves,
    }
}

/// Largest way against the direction from the first to the last level: from the highest level so far down, or from the
/// lowest one so far up.
fn returned(levels: &[i64]) -> i64 {
    let is_growth = levels.last() > levels.first();
    let (mut extreme, mut most) = (levels.first().copied().unwrap_or(0), 0_i64);
    for level in levels {
        extreme = if is_growth { extreme.max(*level) } else { extreme.min(*level) };
        most = most.max(extreme.saturating_sub(*level).saturating_abs());
    }
    most
}

/// Sum of the levels of some snapshots; those that a store merged are divided by their scrapes.
fn level_sum(series: &Series, terms: Vec<(usize, i64)>, of: &WindowSum) -> WindowSum {
    let merged = terms.first().and_then(|(at, _)| series.merge_totals(std::iter::once(*at)));
    let snapshots = terms.len();
    let (terms, divisor) = match merged {
        Some(_) => scaled_by_snapshot(series, vec![terms]),
        None => (terms, 1),
    };
    WindowSum { terms, divisor, method: Method::Single, snapshots, merged, per: Per::All, units: None, ..of.clone() }
}

/// Total of a snapshot that the filters keep.
fn filtered_total(answer: &Answer, at: usize) -> i64 {
    match &answer.snapshot_sums {
        Some(sums) if !answer.filtered.keeps_all() => sums.total(&answer.tree, at, CallTree::ROOT),
        _ => answer.filtered.total(&answer.series.snapshots()[at], answer.query.sample_type),
    }
}

impl ChangeNoise {
    /// Noise of the change of an answer's total, taken from an earlier answer over the same samples if it has it; `None`
    /// without such a change, and until it is wanted.
    pub(in crate::analysis) fn of(answer: &Answer, before: Option<&Answer>, budget: &Budget) -> Option<Self> {
        let sums = TotalChange::of(answer)?.sums();
        let sample_type = answer.query.sample_type;
        let is_same = |noise: &&Self| noise.sample_type == sample_type && noise.sums == sums;
        if let Some(known) = before.and_then(|before| before.change_noise.as_deref()).filter(is_same) {
            return Some(known.clone());
        }
        if answer.query.other_types != OtherTypes::Now {
            return None;
        }
        let [base, current] = &sums;
        let request = NoiseRequest { base: Some(base), ..NoiseRequest::of_window(sample_type, current) };
        let noise = Noise::new(&answer.series, &answer.timeline, &answer.filtered, &request, &mut budget.clone());
        let sigma = noise.ok().flatten().map(|noise| noise.total(&answer.tree, CallTree::ROOT).sigma);
        Some(Self { sample_type, sums, sigma })
    }
}
