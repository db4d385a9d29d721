//! The trend: every function over the snapshots, the steepest and steadiest first, with the selected one plotted.
//!
//! What it says stays with what was seen. That a function grew is a suspicion; that it leaks is never said.

pub mod draw;
pub mod state;
pub mod words;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// What the keys do in the trend.
    Action {
        /// To the row above.
        Up,
        /// To the row below.
        Down,
        /// To the place that grew most, in the icicle.
        Open = "show-place",
        /// Compares the first snapshot with the last there.
        Compare = "compare-ends",
        /// Only what grew, or everything.
        Growing = "only-growing",
        /// Sorts by the next column.
        Sort,
        /// Sorts the other way round.
        Reverse = "reverse-sort",
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

/// The keys of the trend.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Up", "k"], Action::Up, "function above", "row"),
    footer_row(&["Down", "j"], Action::Down, "function below", "row"),
    footer_row(&["Enter"], Action::Open, "where it grew most", "where"),
    footer_row(&["d"], Action::Compare, "diff of first and last", "diff"),
    footer_row(&["E"], Action::Growing, "only what grew, or all", "growing"),
    footer_row(&["s"], Action::Sort, "sort by the next column", "sort"),
    row(&["S"], Action::Reverse, "sort the other way"),
    row(&["g"], Action::Top, "first function"),
    row(&["G"], Action::Bottom, "last function"),
    row(&["PageUp"], Action::PageUp, "a page up"),
    row(&["PageDown"], Action::PageDown, "a page down"),
];
