//! Zip archives, including ZIP64. The directory at the end has the positions of the members.

use flate2::{Decompress, FlushDecompress, Status};

use super::{MAX_NAME, MemberCollector, MemberError, field_text};
use crate::format::{CHUNK, Chunks, FormatError};

/// Signatures of zip records.
pub(super) const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
pub(super) const DIRECTORY_HEADER: &[u8] = b"PK\x01\x02";
pub(super) const END_RECORD: &[u8] = b"PK\x05\x06";
/// Bytes of the end record without its comment, and the maximum length of the comment.
pub(super) const END_LENGTH: usize = 22;
const MAX_COMMENT: usize = 65_535;

/// True for the first bytes of a zip archive.
pub(super) fn is_zip(head: &[u8]) -> bool {
    head.starts_with(LOCAL_HEADER) || head.starts_with(END_RECORD)
}

pub(super) fn read_zip(mut chunks: Box<dyn Chunks>, members: &mut MemberCollector<'_>) -> Result<(), FormatError> {
    // The directory stands at the end, so the whole archive is kept while it is read.
    let mut archive = Vec::new();
    let mut buffer = Vec::new();
    while let Some(chunk) = chunks.next(std::mem::take(&mut buffer))? {
        members.check_cancelled()?;
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
pub(super) fn little<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let field = bytes.get(at..)?.first_chunk::<N>()?;
    Some(field.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn read_directory(archive: &[u8], members: &mut MemberCollector<'_>) -> Result<(), FormatError> {
    let kind = members.kind;
    let size = archive.len();
    let end = end_record(archive).ok_or_else(|| kind.broken("it ends early, without its directory", size as u64))?;
    let comment = little::<2>(archive, end + 20).map(|comment| end + END_LENGTH + comment as usize);
    members.is_unterminated = comment.is_none_or(|whole| whole > size);
    let number = |value: Option<u64>| value.ok_or_else(|| kind.broken("its directory is broken", end as u64));
    let broken = kind.broken("its directory is broken", end as u64);
    let directory = Directory::find(archive, end).ok_or(broken)?;
    let mut at = number((directory.end as u64).checked_sub(directory.length))?;
    // Bytes before the archive shift all offsets. They begin as an archive, by which this input was recognized.
    let shift = number(at.checked_sub(directory.start))?;
    let rest = comment.and_then(|whole| archive.get(whole..)).unwrap_or_default();
    members.has_other_bytes = shift > 0 || rest.iter().any(|byte| *byte != 0);
    let end = directory.end;
    let mut stored = 0_u64;
    for _ in 0..directory.count {
        let header = archive.get(at as usize..end).filter(|header| header.starts_with(DIRECTORY_HEADER));
        let header = header.ok_or_else(|| kind.broken("its directory is broken", at))?;
        let field = |value: Option<u64>| value.ok_or_else(|| kind.broken("its directory is broken", at));
        let (flags, method) = (field(little::<2>(header, 8))?, field(little::<2>(header, 10))?);
        let checksum = field(little::<4>(header, 16))? as u32;
        let sizes = [24, 20, 42].map(|at| little::<4>(header, at));
        let [name, extra, comment] = [28, 30, 32].map(|at| little::<2>(header, at));
        let (name, extra, comment) = (field(name)?, field(extra)?, field(comment)?);
        let extra_bytes = header.get(46 + name as usize..).and_then(|rest| rest.get(..extra as usize));
        let [unpacked, packed, local] = field_sizes(sizes, extra_bytes.unwrap_or_default()).map(field);
        let (unpacked, packed) = (unpacked?, packed?);
        let local = field(local?.checked_add(shift))?;
        let name_bytes = header.get(46..46 + name as usize);
        let name_bytes = name_bytes.ok_or_else(|| kind.broken("its directory is broken", at))?;
        let file = field_text(&name_bytes[..name_bytes.len().min(MAX_NAME)]);
        at += 46 + name + extra + comment;
        if file.ends_with('/') {
            continue;
        }
        // Entries that share data would cost far more to read than the archive has bytes.
        stored = stored.saturating_add(packed);
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

/// Position of the end record: the last one whose comment reaches to the end of the archive, since a comment may hold the
/// bytes of another; else the last one at all.
fn end_record(archive: &[u8]) -> Option<usize> {
    let searched = archive.len().saturating_sub(END_LENGTH + MAX_COMMENT);
    let begins = |at: &usize| archive[*at..].starts_with(END_RECORD);
    let found = || (searched..archive.len()).rev().filter(begins);
    let is_whole = |at: &usize| {
        little::<2>(archive, at + 20).is_some_and(|comment| at + END_LENGTH + comment as usize == archive.len())
    };
    found().find(is_whole).or_else(|| found().next())
}

/// Signatures of the ZIP64 records, in archives beyond 4 GiB or 65,535 files.
pub(super) const END_RECORD_64: &[u8] = b"PK\x06\x06";
pub(super) const LOCATOR_64: &[u8] = b"PK\x06\x07";
/// Bytes of the ZIP64 locator, and bytes before the locator that are searched for the ZIP64 end record.
const LOCATOR_LENGTH: usize = 20;
const SEARCHED_64: usize = 4096;
/// Value of a 32-bit field whose real value is in the ZIP64 record.
const IN_LARGER_RECORD: u64 = 0xffff_ffff;

/// Position of an archive's directory.
struct Directory {
    count: u64,
    length: u64,
    /// Offset of the directory as stored.
    start: u64,
    /// First byte after the directory.
    end: usize,
}

impl Directory {
    /// Finds the directory by the end record at `end`, or by the ZIP64 end record before; `None` if a field is cut.
    fn find(archive: &[u8], end: usize) -> Option<Self> {
        let locator = end.checked_sub(LOCATOR_LENGTH).filter(|at| archive[*at..].starts_with(LOCATOR_64));
        if let Some(locator) = locator {
            let from = locator.saturating_sub(SEARCHED_64);
            let found =
                archive[from..locator].windows(END_RECORD_64.len()).rposition(|window| window == END_RECORD_64)?;
            let at = from + found;
            let [count, length, start] = [32, 40, 48].map(|offset| little::<8>(archive, at + offset));
            return Some(Self { count: count?, length: length?, start: start?, end: at });
        }
        let (count, length) = (little::<2>(archive, end + 10)?, little::<4>(archive, end + 12)?);
        Some(Self { count, length, start: little::<4>(archive, end + 16)?, end })
    }
}

/// Size, stored size and offset of a member. Values that do not fit their fields are in extra field 1, in this order.
fn field_sizes(sizes: [Option<u64>; 3], mut extra: &[u8]) -> [Option<u64>; 3] {
    const LARGER_SIZES: u64 = 1;
    let mut larger: &[u8] = &[];
    while let (Some(id), Some(length)) = (little::<2>(extra, 0), little::<2>(extra, 2)) {
        let end = 4 + length as usize;
        if id == LARGER_SIZES {
            larger = extra.get(4..end).unwrap_or_default();
        }
        extra = extra.get(end..).unwrap_or_default();
    }
    sizes.map(|size| {
        if size != Some(IN_LARGER_RECORD) {
            return size;
        }
        let value = little::<8>(larger, 0);
        larger = larger.get(8..).unwrap_or_default();
        value
    })
}

/// Data of a member after its local header.
fn local_data(archive: &[u8], local: u64, packed: u64) -> Option<&[u8]> {
    let header = archive.get(usize::try_from(local).ok()?..)?;
    if !header.starts_with(LOCAL_HEADER) {
        return None;
    }
    let start = 30 + little::<2>(header, 26)? + little::<2>(header, 28)?;
    packed.checked_add(start)?;
    header.get(start as usize..usize::try_from(start.checked_add(packed)?).ok()?)
}

/// Inflates a member up to the size in the directory, charging bytes as they arrive.
fn inflated(
    data: &[u8],
    unpacked: u64,
    members: &mut MemberCollector<'_>,
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
