//! A page of text over the views, to be read, or selected by hand: nothing is cut from its lines.

pub mod draw;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};

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
        /// The first line.
        Top,
        /// The last line.
        Bottom,
        /// The keys in its place.
        Keys = "show-keys",
        /// Back to the views.
        Close = "close-page",
    }
}

/// The keys of a page.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Up", "k"], Action::Up, "a line up", "scroll"),
    footer_row(&["Down", "j"], Action::Down, "a line down", "scroll"),
    row(&["PageUp"], Action::PageUp, "a page up"),
    row(&["PageDown"], Action::PageDown, "a page down"),
    row(&["g"], Action::Top, "first line"),
    row(&["G"], Action::Bottom, "last line"),
    footer_row(&["Tab"], Action::Keys, "the keys instead", "keys"),
    footer_row(&["Esc", "Enter"], Action::Close, "close the page", "close"),
];
