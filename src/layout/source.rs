//! Which columns of the source view fit a width, and where they stand.

use std::ops::Range;

use super::sandwich::Windows;

/// A column of the source view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceColumn {
    /// Self, or in a comparison its change.
    Own,
    /// The total, or in a comparison its change.
    Total,
    /// In a comparison, the total in the base.
    Base,
    /// In a comparison, the total now.
    Now,
    /// The share of the total of the function's.
    Share,
    /// The same as a bar.
    Bar,
    /// The number of the line.
    Number,
    /// The text of the line.
    Text,
}

/// The mark of the selected row stands before the first column.
const MARK: usize = 2;
/// Cells that the text should have before another column is worth its room.
const TEXT: usize = 40;
/// The fewest cells of a line number.
const LEAST_NUMBER: usize = 4;

/// The columns that fit, each with its cells, from left to right; the largest line number has so many `digits`.
pub fn fit(width: usize, windows: Windows, digits: usize) -> Vec<(SourceColumn, Range<usize>)> {
    use SourceColumn::{Bar, Base, Now, Number, Own, Share, Text, Total};
    let optional: &[SourceColumn] = match windows {
        Windows::One => &[Share, Bar],
        Windows::Two => &[Now, Base],
    };
    let in_place = [Own, Total, Base, Now, Share, Bar, Number];
    let cells = |column| cells(column, windows, digits);
    let mut left = width.saturating_sub(MARK + TEXT + [Own, Total, Number].map(cells).iter().sum::<usize>());
    let mut fitting = vec![Own, Total, Number];
    for column in optional {
        match left.checked_sub(cells(*column)) {
            Some(rest) => left = rest,
            None => break,
        }
        fitting.push(*column);
    }
    let mut x = MARK.min(width);
    let mut placed = Vec::new();
    for column in in_place.into_iter().filter(|column| fitting.contains(column)) {
        let end = (x + cells(column) - 1).min(width);
        placed.push((column, x.min(end)..end));
        x = (x + cells(column)).min(width);
    }
    placed.push((Text, (x + 1).min(width)..width));
    placed
}

/// How wide a column is, with the blank after it.
fn cells(column: SourceColumn, windows: Windows, digits: usize) -> usize {
    match (column, windows) {
        (SourceColumn::Own | SourceColumn::Total, Windows::Two) => 8,
        (SourceColumn::Own | SourceColumn::Total | SourceColumn::Base | SourceColumn::Now | SourceColumn::Share, _) => {
            7
        }
        (SourceColumn::Bar, _) => 11,
        (SourceColumn::Number, _) => digits.max(LEAST_NUMBER) + 1,
        (SourceColumn::Text, _) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_side_by_side_within_the_width() {
        for width in 0..200 {
            for (windows, digits) in [(Windows::One, 1), (Windows::Two, 7), (Windows::One, 19)] {
                let mut end = 0;
                for (column, range) in fit(width, windows, digits) {
                    assert!(
                        end <= range.start && range.start <= range.end && range.end <= width,
                        "{column:?} at {width}"
                    );
                    end = range.end;
                }
            }
        }
    }

    #[test]
    fn the_text_has_room_before_shares_have() {
        let columns = |width| fit(width, Windows::One, 3).len();
        assert_eq!((columns(60), columns(70), columns(80)), (4, 5, 6));
        assert_eq!(fit(40, Windows::One, 3).last().map(|(_, cells)| cells.clone()), Some(22..40));
    }
}
