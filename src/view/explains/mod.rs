//! What explains the growth: the fewest places that together have most of it, the largest first.

pub mod draw;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// What the keys do in the list.
    Action {
        /// To the place above.
        Up,
        /// To the place below.
        Down,
        /// To the first place.
        Top = "first-place",
        /// To the last place.
        Bottom = "last-place",
        /// A page up.
        PageUp,
        /// A page down.
        PageDown,
        /// Selects the place in the icicle.
        Go = "show-place",
        /// Back to the views.
        Close = "close-list",
    }
}

/// The keys of the list.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Up", "k"], Action::Up, "place above", "move"),
    footer_row(&["Down", "j"], Action::Down, "place below", "move"),
    footer_row(&["Enter"], Action::Go, "show it in the icicle", "show"),
    row(&["g", "Home"], Action::Top, "first place"),
    row(&["G", "End"], Action::Bottom, "last place"),
    row(&["PageUp"], Action::PageUp, "a page up"),
    row(&["PageDown"], Action::PageDown, "a page down"),
    footer_row(&["Esc", "e"], Action::Close, "close the list", "close"),
];
