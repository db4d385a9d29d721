//! Lines over time in whole cells: which snapshots a column stands for, and where a range of them lies.

use std::ops::Range;

use crate::layout::chart;

/// The snapshots that column `at` of `cells` stands for, of `count` in all: one or more, and where there are more columns
/// than snapshots, several columns stand for the same one.
pub fn snapshots_of(at: usize, cells: usize, count: usize) -> Range<usize> {
    if cells == 0 {
        return 0..0;
    }
    let start = at * count / cells;
    start..((at + 1) * count).div_ceil(cells).max(start + 1).min(count.max(start))
}

/// The columns of `cells` in which the snapshots of `range` lie, of `count` in all; at least one.
pub fn columns_of(range: Range<usize>, cells: usize, count: usize) -> Range<usize> {
    if cells == 0 || count == 0 {
        return 0..0;
    }
    let start = (range.start * cells).div_ceil(count).min(cells - 1);
    let end = (range.end * cells).div_ceil(count);
    start..end.max(start + 1).min(cells)
}

/// The largest of each column's values, and eighths of a cell for it: the scale is 0 to the largest of all, so that small
/// changes stay small. What is above 0 is never nothing.
pub fn heights(values: &[i64], cells: usize) -> Vec<u8> {
    chart::columns(values, (cells, 1)).into_iter().map(|height| u8::try_from(height).unwrap_or(8)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_snapshot_has_a_column_and_every_column_a_snapshot(count in 1..500_usize, cells in 1..300_usize) {
            let mut seen = vec![false; count];
            for at in 0..cells {
                let range = snapshots_of(at, cells, count);
                prop_assert!(!range.is_empty() && range.end <= count, "column {at}: {range:?}");
                seen[range].iter_mut().for_each(|seen| *seen = true);
            }
            prop_assert!(seen.into_iter().all(|seen| seen));
        }

        #[test]
        fn a_range_lies_where_its_snapshots_are(count in 1..200_usize, cells in 1..200_usize, ends in (0..200_usize, 0..200_usize)) {
            let (first, last) = (ends.0.min(count - 1), ends.1.min(count - 1));
            let range = first.min(last)..first.max(last) + 1;
            let columns = columns_of(range.clone(), cells, count);
            prop_assert!(!columns.is_empty() && columns.end <= cells);
            let whole = columns_of(0..count, cells, count);
            prop_assert_eq!(whole, 0..cells);
        }
    }

    #[test]
    fn the_scale_begins_at_nothing() {
        assert_eq!(heights(&[100, 101, 102], 3), [8, 8, 8], "no drama is made of two in a hundred");
        assert_eq!(heights(&[0, 1, 50, 100], 4), [0, 1, 4, 8]);
        assert_eq!(heights(&[-5, 0], 2), [0, 0]);
        assert_eq!(heights(&[1, 9, 2, 3], 2), [8, 3]);
        assert_eq!(heights(&[], 9), Vec::<u8>::new());
    }
}
