//! What the program is told.

use std::sync::Arc;

use crate::app::Exported;
use crate::app::Key;
use crate::app::mouse::{Gesture, HitTarget};
use crate::app::task::{TaskResult, Ticket};
use crate::profile::Series;

/// A message.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    #[cfg_attr(
        not(feature = "testing"),
        expect(dead_code, reason = "bracketed paste is off: a terminal sends pasted text as keys")
    )]
    Paste(String),
    /// The screen has this size now.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// The mouse did something at a spot.
    Pointed {
        /// What it did.
        gesture: Gesture,
        /// Where.
        spot: HitTarget,
    },
    /// The first frame is on the screen.
    Shown,
    /// A background task is done.
    Done {
        /// Ticket of the request.
        ticket: Ticket,
        result: TaskResult,
    },
    /// The editor is done: how it ended, or why it did not begin, in one line.
    Edited(Result<String, String>),
    /// Something has been written, or could not be.
    Exported {
        /// The file.
        path: String,
        /// What came of it.
        exported: Exported,
    },
    /// The sources have been read again.
    Loaded {
        /// On whose behalf.
        generation: u64,
        /// What came of it, or why nothing did, in one line.
        loaded: Result<ReloadedSeries, String>,
    },
    /// It was looked for something new.
    Grown {
        /// When, in nanoseconds since 1970.
        at: i64,
        /// What there was, or why there was nothing, in one line.
        grown: Result<Option<SeriesGrowth>, String>,
    },
    /// How far the reload is, in one line.
    Progress(String),
    /// The terminal is ours again, or must be painted anew for another reason.
    Resumed,
    /// Something outside was done, in one line.
    Said(String),
    /// Something outside could not be done, in one line.
    Failed(String),
}

/// A series that has grown.
#[derive(Debug)]
pub struct SeriesGrowth {
    /// All of it, what is new too.
    pub series: Arc<Series>,
    /// How many of the oldest snapshots are no longer in it.
    pub forgotten: usize,
    /// What else came and could not be taken in, a line each.
    pub skipped: Vec<String>,
}

/// What a reload brings.
#[derive(Debug)]
pub struct ReloadedSeries {
    /// Everything that was read.
    pub series: Arc<Series>,
    /// What to know of it, a line each.
    pub warnings: Vec<String>,
}
