//! Reversal of stacks, for profiles whose writer put the outermost caller in place of the allocating function.

use std::sync::Arc;

use crate::base::ids::StackId;
use crate::base::limits::{Budget, LimitError};
use crate::base::step_count;
use crate::profile::{IdColumn, Samples, Series, Snapshot, Trie};

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
            budget.charge(samples.bytes() + size_of_val(&samples.stacks[..]) as u64)?;
            for stack in &samples.stacks {
                if reversed[stack.index()].is_none() {
                    reversed[stack.index()] = Some(self.reverse(*stack, &mut trie, &mut budget)?);
                }
            }
            let stacks = samples.stacks.iter().map(|stack| reversed[stack.index()].unwrap_or(Trie::ROOT));
            let previous = snapshots.last().map(|last: &Snapshot| &last.samples.stacks);
            let stacks = IdColumn::shared(stacks, previous);
            let samples = Samples { stacks, labels: samples.labels.clone(), values: samples.values.clone() };
            snapshots.push(Snapshot { samples: Arc::new(samples), ..snapshot.clone() });
        }
        Ok(Self {
            symbols: self.symbols.clone(),
            trie,
            labels: self.labels.clone(),
            sample_types: self.sample_types.clone(),
            roles: self.roles.clone(),
            instances: self.instances.clone(),
            snapshots,
            budget,
            logs: self.logs.clone(),
            owners: self.owners.clone(),
            added: self.added,
            is_joined: self.is_joined,
            // Both refer to stacks of the other trie.
            index: None,
            last_merged: None,
            coverage: self.coverage,
        })
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
