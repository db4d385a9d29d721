//! Archives as sources: each file in an archive is a source, as in a directory.

use std::io::{Cursor, Read};
use std::sync::Arc;

use super::{Progress, Reason, SkippedSource, open_chunks, reason_of};
use crate::base::file_order::sort_by_file_name;
use crate::base::limits::Budget;
use crate::format::{
    self, ArchiveStart, DamagePolicy, FormatError, InputError, PeekedChunks, ReadContext, ReadOptions, read_archive,
};
use crate::profile::{Origin, Warning, WarningKind};
use crate::source::http::CancelCheck;
use crate::source::{Address, ArchivedFile, SourceError};

/// Bytes that identify the kind of an archive, inside gzip too.
const HEAD: u64 = 4096;
/// Bytes that contain the first block of a zstd stream.
const ZSTD_HEAD: u64 = 160 << 10;

/// Files of an archive.
#[derive(Default)]
pub(super) struct ArchiveSources {
    /// Files in the natural order of their names.
    pub(super) files: Vec<Address>,
    /// Files that cannot be read.
    pub(super) skipped: Vec<SkippedSource>,
    /// Warnings about the archive.
    pub(super) warnings: Vec<Warning>,
}

/// Reads the files of an archive into memory, charged to `budget`; `None` if the source is not an archive, or can be
/// read only once.
///
/// # Errors
/// [`Reason`] when the archive is broken or a limit is exceeded.
pub(super) fn archive_sources(
    source: &Address,
    options: &ReadOptions,
    progress: &Arc<Progress>,
    budget: &mut Budget,
) -> Result<Option<ArchiveSources>, Reason> {
    if !matches!(source, Address::File(_)) || source.size().is_none() {
        return Ok(None);
    }
    let watched = Arc::clone(progress);
    let is_cancelled: CancelCheck = Arc::new(move || watched.is_cancelled());
    let Some(start) = archive_start(source, options, &is_cancelled) else { return Ok(None) };
    let chunks = open_chunks(source, options, progress).map_err(|reason| match reason {
        Reason::Format(error) => of_archive(error),
        reason => reason,
    })?;
    unpacked_sources(start, chunks, source, options, progress, budget).map(Some)
}

/// Files of an opened archive.
///
/// # Errors
/// Same errors as [`archive_sources`].
pub(super) fn unpacked_sources(
    start: ArchiveStart,
    chunks: PeekedChunks<'static>,
    source: &Address,
    options: &ReadOptions,
    progress: &Arc<Progress>,
    budget: &mut Budget,
) -> Result<ArchiveSources, Reason> {
    let (mut warnings, is_cancelled) = (Vec::new(), || progress.is_cancelled());
    let chunks = start.unwrap(chunks, &mut ReadContext::new(options, budget, &mut warnings)).map_err(of_archive)?;
    let unpacked =
        read_archive(start.kind, Box::new(chunks), &options.limits, budget, &is_cancelled).map_err(of_archive)?;
    if unpacked.is_unterminated {
        let text = format!("the {} ends without its end mark: it may have been cut, and lack files", start.kind);
        warnings.push(Warning::new(WarningKind::Incomplete, text));
    }
    if unpacked.has_other_bytes {
        let kind = start.kind;
        let text = format!("bytes before or after the {kind}, such as those of another one, are not read");
        warnings.push(Warning::new(WarningKind::Incomplete, text));
    }
    let warnings = warnings.into_iter().map(|warning| warning.of_source(&source.name())).collect();
    let mut found = ArchiveSources { files: Vec::new(), skipped: Vec::new(), warnings };
    for member in unpacked.files {
        let name = format!("{}/{}", source.name(), member.name);
        match member.content {
            Ok(bytes) => found.files.push(Address::Member(ArchivedFile { name: name.into(), bytes })),
            Err(error) => {
                found.skipped.push(SkippedSource { source: name, reason: error.into(), origin: Origin::Found });
            }
        }
    }
    if found.files.is_empty() && found.skipped.is_empty() {
        return Err(FormatError::EmptyArchive { kind: start.kind.name() }.into());
    }
    found.files = sort_by_file_name(found.files, Address::name);
    Ok(found)
}

/// Reason of an archive that cannot be read. No file of a damaged archive is read, so that salvaging does not help.
fn of_archive(error: FormatError) -> Reason {
    reason_of(match error {
        FormatError::Input(error @ (InputError::Truncated { .. } | InputError::Stream { .. })) => {
            FormatError::Archive(error)
        }
        error => error,
    })
}

/// Kind and start of an archive, detected from the first bytes; `None` if the source is not an archive. A file that
/// cannot be opened is left to the profile reader, which reports the error.
fn archive_start(source: &Address, options: &ReadOptions, is_cancelled: &CancelCheck) -> Option<ArchiveStart> {
    let read = |length: u64| -> Result<Vec<u8>, SourceError> {
        let mut head = Vec::new();
        source.open_limited(options.limits.input, is_cancelled)?.take(length).read_to_end(&mut head)?;
        Ok(head)
    };
    let mut head = read(HEAD).ok()?;
    if head.starts_with(b"\x28\xb5\x2f\xfd") {
        head = read(ZSTD_HEAD).ok()?;
    }
    // The head ends within the compressed stream; the bytes inflated up to there are enough.
    let options = ReadOptions { damage: DamagePolicy::Salvage, ..*options };
    ArchiveStart::of(&format::open(Box::new(Cursor::new(head)), &options).ok()?.next(Vec::new()).ok()??)
}
