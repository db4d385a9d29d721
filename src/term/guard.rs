//! Guard of the terminal: takes it over, and restores it exactly once, from any thread.
//!
//! Restoring writes a fixed sequence of bytes and the saved settings: it takes no lock and allocates nothing, so that
//! it can run in the panic hook and in the handler of a fault.

use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::panic::{self, PanicHookInfo};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};
use std::{io, process, ptr, thread};

use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};

use crate::view::pointer::Mouse;

use super::tty::{Tty, WriteTimeout};

/// Enters the alternate screen, hides the cursor, and disables reordering of right-to-left text (explicit bidirectional
/// mode), which would shuffle the columns of a row. Enables bracketed paste, so that pasted text is distinguished from
/// keys. No other mode is enabled by default, so that a killed process leaves as little behind as possible.
const TAKE: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[8l\x1b[?2004h";
/// Undoes [`TAKE`] and the effects of an incomplete frame: synchronized output, colours, a scrolling region.
pub(super) const RESTORE: &[u8] = b"\x1b[?2026l\x1b[?2004l\x1b[0m\x1b[r\x1b[8h\x1b[?25h\x1b[?1049l";
/// Enables reports of mouse buttons and the wheel (SGR). Only on request, since a killed process leaves them on.
const ENABLE_MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1006h";
/// Undoes [`ENABLE_MOUSE`].
const DISABLE_MOUSE: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// Time limit of restoring, once for the other thread and once for the terminal: a quarter of a second must suffice in
/// total.
const RESTORE_TIMEOUT: Duration = Duration::from_millis(80);
/// Exit code after a panic.
const PANICKED: i32 = 101;

/// The terminal is not taken.
const FREE: u8 = 0;
/// The terminal is taken.
const HELD: u8 = 1;
/// A thread is taking or restoring the terminal.
const BUSY: u8 = 2;
/// The terminal was restored for good.
const ENDED: u8 = 3;

static STATE: AtomicU8 = AtomicU8::new(FREE);
/// True once the terminal is being restored for good. Other threads stop writing, since their bytes would follow the
/// restoring sequence.
static RESTORING: AtomicBool = AtomicBool::new(false);
/// True if mouse reports are on; they are turned off when the terminal is restored, and on again when it is retaken.
static POINTS: AtomicBool = AtomicBool::new(false);
static TAKEN: OnceLock<TerminalState> = OnceLock::new();

/// Terminal with its saved settings.
#[derive(Debug)]
struct TerminalState {
    tty: Tty,
    before: Termios,
}

/// Error of a session that is not the loss of its terminal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TakeError {
    /// There is no terminal, or none with a keyboard.
    #[error("no terminal to read keys from")]
    NoTerminal,
    /// The settings of the terminal cannot be changed.
    #[error("cannot set up the terminal: {0}")]
    Setup(#[from] io::Error),
    /// A thread cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

/// Taken terminal. Dropping the guard restores it.
#[derive(Debug)]
pub(crate) struct Guard {
    taken: &'static TerminalState,
}

impl Guard {
    /// Takes the terminal: raw input, alternate screen, no cursor.
    ///
    /// # Errors
    /// There is no terminal, or its settings cannot be changed.
    pub(crate) fn take() -> Result<Self, TakeError> {
        let tty = Tty::open().map_err(|_| TakeError::NoTerminal)?;
        if !Tty::has_keys() {
            return Err(TakeError::NoTerminal);
        }
        let before = tcgetattr(&tty).map_err(io::Error::from)?;
        let guard = Self { taken: TAKEN.get_or_init(|| TerminalState { tty, before }) };
        restore_on_faults();
        guard.retake()?;
        Ok(guard)
    }

    /// Terminal.
    pub(super) fn tty(&self) -> &'static Tty {
        &self.taken.tty
    }

    /// Turns mouse reports on or off.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn point(&self, mouse: Mouse) -> io::Result<()> {
        // Stored before writing, so that a thread that ends the process in between turns the reports off.
        let bytes = match mouse {
            Mouse::On => ENABLE_MOUSE,
            Mouse::Off => DISABLE_MOUSE,
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

    /// Writes to the taken terminal. After another thread has restored it, nothing is written: a frame would appear in
    /// the shell and hide its cursor.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        if STATE.compare_exchange(HELD, BUSY, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return Ok(());
        }
        let result = self.taken.tty.write_while(bytes, || !RESTORING.load(Ordering::Acquire));
        // A thread that gave up waiting for a blocked terminal may have set the final state meanwhile.
        let _ = STATE.compare_exchange(BUSY, HELD, Ordering::AcqRel, Ordering::Acquire);
        result
    }

    /// Restores the terminal temporarily.
    pub(super) fn restore_temporarily(&self) {
        self.taken.restore_to(FREE);
    }

    /// Takes the terminal again, after it was restored temporarily or changed from outside.
    ///
    /// # Errors
    /// The terminal is gone.
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
        let result = result.and_then(|()| if points { tty.write(ENABLE_MOUSE, WriteTimeout::Endless) } else { Ok(()) });
        STATE.store(HELD, Ordering::Release);
        result
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// Restores the terminal for good, if it is taken. Only the first call has an effect; the others wait for it, briefly.
pub(crate) fn restore() {
    if let Some(taken) = TAKEN.get() {
        taken.restore_to(ENDED);
    }
}

impl TerminalState {
    /// Restores the terminal, if it is taken, and sets the state to `next`.
    fn restore_to(&self, next: u8) {
        let end = Instant::now() + RESTORE_TIMEOUT;
        if next == ENDED {
            RESTORING.store(true, Ordering::Release);
        }
        loop {
            match STATE.compare_exchange(HELD, BUSY, Ordering::AcqRel, Ordering::Acquire) {
                Err(BUSY) if Instant::now() < end => thread::sleep(Duration::from_millis(1)),
                // Still busy: the terminal blocks the other thread.
                Ok(_) | Err(BUSY) => break,
                // Temporarily restored, for example for an editor: nobody takes the terminal again.
                Err(FREE) if next == ENDED => {
                    if STATE.compare_exchange(FREE, ENDED, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
        // Failures are ignored: the terminal is gone or stopped.
        if POINTS.load(Ordering::Acquire) {
            let _ = self.tty.write(DISABLE_MOUSE, WriteTimeout::Until(Instant::now() + RESTORE_TIMEOUT));
        }
        let _ = self.tty.write(RESTORE, WriteTimeout::Until(Instant::now() + RESTORE_TIMEOUT));
        // If another job is in the foreground, the settings belong to that job, and changing them would stop this
        // process.
        if self.tty.is_ours() {
            let _ = tcsetattr(&self.tty, OptionalActions::Now, &self.before);
        }
        STATE.store(next, Ordering::Release);
    }
}

/// Makes a panic in any thread restore the terminal, print with `report`, and end the process with 101. `report` must
/// not panic itself, as `eprintln!` does if standard error is gone.
pub(crate) fn end_on_panic(report: impl Fn(&PanicHookInfo) + Send + Sync + 'static) {
    static ENDING: AtomicBool = AtomicBool::new(false);
    panic::set_hook(Box::new(move |info| {
        if ENDING.swap(true, Ordering::AcqRel) {
            // The first panic is being reported; a second report would add nothing.
            loop {
                thread::park();
            }
        }
        restore();
        report(info);
        process::exit(PANICKED)
    }));
}

/// Signals that a fault raises in the thread that caused it, where no other thread can act in time. Stack overflows and
/// failed allocations end in an abort.
const FAULTS: [c_int; 6] = [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP];

/// Actions of [`FAULTS`] before they were changed; `None` if an action could not be read.
static FAULT_ACTIONS: OnceLock<[Option<libc::sigaction>; FAULTS.len()]> = OnceLock::new();

/// Restores the terminal when the process faults, and then lets the fault take its usual course.
fn restore_on_faults() {
    FAULT_ACTIONS.get_or_init(|| {
        FAULTS.map(|signal| {
            change_action(signal, |action| {
                action.sa_sigaction = on_fault as extern "C" fn(c_int, &libc::siginfo_t, *mut c_void) as usize;
                // An overflowed stack has no room for the handler.
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            })
        })
    });
}

/// Handler of a fault. Only writes the restoring sequence, and reinstates the earlier actions.
extern "C" fn on_fault(signal: c_int, info: &libc::siginfo_t, _: *mut c_void) {
    restore();
    let is_fault = info.si_code > 0 && signal != SIGTRAP;
    if is_fault {
        // The instruction runs again and faults again, so that the standard library can report a stack overflow. Its
        // report ends in an abort on the small stack of signal handlers, where a second handler may not fit.
        reinstate(signal);
        reinstate(SIGABRT);
        return;
    }
    change_action(signal, |action| action.sa_sigaction = libc::SIG_DFL);
    if let Some(signal) = Signal::from_named_raw(signal) {
        // The signal was sent by a process, so no instruction faults again. The signal sent here arrives after this
        // handler has returned.
        let _ = kill_process(getpid(), signal);
    }
}

/// Sets the action that a fault had before [`restore_on_faults`]; the default action if it could not be read.
fn reinstate(signal: c_int) {
    let index = FAULTS.iter().position(|fault| *fault == signal);
    let before = index.and_then(|index| FAULT_ACTIONS.get()?[index]);
    change_action(signal, |action| match before {
        Some(before) => *action = before,
        None => action.sa_sigaction = libc::SIG_DFL,
    });
}

/// Returns true if a signal is ignored, as SIGHUP is under `nohup`.
pub(super) fn is_ignored(signal: c_int) -> bool {
    change_action(signal, |_| {}).is_some_and(|action| action.sa_sigaction == libc::SIG_IGN)
}

/// Returns true if a signal has its default action.
pub(super) fn is_default(signal: c_int) -> bool {
    change_action(signal, |_| {}).is_some_and(|action| action.sa_sigaction == libc::SIG_DFL)
}

/// Changes the action of a signal and returns the previous action; `None` if the system refuses.
fn change_action(signal: c_int, change: impl FnOnce(&mut libc::sigaction)) -> Option<libc::sigaction> {
    let mut current = MaybeUninit::<libc::sigaction>::uninit();
    #[expect(unsafe_code, reason = "the action of a fault must run on the thread and stack of the fault")]
    // SAFETY: `current` is initialized if the first call succeeds, and lives as long as both calls. The only handler
    // that is ever set is `on_fault`, whose parameters are those of `SA_SIGINFO`; it uses only atomics, `write`,
    // `poll`, `tcgetpgrp`, `tcsetattr`, `clock_gettime`, `nanosleep`, `sigaction` and `kill`, all of which may be used
    // in a handler, and does not panic. Any other action that is set was read from the system.
    unsafe {
        if libc::sigaction(signal, ptr::null(), current.as_mut_ptr()) != 0 {
            return None;
        }
        let before = current.assume_init();
        let mut action = before;
        change(&mut action);
        (libc::sigaction(signal, &raw const action, ptr::null_mut()) == 0).then_some(before)
    }
}
