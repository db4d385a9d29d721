//! Parts of a time range to request from a store: windows or steps, resolved against the current time before loading.

use super::step_grid::{StepGrid, outward};
use crate::base::time::{TimeBound, TimeBounds};
use crate::profile::Input;
use crate::source::{Store, StoreError, TimeRange};

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;
/// Range to load unless the address or a window gives one.
const USUAL_RANGE: i64 = HOUR;
/// Maximum number of steps in a range, unless a step length is given.
const USUAL_STEPS: i64 = 60;
/// Default step lengths, in milliseconds; longer steps are whole hours.
const STEPS: [i64; 7] = [15 * SECOND, 30 * SECOND, 60 * SECOND, 120 * SECOND, 300 * SECOND, 900 * SECOND, HOUR];
/// Default maximum of requests to one store.
pub const MOST_REQUESTS: usize = 400;
/// Maximum number of steps of a range, regardless of the number of requests.
const MOST_STEPS: i64 = 10_000;

/// Sample types, steps and windows to load from a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorePlan {
    /// Name of the sample type; `None` for bytes in use.
    pub sample_type: Option<String>,
    /// Additional sample types.
    pub types: StoreTypes,
    /// Division of the time.
    pub division: StoreDivision,
    /// Length of a step in milliseconds; `None` for the length in the address or the default.
    pub step_millis: Option<i64>,
    /// Maximum number of requests to one store.
    pub most_requests: usize,
    /// Windows of the current and the base side.
    pub windows: [Option<TimeBounds>; 2],
    /// Only instances to load, by the label that the address names; empty for all.
    pub instances: Vec<String>,
    /// Current time, in milliseconds since 1970; `None` for the time of the load.
    pub now: Option<i64>,
}

impl Default for StorePlan {
    fn default() -> Self {
        Self {
            sample_type: None,
            types: StoreTypes::BytesAndObjects,
            division: StoreDivision::Steps,
            step_millis: None,
            most_requests: MOST_REQUESTS,
            windows: [None, None],
            instances: Vec::new(),
            now: None,
        }
    }
}

/// Sample types to load in addition to the chosen one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoreTypes {
    /// Objects in addition to bytes, which noise estimates need.
    #[default]
    BytesAndObjects,
    /// All memory types.
    All,
}

/// Division of the time range into snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoreDivision {
    /// One snapshot for each step, for moving windows and trends.
    #[default]
    Steps,
    /// One snapshot for each window, which takes the fewest requests.
    Windows,
    /// One snapshot for each part of the windows, made of whole steps: the sums of the snapshots of `Steps`.
    StepSums,
    /// One snapshot for each profile.
    Profiles,
}

/// Time ranges of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoreRanges {
    /// Range of everything requested from this store.
    pub(super) all: TimeRange,
    /// Parts that become snapshots, in the order of time; the range of all windows for single profiles.
    pub(super) parts: Vec<TimeRange>,
    /// Windows of the current and the base snapshots, with ends at whole steps.
    pub(super) windows: [Option<TimeRange>; 2],
    /// Length of a step in milliseconds.
    pub(super) step: i64,
    /// True if ends of parts were moved outward to whole steps or seconds.
    pub(super) is_snapped: bool,
    /// Windows whose given times were moved to whole steps.
    pub(super) widened: Vec<TimeRange>,
    request: RangeRequest,
}

/// Inputs from which ranges are resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RangeRequest {
    bounds: [Option<TimeBound>; 2],
    windows: [Option<TimeBounds>; 2],
    /// Step of the plan or the address; `None` for the default.
    step: Option<i64>,
    division: StoreDivision,
    side: StoreSide,
    now: i64,
}

/// Side of a comparison that a store is loaded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::load) enum StoreSide {
    /// Current side.
    Current,
    /// Base side, from another window of the same store.
    BaseWindow,
    /// Base side, from another store.
    Base,
}

impl StoreSide {
    /// Side of the snapshots.
    pub(super) fn input(self) -> Input {
        if self == Self::Current { Input::Current } else { Input::Base }
    }
}

impl StoreRanges {
    /// Ranges of a store on a side.
    pub(super) fn new(store: &Store, plan: &StorePlan, side: StoreSide, now: i64) -> Result<Self, StoreError> {
        let request = RangeRequest {
            bounds: store.bounds(),
            windows: match side {
                StoreSide::Current | StoreSide::BaseWindow => plan.windows,
                StoreSide::Base => [None, plan.windows[1]],
            },
            step: plan.step_millis.or(store.step_millis()),
            division: plan.division,
            side,
            // A window relative to a fraction of a second would be a second longer than it says.
            now: now.div_euclid(SECOND) * SECOND,
        };
        Self::resolved(request, None)
    }

    /// Same ranges with a longer step, if the step is a default.
    pub(super) fn with_least_step(self, least: i64) -> Result<Self, StoreError> {
        if self.request.step.is_some() || self.request.division == StoreDivision::Windows || self.step >= least {
            return Ok(self);
        }
        Self::resolved(self.request, Some(longer_step(least)))
    }

    /// Resolves the ranges of a request; `longer` replaces the default step.
    fn resolved(request: RangeRequest, longer: Option<i64>) -> Result<Self, StoreError> {
        let RangeRequest { bounds: [from, until], windows, step: given, division, side, now } = request.clone();
        let instant = |bound: TimeBound| match bound {
            TimeBound::At(millis) => millis,
            TimeBound::Ago(millis) => now.saturating_sub(millis),
            TimeBound::Number(_) => now,
        };
        // No profiles exist in the future.
        let until = until.filter(|until| instant(*until) < now);
        let end = until.map_or(now, instant);
        let begin = from.map_or(end.saturating_sub(USUAL_RANGE), instant);
        if begin >= end {
            return Err(StoreError::EmptyRange);
        }
        if begin <= 0 {
            return Err(StoreError::BeforeTime);
        }
        // Snapshot numbers are numbers of steps of the whole range.
        let step = given.or(longer).unwrap_or_else(|| usual_step(end - begin));
        let whole = TimeRange { after: begin, until: end };
        let frame = WindowFrame {
            whole,
            least: from.map_or(1, |_| begin),
            steps: (division != StoreDivision::Profiles).then(|| StepGrid::of(whole, step, now).snapped(whole)),
            step,
        };
        let resolved = |bounds: TimeBounds| frame.resolve(bounds);
        let [current, base] = windows.map(|bounds| bounds.map(resolved).transpose());
        let windows = [current?, base?];
        let given_windows: Vec<TimeRange> = windows.into_iter().flatten().collect();
        // Snapshot numbers count from the start of the range.
        let is_bounded = from.is_some() || until.is_some() || request.windows.iter().flatten().any(has_numbers);
        let all = match hull(&given_windows) {
            Some(hull) if !is_bounded => hull,
            Some(hull) => TimeRange { after: hull.after.min(begin), until: hull.until.max(end) },
            None => whole,
        };
        if division == StoreDivision::Windows {
            let own = match side {
                StoreSide::Current => windows[0],
                StoreSide::BaseWindow | StoreSide::Base => windows[1],
            };
            let wanted = own.unwrap_or(whole);
            let part = outward(wanted, SECOND);
            let all = outward(hull(&[given_windows, vec![wanted]].concat()).unwrap_or(all), SECOND);
            let (parts, step) = (vec![part], part.millis());
            let windows = windows.map(|window| window.map(|window| outward(window, SECOND)));
            return Ok(Self { all, parts, windows, step, is_snapped: false, widened: Vec::new(), request });
        }
        if division == StoreDivision::Profiles {
            let all = outward(all, SECOND);
            // Profiles of the windows; numbers are of all profiles, and a window that is not given is all of the time.
            let is_whole = request.windows[0].is_none() || request.windows.iter().flatten().any(has_numbers);
            let windows_only = hull(&given_windows).filter(|_| !is_whole).map(|hull| outward(hull, SECOND));
            // A profile at the start of a window is in it.
            let parts =
                vec![windows_only.map_or(all, |only| TimeRange { after: (only.after - 1).max(all.after), ..only })];
            return Ok(Self { all, parts, windows, step: SECOND, is_snapped: false, widened: Vec::new(), request });
        }
        let step = given.or(longer).unwrap_or_else(|| usual_step(all.millis()));
        let is_open = until.is_none() && given_windows.is_empty();
        let grid = StepGrid::of(all, step, now);
        let stepped = grid.snapped(all);
        let is_snapped = !is_open && (stepped.after < all.after || stepped.until > all.until);
        let resolved_windows = windows;
        let windows = resolved_windows.map(|window| window.map(|window| grid.snapped(window)));
        let widened = widened(&request.windows, resolved_windows, windows);
        let parts = match division {
            StoreDivision::StepSums => pieces(stepped, &windows),
            _ => parts(stepped, step)?,
        };
        Ok(Self { all: stepped, parts, windows, step, is_snapped, widened, request })
    }

    /// Replaces the steps by the parts of the windows, or by the whole range without windows.
    pub(super) fn join_steps(&mut self) {
        if let Some(all) = hull(&self.parts) {
            self.parts = pieces(all, &self.windows);
        }
    }

    /// Steps of the whole range; none if there are too many.
    pub(super) fn steps(&self) -> Vec<TimeRange> {
        parts(self.all, self.step).unwrap_or_default()
    }

    /// Same ranges with the next longer default step; `None` if the step is given, is the whole range, or is the unit
    /// of a window.
    pub(super) fn with_longer_step(&self) -> Result<Option<Self>, StoreError> {
        let is_fixed = self.request.step.is_some() || self.request.windows.iter().flatten().any(has_numbers);
        if is_fixed || self.step >= self.all.millis() {
            return Ok(None);
        }
        self.clone().with_least_step(self.step + 1).map(Some)
    }

    /// Returns an error if the parts take more requests than the limit; the error names a step length that fits.
    pub(super) fn check_requests(&self, listing: usize, types: usize, most: usize) -> Result<(), StoreError> {
        // The steps are loaded after their sums.
        let steps = usize::try_from(self.all.millis() / self.step.max(1)).unwrap_or(usize::MAX);
        let parts = if self.request.division == StoreDivision::StepSums { steps } else { self.parts.len() };
        let needed = parts.saturating_mul(types).saturating_add(listing);
        if needed <= most {
            return Ok(());
        }
        let span = self.all.millis();
        let room = i64::try_from(most.saturating_sub(listing) / types.max(1)).unwrap_or(i64::MAX);
        let hours = (1..).map(|hours| hours * HOUR).take(10_000);
        // Each end may take part of a step.
        let fits = |step: &i64| span / step + 2 <= room;
        let step = STEPS.into_iter().chain(hours).find(fits).map(duration);
        Err(StoreError::TooManyRequests { needed, most, step })
    }
}

/// Returns true if an end of a window is the number of a step.
fn has_numbers(bounds: &TimeBounds) -> bool {
    [bounds.from, bounds.until].iter().any(|bound| matches!(bound, Some(TimeBound::Number(_))))
}

/// Range in which the ends of windows are resolved. A window is cut to this range.
struct WindowFrame {
    whole: TimeRange,
    /// Earliest start of a window by time.
    least: i64,
    /// Range of the numbered steps; `None` if numbers are of profiles, whose count is not known yet.
    steps: Option<TimeRange>,
    /// Length of a step in milliseconds.
    step: i64,
}

impl WindowFrame {
    /// Resolves a window; an open end is that of the range.
    fn resolve(&self, bounds: TimeBounds) -> Result<TimeRange, StoreError> {
        let Self { whole, least, .. } = *self;
        let at = |bound: Option<TimeBound>, usual: i64, before: usize| match bound {
            None => usual,
            Some(TimeBound::At(millis)) => millis.clamp(least, whole.until),
            Some(TimeBound::Ago(millis)) => whole.until.saturating_sub(millis).clamp(least, whole.until),
            Some(TimeBound::Number(number)) => self.step_end(number.saturating_sub(before)).unwrap_or(usual),
        };
        let range = TimeRange { after: at(bounds.from, whole.after, 1), until: at(bounds.until, whole.until, 0) };
        if range.after < range.until { Ok(range) } else { Err(StoreError::EmptyWindow) }
    }

    /// End of the step with this number, at most the end of the range; `None` if numbers are not of steps.
    fn step_end(&self, number: usize) -> Option<i64> {
        let TimeRange { after, until } = self.steps?;
        let length = i64::try_from(number).unwrap_or(i64::MAX).saturating_mul(self.step);
        Some(after.saturating_add(length).min(until))
    }
}

/// Ranges between all ends of the windows; the whole range without windows. Ranges outside of all windows are left out.
fn pieces(all: TimeRange, windows: &[Option<TimeRange>; 2]) -> Vec<TimeRange> {
    let given: Vec<TimeRange> = windows.iter().flatten().copied().collect();
    if given.is_empty() {
        return vec![all];
    }
    let mut ends: Vec<i64> = given.iter().flat_map(|window| [window.after, window.until]).collect();
    ends.sort_unstable();
    ends.dedup();
    let piece = |ends: &[i64]| TimeRange { after: ends[0], until: ends[1] };
    let is_wanted = |piece: &TimeRange| given.iter().any(|one| one.after <= piece.after && piece.until <= one.until);
    ends.windows(2).map(piece).filter(is_wanted).collect()
}

/// Step length that divides a span into at most sixty steps.
pub(super) fn usual_step(span: i64) -> i64 {
    let least = span.div_euclid(USUAL_STEPS) + i64::from(span % USUAL_STEPS != 0);
    longer_step(least)
}

/// Shortest default step length that is not less than `least`.
pub(super) fn longer_step(least: i64) -> i64 {
    STEPS.into_iter().find(|step| *step >= least).unwrap_or_else(|| least.saturating_add(HOUR - 1) / HOUR * HOUR)
}

/// Windows of which a typed time was moved to a whole step.
fn widened(
    bounds: &[Option<TimeBounds>; 2],
    given: [Option<TimeRange>; 2],
    snapped: [Option<TimeRange>; 2],
) -> Vec<TimeRange> {
    // Only ends typed as times count: not ends that were cut to the range, nor ends given as an age.
    let is_moved = |bound: Option<TimeBound>, at: i64, by: i64| bound == Some(TimeBound::At(at)) && by > 0;
    let widened = bounds.iter().zip(given).zip(snapped).filter_map(|((bounds, given), snapped)| {
        let (bounds, given, snapped) = (bounds.as_ref()?, given?, snapped?);
        let is_widened = is_moved(bounds.from, given.after, given.after - snapped.after)
            || is_moved(bounds.until, given.until, snapped.until - given.until);
        is_widened.then_some(snapped)
    });
    widened.collect()
}

/// Divides a range that is a multiple of the step into steps.
fn parts(range: TimeRange, step: i64) -> Result<Vec<TimeRange>, StoreError> {
    let count = range.millis() / step.max(1);
    if count > MOST_STEPS {
        let step = longer_step(range.millis() / MOST_STEPS);
        let needed = usize::try_from(count).unwrap_or(usize::MAX);
        return Err(StoreError::TooManyRequests { needed, most: MOST_STEPS as usize, step: Some(duration(step)) });
    }
    let part = |index: i64| {
        let after = range.after + index * step;
        TimeRange { after, until: (after + step).min(range.until) }
    };
    Ok((0..count).map(part).collect())
}

/// Range from the earliest start to the latest end; `None` without ranges.
fn hull(ranges: &[TimeRange]) -> Option<TimeRange> {
    let after = ranges.iter().map(|range| range.after).min()?;
    Some(TimeRange { after, until: ranges.iter().map(|range| range.until).max()? })
}

/// Duration in the largest unit in which it is a whole number.
pub(super) fn duration(millis: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(HOUR, "h"), (60 * SECOND, "m"), (SECOND, "s"), (1, "ms")];
    let (size, unit) = UNITS.into_iter().find(|(size, _)| millis % size == 0).unwrap_or((1, "ms"));
    format!("{}{unit}", millis / size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Address;

    const NOW: i64 = 1_795_894_741_500;
    const MINUTE: i64 = 60 * SECOND;

    fn ranges(options: &str, plan: &StorePlan, side: StoreSide) -> Result<StoreRanges, StoreError> {
        let Address::Store(store) = Address::parse(format!("pyroscope+http://h?query={{a=\"b\"}}{options}")) else {
            unreachable!()
        };
        StoreRanges::new(&store, plan, side, NOW)
    }

    fn current(options: &str, plan: &StorePlan) -> StoreRanges {
        ranges(options, plan, StoreSide::Current).unwrap()
    }

    #[test]
    fn the_last_hour_is_sixty_whole_minutes() {
        let found = current("", &StorePlan::default());
        assert_eq!((found.step, found.parts.len()), (60_000, 60));
        assert_eq!(found.all, TimeRange { after: 1_795_891_140_000, until: 1_795_894_740_000 });
        assert!(found.parts.windows(2).all(|pair| pair[0].until == pair[1].after));
        assert!(!found.is_snapped);
    }

    #[test]
    fn explicit_ends_snap_outward() {
        let found = current("&from=2026-11-28T19:36:10Z&until=2026-11-28T19:38:50Z&step=1m", &StorePlan::default());
        let seconds = [found.all.after, found.all.until].map(|millis| millis / 1000 % 3600);
        assert_eq!((seconds, found.parts.len(), found.is_snapped), ([36 * 60, 39 * 60], 3, true));
        let exact = current("&from=2026-11-28T19:36:00Z&until=2026-11-28T19:39:00Z&step=1m", &StorePlan::default());
        assert_eq!((exact.parts.len(), exact.is_snapped), (3, false));
    }

    #[test]
    fn windows_that_are_moved_to_whole_steps_are_told() {
        let of = |range: &str, division| {
            let (from, until) = range.split_once("..").unwrap();
            let at =
                |second: &str| second.parse().ok().map(|second: i64| TimeBound::At(1_795_894_620_000 + second * 1000));
            let windows = [Some(TimeBounds { from: at(from), until: at(until) }), None];
            let range = "&from=2026-11-28T19:36:00Z&until=2026-11-28T19:39:00Z&step=15s";
            current(range, &StorePlan { division, windows, ..StorePlan::default() })
        };
        for division in [StoreDivision::Steps, StoreDivision::StepSums] {
            let inside = of("10..20", division);
            assert_eq!(inside.widened, [inside.windows[0].unwrap()]);
            assert_eq!((inside.widened[0].millis(), inside.is_snapped), (30_000, false));
            assert_eq!(of("10..", division).widened.len(), 1);
            for whole in ["15..30", "..", "..45"] {
                assert_eq!(of(whole, division).widened, [], "{whole}");
            }
        }
        let exact = of("10..20", StoreDivision::Windows);
        assert_eq!((exact.parts[0].millis(), exact.widened), (10_000, Vec::new()), "a window as one is exact");
    }

    #[test]
    fn windows_are_ranges_of_their_own() {
        let bounds = |from: i64, until: i64| {
            Some(TimeBounds { from: Some(TimeBound::Ago(from)), until: Some(TimeBound::Ago(until)) })
        };
        let windows = [bounds(600_000, 0), bounds(3_600_000, 3_000_000)];
        let plan = StorePlan { division: StoreDivision::Windows, windows, ..StorePlan::default() };
        let now = current("", &plan);
        assert_eq!((now.parts.len(), now.parts[0].millis()), (1, 600_000));
        let base = ranges("", &plan, StoreSide::BaseWindow).unwrap();
        assert_eq!(base.all, now.all, "both are discovered by the same requests");
        assert!(base.parts[0].until < now.parts[0].after);
        let steps = current("", &StorePlan { windows, ..StorePlan::default() });
        assert_eq!(steps.step, 60_000);
        let numbers = Some(TimeBounds { from: Some(TimeBound::Number(59)), until: Some(TimeBound::Number(60)) });
        let plan = StorePlan { division: StoreDivision::Windows, windows: [numbers, None], ..StorePlan::default() };
        assert_eq!(current("", &plan).parts[0], TimeRange { after: 1_795_894_620_000, until: 1_795_894_740_000 });
    }

    #[test]
    fn sums_of_steps_are_the_parts_of_the_windows() {
        let bounds = |from: i64, until: i64| {
            Some(TimeBounds { from: Some(TimeBound::Ago(from)), until: Some(TimeBound::Ago(until)) })
        };
        let of = |windows| StorePlan { division: StoreDivision::StepSums, windows, ..StorePlan::default() };
        let whole = current("", &of([None, None]));
        let steps = current("", &StorePlan::default());
        assert_eq!((whole.parts.clone(), whole.all), (vec![steps.all], steps.all));
        let windows = [bounds(600_000, 0), bounds(3_600_000, 3_000_000)];
        let apart = current("", &of(windows));
        assert_eq!(
            (apart.parts.len(), apart.all),
            (2, current("", &StorePlan { windows, ..StorePlan::default() }).all)
        );
        assert_eq!([Some(apart.parts[1]), Some(apart.parts[0])], apart.windows, "the gap is left out");
        let within = current("", &of([bounds(3_600_000, 0), bounds(1_800_000, 1_200_000)]));
        assert_eq!(within.parts.len(), 3, "a window within the other one parts it");
        assert!(within.parts.iter().all(|part| part.after % within.step == 0 && part.until % within.step == 0));
        // Sums take as many requests as the steps loaded after them.
        let many = current("&from=-24h&step=1m", &of([None, None]));
        assert_eq!(many.parts.len(), 1);
        assert!(many.check_requests(4, 2, MOST_REQUESTS).is_err());
    }

    #[test]
    fn profiles_are_in_one_range_of_whole_seconds() {
        let plan = StorePlan { division: StoreDivision::Profiles, ..StorePlan::default() };
        let found = current("&from=-5m", &plan);
        assert_eq!((found.parts.len(), found.parts[0], found.all.after % 1_000), (1, found.all, 0));
        let numbers = Some(TimeBounds { from: Some(TimeBound::Number(3)), until: Some(TimeBound::Number(4)) });
        let numbered = current("&from=-5m", &StorePlan { windows: [numbers, None], ..plan });
        assert_eq!(numbered.all, found.all, "numbers are of profiles");
    }

    #[test]
    fn windows_are_cut_to_the_range_and_to_now() {
        let window = |from, until| StorePlan {
            division: StoreDivision::Windows,
            windows: [Some(TimeBounds { from, until }), None],
            ..StorePlan::default()
        };
        let range = "&from=2026-11-28T19:36:00Z&until=2026-11-28T19:38:00Z";
        let all = current(range, &StorePlan { division: StoreDivision::Windows, ..StorePlan::default() });
        let number = |number| Some(TimeBound::Number(number));
        let far = [1, 4_000_000_000_000].map(TimeBound::At).map(Some);
        for plan in [window(number(1), number(400)), window(far[0], far[1]), window(None, number(usize::MAX))] {
            assert_eq!(
                current(range, &plan),
                StoreRanges { request: current(range, &plan).request, windows: [Some(all.all), None], ..all.clone() }
            );
        }
        for plan in [window(number(9), number(400)), window(far[1], None), window(number(400), None)] {
            let error = ranges(range, &plan, StoreSide::Current).unwrap_err();
            assert!(matches!(error, StoreError::EmptyWindow), "{error:?}");
        }
        // Without `from=`, a window may begin before the default range, but none ends after now.
        let early = current("", &window(Some(TimeBound::Ago(7_200_000)), far[1]));
        assert_eq!((early.all.after, early.all.until), (NOW / 1_000 * 1_000 - 7_200_000, NOW / 1_000 * 1_000));
        let open = current("&from=2026-11-28T19:36:00Z&until=2027-11-28T19:36:00Z&step=1m", &StorePlan::default());
        assert_eq!(open.all.until, NOW / 60_000 * 60_000, "the last step is over");
        let ahead = current(
            "&step=1m",
            &StorePlan { division: StoreDivision::Steps, ..window(Some(TimeBound::Ago(600_000)), far[1]) },
        );
        assert_eq!((ahead.all.until, ahead.parts.len()), (NOW / 60_000 * 60_000, 10));
    }

    #[test]
    fn the_newest_profiles_are_not_left_out_by_long_steps() {
        let open = current("&from=-3d", &StorePlan::default());
        assert_eq!((open.step, open.all.until), (2 * HOUR, NOW / MINUTE * MINUTE), "the last whole minute");
        assert_eq!((open.parts.len(), open.parts[0].millis()), (36, 2 * HOUR));
        assert!(open.parts.iter().all(|part| part.millis() == open.step));
        // 2026-11-28T19:38:30Z, half a minute ago.
        let closed = current("&from=1795637700&until=1795894710", &StorePlan::default());
        assert_eq!((closed.all.until, closed.is_snapped), (1_795_894_710_000, true));
        assert!(closed.all.after <= 1_795_637_700_000);
        let ago = |millis| Some(TimeBounds { from: Some(TimeBound::Ago(millis)), until: None });
        let windows = [ago(3 * HOUR), None];
        let plan = StorePlan { windows, ..StorePlan::default() };
        let found = current("&from=-3d", &plan);
        let window = found.windows[0].unwrap();
        assert_eq!((window.until, window.millis()), (open.all.until, 4 * HOUR), "windows have the same steps");
        let sums = current("&from=-3d", &StorePlan { division: StoreDivision::StepSums, ..plan });
        assert_eq!((sums.all, sums.parts), (found.all, vec![window]));
    }

    #[test]
    fn single_profiles_are_those_of_the_window() {
        let window = Some(TimeBounds { from: Some(TimeBound::Ago(180_000)), until: None });
        let plan = StorePlan { division: StoreDivision::Profiles, windows: [window, None], ..StorePlan::default() };
        let found = current("&from=-1h", &plan);
        assert_eq!((found.parts[0].millis(), found.all.millis()), (180_001, HOUR));
        let base = current("&from=-1h", &StorePlan { windows: [None, window], ..plan });
        assert_eq!(base.parts, [base.all], "the current side is all of the range");
    }

    #[test]
    fn numbers_of_steps_count_from_the_begin_of_the_range() {
        let numbers = Some(TimeBounds { from: Some(TimeBound::Number(59)), until: Some(TimeBound::Number(60)) });
        let plan = StorePlan { windows: [numbers, None], ..StorePlan::default() };
        assert!(current("", &plan).parts.len() >= 60);
    }

    #[test]
    fn too_many_requests_name_the_step_that_fits() {
        let found = current("&from=-24h&step=1m", &StorePlan::default());
        let error = found.check_requests(3, 2, MOST_REQUESTS).unwrap_err();
        let StoreError::TooManyRequests { needed, most, step } = error else { unreachable!() };
        assert_eq!((needed, most, step.as_deref()), (3 + 2 * found.parts.len(), 400, Some("15m")));
        let error = found.check_requests(3, 2, 3).unwrap_err();
        assert!(matches!(error, StoreError::TooManyRequests { step: None, .. }), "no step fits: {error:?}");
        assert!(found.check_requests(3, 2, 10_000).is_ok());
        assert!(ranges("&from=-1h&until=-2h", &StorePlan::default(), StoreSide::Current).is_err());
    }

    #[test]
    fn steps_have_round_lengths() {
        let lengths = [900_000, 3_600_000, 3_600_001, 86_400_000, 7 * 86_400_000].map(usual_step).map(duration);
        assert_eq!(lengths, ["15s", "1m", "2m", "1h", "3h"]);
    }
}
