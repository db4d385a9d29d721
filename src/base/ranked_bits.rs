//! Set of indices that also numbers its members: a bit for each index, and the number of members before each word.
//!
//! A column that has a value for few of the rows of a table stores those values alone; the rank of a row in the set is
//! the value's place. The set takes 1.5 bits for each index, and a rank takes two look-ups.

use crate::base::limits::{Budget, LimitError};

/// Bits of a word.
const WORD: usize = 64;

/// Set of indices with ranks.
#[derive(Clone, Debug, Default)]
pub struct RankedBits {
    /// Bit for each index up to the last member.
    words: Vec<u64>,
    /// Number of members before each word.
    ranks: Vec<u32>,
    /// Number of members.
    count: u32,
}

impl RankedBits {
    /// Creates the set of some indices below `limit`, in any order.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub fn of(indices: impl Iterator<Item = usize>, limit: usize, budget: &mut Budget) -> Result<Self, LimitError> {
        let mut set = Self::default();
        set.make_room(limit.div_ceil(WORD), budget)?;
        indices.for_each(|index| set.words[index / WORD] |= 1 << (index % WORD));
        for (word, rank) in set.words.iter().zip(&mut set.ranks) {
            *rank = set.count;
            set.count += word.count_ones();
        }
        Ok(set)
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Returns true if there are no members.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns true if `index` is a member.
    #[inline]
    pub fn contains(&self, index: usize) -> bool {
        self.words.get(index / WORD).is_some_and(|word| word >> (index % WORD) & 1 == 1)
    }

    /// Memory of the set in bytes, as it was charged.
    pub fn bytes(&self) -> u64 {
        (self.words.capacity() * size_of::<u64>() + self.ranks.capacity() * size_of::<u32>()) as u64
    }

    /// Adds an index above all members.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent; the set is unchanged.
    #[inline]
    pub fn push(&mut self, index: usize, budget: &mut Budget) -> Result<(), LimitError> {
        let word = index / WORD;
        if word >= self.words.len() {
            self.make_room(word + 1, budget)?;
        }
        self.words[word] |= 1 << (index % WORD);
        self.count += 1;
        Ok(())
    }

    #[cold]
    fn make_room(&mut self, words: usize, budget: &mut Budget) -> Result<(), LimitError> {
        let more = words - self.words.len();
        budget.grow(&mut self.words, more)?;
        budget.grow(&mut self.ranks, more)?;
        self.words.resize(words, 0);
        self.ranks.resize(words, self.count);
        Ok(())
    }

    /// Members, the largest first.
    pub fn descending(&self) -> impl Iterator<Item = usize> + '_ {
        let bits_of = |(word, bits): (usize, &u64)| {
            let rest = |bits: &u64| Some(bits & !(1 << bits.checked_ilog2()?)).filter(|rest| *rest != 0);
            let left = std::iter::successors(Some(*bits).filter(|bits| *bits != 0), rest);
            left.map(move |bits| word * WORD + bits.ilog2() as usize)
        };
        self.words.iter().enumerate().rev().flat_map(bits_of)
    }

    /// Number of members below `index` if it is a member.
    #[inline]
    pub fn rank_of(&self, index: usize) -> Option<usize> {
        let word = self.words.get(index / WORD)?;
        let bit = 1 << (index % WORD);
        (word & bit != 0).then(|| (self.ranks[index / WORD] + (word & (bit - 1)).count_ones()) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn ranks_count_the_members_below(members in prop::collection::btree_set(0usize..400, 0..90)) {
            let budget = &mut Budget::new(1 << 20);
            let mut set = RankedBits::default();
            for member in &members {
                set.push(*member, budget).unwrap();
            }
            let unordered = members.iter().rev().chain(&members).copied();
            for set in [set, RankedBits::of(unordered, 400, budget).unwrap()] {
                prop_assert!(set.descending().eq(members.iter().rev().copied()));
                prop_assert_eq!((set.len(), set.is_empty()), (members.len(), members.is_empty()));
                for index in 0..600 {
                    let rank = members.contains(&index).then(|| members.range(..index).count());
                    prop_assert_eq!((set.rank_of(index), set.contains(index)), (rank, rank.is_some()));
                }
            }
        }
    }

    #[test]
    fn a_set_that_may_not_grow_is_unchanged() {
        let mut set = RankedBits::default();
        set.push(3, &mut Budget::new(1 << 10)).unwrap();
        assert!(set.push(1 << 20, &mut Budget::new(1 << 10)).is_err());
        let members: BTreeSet<usize> = (0..1 << 21).filter(|index| set.rank_of(*index).is_some()).collect();
        assert_eq!(members, BTreeSet::from([3]));
    }
}
