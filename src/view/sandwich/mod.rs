//! The sandwich: one function in the middle, its callers above it and its callees below, over all places where it stands.

pub mod draw;
pub mod state;
pub mod words;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// What the keys do in the sandwich.
    Action {
        /// To the row above.
        Up,
        /// To the row below.
        Down,
        /// Opens the row: who calls this caller, or what this callee calls.
        Open = "open-level",
        /// Closes the row, or goes to the row that it is of.
        Close = "close-level",
        /// Puts the row's function in the middle.
        Focus = "focus-function",
        /// Back to the function before.
        Back = "function-before",
        /// Again to the function that was left.
        Forward = "function-again",
        /// To the function in the middle.
        Middle = "to-middle",
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

/// The keys of the sandwich.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Up", "k"], Action::Up, "row above: to callers", "row"),
    footer_row(&["Down", "j"], Action::Down, "row below: to callees", "row"),
    footer_row(&["Right", "l"], Action::Open, "one level further", "further"),
    footer_row(&["Left", "h"], Action::Close, "close this level", "close"),
    footer_row(&["Enter"], Action::Focus, "function to the middle", "focus"),
    footer_row(&["Backspace", "u"], Action::Back, "the function before", "before"),
    row(&["U"], Action::Forward, "again the one left"),
    row(&["0", "Home"], Action::Middle, "to the middle"),
    row(&["g"], Action::Top, "first caller"),
    row(&["G"], Action::Bottom, "last callee"),
    row(&["PageUp"], Action::PageUp, "a page up"),
    row(&["PageDown"], Action::PageDown, "a page down"),
];
