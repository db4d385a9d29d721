//! The guard: takes the terminal, and gives it back exactly once, whoever asks.
//!
//! Giving back is a fixed list of bytes and the settings that were found, so that it can be done from any thread, from
//! the panic hook, and from a handler of SIGABRT: it takes no lock and allocates nothing.

use std::panic::{self, PanicHookInfo};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};
use std::{io, process, thread};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::SIGABRT;

use crate::app::mouse::Mouse;

use super::tty::{Tty, WriteTimeout};

/// Other screen, no cursor, and characters left in the order in which they are written (explicit bidirectional mode): else a
/// terminal that reorders right-to-left text shuffles the columns of a row. Nothing else is switched on unasked, so that a
/// process that is killed leaves as little behind.
const TAKE: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[8l";
/// Undoes [`TAKE`] and what a frame that was cut short may have left: held output, colours, a scrolling band.
pub(super) const GIVE_BACK: &[u8] = b"\x1b[?2026l\x1b[0m\x1b[r\x1b[8h\x1b[?25h\x1b[?1049l";
/// Lets the terminal tell of buttons and the wheel, in the form that knows every column. Only where somebody asked for
/// it: a process that is killed leaves it on.
const POINT: &[u8] = b"\x1b[?1000h\x1b[?1006h";
/// Undoes [`POINT`].
const POINT_NO_MORE: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// How long giving back may wait for another thread or for the terminal, each: a quarter of a second must do for all.
const PATIENCE: Duration = Duration::from_millis(80);
/// The exit code after a panic.
const PANICKED: i32 = 101;

/// The terminal is as it was found.
const FREE: u8 = 0;
/// The terminal is ours.
const HELD: u8 = 1;
/// One thread is taking it or giving it back.
const BUSY: u8 = 2;
/// It was given back for good.
const ENDED: u8 = 3;

static STATE: AtomicU8 = AtomicU8::new(FREE);
/// Whether the mouse was asked for, and so is to be given back, and taken again with the terminal.
static POINTS: AtomicBool = AtomicBool::new(false);
static TAKEN: OnceLock<TerminalState> = OnceLock::new();

/// The terminal and how it was found.
#[derive(Debug)]
struct TerminalState {
    tty: Tty,
    before: Termios,
}

/// Why the terminal cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TakeError {
    /// There is none, or none with keys.
    #[error("no terminal to read keys from")]
    NoTerminal,
    /// It does not let itself be set up.
    #[error("cannot set up the terminal: {0}")]
    Setup(#[from] io::Error),
}

/// The terminal while it is ours. Dropping it gives the terminal back.
#[derive(Debug)]
pub(crate) struct Guard {
    taken: &'static TerminalState,
}

impl Guard {
    /// Takes the terminal: raw input, the other screen, no cursor.
    ///
    /// # Errors
    /// When there is no terminal, or it cannot be set up.
    pub(crate) fn take() -> Result<Self, TakeError> {
        let tty = Tty::open().map_err(|_| TakeError::NoTerminal)?;
        if !Tty::has_keys() {
            return Err(TakeError::NoTerminal);
        }
        let before = tcgetattr(&tty).map_err(io::Error::from)?;
        let guard = Self { taken: TAKEN.get_or_init(|| TerminalState { tty, before }) };
        restore_on_abort()?;
        guard.retake()?;
        Ok(guard)
    }

    /// The terminal.
    pub(super) fn tty(&self) -> &'static Tty {
        &self.taken.tty
    }

    /// Lets the terminal tell of the mouse, or tell no more.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn point(&self, mouse: Mouse) -> io::Result<()> {
        // Noted before it is asked for: whoever ends the process in between gives back what may be on.
        let bytes = match mouse {
            Mouse::On => POINT,
            Mouse::Off => POINT_NO_MORE,
        };
        if mouse == Mouse::On {
            POINTS.store(true, Ordering::Release);
        }
        self.write(bytes)?;
        if mouse == Mouse::Off {
            POINTS.store(false, Ordering::Release);
        }
        Ok(())
    }

    /// Writes to the terminal while it is ours. Once another thread gives it back, nothing comes any more: a frame would
    /// stand in the shell's screen, and hide its cursor.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        if STATE.compare_exchange(HELD, BUSY, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return Ok(());
        }
        let result = self.taken.tty.write(bytes, WriteTimeout::Endless);
        // Whoever did not wait for a terminal that takes nothing may have ended it meanwhile.
        let _ = STATE.compare_exchange(BUSY, HELD, Ordering::AcqRel, Ordering::Acquire);
        result
    }

    /// Gives the terminal back for a while.
    pub(super) fn lend(&self) {
        self.taken.give_back(FREE);
    }

    /// Takes the terminal after it was lent, or after something else may have changed it.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn retake(&self) -> io::Result<()> {
        let TerminalState { tty, before } = self.taken;
        tty.wait_for_foreground();
        let held = |from| STATE.compare_exchange(from, BUSY, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if !held(FREE) && !held(HELD) {
            // Another thread is ending the process.
            return Ok(());
        }
        let mut raw = before.clone();
        raw.make_raw();
        let result = tcsetattr(tty, OptionalActions::Now, &raw)
            .map_err(io::Error::from)
            .and_then(|()| tty.write(TAKE, WriteTimeout::Endless));
        let points = POINTS.load(Ordering::Acquire);
        let result = result.and_then(|()| if points { tty.write(POINT, WriteTimeout::Endless) } else { Ok(()) });
        STATE.store(HELD, Ordering::Release);
        result
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back for good, if it is ours. Only the first call does anything; the others wait for it, briefly.
pub(crate) fn restore() {
    if let Some(taken) = TAKEN.get() {
        taken.give_back(ENDED);
    }
}

impl TerminalState {
    /// Gives the terminal back, if it is ours, and leaves it in state `next`.
    fn give_back(&self, next: u8) {
        let end = Instant::now() + PATIENCE;
        loop {
            match STATE.compare_exchange(HELD, BUSY, Ordering::AcqRel, Ordering::Acquire) {
                Err(BUSY) if Instant::now() < end => thread::sleep(Duration::from_millis(1)),
                // Still busy, whoever has it is stuck in a terminal that takes nothing.
                Ok(_) | Err(BUSY) => break,
                Err(_) => return,
            }
        }
        // Nothing is left to do when these fail: the terminal is gone or stopped.
        if POINTS.load(Ordering::Acquire) {
            let _ = self.tty.write(POINT_NO_MORE, WriteTimeout::Until(Instant::now() + PATIENCE));
        }
        let _ = self.tty.write(GIVE_BACK, WriteTimeout::Until(Instant::now() + PATIENCE));
        // The settings of a terminal that is another job's are that job's, and setting them would stop this process.
        if self.tty.is_ours() {
            let _ = tcsetattr(&self.tty, OptionalActions::Now, &self.before);
        }
        STATE.store(next, Ordering::Release);
    }
}

/// Makes a panic in any thread give the terminal back, say what happened with `report`, and end the process with 101.
/// `report` must not panic itself, as `eprintln!` does when standard error is gone.
pub(crate) fn end_on_panic(report: impl Fn(&PanicHookInfo) + Send + Sync + 'static) {
    static ENDING: AtomicBool = AtomicBool::new(false);
    panic::set_hook(Box::new(move |info| {
        if ENDING.swap(true, Ordering::AcqRel) {
            // The first panic is being told; a second one adds nothing.
            loop {
                thread::park();
            }
        }
        restore();
        report(info);
        process::exit(PANICKED)
    }));
}

/// Gives the terminal back when the process aborts, which is how a stack overflow and a failed allocation end.
fn restore_on_abort() -> io::Result<()> {
    static REGISTERED: OnceLock<()> = OnceLock::new();
    if REGISTERED.set(()).is_err() {
        return Ok(());
    }
    #[expect(unsafe_code, reason = "a handler that runs inside the signal: it takes no lock and allocates nothing")]
    // SAFETY: `restore` uses atomics, `write`, `poll`, `tcgetpgrp`, `tcsetattr`, `clock_gettime` and `nanosleep` only, all of which
    // may be used in a handler of a signal, and does not panic.
    unsafe {
        signal_hook::low_level::register(SIGABRT, restore)?;
    }
    Ok(())
}
