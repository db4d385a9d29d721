//! Unified logging of the JVM, `-Xlog:gc*`: decorations in brackets, then `GC(n)` and a message.
//!
//! ```text
//! [2026-11-22T13:13:33.123+0000][1.204s][info][gc] GC(7) Pause Young (G1 Evacuation Pause) 23M->4M(256M) 3.123ms
//! ```
//!
//! The decorations depend on the options of the JVM. Of the lines about a collection, those with a pause or with heap
//! sizes before and after are read.

use super::clock::Timestamp;
use super::{LineReader, LogClock, LogFormat};
use crate::format::quantity::{bytes, letters, nanos, number, times};
use crate::format::tokens::{Words, decimal};
use crate::profile::GcEvent;

pub(super) const FORMAT: LogFormat = LogFormat {
    name: "JVM unified logging",
    is_periodic: false,
    new_reader: |clock| Box::new(UnifiedReader { clock, last_number: None, last_used: None, uptime: None }),
};

/// First words of messages that summarize a collection or a pause. Other messages have arrows for regions or metaspace.
const SUMMARY_WORDS: [&[u8]; 5] = [b"Pause", b"Concurrent", b"Garbage", b"Major", b"Minor"];

/// Messages that name the collector at the start of a log.
const COLLECTORS: [&[u8]; 7] = [
    b"Using G1",
    b"Using Serial",
    b"Using Parallel",
    b"Using Concurrent Mark Sweep",
    b"Using Shenandoah",
    b"Using The Z Garbage Collector",
    b"Using Epsilon",
];

/// Maximum number of decorations that are examined.
const MAX_DECORATIONS: usize = 16;

struct UnifiedReader {
    clock: LogClock,
    /// Largest number of a collection so far.
    last_number: Option<i64>,
    /// Bytes in use after the last collection.
    last_used: Option<i64>,
    /// Time of the last line, since the start of the process.
    uptime: Option<i64>,
}

impl LineReader for UnifiedReader {
    fn parse_line(&mut self, line: &[u8]) -> Option<GcEvent> {
        let (mut event, message) = self.decorations(line);
        let message = message.strip_prefix(b"GC(")?;
        let close = message.iter().position(|byte| *byte == b')')?;
        let collection = decimal(&message[..close])?;
        let mut message = message[close + 1..].trim_ascii_start();
        // Generational collectors put the generation in front.
        for generation in [b"Y: ", b"O: ", b"y: ", b"o: "] {
            message = message.strip_prefix(generation).unwrap_or(message);
        }
        if !SUMMARY_WORDS.iter().any(|start| message.starts_with(start)) {
            return None;
        }
        let heap = Words(message).find_map(parse_heap);
        let pause = Words(message).last().filter(|_| message.starts_with(b"Pause")).and_then(parse_duration);
        if heap.is_none() && pause.is_none() {
            return None;
        }
        if event.uptime.zip(self.uptime).is_some_and(|(now, before)| now < before) {
            // The file continues with another process.
            (self.last_number, self.last_used) = (None, None);
        }
        self.uptime = event.uptime.or(self.uptime);
        event.number = Some(collection);
        event.cycles = Some(i64::from(self.last_number.is_none_or(|last| collection > last)));
        self.last_number = self.last_number.max(Some(collection));
        event.pause = pause;
        if let Some((before, after, total)) = heap {
            let left = if collection == 0 { self.last_used.or(Some(0)) } else { self.last_used };
            event.allocated = left.map(|left| before.saturating_sub(left).max(0));
            (event.used, event.total, self.last_used) = (Some(after), total, Some(after));
        }
        Some(event)
    }

    fn parse_format_marker(&mut self, line: &[u8]) -> Option<GcEvent> {
        let has_tag = has_tag(line);
        if !has_tag && !COLLECTORS.iter().any(|collector| line.ends_with(collector)) {
            return None;
        }
        let (event, message) = self.decorations(line);
        (has_tag || COLLECTORS.contains(&message)).then_some(GcEvent { cycles: Some(0), ..event })
    }

    fn is_local(&self) -> bool {
        self.clock.is_local
    }
}

impl UnifiedReader {
    /// Reads the times in the decorations, and returns the message.
    fn decorations<'a>(&mut self, line: &'a [u8]) -> (GcEvent, &'a [u8]) {
        let (mut event, mut rest) = (GcEvent::default(), line);
        while let Some(decoration) = rest.strip_prefix(b"[") {
            let Some(close) = decoration.iter().position(|byte| *byte == b']') else { break };
            let (decoration, after) = (decoration[..close].trim_ascii(), &decoration[close + 1..]);
            rest = after.trim_ascii_start();
            if let Some((value, unit)) = number(decoration) {
                // The same unit may count from 1970 or from the start of the process.
                match nanos(unit).and_then(|unit| Timestamp::from_unit(value, unit)) {
                    Some(Timestamp::Wall(wall)) => event.wall = Some(wall),
                    Some(Timestamp::Uptime(uptime)) => event.uptime = Some(uptime),
                    None => event.wall = event.wall.or_else(|| self.clock.find(decoration)),
                }
            }
        }
        (event, rest)
    }
}

/// Returns true if a line has a tag such as `gc` or `gc,init` in brackets, after another decoration.
fn has_tag(line: &[u8]) -> bool {
    let mut rest = line;
    for count in 0..MAX_DECORATIONS {
        let Some(decoration) = rest.strip_prefix(b"[") else { return false };
        let Some(close) = decoration.iter().position(|byte| *byte == b']') else { return false };
        let tags = decoration[..close].trim_ascii();
        if count > 0 && (tags == b"gc" || tags.starts_with(b"gc,")) {
            return true;
        }
        rest = decoration[close + 1..].trim_ascii_start();
    }
    false
}

/// Parses `23M->4M(256M)` or `26M(10%)->10M(4%)`: bytes in use before and after, and the heap size if there is one.
fn parse_heap(word: &[u8]) -> Option<(i64, i64, Option<i64>)> {
    let arrow = word.windows(2).position(|pair| pair == b"->")?;
    let (before, _) = parse_size(&word[..arrow])?;
    let (after, rest) = parse_size(&word[arrow + 2..])?;
    let total = rest.strip_prefix(b"(").and_then(parse_size).filter(|(_, rest)| *rest == b")").map(|(total, _)| total);
    Some((before, after, total))
}

fn parse_size(text: &[u8]) -> Option<(i64, &[u8])> {
    let (value, rest) = number(text)?;
    let (unit, rest) = letters(rest);
    let unit = bytes(unit).filter(|_| !unit.is_empty())?;
    Some((times(value, unit)?, rest))
}

fn parse_duration(word: &[u8]) -> Option<i64> {
    let (value, unit) = number(word)?;
    times(value, nanos(unit)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::gclog::read_lines;

    fn read(lines: &[&str]) -> Vec<Option<GcEvent>> {
        read_lines(&FORMAT, lines)
    }

    const PAUSE: &str = "GC(0) Pause Young (Normal) (G1 Evacuation Pause) 23M->4M(256M) 3.5ms";

    #[test]
    fn all_decorations_are_accepted() {
        let wall = Some(1_795_353_213_123_000_000);
        for (decorations, wall, uptime) in [
            ("", None, None),
            ("[1.204s][info][gc] ", None, Some(1_204_000_000)),
            ("[1204ms][info][gc          ] ", None, Some(1_204_000_000)),
            ("[2026-11-22T13:13:33.123+0000][1.204s][info][gc] ", wall, Some(1_204_000_000)),
            ("[2026-11-22T14:13:33.123+0100] ", wall, None),
            ("[1795353213123ms][gc] ", wall, None),
        ] {
            let want = GcEvent {
                wall,
                uptime,
                number: Some(0),
                used: Some(4 << 20),
                total: Some(256 << 20),
                cycles: Some(1),
                pause: Some(3_500_000),
                allocated: Some(23 << 20),
                ..GcEvent::default()
            };
            assert_eq!(read(&[&format!("{decorations}{PAUSE}")]), [Some(want)], "{decorations}");
        }
    }

    #[test]
    fn one_collection_of_several_lines_counts_once() {
        let lines = [
            "[1.0s][info][gc] GC(3) Pause Young (Concurrent Start) 12M->8M(64M) 1ms",
            "[1.1s][info][gc] GC(4) Concurrent Mark Cycle",
            "[1.2s][info][gc] GC(4) Pause Remark 12M->10M(64M) 0.5ms",
            "[1.3s][info][gc] GC(4) Pause Cleanup 11M->11M(64M) 0.1ms",
            "[1.4s][info][gc] GC(4) Concurrent Mark Cycle 300.0ms",
        ];
        let events: Vec<_> = read(&lines).into_iter().flatten().collect();
        let figures: Vec<_> = events.iter().map(|event| (event.cycles, event.pause, event.allocated)).collect();
        let want = [(1, 1_000_000, None), (1, 500_000, Some(4 << 20)), (0, 100_000, Some(1 << 20))];
        assert_eq!(figures, want.map(|(cycles, pause, allocated)| (Some(cycles), Some(pause), allocated)));
    }

    #[test]
    fn concurrent_collectors_are_read() {
        let events = read(&[
            "[0.1s][info][gc,phases] GC(0) Y: Pause Mark Start 0.012ms",
            "[0.2s][info][gc       ] GC(0) Garbage Collection (Warmup) 26M(10%)->10M(4%)",
            "[0.3s][info][gc       ] GC(1) Concurrent cleanup 22M->12M(256M) 0.100ms",
        ]);
        let figures: Vec<_> = events.iter().flatten().map(|event| (event.cycles, event.pause, event.used)).collect();
        let want = [(1, Some(12_000), None), (0, None, Some(10 << 20)), (1, None, Some(12 << 20))];
        assert_eq!(figures, want.map(|(cycles, pause, used)| (Some(cycles), pause, used)));
    }

    #[test]
    fn lines_without_a_collection_show_the_format() {
        let mark = |line: &str| {
            let mut reader = (FORMAT.new_reader)(LogClock::new(|civil| civil, None));
            reader.parse_format_marker(line.as_bytes()).map(|event| (event.uptime, event.cycles, event.pause))
        };
        let at = Some(4_000_000);
        assert_eq!(mark("[0.004s][info][gc] Using G1"), Some((at, Some(0), None)));
        assert_eq!(mark("[0.004s][info   ][gc     ] Heap: 6026M reserved"), Some((at, Some(0), None)));
        assert_eq!(mark("[0.004s] Using Epsilon"), Some((at, Some(0), None)));
        assert_eq!(mark("Using Serial"), Some((None, Some(0), None)));
        for other in ["[gc] done", "[info][app] Using G1 here", "Using", "[0.004s][info][gcx]", "[1][2", ""] {
            assert_eq!(mark(other), None, "{other}");
        }
    }

    #[test]
    fn other_and_cut_lines_have_no_figures() {
        let others = [
            "[0.004s][info][gc] Using G1",
            "[0.1s][info][gc,start] GC(0) Pause Young (Normal) (G1 Evacuation Pause)",
            "[0.1s][info][gc,heap] GC(0) Eden regions: 23->0(17)",
            "[0.1s][info][gc,metaspace] GC(0) Metaspace: 1234K(1472K)->1234K(1472K)",
            "[0.1s][info][gc,phases] GC(0)   Evacuate Collection Set: 3.0ms",
            "[0.1s][info][gc,cpu] GC(0) User=0.01s Sys=0.00s Real=0.00s",
            "GC(99999999999999999999) Pause Young 1M->1M(1M) 1ms",
            "[[[[",
            "[0.1s",
            "GC(",
            "GC(1",
            "",
        ];
        assert!(read(&others).iter().all(Option::is_none));
        let line = format!("[1.204s] {PAUSE}");
        for cut in 0..line.len() {
            if let Some(event) = read(&[&line[..cut]])[0] {
                assert!(event.used == Some(4 << 20), "{}", &line[..cut]);
            }
        }
    }
}
