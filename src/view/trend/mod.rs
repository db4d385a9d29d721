//! Trend: causes of growth, then every function over the snapshots, the steepest and steadiest first, with a plot of
//! the selected function.
//!
//! The texts state only the observation: that a function grew is a suspicion, never a proof of a leak.

pub mod draw;
pub mod state;
pub mod words;

use crate::view::command::{CommandRow, actions, footer_row, row};
use crate::view::nav::MoveRows;

actions! {
    /// Actions of the trend other than its moves.
    Action {
        /// Shows the node that grew most in the icicle.
        Open = "show-place",
        /// Compares the first snapshot with the last one.
        Compare = "compare-ends",
        /// Lists only functions that grew, or all.
        Growing = "only-growing",
        /// Sorts by the next column.
        Sort,
        Reverse = "reverse-sort",
        /// Switches between a heat map of functions and snapshots, and the list with a plot.
        HeatMap = "heat-map",
    }
}

/// Key rows of the moves.
pub const MOVES: MoveRows =
    MoveRows::list("function above", "function below", "first function", "last function", "row");

/// Key rows of the trend.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Enter"], Action::Open, "where it grew most", "show"),
    footer_row(&["d"], Action::Compare, "compare first and last", "diff"),
    footer_row(&["E"], Action::Growing, "only growing, or all", "growing"),
    footer_row(&["s"], Action::Sort, "sort by the next column", "sort"),
    row(&["S"], Action::Reverse, "sort the other way"),
    footer_row(&["5"], Action::HeatMap, "heat map, or list", "heat map"),
];
