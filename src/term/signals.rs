//! Signals, on a thread of their own.
//!
//! A flag for the event loop is not enough: the loop may be blocked by a long update or a stalled terminal, and the
//! process must end anyway. Therefore the signal thread restores the terminal and ends the process itself.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, mem, process, thread};

use rustix::process::{Pid, Signal as ProcessSignal, getpid, kill_process};
use signal_hook::consts::{
    SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGSYS, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGWINCH,
    SIGXCPU, SIGXFSZ,
};
use signal_hook::iterator::Signals;

use super::ending::Ending;
use super::guard;

/// Time limit of ending by a signal, including the last message. A stopped terminal may block the message, but not the
/// end.
const DEADLINE: Duration = Duration::from_millis(200);
/// Time after the end of an editor during which a Ctrl-C still counts as meant for the editor: the signal goes to both
/// processes, and may be handled later here. No key press is lost, since in the explorer Ctrl-C is not a signal.
const AFTERMATH: Duration = Duration::from_secs(1);

/// Other signals whose default action ends a process, apart from those with their own [`Ending`]. For a file that
/// exceeds a size limit (SIGXFSZ), the write returns an error instead.
const OTHERS: [i32; 9] = [SIGALRM, SIGIO, SIGPROF, SIGSYS, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ];
/// Further such signals that only Linux has: SIGSTKFLT, SIGPWR, and the real-time signals.
#[cfg(target_os = "linux")]
const MORE: [i32; 33] = {
    let mut signals = [16; 33];
    signals[1] = 30;
    let mut real_time = 34;
    while real_time <= 64 {
        signals[real_time - 32] = real_time as i32;
        real_time += 1;
    }
    signals
};
#[cfg(not(target_os = "linux"))]
const MORE: [i32; 0] = [];

/// Signal that does not end the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Possible resize of the terminal.
    Resized,
    /// Continued after a stop; the content of the screen is lost.
    Continued,
}

type Listener = Box<dyn Fn(Signal) + Send>;

/// Signal thread, which keeps running after this handle is dropped.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    listener: Arc<Mutex<Option<Listener>>>,
    continued: Arc<AtomicU32>,
    editor_signals: EditorSignals,
}

/// Receiver of Ctrl-C and Ctrl-\\.
#[derive(Clone, Debug, Default)]
struct EditorSignals(Arc<Mutex<EditorSession>>);

/// Use of the terminal by an editor.
#[derive(Clone, Copy, Debug, Default)]
struct EditorSession {
    owner: TerminalOwner,
    /// Process of the editor while it runs.
    editor: Option<Pid>,
    /// Signal that ends the program after the editor has ended.
    pending: Option<ProcessSignal>,
}

/// Owner of the terminal.
#[derive(Clone, Copy, Debug, Default)]
enum TerminalOwner {
    /// Never lent.
    #[default]
    Never,
    /// Lent now.
    Now,
    /// Lent until this time.
    Until(Instant),
}

impl EditorSignals {
    fn session(&self) -> MutexGuard<'_, EditorSession> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes a signal that ends the program on to the editor that has the terminal, and stores the signal until the
    /// editor has ended; returns false if no editor has the terminal.
    fn postpone(&self, signal: i32) -> bool {
        let mut session = self.session();
        let (TerminalOwner::Now, Some(signal)) = (session.owner, ProcessSignal::from_named_raw(signal)) else {
            return false;
        };
        session.pending = Some(signal);
        if let Some(editor) = session.editor {
            // An editor that has just ended needs no signal.
            let _ = kill_process(editor, signal);
        }
        true
    }

    /// Returns true if an interrupt at `now` is meant for the editor.
    fn takes(&self, now: Instant) -> bool {
        match self.session().owner {
            TerminalOwner::Never => false,
            TerminalOwner::Now => true,
            TerminalOwner::Until(end) => now.saturating_duration_since(end) < AFTERMATH,
        }
    }
}

/// Guard that leaves the terminal, with Ctrl-C and Ctrl-\\, to an editor.
pub(super) struct EditorGuard(EditorSignals);

impl EditorGuard {
    /// Records the process of the editor, and passes on a signal that arrived before its start.
    pub(super) fn started(&self, editor: Pid) {
        let mut session = self.0.session();
        session.editor = Some(editor);
        if let Some(signal) = session.pending {
            let _ = kill_process(editor, signal);
        }
    }
}

impl Drop for EditorGuard {
    fn drop(&mut self) {
        let ended = EditorSession { owner: TerminalOwner::Until(Instant::now()), editor: None, pending: None };
        let pending = mem::replace(&mut *self.0.session(), ended).pending;
        if let Some(signal) = pending {
            // The signal thread ends the program, as if the signal had just arrived.
            let _ = kill_process(getpid(), signal);
        }
    }
}

/// Starts the signal thread. From then on, every signal whose default action ends a process restores the terminal if it
/// is taken, calls `last_words` to print a message, and ends the process with the code of its [`Ending`]. Faults are
/// handled where they occur, see [`guard`]. While an editor runs, such a signal ends the editor first. This function is
/// called before loading begins, so that Ctrl-C ends a load in the same way as the explorer. `last_words` must not
/// panic, as `eprintln!` does if standard error is closed.
///
/// SIGHUP ends the process even if it was ignored before: a program that draws needs its terminal.
///
/// # Errors
/// The thread cannot be started.
pub(crate) fn watch(last_words: impl Fn(Ending) + Send + 'static) -> io::Result<Watch> {
    start([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT], DEADLINE, last_words)
}

/// Starts the signal thread for a report. SIGHUP stays ignored if it was, since a report may be meant to outlive
/// its terminal.
///
/// # Errors
/// The thread cannot be started.
pub(crate) fn watch_report(last_words: impl Fn(Ending) + Send + 'static) -> io::Result<Watch> {
    watch_work(Duration::ZERO, last_words)
}

/// Starts the signal thread for work whose `last_words` may take this time in addition. SIGHUP stays ignored if it was.
///
/// # Errors
/// The thread cannot be started.
pub(crate) fn watch_work(time: Duration, last_words: impl Fn(Ending) + Send + 'static) -> io::Result<Watch> {
    let hang_up = (!guard::is_ignored(SIGHUP)).then_some(SIGHUP);
    start(hang_up.into_iter().chain([SIGINT, SIGTERM, SIGQUIT]), time + DEADLINE, last_words)
}

fn start(
    watched: impl IntoIterator<Item = i32>,
    deadline: Duration,
    last_words: impl Fn(Ending) + Send + 'static,
) -> io::Result<Watch> {
    let mut signals = Signals::new(watched)?;
    // A signal that is ignored or has a handler, such as a profiler's, is left unchanged.
    for signal in OTHERS.into_iter().chain(MORE).filter(|signal| guard::is_default(*signal)) {
        // A signal that this system does not have cannot end the program.
        let _ = signals.add_signal(signal);
    }
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
                SIGXFSZ => {}
                SIGINT | SIGQUIT if mine.editor_signals.takes(Instant::now()) => {}
                signal if mine.editor_signals.postpone(signal) => {}
                SIGINT => end(Ending::Interrupted, deadline, &last_words),
                SIGHUP => end(Ending::HungUp, deadline, &last_words),
                SIGQUIT => end(Ending::Quit, deadline, &last_words),
                SIGTERM => end(Ending::Terminated, deadline, &last_words),
                other => end(Ending::Signal(u8::try_from(other).unwrap_or_default()), deadline, &last_words),
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

    /// Leaves SIGINT and SIGQUIT to the editor in the same process group, since both processes receive them.
    pub(super) fn mute(&self) -> EditorGuard {
        *self.editor_signals.session() = EditorSession { owner: TerminalOwner::Now, ..EditorSession::default() };
        EditorGuard(self.editor_signals.clone())
    }

    /// Number of times that the process was continued after a stop.
    pub(super) fn continued(&self) -> u32 {
        self.continued.load(Ordering::Acquire)
    }

    fn tell(&self, signal: Signal) {
        if let Some(listener) = &*self.listener.lock().unwrap_or_else(PoisonError::into_inner) {
            listener(signal);
        }
    }
}

/// Ends the process within a time limit, even if the last message is blocked.
fn end(ending: Ending, deadline: Duration, last_words: &impl Fn(Ending)) {
    // If no thread can be started, the message has no time limit.
    let _ = thread::Builder::new().spawn(move || {
        thread::sleep(deadline);
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
        assert!(!watch.editor_signals.takes(start));
        let muted = watch.mute();
        assert!(watch.editor_signals.takes(start + AFTERMATH * 100));
        drop(muted);
        let end = Instant::now();
        assert!(watch.editor_signals.takes(end));
        assert!(!watch.editor_signals.takes(end + AFTERMATH));
    }
}
