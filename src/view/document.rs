//! Document: the answer on the screen, with its sources.

use std::sync::Arc;

use crate::analysis::Answer;
use crate::profile::Series;
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
    /// Owners of frames by the rules of the series.
    pub owners: FillOwners,
}

impl Document {
    /// Series of the answer.
    pub fn series(&self) -> &Arc<Series> {
        &self.answer.series
    }
}
