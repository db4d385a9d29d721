//! Functions, locations and mappings, one message at a time. Functions and locations, of which a profile has thousands,
//! are read field by field; a property test compares the results with prost's.
//!
//! A file may refer to records that follow later or are missing. A reference reserves an index, a definition fills it.
//! At the end a missing location or function is an error, and a missing mapping is removed.

use std::fmt::Display;

use crate::base::ids::{FunctionId, LocationId, MappingId, StringId};
use crate::base::limits::Budget;
use crate::format::pprof::field_scanner::Field;
use crate::format::pprof::message;
use crate::format::pprof::wire::{Message, SampleError};
use crate::format::{Corruption, ErrorPosition, FormatError, Malformed, RecordKind, WireError};
use crate::profile::{Function, IdMap, Line, Location, Mapping, Symbols};

/// Largest string index in use, with its position. Strings may come last, so indices are checked at the end.
#[derive(Default)]
pub(super) struct StringRefs {
    largest: u64,
    at: u64,
}

impl StringRefs {
    /// Records a reference. A negative index becomes an index that no table reaches.
    #[inline]
    pub(super) fn record(&mut self, index: i64, at: u64) -> StringId {
        let index = index as u64;
        if index > self.largest {
            (self.largest, self.at) = (index, at);
        }
        StringId(index as u32)
    }

    /// Index outside of a table of `strings` strings, with its position; `None` if all indices are valid.
    pub(super) fn out_of_range(&self, strings: usize) -> Option<(i64, u64)> {
        (self.largest >= strings as u64).then_some((self.largest as i64, self.at))
    }
}

/// Maximum number of bytes decoded from a byte of an encoded location: a line takes at least two bytes and is decoded
/// into 24, in a list that doubles and is copied.
const DECODED_PER_BYTE: u64 = 48;

/// Maximum number of lines whose buffer is kept for the next location.
const MAX_KEPT_LINES: usize = 4096;

/// Set of the rows of a table that are defined.
#[derive(Default)]
struct DefinedRows(Vec<bool>);

impl DefinedRows {
    /// Marks a row; returns false if it was marked before.
    fn mark(&mut self, index: usize) -> bool {
        if self.0.len() <= index {
            self.0.resize(index + 1, false);
        }
        !std::mem::replace(&mut self.0[index], true)
    }

    fn has(&self, index: usize) -> bool {
        self.0.get(index).copied().unwrap_or(false)
    }

    fn count(&self) -> usize {
        self.0.iter().filter(|defined| **defined).count()
    }
}

/// Reader of symbol tables.
#[derive(Default)]
pub(super) struct SymbolReader {
    pub(super) symbols: Symbols,
    pub(super) strings: StringRefs,
    pub(super) location_ids: IdMap,
    function_ids: IdMap,
    mapping_ids: IdMap,
    locations: DefinedRows,
    functions: DefinedRows,
    mappings: DefinedRows,
    /// Lines of the location that is being read.
    lines: Vec<Line>,
}

/// Fields of a function.
#[derive(Debug, Default, PartialEq, Eq)]
struct FunctionFields {
    id: u64,
    name: i64,
    system_name: i64,
    file: i64,
    start_line: i64,
}

impl FunctionFields {
    fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let (mut function, mut fields) = (Self::default(), Message(bytes));
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => function.id = value.varint()?,
                2 => function.name = value.varint()? as i64,
                3 => function.system_name = value.varint()? as i64,
                4 => function.file = value.varint()? as i64,
                5 => function.start_line = value.varint()? as i64,
                _ => {}
            }
        }
        Ok(function)
    }
}

/// Fields of a location without its lines.
#[derive(Debug, Default, PartialEq, Eq)]
struct LocationFields {
    id: u64,
    mapping: u64,
    address: u64,
    is_folded: bool,
}

/// Fields of a line.
#[derive(Debug, Default, PartialEq, Eq)]
struct LineFields {
    function: u64,
    line: i64,
    column: i64,
}

impl LocationFields {
    /// Reads a location; calls `each` with every line.
    fn parse<E: From<WireError>>(bytes: &[u8], mut each: impl FnMut(LineFields) -> Result<(), E>) -> Result<Self, E> {
        let (mut location, mut fields) = (Self::default(), Message(bytes));
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => location.id = value.varint()?,
                2 => location.mapping = value.varint()?,
                3 => location.address = value.varint()?,
                4 => each(LineFields::parse(value.bytes()?)?)?,
                5 => location.is_folded = value.varint()? != 0,
                _ => {}
            }
        }
        Ok(location)
    }
}

impl LineFields {
    fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let (mut line, mut fields) = (Self::default(), Message(bytes));
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => line.function = value.varint()?,
                2 => line.line = value.varint()? as i64,
                3 => line.column = value.varint()? as i64,
                _ => {}
            }
        }
        Ok(line)
    }
}

impl SymbolReader {
    /// Reads a function.
    pub(super) fn function(&mut self, field: &Field<'_>, budget: &mut Budget) -> Result<(), FormatError> {
        let bytes = field.value.bytes().map_err(|error| field.corrupt(error))?;
        let function =
            FunctionFields::parse(bytes).map_err(|error| undecodable(RecordKind::Function, &error, field))?;
        if function.id == 0 {
            return Err(reserved(RecordKind::Function, field));
        }
        let index = self.function_ids.index(function.id, budget)? as usize;
        if !self.functions.mark(index) {
            return Err(duplicate(RecordKind::Function, function.id, field));
        }
        while self.symbols.functions.len() <= index {
            budget.push(&mut self.symbols.functions, Function::default())?;
        }
        self.symbols.functions[index] = Function {
            name: self.strings.record(function.name, field.at),
            system_name: self.strings.record(function.system_name, field.at),
            file: self.strings.record(function.file, field.at),
            start_line: function.start_line,
        };
        Ok(())
    }

    /// Reads a mapping.
    pub(super) fn mapping(&mut self, field: &Field<'_>, budget: &mut Budget) -> Result<(), FormatError> {
        let mapping = decode::<message::Mapping>(RecordKind::Mapping, field)?;
        if mapping.id == 0 {
            return Err(reserved(RecordKind::Mapping, field));
        }
        let index = self.mapping_ids.index(mapping.id, budget)? as usize;
        if !self.mappings.mark(index) {
            return Err(duplicate(RecordKind::Mapping, mapping.id, field));
        }
        while self.symbols.mappings.len() <= index {
            budget.push(&mut self.symbols.mappings, Mapping::default())?;
        }
        self.symbols.mappings[index] = Mapping {
            start: mapping.memory_start,
            limit: mapping.memory_limit,
            offset: mapping.file_offset,
            file: self.strings.record(mapping.filename, field.at),
            build_id: self.strings.record(mapping.build_id, field.at),
        };
        Ok(())
    }

    /// Reads a location.
    pub(super) fn location(&mut self, field: &Field<'_>, budget: &mut Budget) -> Result<(), FormatError> {
        let bytes = field.value.bytes().map_err(|error| field.corrupt(error))?;
        // The lines are collected in a buffer first, and copied from there.
        let decoded = bytes.len() as u64 * DECODED_PER_BYTE;
        budget.charge(decoded)?;
        let result = self.decode_location(field, bytes, budget);
        budget.release(decoded);
        result
    }

    fn decode_location(&mut self, field: &Field<'_>, bytes: &[u8], budget: &mut Budget) -> Result<(), FormatError> {
        let Self { symbols, lines, function_ids, mapping_ids, .. } = self;
        lines.clear();
        if lines.capacity() > MAX_KEPT_LINES {
            *lines = Vec::new();
        }
        let location = LocationFields::parse(bytes, |LineFields { function, line, column }| {
            let function = FunctionId(function_ids.index(function, budget)?);
            lines.push(Line { function, line, column });
            Ok(())
        });
        let location = location.map_err(|error| match error {
            SampleError::Wire(error) => undecodable(RecordKind::Location, &error, field),
            SampleError::Limit(limit) => limit.into(),
        })?;
        if location.id == 0 {
            return Err(reserved(RecordKind::Location, field));
        }
        let index = self.location_ids.index(location.id, budget)? as usize;
        if !self.locations.mark(index) {
            return Err(duplicate(RecordKind::Location, location.id, field));
        }
        while symbols.locations() <= index {
            symbols.push_location(Location::default(), [], budget)?;
        }
        let mapping = match location.mapping {
            0 => None,
            id => Some(MappingId(mapping_ids.index(id, budget)?)),
        };
        let mut row = Location::new(location.address, mapping);
        row.folded = location.is_folded;
        symbols.set_location(LocationId::new(index), row, lines.iter().copied(), budget)?;
        Ok(())
    }

    /// Checks that all referenced locations and functions are defined, and drops references to undefined mappings.
    pub(super) fn check_references(&mut self) -> Result<(), FormatError> {
        if let Some(index) = (0..self.location_ids.len()).find(|index| !self.locations.has(*index)) {
            let id = self.location_ids.id_of(index).unwrap_or_default();
            return Err(Malformed::MissingLocation { id }.into());
        }
        if let Some(index) = (0..self.function_ids.len()).find(|index| !self.functions.has(*index)) {
            let id = self.function_ids.id_of(index).unwrap_or_default();
            return Err(Malformed::MissingFunction { id }.into());
        }
        let mappings = &self.mappings;
        if (0..self.mapping_ids.len()).any(|index| !mappings.has(index)) {
            self.symbols.drop_mappings(|mapping| !mappings.has(mapping.index()));
        }
        Ok(())
    }

    /// Gives the functions without a name their linker name, as pprof does when it demangles. Strings may come last, so
    /// names are known only at the end.
    pub(super) fn name_by_system_names(&mut self) {
        let Symbols { strings, functions, .. } = &mut self.symbols;
        for function in functions.iter_mut().filter(|function| strings.bytes(function.name).is_empty()) {
            function.name = function.system_name;
        }
    }

    /// Adds unnamed placeholders for missing locations and functions, and returns their numbers.
    pub(super) fn add_placeholders(&mut self, budget: &mut Budget) -> Result<[usize; 2], FormatError> {
        let missing = [(&self.location_ids, &self.locations), (&self.function_ids, &self.functions)]
            .map(|(ids, defined)| (0..ids.len()).filter(|index| !defined.has(*index)).count());
        while self.symbols.locations() < self.location_ids.len() {
            self.symbols.push_location(Location::default(), [], budget)?;
        }
        while self.symbols.functions.len() < self.function_ids.len() {
            budget.push(&mut self.symbols.functions, Function::default())?;
        }
        for index in 0..self.location_ids.len() {
            self.locations.mark(index);
        }
        for index in 0..self.function_ids.len() {
            self.functions.mark(index);
        }
        Ok(missing)
    }

    /// Numbers of functions and mappings defined in the file.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.functions.count(), self.mappings.count())
    }
}

fn decode<M: prost::Message + Default>(record: RecordKind, field: &Field<'_>) -> Result<M, FormatError> {
    let bytes = field.value.bytes().map_err(|error| field.corrupt(error))?;
    M::decode(bytes).map_err(|error| undecodable(record, &error, field))
}

fn undecodable(record: RecordKind, error: &dyn Display, field: &Field<'_>) -> FormatError {
    field.corrupt(Corruption::Record { record, detail: error.to_string() })
}

/// Reads a value type.
pub(super) fn value_type(field: &Field<'_>) -> Result<message::ValueType, FormatError> {
    decode(RecordKind::ValueType, field)
}

fn reserved(record: RecordKind, field: &Field<'_>) -> FormatError {
    Malformed::ReservedId { record, position: ErrorPosition::Profile(field.at) }.into()
}

fn duplicate(record: RecordKind, id: u64, field: &Field<'_>) -> FormatError {
    Malformed::DuplicateId { record, id, second: ErrorPosition::Profile(field.at) }.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message as _;

    use super::*;

    proptest! {
        #[test]
        fn functions_read_as_prost_writes_them(id: u64, name: i64, system_name: i64, filename: i64, start_line: i64) {
            let function = message::Function { id, name, system_name, filename, start_line };
            let read = FunctionFields::parse(&function.encode_to_vec());
            prop_assert_eq!(read.unwrap(), FunctionFields { id, name, system_name, file: filename, start_line });
        }

        #[test]
        fn locations_read_as_prost_writes_them(
            id: u64,
            mapping_id: u64,
            address: u64,
            is_folded in any::<bool>(),
            lines in prop::collection::vec(any::<(u64, i64, i64)>(), 0..4),
        ) {
            let line = |(function_id, line, column): &(u64, i64, i64)| message::Line { function_id: *function_id, line: *line, column: *column };
            let location = message::Location { id, mapping_id, address, is_folded, line: lines.iter().map(line).collect() };
            let mut found = Vec::new();
            let read = LocationFields::parse(&location.encode_to_vec(), |line| {
                found.push((line.function, line.line, line.column));
                Ok::<(), WireError>(())
            });
            prop_assert_eq!(read.unwrap(), LocationFields { id, mapping: mapping_id, address, is_folded });
            prop_assert_eq!(found, lines);
        }

        #[test]
        fn what_prost_reads_is_read_alike(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
            if let Ok(function) = message::Function::decode(&*bytes) && let Ok(read) = FunctionFields::parse(&bytes) {
                prop_assert_eq!((read.id, read.name, read.start_line), (function.id, function.name, function.start_line));
            }
        }
    }
}
