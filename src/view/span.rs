//! Windows as typed: `3..7`, `14:00..14:30`, `2026-11-22`, `2026-11-22T14:00:00Z..`, `-30m`.
//!
//! A text is parsed to a [`Span`], and a loaded series maps it to snapshots. Times without a zone are local. A time of day
//! is its last occurrence at or before the end of the series, and the end of a window that begins at a time is the next
//! occurrence after that: `23:30..00:30` ends on the next day. Durations count back from the last snapshot, not from now:
//! a profile is often opened long after it was taken.

use std::ops::Range;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::analysis::Window;
use crate::base::safe_text::safe_str;
use crate::base::time::{TimeBound, TimeBounds, UtcTime, parse_duration, since_start};
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
    /// Local time with its date.
    Local(DateTime),
    /// Local day: a window begins at its first moment and ends at its last.
    Day(Date),
    /// Local time of day.
    Clock(Time),
    /// Duration before the last snapshot.
    Ago(SignedDuration),
}

impl Span {
    /// Parses `A..B`, `A..`, `..B`, the number of a snapshot, a day, and `-30m` for `-30m..`.
    ///
    /// # Errors
    /// A sentence about the invalid part.
    pub fn parse(text: &str) -> Result<Self, String> {
        let end = |part: &str| if part.is_empty() { Ok(None) } else { WindowEnd::parse(part).map(Some) };
        let (from, to) = match text.split_once("..") {
            Some((from, to)) => (end(from)?, end(to)?),
            None => match WindowEnd::parse(text)? {
                ago @ WindowEnd::Ago(_) => (Some(ago), None),
                whole @ (WindowEnd::Number(_) | WindowEnd::Day(_)) => (Some(whole), Some(whole)),
                WindowEnd::At(_) | WindowEnd::Local(_) | WindowEnd::Clock(_) => {
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
        let last = numbers.last().copied().unwrap_or(0);
        let span = if times.contains(&0) { self.with_last(last) } else { self.clone() };
        let needs_time = |bound: &WindowEnd| !matches!(bound, WindowEnd::Number(_));
        if times.contains(&0) && [span.from, span.to].iter().flatten().any(needs_time) {
            let line = format!("`{text}` needs times, and some snapshots have none");
            return Err((line, format!("snapshots also have numbers: 1..{last}; `-0s` is the last one")));
        }
        let Some(end) = series_end(series, range.clone()) else {
            return Err((format!("no snapshot in `{text}`"), extent(&times, None, zone)));
        };
        let [from, to] = span.times(end, zone);
        let time = |nanos: i64| Timestamp::from_nanosecond(i128::from(nanos)).ok();
        let begins = |at: usize| match span.from {
            None => true,
            Some(WindowEnd::Number(number)) => numbers[at] >= number,
            Some(_) => from.zip(time(times[at].saturating_add(lengths[at]))).is_some_and(|(from, until)| from <= until),
        };
        let ends = |at: usize| match span.to {
            None => true,
            Some(WindowEnd::Number(number)) => numbers[at] <= number,
            Some(bound) => {
                let begin = time(times[at].saturating_add(lengths[at].min(1)));
                to.and_then(|to| to.checked_add(bound.rest_of_second()).ok())
                    .zip(begin)
                    .is_some_and(|(to, at)| at <= to)
            }
        };
        let found: Vec<usize> = (0..times.len()).filter(|at| begins(*at) && ends(*at)).collect();
        if let (Some(first), Some(last)) = (found.first(), found.last()) {
            return Ok(Window { first: range.start + first, last: range.start + last });
        }
        let meant = span.meant([from, to], zone);
        Err((format!("no snapshot in `{text}`{meant}"), extent(&times, numbers.last(), zone)))
    }

    /// The same window with the number of the last snapshot in place of `-0s`, which needs no times then.
    fn with_last(&self, last: usize) -> Self {
        let numbered = |end: WindowEnd| match end {
            WindowEnd::Ago(SignedDuration::ZERO) => WindowEnd::Number(last),
            other => other,
        };
        Self { from: self.from.map(numbered), to: self.to.map(numbered), ..self.clone() }
    }

    /// Times of both ends; `None` for numbers and open ends.
    fn times(&self, end: SeriesEnd, zone: &TimeZone) -> [Option<Timestamp>; 2] {
        // The time of day at which a window begins is before its end, where that is known, and else on a day of the series.
        let (from, to) = (self.from, self.to);
        let known_end = to.filter(|to| !matches!(to, WindowEnd::Clock(_))).and_then(|to| to.time(Edge::End, end, zone));
        let from = match from {
            Some(WindowEnd::Clock(clock)) => {
                let latest = known_end.map_or(end.inside, |known| nanos_of(known).min(end.inside));
                let first_day = if to.is_none() { end.first } else { None };
                last_clock(clock, latest, first_day, zone)
            }
            other => other.and_then(|from| from.time(Edge::Begin, end, zone)),
        };
        let to = match to {
            Some(WindowEnd::Clock(clock)) => match from {
                Some(from) => next_clock(clock, from, zone),
                None => last_clock(clock, end.inside, end.first, zone),
            },
            _ => known_end,
        };
        [from, to]
    }

    /// Local times of a window, as an addition to its text; empty for numbers and for times with their zone.
    fn meant(&self, times: [Option<Timestamp>; 2], zone: &TimeZone) -> String {
        let is_plain = |end: &WindowEnd| matches!(end, WindowEnd::Number(_) | WindowEnd::At(_));
        if [self.from, self.to].iter().flatten().all(is_plain) {
            return String::new();
        }
        let local = |time: Timestamp| time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let [from, to] = times.map(|time| time.filter(|time| *time > Timestamp::MIN).map(local));
        match (from, to) {
            (Some(from), Some(to)) => format!(", which is from {from} to {to}"),
            (Some(from), None) => format!(", which is from {from}"),
            (None, Some(to)) => format!(", which is to {to}"),
            (None, None) => String::new(),
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
        let [from, to] = self.times(end, zone);
        // A window that reaches beyond the series is cut, not widened.
        let is_early = from.zip(begins).is_some_and(|(from, begins)| begins < from);
        let is_late = to.zip(ends).is_some_and(|(to, ends)| to < ends);
        (is_step(first) && is_step(last) && (is_early || is_late)).then(|| range.map(UtcTime::from_nanos))
    }

    /// Bounds of the window before anything is loaded: durations count back from the end of the data to be loaded, and
    /// a time of day means its last occurrence before `now`, in milliseconds since 1970.
    pub fn bounds(&self, now: i64, zone: &TimeZone) -> TimeBounds {
        let now = now.saturating_mul(1_000_000);
        let [from, to] = self.times(SeriesEnd { first: None, inside: now, at: now }, zone);
        let bound = |end: WindowEnd, time: Option<Timestamp>| match (end, time) {
            (WindowEnd::Number(number), _) => TimeBound::Number(number),
            (WindowEnd::Ago(ago), _) => TimeBound::Ago(i64::try_from(ago.as_millis()).unwrap_or(i64::MAX)),
            (_, Some(time)) => TimeBound::At(time.as_millisecond()),
            (_, None) => TimeBound::At(now / 1_000_000),
        };
        TimeBounds { from: self.from.map(|end| bound(end, from)), until: self.to.map(|end| bound(end, to)) }
    }

    /// Text of the window.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// End of a series, in nanoseconds since 1970.
#[derive(Clone, Copy)]
struct SeriesEnd {
    /// Time of the first snapshot; `None` of a store, of which a part is loaded.
    first: Option<i64>,
    /// Last moment within the last snapshot.
    inside: i64,
    /// Time from which durations count back: the end of a store's last step, else the time of the last snapshot.
    at: i64,
}

/// Edge of a window.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Begin,
    End,
}

/// End of a side of a series; `None` without snapshots.
fn series_end(series: &Series, side: Range<usize>) -> Option<SeriesEnd> {
    let snapshots = &series.snapshots()[side];
    let (first, last) = (&snapshots.first()?.header, &snapshots.last()?.header);
    let span = last.merge.as_ref().map_or(0, |merge| merge.span_nanos);
    let at = last.time_nanos.saturating_add(span);
    let first = Some(first.time_nanos).filter(|_| last.merge.is_none());
    Some(SeriesEnd { first, inside: at - i64::from(span > 0), at })
}

fn nanos_of(time: Timestamp) -> i64 {
    i64::try_from(time.as_nanosecond()).unwrap_or(if time < Timestamp::UNIX_EPOCH { i64::MIN } else { i64::MAX })
}

/// Last time at or before `end` at which a clock shows `clock`; on the day of `end` if it would be before the day of
/// `first`. Both in nanoseconds since 1970.
fn last_clock(clock: Time, end: i64, first: Option<i64>, zone: &TimeZone) -> Option<Timestamp> {
    let day = |nanos: i64| Some(Timestamp::from_nanosecond(i128::from(nanos)).ok()?.to_zoned(zone.clone()).date());
    let today = day(end)?;
    let found = moment(today.to_datetime(clock), zone)?;
    let is_first_day = first.and_then(day).is_some_and(|first| first >= today);
    if nanos_of(found) <= end || is_first_day {
        Some(found)
    } else {
        moment(today.yesterday().ok()?.to_datetime(clock), zone)
    }
}

/// First time at or after `begin` at which a clock shows `clock`.
fn next_clock(clock: Time, begin: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let today = begin.to_zoned(zone.clone()).date();
    let found = moment(today.to_datetime(clock), zone)?;
    if found >= begin { Some(found) } else { moment(today.tomorrow().ok()?.to_datetime(clock), zone) }
}

/// Local time as a time.
fn moment(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    Some(local.to_zoned(zone.clone()).ok()?.timestamp())
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
            let days = || parse_duration(ago).map(SignedDuration::from_millis);
            return ago.parse().ok().or_else(days).map(Self::Ago).ok_or_else(|| unclear(text));
        }
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(Self::At(time));
        }
        // A date without a zone would also parse as a time of day, which would lose the date.
        let found = match text.contains(':') {
            true if text.len() <= "HH:MM:SS".len() => text.parse().ok().map(Self::Clock),
            true => text.parse().ok().map(Self::Local),
            false if text.len() == "YYYY-MM-DD".len() => text.parse().ok().map(Self::Day),
            false => None,
        };
        found.ok_or_else(|| unclear(text))
    }

    /// Time of this end of a window; `None` for a number, and for a time of day, which depends on the other end.
    fn time(self, edge: Edge, end: SeriesEnd, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Number(_) | Self::Clock(_) => None,
            Self::At(time) => Some(time),
            Self::Local(local) => moment(local, zone),
            Self::Day(day) if edge == Edge::Begin => moment(day.to_datetime(Time::midnight()), zone),
            Self::Day(day) => {
                let next = moment(day.tomorrow().ok()?.to_datetime(Time::midnight()), zone)?;
                next.checked_sub(SignedDuration::from_nanos(1)).ok()
            }
            // A duration that reaches before the first possible time includes all snapshots.
            Self::Ago(ago) => {
                let end = Timestamp::from_nanosecond(i128::from(end.at)).ok()?;
                Some(end.checked_sub(ago).unwrap_or(Timestamp::MIN))
            }
        }
    }

    /// Duration by which the end of a window is after its time: a local time includes its whole second.
    fn rest_of_second(self) -> SignedDuration {
        match self {
            Self::Clock(_) | Self::Local(_) => SignedDuration::from_millis(999),
            Self::Number(_) | Self::At(_) | Self::Day(_) | Self::Ago(_) => SignedDuration::ZERO,
        }
    }
}

fn unclear(text: &str) -> String {
    format!(
        "`{}` is not an end of a window; write the number of a snapshot, `14:30`, `-30m`, `2026-11-22` or `2026-11-22T14:30`",
        safe_str(text)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times of a window in a zone, of a series from `first` to `last`.
    fn times(text: &str, [first, last]: [&str; 2], zone: &TimeZone) -> [Option<Timestamp>; 2] {
        let nanos = |text: &str| nanos_of(text.parse().unwrap());
        let end = SeriesEnd { first: Some(nanos(first)), inside: nanos(last), at: nanos(last) };
        Span::parse(text).unwrap().times(end, zone)
    }

    #[test]
    fn ends_beyond_every_series_are_ends() {
        let long_ago = times("-200000000h", ["1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z"], &TimeZone::UTC);
        assert_eq!(long_ago, [Some(Timestamp::MIN), None]);
        assert_eq!(WindowEnd::parse("99999999999999999999999"), Ok(WindowEnd::Number(usize::MAX)));
    }

    #[test]
    fn a_time_of_day_is_its_last_one_in_the_series() {
        let night = ["2026-11-22T10:00:00Z", "2026-11-24T03:00:00Z"];
        let day = ["2026-11-24T10:00:00Z", "2026-11-24T14:15:00Z"];
        for (series, text, expected) in [
            (night, "23:30..00:30", ["2026-11-23T23:30:00Z", "2026-11-24T00:30:00Z"]),
            (night, "16:00..17:00", ["2026-11-23T16:00:00Z", "2026-11-23T17:00:00Z"]),
            (night, "02:00..04:00", ["2026-11-24T02:00:00Z", "2026-11-24T04:00:00Z"]),
            (night, "03:00..03:00", ["2026-11-24T03:00:00Z", "2026-11-24T03:00:00Z"]),
            (night, "22:00..", ["2026-11-23T22:00:00Z", ""]),
            (night, "..03:00", ["", "2026-11-24T03:00:00Z"]),
            (night, "..22:00", ["", "2026-11-23T22:00:00Z"]),
            (night, "22:00..-3h", ["2026-11-23T22:00:00Z", "2026-11-24T00:00:00Z"]),
            (night, "22:00..-6h", ["2026-11-22T22:00:00Z", "2026-11-23T21:00:00Z"]),
            (night, "-1d..", ["2026-11-23T03:00:00Z", ""]),
            (night, "-1d12h", ["2026-11-22T15:00:00Z", ""]),
            (night, "2026-11-23", ["2026-11-23T00:00:00Z", "2026-11-23T23:59:59.999999999Z"]),
            (night, "2026-11-22..2026-11-23", ["2026-11-22T00:00:00Z", "2026-11-23T23:59:59.999999999Z"]),
            (night, "2026-11-22T16:00..18:00", ["2026-11-22T16:00:00Z", "2026-11-22T18:00:00Z"]),
            (night, "2026-11-22 16:00..2026-11-23T16:00:30", ["2026-11-22T16:00:00Z", "2026-11-23T16:00:30Z"]),
            (day, "14:00..14:30", ["2026-11-24T14:00:00Z", "2026-11-24T14:30:00Z"]),
            (day, "..14:30", ["", "2026-11-24T14:30:00Z"]),
            (day, "15:00..", ["2026-11-24T15:00:00Z", ""]),
            (day, "09:00..", ["2026-11-24T09:00:00Z", ""]),
        ] {
            let expected = expected.map(|time| time.parse().ok());
            assert_eq!(times(text, series, &TimeZone::UTC), expected, "{text} in {series:?}");
        }
        // The day is that of the zone.
        let east = TimeZone::fixed(jiff::tz::offset(9));
        let expected = ["2026-11-22T15:00:00Z", "2026-11-23T14:59:59.999999999Z"].map(|time| time.parse().ok());
        assert_eq!(times("2026-11-23", night, &east), expected);
        let expected = ["2026-11-23T14:30:00Z", "2026-11-23T15:30:00Z"].map(|time| time.parse().ok());
        assert_eq!(times("23:30..00:30", night, &east), expected);
    }

    #[test]
    fn bounds_of_a_store_are_times() {
        let now: Timestamp = "2026-11-24T14:15:00Z".parse().unwrap();
        let bounds = |text: &str| Span::parse(text).unwrap().bounds(now.as_millisecond(), &TimeZone::UTC);
        let at = |text: &str| Some(TimeBound::At(text.parse::<Timestamp>().unwrap().as_millisecond()));
        let night = TimeBounds { from: at("2026-11-23T23:30:00Z"), until: at("2026-11-24T00:30:00Z") };
        assert_eq!(bounds("23:30..00:30"), night);
        let day = TimeBounds { from: at("2026-11-23T00:00:00Z"), until: at("2026-11-23T23:59:59.999Z") };
        assert_eq!(bounds("2026-11-23"), day);
        assert_eq!(bounds("-1d").from, Some(TimeBound::Ago(86_400_000)));
        assert_eq!(bounds("16:00..").from, at("2026-11-23T16:00:00Z"));
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
        for text in ["", "0..3", "7..3", "14:30", "yesterday..", "3...7", "2026-13-22..", "-30..", "25:00..", "-1w"] {
            assert!(Span::parse(text).is_err(), "{text:?}");
        }
    }
}
