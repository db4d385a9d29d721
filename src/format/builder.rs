//! Builder of a profile for text formats, which names functions and addresses where they occur.
//!
//! The builder unifies equal strings, functions and locations. pprof profiles have tables of their own and are read
//! without a builder.

use std::cmp::Reverse;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::base::ids::{FunctionId, LabelSetId, LocationId, MappingId, StackId, StringId};
use crate::base::limits::{Budget, LimitError, LimitKind, Limits};
use crate::base::strings::Interner;
use crate::format::ReadContext;
use crate::profile::{
    Function, Header, Label, LabelSets, Line, Location, Mapping, Profile, SampleType, Samples, Symbols, Tables, Trie,
    Values, Warning,
};

/// Profile under construction.
#[derive(Default)]
pub(super) struct ProfileBuilder {
    symbols: Symbols,
    trie: Trie,
    labels: LabelSets,
    samples: Samples,
    strings: Interner,
    functions: FxHashMap<Function, FunctionId>,
    locations: FxHashMap<(u64, Option<Line>), LocationId>,
    /// Key of the label for the size of a sample's objects.
    size_key: StringId,
    max_records: u64,
    max_string: usize,
    cut_strings: usize,
    /// Bytes charged for the maps, which are dropped when the profile is finished.
    temporary_bytes: u64,
}

impl ProfileBuilder {
    /// Creates an empty profile with a number of value columns.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    pub(super) fn new(columns: usize, limits: &Limits, budget: &mut Budget) -> Result<Self, LimitError> {
        let mut builder = Self {
            symbols: Symbols::default(),
            trie: Trie::default(),
            labels: LabelSets::default(),
            samples: Samples::default(),
            strings: Interner::default(),
            functions: FxHashMap::default(),
            locations: FxHashMap::default(),
            size_key: StringId::default(),
            max_records: limits.records,
            max_string: limits.string,
            cut_strings: 0,
            temporary_bytes: 0,
        };
        builder.samples.values.resize_with(columns, Values::default);
        // String 0 of every table is the empty string.
        builder.string(b"", budget)?;
        builder.size_key = builder.string(b"bytes", budget)?;
        Ok(builder)
    }

    /// Returns the id of a string, adding the string if it is new.
    pub(super) fn string(&mut self, mut bytes: &[u8], budget: &mut Budget) -> Result<StringId, LimitError> {
        if bytes.len() > self.max_string {
            bytes = &bytes[..self.max_string];
            self.cut_strings += 1;
        }
        self.strings.intern(&mut self.symbols.strings, bytes, budget)
    }

    /// Id of a function by name and file.
    pub(super) fn function(&mut self, name: &[u8], file: &[u8], budget: &mut Budget) -> Result<FunctionId, LimitError> {
        let name = self.string(name, budget)?;
        let file = self.string(file, budget)?;
        self.named_function(name, file, budget)
    }

    /// Id of a function by the ids of its name and file.
    pub(super) fn named_function(
        &mut self,
        name: StringId,
        file: StringId,
        budget: &mut Budget,
    ) -> Result<FunctionId, LimitError> {
        let function = Function { name, system_name: name, file, start_line: 0 };
        if let Some(known) = self.functions.get(&function) {
            return Ok(*known);
        }
        let id = FunctionId::new(self.symbols.functions.len());
        self.temporary_bytes += budget.charge_map_entry(&self.functions)?;
        budget.push(&mut self.symbols.functions, function)?;
        self.functions.insert(function, id);
        Ok(id)
    }

    /// Id of a location by address and line.
    pub(super) fn location(
        &mut self,
        address: u64,
        line: Option<Line>,
        budget: &mut Budget,
    ) -> Result<LocationId, LimitError> {
        if let Some(known) = self.locations.get(&(address, line)) {
            return Ok(*known);
        }
        if self.symbols.locations() as u64 >= self.max_records {
            return Err(records_exceeded("locations", self.max_records));
        }
        self.temporary_bytes += budget.charge_map_entry(&self.locations)?;
        let id = self.symbols.push_location(Location::new(address, None), line, budget)?;
        self.locations.insert((address, line), id);
        Ok(id)
    }

    /// Adds a location with its mapping and with the lines of inlined calls, innermost first. Equal locations stay
    /// distinct.
    pub(super) fn push_location(
        &mut self,
        location: Location,
        lines: &[Line],
        budget: &mut Budget,
    ) -> Result<LocationId, LimitError> {
        if self.symbols.locations() as u64 >= self.max_records {
            return Err(records_exceeded("locations", self.max_records));
        }
        self.symbols.push_location(location, lines.iter().copied(), budget)
    }

    /// Id of the location of a function of which only the name is known.
    pub(super) fn name_location(&mut self, name: &[u8], budget: &mut Budget) -> Result<LocationId, LimitError> {
        let function = self.function(name, b"", budget)?;
        self.location(0, Some(Line { function, line: 0, column: 0 }), budget)
    }

    /// True if a stack has a location with this address or number and without a name.
    pub(super) fn has_unnamed(&self, number: u64) -> bool {
        self.locations.contains_key(&(number, None))
    }

    /// Number of locations that stacks refer to by a number and that have no line.
    pub(super) fn unnamed(&self) -> usize {
        let is_unnamed = |id: &LocationId| self.symbols.lines(*id).is_empty();
        self.locations.iter().filter(|((_, line), id)| line.is_none() && is_unnamed(id)).count()
    }

    /// Sets the line of a location that stacks refer to by a number.
    pub(super) fn set_line(&mut self, number: u64, line: Line, budget: &mut Budget) -> Result<(), LimitError> {
        match self.locations.get(&(number, None)) {
            Some(id) => self.symbols.set_location(*id, Location::new(0, None), [line], budget),
            None => Ok(()),
        }
    }

    pub(super) fn mapping(&mut self, mapping: Mapping, budget: &mut Budget) -> Result<MappingId, LimitError> {
        let id = MappingId::new(self.symbols.mappings.len());
        budget.push(&mut self.symbols.mappings, mapping)?;
        Ok(id)
    }

    /// Stack of `callee` called by `caller`.
    pub(super) fn push_frame(
        &mut self,
        caller: StackId,
        callee: LocationId,
        budget: &mut Budget,
    ) -> Result<StackId, LimitError> {
        self.trie.child(caller, callee, budget)
    }

    /// Stack of locations listed leaf first.
    pub(super) fn stack(&mut self, leaf_first: &[LocationId], budget: &mut Budget) -> Result<StackId, LimitError> {
        leaf_first.iter().rev().try_fold(Trie::ROOT, |caller, callee| self.push_frame(caller, *callee, budget))
    }

    /// Sets the number of value columns before the first sample.
    pub(super) fn set_columns(&mut self, columns: usize) {
        self.samples.values.resize_with(columns, Values::default);
    }

    /// Adds a sample with labels of text, each a key and a value.
    pub(super) fn labeled_sample(
        &mut self,
        stack: StackId,
        labels: &[(StringId, StringId)],
        values: &[i64],
        budget: &mut Budget,
    ) -> Result<(), LimitError> {
        let labels: Vec<Label> = labels
            .iter()
            .map(|(key, text)| Label { key: *key, text: *text, number: 0, unit: StringId::default() })
            .collect();
        let labels = if labels.is_empty() { LabelSetId::EMPTY } else { self.labels.intern(&labels, budget)? };
        self.push_sample(stack, labels, values, budget)
    }

    /// Adds a sample: its stack, the size of its objects (0 if unknown), and a value for each column.
    pub(super) fn sample(
        &mut self,
        stack: StackId,
        object_size: i64,
        values: &[i64],
        budget: &mut Budget,
    ) -> Result<(), LimitError> {
        let size =
            Label { key: self.size_key, text: StringId::default(), number: object_size, unit: StringId::default() };
        let labels = if object_size == 0 { LabelSetId::EMPTY } else { self.labels.intern(&[size], budget)? };
        self.push_sample(stack, labels, values, budget)
    }

    fn push_sample(
        &mut self,
        stack: StackId,
        labels: LabelSetId,
        values: &[i64],
        budget: &mut Budget,
    ) -> Result<(), LimitError> {
        if self.samples.len() as u64 >= self.max_records {
            return Err(records_exceeded("samples", self.max_records));
        }
        self.samples.make_room(budget)?;
        budget.push(self.samples.stacks.to_mut(), stack)?;
        self.samples.labels.to_mut().push(labels);
        self.samples.values.iter_mut().zip(values).try_for_each(|(column, value)| column.push(*value, budget))
    }

    /// Drops the first `count` columns if all of their values are zero; returns true if they were dropped.
    pub(super) fn drop_empty_front(&mut self, count: usize) -> bool {
        let empty = self.samples.values.iter().take(count).all(|column| {
            let mut empty = true;
            column.for_each(|_, _| empty = false);
            empty
        });
        if empty {
            self.samples.values.drain(..count);
        }
        empty
    }

    /// Finishes the profile. The counts and totals of `header` are filled in.
    pub(super) fn finish(
        mut self,
        sample_types: Vec<SampleType>,
        header: Header,
        context: &mut ReadContext<'_>,
    ) -> Profile {
        if self.cut_strings > 0 {
            context.warnings.push(Warning::cut_names(self.cut_strings, self.max_string));
        }
        context.budget.release(self.temporary_bytes + self.strings.charged());
        self.assign_mappings();
        let header = Header {
            totals: self.samples.values.iter().map(Values::sum).collect(),
            sample_types,
            samples: self.samples.len(),
            locations: self.symbols.locations(),
            functions: self.symbols.functions.len(),
            mappings: self.symbols.mappings.len(),
            ..header
        };
        Profile {
            header,
            tables: Arc::new(Tables { symbols: self.symbols, trie: self.trie, labels: self.labels }),
            samples: self.samples,
            ..Profile::default()
        }
    }

    /// Assigns locations to the mappings that contain their addresses.
    fn assign_mappings(&mut self) {
        let mappings = self.symbols.mappings.iter().enumerate();
        let mut ranges: Vec<(Mapping, MappingId)> =
            mappings.map(|(n, mapping)| (*mapping, MappingId::new(n))).collect();
        // The first of several mappings with the same start takes precedence.
        ranges.sort_unstable_by_key(|(mapping, id)| (mapping.start, Reverse(id.0)));
        let find = |address: u64| {
            let after = ranges.partition_point(|(mapping, _)| mapping.start <= address);
            let containing = ranges[..after].last().filter(|(mapping, _)| address < mapping.limit);
            // Some writers list only a later part of a binary that is mapped in several parts.
            let following = ranges.get(after).filter(|(mapping, _)| {
                let first = mapping.start.checked_sub(mapping.offset);
                mapping.offset != 0 && first.is_some_and(|first| first <= address)
            });
            containing.or(following).map(|(_, id)| *id)
        };
        self.symbols.assign_mappings(find);
    }
}

fn records_exceeded(subject: &'static str, limit: u64) -> LimitError {
    LimitError { kind: LimitKind::Records, subject, limit }
}
