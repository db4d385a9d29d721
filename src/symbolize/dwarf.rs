//! Lookup in debug information: functions and lines at an address, including inlined functions.
//!
//! The DWARF reader allocates as much as a file asks for, and tables may be shared: thousands of units can refer to one
//! line table, thousands of files to one long directory name. Every unit is therefore measured before it is read, see
//! [`measure`](super::measure).

use std::sync::Arc;

use addr2line::Context;
use addr2line::gimli::{
    self, AbbreviationsCacheStrategy, DebugInfoOffset, Dwarf, EndianSlice, Range, RunTimeEndian, UnitHeader, UnitType,
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
}

struct MeasuredUnit {
    offset: DebugInfoOffset,
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

/// Number of units around one address that are searched without being counted as steps.
const FREE_CANDIDATES: usize = 4;

impl<'a> DebugInfo<'a> {
    /// Parses the debug information; `None` if the file has none.
    ///
    /// # Errors
    /// [`MeasureError`] when the information is damaged, nested too deeply, refers to its tables too often, or exceeds
    /// the budget.
    pub(super) fn new(
        image: &'a Image,
        endian: RunTimeEndian,
        budget: &mut Budget,
    ) -> Result<Option<Self>, MeasureError> {
        let mut bytes = 0;
        let section = |id: gimli::SectionId| {
            let content = image.section(id.name());
            bytes += content.len() as u64;
            Ok::<_, gimli::Error>(EndianSlice::new(content, endian))
        };
        let mut dwarf = Dwarf::load(section)?;
        if image.section(".debug_info").is_empty() {
            return Ok(None);
        }
        let mut step_limit = StepLimit::new(bytes);
        abbreviation_tables(&dwarf, &mut step_limit, budget)?;
        dwarf.populate_abbreviations_cache(AbbreviationsCacheStrategy::All);
        let (mut units, mut ranges) = (Vec::new(), Vec::new());
        let mut headers = dwarf.units();
        while let Some(header) = headers.next()? {
            let Some(offset) = header.debug_info_offset() else { continue };
            let unit = units.len();
            budget.push(&mut units, MeasuredUnit { offset, is_charged: false })?;
            measure_unit(&dwarf, header, unit, &mut ranges, &mut step_limit, budget)?;
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
        Ok(Some(Self { dwarf, context, step_limit, units, ranges }))
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
        self.charge_units_at(address, budget)?;
        let Self { context, step_limit, .. } = self;
        let mut found = Vec::new();
        let Ok(mut frames) = context.find_frames(address).skip_all_loads() else { return Ok(found) };
        while let Ok(Some(frame)) = frames.next() {
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
    fn charge_units_at(&mut self, address: u64, budget: &mut Budget) -> Result<(), MeasureError> {
        let first = self.ranges.partition_point(|one| one.range.end <= address);
        let candidates = self.ranges[first..].iter().take_while(|one| one.min_begin <= address);
        for (count, candidate) in candidates.enumerate() {
            if count >= FREE_CANDIDATES {
                self.step_limit.steps(1)?;
            }
            let unit = &mut self.units[candidate.unit];
            if candidate.range.begin > address || unit.is_charged {
                continue;
            }
            unit.is_charged = true;
            let header = self.dwarf.unit_header(unit.offset)?;
            // Lookups skip a broken unit, too.
            let Ok(unit) = self.dwarf.unit(header) else { continue };
            entries(&self.dwarf, &unit, &mut self.step_limit, Some(budget))?;
            line_table(&self.dwarf, &unit, &mut self.step_limit, budget)?;
        }
        Ok(())
    }
}

/// Charges the part of a unit that is kept from the start, checks the unit's entries, and adds its ranges.
fn measure_unit(
    dwarf: &Dwarf<Slice<'_>>,
    header: UnitHeader<Slice<'_>>,
    number: usize,
    ranges: &mut Vec<UnitRange>,
    step_limit: &mut StepLimit,
    budget: &mut Budget,
) -> Result<(), MeasureError> {
    let has_code =
        matches!(header.type_(), UnitType::Compilation | UnitType::Skeleton(_) | UnitType::SplitCompilation(_));
    line_header(dwarf, &header, step_limit, budget)?;
    // Lookups skip a broken unit, too.
    let Ok(unit) = dwarf.unit(header) else { return Ok(()) };
    entries(dwarf, &unit, step_limit, None)?;
    if has_code {
        let mut add = |range, budget: &mut Budget| {
            budget.push(ranges, UnitRange { range, min_begin: 0, unit: number }).map_err(MeasureError::from)
        };
        unit_ranges(dwarf, &unit, step_limit, budget, &mut add)?;
    }
    Ok(())
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
