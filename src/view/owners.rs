//! Owner of a frame (own code, library, runtime): derived from the names of a series, when fills first need it and for
//! each new series.

use std::sync::Arc;

use crate::analysis::Answer;
use crate::analysis::filter::CodeOwners;
use crate::profile::Series;
use crate::view::context::Fills;

/// Owners for the latest series.
#[derive(Debug, Default)]
pub struct OwnerCache {
    owners: CodeOwners,
    series: Option<Arc<Series>>,
}

impl OwnerCache {
    /// Owners computed last.
    pub fn of(&self) -> &CodeOwners {
        &self.owners
    }

    /// Computes the owners for the series of an answer, if fills need them.
    pub fn follow(&mut self, answer: &Answer, fills: Fills) {
        let is_made = self.series.as_ref().is_some_and(|series| Arc::ptr_eq(series, &answer.series));
        if is_made || fills != Fills::Kind {
            return;
        }
        self.owners = CodeOwners::of_series(answer.language, &answer.series);
        self.series = Some(Arc::clone(&answer.series));
    }
}
