//! The source of one function: its file, with self and total beside each line.

pub mod draw;
pub mod rows;
pub mod state;
pub mod words;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// What the keys do in the source.
    Action {
        /// To the line above.
        Up,
        /// To the line below.
        Down,
        /// To the next line with figures.
        NextHot,
        /// To the line with figures before.
        PreviousHot,
        /// To the line that matters most.
        Hottest,
        /// To the first line.
        Top,
        /// To the last line.
        Bottom,
        /// A page up.
        PageUp,
        /// A page down.
        PageDown,
        /// What stands further left.
        Left,
        /// What stands further right.
        Right,
        /// The next file in which the function stands.
        NextFile,
        /// The file before.
        PreviousFile,
        /// Opens the editor at the line.
        Edit,
        /// Copies path and line.
        Copy,
        /// Back to the view before.
        Close,
    }
}

/// The keys of the source.
pub const COMMANDS: &[CommandRow<Action>] = &[
    row(&["Up", "k"], Action::Up, "line above"),
    row(&["Down", "j"], Action::Down, "line below"),
    footer_row(&["n"], Action::NextHot, "next line with figures", "hot line"),
    footer_row(&["N"], Action::PreviousHot, "line with figures before", "hot line"),
    row(&["0", "Home"], Action::Hottest, "hottest line"),
    footer_row(&["Enter"], Action::Edit, "open the editor here", "edit"),
    footer_row(&["Tab"], Action::NextFile, "next file of this name", "file"),
    row(&["Shift-Tab"], Action::PreviousFile, "file before"),
    footer_row(&["y"], Action::Copy, "copy path:line", "copy"),
    footer_row(&["Left", "h"], Action::Left, "scroll left", "scroll"),
    footer_row(&["Right", "l"], Action::Right, "scroll right", "scroll"),
    row(&["g"], Action::Top, "first line"),
    row(&["G"], Action::Bottom, "last line"),
    row(&["PageUp"], Action::PageUp, "a page up"),
    row(&["PageDown"], Action::PageDown, "a page down"),
    footer_row(&["Esc", "O"], Action::Close, "back to the view before", "back"),
];
