//! Columns of ids: the stacks and label sets of samples.
//!
//! Snapshots of a process mostly have the same samples in the same order. Such snapshots share their columns of ids, a
//! third of the memory of a series with four sample types.

use std::ops::Deref;
use std::sync::Arc;

/// Column of ids, one for each sample.
#[derive(Clone, Debug)]
pub struct IdColumn<T> {
    /// Ids of a column that is not shared.
    owned: Vec<T>,
    /// Ids of a column that other snapshots may have too; `None` if the column is not shared.
    shared: Option<Arc<[T]>>,
}

impl<T> Default for IdColumn<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T> Deref for IdColumn<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.shared.as_deref().unwrap_or(&self.owned)
    }
}

impl<T> From<Vec<T>> for IdColumn<T> {
    fn from(owned: Vec<T>) -> Self {
        Self { owned, shared: None }
    }
}

impl<'a, T> IntoIterator for &'a IdColumn<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: PartialEq> PartialEq for IdColumn<T> {
    fn eq(&self, other: &Self) -> bool {
        self.is_shared_with(other) || self[..] == other[..]
    }
}

impl<T> IdColumn<T> {
    /// True if two columns are one in memory.
    pub(super) fn is_shared_with(&self, other: &Self) -> bool {
        self.shared.as_ref().zip(other.shared.as_ref()).is_some_and(|(one, other)| Arc::ptr_eq(one, other))
    }

    /// Number of ids that fit without an allocation.
    pub(super) fn capacity(&self) -> usize {
        self.shared.as_ref().map_or(self.owned.capacity(), |ids| ids.len())
    }

    /// Heap bytes that are freed when the column is dropped: 0 if another snapshot has the column too.
    pub(super) fn bytes(&self) -> u64 {
        let is_in_use = self.shared.as_ref().is_some_and(|ids| Arc::strong_count(ids) > 1);
        if is_in_use { 0 } else { (self.capacity() * size_of::<T>()) as u64 }
    }
}

impl<T: Copy + PartialEq> IdColumn<T> {
    /// Creates a column that can be shared: the column `previous` itself if its ids are equal and it can be shared.
    pub(super) fn shared(ids: impl ExactSizeIterator<Item = T> + Clone, previous: Option<&Self>) -> Self {
        let known = previous.and_then(|previous| previous.shared.as_ref());
        let known = known.filter(|known| ids.len() == known.len() && ids.clone().eq(known.iter().copied()));
        Self { owned: Vec::new(), shared: Some(known.map_or_else(|| ids.collect(), Arc::clone)) }
    }

    /// Ids as a vector that can be changed; a shared column is copied first.
    #[inline]
    pub fn to_mut(&mut self) -> &mut Vec<T> {
        if let Some(ids) = self.shared.take() {
            self.owned = ids.to_vec();
        }
        &mut self.owned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(ids: &[u32], previous: Option<&IdColumn<u32>>) -> IdColumn<u32> {
        IdColumn::shared(ids.iter().copied(), previous)
    }

    #[test]
    fn equal_columns_share_their_memory_until_one_changes() {
        let first = column(&[1, 2, 3], None);
        assert_eq!(first.bytes(), 12);
        let mut second = column(&[1, 2, 3], Some(&first));
        let other = column(&[1, 2, 4], Some(&first));
        assert!(first.is_shared_with(&second) && !first.is_shared_with(&other));
        assert_eq!((first.bytes(), second.bytes(), other.bytes()), (0, 0, 12));

        second.to_mut().push(9);
        assert_eq!((&first[..], &second[..]), (&[1, 2, 3][..], &[1, 2, 3, 9][..]));
        assert_eq!(first.bytes(), 12);
    }

    #[test]
    fn an_owned_column_is_not_shared() {
        let owned: IdColumn<u32> = vec![1, 2].into();
        let next = column(&[1, 2], Some(&owned));
        assert!(owned == next && !owned.is_shared_with(&next));
    }
}
