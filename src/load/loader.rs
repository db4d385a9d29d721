//! Loading as a library is asked for it: every choice is optional, sources come last.

use std::sync::Arc;

use crate::base::limits::Limits;
use crate::base::safe_text::Text;
use crate::format::ReadOptions;
use crate::source::Address;
use crate::source::http::Access;

use super::{
    LoadError, LoadInputs, Loaded, LogPlan, Progress, SeriesFiles, SourceGrouping, StorePlan, load_gc_logs, load_inputs,
};

/// Loads profiles into one [`Series`](crate::profile::Series).
///
/// A source is whatever [`Address::parse`] takes: a file, a directory, `-` for standard input, a URL with the feature
/// `net`.
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
    /// Creates a loader with the default limits and nothing to compare with.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds profiles to compare with.
    pub fn base(mut self, sources: impl IntoIterator<Item = impl Into<Address>>) -> Self {
        self.base.extend(sources.into_iter().map(Into::into));
        self
    }

    /// Adds logs of garbage collectors, to stand under the timeline.
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

    /// Adds programs and libraries that give names to addresses without symbols.
    pub fn binaries(mut self, sources: impl IntoIterator<Item = impl Into<Address>>) -> Self {
        self.binaries.extend(sources.into_iter().map(Into::into));
        self
    }

    /// Sets the settings for requests to services, for all addresses that have none.
    pub fn access(mut self, access: Arc<Access>) -> Self {
        self.access = access;
        self
    }

    /// Names the instance to look at, which decides between kinds of heap that lie in one directory.
    pub fn instance(mut self, name: impl Into<String>) -> Self {
        self.instance = Some(name.into());
        self
    }

    /// Sets what is loaded from stores: sample types, steps or windows.
    pub fn stores(mut self, plan: StorePlan) -> Self {
        self.stores = plan;
        self
    }

    /// Sets whether the snapshots tell the instances or every source is one.
    pub fn grouping(mut self, grouping: SourceGrouping) -> Self {
        self.grouping = grouping;
        self
    }

    /// Sets whether all files of a large series are read, or the newest one for a first answer. The others are counted in
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

    /// Sets the options of reading, which include the limits.
    pub fn options(mut self, options: ReadOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets the progress that other threads watch, and by which they cancel the load.
    pub fn progress(mut self, progress: Arc<Progress>) -> Self {
        self.progress = progress;
        self
    }

    /// Sets the name of a program's own counter in the lines of the logs, for [`Per::Counter`](crate::analysis::Per::Counter).
    pub fn log_counter(mut self, name: Option<Text>) -> Self {
        self.logs.counter = name;
        self
    }

    /// Sets the conversion of local times in logs without a zone: from nanoseconds since 1970 on a local clock to
    /// nanoseconds since 1970 in UTC. Without it such times are taken for UTC.
    pub fn local_time(mut self, to_utc: fn(i64) -> i64) -> Self {
        self.logs.to_utc = to_utc;
        self
    }

    /// Loads all sources. A source that cannot be read is listed in [`Loaded::skipped`] as long as another can.
    ///
    /// # Errors
    /// [`LoadError`] when no source can be read, when the sources measure different things, when a base or a binary was
    /// named and cannot be read, and when the load was cancelled.
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
