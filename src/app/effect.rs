//! Effects: work that the state machine asks for, done by the terminal.

use std::path::PathBuf;
use std::sync::Arc;

#[cfg(doc)]
use crate::app::Msg;
use crate::app::export::Exporting;
use crate::app::mouse::Mouse;
use crate::app::task::{Task, Ticket};
use crate::profile::Series;

/// Request to the terminal.
#[derive(Debug)]
pub enum Effect {
    /// Quit with exit code 0.
    Quit,
    /// Quit as if interrupted.
    Interrupt,
    /// Suspend the process until it is resumed.
    Suspend,
    /// Discard the known contents of the terminal and repaint everything.
    Redraw,
    /// Run the task off the UI thread and send [`Msg::Done`] with the ticket. A newer task of the same kind replaces one
    /// that waits.
    Run(Ticket, Task),
    /// Run an editor on this file and line in the terminal, then send [`Msg::Edited`].
    Edit {
        /// Absolute path of the file.
        path: PathBuf,
        /// Line, from 1.
        line: i64,
    },
    /// Write a file, then send [`Msg::Exported`].
    Export(Box<Exporting>),
    /// Read the sources again, then send [`Msg::Loaded`] with this generation.
    Reload {
        /// Generation of the reload.
        generation: u64,
    },
    /// Cancel the running reload.
    CancelReload,
    /// At the next poll, add new snapshots to a copy of this series, then send [`Msg::Grown`].
    Follow(Arc<Series>),
    /// Poll immediately.
    PollNow,
    /// Turn mouse reporting of the terminal on or off.
    Point(Mouse),
    /// Copy this text to the clipboard. It is safe to print and has no line break.
    Copy(String),
}
