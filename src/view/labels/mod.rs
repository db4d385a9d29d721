//! The labels: the keys that samples have, and how much stands on each value of the chosen one.

pub mod draw;
pub mod state;
pub mod words;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// What the keys do in the labels.
    Action {
        /// To the row above.
        Up,
        /// To the row below.
        Down,
        /// From keys to values of the selected one; there, only what has the value.
        Open = "open-label",
        /// From values back to keys.
        Close = "label-keys",
        /// Sizes by themselves, or by powers of two.
        Classes = "label-classes",
        /// The values of the key above all stacks.
        Above = "label-above",
        /// To the first row.
        Top,
        /// To the last row.
        Bottom,
        /// A page up.
        PageUp,
        /// A page down.
        PageDown,
    }
}

/// The keys of the labels.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Up", "k"], Action::Up, "row above", "row"),
    footer_row(&["Down", "j"], Action::Down, "row below", "row"),
    footer_row(&["Enter", "Right", "l"], Action::Open, "its values; only this one", "open"),
    footer_row(&["Backspace", "u", "Left", "h"], Action::Close, "back to the keys", "keys"),
    footer_row(&["s"], Action::Classes, "numbers by powers of two", "classes"),
    footer_row(&["A"], Action::Above, "its values above stacks", "above all"),
    row(&["g"], Action::Top, "first row"),
    row(&["G"], Action::Bottom, "last row"),
    row(&["PageUp"], Action::PageUp, "a page up"),
    row(&["PageDown"], Action::PageDown, "a page down"),
];
