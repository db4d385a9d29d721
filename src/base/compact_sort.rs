//! Sorting of lists that no key press and no sample waits for.
//!
//! `slice::sort_by` is compiled once for each type and order: 120 copies of 8 KB were 7% of the binary and of the time to
//! build it. The methods here sort numbers of items with one copy, and then move the items.

use std::cmp::Ordering;

/// Stable sorting with little code for each type.
pub(crate) trait CompactSort<T> {
    /// Sorts as `slice::sort_by` does.
    fn compact_sort_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// Sorts as `slice::sort_by_key` does.
    fn compact_sort_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K);
}

impl<T> CompactSort<T> for [T] {
    fn compact_sort_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let mut order: Vec<usize> = (0..self.len()).collect();
        sort_numbers(&mut order, &mut |one, other| compare(&self[one], &self[other]));
        move_items(&mut order, &mut |one, other| self.swap(one, other));
    }

    fn compact_sort_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.compact_sort_by(|one, other| key(one).cmp(&key(other)));
    }
}

#[inline(never)]
fn sort_numbers(order: &mut [usize], compare: &mut dyn FnMut(usize, usize) -> Ordering) {
    order.sort_by(|one, other| compare(*one, *other));
}

/// Moves items by swaps, so that the item at `order[place]` comes to `place`. `order` ends as `0..len`.
#[inline(never)]
fn move_items(order: &mut [usize], swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut place = start;
        loop {
            let from = std::mem::replace(&mut order[place], place);
            if from == start {
                break;
            }
            swap(place, from);
            place = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn items_are_sorted_as_by_the_standard_library(keys in prop::collection::vec(0_u8..20, 0..200)) {
            let items: Vec<(u8, usize)> = keys.into_iter().zip(0..).collect();
            let (mut compact, mut standard) = (items.clone(), items.clone());
            compact.compact_sort_by_key(|item| item.0);
            standard.sort_by_key(|item| item.0);
            prop_assert_eq!(&compact, &standard);
            let larger_half_first = |one: &(u8, usize), other: &(u8, usize)| (other.0 / 10).cmp(&(one.0 / 10));
            compact.compact_sort_by(larger_half_first);
            standard.sort_by(larger_half_first);
            prop_assert_eq!(compact, standard);
        }
    }
}
