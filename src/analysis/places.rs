//! Numbers for a few marked entries of a long list, in order: columns of values then hold the marked entries alone.

use std::ops::Range;

use crate::base::limits::{Budget, LimitError};

/// Entries that share an entry of [`Places::bases`]. Their number of places fits a byte.
const BLOCK: usize = 128;

/// Marks on the entries of a list.
#[derive(Debug)]
pub(super) struct Marks(Vec<u8>);

/// Number of marked entries before each entry of a list, and before its end.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// Number of places before each block of entries.
    bases: Vec<u32>,
    /// Number of places before each entry within its block.
    within: Vec<u8>,
}

impl Marks {
    /// Creates the marks of a list of `count` entries, none of which is marked.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub(super) fn new(count: usize, budget: &mut Budget) -> Result<Self, LimitError> {
        let mut marks = Vec::new();
        budget.grow(&mut marks, count + 1)?;
        marks.resize(count + 1, 0);
        Ok(Self(marks))
    }

    /// Marks an entry.
    #[inline]
    pub(super) fn mark(&mut self, entry: usize) {
        self.0[entry] = 1;
    }

    /// Numbers the marked entries in their order.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub(super) fn numbered(mut self, budget: &mut Budget) -> Result<Places, LimitError> {
        let mut bases = Vec::new();
        budget.grow(&mut bases, self.0.len().div_ceil(BLOCK))?;
        let mut base = 0;
        for block in self.0.chunks_mut(BLOCK) {
            bases.push(base);
            let mut places = 0;
            for mark in block {
                places += std::mem::replace(mark, places);
            }
            base += u32::from(places);
        }
        Ok(Places { bases, within: self.0 })
    }
}

impl Places {
    /// Places of some entries. A call of its own, so that figures of trees without places stay a few instructions.
    #[inline(never)]
    pub(super) fn of(&self, entries: &Range<usize>) -> Range<usize> {
        self.before(entries.start)..self.before(entries.end)
    }

    /// Number of places before an entry.
    #[inline]
    pub(super) fn before(&self, entry: usize) -> usize {
        self.bases[entry / BLOCK] as usize + usize::from(self.within[entry])
    }

    /// Number of places.
    pub(super) fn count(&self) -> usize {
        self.before(self.within.len() - 1)
    }

    /// Releases the memory of the places.
    pub(super) fn end(self, budget: &mut Budget) {
        budget.release((self.bases.capacity() * size_of::<u32>() + self.within.capacity()) as u64);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_are_numbered_in_order(marked in prop::collection::vec(any::<bool>(), 1..600)) {
            let mut budget = Budget::new(1 << 20);
            let mut marks = Marks::new(marked.len(), &mut budget).unwrap();
            (0..marked.len()).filter(|entry| marked[*entry]).for_each(|entry| marks.mark(entry));
            let places = marks.numbered(&mut budget).unwrap();
            let mut before = 0;
            for (entry, is_marked) in marked.iter().enumerate() {
                prop_assert_eq!(places.before(entry), before);
                before += usize::from(*is_marked);
            }
            prop_assert_eq!(places.count(), before);
        }
    }
}
