//! What a log of a garbage collector says beside the profiles: one event a line, each with what happened since the line
//! before.

use crate::base::clean::Text;

/// What one line of a log tells. None is what the line does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GcEvent {
    /// When it was, in nanoseconds since 1970 (UTC).
    pub wall: Option<i64>,
    /// When it was, in nanoseconds since the program began.
    pub uptime: Option<i64>,
    /// The number of the collection, counted by the runtime itself.
    pub number: Option<i64>,
    /// Bytes of the heap in use: after the collection, where it is one.
    pub used: Option<i64>,
    /// Bytes that the heap had obtained.
    pub total: Option<i64>,
    /// Bytes of the process that were resident.
    pub rss: Option<i64>,
    /// Collections since the line before.
    pub cycles: Option<i64>,
    /// How long the program stood still since the line before, in nanoseconds.
    pub pause: Option<i64>,
    /// Bytes allocated since the line before, as far as the sizes of the heap tell.
    pub allocated: Option<i64>,
}

/// A log, as far as it tells of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GcLog {
    /// The file as it was named.
    pub source: Text,
    /// The format that it was told to be.
    pub format: &'static str,
    /// What its lines tell, in their order.
    pub events: Vec<GcEvent>,
    /// Lines that tell nothing of memory, empty ones not counted.
    pub skipped_lines: u64,
    /// Whether a time of day stood in it without its zone, and was taken for local time.
    pub is_local: bool,
}
