//! Reversal of stacks, for profiles whose writer put the outermost caller in place of the allocating function.

use std::sync::Arc;

use crate::base::ids::StackId;
use crate::base::limits::{Budget, LimitError};
use crate::base::step_count;
use crate::profile::{Samples, Series, Snapshot, Trie};

impl Series {
    /// Returns the series with every stack reversed. The lines of a location keep their order, which comes from the
    /// symbols.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent: reversed stacks share fewer nodes.
    pub fn flipped(&self) -> Result<Self, LimitError> {
        let mut budget = self.budget.clone();
        let mut reversed: Vec<Option<StackId>> = Vec::new();
        budget.grow(&mut reversed, self.trie.len())?;
        reversed.resize(self.trie.len(), None);
        let mut trie = Trie::default();
        let mut snapshots = Vec::with_capacity(self.snapshots.len());
        for snapshot in &self.snapshots {
            let samples = &snapshot.samples;
            budget.charge(samples.bytes())?;
            let mut stacks = Vec::with_capacity(samples.len());
            for stack in &samples.stacks {
                let known = reversed[stack.index()];
                let found = if let Some(known) = known { known } else { self.reverse(*stack, &mut trie, &mut budget)? };
                reversed[stack.index()] = Some(found);
                stacks.push(found);
            }
            let samples = Samples { stacks, labels: samples.labels.clone(), values: samples.values.clone() };
            snapshots.push(Snapshot { samples: Arc::new(samples), ..snapshot.clone() });
        }
        Ok(Self { trie, snapshots, budget, index: None, ..self.clone() })
    }

    /// Adds the reverse of a stack to a trie.
    fn reverse(&self, stack: StackId, trie: &mut Trie, budget: &mut Budget) -> Result<StackId, LimitError> {
        let (mut at, mut below) = (stack, Trie::ROOT);
        while at != Trie::ROOT {
            step_count::count_steps(1);
            below = trie.child(below, self.trie.location(at), budget)?;
            at = self.trie.parent(at).unwrap_or(Trie::ROOT);
        }
        Ok(below)
    }
}
