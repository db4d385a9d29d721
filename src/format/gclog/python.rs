//! Python's `gc.set_debug(gc.DEBUG_STATS)`: some lines for each collection, of which the last has its time.
//!
//! ```text
//! gc: collecting generation 0...
//! gc: objects in each generation: 701 493 10919
//! gc: objects in permanent generation: 0
//! gc: done, 349 unreachable, 0 uncollectable, 0.0012s elapsed
//! ```
//!
//! The program is stopped for the elapsed time. The lines have no timestamps of their own, and no sizes in bytes.

use super::{LineReader, LogClock, LogFormat};
use crate::format::quantity::{number, times};
use crate::profile::GcEvent;

pub(super) const FORMAT: LogFormat = LogFormat {
    name: "Python gc.DEBUG_STATS",
    is_periodic: false,
    new_reader: |clock| Box::new(StatsReader { clock }),
};

struct StatsReader {
    clock: LogClock,
}

impl LineReader for StatsReader {
    fn parse_line(&mut self, line: &[u8]) -> Option<GcEvent> {
        let (prefix, message) = split_line(line)?;
        let elapsed = message.strip_prefix(b"done")?;
        // `349 unreachable, 0 uncollectable, ` is missing if there is neither.
        let seconds = elapsed.strip_suffix(b".").unwrap_or(elapsed).strip_suffix(b"s elapsed")?;
        let start = seconds.iter().rposition(|byte| *byte == b' ')?;
        let (seconds, rest) = number(&seconds[start + 1..])?;
        let pause = times(seconds, 1e9).filter(|_| rest.is_empty())?;
        Some(GcEvent { wall: self.clock.find(prefix), cycles: Some(1), pause: Some(pause), ..GcEvent::default() })
    }

    fn is_local(&self) -> bool {
        self.clock.is_local
    }
}

/// Splits a line into the prefix before `gc: `, and the message.
fn split_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = line.windows(4).position(|window| window == b"gc: ")?;
    let is_start = at == 0 || !line[at - 1].is_ascii_alphanumeric();
    is_start.then(|| (&line[..at], &line[at + 4..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::gclog::read_lines;

    fn read(lines: &[&str]) -> Vec<Option<GcEvent>> {
        read_lines(&FORMAT, lines)
    }

    #[test]
    fn the_last_line_is_the_collection() {
        let want = GcEvent { cycles: Some(1), pause: Some(1_200_000), ..GcEvent::default() };
        let lines = [
            "gc: collecting generation 0...",
            "gc: objects in each generation: 701 493 10919",
            "gc: objects in permanent generation: 0",
            "gc: done, 349 unreachable, 0 uncollectable, 0.0012s elapsed",
        ];
        assert_eq!(read(&lines), [None, None, None, Some(want)]);
        assert_eq!(read(&["gc: done, 0.0012s elapsed."]), [Some(want)], "older versions");
        let event = read(&["2026-11-22T13:13:33Z app gc: done, 0.0012s elapsed"])[0].unwrap();
        assert_eq!(event.wall, Some(1_795_353_213_000_000_000));
    }

    #[test]
    fn other_and_cut_lines_are_no_collections() {
        let line = "gc: done, 349 unreachable, 0 uncollectable, 0.0012s elapsed";
        for cut in 0..line.len() {
            assert_eq!(read(&[&line[..cut]]), [None], "{}", &line[..cut]);
        }
        for other in
            ["agc: done, 1s elapsed", "gc: done, -1s elapsed", "gc: done, many elapsed", "gc: 0.1s elapsed", ""]
        {
            assert_eq!(read(&[other]), [None], "{other}");
        }
    }
}
