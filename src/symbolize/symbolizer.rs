//! Symbolizer: looks up the addresses of a profile in the files of its mappings.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::base::ids::{FunctionId, LocationId};
use crate::base::limits::{Budget, LimitError};
use crate::base::strings::Interner;
use crate::profile::{Function, Line, Location, Mapping, Profile, Symbols, Warning, WarningKind};
use crate::symbolize::Image;
use crate::symbolize::dwarf::ResolvedFunction;
use crate::symbolize::matching::{Evidence, MappedFile, MappingFiles};
use crate::symbolize::names::BinaryNames;

/// Symbolizer of one profile after another.
pub struct Symbolizer<'a> {
    images: &'a [Image],
    /// State of each image.
    binaries: Vec<Binary<'a>>,
    /// Warnings about files of another build that are used.
    other_builds: BTreeSet<String>,
}

/// Maximum number of warnings about files of another build: a profile may have any number of mappings.
const MAX_OTHER_BUILDS: usize = 16;

#[derive(Default)]
struct Binary<'a> {
    /// Symbols of the file; `None` until the first lookup.
    names: Option<BinaryNames<'a>>,
    /// True if it is a file of a mapping.
    is_matched: bool,
    /// True if an address without a name was looked up in it.
    is_asked: bool,
    /// True if it gave a name, or the place of an address in another file that did.
    is_used: bool,
    /// Reason why another file was preferred for a mapping.
    rejection: Option<String>,
}

impl<'a> Symbolizer<'a> {
    /// Creates a symbolizer with these files, of which there may be none.
    pub fn new(images: &'a [Image]) -> Self {
        Self { images, binaries: images.iter().map(|_| Binary::default()).collect(), other_builds: BTreeSet::new() }
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
        let matches: Vec<MappingFiles> =
            symbols.mappings.iter().map(|mapping| self.match_files(symbols, mapping)).collect();
        // Without a memory map, the only file is taken to be at its link address.
        let only = MappingFiles { program: Some(0).filter(|_| self.images.len() == 1), debug: None };
        let mut filler = NameFiller::new(symbols, budget)?;
        for id in nameless {
            let location = filler.symbols.location(id);
            let mapping = location.mapping.map(|mapping| &filler.symbols.mappings[mapping.index()]);
            let files = location.mapping.map_or(only, |mapping| matches[mapping.index()]);
            let found = self.look_up(files, location.address, mapping, budget)?;
            if !found.is_empty() {
                filler.fill(id, &location, &found, budget)?;
            }
        }
        budget.release(filler.charged());
        profile.header.functions = profile.tables.symbols.functions.len();
        Ok(())
    }

    /// Returns the warnings about files of another build, files without use, and debug information that is not used.
    pub fn into_warnings(mut self) -> Vec<Warning> {
        self.mark_supplements();
        let mut texts: Vec<String> = self.other_builds.into_iter().collect();
        for (Binary { names, is_matched, is_asked, is_used, rejection }, image) in
            self.binaries.into_iter().zip(self.images)
        {
            let name = &image.name;
            let unused_parts = names.map(|names| names.unused_parts()).unwrap_or_default();
            texts.extend(unused_parts.iter().map(|part| format!("{name}: {part}")));
            if is_used || (is_matched && !is_asked) {
                continue;
            }
            let reason = match (rejection, image.debug_link()) {
                (_, Some(link)) if is_matched => {
                    format!("no function was found in it; it names the file that has them: `{link}`")
                }
                (_, None) if is_matched => "no function was found in it at the addresses of its mapping".to_owned(),
                (Some(rejection), _) => rejection,
                (None, _) => {
                    "no mapping of the profiles has its build id or its file name, so no name was taken from it"
                        .to_owned()
                }
            };
            texts.push(format!("{name}: {reason}"));
        }
        texts.into_iter().map(|text| Warning::new(WarningKind::Symbols, text)).collect()
    }

    /// Marks the files as used to which the debug information of used files refers.
    fn mark_supplements(&mut self) {
        let used = self.images.iter().zip(&self.binaries).filter(|(_, binary)| binary.is_used);
        let wanted: Vec<&str> = used.filter_map(|(image, _)| Some(&*image.supplement()?.build_id)).collect();
        for (binary, image) in self.binaries.iter_mut().zip(self.images) {
            binary.is_used |= image.build_id().is_some_and(|build_id| wanted.contains(&build_id));
        }
    }

    /// Chooses the files of a mapping, and keeps what is to be said about them.
    fn match_files(&mut self, symbols: &Symbols, mapping: &Mapping) -> MappingFiles {
        let mut mapped = MappedFile::new(symbols, mapping);
        let files = MappingFiles::new(self.images, &mut mapped);
        for (at, (binary, image)) in self.binaries.iter_mut().zip(self.images).enumerate() {
            let is_chosen = files.iter().any(|file| file == at);
            binary.is_matched |= is_chosen;
            let evidence = mapped.evidence(image);
            let builds = || {
                let ours = image.build_id().unwrap_or_default();
                format!("its build id is {ours}, and {} is of build {}", mapped.shown_path(), mapped.shown_build_id())
            };
            match evidence {
                Some(Evidence::OtherBuild) if is_chosen && self.other_builds.len() < MAX_OTHER_BUILDS => {
                    let consequence = "its names are used for want of another, and may be wrong";
                    self.other_builds.insert(format!("{}: {}; {consequence}", image.name, builds()));
                }
                Some(Evidence::OtherBuild) if !is_chosen && binary.rejection.is_none() => {
                    binary.rejection = Some(format!("{}; it is not used", builds()));
                }
                Some(_) if !is_chosen && binary.rejection.is_none() => {
                    let other = files.layout().map_or("another file", |other| &self.images[other].name);
                    let path = mapped.shown_path();
                    binary.rejection = Some(format!("{other} is used for {path}, so no name was taken from this file"));
                }
                _ => {}
            }
        }
        files
    }

    /// Functions at an address, innermost first; empty if unknown.
    fn look_up(
        &mut self,
        files: MappingFiles,
        address: u64,
        mapping: Option<&Mapping>,
        budget: &mut Budget,
    ) -> Result<Vec<ResolvedFunction<'a>>, LimitError> {
        let Some(layout) = files.layout() else { return Ok(Vec::new()) };
        for at in files.iter() {
            self.binaries[at].is_asked = true;
        }
        let Some(address) = self.images[layout].address(address, mapping) else { return Ok(Vec::new()) };
        for at in files.iter() {
            let names = match &mut self.binaries[at].names {
                Some(names) => names,
                empty @ None => empty.insert(BinaryNames::new(&self.images[at], self.images, budget)?),
            };
            let found = names.functions_at(address, budget)?;
            if !found.is_empty() {
                self.binaries[at].is_used = true;
                self.binaries[layout].is_used = true;
                return Ok(found);
            }
        }
        Ok(Vec::new())
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
