//! Notice in the status line.

/// Notice in the status line, shown until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Success or hint.
    Info(String),
    /// Keys to begin with, for a newcomer.
    FirstKeys(String),
    /// Aggregation of several snapshots, or the base that is available for a comparison.
    Snapshots(String),
    /// Immediate poll of a live source.
    Polling(String),
    /// Failure.
    Failed(String),
    /// Outage of a live source.
    Outage(String),
    /// Warnings about the figures. The health list has those that do not fit.
    DataWarnings(Vec<String>),
    /// Remarks about the two windows of a comparison. The health list has those that do not fit.
    ComparisonNotes {
        /// Sentences.
        lines: Vec<String>,
        /// Short form of the first sentence.
        brief: String,
    },
}
