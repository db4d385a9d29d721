//! Growing series: one more profile is merged into a copy of a series, without decoding the others again.
//!
//! The copy shares all snapshots with the original, so that a view of the old series stays valid meanwhile. The kept
//! snapshots are limited by a count and by the heap budget; the oldest are dropped first.

use std::sync::Arc;
use std::thread;

use super::ahead::MOST_REQUESTS;
use super::input_file::InputFile;
use super::service_memory::memory_of_address;
use super::service_symbols::ServiceSymbols;
use super::source_instances::InstanceSource;
use super::{LoadContext, Progress, ReadOutcome, Reason, StoreFeed, read, read_memory};
use crate::base::limits::Budget;
use crate::format::{FormatError, ReadOptions, Threads};
use crate::profile::{Header, Input, Origin, ProcessMemory, Profile, Series, Warning, WarningKind};
use crate::source::Address;
use crate::source::companions::recorded_companion;
use crate::symbolize::{Image, Symbolizer};

/// Options of adding a profile to a series.
#[derive(Clone, Copy, Debug)]
pub struct Growth<'a> {
    /// Options of reading the profile; the memory limit applies to all snapshots kept.
    pub options: &'a ReadOptions,
    /// Binaries that provide symbols for addresses without names.
    pub images: &'a [Image],
    /// Maximum number of snapshots kept.
    pub most: usize,
    /// Position of the new snapshot.
    pub place: InsertPosition,
    /// Memory of the process at the time of the fetch; `None` if unknown, or if it is in a file beside the profile.
    pub memory: Option<&'a ProcessMemory>,
    /// Time of the fetch in nanoseconds since 1970, used for a profile without a time.
    pub now: i64,
}

/// Position of a new snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertPosition {
    /// By its time, as in a series that is loaded.
    ByTime,
    /// After all others: snapshots of a service come in the order in which they were taken, even if its clock goes back.
    Last,
}

/// Way in which a profile became part of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrival {
    /// As a new snapshot.
    #[default]
    Added,
    /// Joined with the snapshot of the same moment, see [`Series::joinable`].
    Joined,
    /// Joined, with sample types that the series did not have. Other snapshots have zeros of these types, so the series
    /// is to be loaded again.
    JoinedNewTypes,
}

/// Series after a profile was added.
#[derive(Debug)]
pub struct GrownSeries {
    /// Series including the new snapshot.
    pub series: Arc<Series>,
    /// Number of the oldest snapshots that were dropped.
    pub dropped: usize,
    /// Way in which the new profile became part of it.
    pub arrival: Arrival,
    /// Warnings about the new profile.
    pub warnings: Vec<Warning>,
}

/// Reads one more profile and merges it into a copy of a series.
///
/// # Errors
/// [`Reason`] if the profile cannot be read or merged; the series is then unchanged.
pub fn grow(
    series: &Series,
    source: &Address,
    growth: &Growth<'_>,
    progress: &Arc<Progress>,
) -> Result<GrownSeries, Reason> {
    let (mut series, mut dropped) = with_room(series, growth);
    let mut context = load_context(series.budget().clone(), growth, progress);
    let input = InputFile::new(source.clone(), Input::Current, Origin::Named);
    let ReadOutcome { profile, mut warnings } = read(&input, &mut context, Threads::Several);
    let profile = profile?;
    warnings.extend(clock_warning(&series, &profile, growth));
    let arrival = add(&mut series, source, profile, &mut context, growth)?;
    dropped += finish(&mut series, growth);
    Ok(GrownSeries { series: Arc::new(series), dropped, arrival, warnings })
}

/// Result of fetching one more profile from each of several services.
#[derive(Debug)]
pub struct GrownServices {
    /// Grown series; `None` if no service returned a profile.
    pub grown: Option<GrownSeries>,
    /// Names of the services that returned no profile, with the reason.
    pub failed: Vec<(String, Reason)>,
}

/// Reads one more profile of each service with its memory, several at a time, and merges them into a copy of a series.
///
/// # Errors
/// [`Reason`] if a limit was exceeded or the user cancelled; the series is then unchanged.
pub fn grow_each(
    series: &Series,
    sources: &[InstanceSource],
    growth: &Growth<'_>,
    progress: &Arc<Progress>,
) -> Result<GrownServices, Reason> {
    let (mut series, mut dropped) = with_room(series, growth);
    let part = series.budget().left() / (2 * MOST_REQUESTS as u64);
    let mut outcomes = Vec::with_capacity(sources.len());
    for some in sources.chunks(MOST_REQUESTS) {
        thread::scope(|scope| {
            let reading: Vec<_> = some
                .iter()
                .map(|source| {
                    let mut context = load_context(Budget::new(part), growth, progress);
                    let input = InputFile::new(source.address.clone(), Input::Current, Origin::Named);
                    scope.spawn(move || {
                        let outcome = read(&input, &mut context, Threads::One);
                        // A service that is away is not waited for twice.
                        let is_there = outcome.profile.is_ok();
                        let memory = || memory_of_address(&source.address, growth.options, &context.progress);
                        (outcome, is_there.then(memory).flatten())
                    })
                })
                .collect();
            outcomes.extend(reading.into_iter().map(|thread| thread.join().ok()));
        });
    }
    let (mut failed, mut warnings, mut has_grown) = (Vec::new(), Vec::new(), false);
    for (source, outcome) in sources.iter().zip(outcomes) {
        // A panic of the thread has ended the program already.
        let Some((outcome, memory)) = outcome else { continue };
        let growth = &Growth { memory: memory.as_ref(), ..*growth };
        let mut context = load_context(series.budget().clone(), growth, progress);
        warnings.extend(outcome.warnings);
        let added = outcome.profile.and_then(|profile| {
            warnings.extend(clock_warning(&series, &profile, growth));
            add(&mut series, &source.address, profile, &mut context, growth)
        });
        match added {
            Ok(_) => {
                has_grown = true;
                if let Some(instance) = &source.instance {
                    series.set_instance(instance);
                }
            }
            Err(reason) if reason.limit().is_some() || reason.is_cancelled() => return Err(reason),
            Err(reason) => failed.push((source.address.name(), reason)),
        }
    }
    if !has_grown {
        return Ok(GrownServices { grown: None, failed });
    }
    dropped += finish(&mut series, growth);
    let grown = GrownSeries { series: Arc::new(series), dropped, arrival: Arrival::Added, warnings };
    Ok(GrownServices { grown: Some(grown), failed })
}

/// Options, progress and budget of reading one more profile.
fn load_context(budget: Budget, growth: &Growth<'_>, progress: &Arc<Progress>) -> LoadContext {
    let service_symbols = if growth.images.is_empty() { ServiceSymbols::Query } else { ServiceSymbols::Skip };
    LoadContext { options: *growth.options, progress: Arc::clone(progress), budget, service_symbols, cache: None }
}

/// Copy of a series after dropping snapshots until a quarter of the memory limit is free, and the number of snapshots
/// dropped.
fn with_room(series: &Series, growth: &Growth<'_>) -> (Series, usize) {
    let mut series = series.clone();
    let mut dropped = 0;
    let mut count = series.range_of(Input::Current).len();
    // A quarter is dropped at a time, since answers derived from the series need memory too.
    while count > 1 && series.budget().left() < growth.options.limits.memory / 4 {
        dropped += series.drop_oldest((count / 4).max(1));
        count = series.range_of(Input::Current).len();
    }
    (series, dropped)
}

/// Warning about a service whose clock went back since its last snapshot.
fn clock_warning(series: &Series, profile: &Profile, growth: &Growth<'_>) -> Option<Warning> {
    let Header { source, time_nanos: time, .. } = &profile.header;
    let last = series.snapshots().iter().rev().find(|snapshot| snapshot.header.source == *source)?;
    let goes_back = growth.place == InsertPosition::Last && *time != 0 && *time < last.header.time_nanos;
    goes_back.then(|| {
        let text =
            format!("{}: its clock went back; its snapshots are in the order in which they came", source.shown());
        Warning::new(WarningKind::Order, text)
    })
}

/// Adds a profile to a series, or joins it with the snapshot of the same moment.
fn add(
    series: &mut Series,
    source: &Address,
    mut profile: Profile,
    context: &mut LoadContext,
    growth: &Growth<'_>,
) -> Result<Arrival, Reason> {
    let mut symbolizer = Symbolizer::new(growth.images);
    symbolizer.symbolize(&mut profile, &mut context.budget).map_err(FormatError::from)?;
    let joined = series.joinable(&profile.header, Input::Current).filter(|_| profile.earlier.is_empty());
    if let Some(snapshot) = joined {
        let arrival = if series.lacks_types_of(&profile.header) { Arrival::JoinedNewTypes } else { Arrival::Joined };
        series.join(profile, snapshot)?;
        return Ok(arrival);
    }
    if profile.header.time_nanos == 0 {
        profile.header.time_nanos = growth.now;
    }
    if let Some(memory) = memory_beside(source, growth, &context.progress) {
        let text = memory.text.as_ref().map_or(0, |text| text.len());
        context.budget.charge(text as u64).map_err(FormatError::from)?;
        profile.header.metrics = profile.header.metrics.or(memory.go);
        profile.header.memory = Some(Arc::new(memory));
    }
    series.add(profile, Input::Current)?;
    Ok(Arrival::Added)
}

/// Moves new snapshots to their positions; returns the number of old ones that were dropped.
fn finish(series: &mut Series, growth: &Growth<'_>) -> usize {
    if growth.place == InsertPosition::ByTime {
        if series.snapshots().iter().any(|snapshot| snapshot.origin == Origin::Found) {
            series.set_origin(Origin::Found);
        }
        series.sort_snapshots();
    } else {
        series.put_base_last();
    }
    let dropped = series.drop_oldest(series.range_of(Input::Current).len().saturating_sub(growth.most));
    series.assign_instances();
    dropped
}

/// Adds the steps of a store that ended since the last load to a copy of a series; `None` if there are none.
///
/// # Errors
/// [`Reason`] if the store cannot be queried; the series is then unchanged.
pub fn grow_store(
    series: &Series,
    feed: &mut StoreFeed,
    growth: &Growth<'_>,
    progress: &Arc<Progress>,
) -> Result<Option<GrownSeries>, Reason> {
    let (series, mut dropped) = with_room(series, growth);
    let context = LoadContext {
        service_symbols: ServiceSymbols::Skip,
        ..load_context(series.budget().clone(), growth, progress)
    };
    let mut symbolizer = Symbolizer::new(growth.images);
    let mut grown = Some(series);
    let count = feed.follow(&mut grown, &context, &mut symbolizer)?;
    let Some(mut series) = grown.filter(|_| count > 0) else { return Ok(None) };
    series.sort_snapshots();
    dropped += series.drop_oldest(series.range_of(Input::Current).len().saturating_sub(growth.most));
    series.assign_instances();
    let warnings = feed.take_warnings();
    Ok(Some(GrownSeries { series: Arc::new(series), dropped, arrival: Arrival::Added, warnings }))
}

/// Memory figures fetched with a profile, else those in the file beside it; `None` if there are none.
fn memory_beside(source: &Address, growth: &Growth<'_>, progress: &Arc<Progress>) -> Option<ProcessMemory> {
    growth.memory.cloned().or_else(|| {
        let file = recorded_companion(source)?;
        read_memory(&file, growth.options, progress).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::Limits;
    use crate::load::load;

    const PROFILES: [&str; 3] = ["go-shop-1", "go-shop-2", "go-shop-1"];

    fn profile(index: usize) -> Address {
        let root = env!("CARGO_MANIFEST_DIR");
        Address::parse(format!("{root}/tests/data/pprof/{}.pb.gz", PROFILES[index % PROFILES.len()]))
    }

    #[test]
    fn a_series_that_grew_is_the_series_loaded_at_once() {
        let (options, progress) = (ReadOptions::default(), Arc::default());
        let first = Arc::new(load(&[profile(0)], &options, &progress).unwrap().series);
        let growth =
            Growth { options: &options, images: &[], most: 10, place: InsertPosition::ByTime, memory: None, now: 7 };
        let grown = grow(&first, &profile(1), &growth, &progress).unwrap();
        let whole = load(&[profile(0), profile(1)], &options, &progress).unwrap().series;
        assert_eq!(first.snapshots().len(), 1, "the series that it was made from stays");
        assert!(
            Arc::ptr_eq(&first.snapshots()[0].samples, &grown.series.snapshots()[0].samples),
            "and shares its snapshots"
        );
        let facts = |series: &Series| -> Vec<_> {
            let sizes = (series.trie().len(), series.symbols().locations());
            series.snapshots().iter().map(|one| (one.header.time_nanos, one.totals.clone(), sizes)).collect()
        };
        assert_eq!(facts(&grown.series), facts(&whole));
        assert_eq!(grown.dropped, 0);
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let (options, progress) = (ReadOptions::default(), Arc::default());
        let mut series = Arc::new(load(&[profile(0)], &options, &progress).unwrap().series);
        let growth =
            Growth { options: &options, images: &[], most: 3, place: InsertPosition::ByTime, memory: None, now: 7 };
        let mut dropped = Vec::new();
        let mut used = Vec::new();
        for index in 1..7 {
            let grown = grow(&series, &profile(index), &growth, &progress).unwrap();
            dropped.push(grown.dropped);
            series = grown.series;
            used.push(series.budget().used());
        }
        assert_eq!(dropped, [0, 0, 1, 1, 1, 1]);
        assert_eq!(series.snapshots().len(), 3);
        assert_eq!(used[3], used[5], "what goes is given back: {used:?}");
    }

    #[test]
    fn snapshots_of_a_service_stay_in_the_order_in_which_they_came() {
        let (options, progress) = (ReadOptions::default(), Arc::default());
        let file = std::env::temp_dir().join(format!("heapglass-grow-{}", std::process::id()));
        let address = Address::File(file.clone());
        let answer = |index: usize| {
            let Address::File(from) = profile(index) else { return };
            std::fs::copy(from, &file).unwrap();
        };
        answer(1);
        let first = Arc::new(load(std::slice::from_ref(&address), &options, &progress).unwrap().series);
        // Its profile is older, as after its clock went back.
        answer(0);
        let place = InsertPosition::Last;
        let growth = Growth { options: &options, images: &[], most: 10, place, memory: None, now: 7 };
        let grown = grow(&first, &address, &growth, &progress).unwrap();
        let by_time = grow(&first, &address, &Growth { place: InsertPosition::ByTime, ..growth }, &progress).unwrap();
        std::fs::remove_file(&file).unwrap();
        let times = |series: &Series| series.snapshots().iter().map(|one| one.header.time_nanos).collect::<Vec<_>>();
        assert!(!times(&grown.series).is_sorted());
        let kinds: Vec<_> = grown.warnings.iter().map(|warning| warning.kind).collect();
        assert_eq!(kinds, [WarningKind::Order], "{:?}", grown.warnings);
        assert!(times(&by_time.series).is_sorted() && by_time.warnings.is_empty());
    }

    #[test]
    fn memory_that_is_short_costs_the_oldest_and_no_error() {
        let progress = Arc::default();
        let one = load(&[profile(1)], &ReadOptions::default(), &progress).unwrap().series.budget().used();
        let limits = Limits { memory: one * 8, ..Limits::default() };
        let options = ReadOptions::from(limits);
        let mut series = Arc::new(load(&[profile(0)], &options, &progress).unwrap().series);
        let growth =
            Growth { options: &options, images: &[], most: 1000, place: InsertPosition::ByTime, memory: None, now: 7 };
        let mut dropped = 0;
        for index in 1..200 {
            let grown = grow(&series, &profile(index), &growth, &progress).unwrap();
            dropped += grown.dropped;
            series = grown.series;
        }
        assert_eq!(series.snapshots().len() + dropped, 200);
        assert!(dropped > 0 && series.snapshots().len() > 1, "{dropped}");
    }
}
