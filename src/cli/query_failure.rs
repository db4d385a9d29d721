//! Failure of a query or of a trend, described by the option that caused it.

use crate::analysis::filter::Filter;
use crate::analysis::{Answer, NoTrend, Query, QueryError, Trends, in_use_type};
use crate::base::safe_text::safe_str;
use crate::profile::{Input, Series};
use crate::source::Address;

use super::flags::{base_filter_option, filter_option};
use super::message::{CliFailure, limited};
use super::request::LoadPlan;

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
        QueryError::OutOfRange(_) => CliFailure::input(error.to_string(), None),
        QueryError::BadPattern { .. } => CliFailure::usage(error.to_string(), error.hint()),
    }
}

/// Failure of a leak report over a counter, which grows in every program.
pub(crate) fn always_grows(trends: &Trends, answer: &Answer) -> CliFailure {
    let name = answer.series.sample_types()[trends.sample_type].name.shown();
    let held = in_use_type(&answer.series).map(|held| answer.series.sample_types()[held].name.shown());
    let hint = held.map(|held| format!("`--sample-type {held}` is what is in use"));
    CliFailure::input(format!("`{name}` counts since the start of the process, and always grows"), hint)
}

/// Converts the reason for missing trends.
pub(crate) fn no_trend(error: &NoTrend, ask: &LoadPlan, series: &Series) -> CliFailure {
    let store = ask.addresses.iter().find_map(Address::store);
    let hint = match (error, store) {
        (NoTrend::Limit(limit), _) => return limited(limit),
        (NoTrend::Single | NoTrend::OneEach(_), Some(store)) if store.instance().is_some() => {
            "`--max-requests` allows the steps of all instances, `--instance NAME` takes those of one"
        }
        (NoTrend::Single | NoTrend::OneEach(_), Some(_)) => {
            "a shorter `--step`, or a longer time from `from=` to `until=`, has several"
        }
        (NoTrend::Single, None) if ask.windows[0].is_some() && series.range_of(Input::Current).len() > 1 => {
            "the window is too small; choose one with several snapshots, or leave `--window` out"
        }
        (NoTrend::Single, None) => "give several files, or a directory",
        (NoTrend::OneEach(_), None) => {
            "their names tell them apart; files that are named one by one (`DIRECTORY/*`) are one series"
        }
        (NoTrend::Changes(_), Some(_)) => "`--sample-type inuse_space` is what was held",
        (NoTrend::Changes(_), None) => "profiles taken without `seconds` have in-use values",
    };
    CliFailure::input(error.to_string(), Some(hint.to_owned()))
}
