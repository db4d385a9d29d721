//! Table of the kinds of content that are not profiles: their first bytes, and the next step for each.

use crate::format::ContentKind;

/// Advice for text without a profile.
pub(super) const NO_PROFILE: &str =
    "did a server answer with a message instead of a profile? Go serves heaps at /debug/pprof/heap";
/// Advice for web pages.
const WEB_PAGE: &str = "the server answered with a web page; Go serves heaps at /debug/pprof/heap";
/// Advice for other profiles of a Go service.
const GO_HEAP: &str = "heap profiles are at /debug/pprof/heap";
/// Advice for texts that pprof printed.
const PPROF_TEXT: &str =
    "give the profile that pprof printed, or let pprof write it: pprof -proto PROFILE > heap.pb.gz";
/// Advice for output of other valgrind tools.
const DHAT: &str = "valgrind --tool=dhat PROGRAM writes a heap profile that is read";
/// Advice for other dumps of a JVM, such as heap dumps and class histograms.
const JVM: &str = "async-profiler records allocations: asprof -d 30 -e alloc -o collapsed -f stacks.folded PID";

/// Row of the table of kinds.
pub(super) struct KindRow {
    pub(super) kind: ContentKind,
    /// Completion of the sentence "it …".
    pub(super) says: &'static str,
    /// Advice to the user in one sentence.
    pub(super) hint: &'static str,
    /// First bytes, any of which identifies the kind.
    pub(super) signatures: &'static [Signature],
}

/// First bytes that identify a kind of content.
pub(super) struct Signature {
    pub(super) prefix: &'static [u8],
    pub(super) encoding: Encoding,
    /// Bytes that also occur near the beginning; empty for none.
    pub(super) also: &'static [u8],
}

/// Rule by which first bytes are compared with a signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// After leading white space, in lower case.
    Text,
    /// Byte for byte.
    Binary,
}

const fn text(prefix: &'static [u8]) -> Signature {
    Signature { prefix, encoding: Encoding::Text, also: b"" }
}

const fn binary(prefix: &'static [u8]) -> Signature {
    Signature { prefix, encoding: Encoding::Binary, also: b"" }
}

impl Signature {
    const fn with(self, also: &'static [u8]) -> Self {
        Self { also, ..self }
    }
}

/// All kinds with signatures. The first row that matches applies.
pub(super) const KINDS: &[KindRow] = &[
    KindRow {
        kind: ContentKind::HtmlDoctype,
        says: "starts with <!DOCTYPE html",
        hint: WEB_PAGE,
        signatures: &[text(b"<!doctype html")],
    },
    KindRow { kind: ContentKind::Html, says: "starts with <html", hint: WEB_PAGE, signatures: &[text(b"<html")] },
    KindRow {
        kind: ContentKind::Svg,
        says: "is a picture (SVG)",
        hint: "give the profile that it was drawn from",
        signatures: &[text(b"<svg"), text(b"<?xml").with(b"<svg")],
    },
    KindRow { kind: ContentKind::Xml, says: "is XML", hint: WEB_PAGE, signatures: &[text(b"<?xml")] },
    KindRow {
        kind: ContentKind::V8HeapSnapshot,
        says: "is a V8 heap snapshot",
        hint: "a snapshot lists objects; `node --heap-prof` writes a heap profile",
        signatures: &[text(b"{\"snapshot\":")],
    },
    KindRow {
        kind: ContentKind::V8CpuProfile,
        says: "is a V8 CPU profile",
        hint: "`node --heap-prof` writes a heap profile",
        signatures: &[text(b"{\"nodes\":")],
    },
    KindRow {
        kind: ContentKind::ChromeTrace,
        says: "is a trace of Chrome",
        hint: "`node --heap-prof` writes a heap profile; so does the memory panel of Chrome with allocation sampling",
        signatures: &[text(b"{\"traceevents\":")],
    },
    KindRow {
        kind: ContentKind::RubyHeapDump,
        says: "is a Ruby heap dump (ObjectSpace.dump_all)",
        hint: "a heap dump lists objects; `heapy read FILE` sums it up",
        signatures: &[text(b"{\"type\":\"root\""), text(b"{\"address\":\"0x")],
    },
    KindRow {
        kind: ContentKind::Otlp,
        says: "holds OTLP profiles, of which there is no stable release yet",
        hint: "fetch pprof from the service (/debug/pprof/heap) or from the store that the profiles are sent to",
        signatures: &[text(b"{").with(b"\"resourceProfiles\""), text(b"{").with(b"\"resource_profiles\"")],
    },
    KindRow {
        kind: ContentKind::OwnReport,
        says: "is a report of heapglass",
        hint: "give the profile that it was made of",
        signatures: &[text(b"{\"schema\":\"heapglass.")],
    },
    KindRow { kind: ContentKind::Json, says: "is JSON", hint: NO_PROFILE, signatures: &[text(b"{")] },
    KindRow {
        kind: ContentKind::GoroutineProfile,
        says: "is a goroutine profile as text",
        hint: GO_HEAP,
        signatures: &[text(b"goroutine profile:"), text(b"goroutine ").with(b"]:")],
    },
    KindRow {
        kind: ContentKind::ContentionProfile,
        says: "is a profile of contention or threads as text",
        hint: GO_HEAP,
        signatures: &[text(b"--- contention:"), text(b"--- mutex:"), text(b"threadcreate profile:")],
    },
    KindRow {
        kind: ContentKind::NotFound,
        says: "says \"404 page not found\"",
        hint: GO_HEAP,
        signatures: &[text(b"404 page not found")],
    },
    KindRow {
        kind: ContentKind::UnknownProfile,
        says: "says \"Unknown profile\"",
        hint: GO_HEAP,
        signatures: &[text(b"unknown profile")],
    },
    KindRow {
        kind: ContentKind::GoHeapDump,
        says: "is a Go heap dump",
        hint: GO_HEAP,
        signatures: &[binary(b"go1.7 heap dump")],
    },
    KindRow {
        kind: ContentKind::GoTrace,
        says: "is a Go execution trace",
        hint: GO_HEAP,
        signatures: &[binary(b"go 1.").with(b" trace\0")],
    },
    KindRow {
        kind: ContentKind::Massif,
        says: "is the output of valgrind's massif",
        hint: DHAT,
        signatures: &[text(b"desc:").with(b"time_unit:")],
    },
    KindRow {
        kind: ContentKind::Callgrind,
        says: "is the output of callgrind or cachegrind",
        hint: DHAT,
        signatures: &[
            text(b"# callgrind format"),
            text(b"version: 1").with(b"creator: callgrind"),
            text(b"desc:").with(b"events:"),
        ],
    },
    KindRow {
        kind: ContentKind::Memcheck,
        says: "is a log of valgrind",
        hint: DHAT,
        signatures: &[text(b"==").with(b"Memcheck")],
    },
    KindRow {
        kind: ContentKind::LeakSanitizer,
        says: "is a report of a sanitizer",
        hint: DHAT,
        signatures: &[text(b"==").with(b"Sanitizer")],
    },
    KindRow {
        kind: ContentKind::Memleak,
        says: "is the output of bcc's memleak",
        hint: DHAT,
        signatures: &[
            text(b"[").with(b"stacks with outstanding allocations"),
            text(b"attaching to ").with(b"outstanding allocs"),
        ],
    },
    KindRow {
        kind: ContentKind::Heaptrack,
        says: "is a recording of heaptrack that was not interpreted (--raw)",
        hint: "zstd -dc FILE | /usr/lib/heaptrack/libexec/heaptrack_interpret | gzip > heap.gz writes one that is read",
        signatures: &[binary(b"v 1").with(b"\nx "), binary(b"v 1").with(b"\nm ")],
    },
    KindRow {
        kind: ContentKind::Memray,
        says: "is a recording of memray",
        hint: "memray transform csv FILE writes a table that is read",
        signatures: &[binary(b"memray"), binary(b"\x04\x22\x4d\x18").with(b"memray")],
    },
    KindRow {
        kind: ContentKind::Lz4,
        says: "is compressed with lz4",
        hint: "unpack it first: unlz4 FILE",
        signatures: &[binary(b"\x04\x22\x4d\x18")],
    },
    KindRow {
        kind: ContentKind::Pickle,
        says: "is a Python pickle, as tracemalloc writes it",
        hint: "run the program under memray; memray transform csv FILE writes a table that is read",
        signatures: &[binary(b"\x80\x04\x95"), binary(b"\x80\x05\x95"), binary(b"\x80\x03c")],
    },
    KindRow {
        kind: ContentKind::Stackprof,
        says: "is a dump of stackprof (Ruby)",
        hint: "stackprof --stackcollapse FILE > stacks.folded writes folded stacks",
        signatures: &[binary(b"\x04\x08{").with(b":interval"), binary(b"\x04\x08{").with(b":\rinterval")],
    },
    KindRow {
        kind: ContentKind::RubyMarshal,
        says: "is marshalled data of Ruby",
        hint: "stackprof --stackcollapse FILE > stacks.folded writes folded stacks of a stackprof dump",
        signatures: &[binary(b"\x04\x08{")],
    },
    KindRow {
        kind: ContentKind::Jfr,
        says: "is a Java Flight Recording (JFR) without allocations",
        hint: "record them: java -XX:StartFlightRecording:settings=profile (Java 16 or later), or asprof -e alloc -f FILE.jfr",
        signatures: &[binary(b"FLR\0")],
    },
    KindRow {
        kind: ContentKind::JavaHeapDump,
        says: "is a Java heap dump (hprof)",
        hint: JVM,
        signatures: &[binary(b"JAVA PROFILE")],
    },
    KindRow {
        kind: ContentKind::JavaHistogram,
        says: "is a class histogram of the JVM",
        hint: JVM,
        signatures: &[text(b"num ").with(b"#instances"), text(b"").with(b"#instances         #bytes")],
    },
    KindRow {
        kind: ContentKind::NativeMemoryTracking,
        says: "is the native memory tracking of a JVM",
        hint: "give it beside a profile: heapglass PROFILE --memory FILE",
        signatures: &[text(b"").with(b"Native Memory Tracking:")],
    },
    KindRow {
        kind: ContentKind::Metrics,
        says: "is a page of metrics, as /metrics serves it",
        hint: GO_HEAP,
        signatures: &[text(b"# help "), text(b"# type ")],
    },
    KindRow {
        kind: ContentKind::KernelFigures,
        says: "is figures of the kernel",
        hint: "give the profile; figures of the process and its container go with --memory",
        signatures: &[text(b"nr_free_pages "), text(b"rchar: ").with(b"wchar: ")],
    },
    KindRow {
        kind: ContentKind::DotnetTrace,
        says: "is a trace of .NET (nettrace)",
        hint: "dotnet-trace convert --format speedscope FILE writes JSON that is read",
        signatures: &[binary(b"Nettrace")],
    },
    KindRow {
        kind: ContentKind::DotnetGcDump,
        says: "is a .NET heap dump (gcdump)",
        hint: "a heap dump lists objects; dotnet-gcdump report FILE sums it up",
        signatures: &[binary(b"\x14\0\0\0!FastSerialization.1"), binary(b"!FastSerialization.1")],
    },
    KindRow {
        kind: ContentKind::PerfData,
        says: "is a recording of perf",
        hint: "perf script -i FILE | stackcollapse-perf.pl > stacks.folded writes folded stacks",
        signatures: &[binary(b"PERFILE2"), binary(b"2ELIFREP")],
    },
    KindRow {
        kind: ContentKind::PprofList,
        says: "is the output of pprof -list",
        hint: PPROF_TEXT,
        signatures: &[text(b"total:").with(b"ROUTINE ="), text(b"routine =")],
    },
    KindRow {
        kind: ContentKind::PprofPeek,
        says: "is the output of pprof -peek or -tree",
        hint: PPROF_TEXT,
        signatures: &[
            text(b"type:").with(b"calls%"),
            text(b"file:").with(b"calls%"),
            text(b"showing nodes accounting for").with(b"calls%"),
        ],
    },
    KindRow {
        kind: ContentKind::PprofTags,
        says: "is the output of pprof -tags",
        hint: PPROF_TEXT,
        signatures: &[text(b"bytes: total "), text(b"thread: total "), text(b"request: total ")],
    },
    KindRow {
        kind: ContentKind::PprofTraces,
        says: "is the output of pprof -traces",
        hint: PPROF_TEXT,
        signatures: &[
            text(b"type:").with(b"-----------+----"),
            text(b"file:").with(b"-----------+----"),
            text(b"-----------+----"),
        ],
    },
    KindRow {
        kind: ContentKind::PprofRaw,
        says: "is the output of pprof -raw",
        hint: PPROF_TEXT,
        signatures: &[text(b"periodtype:")],
    },
    KindRow {
        kind: ContentKind::PprofTop,
        says: "is the output of pprof -top or jeprof --text",
        hint: PPROF_TEXT,
        signatures: &[
            text(b"showing nodes accounting for"),
            text(b"type:").with(b"flat%"),
            text(b"file:").with(b"flat%"),
            text(b"flat  flat%"),
            text(b"total: ").with(b"% "),
        ],
    },
    KindRow {
        kind: ContentKind::Graphviz,
        says: "is a graph for Graphviz, as pprof -dot writes it",
        hint: PPROF_TEXT,
        signatures: &[text(b"digraph")],
    },
    KindRow {
        kind: ContentKind::AllocatorStatistics,
        says: "is the statistics of an allocator",
        hint: "statistics have no stacks; give a heap profile of the allocator",
        signatures: &[
            text(b"___ begin jemalloc statistics ___"),
            text(b"------------------------------------------------").with(b"MALLOC:"),
            text(b"malloc:").with(b"Bytes in use by application"),
        ],
    },
    KindRow {
        kind: ContentKind::GperftoolsCpu,
        says: "is a CPU profile of gperftools",
        hint: "pprof -proto PROGRAM FILE > cpu.pb.gz writes a profile that is read",
        signatures: &[binary(b"\0\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")],
    },
    KindRow {
        kind: ContentKind::GitLfs,
        says: "is a pointer of Git LFS, not the file",
        hint: "git lfs pull fetches the file",
        signatures: &[text(b"version https://git-lfs")],
    },
    KindRow {
        kind: ContentKind::Utf8Damage,
        says: "is gzip whose bytes were re-encoded as text on the way",
        hint: "fetch it again as binary data",
        signatures: &[
            binary(b"\x1f\xef\xbf\xbd"),
            binary(b"\x1f\xc2\x8b"),
            binary(b"\x1f?\x08"),
            binary(b"\x1f\xc3\xaf"),
            binary(b"\x1f\xe2\x80\xb9"),
        ],
    },
    KindRow {
        kind: ContentKind::Elf,
        says: "is an ELF binary",
        hint: "give the profile, not the program that it was taken of",
        signatures: &[binary(b"\x7fELF")],
    },
    KindRow {
        kind: ContentKind::Zstd,
        says: "is zstd inside another compression",
        hint: "unpack it once: gunzip FILE or zstd -d FILE",
        signatures: &[binary(b"\x28\xb5\x2f\xfd")],
    },
    KindRow {
        kind: ContentKind::Gzip,
        says: "is gzip inside gzip",
        hint: "unpack it once: gunzip FILE",
        signatures: &[binary(b"\x1f\x8b")],
    },
    KindRow {
        kind: ContentKind::Zip,
        says: "is a zip archive",
        hint: "save it and give it as a file, or unpack it first: unzip FILE",
        signatures: &[binary(b"PK\x03\x04"), binary(b"PK\x05\x06")],
    },
    KindRow {
        kind: ContentKind::SevenZip,
        says: "is a 7z archive",
        hint: "unpack it first: 7z x FILE",
        signatures: &[binary(b"7z\xbc\xaf")],
    },
    KindRow {
        kind: ContentKind::Bzip2,
        says: "is compressed with bzip2",
        hint: "unpack it first: bunzip2 FILE",
        signatures: &[binary(b"BZh")],
    },
    KindRow {
        kind: ContentKind::Xz,
        says: "is compressed with xz",
        hint: "unpack it first: unxz FILE",
        signatures: &[binary(b"\xfd7zXZ")],
    },
    KindRow {
        kind: ContentKind::Picture,
        says: "is a picture",
        hint: "give the profile itself",
        signatures: &[binary(b"\x89PNG"), binary(b"\xff\xd8\xff"), binary(b"GIF8")],
    },
    KindRow {
        kind: ContentKind::Program,
        says: "is a program or a library",
        hint: "give the profile, not the program that it was taken of",
        signatures: &[
            binary(b"\xcf\xfa\xed\xfe"),
            binary(b"\xce\xfa\xed\xfe"),
            binary(b"\xca\xfe\xba\xbe"),
            binary(b"MZ").with(b"PE\0\0"),
            binary(b"\0asm"),
        ],
    },
    KindRow {
        kind: ContentKind::PropertyList,
        says: "is a binary property list, as a memory graph of Xcode",
        hint: "a memory graph lists objects; `leaks --outputGraph` and Instruments read it",
        signatures: &[binary(b"bplist")],
    },
    KindRow {
        kind: ContentKind::Zlib,
        says: "is compressed with zlib or snappy",
        hint: "unpack it first, or let the program write gzip",
        signatures: &[binary(b"\x78\x9c"), binary(b"\x78\xda"), binary(b"\xff\x06\0\0sNaPpY")],
    },
    KindRow {
        kind: ContentKind::Zeros,
        says: "begins with zeros only: its content was not written to the disk",
        hint: "take the profile again; a crash may have lost the file",
        signatures: &[binary(&[0; 64])],
    },
    KindRow {
        kind: ContentKind::Pdf,
        says: "is a PDF document",
        hint: "give the profile itself",
        signatures: &[binary(b"%PDF")],
    },
    KindRow {
        kind: ContentKind::Sqlite,
        says: "is an SQLite database",
        hint: "give the profile itself",
        signatures: &[binary(b"SQLite format 3")],
    },
    KindRow {
        kind: ContentKind::Utf16,
        says: "is UTF-16 text",
        hint: NO_PROFILE,
        signatures: &[binary(b"\xff\xfe"), binary(b"\xfe\xff")],
    },
];
