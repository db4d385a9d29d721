//! Index that finds equal symbols, by pprof's definition of equality.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use crate::base::ids::{FunctionId, LocationId, MappingId, StringId};
use crate::base::limits::{Budget, LimitError};
use crate::base::strings::{Interner, Strings};
use crate::profile::{Function, Line, Location, Mapping, Symbols};

/// Index that finds equal symbols of a series. The index stores hashes and ids, and compares symbols in the tables.
#[derive(Clone, Debug)]
pub(super) struct SymbolIndex {
    pub(super) strings: Interner,
    pub(super) functions: FxHashMap<Function, FunctionId>,
    pub(super) mappings: FxHashMap<MappingKey, MappingId>,
    pub(super) locations: FxHashMap<u64, Vec<LocationId>>,
}

/// Bytes of the index for each location: an entry of the map and a list of one id.
pub(super) const INDEXED_LOCATION: u64 = 64;

/// Key of equal mappings: size in pages, offset, and build id, else file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MappingKey {
    pages: u64,
    offset: u64,
    build_or_file: StringId,
}

impl MappingKey {
    pub(super) fn new(mapping: &Mapping, strings: &Strings) -> Self {
        let has_build = !strings.bytes(mapping.build_id).is_empty();
        Self {
            pages: mapping.limit.wrapping_sub(mapping.start).div_ceil(4096),
            offset: mapping.offset,
            build_or_file: if has_build { mapping.build_id } else { mapping.file },
        }
    }
}

impl SymbolIndex {
    /// Indexes all symbols of a table.
    ///
    /// # Errors
    /// [`LimitError`] when the index exceeds the budget.
    pub(super) fn new(symbols: &Symbols, budget: &mut Budget) -> Result<Self, LimitError> {
        let mut index = Self {
            strings: Interner::new(&symbols.strings, budget)?,
            functions: FxHashMap::default(),
            mappings: FxHashMap::default(),
            locations: FxHashMap::default(),
        };
        for (id, function) in symbols.functions.iter().enumerate() {
            if !index.functions.contains_key(function) {
                budget.charge_map_entry(&index.functions)?;
                index.functions.insert(*function, FunctionId::new(id));
            }
        }
        for (id, mapping) in symbols.mappings.iter().enumerate() {
            let key = MappingKey::new(mapping, &symbols.strings);
            if !index.mappings.contains_key(&key) {
                budget.charge_map_entry(&index.mappings)?;
                index.mappings.insert(key, MappingId::new(id));
            }
        }
        budget.charge(symbols.locations() as u64 * INDEXED_LOCATION)?;
        for id in (0..symbols.locations()).map(LocationId::new) {
            let hash = location_hash(symbols, &symbols.location(id), symbols.lines(id));
            index.locations.entry(hash).or_default().push(id);
        }
        Ok(index)
    }
}

/// Offset of a location in its mapping, so that the same code at another address is equal.
pub(super) fn relative_address(symbols: &Symbols, location: &Location) -> u64 {
    let start = location.mapping.map_or(0, |mapping| symbols.mappings[mapping.index()].start);
    location.address.wrapping_sub(start)
}

pub(super) fn location_hash(symbols: &Symbols, location: &Location, lines: &[Line]) -> u64 {
    let mut hasher = FxHasher::default();
    (location.mapping, relative_address(symbols, location), location.folded, lines).hash(&mut hasher);
    hasher.finish()
}
