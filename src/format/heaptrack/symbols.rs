//! Strings, addresses and stacks of a recording, by their numbers.

use rustc_hash::FxHashMap;

use crate::base::ids::{LocationId, MappingId, StackId, StringId};
use crate::base::limits::{Budget, LimitError};
use crate::format::builder::ProfileBuilder;
use crate::format::tokens::{Words, hex};
use crate::profile::{Line, Location, Mapping, Trie};

/// Functions that are dropped at the end of a stack, as in heaptrack: their caller requested the memory.
const OPERATOR_NEW: [&[u8]; 4] = [
    b"operator new(unsigned long)",
    b"operator new[](unsigned long)",
    b"operator new(unsigned int)",
    b"operator new[](unsigned int)",
];
/// Maximum number of functions at one address; a larger number cannot come from inlined calls.
const MAX_LINES: usize = 1024;

/// Address of a recording.
#[derive(Clone, Copy)]
struct Address {
    location: LocationId,
    is_operator_new: bool,
}

/// Symbols read so far. Numbers start at 1; 0 stands for none.
#[derive(Default)]
pub(super) struct SymbolLines {
    strings: Vec<StringId>,
    addresses: Vec<Address>,
    stacks: Vec<StackId>,
    /// Strings of the functions in [`OPERATOR_NEW`].
    operator_new: Vec<StringId>,
    modules: FxHashMap<StringId, MappingId>,
    lines: Vec<Line>,
}

/// Element of a table by its number, which starts at 1.
fn numbered<T: Copy>(table: &[T], number: u64) -> Option<T> {
    table.get(usize::try_from(number.checked_sub(1)?).ok()?).copied()
}

impl SymbolLines {
    pub(super) fn push_string(
        &mut self,
        text: &[u8],
        builder: &mut ProfileBuilder,
        budget: &mut Budget,
    ) -> Result<(), LimitError> {
        let id = builder.string(text, budget)?;
        if OPERATOR_NEW.contains(&text) && !self.operator_new.contains(&id) {
            self.operator_new.push(id);
        }
        budget.push(&mut self.strings, id)
    }

    /// Adds an address: its value, its module, then function, file and line of each call, innermost first. Returns
    /// false if the address refers to a missing string.
    pub(super) fn push_address(
        &mut self,
        text: &[u8],
        builder: &mut ProfileBuilder,
        budget: &mut Budget,
    ) -> Result<bool, LimitError> {
        let mut numbers = Words(text).map(hex);
        let (Some(Some(address)), Some(Some(module))) = (numbers.next(), numbers.next()) else { return Ok(false) };
        let string = |number: u64| match number {
            0 => Some(StringId::EMPTY),
            number => numbered(&self.strings, number),
        };
        let Some(module) = string(module) else { return Ok(false) };
        self.lines.clear();
        let mut is_operator_new = false;
        while let Some(function) = numbers.next() {
            // A function without debug information has neither file nor line.
            let (file, line) = (numbers.next().unwrap_or(Some(0)), numbers.next().unwrap_or(Some(0)));
            let (Some(name), Some(file), Some(line)) = (function.and_then(string), file.and_then(string), line) else {
                return Ok(false);
            };
            if self.lines.is_empty() {
                is_operator_new = self.operator_new.contains(&name);
            }
            if name == StringId::EMPTY || self.lines.len() == MAX_LINES {
                continue;
            }
            let function = builder.named_function(name, file, budget)?;
            budget.push(&mut self.lines, Line { function, line: i64::try_from(line).unwrap_or(0), column: 0 })?;
        }
        let mapping = self.mapping(module, builder, budget)?;
        let location = builder.push_location(Location::new(address, mapping), &self.lines, budget)?;
        budget.push(&mut self.addresses, Address { location, is_operator_new })?;
        Ok(true)
    }

    fn mapping(
        &mut self,
        module: StringId,
        builder: &mut ProfileBuilder,
        budget: &mut Budget,
    ) -> Result<Option<MappingId>, LimitError> {
        if module == StringId::EMPTY {
            return Ok(None);
        }
        if let Some(known) = self.modules.get(&module) {
            return Ok(Some(*known));
        }
        budget.charge_map_entry(&self.modules)?;
        let id = builder.mapping(Mapping { file: module, ..Mapping::default() }, budget)?;
        self.modules.insert(module, id);
        Ok(Some(id))
    }

    /// Adds a stack: an address below another stack. Returns false if the address or the other stack is missing.
    pub(super) fn push_stack(
        &mut self,
        address: u64,
        parent: u64,
        builder: &mut ProfileBuilder,
        budget: &mut Budget,
    ) -> Result<bool, LimitError> {
        let (Some(address), Some(parent)) = (numbered(&self.addresses, address), self.stack(parent)) else {
            return Ok(false);
        };
        let stack =
            if address.is_operator_new { parent } else { builder.push_frame(parent, address.location, budget)? };
        budget.push(&mut self.stacks, stack)?;
        Ok(true)
    }

    /// Stack with a number; the empty stack for 0.
    pub(super) fn stack(&self, number: u64) -> Option<StackId> {
        if number == 0 { Some(Trie::ROOT) } else { numbered(&self.stacks, number) }
    }

    /// Returns the bytes of the tables to the budget; the tables are dropped afterwards.
    pub(super) fn release(&self, budget: &mut Budget) {
        let bytes = self.strings.capacity() * size_of::<StringId>()
            + self.addresses.capacity() * size_of::<Address>()
            + self.stacks.capacity() * size_of::<StackId>()
            + self.lines.capacity() * size_of::<Line>();
        budget.release(bytes as u64);
    }
}
