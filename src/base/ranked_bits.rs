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
            prop_assert!(set.descending().eq(members.iter().rev().copied()));
            for index in 0..600 {
                let rank = members.contains(&index).then(|| members.range(..index).count());
                prop_assert_eq!(set.rank_of(index), rank);
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
