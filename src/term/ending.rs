//! Ways in which a terminal session ends.

use std::process;

use super::guard;

/// Way in which the program ended; the exit code is the one that a shell reports for the signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Quit.
    Done,
    /// Ctrl-C, or SIGINT.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// Loss of the terminal, or SIGHUP.
    HungUp,
    /// SIGQUIT.
    Quit,
    /// Another signal, by its number.
    Signal(u8),
}

impl Ending {
    /// Exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Quit => 131,
            Self::Terminated => 143,
            Self::Signal(signal) => 128_u8.saturating_add(signal),
        }
    }

    /// Restores the terminal and ends the process, from any thread.
    pub(super) fn now(self) -> ! {
        guard::restore();
        process::exit(i32::from(self.code()))
    }
}
