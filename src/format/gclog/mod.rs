//! Logs of garbage collectors and of memory use, with one file per format and a table of all.
//!
//! A format is a row of [`LOG_FORMATS`]: a name and a reader of lines. Formats are detected by content: the first
//! format that recognizes a line reads the log. Specific formats precede general ones, since a log contains lines of
//! the program, too. Sums over time, and matching with the times of profiles, are in [`crate::analysis`].

mod clock;
mod counter;
mod formats;
mod gctrace;
mod log_lines;
mod python;
mod records;
mod unified;
mod v8;

pub use clock::LogClock;
pub use formats::{LOG_FORMATS, read, runtime_of};
pub use log_lines::{LineReader, LogFormat};
pub(super) use log_lines::{LogLine, LogLines};

/// Parses lines with the reader of one format.
#[cfg(test)]
fn read_lines(format: &LogFormat, lines: &[&str]) -> Vec<Option<crate::profile::GcEvent>> {
    let mut reader = (format.new_reader)(LogClock::new(|civil| civil, None));
    lines.iter().map(|line| reader.parse_line(line.as_bytes())).collect()
}
