//! Signals, on a thread of their own.
//!
//! A flag for the event loop is not enough: the loop may be blocked by a long update or a stalled terminal, and the
//! process must end anyway. So this thread restores the terminal and ends the process itself.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{io, process, thread};

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};
use signal_hook::iterator::Signals;

use super::ending::Ending;
use super::guard;

/// Time limit of ending by a signal, with its last words. A stopped terminal may block the words, but not the end.
const DEADLINE: Duration = Duration::from_millis(200);
/// Time after the end of an editor in which a Ctrl-C is still taken as the editor's: the signal goes to both processes,
/// and may be handled here later. No key is missed, since in the explorer Ctrl-C is no signal.
const AFTERMATH: Duration = Duration::from_secs(1);

/// Signal that does not end the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Possible resize of the terminal.
    Resized,
    /// Continued after a stop; the content of the screen is lost.
    Continued,
}

type Listener = Box<dyn Fn(Signal) + Send>;

/// Signal thread. It keeps running when this is dropped.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    listener: Arc<Mutex<Option<Listener>>>,
    continued: Arc<AtomicU32>,
    loan: InterruptOwner,
}

/// Recipient of Ctrl-C and Ctrl-\\.
#[derive(Clone, Debug, Default)]
struct InterruptOwner(Arc<Mutex<TerminalOwner>>);

/// State of lending the terminal to an editor.
#[derive(Clone, Copy, Debug, Default)]
enum TerminalOwner {
    /// Never lent.
    #[default]
    Never,
    /// Lent now.
    Now,
    /// Lent until then.
    Until(Instant),
}

impl InterruptOwner {
    fn set(&self, lent: TerminalOwner) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = lent;
    }

    /// Returns true if an interrupt at `now` belongs to the editor.
    fn takes(&self, now: Instant) -> bool {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            TerminalOwner::Never => false,
            TerminalOwner::Now => true,
            TerminalOwner::Until(end) => now.saturating_duration_since(end) < AFTERMATH,
        }
    }
}

/// Guard while an editor has the terminal, with Ctrl-C and Ctrl-\\.
pub(super) struct EditorGuard(InterruptOwner);

impl Drop for EditorGuard {
    fn drop(&mut self) {
        self.0.set(TerminalOwner::Until(Instant::now()));
    }
}

/// Starts the signal thread. From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT restore the terminal if it was taken, call
/// `last_words`, and end the process with the code of their [`Ending`]. To be called before loading begins, so that
/// Ctrl-C ends a load as it ends the explorer. The words must not panic, as `eprintln!` does if standard error is gone.
///
/// SIGHUP ends the process even if it was ignored before: a program that draws needs its terminal.
///
/// # Errors
/// The thread cannot be started.
pub(crate) fn watch(last_words: impl Fn(Ending) + Send + 'static) -> io::Result<Watch> {
    start(&[SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT], last_words)
}

/// Starts the signal thread for a report: SIGINT, SIGTERM and SIGQUIT end it with their codes, and SIGHUP is left
/// alone, since a report may be meant to outlive its terminal.
///
/// # Errors
/// The thread cannot be started.
pub(crate) fn watch_report(last_words: impl Fn(Ending) + Send + 'static) -> io::Result<Watch> {
    start(&[SIGINT, SIGTERM, SIGQUIT], last_words)
}

fn start(watched: &[i32], last_words: impl Fn(Ending) + Send + 'static) -> io::Result<Watch> {
    let mut signals = Signals::new(watched)?;
    let watch = Watch::default();
    let mine = watch.clone();
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            match signal {
                SIGWINCH => mine.tell(Signal::Resized),
                SIGCONT => {
                    mine.continued.fetch_add(1, Ordering::AcqRel);
                    mine.tell(Signal::Continued);
                }
                SIGINT | SIGQUIT if mine.loan.takes(Instant::now()) => {}
                SIGINT => end(Ending::Interrupted, &last_words),
                SIGHUP => end(Ending::HungUp, &last_words),
                SIGQUIT => end(Ending::Quit, &last_words),
                _ => end(Ending::Terminated, &last_words),
            }
        }
    })?;
    Ok(watch)
}

impl Watch {
    /// Sends the signals that do not end the program to `listener`.
    pub(super) fn listen(&self, listener: impl Fn(Signal) + Send + 'static) {
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(listener));
    }

    /// Leaves SIGINT and SIGQUIT to the editor in the same process group: both processes receive them.
    pub(super) fn mute(&self) -> EditorGuard {
        self.loan.set(TerminalOwner::Now);
        EditorGuard(self.loan.clone())
    }

    /// Number of continues after a stop.
    pub(super) fn continued(&self) -> u32 {
        self.continued.load(Ordering::Acquire)
    }

    fn tell(&self, signal: Signal) {
        if let Some(listener) = &*self.listener.lock().unwrap_or_else(PoisonError::into_inner) {
            listener(signal);
        }
    }
}

/// Ends the process within the time limit, whatever blocks the words.
fn end(ending: Ending, last_words: &impl Fn(Ending)) {
    // Without this thread, the words have no time limit.
    let _ = thread::Builder::new().spawn(move || {
        thread::sleep(DEADLINE);
        process::exit(i32::from(ending.code()))
    });
    guard::restore();
    last_words(ending);
    ending.now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_is_the_editors_until_the_last_one_sent_to_both_is_heard() {
        let (watch, start) = (Watch::default(), Instant::now());
        assert!(!watch.loan.takes(start));
        let muted = watch.mute();
        assert!(watch.loan.takes(start + AFTERMATH * 100));
        drop(muted);
        let end = Instant::now();
        assert!(watch.loan.takes(end));
        assert!(!watch.loan.takes(end + AFTERMATH));
    }
}
