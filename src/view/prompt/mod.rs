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
        /// Cancels, and restores the previous value.
        Cancel,
    }
}

/// Keys of a prompt.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Enter"], Action::Accept, "go to the largest match", "go"),
    footer_row(&["Esc"], Action::Cancel, "cancel", "cancel").closing(),
    row(&["Left"], Action::Left, "cursor left"),
    row(&["Right"], Action::Right, "cursor right"),
    row(&["Home"], Action::Home, "to the start"),
    row(&["End"], Action::End, "to the end"),
    row(&["Backspace"], Action::Backspace, "delete before the cursor"),
    row(&["Delete"], Action::Delete, "delete under the cursor"),
];
