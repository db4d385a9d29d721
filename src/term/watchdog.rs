//! Watchdog: ends the process when the terminal is gone.
//!
//! A lost connection must not leave a process behind. SIGHUP may be ignored, as under `nohup`, or not arrive, and
//! reading from a lost terminal returns immediately, in a busy loop.

use std::{io, thread};

use super::ending::Ending;
use super::tty::Tty;

/// Watches `tty` on a thread of its own.
///
/// # Errors
/// The thread cannot be started.
pub(super) fn start(tty: &'static Tty) -> io::Result<()> {
    thread::Builder::new().name("watchdog".into()).spawn(|| {
        tty.wait_until_gone();
        Ending::HungUp.now()
    })?;
    Ok(())
}
