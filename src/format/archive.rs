//! Archives of profiles: tar and zip, read into the files that they hold.
//!
//! Nothing is written to disk. Names are used for display and order only; a member whose name leads out of the archive
//! is left out all the same. The content of each member is charged to the heap budget before it is kept.

mod zip;

use std::fmt;
use std::sync::Arc;

use crate::base::limits::{Budget, LimitError, LimitKind, Limits};
use crate::base::safe_text::char_boundary;
use crate::format::reader::ChunkBytes;
use crate::format::tar_header::{BLOCK, has_checksum, is_tar, octal};
use crate::format::wrapper::{MAX_DEPTH, Wrapper};
use crate::format::{
    CHUNK, Chunks, DamagePolicy, ErrorPosition, FormatError, InputError, PeekedChunks, ReadContext, ReadOptions,
};

/// Kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArchiveKind {
    /// Tar, with or without compression around it.
    Tar,
    /// Zip.
    Zip,
}

impl ArchiveKind {
    /// Kind of the archive that begins with `head`, the first bytes of an inflated input; `None` for other input.
    pub fn of(head: &[u8]) -> Option<Self> {
        if zip::is_zip(head) { Some(Self::Zip) } else { is_tar(head).then_some(Self::Tar) }
    }

    /// Name of the kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tar => "tar archive",
            Self::Zip => "zip archive",
        }
    }

    fn broken(self, problem: &'static str, offset: u64) -> FormatError {
        FormatError::Broken { format: self.name(), problem, position: ErrorPosition::Archive(offset) }
    }
}

impl fmt::Display for ArchiveKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Archive at the start of an input, possibly inside wrappers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveStart {
    /// Kind of the archive.
    pub kind: ArchiveKind,
    /// Number of wrappers around the archive.
    wrappers: usize,
}

impl ArchiveStart {
    /// Detects an archive in `head`, the first bytes of an inflated input: at once, or inside an HTTP header, a second
    /// compression or base64. `None` for other input.
    pub fn of(head: &[u8]) -> Option<Self> {
        if let Some(kind) = ArchiveKind::of(head) {
            return Some(Self { kind, wrappers: 0 });
        }
        // The head may end within compressed data; the bytes before the end are enough.
        let options = ReadOptions { damage: DamagePolicy::Salvage, ..ReadOptions::default() };
        let (mut budget, mut warnings) = (Budget::new(0), Vec::new());
        let mut context = ReadContext::new(&options, &mut budget, &mut warnings);
        let mut chunks: Option<PeekedChunks<'static>> = None;
        for wrappers in 1..=MAX_DEPTH {
            let wrapper = outer_wrapper(chunks.as_ref().map_or(head, PeekedChunks::head))?;
            let start = match chunks.take() {
                Some(chunks) => chunks,
                None => PeekedChunks::new(Box::new(SingleChunk(Some(head.to_vec())))).ok()?,
            };
            let inside = wrapper.remove(start, &mut context).ok()?;
            if let Some(kind) = ArchiveKind::of(inside.head()) {
                return Some(Self { kind, wrappers });
            }
            chunks = Some(inside);
        }
        None
    }

    /// Removes the wrappers around the archive, each with a warning.
    ///
    /// # Errors
    /// [`FormatError`] when the input cannot be read or inflated.
    pub fn unwrap(
        self,
        mut chunks: PeekedChunks<'static>,
        context: &mut ReadContext<'_>,
    ) -> Result<PeekedChunks<'static>, FormatError> {
        for _ in 0..self.wrappers {
            let Some(wrapper) = outer_wrapper(chunks.head()) else { break };
            chunks = wrapper.remove(chunks, context)?;
        }
        Ok(chunks)
    }
}

/// First bytes of an input as the only chunk.
struct SingleChunk(Option<Vec<u8>>);

impl Chunks for SingleChunk {
    fn next(&mut self, _: Vec<u8>) -> Result<Option<Vec<u8>>, InputError> {
        Ok(self.0.take())
    }
}

/// Wrapper at the start of an input if an archive may be inside.
fn outer_wrapper(head: &[u8]) -> Option<Wrapper> {
    let is_outer = |wrapper: &Wrapper| {
        matches!(wrapper, Wrapper::HttpHeader(_) | Wrapper::Preamble { .. } | Wrapper::Compression | Wrapper::Base64(_))
    };
    Wrapper::of(head).filter(is_outer)
}

/// File of an archive.
#[derive(Debug)]
pub struct ArchiveMember {
    /// Path within the archive as stored, not safe to print.
    pub name: String,
    /// Content, still compressed if the file itself was; the reason if it cannot be read.
    pub content: Result<Arc<[u8]>, MemberError>,
}

/// Reason for which a member of an archive was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MemberError {
    /// The path is absolute or climbs out of the archive.
    #[error("its path leads out of the archive")]
    Path,
    /// The member is encrypted.
    #[error("it is encrypted")]
    Encrypted,
    /// The member is compressed with another method than deflate.
    #[error("it is compressed with another method than deflate")]
    Method,
    /// The data does not inflate to the size and checksum of the directory.
    #[error("its data is broken")]
    Data,
}

/// Files of an archive, and its completeness.
#[derive(Debug)]
pub struct UnpackedArchive {
    /// Files in the order in which they are stored.
    pub files: Vec<ArchiveMember>,
    /// True if the input ends without the mark of the archive's end, so that later files may be missing.
    pub is_unterminated: bool,
    /// True if the input has bytes before or after the archive, as of another archive, whose files are not read.
    pub has_other_bytes: bool,
}

/// Maximum number of members.
const MAX_MEMBERS: usize = 100_000;
/// Maximum length of a member's path.
const MAX_NAME: usize = 4096;
/// Bytes charged for a member besides its name and content.
const MEMBER_BYTES: u64 = 256;

/// Files of an archive under construction.
struct MemberCollector<'a> {
    kind: ArchiveKind,
    files: Vec<ArchiveMember>,
    is_unterminated: bool,
    has_other_bytes: bool,
    /// Bytes of content that may still be kept.
    left: u64,
    limits: &'a Limits,
    budget: &'a mut Budget,
    is_cancelled: &'a dyn Fn() -> bool,
}

impl MemberCollector<'_> {
    /// Fails if the caller asked to stop.
    fn check_cancelled(&self) -> Result<(), FormatError> {
        if (self.is_cancelled)() { Err(FormatError::Cancelled) } else { Ok(()) }
    }

    /// Adds a file, unless it is hidden.
    fn push(&mut self, name: String, content: Result<Vec<u8>, MemberError>) -> Result<(), FormatError> {
        if is_hidden(&name) {
            self.budget.release(content.map_or(0, |bytes| bytes.len() as u64));
            return Ok(());
        }
        if self.files.len() == MAX_MEMBERS {
            let subject = "the files of this archive";
            return Err(LimitError { kind: LimitKind::Records, subject, limit: MAX_MEMBERS as u64 }.into());
        }
        self.budget.charge(MEMBER_BYTES + 2 * name.len() as u64)?;
        // The copy and the original exist side by side for a moment.
        let copied = content.as_ref().map_or(0, |bytes| bytes.len() as u64);
        self.budget.charge(copied)?;
        let content = if leads_out(&name) { Err(MemberError::Path) } else { content.map(Arc::from) };
        self.budget.release(copied);
        self.files.push(ArchiveMember { name, content });
        Ok(())
    }

    /// Charges content before it is kept.
    fn charge(&mut self, bytes: u64) -> Result<(), FormatError> {
        self.check_cancelled()?;
        self.left = self.left.checked_sub(bytes).ok_or(LimitError {
            kind: LimitKind::Inflated,
            subject: "the size of this archive once unpacked",
            limit: self.limits.inflated,
        })?;
        Ok(self.budget.charge(bytes)?)
    }
}

/// True for a path that is absolute or has a component `..`.
fn leads_out(name: &str) -> bool {
    let is_drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with(['/', '\\']) || is_drive || name.split(['/', '\\']).any(|part| part == "..")
}

/// True for a path with a hidden component, which belongs to version control or to the file system of a Mac.
fn is_hidden(name: &str) -> bool {
    name.split('/').any(|part| part.len() > 1 && part.starts_with('.') && part != "..") || name.starts_with("__MACOSX/")
}

/// Reads the files of an archive, which are charged to `budget`.
///
/// # Errors
/// [`FormatError`] when the archive is broken, a limit is exceeded, the input cannot be read, or `is_cancelled`.
pub fn read_archive(
    kind: ArchiveKind,
    chunks: Box<dyn Chunks>,
    limits: &Limits,
    budget: &mut Budget,
    is_cancelled: &dyn Fn() -> bool,
) -> Result<UnpackedArchive, FormatError> {
    let (files, left) = (Vec::new(), limits.inflated);
    let (is_unterminated, has_other_bytes) = (false, false);
    let mut members =
        MemberCollector { kind, files, is_unterminated, has_other_bytes, left, limits, budget, is_cancelled };
    match kind {
        ArchiveKind::Tar => read_tar(&mut ArchiveBytes::new(chunks), &mut members)?,
        ArchiveKind::Zip => zip::read_zip(chunks, &mut members)?,
    }
    let MemberCollector { files, is_unterminated, has_other_bytes, .. } = members;
    Ok(UnpackedArchive { files, is_unterminated, has_other_bytes })
}

/// Bytes of an archive with their offset.
struct ArchiveBytes {
    bytes: ChunkBytes<Box<dyn Chunks>>,
    offset: u64,
}

impl ArchiveBytes {
    fn new(chunks: Box<dyn Chunks>) -> Self {
        Self { bytes: ChunkBytes::new(chunks), offset: 0 }
    }

    /// Passes the next `count` bytes to `take` piece by piece; returns the number of bytes passed, which is less at the
    /// end of the input.
    fn pass(&mut self, count: u64, mut take: impl FnMut(&[u8])) -> Result<u64, FormatError> {
        let mut left = count;
        while left > 0 {
            let rest = self.bytes.fill()?;
            let piece = &rest[..rest.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
            if piece.is_empty() {
                break;
            }
            take(piece);
            let length = piece.len();
            self.bytes.consume(length);
            left -= length as u64;
            self.offset += length as u64;
        }
        Ok(count - left)
    }
}

/// Text of a field up to its first zero.
fn field_text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

fn read_tar(bytes: &mut ArchiveBytes, members: &mut MemberCollector<'_>) -> Result<(), FormatError> {
    let mut long_name: Option<String> = None;
    let mut long_size: Option<u64> = None;
    loop {
        members.check_cancelled()?;
        let start = bytes.offset;
        let mut block = [0; BLOCK];
        let mut filled = 0;
        let count = bytes.pass(BLOCK as u64, |piece| {
            block[filled..filled + piece.len()].copy_from_slice(piece);
            filled += piece.len();
        })?;
        // An archive ends with blocks of zeros. Some writers leave them out, so the end of the input is accepted too; an
        // archive that was cut between two files has the same end.
        members.is_unterminated = count == 0;
        if count == 0 {
            return Ok(());
        }
        if block.iter().all(|byte| *byte == 0) {
            return end_tar(bytes, members);
        }
        if count < BLOCK as u64 || !has_checksum(&block) {
            return Err(members.kind.broken("a header is broken", start));
        }
        let size = octal(&block[124..136]).ok_or_else(|| members.kind.broken("a size is no number", start))?;
        let kind = block[156];
        let size = if matches!(kind, b'x' | b'g' | b'L' | b'K') { size } else { long_size.take().unwrap_or(size) };
        let padded = size.checked_next_multiple_of(BLOCK as u64).unwrap_or(size);
        let is_file = matches!(kind, b'0' | 0 | b'7');
        let is_extra = matches!(kind, b'x' | b'L') && size <= 4 * MAX_NAME as u64;
        let mut content: Vec<u8> = Vec::new();
        if is_file {
            members.charge(size)?;
        }
        let found = if is_file || is_extra {
            // Memory follows the bytes that arrive, not the size that the header claims.
            bytes.pass(size, |piece| {
                if content.capacity() - content.len() < piece.len() {
                    let left = usize::try_from(size).unwrap_or(usize::MAX).saturating_sub(content.len());
                    content.reserve_exact(left.min((content.len() / 2).max(piece.len())));
                }
                content.extend_from_slice(piece);
            })?
        } else {
            bytes.pass(size, |_| ())?
        };
        bytes.pass(padded - size, |_| ())?;
        if found < size {
            return Err(members.kind.broken("it ends within a file", bytes.offset));
        }
        match kind {
            b'L' => long_name = Some(field_text(&content)),
            b'x' => {
                long_name = pax(&content, b"path").map(|path| field_text(&path)).or(long_name);
                long_size = pax(&content, b"size").and_then(|size| String::from_utf8(size).ok()?.parse().ok());
            }
            b'g' | b'K' => {}
            _ => {
                let (prefix, name) = (field_text(&block[345..500]), field_text(&block[..100]));
                let is_ustar = block[257..].starts_with(b"ustar\0");
                let short = if is_ustar && !prefix.is_empty() { format!("{prefix}/{name}") } else { name };
                let mut name = long_name.take().unwrap_or(short);
                name.truncate(char_boundary(&name, MAX_NAME));
                if is_file && !name.ends_with('/') {
                    members.push(name, Ok(content))?;
                }
            }
        }
    }
}

/// Reads what follows the end mark of an archive, which is padding of zeros.
fn end_tar(bytes: &mut ArchiveBytes, members: &mut MemberCollector<'_>) -> Result<(), FormatError> {
    let mut is_padding = true;
    while bytes.pass(CHUNK as u64, |piece| is_padding &= piece.iter().all(|byte| *byte == 0))? > 0 {
        members.check_cancelled()?;
    }
    members.has_other_bytes = !is_padding;
    Ok(())
}

/// Value of a key in an extended header of pax: lines of `LENGTH KEY=VALUE`.
fn pax(mut records: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    while let Some(blank) = records.iter().position(|byte| *byte == b' ') {
        let length: usize = std::str::from_utf8(&records[..blank]).ok()?.parse().ok()?;
        let record = records.get(blank + 1..length)?;
        let record = record.strip_suffix(b"\n").unwrap_or(record);
        if let Some(value) = record.strip_prefix(key).and_then(|rest| rest.strip_prefix(b"=")) {
            return Some(value.to_vec());
        }
        records = &records[length..];
    }
    None
}

#[cfg(test)]
mod tests;
