//! Go's `GODEBUG=gctrace=1`: a line for each collection, after any prefix of a logger.
//!
//! ```text
//! gc 7 @1.204s 2%: 0.026+0.39+0.10 ms clock, 0.21+0.88/0.52/0+0.84 ms cpu, 14->15->6 MB, 15 MB goal, 8 P
//! ```
//!
//! The program is stopped during the first and the last of the clock times. The three sizes are the heap at the start
//! and at the end of the collection, and the live heap, in whole MiB.

use super::{LineReader, LogClock, LogFormat};
use crate::format::quantity::{nanos, number, times};
use crate::format::tokens::{Words, decimal};
use crate::profile::GcEvent;

pub(super) const FORMAT: LogFormat = LogFormat {
    name: "Go gctrace",
    is_periodic: false,
    new_reader: |clock| Box::new(GctraceReader { clock, before: None }),
};

/// Bytes of a `MB` as the Go runtime counts.
const MEGABYTE: f64 = 1_048_576.0;

struct GctraceReader {
    clock: LogClock,
    /// Number and live bytes of the previous collection.
    before: Option<(i64, i64)>,
}

impl LineReader for GctraceReader {
    fn parse_line(&mut self, line: &[u8]) -> Option<GcEvent> {
        let (prefix, number, rest) = split_line(line)?;
        let figures = Collection::read(rest)?;
        // The first collection counts from the empty heap at the start of the process.
        let before = if number == 1 {
            Some(0)
        } else {
            self.before.filter(|(before, _)| before.checked_add(1) == Some(number)).map(|(_, left)| left)
        };
        self.before = Some((number, figures.live));
        Some(GcEvent {
            wall: self.clock.find(prefix),
            uptime: Some(figures.ended),
            number: Some(number),
            used: Some(figures.live),
            cycles: Some(1),
            pause: Some(figures.pause),
            allocated: before.map(|before| figures.heap_end.saturating_sub(before).max(0)),
            ..GcEvent::default()
        })
    }

    fn is_local(&self) -> bool {
        self.clock.is_local
    }
}

/// Splits a line into the prefix before `gc 7 @`, the number, and the rest.
fn split_line(line: &[u8]) -> Option<(&[u8], i64, &[u8])> {
    let starts = line.windows(3).enumerate().filter(|(_, window)| *window == b"gc ").map(|(at, _)| at);
    starts.filter(|at| *at == 0 || !line[at - 1].is_ascii_alphanumeric()).find_map(|at| {
        let rest = &line[at + 3..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let after = rest[count..].strip_prefix(b" @")?;
        Some((&line[..at], decimal(&rest[..count])?, after))
    })
}

/// Figures of a collection.
struct Collection {
    /// End in nanoseconds since the start of the process.
    ended: i64,
    pause: i64,
    /// Bytes of the heap at the end of the collection, including dead objects.
    heap_end: i64,
    /// Bytes of live objects.
    live: i64,
}

impl Collection {
    fn read(text: &[u8]) -> Option<Self> {
        let mut words = Words(text);
        let (start, unit) = number(words.next()?)?;
        let start = times(start, nanos(unit)?)?;
        let _share = words.next()?.strip_suffix(b"%:")?;
        let phases: Option<Vec<i64>> = words.next()?.split(|byte| *byte == b'+').map(milliseconds).collect();
        let phases = phases?;
        let pause = phases.first()?.checked_add(*phases.last().filter(|_| phases.len() > 1)?)?;
        if (words.next()?, words.next()?) != (b"ms", b"clock,") {
            return None;
        }
        let sizes = words.find(|word| word.windows(2).any(|pair| pair == b"->"))?;
        let mut sizes = sizes.split(|byte| *byte == b'-').map(|size| {
            let (size, rest) = number(size.strip_prefix(b">").unwrap_or(size))?;
            times(size, MEGABYTE).filter(|_| rest.is_empty())
        });
        let (_, heap_end, live) = (sizes.next()??, sizes.next()??, sizes.next()??);
        // A cut line may end within a figure.
        (words.next()? == b"MB,").then_some(())?;
        let ended = phases.iter().try_fold(start, |end, phase| end.checked_add(*phase))?;
        Some(Self { ended, pause, heap_end, live })
    }
}

fn milliseconds(text: &[u8]) -> Option<i64> {
    let (value, rest) = number(text)?;
    times(value, 1e6).filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::gclog::read_lines;

    const LINE: &str =
        "gc 7 @1.204s 2%: 0.026+0.39+0.10 ms clock, 0.21+0.88/0.52/0+0.84 ms cpu, 14->15->6 MB, 15 MB goal, 8 P";

    fn read(lines: &[&str]) -> Vec<Option<GcEvent>> {
        read_lines(&FORMAT, lines)
    }

    #[test]
    fn a_line_is_a_collection() {
        let next = "gc 8 @2s 2%: 0.1+1+0.1 ms clock, 0+0/0/0+0 ms cpu, 20->21->7 MB, 21 MB goal, 0 MB stacks, 0 MB globals, 8 P (forced)";
        let events = read(&[LINE, next, LINE]);
        let seventh = GcEvent {
            uptime: Some(1_204_516_000),
            number: Some(7),
            used: Some(6 << 20),
            cycles: Some(1),
            pause: Some(126_000),
            ..GcEvent::default()
        };
        assert_eq!(events[0], Some(seventh));
        assert_eq!(events[1].unwrap().allocated, Some(15 << 20), "from 6 MB to 21");
        assert_eq!(events[2].unwrap().allocated, None, "other collections may lie between");
    }

    #[test]
    fn the_largest_number_has_no_successor() {
        let last = LINE.replace("gc 7", &format!("gc {}", i64::MAX));
        let events = read(&[&last, LINE, &last]);
        assert!(events.iter().all(|event| event.unwrap().allocated.is_none()));
    }

    #[test]
    fn a_prefix_of_a_logger_is_skipped() {
        for prefix in ["2026-11-22T13:13:33Z ", "2026/11/22 13:13:33 ", "2026-11-22T13:13:33.0Z stderr F "] {
            let event = read(&[&format!("{prefix}{LINE}")])[0].unwrap();
            assert_eq!(event.wall, Some(1_795_353_213_000_000_000), "{prefix}");
        }
        assert_eq!(read(&[&format!("svc | {LINE}")])[0].unwrap().wall, None);
    }

    #[test]
    fn a_cut_or_changed_line_is_not_a_collection() {
        for cut in 0..LINE.find("MB,").unwrap() + 3 {
            assert_eq!(read(&[&LINE[..cut]]), [None], "{}", &LINE[..cut]);
        }
        for (from, to) in [
            ("gc 7", "gc x"),
            ("1.204s", "1.204"),
            ("->", "-"),
            ("0.026", "y"),
            ("2%:", "2%"),
            ("14", "99999999999999999999"),
        ] {
            assert_eq!(read(&[&LINE.replace(from, to)]), [None], "{from} as {to}");
        }
        assert_eq!(read(&["scvg: 0 MB released", "gc forced", "agc 7 @1s"]), [None; 3]);
    }
}
