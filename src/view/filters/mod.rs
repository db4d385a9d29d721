//! Filters: the row of chips, and the prompt.

pub mod ask;
pub mod chips;
pub mod draw;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// Actions on the chips.
    Action {
        /// Focuses the previous chip.
        Left,
        /// Focuses the next chip.
        Right,
        /// Removes the filter.
        Remove = "remove-filter",
        /// Edits the filter.
        Edit = "change-filter",
        /// Returns the focus to the views.
        Leave = "leave-filters",
    }
}

/// Keys on the chips.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Left", "h"], Action::Left, "previous filter", "choose"),
    footer_row(&["Right", "l"], Action::Right, "next filter", "choose"),
    footer_row(&["Backspace", "Delete"], Action::Remove, "remove this filter", "remove"),
    footer_row(&["Enter"], Action::Edit, "change this filter", "change"),
    footer_row(&["Tab", "Esc"], Action::Leave, "back to the views", "views"),
];

actions! {
    /// Actions of the filter prompt. All other characters are text.
    Ask {
        /// Selects the suggestion above.
        Up,
        /// Selects the suggestion below.
        Down,
        /// Inserts the suggestion.
        Complete,
        /// Moves the cursor left.
        Left = "cursor-left",
        /// Moves the cursor right.
        Right = "cursor-right",
        /// Moves the cursor to the start.
        Home = "line-start",
        /// Moves the cursor to the end.
        End = "line-end",
        /// Deletes the character before the cursor.
        Backspace = "delete-before",
        /// Deletes the character under the cursor.
        Delete = "delete-under",
        /// Applies the filter.
        Accept,
        /// Cancels.
        Cancel,
    }
}

/// Keys of the filter prompt.
pub const ASK: &[CommandRow<Ask>] = &[
    footer_row(&["Enter"], Ask::Accept, "filter", "filter"),
    footer_row(&["Tab"], Ask::Complete, "complete with the row", "take"),
    footer_row(&["Up"], Ask::Up, "row above", "rows"),
    footer_row(&["Down"], Ask::Down, "row below", "rows"),
    footer_row(&["Esc"], Ask::Cancel, "cancel", "cancel").closing(),
    row(&["Left"], Ask::Left, "cursor left"),
    row(&["Right"], Ask::Right, "cursor right"),
    row(&["Home"], Ask::Home, "to the start"),
    row(&["End"], Ask::End, "to the end"),
    row(&["Backspace"], Ask::Backspace, "delete before the cursor"),
    row(&["Delete"], Ask::Delete, "delete under the cursor"),
];
