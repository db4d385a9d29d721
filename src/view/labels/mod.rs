//! Labels: the keys that samples carry, and the memory of each value of a key.

pub mod draw;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row};
use crate::view::nav::MoveRows;

actions! {
    /// Actions of the labels other than their moves.
    Action {
        /// Shows the values of the selected key; among values, filters by the selected one.
        Open = "open-label",
        /// Returns from the values to the keys.
        Close = "label-keys",
        /// Switches the list of numbers between one row each and powers of two.
        Classes = "label-classes",
        /// Marks the selected value as A, or compares the marked value with the selected one.
        Compare = "compare-values",
        /// Adds the values of the key as frames above all stacks.
        Above = "label-above",
    }
}

/// Key rows of the moves.
pub const MOVES: MoveRows = MoveRows::list("row above", "row below", "first row", "last row", "row");

/// Key rows of the labels.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Enter", "Right", "l"], Action::Open, "open, filter by value", "open"),
    footer_row(&["Backspace", "u", "Left", "h"], Action::Close, "back to the keys", "keys"),
    footer_row(&["d"], Action::Compare, "compare two values", "compare"),
    footer_row(&["s"], Action::Classes, "numbers by powers of two", "classes"),
    footer_row(&["A"], Action::Above, "values as root frames", "above all"),
];
