//! Service whose memory is read again and again: its process, restarts, and the source of its heap size.

use std::sync::Arc;

use crate::format::ReadOptions;
use crate::load::{self, ServiceMemory};
use crate::profile::ProcessMemory;
use crate::source::http::Remote;
use crate::source::process;

use super::condition::{Figure, MemoryReading};
use super::listener;

/// Service that is read again and again.
#[derive(Debug, Default)]
pub(super) struct WatchedService {
    /// Process that the user named; `None` to look it up.
    named: Option<u32>,
    /// Process that is measured; `None` if unknown.
    process: Option<u32>,
    /// Last process that was measured.
    last_process: Option<u32>,
    /// Bytes that the runtime had allocated since its start at the last reading; `None` if it never said so.
    allocated: Option<i64>,
    /// True once the runtime gave the size of its heap.
    has_runtime_heap: bool,
    has_restarted: bool,
}

impl WatchedService {
    /// Creates the state for a service whose process is `named`, or is looked up if that is `None`.
    pub(super) fn new(named: Option<u32>) -> Self {
        Self { named, process: named, ..Self::default() }
    }

    /// Reads the memory of the service now. The runtime is asked each time, since one bad answer says nothing about the
    /// next.
    pub(super) fn read(&mut self, remote: &Remote, options: &ReadOptions) -> ServiceMemory {
        if !self.is_measured_process(remote) {
            self.look_up(remote);
        }
        let figures = remote.with_figures();
        let found = load::service_memory(figures.as_ref(), self.process, options, &Arc::default());
        self.observe(&found.memory);
        found
    }

    /// Looks the process up again; returns true if it is another one than before.
    pub(super) fn look_up_again(&mut self, remote: &Remote) -> bool {
        let before = self.process;
        self.look_up(remote);
        self.process.is_some() && self.process != before
    }

    /// Returns true if the process restarted since the last call, by its id or by the runtime's counter.
    pub(super) fn take_restart(&mut self) -> bool {
        std::mem::take(&mut self.has_restarted)
    }

    /// Returns true if a figure was given by the runtime before, so that in-use bytes do not replace it: they are
    /// smaller, and a condition would change its meaning.
    pub(super) fn needs_runtime(&self, figure: Figure) -> bool {
        figure == Figure::Heap && self.has_runtime_heap
    }

    /// Returns true if the process is known: the named one, or one that still accepts the connections.
    fn is_measured_process(&self, remote: &Remote) -> bool {
        let Some(process) = self.process else { return false };
        self.named.is_some() || remote.local_address().is_some_and(|address| process::is_listener(process, &address))
    }

    fn look_up(&mut self, remote: &Remote) {
        self.process = self.named.or_else(|| listener::process_of(remote));
    }

    /// Compares a reading with the one before.
    fn observe(&mut self, memory: &ProcessMemory) {
        if self.process.is_some() {
            self.has_restarted |= self.last_process.is_some() && self.last_process != self.process;
            self.last_process = self.process;
        }
        if let Some(allocated) = memory.go.and_then(|go| go.total_alloc) {
            self.has_restarted |= self.allocated.is_some_and(|before| allocated < before);
            self.allocated = Some(allocated);
        }
        self.has_runtime_heap |= MemoryReading::of(None, Some(memory), None, None).heap.is_some();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Metrics;

    /// Memory of a Go process that has allocated this many bytes.
    fn memory(allocated: i64) -> ProcessMemory {
        let go = Metrics { total_alloc: Some(allocated), heap_alloc: Some(1), ..Metrics::default() };
        ProcessMemory { go: Some(go), ..ProcessMemory::default() }
    }

    #[test]
    fn another_process_or_a_counter_that_fell_is_a_restart() {
        let mut service = WatchedService::new(Some(7));
        let mut restarts = |process: Option<u32>, memory: &ProcessMemory| {
            service.process = process;
            service.observe(memory);
            service.take_restart()
        };
        assert!(!restarts(Some(7), &memory(10)));
        assert!(!restarts(None, &memory(20)), "a process that is not known says nothing");
        assert!(!restarts(Some(7), &ProcessMemory::default()));
        assert!(restarts(Some(7), &memory(19)));
        assert!(restarts(Some(8), &memory(30)));
        assert!(!restarts(Some(8), &memory(31)));
    }

    #[test]
    fn in_use_bytes_never_replace_a_heap_size_that_was_known() {
        let mut service = WatchedService::default();
        service.observe(&ProcessMemory::default());
        assert!(!service.needs_runtime(Figure::Heap));
        service.observe(&memory(10));
        service.observe(&ProcessMemory::default());
        assert!(service.needs_runtime(Figure::Heap) && !service.needs_runtime(Figure::Rss));
    }
}
