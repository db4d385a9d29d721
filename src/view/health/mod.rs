//! The health: what changes how the figures are to be read, a sentence each.

pub mod draw;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// What the keys do while the health stands open.
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
        Close = "close-health",
    }
}

/// The keys of the health.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Up", "k"], Action::Up, "a line up", "scroll"),
    footer_row(&["Down", "j"], Action::Down, "a line down", "scroll"),
    row(&["PageUp"], Action::PageUp, "a page up"),
    row(&["PageDown"], Action::PageDown, "a page down"),
    row(&["g"], Action::Top, "first line"),
    row(&["G"], Action::Bottom, "last line"),
    footer_row(&["Esc", "H", "Enter"], Action::Close, "close the health", "close"),
];
