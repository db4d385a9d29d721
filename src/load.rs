//! Loading: reads sources, decodes their formats and merges the snapshots into one series. A file that fails is
//! reported, and the others are still loaded.
//!
//! A large input is inflated on one thread and decoded on another, with a few buffers circulating between them, so that
//! the raw profile is never in memory as a whole. A small input is decoded before a thread would have started. With
//! several files, the next ones are read while earlier ones are merged (`load/merge_files.rs`, `load/ahead.rs`).

mod ahead;
mod archive;
mod binaries;
mod gc_logs;
mod grow;
mod input_file;
mod input_files;
mod loader;
mod memory_files;
mod merge_files;
mod newest;
mod order;
mod service_memory;
mod service_symbols;
mod skipped;
mod source_instances;
mod store;

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;

use crate::base::limits::{Budget, LimitError};
use crate::base::safe_text::SafeText;
use crate::base::units::counted;
use crate::format::{
    self, CHUNK, Chunks, DamagePolicy, FormatError, InputError, MemberError, PeekedChunks, ProfileCache, ReadContext,
    ReadOptions, Threads,
};
use crate::profile::{Input, MergeError, Origin, Profile, Series, Snapshot, Warning, WarningKind};
use crate::source::http::{CancelCheck, HttpError, now_millis};
use crate::source::{Address, SourceError, StoreError};
use crate::symbolize::{Image, ImageError};
use binaries::images;
use input_file::InputFile;
use input_files::InputFiles;
use merge_files::{MergeOptions, MergedFiles, merge_files};
use service_symbols::{ServiceSymbols, name_addresses};

pub use gc_logs::{LogPlan, load_gc_logs, renew_gc_log};
pub use grow::{Arrival, GrownSeries, GrownServices, Growth, InsertPosition, grow, grow_each, grow_store};
pub use loader::Loader;
pub use memory_files::read_memory;
pub use newest::SeriesFiles;
pub use service_memory::{ServiceMemory, memory_of_address, service_memory};
pub use skipped::SkippedSource;
pub use source_instances::{InstanceSource, SourceGrouping, instance_sources};
pub use store::{MOST_REQUESTS, StoreDivision, StoreFeed, StorePlan, StoreTypes};

/// Number of inflated chunks that may wait for the decoder: enough for its slower stretches, few enough to stay in
/// cache.
const WAITING: usize = 3;

/// Progress of a load and its cancellation, shared between the loading thread and its observers.
#[derive(Debug, Default)]
pub struct Progress {
    read: AtomicU64,
    expected: AtomicU64,
    parts: AtomicU64,
    expected_parts: AtomicU64,
    cancelled: AtomicBool,
}

impl Progress {
    /// Bytes read so far, as stored (compressed).
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Adds to the number of bytes read.
    pub fn add_read(&self, count: u64) {
        self.read.fetch_add(count, Ordering::Relaxed);
    }

    /// Expected number of bytes; 0 if unknown.
    pub fn expected(&self) -> u64 {
        self.expected.load(Ordering::Relaxed)
    }

    /// Number of parts loaded, such as merges of a store, and number of parts expected; `None` if progress is counted
    /// in bytes.
    pub fn parts(&self) -> Option<(u64, u64)> {
        let expected = self.expected_parts.load(Ordering::Relaxed);
        (expected > 0).then(|| (self.parts.load(Ordering::Relaxed).min(expected), expected))
    }

    /// Adds to the number of expected parts.
    fn expect_parts(&self, count: usize) {
        self.expected_parts.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Counts one part as loaded.
    fn finish_part(&self) {
        self.parts.fetch_add(1, Ordering::Relaxed);
    }

    /// Asks the load to end with [`LoadError::Cancelled`].
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Returns true if the load was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// Result of a load.
#[derive(Debug)]
pub struct Loaded {
    /// Everything that could be read, as one series.
    pub series: Series,
    /// Sources that could not be read.
    pub skipped: Vec<SkippedSource>,
    /// Warnings about the loaded sources.
    pub warnings: Vec<Warning>,
    /// Binaries that provide symbols, for profiles that are added later.
    pub images: Arc<[Image]>,
    /// Stores that were loaded, which live mode can follow.
    pub stores: Vec<StoreFeed>,
    /// Other kinds of heap in the same directories, such as jemalloc's beside Go's. Different kinds are never added up.
    pub other_heaps: Vec<OtherHeap>,
    /// Number of files that [`SeriesFiles::Newest`] left for later.
    pub files_left: usize,
}

/// Kind of heap that was left out because another kind in the same directory holds more bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherHeap {
    /// Name by which it can be chosen as an instance.
    pub name: String,
    /// Name of the format of its files.
    pub format: &'static str,
    /// Number of its files.
    pub snapshots: usize,
}

/// Reason why a source could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// The source could not be opened.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The bytes are not a valid profile.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The profile cannot be merged with the others.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The source is a member of an archive that cannot be read.
    #[error(transparent)]
    Member(#[from] MemberError),
    /// The binary provides no symbols.
    #[error(transparent)]
    Image(#[from] ImageError),
}

impl Reason {
    /// Advice to the user in one sentence; `None` if there is none.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.hint(),
            Self::Format(error) => error.hint().map(str::to_owned),
            Self::Image(error) => error.hint().map(str::to_owned),
            Self::Merge(MergeError::BesideStore) => {
                Some("they can be compared, one as the base of the other".to_owned())
            }
            Self::Merge(MergeError::Limit(_)) | Self::Member(_) => None,
            Self::Merge(_) => Some("profiles that measure different things are opened one at a time".to_owned()),
        }
    }

    /// Marks damage on which salvaging failed.
    fn after_salvage(self, damage: DamagePolicy) -> Self {
        match self {
            Self::Format(error) if damage == DamagePolicy::Salvage => Self::Format(error.unsalvageable()),
            other => other,
        }
    }

    /// Returns true if the user cancelled the load.
    fn is_cancelled(&self) -> bool {
        let http = match self {
            Self::Source(SourceError::Http(error) | SourceError::Store(StoreError::Http(error))) => Some(error),
            _ => None,
        };
        matches!(self, Self::Format(FormatError::Cancelled)) || matches!(http, Some(HttpError::Cancelled))
    }

    /// Limit that was exceeded; `None` for other reasons.
    pub fn limit(&self) -> Option<&LimitError> {
        match self {
            Self::Format(error) => error.limit(),
            Self::Merge(MergeError::Limit(limit)) | Self::Image(ImageError::Limit(limit)) => Some(limit),
            Self::Source(error) => error.limit(),
            Self::Image(_) | Self::Merge(_) | Self::Member(_) => None,
        }
    }
}

/// Reason why nothing was loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No source could be read; an empty list if none was given.
    #[error("{}", nothing_read("sources", .0))]
    Nothing(Vec<SkippedSource>),
    /// None of the base profiles could be read.
    #[error("{}", nothing_read("profiles to compare with", .0))]
    NoBase(Vec<SkippedSource>),
    /// A named source can be read but measures something else than the sources before it; leaving it out would change
    /// the sum silently.
    #[error("{}: {}", .0.source, .0.reason)]
    Unlike(SkippedSource),
    /// A binary named for symbols provides none.
    #[error("{}: {}", .0.source, .0.reason)]
    Binary(SkippedSource),
    /// The user cancelled the load.
    #[error("cancelled")]
    Cancelled,
}

/// Line for sources that could not be read, with the reason of the first.
fn nothing_read(sources: &str, skipped: &[SkippedSource]) -> String {
    let Some((first, more)) = skipped.split_first() else { return format!("no {sources} were given") };
    let reason = format!("{}: {}", first.source, first.reason);
    if more.is_empty() { reason } else { format!("none of the {sources} could be read, the first is {reason}") }
}

impl LoadError {
    /// Limit that was exceeded, if the first source failed because of it.
    pub fn limit(&self) -> Option<&LimitError> {
        match self {
            Self::Nothing(skipped) | Self::NoBase(skipped) => {
                skipped.first().and_then(|skipped| skipped.reason.limit())
            }
            Self::Unlike(skipped) | Self::Binary(skipped) => skipped.reason.limit(),
            Self::Cancelled => None,
        }
    }
}

/// Loads all sources into one series. A source that cannot be read is skipped as long as another can.
///
/// # Errors
/// [`LoadError`] if no source can be read, if profiles cannot be merged, or if the user cancelled.
pub fn load(sources: &[Address], options: &ReadOptions, progress: &Arc<Progress>) -> Result<Loaded, LoadError> {
    load_inputs(&LoadInputs { sources, ..LoadInputs::default() }, options, progress)
}

/// Inputs of a load.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadInputs<'a> {
    /// Profiles of the current side.
    pub sources: &'a [Address],
    /// Profiles of the base side.
    pub base: &'a [Address],
    /// Programs and libraries that provide symbols for addresses.
    pub binaries: &'a [Address],
    /// Files of memory figures for the last current snapshot. Without `sources` they are loaded alone.
    pub memory: &'a [Address],
    /// Instance requested by the user, which also selects among kinds of heap in one directory.
    pub instance: Option<&'a str>,
    /// Grouping of the sources into instances.
    pub grouping: SourceGrouping,
    /// Files to read.
    pub files: SeriesFiles,
    /// Sample types, steps and windows to load from stores; `None` for the defaults.
    pub stores: Option<&'a StorePlan>,
    /// Stores that were loaded before; their earlier answers are not requested again.
    pub known: &'a [StoreFeed],
}

/// Loads all sources, and the base, into one series.
///
/// # Errors
/// [`LoadError`] as for [`load`], if a base was given but none of it can be read, and if a binary cannot be read.
pub fn load_inputs(
    inputs: &LoadInputs<'_>,
    options: &ReadOptions,
    progress: &Arc<Progress>,
) -> Result<Loaded, LoadError> {
    let LoadInputs { sources, base, binaries, memory, instance, grouping, files: wanted, stores, known } = *inputs;
    let mut plan = stores.cloned().unwrap_or_default();
    // All windows of a load are resolved against one time.
    plan.now.get_or_insert_with(now_millis);
    let mut budget = Budget::new(options.limits.memory);
    let images = images(binaries, &options.limits, &mut budget)?;
    if sources.is_empty() && !memory.is_empty() {
        let (series, warnings) = memory_files::without_profile(memory, options, progress)?;
        return Ok(Loaded { warnings, ..Loaded::new(series) });
    }
    let sides = [sources, base].map(|sources| instance_sources(sources, grouping));
    let collected = input_files::collect(&sides, options, progress, &mut budget)?;
    let InputFiles { mut files, absent, companions, unpacked, warnings: of_archives } = collected;
    let files_left = if wanted == SeriesFiles::Newest { newest::keep_newest(&mut files) } else { 0 };
    files.extend(base_windows(inputs, &plan));
    let service_symbols = if images.is_empty() { ServiceSymbols::Query } else { ServiceSymbols::Skip };
    let context =
        LoadContext { options: *options, progress: Arc::clone(progress), budget, service_symbols, cache: None };
    let MergedFiles { series, skipped, mut warnings, other_heaps, stores } =
        merge_files(files, &context, &images, MergeOptions { instance, plan: &plan, known })?;
    let mut skipped: Vec<SkippedSource> = absent.into_iter().chain(skipped).collect();
    let Some(mut series) = series else { return Err(LoadError::Nothing(skipped)) };
    warnings.extend(of_archives);
    if series.range_of(Input::Base).is_empty() && !base.is_empty() {
        return Err(LoadError::NoBase(skipped));
    }
    let partial = series.drop_partial_types();
    if !partial.is_empty() {
        let text = format!("not every snapshot has {}: left out", partial.join(", "));
        warnings.push(Warning::new(WarningKind::PartialType, text));
    }
    warnings.extend(order::times_remark(series.take_times_from_names()));
    let orders = series.sort_snapshots();
    check_stores(&series)?;
    series.assign_instances();
    for (side, order) in orders {
        warnings.extend(order::order_remark(&series, side, order));
        warnings.extend(duplicates(&series, side));
    }
    warnings.extend(other_heaps.iter().map(OtherHeap::warning));
    let unread = memory_files::attach(&mut series, &companions, memory, options, progress, &mut warnings)?;
    skipped.extend(unread);
    // The files of archives are no longer needed.
    series.release(unpacked);
    series.compact();
    Ok(Loaded { series, skipped, warnings, images: images.into(), stores, other_heaps, files_left })
}

/// Refuses a side with merges of stores beside other profiles, which have no common figure.
fn check_stores(series: &Series) -> Result<(), LoadError> {
    for side in [Input::Current, Input::Base] {
        let snapshots = &series.snapshots()[series.range_of(side)];
        let is_merge = |one: &&Snapshot| one.header.merge.as_ref().is_some_and(|merge| !merge.is_single());
        let other = snapshots.iter().find(|one| one.header.merge.is_none());
        if let Some(other) = other.filter(|_| snapshots.iter().any(|one| is_merge(&one))) {
            let (source, reason) = (other.header.source.shown().to_owned(), MergeError::BesideStore.into());
            return Err(LoadError::Unlike(SkippedSource { source, reason, origin: Origin::Named }));
        }
    }
    Ok(())
}

/// Stores for which another window is loaded as the base.
fn base_windows(inputs: &LoadInputs<'_>, plan: &StorePlan) -> Vec<InputFile> {
    let has_window = plan.division == StoreDivision::Windows && plan.windows[1].is_some() && inputs.base.is_empty();
    let stores = inputs.sources.iter().filter(|source| has_window && source.store().is_some());
    stores.map(|store| InputFile::base_window(store.clone())).collect()
}

impl Loaded {
    /// Creates a result without warnings and skipped sources.
    fn new(series: Series) -> Self {
        let (skipped, warnings, other_heaps) = (Vec::new(), Vec::new(), Vec::new());
        Self { series, skipped, warnings, images: Arc::default(), stores: Vec::new(), other_heaps, files_left: 0 }
    }
}

impl OtherHeap {
    fn warning(&self) -> Warning {
        let Self { name, format, snapshots } = self;
        let files = counted(*snapshots, "snapshot");
        let text = format!("another kind of heap is here too and is not added: `{name}`, {files} ({format})");
        Warning::new(WarningKind::OtherHeap, text)
    }
}

/// Warnings about snapshots of a side that were given more than once.
fn duplicates(series: &Series, side: Input) -> Vec<Warning> {
    let snapshots = series.snapshots();
    let warning = |copy: usize| {
        let original = snapshots[copy].membership.copy_of?;
        let [one, other] = [original, copy].map(|at| snapshots[at].header.source.shown());
        let text = format!("the same snapshot twice, it counts once except in a plain sum: {one} and {other}");
        Some(Warning::new(WarningKind::Duplicate, text))
    };
    series.range_of(side).filter_map(warning).collect()
}

/// Options, progress and budget of reading a file.
#[derive(Clone)]
struct LoadContext {
    options: ReadOptions,
    progress: Arc<Progress>,
    budget: Budget,
    service_symbols: ServiceSymbols,
    /// Previous profile, for the files of a series that repeat it.
    cache: Option<Arc<ProfileCache>>,
}

/// Outcome of reading a file.
struct ReadOutcome {
    profile: Result<Profile, Reason>,
    warnings: Vec<Warning>,
}

/// Reads a file as a profile.
fn read(input: &InputFile, context: &mut LoadContext, threads: Threads) -> ReadOutcome {
    let mut warnings = Vec::new();
    let damage = context.options.damage;
    let profile = profile_of(input, context, threads, &mut warnings);
    let mut profile = profile.map_err(|reason| reason.after_salvage(damage));
    if let Ok(profile) = &mut profile {
        profile.header.source = SafeText::from(&*input.file.name());
    }
    ReadOutcome { profile, warnings }
}

fn profile_of(
    input: &InputFile,
    context: &mut LoadContext,
    threads: Threads,
    warnings: &mut Vec<Warning>,
) -> Result<Profile, Reason> {
    let LoadContext { options, progress, budget, service_symbols, cache } = context;
    let chunks = match input.take_opened() {
        Some(chunks) => chunks,
        None => open_chunks(&input.file, options, progress)?,
    };
    let chunks = match threads {
        Threads::Several => inflate_on_thread(chunks).map_err(reason_of)?,
        Threads::One => Box::new(chunks),
    };
    let is_cancelled = || progress.is_cancelled();
    let mut read_context =
        ReadContext { options, budget, warnings, threads, is_cancelled: &is_cancelled, cache: cache.as_deref() };
    let mut profile = format::read(chunks, &mut read_context).map_err(reason_of)?;
    if let (Some(remote), ServiceSymbols::Query) = (input.file.remote(), *service_symbols) {
        let limit = options.limits.input;
        warnings.extend(name_addresses(&mut profile, remote, limit, budget, progress)?);
    }
    Ok(profile)
}

/// Opens a source, and reads its first bytes.
fn open_chunks(
    file: &Address,
    options: &ReadOptions,
    progress: &Arc<Progress>,
) -> Result<PeekedChunks<'static>, Reason> {
    let watched = Arc::clone(progress);
    let is_cancelled: CancelCheck = Arc::new(move || watched.is_cancelled());
    let source = CountingReader {
        source: file.open_limited(options.limits.input, &is_cancelled)?,
        progress: Arc::clone(progress),
    };
    let chunks = format::open(Box::new(source), options).map_err(reason_of)?;
    PeekedChunks::new(chunks).map_err(reason_of)
}

/// Reason why a source was skipped. An error of a service within its response is a source error, like an error before
/// the response.
fn reason_of(error: impl Into<FormatError>) -> Reason {
    match error.into() {
        FormatError::Input(InputError::Read(error)) => match error.downcast::<HttpError>() {
            Ok(error) => SourceError::from(error).into(),
            Err(error) => FormatError::Input(InputError::Read(error)).into(),
        },
        other => other.into(),
    }
}

/// Reader that adds to the progress the bytes that it reads.
struct CountingReader {
    source: Box<dyn Read + Send>,
    progress: Arc<Progress>,
}

impl Read for CountingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.progress.add_read(count as u64);
        Ok(count)
    }
}

/// Moves the inflating of a large input to its own thread.
fn inflate_on_thread(mut chunks: PeekedChunks<'static>) -> Result<Box<dyn Chunks>, InputError> {
    if chunks.head().len() < CHUNK {
        return Ok(Box::new(chunks));
    }
    let (send_filled, filled) = sync_channel(WAITING);
    let (used, take_used) = channel();
    let work = move || {
        loop {
            let buffer = take_used.try_recv().unwrap_or_default();
            let chunk = chunks.next(buffer).transpose();
            let Some(chunk) = chunk else {
                // Sending fails if the decoder has ended, which is no error.
                let _ = send_filled.send(Ok(InflatedMessage::Trailer(chunks.trailer())));
                break;
            };
            let broken = chunk.is_err();
            if send_filled.send(chunk.map(InflatedMessage::Chunk)).is_err() || broken {
                break;
            }
        }
    };
    thread::Builder::new().name("inflate".to_owned()).spawn(work)?;
    Ok(Box::new(InflatedChunks { filled, used, trailer: 0 }))
}

/// Message from the inflating thread.
enum InflatedMessage {
    Chunk(Vec<u8>),
    /// Number of bytes of text after the compressed stream; the last message.
    Trailer(u64),
}

/// Decoder's end of the two channels.
struct InflatedChunks {
    filled: Receiver<Result<InflatedMessage, InputError>>,
    used: Sender<Vec<u8>>,
    trailer: u64,
}

impl Chunks for InflatedChunks {
    fn next(&mut self, buffer: Vec<u8>) -> Result<Option<Vec<u8>>, InputError> {
        if buffer.capacity() > 0 {
            // Sending fails if the inflater has ended, when no buffer is needed any more.
            let _ = self.used.send(buffer);
        }
        match self.filled.recv().ok().transpose()? {
            Some(InflatedMessage::Chunk(chunk)) => Ok(Some(chunk)),
            Some(InflatedMessage::Trailer(trailer)) => {
                self.trailer = trailer;
                Ok(None)
            }
            None => Ok(None),
        }
    }

    fn trailer(&self) -> u64 {
        self.trailer
    }
}
