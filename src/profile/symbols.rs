//! Symbol tables: strings, functions, mappings, and locations with their lines.

use crate::base::ids::{FunctionId, LocationId, MappingId, StringId};
use crate::base::limits::{Budget, LimitError};
use crate::base::strings::Strings;

/// Function as named in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Function {
    /// Name, demangled by some writers.
    pub name: StringId,
    /// Linker name.
    pub system_name: StringId,
    /// Source file.
    pub file: StringId,
    /// First line of the function; 0 if unknown.
    pub start_line: i64,
}

/// Program or library in the address space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mapping {
    /// First address.
    pub start: u64,
    /// First address past the mapping.
    pub limit: u64,
    /// File offset of the first address.
    pub offset: u64,
    /// Path of the file.
    pub file: StringId,
    /// Build id.
    pub build_id: StringId,
}

/// End of the path of a mapping whose file was removed or replaced at run time.
pub const DELETED: &str = " (deleted)";

impl Mapping {
    /// True if the mapping does not say where it is. Some writers have no mappings, and give one without a position, or
    /// one of the whole address space.
    pub fn has_no_position(&self) -> bool {
        self.start == 0 && self.offset == 0 && matches!(self.limit, 0 | u64::MAX)
    }
}

/// Function at a location. A location has several lines if calls were inlined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// Function.
    pub function: FunctionId,
    /// Line in the function's file; 0 if unknown.
    pub line: i64,
    /// Column in the line; 0 if unknown.
    pub column: i64,
}

/// Instruction address.
#[derive(Clone, Copy, Debug, Default)]
pub struct Location {
    /// Address; 0 if unknown.
    pub address: u64,
    /// Mapping that contains the address.
    pub mapping: Option<MappingId>,
    /// True if the linker may have folded several functions into the address.
    pub folded: bool,
    first_line: u32,
    lines: u32,
}

impl Location {
    /// Location without lines; [`Symbols::push_location`] adds them.
    pub fn new(address: u64, mapping: Option<MappingId>) -> Self {
        Self { address, mapping, folded: false, first_line: 0, lines: 0 }
    }
}

/// Symbol tables of a profile or a series.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    /// Strings, by [`StringId`].
    pub strings: Strings,
    /// Functions, by [`FunctionId`].
    pub functions: Vec<Function>,
    /// Mappings, by [`MappingId`].
    pub mappings: Vec<Mapping>,
    locations: Vec<Location>,
    lines: Vec<Line>,
}

/// Maximum bytes of a name or path that [`Symbols::names_and_files`] returns.
const MAX_TEXT: usize = 4096;

impl Symbols {
    /// Name and source file of each function, for detecting the language. Text that is not UTF-8 or very long is empty:
    /// many functions may share one long string, which is not read for each of them.
    pub fn names_and_files(&self) -> impl Iterator<Item = (&str, &str)> {
        let text = |string| match self.strings.bytes(string) {
            bytes if bytes.len() > MAX_TEXT => "",
            bytes => std::str::from_utf8(bytes).unwrap_or_default(),
        };
        self.functions.iter().map(move |function| (text(function.name), text(function.file)))
    }

    /// Number of locations.
    pub fn locations(&self) -> usize {
        self.locations.len()
    }

    /// Location with an id.
    pub fn location(&self, id: LocationId) -> Location {
        self.locations[id.index()]
    }

    /// Lines of a location, innermost inlined function first, as `Location.line` in profile.proto.
    pub fn lines(&self, id: LocationId) -> &[Line] {
        let location = &self.locations[id.index()];
        &self.lines[location.first_line as usize..][..location.lines as usize]
    }

    /// Function with an id.
    pub fn function(&self, id: FunctionId) -> Function {
        self.functions[id.index()]
    }

    /// Adds a location with its lines, innermost first.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    pub fn push_location(
        &mut self,
        location: Location,
        lines: impl IntoIterator<Item = Line>,
        budget: &mut Budget,
    ) -> Result<LocationId, LimitError> {
        let id = LocationId::new(self.locations.len());
        budget.push(&mut self.locations, location)?;
        self.set_location(id, location, lines, budget)?;
        Ok(id)
    }

    /// Sets a location that was added as a placeholder.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    pub fn set_location(
        &mut self,
        id: LocationId,
        location: Location,
        lines: impl IntoIterator<Item = Line>,
        budget: &mut Budget,
    ) -> Result<(), LimitError> {
        let first = self.lines.len();
        for line in lines {
            budget.push(&mut self.lines, line)?;
        }
        self.locations[id.index()] =
            Location { first_line: first as u32, lines: (self.lines.len() - first) as u32, ..location };
        Ok(())
    }

    /// Clears the mapping of every location whose mapping satisfies `is_missing`.
    pub fn drop_mappings(&mut self, is_missing: impl Fn(MappingId) -> bool) {
        for location in &mut self.locations {
            location.mapping = location.mapping.filter(|mapping| !is_missing(*mapping));
        }
    }

    /// Sets the mapping of every location with an address and no mapping to the result of `find`.
    pub fn assign_mappings(&mut self, find: impl Fn(u64) -> Option<MappingId>) {
        for location in self.locations.iter_mut().filter(|location| location.address != 0) {
            location.mapping = location.mapping.or_else(|| find(location.address));
        }
    }
}
