//! Lookup in debug information: functions and lines at an address, including inlined functions.
//!
//! The DWARF reader allocates as much as a file asks for, and tables may be shared: thousands of units can refer to one
//! line table, thousands of files to one long directory name. Every unit is therefore measured before it is read, see
//! [`measure`](super::measure).

use std::sync::Arc;

use addr2line::Context;
use addr2line::gimli::{
    self, AbbreviationsCacheStrategy, DebugInfoOffset, Dwarf, EndianSlice, Range, RunTimeEndian, Unit, UnitHeader,
    UnitType,
};

use crate::base::limits::{Budget, LimitError};
use crate::symbolize::Image;
use crate::symbolize::measure::{
    MeasureError, Slice, StepLimit, abbreviation_tables, entries, line_header, line_table, unit_ranges,
};

/// Function at an address. Unknown fields are empty or 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ResolvedFunction<'a> {
    /// Linker name.
    pub(super) name: &'a [u8],
    pub(super) file: String,
    pub(super) line: i64,
    pub(super) column: i64,
}

/// Debug information of a program or library.
pub(super) struct DebugInfo<'a> {
    dwarf: Arc<Dwarf<Slice<'a>>>,
    context: Context<Slice<'a>>,
    step_limit: StepLimit,
    units: Vec<MeasuredUnit>,
    /// Ranges of the units, sorted by end.
    ranges: Vec<UnitRange>,
    lacks_split_units: bool,
}

struct MeasuredUnit {
    offset: DebugInfoOffset,
    /// True if the unit's functions are in another file (`.dwo`), and its lines here.
    is_split: bool,
    /// True once the unit's functions and lines are charged.
    is_charged: bool,
}

#[derive(Clone, Copy)]
struct UnitRange {
    range: Range,
    /// Smallest begin of this range and all later ranges.
    min_begin: u64,
    unit: usize,
}

/// Place of the functions at an address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FunctionPlace {
    SameFile,
    OtherFile,
}

/// Number of units around one address that are searched without being counted as steps.
const FREE_CANDIDATES: usize = 4;

impl<'a> DebugInfo<'a> {
    /// Parses the debug information; `None` if the file has none. The supplement is another file to which the debug
    /// information refers.
    ///
    /// # Errors
    /// [`MeasureError`] when the information is damaged, nested too deeply, refers to its tables too often, or exceeds
    /// the budget.
    pub(super) fn new(
        image: &'a Image,
        supplement: Option<&'a Image>,
        endian: RunTimeEndian,
        budget: &mut Budget,
    ) -> Result<Option<Self>, MeasureError> {
        if !image.has_debug_info() {
            return Ok(None);
        }
        let bytes = image.debug_bytes() + supplement.map_or(0, Image::debug_bytes);
        let mut step_limit = StepLimit::new(bytes);
        let mut dwarf = sections(image, endian, &mut step_limit, budget)?;
        if let Some(supplement) = supplement {
            let supplement = sections(supplement, endian, &mut step_limit, budget)?;
            let mut headers = supplement.units();
            while let Some(header) = headers.next()? {
                measure_unit(&supplement, header, &mut step_limit, budget)?;
            }
            dwarf.set_sup(supplement);
        }
        let (mut units, mut ranges) = (Vec::new(), Vec::new());
        let mut headers = dwarf.units();
        while let Some(header) = headers.next()? {
            let Some(offset) = header.debug_info_offset() else { continue };
            let number = units.len();
            let unit = measure_unit(&dwarf, header, &mut step_limit, budget)?;
            let is_split = unit.as_ref().is_some_and(|unit| unit.dwo_id.is_some());
            budget.push(&mut units, MeasuredUnit { offset, is_charged: false, is_split })?;
            if let Some(unit) = unit.filter(|unit| has_code(&unit.header)) {
                let mut add = |range, budget: &mut Budget| {
                    let one = UnitRange { range, min_begin: 0, unit: number };
                    budget.push(&mut ranges, one).map_err(MeasureError::from)
                };
                unit_ranges(&dwarf, &unit, &mut step_limit, budget, &mut add)?;
            }
        }
        address_ranges(&dwarf, &units, &mut ranges, budget)?;
        ranges.sort_unstable_by_key(|one: &UnitRange| (one.range.end, one.unit));
        let mut min_begin = u64::MAX;
        for one in ranges.iter_mut().rev() {
            min_begin = min_begin.min(one.range.begin);
            one.min_begin = min_begin;
        }
        let dwarf = Arc::new(dwarf);
        let context = Context::from_arc_dwarf(Arc::clone(&dwarf))?;
        Ok(Some(Self { dwarf, context, step_limit, units, ranges, lacks_split_units: false }))
    }

    /// True if functions were not found because they are described in other files (`.dwo`).
    pub(super) fn lacks_split_units(&self) -> bool {
        self.lacks_split_units
    }

    /// Functions at an address, innermost first; empty if unknown.
    ///
    /// # Errors
    /// [`MeasureError`] when the unit at the address cannot be read within the budget and the work allowed.
    pub(super) fn functions_at(
        &mut self,
        address: u64,
        budget: &mut Budget,
    ) -> Result<Vec<ResolvedFunction<'a>>, MeasureError> {
        let place = self.charge_units_at(address, budget)?;
        let Self { context, step_limit, .. } = self;
        let mut found = Vec::new();
        let Ok(mut frames) = context.find_frames(address).skip_all_loads() else { return Ok(found) };
        while let Ok(Some(frame)) = frames.next() {
            if frame.function.is_none() && place == FunctionPlace::OtherFile {
                // The line may be one of an inlined function.
                self.lacks_split_units = true;
                return Ok(Vec::new());
            }
            let name = frame.function.as_ref().map_or(&[][..], |function| function.name.slice());
            let location = frame.location.as_ref();
            let file = location.and_then(|location| location.file).unwrap_or_default();
            step_limit.text(name.len() + file.len())?;
            found.push(ResolvedFunction {
                name,
                file: file.to_owned(),
                line: location.and_then(|location| location.line).map_or(0, i64::from),
                column: location.and_then(|location| location.column).map_or(0, i64::from),
            });
        }
        Ok(found)
    }

    /// Charges the functions and lines of the units that a lookup of an address reads.
    fn charge_units_at(&mut self, address: u64, budget: &mut Budget) -> Result<FunctionPlace, MeasureError> {
        let mut place = FunctionPlace::SameFile;
        let first = self.ranges.partition_point(|one| one.range.end <= address);
        let candidates = self.ranges[first..].iter().take_while(|one| one.min_begin <= address);
        for (count, candidate) in candidates.enumerate() {
            if count >= FREE_CANDIDATES {
                self.step_limit.steps(1)?;
            }
            let unit = &mut self.units[candidate.unit];
            if candidate.range.begin > address {
                continue;
            }
            if unit.is_split {
                place = FunctionPlace::OtherFile;
            }
            if unit.is_charged {
                continue;
            }
            unit.is_charged = true;
            let header = self.dwarf.unit_header(unit.offset)?;
            // Lookups skip a broken unit, too.
            let Ok(unit) = self.dwarf.unit(header) else { continue };
            entries(&self.dwarf, &unit, &mut self.step_limit, Some(budget))?;
            line_table(&self.dwarf, &unit, &mut self.step_limit, budget)?;
        }
        Ok(place)
    }
}

/// Sections of a file, with their abbreviation tables charged and parsed.
fn sections<'a>(
    image: &'a Image,
    endian: RunTimeEndian,
    step_limit: &mut StepLimit,
    budget: &mut Budget,
) -> Result<Dwarf<Slice<'a>>, MeasureError> {
    let section = |id: gimli::SectionId| Ok::<_, gimli::Error>(EndianSlice::new(image.section(id.name()), endian));
    let mut dwarf = Dwarf::load(section)?;
    abbreviation_tables(&dwarf, step_limit, budget)?;
    dwarf.populate_abbreviations_cache(AbbreviationsCacheStrategy::All);
    Ok(dwarf)
}

/// Charges the part of a unit that is kept from the start, checks the unit's entries, and returns it; `None` if it is
/// broken.
fn measure_unit<'a>(
    dwarf: &Dwarf<Slice<'a>>,
    header: UnitHeader<Slice<'a>>,
    step_limit: &mut StepLimit,
    budget: &mut Budget,
) -> Result<Option<Unit<Slice<'a>>>, MeasureError> {
    line_header(dwarf, &header, step_limit, budget)?;
    // Lookups skip a broken unit, too.
    let Ok(unit) = dwarf.unit(header) else { return Ok(None) };
    entries(dwarf, &unit, step_limit, None)?;
    Ok(Some(unit))
}

/// True for the header of a unit that may have code.
fn has_code(header: &UnitHeader<Slice<'_>>) -> bool {
    matches!(header.type_(), UnitType::Compilation | UnitType::Skeleton(_) | UnitType::SplitCompilation(_))
}

/// Adds the ranges that `.debug_aranges` gives for the units.
fn address_ranges(
    dwarf: &Dwarf<Slice<'_>>,
    units: &[MeasuredUnit],
    ranges: &mut Vec<UnitRange>,
    budget: &mut Budget,
) -> Result<(), LimitError> {
    // The reader finds the damage again, and reports it.
    let mut headers = dwarf.debug_aranges.headers();
    while let Ok(Some(header)) = headers.next() {
        let Ok(unit) = units.binary_search_by_key(&header.debug_info_offset().0, |unit| unit.offset.0) else {
            continue;
        };
        let mut entries = header.entries();
        while let Some(entry) = entries.next().transpose() {
            let Ok(entry) = entry else { continue };
            // The reader keeps another copy.
            budget.charge(size_of::<UnitRange>() as u64)?;
            budget.push(ranges, UnitRange { range: entry.range(), min_begin: 0, unit })?;
        }
    }
    Ok(())
}
