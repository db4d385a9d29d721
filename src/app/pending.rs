//! Pending work: queries, reloads, and actions that wait for an answer.

use std::sync::Arc;

use crate::analysis::Query;
use crate::app::task::{ByAddress, Latest};
use crate::profile::{Coverage, MemoryKind, Series};

/// Pending requests.
#[derive(Clone, Debug)]
pub struct PendingJobs {
    /// Query asked last, answered or not.
    pub wanted: Query,
    /// Series of the wanted query.
    pub series: Arc<Series>,
    /// Requests for answers.
    pub answers: Latest<DeriveKey>,
    /// Generation of the last reload.
    pub reload: u64,
    /// Progress line of the running reload.
    pub progress: Option<String>,
    /// Progress line of loading the deferred part; empty at first for files, which load in a fraction of a second;
    /// `None` while nothing is loading.
    pub deferred_progress: Option<String>,
    /// True if loading the deferred part was cancelled, by the user or by a reload.
    pub lacks_deferred: bool,
}

/// Identity of an answer: equal queries of the same series have equal answers.
type DeriveKey = (Query, ByAddress<Series>);

impl PendingJobs {
    /// Initial state after a first answer.
    pub fn new(wanted: Query, series: Arc<Series>) -> Self {
        let answers = Latest::answered((wanted.clone(), ByAddress(Arc::clone(&series))));
        Self { wanted, series, answers, reload: 0, progress: None, deferred_progress: None, lacks_deferred: false }
    }

    /// Query asked last.
    pub fn wanted(&self) -> &Query {
        &self.wanted
    }

    /// Series of the wanted query.
    pub fn series(&self) -> &Arc<Series> {
        &self.series
    }

    /// Returns true while an answer is pending.
    pub fn is_deriving(&self) -> bool {
        self.answers.is_pending()
    }

    /// True if the series lacks samples.
    pub fn is_partial(&self) -> bool {
        self.series.coverage() != Coverage::All
    }

    /// True if the series has all samples needed to answer the wanted query.
    pub fn is_covered(&self) -> bool {
        let kind = self.series.roles().get(self.wanted.sample_type).map_or(MemoryKind::Other, |role| role.kind);
        self.series.coverage().has(kind)
    }

    /// Progress of the running reload or of loading the deferred part; `None` without progress to show.
    pub fn progress(&self) -> Option<&str> {
        self.progress.as_deref().or(self.deferred_progress.as_deref()).filter(|line| !line.is_empty())
    }
}

/// State of the search, apart from its matches.
#[derive(Clone, Debug, Default)]
pub struct Find {
    /// Error of the pattern; `None` if it is valid.
    pub refusal: Option<String>,
    /// Action to take when the answer arrives.
    pub then: AfterSearch,
}

/// Action to take when the answer of a search arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AfterSearch {
    /// Show the matches.
    #[default]
    Show,
    /// Select the largest match.
    Go,
}

impl Find {
    /// Error of the pattern; `None` if it is valid.
    pub fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }
}

/// Exclusion whose answer is pending: the excluded name, and the filtered total before it.
#[derive(Clone, Debug, Default)]
pub struct PendingFilter(pub Option<(String, i128)>);
