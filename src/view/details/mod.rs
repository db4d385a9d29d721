//! The details of the selection: a few lines that always stand at the same place, and everything in a popup.

pub mod advice;
pub mod brief;
pub mod changes;
pub mod draw;
pub mod facts;
pub mod sizes;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// What the keys do while the details stand in full.
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
        Top,
        /// The last line.
        Bottom,
        /// Back to the views.
        Close = "close-details",
    }
}

/// The keys of the details in full.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Up", "k"], Action::Up, "a line up", "scroll"),
    footer_row(&["Down", "j"], Action::Down, "a line down", "scroll"),
    row(&["PageUp"], Action::PageUp, "a page up"),
    row(&["PageDown"], Action::PageDown, "a page down"),
    row(&["g"], Action::Top, "first line"),
    row(&["G"], Action::Bottom, "last line"),
    footer_row(&["Esc", "D", "Enter"], Action::Close, "close the details", "close"),
];
