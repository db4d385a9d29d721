//! Ring of snapshots: the newest and the largest are kept, and others are removed once a new one is complete.

use crate::base::compact_sort::CompactSort;
use std::path::PathBuf;

/// Heap size of a snapshot in bytes, by source; both are `None` if the snapshot cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct HeapSize {
    /// Objects according to the runtime; `None` if it gave no figures.
    pub(super) runtime: Option<i64>,
    /// In-use bytes of the profile.
    pub(super) in_use: Option<i64>,
}

/// Snapshot of the ring.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RingEntry {
    path: PathBuf,
    size: HeapSize,
}

/// Maximum numbers of kept snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RingLimits {
    /// Number of newest snapshots kept; `None` keeps all.
    pub(super) newest: Option<usize>,
    /// Number of largest snapshots kept in addition.
    pub(super) largest: usize,
}

/// Snapshots in the order of their times.
#[derive(Debug)]
pub(super) struct Ring {
    limits: RingLimits,
    entries: Vec<RingEntry>,
}

impl Ring {
    pub(super) fn new(limits: RingLimits) -> Self {
        Self { limits, entries: Vec::new() }
    }

    /// Adds the newest snapshot, and returns the snapshots to remove, oldest first.
    pub(super) fn add(&mut self, path: PathBuf, size: HeapSize) -> Vec<PathBuf> {
        let Some(newest) = self.limits.newest else { return Vec::new() };
        self.entries.push(RingEntry { path, size });
        let old = self.entries.len().saturating_sub(newest.max(1));
        if old == 0 {
            return Vec::new();
        }
        // The runtime also counts garbage, so its figure is compared only if all snapshots have it.
        let mut readable = self.entries.iter().map(|entry| entry.size).filter(|size| *size != HeapSize::default());
        let is_by_runtime = readable.all(|size| size.runtime.is_some());
        let compared = |size: HeapSize| if is_by_runtime { size.runtime } else { size.in_use.or(size.runtime) };
        let mut by_size: Vec<usize> = (0..self.entries.len()).collect();
        // Of equal sizes, the newer snapshot is kept.
        by_size.compact_sort_by_key(|at| std::cmp::Reverse((compared(self.entries[*at].size), *at)));
        let largest = &by_size[..self.limits.largest.min(by_size.len())];
        let mut removed = Vec::new();
        let mut at = 0;
        self.entries.retain(|entry| {
            let stays = at >= old || largest.contains(&at);
            at += 1;
            if !stays {
                removed.push(entry.path.clone());
            }
            stays
        });
        removed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ring(newest: usize, largest: usize) -> Ring {
        Ring::new(RingLimits { newest: Some(newest), largest })
    }

    fn in_use(bytes: i64) -> HeapSize {
        HeapSize { in_use: Some(bytes), ..HeapSize::default() }
    }

    #[test]
    fn sizes_are_compared_by_a_figure_that_all_have() {
        let size = |runtime, in_use| HeapSize { runtime, in_use: Some(in_use) };
        // The first snapshot is the largest, and one has no figures of the runtime.
        let mut ring = ring(1, 1);
        let sizes = [size(None, 900), size(Some(950), 500), size(Some(960), 600)];
        let removed = sizes.into_iter().enumerate().flat_map(|(at, size)| ring.add(at.to_string().into(), size));
        assert_eq!(removed.collect::<Vec<_>>(), [PathBuf::from("1")]);
        let mut ring = self::ring(1, 1);
        let sizes = [size(Some(950), 500), HeapSize::default(), size(Some(940), 600), size(Some(930), 700)];
        let removed = sizes.into_iter().enumerate().flat_map(|(at, size)| ring.add(at.to_string().into(), size));
        assert_eq!(removed.collect::<Vec<_>>(), ["1", "2"].map(PathBuf::from), "an unreadable file decides nothing");
    }

    #[test]
    fn the_newest_and_the_largest_stay() {
        let mut ring = ring(2, 1);
        let removed: Vec<Vec<PathBuf>> = [5, 9, 3, 4, 10, 1]
            .into_iter()
            .map(|size| ring.add(PathBuf::from(size.to_string()), in_use(size)))
            .collect();
        let want: [&[&str]; 6] = [&[], &[], &["5"], &[], &["9", "3"], &["4"]];
        let want: Vec<Vec<PathBuf>> = want.iter().map(|names| names.iter().map(PathBuf::from).collect()).collect();
        assert_eq!(removed, want, "9 stays as the largest until 10 is larger");
        let stay: Vec<_> = ring.entries.iter().filter_map(|entry| entry.size.in_use).collect();
        assert_eq!(stay, [10, 1]);
    }

    #[test]
    fn without_a_number_everything_stays() {
        let mut ring = Ring::new(RingLimits { newest: None, largest: 3 });
        assert!((0..100).all(|size| ring.add(PathBuf::new(), in_use(size)).is_empty()));
    }

    proptest! {
        #[test]
        fn neither_the_newest_nor_the_largest_is_ever_lost(
            sizes in prop::collection::vec(0i64..100, 1..60), newest in 1usize..6, largest in 0usize..4,
        ) {
            let mut ring = ring(newest, largest);
            for (at, size) in sizes.iter().enumerate() {
                ring.add(PathBuf::from(at.to_string()), in_use(*size));
                let kept: Vec<usize> =
                    ring.entries.iter().map(|entry| entry.path.to_str().unwrap().parse().unwrap()).collect();
                prop_assert!(kept.len() <= newest + largest);
                prop_assert!(((at + 1).saturating_sub(newest)..=at).all(|one| kept.contains(&one)), "the newest");
                if largest > 0 {
                    let most = sizes[..=at].iter().max().unwrap();
                    prop_assert!(kept.iter().any(|one| sizes[*one] == *most), "the largest");
                }
            }
        }
    }
}
