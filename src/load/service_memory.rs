//! Memory of a live service: figures of its runtime, requested from the service, and figures of this machine's kernel.

use std::io::{BufRead, BufReader, Cursor, Read};
use std::sync::Arc;

use super::{Progress, Reason};
use crate::base::limits::Budget;
use crate::format::{self, ContentKind, FormatError, ReadContext, ReadOptions, memory};
use crate::profile::ProcessMemory;
use crate::source::Address;
use crate::source::http::{CancelCheck, Remote};
use crate::source::process::{self, Listener};

/// Line after which Go's text format has the figures of the runtime.
const MARK: &[u8] = b"# runtime.MemStats";
/// Maximum number of bytes kept of the figures, which take some kilobytes.
const MOST_FIGURES: usize = 64 << 10;
/// Maximum line length; the rest of a longer line counts as another line.
const LONGEST_LINE: u64 = 64 << 10;

/// Memory of a service at one moment.
#[derive(Debug, Default)]
pub struct ServiceMemory {
    /// Text of all sources, to be saved beside a snapshot; empty if there is none.
    pub text: String,
    /// Figures in the text.
    pub memory: ProcessMemory,
    /// Reason why the service returned no figures; `None` if it did, or was not queried.
    pub refusal: Option<Reason>,
}

/// Requests the figures of a service, and the kernel's figures of a process on this machine.
pub fn service_memory(
    service: Option<&Remote>,
    process: Option<u32>,
    options: &ReadOptions,
    progress: &Arc<Progress>,
) -> ServiceMemory {
    let mut found = ServiceMemory::default();
    match service.map(|service| figures(service, options, progress)) {
        Some(Ok(figures)) => found.text = format!("==> MemStats <==\n{figures}\n"),
        Some(Err(reason)) => found.refusal = Some(reason),
        None => {}
    }
    if let Some(process) = process {
        found.text += &process::memory_of(process);
    }
    let bytes = found.text.clone().into_bytes();
    let (mut budget, mut warnings) = (Budget::new(options.limits.memory), Vec::new());
    let mut context = ReadContext::new(options, &mut budget, &mut warnings);
    if let Ok(chunks) = format::open(Box::new(Cursor::new(bytes)), options) {
        found.memory = memory::read(chunks, "", &mut context).unwrap_or_default();
        found.memory.text = (!found.memory.sources.is_empty()).then(|| found.text.as_str().into());
    }
    found
}

/// Memory of a service at this moment, and of its process if that is on this machine; `None` if no source has figures,
/// or if the address is not a service.
pub fn memory_of_address(address: &Address, options: &ReadOptions, progress: &Arc<Progress>) -> Option<ProcessMemory> {
    let remote = address.remote()?;
    let process = remote.local_address().and_then(|address| Listener::of(&address).process());
    let memory = service_memory(remote.with_figures().as_ref(), process, options, progress).memory;
    (!memory.sources.is_empty()).then_some(memory)
}

/// Figures at the end of a service's heap profile in text format, without the list of pauses.
///
/// # Errors
/// [`Reason`] if there is no answer, or none with figures.
fn figures(service: &Remote, options: &ReadOptions, progress: &Arc<Progress>) -> Result<String, Reason> {
    let watched = Arc::clone(progress);
    let is_cancelled: CancelCheck = Arc::new(move || watched.is_cancelled());
    let source = service.open(options.limits.input, &is_cancelled).map_err(crate::source::SourceError::from)?;
    let mut source = BufReader::new(source);
    let head = source.fill_buf().map_err(crate::source::SourceError::from)?;
    let content = if head.is_empty() { FormatError::Empty } else { FormatError::NotMemory(ContentKind::of(head)) };
    let (mut line, mut kept, mut is_found) = (Vec::new(), String::new(), false);
    loop {
        line.clear();
        let length = source.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        if length.map_err(crate::source::SourceError::from)? == 0 || kept.len() > MOST_FIGURES {
            return if kept.is_empty() { Err(content.into()) } else { Ok(kept) };
        }
        is_found |= line.starts_with(MARK);
        if is_found && line.starts_with(b"# ") && !line.starts_with(b"# Pause") {
            kept.push_str(&String::from_utf8_lossy(&line));
        }
    }
}
