//! Logs of garbage collectors, read beside a series that is there already.

use std::sync::Arc;

use crate::base::limits::Budget;
use crate::base::safe_text::Text;
use crate::format::gclog::{self, LogClock};
use crate::format::{self, FormatError, ReadContext, ReadOptions};
use crate::profile::{GcEvent, GcLog, Origin, Series};
use crate::source::Address;
use crate::source::http::CancelCheck;

use super::{CountingReader, LoadError, Loaded, Progress, Reason, SkippedSource};

/// Nanoseconds of a mean year.
const YEAR: i64 = 31_556_952 * 1_000_000_000;

/// Bytes of an event in the list of all logs by time, in addition to those in its own log.
const MERGED: u64 = size_of::<GcEvent>() as u64;

/// Reads logs and puts them beside what was loaded. One that cannot be read is skipped like a source. `local` gives a local
/// time, in nanoseconds as if it were UTC, as nanoseconds since 1970: some logs do not say their zone.
///
/// # Errors
/// [`LoadError::Cancelled`] when the user asked to stop.
pub fn load_gc_logs(
    loaded: &mut Loaded,
    logs: &[Address],
    options: &ReadOptions,
    progress: &Arc<Progress>,
    local: fn(i64) -> i64,
) -> Result<(), LoadError> {
    for address in logs {
        let mut budget = loaded.series.budget().clone();
        match read(address, options, &mut budget, clock(&loaded.series, local), progress) {
            Ok(log) => loaded.series.add_log(log, budget),
            Err(Reason::Format(FormatError::Cancelled)) => return Err(LoadError::Cancelled),
            Err(reason) => loaded.skipped.push(SkippedSource { source: address.name(), reason, origin: Origin::Named }),
        }
    }
    Ok(())
}

/// Reads a log of a series again, which has grown with the process. `local` is that of [`load_gc_logs`].
///
/// # Errors
/// [`Reason`] when it cannot be read; the series is as it was.
pub fn renew_gc_log(
    series: &mut Arc<Series>,
    log: &Address,
    options: &ReadOptions,
    progress: &Arc<Progress>,
    local: fn(i64) -> i64,
) -> Result<(), Reason> {
    let mut budget = series.budget().clone();
    let name = log.name();
    if let Some(known) = series.logs().iter().find(|known| known.source.raw() == name) {
        let read = known.events.capacity() as u64 * size_of::<GcEvent>() as u64;
        budget.release(read + known.events.len() as u64 * MERGED);
    }
    let log = read(log, options, &mut budget, clock(series, local), progress)?;
    Arc::make_mut(series).renew_log(log, budget);
    Ok(())
}

/// Clock of the logs of a series, in which times without a year are of the year of the last snapshot.
fn clock(series: &Series, local: fn(i64) -> i64) -> LogClock {
    let last = series.snapshots().iter().map(|snapshot| snapshot.header.time_nanos).max();
    let year = last.filter(|time| *time != 0).map(|time| 1970 + time.div_euclid(YEAR));
    LogClock::new(local, year)
}

fn read(
    address: &Address,
    options: &ReadOptions,
    budget: &mut Budget,
    clock: LogClock,
    progress: &Arc<Progress>,
) -> Result<GcLog, Reason> {
    let watched = Arc::clone(progress);
    let is_cancelled: CancelCheck = Arc::new(move || watched.is_cancelled());
    let source = address.open_limited(options.limits.input, &is_cancelled)?;
    let source = CountingReader { source, progress: Arc::clone(progress) };
    let chunks = format::open(Box::new(source), options).map_err(FormatError::from)?;
    let (mut warnings, is_cancelled) = (Vec::new(), || progress.is_cancelled());
    let context = ReadContext::new(options, budget, &mut warnings);
    let log = gclog::read(chunks, clock, &mut ReadContext { is_cancelled: &is_cancelled, ..context })?;
    budget.charge(log.events.len() as u64 * MERGED).map_err(FormatError::from)?;
    Ok(GcLog { source: Text::from(&*address.name()), ..log })
}
