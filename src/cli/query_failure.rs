//! Failure of a query, described by the option that caused it.

use crate::analysis::QueryError;

use super::flags::filter_option;
use super::message::{CliFailure, limited};

/// Converts the error of a query.
pub(crate) fn refused(error: QueryError) -> CliFailure {
    match error {
        QueryError::Limit(limit) => limited(&limit),
        QueryError::Filter(ref wrong) => {
            let (option, pattern) = (filter_option(wrong.kind), &wrong.pattern);
            CliFailure::usage(format!("`{option}`: `{pattern}` {}: {}", wrong.problem, wrong.reason), error.hint())
        }
        QueryError::BadPattern { .. } => CliFailure::usage(error.to_string(), error.hint()),
    }
}
