//! Callers and callees: one function in the middle, the icicle of its callers above and that of its callees below, over
//! all nodes of the function.

pub mod draw;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};
use crate::view::nav::MoveRows;

actions! {
    /// Actions of callers and callees other than the moves up and down.
    Action {
        /// Selects the frame to the left.
        Left = "caller-left",
        /// Selects the frame to the right.
        Right = "caller-right",
        /// Zooms to the selected frame.
        Zoom = "zoom-callers",
        /// Zooms out one step, or returns to the previous function in the middle.
        Back = "function-before",
        /// Reverses [`Self::Back`].
        Forward = "function-again",
        /// Zooms out, and selects the function in the middle.
        Middle = "to-middle",
    }
}

/// Key rows of the moves.
pub const MOVES: MoveRows =
    MoveRows::list("up: to the callers", "down: to the callees", "farthest caller", "farthest callee", "move");

/// Key rows of callers and callees.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Left", "h"], Action::Left, "frame to the left", "move"),
    footer_row(&["Right", "l"], Action::Right, "frame to the right", "move"),
    footer_row(&["Enter"], Action::Zoom, "zoom to the frame", "zoom"),
    footer_row(&["Backspace", "u"], Action::Back, "zoom out, function before", "before"),
    row(&["U"], Action::Forward, "next function"),
    row(&["0", "Home"], Action::Middle, "zoom out, to the middle"),
];
