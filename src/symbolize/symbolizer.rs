//! Symbolizer: matches mappings with files, and looks up the addresses of a profile in them.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::base::ids::{FunctionId, LocationId, MappingId, StringId};
use crate::base::limits::{Budget, LimitError};
use crate::base::safe_text::safe;
use crate::base::strings::Interner;
use crate::profile::{Function, Line, Location, Mapping, Profile, Symbols, Warning, WarningKind};
use crate::symbolize::Image;
use crate::symbolize::dwarf::ResolvedFunction;
use crate::symbolize::image::last_part;
use crate::symbolize::names::BinaryNames;

/// Symbolizer of one profile after another.
pub struct Symbolizer<'a> {
    binaries: Vec<Binary<'a>>,
    /// Warnings about files of another build.
    other_builds: BTreeSet<String>,
}

/// Maximum number of warnings about files of another build: a profile may have any number of mappings.
const MAX_OTHER_BUILDS: usize = 16;

struct Binary<'a> {
    image: &'a Image,
    /// Symbols of the file; `None` until the first lookup.
    names: Option<BinaryNames<'a>>,
    is_used: bool,
}

/// Evidence that a file belongs to a mapping, the strongest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum BinaryMatch {
    /// Same file name, other build id.
    OtherBuild,
    /// Same file name, and no build id on one of the two sides.
    FileName,
    BuildId,
}

impl<'a> Symbolizer<'a> {
    /// Creates a symbolizer with these files, of which there may be none.
    pub fn new(images: &'a [Image]) -> Self {
        let binary = |image| Binary { image, names: None, is_used: false };
        Self { binaries: images.iter().map(binary).collect(), other_builds: BTreeSet::new() }
    }

    /// Names the locations of a profile that have no name.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    pub fn symbolize(&mut self, profile: &mut Profile, budget: &mut Budget) -> Result<(), LimitError> {
        if self.binaries.is_empty() {
            return Ok(());
        }
        let symbols = &mut profile.tables_mut().symbols;
        let nameless: Vec<LocationId> =
            (0..symbols.locations()).map(LocationId::new).filter(|id| is_nameless(symbols, *id)).collect();
        let matches: Vec<Option<usize>> =
            symbols.mappings.iter().map(|mapping| self.find_binary(symbols, mapping)).collect();
        for (mapping, binary) in symbols.mappings.iter().zip(&matches) {
            if let Some(binary) = *binary {
                self.mark_used(symbols, mapping, binary);
            }
        }
        let mut filler = NameFiller::new(symbols, budget)?;
        for id in nameless {
            let location = filler.symbols.location(id);
            let found = self.look_up(filler.symbols, &matches, &location, budget)?;
            if !found.is_empty() {
                filler.fill(id, &location, &found, budget)?;
            }
        }
        budget.release(filler.charged());
        profile.header.functions = profile.tables.symbols.functions.len();
        Ok(())
    }

    /// Returns the warnings about files of another build, unused files and damaged debug information.
    pub fn into_warnings(self) -> Vec<Warning> {
        let other_builds = self.other_builds.iter();
        let mut warnings: Vec<Warning> =
            other_builds.map(|text| Warning::new(WarningKind::Symbols, text.clone())).collect();
        for binary in &self.binaries {
            let name = &binary.image.name;
            if let Some(broken) = binary.names.as_ref().and_then(|names| names.broken.as_ref()) {
                let text = format!("{name}: its debug information is not used: {broken}");
                warnings.push(Warning::new(WarningKind::Symbols, text));
            }
            if !binary.is_used {
                let text = format!(
                    "{name}: no mapping of the profiles has its build id or its file name, so no name was taken from it"
                );
                warnings.push(Warning::new(WarningKind::Symbols, text));
            }
        }
        warnings
    }

    /// Finds the file of a mapping by the strongest evidence; of equal evidence, the first file.
    fn find_binary(&self, symbols: &Symbols, mapping: &Mapping) -> Option<usize> {
        let candidates = self.binaries.iter().enumerate();
        let candidates = candidates.filter_map(|(at, binary)| Some((evidence(symbols, mapping, binary.image)?, at)));
        candidates.rev().max_by_key(|(evidence, _)| *evidence).map(|(_, at)| at)
    }

    /// Marks the file of a mapping as used, and warns about files of another build.
    fn mark_used(&mut self, symbols: &Symbols, mapping: &Mapping, used: usize) {
        self.binaries[used].is_used = true;
        for at in 0..self.binaries.len() {
            let image = self.binaries[at].image;
            if evidence(symbols, mapping, image) != Some(BinaryMatch::OtherBuild) {
                continue;
            }
            if self.other_builds.len() >= MAX_OTHER_BUILDS {
                self.binaries[at].is_used |= at != used;
                continue;
            }
            // Safe text has a bounded length.
            let text = |string: StringId| safe(symbols.strings.bytes(string)).into_owned();
            let (file, theirs) = (text(mapping.file), text(mapping.build_id));
            let consequence = if at == used {
                "its names are used for want of another, and may be wrong"
            } else {
                self.binaries[at].is_used = true;
                "it is not used"
            };
            let ours = image.build_id().unwrap_or_default();
            let text =
                format!("{}: its build id is {ours}, and {file} is of build {theirs}; {consequence}", image.name);
            self.other_builds.insert(text);
        }
    }

    fn look_up(
        &mut self,
        symbols: &Symbols,
        matches: &[Option<usize>],
        location: &Location,
        budget: &mut Budget,
    ) -> Result<Vec<ResolvedFunction<'_>>, LimitError> {
        let at = match location.mapping {
            Some(mapping) => matches[mapping.index()],
            // Without a memory map, the only file is taken to be at its link address.
            None => Some(0).filter(|_| self.binaries.len() == 1),
        };
        let Some(binary) = at.map(|at| &mut self.binaries[at]) else { return Ok(Vec::new()) };
        let mapping = location.mapping.map(|mapping: MappingId| &symbols.mappings[mapping.index()]);
        let Some(address) = binary.image.address(location.address, mapping) else { return Ok(Vec::new()) };
        let names = match &mut binary.names {
            Some(names) => names,
            empty @ None => empty.insert(BinaryNames::new(binary.image, budget)?),
        };
        let found = names.functions_at(address, budget)?;
        binary.is_used |= !found.is_empty();
        Ok(found)
    }
}

/// Evidence that a file belongs to a mapping; `None` if it does not.
fn evidence(symbols: &Symbols, mapping: &Mapping, image: &Image) -> Option<BinaryMatch> {
    let (file, theirs) = (symbols.strings.text(mapping.file), symbols.strings.text(mapping.build_id));
    let is_build = image.build_id().filter(|_| !theirs.is_empty()).map(|ours| theirs.eq_ignore_ascii_case(ours));
    // Files of separate debug information are named after their program.
    let is_same_name = !file.is_empty()
        && [image.file_name(), image.file_name().trim_end_matches(".debug")].contains(&last_part(&file));
    match is_build {
        Some(true) => Some(BinaryMatch::BuildId),
        Some(false) if is_same_name => Some(BinaryMatch::OtherBuild),
        None if is_same_name => Some(BinaryMatch::FileName),
        _ => None,
    }
}

/// True if a location has an address and no name.
fn is_nameless(symbols: &Symbols, id: LocationId) -> bool {
    let has_name = |line: &Line| !symbols.strings.bytes(symbols.function(line.function).name).is_empty();
    symbols.location(id).address != 0 && !symbols.lines(id).iter().any(has_name)
}

/// Addresses of the locations without a name, in ascending order, each once.
pub fn nameless_addresses(symbols: &Symbols) -> Vec<u64> {
    let nameless = (0..symbols.locations()).map(LocationId::new).filter(|id| is_nameless(symbols, *id));
    let mut addresses: Vec<u64> = nameless.map(|id| symbols.location(id).address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// Names the locations of a profile that have no name, by their addresses; `name_of` returns `None` for unknown
/// addresses.
///
/// # Errors
/// [`LimitError`] when the budget is exhausted.
pub fn name_functions<'n>(
    profile: &mut Profile,
    name_of: impl Fn(u64) -> Option<&'n [u8]>,
    budget: &mut Budget,
) -> Result<(), LimitError> {
    let symbols = &mut profile.tables_mut().symbols;
    let nameless: Vec<LocationId> =
        (0..symbols.locations()).map(LocationId::new).filter(|id| is_nameless(symbols, *id)).collect();
    let mut filler = NameFiller::new(symbols, budget)?;
    for id in nameless {
        let location = filler.symbols.location(id);
        if let Some(name) = name_of(location.address) {
            filler.fill(id, &location, &[ResolvedFunction { name, ..ResolvedFunction::default() }], budget)?;
        }
    }
    budget.release(filler.charged());
    profile.header.functions = profile.tables.symbols.functions.len();
    Ok(())
}

/// Bytes of the index for each function: key, id and slack of the map.
const INDEXED_FUNCTION: u64 = 72;

/// Symbol tables of a profile, with indices for adding names.
struct NameFiller<'a> {
    symbols: &'a mut Symbols,
    strings: Interner,
    functions: FxHashMap<Function, FunctionId>,
    /// Bytes charged for `functions`.
    charged: u64,
}

impl<'a> NameFiller<'a> {
    fn new(symbols: &'a mut Symbols, budget: &mut Budget) -> Result<Self, LimitError> {
        let strings = Interner::new(&symbols.strings, budget)?;
        let charged = symbols.functions.len() as u64 * INDEXED_FUNCTION;
        budget.charge(charged)?;
        let functions = symbols.functions.iter().enumerate();
        let functions = functions.map(|(at, function)| (*function, FunctionId::new(at))).collect();
        Ok(Self { symbols, strings, functions, charged })
    }

    /// Bytes charged for the indices, to be released when they are dropped.
    fn charged(&self) -> u64 {
        self.charged + self.strings.charged()
    }

    fn fill(
        &mut self,
        id: LocationId,
        location: &Location,
        found: &[ResolvedFunction<'_>],
        budget: &mut Budget,
    ) -> Result<(), LimitError> {
        let mut lines = Vec::with_capacity(found.len());
        for ResolvedFunction { name, file, line, column } in found {
            let name = self.strings.intern(&mut self.symbols.strings, name, budget)?;
            let file = self.strings.intern(&mut self.symbols.strings, file.as_bytes(), budget)?;
            let function = Function { name, system_name: name, file, start_line: 0 };
            let function = if let Some(known) = self.functions.get(&function) {
                *known
            } else {
                let id = FunctionId::new(self.symbols.functions.len());
                self.charged += budget.charge_map_entry(&self.functions)?;
                budget.push(&mut self.symbols.functions, function)?;
                self.functions.insert(function, id);
                id
            };
            lines.push(Line { function, line: *line, column: *column });
        }
        let mut place = Location::new(location.address, location.mapping);
        place.folded = location.folded;
        self.symbols.set_location(id, place, lines, budget)
    }
}
