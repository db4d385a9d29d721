//! Mapping of a file's ids to dense indices.
//!
//! Ids in a profile are arbitrary 64-bit numbers, usually 1, 2, 3 and so on. Ids that lie close together are looked up
//! in a table; distant ones in a hash map, so that a large id in a small file costs one entry and not gigabytes.

use rustc_hash::FxHashMap;

use crate::base::limits::{Budget, LimitError};

const ABSENT: u32 = u32::MAX;
/// Initial size of the table.
const INITIAL_SIZE: usize = 1024;

/// Map from a file's ids to dense indices, assigned in the order in which ids are first seen.
#[derive(Debug, Default)]
pub struct IdMap {
    near: Vec<u32>,
    far: FxHashMap<u64, u32>,
    len: u32,
    /// Number of ids from 1 on without a gap that were found in `near`.
    dense: u64,
}

impl IdMap {
    /// Number of ids seen.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// True if no id has been seen.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of ids from 1 on without a gap that have been seen.
    pub fn dense(&mut self) -> u64 {
        let is_seen = |id: u64| self.near.get(id as usize).is_some_and(|index| *index != ABSENT);
        while is_seen(self.dense + 1) {
            self.dense += 1;
        }
        self.dense
    }

    /// Id with a dense index. The search is linear; it serves error messages.
    pub fn id_of(&self, index: usize) -> Option<u64> {
        let near = self.near.iter().position(|known| *known as usize == index).map(|id| id as u64);
        near.or_else(|| self.far.iter().find(|(_, known)| **known as usize == index).map(|(id, _)| *id))
    }

    /// Index of `id`, a new one if the id has not been seen.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    #[inline]
    pub fn index(&mut self, id: u64, budget: &mut Budget) -> Result<u32, LimitError> {
        match self.near.get(id as usize) {
            Some(index) if *index != ABSENT => Ok(*index),
            _ => self.insert(id, budget),
        }
    }

    #[cold]
    fn insert(&mut self, id: u64, budget: &mut Budget) -> Result<u32, LimitError> {
        let next = self.len;
        self.make_room(id, budget)?;
        let index = if let Some(index) = self.near.get_mut(id as usize) {
            index
        } else {
            if self.far.len() == self.far.capacity() {
                budget.charge(self.far.capacity().max(4) as u64 * 16)?;
            }
            self.far.entry(id).or_insert(ABSENT)
        };
        if *index == ABSENT {
            *index = next;
            self.len += 1;
        }
        Ok(*index)
    }

    /// Doubles the table for an id just past its end, as long as the table is in proportion to the number of ids seen.
    fn make_room(&mut self, id: u64, budget: &mut Budget) -> Result<(), LimitError> {
        let size = INITIAL_SIZE.max(self.near.len() * 2);
        let in_proportion = self.near.len() < INITIAL_SIZE || self.len as usize >= self.near.len() / 8;
        if id < self.near.len() as u64 || id >= size as u64 || !in_proportion {
            return Ok(());
        }
        budget.charge(((size - self.near.len()) * size_of::<u32>()) as u64)?;
        self.near.resize(size, ABSENT);
        let near = &mut self.near;
        self.far.retain(|id, index| match near.get_mut(*id as usize) {
            Some(entry) => {
                *entry = *index;
                false
            }
            None => true,
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_become_dense_in_the_order_they_are_seen() {
        let mut budget = Budget::new(1 << 20);
        let mut map = IdMap::default();
        let ids = [7, 1, u64::MAX, 7, 1 << 40, 1, 1 << 20];
        let indices: Vec<u32> = ids.iter().map(|id| map.index(*id, &mut budget).unwrap()).collect();
        assert_eq!(indices, [0, 1, 2, 0, 3, 1, 4]);
        assert_eq!(map.id_of(2), Some(u64::MAX));
        assert_eq!(map.id_of(1), Some(1));
        assert_eq!(map.len(), 5);
        assert_eq!(map.dense(), 1);
        for (id, dense) in [(3, 1), (2, 3), (5, 3), (4, 5), (6, 7)] {
            map.index(id, &mut budget).unwrap();
            assert_eq!(map.dense(), dense, "after {id}");
        }
    }

    #[test]
    fn one_large_id_costs_an_entry() {
        let mut budget = Budget::new(1 << 20);
        IdMap::default().index(1 << 24, &mut budget).unwrap();
        assert!(budget.used() < 8 << 10, "{} bytes for one id", budget.used());
    }

    proptest! {
        #[test]
        fn an_id_keeps_its_index_while_the_table_grows(ids in prop::collection::vec(0u64..20_000, 0..3000)) {
            let mut budget = Budget::new(1 << 24);
            let mut map = IdMap::default();
            let mut plain = std::collections::HashMap::new();
            for id in ids {
                let next = plain.len() as u32;
                prop_assert_eq!(map.index(id, &mut budget).unwrap(), *plain.entry(id).or_insert(next));
            }
        }
    }
}
