//! Kinds of content that are not profiles.

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
    /// Short JSON that looks like a server's message.
    JsonMessage,
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
    /// Native memory tracking of a JVM.
    NativeMemoryTracking,
    /// Metrics in the text format of Prometheus.
    Metrics,
    /// Figures of the kernel that are not of memory.
    KernelFigures,
    /// A trace of .NET.
    DotnetTrace,
    /// A heap dump of .NET.
    DotnetGcDump,
    /// A recording of perf.
    PerfData,
    /// Output of `pprof -list`.
    PprofList,
    /// Output of `pprof -peek` or `-tree`.
    PprofPeek,
    /// Output of `pprof -tags`.
    PprofTags,
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
    /// Gzip that was re-encoded as text.
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
    /// A picture.
    Picture,
    /// A Mach-O, PE, Java or WebAssembly program.
    Program,
    /// A binary property list of Apple.
    PropertyList,
    /// Zlib or snappy.
    Zlib,
    /// Zeros.
    Zeros,
    /// A PDF document.
    Pdf,
    /// A database of `SQLite`.
    Sqlite,
    /// UTF-16 text.
    Utf16,
    /// A tar archive.
    Tar,
    /// Figures of a process's memory, which are no profile.
    MemoryFigures,
    /// Short text that looks like a server's message.
    TextMessage,
    /// Other UTF-8 text.
    Text,
    /// Other binary data.
    Binary,
}
