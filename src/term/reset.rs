//! Giving a terminal back that a killed program left behind: what no handler could do, since SIGKILL and a dropped
//! connection run none.

use std::time::{Duration, Instant};

use rustix::termios::{InputModes, LocalModes, OptionalActions, OutputModes, tcgetattr, tcsetattr};

use super::guard::{GIVE_BACK, TakeError};
use super::tty::{Tty, WriteTimeout};

/// What other programs switch on: mouse reports, which this one has only where they were asked for, pasted text in
/// brackets, focus reports.
const OTHERS: &[u8] = b"\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[?1004l\x1b[?7h";
/// How long a stopped terminal is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Puts the terminal into the state in which a shell expects it: the usual screen, a cursor, lines that are edited and
/// echoed.
///
/// # Errors
/// When there is no terminal, or it does not let itself be set up.
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
