//! Hint of the footer.

use crate::view::key::Key;

/// Keys with the label that they share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Keys.
    pub keys: Vec<Key>,
    /// Label.
    pub word: &'static str,
}
