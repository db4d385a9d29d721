//! Memory figures of a process: from named files, and from files beside the profiles.

use std::collections::HashMap;
use std::sync::Arc;

use super::{CountingReader, LoadError, Progress, Reason, SkippedSource};
use crate::base::limits::Budget;
use crate::base::safe_text::SafeText;
use crate::format::gclog::{self, LogClock};
use crate::format::{self, FormatError, ReadContext, ReadOptions, memory};
use crate::profile::{
    GcLog, Header, Input, ManagedHeap, Origin, ProcessMemory, Profile, ResidentMemory, SampleType, Samples, Series,
    Values, Warning,
};
use crate::source::Address;
use crate::source::http::CancelCheck;

/// Files of memory figures, by the name of their profile.
pub(super) type CompanionFiles = HashMap<String, Vec<Address>>;

/// Attaches to each snapshot the figures beside it, and to the last current one the named files, with warnings about
/// files that may be cut. Returns the named files that cannot be read.
///
/// # Errors
/// [`LoadError::Cancelled`] if the user cancelled.
pub(super) fn attach(
    series: &mut Series,
    companions: &CompanionFiles,
    named: &[Address],
    options: &ReadOptions,
    progress: &Arc<Progress>,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<SkippedSource>, LoadError> {
    let mut skipped = Vec::new();
    let last = series.range_of(Input::Current).next_back();
    for at in 0..series.snapshots().len() {
        let mut memory = ProcessMemory::default();
        for file in if Some(at) == last { named } else { &[] } {
            match read_with_warnings(file, options, progress, warnings) {
                Ok(more) => memory.merge(more),
                Err(Reason::Format(FormatError::Cancelled)) => return Err(LoadError::Cancelled),
                Err(reason) => skipped.push(SkippedSource { source: file.name(), reason, origin: Origin::Named }),
            }
        }
        let beside = companions.get(series.snapshots()[at].header.source.raw());
        for file in beside.into_iter().flatten() {
            // A file that matches by name but cannot be read is not an error.
            if let Ok(more) = read_with_warnings(file, options, progress, warnings) {
                memory.merge(more);
            }
        }
        if !memory.sources.is_empty() {
            series.set_memory(at, memory);
        }
    }
    Ok(skipped)
}

/// Reads memory figures from a file, or from the last event of a garbage collector log.
///
/// # Errors
/// [`Reason`] if the file cannot be read or has no figures.
pub fn read_memory(file: &Address, options: &ReadOptions, progress: &Arc<Progress>) -> Result<ProcessMemory, Reason> {
    read_with_warnings(file, options, progress, &mut Vec::new())
}

/// Same as [`read_memory`], with warnings about a file that may be cut.
fn read_with_warnings(
    file: &Address,
    options: &ReadOptions,
    progress: &Arc<Progress>,
    warnings: &mut Vec<Warning>,
) -> Result<ProcessMemory, Reason> {
    let mut budget = Budget::new(options.limits.memory);
    let is_cancelled = || progress.is_cancelled();
    let mut found = Vec::new();
    let context = ReadContext::new(options, &mut budget, &mut found);
    let mut context = ReadContext { is_cancelled: &is_cancelled, ..context };
    let open = || -> Result<_, Reason> {
        let watched = Arc::clone(progress);
        let is_cancelled: CancelCheck = Arc::new(move || watched.is_cancelled());
        let source = file.open_limited(options.limits.input, &is_cancelled)?;
        let source = CountingReader { source, progress: Arc::clone(progress) };
        Ok(format::open(Box::new(source), options).map_err(FormatError::from)?)
    };
    let read = match memory::read(open()?, &file.name(), &mut context) {
        Err(other @ FormatError::NotMemory(_)) => {
            // A pipe cannot be read twice.
            let log = open()
                .ok()
                .and_then(|chunks| gclog::read(chunks, LogClock::new(|time| time, None), None, &mut context).ok());
            log.and_then(|log| of_log(&log)).ok_or_else(|| other.into())
        }
        read => read.map_err(Into::into),
    };
    warnings.extend(found.into_iter().map(|warning| warning.of_source(&file.name())));
    read
}

/// Figures of the last event of a log that has the heap size; `None` if there is none.
fn of_log(log: &GcLog) -> Option<ProcessMemory> {
    let event = log.events.iter().rev().find(|event| event.used.is_some())?;
    let runtime = gclog::runtime_of(log);
    let managed = ManagedHeap { used: event.used, committed: event.total, ..ManagedHeap::new(runtime) };
    let resident = ResidentMemory { rss: event.rss, ..ResidentMemory::default() };
    let sources = vec![log.format];
    Some(ProcessMemory { sources, resident, managed: Some(managed), ..ProcessMemory::default() })
}

/// Creates a series from memory figures without a profile: one snapshot without samples. Also returns warnings.
///
/// # Errors
/// [`LoadError`] if none of the files can be read.
pub(super) fn without_profile(
    files: &[Address],
    options: &ReadOptions,
    progress: &Arc<Progress>,
) -> Result<(Series, Vec<Warning>), LoadError> {
    let samples = Samples { values: vec![Values::default()], ..Samples::default() };
    let header = Header {
        source: SafeText::from(&*files.first().map(Address::name).unwrap_or_default()),
        format: "memory figures",
        sample_types: vec![SampleType::new("inuse_space", "bytes")],
        totals: vec![0],
        ..Header::default()
    };
    let profile = Profile { header, samples, ..Profile::default() };
    let mut series = Series::new(profile, Budget::new(options.limits.memory));
    let mut warnings = Vec::new();
    let skipped = attach(&mut series, &CompanionFiles::new(), files, options, progress, &mut warnings)?;
    let is_empty = series.snapshots()[0].header.memory.is_none();
    if is_empty { Err(LoadError::Nothing(skipped)) } else { Ok((series, warnings)) }
}
