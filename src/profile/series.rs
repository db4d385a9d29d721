//! A profile is what one file says; a series is everything loaded, in one table of symbols and one trie.

use crate::base::limits::Budget;
use crate::profile::merge::{Index, MergeError};
use crate::profile::{Header, LabelSets, SampleType, Samples, Symbols, Trie, UnknownSampleType, sample_type};

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
    /// Its samples, a column for each of the *series'* sample types.
    pub samples: Samples,
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
    /// What finds equal symbols, made when a second profile comes.
    pub(super) index: Option<Box<Index>>,
}

impl Series {
    /// A series of one profile, whose tables become the series' own. `budget` is what is left for all that follows.
    pub fn new(profile: Profile, budget: Budget) -> Self {
        let Profile { header, symbols, trie, labels, samples } = profile;
        let sample_types = header.sample_types.clone();
        let snapshots = vec![Snapshot { header, samples }];
        Self { symbols, trie, labels, sample_types, snapshots, budget, index: None }
    }

    /// Folds one more profile in, as pprof merges: sample types become those that all have, in the order of the first.
    ///
    /// # Errors
    /// [`MergeError`] when no sample type is common, or two profiles measure different things; the series is of no use
    /// afterwards when it is the budget that ran out, and unchanged otherwise.
    pub fn add(&mut self, profile: Profile) -> Result<(), MergeError> {
        super::merge::add(self, profile)
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

    /// The snapshots in the order in which they were given.
    pub fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    /// What of the heap budget is charged so far; whatever is derived from the series continues from here.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The type to show first: the first default that a snapshot names, else the last type.
    pub fn default_sample_type(&self) -> usize {
        let named = self.snapshots.iter().map(|snapshot| snapshot.header.default_sample_type.raw());
        sample_type::default_of(&self.sample_types, named.into_iter().find(|name| !name.is_empty()).unwrap_or(""))
    }

    /// Finds a sample type by index, name or alias, as `pprof -sample_index` does.
    ///
    /// # Errors
    /// [`UnknownSampleType`] when nothing matches.
    pub fn find_sample_type(&self, asked: &str) -> Result<usize, UnknownSampleType> {
        sample_type::find(&self.sample_types, asked)
    }
}
