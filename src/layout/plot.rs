//! Lines over time in whole cells: snapshots of a column, and columns of a range of snapshots.

use std::ops::Range;

/// Snapshots of column `at` of `cells`, out of `count`: one or more. With more columns than snapshots, several columns
/// have the same one.
pub fn snapshots_of(at: usize, cells: usize, count: usize) -> Range<usize> {
    if cells == 0 {
        return 0..0;
    }
    let start = at * count / cells;
    start..((at + 1) * count).div_ceil(cells).max(start + 1).min(count.max(start))
}

/// Columns of `cells` that contain the snapshots of `range`, out of `count`; at least one.
pub fn columns_of(range: Range<usize>, cells: usize, count: usize) -> Range<usize> {
    if cells == 0 || count == 0 {
        return 0..0;
    }
    let start = (range.start * cells).div_ceil(count).min(cells - 1);
    let end = (range.end * cells).div_ceil(count);
    start..end.max(start + 1).min(cells)
}

/// Time interval of each of `cells` columns. Snapshot `n` covers the time from `ends[n]` to `ends[n + 1]`; a column
/// covers a part of one snapshot's time, or with more snapshots than columns, the time of several snapshots.
pub fn slices(ends: &[i64], cells: usize) -> Vec<Range<i64>> {
    let count = ends.len().saturating_sub(1);
    if count == 0 {
        return Vec::new();
    }
    let edge = |column: usize| {
        let at = (column * count / cells.max(1)).min(count);
        if count >= cells || at == count {
            return ends[at];
        }
        let start = (at * cells).div_ceil(count);
        let (at, start) = if column < start { (at - 1, ((at - 1) * cells).div_ceil(count)) } else { (at, start) };
        let end = ((at + 1) * cells).div_ceil(count);
        let span = i128::from(ends[at + 1]) - i128::from(ends[at]);
        let into = span * (column - start) as i128 / (end - start).max(1) as i128;
        i64::try_from(i128::from(ends[at]) + into).unwrap_or(ends[at])
    };
    (0..cells).map(|column| edge(column)..edge(column + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::chart;
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

    proptest! {
        #[test]
        fn slices_cover_the_time_of_the_snapshots_whose_columns_they_are(count in 1..60_usize, cells in 1..200_usize) {
            let ends: Vec<i64> = (0..=count as i64).map(|at| 1000 + at * at * 40).collect();
            let slices = slices(&ends, cells);
            prop_assert_eq!(slices.len(), cells);
            prop_assert_eq!((slices[0].start, slices[cells - 1].end), (ends[0], ends[count]));
            prop_assert!(slices.windows(2).all(|pair| pair[0].end == pair[1].start && pair[0].start <= pair[0].end));
            for at in (0..count).filter(|_| cells >= count) {
                let columns = columns_of(at..at + 1, cells, count);
                prop_assert_eq!((slices[columns.start].start, slices[columns.end - 1].end), (ends[at], ends[at + 1]));
            }
        }
    }

    #[test]
    fn the_scale_begins_at_nothing() {
        assert_eq!(chart::heights(&[100, 101, 102], 3), [8, 8, 8], "no drama is made of two in a hundred");
        assert_eq!(chart::heights(&[0, 1, 50, 100], 4), [0, 1, 4, 8]);
        assert_eq!(chart::heights(&[-5, 0], 2), [0, 0]);
        assert_eq!(chart::heights(&[1, 9, 2, 3], 2), [8, 3]);
        assert_eq!(chart::heights(&[], 9), Vec::<u8>::new());
    }
}
