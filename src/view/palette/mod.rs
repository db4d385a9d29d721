//! The command palette: a command is typed by its name, with a list of those that are probably meant.
//!
//! It knows names, keys and words, and what it gives back is a line: what a command does is known to the program alone.

pub mod draw;
pub mod rank;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// What the keys do in the palette. Every other character is text.
    Action {
        /// To the row above.
        Up,
        /// To the row below.
        Down,
        /// Takes the row into the line.
        Complete,
        /// A character to the left.
        CursorLeft,
        /// A character to the right.
        CursorRight,
        /// To the beginning.
        LineStart,
        /// To the end.
        LineEnd,
        /// Removes the character before.
        DeleteBefore,
        /// Removes the character under the cursor.
        DeleteUnder,
        /// Runs the command.
        Accept,
        /// Leaves everything as it is.
        Cancel,
    }
}

/// The keys of the palette.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Enter"], Action::Accept, "do it", "do it"),
    footer_row(&["Tab"], Action::Complete, "take the row", "take"),
    footer_row(&["Up"], Action::Up, "row above", "rows"),
    footer_row(&["Down"], Action::Down, "row below", "rows"),
    footer_row(&["Esc"], Action::Cancel, "leave it as it is", "cancel").closing(),
    row(&["Left"], Action::CursorLeft, "a character to the left"),
    row(&["Right"], Action::CursorRight, "a character to the right"),
    row(&["Home"], Action::LineStart, "to the beginning"),
    row(&["End"], Action::LineEnd, "to the end"),
    row(&["Backspace"], Action::DeleteBefore, "remove the one before"),
    row(&["Delete"], Action::DeleteUnder, "remove the one under it"),
];
