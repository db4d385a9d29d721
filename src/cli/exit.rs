//! Exit codes: what the caller's script is told.

use std::process::ExitCode;

use crate::term::Ending;

/// How the program ends. A panic ends it with 101, which no code here asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, also when whoever read the output had enough of it.
    Done,
    /// A gate did not hold.
    Broken,
    /// The command line or an input is wrong.
    Input,
    /// A limit was reached.
    Limit,
    /// Stopped while loading.
    Interrupted,
    /// The explorer ended.
    Session(Ending),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Broken => 1,
            Exit::Input => 2,
            Exit::Limit => 3,
            Exit::Interrupted => Ending::Interrupted.code(),
            Exit::Session(ending) => ending.code(),
        })
    }
}
