//! File formats: from bytes to a profile, with one file or folder per format and a table of all.
//!
//! A format is a row of [`FORMATS`]: a name, a probe of the first bytes, and a reader from [`Chunks`] to a
//! [`Profile`]. Formats are detected by content, never by file name. Nothing here opens a file
//! or a socket.

mod archive;
mod buffered_input;
mod builder;
mod content;
mod content_kind;
mod content_table;
mod dhat;
mod error;
pub(crate) mod folded;
pub mod gclog;
mod go_comments;
mod heap_record;
mod heap_text;
mod heaptrack;
mod inflate;
mod java;
mod jemalloc;
mod jfr;
mod json;
pub mod memory;
mod memory_map;
mod memray;
mod otlp;
pub mod pprof;
mod profile_cache;
mod quantity;
mod reader;
mod rounding;
mod speedscope;
mod symbolized;
mod tar_header;
#[cfg(test)]
mod testing;
mod text_lines;
mod tokens;
mod v8;
mod wrapper;
mod zstd;

pub use archive::{ArchiveKind, ArchiveMember, ArchiveStart, MemberError, UnpackedArchive, read_archive};
pub use content_kind::ContentKind;
pub use error::{
    Compression, Corruption, ErrorPosition, FormatError, InputError, Malformed, NonLogContent, RecordKind,
    StreamProblem, WireError,
};
#[cfg(feature = "cli")]
pub(crate) use folded::NAME as FOLDED;
pub use inflate::open;
pub use profile_cache::ProfileCache;
pub use reader::{
    CHUNK, Chunks, DamagePolicy, Format, PeekedChunks, Probe, ReadContext, ReadOptions, SampleScope, Threads, ValueUnit,
};

use crate::base::units::counted_as;
use crate::profile::{Profile, Warning, WarningKind};
use wrapper::Wrapper;

/// All formats of profiles. The most certain probe wins; of equally certain probes, the first.
pub const FORMATS: &[Format] = &[
    pprof::FORMAT,
    heap_text::GO,
    heap_text::TCMALLOC,
    java::FORMAT,
    jemalloc::FORMAT,
    symbolized::FORMAT,
    v8::FORMAT,
    dhat::FORMAT,
    heaptrack::FORMAT,
    jfr::FORMAT,
    speedscope::FORMAT,
    memray::FORMAT,
    folded::FORMAT,
];

/// Part of an input's first bytes that is examined: only the first line if it is a JSON document by itself, since logs
/// and protocol sessions have a document on each line; else all bytes.
fn first_document(head: &[u8]) -> &[u8] {
    let line = head.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_document = line.starts_with(b"{") && line.ends_with(b"\n") && line.trim_ascii_end().ends_with(b"}");
    if is_document { line } else { head }
}

/// Replaces the error of a pprof profile by [`FormatError::NotProfile`] if not even the first field of the input is
/// protobuf. `kind` is the content that the input begins with.
fn not_protobuf(error: FormatError, kind: ContentKind) -> FormatError {
    let is_no_protobuf = match &error {
        FormatError::Corrupt { corruption: Corruption::Field(field), position: ErrorPosition::Profile(0) } => {
            matches!(field, WireError::UnknownType | WireError::NotVarint | WireError::NotBytes)
        }
        FormatError::Malformed(Malformed::NoStrings) => kind == ContentKind::Zeros,
        _ => false,
    };
    if is_no_protobuf { FormatError::NotProfile(kind) } else { error }
}

/// Reads a profile of the format that its first bytes indicate. Wrappers around the profile are removed with a warning.
///
/// # Errors
/// [`FormatError`] when no format matches, the profile is broken, or a limit is exceeded.
pub fn read(chunks: Box<dyn Chunks>, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut chunks = PeekedChunks::new(chunks)?;
    let mut depth = 0;
    let (format, probe) = loop {
        let head = chunks.head();
        if head.is_empty() {
            return Err(FormatError::Empty);
        }
        let start = first_document(head);
        let rows = FORMATS.iter().map(|format| ((format.probe)(start), format)).rev();
        let (probe, format) = rows.max_by_key(|(probe, _)| *probe).unwrap_or((Probe::No, &pprof::FORMAT));
        let wrapper = Wrapper::of(head).filter(|_| probe < Probe::Yes && depth < wrapper::MAX_DEPTH);
        let Some(wrapper) = wrapper else { break (format, probe) };
        chunks = wrapper.remove(chunks, context)?;
        depth += 1;
    };
    if probe == Probe::No {
        return Err(FormatError::NotProfile(match ContentKind::of(chunks.head()) {
            ContentKind::Text if memory::is_figures(chunks.head()) => ContentKind::MemoryFigures,
            kind => kind,
        }));
    }
    let kind = if probe == Probe::Maybe { Some(ContentKind::of(chunks.head())) } else { None };
    let binary = kind.filter(|kind| matches!(kind, ContentKind::Binary | ContentKind::Zeros));
    let mut profile = (format.read)(&mut chunks, context).map_err(|error| match binary {
        Some(kind) => not_protobuf(error, kind),
        None if format.name != pprof::FORMAT.name => error.unsalvageable(),
        None => error,
    })?;
    if profile.header.format.is_empty() {
        profile.header.format = format.name;
    }
    let trailer = chunks.trailer();
    if trailer > 0 {
        let [one, several] =
            ["byte of text after the profile is left out", "bytes of text after the profile are left out"];
        let text = counted_as(trailer as usize, one, several);
        context.warnings.push(Warning::new(WarningKind::WrapperRemoved, text));
    }
    Ok(profile)
}
