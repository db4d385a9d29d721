//! Logs of garbage collectors and of memory become events: one file a format, and the table of them.
//!
//! No sums over time and no placing on the time of the profiles: that is [`crate::analysis`]. A format is a row of
//! [`LOG_FORMATS`]: a name, and what reads one line after another. Logs are told by content: whichever format first
//! understands a line has the log, the surer formats first, since a program's own lines stand between.

mod clock;
mod gctrace;
mod lines;
mod quantity;
mod read;
mod records;
mod unified;

pub use clock::LogClock;
pub use read::{LOG_FORMATS, LineReader, LogFormat, read};
