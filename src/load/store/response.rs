//! Decoding of the profiles in a store's responses.

use crate::format::{self, FormatError, ReadContext, Threads};
use crate::load::{LoadContext, Reason};
use crate::profile::{Function, Profile};
use crate::source::{SourceError, StoreError};

/// Minimum size, in bytes, of a response that contains samples.
const LEAST_BYTES: usize = 16;

/// Decodes the profile in a response; `None` if it has no samples.
pub(super) fn read(bytes: Vec<u8>, context: &mut LoadContext) -> Result<Option<Profile>, Reason> {
    if bytes.len() < LEAST_BYTES {
        return Ok(None);
    }
    let profile = match read_bytes(bytes, context) {
        // Advice about files and services does not fit the answer of a store.
        Err(Reason::Format(FormatError::NotProfile(_))) => {
            return Err(SourceError::from(StoreError::Damaged("it is no profile")).into());
        }
        found => found?,
    };
    if profile.header.format != "pprof" || profile.samples.values.len() != 1 {
        return Err(SourceError::from(StoreError::Damaged("a profile of one sample type")).into());
    }
    Ok(Some(profile).filter(|profile| !profile.samples.is_empty()))
}

/// Decodes a profile of any format from the bytes of a response.
pub(super) fn read_bytes(bytes: Vec<u8>, context: &mut LoadContext) -> Result<Profile, Reason> {
    let LoadContext { options, progress, budget, .. } = context;
    let chunks = format::open(Box::new(std::io::Cursor::new(bytes)), options).map_err(FormatError::from)?;
    let (mut warnings, is_cancelled) = (Vec::new(), || progress.is_cancelled());
    let read_context = ReadContext::new(options, budget, &mut warnings);
    let mut read_context = ReadContext { threads: Threads::One, is_cancelled: &is_cancelled, ..read_context };
    Ok(format::read(chunks, &mut read_context)?)
}

/// Returns true if a function stands for stacks that the store truncated.
pub(super) fn has_cut_stacks(profile: &Profile) -> bool {
    let strings = &profile.tables.symbols.strings;
    let is_cut =
        |function: &Function| strings.bytes(function.name) == b"other" && strings.bytes(function.file).is_empty();
    profile.tables.symbols.functions.iter().any(is_cut)
}
