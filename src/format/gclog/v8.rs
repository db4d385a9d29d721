//! V8's `--trace-gc` and `--trace-gc-nvp`, as Node.js prints them: a line for each collection, after any prefix of a
//! logger.
//!
//! ```text
//! [10277:0xf0eac00]       88 ms: Scavenge 3.8 (4.0) -> 3.6 (5.0) MB, 7.64 / 0.00 ms  (average mu = 1.000) task;
//! [10287:0x14a5bc40]      82 ms: pause=3.6 mutator=75.3 gc=s … total_size_after=3772024 … allocated=4034952 promoted=0
//! ```
//!
//! The sizes are the heap before and after the collection, with the memory obtained for the heap in parentheses. The
//! times count from the start of the isolate. The pause is of the collection itself, without earlier steps of
//! incremental marking.

use super::{LineReader, LogClock, LogFormat};
use crate::format::quantity::{number, times};
use crate::format::tokens::{Words, decimal};
use crate::profile::GcEvent;

pub(super) const FORMAT: LogFormat = LogFormat {
    name: "V8 trace-gc",
    is_periodic: false,
    new_reader: |clock| Box::new(TraceReader { clock, main: None, uptime: None, left: None }),
};

/// Bytes of a `MB` as V8 counts.
const MEGABYTE: f64 = 1_048_576.0;
/// Nanoseconds per millisecond.
const MILLISECOND: f64 = 1e6;
/// Maximum bytes of the part in brackets.
const MAX_HEAD: usize = 64;

/// Isolate of a process: its heap and the clock of its lines. Worker threads have isolates of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Isolate {
    process: i64,
    address: u64,
}

struct TraceReader {
    clock: LogClock,
    /// First isolate of the process.
    main: Option<Isolate>,
    /// Time of the first isolate's last line, in nanoseconds.
    uptime: Option<i64>,
    /// Bytes in use after the first isolate's last collection.
    left: Option<i64>,
}

impl LineReader for TraceReader {
    fn parse_line(&mut self, line: &[u8]) -> Option<GcEvent> {
        let (prefix, isolate, rest) = split_line(line)?;
        let (uptime, rest) = number(rest.trim_ascii_start())?;
        let uptime = times(uptime, MILLISECOND)?;
        let message = rest.strip_prefix(b" ms: ")?;
        let collection = Collection::read_pairs(message).or_else(|| Collection::read_sizes(message))?;
        if self.main.is_none_or(|main| main.process != isolate.process) {
            (self.main, self.uptime, self.left) = (Some(isolate), None, None);
        }
        let is_main = self.main == Some(isolate);
        if is_main {
            self.uptime = Some(uptime);
        }
        let before = self.left.filter(|_| is_main).zip(collection.before);
        let grown = before.map(|(left, before)| before.saturating_sub(left).max(0));
        if is_main {
            self.left = Some(collection.after);
        }
        Some(GcEvent {
            wall: self.clock.find(prefix),
            // A worker's times count from its own start, so its line gets the time of the main isolate's last line.
            uptime: self.uptime,
            used: Some(collection.after).filter(|_| is_main),
            total: collection.total.filter(|_| is_main),
            cycles: Some(1),
            pause: Some(collection.pause),
            allocated: collection.allocated.or(grown),
            ..GcEvent::default()
        })
    }

    fn is_local(&self) -> bool {
        self.clock.is_local
    }
}

/// Splits a line into the prefix before `[10277:0xf0eac00]`, the isolate, and the rest.
fn split_line(line: &[u8]) -> Option<(&[u8], Isolate, &[u8])> {
    let starts = line.iter().enumerate().filter(|(_, byte)| **byte == b'[').map(|(at, _)| at);
    starts.take(MAX_HEAD).find_map(|at| {
        let head = &line[at + 1..line.len().min(at + MAX_HEAD)];
        let end = head.iter().position(|byte| *byte == b']')?;
        // Newer versions add more parts.
        let mut parts = head[..end].split(|byte| *byte == b':');
        let process = decimal(parts.next()?)?;
        let address = std::str::from_utf8(parts.next()?.strip_prefix(b"0x")?).ok()?;
        let address = u64::from_str_radix(address, 16).ok()?;
        Some((&line[..at], Isolate { process, address }, &line[at + end + 2..]))
    })
}

/// Figures of a collection in bytes and nanoseconds.
struct Collection {
    before: Option<i64>,
    after: i64,
    /// Bytes obtained for the heap.
    total: Option<i64>,
    pause: i64,
    /// Bytes allocated since the collection before.
    allocated: Option<i64>,
}

impl Collection {
    /// Reads `Scavenge 3.8 (4.0) -> 3.6 (5.0) MB, 7.64 / 0.00 ms`. Newer versions have more between the sizes and the
    /// times.
    fn read_sizes(message: &[u8]) -> Option<Self> {
        let megabytes = |word: &[u8]| {
            let (value, rest) = number(word)?;
            times(value, MEGABYTE).filter(|_| rest.is_empty())
        };
        let in_parentheses = |word: &[u8]| megabytes(word.strip_prefix(b"(")?.strip_suffix(b")")?);
        let arrow = message.windows(4).position(|window| window == b" -> ")?;
        let before = Words(&message[..arrow]).filter_map(megabytes).last()?;
        let mut words = Words(&message[arrow + 4..]);
        let after = megabytes(words.next()?)?;
        let total = in_parentheses(words.next()?)?;
        (words.next()? == b"MB,").then_some(())?;
        let rest: Vec<&[u8]> = words.take(16).collect();
        let pause = rest.windows(4).find_map(|window| {
            let [pause, slash, outside, unit] = window else { return None };
            let (pause, rest) = number(pause)?;
            number(outside)?;
            times(pause, MILLISECOND).filter(|_| rest.is_empty() && *slash == b"/" && unit.starts_with(b"ms"))
        })?;
        Some(Self { before: Some(before), after, total: Some(total), pause, allocated: None })
    }

    /// Reads `pause=3.6 … gc=s … total_size_after=3772024 …`.
    fn read_pairs(message: &[u8]) -> Option<Self> {
        message.starts_with(b"pause=").then_some(())?;
        let (mut pause, mut before, mut after, mut allocated) = (None, None, None, None);
        let mut words = Words(message).peekable();
        while let Some(word) = words.next() {
            // A cut line may end within a figure.
            let Some(at) = word.iter().position(|byte| *byte == b'=').filter(|_| words.peek().is_some()) else {
                continue;
            };
            let Some((value, _)) = number(&word[at + 1..]).filter(|(_, rest)| rest.is_empty()) else { continue };
            match &word[..at] {
                b"pause" => pause = times(value, MILLISECOND),
                b"total_size_before" => before = times(value, 1.0),
                b"total_size_after" => after = times(value, 1.0),
                b"allocated" => allocated = times(value, 1.0),
                _ => {}
            }
        }
        Some(Self { before, after: after?, total: None, pause: pause?, allocated })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::gclog::read_lines;

    const LINE: &str = "[10277:0xf0eac00]       88 ms: Scavenge 3.5 (4.0) -> 3.0 (5.0) MB, 7.64 / 0.00 ms  (average mu = 1.000, current mu = 1.000) allocation failure; ";

    fn read(lines: &[&str]) -> Vec<Option<GcEvent>> {
        read_lines(&FORMAT, lines)
    }

    /// Bytes of halves of a megabyte.
    fn halves(count: i64) -> i64 {
        count << 19
    }

    #[test]
    fn a_line_is_a_collection() {
        let next = "[10277:0xf0eac00]      591 ms: Mark-Compact (reduce) 54.5 (77.5) -> 19.5 (52.5) MB, pooled: 0.0 MB, 18.33 / 0.25 ms  (+ 18.5 ms in 61 steps since start of marking, biggest step 4.4 ms, walltime since start of marking 38 ms) (average mu = 1.000, current mu = 1.000) finalize incremental marking via task; GC in old space requested";
        let other = "[10299:0xf0eac00]       10 ms: Mark-sweep 2.5 (4.0) -> 2.0 (4.0) MB, 1.5 / 0.0 ms  (average mu = 1.000, current mu = 1.000) allocation failure";
        let first = GcEvent {
            uptime: Some(88_000_000),
            used: Some(halves(6)),
            total: Some(halves(10)),
            cycles: Some(1),
            pause: Some(7_640_000),
            ..GcEvent::default()
        };
        let second = GcEvent {
            uptime: Some(591_000_000),
            used: Some(halves(39)),
            total: Some(halves(105)),
            pause: Some(18_330_000),
            allocated: Some(halves(103)),
            ..first
        };
        let third = GcEvent {
            uptime: Some(10_000_000),
            used: Some(halves(4)),
            total: Some(halves(8)),
            pause: Some(1_500_000),
            ..first
        };
        assert_eq!(
            read(&[LINE, next, other]),
            [Some(first), Some(second), Some(third)],
            "another process has its own heap"
        );
    }

    #[test]
    fn pairs_tell_what_was_allocated() {
        let line = "[10287:0x14a5bc40]       82 ms: pause=3.6 mutator=75.3 gc=s reduce_memory=0 scavenge=3.49 total_size_before=4034952 total_size_after=3772024 holes_size_after=7248 allocated=4034952 promoted=0 semi_space_copied=5";
        let want = GcEvent {
            uptime: Some(82_000_000),
            used: Some(3_772_024),
            cycles: Some(1),
            pause: Some(3_600_000),
            allocated: Some(4_034_952),
            ..GcEvent::default()
        };
        assert_eq!(read(&[line]), [Some(want)]);
        for cut in 0..line.find(" holes").unwrap() {
            assert_eq!(read(&[&line[..cut]]), [None], "{}", &line[..cut]);
        }
    }

    #[test]
    fn a_worker_has_a_heap_of_its_own_and_the_time_of_the_line_before() {
        let worker = "[10277:0xabc]       5 ms: Scavenge 1.5 (4.0) -> 1.0 (5.0) MB, 0.5 / 0.0 ms  (average mu = 1.000, current mu = 1.000) task;";
        let events: Vec<GcEvent> = read(&[LINE, worker, LINE]).into_iter().flatten().collect();
        let figures: Vec<_> = events.iter().map(|event| (event.uptime, event.used, event.allocated)).collect();
        let at = Some(88_000_000);
        assert_eq!(figures, [(at, Some(halves(6)), None), (at, None, None), (at, Some(halves(6)), Some(halves(1)))]);
    }

    #[test]
    fn a_prefix_of_a_logger_is_skipped() {
        let event = read(&[&format!("2026-11-22T13:13:33Z stdout F {LINE}")])[0].unwrap();
        assert_eq!((event.wall, event.uptime), (Some(1_795_353_213_000_000_000), Some(88_000_000)));
    }

    #[test]
    fn a_cut_or_changed_line_is_not_a_collection() {
        for cut in 0..LINE.find(" (average").unwrap() - 1 {
            assert_eq!(read(&[&LINE[..cut]]), [None], "{}", &LINE[..cut]);
        }
        for (from, to) in [("0xf0", "f0"), ("10277", "x"), ("->", "-"), ("ms:", "s:"), ("MB", "KB"), ("3.0", "9e99")] {
            assert_eq!(read(&[&LINE.replace(from, to)]), [None], "{from} as {to}");
        }
        assert_eq!(read(&["[1:0x1] 5 ms: pause=1", "[", "[1:0x", "[1:0x1]"]), [None; 4]);
    }
}
