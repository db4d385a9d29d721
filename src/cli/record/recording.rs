//! Recording: at each tick a snapshot is fetched, decoded as a check, and stored unchanged.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;

use crate::analysis::{Timeline, in_use_bytes};
use crate::base::units::Unit;
use crate::format::ReadOptions;
use crate::load::{self, Growth, InsertPosition, LoadError, Progress, Reason, ServiceMemory, SkippedSource};
use crate::profile::{Origin, ProcessMemory, Series};
use crate::source::http::{CancelCheck, HttpError, Remote};
use crate::source::{Address, SourceError};
use crate::term::{self, Ticker};

use super::super::condition::{ConditionError, Figure, HoldTimer, MemoryReading};
use super::super::exit::Exit;
use super::super::explore::local;
use super::super::hook::Hook;
use super::super::listener;
use super::super::loading;
use super::super::message::{CliFailure, say, warn};
use super::super::network::{self, brief};
use super::super::output::refused;
use super::super::pending::PendingFile;
use super::RecordPlan;
use super::folder::{Folder, head, is_recorded, remove};
use super::pace::Pace;
use super::ring::Ring;
use super::tally::{Tally, snapshots};

/// Number of bytes written at a time.
const PIECE: usize = 64 << 10;
/// Number of snapshots needed to detect a restart of the service.
const KEPT: usize = 2;

/// Records until the count is reached, or a signal ends the process.
///
/// # Errors
/// [`CliFailure`] if nothing can be written, or if the first response shows that there will never be a snapshot.
pub(crate) fn record(plan: &RecordPlan) -> Result<Exit, CliFailure> {
    let unusable = |error: io::Error| refused(&plan.folder, &error);
    let folder = Folder::open(&plan.folder).map_err(unusable)?;
    let present = folder.snapshots().map_err(unusable)?;
    let tally = Tally::new(&plan.folder);
    let words = tally.clone();
    // If this thread cannot be started, a signal still ends the process, with the default exit code.
    let _watch = term::watch_report(move |_| {
        loading::leave();
        words.close();
    });
    announce(plan, present.len());
    let before = present.last().and_then(|last| read(last, &plan.options).ok());
    let hook = plan.exec.clone().map(Hook::start).transpose();
    let hook = hook.map_err(|error| CliFailure::input(format!("--exec: {error}"), None))?;
    let mut ring = Ring::new(plan.ring);
    let old = present.into_iter().filter(|path| is_recorded(path)).flat_map(|path| {
        let size = (plan.ring.largest > 0).then(|| read(&path, &plan.options).ok()).flatten();
        ring.add(path, size.and_then(|series| heap_of(&series)))
    });
    let surplus = old.collect();
    let mut recording = Recording {
        plan,
        folder,
        tally: tally.clone(),
        before,
        outage: None,
        ring,
        surplus,
        hook,
        figures: FiguresSource::Service,
        process: plan.process,
        hold_timer: HoldTimer::default(),
        last_reported: None,
    };
    let mut done = recording.run();
    if let Some(hook) = recording.hook.take() {
        hook.finish();
    }
    // Files that commands still needed. Before the first snapshot, what an earlier recording left stays.
    if tally.counts().written > 0 {
        let removed = recording.remove_surplus();
        done = done.and_then(|exit| removed.map(|()| exit).map_err(|error| unwritable(plan, &error)));
    }
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
    let when = plan.when.as_ref().map_or_else(String::new, |condition| format!(" while {condition}"));
    say(&format!("recording {name} every {every}{when} into {}{there}; Ctrl-C stops", plan.folder.display()));
}

/// Reason for a missing snapshot.
enum MissedSnapshot {
    /// The service returned no snapshot.
    Service(Reason),
    /// The snapshot cannot be written, and neither could the next one.
    Disk(io::Error),
}

impl From<SourceError> for MissedSnapshot {
    fn from(error: SourceError) -> Self {
        Self::Service(error.into())
    }
}

/// Outage of the service, with its start and reason.
struct Outage {
    since: Timestamp,
    began: Instant,
    missed: u64,
    why: String,
}

/// Source of the runtime's memory figures.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FiguresSource {
    /// The service is queried.
    Service,
    /// The service does not provide them.
    Unavailable,
}

/// Outcome of one reading.
enum ReadingOutcome {
    /// A snapshot was written.
    SnapshotWritten,
    /// The condition did not hold, or could not be tested.
    ConditionNotMet,
}

struct Recording<'a> {
    plan: &'a RecordPlan,
    folder: Folder,
    tally: Tally,
    /// Series of the previous snapshots, for comparison.
    before: Option<Arc<Series>>,
    outage: Option<Outage>,
    ring: Ring,
    /// Snapshots beyond the limits of the ring, removed after the next one is complete and their commands have ended.
    surplus: Vec<PathBuf>,
    hook: Option<Hook>,
    figures: FiguresSource,
    /// Process of the service; `None` if unknown.
    process: Option<u32>,
    /// Time for which the condition has held.
    hold_timer: HoldTimer,
    /// Last reported reason why the condition could not be tested.
    last_reported: Option<ConditionError>,
}

impl Recording<'_> {
    fn run(&mut self) -> Result<Exit, CliFailure> {
        let (began, mut beats) = (Instant::now(), Ticker::new(self.plan.every, 0));
        let (mut took, mut pace, mut dense) = (Duration::ZERO, Pace::default(), self.plan.every);
        loop {
            let due = beats.upcoming(began.elapsed());
            thread::sleep(due.min(dense));
            if due <= dense {
                self.skipped(beats.take(began.elapsed()), took);
            }
            let start = Instant::now();
            let memory = self.memory();
            let reading = self.reading(&memory.memory, None);
            dense = pace.next(&reading, start, self.plan.every, took);
            match self.take(memory, &reading) {
                Ok(ReadingOutcome::SnapshotWritten | ReadingOutcome::ConditionNotMet) => took = start.elapsed(),
                Err(MissedSnapshot::Disk(error)) => {
                    return Err(unwritable(self.plan, &error));
                }
                Err(MissedSnapshot::Service(reason)) => {
                    self.missed(reason)?;
                    took = start.elapsed();
                }
            }
            if self.plan.count.is_some_and(|count| self.tally.counts().written >= count) {
                return Ok(Exit::Done);
            }
        }
    }

    /// Reads the current memory figures of the service.
    fn memory(&mut self) -> ServiceMemory {
        let remote = self.plan.address.remote();
        if self.process.is_none() {
            self.process = remote.and_then(listener::process_of);
        }
        let service = remote.and_then(Remote::with_figures).filter(|_| self.figures == FiguresSource::Service);
        let memory = load::service_memory(service.as_ref(), self.process, &self.plan.options, &Arc::default());
        if memory.refusal.as_ref().is_some_and(|reason| !is_passing(reason)) {
            self.figures = FiguresSource::Unavailable;
        }
        // If the process is gone, another one may have replaced it.
        if memory.memory.resident.rss.is_none() {
            self.process = self.plan.process;
        }
        memory
    }

    /// Figures that the condition tests; `series` is the snapshot, if it was fetched.
    fn reading(&self, memory: &ProcessMemory, series: Option<&Series>) -> MemoryReading {
        let in_use = series.and_then(|series| in_use_bytes(series, series.snapshots().len() - 1));
        let metrics = series.and_then(|series| series.snapshots().last()?.header.metrics);
        MemoryReading::of(metrics, Some(memory), in_use, self.plan.limit)
    }

    /// Returns true if the condition has held long enough, or if there is none.
    ///
    /// # Errors
    /// [`ConditionError`] if a figure is missing.
    fn is_wanted(&mut self, reading: &MemoryReading) -> Result<bool, ConditionError> {
        let Some(condition) = &self.plan.when else { return Ok(true) };
        if !condition.holds(reading)? {
            if self.hold_timer.record_false() {
                self.stamped(&format!("no longer {condition}: {}", reading.words()));
            }
            return Ok(false);
        }
        let held = self.hold_timer.record_true(Instant::now());
        if held.is_zero() {
            self.stamped(&format!("{condition}: {}", reading.words()));
        }
        Ok(held >= self.plan.least)
    }

    /// Reports skipped ticks.
    fn skipped(&self, beats: u64, took: Duration) {
        if beats > 0 && self.outage.is_none() {
            self.tally.counts().missed += beats;
            let what = if beats == 1 { "one snapshot was".to_owned() } else { format!("{beats} snapshots were") };
            self.stamped(&format!("{what} skipped: the last snapshot took {}", brief(took)));
        }
    }

    /// Takes a snapshot if the condition requires one: fetches, decodes and stores it.
    fn take(&mut self, memory: ServiceMemory, reading: &MemoryReading) -> Result<ReadingOutcome, MissedSnapshot> {
        let ServiceMemory { text: figures, memory, refusal } = memory;
        // Without an answer from the service, the condition cannot be tested.
        if let Some(reason) = refusal.filter(|reason| self.plan.when.is_some() && is_passing(reason)) {
            return Err(MissedSnapshot::Service(reason));
        }
        let wanted = self.is_wanted(reading);
        match wanted {
            Ok(true) | Err(ConditionError::NoFigure(Figure::Heap)) => {}
            Ok(false) => return Ok(self.watched()),
            Err(why) => return Ok(self.untestable(why)),
        }
        let progress = Arc::new(Progress::default());
        let waiting = self.plan.address.remote().map(loading::waiting);
        let (part, bytes) = loading::watched(&progress, waiting, || self.fetch(&progress))?;
        let came = now();
        let series = self.decode(part.path(), &memory).map_err(MissedSnapshot::Service)?;
        let reading = self.reading(&memory, Some(&series));
        if wanted.is_err() {
            match self.is_wanted(&reading) {
                Ok(true) => {}
                Ok(false) => return Ok(self.watched()),
                Err(why) => return Ok(self.untestable(why)),
            }
        }
        let is_restart = series.snapshots().len() > 1 && Timeline::new(&series).restarts(series.snapshots().len() - 1);
        let extension = extension(&head(part.path()).map_err(MissedSnapshot::Disk)?, &series);
        let mut counts = self.tally.counts();
        let name = self.folder.keep(&part, &figures, came, extension).map_err(MissedSnapshot::Disk)?;
        counts.written += 1;
        counts.restarts += u64::from(is_restart);
        let number = counts.written;
        drop(counts);
        self.back();
        if is_restart {
            self.stamped("the service restarted: its counters start at 0 again");
        }
        let words = reading.words();
        let words = if reading.rss.is_none() && reading.limit.is_none() { String::new() } else { format!("  {words}") };
        self.stamped(&format!("{number}  {}  {}{words}  {name}", total(&series), size(bytes)));
        let path = self.folder.path_of(&name);
        let surplus = self.ring.add(path.clone(), heap_of(&series));
        self.surplus.extend(surplus);
        if let Some(hook) = &self.hook {
            hook.run(path, variables(&reading));
        }
        self.remove_surplus().map_err(MissedSnapshot::Disk)?;
        self.before = Some(series);
        Ok(ReadingOutcome::SnapshotWritten)
    }

    /// Removes the snapshots beyond the limits of the ring, except those that a command still needs.
    fn remove_surplus(&mut self) -> io::Result<()> {
        for old in std::mem::take(&mut self.surplus) {
            if self.hook.as_ref().is_some_and(|hook| hook.needs(&old)) {
                self.surplus.push(old);
                continue;
            }
            match remove(&old) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Ends a reading without a snapshot.
    fn watched(&mut self) -> ReadingOutcome {
        self.back();
        ReadingOutcome::ConditionNotMet
    }

    /// Reports, once, why the condition cannot be tested.
    fn untestable(&mut self, why: ConditionError) -> ReadingOutcome {
        if self.last_reported.replace(why) != Some(why) {
            let (line, hint) = why.words();
            self.stamped(&format!("{line}, and nothing is recorded; {hint}"));
        }
        ReadingOutcome::ConditionNotMet
    }

    /// Writes the response of the service to an unfinished file; returns the file and its size.
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

    /// Series of the written snapshot, together with the previous ones if compatible.
    fn decode(&self, path: &Path, memory: &ProcessMemory) -> Result<Arc<Series>, Reason> {
        let options = &self.plan.options;
        // Symbols of a service that is rebuilt repeatedly accumulate, so the old series is dropped in time.
        let before = self.before.as_ref().filter(|before| before.budget().left() > options.limits.memory / 2);
        let Some(before) = before else { return read(path, options) };
        let now = i64::try_from(now().as_nanosecond()).unwrap_or(0);
        let memory = (!memory.sources.is_empty()).then_some(memory);
        let growth = Growth { options, images: &[], most: KEPT, place: InsertPosition::Last, memory, now };
        match load::grow(before, &Address::File(path.to_owned()), &growth, &Arc::default()) {
            Ok(grown) => Ok(grown.series),
            Err(Reason::Merge(_)) => read(path, options),
            Err(other) => Err(other),
        }
    }

    /// Reports a missing snapshot; fails if there will never be one.
    fn missed(&mut self, reason: Reason) -> Result<(), CliFailure> {
        if self.tally.counts().written == 0 && !is_passing(&reason) {
            let skipped = SkippedSource { source: self.plan.address.name(), reason, origin: Origin::Named };
            return Err(loading::failure(&[], LoadError::Nothing(vec![skipped])));
        }
        self.tally.counts().missed += 1;
        let (why, now) = (reason.to_string(), now());
        let Some(mut outage) = self.outage.take() else {
            self.stamped(&format!("no snapshot: {why}; trying again every {}", brief(self.plan.every)));
            self.outage = Some(Outage { since: now, began: Instant::now(), missed: 1, why });
            return Ok(());
        };
        outage.missed += 1;
        if outage.why != why {
            self.stamped(&format!("still no snapshot since {}: {why}", clock(outage.since)));
            outage.why = why;
        }
        self.outage = Some(outage);
        Ok(())
    }

    /// Prints a line with the time.
    fn stamped(&self, line: &str) {
        self.tally.line(&format!("{}  {line}", clock(now())));
    }

    /// Reports the end of an outage.
    fn back(&mut self) {
        if let Some(outage) = self.outage.take() {
            let since = clock(outage.since);
            let missed = snapshots(outage.missed);
            let time = outage.began.elapsed().as_secs_f64();
            self.stamped(&format!("available again after {time:.1} s, {missed} missed since {since}"));
        }
    }
}

/// Failure of the folder of snapshots.
fn unwritable(plan: &RecordPlan, error: &io::Error) -> CliFailure {
    CliFailure::input(format!("{}: cannot be written: {error}", plan.folder.display()), None)
}

/// Returns true if the service may respond later.
fn is_passing(reason: &Reason) -> bool {
    matches!(reason, Reason::Source(SourceError::Http(error)) if error.is_temporary())
}

/// Heap size at the last snapshot, in bytes: the runtime's objects, or the in-use bytes if larger.
fn heap_of(series: &Series) -> Option<i64> {
    let last = series.snapshots().len().checked_sub(1)?;
    let objects = series.snapshots()[last].header.metrics.and_then(|metrics| metrics.heap_alloc);
    objects.max(in_use_bytes(series, last))
}

/// Environment variables of a command: heap size, resident memory and limit, in bytes.
fn variables(reading: &MemoryReading) -> Vec<(&'static str, String)> {
    let figures =
        [("HEAPGLASS_HEAP", reading.heap), ("HEAPGLASS_RSS", reading.rss), ("HEAPGLASS_LIMIT", reading.limit)];
    figures.into_iter().filter_map(|(name, value)| Some((name, value?.to_string()))).collect()
}

/// Current system time, limited to the last representable time (year 9999).
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

/// Converts the error that ended the byte stream.
fn end_of_stream(error: io::Error) -> SourceError {
    match error.downcast::<HttpError>() {
        Ok(error) => error.into(),
        Err(error) => error.into(),
    }
}

/// File extension of a snapshot, by the compression and format of its content.
fn extension(head: &[u8], series: &Series) -> &'static str {
    let is_pprof = series.snapshots().last().is_some_and(|last| last.header.format == "pprof");
    let packed = match head {
        [0x1f, 0x8b, ..] => Some(["heap.gz", "pb.gz"]),
        [0x28, 0xb5, 0x2f, 0xfd] => Some(["heap.zst", "pb.zst"]),
        _ => None,
    };
    packed.unwrap_or(["heap", "pb"])[usize::from(is_pprof)]
}

/// Total of the default sample type, as text.
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
