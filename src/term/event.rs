//! Events of a session.

use crate::app::{Key, Msg};
use crate::view::pointer::MouseInput;

use super::signals::Signal;

/// Event of a session.
#[derive(Debug)]
pub(super) enum Event {
    /// Key press.
    Key(Key),
    /// Gesture of the mouse.
    Pointed(MouseInput),
    /// A signal that does not end the program.
    Signal(Signal),
    /// Result of a job.
    Msg(Msg),
}
