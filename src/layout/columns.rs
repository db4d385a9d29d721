//! Columns of the tables: those of functions, of callers and callees or labels, and of source lines.

use crate::layout::fit::{PlacedColumn, choose, fill, place};

/// Cells of the selection mark before the first column.
const MARK: usize = 2;

/// Columns of the table of functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableColumn {
    /// Self in the chosen sample type.
    Own,
    /// Share of self in the whole.
    OwnShare,
    /// Bar of self.
    Bar,
    /// Self in another sample type, by its index among the others.
    Other(usize),
    /// Derived figure of self, by its index among those offered.
    Derived(usize),
    /// Total in the chosen sample type.
    Total,
    /// Share of the total in the whole.
    TotalShare,
    /// Change of self.
    OwnChange,
    /// Change of self relative to self in the base.
    OwnPart,
    /// Change of self relative to all growth and shrinkage.
    ChangeShare,
    /// Self in the base.
    BaseOwn,
    /// Change of the total.
    TotalChange,
    /// Name of the function.
    Name,
}

/// Figures for which the table of functions can have columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnChoice {
    /// Figures of one window.
    Figures {
        /// Number of other sample types.
        others: usize,
        /// Number of derived figures.
        derived: usize,
    },
    /// Changes between two windows.
    Changes,
}

/// Minimum width of the name in cells, in a narrow table of functions.
const LEAST_NAME: usize = 21;
/// Width of the name in cells above which further columns take the space.
const MOST_NAME: usize = 60;

/// Minimum width of the name in cells, where self and total leave that much: a table beside an icicle of 120 columns then
/// keeps self in percent, and in a comparison the change of the total.
const NAME_BESIDE_TOTALS: usize = 23;

/// Cells of names in a table of `width` cells: two fifths, so that a wider screen never shows shorter names.
fn name_cells(width: usize) -> usize {
    let totals = table_cells(TableColumn::Own) + table_cells(TableColumn::Total);
    let least = if width >= MARK + NAME_BESIDE_TOTALS + totals { NAME_BESIDE_TOTALS } else { LEAST_NAME };
    (width * 2 / 5).clamp(least, MOST_NAME)
}

/// Columns of one window by priority.
const FIGURES: [TableColumn; 13] = [
    TableColumn::Own,
    TableColumn::Total,
    TableColumn::OwnShare,
    TableColumn::Bar,
    TableColumn::TotalShare,
    TableColumn::Other(0),
    TableColumn::Other(1),
    TableColumn::Other(2),
    TableColumn::Other(3),
    TableColumn::Derived(0),
    TableColumn::Derived(1),
    TableColumn::Derived(2),
    TableColumn::Derived(3),
];
/// Columns of a comparison by priority.
const CHANGES: [TableColumn; 7] = [
    TableColumn::OwnChange,
    TableColumn::TotalChange,
    TableColumn::Own,
    TableColumn::OwnPart,
    TableColumn::BaseOwn,
    TableColumn::ChangeShare,
    TableColumn::Total,
];
/// Columns from left to right, without the name.
const LEFT_TO_RIGHT: [TableColumn; 18] = [
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

fn by_priority(choice: ColumnChoice) -> impl Iterator<Item = TableColumn> {
    let (columns, others, derived) = match choice {
        ColumnChoice::Figures { others, derived } => (&FIGURES[..], others, derived),
        ColumnChoice::Changes => (&CHANGES[..], 0, 0),
    };
    columns.iter().copied().filter(move |column| match column {
        TableColumn::Other(index) => *index < others,
        TableColumn::Derived(index) => *index < derived,
        _ => true,
    })
}

/// Columns of the table of functions from left to right, regardless of the width.
pub fn all(choice: ColumnChoice) -> Vec<TableColumn> {
    let offered: Vec<TableColumn> = by_priority(choice).collect();
    let columns = LEFT_TO_RIGHT.into_iter().filter(|column| offered.contains(column));
    columns.chain([TableColumn::Name]).collect()
}

/// Columns of the table of functions that fit `width`, from left to right. The column that rows are sorted by has the
/// highest priority.
pub fn table(width: usize, choice: ColumnChoice, sorted_by: TableColumn) -> Vec<PlacedColumn<TableColumn>> {
    let sorted = by_priority(choice).filter(|column| *column == sorted_by);
    let columns = sorted.chain(by_priority(choice).filter(|column| *column != sorted_by));
    let cells = |column| match (choice, column) {
        // A cell more: the heading says which window, and may have the mark of the sorted column.
        (ColumnChoice::Changes, TableColumn::Total) => table_cells(column) + 1,
        _ => table_cells(column),
    };
    let (chosen, _) = choose(width.saturating_sub(MARK + name_cells(width)), columns, cells);
    let columns = LEFT_TO_RIGHT.into_iter().filter(|column| chosen.contains(column));
    fill(place(MARK, width, columns, cells), MARK, width, TableColumn::Name)
}

fn table_cells(column: TableColumn) -> usize {
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

/// Number of windows whose figures a table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Windows {
    One,
    /// Two windows that are compared.
    Two,
}

/// Column of the tables of callers and callees, and of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandwichColumn {
    /// Change of the total.
    Change,
    /// Change relative to the total in the base.
    Part,
    /// Total in the base.
    Base,
    Total,
    /// Share in the total of the function in the middle.
    Share,
    /// Bar of the share.
    Bar,
    /// Self.
    Own,
    /// Name of the function or label.
    Name,
}

/// Minimum width of a name beside figures, in cells.
const CALLER_NAME: usize = 24;

/// Columns of the tables of callers and callees that fit `width`, from left to right.
pub fn sandwich(width: usize, windows: Windows) -> Vec<PlacedColumn<SandwichColumn>> {
    use SandwichColumn::{Bar, Base, Change, Name, Own, Part, Share, Total};
    let (by_priority, left_to_right) = match windows {
        Windows::One => ([Total, Share, Own, Bar], [Total, Share, Bar, Own]),
        Windows::Two => ([Change, Total, Base, Part], [Change, Part, Base, Total]),
    };
    let cells = |column| match column {
        Total | Share | Own | Base => 7,
        Change | Part => 8,
        Bar => 13,
        Name => 0,
    };
    let (chosen, _) = choose(width.saturating_sub(MARK + CALLER_NAME), by_priority, cells);
    let columns = left_to_right.into_iter().filter(|column| chosen.contains(column));
    fill(place(MARK, width, columns, cells), MARK, width, Name)
}

/// Column of the source view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceColumn {
    /// Self, or in a comparison its change.
    Own,
    /// Total, or in a comparison its change.
    Total,
    /// Total in the base.
    Base,
    /// Total in the current window of a comparison.
    Now,
    /// Share of the total in that of the function.
    Share,
    /// Bar of the share.
    Bar,
    /// Line number.
    Number,
    /// Text of the line.
    Text,
}

/// Minimum width of the text of a line beside optional columns, in cells.
const SOURCE_TEXT: usize = 40;
/// Minimum width of a line number, in cells.
const LINE_NUMBER: usize = 4;

/// Columns of the source view that fit `width`, from left to right; `digits` is the length of the largest line number.
pub fn source(width: usize, windows: Windows, digits: usize) -> Vec<PlacedColumn<SourceColumn>> {
    use SourceColumn::{Bar, Base, Now, Number, Own, Share, Text, Total};
    let optional = match windows {
        Windows::One => [Share, Bar],
        Windows::Two => [Now, Base],
    };
    let cells = |column| match column {
        Own | Total if windows == Windows::Two => 8,
        Own | Total | Base | Now | Share => 7,
        Bar => 11,
        Number => digits.max(LINE_NUMBER) + 1,
        Text => 0,
    };
    let required = [Own, Total, Number];
    let taken = MARK + SOURCE_TEXT + required.map(cells).iter().sum::<usize>();
    let (chosen, _) = choose(width.saturating_sub(taken), optional, cells);
    let columns = [Own, Total, Base, Now, Share, Bar, Number];
    let columns = columns.into_iter().filter(|column| required.contains(column) || chosen.contains(column));
    fill(place(MARK, width, columns, cells), MARK, width, Text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::fit::assert_side_by_side;

    fn columns<C: Copy>(placed: &[PlacedColumn<C>]) -> Vec<C> {
        placed.iter().map(|(column, _)| *column).collect()
    }

    fn figures(width: usize, others: usize) -> Vec<TableColumn> {
        columns(&table(width, ColumnChoice::Figures { others, derived: 0 }, TableColumn::Own))
    }

    #[test]
    fn a_narrow_table_is_names_and_self() {
        assert_eq!(figures(10, 3), [TableColumn::Name]);
        assert_eq!(figures(40, 3), [TableColumn::Own, TableColumn::Total, TableColumn::Name]);
    }

    #[test]
    fn a_wide_table_has_the_other_sample_types_beside_the_chosen_one() {
        use TableColumn::{Bar, Name, Other, Own, OwnShare, Total, TotalShare};
        assert_eq!(figures(72, 3), [Own, OwnShare, Bar, Total, TotalShare, Name]);
        assert!(figures(110, 3).contains(&Other(0)) && figures(150, 3).contains(&Other(2)));
    }

    #[test]
    fn names_get_two_fifths_of_any_table() {
        let choice = ColumnChoice::Figures { others: 3, derived: 4 };
        for width in 47..300 {
            let name = table(width, choice, TableColumn::Own).pop().map_or(0, |(_, cells)| cells.len());
            assert!(name + 1 >= NAME_BESIDE_TOTALS && name + MARK >= (width * 2 / 5).min(MOST_NAME), "{width}: {name}");
        }
    }

    #[test]
    fn the_column_that_rows_are_sorted_by_is_always_shown() {
        let choice = ColumnChoice::Figures { others: 3, derived: 4 };
        for column in all(choice).into_iter().filter(|column| *column != TableColumn::Name) {
            let shown = columns(&table(40, choice, column));
            assert!(shown.contains(&column), "{column:?} in {shown:?}");
        }
        let few = ColumnChoice::Figures { others: 3, derived: 1 };
        assert_eq!(all(few).iter().filter(|column| matches!(column, TableColumn::Derived(_))).count(), 1);
    }

    #[test]
    fn columns_stand_side_by_side_within_the_width() {
        for width in 0..250 {
            for choice in [ColumnChoice::Figures { others: 3, derived: 4 }, ColumnChoice::Changes] {
                for sorted_by in all(choice) {
                    assert_side_by_side(&table(width, choice, sorted_by), width);
                }
            }
            for windows in [Windows::One, Windows::Two] {
                assert_side_by_side(&sandwich(width, windows), width);
                for digits in [1, 7, 19] {
                    assert_side_by_side(&source(width, windows, digits), width);
                }
            }
        }
    }

    #[test]
    fn a_narrow_sandwich_is_names_and_totals() {
        let shown = |width| columns(&sandwich(width, Windows::One));
        assert_eq!(shown(20), [SandwichColumn::Name]);
        assert_eq!(shown(40), [SandwichColumn::Total, SandwichColumn::Share, SandwichColumn::Name]);
        assert_eq!(shown(80).len(), 5);
    }

    #[test]
    fn the_text_of_a_line_has_room_before_shares_have() {
        let count = |width| source(width, Windows::One, 3).len();
        assert_eq!((count(60), count(70), count(80)), (4, 5, 6));
        assert_eq!(source(40, Windows::One, 3).last().map(|(_, cells)| cells.clone()), Some(22..40));
    }
}
