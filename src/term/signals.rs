//! Signals, on a thread of their own.
//!
//! A flag that the loop looks at is not enough: the loop may be stuck in a long update or a stalled terminal, and the
//! process must end even so. So the thread gives the terminal back and ends the process itself.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{io, process, thread};

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};
use signal_hook::iterator::Signals;

use super::ending::Ending;
use super::guard;

/// What a signal may take to end the process, words included. The terminal may be stopped, and then words do not come
/// out, but the process has to end.
const DEADLINE: Duration = Duration::from_millis(200);
/// How long after an editor has ended a Ctrl-C may still be one that was meant for it: the signal comes to both, and
/// the editor may be gone before the thread here hears of it. Nothing is missed in that time, since in the explorer
/// Ctrl-C is a key and no signal.
const AFTERMATH: Duration = Duration::from_secs(1);

/// A signal that does not end the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// The terminal may have a new size.
    Resized,
    /// The process was stopped and goes on; what was on the screen is not there any more.
    Continued,
}

type Listener = Box<dyn Fn(Signal) + Send>;

/// The signal thread. It goes on when this is dropped.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    listener: Arc<Mutex<Option<Listener>>>,
    continued: Arc<AtomicU32>,
    loan: InterruptOwner,
}

/// Whose Ctrl-C and Ctrl-\\ are.
#[derive(Clone, Debug, Default)]
struct InterruptOwner(Arc<Mutex<TerminalOwner>>);

/// Whether the terminal is lent to an editor.
#[derive(Clone, Copy, Debug, Default)]
enum TerminalOwner {
    /// It never was.
    #[default]
    Never,
    /// It is.
    Now,
    /// It was until then.
    Until(Instant),
}

impl InterruptOwner {
    fn set(&self, lent: TerminalOwner) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = lent;
    }

    /// Whether an interrupt that is heard at `now` is the editor's.
    fn takes(&self, now: Instant) -> bool {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            TerminalOwner::Never => false,
            TerminalOwner::Now => true,
            TerminalOwner::Until(end) => now.saturating_duration_since(end) < AFTERMATH,
        }
    }
}

/// While this is there, the terminal is an editor's, and so are Ctrl-C and Ctrl-\\ in it.
pub(super) struct EditorGuard(InterruptOwner);

impl Drop for EditorGuard {
    fn drop(&mut self) {
        self.0.set(TerminalOwner::Until(Instant::now()));
    }
}

/// Starts the signal thread. From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT give the terminal back if it was taken,
/// let `last_words` say something, and end the process with the code of their [`Ending`]. To be called before loading
/// begins, so that Ctrl-C ends a load as it ends the explorer. The words must not panic, as `eprintln!` does when
/// standard error is gone.
///
/// SIGHUP ends the process even where it was ignored before: a program that draws needs its terminal.
///
/// # Errors
/// When the thread cannot be started.
pub(crate) fn watch(last_words: impl Fn(Ending) + Send + 'static) -> io::Result<Watch> {
    start(&[SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT], last_words)
}

/// The same for a report: SIGINT, SIGTERM and SIGQUIT end it with their codes, and SIGHUP is left alone, since a report
/// may be meant to outlive its terminal.
///
/// # Errors
/// When the thread cannot be started.
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

    /// Leaves SIGINT and SIGQUIT to whom the terminal is lent, which is of the same job: they come to both.
    pub(super) fn mute(&self) -> EditorGuard {
        self.loan.set(TerminalOwner::Now);
        EditorGuard(self.loan.clone())
    }

    /// How often the process went on after being stopped.
    pub(super) fn continued(&self) -> u32 {
        self.continued.load(Ordering::Acquire)
    }

    fn tell(&self, signal: Signal) {
        if let Some(listener) = &*self.listener.lock().unwrap_or_else(PoisonError::into_inner) {
            listener(signal);
        }
    }
}

/// Ends the process in time, whatever the words run into.
fn end(ending: Ending, last_words: &impl Fn(Ending)) {
    // When even this thread cannot be had, the words have to be short.
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
