//! A page of text over the views: lines that nothing is cut from, to be read or selected by hand.

pub mod draw;
pub mod state;

use crate::view::command::{Command, actions, row, told};

actions! {
    /// What the keys do on a page.
    Action {
        /// A line up.
        Up,
        /// A line down.
        Down,
        /// A page up.
        PageUp,
        /// A page down.
        PageDown,
        /// Back to the views.
        Close = "close-page",
    }
}

/// The keys of a page.
pub const COMMANDS: &[Command<Action>] = &[
    told(&["Up", "k"], Action::Up, "a line up", "scroll"),
    told(&["Down", "j"], Action::Down, "a line down", "scroll"),
    row(&["PageUp"], Action::PageUp, "a page up"),
    row(&["PageDown"], Action::PageDown, "a page down"),
    told(&["Esc", "Enter"], Action::Close, "close the page", "close"),
];
