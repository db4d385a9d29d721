//! Live mode: adds new snapshots of a service or directory to the series.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::app::SeriesGrowth;
use crate::format::ReadOptions;
use crate::load::{
    self, GrownServices, Growth, InsertPosition, InstanceSource, Loaded, LogPlan, Progress, StoreFeed, instance_sources,
};
use crate::profile::{ProcessMemory, Series};
use crate::source::Address;
use crate::source::companions::is_recorded_companion;
use crate::source::process::Listener;
use crate::symbolize::Image;
use crate::term::{Grow, LiveSources};

use super::message::CliFailure;
use super::request::LoadPlan;

/// Maximum number of snapshots in live mode, for interactive speed; `record` keeps all.
const MAX_SNAPSHOTS: usize = 1000;

/// Error for a live mode without a terminal.
pub(crate) fn no_screen() -> CliFailure {
    let hint = "`heapglass record` works without one";
    CliFailure::input("`--every` needs a terminal", Some(hint.to_owned()))
}

/// Store followed in live mode: first the store of the first screen, later the one with its steps.
#[derive(Clone, Debug, Default)]
pub(crate) struct FollowedStore(Arc<Mutex<Option<StoreFeed>>>);

impl FollowedStore {
    /// Replaces the followed store.
    pub(crate) fn set(&self, feed: Option<StoreFeed>) {
        *self.lock() = feed;
    }

    fn lock(&self) -> MutexGuard<'_, Option<StoreFeed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Source of new snapshots in live mode; `None` without live mode. `followed` receives the loaded store.
pub(crate) fn live(ask: &LoadPlan, loaded: &Loaded, followed: FollowedStore) -> Option<LiveSources> {
    let images = Arc::clone(&loaded.images);
    let (every, address, options) = (ask.every?, ask.addresses.first()?.clone(), ask.options);
    let grow: Grow = match address {
        Address::Dir(_) => Box::new(files(address, options, images, loaded)),
        Address::Store(_) => {
            // Current stores come before base stores.
            followed.set(loaded.stores.first().cloned());
            Box::new(move |series, progress, now| {
                let mut followed = followed.lock();
                let Some(feed) = followed.as_mut() else { return Ok(None) };
                let growth = growth_by_time(&options, &images, now);
                let grown = load::grow_store(series, feed, &growth, progress).map_err(|error| error.to_string())?;
                Ok(grown.map(|grown| {
                    let skipped = grown.warnings.into_iter().map(|warning| warning.text).collect();
                    SeriesGrowth { series: grown.series, dropped: grown.dropped, skipped }
                }))
            })
        }
        _ if ask.addresses.len() > 1 => {
            Box::new(services(instance_sources(&ask.addresses, ask.grouping), options, images))
        }
        _ => Box::new(move |series, progress, now| {
            let memory = memory_of(&address, &options, progress);
            let memory = memory.as_ref();
            let place = InsertPosition::ByTime;
            let growth = Growth { options: &options, images: &images, most: MAX_SNAPSHOTS, place, memory, now };
            let grown = load::grow(series, &address, &growth, progress).map_err(|error| error.to_string())?;
            Ok(Some(SeriesGrowth { series: grown.series, dropped: grown.dropped, skipped: Vec::new() }))
        }),
    };
    let grow = if ask.logs.addresses.is_empty() { grow } else { with_logs(grow, ask.logs.clone(), options) };
    Some(LiveSources { every, grow })
}

/// Adds the reloading of garbage collector logs: at each new snapshot, the logs that have changed are read again.
fn with_logs(mut grow: Grow, logs: LogPlan, options: ReadOptions) -> Grow {
    let mut sizes: Vec<Option<u64>> = logs.addresses.iter().map(Address::size).collect();
    Box::new(move |series, progress, now| {
        let Some(mut grown) = grow(series, progress, now)? else { return Ok(None) };
        for (log, known) in logs.addresses.iter().zip(&mut sizes) {
            let size = log.size();
            // Standard input has no size, and can be read only once.
            if size.is_none() || size == std::mem::replace(known, size) {
                continue;
            }
            if let Err(reason) = load::renew_gc_log(&mut grown.series, log, &logs, &options, progress) {
                grown.skipped.push(format!("{}: {reason}", log.name()));
            }
        }
        Ok(Some(grown))
    })
}

/// Memory of a service at the time of a snapshot; `None` if no source has figures.
fn memory_of(address: &Address, options: &ReadOptions, progress: &Arc<Progress>) -> Option<ProcessMemory> {
    let remote = address.remote()?;
    let process = remote.local_address().and_then(|address| Listener::of(&address).process());
    let memory = load::service_memory(remote.with_figures().as_ref(), process, options, progress).memory;
    (!memory.sources.is_empty()).then_some(memory)
}

/// Growth by snapshots with a time of their own, without memory figures beside them.
fn growth_by_time<'a>(options: &'a ReadOptions, images: &'a [Image], now: i64) -> Growth<'a> {
    Growth { options, images, most: MAX_SNAPSHOTS, place: InsertPosition::ByTime, memory: None, now }
}

/// Adds a snapshot of each service. A service without a snapshot is reported when the reason changes.
fn services(
    sources: Vec<InstanceSource>,
    options: ReadOptions,
    images: Arc<[Image]>,
) -> impl FnMut(&Arc<Series>, &Arc<Progress>, i64) -> Result<Option<SeriesGrowth>, String> + Send + 'static {
    let mut known: HashMap<String, String> = HashMap::new();
    move |series, progress, now| {
        let growth = growth_by_time(&options, &images, now);
        let GrownServices { grown, failed } =
            load::grow_each(series, &sources, &growth, progress).map_err(|error| error.to_string())?;
        let reasons: HashMap<String, String> =
            failed.into_iter().map(|(name, reason)| (name, reason.to_string())).collect();
        let mut told: Vec<String> = reasons
            .iter()
            .filter(|(name, why)| known.get(*name) != Some(*why))
            .map(|(name, why)| format!("{name}: {why}"))
            .collect();
        told.sort();
        known = reasons;
        match grown {
            Some(grown) => Ok(Some(SeriesGrowth { series: grown.series, dropped: grown.dropped, skipped: told })),
            None => Err(known.iter().min().map_or_else(String::new, |(name, why)| format!("{name}: {why}"))),
        }
    }
}

/// State of a file in a directory.
enum DirectoryEntry {
    /// Part of the series.
    Joined,
    /// Unreadable at this size, with the reason until it is reported.
    Refused(Option<u64>, Option<String>),
}

/// Adds new files of a directory. An unreadable file may still be written: it is retried when its size changes, and
/// reported if it does not.
fn files(
    folder: Address,
    options: ReadOptions,
    images: Arc<[Image]>,
    loaded: &Loaded,
) -> impl FnMut(&Arc<Series>, &Arc<Progress>, i64) -> Result<Option<SeriesGrowth>, String> + Send + 'static {
    let joined =
        loaded.series.snapshots().iter().map(|one| (one.header.source.raw().to_owned(), DirectoryEntry::Joined));
    let size = |name: &str| Address::parse(name).size();
    let skipped = loaded.skipped.iter().map(|one| &one.source);
    let refused = skipped.map(|name| (name.clone(), DirectoryEntry::Refused(size(name), None)));
    let mut seen: HashMap<String, DirectoryEntry> = joined.chain(refused).collect();
    move |series, progress, now| {
        let place = InsertPosition::ByTime;
        let growth = Growth { options: &options, images: &images, most: MAX_SNAPSHOTS, place, memory: None, now };
        let (mut all, mut told): (Option<SeriesGrowth>, Vec<String>) = (None, Vec::new());
        for file in folder.members().map_err(|error| error.to_string())? {
            let (name, size) = (file.name(), file.size());
            if is_recorded_companion(&name) {
                continue;
            }
            match seen.get_mut(&name) {
                Some(DirectoryEntry::Joined) => continue,
                Some(DirectoryEntry::Refused(known, why)) if *known == size => {
                    told.extend(why.take().map(|why| format!("{name}: {why} (skipped)")));
                    continue;
                }
                Some(DirectoryEntry::Refused(..)) | None => {}
            }
            let before = all.as_ref().map_or(series, |all| &all.series);
            match load::grow(before, &file, &growth, progress) {
                Ok(grown) => {
                    seen.insert(name, DirectoryEntry::Joined);
                    let dropped = grown.dropped + all.map_or(0, |all| all.dropped);
                    all = Some(SeriesGrowth { series: grown.series, dropped, skipped: Vec::new() });
                }
                Err(error) => drop(seen.insert(name, DirectoryEntry::Refused(size, Some(error.to_string())))),
            }
        }
        if all.is_none() && told.is_empty() {
            return Ok(None);
        }
        let grown = all.unwrap_or_else(|| SeriesGrowth { series: Arc::clone(series), dropped: 0, skipped: Vec::new() });
        Ok(Some(SeriesGrowth { skipped: told, ..grown }))
    }
}
