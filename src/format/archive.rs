//! Archives of profiles: tar and zip, read into the files that they hold.
//!
//! Nothing is written to disk. Names are used for display and order only; a member whose name leads out of the archive
//! is left out all the same. The content of each member is charged to the heap budget before it is kept.

use std::fmt;
use std::sync::Arc;

use flate2::{Decompress, FlushDecompress, Status};

use crate::base::limits::{Budget, LimitError, LimitKind, Limits};
use crate::base::safe_text::char_boundary;
use crate::format::reader::ChunkBytes;
use crate::format::tar_header::{BLOCK, has_checksum, is_tar, octal};
use crate::format::{CHUNK, Chunks, ErrorPosition, FormatError};

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
        if head.starts_with(LOCAL_HEADER) || head.starts_with(END_RECORD) {
            Some(Self::Zip)
        } else {
            is_tar(head).then_some(Self::Tar)
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Tar => "tar archive",
            Self::Zip => "zip archive",
        }
    }

    fn broken(self, problem: &'static str, offset: u64) -> FormatError {
        FormatError::Broken { format: self.name(), problem, position: ErrorPosition::Profile(offset) }
    }
}

impl fmt::Display for ArchiveKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// File of an archive.
#[derive(Debug)]
pub struct ArchiveMember {
    /// Path within the archive as stored. It is not safe to print.
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
    /// The compression is neither none nor deflate.
    #[error("it is compressed with another method than deflate")]
    Method,
    /// The data does not inflate to the size and checksum of the directory.
    #[error("its data is broken")]
    Data,
}

/// Maximum number of members.
const MAX_MEMBERS: usize = 100_000;
/// Maximum length of a member's path.
const MAX_NAME: usize = 4096;
/// Bytes charged for a member besides its name and content.
const MEMBER_BYTES: u64 = 256;

/// Files of an archive under construction.
struct Members<'a> {
    kind: ArchiveKind,
    files: Vec<ArchiveMember>,
    /// Bytes of content that may still be kept.
    left: u64,
    limits: &'a Limits,
    budget: &'a mut Budget,
}

impl Members<'_> {
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
        // The copy stands beside the original for a moment.
        let copied = content.as_ref().map_or(0, |bytes| bytes.len() as u64);
        self.budget.charge(copied)?;
        let content = if leads_out(&name) { Err(MemberError::Path) } else { content.map(Arc::from) };
        self.budget.release(copied);
        self.files.push(ArchiveMember { name, content });
        Ok(())
    }

    /// Charges content before it is kept.
    fn charge(&mut self, bytes: u64) -> Result<(), FormatError> {
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
/// [`FormatError`] when the archive is broken, a limit is exceeded, or the input cannot be read.
pub fn read_archive(
    kind: ArchiveKind,
    chunks: Box<dyn Chunks>,
    limits: &Limits,
    budget: &mut Budget,
) -> Result<Vec<ArchiveMember>, FormatError> {
    let mut members = Members { kind, files: Vec::new(), left: limits.inflated, limits, budget };
    match kind {
        ArchiveKind::Tar => read_tar(&mut ArchiveBytes::new(chunks), &mut members)?,
        ArchiveKind::Zip => read_zip(chunks, &mut members)?,
    }
    Ok(members.files)
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

    /// Passes the next `count` bytes to `take` piece by piece; returns the number of bytes that were there.
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

fn read_tar(bytes: &mut ArchiveBytes, members: &mut Members<'_>) -> Result<(), FormatError> {
    let mut long_name: Option<String> = None;
    let mut long_size: Option<u64> = None;
    loop {
        let start = bytes.offset;
        let mut block = [0; BLOCK];
        let mut filled = 0;
        let count = bytes.pass(BLOCK as u64, |piece| {
            block[filled..filled + piece.len()].copy_from_slice(piece);
            filled += piece.len();
        })?;
        // The archive ends with blocks of zeros, or where a writer that leaves them out ended.
        if count == 0 || block.iter().all(|byte| *byte == 0) {
            return Ok(());
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

/// Signatures of zip records.
const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
const DIRECTORY_HEADER: &[u8] = b"PK\x01\x02";
const END_RECORD: &[u8] = b"PK\x05\x06";
/// Bytes of the end record without its comment, and the maximum length of the comment.
const END_LENGTH: usize = 22;
const MAX_COMMENT: usize = 65_535;

fn read_zip(mut chunks: Box<dyn Chunks>, members: &mut Members<'_>) -> Result<(), FormatError> {
    // The directory stands at the end, so the whole archive is kept while it is read.
    let mut archive = Vec::new();
    let mut buffer = Vec::new();
    while let Some(chunk) = chunks.next(std::mem::take(&mut buffer))? {
        if archive.capacity() - archive.len() < chunk.len() {
            members.budget.grow(&mut archive, chunk.len())?;
        }
        archive.extend_from_slice(&chunk);
        buffer = chunk;
    }
    let result = read_directory(&archive, members);
    members.budget.release(archive.capacity() as u64);
    result
}

/// Little-endian number of `N` bytes at an offset.
fn little<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let field = bytes.get(at..)?.first_chunk::<N>()?;
    Some(field.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn read_directory(archive: &[u8], members: &mut Members<'_>) -> Result<(), FormatError> {
    let kind = members.kind;
    let size = archive.len();
    let searched = size.saturating_sub(END_LENGTH + MAX_COMMENT);
    let end = archive[searched..]
        .windows(END_RECORD.len())
        .rposition(|window| window == END_RECORD)
        .map(|at| searched + at)
        .ok_or_else(|| kind.broken("it ends early, without its directory", size as u64))?;
    let number = |value: Option<u64>| value.ok_or_else(|| kind.broken("its directory is broken", end as u64));
    let count = number(little::<2>(archive, end + 10))?;
    let length = number(little::<4>(archive, end + 12))?;
    let mut at = (end as u64).checked_sub(length).ok_or_else(|| kind.broken("its directory is broken", end as u64))?;
    // Bytes before the archive move all offsets.
    let shift = number(at.checked_sub(number(little::<4>(archive, end + 16))?))?;
    let mut stored = 0_u64;
    for _ in 0..count {
        let header = archive.get(at as usize..end).filter(|header| header.starts_with(DIRECTORY_HEADER));
        let header = header.ok_or_else(|| kind.broken("its directory is broken", at))?;
        let field = |value: Option<u64>| value.ok_or_else(|| kind.broken("its directory is broken", at));
        let (flags, method) = (field(little::<2>(header, 8))?, field(little::<2>(header, 10))?);
        let checksum = field(little::<4>(header, 16))? as u32;
        let (packed, unpacked) = (field(little::<4>(header, 20))?, field(little::<4>(header, 24))?);
        let [name, extra, comment] = [28, 30, 32].map(|at| little::<2>(header, at));
        let (name, extra, comment) = (field(name)?, field(extra)?, field(comment)?);
        let local = field(little::<4>(header, 42))? + shift;
        let name_bytes = header.get(46..46 + name as usize);
        let name_bytes = name_bytes.ok_or_else(|| kind.broken("its directory is broken", at))?;
        let file = field_text(&name_bytes[..name_bytes.len().min(MAX_NAME)]);
        at += 46 + name + extra + comment;
        if file.ends_with('/') {
            continue;
        }
        // Entries that share data would cost far more to read than the archive has bytes.
        stored += packed;
        if stored > size as u64 {
            return Err(kind.broken("its files overlap", local));
        }
        let content = match (flags & 1, method) {
            (1, _) => Err(MemberError::Encrypted),
            (_, 0 | 8) => {
                let data = local_data(archive, local, packed);
                let data = data.ok_or_else(|| kind.broken("it ends within a file", size as u64))?;
                let result = if method == 0 {
                    members.charge(packed).map(|()| Ok(data.to_vec()))
                } else {
                    inflated(data, unpacked, members)
                };
                result?.and_then(|bytes| {
                    let is_whole = bytes.len() as u64 == unpacked && crc32fast::hash(&bytes) == checksum;
                    if is_whole { Ok(bytes) } else { Err(MemberError::Data) }
                })
            }
            _ => Err(MemberError::Method),
        };
        members.push(file, content)?;
    }
    Ok(())
}

/// Data of a member behind its local header.
fn local_data(archive: &[u8], local: u64, packed: u64) -> Option<&[u8]> {
    let header = archive.get(usize::try_from(local).ok()?..)?;
    if !header.starts_with(LOCAL_HEADER) {
        return None;
    }
    let start = 30 + little::<2>(header, 26)? + little::<2>(header, 28)?;
    header.get(start as usize..usize::try_from(start.checked_add(packed)?).ok()?)
}

/// Inflates a member, charging its bytes as they arrive; at most the size that the directory says.
fn inflated(
    data: &[u8],
    unpacked: u64,
    members: &mut Members<'_>,
) -> Result<Result<Vec<u8>, MemberError>, FormatError> {
    let mut inflate = Decompress::new(false);
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        if bytes.len() == bytes.capacity() {
            if bytes.len() as u64 > unpacked {
                return Ok(Err(MemberError::Data));
            }
            let more = (bytes.len() / 2).clamp(256, 16 * CHUNK);
            members.charge(more as u64)?;
            bytes.reserve_exact(more);
        }
        let (before_in, before_out) = (inflate.total_in() as usize, bytes.len());
        let status = inflate.decompress_vec(&data[before_in..], &mut bytes, FlushDecompress::None);
        match status {
            Ok(Status::StreamEnd) => return Ok(Ok(bytes)),
            Ok(_) if inflate.total_in() as usize > before_in || bytes.len() > before_out => {}
            Ok(_) if bytes.len() == bytes.capacity() => {}
            _ => return Ok(Err(MemberError::Data)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;
    use crate::format::testing::TestChunks;

    /// Name and content of a file.
    type File = (String, Result<Vec<u8>, MemberError>);

    fn header(name: &str, kind: u8, size: usize) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        block[156] = kind;
        block[148..156].fill(b' ');
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        block
    }

    fn entry(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
        let mut entry = header(name, kind, content.len());
        entry.extend_from_slice(content);
        entry.resize(entry.len().next_multiple_of(BLOCK), 0);
        entry
    }

    fn tar(entries: &[Vec<u8>]) -> Vec<u8> {
        [entries.concat(), vec![0; 2 * BLOCK]].concat()
    }

    /// Zip archive with deflated members.
    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut archive, mut directory) = (Vec::new(), Vec::new());
        for (name, content) in files {
            let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
            deflate.write_all(content).unwrap();
            let data = deflate.finish().unwrap();
            let mut fields = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
            fields.extend(crc32fast::hash(content).to_le_bytes());
            fields.extend((data.len() as u32).to_le_bytes());
            fields.extend((content.len() as u32).to_le_bytes());
            fields.extend((name.len() as u16).to_le_bytes());
            let local = archive.len() as u32;
            archive.extend([LOCAL_HEADER, &fields, &[0, 0], name.as_bytes(), &data].concat());
            directory.extend([DIRECTORY_HEADER, &[20, 0], &fields, &[0; 12]].concat());
            directory.extend(local.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let count = (files.len() as u16).to_le_bytes();
        let (length, start) = ((directory.len() as u32).to_le_bytes(), (archive.len() as u32).to_le_bytes());
        [
            archive,
            directory,
            END_RECORD.to_vec(),
            vec![0; 4],
            count.into(),
            count.into(),
            length.into(),
            start.into(),
            vec![0, 0],
        ]
        .concat()
    }

    fn read(bytes: Vec<u8>, memory: u64) -> Result<Vec<File>, FormatError> {
        let kind = ArchiveKind::of(&bytes).unwrap();
        let (limits, mut budget) = (Limits { inflated: 1 << 24, ..Limits::default() }, Budget::new(memory));
        let files = read_archive(kind, Box::new(TestChunks(vec![bytes])), &limits, &mut budget)?;
        Ok(files.into_iter().map(|file| (file.name, file.content.map(|bytes| bytes.to_vec()))).collect())
    }

    #[test]
    fn files_come_out_as_they_went_in() {
        let long = format!("{}/heap.pb", "deep/".repeat(40));
        let tar = tar(&[
            entry("dir/", b'5', b""),
            entry("dir/a.pb", b'0', b"first"),
            entry("dir/link", b'2', b""),
            entry("dir/._a.pb", b'0', b"of a Mac"),
            entry("././@LongLink", b'L', long.as_bytes()),
            entry("deep", b'0', &[7; 700]),
            entry("pax", b'x', b"17 path=dir/b.pb\n"),
            entry("short", b'0', b""),
        ]);
        let want = [("dir/a.pb", b"first".to_vec()), (&*long, vec![7; 700]), ("dir/b.pb", Vec::new())];
        let want: Vec<_> = want.into_iter().map(|(name, bytes)| (name.to_owned(), Ok(bytes))).collect();
        assert_eq!(read(tar, 1 << 20).unwrap(), want);
        let long = vec![9; 100_000];
        let files = [("dir/a.pb", &b"first"[..]), ("b", &long)];
        let want: Vec<_> = files.iter().map(|(name, bytes)| ((*name).to_owned(), Ok(bytes.to_vec()))).collect();
        assert_eq!(read(zip(&files), 1 << 20).unwrap(), want);
    }

    #[test]
    fn no_path_leads_out() {
        for name in ["../a", "/etc/passwd", "a/../../b", "C:\\a", "a\\..\\b"] {
            let files = read(zip(&[(name, b"x")]), 1 << 20).unwrap();
            assert_eq!(files[0].1, Err(MemberError::Path), "{name}");
            let files = read(tar(&[entry(name, b'0', b"x")]), 1 << 20).unwrap();
            assert_eq!(files[0].1, Err(MemberError::Path), "{name}");
        }
    }

    #[test]
    fn a_cut_or_damaged_archive_is_an_error() {
        let whole = tar(&[entry("a", b'0', &[1; 600]), entry("b", b'0', b"x")]);
        for cut in (513..1112).chain(3 * BLOCK + 1..4 * BLOCK) {
            assert!(read(whole[..cut].to_vec(), 1 << 20).is_err(), "{cut}");
        }
        let whole = zip(&[("a", &[1; 600]), ("b", b"x")]);
        for cut in 4..whole.len() - 2 {
            assert!(read(whole[..cut].to_vec(), 1 << 20).is_err(), "{cut}");
        }
        for at in 4..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0x55;
            let _ = read(broken, 1 << 20);
        }
    }

    #[test]
    fn memory_is_limited() {
        let bomb = zip(&[("bomb", &vec![0; 1 << 22])]);
        assert!(matches!(read(bomb.clone(), 1 << 20), Err(FormatError::Limit(_))));
        assert!(read(bomb, 1 << 24).is_ok());
        let claimed = header("a", b'0', 1 << 30);
        assert!(matches!(read(claimed, 1 << 20), Err(FormatError::Limit(_))));
    }

    #[test]
    fn files_that_share_data_are_refused() {
        let mut archive = zip(&[("a", &(0..=255).collect::<Vec<u8>>()), ("b", &(0..=255).collect::<Vec<u8>>())]);
        let at = archive.windows(4).rposition(|window| window == DIRECTORY_HEADER).unwrap();
        archive[at + 20..at + 24].copy_from_slice(&1_000_000_u32.to_le_bytes());
        assert!(read(archive, 1 << 20).unwrap_err().to_string().contains("overlap"));
    }
}
