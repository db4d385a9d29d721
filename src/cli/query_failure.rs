//! Failure of a query, described by the option that caused it.

use crate::analysis::filter::Filter;
use crate::analysis::{Query, QueryError};
use crate::base::safe_text::safe_str;

use super::flags::{base_filter_option, filter_option};
use super::message::{CliFailure, limited};

/// Converts the error of a query.
pub(crate) fn refused(error: QueryError, query: &Query) -> CliFailure {
    match error {
        QueryError::Limit(limit) => limited(&limit),
        QueryError::Filter(ref wrong) => {
            let is_it = |filter: &Filter| filter.kind == wrong.kind && safe_str(&filter.pattern) == *wrong.pattern;
            // The filters of the window are read first.
            let is_of_window = query.filters.iter().any(is_it);
            let option = if is_of_window { filter_option(wrong.kind) } else { base_filter_option(wrong.kind) };
            let pattern = &wrong.pattern;
            CliFailure::usage(format!("`{option}`: `{pattern}` {}: {}", wrong.problem, wrong.reason), error.hint())
        }
        QueryError::BadPattern { .. } => CliFailure::usage(error.to_string(), error.hint()),
    }
}
