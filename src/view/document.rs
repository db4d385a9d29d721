//! Document: the answer on the screen, with its sources.

use std::sync::Arc;

use crate::analysis::Answer;
use crate::profile::Series;
use crate::view::navigation::Navigation;
use crate::view::owners::FillOwners;
use crate::view::source_status::{SavedSnapshots, SourceStatus};

/// Answer on the screen, with its sources.
#[derive(Debug)]
pub struct Document {
    /// Title: the file, or the number of sources.
    pub title: String,
    /// Answer on the screen.
    pub answer: Answer,
    /// Status of the sources.
    pub live: SourceStatus,
    /// Snapshots that were written to files.
    pub saved: SavedSnapshots,
    /// Warnings of loading, for the health list.
    pub warned: Vec<String>,
    /// Bottom-up icicle that a view of the call tree took the place of, for the return from that view.
    pub bottom_up: Option<BottomUpIcicle>,
    /// Owners of frames by the rules of the series.
    pub owners: FillOwners,
}

/// Bottom-up icicle: its answer, with selection and zoom.
#[derive(Debug)]
pub struct BottomUpIcicle {
    /// Answer.
    pub answer: Answer,
    /// Selection and zoom.
    pub navigation: Navigation,
}

impl Document {
    /// Series of the answer.
    pub fn series(&self) -> &Arc<Series> {
        &self.answer.series
    }
}
