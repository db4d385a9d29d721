//! A profile is what one file says; a series is everything loaded, in one table of symbols and one trie.

use std::ops::Range;
use std::sync::Arc;

use crate::base::limits::Budget;
use crate::profile::merge::{Index, MergeError};
use crate::profile::{
    GcLog, Header, LabelSets, SampleType, Samples, Symbols, Trie, UnknownSampleType, Values, sample_type,
};

/// One file, decoded, with tables of its own.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// What it says of itself.
    pub header: Header,
    /// Its symbols.
    pub symbols: Symbols,
    /// Its stacks.
    pub trie: Trie,
    /// Its sets of labels.
    pub labels: LabelSets,
    /// Its samples, a column for each of `header.sample_types`.
    pub samples: Samples,
}

/// One file within a series: its header, and its samples over the series' trie.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What the file says of itself.
    pub header: Header,
    /// Its samples, a column for each of the *series'* sample types. They are shared between a series and those that
    /// grew out of it.
    pub samples: Arc<Samples>,
    /// Signed sum of each of these columns.
    pub totals: Vec<i128>,
    /// A bound on the sum of all magnitudes of each of them.
    pub magnitudes: Vec<u128>,
    /// On which side of a comparison it was given.
    pub input: Input,
    /// Its place in the order in which the profiles were given.
    pub position: usize,
}

/// On which side of a comparison a snapshot was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Input {
    /// Among the sources.
    #[default]
    Current,
    /// Among those to compare with.
    Base,
}

/// In which order the snapshots of a side stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By their own times, which is also the order in which they were given.
    Time,
    /// By their own times, which is not the order in which they were given.
    Rearranged,
    /// As they were given, since some do not say when they were taken.
    Given {
        /// How many do not.
        undated: usize,
    },
}

/// Everything loaded: one table of symbols, one trie, and a snapshot for each file.
#[derive(Clone, Debug)]
pub struct Series {
    pub(super) symbols: Symbols,
    pub(super) trie: Trie,
    pub(super) labels: LabelSets,
    pub(super) sample_types: Vec<SampleType>,
    pub(super) snapshots: Vec<Snapshot>,
    pub(super) budget: Budget,
    /// What logs say beside the snapshots.
    logs: Vec<GcLog>,
    /// What finds equal symbols, made when a second profile comes.
    pub(super) index: Option<Box<Index>>,
}

impl Series {
    /// A series of one profile, whose tables become the series' own. `budget` is what is left for all that follows.
    pub fn new(profile: Profile, budget: Budget) -> Self {
        let Profile { header, symbols, trie, labels, samples } = profile;
        let sample_types = header.sample_types.clone();
        let totals = samples.values.iter().map(Values::sum).collect();
        let magnitudes = samples.values.iter().map(Values::magnitude).collect();
        let samples = Arc::new(samples);
        let snapshots = vec![Snapshot { header, samples, totals, magnitudes, input: Input::Current, position: 0 }];
        Self { symbols, trie, labels, sample_types, snapshots, budget, logs: Vec::new(), index: None }
    }

    /// Folds one more profile in, as pprof merges: sample types become those that all have, in the order of the first.
    ///
    /// # Errors
    /// [`MergeError`] when no sample type is common, or two profiles measure different things; the series is of no use
    /// afterwards when it is the budget that ran out, and unchanged otherwise.
    pub fn add(&mut self, profile: Profile, side: Input) -> Result<(), MergeError> {
        super::merge::add(self, profile, side)
    }

    /// Puts the snapshots in order, now that all are there: those of the sources before those to compare with, each side
    /// by time where every snapshot of it says when it was taken. Says what became of the order on a side.
    pub fn arrange(&mut self) -> [(Input, Order); 2] {
        let sides = [Input::Current, Input::Base].map(|side| (side, self.order(side)));
        let by_time = |side: Input| !matches!(sides[side as usize].1, Order::Given { .. });
        self.snapshots.sort_by_key(|snapshot| {
            let time = if by_time(snapshot.input) { snapshot.header.time_nanos } else { 0 };
            (snapshot.input == Input::Base, time, snapshot.position)
        });
        sides
    }

    /// Forgets the first `count` snapshots of the sources, but never the last of them. Stacks and symbols stay: those of a
    /// service are soon all there.
    pub fn forget(&mut self, count: usize) -> usize {
        let count = count.min(self.range_of(Input::Current).len().saturating_sub(1));
        for snapshot in self.snapshots.drain(..count) {
            self.budget.release(snapshot.samples.bytes());
        }
        count
    }

    fn order(&self, side: Input) -> Order {
        let times = || self.snapshots.iter().filter(|one| one.input == side).map(|one| one.header.time_nanos);
        let undated = times().filter(|time| *time == 0).count();
        match undated {
            0 if times().is_sorted() => Order::Time,
            0 => Order::Rearranged,
            undated => Order::Given { undated },
        }
    }

    /// The snapshots of a side, as a range of [`Series::snapshots`].
    pub fn range_of(&self, side: Input) -> Range<usize> {
        let main = self.snapshots.partition_point(|snapshot| snapshot.input == Input::Current);
        match side {
            Input::Current => 0..main,
            Input::Base => main..self.snapshots.len(),
        }
    }

    /// Nanoseconds from the earliest to the latest of some snapshots that say when they were taken.
    pub fn span(&self, snapshots: impl Iterator<Item = usize>) -> i64 {
        let times = snapshots.map(|snapshot| self.snapshots[snapshot].header.time_nanos).filter(|time| *time != 0);
        let (first, last) = times.fold((i64::MAX, i64::MIN), |(first, last), time| (first.min(time), last.max(time)));
        last.saturating_sub(first).max(0)
    }

    /// Whether two snapshots are the same one, given twice.
    pub fn is_duplicate(&self, one: usize, other: usize) -> bool {
        let (a, b) = (&self.snapshots[one], &self.snapshots[other]);
        one == other
            || (a.header.time_nanos, &a.totals) == (b.header.time_nanos, &b.totals)
                && (&a.samples.stacks, &a.samples.labels) == (&b.samples.stacks, &b.samples.labels)
    }

    /// The headers in the order in which the profiles were given: what a merge takes from the first that says it.
    pub fn headers_as_given(&self) -> impl Iterator<Item = &Header> {
        let mut order: Vec<&Snapshot> = self.snapshots.iter().collect();
        order.sort_by_key(|snapshot| snapshot.position);
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

    /// The value columns that all snapshots have.
    pub fn sample_types(&self) -> &[SampleType] {
        &self.sample_types
    }

    /// The snapshots: those of the sources, then those to compare with, each side in the order that
    /// [`Series::arrange`] found.
    pub fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    /// Logs of garbage collectors, in the order in which they were given.
    pub fn logs(&self) -> &[GcLog] {
        &self.logs
    }

    /// Puts a log beside the snapshots. `budget` is what is left once it is charged.
    pub fn attach(&mut self, log: GcLog, budget: Budget) {
        self.logs.push(log);
        self.budget = budget;
    }

    /// What of the heap budget is charged so far; whatever is derived from the series continues from here.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The type to show first: the first default that a snapshot names, else the last type.
    pub fn default_sample_type(&self) -> usize {
        let mut named = self.headers_as_given().map(|header| header.default_sample_type.raw());
        sample_type::default_of(&self.sample_types, named.find(|name| !name.is_empty()).unwrap_or(""))
    }

    /// Finds a sample type by index, name or alias, as `pprof -sample_index` does.
    ///
    /// # Errors
    /// [`UnknownSampleType`] when nothing matches.
    pub fn find_sample_type(&self, asked: &str) -> Result<usize, UnknownSampleType> {
        sample_type::find(&self.sample_types, asked)
    }
}
