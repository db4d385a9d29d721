//! Sandwich: one function in the middle, its callers above and its callees below, over all nodes of the function.

pub mod draw;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};
use crate::view::nav::MoveRows;

actions! {
    /// Actions of the sandwich beside its moves.
    Action {
        /// Opens the next level of the selected row: callers of a caller, callees of a callee.
        Open = "open-level",
        /// Closes the level of the selected row, or selects the row it belongs to.
        Close = "close-level",
        /// Puts the selected function in the middle.
        Focus = "focus-function",
        /// Returns to the function that was in the middle before.
        Back = "function-before",
        /// Reverses [`Self::Back`].
        Forward = "function-again",
        /// Selects the function in the middle.
        Middle = "to-middle",
    }
}

/// Key rows of the moves.
pub const MOVES: MoveRows =
    MoveRows::list("row above: to callers", "row below: to callees", "first caller", "last callee", "row");

/// Key rows of the sandwich.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Right", "l"], Action::Open, "open the next level", "further"),
    footer_row(&["Left", "h"], Action::Close, "close this level", "close"),
    footer_row(&["Enter"], Action::Focus, "focus this function", "focus"),
    footer_row(&["Backspace", "u"], Action::Back, "previous function", "before"),
    row(&["U"], Action::Forward, "next function"),
    row(&["0", "Home"], Action::Middle, "select the middle"),
];
