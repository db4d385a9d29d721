//! Lookup in debug information: functions and lines at an address, including inlined functions.

use addr2line::Context;
use addr2line::gimli::{self, Dwarf, EndianSlice, RunTimeEndian, UnitRef};

use crate::symbolize::Image;

type Slice<'a> = EndianSlice<'a, RunTimeEndian>;

/// Maximum nesting of inlined calls. Compilers stop well before; the DWARF reader recurses into them and would overflow
/// the stack.
const MAX_DEPTH: isize = 500;

/// Function at an address. Unknown fields are empty or 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ResolvedFunction {
    /// Linker name.
    pub(super) name: Vec<u8>,
    pub(super) file: String,
    pub(super) line: i64,
    pub(super) column: i64,
}

/// Debug information of a program or library.
pub(super) struct DebugInfo<'a>(Context<Slice<'a>>);

impl<'a> DebugInfo<'a> {
    /// Parses the debug information; `None` if there is none.
    ///
    /// # Errors
    /// A description of the damage, or of entries nested too deeply.
    pub(super) fn new(image: &'a Image, endian: RunTimeEndian) -> Result<Option<Self>, String> {
        let section = |id: gimli::SectionId| Ok::<_, gimli::Error>(EndianSlice::new(image.section(id.name()), endian));
        let dwarf = Dwarf::load(section).map_err(|error| error.to_string())?;
        if image.section(".debug_info").is_empty() {
            return Ok(None);
        }
        check_depth(&dwarf)?;
        Context::from_dwarf(dwarf).map(|context| Some(Self(context))).map_err(|error| error.to_string())
    }

    /// Functions at an address, innermost first; empty if unknown.
    pub(super) fn functions_at(&self, address: u64) -> Vec<ResolvedFunction> {
        let mut found = Vec::new();
        let Ok(mut frames) = self.0.find_frames(address).skip_all_loads() else { return found };
        while let Ok(Some(frame)) = frames.next() {
            let name = frame.function.as_ref().and_then(|function| function.raw_name().ok());
            let location = frame.location.as_ref();
            found.push(ResolvedFunction {
                name: name.map(|name| name.as_bytes().to_vec()).unwrap_or_default(),
                file: location.and_then(|location| location.file).unwrap_or_default().to_owned(),
                line: location.and_then(|location| location.line).map_or(0, i64::from),
                column: location.and_then(|location| location.column).map_or(0, i64::from),
            });
        }
        found
    }
}

/// Checks the nesting of all entries.
fn check_depth(dwarf: &Dwarf<Slice<'_>>) -> Result<(), String> {
    let mut headers = dwarf.units();
    while let Some(header) = headers.next().map_err(|error| error.to_string())? {
        // A broken unit is skipped by lookups, too.
        let Ok(unit) = dwarf.unit(header) else { continue };
        let unit = UnitRef::new(dwarf, &unit);
        let Ok(mut entries) = unit.entries_raw(None) else { continue };
        while !entries.is_empty() {
            if entries.next_depth() > MAX_DEPTH {
                return Err(format!("its entries are nested deeper than {MAX_DEPTH}"));
            }
            match entries.read_abbreviation() {
                Ok(Some(entry)) if entries.skip_attributes(entry.attributes()).is_ok() => {}
                Ok(None) => {}
                Ok(Some(_)) | Err(_) => break,
            }
        }
    }
    Ok(())
}
