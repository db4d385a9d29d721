//! Filters: the row of chips, and the prompt.

pub mod chips;
pub mod draw;
pub mod filter_prompt;

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
    FilterPromptAction {
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
pub const FILTER_PROMPT: &[CommandRow<FilterPromptAction>] = &[
    footer_row(&["Enter"], FilterPromptAction::Accept, "filter", "filter"),
    footer_row(&["Tab"], FilterPromptAction::Complete, "complete with the row", "complete"),
    footer_row(&["Up"], FilterPromptAction::Up, "row above", "rows"),
    footer_row(&["Down"], FilterPromptAction::Down, "row below", "rows"),
    footer_row(&["Esc"], FilterPromptAction::Cancel, "cancel", "cancel").closing(),
    row(&["Left"], FilterPromptAction::Left, "cursor left"),
    row(&["Right"], FilterPromptAction::Right, "cursor right"),
    row(&["Home"], FilterPromptAction::Home, "to the start"),
    row(&["End"], FilterPromptAction::End, "to the end"),
    row(&["Backspace"], FilterPromptAction::Backspace, "delete before the cursor"),
    row(&["Delete"], FilterPromptAction::Delete, "delete under the cursor"),
];
