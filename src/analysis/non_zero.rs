//! Stacks with values of a sample type, and their callers.
//!
//! A heap profile lists every call site that ever allocated, and only a fraction of the memory is in use. For one
//! sample type, a tree of these stacks equals the tree of all stacks and takes less time. The first frame and most
//! reports use it.

use crate::analysis::label_roots::LabelRoots;
use crate::base::ids::StackId;
use crate::base::limits::{Budget, LimitError};
use crate::base::step_count;
use crate::profile::{Series, Trie};

/// Bit for each stack: set if a snapshot has a non-zero value of the sample type on the stack or below. The root's bit
/// is always set.
#[derive(Clone, Debug)]
pub(super) struct NonZeroStacks {
    words: Vec<u64>,
}

impl NonZeroStacks {
    /// Finds the stacks with a value of a sample type in any snapshot, optionally below label roots. `None` if more
    /// than half of the samples have one.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub(super) fn new(
        series: &Series,
        label_roots: Option<&LabelRoots>,
        sample_type: usize,
        budget: &mut Budget,
    ) -> Result<Option<Self>, LimitError> {
        if !is_sparse(series, sample_type) {
            return Ok(None);
        }
        let trie = label_roots.map_or(series.trie(), |label_roots| &label_roots.trie);
        let (mut words, count) = (Vec::new(), trie.len().div_ceil(64));
        budget.grow(&mut words, count)?;
        words.resize(count, 0);
        let mut filled = Self { words };
        filled.set(Trie::ROOT);
        for snapshot in series.snapshots() {
            let samples = &snapshot.samples;
            step_count::count_steps(samples.len());
            samples.values[sample_type].for_each(|sample, _| {
                let stack = samples.stacks[sample];
                filled.fill(
                    trie,
                    label_roots.map_or(stack, |label_roots| label_roots.stack(stack, samples.labels[sample])),
                );
            });
        }
        Ok(Some(filled))
    }

    /// Sets the bits of a stack and of the stacks above, up to the first that is set.
    fn fill(&mut self, trie: &Trie, stack: StackId) {
        let mut next = Some(stack);
        while let Some(stack) = next.filter(|stack| !self.has(*stack)) {
            self.set(stack);
            next = trie.parent(stack);
        }
    }

    fn set(&mut self, stack: StackId) {
        self.words[stack.index() / 64] |= 1 << (stack.index() % 64);
    }

    /// Returns true if a value is on a stack, or below it.
    #[inline]
    pub(super) fn has(&self, stack: StackId) -> bool {
        self.words[stack.index() / 64] >> (stack.index() % 64) & 1 == 1
    }
}

/// Returns true if a sample type is not 0 in at most half of the samples, so that it pays to find their stacks.
fn is_sparse(series: &Series, sample_type: usize) -> bool {
    let (mut filled, mut all) = (0, 0);
    for snapshot in series.snapshots() {
        snapshot.samples.values[sample_type].for_each(|_, _| filled += 1);
        all += snapshot.samples.len();
    }
    step_count::count_steps(all);
    filled <= all / 2
}
