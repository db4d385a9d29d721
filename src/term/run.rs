//! Session: takes the terminal, runs a program, and restores the terminal.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use super::chooser::Chooser;
use super::clipboard::Clipboard;
use super::editor::Editor;
use super::ending::Ending;
use super::event::Event;
use super::frame::EraseBackground;
use super::guard::{Guard, TakeError};
use super::input::{self, Interrupt, Pause};
use super::live::LiveSources;
use super::screen::Terminal;
use super::session::{EventLoop, MissedSignals, Program, SessionError};
use super::signals::Watch;
use super::watchdog;
use super::workers::{DeferredLoad, FileWriters, Reload, Workers};

/// Maximum number of queued events. Further keys stay in the terminal while a program is stuck.
const MAX_QUEUED: usize = 1024;

/// External functions of a session.
pub(crate) struct SessionSetup {
    /// Function that reads the sources again.
    pub(crate) reload: Reload,
    /// Load of the parts that are not on the first screen.
    pub(crate) deferred: Option<DeferredLoad>,
    /// Functions that write files.
    pub(crate) writers: FileWriters,
    /// Source of new snapshots, in live mode.
    pub(crate) live: Option<LiveSources>,
    /// Clipboard.
    pub(crate) clipboard: Clipboard,
    /// Editor for source files.
    pub(crate) editor: Editor,
    /// Background that erasing leaves.
    pub(crate) erase_background: EraseBackground,
}

/// Takes the terminal, runs `program` in it, and restores it.
///
/// # Errors
/// There is no terminal, its settings cannot be changed, or a thread cannot be started. A terminal lost later is an
/// [`Ending`].
pub(crate) fn run(program: impl Program, work: SessionSetup, watch: &Watch) -> Result<Ending, TakeError> {
    let (sender, events) = event_queue();
    let workers = Workers::start(work.reload, work.writers, work.live, &sender).map_err(TakeError::Thread)?;
    let workers = workers.with_deferred(work.deferred);
    let guard = Guard::take()?;
    watchdog::start(guard.tty()).map_err(TakeError::Thread)?;
    let (keys, interrupt) = (sender.clone(), Interrupt::default());
    let missed = MissedSignals::default();
    let noted = missed.clone();
    watch.listen(move |signal| {
        // The signal thread has to end a program that is stuck, so it must not wait for the program.
        if let Err(TrySendError::Full(_)) = sender.try_send(Event::Signal(signal)) {
            noted.note(signal);
        }
    });
    let pause = Pause::default();
    input::start(interrupt.clone(), pause.clone(), move |event| keys.send(event).is_ok()).map_err(TakeError::Thread)?;
    let screen = Terminal::new(guard, watch.clone(), work.clipboard, work.editor, work.erase_background, pause);
    let mut session = EventLoop::new(program, screen, workers, events, interrupt).with_missed(missed);
    session.run().or_else(SessionError::ending)
}

/// Outcome of a chooser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Index of the chosen row.
    Row(usize),
    /// The chooser was left without a choice.
    Left(Ending),
}

/// Takes the terminal, lets the user choose a row, and restores the terminal until it is taken again.
///
/// # Errors
/// There is no terminal, or its settings cannot be changed.
pub(crate) fn choose(chooser: Chooser, work: SessionSetup, watch: &Watch) -> Result<Choice, TakeError> {
    let chosen = chooser.chosen();
    let (sender, events) = event_queue();
    let workers = Workers::start(work.reload, work.writers, None, &sender).map_err(TakeError::Thread)?;
    let guard = Guard::take()?;
    let keys = sender.clone();
    watch.listen(move |signal| drop(sender.try_send(Event::Signal(signal))));
    let (pause, interrupt) = (Pause::default(), Interrupt::default());
    input::start(interrupt.clone(), pause.clone(), move |event| keys.send(event).is_ok()).map_err(TakeError::Thread)?;
    let screen = Terminal::new(guard, watch.clone(), work.clipboard, work.editor, work.erase_background, pause.clone());
    let mut session = EventLoop::new(chooser, screen, workers, events, interrupt);
    let ending = session.run().or_else(SessionError::ending)?;
    match chosen.get().filter(|_| ending == Ending::Done) {
        Some(row) => {
            // The next session has its own input thread; this session's thread never reads again.
            if let Some(held) = pause.hold() {
                std::mem::forget(held);
            }
            session.into_screen().restore_temporarily();
            Ok(Choice::Row(row))
        }
        None => Ok(Choice::Left(ending)),
    }
}

/// Queue of the events of a session.
fn event_queue() -> (SyncSender<Event>, Receiver<Event>) {
    sync_channel(MAX_QUEUED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Key;

    #[test]
    fn a_program_that_is_stuck_has_a_bounded_queue() {
        let (sender, _events) = event_queue();
        let taken = (0..10 * MAX_QUEUED).take_while(|_| sender.try_send(Event::Key(Key::Enter)).is_ok()).count();
        assert_eq!(taken, MAX_QUEUED);
    }
}
