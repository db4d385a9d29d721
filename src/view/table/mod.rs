//! The table: every function with its self and total, whatever stack it stands on.

pub mod draw;
pub mod state;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// What the keys do in the table.
    Action {
        /// To the row above.
        Up,
        /// To the row below.
        Down,
        /// Zoom the icicle to the function.
        Open = "zoom-in",
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

/// The keys of the table.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Up", "k"], Action::Up, "function above", "row"),
    footer_row(&["Down", "j"], Action::Down, "function below", "row"),
    footer_row(&["Enter"], Action::Open, "zoom to its largest place", "zoom"),
    row(&["g"], Action::Top, "first function"),
    row(&["G"], Action::Bottom, "last function"),
    row(&["PageUp"], Action::PageUp, "a page up"),
    row(&["PageDown"], Action::PageDown, "a page down"),
];

actions! {
    /// What the sort keys do, whatever pane has the keys.
    Sort {
        /// By the next column.
        Next = "sort",
        /// The other way round.
        Reverse = "reverse-sort",
    }
}

/// The keys of the table's order.
pub const SORTS: &[CommandRow<Sort>] = &[
    footer_row(&["s"], Sort::Next, "sort by the next column", "sort"),
    row(&["S"], Sort::Reverse, "sort the other way"),
];
