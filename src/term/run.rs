//! Session: from taking the terminal to restoring it.

use std::sync::mpsc::channel;

use super::clipboard::Clipboard;
use super::editor::Editor;
use super::ending::Ending;
use super::event::Event;
use super::frame::Erasing;
use super::guard::{Guard, TakeError};
use super::input::{self, Interrupt, Pause};
use super::live::LiveSources;
use super::screen::Terminal;
use super::session::{EventLoop, Program};
use super::signals::Watch;
use super::watchdog;
use super::workers::{Export, Reload, Workers};

/// Outside functions of a session.
pub(crate) struct SessionSetup {
    /// Reads the sources again.
    pub(crate) reload: Reload,
    /// Exports the view to a file.
    pub(crate) export: Export,
    /// Source of new snapshots, in live mode.
    pub(crate) live: Option<LiveSources>,
    /// Clipboard.
    pub(crate) clipboard: Clipboard,
    /// Editor for source files.
    pub(crate) editor: Editor,
    /// Background that erasing leaves.
    pub(crate) erasing: Erasing,
}

/// Takes the terminal, runs `program` in it, and restores it.
///
/// # Errors
/// There is no terminal, or its settings cannot be changed. Losing it later is an [`Ending`].
pub(crate) fn run(program: impl Program, work: SessionSetup, watch: &Watch) -> Result<Ending, TakeError> {
    let (sender, events) = channel();
    let desk = Workers::start(work.reload, work.export, work.live, &sender)?;
    let guard = Guard::take()?;
    watchdog::start(guard.tty())?;
    let (keys, interrupt) = (sender.clone(), Interrupt::default());
    watch.listen(move |signal| drop(sender.send(Event::Signal(signal))));
    let pause = Pause::default();
    input::start(interrupt.clone(), pause.clone(), move |event| keys.send(event).is_ok())?;
    let screen = Terminal::new(guard, watch.clone(), work.clipboard, work.editor, work.erasing, pause);
    Ok(EventLoop::new(program, screen, desk, events, interrupt).run().unwrap_or(Ending::HungUp))
}
