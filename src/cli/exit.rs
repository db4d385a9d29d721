//! Exit codes: what the caller's script is told.

use std::process::ExitCode;

/// How the program ends. A panic ends it with 101, which no code here asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done, also when whoever read the output had enough of it.
    Done = 0,
    /// The command line or an input is wrong.
    Input = 2,
    /// A limit was reached.
    Limit = 3,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
