//! Messages to the state machine.

use std::sync::Arc;

use crate::app::Exported;
use crate::app::Key;
use crate::app::effect::Saved;
use crate::app::task::{TaskResult, Ticket};
use crate::profile::Series;
use crate::view::pointer::{Gesture, HitTarget};

/// Message.
#[derive(Debug)]
pub enum Msg {
    /// Key press.
    Key(Key),
    /// Pasted text.
    Paste(String),
    /// New size of the screen.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// Gesture of the mouse.
    Pointed {
        /// Gesture.
        gesture: Gesture,
        /// Target.
        target: HitTarget,
    },
    /// The first frame is on the screen.
    Shown,
    /// Keys have stopped moving the selection or the window.
    Rested,
    /// Result of a background task.
    Done {
        /// Ticket of the request.
        ticket: Ticket,
        result: TaskResult,
    },
    /// The editor ended: its result, or the reason why it did not start.
    Edited(Result<String, String>),
    /// Result of an export.
    Exported {
        /// Path of the file.
        path: String,
        /// Result.
        exported: Exported,
    },
    /// Result of writing snapshots.
    Saved(Saved),
    /// Result of a reload.
    Loaded {
        /// Generation of the reload; results of older ones are dropped.
        generation: u64,
        /// New series, or a one-line error.
        loaded: Result<ReloadedSeries, String>,
    },
    /// Series including the deferred part, loaded behind the first screen, or a one-line error.
    Completed(Result<ReloadedSeries, String>),
    /// Result of a poll.
    Grown {
        /// Time of the poll, in nanoseconds since 1970.
        at: i64,
        /// New snapshots, `None` if there are none, or a one-line error.
        grown: Result<Option<SeriesGrowth>, String>,
    },
    /// Progress of the reload or of loading the deferred part, in one line.
    Progress(String),
    /// The process was resumed, or the screen must be repainted for another reason.
    Resumed,
    /// Success of an external operation, in one line.
    Info(String),
    /// Failure of an external operation, in one line.
    Failed(String),
}

/// Series with new snapshots.
#[derive(Debug)]
pub struct SeriesGrowth {
    /// All snapshots, old and new.
    pub series: Arc<Series>,
    /// Number of oldest snapshots that were dropped.
    pub dropped: usize,
    /// Snapshots that could not be added, and warnings about those that were, one line each.
    pub skipped: Vec<String>,
    /// Extent of what was read.
    pub extent: GrowthExtent,
}

/// Extent of what was read to grow a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GrowthExtent {
    /// New snapshots only.
    #[default]
    NewSnapshots,
    /// All sources again, so that earlier warnings are outdated.
    AllSources,
}

/// Result of a reload.
#[derive(Debug)]
pub struct ReloadedSeries {
    /// Series.
    pub series: Arc<Series>,
    /// Warnings, one line each.
    pub warnings: Vec<String>,
}
