//! The state machine: action, message, effect, update.

mod key;

pub(crate) use key::Key;
