//! Live mode of a directory: new files join the series. If a file that was read has changed, all are read again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::app::{GrowthExtent, SeriesGrowth};
use crate::format::ReadOptions;
use crate::load::{self, Arrival, Growth, InsertPosition, Loaded, Progress};
use crate::profile::Series;
use crate::source::Address;
use crate::source::companions::is_recorded_companion;
use crate::symbolize::Image;
use crate::term::Reload;

/// Maximum number of snapshots in live mode, for interactive speed; `record` keeps all.
pub(super) const MAX_SNAPSHOTS: usize = 1000;

/// State of a file in a directory, with its size.
enum DirectoryEntry {
    /// Part of the series.
    Joined(Option<u64>),
    /// Unreadable at this size, with the reason until it is reported.
    Refused(Option<u64>, Option<String>),
    /// Without all sample types of the series, with a message until it is reported: a file with the others may come.
    Waiting(Option<u64>, Option<String>),
}

/// File that is not part of the series.
struct NewFile {
    address: Address,
    name: String,
    size: Option<u64>,
}

/// Files of a directory since the last poll.
enum DirectoryChange {
    /// New files, and messages about others.
    NewFiles(Vec<NewFile>, Vec<String>),
    /// A file that was read has another size: it was still being written.
    FileChanged,
}

/// Follower of a directory.
pub(super) struct DirectoryFollower {
    folder: Address,
    options: ReadOptions,
    images: Arc<[Image]>,
    read_all: Reload,
    seen: HashMap<String, DirectoryEntry>,
}

impl DirectoryFollower {
    /// Creates a follower of a directory that was loaded; `read_all` reads it again.
    pub(super) fn new(folder: Address, options: ReadOptions, loaded: &Loaded, read_all: Reload) -> Self {
        let images = Arc::clone(&loaded.images);
        let joined = names(&loaded.series).into_iter().map(|name| {
            let entry = DirectoryEntry::Joined(size_of(&name));
            (name, entry)
        });
        let skipped = loaded.skipped.iter().map(|one| one.source.clone()).map(|name| {
            let entry = DirectoryEntry::Refused(size_of(&name), None);
            (name, entry)
        });
        let seen = joined.chain(skipped).collect();
        Self { folder, options, images, read_all, seen }
    }

    /// Adds the new files to a series; `None` if there is nothing new.
    ///
    /// # Errors
    /// Reason in one line.
    pub(super) fn poll(
        &mut self,
        series: &Arc<Series>,
        progress: &Arc<Progress>,
        now: i64,
    ) -> Result<Option<SeriesGrowth>, String> {
        let DirectoryChange::NewFiles(files, mut told) = self.changes()? else { return self.reload(progress) };
        let (mut current, mut dropped) = (Arc::clone(series), 0);
        let mut joined = HashSet::new();
        for NewFile { address, name, size } in files {
            let (place, images) = (InsertPosition::ByTime, &self.images);
            let growth = Growth { options: &self.options, images, most: MAX_SNAPSHOTS, place, memory: None, now };
            match load::grow(&current, &address, &growth, progress) {
                Ok(grown) if grown.arrival == Arrival::JoinedNewTypes => return self.reload(progress),
                Ok(grown) => {
                    told.extend(grown.warnings.into_iter().map(|warning| warning.of_source(&name).text));
                    (current, dropped) = (grown.series, dropped + grown.dropped);
                    self.seen.insert(name.clone(), DirectoryEntry::Joined(size));
                    joined.insert(name);
                }
                Err(error) => {
                    let why = format!("{name}: {error} (skipped)");
                    self.seen.insert(name, DirectoryEntry::Refused(size, Some(why)));
                }
            }
        }
        self.hold_back(&mut current, &mut joined);
        if joined.is_empty() && told.is_empty() {
            return Ok(None);
        }
        let series = if joined.is_empty() { Arc::clone(series) } else { current };
        Ok(Some(SeriesGrowth { series, dropped, skipped: told, extent: GrowthExtent::NewSnapshots }))
    }

    /// Files that are not part of the series. Refused files are tried again when their size changes, and files that wait
    /// for others when there are others.
    fn changes(&mut self) -> Result<DirectoryChange, String> {
        // In the order of their names, as they are loaded: the first file of a moment names its snapshot.
        let (mut files, mut has_new, mut told) = (Vec::new(), false, Vec::new());
        for address in self.folder.members().map_err(|error| error.to_string())? {
            let (name, size) = (address.name(), address.size());
            if is_recorded_companion(&name) {
                continue;
            }
            match self.seen.get_mut(&name) {
                Some(DirectoryEntry::Joined(known)) if *known == size => {}
                Some(DirectoryEntry::Joined(_)) => return Ok(DirectoryChange::FileChanged),
                Some(DirectoryEntry::Refused(known, why)) if *known == size => told.extend(why.take()),
                Some(DirectoryEntry::Waiting(known, why)) if *known == size => {
                    told.extend(why.take());
                    files.push(NewFile { address, name, size });
                }
                Some(DirectoryEntry::Refused(..) | DirectoryEntry::Waiting(..)) | None => {
                    has_new = true;
                    files.push(NewFile { address, name, size });
                }
            }
        }
        if !has_new {
            files.clear();
        }
        Ok(DirectoryChange::NewFiles(files, told))
    }

    /// Removes the new snapshots that lack a sample type of the series: its zeros would be taken for figures.
    fn hold_back(&mut self, series: &mut Arc<Series>, joined: &mut HashSet<String>) {
        let mut incomplete = HashSet::new();
        for (at, snapshot) in series.snapshots().iter().enumerate() {
            let missing = series.types_missing_in(at);
            if missing.is_empty() || !joined.contains(snapshot.header.source.raw()) {
                continue;
            }
            incomplete.insert(snapshot.header.source.clone());
            let missing = missing.join(", ");
            for source in std::iter::once(&snapshot.header.source).chain(&snapshot.header.joined) {
                let name = source.raw();
                let why = format!("{}: {missing} missing (skipped)", source.shown());
                joined.remove(name);
                self.seen.insert(name.to_owned(), DirectoryEntry::Waiting(size_of(name), Some(why)));
            }
        }
        if !incomplete.is_empty() {
            let mut kept = Series::clone(series);
            kept.remove_snapshots(|snapshot| incomplete.contains(&snapshot.header.source));
            kept.assign_instances();
            *series = Arc::new(kept);
        }
    }

    /// Reads the whole directory again.
    fn reload(&mut self, progress: &Arc<Progress>) -> Result<Option<SeriesGrowth>, String> {
        // Sizes before reading: a file that grows meanwhile has changed at the next poll.
        let members = self.folder.members().map_err(|error| error.to_string())?;
        let sizes: Vec<(String, Option<u64>)> = members.iter().map(|file| (file.name(), file.size())).collect();
        let loaded = (self.read_all)(progress)?;
        let joined = names(&loaded.series);
        let entry = |(name, size): (String, Option<u64>)| {
            let is_joined = joined.contains(&name);
            let entry = if is_joined { DirectoryEntry::Joined(size) } else { DirectoryEntry::Refused(size, None) };
            (name, entry)
        };
        self.seen = sizes.into_iter().map(entry).collect();
        let extent = GrowthExtent::AllSources;
        Ok(Some(SeriesGrowth { series: loaded.series, dropped: 0, skipped: loaded.warnings, extent }))
    }
}

/// Names of the files of a series.
fn names(series: &Series) -> HashSet<String> {
    let files = series.snapshots().iter().map(|snapshot| &snapshot.header);
    files
        .flat_map(|header| std::iter::once(&header.source).chain(&header.joined))
        .map(|one| one.raw().to_owned())
        .collect()
}

fn size_of(name: &str) -> Option<u64> {
    Address::parse(name).size()
}
