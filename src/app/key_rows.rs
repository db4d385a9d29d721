//! Rows of the keymap: keys with their action, help and footer text.

use crate::app::Key;
use crate::app::action::Action;

/// Command row with parsed keys.
#[derive(Clone, Debug)]
pub struct KeyRow {
    /// Keys.
    pub keys: Vec<Key>,
    /// Name of the action.
    pub name: &'static str,
    /// Action of the keys.
    pub action: Action,
    /// Description in a few words.
    pub help: &'static str,
    /// Label in the footer; empty for a command that is not shown there.
    pub foot: &'static str,
    /// True if the command closes or cancels what is open.
    pub is_closing: bool,
}

/// Rows with a common title.
#[derive(Clone, Debug)]
pub struct KeySection {
    /// Title.
    pub title: &'static str,
    /// Rows.
    pub rows: Vec<KeyRow>,
}
