//! Sources as they are printed, and the figures in them.

use std::io::Cursor;

use proptest::prelude::*;

use crate::base::limits::Budget;
use crate::format::{self, FormatError, ReadContext, ReadOptions};
use crate::profile::{ManagedHeap, ManagedRuntime, ProcessMemory, WarningKind};

fn read(name: &str, text: &str) -> Result<ProcessMemory, FormatError> {
    let (options, mut budget, mut warnings) = (ReadOptions::default(), Budget::new(1 << 24), Vec::new());
    let mut context = ReadContext::new(&options, &mut budget, &mut warnings);
    let chunks = format::open(Box::new(Cursor::new(text.as_bytes().to_vec())), &options)?;
    super::read(chunks, name, &mut context)
}

#[test]
fn go_figures_are_read_from_text_json_and_metrics() {
    for text in [
        "heap profile: 0: 0 [0: 0] @ heap/1048576\n\n# runtime.MemStats\n# Sys = 90\n# HeapAlloc = 40\n# HeapInuse = 50\n\
         # HeapIdle = 20\n# HeapReleased = 5\n# Stack = 7 / 8\n# GCCPUFraction = 0.25\n",
        "{\"cmdline\":[\"x\"],\n\"memstats\": {\"Alloc\":40,\"Sys\":90,\"HeapAlloc\":40,\"HeapInuse\":50,\"HeapIdle\":20,\
         \"HeapReleased\":5,\"StackInuse\":7,\"StackSys\":8,\"GCCPUFraction\":0.25,\"BySize\":[{\"Size\":0,\"Mallocs\":1}]}}",
        "Sys: 90\nHeapAlloc: 40\nHeapInuse: 50\nHeapIdle: 20\nHeapReleased: 5\nStackSys: 8\nGCCPUFraction: 0.25\n",
        "# HELP go_memstats_sys_bytes Bytes\ngo_memstats_sys_bytes 90\ngo_memstats_heap_alloc_bytes 40\n\
         go_memstats_heap_inuse_bytes 50\ngo_memstats_heap_idle_bytes 2e+01\ngo_memstats_heap_released_bytes 5\n\
         go_memstats_stack_sys_bytes 8\ngo_memstats_gc_cpu_fraction 0.25\n",
    ] {
        let go = read("x", text).unwrap().go.unwrap();
        let figures = [go.sys, go.heap_alloc, go.heap_inuse, go.heap_idle, go.heap_released, go.stack_sys];
        assert_eq!(figures, [90, 40, 50, 20, 5, 8].map(Some), "{text}");
        assert_eq!(go.gc_cpu_billionths, Some(250_000_000), "{text}");
    }
}

#[test]
fn the_kernel_counts_pages() {
    let status = read(
        "status",
        "Name:\tx\nVmHWM:\t 12 kB\nVmRSS:\t 10 kB\nRssAnon:\t 7 kB\nRssFile:\t 3 kB\nCpus_allowed:\tf,00000003\n",
    );
    let resident = status.unwrap().resident;
    assert_eq!((resident.rss, resident.anonymous, resident.file), (Some(10_240), Some(7168), Some(3072)));
    assert_eq!((resident.peak, resident.cpus), (Some(12_288), Some(6)));
    let rollup = "00400000-7fff ---p 00000000 00:00 0    [rollup]\nRss:  10 kB\nPss_Anon: 1 kB\nAnonymous:  7 kB\n";
    let resident = read("smaps_rollup", rollup).unwrap().resident;
    assert_eq!((resident.rss, resident.anonymous, resident.file), (Some(10_240), Some(7168), Some(3072)));
}

#[test]
fn control_groups_of_both_versions_are_read() {
    let text = "==> /sys/fs/cgroup/memory.current <==\n4096\n\n==> /sys/fs/cgroup/memory.max <==\nmax\n\n\
        ==> /sys/fs/cgroup/memory.stat <==\nanon 1000\nfile 2000\nkernel 50\nkernel_stack 30\nshmem 7\nfile_mapped 4\n";
    let memory = read("x", text).unwrap();
    let container = memory.container;
    assert_eq!((container.current, container.limit), (Some(4096), None));
    assert_eq!((container.anonymous, container.file, container.kernel), (Some(1000), Some(2000), Some(50)));
    assert_eq!(read("memory.max", "536870912\n").unwrap().container.limit, Some(512 << 20));
    let unlimited = read("memory.limit_in_bytes", "9223372036854771712\n").unwrap();
    assert_eq!((unlimited.container.limit, unlimited.sources.len()), (None, 1));
    let old = "cache 10\nrss 5\nhierarchical_memory_limit 1048576\ntotal_cache 100\ntotal_rss 900\ntotal_shmem 1\n";
    let container = read("memory.stat", old).unwrap().container;
    assert_eq!((container.limit, container.anonymous, container.file), (Some(1 << 20), Some(900), Some(100)));
}

#[test]
fn allocators_tell_their_statistics() {
    let text = "___ Begin jemalloc statistics ___\nVersion: 5.3\n\
        Allocated: 1000, active: 1500, metadata: 200 (n_thp 0), resident: 2000, mapped: 9000, retained: 1\n\
        Arenas: 8\nallocated 77\n";
    let json = "{\"jemalloc\":{\"version\":\"5.3\",\"arenas\":{\"narenas\":8},\"stats\":{\"allocated\":1000,\"active\":1500,\
        \"metadata\":200,\"resident\":2000},\"stats.arenas\":{\"merged\":{\"allocated\":5}}}}";
    for text in [text, json] {
        let allocator = read("x", text).unwrap().allocator.unwrap();
        assert_eq!((allocator.name, allocator.allocated), ("jemalloc", 1000));
        assert_eq!((allocator.unused, allocator.idle, allocator.metadata), (Some(500), Some(300), Some(200)));
    }
    let text = "------------------------------------------------\n\
        MALLOC:       10000 (    0.0 MiB) Bytes in use by application\n\
        MALLOC: +      2000 (    0.0 MiB) Bytes in page heap freelist\n\
        MALLOC: +       300 (    0.0 MiB) Bytes in central cache freelist\n\
        MALLOC: +        40 (    0.0 MiB) Bytes in transfer cache freelist\n\
        MALLOC: +         5 (    0.0 MiB) Bytes in thread cache freelists\n\
        MALLOC: +       600 (    0.0 MiB) Bytes in malloc metadata\n\
        MALLOC:   ------------\n\
        MALLOC: =     12945 (    0.0 MiB) Actual memory used (physical + swap)\n\
        MALLOC: +      7000 (    0.0 MiB) Bytes released to OS (aka unmapped)\n";
    let allocator = read("x", text).unwrap().allocator.unwrap();
    assert_eq!((allocator.name, allocator.allocated), ("tcmalloc", 10_000));
    assert_eq!((allocator.unused, allocator.idle, allocator.metadata), (Some(345), Some(2000), Some(600)));
}

#[test]
fn managed_runtimes_tell_their_heaps() {
    let node =
        "{\n  rss: 4935680,\n  heapTotal: 1826816,\n  heapUsed: 650472,\n  external: 49879,\n  arrayBuffers: 9386\n}\n";
    let memory = read("x", node).unwrap();
    let heap = memory.managed.unwrap();
    assert_eq!((memory.resident.rss, heap.runtime), (Some(4_935_680), ManagedRuntime::Node));
    assert_eq!((heap.used, heap.committed, heap.external), (Some(650_472), Some(1_826_816), Some(49_879)));
    let jvm = "4711:\n garbage-first heap   total 32768K, used 5120K [0x1, 0x2)\n  region size 1024K, 2 young (2048K)\n\
        4711:\n\nNative Memory Tracking:\n\nTotal: reserved=1830441KB, committed=134953KB\n\n\
        -                 Java Heap (reserved=522240KB, committed=32768KB)\n\
                                    (mmap: reserved=522240KB, committed=32768KB)\n\
        -                     Class (reserved=1048651KB, committed=203KB)\n\
        -                    Thread (reserved=20KB, committed=10KB)\n\
        -                        GC (reserved=2MB, committed=1MB)\n";
    let heap = read("x", jvm).unwrap().managed.unwrap();
    let want = ManagedHeap {
        used: Some(5120 << 10),
        committed: Some(32_768 << 10),
        stacks: Some(10 << 10),
        classes: Some(203 << 10),
        code: Some(0),
        other: Some(1 << 20),
        ..ManagedHeap::new(ManagedRuntime::Jvm)
    };
    assert_eq!(heap, want);
}

#[test]
fn other_files_are_named() {
    for (text, message) in [
        ("hello\nworld 12\n", "no figures of memory: it is text"),
        ("", "empty file"),
        ("123\n", "no figures of memory: it is text"),
        ("<!doctype html><p>VmRSS", "no figures of memory: it starts with <!DOCTYPE html"),
    ] {
        let error = read("x", text).unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}");
        assert!(error.hint().is_some(), "{message}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_figures_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read("x", &String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn damaged_figures_are_figures_or_an_error(
        line in "(VmRSS:|Rss:|HeapAlloc|MALLOC:|- Java Heap \\(|==> |Stack =|Cpus_allowed:|rss)[ =:0-9kMe.,()+-]{0,40}",
    ) {
        let _ = read("memory.current", &format!("Native Memory Tracking:\n{line}\n{line}"));
    }
}

#[test]
fn a_figure_without_its_end_is_left_out() {
    let said = |name: &str, text: &str| {
        let (options, mut budget, mut warnings) = (ReadOptions::default(), Budget::new(1 << 24), Vec::new());
        let mut context = ReadContext::new(&options, &mut budget, &mut warnings);
        let chunks = format::open(Box::new(Cursor::new(text.as_bytes().to_vec())), &options).unwrap();
        let memory = super::read(chunks, name, &mut context);
        (memory, warnings.into_iter().map(|warning| warning.kind).collect::<Vec<_>>())
    };
    let status = "VmHWM:\t 1234567 kB\nVmRSS:\t  654321 kB\nRssAnon:\t 7 kB\n";
    let end = status.find("321").unwrap();
    // The cut figure is not taken, and without it the source is not recognized.
    let (memory, warnings) = said("status", &status[..end]);
    assert!(memory.is_err() && warnings == [WarningKind::Incomplete], "{memory:?}");
    assert!(said("status", "VmRSS:\t  654321\nRssAnon:\t 7 kB\n").0.is_err(), "a figure of the kernel has a unit");
    let cut = status.len() - " kB\n".len();
    let (memory, warnings) = said("status", &status[..cut]);
    let resident = memory.unwrap().resident;
    assert_eq!((resident.rss, resident.anonymous), (Some(654_321 << 10), None));
    assert_eq!(warnings, [WarningKind::Incomplete]);
    let (memory, warnings) = said("status", status.trim_end());
    assert_eq!((memory.unwrap().resident.anonymous, warnings.len()), (Some(7 << 10), 0), "the unit is there");
    for text in ["# HeapAlloc = 1056\n# Sys = 2", "Sys: 90\nStack = 5 / 6"] {
        assert_eq!(said("x", text).1, [WarningKind::Incomplete], "{text}");
    }
    let (memory, warnings) = said("memory.current", "53687");
    assert!(memory.is_err() && warnings == [WarningKind::Incomplete]);
    assert!(said("memory.max", "max").0.is_ok(), "a word is not cut");
    let node = r#"{"rss":4935680,"heapTotal":1826816,"heapUsed":650472}"#;
    assert_eq!(said("x", node).1, [], "the end of a document is the end of its figures");
}
