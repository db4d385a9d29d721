//! Instances: memory of each running copy of a service, in total and by function, and the instances that stand out.

pub mod draw;
pub mod state;
pub mod words;

use crate::view::command::{CommandRow, actions, footer_row, row};
use crate::view::nav::MoveRows;

actions! {
    /// Actions of the instances other than their moves.
    Action {
        /// Compares the selected instance with the median of the others; in the list of functions, shows the selected
        /// function in the icicle.
        Open = "compare-instance",
        /// Focuses the other list.
        Other = "other-list",
        /// Sorts by the next column.
        Sort,
        Reverse = "reverse-sort",
    }
}

/// Key rows of the moves.
pub const MOVES: MoveRows = MoveRows::list("row above", "row below", "first row", "last row", "row");

/// Key rows of the instances.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Enter"], Action::Open, "compare, or show function", "compare"),
    footer_row(&["Tab", "Left", "Right"], Action::Other, "instances or functions", "list"),
    footer_row(&["s"], Action::Sort, "sort by the next column", "sort"),
    row(&["S"], Action::Reverse, "sort the other way"),
];
