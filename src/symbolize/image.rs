//! Program or library: segments, build id, and decompressed debug sections.

use std::io::Read;
use std::ops::Range;

use object::read::CompressionFormat;
use object::{Object, ObjectKind, ObjectSection, ObjectSegment, SectionFlags, SectionKind, SegmentFlags};

use crate::base::compact_sort::CompactSort;
use crate::base::limits::{Budget, LimitError};
use crate::base::safe_text::safe;
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
    /// True if the file has the debug information of another file, without its code.
    is_separate_debug: bool,
    /// File that holds a part of the debug information which several files share.
    supplement: Option<Supplement>,
    /// Name of the file that has the debug information; `None` if this file names none.
    debug_link: Option<String>,
    segments: Segments,
    sections: Vec<(String, SectionData)>,
}

/// File to which debug information refers.
#[derive(Debug)]
pub(super) struct Supplement {
    pub(super) name: String,
    /// Build id in hexadecimal.
    pub(super) build_id: String,
}

/// Segments of code.
#[derive(Debug)]
struct Segments {
    /// Segments sorted by file offset.
    by_offset: Vec<Segment>,
    /// Segments sorted by link address.
    by_address: Vec<Segment>,
    /// Lowest link address of all segments, which is the address of the first byte of the file.
    base: u64,
}

/// Segment of code: bytes of the file, and their link address.
#[derive(Clone, Copy, Debug)]
struct Segment {
    offset: u64,
    /// Size in the file; 0 in a file of separate debug information, whose offset has no meaning then.
    file_size: u64,
    address: u64,
    memory_size: u64,
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
        let supplement = file
            .gnu_debugaltlink()
            .map_err(broken)?
            .map(|(name, build_id)| Supplement { name: safe(name).into_owned(), build_id: hex(build_id) });
        let debug_link = file.gnu_debuglink().map_err(broken)?.map(|(name, _)| safe(name).into_owned());
        let mut code = file.sections().filter(is_code).peekable();
        let is_separate_debug =
            code.peek().is_some() && code.all(|section| section.kind() == SectionKind::UninitializedData);
        let segments = Segments::new(&file, budget)?;
        let mut sections = Vec::new();
        for section in file.sections() {
            let Ok(section_name) = section.name() else { continue };
            // Sections that GNU tools compressed before there was a standard for it.
            let old_name = section_name.strip_prefix(".z").map(|rest| format!(".{rest}"));
            let section_name = old_name.as_deref().unwrap_or(section_name);
            // The first of several sections with the same name is used.
            let is_known = sections.iter().any(|(known, _): &(String, SectionData)| known == section_name);
            if DEBUG_SECTIONS.contains(&section_name) && !is_known {
                sections.extend(
                    section_content(&section, &bytes, budget)?.map(|content| (section_name.to_owned(), content)),
                );
            }
        }
        Ok(Self { name, bytes, build_id, is_fixed, is_separate_debug, supplement, debug_link, segments, sections })
    }

    /// Build id in hexadecimal.
    pub fn build_id(&self) -> Option<&str> {
        self.build_id.as_deref()
    }

    /// File to which the debug information refers.
    pub(super) fn supplement(&self) -> Option<&Supplement> {
        self.supplement.as_ref()
    }

    /// Name of the file that has the debug information; `None` if this file has its own, or names none.
    pub(super) fn debug_link(&self) -> Option<&str> {
        self.debug_link.as_deref().filter(|_| !self.has_debug_info())
    }

    /// Size of the debug sections once decompressed.
    pub(super) fn debug_bytes(&self) -> u64 {
        self.sections.iter().map(|(name, _)| self.section(name).len() as u64).sum()
    }

    /// A debug section; empty if there is none.
    pub(super) fn section(&self, name: &str) -> &[u8] {
        match self.sections.iter().find(|(known, _)| known == name) {
            Some((_, SectionData::Stored(range))) => &self.bytes[range.clone()],
            Some((_, SectionData::Inflated(bytes))) => bytes,
            None => &[],
        }
    }

    /// True if the file has functions and lines beside its symbol table.
    pub(super) fn has_debug_info(&self) -> bool {
        !self.section(".debug_info").is_empty()
    }

    /// True if the file has the debug information of another file, without its code.
    pub(super) fn is_separate_debug(&self) -> bool {
        self.is_separate_debug
    }

    /// Link address of an address in a profile; `None` if the file does not contain it.
    ///
    /// A mapping without a position stands for the whole address space: its addresses are link addresses, as in pprof.
    pub fn address(&self, address: u64, mapping: Option<&Mapping>) -> Option<u64> {
        let linked = || containing(&self.segments.by_address, address, Segment::memory).map(|_| address);
        let Some(mapping) = mapping else { return linked().filter(|_| self.is_fixed) };
        if mapping.has_no_position() {
            return linked();
        }
        let mapped = || self.segments.mapped_address(address, mapping);
        match (self.is_fixed, mapping.start) {
            (false, _) => mapped(),
            // The addresses were made relative to something.
            (true, 0) => mapped().or_else(linked),
            (true, _) => linked().or_else(mapped),
        }
    }
}

/// Page sizes of Linux.
const PAGE_SIZES: [u64; 3] = [4 << 10, 16 << 10, 64 << 10];

impl Segments {
    /// Segments of code, or all segments if none is marked as code.
    fn new(file: &object::File<'_>, budget: &mut Budget) -> Result<Self, LimitError> {
        // Two sorted lists, and the list from which they are made.
        budget.charge(file.segments().count() as u64 * 3 * size_of::<Segment>() as u64)?;
        let convert = |segment: &object::Segment<'_, '_>| {
            let (offset, file_size) = segment.file_range();
            Segment { offset, file_size, address: segment.address(), memory_size: segment.size() }
        };
        let is_code = |segment: &object::Segment<'_, '_>| match segment.flags() {
            SegmentFlags::Elf { p_flags, .. } => p_flags.0 & object::elf::PF_X.0 != 0,
            _ => false,
        };
        let mut used: Vec<Segment> = file.segments().filter(is_code).map(|segment| convert(&segment)).collect();
        if used.is_empty() {
            used = file.segments().map(|segment| convert(&segment)).collect();
        }
        let base = file.segments().map(|segment| segment.address()).min().unwrap_or_default();
        let (by_offset, by_address) = (sorted(&used, Segment::file), sorted(&used, Segment::memory));
        Ok(Self { by_offset, by_address, base })
    }

    /// Link address of an address in a mapping with a position.
    fn mapped_address(&self, address: u64, mapping: &Mapping) -> Option<u64> {
        let distance = address.wrapping_sub(mapping.start);
        if self.by_offset.iter().any(|segment| segment.file_size > 0) {
            let offset = distance.wrapping_add(mapping.offset);
            let segment = containing(&self.by_offset, offset, Segment::file)?;
            return Some(offset - segment.offset + segment.address);
        }
        let linked = distance.wrapping_add(self.first_address(mapping)?);
        containing(&self.by_address, linked, Segment::memory).map(|_| linked)
    }

    /// Link address of the first byte of a mapping, where the offsets of the segments are lost: the mapping is of the one
    /// segment that takes as many pages, or of the whole file.
    fn first_address(&self, mapping: &Mapping) -> Option<u64> {
        let size = mapping.limit.wrapping_sub(mapping.start);
        let is_aligned = |page: u64| mapping.start.is_multiple_of(page) && mapping.offset.is_multiple_of(page);
        let first_page = |segment: &Segment| {
            let end = segment.address.checked_add(segment.memory_size)?;
            let mut pages = PAGE_SIZES.into_iter().filter(|page| is_aligned(*page));
            pages.find_map(|page| {
                let first = segment.address / page * page;
                (end.checked_next_multiple_of(page)? - first == size).then_some(first)
            })
        };
        let mut fitting = self.by_address.iter().filter_map(first_page);
        match (fitting.next(), fitting.next()) {
            (Some(first), None) => Some(first),
            (Some(_), Some(_)) => None,
            (None, _) => {
                let first = self.base / PAGE_SIZES[0] * PAGE_SIZES[0];
                let last = self.by_address.last()?;
                let is_whole = mapping.offset == 0 && size >= last.address.checked_add(last.memory_size)? - first;
                is_whole.then_some(first)
            }
        }
    }
}

impl Segment {
    /// First offset in the file, and size.
    fn file(&self) -> (u64, u64) {
        (self.offset, self.file_size)
    }

    /// Link address of the first byte, and size.
    fn memory(&self) -> (u64, u64) {
        (self.address, self.memory_size)
    }
}

/// Segments sorted by the start of a range; of segments with the same start, the first in the file comes last, where
/// lookups find it.
fn sorted(segments: &[Segment], range: fn(&Segment) -> (u64, u64)) -> Vec<Segment> {
    let mut sorted: Vec<Segment> = segments.iter().rev().copied().collect();
    sorted.compact_sort_by_key(|segment| range(segment).0);
    sorted
}

/// Segment whose range contains `value`, in a list sorted by the start of the range.
fn containing(sorted: &[Segment], value: u64, range: fn(&Segment) -> (u64, u64)) -> Option<&Segment> {
    step_count::count_steps(1);
    let after = sorted.partition_point(|segment| range(segment).0 <= value);
    sorted[..after].last().filter(|segment| value - range(segment).0 < range(segment).1)
}

/// True for a section of code, even if its bytes are in another file.
fn is_code(section: &object::Section<'_, '_>) -> bool {
    matches!(section.flags(), SectionFlags::Elf { sh_flags, .. } if sh_flags.contains(object::elf::SHF_EXECINSTR))
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
