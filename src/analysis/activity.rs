//! Activity of the runtime on the time axis of the snapshots, from logs of garbage collectors.
//!
//! Lines of a log with a time of day keep it. A log that counts from the start of its program is placed by the
//! collection that a snapshot names as its last one; without such a snapshot, so that the log ends with the last
//! snapshot. The method is kept for each log, and shown beside its figures.

use rustc_hash::FxHashSet;

use crate::analysis::log_units::{CounterTrack, CountingTimes};
use crate::base::compact_sort::CompactSort;
use crate::base::safe_text::SafeText;
use crate::profile::{CounterLine, GcEvent, GcLog, Header, LogCounter, Series};

/// Method by which a log was aligned with the times of the snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// By the times of day in its lines.
    TimeOfDay,
    /// By the collection, with this number, that a snapshot names as its last.
    LastCollection(i64),
    /// By the end of the series: the last line of the log has the time of the last snapshot.
    EndOfSeries,
    /// At equal intervals over the time of the snapshots, the last line at the time of the last snapshot.
    EvenlySpaced,
    /// The log could not be placed, with the reason.
    Unplaced(&'static str),
}

/// Log aligned with the times of the snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedLog {
    /// Method of the alignment.
    pub how: Placement,
    /// Start and end of the recording, else times of the first and the last event, in nanoseconds since 1970; `None` if
    /// the log has no place in time.
    pub extent: Option<(i64, i64)>,
    /// Events that were placed.
    pub events: usize,
    /// Times of the first and the last event that no log before this one has; `None` if there are none.
    new_events: Option<(i64, i64)>,
    /// Events that could not be placed with the others.
    pub left_out: usize,
}

/// Sums of the events in a time span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActivitySpan {
    /// Number of collections; `None` if no log counts them.
    pub cycles: Option<i64>,
    /// Nanoseconds in which the program was paused; `None` if no log has pauses.
    pub pause: Option<i64>,
    /// Bytes allocated; `None` if no line gives them.
    pub allocated: Option<i64>,
    /// Peak of the heap in use after a line; `None` if no line gives it.
    pub peak: Option<i64>,
}

/// All events of all logs that could be placed, in the order of their times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    times: Vec<i64>,
    events: Vec<GcEvent>,
    available_figures: [bool; 3],
    /// Spans of time that the logs cover, in order and apart from each other.
    spans: Vec<(i64, i64)>,
    /// Values of the requested counter, for each log that has them.
    counters: Vec<CounterTrack>,
    /// Placement of each log, in the order of [`Series::logs`].
    pub placed: Vec<PlacedLog>,
}

impl Activity {
    /// Places the logs of a series.
    pub fn new(series: &Series) -> Self {
        let headers: Vec<&Header> = series.snapshots().iter().map(|snapshot| &snapshot.header).collect();
        let known = (series.logs().len() > 1).then(FxHashSet::default);
        let mut collected = CollectedLogs { all: Vec::new(), counters: Vec::new(), known };
        let placed: Vec<PlacedLog> = series.logs().iter().map(|log| collected.place(log, &headers)).collect();
        let CollectedLogs { mut all, counters, .. } = collected;
        all.compact_sort_by_key(|(time, _)| *time);
        let (times, events): (Vec<i64>, Vec<GcEvent>) = all.into_iter().unzip();
        let told = |figure: fn(&GcEvent) -> Option<i64>| events.iter().any(|event| figure(event).is_some());
        let available_figures = [told(|event| event.used), told(|event| event.cycles), told(|event| event.pause)];
        let mut activity = Self { times, events, available_figures, spans: Vec::new(), counters, placed };
        activity.spans = activity.spans_of(series.logs());
        activity
    }

    /// Spans of time that the logs cover. Of a recording they are known; logs together reach one mean interval beyond
    /// their first and last event, since they are silent between two collections.
    fn spans_of(&self, logs: &[GcLog]) -> Vec<(i64, i64)> {
        let gap = self.gap();
        let has_lines = |(log, placed): (&GcLog, &PlacedLog)| log.extent.is_none() && placed.events > 0;
        let is_any_log = logs.iter().zip(&self.placed).any(has_lines);
        let of_lines = self.extent().filter(|_| is_any_log);
        let of_lines = of_lines.map(|(first, last)| (first.saturating_sub(gap), last.saturating_add(gap)));
        let mut all: Vec<(i64, i64)> = logs.iter().filter_map(|log| log.extent).chain(of_lines).collect();
        all.sort_unstable();
        let mut spans: Vec<(i64, i64)> = Vec::new();
        for (from, to) in all {
            match spans.last_mut() {
                Some((_, end)) if from <= *end => *end = to.max(*end),
                _ => spans.push((from, to)),
            }
        }
        spans
    }

    /// Nanoseconds of a time span that the logs cover.
    pub(super) fn covered(&self, from: i64, to: i64) -> i64 {
        let shared = |(first, last): &(i64, i64)| to.min(*last).saturating_sub(from.max(*first)).max(0);
        self.spans.iter().map(shared).fold(0, i64::saturating_add)
    }

    /// Returns true if no event could be placed.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Number of events.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Times of the first and the last event, in nanoseconds since 1970; `None` without events.
    pub fn extent(&self) -> Option<(i64, i64)> {
        Some((*self.times.first()?, *self.times.last()?))
    }

    /// Sums of the events after `from` and not after `to`.
    pub fn between(&self, from: i64, to: i64) -> ActivitySpan {
        let at = |time: i64| self.times.partition_point(|known| *known <= time);
        let (first, end) = (at(from), at(to));
        let [_, counts, pauses] = self.available_figures;
        // A log that counts collections and has no line in the span counts none there.
        let mut activity =
            ActivitySpan { cycles: counts.then_some(0), pause: pauses.then_some(0), ..ActivitySpan::default() };
        let add = |sum: &mut Option<i64>, more: Option<i64>| {
            if let Some(more) = more {
                *sum = Some(sum.unwrap_or(0).saturating_add(more));
            }
        };
        for event in self.events.get(first..end).unwrap_or_default() {
            add(&mut activity.cycles, event.cycles);
            add(&mut activity.pause, event.pause);
            add(&mut activity.allocated, event.allocated);
            activity.peak = activity.peak.max(event.used);
        }
        activity
    }

    /// Units of a program's own counter at the times of a window; `None` if no log has the counter, or if there are no
    /// units.
    pub(super) fn units(&self, name: &SafeText, times: &CountingTimes) -> Option<f64> {
        times.units(&self.counters, name)
    }

    /// Three flags: true if any event has the heap in use, a number of collections, or a pause.
    pub fn available_figures(&self) -> [bool; 3] {
        self.available_figures
    }

    /// Returns true if the logs reach a time, or end at most one mean interval before it: a log is silent between two
    /// collections.
    pub fn reaches(&self, time: i64) -> bool {
        self.spans.last().is_some_and(|(_, last)| time <= *last)
    }

    /// Mean interval between two events, in nanoseconds.
    fn gap(&self) -> i64 {
        let (first, last) = self.extent().unwrap_or_default();
        last.saturating_sub(first) / i64::try_from(self.len()).unwrap_or(i64::MAX).max(1)
    }

    /// Returns true if two logs with different events overlap in time.
    pub fn overlaps(&self) -> bool {
        let mut extents: Vec<_> = self.placed.iter().filter_map(|placed| placed.new_events).collect();
        extents.sort_unstable();
        extents.windows(2).any(|pair| pair[1].0 < pair[0].1)
    }

    /// Bytes of heap in use at a time, from the last event up to it that has them.
    pub fn level(&self, time: i64) -> Option<i64> {
        let end = self.times.partition_point(|known| *known <= time);
        self.events[..end].iter().rev().find_map(|event| event.used)
    }
}

/// Events and counters of the logs that were placed.
struct CollectedLogs {
    all: Vec<(i64, GcEvent)>,
    counters: Vec<CounterTrack>,
    /// Events so far; `None` if there is a single log.
    known: Option<FxHashSet<(i64, GcEvent)>>,
}

impl CollectedLogs {
    /// Adds the events of a log that can be placed, and its counter. Events that another log has too, as dumps of one
    /// recording do, count once.
    fn place(&mut self, log: &GcLog, headers: &[&Header]) -> PlacedLog {
        let (how, offset) = found(log, headers);
        let dates = LogDates { how: &how, offset, headers };
        let times = dates.of(&log.events.iter().map(LineTime::of_event).collect::<Vec<_>>());
        let placed = times.into_iter().zip(&log.events).filter_map(|(time, event)| Some((time?, *event)));
        let mut events: Vec<(i64, GcEvent)> = placed.collect();
        let mut times: Vec<i64> = events.iter().map(|(time, _)| *time).collect();
        if let Some(LogCounter { name, lines }) = &log.counter {
            let dates = dates.of(&lines.iter().map(LineTime::of_counter).collect::<Vec<_>>());
            let points = dates.into_iter().zip(lines).filter_map(|(time, line)| Some((time?, line.value)));
            let points: Vec<(i64, i64)> = points.collect();
            times.extend(points.iter().map(|(time, _)| *time));
            self.counters.push(CounterTrack::new(name.clone(), points));
        }
        let extent = log.extent.or_else(|| extent_of(times.into_iter()));
        let how = match (extent, how) {
            (None, Placement::Unplaced(why)) => Placement::Unplaced(why),
            (None, _) => Placement::Unplaced("its lines say no time"),
            (Some(_), how) => how,
        };
        let count = events.len();
        if let Some(known) = &mut self.known {
            events.retain(|event| !known.contains(event));
            // Equal lines of one log are several events.
            known.extend(events.iter().copied());
        }
        let new_events = extent_of(events.iter().map(|(time, _)| *time));
        self.all.append(&mut events);
        PlacedLog { how, extent, events: count, new_events, left_out: log.events.len() - count }
    }
}

/// First and last of some times; `None` without times.
fn extent_of(times: impl Iterator<Item = i64>) -> Option<(i64, i64)> {
    times.fold(None, |extent, time| {
        let (first, last) = extent.unwrap_or((time, time));
        Some((first.min(time), last.max(time)))
    })
}

/// Time given by a line of a log.
#[derive(Clone, Copy)]
struct LineTime {
    wall: Option<i64>,
    uptime: Option<i64>,
}

impl LineTime {
    fn of_event(event: &GcEvent) -> Self {
        Self { wall: event.wall, uptime: event.uptime }
    }

    fn of_counter(line: &CounterLine) -> Self {
        Self { wall: line.wall, uptime: line.uptime }
    }

    /// Returns true if the uptime fell from this line to the next, which another program therefore wrote.
    fn fell(self, next: Self) -> bool {
        self.uptime.zip(next.uptime).is_some_and(|(before, after)| after < before)
    }
}

/// Conversion of the lines of a log to times.
struct LogDates<'a> {
    how: &'a Placement,
    /// Start of the program, in nanoseconds since 1970.
    offset: Option<i64>,
    headers: &'a [&'a Header],
}

impl LogDates<'_> {
    /// Time of each line, in nanoseconds since 1970; `None` for a line without a place in time.
    fn of(&self, lines: &[LineTime]) -> Vec<Option<i64>> {
        // If several programs wrote into a file, only the start of the last one is known.
        let last_run = match self.how {
            Placement::TimeOfDay => 0,
            _ => (1..lines.len()).rev().find(|at| lines[*at - 1].fell(lines[*at])).unwrap_or(0),
        };
        let is_steady = *self.how == Placement::EvenlySpaced;
        let time = |(at, line): (usize, &LineTime)| {
            let counted = || line.uptime?.checked_add(self.offset?);
            let evenly_spaced = || evenly_spaced_time(self.headers, at, lines.len()).filter(|_| is_steady);
            line.wall.or_else(counted).or_else(evenly_spaced).filter(|_| at >= last_run)
        };
        lines.iter().enumerate().map(time).collect()
    }
}

/// Placement of a log, and the start of its program in nanoseconds since 1970.
fn found(log: &GcLog, headers: &[&Header]) -> (Placement, Option<i64>) {
    let counted = log.counter.iter().flat_map(|counter| counter.lines.iter().map(LineTime::of_counter));
    let lines: Vec<LineTime> = log.events.iter().map(LineTime::of_event).chain(counted).collect();
    let both = lines.iter().find_map(|line| line.wall.zip(line.uptime));
    if lines.iter().any(|line| line.wall.is_some()) {
        return (Placement::TimeOfDay, both.and_then(|(wall, uptime)| wall.checked_sub(uptime)));
    }
    let named = headers.iter().rev().find_map(|header| {
        let metrics = header.metrics?;
        let (number, ended) = (metrics.gc_count?, metrics.last_gc_nanos.filter(|time| *time > 0)?);
        let event = log.events.iter().rev().find(|event| event.number == Some(number))?;
        Some((number, ended.checked_sub(event.uptime?)?))
    });
    if let Some((number, offset)) = named {
        return (Placement::LastCollection(number), Some(offset));
    }
    let ended = headers.iter().filter_map(|header| header.effective_time()).max();
    if log.is_periodic && ended.is_some() && lines.iter().all(|line| line.uptime.is_none()) {
        return (Placement::EvenlySpaced, None);
    }
    match (lines.iter().rev().find_map(|line| line.uptime), ended) {
        (None, _) => (Placement::Unplaced("its lines say no time"), None),
        (_, None) => (Placement::Unplaced("neither its lines nor the snapshots say a time of day"), None),
        (Some(uptime), Some(ended)) => (Placement::EndOfSeries, ended.checked_sub(uptime)),
    }
}

/// Time of one of `count` lines at equal intervals over the time of the snapshots. Snapshots of one moment give no
/// interval, so that only the last line has a time.
fn evenly_spaced_time(headers: &[&Header], at: usize, count: usize) -> Option<i64> {
    let times = || headers.iter().filter_map(|header| header.effective_time());
    let (first, last) = times().min().zip(times().max())?;
    let until_end = count.checked_sub(at + 1)?;
    if until_end == 0 {
        return Some(last);
    }
    let span = i128::from(last) - i128::from(first);
    let before = i64::try_from(span * until_end as i128 / (count - 1) as i128).ok().filter(|_| span > 0)?;
    last.checked_sub(before)
}
