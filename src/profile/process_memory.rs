//! Memory figures of a process beside a profile, from the kernel, the container, the runtime and the allocators.

use std::sync::Arc;

use crate::profile::Metrics;

/// Figures of a process's memory. A figure is in bytes, and `None` if no source has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessMemory {
    /// Names of the sources that were read, in their order.
    pub sources: Vec<&'static str>,
    /// Figures of the kernel.
    pub resident: ResidentMemory,
    /// Figures of the container's control group.
    pub container: ContainerMemory,
    /// Figures of Go's runtime.
    pub go: Option<Metrics>,
    /// Figures of a runtime with a managed heap other than Go's.
    pub managed: Option<ManagedHeap>,
    /// Figures of a native allocator.
    pub allocator: Option<AllocatorMemory>,
    /// Text of the sources, for the file beside a saved snapshot; `None` if the figures come from a file.
    pub text: Option<Arc<str>>,
}

/// Resident memory of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResidentMemory {
    /// Resident set.
    pub rss: Option<i64>,
    /// Resident anonymous pages.
    pub anonymous: Option<i64>,
    /// Resident pages of files.
    pub file: Option<i64>,
    /// Resident shared memory.
    pub shared: Option<i64>,
    /// Largest resident set since the start of the process.
    pub peak: Option<i64>,
    /// Swapped-out anonymous pages.
    pub swap: Option<i64>,
    /// Number of CPUs that the process may use.
    pub cpus: Option<i64>,
    /// Resident set according to another source of the kernel, if it differs by more than a tenth: then the source is
    /// of another moment or process.
    pub other_rss: Option<i64>,
}

/// Memory of a container, as its control group counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContainerMemory {
    /// Charged memory.
    pub current: Option<i64>,
    /// Limit above which the kernel kills a process; `None` also without a limit.
    pub limit: Option<i64>,
    /// Largest charged memory.
    pub peak: Option<i64>,
    /// Anonymous memory.
    pub anonymous: Option<i64>,
    /// Page cache, with shared memory.
    pub file: Option<i64>,
    /// Shared memory.
    pub shared: Option<i64>,
    /// Memory of the kernel.
    pub kernel: Option<i64>,
}

/// Runtime with a managed heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagedRuntime {
    /// Node.js, by `process.memoryUsage()`.
    Node,
    /// A Java virtual machine, by native memory tracking, heap information, or a log.
    Jvm,
    /// Another runtime, by a log.
    Other,
}

/// Heap of a managed runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagedHeap {
    /// Runtime.
    pub runtime: ManagedRuntime,
    /// Bytes of objects, live or not yet collected.
    pub used: Option<i64>,
    /// Bytes obtained for objects.
    pub committed: Option<i64>,
    /// Bytes outside of the heap that its objects own, such as Node's `external`.
    pub external: Option<i64>,
    /// Bytes of thread stacks.
    pub stacks: Option<i64>,
    /// Bytes of classes and metaspace.
    pub classes: Option<i64>,
    /// Bytes of compiled code.
    pub code: Option<i64>,
    /// Bytes of everything else that the runtime obtained for itself.
    pub other: Option<i64>,
}

impl ManagedHeap {
    /// Creates the heap of a runtime without figures.
    pub fn new(runtime: ManagedRuntime) -> Self {
        Self {
            runtime,
            used: None,
            committed: None,
            external: None,
            stacks: None,
            classes: None,
            code: None,
            other: None,
        }
    }
}

/// Figures of a native allocator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllocatorMemory {
    /// Name of the allocator.
    pub name: &'static str,
    /// Bytes that the program holds.
    pub allocated: i64,
    /// Bytes of pages and caches that are partly used or kept for the next allocation.
    pub unused: Option<i64>,
    /// Bytes of whole free pages that are still resident.
    pub idle: Option<i64>,
    /// Bytes of the allocator's own tables.
    pub metadata: Option<i64>,
}

impl ProcessMemory {
    /// Adds the figures of another source. Known figures are kept.
    pub fn merge(&mut self, other: Self) {
        let Self { sources, resident, container, go, managed, allocator, text } = other;
        // A file that the user named may also be found next to the profile; it is listed once.
        for source in sources {
            if !self.sources.contains(&source) {
                self.sources.push(source);
            }
        }
        self.text = match (self.text.take(), text) {
            (Some(own), Some(other)) => Some(format!("{own}{other}").into()),
            (own, other) => own.or(other),
        };
        let known = &mut self.resident;
        fill(&mut known.other_rss, resident.other_rss);
        if let (Some(one), Some(other)) = (known.rss, resident.rss)
            && known.anonymous.is_some()
            && resident.anonymous.is_some()
            && one.abs_diff(other) > one.max(other).unsigned_abs() / 10
        {
            fill(&mut known.other_rss, Some(other));
        }
        // A runtime's own figure of resident memory has no parts, and is of another moment than the kernel's.
        if known.anonymous.is_none() && resident.anonymous.is_some() {
            known.rss = resident.rss.or(known.rss);
        }
        fill(&mut known.rss, resident.rss);
        fill(&mut known.anonymous, resident.anonymous);
        fill(&mut known.file, resident.file);
        fill(&mut known.shared, resident.shared);
        fill(&mut known.peak, resident.peak);
        fill(&mut known.swap, resident.swap);
        fill(&mut known.cpus, resident.cpus);
        let known = &mut self.container;
        fill(&mut known.current, container.current);
        fill(&mut known.limit, container.limit);
        fill(&mut known.peak, container.peak);
        fill(&mut known.anonymous, container.anonymous);
        fill(&mut known.file, container.file);
        fill(&mut known.shared, container.shared);
        fill(&mut known.kernel, container.kernel);
        fill(&mut self.go, go);
        fill(&mut self.allocator, allocator);
        match (&mut self.managed, managed) {
            (Some(known), Some(more)) if known.runtime == more.runtime => {
                fill(&mut known.used, more.used);
                fill(&mut known.committed, more.committed);
                fill(&mut known.external, more.external);
                fill(&mut known.stacks, more.stacks);
                fill(&mut known.classes, more.classes);
                fill(&mut known.code, more.code);
                fill(&mut known.other, more.other);
            }
            (known, more) => fill(known, more),
        }
    }
}

fn fill<T>(known: &mut Option<T>, more: Option<T>) {
    if known.is_none() {
        *known = more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_fill_what_is_missing() {
        let status = ResidentMemory { rss: Some(10), anonymous: Some(7), ..ResidentMemory::default() };
        let rollup = ResidentMemory { rss: Some(11), file: Some(3), ..ResidentMemory::default() };
        let of = |name, resident| ProcessMemory { sources: vec![name], resident, ..ProcessMemory::default() };
        let mut memory = of("status", status);
        memory.merge(of("rollup", rollup));
        let want = ResidentMemory { file: Some(3), ..status };
        assert_eq!((memory.resident, memory.sources.as_slice()), (want, &["status", "rollup"][..]));
        memory.merge(of("rollup", rollup));
        assert_eq!(memory.sources, ["status", "rollup"], "a source that was named twice");
        let runtime = ResidentMemory { rss: Some(9), ..ResidentMemory::default() };
        let mut memory = of("runtime", runtime);
        memory.merge(of("status", status));
        assert_eq!(memory.resident, status, "the kernel's count is the better one");
        let other = ResidentMemory { rss: Some(25), anonymous: Some(20), ..ResidentMemory::default() };
        memory.merge(of("other", other));
        assert_eq!(memory.resident, ResidentMemory { other_rss: Some(25), ..status }, "of another process");
    }
}
