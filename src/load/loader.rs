//! Builder for loading: every setting is optional, the sources come last.

use std::sync::Arc;

use crate::base::limits::Limits;
use crate::base::safe_text::SafeText;
use crate::format::ReadOptions;
use crate::source::Address;
use crate::source::http::Access;

use super::{
    LoadError, LoadInputs, Loaded, LogPlan, Progress, SeriesFiles, SourceGrouping, StorePlan, load_gc_logs, load_inputs,
};

/// Loads profiles into one [`Series`](crate::profile::Series).
///
/// A source is anything that [`Address::parse`] accepts: a file, a directory, `-` for standard input, a URL with the
/// feature `net`.
///
/// ```
/// # std::env::set_current_dir(env!("CARGO_MANIFEST_DIR"))?;
/// use heapglass::Loader;
///
/// let loaded = Loader::new().load(["tests/data/shop-series"])?;
/// assert_eq!(loaded.series.snapshots().len(), 14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Loader {
    base: Vec<Address>,
    logs: LogPlan,
    memory: Vec<Address>,
    binaries: Vec<Address>,
    access: Arc<Access>,
    options: ReadOptions,
    progress: Arc<Progress>,
    instance: Option<String>,
    stores: StorePlan,
    grouping: SourceGrouping,
    files: SeriesFiles,
}

impl Loader {
    /// Creates a loader with default limits and without a base.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds base profiles to compare with.
    pub fn base(mut self, sources: impl IntoIterator<Item = impl Into<Address>>) -> Self {
        self.base.extend(sources.into_iter().map(Into::into));
        self
    }

    /// Adds garbage collector logs, which are shown below the timeline.
    pub fn gc_logs(mut self, sources: impl IntoIterator<Item = impl Into<Address>>) -> Self {
        self.logs.addresses.extend(sources.into_iter().map(Into::into));
        self
    }

    /// Adds files of memory figures of the process, such as `/proc/PID/status`, for the last snapshot. Without a source
    /// they are loaded alone.
    pub fn memory(mut self, files: impl IntoIterator<Item = impl Into<Address>>) -> Self {
        self.memory.extend(files.into_iter().map(Into::into));
        self
    }

    /// Adds programs and libraries that provide symbols for addresses without names.
    pub fn binaries(mut self, sources: impl IntoIterator<Item = impl Into<Address>>) -> Self {
        self.binaries.extend(sources.into_iter().map(Into::into));
        self
    }

    /// Sets the settings of HTTP requests, for all addresses that have none of their own.
    pub fn access(mut self, access: Arc<Access>) -> Self {
        self.access = access;
        self
    }

    /// Sets the instance to show, which also selects among kinds of heap in one directory.
    pub fn instance(mut self, name: impl Into<String>) -> Self {
        self.instance = Some(name.into());
        self
    }

    /// Sets the sample types, and the steps or windows, to load from stores.
    pub fn stores(mut self, plan: StorePlan) -> Self {
        self.stores = plan;
        self
    }

    /// Sets the grouping of sources into instances.
    pub fn grouping(mut self, grouping: SourceGrouping) -> Self {
        self.grouping = grouping;
        self
    }

    /// Sets the files of a large series to read: all, or only the newest for a first answer. The others are counted in
    /// [`Loaded::files_left`].
    pub fn files(mut self, files: SeriesFiles) -> Self {
        self.files = files;
        self
    }

    /// Sets the limits on the inputs.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// Sets the options of reading, including the limits.
    pub fn options(mut self, options: ReadOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets the progress object through which other threads watch and cancel the load.
    pub fn progress(mut self, progress: Arc<Progress>) -> Self {
        self.progress = progress;
        self
    }

    /// Sets the name of the program's own counter in log lines, for [`Per::Counter`](crate::analysis::Per::Counter).
    pub fn log_counter(mut self, name: Option<SafeText>) -> Self {
        self.logs.counter = name;
        self
    }

    /// Sets the conversion of local times in logs without a zone: from nanoseconds since 1970 on a local clock to
    /// nanoseconds since 1970 in UTC. By default such times are taken as UTC.
    pub fn local_time(mut self, to_utc: fn(i64) -> i64) -> Self {
        self.logs.to_utc = to_utc;
        self
    }

    /// Loads all sources. A source that cannot be read is listed in [`Loaded::skipped`] as long as another can.
    ///
    /// # Errors
    /// [`LoadError`] if no source can be read, if the sources measure different things, if a named base or binary
    /// cannot be read, or if the load was cancelled.
    pub fn load(self, sources: impl IntoIterator<Item = impl Into<Address>>) -> Result<Loaded, LoadError> {
        let Self { base, mut logs, memory, binaries, access, options, progress, instance, stores, .. } = self;
        let (grouping, files) = (self.grouping, self.files);
        let with_access = |addresses: Vec<Address>| -> Vec<Address> {
            let set = |address: Address| if address.lacks_access() { address.with_access(&access) } else { address };
            addresses.into_iter().map(set).collect()
        };
        let sources = with_access(sources.into_iter().map(Into::into).collect());
        let [base, addresses, memory, binaries] = [base, logs.addresses, memory, binaries].map(with_access);
        logs.addresses = addresses;
        let instance = instance.as_deref();
        let stores = Some(&stores);
        let inputs = LoadInputs {
            sources: &sources,
            base: &base,
            binaries: &binaries,
            memory: &memory,
            instance,
            grouping,
            files,
            stores,
            known: &[],
        };
        let mut loaded = load_inputs(&inputs, &options, &progress)?;
        load_gc_logs(&mut loaded, &logs, &options, &progress)?;
        Ok(loaded)
    }
}
