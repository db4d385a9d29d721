//! Merging of files into a series, one after the other; a file that cannot be merged is skipped with the reason.
//!
//! A named file that measures something else is an error. In a directory, profilers put profiles of memory, time and
//! goroutines side by side, so files of another kind are skipped. The first file determines the kind, unless it does
//! not measure memory and another file does.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::ahead::ReadAhead;
use super::input_file::InputFile;
use super::store::{FeedInput, StoreFeed, StorePlan, StoreSide, load_cloud};
use super::{LoadContext, LoadError, OtherHeap, ReadOutcome, Reason, SkippedSource, read};
use crate::base::compact_sort::CompactSort;
use crate::base::file_names::FileName;
use crate::format::{FormatError, ProfileCache, Threads};
use crate::profile::{Header, Input, Measure, MemoryKind, MergeError, Origin, SampleType, Series, Warning, roles};
use crate::source::{Address, Store, StoreKind};
use crate::symbolize::{Image, Symbolizer};

/// Result of merging the files.
pub(super) struct MergedFiles {
    /// Series of the files that could be merged; `None` if there are none.
    pub(super) series: Option<Series>,
    /// Skipped sources.
    pub(super) skipped: Vec<SkippedSource>,
    /// Warnings about the files.
    pub(super) warnings: Vec<Warning>,
    /// Other kinds of heap in the directories.
    pub(super) other_heaps: Vec<OtherHeap>,
    /// Stores that were loaded.
    pub(super) stores: Vec<StoreFeed>,
}

/// User choices that affect merging.
#[derive(Clone, Copy)]
pub(super) struct MergeOptions<'a> {
    /// Instance requested by the user.
    pub(super) instance: Option<&'a str>,
    /// Sample types, steps and windows to load from stores.
    pub(super) plan: &'a StorePlan,
    /// Stores that were loaded before.
    pub(super) known: &'a [StoreFeed],
}

/// Merges files into a series in their order, those of the current side before those of the base. Of several kinds of
/// heap in a directory, takes the kind that holds most, or the kind that `instance` names.
///
/// # Errors
/// [`LoadError`] if a named file cannot be merged, or if the user cancelled.
pub(super) fn merge_files(
    candidates: Vec<InputFile>,
    context: &LoadContext,
    images: &[Image],
    options: MergeOptions<'_>,
) -> Result<MergedFiles, LoadError> {
    let instance = options.instance;
    let context = &with_cache(context, &candidates, images);
    let once = SeriesMerger::new(context, images, options).all(&candidates)?;
    let is_free = candidates.iter().all(|candidate| candidate.origin == Origin::Found);
    let Some(preferred) = once.preferred(instance).filter(|_| is_free) else { return Ok(once.end()) };
    let first: Vec<usize> = once.others[preferred].files.clone();
    let mut numbered: Vec<(usize, InputFile)> = candidates.into_iter().enumerate().collect();
    numbered.compact_sort_by_key(|(at, candidate)| (candidate.side == Input::Base, !first.contains(at)));
    let again: Vec<InputFile> = numbered.into_iter().map(|(_, candidate)| candidate).collect();
    Ok(SeriesMerger::new(context, images, options).all(&again)?.end())
}

/// Heap bytes reserved for the cache: the maximum, and the divisor of the remaining budget.
const CACHE: u64 = 128 << 20;
const CACHE_PART: u64 = 8;

/// Context with a cache, if there are enough files that may repeat each other. With binaries there is no cache, since
/// symbolizing changes the tables of each profile.
fn with_cache(context: &LoadContext, candidates: &[InputFile], images: &[Image]) -> LoadContext {
    let mut context = context.clone();
    let bytes = (context.budget.left() / CACHE_PART).min(CACHE);
    if candidates.len() > 2 && images.is_empty() && context.budget.charge(bytes).is_ok() {
        context.cache = Some(Arc::new(ProfileCache::new(bytes)));
    }
    context
}

/// Error of a load in which a store failed, when part of its profiles may already be in the series.
fn of_store(candidate: &InputFile, reason: Reason) -> LoadError {
    if reason.is_cancelled() {
        return LoadError::Cancelled;
    }
    let (source, origin) = (candidate.file.name(), candidate.origin);
    LoadError::Unlike(SkippedSource { source, reason, origin })
}

/// Returns true if any sample type measures memory in use or allocated.
fn measures_memory(types: &[SampleType]) -> bool {
    roles(types).iter().any(|role| role.kind != MemoryKind::Other)
}

/// Kind of heap of a profile: its format and its sample types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct HeapKind {
    format: &'static str,
    types: u64,
}

impl HeapKind {
    fn of(header: &Header) -> Self {
        Self { format: header.format, types: header.types_hash() }
    }
}

/// Bytes in use according to a profile, else its allocated bytes, else the largest total of its sample types.
fn held(header: &Header) -> i128 {
    let roles = roles(&header.sample_types);
    let of = |kind, measure| (0..roles.len()).find(|at| (roles[*at].kind, roles[*at].measure) == (kind, measure));
    let column = of(MemoryKind::InUse, Measure::Space).or_else(|| of(MemoryKind::Allocated, Measure::Space));
    column.and_then(|at| header.totals.get(at)).or(header.totals.iter().max()).copied().unwrap_or(0)
}

/// Files of another kind of heap than the series.
struct OtherFiles {
    kind: HeapKind,
    /// Words that the file names consist of.
    name: String,
    /// Indexes of the files.
    files: Vec<usize>,
    /// Largest number of bytes that one of the files holds.
    held: i128,
}

/// State of merging files into a series.
struct SeriesMerger<'a> {
    /// Options and budget of the first profile.
    context: &'a LoadContext,
    symbolizer: Symbolizer<'a>,
    series: Option<Series>,
    skipped: Vec<SkippedSource>,
    warnings: Vec<Warning>,
    /// Kind of heap of each side, from the first file that was named or found.
    kinds: [Option<HeapKind>; 2],
    /// Largest number of bytes that a file of the series' kind holds; `None` if the series does not measure memory.
    held: Option<i128>,
    /// Other kinds of heap.
    others: Vec<OtherFiles>,
    plan: &'a StorePlan,
    known: &'a [StoreFeed],
    stores: Vec<StoreFeed>,
}

impl<'a> SeriesMerger<'a> {
    fn new(context: &'a LoadContext, images: &'a [Image], options: MergeOptions<'a>) -> Self {
        let MergeOptions { plan, known, .. } = options;
        let symbolizer = Symbolizer::new(images);
        Self {
            context,
            symbolizer,
            series: None,
            skipped: Vec::new(),
            warnings: Vec::new(),
            kinds: [None, None],
            held: None,
            others: Vec::new(),
            plan,
            known,
            stores: Vec::new(),
        }
    }

    fn all(mut self, candidates: &[InputFile]) -> Result<Self, LoadError> {
        let expected = candidates.iter().map(|candidate| candidate.file.size()).sum::<Option<u64>>().unwrap_or(0);
        let progress = &self.context.progress;
        progress.expected.store(progress.read() + expected, Ordering::Relaxed);
        let mut ahead = ReadAhead::default();
        if candidates.len() > 1 && candidates.first().is_some_and(|first| first.file.remote().is_some()) {
            ahead.go_on(candidates, 0, &self.remaining_context());
        }
        for (at, candidate) in candidates.iter().enumerate() {
            // Without a current source, there is nothing to compare a base with.
            if candidate.side == Input::Current || self.series.is_some() {
                let read = ahead.take(at);
                match &candidate.file {
                    Address::Store(store) => self.store(at, candidate, store)?,
                    _ => self.file(at, candidate, read)?,
                }
            }
            if self.series.is_some() {
                ahead.go_on(&candidates[at + 1..], at + 1, &self.remaining_context());
            }
        }
        Ok(self)
    }

    fn end(mut self) -> MergedFiles {
        let symbols = std::mem::replace(&mut self.symbolizer, Symbolizer::new(&[]));
        self.warnings.extend(symbols.into_warnings());
        let other =
            |files: OtherFiles| OtherHeap { name: files.name, format: files.kind.format, snapshots: files.files.len() };
        let other_heaps = self.others.into_iter().map(other).collect();
        let Self { mut series, skipped, warnings, stores, .. } = self;
        if let (Some(series), Some(cache)) = (&mut series, &self.context.cache) {
            series.forget_merged();
            series.release(cache.bytes());
        }
        MergedFiles { series, skipped, warnings, other_heaps, stores }
    }

    /// Kind of heap to take instead of the first one: the requested kind, else the kind that holds most; `None` to keep
    /// the first.
    fn preferred(&self, instance: Option<&str>) -> Option<usize> {
        let asked = instance.and_then(|name| self.others.iter().position(|other| other.name == name));
        let largest = (0..self.others.len()).max_by_key(|at| self.others[*at].held);
        let is_larger = |at: &usize| self.held.is_none_or(|held| self.others[*at].held > held);
        asked.or_else(|| largest.filter(is_larger).filter(|_| instance.is_none()))
    }

    /// Records a file of another kind of heap than the files found before it; returns false if the kind is the same.
    fn is_other_heap(&mut self, at: usize, candidate: &InputFile, header: &Header) -> bool {
        if !measures_memory(&header.sample_types) {
            return false;
        }
        let kind = HeapKind::of(header);
        let known = &mut self.kinds[usize::from(candidate.side == Input::Base)];
        // A named file always belongs to the series, and determines which other files do.
        if candidate.origin != Origin::Found {
            known.get_or_insert(kind);
            self.held = self.held.max(Some(held(header)));
            return false;
        }
        if known.is_none() && (self.held.is_some() || self.series.is_none()) {
            *known = Some(kind);
        }
        if known.as_ref() == Some(&kind) {
            self.held = self.held.max(Some(held(header)));
            return false;
        }
        let words = FileName::parse(&candidate.file.name()).words();
        let held = held(header);
        match self.others.iter_mut().find(|other| other.kind == kind) {
            Some(other) => {
                other.files.push(at);
                other.held = other.held.max(held);
            }
            None => self.others.push(OtherFiles {
                kind,
                name: if words.is_empty() { header.format.to_owned() } else { words },
                files: vec![at],
                held,
            }),
        }
        true
    }

    fn skip(&mut self, candidate: &InputFile, reason: Reason) {
        let (source, origin) = (candidate.file.name(), candidate.origin);
        self.skipped.push(SkippedSource { source, reason, origin });
    }

    /// Options, progress and remaining budget for the next file.
    fn remaining_context(&self) -> LoadContext {
        match &self.series {
            Some(series) => LoadContext { budget: series.budget().clone(), ..self.context.clone() },
            None => self.context.clone(),
        }
    }

    /// Adds the profiles of a store to the series.
    fn store(&mut self, at: usize, candidate: &InputFile, store: &Store) -> Result<(), LoadError> {
        let side = match (candidate.side, candidate.is_base_window) {
            (Input::Current, _) => StoreSide::Current,
            (Input::Base, true) => StoreSide::BaseWindow,
            (Input::Base, false) => StoreSide::Base,
        };
        let known = self.stores.iter().chain(self.known).find(|feed| feed.is_of(store));
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        let input = FeedInput { store, plan: self.plan, side, number, known };
        let context = self.remaining_context();
        if store.kind() == StoreKind::CloudProfiler {
            let outcome = load_cloud(&input, &mut self.series, &context, &mut self.symbolizer);
            let outcome = outcome.map_err(|reason| of_store(candidate, reason))?;
            self.warnings.extend(outcome.warnings);
            self.skipped.extend(outcome.skipped);
            return Ok(());
        }
        let first = self.series.as_ref().map_or(0, |series| series.snapshots().len());
        let loaded = StoreFeed::open(&input, &context).map_err(Reason::from).and_then(|mut feed| {
            feed.load(&mut self.series, &context, &mut self.symbolizer)?;
            Ok(feed)
        });
        match loaded {
            Ok(mut feed) => {
                if let (Some(series), Some(instance)) = (&mut self.series, &candidate.instance) {
                    series.set_merge_instance(first, instance);
                }
                self.warnings.extend(feed.take_warnings());
                self.stores.push(feed);
                Ok(())
            }
            Err(reason) => Err(of_store(candidate, reason)),
        }
    }

    /// Adds a file to the series; `known` is the outcome of reading it ahead.
    fn file(&mut self, at: usize, candidate: &InputFile, known: Option<ReadOutcome>) -> Result<(), LoadError> {
        let file = &candidate.file;
        let mut context = self.remaining_context();
        let outcome = known.unwrap_or_else(|| read(candidate, &mut context, Threads::Several));
        self.warnings.extend(outcome.warnings.into_iter().map(|warning| warning.of_source(&file.name())));
        let mut profile = match outcome.profile {
            Ok(profile) => profile,
            Err(reason) if reason.is_cancelled() => return Err(LoadError::Cancelled),
            Err(reason) => {
                self.skip(candidate, reason);
                return Ok(());
            }
        };
        if let Err(limit) = self.symbolizer.symbolize(&mut profile, &mut context.budget) {
            self.skip(candidate, FormatError::from(limit).into());
            return Ok(());
        }
        let is_one = profile.earlier.is_empty();
        let known = self.series.as_ref().filter(|_| is_one);
        let joined = known.and_then(|series| series.joinable(&profile.header, candidate.side));
        if let (Some(series), Some(snapshot)) = (&mut self.series, joined) {
            return series.join(profile, snapshot).map_err(|error| {
                let (source, origin) = (file.name(), candidate.origin);
                LoadError::Unlike(SkippedSource { source, reason: error.into(), origin })
            });
        }
        if self.is_other_heap(at, candidate, &profile.header) {
            return Ok(());
        }
        let Some(series) = &mut self.series else {
            let mut series = Series::new(profile, context.budget);
            candidate.mark(&mut series);
            self.series = Some(series);
            return Ok(());
        };
        match series.add(profile, candidate.side) {
            Ok(()) => candidate.mark(series),
            Err(error @ (MergeError::NoCommonType { .. } | MergeError::PeriodType { .. }))
                if candidate.origin == Origin::Found || candidate.instance.is_some() =>
            {
                self.skip(candidate, error.into());
            }
            Err(error) => {
                let (source, origin) = (file.name(), candidate.origin);
                return Err(LoadError::Unlike(SkippedSource { source, reason: error.into(), origin }));
            }
        }
        Ok(())
    }
}
