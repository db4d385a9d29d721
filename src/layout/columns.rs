//! Which columns of the table fit a width, and where they stand.

use std::ops::Range;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableColumn {
    /// Self, in the chosen sample type.
    Own,
    /// Its share of the whole.
    OwnShare,
    /// The same as a bar.
    Bar,
    /// Self, in another sample type: the first, second, … of the others.
    Other(usize),
    /// What is made of several columns for self: the first, second, … figure that means something here.
    Derived(usize),
    /// Total, in the chosen sample type.
    Total,
    /// Its share of the whole.
    TotalShare,
    /// In a comparison, the change of self.
    OwnChange,
    /// The same as a part of what there was.
    OwnPart,
    /// The change as a part of all growth and all shrinkage.
    ChangeShare,
    /// Self in the base.
    BaseOwn,
    /// The change of total.
    TotalChange,
    /// The function.
    Name,
}

/// Which columns there are to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnChoice {
    /// Figures of one window.
    Figures {
        /// How many further sample types there are.
        others: usize,
        /// How many derived figures mean something.
        derived: usize,
    },
    /// What changed between two windows.
    Changes,
}

/// The mark of the selected row stands before the first column.
const MARK: usize = 2;
/// Cells that a name should have before another column is worth its room.
const NAME: usize = 21;
/// The columns in the order in which they are given up, the last first.
const FIGURES: [TableColumn; 13] = [
    TableColumn::Own,
    TableColumn::Total,
    TableColumn::OwnShare,
    TableColumn::Other(0),
    TableColumn::Other(1),
    TableColumn::Bar,
    TableColumn::TotalShare,
    TableColumn::Other(2),
    TableColumn::Other(3),
    TableColumn::Derived(0),
    TableColumn::Derived(1),
    TableColumn::Derived(2),
    TableColumn::Derived(3),
];
/// The columns of a comparison, in the same order.
const CHANGES: [TableColumn; 7] = [
    TableColumn::OwnChange,
    TableColumn::Own,
    TableColumn::TotalChange,
    TableColumn::OwnPart,
    TableColumn::BaseOwn,
    TableColumn::ChangeShare,
    TableColumn::Total,
];
/// The columns from left to right.
const IN_PLACE: [TableColumn; 18] = [
    TableColumn::OwnChange,
    TableColumn::OwnPart,
    TableColumn::ChangeShare,
    TableColumn::BaseOwn,
    TableColumn::Own,
    TableColumn::OwnShare,
    TableColumn::Bar,
    TableColumn::Other(0),
    TableColumn::Other(1),
    TableColumn::Other(2),
    TableColumn::Other(3),
    TableColumn::Derived(0),
    TableColumn::Derived(1),
    TableColumn::Derived(2),
    TableColumn::Derived(3),
    TableColumn::TotalChange,
    TableColumn::Total,
    TableColumn::TotalShare,
];

/// The columns that there are, those worth most first.
fn offered(choice: ColumnChoice) -> impl Iterator<Item = TableColumn> {
    let (by_worth, others, derived) = match choice {
        ColumnChoice::Figures { others, derived } => (&FIGURES[..], others, derived),
        ColumnChoice::Changes => (&CHANGES[..], 0, 0),
    };
    by_worth.iter().copied().filter(move |column| match column {
        TableColumn::Other(other) => *other < others,
        TableColumn::Derived(at) => *at < derived,
        _ => true,
    })
}

/// All columns from left to right, whatever room there is.
pub fn all(choice: ColumnChoice) -> Vec<TableColumn> {
    let offered: Vec<TableColumn> = offered(choice).collect();
    let in_place = IN_PLACE.into_iter().filter(|column| offered.contains(column));
    in_place.chain([TableColumn::Name]).collect()
}

/// The columns that fit, each with its cells, from left to right. What the rows are ordered by comes first of all: an order
/// that cannot be seen is no order.
pub fn fit(width: usize, choice: ColumnChoice, ordered_by: TableColumn) -> Vec<(TableColumn, Range<usize>)> {
    let mut left = width.saturating_sub(MARK + NAME);
    let mut fitting = Vec::new();
    let wanted = offered(choice).filter(|column| *column == ordered_by);
    for column in wanted.chain(offered(choice).filter(|column| *column != ordered_by)) {
        match left.checked_sub(cells(column)) {
            Some(rest) => left = rest,
            None => break,
        }
        fitting.push(column);
    }
    let mut x = MARK.min(width);
    let mut placed = Vec::new();
    for column in all(choice).into_iter().filter(|column| fitting.contains(column)) {
        placed.push((column, x..x + cells(column) - 1));
        x += cells(column);
    }
    // A name begins one cell away from the figure before it.
    let x = (x + usize::from(x > MARK)).min(width);
    placed.push((TableColumn::Name, x..width));
    placed
}

/// How wide a column is, with the blank after it.
fn cells(column: TableColumn) -> usize {
    match column {
        TableColumn::Own
        | TableColumn::Total
        | TableColumn::OwnShare
        | TableColumn::TotalShare
        | TableColumn::BaseOwn
        | TableColumn::ChangeShare => 7,
        TableColumn::OwnChange | TableColumn::TotalChange | TableColumn::OwnPart | TableColumn::Derived(_) => 8,
        TableColumn::Bar | TableColumn::Other(_) => 9,
        TableColumn::Name => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(width: usize, others: usize) -> Vec<TableColumn> {
        let choice = ColumnChoice::Figures { others, derived: 0 };
        fit(width, choice, TableColumn::Own).into_iter().map(|(column, _)| column).collect()
    }

    #[test]
    fn a_narrow_table_is_names_and_self() {
        assert_eq!(names(10, 3), [TableColumn::Name]);
        assert_eq!(names(40, 3), [TableColumn::Own, TableColumn::Total, TableColumn::Name]);
    }

    #[test]
    fn room_brings_the_other_sample_types_beside_the_chosen_one() {
        let wide =
            [TableColumn::Own, TableColumn::OwnShare, TableColumn::Bar, TableColumn::Other(0), TableColumn::Other(1)];
        let wide = [&wide[..], &[TableColumn::Total, TableColumn::Name]].concat();
        assert_eq!(names(72, 3), wide);
        assert!(names(72, 0).contains(&TableColumn::TotalShare));
        assert!(names(110, 3).contains(&TableColumn::Other(2)));
    }

    #[test]
    fn what_the_rows_are_ordered_by_always_shows() {
        let choice = ColumnChoice::Figures { others: 3, derived: 4 };
        for column in all(choice).into_iter().filter(|column| *column != TableColumn::Name) {
            let shown: Vec<TableColumn> = fit(40, choice, column).into_iter().map(|(column, _)| column).collect();
            assert!(shown.contains(&column), "{column:?} in {shown:?}");
        }
        let few = ColumnChoice::Figures { others: 3, derived: 1 };
        assert_eq!(all(few).iter().filter(|column| matches!(column, TableColumn::Derived(_))).count(), 1);
    }

    #[test]
    fn columns_stand_side_by_side_within_the_width() {
        for width in 0..250 {
            for choice in [ColumnChoice::Figures { others: 3, derived: 4 }, ColumnChoice::Changes] {
                for ordered_by in all(choice) {
                    let mut end = 0;
                    for (_, range) in fit(width, choice, ordered_by) {
                        assert!(end <= range.start && range.start <= range.end && range.end <= width, "at {width}");
                        end = range.end;
                    }
                }
            }
        }
    }
}
