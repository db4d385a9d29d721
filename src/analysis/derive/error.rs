//! Errors of queries.

use crate::analysis::OutOfRange;
use crate::analysis::filter::{FilterError, PatternProblem};
use crate::base::limits::LimitError;
use crate::base::safe_text;

/// Reason why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A pattern is not a valid regular expression.
    #[error("`{pattern}` {problem}: {reason}")]
    BadPattern {
        /// The pattern, made safe to show.
        pattern: String,
        /// Reason in one line.
        reason: String,
        /// Kind of the problem.
        problem: PatternProblem,
    },
    /// The pattern of a filter is invalid.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The series has no such sample type, instance or window.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// The answer exceeds the heap budget.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl QueryError {
    pub(in crate::analysis) fn bad_pattern(pattern: &str, error: &regex::Error) -> Self {
        let (problem, reason) = PatternProblem::of(error);
        Self::BadPattern { pattern: safe_text::safe_str(pattern).into_owned(), reason, problem }
    }

    /// Reason why a pattern is invalid, in one line; empty without a pattern.
    pub(in crate::analysis) fn reason(&self) -> &str {
        match self {
            Self::BadPattern { reason, .. } | Self::Filter(FilterError { reason, .. }) => reason,
            Self::OutOfRange(_) | Self::Limit(_) => "",
        }
    }

    /// Advice to the user in one sentence; `None` without a pattern.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::BadPattern { problem, .. } | Self::Filter(FilterError { problem, .. }) => {
                Some(problem.hint().to_owned())
            }
            Self::OutOfRange(_) | Self::Limit(_) => None,
        }
    }
}
