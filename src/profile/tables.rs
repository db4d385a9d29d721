//! Tables of a profile, which several profiles may share, and their ids in a series.

use std::sync::Arc;

use crate::base::ids::{LabelSetId, StackId};
use crate::profile::{IdColumn, LabelSets, Samples, Symbols, Trie};

/// Symbols, stacks and label sets of a profile, which its samples refer to.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Symbols.
    pub symbols: Symbols,
    /// Stacks.
    pub trie: Trie,
    /// Sets of labels.
    pub labels: LabelSets,
}

/// Ids of the series for the stacks and label sets of a profile.
#[derive(Debug)]
pub(super) struct MergedIds {
    pub(super) stacks: Vec<StackId>,
    pub(super) sets: Vec<LabelSetId>,
}

/// Tables of the profile that was added last, and their ids in the series.
#[derive(Clone, Debug)]
pub(super) struct LastMerged {
    pub(super) tables: Arc<Tables>,
    pub(super) ids: Arc<MergedIds>,
}

impl MergedIds {
    /// Heap bytes of the ids.
    pub(super) fn bytes(&self) -> u64 {
        (self.stacks.capacity() * size_of::<StackId>() + self.sets.capacity() * size_of::<LabelSetId>()) as u64
    }

    /// Converts samples of the profile to the ids of the series. Columns that equal those of `previous`, a snapshot of
    /// the series, are shared with it.
    pub(super) fn samples(&self, samples: Samples, previous: Option<&Samples>) -> Samples {
        let stacks = samples.stacks.iter().map(|stack| self.stacks[stack.index()]);
        let labels = samples.labels.iter().map(|set| self.sets[set.index()]);
        Samples {
            stacks: IdColumn::shared(stacks, previous.map(|previous| &previous.stacks)),
            labels: IdColumn::shared(labels, previous.map(|previous| &previous.labels)),
            values: samples.values,
        }
    }
}
