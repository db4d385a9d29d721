//! Bytes become a profile: one file a format, and the table that tells them apart.
//!
//! Nothing here opens a file or a socket, and nothing here adds up a stack. A format is a row of [`FORMATS`]: a name, a
//! probe that looks at the first bytes, and a reader that takes [`Chunks`] and gives a [`Profile`]. Files are told by
//! content, never by name.

mod builder;
mod chunks;
mod content;
mod drop_rules;
mod error;
mod folded;
pub mod gclog;
mod go_comments;
mod heap_text;
mod inflate;
mod java;
mod jemalloc;
mod json;
mod lines;
mod mappings;
pub mod pprof;
mod stored;
#[cfg(test)]
mod testing;
mod v8;
mod words;
mod zstd;

pub use chunks::{CHUNK, Chunks, PeekedChunks};
pub use content::ContentKind;
pub use error::{
    Compression, Corruption, ErrorPosition, FormatError, InputError, Malformed, NonLogContent, RecordKind,
    StreamProblem, WireError,
};
pub use inflate::open;

use crate::base::limits::{Budget, Limits};
use crate::profile::Profile;

/// How sure a probe is that bytes are of its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Probe {
    /// They are not.
    No,
    /// They may be; a surer format goes first.
    Maybe,
    /// They are.
    Yes,
}

/// What a reader may use, and where it leaves what is worth saying.
pub struct ReadOptions<'a> {
    /// Limits on records and strings.
    pub limits: &'a Limits,
    /// The heap budget to charge.
    pub budget: &'a mut Budget,
    /// Notes for the user, one sentence each, lower case, no full stop.
    pub warnings: &'a mut Vec<String>,
    /// How many threads it may work on.
    pub threads: Threads,
    /// Asked now and then whether to go on; false ends the reading with [`FormatError::Cancelled`].
    pub go_on: &'a dyn Fn() -> bool,
}

/// How many threads a reader may work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// The one that calls it: all others have something to do.
    One,
    /// More, where the input is large.
    Several,
}

/// One format of profiles.
pub struct Format {
    /// The name as reports print it.
    pub name: &'static str,
    /// Looks at the first bytes of the inflated input.
    pub probe: fn(&[u8]) -> Probe,
    /// Reads a whole profile.
    pub read: fn(&mut dyn Chunks, &mut ReadOptions<'_>) -> Result<Profile, FormatError>,
}

/// All formats. The surest probe wins, the first of equals.
pub const FORMATS: &[Format] =
    &[pprof::FORMAT, heap_text::GO, heap_text::TCMALLOC, java::FORMAT, jemalloc::FORMAT, v8::FORMAT, folded::FORMAT];

/// Reads a profile of whichever format the bytes are.
///
/// # Errors
/// [`FormatError`] when they are of none, or broken, or ask for more than the limits allow.
pub fn read(chunks: Box<dyn Chunks>, reading: &mut ReadOptions<'_>) -> Result<Profile, FormatError> {
    let mut chunks = PeekedChunks::new(chunks)?;
    let head = chunks.head();
    if head.is_empty() {
        return Err(FormatError::Empty);
    }
    let surest = FORMATS.iter().map(|format| ((format.probe)(head), format)).rev().max_by_key(|(probe, _)| *probe);
    match surest {
        Some((probe, format)) if probe > Probe::No => {
            let mut profile = (format.read)(&mut chunks, reading)?;
            profile.header.format = format.name;
            Ok(profile)
        }
        _ => Err(FormatError::NotProfile(ContentKind::of(head))),
    }
}
