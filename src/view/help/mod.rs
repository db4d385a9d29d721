//! The help: the keys that work now, made from the command rows, what derived columns mean or why they are absent, and what
//! was detected of the terminal.

pub mod draw;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// What the keys do in the help. Every other character narrows what is listed.
    Action {
        /// A line up.
        Up,
        /// A line down.
        Down,
        /// A page up.
        PageUp,
        /// A page down.
        PageDown,
        /// The first line.
        Top = "first-line",
        /// The last line.
        Bottom = "last-line",
        /// Takes back a character of the filter.
        Delete = "delete-before",
        /// What the figures mean, in its place.
        Guide,
        /// Back to the views.
        Close = "close-help",
    }
}

/// The keys of the help.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Up"], Action::Up, "a line up", "scroll"),
    footer_row(&["Down"], Action::Down, "a line down", "scroll"),
    row(&["PageUp"], Action::PageUp, "a page up"),
    row(&["PageDown"], Action::PageDown, "a page down"),
    row(&["Home"], Action::Top, "first line"),
    row(&["End"], Action::Bottom, "last line"),
    row(&["Backspace"], Action::Delete, "take a letter back"),
    footer_row(&["Tab"], Action::Guide, "what the figures mean", "guide"),
    footer_row(&["Esc", "?", "Enter"], Action::Close, "close the help", "close"),
];
