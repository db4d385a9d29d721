//! Screen of the event loop: an interface, and its implementation for the terminal of this process.

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::process::{Signal, kill_current_process_group};

use crate::view::pointer::Mouse;

use super::clipboard::Clipboard;
use super::editor::Editor;
use super::frame::EraseBackground;
use super::guard::Guard;
use super::input::Pause;
use super::signals::Watch;

/// Maximum number of checks whether the process was stopped. Checks are counted instead of time, since time goes on
/// while the process is stopped.
const MAX_CHECKS: usize = 40;
const CHECK_PERIOD: Duration = Duration::from_millis(5);

/// Screen to draw on.
pub(super) trait ScreenDevice {
    /// Background that erasing leaves.
    fn erase_background(&self) -> EraseBackground;

    /// Columns and rows.
    fn size(&self) -> (u16, u16);

    /// Shows a frame's bytes.
    fn show(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Sends a text to the clipboard; returns a message.
    fn copy(&mut self, text: &str) -> io::Result<String>;

    /// Turns mouse reports on or off.
    fn point(&mut self, mouse: Mouse) -> io::Result<()>;

    /// Restores the terminal, stops the process until the shell continues it, and takes the terminal again. Returns
    /// true if the process was stopped.
    fn suspend(&mut self) -> io::Result<bool>;

    /// Runs an editor on a line of a file in the terminal. Returns its result, or the reason why it did not start.
    fn edit(&mut self, path: &Path, line: i64) -> io::Result<Result<String, String>>;

    /// Takes the terminal again after another process stopped this one. Returns true if it had been stopped.
    fn retake(&mut self) -> io::Result<bool>;
}

/// Terminal of this process.
pub(super) struct Terminal {
    guard: Guard,
    watch: Watch,
    clipboard: Clipboard,
    editor: Editor,
    keys: Pause,
    erase_background: EraseBackground,
    continued: u32,
}

impl Terminal {
    pub(super) fn new(
        guard: Guard,
        watch: Watch,
        clipboard: Clipboard,
        editor: Editor,
        erase_background: EraseBackground,
        keys: Pause,
    ) -> Self {
        let continued = watch.continued();
        Self { guard, watch, clipboard, editor, keys, erase_background, continued }
    }
}

impl Terminal {
    /// Restores the terminal until another session takes it.
    pub(super) fn restore_temporarily(self) {
        self.guard.restore_temporarily();
        // Dropping the guard would restore the terminal for good.
        std::mem::forget(self.guard);
    }
}

impl ScreenDevice for Terminal {
    fn erase_background(&self) -> EraseBackground {
        self.erase_background
    }

    fn size(&self) -> (u16, u16) {
        self.guard.tty().size()
    }

    fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.guard.write(bytes)
    }

    fn copy(&mut self, text: &str) -> io::Result<String> {
        self.clipboard.copy(text, |bytes| self.guard.write(bytes))
    }

    fn point(&mut self, mouse: Mouse) -> io::Result<()> {
        self.guard.point(mouse)
    }

    fn suspend(&mut self) -> io::Result<bool> {
        let before = self.watch.continued();
        self.guard.restore_temporarily();
        // The signal goes to the whole group, since the shell waits until every process of a pipeline has stopped. The
        // signal has its default action here; if there is no shell to continue the group, the system ignores the
        // signal.
        kill_current_process_group(Signal::TSTP)?;
        let was_stopped = (0..MAX_CHECKS).any(|_| {
            thread::sleep(CHECK_PERIOD);
            self.watch.continued() != before
        });
        self.continued = self.watch.continued();
        self.guard.retake()?;
        Ok(was_stopped)
    }

    fn edit(&mut self, path: &Path, line: i64) -> io::Result<Result<String, String>> {
        let command = match self.editor.command(path, line) {
            Ok(command) => command,
            Err(why) => return Ok(Err(why)),
        };
        // Two programs that read from one terminal would each receive only some of the keys.
        let Some(_held) = self.keys.hold() else {
            return Ok(Err("cannot hand the keyboard over to an editor".to_owned()));
        };
        let muted = self.watch.mute();
        self.guard.restore_temporarily();
        let done = command.run(|editor| muted.started(editor));
        // The editor may have been stopped and continued together with this process.
        self.continued = self.watch.continued();
        drop(muted);
        self.guard.retake()?;
        Ok(done)
    }

    fn retake(&mut self) -> io::Result<bool> {
        let continued = self.watch.continued();
        if continued == self.continued {
            return Ok(false);
        }
        self.continued = continued;
        self.guard.retake()?;
        Ok(true)
    }
}
