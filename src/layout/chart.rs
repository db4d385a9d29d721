//! Plot of several rows: column heights, and the labels of the axis.
//!
//! The scale is always 0 to the largest value. A scale from the smallest value would exaggerate noise.

use crate::layout::plot::snapshots_of;

/// Eighths of a cell, the resolution of block characters.
const EIGHTHS: usize = 8;
/// Maximum number of labels of the axis.
const MOST_TICKS: usize = 5;

/// Height of each of `cells` columns in eighths of a cell, for a plot of `rows` rows. A column has the height of its
/// largest value, and at least one eighth for a positive value.
pub fn columns(values: &[i64], cells: usize, rows: usize) -> Vec<usize> {
    let most = scale(values);
    let full = rows * EIGHTHS;
    let height = |at: usize| {
        let value = values[snapshots_of(at, cells, values.len())].iter().copied().max().unwrap_or(0);
        if most == 0 || value <= 0 || full == 0 {
            return 0;
        }
        let eighths = (i128::from(value) * full as i128 + i128::from(most) / 2) / i128::from(most);
        usize::try_from(eighths).unwrap_or(full).clamp(1, full)
    };
    (0..if values.is_empty() { 0 } else { cells }).map(height).collect()
}

/// Value of the full height: the largest value, or 0 if none is positive.
pub fn scale(values: &[i64]) -> i64 {
    values.iter().copied().max().unwrap_or(0).max(0)
}

/// Rows with a label of the axis, from the top, with the value at their upper edge.
pub fn ticks(values: &[i64], rows: usize) -> Vec<(usize, i64)> {
    let most = scale(values);
    let step = rows.div_ceil(MOST_TICKS).max(1);
    let figure = |row: usize| {
        let share = i128::from(most) * (rows - row) as i128 / rows as i128;
        (row, i64::try_from(share).unwrap_or(most))
    };
    let mut ticks: Vec<(usize, i64)> = (0..rows).step_by(step).map(figure).collect();
    // Equal labels collapse to one.
    ticks.dedup_by_key(|(_, value)| *value);
    ticks
}

/// Largest value of each column, in eighths of a cell on a scale from 0 to the largest of all, so that small changes
/// stay small. A positive value is at least one eighth.
pub fn heights(values: &[i64], cells: usize) -> Vec<u8> {
    columns(values, cells, 1).into_iter().map(|height| u8::try_from(height).unwrap_or(8)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_column_leaves_its_plot(
            values in prop::collection::vec(any::<i64>(), 0..80), cells in 0..120_usize, rows in 0..30_usize,
        ) {
            let columns = columns(&values, cells, rows);
            prop_assert_eq!(columns.len(), if values.is_empty() { 0 } else { cells });
            prop_assert!(columns.iter().all(|height| *height <= rows * 8));
            if scale(&values) > 0 && cells > 0 && rows > 0 {
                prop_assert!(columns.contains(&(rows * 8)), "the largest is as high as the plot");
            }
        }

        #[test]
        fn rising_values_are_drawn_rising(
            mut values in prop::collection::vec(0..i64::MAX, 1..80), cells in 1..120_usize, rows in 1..30_usize,
        ) {
            values.sort_unstable();
            prop_assert!(columns(&values, cells, rows).is_sorted());
        }

        #[test]
        fn figures_fall_from_the_top_and_stay_within_the_rows(
            values in prop::collection::vec(any::<i64>(), 0..20), rows in 0..60_usize,
        ) {
            let ticks = ticks(&values, rows);
            prop_assert!(ticks.len() <= MOST_TICKS && ticks.iter().all(|(row, _)| *row < rows));
            prop_assert!(ticks.windows(2).all(|pair| pair[0].1 > pair[1].1 && pair[0].0 < pair[1].0));
            prop_assert_eq!(ticks.first().map(|(_, value)| *value), (rows > 0).then(|| scale(&values)));
        }
    }

    #[test]
    fn the_scale_begins_at_nothing() {
        assert_eq!(columns(&[100, 101, 102], 3, 4), [31, 32, 32]);
        assert_eq!(columns(&[0, 1, 50, 100], 4, 2), [0, 1, 8, 16]);
        assert_eq!(columns(&[-5, 0], 2, 3), [0, 0]);
        assert_eq!(ticks(&[0, 80], 4), [(0, 80), (1, 60), (2, 40), (3, 20)]);
        assert_eq!(ticks(&[0], 4), [(0, 0)]);
    }
}
