//! Table of functions: self and total of each, over all stacks.

pub mod draw;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};
use crate::view::nav::MoveRows;

actions! {
    /// Actions of the table other than its moves.
    Action {
        /// Zooms the icicle to the selected function.
        Open = "zoom-in",
    }
}

/// Key rows of the moves.
pub const MOVES: MoveRows =
    MoveRows::list("function above", "function below", "first function", "last function", "row");

/// Key rows of the table.
pub const COMMANDS: &[CommandRow<Action>] = &[footer_row(&["Enter"], Action::Open, "zoom to its largest node", "zoom")];

actions! {
    /// Actions that sort the table, available in both panes.
    Sort {
        /// Sorts by the next column.
        Next = "sort",
        Reverse = "reverse-sort",
    }
}

/// Key rows of the order.
pub const SORTS: &[CommandRow<Sort>] = &[
    footer_row(&["s"], Sort::Next, "sort by the next column", "sort"),
    row(&["S"], Sort::Reverse, "sort the other way"),
];
