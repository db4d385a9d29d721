//! Exit codes.

use std::process::ExitCode;

use crate::term::Ending;

/// Exit status of the program. A panic exits with 101, which is not listed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Success, also if the reader of the output closed it early.
    Done,
    /// A limit of `check` is exceeded.
    Broken,
    /// Invalid command line, or a result that cannot be written.
    Usage,
    /// Input that cannot be read or judged.
    Input,
    /// Input that cannot be read or judged, or a resource limit, with the exit status that the user chose for this case.
    InputCode(u8),
    /// Resource limit exceeded.
    Limit,
    /// Interrupted while loading.
    Interrupted,
    /// End of the explorer.
    Session(Ending),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Broken => 1,
            Exit::Usage | Exit::Input => 2,
            Exit::InputCode(code) => code,
            Exit::Limit => 3,
            Exit::Interrupted => Ending::Interrupted.code(),
            Exit::Session(ending) => ending.code(),
        })
    }
}
