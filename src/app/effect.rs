//! Effects: work that the state machine requests and the terminal layer does.

use std::path::PathBuf;
use std::sync::Arc;

use crate::analysis::{Answer, InstanceTable, SourceLines, Trends};
use crate::app::task::{SourceReader, Task, Ticket};
use crate::profile::Series;
use crate::view::pointer::Mouse;

/// Request to the terminal layer.
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
    /// Run the task off the UI thread and send [`Msg::Done`](crate::app::Msg::Done) with the ticket. A newer task of
    /// the same kind replaces a waiting one.
    Run(Ticket, Task),
    /// Run an editor on this file and line in the terminal, then send [`Msg::Edited`](crate::app::Msg::Edited).
    Edit {
        /// Absolute path of the file.
        path: PathBuf,
        /// Line, from 1.
        line: i64,
    },
    /// Write a file, then send [`Msg::Exported`](crate::app::Msg::Exported).
    Export(Box<Exporting>),
    /// Write snapshots to files, then send [`Msg::Saved`](crate::app::Msg::Saved).
    Save(Box<Saving>),
    /// Read the sources again, then send [`Msg::Loaded`](crate::app::Msg::Loaded) with this generation.
    Reload {
        /// Generation of the reload.
        generation: u64,
    },
    /// Cancel the running reload.
    CancelReload,
    /// Load the deferred part of the series, then send [`Msg::Completed`](crate::app::Msg::Completed).
    LoadDeferred,
    /// Stop loading the deferred part of the series.
    CancelDeferred,
    /// At the next poll, add new snapshots to a copy of this series, then send [`Msg::Grown`](crate::app::Msg::Grown).
    Follow(Arc<Series>),
    /// Poll immediately.
    PollNow,
    /// Turn mouse reporting of the terminal on or off.
    Point(Mouse),
    /// Copy this text to the clipboard. It is safe to print and has no line break.
    Copy(String),
}

/// Treatment of an existing file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExistingFile {
    /// Keep the file, and ask for confirmation.
    Kept,
    /// Replace the file.
    Replaced,
}

/// Input of an exported report beside the answer.
#[derive(Debug)]
pub enum ExportInput {
    /// The report needs the answer only.
    Answer,
    /// Trends over the snapshots.
    Trends(Arc<Trends>),
    /// Comparison of the instances.
    Instances(Arc<InstanceTable>),
    /// Key of the labels.
    LabelKey(String),
    /// Function with its callers and callees, by its row of the call tree.
    Calls(usize),
    /// Lines of a function.
    Lines {
        /// Row of the function in the call tree.
        row: usize,
        /// Lines of the function.
        lines: Arc<SourceLines>,
        /// Reader of the source files.
        reader: SourceReader,
        /// Time of the newest profile of the window in nanoseconds since 1970; 0 if unknown.
        taken: i64,
    },
}

/// Export, with all its inputs.
#[derive(Debug)]
pub struct Exporting {
    /// Kind of report.
    pub kind: &'static str,
    /// Output format.
    pub form: &'static str,
    /// Path, as typed.
    pub path: String,
    /// Treatment of an existing file.
    pub existing: ExistingFile,
    /// Answer to export.
    pub answer: Answer,
    /// Input of the report beside the answer.
    pub input: ExportInput,
    /// Warnings about the inputs, one line each.
    pub warnings: Vec<String>,
}

/// Snapshots to write.
#[derive(Debug)]
pub struct Saving {
    /// Directory, as typed.
    pub folder: String,
    /// Series.
    pub series: Arc<Series>,
    /// Snapshots, by index.
    pub snapshots: Vec<usize>,
}

/// Result of writing snapshots.
#[derive(Debug)]
pub struct Saved {
    /// Request.
    pub saving: Saving,
    /// Number of snapshots written; these are the first ones of `saving`.
    pub written: usize,
    /// Reason why the remaining snapshots were not written, in one line.
    pub error: Option<String>,
}

/// Result of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exported {
    /// Bytes written.
    Written(u64),
    /// The file exists; the text describes it.
    Exists(String),
    /// Reason of the failure.
    Failed(String),
}
