//! Reset of the terminal after a program was killed without a chance to restore it: by SIGKILL, or by a lost
//! connection.

use std::time::{Duration, Instant};

use rustix::termios::{InputModes, LocalModes, OptionalActions, OutputModes, tcgetattr, tcsetattr};

use super::guard::{RESTORE, TakeError};
use super::tty::{Tty, WriteTimeout};

/// Turns off modes that other programs may have left on: mouse reports, bracketed paste, focus reports.
const OTHERS: &[u8] = b"\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[?1004l\x1b[?7h";
/// Time limit for a stopped terminal.
const RESET_TIMEOUT: Duration = Duration::from_secs(2);

/// Resets the terminal for the shell: main screen, cursor, line editing, echo.
///
/// # Errors
/// There is no terminal, or its settings cannot be changed.
pub(crate) fn reset() -> Result<(), TakeError> {
    let tty = Tty::open().map_err(|_| TakeError::NoTerminal)?;
    let timeout = || WriteTimeout::Until(Instant::now() + RESET_TIMEOUT);
    tty.write(OTHERS, timeout())?;
    tty.write(RESTORE, timeout())?;
    let mut sane = tcgetattr(&tty).map_err(std::io::Error::from)?;
    sane.input_modes |= InputModes::BRKINT | InputModes::ICRNL | InputModes::IXON;
    sane.input_modes &= !(InputModes::IGNBRK | InputModes::INLCR | InputModes::IGNCR);
    sane.output_modes |= OutputModes::OPOST | OutputModes::ONLCR;
    sane.local_modes |= LocalModes::ISIG | LocalModes::ICANON | LocalModes::IEXTEN;
    sane.local_modes |= LocalModes::ECHO | LocalModes::ECHOE | LocalModes::ECHOK;
    tcsetattr(&tty, OptionalActions::Now, &sane).map_err(std::io::Error::from)?;
    Ok(())
}
