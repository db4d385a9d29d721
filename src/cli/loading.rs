//! Loading with a progress bar, and a message for each unreadable source.

use std::collections::HashMap;
use std::io::{self, IsTerminal, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::base::safe_text::safe_str;
use crate::format::{ReadOptions, SampleScope};
use crate::load::{self, LoadError, Loaded, Loader, Progress, Reason, SeriesFiles, SkippedSource};
use crate::profile::{MOST_OWNER_BYTES, Origin, OwnerRules, Series, Warning, WarningKind};
use crate::report::ReportScope;
use crate::source::http::Remote;
use crate::source::{self, Address, SourceError};

use super::exit::Exit;
use super::listener;
use super::message::{BINARY_HINT, CliFailure, MessageLine, source_hint, warn};
use super::network;
use super::other_words;
use super::pending;
use super::request::LoadPlan;

/// Delay before the progress bar appears.
const DELAY: Duration = Duration::from_millis(500);
/// Update period of the progress bar. A shorter period would fill the output queue of a slow line.
const PERIOD: Duration = Duration::from_millis(250);
/// Maximum number of unreadable sources listed, since a directory may have thousands of other files.
const MOST_NAMED: usize = 10;

/// True while the progress bar is shown.
static BAR: AtomicBool = AtomicBool::new(false);

/// Loads the sources.
///
/// # Errors
/// [`CliFailure`] with a message for each source if nothing could be loaded.
pub(crate) fn load(ask: &LoadPlan) -> Result<Loaded, CliFailure> {
    load_part(ask, LoadPart::default())
}

/// Reads standard input into memory if it is the only source, so that part of its samples can be read first. Returns
/// the number of bytes of memory left for everything else.
///
/// # Errors
/// [`CliFailure`] if standard input cannot be read.
pub(crate) fn keep_input(ask: &LoadPlan) -> Result<u64, CliFailure> {
    let memory = ask.options.limits.memory;
    if ask.addresses != [Address::Stdin] || !ask.base.is_empty() {
        return Ok(memory);
    }
    let progress = Progress::default();
    let most = (memory / KEPT_PART).min(ask.options.limits.input);
    let kept = watched(&progress, None, || source::keep_stdin(most, |count| progress.add_read(count)));
    kept.map_err(|error| {
        let skipped = SkippedSource { source: Address::Stdin.name(), reason: error.into(), origin: Origin::Named };
        failure(&ask.addresses, LoadError::Nothing(vec![skipped]))
    })?;
    Ok(memory - Address::Stdin.size().unwrap_or(0))
}

/// Divisor of the memory limit for standard input as stored.
const KEPT_PART: u64 = 8;

/// Part of the sources to load; by default everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LoadPart {
    /// Samples of a file.
    pub(crate) samples: SampleScope,
    /// Files of a series.
    pub(crate) files: SeriesFiles,
}

/// Loads part of the sources. [`Series::coverage`] and [`Loaded::files_left`] tell which part.
///
/// # Errors
/// Same errors as [`load`].
pub(crate) fn load_part(ask: &LoadPlan, part: LoadPart) -> Result<Loaded, CliFailure> {
    let LoadPart { samples, files } = part;
    let progress = Arc::new(Progress::default());
    let addresses = || ask.addresses.iter().chain(&ask.base).chain(&ask.logs.addresses).chain(&ask.memory);
    if addresses().any(Address::is_unverified) {
        warn(&network::unverified());
    }
    let store = || addresses().find_map(Address::store).map(|store| waiting_for(&store.authority()));
    let waiting = addresses().find_map(Address::remote).map(waiting).or_else(store);
    let work = || {
        let mut loader = Loader::new().grouping(ask.grouping).files(files);
        if let Some(instance) = &ask.instance {
            loader = loader.instance(instance);
        }
        let loader = loader.base(ask.base.iter().cloned()).binaries(ask.binaries.iter().cloned());
        let loader = loader
            .gc_logs(ask.logs.addresses.iter().cloned())
            .log_counter(ask.logs.counter.clone())
            .memory(ask.memory.iter().cloned())
            .local_time(ask.logs.to_utc)
            .options(ReadOptions { samples, ..ask.options });
        let loader = loader.stores(ask.stores.clone());
        loader.progress(Arc::clone(&progress)).load(ask.addresses.iter().cloned())
    };
    let loaded = if is_small(ask) { work() } else { watched(&progress, waiting, work) };
    let mut loaded = loaded.map_err(|error| failure(&ask.addresses, error))?;
    if ask.scope == ReportScope::Memory {
        add_service_memory(&mut loaded.series, ask);
    }
    if let Some(path) = &ask.owners {
        let rules = owner_rules(path)?;
        if rules.refused > 0 {
            let line = format!("{}: rules that GitHub does not read are left out ({})", path.display(), rules.refused);
            warn(&MessageLine::new(&line));
        }
        loaded.series.set_owners(Arc::new(rules));
    }
    Ok(loaded)
}

/// Returns true if the load ends before a progress bar would be shown: a few small profiles, without programs.
fn is_small(ask: &LoadPlan) -> bool {
    /// Bytes as stored that are read within some milliseconds.
    const SMALL: u64 = 256 << 10;
    if !ask.binaries.is_empty() || !ask.logs.addresses.is_empty() {
        return false;
    }
    let sizes: Option<Vec<u64>> = ask.addresses.iter().chain(&ask.base).chain(&ask.memory).map(Address::size).collect();
    sizes.is_some_and(|sizes| sizes.iter().sum::<u64>() <= SMALL)
}

/// Sets the memory figures of snapshots from services, as reported by the services and this machine now.
pub(crate) fn add_service_memory(series: &mut Series, ask: &LoadPlan) {
    for (address, remote) in ask.addresses.iter().filter_map(|address| Some((address, address.remote()?))) {
        let name = address.name();
        let Some(at) = series.snapshots().iter().position(|snapshot| snapshot.header.source.raw() == name) else {
            continue;
        };
        let process = listener::process_of(remote);
        let found = load::service_memory(remote.with_figures().as_ref(), process, &ask.options, &Arc::default());
        let mut memory = series.snapshots()[at].header.memory.as_deref().cloned().unwrap_or_default();
        memory.merge(found.memory);
        if !memory.sources.is_empty() {
            series.set_memory(at, memory);
        }
    }
}

/// Reads the owners of source files.
///
/// # Errors
/// [`CliFailure`] if the file cannot be read, or has no rule.
pub(crate) fn owner_rules(path: &Path) -> Result<OwnerRules, CliFailure> {
    let said = |what: &dyn std::fmt::Display| CliFailure::input(format!("{}: {what}", path.display()), None);
    let mut bytes = Vec::new();
    let file = Address::File(path.to_owned()).open().map_err(|error| said(&error))?;
    let read = file.take(MOST_OWNER_BYTES as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| said(&SourceError::from(error)))?;
    if bytes.len() > MOST_OWNER_BYTES {
        return Err(said(&"longer than 3 MiB, which is the most that GitHub reads"));
    }
    let rules = OwnerRules::parse(&String::from_utf8_lossy(&bytes));
    if rules.is_empty() { Err(said(&"no rule for owners in it")) } else { Ok(rules) }
}

/// Text of the progress bar while a service records its profile.
pub(crate) fn waiting(remote: &Remote) -> String {
    match remote.seconds() {
        Some(seconds) => format!("waiting {seconds} s for the profile"),
        None => waiting_for(&remote.authority()),
    }
}

/// Text of the progress bar while waiting for a host.
pub(crate) fn waiting_for(authority: &str) -> String {
    format!("waiting for {}", safe_str(authority))
}

/// Warnings of a load: skipped sources, and anomalies of the loaded ones.
pub(crate) fn warnings(loaded: &Loaded) -> Vec<MessageLine> {
    let mut all = of_skipped(loaded);
    all.extend(source_warnings(loaded));
    all
}

/// Warnings about sources that were skipped, at most [`MOST_NAMED`] and their number.
fn of_skipped(loaded: &Loaded) -> Vec<MessageLine> {
    let skipped = loaded.skipped.iter().take(MOST_NAMED).map(|skipped| {
        let MessageLine { line, hint } = note(skipped);
        MessageLine { line: format!("{line} (skipped)"), hint }
    });
    skipped.chain(more(&loaded.skipped)).collect()
}

/// Warnings about sources that were read.
pub(crate) fn source_warnings(loaded: &Loaded) -> Vec<MessageLine> {
    first_of_each_kind(&loaded.warnings)
}

/// First warnings of each kind, and the number of the others, since every file of a directory may have one.
fn first_of_each_kind(warnings: &[Warning]) -> Vec<MessageLine> {
    let mut counts: HashMap<WarningKind, usize> = HashMap::new();
    let mut lines = Vec::new();
    for warning in warnings {
        let count = counts.entry(warning.kind).or_default();
        *count += 1;
        if *count <= MOST_NAMED {
            lines.push(MessageLine::new(&warning.text));
        }
    }
    let more = counts.values().map(|count| count.saturating_sub(MOST_NAMED)).sum::<usize>();
    if more > 0 {
        lines.push(MessageLine::new(format!("and {more} more warnings of these kinds")));
    }
    lines
}

/// Runs `work`, with a progress bar if it takes long.
pub(crate) fn watched<T>(progress: &Progress, waiting: Option<String>, work: impl FnOnce() -> T) -> T {
    if !io::stderr().is_terminal() {
        return work();
    }
    thread::scope(|scope| {
        let (done, ended) = channel::<()>();
        scope.spawn(move || {
            let mut bar = None;
            let mut wait = DELAY;
            // Nothing is sent; the wait ends when the sender is dropped.
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = PERIOD;
                let bar = bar.get_or_insert_with(|| ProgressBar::with_draw_target(None, drawn()));
                BAR.store(true, Ordering::Release);
                show(bar, progress, waiting.as_deref());
            }
            if let Some(bar) = bar {
                bar.finish_and_clear();
                BAR.store(false, Ordering::Release);
            }
        });
        let result = work();
        drop(done);
        result
    })
}

/// Removes the progress bar and unfinished files when a signal ends the program.
pub(crate) fn leave() {
    pending::discard();
    if BAR.load(Ordering::Acquire) {
        let _ = io::stderr().write_all(b"\r\x1b[2K");
    }
}

fn drawn() -> ProgressDrawTarget {
    ProgressDrawTarget::stderr_with_hz(4)
}

/// Updates the progress bar: bytes of the input, their count if the total is unknown, or the wait before the first
/// byte.
fn show(bar: &ProgressBar, progress: &Progress, waiting: Option<&str>) {
    let template = match (progress.expected(), waiting) {
        (0, Some(waiting)) if progress.read() == 0 => {
            bar.set_message(waiting.to_owned());
            "{msg}, {elapsed}, Ctrl-C stops"
        }
        (0, _) => "reading {bytes}, Ctrl-C stops",
        (bytes, _) => {
            bar.set_length(bytes);
            "reading [{bar:30}] {bytes} of {total_bytes}, Ctrl-C stops"
        }
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style.progress_chars("=> "));
    bar.set_position(progress.read());
}

/// Failure if nothing could be loaded, with a message for each source.
pub(crate) fn failure(addresses: &[Address], error: LoadError) -> CliFailure {
    let exit = if error.limit().is_some() { Exit::Limit } else { Exit::Input };
    match error {
        LoadError::Cancelled => CliFailure { exit: Exit::Interrupted, notes: Vec::new() },
        LoadError::Unlike(skipped) => CliFailure { exit, notes: vec![note(&skipped)] },
        LoadError::Binary(skipped) => {
            let hint = matches!(skipped.reason, Reason::Source(SourceError::Directory)).then(|| BINARY_HINT.to_owned());
            let note = note(&skipped);
            CliFailure { exit, notes: vec![MessageLine { hint: hint.or(note.hint), line: note.line }] }
        }
        LoadError::NoBase(skipped) => {
            let mut notes = vec![MessageLine::new("no profile of `--base` could be read")];
            notes.extend(skipped.iter().take(MOST_NAMED).map(note));
            notes.extend(more(&skipped));
            CliFailure { exit, notes }
        }
        LoadError::Nothing(skipped) => {
            let mut notes = Vec::new();
            let names_directories =
                |one: &SkippedSource| matches!(one.reason, Reason::Source(SourceError::OnlyDirectories(_)));
            if let ([Address::Dir(path)], [_, ..]) = (addresses, skipped.as_slice())
                && !skipped.iter().any(|one| names_directories(one) || one.reason.limit().is_some())
            {
                let line = format!("{}: no profile in this directory", path.display());
                let folders = addresses[0].folders();
                notes.push(MessageLine { line, hint: (!folders.is_empty()).then(|| of_folders(&folders)) });
            }
            notes.extend(skipped.iter().take(MOST_NAMED).map(note));
            notes.extend(more(&skipped));
            CliFailure { exit, notes }
        }
    }
}

/// Hint with the names of directories within a directory.
fn of_folders(folders: &[PathBuf]) -> String {
    let name = |folder: &PathBuf| folder.file_name().map(|name| safe_str(&name.to_string_lossy()).into_owned());
    let names: Vec<String> = folders.iter().filter_map(name).take(MOST_NAMED).collect();
    let more = if folders.len() > names.len() { ", …" } else { "" };
    format!("directories in it have files, name one of them: {}{more}", names.join(", "))
}

fn note(skipped: &SkippedSource) -> MessageLine {
    MessageLine {
        line: format!("{}: {}", skipped.source, skipped.reason),
        hint: command_hint(skipped).or_else(|| source_hint(&skipped.reason)),
    }
}

/// Hint if a word of another profiler's command line was taken for a file; `None` otherwise.
fn command_hint(skipped: &SkippedSource) -> Option<String> {
    let is_missing = matches!(skipped.reason, Reason::Source(SourceError::Missing));
    other_words::hint(&skipped.source).filter(|_| is_missing && !skipped.source.contains(['-', '=']))
}

fn more(skipped: &[SkippedSource]) -> Option<MessageLine> {
    let more = skipped.len().checked_sub(MOST_NAMED).filter(|more| *more > 0)?;
    Some(MessageLine::new(format!("and {more} more that could not be read")))
}
