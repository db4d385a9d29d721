//! The icicle: the call tree from the root down, as wide as what it holds.

pub mod draw;
pub mod empty;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// What the keys do in the icicle.
    Action {
        /// To the frame on the left.
        Left,
        /// To the frame on the right.
        Right,
        /// To the caller.
        Up,
        /// To the callee.
        Down,
        /// Zoom.
        Zoom = "zoom-in",
        /// To the top level.
        Top,
        /// To the deepest level.
        Bottom,
        /// A page of levels up.
        PageUp,
        /// A page of levels down.
        PageDown,
    }
}

/// The keys of the icicle.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Left", "h"], Action::Left, "frame to the left", "move"),
    footer_row(&["Right", "l"], Action::Right, "frame to the right", "move"),
    footer_row(&["Up", "k"], Action::Up, "caller", "move"),
    footer_row(&["Down", "j"], Action::Down, "callee: last or widest", "move"),
    footer_row(&["Enter"], Action::Zoom, "zoom in, enter a block", "zoom"),
    row(&["g"], Action::Top, "top level"),
    row(&["G"], Action::Bottom, "deepest level"),
    row(&["PageUp"], Action::PageUp, "a page of levels up"),
    row(&["PageDown"], Action::PageDown, "a page of levels down"),
];
