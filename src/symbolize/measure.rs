//! Cost of debug information, found by scanning it before the DWARF reader allocates anything for it.
//!
//! Memory is charged to the budget. Work is counted in steps and limited in proportion to the size of the file: a file
//! whose parts refer to shared tables can require work quadratic in its size.

use addr2line::gimli::{
    self, AttributeValue, DebugLineOffset, Dwarf, EndianSlice, LineProgramHeader, Reader as _, RunTimeEndian,
    Section as _, Unit, UnitHeader, UnitRef, constants,
};

use crate::base::limits::{Budget, LimitError};
use crate::base::step_count;

/// Part of a debug section.
pub(super) type Slice<'a> = EndianSlice<'a, RunTimeEndian>;

/// Maximum nesting of entries, and so of inlined calls. Compilers stop well before; the DWARF reader recurses into them
/// and would overflow the stack.
const MAX_DEPTH: isize = 500;

/// Steps allowed for each byte of the debug sections. Compilers need less than one.
const STEPS_PER_BYTE: u64 = 8;
/// Steps allowed for any file in addition.
const MIN_STEPS: u64 = 1 << 22;
/// Bytes of text that are copied or compared in one step.
const TEXT_PER_STEP: usize = 64;

// Bytes that the reader keeps, with half as much again for lists while they grow.
const UNIT: u64 = 1024;
const ABBREVIATION: u64 = 168;
const ATTRIBUTE: u64 = 24;
const FUNCTION: u64 = 160;
const INLINED: u64 = 140;
const RANGE: u64 = 72;
const ROW: u64 = 36;
const SEQUENCE: u64 = 72;
const FILE_ENTRY: u64 = 176;
const FILE_NAME: u64 = 36;

/// Error of measuring debug information.
#[derive(Debug, thiserror::Error)]
pub(super) enum MeasureError {
    /// The debug information is damaged.
    #[error(transparent)]
    Damaged(#[from] gimli::Error),
    /// The entries are nested too deeply.
    #[error("its entries are nested deeper than {MAX_DEPTH}")]
    Depth,
    /// The debug information requires more work than its size explains.
    #[error("its parts refer to shared tables too often")]
    Work,
    /// The heap budget is exhausted.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

/// Counter of the work on the debug information of one file.
pub(super) struct StepLimit {
    left: u64,
}

impl StepLimit {
    /// Creates a limit for a file whose debug sections have this many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        Self { left: bytes.saturating_mul(STEPS_PER_BYTE).saturating_add(MIN_STEPS) }
    }

    /// Counts steps.
    pub(super) fn steps(&mut self, count: usize) -> Result<(), MeasureError> {
        step_count::count_steps(count);
        self.left = self.left.checked_sub(count as u64).ok_or(MeasureError::Work)?;
        Ok(())
    }

    /// Counts the steps of copying or comparing a text.
    pub(super) fn text(&mut self, bytes: usize) -> Result<(), MeasureError> {
        self.steps(bytes / TEXT_PER_STEP)
    }
}

/// Charges every abbreviation table that a unit refers to, once each.
pub(super) fn abbreviation_tables(
    dwarf: &Dwarf<Slice<'_>>,
    step_limit: &mut StepLimit,
    budget: &mut Budget,
) -> Result<(), MeasureError> {
    let mut offsets = Vec::new();
    let mut headers = dwarf.units();
    while let Some(header) = headers.next()? {
        budget.push(&mut offsets, header.debug_abbrev_offset().0)?;
    }
    offsets.sort_unstable();
    offsets.dedup();
    let section = dwarf.debug_abbrev.reader();
    for offset in offsets {
        let mut input = *section;
        // Lookups skip the units of a broken table.
        if input.skip(offset).is_ok() {
            let before = input.len();
            let cost = table_cost(&mut input).unwrap_or_else(|PartialTableCost(cost)| cost);
            step_limit.steps(before - input.len())?;
            budget.charge(cost)?;
        }
    }
    Ok(())
}

/// Cost so far of an abbreviation table that ends in damage.
struct PartialTableCost(u64);

/// Cost of the abbreviation table at the start of `input`, which is advanced past it.
fn table_cost(input: &mut Slice<'_>) -> Result<u64, PartialTableCost> {
    let mut cost = 0;
    loop {
        let mut attributes = 0;
        let entry = abbreviation(input, &mut attributes).map_err(|_| PartialTableCost(cost + ABBREVIATION))?;
        if !entry {
            return Ok(cost);
        }
        cost += ABBREVIATION + attributes * ATTRIBUTE;
    }
}

/// Skips an abbreviation and counts its attributes; returns false at the end of the table.
fn abbreviation(input: &mut Slice<'_>, attributes: &mut u64) -> gimli::Result<bool> {
    if input.read_uleb128()? == 0 {
        return Ok(false);
    }
    input.read_uleb128()?;
    input.read_u8()?;
    loop {
        let (name, form) = (input.read_uleb128()?, input.read_uleb128()?);
        if (name, form) == (0, 0) {
            return Ok(true);
        }
        if form == u64::from(constants::DW_FORM_implicit_const.0) {
            input.read_sleb128()?;
        }
        *attributes += 1;
    }
}

/// Charges a unit and the header of its line table, which the reader decodes with the unit.
pub(super) fn line_header(
    dwarf: &Dwarf<Slice<'_>>,
    header: &UnitHeader<Slice<'_>>,
    step_limit: &mut StepLimit,
    budget: &mut Budget,
) -> Result<(), MeasureError> {
    budget.charge(UNIT)?;
    let Ok(Some(offset)) = line_offset(dwarf, header) else { return Ok(()) };
    let Ok(length) = header_length(dwarf, offset) else { return Ok(()) };
    step_limit.steps(length as usize)?;
    // An entry takes at least a byte.
    let most = length.saturating_mul(FILE_ENTRY);
    budget.charge(most)?;
    let program = dwarf.debug_line.program(offset, header.address_size(), None, None);
    budget.release(most);
    if let Ok(program) = program {
        budget.charge(header_cost(program.header()))?;
    }
    Ok(())
}

fn header_cost(header: &LineProgramHeader<Slice<'_>>) -> u64 {
    (header.file_names().len() + header.include_directories().len()) as u64 * FILE_ENTRY
}

/// Offset of the line table of a unit.
fn line_offset(dwarf: &Dwarf<Slice<'_>>, header: &UnitHeader<Slice<'_>>) -> gimli::Result<Option<DebugLineOffset>> {
    let abbreviations = dwarf.abbreviations(header)?;
    let mut entries = header.entries_raw(&abbreviations, None)?;
    let Some(root) = entries.read_abbreviation()? else { return Ok(None) };
    for spec in root.attributes() {
        let attribute = entries.read_attribute(*spec)?;
        if let (constants::DW_AT_stmt_list, AttributeValue::DebugLineRef(offset)) =
            (attribute.name(), attribute.value())
        {
            return Ok(Some(offset));
        }
    }
    Ok(None)
}

/// Length of the header of a line table, as claimed, but at most up to the end of the section.
fn header_length(dwarf: &Dwarf<Slice<'_>>, offset: DebugLineOffset) -> gimli::Result<u64> {
    let mut input = *dwarf.debug_line.reader();
    input.skip(offset.0)?;
    let (_, format) = input.read_initial_length()?;
    if input.read_u16()? >= 5 {
        input.skip(2)?;
    }
    let claimed = input.read_length(format)?;
    Ok(claimed.min(input.len()) as u64)
}

/// Walks over the entries of a unit, checks their nesting, and charges functions and inlined functions to `budget`.
pub(super) fn entries(
    dwarf: &Dwarf<Slice<'_>>,
    unit: &Unit<Slice<'_>>,
    step_limit: &mut StepLimit,
    mut budget: Option<&mut Budget>,
) -> Result<(), MeasureError> {
    let unit = UnitRef::new(dwarf, unit);
    let Ok(mut entries) = unit.entries_raw(None) else { return Ok(()) };
    while !entries.is_empty() {
        if entries.next_depth() > MAX_DEPTH {
            return Err(MeasureError::Depth);
        }
        let entry = match entries.read_abbreviation() {
            Ok(Some(entry)) => entry,
            Ok(None) => continue,
            Err(_) => break,
        };
        step_limit.steps(1 + entry.attributes().len() / 4)?;
        let cost = match entry.tag() {
            constants::DW_TAG_subprogram => FUNCTION,
            constants::DW_TAG_inlined_subroutine => INLINED,
            _ => 0,
        };
        let Some(budget) = budget.as_deref_mut().filter(|_| cost > 0) else {
            if entries.skip_attributes(entry.attributes()).is_err() {
                break;
            }
            continue;
        };
        let mut has_address = false;
        for spec in entry.attributes() {
            let Ok(attribute) = entries.read_attribute(*spec) else { return Ok(()) };
            has_address |= matches!(attribute.name(), constants::DW_AT_low_pc | constants::DW_AT_ranges);
            if attribute.name() == constants::DW_AT_ranges
                && let Ok(Some(offset)) = unit.attr_ranges_offset(attribute.value())
                && let Ok(mut ranges) = unit.ranges(offset)
            {
                while let Ok(Some(_)) = ranges.next() {
                    step_limit.steps(1)?;
                    budget.charge(RANGE)?;
                }
            }
        }
        if has_address {
            budget.charge(cost)?;
        }
    }
    Ok(())
}

/// Calls `add` for every address range of a unit, or of the unit's line table if the unit declares no ranges.
pub(super) fn unit_ranges(
    dwarf: &Dwarf<Slice<'_>>,
    unit: &Unit<Slice<'_>>,
    step_limit: &mut StepLimit,
    budget: &mut Budget,
    add: &mut impl FnMut(gimli::Range, &mut Budget) -> Result<(), MeasureError>,
) -> Result<(), MeasureError> {
    let mut is_declared = false;
    if let Ok(mut ranges) = dwarf.unit_ranges(unit) {
        while let Ok(Some(range)) = ranges.next() {
            is_declared = true;
            step_limit.steps(1)?;
            budget.charge(RANGE)?;
            add(range, budget)?;
        }
    }
    if is_declared {
        return Ok(());
    }
    for range in line_table(dwarf, unit, step_limit, budget)? {
        budget.charge(RANGE)?;
        add(range, budget)?;
    }
    Ok(())
}

/// Charges the rows and file names of the line table of a unit, and returns the ranges of its sequences.
pub(super) fn line_table(
    dwarf: &Dwarf<Slice<'_>>,
    unit: &Unit<Slice<'_>>,
    step_limit: &mut StepLimit,
    budget: &mut Budget,
) -> Result<Vec<gimli::Range>, MeasureError> {
    let mut sequences = Vec::new();
    let Some(program) = &unit.line_program else { return Ok(sequences) };
    let header = program.header();
    step_limit.steps(header.raw_program_buf().len())?;
    // The program is copied here and by the reader, one after the other.
    budget.charge(header_cost(header))?;
    file_names(dwarf, unit, header, step_limit, budget)?;
    let (mut rows, mut begin, mut last) = (program.clone().rows(), None, None);
    while let Ok(Some((_, row))) = rows.next_row() {
        let address = row.address();
        if row.end_sequence() {
            let range = begin.take().map(|begin| gimli::Range { begin, end: address });
            last = None;
            if let Some(range) = range.filter(|range| range.begin < range.end) {
                budget.charge(SEQUENCE)?;
                budget.push(&mut sequences, range)?;
            }
        } else if last != Some(address) {
            // Rows at one address are kept as one.
            budget.charge(ROW)?;
            begin.get_or_insert(address);
            last = Some(address);
        }
    }
    Ok(sequences)
}

/// Charges the names of the files of a line table, which the reader joins from three parts.
fn file_names(
    dwarf: &Dwarf<Slice<'_>>,
    unit: &Unit<Slice<'_>>,
    header: &LineProgramHeader<Slice<'_>>,
    step_limit: &mut StepLimit,
    budget: &mut Budget,
) -> Result<(), MeasureError> {
    let length = |value: AttributeValue<Slice<'_>>| dwarf.attr_string(unit, value).map_or(0, |text| text.len());
    let home = unit.comp_dir.map_or(0, |folder| folder.len());
    for file in header.file_names() {
        let folder = file.directory(header).filter(|_| file.directory_index() != 0).map_or(0, length);
        let bytes = home + folder + length(file.path_name());
        step_limit.text(bytes)?;
        // Invalid UTF-8 may triple the bytes, and a text that grows doubles its room.
        budget.charge(FILE_NAME + 2 * bytes as u64)?;
    }
    Ok(())
}
