//! Steps in which a service reported. What was held in a step without any profile is unknown, and not 0 bytes.

use crate::source::TimeRange;

/// Profiles of a load, from which silent steps are recognized.
#[derive(Clone, Copy)]
pub(super) struct ListedTimes<'a> {
    /// Range in which profiles were listed.
    pub(super) range: TimeRange,
    /// Times of the profiles of all processes, in order.
    pub(super) times: &'a [i64],
    /// Milliseconds between two profiles of a process.
    pub(super) interval: i64,
}

/// Length of the part of a range that is in one of some disjoint ranges, in milliseconds.
pub(super) fn overlap(range: TimeRange, others: &[TimeRange]) -> i64 {
    let first = others.partition_point(|other| other.until <= range.after);
    let rest = others.get(first..).unwrap_or_default();
    let inside = rest.iter().take_while(|other| other.after < range.until);
    inside.map(|other| other.until.min(range.until) - other.after.max(range.after)).sum()
}

/// Parts of ranges in which a service reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KnownSteps {
    /// Ranges in the order of time: steps, or runs of steps of a longer range.
    pub(super) ranges: Vec<TimeRange>,
    /// Number of steps that are left out.
    pub(super) silent: usize,
}

/// Kind of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StepKind {
    /// The step has profiles.
    Reported,
    /// The step has no profiles because it is shorter than the time between two profiles.
    Between,
    /// Profiles are missing.
    Silent,
}

impl ListedTimes<'_> {
    /// Ranges in which profiles are missing, in the order of time. A profile stands for half an interval on both sides.
    pub(super) fn silences(&self) -> Vec<TimeRange> {
        let Self { range, times, interval } = *self;
        let half = interval / 2;
        let inside = times.iter().copied().filter(|time| range.contains(*time));
        let ends: Vec<i64> = std::iter::once(range.after).chain(inside).chain([range.until]).collect();
        let last = ends.len() - 1;
        let gap = |(at, pair): (usize, &[i64])| {
            // The ends of the range are no profiles.
            let after = if at == 0 { pair[0] } else { pair[0] + half };
            let until = if at + 1 == last { pair[1] } else { pair[1] - half };
            self.is_missing(pair[0], pair[1]).then_some(TimeRange { after, until }).filter(|gap| gap.after < gap.until)
        };
        ends.windows(2).enumerate().filter_map(gap).collect()
    }

    /// Returns true if a profile is missing between two: they are at most one and a half intervals apart otherwise.
    fn is_missing(&self, before: i64, next: i64) -> bool {
        next.saturating_sub(before).saturating_mul(2) > self.interval.saturating_mul(3)
    }

    fn kind(&self, step: TimeRange) -> StepKind {
        let first = self.times.partition_point(|time| *time <= step.after);
        let end = self.times.partition_point(|time| *time <= step.until);
        if first < end {
            return StepKind::Reported;
        }
        let before = first.checked_sub(1).and_then(|at| self.times.get(at)).copied().unwrap_or(self.range.after);
        let next = self.times.get(end).copied().unwrap_or(self.range.until);
        if self.is_missing(before, next) { StepKind::Silent } else { StepKind::Between }
    }
}

/// Range that may go on with the next step.
#[derive(Clone, Copy)]
struct OpenRange {
    range: TimeRange,
    has_profiles: bool,
}

impl KnownSteps {
    /// Leaves the silent steps out of ranges, which are steps or consist of steps of `step` milliseconds. A step between
    /// two profiles is joined to the next one, unless a window ends there (`ends`), so that its time counts.
    pub(super) fn of(ranges: &[TimeRange], step: i64, listed: ListedTimes<'_>, ends: &[i64]) -> Self {
        let step = step.max(1);
        let mut known = Self::default();
        let mut open: Option<OpenRange> = None;
        for range in ranges {
            let is_step = range.millis() <= step;
            let mut after = range.after;
            while after < range.until {
                let part = TimeRange { after, until: after.saturating_add(step).min(range.until) };
                let kind = listed.kind(part);
                let goes_on =
                    |open: &OpenRange| kind != StepKind::Silent && open.range.until == after && !ends.contains(&after);
                let before = open.filter(goes_on);
                if before.is_none() {
                    known.close(open.take(), ends);
                }
                open = (kind != StepKind::Silent).then(|| OpenRange {
                    range: TimeRange { after: before.map_or(after, |open| open.range.after), ..part },
                    has_profiles: kind == StepKind::Reported || before.is_some_and(|open| open.has_profiles),
                });
                known.silent += usize::from(open.is_none());
                if is_step && open.is_some_and(|open| open.has_profiles) {
                    known.close(open.take(), ends);
                }
                after = part.until;
            }
            if !is_step {
                known.close(open.take(), ends);
            }
        }
        known.close(open, ends);
        known
    }

    /// Adds a range; one without profiles belongs to the range before it.
    fn close(&mut self, open: Option<OpenRange>, ends: &[i64]) {
        let Some(OpenRange { range, has_profiles }) = open else { return };
        let last = self.ranges.last_mut().filter(|last| last.until == range.after && !ends.contains(&range.after));
        match last {
            _ if has_profiles => self.ranges.push(range),
            Some(last) => last.until = range.until,
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(ranges: &[(i64, i64)], step: i64, times: &[i64], ends: &[i64]) -> (Vec<(i64, i64)>, usize) {
        let ranges: Vec<TimeRange> =
            ranges.iter().map(|(after, until)| TimeRange { after: *after, until: *until }).collect();
        let range = TimeRange { after: ranges[0].after, until: ranges[ranges.len() - 1].until };
        let known = KnownSteps::of(&ranges, step, ListedTimes { range, times, interval: 15 }, ends);
        (known.ranges.iter().map(|range| (range.after, range.until)).collect(), known.silent)
    }

    fn steps(count: i64, step: i64) -> Vec<(i64, i64)> {
        (0..count).map(|at| (at * step, (at + 1) * step)).collect()
    }

    #[test]
    fn silent_steps_are_left_out_at_the_start_within_and_at_the_end() {
        let times: Vec<i64> =
            (1..=40).map(|at| 15 * at).filter(|at| *at > 120 && !(240..420).contains(at) && *at < 480).collect();
        let (found, silent) = known(&steps(10, 60), 60, &times, &[]);
        assert_eq!((found, silent), (vec![(120, 180), (180, 240), (360, 420), (420, 480)], 6));
        // The sums of the steps are those of the runs.
        let (found, silent) = known(&[(0, 600)], 60, &times, &[]);
        assert_eq!((found, silent), (vec![(120, 240), (360, 480)], 6));
    }

    #[test]
    fn silence_is_the_time_beyond_half_an_interval_around_profiles() {
        let silences = |times: &[i64], until: i64| {
            let listed = ListedTimes { range: TimeRange { after: 0, until }, times, interval: 20 };
            listed.silences().iter().map(|gap| (gap.after, gap.until)).collect::<Vec<_>>()
        };
        assert_eq!(silences(&[7, 12, 27, 47, 60], 70), [], "another phase, and jitter");
        assert_eq!(silences(&[100, 120, 200, 220], 400), [(0, 90), (130, 190), (230, 400)]);
        assert_eq!(silences(&[], 100), [(0, 100)]);
        let gaps = [(0, 90), (130, 190)].map(|(after, until)| TimeRange { after, until });
        let of = |after, until| overlap(TimeRange { after, until }, &gaps);
        assert_eq!([of(0, 400), of(80, 140), of(90, 130), of(150, 160)], [150, 20, 0, 10]);
    }

    #[test]
    fn a_step_between_two_profiles_counts_with_the_next_one() {
        let times = [14, 31, 44, 59, 74];
        assert_eq!(known(&steps(5, 15), 15, &times, &[]), (vec![(0, 15), (15, 45), (45, 60), (60, 75)], 0));
        assert_eq!(known(&steps(5, 15), 15, &times, &[30]).0, [(0, 30), (30, 45), (45, 60), (60, 75)]);
        let every: Vec<i64> = (1..=4).map(|at| 15 * at).collect();
        assert_eq!(known(&steps(12, 5), 5, &every, &[]), (vec![(0, 15), (15, 30), (30, 45), (45, 60)], 0));
        assert_eq!(known(&steps(14, 5), 5, &every, &[]).0, [(0, 15), (15, 30), (30, 45), (45, 70)]);
    }
}
