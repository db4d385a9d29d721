//! The watchdog: ends the process when the terminal goes away.
//!
//! A lost connection must not leave a process behind. SIGHUP may be ignored, as under `nohup`, or be kept from this
//! process, and reading from a terminal that is gone gives nothing for ever, at full speed.

use std::{io, thread};

use super::ending::Ending;
use super::tty::Tty;

/// Watches `tty` from a thread of its own.
///
/// # Errors
/// When no thread can be started.
pub(super) fn start(tty: &'static Tty) -> io::Result<()> {
    thread::Builder::new().name("watchdog".into()).spawn(|| {
        tty.wait_until_gone();
        Ending::HungUp.now()
    })?;
    Ok(())
}
