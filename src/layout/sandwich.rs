//! Which columns of the sandwich fit a width, and where they stand.

use std::ops::Range;

/// A column of the sandwich.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandwichColumn {
    /// In a comparison, the change of the total.
    Change,
    /// The same as a part of what there was.
    Part,
    /// The total in the base.
    Base,
    /// The total.
    Total,
    /// Its share of the total of the frame in the middle.
    Share,
    /// The same as a bar.
    Bar,
    /// Self.
    Own,
    /// The function.
    Name,
}

/// What the figures are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Windows {
    /// One window.
    One,
    /// Two that are compared.
    Two,
}

/// The mark of the selected row stands before the first column.
const MARK: usize = 2;
/// Cells that a name should have before another column is worth its room.
const NAME: usize = 24;
/// Cells of a bar, and the blank after it.
const BAR: usize = 13;

/// The columns that fit, each with its cells, from left to right.
pub fn fit(width: usize, windows: Windows) -> Vec<(SandwichColumn, Range<usize>)> {
    use SandwichColumn::{Bar, Base, Change, Name, Own, Part, Share, Total};
    let (by_worth, in_place): (&[SandwichColumn], &[SandwichColumn]) = match windows {
        Windows::One => (&[Total, Share, Own, Bar], &[Total, Share, Bar, Own]),
        Windows::Two => (&[Change, Total, Base, Part], &[Change, Part, Base, Total]),
    };
    let mut left = width.saturating_sub(MARK + NAME);
    let mut fitting = Vec::new();
    for column in by_worth {
        match left.checked_sub(cells(*column)) {
            Some(rest) => left = rest,
            None => break,
        }
        fitting.push(*column);
    }
    let mut x = MARK.min(width);
    let mut placed = Vec::new();
    for column in in_place.iter().filter(|column| fitting.contains(column)) {
        placed.push((*column, x..x + cells(*column) - 1));
        x += cells(*column);
    }
    let x = (x + usize::from(x > MARK)).min(width);
    placed.push((Name, x..width));
    placed
}

/// How wide a column is, with the blank after it.
fn cells(column: SandwichColumn) -> usize {
    match column {
        SandwichColumn::Total | SandwichColumn::Share | SandwichColumn::Own | SandwichColumn::Base => 7,
        SandwichColumn::Change | SandwichColumn::Part => 8,
        SandwichColumn::Bar => BAR,
        SandwichColumn::Name => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_side_by_side_within_the_width() {
        for width in 0..200 {
            for windows in [Windows::One, Windows::Two] {
                let mut end = 0;
                for (_, range) in fit(width, windows) {
                    assert!(end <= range.start && range.start <= range.end && range.end <= width, "at {width}");
                    end = range.end;
                }
            }
        }
    }

    #[test]
    fn a_narrow_sandwich_is_names_and_totals() {
        let columns = |width| fit(width, Windows::One).into_iter().map(|(column, _)| column).collect::<Vec<_>>();
        assert_eq!(columns(20), [SandwichColumn::Name]);
        assert_eq!(columns(40), [SandwichColumn::Total, SandwichColumn::Share, SandwichColumn::Name]);
        assert_eq!(columns(80).len(), 5);
    }
}
