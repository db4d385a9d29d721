//! Recording: at each tick a snapshot is fetched, decoded for validation, and stored unchanged.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;

use crate::analysis::Timeline;
use crate::base::units::Unit;
use crate::format::ReadOptions;
use crate::load::{self, Growth, InsertPosition, LoadError, Progress, Reason, SkippedSource};
use crate::profile::{Origin, Series};
use crate::source::http::{CancelCheck, HttpError, Remote};
use crate::source::{Address, SourceError};
use crate::term::{self, Ticker};

use super::super::exit::Exit;
use super::super::explore::local;
use super::super::loading;
use super::super::message::{CliFailure, say, warn};
use super::super::network::{self, brief};
use super::super::pending::PendingFile;
use super::RecordPlan;
use super::folder::{Folder, head};
use super::tally::{Tally, snapshots};

/// Bytes of a write.
const PIECE: usize = 64 << 10;
/// Snapshots needed to detect a restart of the service.
const KEPT: usize = 2;

/// Records until the count is reached, or a signal ends the process.
///
/// # Errors
/// [`CliFailure`] if nothing can be written, or if the first reply shows that there will never be a snapshot.
pub(crate) fn record(plan: &RecordPlan) -> Result<Exit, CliFailure> {
    let unusable = |error: io::Error| CliFailure::input(format!("{}: {error}", plan.folder.display()), None);
    let folder = Folder::open(&plan.folder).map_err(unusable)?;
    let present = folder.snapshots().map_err(unusable)?;
    let tally = Tally::new(&plan.folder);
    let words = tally.clone();
    // Without this thread a signal still ends the process, with the default exit code.
    let _watch = term::watch_report(move |_| {
        loading::leave();
        words.close();
    });
    announce(plan, present.len());
    let before = present.last().and_then(|last| read(last, &plan.options).ok());
    let mut recording = Recording { plan, folder, tally: tally.clone(), before, away: None };
    let done = recording.run();
    tally.close();
    done
}

fn announce(plan: &RecordPlan, present: usize) {
    if plan.address.remote().is_some_and(Remote::is_unverified) {
        warn(&network::unverified());
    }
    let there = match present {
        0 => String::new(),
        1 => ", which has 1 snapshot".to_owned(),
        count => format!(", which has {}", snapshots(count as u64)),
    };
    let (name, every) = (plan.address.name(), brief(plan.every));
    say(&format!("recording {name} every {every} into {}{there}; Ctrl-C stops", plan.folder.display()));
}

/// Reason for a missing snapshot.
enum MissedSnapshot {
    /// The service sent none.
    Service(Reason),
    /// It cannot be written, and the next one could not either.
    Disk(io::Error),
}

impl From<SourceError> for MissedSnapshot {
    fn from(error: SourceError) -> Self {
        Self::Service(error.into())
    }
}

/// Outage of the service: start and reason.
struct Outage {
    since: Timestamp,
    began: Instant,
    missed: u64,
    why: String,
}

struct Recording<'a> {
    plan: &'a RecordPlan,
    folder: Folder,
    tally: Tally,
    /// Previous snapshots, for comparison.
    before: Option<Arc<Series>>,
    away: Option<Outage>,
}

impl Recording<'_> {
    fn run(&mut self) -> Result<Exit, CliFailure> {
        let (began, mut beats) = (Instant::now(), Ticker::new(self.plan.every, 0));
        let mut took = Duration::ZERO;
        loop {
            thread::sleep(beats.upcoming(began.elapsed()));
            self.skipped(beats.take(began.elapsed()), took);
            let start = Instant::now();
            match self.take() {
                Ok(()) => {}
                Err(MissedSnapshot::Disk(error)) => {
                    let line = format!("{}: cannot be written: {error}", self.plan.folder.display());
                    return Err(CliFailure::input(line, None));
                }
                Err(MissedSnapshot::Service(reason)) => self.missed(reason)?,
            }
            took = start.elapsed();
            if self.plan.count.is_some_and(|count| self.tally.counts().written >= count) {
                return Ok(Exit::Done);
            }
        }
    }

    /// Reports skipped ticks.
    fn skipped(&self, beats: u64, took: Duration) {
        if beats > 0 && self.away.is_none() {
            self.tally.counts().missed += beats;
            let what = if beats == 1 { "one snapshot was".to_owned() } else { format!("{beats} snapshots were") };
            self.stamped(&format!("{what} skipped: the last snapshot took {}", brief(took)));
        }
    }

    /// Takes a snapshot: fetch, decode, store.
    fn take(&mut self) -> Result<(), MissedSnapshot> {
        let progress = Arc::new(Progress::default());
        let waiting = self.plan.address.remote().map(loading::waiting);
        let (part, bytes) = loading::watched(&progress, waiting, || self.fetch(&progress))?;
        let came = now();
        let series = self.decode(part.path()).map_err(MissedSnapshot::Service)?;
        let is_restart = series.snapshots().len() > 1 && Timeline::new(&series).restarts(series.snapshots().len() - 1);
        let extension = extension(&head(part.path()).map_err(MissedSnapshot::Disk)?, &series);
        let mut counts = self.tally.counts();
        let name = self.folder.keep(&part, came, extension).map_err(MissedSnapshot::Disk)?;
        counts.written += 1;
        counts.restarts += u64::from(is_restart);
        let number = counts.written;
        drop(counts);
        self.back();
        if is_restart {
            self.stamped("the service restarted: its counters start at 0 again");
        }
        self.stamped(&format!("{number}  {}  {}  {name}", total(&series), size(bytes)));
        self.before = Some(series);
        Ok(())
    }

    /// Writes the reply of the service to an unfinished file; returns it with its size.
    fn fetch(&self, progress: &Arc<Progress>) -> Result<(PendingFile, u64), MissedSnapshot> {
        let watched = Arc::clone(progress);
        let is_cancelled: CancelCheck = Arc::new(move || watched.is_cancelled());
        let mut source = self.plan.address.open_limited(self.plan.options.limits.input, &is_cancelled)?;
        let mut part = self.folder.begin().map_err(MissedSnapshot::Disk)?;
        let (mut piece, mut size) = (vec![0; PIECE], 0);
        loop {
            let count = match source.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(end_of_stream(error).into()),
            };
            part.write_all(&piece[..count]).map_err(MissedSnapshot::Disk)?;
            size += count as u64;
        }
        part.sync().map_err(MissedSnapshot::Disk)?;
        Ok((part, size))
    }

    /// Series of the written snapshot and the one before, if they are compatible.
    fn decode(&self, path: &Path) -> Result<Arc<Series>, Reason> {
        let options = &self.plan.options;
        // Symbols of a service that is rebuilt repeatedly add up, and are dropped in time.
        let before = self.before.as_ref().filter(|before| before.budget().left() > options.limits.memory / 2);
        let Some(before) = before else { return read(path, options) };
        let now = i64::try_from(now().as_nanosecond()).unwrap_or(0);
        let growth = Growth { options, images: &[], most: KEPT, place: InsertPosition::Last, now };
        match load::grow(before, &Address::File(path.to_owned()), &growth, &Arc::default()) {
            Ok(grown) => Ok(grown.series),
            Err(Reason::Merge(_)) => read(path, options),
            Err(other) => Err(other),
        }
    }

    /// Reports a missing snapshot, unless there will never be one.
    fn missed(&mut self, reason: Reason) -> Result<(), CliFailure> {
        let is_passing = matches!(&reason, Reason::Source(SourceError::Http(error)) if error.is_temporary());
        if self.tally.counts().written == 0 && !is_passing {
            let skipped = SkippedSource { source: self.plan.address.name(), reason, origin: Origin::Named };
            return Err(loading::failure(&[], LoadError::Nothing(vec![skipped])));
        }
        self.tally.counts().missed += 1;
        let (why, now) = (reason.to_string(), now());
        let Some(mut away) = self.away.take() else {
            self.stamped(&format!("no snapshot: {why}; trying again every {}", brief(self.plan.every)));
            self.away = Some(Outage { since: now, began: Instant::now(), missed: 1, why });
            return Ok(());
        };
        away.missed += 1;
        if away.why != why {
            self.stamped(&format!("still no snapshot since {}: {why}", clock(away.since)));
            away.why = why;
        }
        self.away = Some(away);
        Ok(())
    }

    /// Prints a line with the time.
    fn stamped(&self, line: &str) {
        self.tally.line(&format!("{}  {line}", clock(now())));
    }

    /// Reports the end of an outage.
    fn back(&mut self) {
        if let Some(away) = self.away.take() {
            let since = clock(away.since);
            let missed = snapshots(away.missed);
            let time = away.began.elapsed().as_secs_f64();
            self.stamped(&format!("available again after {time:.1} s, {missed} missed since {since}"));
        }
    }
}

/// The time of the system, the last time that can be named if its clock is beyond the year 9999.
fn now() -> Timestamp {
    timestamp(SystemTime::now())
}

fn timestamp(time: SystemTime) -> Timestamp {
    let is_past = time < SystemTime::UNIX_EPOCH;
    Timestamp::try_from(time).unwrap_or(if is_past { Timestamp::MIN } else { Timestamp::MAX })
}

/// Reads a profile.
fn read(path: &Path, options: &ReadOptions) -> Result<Arc<Series>, Reason> {
    match load::load(&[Address::File(path.to_owned())], options, &Arc::default()) {
        Ok(loaded) => Ok(Arc::new(loaded.series)),
        Err(LoadError::Nothing(skipped) | LoadError::NoBase(skipped)) => Err(skipped
            .into_iter()
            .next()
            .map_or(SourceError::from(HttpError::EmptyResponse).into(), |skipped| skipped.reason)),
        Err(LoadError::Unlike(skipped) | LoadError::Binary(skipped)) => Err(skipped.reason),
        Err(LoadError::Cancelled) => Err(SourceError::from(HttpError::Cancelled).into()),
    }
}

/// Reason for the end of the byte stream.
fn end_of_stream(error: io::Error) -> SourceError {
    match error.downcast::<HttpError>() {
        Ok(error) => error.into(),
        Err(error) => error.into(),
    }
}

/// File extension of a snapshot, by compression and format of its content.
fn extension(head: &[u8], series: &Series) -> &'static str {
    let is_pprof = series.snapshots().last().is_some_and(|last| last.header.format == "pprof");
    let packed = match head {
        [0x1f, 0x8b, ..] => Some(["heap.gz", "pb.gz"]),
        [0x28, 0xb5, 0x2f, 0xfd] => Some(["heap.zst", "pb.zst"]),
        _ => None,
    };
    packed.unwrap_or(["heap", "pb"])[usize::from(is_pprof)]
}

/// Total of the sample type that the explorer starts with.
fn total(series: &Series) -> String {
    let at = series.default_sample_type();
    let (Some(last), Some(kind)) = (series.snapshots().last(), series.sample_types().get(at)) else {
        return String::new();
    };
    let value = last.totals.get(at).map_or(0, |total| i64::try_from(*total).unwrap_or(i64::MAX));
    format!("{} {}", kind.name.shown(), Unit::of(kind.unit.raw()).long(value))
}

fn size(bytes: u64) -> String {
    Unit::Bytes.long(i64::try_from(bytes).unwrap_or(i64::MAX))
}

fn clock(time: Timestamp) -> String {
    local(i64::try_from(time.as_nanosecond()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_beyond_all_years_is_a_time() {
        let later = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 50);
        assert_eq!(timestamp(later), Timestamp::MAX);
        assert_eq!(timestamp(SystemTime::UNIX_EPOCH), Timestamp::UNIX_EPOCH);
    }
}
