//! Source of one function: its file, with self and total beside each line.

pub mod draw;
pub mod rows;
pub mod state;
pub mod words;

use crate::view::command::{CommandRow, actions, footer_row, row};
use crate::view::nav::MoveRows;

actions! {
    /// Actions of the source view other than its moves.
    Action {
        /// Selects the next line with figures.
        NextHot,
        /// Selects the previous line with figures.
        PreviousHot,
        /// Selects the line with the largest figure.
        Hottest,
        /// Scrolls to the left.
        Left,
        /// Scrolls to the right.
        Right,
        /// Shows the next file of the function.
        NextFile,
        PreviousFile,
        /// Opens the editor at the line.
        Edit,
        /// Copies path and line.
        Copy,
        /// Returns to the previous view.
        Close,
    }
}

/// Key rows of the moves.
pub const MOVES: MoveRows = MoveRows::list("line above", "line below", "first line", "last line", "");

/// Key rows of the source view.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["n"], Action::NextHot, "next hot line", "hot line"),
    footer_row(&["N"], Action::PreviousHot, "previous hot line", "hot line"),
    row(&["0", "Home"], Action::Hottest, "hottest line"),
    footer_row(&["Enter"], Action::Edit, "open the editor here", "edit"),
    footer_row(&["Tab"], Action::NextFile, "next file", "file"),
    row(&["Shift-Tab"], Action::PreviousFile, "previous file"),
    footer_row(&["y"], Action::Copy, "copy path:line", "copy"),
    footer_row(&["Left", "h"], Action::Left, "scroll left", "scroll"),
    footer_row(&["Right", "l"], Action::Right, "scroll right", "scroll"),
    footer_row(&["Esc", "O"], Action::Close, "back to the last view", "back").closing(),
];
