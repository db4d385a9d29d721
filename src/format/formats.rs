//! The table of profile formats, and reading a profile of any of them.

use super::{
    Chunks, ContentKind, Format, FormatError, PeekedChunks, Probe, ReadContext, folded, heap_text, java, jemalloc,
    pprof, v8,
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
