//! Content of inputs that are not profiles, recognized by their first bytes, with the next step for each kind.

use std::fmt;

use crate::format::otlp::is_otlp;
use crate::format::tar_header;
use crate::format::tokens::{contains, is_text};

/// Kind of content of an input that is not a profile. `Display` completes the sentence "it …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentKind {
    /// A web page that begins with its document type.
    HtmlDoctype,
    /// A web page.
    Html,
    /// An SVG picture.
    Svg,
    /// XML.
    Xml,
    /// A V8 heap snapshot.
    V8HeapSnapshot,
    /// A V8 CPU profile.
    V8CpuProfile,
    /// A trace of Chrome.
    ChromeTrace,
    /// Output of Ruby's `ObjectSpace.dump_all`.
    RubyHeapDump,
    /// OTLP profiles, as JSON or protobuf.
    Otlp,
    /// A report of this program.
    OwnReport,
    /// Other JSON.
    Json,
    /// Go's text of goroutines.
    GoroutineProfile,
    /// Go's text of contention or of threads.
    ContentionProfile,
    /// The body of a 404 response of Go's HTTP server.
    NotFound,
    /// Go's answer to a request for a profile that it does not have.
    UnknownProfile,
    /// Output of Go's `debug.WriteHeapDump`.
    GoHeapDump,
    /// An execution trace of Go.
    GoTrace,
    /// Output of valgrind's massif.
    Massif,
    /// Output of valgrind's callgrind or cachegrind.
    Callgrind,
    /// A log of valgrind's memcheck.
    Memcheck,
    /// A report of a sanitizer.
    LeakSanitizer,
    /// Output of bcc's memleak.
    Memleak,
    /// A recording of heaptrack without names.
    Heaptrack,
    /// A recording of memray.
    Memray,
    /// Lz4.
    Lz4,
    /// A Python pickle.
    Pickle,
    /// A dump of Ruby's stackprof.
    Stackprof,
    /// Marshalled objects of Ruby.
    RubyMarshal,
    /// A Java Flight Recording without events of memory.
    Jfr,
    /// A heap dump of the JVM.
    JavaHeapDump,
    /// A class histogram of the JVM.
    JavaHistogram,
    /// A trace of .NET.
    DotnetTrace,
    /// A heap dump of .NET.
    DotnetGcDump,
    /// A recording of perf.
    PerfData,
    /// Output of `pprof -traces`.
    PprofTraces,
    /// Output of `pprof -raw`.
    PprofRaw,
    /// Output of `pprof -top`.
    PprofTop,
    /// A graph for Graphviz.
    Graphviz,
    /// Statistics of an allocator.
    AllocatorStatistics,
    /// A CPU profile of gperftools.
    GperftoolsCpu,
    /// A pointer of Git LFS.
    GitLfs,
    /// Gzip that was re-encoded as UTF-8.
    Utf8Damage,
    /// An ELF program or library.
    Elf,
    /// Zstandard inside other compressions.
    Zstd,
    /// Gzip inside other compressions.
    Gzip,
    /// A zip archive.
    Zip,
    /// A 7z archive.
    SevenZip,
    /// Bzip2.
    Bzip2,
    /// Xz.
    Xz,
    /// A PNG picture.
    Png,
    /// A PDF document.
    Pdf,
    /// A database of `SQLite`.
    Sqlite,
    /// UTF-16 text.
    Utf16,
    /// A tar archive.
    Tar,
    /// Other UTF-8 text.
    Text,
    /// Other binary data.
    Binary,
}

/// Row of the table of kinds.
struct KindRow {
    kind: ContentKind,
    /// Completion of the sentence "it …".
    says: &'static str,
    /// Advice to the user in one sentence.
    hint: &'static str,
    /// First bytes, any of which identifies the kind.
    signatures: &'static [Signature],
}

/// First bytes that identify a kind of content.
struct Signature {
    prefix: &'static [u8],
    encoding: Encoding,
    /// Bytes that also occur near the beginning; empty for none.
    also: &'static [u8],
}

/// Rule by which first bytes are compared with a signature.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
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

/// All kinds with signatures. The first row that matches holds.
const KINDS: &[KindRow] = &[
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
        signatures: &[text(b"num ").with(b"#instances")],
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
        says: "is the output of pprof -top",
        hint: PPROF_TEXT,
        signatures: &[
            text(b"showing nodes accounting for"),
            text(b"type:").with(b"flat%"),
            text(b"file:").with(b"flat%"),
            text(b"flat  flat%"),
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
        says: "is gzip whose bytes were re-encoded as UTF-8 text on the way",
        hint: "fetch it again as binary data",
        signatures: &[binary(b"\x1f\xef\xbf\xbd"), binary(b"\x1f\xc2\x8b"), binary(b"\x1f?\x08")],
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
        kind: ContentKind::Png,
        says: "is a picture",
        hint: "give the profile itself",
        signatures: &[binary(b"\x89PNG")],
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

/// Bytes compared with text signatures.
const SIGNATURE_BYTES: usize = 64;
/// Bytes searched for the second part of a signature.
const SEARCHED_BYTES: usize = 4096;

impl ContentKind {
    /// Identifies content by `head`, the first bytes of an inflated input.
    pub fn of(head: &[u8]) -> Self {
        let lower: Vec<u8> = head.trim_ascii_start().iter().take(SIGNATURE_BYTES).map(u8::to_ascii_lowercase).collect();
        let searched = &head[..head.len().min(SEARCHED_BYTES)];
        let matches = |signature: &Signature| {
            let begins = match signature.encoding {
                Encoding::Text => lower.starts_with(signature.prefix),
                Encoding::Binary => head.starts_with(signature.prefix),
            };
            begins && contains(searched, signature.also)
        };
        match KINDS.iter().find(|row| row.signatures.iter().any(matches)) {
            Some(row) => row.kind,
            None if is_otlp(head) => Self::Otlp,
            None if tar_header::is_tar(head) => Self::Tar,
            None if is_text(head) => Self::Text,
            None => Self::Binary,
        }
    }

    fn row(self) -> Option<&'static KindRow> {
        KINDS.iter().find(|row| row.kind == self)
    }

    /// Advice to the user in one sentence; `None` when there is none.
    pub fn hint(self) -> Option<&'static str> {
        match self {
            Self::Text => Some(NO_PROFILE),
            Self::Binary => None,
            Self::Tar => Some("save it and give it as a file, or unpack it first: tar xf FILE"),
            other => other.row().map(|row| row.hint),
        }
    }
}

impl fmt::Display for ContentKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Text => "is text",
            Self::Tar => "is a tar archive",
            other => other.row().map_or("is binary data of an unknown kind", |row| row.says),
        })
    }
}

/// Advice for text without a profile.
const NO_PROFILE: &str =
    "did a server answer with a message instead of a profile? Go serves heaps at /debug/pprof/heap";
/// Advice for web pages.
const WEB_PAGE: &str = "the server answered with a web page; Go serves heaps at /debug/pprof/heap";
/// Advice for other profiles of a Go service.
const GO_HEAP: &str = "heap profiles are at /debug/pprof/heap";
/// Advice for texts that pprof printed.
const PPROF_TEXT: &str =
    "give the profile that pprof printed, or let pprof write it: pprof -proto PROFILE > heap.pb.gz";
/// Advice for other tools of valgrind.
const DHAT: &str = "valgrind --tool=dhat PROGRAM writes a heap profile that is read";
/// Advice for other dumps of a JVM.
const JVM: &str = "async-profiler records allocations: asprof -d 30 -e alloc -o collapsed -f stacks.folded PID";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_identified_by_its_first_bytes() {
        for (head, kind) in [
            (&b"\n<!DOCTYPE HTML><title>"[..], ContentKind::HtmlDoctype),
            (b"{\"snapshot\":{\"meta\":", ContentKind::V8HeapSnapshot),
            (b"\x7fELF\x02\x01", ContentKind::Elf),
            ("gr\u{f6}\u{df}er".as_bytes(), ContentKind::Text),
            (b"\x0a\x04\x08\x01\x10\x02", ContentKind::Binary),
            (b"\x0a\x1c\x0a\x0a\x0a\x08\x0a\x01k\x12\x03\x0a\x01v\x12\x0e\x0a\x00", ContentKind::Otlp),
            (b"{ \"resourceProfiles\": []", ContentKind::Otlp),
            (b"\x0a\x04\x08\x0a\x10\x12\x12\x05\x0a\x01\x01", ContentKind::Binary),
            (b"[root]\nstacks", ContentKind::Text),
            (b"Type: inuse_space\nShowing nodes accounting for 24MB\n      flat  flat%", ContentKind::PprofTop),
        ] {
            assert_eq!(ContentKind::of(head), kind);
        }
    }

    #[test]
    fn every_signature_is_found_and_leads_on() {
        for row in KINDS {
            assert!(!row.hint.is_empty() && !row.signatures.is_empty(), "{}", row.says);
            for Signature { prefix, also, .. } in row.signatures {
                assert_eq!(ContentKind::of(&[*prefix, b" ", *also].concat()), row.kind, "{}", row.says);
            }
            let is_unknown = matches!(row.kind, ContentKind::Json | ContentKind::Utf16);
            assert!(is_unknown || row.hint != NO_PROFILE, "{}", row.says);
        }
    }
}
