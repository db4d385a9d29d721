//! Prompt: one line of input.

pub mod draw;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// Actions of a prompt. All other characters are text.
    Action {
        /// Moves the cursor left.
        Left = "cursor-left",
        /// Moves the cursor right.
        Right = "cursor-right",
        /// Moves the cursor to the start.
        Home = "line-start",
        /// Moves the cursor to the end.
        End = "line-end",
        /// Deletes the character before the cursor.
        Backspace = "delete-before",
        /// Deletes the character under the cursor.
        Delete = "delete-under",
        /// Accepts the line.
        Accept,
        /// Cancels, and restores the value before.
        Cancel,
    }
}

/// Keys of a prompt.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Enter"], Action::Accept, "go to the largest match", "go"),
    footer_row(&["Esc"], Action::Cancel, "back to what was before", "cancel").closing(),
    row(&["Left"], Action::Left, "a character to the left"),
    row(&["Right"], Action::Right, "a character to the right"),
    row(&["Home"], Action::Home, "to the beginning"),
    row(&["End"], Action::End, "to the end"),
    row(&["Backspace"], Action::Backspace, "remove the one before"),
    row(&["Delete"], Action::Delete, "remove the one under it"),
];
