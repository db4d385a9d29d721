//! A program or library: which addresses its parts are loaded at, its build id, and its debug sections, inflated.

use std::io::Read;
use std::ops::Range;

use object::read::CompressionFormat;
use object::{Object, ObjectKind, ObjectSection, ObjectSegment, SegmentFlags};

use crate::base::limits::Budget;
use crate::profile::Mapping;
use crate::symbolize::ImageError;

/// How much is inflated before the budget is asked again.
const PIECE: usize = 64 << 10;

/// A program or library.
#[derive(Debug)]
pub struct Image {
    /// Its path, as it was named.
    pub name: String,
    pub(super) bytes: Vec<u8>,
    build_id: Option<String>,
    /// Whether it stands at the addresses that it was linked for.
    is_fixed: bool,
    segments: Vec<Segment>,
    sections: Vec<(String, SectionData)>,
}

/// Code that is loaded: bytes of the file, and the address that they were linked for.
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
    /// Reads the headers of a binary whose bytes are charged already, and inflates its debug sections.
    ///
    /// # Errors
    /// [`ImageError`] when it is no ELF file, or broken, or too large.
    pub fn new(name: String, bytes: Vec<u8>, budget: &mut Budget) -> Result<Self, ImageError> {
        if !bytes.starts_with(b"\x7fELF") {
            return Err(ImageError::NotElf);
        }
        let broken = |error: object::Error| ImageError::Broken(error.to_string());
        let file = object::File::parse(&*bytes).map_err(broken)?;
        let build_id = file.build_id().map_err(broken)?.map(hex);
        let is_fixed = file.kind() == ObjectKind::Executable;
        let segments = segments(&file);
        let mut sections = Vec::new();
        for section in file.sections() {
            let Ok(section_name) = section.name() else { continue };
            if section_name.starts_with(".debug_") {
                sections.extend(content(&section, &bytes, budget)?.map(|content| (section_name.to_owned(), content)));
            }
        }
        Ok(Self { name, bytes, build_id, is_fixed, segments, sections })
    }

    /// The build id in hexadecimal.
    pub fn build_id(&self) -> Option<&str> {
        self.build_id.as_deref()
    }

    /// The last part of its path.
    pub fn file_name(&self) -> &str {
        last_part(&self.name)
    }

    /// A debug section, empty where there is none.
    pub(super) fn section(&self, name: &str) -> &[u8] {
        match self.sections.iter().find(|(known, _)| known == name) {
            Some((_, SectionData::Stored(range))) => &self.bytes[range.clone()],
            Some((_, SectionData::Inflated(bytes))) => bytes,
            None => &[],
        }
    }

    /// The address that a location has in the file, given what it is mapped as.
    pub fn address(&self, address: u64, mapping: Option<&Mapping>) -> Option<u64> {
        let linked = |mapping: &Mapping| {
            let offset = address.wrapping_sub(mapping.start).wrapping_add(mapping.offset);
            let segment = self.segments.iter().find(|segment| segment.holds(segment.offset, offset))?;
            Some(offset - segment.offset + segment.address)
        };
        let as_it_is =
            || self.segments.iter().any(|segment| segment.holds(segment.address, address)).then_some(address);
        mapping.and_then(linked).or_else(|| as_it_is().filter(|_| self.is_fixed))
    }
}

impl Segment {
    fn holds(&self, start: u64, value: u64) -> bool {
        value.checked_sub(start).is_some_and(|distance| distance < self.size)
    }
}

/// The last part of a path.
pub(super) fn last_part(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// The parts that are loaded as code; all parts where none is.
fn segments(file: &object::File<'_>) -> Vec<Segment> {
    let part = |segment: &object::Segment<'_, '_>| {
        let (offset, size) = segment.file_range();
        Segment { offset, size, address: segment.address() }
    };
    let is_code = |segment: &object::Segment<'_, '_>| match segment.flags() {
        SegmentFlags::Elf { p_flags, .. } => p_flags.0 & object::elf::PF_X.0 != 0,
        _ => false,
    };
    let code: Vec<Segment> = file.segments().filter(is_code).map(|segment| part(&segment)).collect();
    if code.is_empty() { file.segments().map(|segment| part(&segment)).collect() } else { code }
}

/// Where the bytes of a section are, or what they inflate to; none where it has none in this file.
fn content(
    section: &object::Section<'_, '_>,
    bytes: &[u8],
    budget: &mut Budget,
) -> Result<Option<SectionData>, ImageError> {
    let broken = |what: &str| ImageError::Broken(what.to_owned());
    let range = section.compressed_file_range().map_err(|error| ImageError::Broken(error.to_string()))?;
    let end = range.offset.checked_add(range.compressed_size).filter(|end| *end <= bytes.len() as u64);
    let end = end.ok_or_else(|| broken("a section reaches past its end"))?;
    let stored = range.offset as usize..end as usize;
    let packed = &bytes[stored.clone()];
    Ok(match range.format {
        CompressionFormat::None if stored.is_empty() => None,
        CompressionFormat::None => Some(SectionData::Stored(stored)),
        CompressionFormat::Zlib => {
            Some(SectionData::Inflated(inflated(flate2::read::ZlibDecoder::new(packed), budget)?))
        }
        CompressionFormat::Zstandard => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(packed)
                .map_err(|error| ImageError::Broken(format!("a section cannot be inflated ({error})")))?;
            Some(SectionData::Inflated(inflated(decoder, budget)?))
        }
        _ => return Err(broken("a section is compressed in a way that is not known")),
    })
}

/// Everything that a decoder gives, as far as the budget goes; what a section claims to be long is not asked.
fn inflated(mut decoder: impl Read, budget: &mut Budget) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    loop {
        if bytes.capacity() - bytes.len() < PIECE {
            budget.grow(&mut bytes, PIECE)?;
        }
        let before = bytes.len();
        let read = decoder.by_ref().take(PIECE as u64).read_to_end(&mut bytes);
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
