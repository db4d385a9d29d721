//! Reset of the terminal after a program was killed without a chance to restore it: by SIGKILL, or by a lost
//! connection.

use std::time::{Duration, Instant};

use rustix::termios::{InputModes, LocalModes, OptionalActions, OutputModes, tcgetattr, tcsetattr};

use super::guard::{GIVE_BACK, TakeError};
use super::tty::{Tty, WriteTimeout};

/// Turns off modes that other programs may have left on: mouse reports, bracketed paste, focus reports.
const OTHERS: &[u8] = b"\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[?1004l\x1b[?7h";
/// Time limit for a stopped terminal.
const PATIENCE: Duration = Duration::from_secs(2);

/// Resets the terminal for the shell: main screen, cursor, line editing, echo.
///
/// # Errors
/// There is no terminal, or its settings cannot be changed.
pub(crate) fn reset() -> Result<(), TakeError> {
    let tty = Tty::open().map_err(|_| TakeError::NoTerminal)?;
    let patience = || WriteTimeout::Until(Instant::now() + PATIENCE);
    tty.write(OTHERS, patience())?;
    tty.write(GIVE_BACK, patience())?;
    let mut sane = tcgetattr(&tty).map_err(std::io::Error::from)?;
    sane.input_modes |= InputModes::BRKINT | InputModes::ICRNL | InputModes::IXON;
    sane.input_modes &= !(InputModes::IGNBRK | InputModes::INLCR | InputModes::IGNCR);
    sane.output_modes |= OutputModes::OPOST | OutputModes::ONLCR;
    sane.local_modes |= LocalModes::ISIG | LocalModes::ICANON | LocalModes::IEXTEN;
    sane.local_modes |= LocalModes::ECHO | LocalModes::ECHOE | LocalModes::ECHOK;
    tcsetattr(&tty, OptionalActions::Now, &sane).map_err(std::io::Error::from)?;
    Ok(())
}
