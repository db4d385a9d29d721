//! The state machine: action, message, effect, update. No clock, file, thread or terminal.

pub mod effect;
pub mod key;
pub mod msg;

pub use effect::{Derivation, Effect};
pub use key::Key;
pub use msg::{Msg, Reloaded};
