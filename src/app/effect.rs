//! What the program wants done outside.

use std::path::PathBuf;
use std::sync::Arc;

#[cfg(doc)]
use crate::app::Msg;
use crate::app::export::Exporting;
use crate::app::mouse::Mouse;
use crate::app::task::{Task, Ticket};
use crate::profile::Series;

/// An effect.
#[derive(Debug)]
pub enum Effect {
    /// End well.
    Quit,
    /// End as if interrupted.
    Interrupt,
    /// Give the terminal to the shell until it is resumed.
    Suspend,
    /// Forget what the terminal shows and paint everything.
    Redraw,
    /// Run the task off the UI thread and send [`Msg::Done`] with the ticket. A newer task of the same kind replaces one
    /// that waits.
    Run(Ticket, Task),
    /// Give the terminal to an editor on this file and line until it is done, and send [`Msg::Edited`].
    Edit {
        /// The file, with its whole path.
        path: PathBuf,
        /// The line, from 1.
        line: i64,
    },
    /// Write this into a file, and send [`Msg::Exported`].
    Export(Box<Exporting>),
    /// Read the sources again, and send [`Msg::Loaded`] of this generation.
    Reload {
        /// Which reload this is.
        generation: u64,
    },
    /// Stop the running reload.
    CancelReload,
    /// At the next beat, add what is new to a copy of this series, and send [`Msg::Grown`].
    Follow(Arc<Series>),
    /// Do that now instead of at the next beat.
    PollNow,
    /// Let the terminal tell of the mouse, or tell no more.
    Point(Mouse),
    /// Put this text, which is safe and has no line break, on the clipboard.
    Copy(String),
}
