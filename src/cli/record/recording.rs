//! Recording: at each tick a snapshot is fetched, decoded as a check, and stored unchanged.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;

use crate::analysis::{Timeline, in_use_bytes};
use crate::base::units::{Unit, counted};
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
use super::super::loading;
use super::super::message::{CliFailure, say, warn};
use super::super::network::{self, brief};
use super::super::output::refused;
use super::super::pending::PendingFile;
use super::super::watched_service::WatchedService;
use super::RecordPlan;
use super::folder::{Folder, head, is_recorded};
use super::pace::Pace;
use super::ring::{HeapSize, Ring};
use super::tally::{COMMAND_TIME, Tally};

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
    let hook = plan.exec.clone().map(Hook::start).transpose();
    let hook = hook.map_err(|error| CliFailure::input(format!("--exec: {error}"), None))?;
    let (ending, commands) = (tally.clone(), hook.clone());
    let time = if hook.is_some() { COMMAND_TIME } else { Duration::ZERO };
    // If this thread cannot be started, a signal still ends the process, with the default exit code.
    let _watch = term::watch_work(time, move |_| ending.interrupt(commands.as_ref()));
    announce(plan, present.len());
    let before = present.last().and_then(|last| read(last, &plan.options).ok());
    let mut ring = Ring::new(plan.ring);
    let old = present.into_iter().filter(|path| is_recorded(path)).flat_map(|path| {
        let series = (plan.ring.largest > 0).then(|| read(&path, &plan.options).ok()).flatten();
        ring.add(path, series.map_or_else(HeapSize::default, |series| heap_size(&series, None)))
    });
    tally.counts().surplus = old.collect();
    let mut recording = Recording {
        plan,
        folder,
        tally: tally.clone(),
        before,
        outage: None,
        ring,
        hook: hook.clone(),
        service: WatchedService::new(plan.process),
        has_answered: false,
        is_heap_reported: false,
        hold_timer: HoldTimer::default(),
        last_reported: None,
    };
    let mut done = recording.run();
    if let Some(hook) = &hook {
        hook.finish(None);
    }
    // Files that commands still needed.
    let removed = tally.counts().remove_surplus(hook.as_ref());
    done = done.and_then(|exit| removed.map(|()| exit).map_err(|error| unwritable(plan, &error)));
    tally.close();
    done
}

fn announce(plan: &RecordPlan, present: usize) {
    if plan.address.remote().is_some_and(Remote::is_unverified) {
        warn(&network::unverified());
    }
    let there = match present {
        0 => String::new(),
        count => format!(", which has {}", counted(count, "snapshot")),
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
    start: Start,
    missed: u64,
    why: String,
}

/// Start of a reading.
#[derive(Clone, Copy)]
struct Start {
    instant: Instant,
    time: Timestamp,
}

impl Start {
    fn now() -> Self {
        Self { instant: Instant::now(), time: now() }
    }
}

/// Response of the service, written to an unfinished file.
struct Fetched {
    part: PendingFile,
    /// Number of bytes.
    size: u64,
    /// End of the response.
    came: Timestamp,
    /// Memory figures, to be saved beside the snapshot.
    figures: String,
}

struct Recording<'a> {
    plan: &'a RecordPlan,
    folder: Folder,
    tally: Tally,
    /// Series of the previous snapshots, for comparison.
    before: Option<Arc<Series>>,
    outage: Option<Outage>,
    ring: Ring,
    hook: Option<Hook>,
    service: WatchedService,
    /// True once the service gave a snapshot or its figures; before that, an answer that is neither ends the recording.
    has_answered: bool,
    /// True while the last report about the runtime's heap size was that it is missing.
    is_heap_reported: bool,
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
            let start = Start::now();
            let memory = self.memory();
            let mut reading = self.reading(&memory.memory, None);
            match self.take(memory, &mut reading) {
                Ok(()) => {}
                Err(MissedSnapshot::Disk(error)) => {
                    return Err(unwritable(self.plan, &error));
                }
                Err(MissedSnapshot::Service(reason)) => self.missed(reason, start)?,
            }
            took = start.instant.elapsed();
            // The profile may have had the size of the heap.
            dense = pace.next(&reading, start.instant, self.plan.every, took);
            if self.plan.count.is_some_and(|count| self.tally.counts().written >= count) {
                return Ok(Exit::Done);
            }
        }
    }

    /// Reads the current memory figures of the service.
    fn memory(&mut self) -> ServiceMemory {
        let Some(remote) = self.plan.address.remote() else { return ServiceMemory::default() };
        let memory = self.service.read(remote, &self.plan.options);
        if self.service.take_restart() {
            self.hold_timer.interrupt();
        }
        memory
    }

    /// Figures that the condition tests; `series` is the snapshot, if it was fetched.
    fn reading(&self, memory: &ProcessMemory, series: Option<&Series>) -> MemoryReading {
        let in_use = series.filter(|_| !self.service.needs_runtime(Figure::Heap)).and_then(in_use_of);
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

    /// Reports skipped ticks; those of an outage belong to it.
    fn skipped(&mut self, beats: u64, took: Duration) {
        if beats == 0 {
            return;
        }
        self.tally.counts().missed += beats;
        if let Some(outage) = &mut self.outage {
            outage.missed += beats;
            return;
        }
        let what = if beats == 1 { "one snapshot was".to_owned() } else { format!("{beats} snapshots were") };
        let why = skip_reason(took, self.plan.every);
        self.stamped(&format!("{what} skipped{why}"));
    }

    /// Takes a snapshot if the condition requires one: fetches, decodes and stores it. `reading` gets the figures of the
    /// snapshot, if one was fetched.
    fn take(&mut self, found: ServiceMemory, reading: &mut MemoryReading) -> Result<(), MissedSnapshot> {
        let ServiceMemory { text: mut figures, mut memory, refusal } = found;
        self.has_answered |= reading.heap.is_some();
        // Without an answer from the service, the condition cannot be tested.
        let refusal = match (refusal, &self.plan.when) {
            (Some(reason), Some(when)) if is_passing(&reason) || self.service.needs_runtime(when.figure) => {
                return Err(MissedSnapshot::Service(reason));
            }
            (refusal, _) => refusal,
        };
        let wanted = self.is_wanted(reading);
        match wanted {
            Ok(true) | Err(ConditionError::NoFigure(Figure::Heap)) => {}
            Ok(false) => {
                self.back();
                return Ok(());
            }
            Err(why) => {
                self.untestable(why);
                return Ok(());
            }
        }
        let progress = Arc::new(Progress::default());
        let waiting = self.plan.address.remote().map(loading::waiting);
        let (part, size) = loading::watched(&progress, waiting, || self.fetch(&progress))?;
        let came = now();
        let series = self.decode(part.path()).map_err(MissedSnapshot::Service)?;
        self.has_answered = true;
        self.back();
        if is_restart(&series) {
            self.restarted();
            if wanted.is_err() {
                self.hold_timer.interrupt();
            }
            let remote = self.plan.address.remote();
            // The figures are those of the process before.
            if remote.is_some_and(|remote| self.service.look_up_again(remote)) {
                ServiceMemory { text: figures, memory, .. } = self.memory();
            }
        }
        self.before = Some(Arc::clone(&series));
        *reading = self.reading(&memory, Some(&series));
        self.report_heap(reading, refusal);
        if wanted.is_err() {
            match self.is_wanted(reading) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(why) => {
                    self.untestable(why);
                    return Ok(());
                }
            }
        }
        let fetched = Fetched { part, size, came, figures };
        self.store(&fetched, &series, heap_size(&series, Some(&memory)), reading).map_err(MissedSnapshot::Disk)
    }

    /// Stores a snapshot, runs its command, and removes those that the ring no longer keeps.
    fn store(&mut self, fetched: &Fetched, series: &Series, heap: HeapSize, reading: &MemoryReading) -> io::Result<()> {
        let Fetched { part, size: bytes, came, figures } = fetched;
        let extension = extension(&head(part.path())?, series);
        let mut counts = self.tally.counts();
        let name = self.folder.keep(part, figures, *came, extension)?;
        counts.written += 1;
        let number = counts.written;
        let path = self.folder.path_of(&name);
        counts.surplus.extend(self.ring.add(path.clone(), heap));
        // Queued under the lock, so that a signal does not come in between.
        if let Some(hook) = &self.hook {
            hook.run(path, variables(reading));
        }
        drop(counts);
        let words = reading.words();
        let words = if reading.rss.is_none() && reading.limit.is_none() { String::new() } else { format!("  {words}") };
        self.stamped(&format!("{number}  {}  {}{words}  {name}", total(series), size(*bytes)));
        self.tally.counts().remove_surplus(self.hook.as_ref())
    }

    /// Reports a restart.
    fn restarted(&mut self) {
        self.tally.counts().restarts += 1;
        self.stamped("the service restarted: its counters start at 0 again");
    }

    /// Reports, once, that the runtime no longer gives the size of its heap.
    fn report_heap(&mut self, reading: &MemoryReading, refusal: Option<Reason>) {
        let is_missing = reading.heap.is_none() && self.service.needs_runtime(Figure::Heap);
        if let (true, false, Some(reason)) = (is_missing, self.is_heap_reported, refusal) {
            self.stamped(&format!("the size of the heap is not known now: {reason}"));
        }
        self.is_heap_reported = is_missing;
    }

    /// Reports, once, why the condition cannot be tested.
    fn untestable(&mut self, why: ConditionError) {
        self.hold_timer.interrupt();
        if self.last_reported.replace(why) != Some(why) {
            let (line, hint) = why.words();
            self.stamped(&format!("{line}, and nothing is recorded; {hint}"));
        }
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
                Err(error) => return Err(SourceError::from(error).into()),
            };
            part.write_all(&piece[..count]).map_err(MissedSnapshot::Disk)?;
            size += count as u64;
        }
        part.sync().map_err(MissedSnapshot::Disk)?;
        Ok((part, size))
    }

    /// Series of the written snapshot, together with the previous ones if compatible.
    fn decode(&self, path: &Path) -> Result<Arc<Series>, Reason> {
        let options = &self.plan.options;
        // Symbols of a service that is rebuilt repeatedly accumulate, so the old series is dropped in time.
        let before = self.before.as_ref().filter(|before| before.budget().left() > options.limits.memory / 2);
        let Some(before) = before else { return read(path, options) };
        let now = i64::try_from(now().as_nanosecond()).unwrap_or(0);
        let growth = Growth { options, images: &[], most: KEPT, place: InsertPosition::Last, memory: None, now };
        match load::grow(before, &Address::File(path.to_owned()), &growth, &Arc::default()) {
            Ok(grown) => Ok(grown.series),
            Err(Reason::Merge(_)) => read(path, options),
            Err(other) => Err(other),
        }
    }

    /// Reports a missing snapshot; fails if there will never be one. The outage begins with the failed reading.
    fn missed(&mut self, reason: Reason, start: Start) -> Result<(), CliFailure> {
        if !self.has_answered && !is_passing(&reason) {
            let skipped = SkippedSource { source: self.plan.address.name(), reason, origin: Origin::Named };
            return Err(loading::failure(&[], LoadError::Nothing(vec![skipped])));
        }
        self.hold_timer.interrupt();
        self.tally.counts().missed += 1;
        let why = reason.to_string();
        let Some(mut outage) = self.outage.take() else {
            self.stamped(&format!("no snapshot: {why}; trying again every {}", brief(self.plan.every)));
            self.outage = Some(Outage { start, missed: 1, why });
            return Ok(());
        };
        outage.missed += 1;
        if outage.why != why {
            self.stamped(&format!("still no snapshot since {}: {why}", clock(outage.start.time)));
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
            let since = clock(outage.start.time);
            let missed = counted(outage.missed as usize, "snapshot");
            let time = outage.start.instant.elapsed().as_secs_f64();
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

/// Heap size at the last snapshot; `memory` has the figures that were read with it, unless the series has them.
fn heap_size(series: &Series, memory: Option<&ProcessMemory>) -> HeapSize {
    let header = series.snapshots().last().map(|last| &last.header);
    let memory = memory.or(header.and_then(|header| header.memory.as_deref()));
    let metrics = header.and_then(|header| header.metrics);
    HeapSize { runtime: MemoryReading::of(metrics, memory, None, None).heap, in_use: in_use_of(series) }
}

/// Returns true if the last snapshot is of another process than the one before.
fn is_restart(series: &Series) -> bool {
    let last = series.snapshots().len().saturating_sub(1);
    last > 0 && Timeline::new(series).restarts(last)
}

/// In-use bytes of the last snapshot.
fn in_use_of(series: &Series) -> Option<i64> {
    in_use_bytes(series, series.snapshots().len().checked_sub(1)?)
}

/// Reason for skipped ticks, as far as it is known: a machine that slept or a process that was stopped leaves no trace.
fn skip_reason(took: Duration, every: Duration) -> String {
    if took < every { String::new() } else { format!(": the last reading took {}", brief(took)) }
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
    fn a_reading_is_blamed_for_skipped_ticks_only_if_it_took_that_long() {
        let [short, long] = [11, 1500].map(Duration::from_millis);
        assert_eq!(skip_reason(short, Duration::from_secs(1)), "");
        assert_eq!(skip_reason(long, Duration::from_secs(1)), ": the last reading took 1.5s");
    }

    #[test]
    fn a_clock_beyond_all_years_is_a_time() {
        let later = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 50);
        assert_eq!(timestamp(later), Timestamp::MAX);
        assert_eq!(timestamp(SystemTime::UNIX_EPOCH), Timestamp::UNIX_EPOCH);
    }
}
