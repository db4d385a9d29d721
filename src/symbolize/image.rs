//! Program or library: segments, build id, and decompressed debug sections.

use std::io::Read;
use std::ops::Range;

use object::read::CompressionFormat;
use object::{Object, ObjectKind, ObjectSection, ObjectSegment, SegmentFlags};

use crate::base::limits::{Budget, LimitError};
use crate::base::step_count;
use crate::profile::Mapping;

/// Debug sections that lookups read. Others are not decompressed.
const DEBUG_SECTIONS: [&str; 10] = [
    ".debug_abbrev",
    ".debug_addr",
    ".debug_aranges",
    ".debug_info",
    ".debug_line",
    ".debug_line_str",
    ".debug_ranges",
    ".debug_rnglists",
    ".debug_str",
    ".debug_str_offsets",
];

/// Bytes decompressed before the budget is charged again.
const CHUNK: usize = 64 << 10;

/// Error of reading a program or library.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// Not an ELF file.
    #[error("not an ELF program or library")]
    NotElf,
    /// The ELF file is broken: a description.
    #[error("broken ELF file: {0}")]
    Broken(String),
    /// The heap budget is exhausted.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl ImageError {
    /// Advice to the user in one sentence; `None` when there is none.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotElf => Some("give the program that was profiled, or a library of it"),
            Self::Broken(_) => Some("the file is damaged or was cut short; copy it again"),
            Self::Limit(_) => None,
        }
    }
}

/// Program or library.
#[derive(Debug)]
pub struct Image {
    /// Path as named by the user.
    pub name: String,
    pub(super) bytes: Vec<u8>,
    build_id: Option<String>,
    /// True if the file is loaded at its link address.
    is_fixed: bool,
    /// Segments sorted by file offset.
    segments_by_offset: Vec<Segment>,
    /// Segments sorted by link address.
    segments_by_address: Vec<Segment>,
    sections: Vec<(String, SectionData)>,
}

/// Segment of code: bytes of the file, and their link address.
#[derive(Clone, Copy, Debug)]
struct Segment {
    offset: u64,
    size: u64,
    address: u64,
}

#[derive(Debug)]
enum SectionData {
    Stored(Range<usize>),
    Inflated(Vec<u8>),
}

impl Image {
    /// Parses a file whose bytes are charged already, and decompresses its debug sections.
    ///
    /// # Errors
    /// [`ImageError`] when it is not an ELF file, is broken, or exceeds the budget.
    pub fn new(name: String, bytes: Vec<u8>, budget: &mut Budget) -> Result<Self, ImageError> {
        if !bytes.starts_with(b"\x7fELF") {
            return Err(ImageError::NotElf);
        }
        let broken = |error: object::Error| ImageError::Broken(error.to_string());
        let file = object::File::parse(&*bytes).map_err(broken)?;
        let build_id = file.build_id().map_err(broken)?.map(hex);
        let is_fixed = file.kind() == ObjectKind::Executable;
        let segments = segments(&file, budget)?;
        let segments_by_address = sorted(&segments, |segment| segment.address);
        let segments_by_offset = sorted(&segments, |segment| segment.offset);
        let mut sections = Vec::new();
        for section in file.sections() {
            let Ok(section_name) = section.name() else { continue };
            // The first of several sections with the same name is used.
            let is_known = sections.iter().any(|(known, _): &(String, SectionData)| known == section_name);
            if DEBUG_SECTIONS.contains(&section_name) && !is_known {
                sections.extend(
                    section_content(&section, &bytes, budget)?.map(|content| (section_name.to_owned(), content)),
                );
            }
        }
        Ok(Self { name, bytes, build_id, is_fixed, segments_by_offset, segments_by_address, sections })
    }

    /// Build id in hexadecimal.
    pub fn build_id(&self) -> Option<&str> {
        self.build_id.as_deref()
    }

    /// Last component of the path.
    pub fn file_name(&self) -> &str {
        last_part(&self.name)
    }

    /// A debug section; empty if there is none.
    pub(super) fn section(&self, name: &str) -> &[u8] {
        match self.sections.iter().find(|(known, _)| known == name) {
            Some((_, SectionData::Stored(range))) => &self.bytes[range.clone()],
            Some((_, SectionData::Inflated(bytes))) => bytes,
            None => &[],
        }
    }

    /// Link address of an address in a profile; `None` if the file does not contain it.
    ///
    /// A mapping without a position stands for the whole address space: its addresses are link addresses, as in pprof.
    pub fn address(&self, address: u64, mapping: Option<&Mapping>) -> Option<u64> {
        let linked = || containing(&self.segments_by_address, address, |segment| segment.address).map(|_| address);
        let Some(mapping) = mapping else { return linked().filter(|_| self.is_fixed) };
        if mapping.has_no_position() {
            return linked();
        }
        let mapped = || {
            let offset = address.wrapping_sub(mapping.start).wrapping_add(mapping.offset);
            let segment = containing(&self.segments_by_offset, offset, |segment| segment.offset)?;
            Some(offset - segment.offset + segment.address)
        };
        match (self.is_fixed, mapping.start) {
            (false, _) => mapped(),
            // The addresses were made relative to something.
            (true, 0) => mapped().or_else(linked),
            (true, _) => linked().or_else(mapped),
        }
    }
}

/// Segments sorted by `start`; of segments with the same start, the first in the file comes last, where lookups find
/// it.
fn sorted(segments: &[Segment], start: fn(&Segment) -> u64) -> Vec<Segment> {
    let mut sorted: Vec<Segment> = segments.iter().rev().copied().collect();
    sorted.sort_by_key(start);
    sorted
}

/// Segment that contains `value`, in a list sorted by `start`.
fn containing(sorted: &[Segment], value: u64, start: fn(&Segment) -> u64) -> Option<&Segment> {
    step_count::count_steps(1);
    let after = sorted.partition_point(|segment| start(segment) <= value);
    sorted[..after].last().filter(|segment| value - start(segment) < segment.size)
}

/// Last component of a path.
pub(super) fn last_part(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// Segments of code, or all segments if none is marked as code.
fn segments(file: &object::File<'_>, budget: &mut Budget) -> Result<Vec<Segment>, LimitError> {
    // Two sorted lists, and the list from which they are made.
    budget.charge(file.segments().count() as u64 * 3 * size_of::<Segment>() as u64)?;
    let convert = |segment: &object::Segment<'_, '_>| {
        let (offset, size) = segment.file_range();
        Segment { offset, size, address: segment.address() }
    };
    let is_code = |segment: &object::Segment<'_, '_>| match segment.flags() {
        SegmentFlags::Elf { p_flags, .. } => p_flags.0 & object::elf::PF_X.0 != 0,
        _ => false,
    };
    let code: Vec<Segment> = file.segments().filter(is_code).map(|segment| convert(&segment)).collect();
    Ok(if code.is_empty() { file.segments().map(|segment| convert(&segment)).collect() } else { code })
}

/// Content of a section, decompressed if necessary; `None` if the file has none.
fn section_content(
    section: &object::Section<'_, '_>,
    bytes: &[u8],
    budget: &mut Budget,
) -> Result<Option<SectionData>, ImageError> {
    let broken = |what: &str| ImageError::Broken(what.to_owned());
    let range = section.compressed_file_range().map_err(|error| ImageError::Broken(error.to_string()))?;
    let end = range.offset.checked_add(range.compressed_size).filter(|end| *end <= bytes.len() as u64);
    let end = end.ok_or_else(|| broken("a section reaches past its end"))?;
    let stored = range.offset as usize..end as usize;
    let compressed = &bytes[stored.clone()];
    Ok(match range.format {
        CompressionFormat::None if stored.is_empty() => None,
        CompressionFormat::None => Some(SectionData::Stored(stored)),
        CompressionFormat::Zlib => {
            Some(SectionData::Inflated(decompress(flate2::read::ZlibDecoder::new(compressed), budget)?))
        }
        CompressionFormat::Zstandard => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(compressed)
                .map_err(|error| ImageError::Broken(format!("a section cannot be inflated ({error})")))?;
            Some(SectionData::Inflated(decompress(decoder, budget)?))
        }
        _ => return Err(broken("a section is compressed in a way that is not known")),
    })
}

/// Decompresses as far as the budget allows. The size that a section claims is ignored.
fn decompress(mut decoder: impl Read, budget: &mut Budget) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    loop {
        if bytes.capacity() - bytes.len() < CHUNK {
            budget.grow(&mut bytes, CHUNK)?;
        }
        let before = bytes.len();
        let read = decoder.by_ref().take(CHUNK as u64).read_to_end(&mut bytes);
        read.map_err(|error| ImageError::Broken(format!("a section cannot be inflated ({error})")))?;
        if bytes.len() == before {
            return Ok(bytes);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0'));
    bytes.iter().flat_map(digits).collect()
}
