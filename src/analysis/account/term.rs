//! Terms of an account: their names, meaning and advice.

/// Kind of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TermKind {
    /// Reachable objects, by the profile.
    Live,
    /// Objects of the heap that are not in the profile.
    Garbage,
    /// Objects, if no source separates live from dead ones.
    Heap,
    /// Free space between objects.
    Unused,
    /// Free pages that are kept for reuse.
    Idle,
    /// Stacks.
    Stacks,
    /// Tables of the runtime or the allocator.
    Runtime,
    /// Classes and metaspace.
    Classes,
    /// Compiled code.
    Code,
    /// Buffers outside of the heap that objects own.
    External,
    /// Memory of a native allocator beside a runtime.
    Allocator,
    /// Anonymous memory that no source explains, if the runtime reports all of its own.
    Outside,
    /// Pages of files.
    File,
    /// Shared memory.
    Shared,
    /// Memory of the kernel that a container is charged for.
    Kernel,
    /// Memory that the runtime obtained and never wrote to; negative.
    Untouched,
}

impl TermKind {
    /// Name in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Garbage => "garbage",
            Self::Heap => "heap",
            Self::Unused => "unused",
            Self::Idle => "idle",
            Self::Stacks => "stacks",
            Self::Runtime => "runtime",
            Self::Classes => "classes",
            Self::Code => "code",
            Self::External => "external",
            Self::Allocator => "allocator",
            Self::Outside => "outside",
            Self::File => "file",
            Self::Shared => "shared",
            Self::Kernel => "kernel",
            Self::Untouched => "untouched",
        }
    }
}

/// Part of the program that has the memory of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermOwner {
    /// Go's runtime.
    Go,
    /// Node.js.
    Node,
    /// A Java virtual machine.
    Jvm,
    /// Another runtime.
    Managed,
    /// A native allocator, by its name.
    Allocator(&'static str),
    /// The kernel's count of pages.
    System,
    /// The profile alone.
    Profile,
}

/// Term of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountTerm {
    /// Kind.
    pub kind: TermKind,
    /// Part of the program that has the memory.
    pub owner: TermOwner,
    /// Bytes; negative for memory that is not resident.
    pub bytes: i64,
}

/// Share of the total, as a divisor, from which a term has advice.
const WORTH_ADVICE: i64 = 10;

impl AccountTerm {
    /// Name for people.
    pub fn name(&self) -> String {
        let name = match (self.kind, self.owner) {
            (TermKind::Live, _) => "live objects",
            (TermKind::Garbage, _) => "garbage and new objects",
            (TermKind::Heap, TermOwner::Allocator(name)) => return format!("allocated by {name}"),
            (TermKind::Heap, _) => "objects",
            (TermKind::Unused, TermOwner::Go) => "unused in spans",
            (TermKind::Unused, TermOwner::Allocator(_)) => "unused in pages and caches",
            (TermKind::Unused, _) => "unused heap",
            (TermKind::Idle, _) => "idle, kept",
            (TermKind::Stacks, TermOwner::Go) => "goroutine stacks",
            (TermKind::Stacks, _) => "thread stacks",
            (TermKind::Runtime, TermOwner::Allocator(name)) => return format!("tables of {name}"),
            (TermKind::Runtime, _) => "rest of the runtime",
            (TermKind::Classes, _) => "classes",
            (TermKind::Code, _) => "compiled code",
            (TermKind::External, _) => "buffers outside the heap",
            (TermKind::Allocator, TermOwner::Allocator(name)) => return format!("native memory in {name}"),
            (TermKind::Allocator, _) => "native memory",
            (TermKind::Outside, TermOwner::Allocator(name)) => return format!("outside {name}"),
            (TermKind::Outside, _) => "outside the runtime",
            (TermKind::File, _) => "program and mapped files",
            (TermKind::Shared, _) => "shared memory",
            (TermKind::Kernel, _) => "kernel",
            (TermKind::Untouched, _) => "never touched",
        };
        name.to_owned()
    }

    /// Meaning of the term in one sentence.
    pub fn description(&self) -> &'static str {
        match (self.kind, self.owner) {
            (TermKind::Live, TermOwner::Profile) => "in-use bytes of the profile",
            (TermKind::Live, _) => "objects that the last collection kept: the in-use bytes of the profile",
            (TermKind::Garbage, _) => {
                "dead objects that are not yet swept, objects since the last collection, and what sampling missed"
            }
            (TermKind::Heap, TermOwner::Allocator(_)) => "bytes that the program has allocated and not freed",
            (TermKind::Heap, TermOwner::Go) => "HeapAlloc: live objects and garbage; a profile separates them",
            (TermKind::Heap, _) => "live objects and garbage; a profile separates them",
            (TermKind::Unused, TermOwner::Go) => "HeapInuse − HeapAlloc: free slots in spans that hold an object",
            (TermKind::Unused, TermOwner::Allocator(_)) => "free parts of pages in use, and caches of free blocks",
            (TermKind::Unused, _) => "heap that the runtime has obtained and no object fills",
            (TermKind::Idle, TermOwner::Go) => "HeapIdle − HeapReleased: empty spans that the runtime keeps for reuse",
            (TermKind::Idle, _) => "free pages that the allocator has not returned to the system",
            (TermKind::Stacks, TermOwner::Go) => "StackSys: stacks of goroutines",
            (TermKind::Stacks, _) => "stacks of threads",
            (TermKind::Runtime, TermOwner::Go) => {
                "Sys − HeapSys − StackSys: mark bits, span tables, profiling buckets and other tables"
            }
            (TermKind::Runtime, TermOwner::Allocator(_)) => "bookkeeping of the allocator",
            (TermKind::Runtime, _) => "collector, compiler, symbols and other tables of the runtime",
            (TermKind::Classes, _) => "metadata of loaded classes",
            (TermKind::Code, _) => "code cache of the just-in-time compiler",
            (TermKind::External, _) => "Buffers, ArrayBuffers and native objects that JavaScript objects own",
            (TermKind::Allocator, _) => "resident memory of the native allocator",
            (TermKind::Outside, _) => {
                "anonymous memory that none of them counts: native code, mmap, other allocators; at least this much"
            }
            (TermKind::File, _) => "resident pages of the program, its libraries and mapped files, or page cache",
            (TermKind::Shared, _) => "resident shared memory and tmpfs",
            (TermKind::Kernel, _) => "kernel memory that the container is charged for: slab, page tables, sockets",
            (TermKind::Untouched, _) => {
                "obtained from the system, never written to, so not resident; at least this much"
            }
        }
    }

    /// Advice for a term that is a tenth of the total or more; `None` if it is less, or if there is nothing to do.
    pub fn advice(&self, total: i64) -> Option<&'static str> {
        if self.bytes < total / WORTH_ADVICE || self.bytes <= 0 {
            return None;
        }
        Some(match (self.kind, self.owner) {
            (TermKind::Live, _) => "the call tree of in-use bytes says which functions hold it",
            (TermKind::Garbage, TermOwner::Go) => {
                "a lower GOGC or a GOMEMLIMIT collects earlier and costs CPU; allocating less shrinks it for free"
            }
            (TermKind::Garbage, _) => "a smaller heap limit collects earlier and costs CPU; allocate less",
            (TermKind::Heap, _) => "a heap profile of the same moment says which functions hold it",
            (TermKind::Unused, TermOwner::Go) => {
                "fragmentation: few long-lived objects pin many spans; allocate them together, or as values in one slice"
            }
            (TermKind::Unused, TermOwner::Allocator("jemalloc")) => {
                "fragmentation: fewer arenas (`narenas`) and fewer thread caches waste less"
            }
            (TermKind::Unused, TermOwner::Allocator(_)) => {
                "caches of free blocks: lower `TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES`"
            }
            (TermKind::Unused, TermOwner::Jvm) => "room up to -Xmx; a smaller -Xmx or -XX:MinHeapFreeRatio returns it",
            (TermKind::Unused, _) => "left from a peak, or fragmentation; a smaller heap limit returns it",
            (TermKind::Idle, TermOwner::Go) => {
                "left from a peak: the scavenger returns it over minutes, GOMEMLIMIT sooner, debug.FreeOSMemory at once"
            }
            (TermKind::Idle, TermOwner::Allocator("jemalloc")) => {
                "shorter `dirty_decay_ms` and `background_thread:true` return it to the system"
            }
            (TermKind::Idle, _) => {
                "a higher `TCMALLOC_RELEASE_RATE`, or MallocExtension::ReleaseFreeMemory, returns it"
            }
            (TermKind::Stacks, TermOwner::Go) => {
                "count the goroutines (/debug/pprof/goroutine); deep recursion and large frames grow stacks too"
            }
            (TermKind::Stacks, _) => "fewer threads, or smaller stacks (-Xss, ulimit -s)",
            (TermKind::Runtime, _) => "it grows with the heap and with the number of objects and call sites",
            (TermKind::Classes, _) => {
                "class loaders that are never dropped, generated proxies; -XX:MaxMetaspaceSize caps it"
            }
            (TermKind::Code, _) => "-XX:ReservedCodeCacheSize caps it",
            (TermKind::External, _) => "reuse Buffers, and drop references to large ArrayBuffers",
            (TermKind::Allocator, _) => "a heap profile of the allocator says which functions hold it",
            (TermKind::Outside, _) => {
                "profile the native code with jemalloc or tcmalloc; `pmap -x PID` lists the mappings by size"
            }
            (TermKind::File, _) => {
                "clean pages of files are dropped when memory is short; map less, or use MADV_DONTNEED"
            }
            (TermKind::Shared, _) => "files in /dev/shm and tmpfs count here",
            (TermKind::Kernel | TermKind::Untouched, _) => return None,
        })
    }
}
