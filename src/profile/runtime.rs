//! Memory figures of runtimes, from profiles and from logs of garbage collectors with one event per line.

use crate::base::safe_text::SafeText;

/// Figures of one line of a log; `None` for a figure that the line does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GcEvent {
    /// Time in nanoseconds since 1970 (UTC).
    pub wall: Option<i64>,
    /// Time in nanoseconds since the start of the process.
    pub uptime: Option<i64>,
    /// Number of the collection, counted by the runtime.
    pub number: Option<i64>,
    /// Bytes of the heap in use; after the collection if the line describes one.
    pub used: Option<i64>,
    /// Bytes obtained for the heap.
    pub total: Option<i64>,
    /// Resident bytes of the process.
    pub rss: Option<i64>,
    /// Collections since the line before.
    pub cycles: Option<i64>,
    /// Time that the program was stopped since the line before, in nanoseconds.
    pub pause: Option<i64>,
    /// Bytes allocated since the line before, derived from heap sizes.
    pub allocated: Option<i64>,
}

/// Memory events of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GcLog {
    /// Source as named by the user.
    pub source: SafeText,
    /// Name of the detected format.
    pub format: &'static str,
    /// True if a timer wrote the lines, at equal intervals.
    pub is_periodic: bool,
    /// Start and end of the recording that has the events, in nanoseconds since 1970; `None` for a log, which covers the
    /// time of its lines.
    pub extent: Option<(i64, i64)>,
    /// Events in the order of the log.
    pub events: Vec<GcEvent>,
    /// Lines without figures, not counting empty ones.
    pub skipped_lines: u64,
    /// True if a time without a zone was taken for local time.
    pub is_local: bool,
    /// Values of the requested counter; `None` if no counter was requested.
    pub counter: Option<LogCounter>,
}

/// Values of a program's own counter, such as the number of requests answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogCounter {
    /// Name as requested.
    pub name: SafeText,
    /// Lines with a value of the counter, in the order of the log.
    pub lines: Vec<CounterLine>,
}

/// Value of a counter in a line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterLine {
    /// Time in nanoseconds since 1970 (UTC).
    pub wall: Option<i64>,
    /// Time in nanoseconds since the start of the process.
    pub uptime: Option<i64>,
    /// Value.
    pub value: i64,
}

impl GcLog {
    /// Heap bytes of the events and of the lines of the counter.
    pub fn bytes(&self) -> u64 {
        let lines = self.counter.as_ref().map_or(0, |counter| counter.lines.capacity());
        (self.events.capacity() * size_of::<GcEvent>() + lines * size_of::<CounterLine>()) as u64
    }

    /// Returns true if the log counts collections and has none.
    pub fn is_without_collections(&self) -> bool {
        let times = |event: &GcEvent| GcEvent { wall: event.wall, uptime: event.uptime, ..GcEvent::default() };
        let is_mark = |event: &GcEvent| *event == GcEvent { cycles: Some(0), ..times(event) };
        !self.events.is_empty() && self.events.iter().all(is_mark)
    }
}

/// Figures of the whole process in bytes and nanoseconds; `None` for a figure that the file does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Bytes allocated since the start of the process, freed or not.
    pub total_alloc: Option<i64>,
    /// Bytes of live objects and of dead ones not yet swept.
    pub heap_alloc: Option<i64>,
    /// Bytes of spans with at least one object.
    pub heap_inuse: Option<i64>,
    /// Bytes of spans without objects.
    pub heap_idle: Option<i64>,
    /// Bytes returned to the system.
    pub heap_released: Option<i64>,
    /// Bytes obtained from the system, in total.
    pub sys: Option<i64>,
    /// Bytes obtained from the system for stacks.
    pub stack_sys: Option<i64>,
    /// Heap size at which the next collection begins.
    pub next_gc: Option<i64>,
    /// End of the last collection in nanoseconds since 1970 (UTC), which is the time of in-use figures.
    pub last_gc_nanos: Option<i64>,
    /// Number of collections.
    pub gc_count: Option<i64>,
    /// Total time that the program was stopped for collections.
    pub gc_pause_nanos: Option<i64>,
    /// Share of CPU time spent on collections, in billionths.
    pub gc_cpu_billionths: Option<i64>,
    /// Maximum of resident memory.
    pub max_rss: Option<i64>,
}
