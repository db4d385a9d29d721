//! Command palette: a command is typed by name, with a list of matches.
//!
//! The palette knows only names, keys and texts, and returns a line, which the program runs.

pub mod draw;
pub mod rank;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// Actions of the palette. All other characters are text.
    Action {
        /// Selects the row above.
        Up,
        /// Selects the row below.
        Down,
        /// Moves a page up in the rows.
        PageUp,
        /// Moves a page down in the rows.
        PageDown,
        /// Moves half a page up in the rows.
        HalfUp = "half-page-up",
        /// Moves half a page down in the rows.
        HalfDown = "half-page-down",
        /// Completes the line with the row.
        Complete,
        /// Moves the cursor left.
        CursorLeft,
        /// Moves the cursor right.
        CursorRight,
        /// Moves the cursor to the start.
        LineStart,
        /// Moves the cursor to the end.
        LineEnd,
        /// Deletes the character before the cursor.
        DeleteBefore,
        /// Deletes the character under the cursor.
        DeleteUnder,
        /// Runs the command.
        Accept,
        /// Closes the palette.
        Cancel,
    }
}

/// Keys of the palette.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Enter"], Action::Accept, "run the command", "run"),
    footer_row(&["Tab"], Action::Complete, "complete with the row", "complete"),
    footer_row(&["Up"], Action::Up, "row above", "rows"),
    footer_row(&["Down"], Action::Down, "row below", "rows"),
    footer_row(&["Esc"], Action::Cancel, "cancel", "cancel").closing(),
    row(&["PageUp", "Ctrl-B"], Action::PageUp, "a page up"),
    row(&["PageDown", "Ctrl-F"], Action::PageDown, "a page down"),
    row(&["Ctrl-U"], Action::HalfUp, "half a page up"),
    row(&["Ctrl-D"], Action::HalfDown, "half a page down"),
    row(&["Left"], Action::CursorLeft, "cursor left"),
    row(&["Right"], Action::CursorRight, "cursor right"),
    row(&["Home"], Action::LineStart, "to the start"),
    row(&["End"], Action::LineEnd, "to the end"),
    row(&["Backspace"], Action::DeleteBefore, "delete before the cursor"),
    row(&["Delete"], Action::DeleteUnder, "delete under the cursor"),
];
