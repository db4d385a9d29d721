//! Merging of a profile into a series: equal symbols are unified, and the profile's trie is inserted into the series'
//! trie.
//!
//! Equality is defined as in pprof: mappings by size, offset and build id (else file), locations by their offset in the
//! mapping and their lines, functions by names, file and first line. Across builds little is equal at this level;
//! frames are matched by name when a call tree is made.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::base::ids::{FunctionId, LabelSetId, LocationId, MappingId, StackId, StringId};
use crate::base::limits::{Budget, LimitError};
use crate::base::strings::Strings;
use crate::base::units::Unit;
use crate::profile::sample_type::names_of;
use crate::profile::series::SnapshotData;
use crate::profile::symbol_index::{INDEXED_LOCATION, MappingKey, SymbolIndex, location_hash, relative_address};
use crate::profile::tables::{LastMerged, MergedIds};
use crate::profile::{
    Function, Input, Label, LabelSets, Line, Location, Mapping, Profile, SampleType, Samples, Series, Symbols, Tables,
    Trie, Values, roles,
};

/// Error of adding a profile to a series.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// A store's profile is a sum over time, which adds up with no profile of a file or service.
    #[error("a file or service is not added to a profile store, whose figures are sums over time")]
    BesideStore,
    /// The profile has no sample type in common with the series.
    #[error("no sample type in common: {theirs} beside {ours}")]
    NoCommonType {
        /// Names of the series' types.
        ours: String,
        /// Names of the profile's types.
        theirs: String,
    },
    /// The sampling periods measure different things.
    #[error("it was sampled by {theirs}, the others by {ours}")]
    PeriodType {
        /// Period type of the series.
        ours: String,
        /// Period type of the profile.
        theirs: String,
    },
    /// A sample type has units that cannot be converted into each other.
    #[error("`{name}` is in {theirs}, in the others in {ours}")]
    Unit {
        /// Name of the type.
        name: String,
        /// Unit in the series.
        ours: String,
        /// Unit in the profile.
        theirs: String,
    },
    /// The heap budget is exhausted.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl Series {
    /// Merges a profile into the series as pprof does: sample types are reduced to the common ones, in the order of the
    /// first profile.
    ///
    /// # Errors
    /// [`MergeError`] when no sample type is common or the profiles measure different things. The series is then
    /// unchanged, but not usable after [`MergeError::Limit`].
    pub fn add(&mut self, profile: Profile, side: Input) -> Result<(), MergeError> {
        let Profile { header, tables, samples, earlier, base, log, coverage } = profile;
        let columns = common_types(&self.sample_types, &header.sample_types)?;
        check_period(&self.snapshots[0].header.period_type, &header.period_type)?;
        let ids = self.merge_tables(&tables)?;
        let merged = |series: &mut Self, samples: Samples| -> Result<Samples, LimitError> {
            let mut samples = ids.samples(samples, series.snapshots.last().map(|last| &*last.samples));
            if series.is_joined {
                fill_columns(&mut samples, &columns, series.sample_types.len(), &mut series.budget)?;
            } else {
                reduce_samples(&mut samples, &columns, &mut series.budget)?;
            }
            series.budget.charge(samples.bytes())?;
            Ok(samples)
        };
        let mut data = Vec::new();
        for moment in earlier {
            let header = moment.header(&header);
            data.push(SnapshotData { header, samples: merged(self, moment.samples)? });
        }
        let base = match base.filter(|_| side == Input::Current) {
            Some(samples) => Some(SnapshotData::beside(&header, merged(self, samples)?)),
            None => None,
        };
        let samples = merged(self, samples)?;
        convert_columns(self, &columns, &header.sample_types)?;
        if !self.is_joined {
            reduce_columns(self, &columns);
        }
        self.coverage = self.coverage.and(coverage);
        self.push_snapshots(data, SnapshotData { header, samples }, log, side);
        self.push_base(base);
        Ok(())
    }

    /// Merges the tables of a profile into the tables of the series, unless they are the tables of the profile before.
    pub(super) fn merge_tables(&mut self, tables: &Arc<Tables>) -> Result<Arc<MergedIds>, LimitError> {
        if let Some(last) = &self.last_merged
            && Arc::ptr_eq(&last.tables, tables)
        {
            return Ok(Arc::clone(&last.ids));
        }
        self.forget_merged();
        let ids = Arc::new(self.insert_tables(tables)?);
        // A reader's cache also holds these tables, so the next profile may have the same.
        if Arc::strong_count(tables) > 1 {
            self.budget.charge(ids.bytes())?;
            self.last_merged = Some(LastMerged { tables: Arc::clone(tables), ids: Arc::clone(&ids) });
        }
        Ok(ids)
    }

    /// Drops the tables and ids that are kept of the profile that was added last.
    pub fn forget_merged(&mut self) {
        if let Some(last) = self.last_merged.take() {
            self.budget.release(last.ids.bytes());
        }
    }

    fn insert_tables(&mut self, tables: &Tables) -> Result<MergedIds, LimitError> {
        let Tables { symbols, trie, labels } = tables;
        let mut index = match self.index.take() {
            Some(index) => index,
            None => Box::new(SymbolIndex::new(&self.symbols, &mut self.budget)?),
        };
        // Ids of the series for each id of the profile, which live until the end of the merge.
        let ids = symbols.strings.len() + symbols.functions.len() + symbols.mappings.len() + symbols.locations();
        let charged = ((ids + labels.len()) * size_of::<StringId>()) as u64;
        self.budget.charge(charged)?;
        let mut merge = ProfileMerge { series: self, index: &mut index };
        let strings = merge.strings(&symbols.strings)?;
        let functions = merge.functions(&symbols.functions, &strings)?;
        let mappings = merge.mappings(&symbols.mappings, &strings)?;
        let locations = merge.locations(symbols, &functions, &mappings)?;
        let stacks = merge.stacks(trie, &locations)?;
        let sets = merge.labels(labels, &strings)?;
        self.index = Some(index);
        self.budget.release(charged);
        Ok(MergedIds { stacks, sets })
    }
}

/// Positions of a common sample type in the series and in the profile, and the factors that convert their values to one
/// unit.
pub(super) struct ColumnMapping {
    pub(super) ours: usize,
    pub(super) theirs: usize,
    pub(super) scale_ours: i64,
    pub(super) scale_theirs: i64,
}

fn common_types(ours: &[SampleType], theirs: &[SampleType]) -> Result<Vec<ColumnMapping>, MergeError> {
    let columns = shared_types(ours, theirs)?;
    if columns.is_empty() {
        let names = |types: &[SampleType]| names_of(types).join(", ");
        return Err(MergeError::NoCommonType { ours: names(ours), theirs: names(theirs) });
    }
    Ok(columns)
}

/// Mappings of the sample types that both have; empty if there are none.
///
/// # Errors
/// [`MergeError::Unit`] if units of a type differ in dimension.
pub(super) fn shared_types(ours: &[SampleType], theirs: &[SampleType]) -> Result<Vec<ColumnMapping>, MergeError> {
    let mut columns = Vec::new();
    let mut by_name: FxHashMap<&str, usize> = FxHashMap::default();
    for (index, sample_type) in theirs.iter().enumerate() {
        by_name.entry(sample_type.name.raw()).or_insert(index);
    }
    for (index, sample_type) in ours.iter().enumerate() {
        let Some(&other) = by_name.get(sample_type.name.raw()) else { continue };
        let (scale_ours, scale_theirs) = conversion_factors(sample_type.unit.raw(), theirs[other].unit.raw())
            .ok_or_else(|| MergeError::Unit {
                name: sample_type.name.shown().to_owned(),
                ours: sample_type.unit.shown().to_owned(),
                theirs: theirs[other].unit.shown().to_owned(),
            })?;
        columns.push(ColumnMapping { ours: index, theirs: other, scale_ours, scale_theirs });
    }
    Ok(columns)
}

/// Factors that convert values in two units to the finer one: (`ours`, `theirs`). `None` if the units differ in
/// dimension.
fn conversion_factors(ours: &str, theirs: &str) -> Option<(i64, i64)> {
    let normalize = |unit: &str| unit.trim_end_matches('s').to_ascii_lowercase();
    if normalize(ours) == normalize(theirs) {
        return Some((1, 1));
    }
    let ((kind, ours), (other, theirs)) = (unit_factor(ours)?, unit_factor(theirs)?);
    let finest = ours.min(theirs);
    (kind == other).then_some((ours / finest, theirs / finest))
}

/// Dimension and size of a unit in the smallest unit of its dimension.
fn unit_factor(unit: &str) -> Option<(char, i64)> {
    let (kind, factor) = match Unit::of(unit) {
        Unit::Bytes => ('b', 1),
        Unit::BytesTimes(factor) => ('b', factor),
        Unit::Nanoseconds => ('s', 1),
        Unit::NanosecondsTimes(factor) => ('s', factor),
        Unit::Count | Unit::Other(_) => return None,
    };
    Some((kind, i64::try_from(factor).ok()?))
}

fn check_period(ours: &SampleType, theirs: &SampleType) -> Result<(), MergeError> {
    if ours == theirs {
        return Ok(());
    }
    let describe = |period: &SampleType| format!("`{}` in `{}`", period.name.shown(), period.unit.shown());
    Err(MergeError::PeriodType { ours: describe(ours), theirs: describe(theirs) })
}

/// Reduces the samples of a profile to the common columns, in the order of the series.
fn reduce_samples(samples: &mut Samples, columns: &[ColumnMapping], budget: &mut Budget) -> Result<(), LimitError> {
    for column in columns.iter().filter(|column| column.scale_theirs != 1) {
        samples.values[column.theirs].scale(column.scale_theirs, budget)?;
    }
    // Several types of the series may have the name of one type of the profile.
    let copied = columns.iter().map(|column| samples.values[column.theirs].bytes()).sum();
    budget.charge(copied)?;
    samples.values = columns.iter().map(|column| samples.values[column.theirs].clone()).collect();
    budget.release(copied);
    Ok(())
}

/// Converts the columns of the series that the profile has in a finer unit to that unit.
pub(super) fn convert_columns(
    series: &mut Series,
    columns: &[ColumnMapping],
    theirs: &[SampleType],
) -> Result<(), LimitError> {
    for column in columns.iter().filter(|column| column.scale_ours != 1) {
        for snapshot in &mut series.snapshots {
            let values = &mut Arc::make_mut(&mut snapshot.samples).values[column.ours];
            values.scale(column.scale_ours, &mut series.budget)?;
            (snapshot.totals[column.ours], snapshot.magnitudes[column.ours]) = (values.sum(), values.magnitude());
        }
        series.sample_types[column.ours].unit = theirs[column.theirs].unit.clone();
    }
    series.roles = roles(&series.sample_types);
    Ok(())
}

/// Reduces the series to the common columns.
fn reduce_columns(series: &mut Series, columns: &[ColumnMapping]) {
    if columns.len() == series.sample_types.len() {
        return;
    }
    for snapshot in &mut series.snapshots {
        let samples = Arc::make_mut(&mut snapshot.samples);
        samples.values = columns.iter().map(|column| std::mem::take(&mut samples.values[column.ours])).collect();
        snapshot.totals = columns.iter().map(|column| snapshot.totals[column.ours]).collect();
        snapshot.magnitudes = columns.iter().map(|column| snapshot.magnitudes[column.ours]).collect();
    }
    series.sample_types = columns.iter().map(|column| series.sample_types[column.ours].clone()).collect();
    series.roles = roles(&series.sample_types);
}

/// Gives the samples a column for each type of the series, with zeros for types that they lack: another profile may be
/// joined later.
fn fill_columns(
    samples: &mut Samples,
    columns: &[ColumnMapping],
    types: usize,
    budget: &mut Budget,
) -> Result<(), LimitError> {
    let count = samples.stacks.len();
    let mut filled = Vec::with_capacity(types);
    for at in 0..types {
        let column = columns.iter().find(|column| column.ours == at);
        filled.push(match column {
            None => Values::zeros(count, budget)?,
            Some(column) => {
                let mut values = std::mem::take(&mut samples.values[column.theirs]);
                if column.scale_theirs != 1 {
                    values.scale(column.scale_theirs, budget)?;
                }
                values
            }
        });
    }
    samples.values = filled;
    Ok(())
}

/// Merge in progress. Each step returns the series' id for every id of the profile.
struct ProfileMerge<'a> {
    series: &'a mut Series,
    index: &'a mut SymbolIndex,
}

impl ProfileMerge<'_> {
    fn strings(&mut self, theirs: &Strings) -> Result<Vec<StringId>, LimitError> {
        let Series { symbols, budget, .. } = &mut *self.series;
        let intern = |id| self.index.strings.intern(&mut symbols.strings, theirs.bytes(id), budget);
        (0..theirs.len()).map(StringId::new).map(intern).collect()
    }

    fn functions(&mut self, theirs: &[Function], strings: &[StringId]) -> Result<Vec<FunctionId>, LimitError> {
        let Series { symbols, budget, .. } = &mut *self.series;
        let mut ids = Vec::with_capacity(theirs.len());
        for function in theirs {
            let function = Function {
                name: strings[function.name.index()],
                system_name: strings[function.system_name.index()],
                file: strings[function.file.index()],
                start_line: function.start_line,
            };
            if let Some(known) = self.index.functions.get(&function) {
                ids.push(*known);
                continue;
            }
            let id = FunctionId::new(symbols.functions.len());
            budget.charge_map_entry(&self.index.functions)?;
            budget.push(&mut symbols.functions, function)?;
            self.index.functions.insert(function, id);
            ids.push(id);
        }
        Ok(ids)
    }

    fn mappings(&mut self, theirs: &[Mapping], strings: &[StringId]) -> Result<Vec<MappingId>, LimitError> {
        let Series { symbols, budget, .. } = &mut *self.series;
        let mut ids = Vec::with_capacity(theirs.len());
        for mapping in theirs {
            let mapping = Mapping {
                file: strings[mapping.file.index()],
                build_id: strings[mapping.build_id.index()],
                ..*mapping
            };
            let key = MappingKey::new(&mapping, &symbols.strings);
            if let Some(known) = self.index.mappings.get(&key) {
                ids.push(*known);
                continue;
            }
            let id = MappingId::new(symbols.mappings.len());
            budget.charge_map_entry(&self.index.mappings)?;
            budget.push(&mut symbols.mappings, mapping)?;
            self.index.mappings.insert(key, id);
            ids.push(id);
        }
        Ok(ids)
    }

    fn locations(
        &mut self,
        theirs: &Symbols,
        functions: &[FunctionId],
        mappings: &[MappingId],
    ) -> Result<Vec<LocationId>, LimitError> {
        let mut ids = Vec::with_capacity(theirs.locations());
        let mut lines = Vec::new();
        for id in (0..theirs.locations()).map(LocationId::new) {
            let mut location = theirs.location(id);
            let relative = relative_address(theirs, &location);
            location.mapping = location.mapping.map(|mapping| mappings[mapping.index()]);
            let start = location.mapping.map_or(0, |mapping| self.series.symbols.mappings[mapping.index()].start);
            location.address = start.wrapping_add(relative);
            lines.clear();
            lines.extend(
                theirs.lines(id).iter().map(|line| Line { function: functions[line.function.index()], ..*line }),
            );
            ids.push(self.location(location, &lines)?);
        }
        Ok(ids)
    }

    fn location(&mut self, location: Location, lines: &[Line]) -> Result<LocationId, LimitError> {
        let Series { symbols, budget, .. } = &mut *self.series;
        let equal = |known: &&LocationId| {
            let other = symbols.location(**known);
            (other.mapping, other.address, other.folded) == (location.mapping, location.address, location.folded)
                && symbols.lines(**known) == lines
        };
        let same = self.index.locations.entry(location_hash(symbols, &location, lines)).or_default();
        if let Some(known) = same.iter().find(equal) {
            return Ok(*known);
        }
        let id = symbols.push_location(location, lines.iter().copied(), budget)?;
        budget.charge(INDEXED_LOCATION)?;
        same.push(id);
        Ok(id)
    }

    fn stacks(&mut self, theirs: &Trie, locations: &[LocationId]) -> Result<Vec<StackId>, LimitError> {
        let Series { trie, budget, .. } = &mut *self.series;
        let mut ids = Vec::new();
        budget.grow(&mut ids, theirs.len())?;
        ids.push(Trie::ROOT);
        for stack in (1..theirs.len()).map(StackId::new) {
            let parent = theirs.parent(stack).map_or(Trie::ROOT, |parent| ids[parent.index()]);
            ids.push(trie.child(parent, locations[theirs.location(stack).index()], budget)?);
        }
        budget.release((ids.capacity() * size_of::<StackId>()) as u64);
        Ok(ids)
    }

    fn labels(&mut self, theirs: &LabelSets, strings: &[StringId]) -> Result<Vec<LabelSetId>, LimitError> {
        let Series { labels, budget, .. } = &mut *self.series;
        let ours = |label: &Label| Label {
            key: strings[label.key.index()],
            text: strings[label.text.index()],
            unit: strings[label.unit.index()],
            number: label.number,
        };
        let intern = |set| labels.intern(&theirs.get(set).iter().map(ours).collect::<Vec<_>>(), budget);
        theirs.ids().map(intern).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(names: &[(&str, &str)]) -> Vec<SampleType> {
        names.iter().map(|(name, unit)| SampleType::new(name, unit)).collect()
    }

    #[test]
    fn common_types_keep_the_order_of_the_first() {
        let ours = types(&[("alloc_space", "bytes"), ("inuse_objects", "count"), ("inuse_space", "bytes")]);
        let theirs = types(&[("inuse_space", "byte"), ("alloc_space", "kilobytes")]);
        let columns = common_types(&ours, &theirs).unwrap();
        let seen: Vec<_> = columns.iter().map(|column| (column.ours, column.theirs, column.scale_theirs)).collect();
        assert_eq!(seen, [(0, 1, 1024), (2, 0, 1)]);
    }

    #[test]
    fn types_without_a_common_name_or_unit_do_not_merge() {
        let ours = types(&[("inuse_space", "bytes")]);
        assert!(matches!(common_types(&ours, &types(&[("space", "bytes")])), Err(MergeError::NoCommonType { .. })));
        let seconds = types(&[("inuse_space", "seconds")]);
        assert!(matches!(common_types(&ours, &seconds), Err(MergeError::Unit { .. })));
    }

    #[test]
    fn a_converted_column_takes_the_finer_unit_in_either_order() {
        let made = |unit: &str, value: i64| {
            let mut budget = Budget::new(1 << 20);
            let mut profile = Profile::default();
            profile.header.sample_types = types(&[("space", unit)]);
            let mut values = Values::default();
            values.push(value, &mut budget).unwrap();
            profile.samples = Samples {
                stacks: vec![Trie::ROOT].into(),
                labels: vec![LabelSetId::EMPTY].into(),
                values: vec![values],
            };
            profile
        };
        for [first, second] in [[("bytes", 2048), ("kb", 2)], [("KiB", 2), ("bytes", 2048)]] {
            let mut series = Series::new(made(first.0, first.1), Budget::new(1 << 20));
            series.add(made(second.0, second.1), Input::Current).unwrap();
            assert_eq!(series.sample_types()[0].unit.raw(), "bytes", "{first:?}");
            let totals: Vec<i128> = series.snapshots().iter().map(|snapshot| snapshot.totals[0]).collect();
            assert_eq!(totals, [2048, 2048], "{first:?}");
        }
    }

    #[test]
    fn the_same_code_loaded_at_another_address_is_one_location() {
        let mut budget = Budget::new(1 << 20);
        let make = |start: u64, budget: &mut Budget| {
            let mut profile = Profile::default();
            profile.header.sample_types = types(&[("space", "bytes")]);
            for string in [&b""[..], b"main", b"build"] {
                profile.tables_mut().symbols.strings.push(string, budget).unwrap();
            }
            let mapping = Mapping { start, limit: start + 8192, offset: 0, file: StringId(1), build_id: StringId(2) };
            profile.tables_mut().symbols.mappings.push(mapping);
            let location = Location::new(start + 16, Some(MappingId(0)));
            let location = profile.tables_mut().symbols.push_location(location, [], budget).unwrap();
            let stack = profile.tables_mut().trie.child(Trie::ROOT, location, budget).unwrap();
            let mut values = Values::default();
            values.push(5, budget).unwrap();
            profile.samples =
                Samples { stacks: vec![stack].into(), labels: vec![LabelSetId::EMPTY].into(), values: vec![values] };
            profile
        };
        let mut series = Series::new(make(0x1000, &mut budget), Budget::new(1 << 20));
        series.add(make(0x7000, &mut budget), Input::Current).unwrap();
        assert_eq!(series.symbols().locations(), 1);
        assert_eq!(series.trie().len(), 2);
        assert_eq!(series.snapshots().len(), 2);
    }
}
