//! Writer of gzipped pprof profiles that emits one message at a time.
//!
//! Strings come last, as in Go, so that only those in use are written. Functions and locations without samples are
//! omitted.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint};
use rustc_hash::FxHashMap;

use super::message;
use crate::base::ids::{LocationId, StringId};
use crate::profile::{Header, LabelSets, Line, SampleType, Samples, Symbols, Trie};

/// Content of a profile to write.
#[derive(Clone, Copy, Debug)]
pub struct WrittenProfile<'a> {
    /// Metadata.
    pub header: &'a Header,
    /// Symbols.
    pub symbols: &'a Symbols,
    /// Stacks.
    pub trie: &'a Trie,
    /// Sets of labels.
    pub labels: &'a LabelSets,
    /// Samples, with a column for each of the header's sample types.
    pub samples: &'a Samples,
    /// Remaining lines of each location; `None` if none were removed.
    pub remaining_lines: Option<&'a RemainingLines>,
}

impl<'a> WrittenProfile<'a> {
    /// Lines of a location to write, innermost first.
    fn lines(&self, location: LocationId) -> &'a [Line] {
        self.remaining_lines.map_or_else(|| self.symbols.lines(location), |lines| lines.of(location))
    }
}

/// Lines by location, after some were removed.
#[derive(Clone, Debug, Default)]
pub struct RemainingLines {
    lines: Vec<Line>,
    /// End of each location's lines.
    ends: Vec<usize>,
}

impl RemainingLines {
    /// Adds the remaining lines of the next location.
    pub fn push(&mut self, lines: &[Line]) {
        self.lines.extend_from_slice(lines);
        self.ends.push(self.lines.len());
    }

    fn of(&self, location: LocationId) -> &[Line] {
        let start = location.index().checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.lines[start..self.ends[location.index()]]
    }
}

/// Writes a profile.
///
/// # Errors
/// The error of the writer.
pub fn write(written: &WrittenProfile<'_>, out: &mut dyn Write) -> io::Result<()> {
    let gzip = GzEncoder::new(out, Compression::default());
    let mut writer = MessageWriter::new(written, gzip);
    writer.header()?;
    writer.samples()?;
    writer.mappings()?;
    writer.locations()?;
    writer.functions()?;
    writer.strings()?;
    writer.gzip.finish()?.flush()
}

/// String to write: of the profile's table, or of the header.
#[derive(Clone, Copy)]
enum WrittenString<'a> {
    Table(StringId),
    Header(&'a str),
}

/// Writer of messages.
struct MessageWriter<'a, W: Write> {
    written: &'a WrittenProfile<'a>,
    gzip: GzEncoder<W>,
    bytes: Vec<u8>,
    /// Strings in the order of their first use.
    strings: Vec<WrittenString<'a>>,
    /// Index in `strings` of each string of the profile's table; 0 if it is not in use yet.
    table_indices: Vec<u32>,
    header_indices: FxHashMap<&'a str, i64>,
    /// True for each location with samples.
    used: Vec<bool>,
}

impl<'a, W: Write> MessageWriter<'a, W> {
    fn new(written: &'a WrittenProfile<'a>, gzip: GzEncoder<W>) -> Self {
        Self {
            written,
            gzip,
            bytes: Vec::new(),
            strings: vec![WrittenString::Header("")],
            table_indices: vec![0; written.symbols.strings.len()],
            header_indices: FxHashMap::default(),
            used: vec![false; written.symbols.locations()],
        }
    }

    /// Index of a string of the profile's table.
    fn string(&mut self, id: StringId) -> i64 {
        if self.written.symbols.strings.bytes(id).is_empty() {
            return 0;
        }
        let number = &mut self.table_indices[id.index()];
        if *number == 0 {
            *number = self.strings.len() as u32;
            self.strings.push(WrittenString::Table(id));
        }
        i64::from(*number)
    }

    /// Index of a string of the header.
    fn header_string(&mut self, word: &'a str) -> i64 {
        if word.is_empty() {
            return 0;
        }
        if let Some(known) = self.header_indices.get(word) {
            return *known;
        }
        let number = self.strings.len() as i64;
        self.strings.push(WrittenString::Header(word));
        self.header_indices.insert(word, number);
        number
    }

    /// Writes a field that holds a message.
    fn message(&mut self, field: u32, message: &impl Message) -> io::Result<()> {
        self.bytes.clear();
        encode_key(field, WireType::LengthDelimited, &mut self.bytes);
        encode_varint(message.encoded_len() as u64, &mut self.bytes);
        message.encode_raw(&mut self.bytes);
        self.gzip.write_all(&self.bytes)
    }

    fn value_type(&mut self, sample_type: &'a SampleType) -> message::ValueType {
        message::ValueType {
            r#type: self.header_string(sample_type.name.raw()),
            unit: self.header_string(sample_type.unit.raw()),
        }
    }

    /// Writes the header. A message of these fields only is a valid part of a `Profile` message.
    fn header(&mut self) -> io::Result<()> {
        let header = self.written.header;
        let sample_type = header.sample_types.iter().map(|sample_type| self.value_type(sample_type)).collect();
        let comment = header.comments.iter().map(|comment| self.header_string(comment.raw())).collect();
        let is_typed = header.period_type != SampleType::default();
        let profile = message::Profile {
            sample_type,
            comment,
            drop_frames: self.header_string(header.drop_frames.raw()),
            keep_frames: self.header_string(header.keep_frames.raw()),
            time_nanos: header.time_nanos,
            duration_nanos: header.duration_nanos,
            period_type: is_typed.then(|| self.value_type(&header.period_type)),
            period: header.period,
            default_sample_type: self.header_string(header.default_sample_type.raw()),
            doc_url: self.header_string(header.doc_url.raw()),
            ..message::Profile::default()
        };
        self.gzip.write_all(&profile.encode_to_vec())
    }

    fn samples(&mut self) -> io::Result<()> {
        let WrittenProfile { trie, labels, samples, .. } = *self.written;
        let mut sample = message::Sample::default();
        for index in 0..samples.len() {
            sample.location_id.clear();
            // The leaf comes first.
            let mut stack = samples.stacks[index];
            while let Some(parent) = trie.parent(stack) {
                let location = trie.location(stack);
                self.used[location.index()] = true;
                sample.location_id.push(wire_id(location.0));
                stack = parent;
            }
            sample.value.clear();
            sample.value.extend(samples.values.iter().map(|column| column.get(index)));
            sample.label.clear();
            for label in labels.get(samples.labels[index]) {
                let (key, text, unit) = (self.string(label.key), self.string(label.text), self.string(label.unit));
                sample.label.push(message::Label { key, str: text, num: label.number, num_unit: unit });
            }
            self.message(2, &sample)?;
        }
        Ok(())
    }

    /// Writes all mappings, since pprof takes the first one for the program. The flags are derived from the locations;
    /// without them pprof would look for the binary.
    fn mappings(&mut self) -> io::Result<()> {
        let symbols = self.written.symbols;
        let mut flags = vec![[false; 4]; symbols.mappings.len()];
        for location in (0..symbols.locations()).map(LocationId::new) {
            let Some(mapping) = symbols.location(location).mapping else { continue };
            let lines = self.written.lines(location);
            let [functions, files, numbers, inlined] = &mut flags[mapping.index()];
            *functions |= !lines.is_empty();
            *files |= lines.iter().any(|line| symbols.function(line.function).file.0 != 0);
            *numbers |= lines.iter().any(|line| line.line != 0);
            *inlined |= lines.len() > 1;
        }
        for (index, mapping) in symbols.mappings.iter().enumerate() {
            let [has_functions, has_filenames, has_line_numbers, has_inline_frames] = flags[index];
            let message = message::Mapping {
                id: index as u64 + 1,
                memory_start: mapping.start,
                memory_limit: mapping.limit,
                file_offset: mapping.offset,
                filename: self.string(mapping.file),
                build_id: self.string(mapping.build_id),
                has_functions,
                has_filenames,
                has_line_numbers,
                has_inline_frames,
            };
            self.message(3, &message)?;
        }
        Ok(())
    }

    fn locations(&mut self) -> io::Result<()> {
        let symbols = self.written.symbols;
        for index in (0..symbols.locations()).filter(|index| self.used[*index]).collect::<Vec<_>>() {
            let location = symbols.location(LocationId::new(index));
            let lines = self.written.lines(LocationId::new(index)).iter();
            let message = message::Location {
                id: index as u64 + 1,
                mapping_id: location.mapping.map_or(0, |mapping| wire_id(mapping.0)),
                address: location.address,
                line: lines
                    .map(|line| message::Line {
                        function_id: wire_id(line.function.0),
                        line: line.line,
                        column: line.column,
                    })
                    .collect(),
                is_folded: location.folded,
            };
            self.message(4, &message)?;
        }
        Ok(())
    }

    fn functions(&mut self) -> io::Result<()> {
        let symbols = self.written.symbols;
        let mut is_used = vec![false; symbols.functions.len()];
        for location in (0..symbols.locations()).filter(|index| self.used[*index]) {
            for line in self.written.lines(LocationId::new(location)) {
                is_used[line.function.index()] = true;
            }
        }
        for (index, function) in symbols.functions.iter().enumerate().filter(|(index, _)| is_used[*index]) {
            let message = message::Function {
                id: index as u64 + 1,
                name: self.string(function.name),
                system_name: self.string(function.system_name),
                filename: self.string(function.file),
                start_line: function.start_line,
            };
            self.message(5, &message)?;
        }
        Ok(())
    }

    fn strings(&mut self) -> io::Result<()> {
        for known in std::mem::take(&mut self.strings) {
            let string = match known {
                WrittenString::Table(id) => self.written.symbols.strings.bytes(id),
                WrittenString::Header(word) => word.as_bytes(),
            };
            self.bytes.clear();
            encode_key(6, WireType::LengthDelimited, &mut self.bytes);
            encode_varint(string.len() as u64, &mut self.bytes);
            self.bytes.extend_from_slice(string);
            self.gzip.write_all(&self.bytes)?;
        }
        Ok(())
    }
}

/// Id of an index; id 0 means none.
fn wire_id(index: u32) -> u64 {
    u64::from(index) + 1
}
