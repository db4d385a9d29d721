//! Windows as typed: `3..7`, `14:00..14:30`, `2026-11-22T14:00:00Z..`, `-30m`.
//!
//! A text is parsed to a [`Span`], and a loaded series maps it to snapshots. Times without a date are local and on the
//! last day of the series. Durations count back from the last snapshot, not from now: a profile is often opened long
//! after it was taken.

use std::ops::Range;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::analysis::Window;
use crate::base::safe_text::safe_str;
use crate::base::time::{TimeBound, TimeBounds, UtcTime, since_start};
use crate::profile::{Header, Input, Series};

/// Window as typed. Both ends may be open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    text: String,
    from: Option<WindowEnd>,
    to: Option<WindowEnd>,
}

/// End of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WindowEnd {
    /// Number of a snapshot, or of a store's step, from 1.
    Number(usize),
    /// Time.
    At(Timestamp),
    /// Local time of day.
    Clock(Time),
    /// Duration before the last snapshot.
    Ago(SignedDuration),
}

impl Span {
    /// Parses `A..B`, `A..`, `..B`, the number of a snapshot, and `-30m` for `-30m..`.
    ///
    /// # Errors
    /// A sentence about the invalid part.
    pub fn parse(text: &str) -> Result<Self, String> {
        let end = |part: &str| if part.is_empty() { Ok(None) } else { WindowEnd::parse(part).map(Some) };
        let (from, to) = match text.split_once("..") {
            Some((from, to)) => (end(from)?, end(to)?),
            None => match WindowEnd::parse(text)? {
                ago @ WindowEnd::Ago(_) => (Some(ago), None),
                number @ WindowEnd::Number(_) => (Some(number), Some(number)),
                WindowEnd::At(_) | WindowEnd::Clock(_) => {
                    return Err("a window has two ends; write `A..B`, `A..` or `..B`".to_owned());
                }
            },
        };
        if let (Some(WindowEnd::Number(from)), Some(WindowEnd::Number(to))) = (from, to)
            && from > to
        {
            return Err(format!("the window ends before it begins; did you mean `{to}..{from}`?"));
        }
        Ok(Self { text: text.to_owned(), from, to })
    }

    /// Snapshots of one side of a series within the window.
    ///
    /// # Errors
    /// No snapshot is within the window; the text names those that exist.
    pub fn window(&self, series: &Series, side: Input, zone: &TimeZone) -> Result<Window, (String, String)> {
        let range = series.range_of(side);
        let headers = || range.clone().map(|at| &series.snapshots()[at].header);
        let times: Vec<i64> = headers().map(|header| header.time_nanos).collect();
        // A step of a store is in every window that overlaps it; a window that begins at the end of the step does not.
        let lengths: Vec<i64> =
            headers().map(|header| header.merge.as_ref().map_or(0, |merge| merge.span_nanos.max(1) - 1)).collect();
        let numbers = snapshot_numbers(series, range.clone());
        let text = safe_str(&self.text).into_owned();
        let (mut from, mut to) = (self.from, self.to);
        if times.contains(&0) {
            // `-0s` is the last snapshot, whatever the times are.
            let last = numbers.last().copied().unwrap_or(0);
            for bound in [&mut from, &mut to].into_iter().flatten() {
                if *bound == WindowEnd::Ago(SignedDuration::ZERO) {
                    *bound = WindowEnd::Number(last);
                }
            }
            let needs_time = |bound: &WindowEnd| !matches!(bound, WindowEnd::Number(_));
            if [from, to].iter().flatten().any(needs_time) {
                let line = format!("`{text}` needs times, and some snapshots have none");
                return Err((line, format!("snapshots also have numbers: 1..{last}; `-0s` is the last one")));
            }
        }
        let Some(end) = series_end(series, range.clone()) else {
            return Err((format!("no snapshot in `{text}`"), extent(&times, None, zone)));
        };
        let meant = |at: &usize| {
            let time = |nanos: i64| Timestamp::from_nanosecond(i128::from(nanos)).ok();
            let until = times[*at].saturating_add(lengths[*at]);
            let begin = times[*at].saturating_add(lengths[*at].min(1));
            let starts = from.is_none_or(|from| from.is_at_or_before(numbers[*at], time(until), end, zone));
            starts && to.is_none_or(|to| to.is_at_or_after(numbers[*at], time(begin), end, zone))
        };
        let found: Vec<usize> = (0..times.len()).filter(meant).collect();
        match (found.first(), found.last()) {
            (Some(first), Some(last)) => Ok(Window { first: range.start + first, last: range.start + last }),
            _ => Err((format!("no snapshot in `{text}`"), extent(&times, numbers.last(), zone))),
        }
    }
}

impl Span {
    /// Times of the snapshots that `window` found among the steps of a store, if they reach beyond the times of this
    /// span; else `None`.
    pub fn widened(&self, series: &Series, window: Window, zone: &TimeZone) -> Option<[UtcTime; 2]> {
        let header = |at: usize| &series.snapshots()[at].header;
        let end = series_end(series, window.bounds(series))?;
        let (first, last) = (header(window.first), header(window.last));
        let is_step = |header: &Header| header.merge.as_ref().is_some_and(|merge| !merge.is_single());
        let span = last.merge.as_ref().map_or(0, |merge| merge.span_nanos);
        let range = [first.time_nanos, last.time_nanos.saturating_add(span)];
        let [begins, ends] = range.map(|nanos| Timestamp::from_nanosecond(i128::from(nanos)).ok());
        let bound = |bound: Option<WindowEnd>| bound.and_then(|bound| bound.time(end, zone));
        // A window that reaches beyond the series is cut, not widened.
        let is_early = bound(self.from).zip(begins).is_some_and(|(from, begins)| begins < from);
        let is_late = bound(self.to).zip(ends).is_some_and(|(to, ends)| to < ends);
        (is_step(first) && is_step(last) && (is_early || is_late)).then(|| range.map(UtcTime::from_nanos))
    }

    /// Bounds of the window before anything is loaded: durations count back from the end of the data to be loaded, and
    /// a time of day means its last occurrence before `now`, in milliseconds since 1970.
    pub fn bounds(&self, now: i64, zone: &TimeZone) -> TimeBounds {
        let bound = |end: WindowEnd| match end {
            WindowEnd::Number(number) => TimeBound::Number(number),
            WindowEnd::At(time) => TimeBound::At(time.as_millisecond()),
            WindowEnd::Ago(ago) => TimeBound::Ago(i64::try_from(ago.as_millis()).unwrap_or(i64::MAX)),
            WindowEnd::Clock(clock) => TimeBound::At(last_clock(clock, now, zone).unwrap_or(now)),
        };
        TimeBounds { from: self.from.map(bound), until: self.to.map(bound) }
    }

    /// Text of the window.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// End of a series, in nanoseconds since 1970.
#[derive(Clone, Copy)]
struct SeriesEnd {
    /// Last moment within the last snapshot.
    inside: i64,
    /// Time from which durations count back: the end of a store's last step, else the time of the last snapshot.
    at: i64,
}

/// End of a side of a series; `None` without snapshots.
fn series_end(series: &Series, side: Range<usize>) -> Option<SeriesEnd> {
    let last = &series.snapshots()[side].last()?.header;
    let span = last.merge.as_ref().map_or(0, |merge| merge.span_nanos);
    let at = last.time_nanos.saturating_add(span);
    Some(SeriesEnd { inside: at - i64::from(span > 0), at })
}

/// Last time before `now` at which a clock shows `clock`.
fn last_clock(clock: Time, now: i64, zone: &TimeZone) -> Option<i64> {
    let today = Timestamp::from_millisecond(now).ok()?.to_zoned(zone.clone()).date();
    let on = |date: jiff::civil::Date| {
        Some(date.to_datetime(clock).to_zoned(zone.clone()).ok()?.timestamp().as_millisecond())
    };
    match on(today)? {
        time if time <= now => Some(time),
        _ => on(today.yesterday().ok()?),
    }
}

/// Function that parses a window and finds its snapshots on one side of a series. The time zone belongs to a higher
/// layer.
pub type Spans = fn(&str, &Series, Input) -> Result<Window, String>;

/// Window of `text` with local times.
///
/// # Errors
/// Reason, in one line.
pub fn local(text: &str, series: &Series, side: Input) -> Result<Window, String> {
    meant(text, series, side, &TimeZone::system())
}

/// Window of `text` with times in UTC.
///
/// # Errors
/// Reason, in one line.
pub fn utc(text: &str, series: &Series, side: Input) -> Result<Window, String> {
    meant(text, series, side, &TimeZone::UTC)
}

fn meant(text: &str, series: &Series, side: Input, zone: &TimeZone) -> Result<Window, String> {
    Span::parse(text)?.window(series, side, zone).map_err(|(line, hint)| format!("{line}: {hint}"))
}

/// Numbers of the snapshots of a side in windows, from 1. The snapshots of a store's step, one for each instance, share
/// the number of the step. The steps of one store have their numbers in its range, of which some may have no snapshot.
pub fn snapshot_numbers(series: &Series, side: Range<usize>) -> Vec<usize> {
    let merges = || series.snapshots()[side.clone()].iter().map(|snapshot| snapshot.header.merge.as_ref());
    let source = merges().next().flatten().map(|merge| merge.source);
    if merges().all(|merge| merge.is_some_and(|merge| merge.step > 0 && Some(merge.source) == source)) {
        return merges().flatten().map(|merge| merge.step as usize).collect();
    }
    let step = |header: &Header| {
        header.merge.as_ref().filter(|merge| !merge.is_single()).map(|merge| (header.time_nanos, merge.span_nanos))
    };
    let mut number = 0;
    let mut before = None;
    let numbered = series.snapshots()[side].iter().map(|snapshot| {
        let step = step(&snapshot.header);
        number += usize::from(step.is_none() || step != before);
        before = step;
        number
    });
    numbered.collect()
}

/// Window as numbers of snapshots: `3..7`.
pub fn numbered(series: &Series, window: Window) -> String {
    let side = window.bounds(series);
    let numbers = snapshot_numbers(series, side.clone());
    let number = |at: usize| at.checked_sub(side.start).and_then(|at| numbers.get(at)).copied().unwrap_or(at + 1);
    format!("{}..{}", number(window.first), number(window.last))
}

/// Window as a printed command has it: as times for a profile store, else as numbers. The command may load another range of
/// the store, in which the steps have other numbers.
pub fn printed_window(series: &Series, window: Window) -> String {
    /// Nanoseconds of a millisecond, the resolution of a store.
    const MILLI: i64 = 1_000_000;
    const SECOND: i64 = 1_000 * MILLI;
    let header = |at: usize| &series.snapshots()[at].header;
    let (first, last) = (header(window.first), header(window.last));
    let Some((begin, end)) = first.merge.as_ref().zip(last.merge.as_ref()) else { return numbered(series, window) };
    // A range begins after its first second, which a single profile may have.
    let is_excluded = begin.is_single() && first.time_nanos % SECOND == 0;
    let from = first.time_nanos - if is_excluded { MILLI } else { 0 };
    let until = last.time_nanos.saturating_add(end.span_nanos);
    format!("{}..{}", UtcTime::from_nanos(from), UtcTime::from_nanos(until))
}

/// Returns true if the window is of snapshots of a profile store.
pub fn is_of_store(series: &Series, window: Window) -> bool {
    [window.first, window.last].iter().all(|at| series.snapshots()[*at].header.merge.is_some())
}

/// Text about the available numbers and times.
fn extent(times: &[i64], last: Option<&usize>, zone: &TimeZone) -> String {
    let local = |nanos: &i64| {
        if let Some(since_start) = since_start(*nanos) {
            return Some(since_start);
        }
        let time = Timestamp::from_nanosecond(i128::from(*nanos)).ok()?;
        Some(time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string())
    };
    let numbers = match last.copied().unwrap_or(0) {
        1 => "there is one snapshot".to_owned(),
        count => format!("there are the snapshots 1..{count}"),
    };
    match (times.first().and_then(local), times.last().and_then(local)) {
        (Some(from), Some(to)) if times.len() > 1 && !times.contains(&0) => format!("{numbers}, from {from} to {to}"),
        _ => numbers,
    }
}

impl WindowEnd {
    fn parse(text: &str) -> Result<Self, String> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            // A number that exceeds `usize` becomes the largest one, which no series has.
            return match text.parse::<usize>().unwrap_or(usize::MAX) {
                0 => Err("snapshots are counted from 1".to_owned()),
                number => Ok(Self::Number(number)),
            };
        }
        if let Some(ago) = text.strip_prefix('-') {
            return ago.parse::<SignedDuration>().map(Self::Ago).map_err(|_| unclear(text));
        }
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(Self::At(time));
        }
        // A date without a zone would also parse as a time of day, which would lose the date.
        let is_clock = text.len() <= "HH:MM:SS".len() && text.contains(':');
        text.parse::<Time>().ok().filter(|_| is_clock).map(Self::Clock).ok_or_else(|| unclear(text))
    }

    /// Returns true if a window that begins at this end contains the snapshot with the number `at`.
    fn is_at_or_before(self, at: usize, time: Option<Timestamp>, end: SeriesEnd, zone: &TimeZone) -> bool {
        match self {
            Self::Number(number) => at >= number,
            other => other.time(end, zone).zip(time).is_some_and(|(bound, time)| bound <= time),
        }
    }

    /// Returns true if a window that ends at this end contains the snapshot with the number `at`.
    fn is_at_or_after(self, at: usize, time: Option<Timestamp>, end: SeriesEnd, zone: &TimeZone) -> bool {
        match self {
            Self::Number(number) => at <= number,
            // A time in seconds includes the whole second.
            other => other.time(end, zone).zip(time).is_some_and(|(bound, time)| {
                let whole = if matches!(other, Self::Clock(_)) {
                    SignedDuration::from_millis(999)
                } else {
                    SignedDuration::ZERO
                };
                time <= bound.checked_add(whole).unwrap_or(bound)
            }),
        }
    }

    fn time(self, end: SeriesEnd, zone: &TimeZone) -> Option<Timestamp> {
        let time = |nanos: i64| Timestamp::from_nanosecond(i128::from(nanos)).ok();
        match self {
            Self::Number(_) => None,
            Self::At(time) => Some(time),
            // A duration that reaches before the first possible time includes all snapshots.
            Self::Ago(ago) => Some(time(end.at)?.checked_sub(ago).unwrap_or(Timestamp::MIN)),
            Self::Clock(clock) => {
                let day = time(end.inside)?.to_zoned(zone.clone()).date();
                Some(day.to_datetime(clock).to_zoned(zone.clone()).ok()?.timestamp())
            }
        }
    }
}

fn unclear(text: &str) -> String {
    format!(
        "`{}` is not an end of a window; write the number of a snapshot, `14:30`, `-30m`, or `2026-11-22T14:30:00Z`",
        safe_str(text)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_beyond_every_series_are_ends() {
        let end = SeriesEnd { inside: 2_000_000_000, at: 2_000_000_000 };
        let time = |text: &str| WindowEnd::parse(text).unwrap().time(end, &TimeZone::UTC);
        assert_eq!(time("-200000000h"), Some(Timestamp::MIN));
        assert_eq!(time("-1s"), Timestamp::from_second(1).ok());
        assert_eq!(WindowEnd::parse("99999999999999999999999"), Ok(WindowEnd::Number(usize::MAX)));
        assert!(WindowEnd::Number(usize::MAX).is_at_or_after(2, None, end, &TimeZone::UTC));
    }

    #[test]
    fn windows_are_understood() {
        let span = |text| Span::parse(text).map(|span| (span.from, span.to));
        assert_eq!(span("3..7"), Ok((Some(WindowEnd::Number(3)), Some(WindowEnd::Number(7)))));
        assert_eq!(span("4"), Ok((Some(WindowEnd::Number(4)), Some(WindowEnd::Number(4)))));
        assert_eq!(span("..2"), Ok((None, Some(WindowEnd::Number(2)))));
        assert_eq!(span(".."), Ok((None, None)));
        assert_eq!(span("-30m"), Ok((Some(WindowEnd::Ago(SignedDuration::from_mins(30))), None)));
        assert_eq!(span("-1h30m..-10s").unwrap().1, Some(WindowEnd::Ago(SignedDuration::from_secs(10))));
        let half_past_two = Time::constant(14, 30, 0, 0);
        assert_eq!(span("14:30..").unwrap().0, Some(WindowEnd::Clock(half_past_two)));
        let time: Timestamp = "2026-11-22T14:30:00Z".parse().unwrap();
        assert_eq!(span("2026-11-22T15:30:00+01:00..").unwrap().0, Some(WindowEnd::At(time)));
    }

    #[test]
    fn an_invalid_window_is_refused() {
        for text in ["", "0..3", "7..3", "14:30", "yesterday..", "3...7", "2026-11-22..", "-30..", "25:00.."] {
            assert!(Span::parse(text).is_err(), "{text:?}");
        }
    }
}
