//! How a session at the terminal ends.

use std::process;

use super::guard;

/// Why the program ends, told to its caller by the exit code that a shell would give for the signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It was asked to quit.
    Done,
    /// Ctrl-C, or SIGINT.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// The terminal is gone, or SIGHUP says so.
    HungUp,
    /// SIGQUIT.
    Quit,
}

impl Ending {
    /// The exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Quit => 131,
            Self::Terminated => 143,
        }
    }

    /// Gives the terminal back and ends the process, from whatever thread.
    pub(super) fn now(self) -> ! {
        guard::restore();
        process::exit(i32::from(self.code()))
    }
}
