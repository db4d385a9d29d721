//! Table of the sources of memory figures, and the names of their figures.

use super::numbers::Numbers;
use crate::profile::{
    AllocatorMemory, ContainerMemory, ManagedHeap, ManagedRuntime, Metrics, ProcessMemory, ResidentMemory,
};

/// Source of memory figures.
pub(super) struct MemorySource {
    /// Name, as shown in reports.
    pub(super) title: &'static str,
    /// Names of figures that identify the source; all must be present.
    pub(super) names: &'static [&'static str],
    /// Converts the numbers of a section to figures.
    pub(super) read: fn(&Numbers) -> ProcessMemory,
}

/// All sources of named figures.
pub(super) const SOURCES: &[MemorySource] = &[
    MemorySource { title: "Go MemStats", names: &["HeapAlloc", "HeapInuse", "Sys"], read: go },
    MemorySource {
        title: "Go metrics",
        names: &["go_memstats_heap_alloc_bytes", "go_memstats_heap_inuse_bytes", "go_memstats_sys_bytes"],
        read: go_metrics,
    },
    MemorySource { title: "/proc/PID/status", names: &["VmRSS"], read: status },
    MemorySource { title: "/proc/PID/smaps_rollup", names: &["Rss", "Anonymous"], read: rollup },
    MemorySource {
        title: "process metrics",
        names: &["process_resident_memory_bytes"],
        read: |numbers| resident(numbers.get("process_resident_memory_bytes")),
    },
    MemorySource { title: "cgroup memory.stat", names: &["anon", "file", "kernel_stack"], read: container },
    MemorySource { title: "cgroup v1 memory.stat", names: &["total_rss", "total_cache"], read: old_container },
    MemorySource { title: "Node.js memoryUsage", names: &["heapTotal", "heapUsed"], read: node },
    MemorySource { title: "jemalloc statistics", names: &["Allocated", "active", "resident"], read: jemalloc },
    MemorySource { title: "jemalloc statistics", names: &["allocated", "active", "resident"], read: jemalloc },
    MemorySource {
        title: "jemalloc statistics",
        names: &["stats.allocated", "stats.active", "stats.resident"],
        read: jemalloc,
    },
];

/// Names of figures, of all sources.
const NAMES: &[&str] = &[
    "Alloc",
    "TotalAlloc",
    "HeapAlloc",
    "HeapInuse",
    "HeapIdle",
    "HeapReleased",
    "Sys",
    "StackInuse",
    "StackSys",
    "NextGC",
    "LastGC",
    "NumGC",
    "PauseTotalNs",
    "GCCPUFraction",
    "MaxRSS",
    "go_memstats_alloc_bytes_total",
    "go_memstats_heap_alloc_bytes",
    "go_memstats_heap_inuse_bytes",
    "go_memstats_heap_idle_bytes",
    "go_memstats_heap_released_bytes",
    "go_memstats_sys_bytes",
    "go_memstats_stack_inuse_bytes",
    "go_memstats_stack_sys_bytes",
    "go_memstats_next_gc_bytes",
    "go_memstats_last_gc_time_seconds",
    "go_memstats_gc_cpu_fraction",
    "VmRSS",
    "RssAnon",
    "RssFile",
    "RssShmem",
    "VmHWM",
    "VmSwap",
    "Rss",
    "Anonymous",
    "Swap",
    "process_resident_memory_bytes",
    "anon",
    "file",
    "shmem",
    "kernel",
    "kernel_stack",
    "pagetables",
    "percpu",
    "sock",
    "vmalloc",
    "slab",
    "total_rss",
    "total_cache",
    "total_shmem",
    "hierarchical_memory_limit",
    "memory.current",
    "memory.max",
    "memory.peak",
    "memory.usage_in_bytes",
    "memory.limit_in_bytes",
    "memory.max_usage_in_bytes",
    "rss",
    "heapTotal",
    "heapUsed",
    "external",
    "arrayBuffers",
    "Allocated",
    "allocated",
    "active",
    "metadata",
    "resident",
    "mapped",
    "retained",
    "stats.allocated",
    "stats.active",
    "stats.metadata",
    "stats.resident",
];

/// Number from which on a limit of a control group means no limit: the largest count of whole pages is a little below
/// 2⁶³.
const NO_LIMIT: i64 = i64::MAX - (1 << 20);

/// Name as in the table; `None` if the name is unknown.
pub(super) fn known(name: &[u8]) -> Option<&'static str> {
    NAMES.iter().copied().find(|known| known.as_bytes() == name)
}

/// Reads a control-group file that contains one number; the file name tells its meaning.
pub(super) fn lone_number(name: &[u8], number: i64, memory: &mut ProcessMemory) {
    // Files beside a profile have the profile's name in front.
    let is_named = |known: &str| name.ends_with(known.as_bytes()) || name.ends_with(format!("{known}.txt").as_bytes());
    let container = &mut memory.container;
    let (figure, title) = if is_named("memory.current") || is_named("memory.usage_in_bytes") {
        (&mut container.current, "cgroup memory.current")
    } else if is_named("memory.max") || is_named("memory.limit_in_bytes") {
        (&mut container.limit, "cgroup memory.max")
    } else if is_named("memory.peak") || is_named("memory.max_usage_in_bytes") {
        (&mut container.peak, "cgroup memory.peak")
    } else {
        return;
    };
    *figure = Some(number).filter(|number| *number < NO_LIMIT);
    memory.sources.push(title);
}

fn resident(rss: Option<i64>) -> ProcessMemory {
    ProcessMemory { resident: ResidentMemory { rss, ..ResidentMemory::default() }, ..ProcessMemory::default() }
}

fn go(numbers: &Numbers) -> ProcessMemory {
    let metrics = Metrics {
        total_alloc: numbers.get("TotalAlloc"),
        heap_alloc: numbers.get("HeapAlloc"),
        heap_inuse: numbers.get("HeapInuse"),
        heap_idle: numbers.get("HeapIdle"),
        heap_released: numbers.get("HeapReleased"),
        sys: numbers.get("Sys"),
        stack_sys: numbers.get("StackSys"),
        next_gc: numbers.get("NextGC"),
        last_gc_nanos: numbers.get("LastGC"),
        gc_count: numbers.get("NumGC"),
        gc_pause_nanos: numbers.get("PauseTotalNs"),
        gc_cpu_billionths: numbers.get("GCCPUFraction"),
        max_rss: numbers.get("MaxRSS"),
    };
    ProcessMemory { go: Some(metrics), ..ProcessMemory::default() }
}

/// Go's figures by the names of the usual exporter, in which the allocated bytes are the same counter.
fn go_metrics(numbers: &Numbers) -> ProcessMemory {
    let get = |name: &str| numbers.get(&format!("go_memstats_{name}"));
    let metrics = Metrics {
        total_alloc: get("alloc_bytes_total"),
        heap_alloc: get("heap_alloc_bytes"),
        heap_inuse: get("heap_inuse_bytes"),
        heap_idle: get("heap_idle_bytes"),
        heap_released: get("heap_released_bytes"),
        sys: get("sys_bytes"),
        stack_sys: get("stack_sys_bytes"),
        next_gc: get("next_gc_bytes"),
        last_gc_nanos: get("last_gc_time_seconds"),
        gc_cpu_billionths: get("gc_cpu_fraction"),
        ..Metrics::default()
    };
    ProcessMemory { go: Some(metrics), ..ProcessMemory::default() }
}

fn status(numbers: &Numbers) -> ProcessMemory {
    let resident = ResidentMemory {
        rss: numbers.get("VmRSS"),
        anonymous: numbers.get("RssAnon"),
        file: numbers.get("RssFile"),
        shared: numbers.get("RssShmem"),
        peak: numbers.get("VmHWM"),
        swap: numbers.get("VmSwap"),
        cpus: numbers.get("Cpus_allowed"),
        ..ResidentMemory::default()
    };
    ProcessMemory { resident, ..ProcessMemory::default() }
}

/// Sums over all mappings, in which shared memory is not distinguished from files.
fn rollup(numbers: &Numbers) -> ProcessMemory {
    let (rss, anonymous) = (numbers.get("Rss"), numbers.get("Anonymous"));
    let file = rss.zip(anonymous).map(|(rss, anonymous)| rss.saturating_sub(anonymous));
    let resident = ResidentMemory { rss, anonymous, file, swap: numbers.get("Swap"), ..ResidentMemory::default() };
    ProcessMemory { resident, ..ProcessMemory::default() }
}

/// Control group of version 2. Kernels before 5.18 give the parts of the kernel's memory, but not their sum.
fn container(numbers: &Numbers) -> ProcessMemory {
    let parts = ["kernel_stack", "pagetables", "percpu", "sock", "vmalloc", "slab"];
    let sum = parts.iter().filter_map(|name| numbers.get(name)).fold(0_i64, i64::saturating_add);
    let container = ContainerMemory {
        current: numbers.get("memory.current"),
        limit: numbers.get("memory.max").filter(|limit| *limit < NO_LIMIT),
        peak: numbers.get("memory.peak"),
        anonymous: numbers.get("anon"),
        file: numbers.get("file"),
        shared: numbers.get("shmem"),
        kernel: numbers.get("kernel").or(Some(sum)),
    };
    ProcessMemory { container, ..ProcessMemory::default() }
}

/// Control group of version 1.
fn old_container(numbers: &Numbers) -> ProcessMemory {
    let container = ContainerMemory {
        current: numbers.get("memory.usage_in_bytes"),
        limit: numbers.get("hierarchical_memory_limit").filter(|limit| *limit < NO_LIMIT),
        peak: numbers.get("memory.max_usage_in_bytes"),
        anonymous: numbers.get("total_rss"),
        file: numbers.get("total_cache"),
        shared: numbers.get("total_shmem"),
        kernel: None,
    };
    ProcessMemory { container, ..ProcessMemory::default() }
}

/// Node's figures; `external` includes the array buffers.
fn node(numbers: &Numbers) -> ProcessMemory {
    let managed = ManagedHeap {
        used: numbers.get("heapUsed"),
        committed: numbers.get("heapTotal"),
        external: numbers.get("external"),
        ..ManagedHeap::new(ManagedRuntime::Node)
    };
    ProcessMemory { managed: Some(managed), ..resident(numbers.get("rss")) }
}

fn jemalloc(numbers: &Numbers) -> ProcessMemory {
    let allocated = numbers.any(&["Allocated", "stats.allocated", "allocated"]);
    let active = numbers.any(&["stats.active", "active"]);
    let metadata = numbers.any(&["stats.metadata", "metadata"]);
    let resident = numbers.any(&["stats.resident", "resident"]);
    let idle = resident
        .zip(active)
        .map(|(resident, active)| resident.saturating_sub(active).saturating_sub(metadata.unwrap_or(0)).max(0));
    let allocator = allocated.map(|allocated| AllocatorMemory {
        name: "jemalloc",
        allocated,
        unused: active.map(|active| active.saturating_sub(allocated).max(0)),
        idle,
        metadata,
    });
    ProcessMemory { allocator, ..ProcessMemory::default() }
}
