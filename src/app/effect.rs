//! What the program wants done outside.

use std::path::PathBuf;
use std::sync::Arc;

use crate::analysis::{Answer, Query, derive};
use crate::app::Msg;
use crate::app::export::Exporting;
use crate::app::health::HealthTask;
use crate::app::labels::LabelsTask;
use crate::app::mouse::Mouse;
use crate::app::sizes::SizesTask;
use crate::app::source::{ReadFileTask, SourceLinesTask};
use crate::app::trend::TrendTask;
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
    /// Run this off the thread that reads keys, and send back what it gives. A newer one makes a waiting one pointless.
    Derive(Box<DeriveTask>),
    /// The same for the trend.
    Trend(Box<TrendTask>),
    /// The same for the health.
    Examine(Box<HealthTask>),
    /// The same for the labels.
    Sort(Box<LabelsTask>),
    /// The same for the lines of a function.
    AddUp(Box<SourceLinesTask>),
    /// Read a source file off the thread that reads keys, and send [`Msg::Read`].
    Read(ReadFileTask),
    /// Give the terminal to an editor on this file and line until it is done, and send [`Msg::Edited`].
    Edit {
        /// The file, with its whole path.
        path: PathBuf,
        /// The line, from 1.
        line: i64,
    },
    /// The same for the sizes of objects.
    Measure(Box<SizesTask>),
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

/// A query to be answered, with all that it takes.
#[derive(Debug)]
pub struct DeriveTask {
    /// Which one this is: only the answer to the newest is taken.
    pub generation: u64,
    /// What is asked.
    pub series: Arc<Series>,
    /// The question.
    pub query: Query,
    /// The answer that is there; its steps are taken over where their inputs are the same.
    pub before: Answer,
}

impl DeriveTask {
    /// Answers. This is pure and may take a while.
    pub fn run(self) -> Msg {
        let answer = derive(&self.series, &self.query, Some(&self.before)).map(Box::new);
        Msg::Derived { generation: self.generation, answer }
    }
}
