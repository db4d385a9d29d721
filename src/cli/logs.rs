//! Garbage collector logs, and figures divided by a counter in their lines.

use jiff::tz::TimeZone;

use crate::analysis::{Answer, Per};
use crate::load::LogPlan;
use crate::profile::Series;
use crate::report::ReportScope;
use crate::source::Address;

use super::args::LoadArgs;
use super::message::CliFailure;
use super::per_arg::PerArg;

/// Plan of the logs, with the counter that figures are divided by.
pub(super) fn log_plan(load: &LoadArgs, addresses: Vec<Address>) -> LogPlan {
    let counter = load.per.as_ref().and_then(PerArg::counter).cloned();
    LogPlan { addresses, counter, to_utc: local }
}

/// Converts a local civil time, in nanoseconds as if it were UTC, to nanoseconds since 1970.
fn local(civil: i64) -> i64 {
    let time = jiff::Timestamp::from_nanosecond(i128::from(civil)).ok();
    let there = time.and_then(|time| time.to_zoned(TimeZone::UTC).datetime().to_zoned(TimeZone::system()).ok());
    there.and_then(|there| i64::try_from(there.timestamp().as_nanosecond()).ok()).unwrap_or(civil)
}

/// Returns an error if figures are to be divided by a counter that no log has.
///
/// # Errors
/// [`CliFailure`] with the expected form of log lines.
pub(super) fn check_counter(series: &Series, per: &Per) -> Result<(), CliFailure> {
    let Per::Counter(name) = per else { return Ok(()) };
    if series.logs().iter().filter_map(|log| log.counter.as_ref()).any(|counter| counter.name == *name) {
        return Ok(());
    }
    let name = name.shown();
    let hint =
        format!("name the log with `--gc-log`; a line has it as `{name}=1234`, `{name}: 1234` or as a field of JSON");
    Err(CliFailure::input(format!("`--per {name}`: no line of a log has this counter"), Some(hint)))
}

/// Returns an error if figures could not be divided as requested.
///
/// # Errors
/// [`CliFailure`] with the reason.
pub(super) fn check_divided(answer: &Answer, scope: ReportScope) -> Result<(), CliFailure> {
    let at = answer.query.sample_type;
    if scope == ReportScope::Series && matches!(answer.query.per, Per::Operations(_) | Per::Counter(_)) {
        let others = match answer.query.per {
            Per::Counter(_) => "`report top` divides",
            _ => "`report top` and `report instances` divide",
        };
        let hint = format!("leave `--per` out; {others} the figures of a window");
        let line = format!("`--per {}`: trends are not divided", answer.query.per.word());
        return Err(CliFailure::input(line, Some(hint)));
    }
    let base = answer.base.as_ref().map(|base| (&base.window_sums[at], "the base"));
    for (sum, window) in std::iter::once((&answer.window_sums[at], "the window")).chain(base) {
        let Per::Counter(name) = &sum.per else { continue };
        let name = name.shown();
        let of_one = answer.query.instance.is_some() && answer.series.instances().len() > 1;
        if scope == ReportScope::Instances || of_one {
            let hint = "log lines do not say which instance they are of".to_owned();
            return Err(CliFailure::input(format!("`--per {name}` is of all instances together"), Some(hint)));
        }
        if sum.units.is_none() {
            let hint = "the log has to reach over the window, and to count at least one unit in it".to_owned();
            return Err(CliFailure::input(format!("`--per {name}`: no units in the time of {window}"), Some(hint)));
        }
    }
    Ok(())
}
