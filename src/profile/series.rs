//! Profiles and series: a profile is the content of one file with tables of its own; a series is everything loaded,
//! with shared tables.

use std::ops::Range;
use std::sync::Arc;

use crate::base::compact_sort::CompactSort;
use crate::base::file_names::FileName;
use crate::base::file_order::DateReading;
use crate::base::limits::Budget;
use crate::base::safe_text::SafeText;
use crate::profile::symbol_index::SymbolIndex;
use crate::profile::tables::LastMerged;
use crate::profile::{
    GcLog, Header, Instance, LabelSets, Membership, MemoryKind, MergeTotals, Metrics, Origin, OwnerRules,
    ProcessMemory, Role, SampleType, Samples, Symbols, Tables, Trie, TypeRole, UnknownSampleType, Values, roles,
    sample_type,
};

/// Content of one file, with tables of its own.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Metadata.
    pub header: Header,
    /// Symbols, stacks and label sets. Profiles with equal tables may share them.
    pub tables: Arc<Tables>,
    /// Samples, with a column for each of `header.sample_types`.
    pub samples: Samples,
    /// Earlier moments of a recording, oldest first; empty for a profile of one moment. Each becomes a snapshot of its
    /// own.
    pub earlier: Vec<EarlierSamples>,
    /// Base samples in the same file to compare with, which become a snapshot of the base; `None` if the file has none.
    pub base: Option<Samples>,
    /// Events of the garbage collector in the same file; `None` if the file has none.
    pub log: Option<GcLog>,
    /// Sample types whose samples are all loaded.
    pub coverage: Coverage,
}

impl Profile {
    /// Tables of the profile for changes; copied first if other profiles share them.
    pub fn tables_mut(&mut self) -> &mut Tables {
        Arc::make_mut(&mut self.tables)
    }
}

/// Sample types whose samples are all loaded. Only a fraction of the samples in a heap profile is in use, and a first
/// answer needs no others. All others are combined into one sample without frames, so that totals equal those of the
/// file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coverage {
    /// All sample types.
    #[default]
    All,
    /// The types of one kind of memory.
    Kind(MemoryKind),
    /// No sample type for certain.
    Unknown,
}

impl Coverage {
    /// Sample types whose samples are all loaded in both profiles.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, coverage) | (coverage, Self::All) => coverage,
            (Self::Kind(one), Self::Kind(other)) if one == other => self,
            _ => Self::Unknown,
        }
    }

    /// True if all samples of the types of this kind are loaded.
    pub fn has(self, kind: MemoryKind) -> bool {
        self == Self::All || self == Self::Kind(kind)
    }
}

/// Samples at an earlier moment of a recording, over the tables of its profile.
#[derive(Clone, Debug, Default)]
pub struct EarlierSamples {
    /// Time, as [`Header::time_nanos`].
    pub time_nanos: i64,
    /// Memory figures at that moment.
    pub metrics: Option<Metrics>,
    /// Samples, with a column for each of the profile's sample types.
    pub samples: Samples,
}

impl EarlierSamples {
    /// Metadata of the snapshot: the profile's metadata with the time, figures and totals of this moment.
    pub(super) fn header(&self, whole: &Header) -> Header {
        Header {
            time_nanos: self.time_nanos,
            metrics: self.metrics,
            totals: self.samples.values.iter().map(Values::sum).collect(),
            samples: self.samples.len(),
            ..whole.clone()
        }
    }
}

/// Metadata and samples of a snapshot that is about to be added.
pub(super) struct SnapshotData {
    pub(super) header: Header,
    pub(super) samples: Samples,
}

impl SnapshotData {
    /// Data of the base samples in a profile's file, with the profile's metadata.
    pub(super) fn beside(header: &Header, samples: Samples) -> Self {
        let totals = samples.values.iter().map(Values::sum).collect();
        Self { header: Header { totals, samples: samples.len(), ..header.clone() }, samples }
    }
}

/// One moment of a series: its metadata, and its samples over the series' trie.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Metadata.
    pub header: Header,
    /// Samples, with a column for each of the *series'* sample types; shared by the copies of a growing series.
    pub samples: Arc<Samples>,
    /// Signed sum of each column.
    pub totals: Vec<i128>,
    /// Sum of absolute values of each column.
    pub magnitudes: Vec<u128>,
    /// Side of a comparison that the file belongs to.
    pub input: Input,
    /// Position in the order in which the profiles were given.
    pub position: usize,
    /// Origin of the snapshot's file: named by the user, or found.
    pub origin: Origin,
    /// Name of the instance according to the source; `None` if file name, labels and counters decide.
    pub source_instance: Option<SafeText>,
    /// Instance of the snapshot.
    pub membership: Membership,
}

impl Snapshot {
    /// Returns a function that converts a sum over the snapshot's profiles to a level: for a store's merge, the mean
    /// over time of the sum over the processes; otherwise the sum itself.
    pub fn level_converter(&self) -> impl Fn(i64) -> i64 + use<> {
        let merge = self.header.merge.as_ref();
        let totals = merge.and_then(|merge| MergeTotals::of(std::iter::once((self.header.time_nanos, merge))));
        move |value| totals.map_or(value, |totals| (value as f64 / totals.scrapes).round() as i64)
    }

    /// Creates the snapshot of one file.
    pub(super) fn new(header: Header, samples: Samples, input: Input, position: usize) -> Self {
        let totals = samples.values.iter().map(Values::sum).collect();
        let magnitudes = samples.values.iter().map(Values::magnitude).collect();
        let (samples, membership) = (Arc::new(samples), Membership::default());
        let (origin, source_instance) = (Origin::Named, None);
        Self { header, samples, totals, magnitudes, input, position, origin, source_instance, membership }
    }
}

/// Totals of a snapshot by sample type. For a level merged by a store, the total is the mean over time of the sum over
/// the processes; otherwise it is the sum of the samples.
pub fn level_totals(header: &Header) -> Vec<i128> {
    let merged = header.merge.as_ref().map(|merge| (header.time_nanos, merge));
    let Some(merged) = MergeTotals::of(merged.into_iter()) else { return header.totals.clone() };
    let roles = roles(&header.sample_types);
    let told = |(at, total): (usize, &i128)| match roles.get(at).map(|role| role.role) {
        Some(Role::Level) => (*total as f64 / merged.scrapes).round() as i128,
        _ => *total,
    };
    header.totals.iter().enumerate().map(told).collect()
}

/// Time covered by profiles over a duration, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CoveredTime {
    /// Sum of the durations.
    pub total: i64,
    /// Union of the spans; less than `total` if they overlap. A profile without a time counts in full.
    pub covered: i64,
}

/// Side of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Input {
    /// The profiles to examine.
    #[default]
    Current,
    /// The profiles to compare with.
    Base,
}

/// Order of the snapshots of a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotOrder {
    /// By time, which is also the order of the arguments.
    AlreadyByTime,
    /// By time, which is not the order of the arguments.
    ResortedByTime,
    /// Order of the arguments, since some snapshots have no time.
    AsGiven {
        /// Number of snapshots without a time.
        undated: usize,
    },
}

/// Times that were taken from file names.
#[derive(Clone, Copy, Debug, Default)]
pub struct NameTimes {
    /// Number of times.
    pub count: usize,
    /// Number of times without a zone, which are taken as UTC.
    pub without_zone: usize,
    /// Order of day and month in the names.
    pub dates: DateReading,
}

/// Everything loaded: one table of symbols, one trie, and a snapshot for each file.
#[derive(Clone, Debug)]
pub struct Series {
    pub(super) symbols: Symbols,
    pub(super) trie: Trie,
    pub(super) labels: LabelSets,
    pub(super) sample_types: Vec<SampleType>,
    /// Role of each sample type.
    pub(super) roles: Vec<TypeRole>,
    pub(super) instances: Vec<Instance>,
    pub(super) snapshots: Vec<Snapshot>,
    pub(super) budget: Budget,
    /// Logs of garbage collectors.
    pub(super) logs: Vec<GcLog>,
    /// Rules for the owners of source files; `None` if no rules were loaded.
    pub(super) owners: Option<Arc<OwnerRules>>,
    /// Number of snapshots of the profile that was added last.
    pub(super) added: usize,
    /// True if profiles of other sample types were joined with a snapshot.
    pub(super) is_joined: bool,
    /// Index that finds equal symbols; made when the second profile is added.
    pub(super) index: Option<Box<SymbolIndex>>,
    /// Tables of the profile that was added last; `None` unless the next profile may share them.
    pub(super) last_merged: Option<LastMerged>,
    /// Sample types whose samples are all loaded.
    pub(super) coverage: Coverage,
}

impl Series {
    /// Creates a series of one profile, whose tables become the series' own. `budget` is the budget with the profile
    /// charged.
    pub fn new(profile: Profile, budget: Budget) -> Self {
        let Profile { header, tables, samples, earlier, base, log, coverage } = profile;
        let Tables { symbols, trie, labels } = Arc::unwrap_or_clone(tables);
        let sample_types = header.sample_types.clone();
        let roles = roles(&sample_types);
        let instances = vec![Instance { name: SafeText::default() }];
        let mut series = Self {
            symbols,
            trie,
            labels,
            sample_types,
            roles,
            instances,
            snapshots: Vec::new(),
            budget,
            logs: Vec::new(),
            owners: None,
            added: 0,
            is_joined: false,
            index: None,
            last_merged: None,
            coverage,
        };
        let data = |moment: EarlierSamples| SnapshotData { header: moment.header(&header), samples: moment.samples };
        let earlier = earlier.into_iter().map(data).collect();
        let base = base.map(|samples| SnapshotData::beside(&header, samples));
        series.push_snapshots(earlier, SnapshotData { header, samples }, log, Input::Current);
        series.push_base(base);
        series
    }

    /// Appends the base snapshot of a profile's file, if there is one.
    pub(super) fn push_base(&mut self, base: Option<SnapshotData>) {
        let Some(SnapshotData { header, samples }) = base else { return };
        let position = self.snapshots.len();
        self.snapshots.push(Snapshot::new(header, samples, Input::Base, position));
        self.added += 1;
    }

    /// Returns bytes to the budget that were charged for inputs and have been freed.
    pub fn release(&mut self, bytes: u64) {
        self.budget.release(bytes);
    }

    /// Frees what only insertions need, if it is large. For a series that is loaded.
    pub fn compact(&mut self) {
        self.trie.compact(&mut self.budget);
    }

    /// Sets the rules for the owners of source files.
    pub fn set_owners(&mut self, owners: Arc<OwnerRules>) {
        self.owners = Some(owners);
    }

    /// Rules for the owners of source files; `None` if no rules were loaded.
    pub fn owners(&self) -> Option<&OwnerRules> {
        self.owners.as_deref()
    }

    /// Appends the snapshots of a profile, whose samples refer to the series' tables, and the profile's log.
    pub(super) fn push_snapshots(
        &mut self,
        earlier: Vec<SnapshotData>,
        last: SnapshotData,
        log: Option<GcLog>,
        side: Input,
    ) {
        let source = last.header.source.clone();
        self.added = earlier.len() + 1;
        let first = self.snapshots.iter().map(|snapshot| snapshot.position + 1).max().unwrap_or(0);
        for (position, data) in (first..).zip(earlier.into_iter().chain([last])) {
            self.snapshots.push(Snapshot::new(data.header, data.samples, side, position));
        }
        self.logs.extend(log.map(|log| GcLog { source, ..log }));
    }

    /// Sets the origin of the snapshots of the profile that was added last.
    pub fn set_origin(&mut self, origin: Origin) {
        let first = self.snapshots.len().saturating_sub(self.added);
        for snapshot in &mut self.snapshots[first..] {
            snapshot.origin = origin;
        }
    }

    /// Sets the instance name of the snapshots of the profile that was added last.
    pub fn set_instance(&mut self, name: &str) {
        let first = self.snapshots.len().saturating_sub(self.added);
        for snapshot in &mut self.snapshots[first..] {
            snapshot.source_instance = Some(SafeText::from(name));
        }
    }

    /// Sets the instance name of the snapshots from index `first` on that a store merged over all its instances.
    pub fn set_merge_instance(&mut self, first: usize, name: &str) {
        for snapshot in self.snapshots.iter_mut().skip(first) {
            if snapshot.header.merge.as_ref().is_some_and(|merge| merge.instance.is_empty()) {
                snapshot.source_instance = Some(SafeText::from(name));
            }
        }
    }

    /// Sets missing times of snapshots from their file names.
    pub fn take_times_from_names(&mut self) -> NameTimes {
        let known = |header: &Header| Some(header.time_nanos).filter(|time| *time != 0);
        let headers = self.snapshots.iter().map(|snapshot| &snapshot.header);
        let dates = DateReading::new(headers.map(|header| (header.source.raw(), known(header))));
        let mut taken = NameTimes { dates, ..NameTimes::default() };
        for header in self.snapshots.iter_mut().map(|snapshot| &mut snapshot.header) {
            if header.time_nanos == 0
                && let name = FileName::parse_with(header.source.raw(), dates.order)
                && let Some(time) = name.time()
            {
                header.time_nanos = time;
                taken.count += 1;
                taken.without_zone += usize::from(name.has_local_time());
            }
        }
        taken
    }

    /// Sorts the snapshots: current ones before base ones, each side by time if all of its snapshots have a time.
    /// Returns the order of each side.
    pub fn sort_snapshots(&mut self) -> [(Input, SnapshotOrder); 2] {
        let sides = [Input::Current, Input::Base].map(|side| (side, self.order(side)));
        let by_time = |side: Input| !matches!(sides[side as usize].1, SnapshotOrder::AsGiven { .. });
        self.snapshots.compact_sort_by_key(|snapshot| {
            let time = if by_time(snapshot.input) { snapshot.header.effective_time().unwrap_or(0) } else { 0 };
            (snapshot.input == Input::Base, time, snapshot.position)
        });
        sides
    }

    /// Drops up to `count` of the first current snapshots, but never the last one, and returns the number dropped.
    /// Stacks and symbols stay, since they hardly change in a service.
    pub fn drop_oldest(&mut self, count: usize) -> usize {
        let count = count.min(self.range_of(Input::Current).len().saturating_sub(1));
        for snapshot in self.snapshots.drain(..count) {
            self.budget.release(snapshot.samples.bytes());
        }
        count
    }

    /// Removes the current snapshots for which `is_unwanted` returns true, as [`Series::drop_oldest`] does.
    pub fn remove_snapshots(&mut self, is_unwanted: impl Fn(&Snapshot) -> bool) {
        let mut freed = 0;
        self.snapshots.retain(|snapshot| {
            let is_removed = snapshot.input == Input::Current && is_unwanted(snapshot);
            freed += if is_removed { snapshot.samples.bytes() } else { 0 };
            !is_removed
        });
        self.budget.release(freed);
    }

    /// Moves the base snapshots behind the current ones; each side keeps its order.
    pub fn put_base_last(&mut self) {
        self.snapshots.compact_sort_by_key(|snapshot| snapshot.input == Input::Base);
    }

    fn order(&self, side: Input) -> SnapshotOrder {
        let times = || {
            self.snapshots.iter().filter(|one| one.input == side).map(|one| one.header.effective_time().unwrap_or(0))
        };
        let undated = times().filter(|time| *time == 0).count();
        match undated {
            0 if times().is_sorted() => SnapshotOrder::AlreadyByTime,
            0 => SnapshotOrder::ResortedByTime,
            undated => SnapshotOrder::AsGiven { undated },
        }
    }

    /// Range of a side's snapshots in [`Series::snapshots`].
    pub fn range_of(&self, side: Input) -> Range<usize> {
        let main = self.snapshots.partition_point(|snapshot| snapshot.input == Input::Current);
        match side {
            Input::Current => 0..main,
            Input::Base => main..self.snapshots.len(),
        }
    }

    /// Nanoseconds from the earliest to the latest of the snapshots that have a time.
    pub fn time_span(&self, snapshots: impl Iterator<Item = usize>) -> i64 {
        let times = snapshots.filter_map(|at| Some(self.snapshots.get(at)?.header.time_nanos));
        let times = times.filter(|time| *time != 0);
        let (first, last) = times.fold((i64::MAX, i64::MIN), |(first, last), time| (first.min(time), last.max(time)));
        last.saturating_sub(first).max(0)
    }

    /// Totals over snapshots merged by stores; `None` unless all of the snapshots are such merges.
    pub fn merge_totals(&self, snapshots: impl Iterator<Item = usize> + Clone) -> Option<MergeTotals> {
        self.merge_totals_in(snapshots.clone(), snapshots)
    }

    /// Totals over the snapshots of a window that are merged by stores, such as those of an instance; `None` unless all
    /// of these snapshots are such merges.
    pub fn merge_totals_in(
        &self,
        members: impl Iterator<Item = usize> + Clone,
        window: impl Iterator<Item = usize>,
    ) -> Option<MergeTotals> {
        let timed = |at: usize| {
            let header = &self.snapshots.get(at)?.header;
            Some((header.time_nanos, header.merge.as_ref()?))
        };
        if members.clone().any(|at| timed(at).is_none()) {
            return None;
        }
        MergeTotals::of_members(&members.filter_map(timed), window.filter_map(timed))
    }

    /// Time covered by the snapshots that hold changes within a duration.
    pub fn spans(&self, snapshots: impl Iterator<Item = usize>) -> CoveredTime {
        let changes = snapshots.filter_map(|at| self.snapshots.get(at)).filter(|one| one.is_of_changes());
        let headers = changes.map(|one| &one.header);
        let mut spans: Vec<(i128, i128)> = Vec::new();
        let (mut total, mut covered) = (0_i128, 0_i128);
        for header in headers {
            let duration = i128::from(header.duration_nanos);
            total += duration;
            match header.covered_interval() {
                None => covered += duration,
                Some((from, to)) => spans.push((from.into(), to.into())),
            }
        }
        spans.sort_unstable();
        let mut end = i128::MIN;
        for (from, to) in spans {
            covered += (to - from.max(end)).max(0);
            end = end.max(to);
        }
        let [total, covered] = [total, covered].map(|nanos| i64::try_from(nanos).unwrap_or(i64::MAX));
        CoveredTime { total, covered }
    }

    /// True if two snapshots have the same time and the same samples, values included; false for an index too large.
    pub fn is_duplicate(&self, one: usize, other: usize) -> bool {
        let (Some(a), Some(b)) = (self.snapshots.get(one), self.snapshots.get(other)) else { return false };
        one == other
            || (a.header.time_nanos, &a.totals) == (b.header.time_nanos, &b.totals)
                && (&a.samples.stacks, &a.samples.labels) == (&b.samples.stacks, &b.samples.labels)
                && a.samples.values == b.samples.values
    }

    /// Headers in the order in which the profiles were given, those of the base last. A merge takes most fields from the
    /// first header that has them.
    pub fn headers_as_given(&self) -> impl Iterator<Item = &Header> {
        let mut order: Vec<&Snapshot> = self.snapshots.iter().collect();
        order.compact_sort_by_key(|snapshot| (snapshot.input == Input::Base, snapshot.position));
        order.into_iter().map(|snapshot| &snapshot.header)
    }

    /// Symbols of all snapshots.
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// Stacks of all snapshots.
    pub fn trie(&self) -> &Trie {
        &self.trie
    }

    /// Sets of labels of all snapshots.
    pub fn labels(&self) -> &LabelSets {
        &self.labels
    }

    /// Sample types whose samples are all loaded.
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// Value columns that all snapshots have.
    pub fn sample_types(&self) -> &[SampleType] {
        &self.sample_types
    }

    /// Role of each sample type.
    pub fn roles(&self) -> &[TypeRole] {
        &self.roles
    }

    /// Snapshots: current ones, then base ones, each side in the order of [`Series::sort_snapshots`].
    pub fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    /// Logs of garbage collectors, in the order in which they were given.
    pub fn logs(&self) -> &[GcLog] {
        &self.logs
    }

    /// Adds a log. `budget` is the budget with the log charged.
    pub fn add_log(&mut self, log: GcLog, budget: Budget) {
        self.logs.push(log);
        self.budget = budget;
    }

    /// Replaces the earlier log of the same source, or adds the log. `budget` is the budget with only the new log
    /// charged.
    pub fn renew_log(&mut self, log: GcLog, budget: Budget) {
        match self.logs.iter_mut().find(|known| known.source == log.source) {
            Some(known) => *known = log,
            None => self.logs.push(log),
        }
        self.budget = budget;
    }

    /// Sets the memory of the process at the time of a snapshot, if the series has it. Go's figures in `memory` are used if
    /// the profile has none.
    pub fn set_memory(&mut self, snapshot: usize, memory: ProcessMemory) {
        let Some(Snapshot { header, .. }) = self.snapshots.get_mut(snapshot) else { return };
        header.metrics = header.metrics.or(memory.go);
        header.memory = Some(Arc::new(memory));
    }

    /// Heap budget with the series charged, for charging derived data.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Index of the initial sample type: the default named by a header if it is of memory and has values, else in-use
    /// bytes, else another type of memory with values, else the default or the last type.
    pub fn default_sample_type(&self) -> usize {
        let mut named = self.headers_as_given().map(|header| header.default_sample_type.raw());
        let named = named.find(|name| !name.is_empty()).unwrap_or("");
        roles::default_of(&self.sample_types, &self.roles, named, |index| self.has_values(index))
    }

    /// Returns true if some snapshot has a value of a sample type.
    pub fn has_values(&self, sample_type: usize) -> bool {
        self.snapshots.iter().any(|snapshot| {
            let mut has_value = snapshot.totals.get(sample_type).is_some_and(|total| *total != 0);
            if let Some(values) = snapshot.samples.values.get(sample_type).filter(|_| !has_value) {
                values.for_each(|_, _| has_value = true);
            }
            has_value
        })
    }

    /// Finds a sample type by index, name or alias, as `pprof -sample_index` does.
    ///
    /// # Errors
    /// [`UnknownSampleType`] when nothing matches.
    pub fn find_sample_type(&self, asked: &str) -> Result<usize, UnknownSampleType> {
        sample_type::find(&self.sample_types, asked)
    }
}
