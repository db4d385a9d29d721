//! Why a query has no answer.

use crate::analysis::filter::FilterError;
use crate::base::limits::LimitError;
use crate::base::safe_text;

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A pattern is no regular expression.
    #[error("`{pattern}` is no regular expression: {reason}")]
    BadPattern {
        /// The pattern, made safe to show.
        pattern: String,
        /// What is wrong with it, in one line.
        reason: String,
    },
    /// The pattern of a filter is none.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The answer does not fit the heap budget.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl QueryError {
    pub(in crate::analysis) fn bad_pattern(pattern: &str, error: &regex::Error) -> Self {
        // The message draws the pattern and points into it over several lines; the last says what is wrong.
        let message = error.to_string();
        let reason = message.lines().last().unwrap_or_default().trim_start_matches("error: ");
        Self::BadPattern {
            pattern: safe_text::safe_str(pattern).into_owned(),
            reason: safe_text::safe_str(reason).into_owned(),
        }
    }

    /// Advice to the user in one sentence; `None` for a limit.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::BadPattern { .. } | Self::Filter(_) => {
                Some("write \\( for a bracket, \\. for a dot, \\* for a star".to_owned())
            }
            Self::Limit(_) => None,
        }
    }
}
