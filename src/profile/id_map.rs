//! Ids of a file become dense indices.
//!
//! Ids in a profile are 64-bit numbers that a writer may choose freely, usually 1, 2, 3 and so on. Columns want dense
//! indices. Small ids are looked up in pages that come to be when first asked for, so that one large id in a small file
//! costs a page and no gigabyte; ids past the pages go through a hash map.

use rustc_hash::FxHashMap;

use crate::base::limits::{Budget, LimitError};

const PAGE: usize = 4096;
/// Ids below this are paged: 16 million, the most locations that a file may have by default.
const PAGED: u64 = 1 << 24;
const ABSENT: u32 = u32::MAX;

/// A map from a file's ids to dense indices, given out in the order in which ids are first seen.
#[derive(Debug, Default)]
pub struct IdMap {
    pages: Vec<Option<Box<[u32; PAGE]>>>,
    far: FxHashMap<u64, u32>,
    len: u32,
}

impl IdMap {
    /// The number of ids seen.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether no id has been seen.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The index of `id`, if it has been seen.
    pub fn get(&self, id: u64) -> Option<usize> {
        let index = if id < PAGED {
            let page = self.pages.get(id as usize / PAGE)?.as_ref()?;
            page[id as usize % PAGE]
        } else {
            *self.far.get(&id)?
        };
        (index != ABSENT).then_some(index as usize)
    }

    /// The id that has an index: for messages alone, since it looks through all of them.
    pub fn id_of(&self, index: usize) -> Option<u64> {
        let paged = self.pages.iter().enumerate().find_map(|(number, page)| {
            let at = page.as_ref()?.iter().position(|known| *known as usize == index)?;
            Some((number * PAGE + at) as u64)
        });
        paged.or_else(|| self.far.iter().find(|(_, known)| **known as usize == index).map(|(id, _)| *id))
    }

    /// The index of `id`, a new one when it has not been seen.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    #[inline]
    pub fn index(&mut self, id: u64, budget: &mut Budget) -> Result<u32, LimitError> {
        if id < PAGED
            && let Some(Some(page)) = self.pages.get(id as usize / PAGE)
            && page[id as usize % PAGE] != ABSENT
        {
            return Ok(page[id as usize % PAGE]);
        }
        self.insert(id, budget)
    }

    #[cold]
    fn insert(&mut self, id: u64, budget: &mut Budget) -> Result<u32, LimitError> {
        let next = self.len;
        let index = if id < PAGED {
            let page = id as usize / PAGE;
            while self.pages.len() <= page {
                budget.push(&mut self.pages, None)?;
            }
            if self.pages[page].is_none() {
                budget.charge(size_of::<[u32; PAGE]>() as u64)?;
            }
            &mut self.pages[page].get_or_insert_with(|| Box::new([ABSENT; PAGE]))[id as usize % PAGE]
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_dense_in_the_order_they_are_seen() {
        let mut budget = Budget::new(1 << 20);
        let mut map = IdMap::default();
        let ids = [7, 1, u64::MAX, 7, PAGED, 1, PAGED - 1];
        let indices: Vec<u32> = ids.iter().map(|id| map.index(*id, &mut budget).unwrap()).collect();
        assert_eq!(indices, [0, 1, 2, 0, 3, 1, 4]);
        assert_eq!(map.get(u64::MAX), Some(2));
        assert_eq!(map.get(8), None);
        assert_eq!(map.len(), 5);
    }

    #[test]
    fn one_large_id_costs_a_page() {
        let mut budget = Budget::new(1 << 20);
        IdMap::default().index(PAGED - 1, &mut budget).unwrap();
        assert!(budget.used() < 128 << 10, "{} bytes for one id", budget.used());
    }
}
