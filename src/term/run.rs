//! From taking the terminal to giving it back.

use std::sync::mpsc::channel;

use super::clipboard::Clipboard;
use super::editor::Editor;
use super::ending::Ending;
use super::frame::Erasing;
use super::guard::{Guard, TakeError};
use super::input::{self, Interrupt, Pause};
use super::live::LiveSources;
use super::screen::Terminal;
use super::session::{Event, EventLoop, Program};
use super::signals::Watch;
use super::watchdog;
use super::workers::{Export, Reload, Workers};

/// What a session needs beside its program.
pub(crate) struct SessionSetup {
    /// Reads the sources again.
    pub(crate) reload: Reload,
    /// Writes what is on the screen into a file.
    pub(crate) export: Export,
    /// Adds what is new, where there may be something.
    pub(crate) live: Option<LiveSources>,
    /// The way to the clipboard.
    pub(crate) clipboard: Clipboard,
    /// What opens them to be changed.
    pub(crate) editor: Editor,
    /// What the terminal erases to.
    pub(crate) erasing: Erasing,
}

/// Takes the terminal, runs `program` in it, and gives it back.
///
/// # Errors
/// When there is no terminal, or it cannot be set up. A terminal that goes away later is an [`Ending`].
pub(crate) fn run(program: impl Program, work: SessionSetup, watch: &Watch) -> Result<Ending, TakeError> {
    let (sender, events) = channel();
    let desk = Workers::start(work.reload, work.export, work.live, &sender)?;
    let guard = Guard::take()?;
    watchdog::start(guard.tty())?;
    let (keys, interrupt) = (sender.clone(), Interrupt::default());
    watch.listen(move |signal| drop(sender.send(Event::Signal(signal))));
    let pause = Pause::default();
    input::start(interrupt.clone(), pause.clone(), move |event| keys.send(event).is_ok())?;
    let screen = Terminal::new(guard, watch.clone(), (work.clipboard, work.editor, work.erasing), pause);
    Ok(EventLoop::new(program, screen, desk, events, interrupt).run().unwrap_or(Ending::HungUp))
}
