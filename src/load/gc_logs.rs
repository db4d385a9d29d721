//! Garbage collector logs, added to a loaded series.

use std::sync::Arc;

use crate::base::limits::Budget;
use crate::base::safe_text::SafeText;
use crate::format::gclog::{self, LogClock};
use crate::format::{self, FormatError, ReadContext, ReadOptions};
use crate::profile::{GcEvent, GcLog, Origin, Series};
use crate::source::Address;
use crate::source::http::CancelCheck;

use super::{CountingReader, LoadError, Loaded, Progress, Reason, SkippedSource};

/// Nanoseconds of a mean year.
const YEAR: i64 = 31_556_952 * 1_000_000_000;

/// Bytes of an event in the list of all logs by time, in addition to the event in its own log.
const MERGED_EVENT: u64 = size_of::<GcEvent>() as u64;
/// Bytes of a line with a counter in that list: its time, its value, and the units counted until then.
const MERGED_LINE: u64 = 3 * size_of::<i64>() as u64;

/// Logs to load with a series, and the way to read them.
#[derive(Clone, Debug)]
pub struct LogPlan {
    /// Addresses of the logs.
    pub addresses: Vec<Address>,
    /// Name of the program's own counter in log lines, such as `requests`; `None` for none.
    pub counter: Option<SafeText>,
    /// Converts a local time, in nanoseconds as if it were UTC, to nanoseconds since 1970; needed for logs without a
    /// time zone.
    pub to_utc: fn(i64) -> i64,
}

impl Default for LogPlan {
    /// Creates a plan without logs, which takes times without a zone as UTC.
    fn default() -> Self {
        Self { addresses: Vec::new(), counter: None, to_utc: |local| local }
    }
}

/// Reads logs and adds them to the series. A log that cannot be read is skipped like a source.
///
/// # Errors
/// [`LoadError::Cancelled`] if the user cancelled.
pub fn load_gc_logs(
    loaded: &mut Loaded,
    plan: &LogPlan,
    options: &ReadOptions,
    progress: &Arc<Progress>,
) -> Result<(), LoadError> {
    for address in &plan.addresses {
        let mut context = LogContext { series: &loaded.series, plan, budget: loaded.series.budget().clone() };
        match context.read(address, options, progress) {
            Ok(log) => {
                let budget = context.budget;
                loaded.series.add_log(log, budget);
            }
            Err(Reason::Format(FormatError::Cancelled)) => return Err(LoadError::Cancelled),
            Err(reason) => loaded.skipped.push(SkippedSource { source: address.name(), reason, origin: Origin::Named }),
        }
    }
    Ok(())
}

/// Reads a log of a series again, after the process has extended it.
///
/// # Errors
/// [`Reason`] if the log cannot be read; the series is then unchanged.
pub fn renew_gc_log(
    series: &mut Arc<Series>,
    log: &Address,
    plan: &LogPlan,
    options: &ReadOptions,
    progress: &Arc<Progress>,
) -> Result<(), Reason> {
    let mut context = LogContext { series, plan, budget: series.budget().clone() };
    let name = log.name();
    if let Some(known) = series.logs().iter().find(|known| known.source.raw() == name) {
        context.budget.release(known.bytes() + merged_bytes(known));
    }
    let log = context.read(log, options, progress)?;
    let budget = context.budget;
    Arc::make_mut(series).renew_log(log, budget);
    Ok(())
}

/// Bytes of a log in the list of all logs by time.
fn merged_bytes(log: &GcLog) -> u64 {
    let lines = log.counter.as_ref().map_or(0, |counter| counter.lines.len());
    log.events.len() as u64 * MERGED_EVENT + lines as u64 * MERGED_LINE
}

/// Series that a log is added to.
struct LogContext<'a> {
    series: &'a Series,
    plan: &'a LogPlan,
    budget: Budget,
}

impl LogContext<'_> {
    /// Clock of the logs; a time without a year is in the year of the last snapshot.
    fn clock(&self) -> LogClock {
        let last = self.series.snapshots().iter().map(|snapshot| snapshot.header.time_nanos).max();
        let year = last.filter(|time| *time != 0).map(|time| 1970 + time.div_euclid(YEAR));
        LogClock::new(self.plan.to_utc, year)
    }

    fn read(&mut self, address: &Address, options: &ReadOptions, progress: &Arc<Progress>) -> Result<GcLog, Reason> {
        let watched = Arc::clone(progress);
        let is_cancelled: CancelCheck = Arc::new(move || watched.is_cancelled());
        let source = address.open_limited(options.limits.input, &is_cancelled)?;
        let source = CountingReader { source, progress: Arc::clone(progress) };
        let chunks = format::open(Box::new(source), options).map_err(FormatError::from)?;
        let (mut warnings, is_cancelled) = (Vec::new(), || progress.is_cancelled());
        let (clock, counter) = (self.clock(), self.plan.counter.as_ref());
        let context = ReadContext::new(options, &mut self.budget, &mut warnings);
        let log = gclog::read(chunks, clock, counter, &mut ReadContext { is_cancelled: &is_cancelled, ..context })?;
        self.budget.charge(merged_bytes(&log)).map_err(FormatError::from)?;
        Ok(GcLog { source: SafeText::from(&*address.name()), ..log })
    }
}
