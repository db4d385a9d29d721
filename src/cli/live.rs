//! Live mode: adds new snapshots of a service or directory to the series.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::app::{GrowthExtent, SeriesGrowth};
use crate::format::ReadOptions;
use crate::load::{
    self, GrownSeries, GrownServices, Growth, InsertPosition, InstanceSource, Loaded, LogPlan, Progress, StoreFeed,
    instance_sources,
};
use crate::profile::{Series, Warning};
use crate::source::Address;
use crate::symbolize::Image;
use crate::term::{Grow, LiveSources, Reload};

use super::live_directory::{DirectoryFollower, MAX_SNAPSHOTS};
use super::message::CliFailure;
use super::request::LoadPlan;

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

/// Warnings about new snapshots, each of which is reported once: a service may give the same at every poll.
#[derive(Default)]
struct NewWarnings(HashSet<String>);

impl NewWarnings {
    /// Growth of a series with the warnings that were not reported before.
    fn growth(&mut self, grown: GrownSeries, mut skipped: Vec<String>) -> SeriesGrowth {
        let texts = grown.warnings.into_iter().map(|warning: Warning| warning.text);
        skipped.extend(texts.filter(|text| self.0.insert(text.clone())));
        SeriesGrowth { series: grown.series, dropped: grown.dropped, skipped, extent: GrowthExtent::NewSnapshots }
    }
}

/// Source of new snapshots in live mode; `None` without live mode. `followed` receives the loaded store, and `read_all`
/// reads all sources again.
pub(crate) fn live(ask: &LoadPlan, loaded: &Loaded, followed: FollowedStore, read_all: Reload) -> Option<LiveSources> {
    let images = Arc::clone(&loaded.images);
    let (every, address, options) = (ask.every?, ask.addresses.first()?.clone(), ask.options);
    let mut warnings = NewWarnings::default();
    let grow: Grow = match address {
        Address::Dir(_) => {
            let mut follower = DirectoryFollower::new(address, options, loaded, read_all);
            Box::new(move |series, progress, now| follower.poll(series, progress, now))
        }
        Address::Store(_) => {
            // Current stores come before base stores.
            followed.set(loaded.stores.first().cloned());
            Box::new(move |series, progress, now| {
                let mut followed = followed.lock();
                let Some(feed) = followed.as_mut() else { return Ok(None) };
                let growth = growth_at(InsertPosition::ByTime, &options, &images, now);
                let grown = load::grow_store(series, feed, &growth, progress).map_err(|error| error.to_string())?;
                Ok(grown.map(|grown| warnings.growth(grown, Vec::new())))
            })
        }
        _ if ask.addresses.len() > 1 => {
            Box::new(services(instance_sources(&ask.addresses, ask.grouping), options, images))
        }
        _ => Box::new(move |series, progress, now| {
            let memory = load::memory_of_address(&address, &options, progress);
            let growth = growth_at(InsertPosition::Last, &options, &images, now);
            let growth = Growth { memory: memory.as_ref(), ..growth };
            let grown = load::grow(series, &address, &growth, progress).map_err(|error| error.to_string())?;
            Ok(Some(warnings.growth(grown, Vec::new())))
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

/// Growth by snapshots, without memory figures fetched before.
fn growth_at<'a>(place: InsertPosition, options: &'a ReadOptions, images: &'a [Image], now: i64) -> Growth<'a> {
    Growth { options, images, most: MAX_SNAPSHOTS, place, memory: None, now }
}

/// Adds a snapshot of each service. A service without a snapshot is reported when the reason changes.
fn services(
    sources: Vec<InstanceSource>,
    options: ReadOptions,
    images: Arc<[Image]>,
) -> impl FnMut(&Arc<Series>, &Arc<Progress>, i64) -> Result<Option<SeriesGrowth>, String> + Send + 'static {
    let (mut known, mut warnings) = (HashMap::<String, String>::new(), NewWarnings::default());
    move |series, progress, now| {
        let growth = growth_at(InsertPosition::Last, &options, &images, now);
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
            Some(grown) => Ok(Some(warnings.growth(grown, told))),
            None => Err(known.iter().min().map_or_else(String::new, |(name, why)| format!("{name}: {why}"))),
        }
    }
}
