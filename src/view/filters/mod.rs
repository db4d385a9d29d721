//! The filters: the row of chips that says which are on, and the prompt that makes one.

pub mod ask;
pub mod chips;
pub mod draw;

use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// What the keys do on the chips.
    Action {
        /// To the chip before.
        Left,
        /// To the next chip.
        Right,
        /// Takes the chip away.
        Remove = "remove-filter",
        /// Changes its text.
        Edit = "change-filter",
        /// Gives the keys back to the views.
        Leave = "leave-filters",
    }
}

/// The keys of the chips.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Left", "h"], Action::Left, "filter before", "choose"),
    footer_row(&["Right", "l"], Action::Right, "next filter", "choose"),
    footer_row(&["Backspace", "Delete"], Action::Remove, "remove this filter", "remove"),
    footer_row(&["Enter"], Action::Edit, "change this filter", "change"),
    footer_row(&["Tab", "Esc"], Action::Leave, "back to the views", "views"),
];

actions! {
    /// What the keys do in the prompt of a filter. Every other character is text.
    Ask {
        /// To the row above.
        Up,
        /// To the row below.
        Down,
        /// Takes the row into the text.
        Complete,
        /// A character to the left.
        Left = "cursor-left",
        /// A character to the right.
        Right = "cursor-right",
        /// To the beginning.
        Home = "line-start",
        /// To the end.
        End = "line-end",
        /// Removes the character before.
        Backspace = "delete-before",
        /// Removes the character under the cursor.
        Delete = "delete-under",
        /// Filters.
        Accept,
        /// Leaves everything as it is.
        Cancel,
    }
}

/// The keys of the prompt.
pub const ASK: &[CommandRow<Ask>] = &[
    footer_row(&["Enter"], Ask::Accept, "filter", "filter"),
    footer_row(&["Tab"], Ask::Complete, "take the row", "take"),
    footer_row(&["Up"], Ask::Up, "row above", "rows"),
    footer_row(&["Down"], Ask::Down, "row below", "rows"),
    footer_row(&["Esc"], Ask::Cancel, "leave it as it is", "cancel").closing(),
    row(&["Left"], Ask::Left, "a character to the left"),
    row(&["Right"], Ask::Right, "a character to the right"),
    row(&["Home"], Ask::Home, "to the beginning"),
    row(&["End"], Ask::End, "to the end"),
    row(&["Backspace"], Ask::Backspace, "remove the one before"),
    row(&["Delete"], Ask::Delete, "remove the one under it"),
];
