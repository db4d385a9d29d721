//! Icicle: the call tree from the root down, each node as wide as its value.

pub mod draw;
pub mod empty;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// Actions of the icicle.
    Action {
        /// Selects the frame to the left.
        Left,
        /// Selects the frame to the right.
        Right,
        /// Selects the frame above.
        Up,
        /// Selects a frame below: the last visited one, else the widest.
        Down,
        /// Zooms in.
        Zoom = "zoom-in",
        /// Selects the top level.
        Top,
        /// Selects the deepest level.
        Bottom,
        /// Moves a page of levels up.
        PageUp,
        /// Moves a page of levels down.
        PageDown,
        /// Moves half a page of levels up.
        HalfUp = "half-page-up",
        /// Moves half a page of levels down.
        HalfDown = "half-page-down",
    }
}

/// Keys of the icicle.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Left", "h"], Action::Left, "frame to the left", "move"),
    footer_row(&["Right", "l"], Action::Right, "frame to the right", "move"),
    footer_row(&["Up", "k"], Action::Up, "frame above", "move"),
    footer_row(&["Down", "j"], Action::Down, "below: last or widest", "move"),
    footer_row(&["Enter"], Action::Zoom, "zoom in, enter a block", "zoom"),
    row(&["g"], Action::Top, "top level"),
    row(&["G"], Action::Bottom, "deepest level"),
    row(&["PageUp", "Ctrl-B"], Action::PageUp, "a page of levels up"),
    row(&["PageDown", "Ctrl-F"], Action::PageDown, "a page of levels down"),
    row(&["Ctrl-U"], Action::HalfUp, "half a page up"),
    row(&["Ctrl-D"], Action::HalfDown, "half a page down"),
];
