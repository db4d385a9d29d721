//! Lookup of an address in a program or library: in its debug information, else in its symbol table.

use addr2line::gimli::RunTimeEndian;
use object::{Object, ObjectSymbol, SymbolKind};

use crate::base::limits::{Budget, LimitError};
use crate::symbolize::Image;
use crate::symbolize::dwarf::{DebugInfo, ResolvedFunction};
use crate::symbolize::measure::MeasureError;

/// Symbols of a file, parsed at the first lookup.
pub(super) struct BinaryNames<'a> {
    lines: Option<DebugInfo<'a>>,
    /// Functions sorted by address.
    symbols: Vec<Symbol<'a>>,
    /// Reason why the debug information is not used; `None` if it is used or missing.
    broken: Option<MeasureError>,
    /// Name of a file that has a part of the debug information and was not given.
    missing_supplement: Option<&'a str>,
}

#[derive(Clone, Copy)]
struct Symbol<'a> {
    address: u64,
    size: u64,
    name: &'a [u8],
}

impl<'a> BinaryNames<'a> {
    /// Parses the symbols of a file. Its debug information may refer to another one of `images`.
    pub(super) fn new(image: &'a Image, images: &'a [Image], budget: &mut Budget) -> Result<Self, LimitError> {
        let Ok(file) = object::File::parse(&*image.bytes) else {
            return Ok(Self { lines: None, symbols: Vec::new(), broken: None, missing_supplement: None });
        };
        let supplement = image.supplement();
        let given = supplement.and_then(|wanted| images.iter().find(|one| one.build_id() == Some(&wanted.build_id)));
        let missing_supplement = supplement.filter(|_| given.is_none()).map(|wanted| wanted.name.as_str());
        let endian = if file.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let (lines, broken) = match DebugInfo::new(image, given, endian, budget) {
            Ok(lines) => (lines, None),
            Err(MeasureError::Limit(limit)) => return Err(limit),
            Err(broken) => (None, Some(broken)),
        };
        let mut symbols = Vec::new();
        for symbol in file.symbols().chain(file.dynamic_symbols()) {
            let is_function = symbol.kind() == SymbolKind::Text && symbol.is_definition();
            let Ok(name) = symbol.name_bytes() else { continue };
            if is_function && !name.is_empty() {
                budget.push(&mut symbols, Symbol { address: symbol.address(), size: symbol.size(), name })?;
            }
        }
        // Lookups use the largest of the functions at one address; of equally large ones, the last in the tables.
        symbols.sort_by_key(|symbol| (symbol.address, symbol.size));
        Ok(Self { lines, symbols, broken, missing_supplement })
    }

    /// Parts of the debug information that are not used, a sentence for each.
    pub(super) fn unused_parts(&self) -> Vec<String> {
        let broken = self.broken.as_ref().map(|broken| format!("its debug information is not used: {broken}"));
        let has_split = self.lines.as_ref().is_some_and(DebugInfo::lacks_split_units);
        let split = has_split.then(|| {
            "some of its functions have no lines and no inlined calls: these are in .dwo files, which are not read"
                .to_owned()
        });
        let missing = self.missing_supplement.map(|file| {
            format!(
                "some of its inlined calls have no name and are left out: the names are in {file}; give that file too"
            )
        });
        broken.into_iter().chain(split).chain(missing.filter(|_| self.lines.is_some())).collect()
    }

    /// Functions at an address of the file, innermost first; empty if none has a name.
    ///
    /// # Errors
    /// [`LimitError`] when the debug information exceeds the budget.
    pub(super) fn functions_at(
        &mut self,
        address: u64,
        budget: &mut Budget,
    ) -> Result<Vec<ResolvedFunction<'a>>, LimitError> {
        let mut found = match self.lines.as_mut().map(|lines| lines.functions_at(address, budget)) {
            None => Vec::new(),
            Some(Ok(found)) => found,
            Some(Err(MeasureError::Limit(limit))) => return Err(limit),
            Some(Err(broken)) => {
                // The symbol table still has a name.
                self.broken.get_or_insert(broken);
                Vec::new()
            }
        };
        let is_nameless = found.last().is_none_or(|outermost| outermost.name.is_empty());
        if is_nameless && let Some(name) = symbol_at(&self.symbols, address) {
            match found.last_mut() {
                Some(outermost) => outermost.name = name,
                None => found.push(ResolvedFunction { name, ..ResolvedFunction::default() }),
            }
        }
        found.retain(|one| !one.name.is_empty());
        Ok(found)
    }
}

fn symbol_at<'a>(symbols: &[Symbol<'a>], address: u64) -> Option<&'a [u8]> {
    let after = symbols.partition_point(|symbol| symbol.address <= address);
    let symbol = symbols[..after].last()?;
    // Functions in assembly may have no size; the next function ends them.
    let is_inside = symbol.size == 0 || address - symbol.address < symbol.size;
    is_inside.then_some(symbol.name)
}
