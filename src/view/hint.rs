//! Hint of the footer.

use crate::view::key::Key;

/// Keys with one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Keys.
    pub keys: Vec<Key>,
    /// Label.
    pub word: &'static str,
}
