//! Interface of a log format: a reader of lines.

use super::LogClock;
use crate::profile::GcEvent;

/// Reader of the lines of one format.
pub trait LineReader: Send {
    /// Parses a line; `None` if it is not of the format.
    fn line(&mut self, line: &[u8]) -> Option<GcEvent>;

    /// True if a time without a zone was taken for local time.
    fn is_local(&self) -> bool;
}

/// A format of logs: one row of [`LOG_FORMATS`](super::LOG_FORMATS).
pub struct LogFormat {
    /// Name, as shown in reports.
    pub name: &'static str,
    /// Creates a reader for a log.
    pub begin: fn(LogClock) -> Box<dyn LineReader>,
}
