//! Units of a program's own counter in a window, such as requests answered, from the lines of logs.
//!
//! A growth in a window is divided by the units that were counted from its first to its last snapshot: bytes per
//! request. A level is divided by the value that the counter had at the same times: bytes per open connection. Between
//! two lines the value is interpolated; before the first and after the last line it is known for one mean interval
//! between lines. A counter that falls was restarted by another process.

use crate::base::compact_sort::CompactSort;
use crate::base::safe_text::SafeText;

/// Fewest units that figures are divided by: less is an interpolated rest of one unit.
const LEAST_UNITS: f64 = 1e-3;

/// Values of a counter in one log, in the order of their times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CounterTrack {
    name: SafeText,
    times: Vec<i64>,
    values: Vec<i64>,
    /// Units that were counted since the first line.
    counted: Vec<i64>,
}

impl CounterTrack {
    /// Track of values with their times in nanoseconds since 1970; of several at one time the last one counts.
    pub(super) fn new(name: SafeText, mut points: Vec<(i64, i64)>) -> Self {
        points.compact_sort_by_key(|(time, _)| *time);
        let mut track = Self { name, ..Self::default() };
        for (time, value) in points {
            let before = track.values.last().copied();
            let more = before.map_or(0, |before| if value < before { value } else { value - before });
            track.counted.push(track.counted.last().copied().unwrap_or(0).saturating_add(more));
            track.times.push(time);
            track.values.push(value);
        }
        track
    }

    /// Interpolates one of the columns at a time; `None` if the log does not reach that time.
    fn at(&self, time: i64, column: &[i64]) -> Option<f64> {
        let (first, last) = (*self.times.first()?, *self.times.last()?);
        let gap = last.saturating_sub(first) / (self.times.len() as i64 - 1).max(1);
        if time < first.saturating_sub(gap) || time > last.saturating_add(gap) {
            return None;
        }
        let after = self.times.partition_point(|known| *known <= time);
        let (Some(before), true) = (after.checked_sub(1), after < self.times.len()) else {
            return Some(column[after.min(column.len() - 1)] as f64);
        };
        let since = |at: i64| at as f64 - self.times[before] as f64;
        let part = since(time) / since(self.times[after]);
        // A new process counts from 0, and its part of the interval is not known.
        let is_new = self.values[after] < self.values[before];
        let (from, to) = (column[before] as f64, column[after] as f64);
        Some(if is_new { from } else { from + (to - from) * part })
    }

    /// Units counted within a time span; `None` if the log does not cover the span.
    fn counted(&self, (from, to): (i64, i64)) -> Option<f64> {
        Some(self.at(to, &self.counted)? - self.at(from, &self.counted)?)
    }
}

/// Times of a window at which a counter is read, in nanoseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CountingTimes {
    /// Spans in which units are counted; those that overlap count once.
    Spans(Vec<(i64, i64)>),
    /// Moments whose values are added up.
    Sum(Vec<i64>),
    /// Moments whose mean value is taken.
    Mean(Vec<i64>),
}

impl CountingTimes {
    /// Units of a counter in all its tracks; `None` if there is no track, if a track does not reach the times, or
    /// without units.
    pub(super) fn units(&self, tracks: &[CounterTrack], name: &SafeText) -> Option<f64> {
        let mut tracks = tracks.iter().filter(|track| track.name == *name).peekable();
        tracks.peek()?;
        let units = tracks.map(|track| self.of_track(track)).sum::<Option<f64>>()?;
        (LEAST_UNITS..9e18).contains(&units).then_some(units)
    }

    fn of_track(&self, track: &CounterTrack) -> Option<f64> {
        let sum = |times: &[i64]| times.iter().map(|time| track.at(*time, &track.values)).sum::<Option<f64>>();
        match self {
            Self::Spans(spans) => joined(spans).into_iter().map(|span| track.counted(span)).sum(),
            Self::Sum(times) => sum(times),
            Self::Mean(times) => Some(sum(times)? / times.len().max(1) as f64),
        }
    }
}

/// Time spans in order, with overlapping ones joined.
fn joined(spans: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    spans.dedup_by(|later, kept| {
        let overlaps = later.0 <= kept.1;
        kept.1 = if overlaps { kept.1.max(later.1) } else { kept.1 };
        overlaps
    });
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(points: &[(i64, i64)]) -> CounterTrack {
        CounterTrack::new(SafeText::from("requests"), points.to_vec())
    }

    #[test]
    fn values_are_interpolated_between_lines() {
        let track = track(&[(300, 60), (100, 20), (200, 40)]);
        let counted = |from, to| track.counted((from, to));
        assert_eq!(counted(100, 300), Some(40.0));
        assert_eq!(counted(150, 250), Some(20.0));
        assert_eq!(track.at(150, &track.values), Some(30.0));
        assert_eq!(counted(50, 350), Some(40.0), "an interval beyond either end is as the end");
        assert_eq!((counted(-1, 300), counted(100, 401)), (None, None), "the log does not reach there");
    }

    #[test]
    fn a_mean_keeps_its_fraction() {
        let tracks = [track(&[(0, 1), (100, 2), (200, 1), (300, 0), (400, 0)])];
        let units = |times: &[i64]| CountingTimes::Mean(times.to_vec()).units(&tracks, &SafeText::from("requests"));
        assert_eq!((units(&[0, 100]), units(&[50])), (Some(1.5), Some(1.5)));
        assert_eq!((units(&[200, 300]), units(&[300])), (Some(0.5), None), "there is nothing to divide by");
    }

    #[test]
    fn a_counter_that_falls_began_anew() {
        let track = track(&[(0, 90), (100, 100), (200, 5), (300, 25)]);
        assert_eq!(track.counted((0, 300)), Some(35.0));
        assert_eq!(track.counted((150, 200)), Some(5.0), "what the new process counted until its first line");
    }

    #[test]
    fn spans_that_overlap_are_one() {
        assert_eq!(joined(&[(5, 9), (0, 3), (2, 4), (9, 12), (20, 21)]), [(0, 4), (5, 12), (20, 21)]);
    }

    #[test]
    fn hostile_times_do_not_overflow() {
        let track = track(&[(i64::MIN, 0), (i64::MAX, i64::MAX), (0, i64::MAX)]);
        for time in [i64::MIN, -1, 0, 1, i64::MAX] {
            assert!(track.at(time, &track.counted).is_some(), "{time}");
        }
    }
}
