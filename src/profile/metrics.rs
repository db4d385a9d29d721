//! What a runtime says of its memory beside the profile, as far as the file has it.

/// Figures of the whole process at the time of the profile, in bytes and nanoseconds. None is a figure that the file
/// does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Bytes allocated since the process began, freed or not.
    pub total_alloc: Option<i64>,
    /// Bytes of live objects, and of dead ones not yet swept.
    pub heap_alloc: Option<i64>,
    /// Bytes in spans that hold at least one object.
    pub heap_inuse: Option<i64>,
    /// Bytes in spans that hold none.
    pub heap_idle: Option<i64>,
    /// Bytes given back to the system.
    pub heap_released: Option<i64>,
    /// Bytes obtained from the system for everything.
    pub sys: Option<i64>,
    /// Bytes obtained from the system for stacks.
    pub stack_sys: Option<i64>,
    /// The heap size at which the next collection begins.
    pub next_gc: Option<i64>,
    /// When the last collection ended, in nanoseconds since 1970 (UTC): in-use figures are as of then.
    pub last_gc_nanos: Option<i64>,
    /// Collections so far.
    pub gc_count: Option<i64>,
    /// How long the program stood still for collections, all together.
    pub gc_pause_nanos: Option<i64>,
    /// The share of the program's processor time that collections took, in billionths.
    pub gc_cpu_billionths: Option<i64>,
    /// The most memory that the process ever had resident.
    pub max_rss: Option<i64>,
}
