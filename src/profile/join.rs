//! Joining of profiles with different sample types into one snapshot, by stack.
//!
//! Profile stores and some profilers write a file for each sample type. Files of the same moment that have no sample
//! type in common are one profile; samples with the same stack and labels become one sample.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::ids::{LabelSetId, StackId};
use crate::base::limits::{Budget, LimitError};
use crate::base::safe_text::SafeText;
use crate::base::step_count::count_steps;
use crate::profile::merge::{convert_columns, shared_types};
use crate::profile::{Header, Input, MemoryKind, MergeError, Profile, SampleType, Samples, Series, Values, roles};

impl Series {
    /// Index of the snapshot that a profile can be joined with: same side, time and duration, no common sample type.
    /// `None` if there is none, or if either is not a memory profile.
    pub fn joinable(&self, header: &Header, side: Input) -> Option<usize> {
        let is_memory = |types: &[SampleType]| roles(types).iter().all(|role| role.kind != MemoryKind::Other);
        if header.time_nanos == 0 || header.sample_types.is_empty() || !is_memory(&header.sample_types) {
            return None;
        }
        let names: FxHashSet<&SafeText> = header.sample_types.iter().map(|one| &one.name).collect();
        self.snapshots.iter().rposition(|snapshot| {
            let known = &snapshot.header;
            snapshot.input == side
                && (known.time_nanos, known.duration_nanos) == (header.time_nanos, header.duration_nanos)
                && known.format == header.format
                && known.period_type == header.period_type
                && is_memory(&known.sample_types)
                && !known.sample_types.iter().any(|one| names.contains(&one.name))
        })
    }

    /// Creates a series with an empty snapshot, to which merges of a store are then joined.
    ///
    /// # Errors
    /// [`MergeError::Limit`] when the budget is spent.
    pub fn of_merge(header: Header, budget: Budget, side: Input) -> Result<Self, MergeError> {
        let mut series = Self::new(empty(header), budget);
        series.is_joined = true;
        series.snapshots.iter_mut().for_each(|snapshot| snapshot.input = side);
        Ok(series)
    }

    /// Adds an empty snapshot, to which merges of a store are then joined.
    ///
    /// # Errors
    /// [`MergeError`] when the snapshot's types have nothing in common with the types of the series.
    pub fn add_merge(&mut self, header: Header, side: Input) -> Result<(), MergeError> {
        self.is_joined = true;
        self.add_types(missing(&self.sample_types, &header.sample_types))?;
        self.add(empty(header), side)
    }

    /// Adds the samples of a profile to a snapshot. Sample types that the series lacks are added, with zeros in all
    /// other snapshots.
    ///
    /// # Errors
    /// [`MergeError::Unit`] if units cannot be converted; the series is then unchanged. [`MergeError::Limit`] when the
    /// budget is spent; the series is not usable then.
    pub fn join(&mut self, profile: Profile, snapshot: usize) -> Result<(), MergeError> {
        let Profile { mut header, tables, mut samples, coverage, .. } = profile;
        let shared = shared_types(&self.sample_types, &header.sample_types)?;
        convert_columns(self, &shared, &header.sample_types)?;
        for column in shared.iter().filter(|column| column.scale_theirs != 1) {
            samples.values[column.theirs].scale(column.scale_theirs, &mut self.budget)?;
            header.sample_types[column.theirs].unit = self.sample_types[column.ours].unit.clone();
            if let Some(total) = header.totals.get_mut(column.theirs) {
                *total = total.saturating_mul(i128::from(column.scale_theirs));
            }
        }
        self.coverage = self.coverage.and(coverage);
        let samples = self.merge_tables(&tables)?.samples(samples, None);
        self.is_joined = true;
        let budget = &mut self.budget;
        let Some(target) = self.snapshots.get_mut(snapshot) else { return Ok(()) };
        let joined = Arc::make_mut(&mut target.samples);
        let rows = rows(joined, &samples, budget)?;
        let mut columns = Vec::new();
        for values in &samples.values {
            let mut sums = Vec::new();
            budget.grow(&mut sums, joined.stacks.len())?;
            sums.resize(joined.stacks.len(), 0_i64);
            values.for_each(|sample, value| sums[rows[sample]] = sums[rows[sample]].wrapping_add(value));
            columns.push(column(&sums, budget)?);
            budget.release((sums.capacity() * size_of::<i64>()) as u64);
        }
        budget.release(rows_bytes(&rows));
        self.add_types(missing(&self.sample_types, &header.sample_types))?;
        let known = places(&self.sample_types);
        for (sample_type, values) in header.sample_types.iter().zip(columns) {
            let Some(at) = known.get(&sample_type.name).copied() else { continue };
            let target = &mut self.snapshots[snapshot];
            let samples = Arc::make_mut(&mut target.samples);
            add_to(&mut samples.values[at], values, &mut self.budget)?;
            let values = &samples.values[at];
            (target.totals[at], target.magnitudes[at]) = (values.sum(), values.magnitude());
        }
        let target = &mut self.snapshots[snapshot];
        let ours = &mut target.header;
        // The header keeps the unit of its file until a finer one joins it.
        for column in shared_types(&ours.sample_types, &header.sample_types)? {
            let total = ours.totals[column.ours].saturating_mul(i128::from(column.scale_ours));
            if column.scale_ours != 1 {
                ours.sample_types[column.ours].unit = header.sample_types[column.theirs].unit.clone();
            }
            ours.totals[column.ours] = total;
        }
        if header.source != ours.source && !ours.joined.contains(&header.source) {
            ours.joined.push(header.source);
        }
        ours.samples = target.samples.len();
        ours.locations = ours.locations.max(header.locations);
        ours.functions = ours.functions.max(header.functions);
        ours.mappings = ours.mappings.max(header.mappings);
        let mut builds: FxHashSet<_> = ours.build_ids.iter().cloned().collect();
        ours.build_ids.extend(header.build_ids.into_iter().filter(|build| builds.insert(build.clone())));
        ours.sample_types.extend(missing(&ours.sample_types, &header.sample_types));
        ours.totals.resize(ours.sample_types.len(), 0);
        let known = places(&ours.sample_types);
        for (sample_type, total) in header.sample_types.iter().zip(header.totals) {
            if let Some(sum) = known.get(&sample_type.name).and_then(|at| ours.totals.get_mut(*at)) {
                *sum = sum.saturating_add(total);
            }
        }
        Ok(())
    }

    /// Returns true if the series lacks a sample type of a profile, so that a join would add it to all snapshots.
    pub fn lacks_types_of(&self, header: &Header) -> bool {
        !missing(&self.sample_types, &header.sample_types).is_empty()
    }

    /// Names of the series' sample types that a snapshot has no file for, safe to print: its zeros were not measured.
    pub fn types_missing_in(&self, snapshot: usize) -> Vec<String> {
        if !self.is_joined {
            return Vec::new();
        }
        let header = &self.snapshots[snapshot].header;
        let missing = missing(&header.sample_types, &self.sample_types);
        missing.iter().map(|one| one.name.shown().to_owned()).collect()
    }

    /// Adds sample types with zeros in every snapshot.
    fn add_types(&mut self, sample_types: Vec<SampleType>) -> Result<(), LimitError> {
        for snapshot in &mut self.snapshots {
            let samples = Arc::make_mut(&mut snapshot.samples);
            for _ in &sample_types {
                samples.values.push(Values::zeros(samples.stacks.len(), &mut self.budget)?);
                snapshot.totals.push(0);
                snapshot.magnitudes.push(0);
            }
        }
        self.sample_types.extend(sample_types);
        self.roles = roles(&self.sample_types);
        Ok(())
    }

    /// Drops the sample types that some snapshot lacks, and returns their names, safe to print. To be called after all
    /// profiles were joined. Nothing is dropped if no type is in every snapshot.
    pub fn drop_partial_types(&mut self) -> Vec<String> {
        if !self.is_joined {
            return Vec::new();
        }
        let mut everywhere: FxHashSet<&SafeText> = self.sample_types.iter().map(|one| &one.name).collect();
        for snapshot in &self.snapshots {
            let names: FxHashSet<&SafeText> = snapshot.header.sample_types.iter().map(|one| &one.name).collect();
            everywhere.retain(|name| names.contains(name));
        }
        let kept: Vec<bool> = self.sample_types.iter().map(|one| everywhere.contains(&one.name)).collect();
        if kept.iter().all(|kept| *kept) || !kept.iter().any(|kept| *kept) {
            return Vec::new();
        }
        for snapshot in &mut self.snapshots {
            retain(&mut Arc::make_mut(&mut snapshot.samples).values, &kept);
            retain(&mut snapshot.totals, &kept);
            retain(&mut snapshot.magnitudes, &kept);
        }
        let dropped = self.sample_types.iter().zip(&kept).filter(|(_, kept)| !**kept);
        let dropped = dropped.map(|(one, _)| one.name.shown().to_owned()).collect();
        retain(&mut self.sample_types, &kept);
        self.roles = roles(&self.sample_types);
        dropped
    }
}

impl Profile {
    /// Keeps the sample types whose flag is set, with their values.
    pub fn keep_types(&mut self, kept: &[bool]) {
        retain(&mut self.header.sample_types, kept);
        retain(&mut self.header.totals, kept);
        retain(&mut self.samples.values, kept);
    }
}

/// Index of the first sample type of each name.
fn places(sample_types: &[SampleType]) -> FxHashMap<SafeText, usize> {
    count_steps(sample_types.len());
    // The last insertion of a name wins.
    sample_types.iter().enumerate().rev().map(|(at, one)| (one.name.clone(), at)).collect()
}

/// Sample types that are not among the known ones, each once.
fn missing(known: &[SampleType], sample_types: &[SampleType]) -> Vec<SampleType> {
    count_steps(known.len() + sample_types.len());
    let mut names: FxHashSet<&SafeText> = known.iter().map(|one| &one.name).collect();
    sample_types.iter().filter(|one| names.insert(&one.name)).cloned().collect()
}

/// Creates a profile with this header and no samples.
fn empty(header: Header) -> Profile {
    let values = vec![Values::default(); header.sample_types.len()];
    Profile { header, samples: Samples { values, ..Samples::default() }, ..Profile::default() }
}

/// Adds the values of `other` to a column of the same length.
fn add_to(column: &mut Values, other: Values, budget: &mut Budget) -> Result<(), LimitError> {
    let mut is_empty = true;
    column.for_each(|_, _| is_empty = false);
    if is_empty {
        budget.release(column.bytes());
        *column = other;
        return Ok(());
    }
    let mut sums = Values::default();
    (0..column.len()).try_for_each(|row| sums.push(column.get(row).wrapping_add(other.get(row)), budget))?;
    budget.release(column.bytes() + other.bytes());
    *column = sums;
    Ok(())
}

/// Keeps the elements whose flag is set.
fn retain<T>(all: &mut Vec<T>, kept: &[bool]) {
    let mut flags = kept.iter();
    all.retain(|_| flags.next().copied().unwrap_or(true));
}

/// Returns the row of the joined samples for each new sample; rows are appended for new pairs of stack and label set.
fn rows(joined: &mut Samples, samples: &Samples, budget: &mut Budget) -> Result<Vec<usize>, LimitError> {
    let mut known: FxHashMap<(StackId, LabelSetId), usize> = FxHashMap::default();
    let mut charged = 0;
    for (row, key) in joined.stacks.iter().copied().zip(joined.labels.iter().copied()).enumerate() {
        charged += budget.charge_map_entry(&known)?;
        known.entry(key).or_insert(row);
    }
    let mut rows = Vec::new();
    budget.grow(&mut rows, samples.len())?;
    for key in samples.stacks.iter().copied().zip(samples.labels.iter().copied()) {
        if let Some(row) = known.get(&key) {
            rows.push(*row);
            continue;
        }
        charged += budget.charge_map_entry(&known)?;
        known.insert(key, joined.stacks.len());
        rows.push(joined.stacks.len());
        budget.push(joined.stacks.to_mut(), key.0)?;
        budget.push(joined.labels.to_mut(), key.1)?;
        for values in &mut joined.values {
            values.push(0, budget)?;
        }
    }
    budget.release(charged);
    Ok(rows)
}

fn rows_bytes(rows: &Vec<usize>) -> u64 {
    (rows.capacity() * size_of::<usize>()) as u64
}

fn column(sums: &[i64], budget: &mut Budget) -> Result<Values, LimitError> {
    let mut values = Values::default();
    sums.iter().try_for_each(|sum| values.push(*sum, budget))?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::LocationId;
    use crate::base::step_count::measure_steps;
    use crate::profile::{Location, Trie};

    /// Profile of one type with a value for each of some locations.
    fn profile(name: &str, time: i64, values: &[(u64, i64)]) -> Profile {
        let mut budget = Budget::new(1 << 20);
        let mut profile = Profile::default();
        let unit = if name.ends_with("space") { "bytes" } else { "count" };
        profile.header.sample_types = vec![SampleType::new(name, unit)];
        profile.header.totals = vec![values.iter().map(|(_, value)| i128::from(*value)).sum()];
        profile.header.time_nanos = time;
        let empty = profile.tables_mut().labels.intern(&[], &mut budget).unwrap();
        let mut column = Values::default();
        for (index, (address, value)) in values.iter().enumerate() {
            let location = Location::new(*address, None);
            profile.tables_mut().symbols.push_location(location, std::iter::empty(), &mut budget).unwrap();
            let stack = profile.tables_mut().trie.child(Trie::ROOT, LocationId::new(index), &mut budget).unwrap();
            profile.samples.stacks.to_mut().push(stack);
            profile.samples.labels.to_mut().push(empty);
            column.push(*value, &mut budget).unwrap();
        }
        profile.samples.values = vec![column];
        profile
    }

    fn totals(series: &Series) -> Vec<Vec<i128>> {
        series.snapshots().iter().map(|one| one.totals.clone()).collect()
    }

    #[test]
    fn types_of_one_moment_are_one_snapshot_in_any_order() {
        let mut series = Series::new(profile("inuse_space", 1, &[(1, 10), (2, 20)]), Budget::new(1 << 20));
        series.add(profile("inuse_space", 2, &[(1, 11)]), Input::Current).unwrap();
        let objects = profile("inuse_objects", 1, &[(2, 2), (3, 3)]);
        let at = series.joinable(&objects.header, Input::Current);
        assert_eq!(at, Some(0));
        series.join(objects, 0).unwrap();
        let objects = profile("inuse_objects", 2, &[(1, 1)]);
        let at = series.joinable(&objects.header, Input::Current).unwrap();
        series.join(objects, at).unwrap();
        assert_eq!(totals(&series), [[30, 5], [11, 1]]);
        let first = &series.snapshots()[0];
        assert_eq!(first.samples.len(), 3, "a stack of both types is one sample");
        assert_eq!(first.samples.values[0].get(1), 20);
        assert_eq!(first.samples.values[1].get(1), 2);
        assert_eq!(series.roles()[0].paired_type, Some(1));
        assert!(series.drop_partial_types().is_empty());
    }

    /// Profile of many sample types and builds, of which half have numbers below those of the next half.
    fn wide(first: usize, count: usize) -> Profile {
        let mut profile = profile("inuse_space", 1, &[(1, 1)]);
        let numbers = first..first + count;
        profile.header.sample_types =
            numbers.clone().map(|n| SampleType::new(&format!("inuse_space{n}"), "bytes")).collect();
        profile.header.totals = vec![1; count];
        profile.header.build_ids = numbers.map(|n| SafeText::from(&*format!("build{n}"))).collect();
        let column = profile.samples.values.pop().unwrap();
        profile.samples.values = vec![column; count];
        profile
    }

    #[test]
    fn types_and_builds_are_joined_in_linear_time() {
        let steps = |count: usize| {
            let mut series = Series::new(wide(0, count), Budget::new(1 << 30));
            let other = wide(count, count);
            let (steps, ()) = measure_steps(|| {
                assert_eq!(series.joinable(&other.header, Input::Current), Some(0));
                series.join(other, 0).unwrap();
                assert!(series.drop_partial_types().is_empty());
            });
            let header = &series.snapshots()[0].header;
            assert_eq!((series.roles().len(), header.sample_types.len()), (2 * count, 2 * count));
            assert_eq!((header.build_ids.len(), header.totals.len()), (2 * count, 2 * count));
            steps
        };
        let (small, large) = (steps(500), steps(2000));
        assert!(small > 0 && large <= small * 5, "{small} steps became {large} at four times the size");
    }

    #[test]
    fn units_are_converted_to_the_finer_one_in_any_order() {
        let in_kilobytes = |time, value| {
            let mut profile = profile("inuse_space", time, &[(1, value)]);
            profile.header.sample_types = vec![SampleType::new("inuse_space", "kilobytes")];
            profile
        };
        let in_bytes = |time, value| profile("inuse_space", time, &[(1, value)]);
        for (first, second, expected) in
            [(in_kilobytes(1, 3), in_bytes(2, 5), [3072, 5]), (in_bytes(1, 5), in_kilobytes(2, 3), [5, 3072])]
        {
            let mut series = Series::new(first, Budget::new(1 << 20));
            series.join(profile("inuse_objects", 1, &[(1, 7)]), 0).unwrap();
            series.add(second, Input::Current).unwrap();
            assert_eq!(totals(&series), [[expected[0], 7], [expected[1], 0]]);
            series.join(in_kilobytes(2, 1), 1).unwrap();
            assert_eq!(totals(&series)[1], [expected[1] + 1024, 0], "of one type in one snapshot");
            assert_eq!(series.sample_types()[0].unit.raw(), "bytes");
        }
        let mut merged = Series::of_merge(in_kilobytes(1, 0).header, Budget::new(1 << 20), Input::Current).unwrap();
        merged.join(in_kilobytes(1, 2), 0).unwrap();
        merged.join(in_bytes(1, 1), 0).unwrap();
        assert_eq!((totals(&merged), &merged.snapshots()[0].header.totals), (vec![vec![2049]], &vec![2049]));
        let mut other = in_bytes(1, 1);
        other.header.sample_types = vec![SampleType::new("inuse_space", "count")];
        assert!(matches!(merged.join(other, 0), Err(MergeError::Unit { .. })));
    }

    #[test]
    fn a_type_that_a_snapshot_lacks_is_dropped() {
        let mut series = Series::new(profile("inuse_space", 1, &[(1, 10)]), Budget::new(1 << 20));
        series.join(profile("inuse_objects", 1, &[(1, 1)]), 0).unwrap();
        series.add(profile("inuse_space", 2, &[(1, 11)]), Input::Current).unwrap();
        assert_eq!(totals(&series), [[10, 1], [11, 0]]);
        assert_eq!(series.drop_partial_types(), ["inuse_objects"]);
        assert_eq!(totals(&series), [[10], [11]]);
    }

    #[test]
    fn a_copy_has_equal_values() {
        let mut series = Series::new(profile("inuse_space", 1, &[(1, 10), (2, 20)]), Budget::new(1 << 20));
        for values in [[(1, 10), (2, 20)], [(1, 20), (2, 10)]] {
            series.add(profile("inuse_space", 1, &values), Input::Current).unwrap();
        }
        assert_eq!(totals(&series), [[30], [30], [30]]);
        assert_eq!([1, 2].map(|other| series.is_duplicate(0, other)), [true, false]);
    }

    #[test]
    fn other_times_sides_and_common_types_are_not_joined() {
        let series = Series::new(profile("inuse_space", 1, &[(1, 10)]), Budget::new(1 << 20));
        let of = |name, time| profile(name, time, &[(1, 1)]).header;
        assert_eq!(series.joinable(&of("inuse_objects", 2), Input::Current), None);
        assert_eq!(series.joinable(&of("inuse_objects", 0), Input::Current), None);
        assert_eq!(series.joinable(&of("inuse_objects", 1), Input::Base), None);
        assert_eq!(series.joinable(&of("inuse_space", 1), Input::Current), None);
        assert_eq!(series.joinable(&of("cpu", 1), Input::Current), None);
    }
}
