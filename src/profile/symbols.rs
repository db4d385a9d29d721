//! The symbol tables: strings, functions, mappings, and locations with the lines that are inlined there.

use crate::base::ids::{FunctionId, LocationId, MappingId, StringId};
use crate::base::limits::{Budget, LimitError};
use crate::base::strings::Strings;

/// A function as the file names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Function {
    /// The name, demangled where the writer did that.
    pub name: StringId,
    /// The name as the linker knows it.
    pub system_name: StringId,
    /// The source file.
    pub file: StringId,
    /// The line where the function begins, 0 when not known.
    pub start_line: i64,
}

/// One binary or library in the address space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mapping {
    /// First address.
    pub start: u64,
    /// First address past the mapping.
    pub limit: u64,
    /// Offset in the file of the first address.
    pub offset: u64,
    /// Path of the binary.
    pub file: StringId,
    /// Its build id.
    pub build_id: StringId,
}

/// One function at a location. Several stand in one location where calls were inlined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// The function.
    pub function: FunctionId,
    /// The line in its file, 0 when not known.
    pub line: i64,
    /// The column in that line, 0 when not known.
    pub column: i64,
}

/// An instruction address and what is known of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Location {
    /// The address, 0 when not known.
    pub address: u64,
    /// The mapping that holds it.
    pub mapping: Option<MappingId>,
    /// Whether several addresses may have been folded into this location.
    pub folded: bool,
    first_line: u32,
    lines: u32,
}

impl Location {
    /// A location of one address, whose lines are given when it is put into a table.
    pub fn new(address: u64, mapping: Option<MappingId>) -> Self {
        Self { address, mapping, folded: false, first_line: 0, lines: 0 }
    }
}

/// All symbol tables of a profile or a series.
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

impl Symbols {
    /// The number of locations.
    pub fn locations(&self) -> usize {
        self.locations.len()
    }

    /// A location.
    pub fn location(&self, id: LocationId) -> Location {
        self.locations[id.index()]
    }

    /// The lines of a location, innermost inlined function first, as in `Location.line` of profile.proto.
    pub fn lines(&self, id: LocationId) -> &[Line] {
        let location = &self.locations[id.index()];
        &self.lines[location.first_line as usize..][..location.lines as usize]
    }

    /// The function of an id that came from this table.
    pub fn function(&self, id: FunctionId) -> Function {
        self.functions[id.index()]
    }

    /// Adds a location with its lines, innermost first.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
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

    /// Fills in a location whose place was made by an earlier reference to it.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
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

    /// Takes the mapping from every location whose mapping is `gone`.
    pub fn drop_mappings(&mut self, gone: impl Fn(MappingId) -> bool) {
        for location in &mut self.locations {
            location.mapping = location.mapping.filter(|mapping| !gone(*mapping));
        }
    }

    /// Puts every location that has an address and no mapping into the one that `holds` its address.
    pub fn place(&mut self, holds: impl Fn(u64) -> Option<MappingId>) {
        for location in self.locations.iter_mut().filter(|location| location.address != 0) {
            location.mapping = location.mapping.or_else(|| holds(location.address));
        }
    }
}
