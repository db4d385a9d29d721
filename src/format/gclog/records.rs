//! Memory records: JSON objects, and text such as `heap_used: 1234, rss: 5678`, `heap_used=1234` or
//! `Heap alloc: 12 MB`.
//!
//! Common names are recognized. Case, `_` and `-` are ignored, and a name may end with a unit: `heapUsed`,
//! `heap_used_bytes`, `HeapAlloc`, `gc_pause_total_ms`. Numbers of collections and total pauses count from the start of
//! the process.

use super::clock::Timestamp;
use super::{LineReader, LogClock, LogFormat};
use crate::base::limits::Budget;
use crate::format::json::{JsonEvent, JsonParser};
use crate::format::quantity::{bytes, letters, nanos, number, times};
use crate::format::{Chunks, InputError, ReadContext, ReadOptions};
use crate::profile::GcEvent;

pub(super) const FORMAT: LogFormat =
    LogFormat { name: "memory records", is_periodic: true, new_reader: |clock| Box::new(RecordsReader::new(clock)) };

/// Heap budget for parsing one line.
const MEMORY: u64 = 1 << 20;

/// Quantity of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordField {
    Used,
    Total,
    Rss,
    Cycles,
    Pause,
    Allocated,
    Time,
    Uptime,
}

/// Names of fields, reduced to lower-case letters and digits.
const NAMES: [(&str, RecordField); 31] = [
    ("heapused", RecordField::Used),
    ("usedheap", RecordField::Used),
    ("usedheapsize", RecordField::Used),
    ("heapalloc", RecordField::Used),
    ("memheapalloc", RecordField::Used),
    ("gomemstatsheapalloc", RecordField::Used),
    ("heaptotal", RecordField::Total),
    ("totalheap", RecordField::Total),
    ("totalheapsize", RecordField::Total),
    ("heapsys", RecordField::Total),
    ("heapcommitted", RecordField::Total),
    ("gomemstatsheapsys", RecordField::Total),
    ("rss", RecordField::Rss),
    ("residentsetsize", RecordField::Rss),
    ("processresidentmemory", RecordField::Rss),
    ("gccycles", RecordField::Cycles),
    ("gccount", RecordField::Cycles),
    ("numgc", RecordField::Cycles),
    ("gccollections", RecordField::Cycles),
    ("pausetotal", RecordField::Pause),
    ("gcpausetotal", RecordField::Pause),
    ("totalpause", RecordField::Pause),
    ("totalgcpause", RecordField::Pause),
    ("gctime", RecordField::Pause),
    ("totalalloc", RecordField::Allocated),
    ("allocatedtotal", RecordField::Allocated),
    ("time", RecordField::Time),
    ("timestamp", RecordField::Time),
    ("ts", RecordField::Time),
    ("uptime", RecordField::Uptime),
    ("elapsed", RecordField::Uptime),
];

impl RecordField {
    /// Recognizes a name.
    pub(super) fn find(name: &[u8]) -> Option<FieldName> {
        NAMES.iter().find_map(|(known, field)| {
            let rest = name.strip_prefix(known.as_bytes())?;
            let unit = match field {
                _ if rest.is_empty() => return Some(FieldName { field: *field, unit: None }),
                Self::Used | Self::Total | Self::Rss | Self::Allocated => bytes(rest)?,
                Self::Pause | Self::Uptime => nanos(rest)?,
                Self::Cycles => (rest == b"total").then_some(1.0)?,
                Self::Time => return None,
            };
            Some(FieldName { field: *field, unit: Some(unit) })
        })
    }
}

/// Recognized name of a field.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldName {
    field: RecordField,
    /// Unit at the end of the name, in bytes or nanoseconds; `None` if the name has none.
    unit: Option<f64>,
}

impl FieldName {
    /// True for a name of the line's time.
    pub(super) fn is_time(self) -> bool {
        matches!(self.field, RecordField::Time | RecordField::Uptime)
    }
}

struct RecordsReader {
    clock: LogClock,
    /// Counters of the previous record.
    previous: Counters,
}

/// Totals since the start of the process.
#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    cycles: Option<i64>,
    pause: Option<i64>,
    allocated: Option<i64>,
}

/// Figures of one line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LogRecord {
    event: GcEvent,
    counters: Counters,
}

impl RecordsReader {
    fn new(clock: LogClock) -> Self {
        Self { clock, previous: Counters::default() }
    }
}

impl LineReader for RecordsReader {
    fn parse_line(&mut self, line: &[u8]) -> Option<GcEvent> {
        let LogRecord { mut event, counters } = self.record(line).filter(|record| !record.is_empty())?;
        if event.wall.is_none() {
            event.wall = self.clock.find(line);
        }
        let difference = |now: Option<i64>, before: Option<i64>| {
            let now = now?;
            // A counter that decreases belongs to a new process.
            Some(before.map_or(0, |before| if now < before { now } else { now - before }))
        };
        event.cycles = difference(counters.cycles, self.previous.cycles);
        event.pause = difference(counters.pause, self.previous.pause);
        event.allocated = difference(counters.allocated, self.previous.allocated);
        self.previous = Counters {
            cycles: counters.cycles.or(self.previous.cycles),
            pause: counters.pause.or(self.previous.pause),
            allocated: counters.allocated.or(self.previous.allocated),
        };
        Some(event)
    }

    fn is_local(&self) -> bool {
        self.clock.is_local
    }
}

impl RecordsReader {
    /// Reads the fields of a JSON object, else the pairs of the line.
    fn record(&mut self, line: &[u8]) -> Option<LogRecord> {
        [read_json, read_pairs].into_iter().find_map(|read| {
            let mut record = LogRecord::default();
            read(line, &mut |names, text| {
                if let Some(field) = names.iter().find_map(|name| RecordField::find(name)) {
                    record.set(field, text, &mut self.clock);
                }
            })?;
            Some(record).filter(|record| !record.is_empty())
        })
    }
}

/// Callback for a field: its possible names, the longest first, in lower-case letters and digits, and its value.
pub(super) type FieldVisitor<'a> = dyn FnMut(&[Vec<u8>], &[u8]) + 'a;

/// Reads the fields of the JSON object in a line; `None` if there is none or it is invalid.
pub(super) fn read_json(line: &[u8], visit: &mut FieldVisitor<'_>) -> Option<()> {
    let brace = line.iter().position(|byte| *byte == b'{')?;
    let (options, mut budget, mut warnings) = (ReadOptions::default(), Budget::new(MEMORY), Vec::new());
    let mut context = ReadContext::new(&options, &mut budget, &mut warnings);
    let mut line = SingleLine(Some(line[brace..].to_vec()));
    let mut events = JsonParser::new(FORMAT.name, &mut line);
    // Names of the open containers, and name of the next value.
    let (mut open, mut name): (Vec<Vec<u8>>, Vec<u8>) = (Vec::new(), Vec::new());
    while let Some(json_event) = events.next(&mut context).ok()? {
        match json_event {
            JsonEvent::Key(key) => name = normalize(key),
            JsonEvent::Object | JsonEvent::Array => open.push(std::mem::take(&mut name)),
            JsonEvent::End => {
                open.pop();
            }
            JsonEvent::Number(text) | JsonEvent::Text(text) => {
                // `{"heap": {"used": 1}}` equals `{"heap_used": 1}`.
                let parent = open.last().map_or(&[][..], Vec::as_slice);
                visit(&[[parent, &name].concat(), name.clone()], text);
            }
            JsonEvent::Word => {}
        }
    }
    Some(())
}

impl LogRecord {
    /// True if there are no memory figures.
    fn is_empty(&self) -> bool {
        let GcEvent { used, total, rss, .. } = self.event;
        let Counters { cycles, pause, allocated } = self.counters;
        [used, total, rss, cycles, pause, allocated].iter().all(Option::is_none)
    }

    /// Time of the line: since 1970, and since the start of the process.
    pub(super) fn time(&self) -> (Option<i64>, Option<i64>) {
        (self.event.wall, self.event.uptime)
    }

    /// Sets a field from a value, which may have a unit.
    pub(super) fn set(&mut self, name: FieldName, text: &[u8], clock: &mut LogClock) {
        let FieldName { field, unit } = name;
        let text = text.trim_ascii();
        if field == RecordField::Time
            && let Some(wall) = clock.find(text)
        {
            self.event.wall = Some(wall);
            return;
        }
        let Some((value, rest)) = number(text) else { return };
        let (value_unit, _) = letters(rest.trim_ascii_start());
        let of_bytes = || times(value, unit.or_else(|| bytes(value_unit)).unwrap_or(1.0));
        let of_time = |usual: f64| times(value, unit.or_else(|| nanos(value_unit)).unwrap_or(usual));
        match field {
            RecordField::Used => self.event.used = of_bytes(),
            RecordField::Total => self.event.total = of_bytes(),
            RecordField::Rss => self.event.rss = of_bytes(),
            RecordField::Allocated => self.counters.allocated = of_bytes(),
            RecordField::Cycles => self.counters.cycles = times(value, 1.0),
            // Without a unit, whole numbers are nanoseconds printed by a runtime, and fractions are milliseconds
            // written by hand.
            RecordField::Pause => self.counters.pause = of_time(if value.fract() == 0.0 { 1.0 } else { 1e6 }),
            RecordField::Uptime => self.event.uptime = of_time(1e9),
            RecordField::Time => match Timestamp::from_number(value) {
                Some(Timestamp::Wall(wall)) => self.event.wall = Some(wall),
                Some(Timestamp::Uptime(uptime)) => self.event.uptime = Some(uptime),
                None => {}
            },
        }
    }
}

/// Maximum number of words in a name.
const NAME_WORDS: usize = 3;

/// Reads the pairs `name: value` and `name=value` of a line. A name may have several words: `GC pause total: 5 ms`.
#[expect(clippy::unnecessary_wraps, reason = "the readers of fields are tried one after the other")]
pub(super) fn read_pairs(line: &[u8], visit: &mut FieldVisitor<'_>) -> Option<()> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@');
    // Start offsets of the last words, the latest first, as long as only spaces are between them.
    let (mut starts, mut at) = ([None; NAME_WORDS], 0);
    while at < line.len() {
        let length = line[at..].iter().take_while(|byte| is_word(byte)).count();
        if length == 0 {
            if line[at] != b' ' {
                starts = [None; NAME_WORDS];
            }
            at += 1;
            continue;
        }
        starts.rotate_right(1);
        starts[0] = Some(at);
        at += length;
        let after = &line[at..];
        let after = after.strip_prefix(b"\"").unwrap_or(after).trim_ascii_start();
        let Some((b':' | b'=', value)) = after.split_first() else { continue };
        let value = value.trim_ascii_start();
        let value = value.strip_prefix(b"\"").unwrap_or(value);
        if !value.first().is_some_and(u8::is_ascii_digit) {
            continue;
        }
        let names: Vec<Vec<u8>> = starts.iter().rev().flatten().map(|start| normalize(&line[*start..at])).collect();
        visit(&names, value);
    }
    Some(())
}

/// Reduces a name to lower-case letters and digits.
pub(super) fn normalize(name: &[u8]) -> Vec<u8> {
    name.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
}

/// Input of a single line.
struct SingleLine(Option<Vec<u8>>);

impl Chunks for SingleLine {
    fn next(&mut self, _: Vec<u8>) -> Result<Option<Vec<u8>>, InputError> {
        Ok(self.0.take().filter(|line| !line.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::gclog::read_lines;

    fn read(lines: &[&str]) -> Vec<Option<GcEvent>> {
        read_lines(&FORMAT, lines)
    }

    #[test]
    fn names_are_spelled_in_many_ways() {
        let want = GcEvent {
            wall: Some(1_795_353_213_000_000_000),
            used: Some(2 << 20),
            total: Some(4 << 20),
            rss: Some(8 << 20),
            ..GcEvent::default()
        };
        for line in [
            r#"{"time":"2026-11-22T13:13:33Z","heapUsed":2097152,"heapTotal":4194304,"rss":8388608,"external":3}"#,
            r#"{"level":"info","ts":1795353213,"heap":{"used":2097152,"total":4194304},"rss":8388608,"a":[1,{"b":2}]}"#,
            r#"{"@timestamp":1795353213000,"heap_used_mb":2,"heap_total_mb":4,"rss_kb":"8192"}"#,
            "2026-11-22T13:13:33Z heap_used: 2097152, heap_total: 4194304, rss: 8388608",
            "2026-11-22T13:13:33Z heap_used=2MiB heap_total=4MiB rss=8MiB up=1",
            "2026-11-22T13:13:33Z { rss: 8388608, heapTotal: 4194304, heapUsed: 2097152, external: 1 }",
            r#"2026-11-22T13:13:33Z app {"heapUsed":2097152,"heapTotal":4194304,"rss":8388608}"#,
            r#"{"severity":"INFO","message":"heap_stats","heap_used_mb":2,"heap_total_mb":4,"rss_mb":8,"time":1795353213}"#,
            "2026-11-22T13:13:33Z app Heap used: 2 MB, Heap total: 4 MB, Heap objects: 12, RSS: 8 MB",
        ] {
            assert_eq!(read(&[line]), [Some(want)], "{line}");
        }
    }

    #[test]
    fn totals_become_differences() {
        let figures: Vec<_> = read(&[
            "uptime: 10, gc_cycles: 5, pause_total_ms: 2.5, total_alloc: 100",
            "uptime: 20, gc_cycles: 9, pause_total_ms: 4, total_alloc: 350",
            "uptime: 5, gc_cycles: 2, pause_total_ms: 1, total_alloc: 30",
        ])
        .into_iter()
        .flatten()
        .map(|event| [event.uptime, event.cycles, event.pause, event.allocated].map(Option::unwrap))
        .collect();
        let second = 1_000_000_000;
        assert_eq!(figures, [[10 * second, 0, 0, 0], [20 * second, 4, 1_500_000, 250], [5 * second, 2, 1_000_000, 30]]);
    }

    #[test]
    fn names_may_have_several_words() {
        let line = |alloc, cycles, pause| {
            let head = "2026/11/22 13:13:33 Heap alloc: ";
            format!("{head}{alloc} MB, Heap objects: 345, GC cycles: {cycles}, GC pause total: {pause} ms")
        };
        let events: Vec<GcEvent> = read(&[&line(12, 4, 5), &line(14, 9, 7)]).into_iter().flatten().collect();
        let want = GcEvent {
            wall: Some(1_795_353_213_000_000_000),
            used: Some(14 << 20),
            cycles: Some(5),
            pause: Some(2_000_000),
            ..GcEvent::default()
        };
        assert_eq!(events[1], want);
        assert_eq!(read(&["heap, alloc: 5", "GC: pause: 5"]), [None; 2]);
        assert_eq!(read(&["heap\talloc: 5", "heap of alloc: 5"]), [None; 2]);
    }

    #[test]
    fn other_lines_have_no_figures() {
        for line in [
            "",
            "{",
            "{}",
            "listening on :8080",
            "time: 12",
            "{\"msg\":\"hello\"}",
            "rss: none",
            "heap_used:",
            "rss = -1",
            "{\"heapUsed\":\"many\"}",
            "heap_used_parsecs: 3",
            "heap_used: 99999999999999999999999",
            ":::::====",
        ] {
            assert_eq!(read(&[line]), [None], "{line}");
        }
    }
}
