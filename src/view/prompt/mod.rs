//! The prompt: one line that is typed while the views follow along.

pub mod draw;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// What the keys do in the prompt. Every other character is text.
    Action {
        /// A character to the left.
        Left = "cursor-left",
        /// A character to the right.
        Right = "cursor-right",
        /// To the beginning.
        Home = "line-start",
        /// To the end.
        End = "line-end",
        /// Removes the character before.
        Backspace = "delete-before",
        /// Removes the character under the cursor.
        Delete = "delete-under",
        /// Keeps what was typed.
        Accept,
        /// Goes back to what was before.
        Cancel,
    }
}

/// The keys of the prompt.
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
