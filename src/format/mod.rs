//! File formats: from bytes to a profile, with one file or folder per format and a table of all.
//!
//! A format is a row of [`FORMATS`]: a name, a probe of the first bytes, and a reader from [`Chunks`] to a
//! [`Profile`]. Formats are detected by content, never by file name. Nothing here opens a file
//! or a socket.

mod buffered_input;
mod builder;
mod content;
mod error;
mod folded;
pub mod gclog;
mod go_comments;
mod heap_record;
mod heap_text;
mod inflate;
mod java;
mod jemalloc;
mod json;
mod memory_map;
pub mod pprof;
mod reader;
#[cfg(test)]
mod testing;
mod text_lines;
mod tokens;
mod v8;
mod zstd;

pub use content::ContentKind;
pub use error::{
    Compression, Corruption, ErrorPosition, FormatError, InputError, Malformed, NonLogContent, RecordKind,
    StreamProblem, WireError,
};
pub use inflate::open;
pub use reader::{
    CHUNK, Chunks, DamagePolicy, Format, PeekedChunks, Probe, ReadContext, ReadOptions, Threads, ValueUnit,
};

use crate::profile::Profile;

/// All formats of profiles. The most certain probe wins; of equals the first.
pub const FORMATS: &[Format] =
    &[pprof::FORMAT, heap_text::GO, heap_text::TCMALLOC, java::FORMAT, jemalloc::FORMAT, v8::FORMAT, folded::FORMAT];

/// Reads a profile of the format that its first bytes indicate.
///
/// # Errors
/// [`FormatError`] when no format matches, the profile is broken, or a limit is exceeded.
pub fn read(chunks: Box<dyn Chunks>, context: &mut ReadContext<'_>) -> Result<Profile, FormatError> {
    let mut chunks = PeekedChunks::new(chunks)?;
    let head = chunks.head();
    if head.is_empty() {
        return Err(FormatError::Empty);
    }
    let best = FORMATS.iter().map(|format| ((format.probe)(head), format)).rev().max_by_key(|(probe, _)| *probe);
    match best {
        Some((probe, format)) if probe > Probe::No => {
            let mut profile = (format.read)(&mut chunks, context)?;
            profile.header.format = format.name;
            Ok(profile)
        }
        _ => Err(FormatError::NotProfile(ContentKind::of(head))),
    }
}
