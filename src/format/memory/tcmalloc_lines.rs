//! Statistics of tcmalloc: lines `MALLOC: + 123 ( 0.1 MiB) Bytes in page heap freelist`, of gperftools and its
//! successor.

use crate::format::tokens::{contains, number};
use crate::profile::{AllocatorMemory, ProcessMemory};

/// Sums over the lines of a section.
#[derive(Default)]
pub(super) struct TcmallocLines {
    in_use: Option<i64>,
    caches: i64,
    page_heap: i64,
    metadata: i64,
}

impl TcmallocLines {
    /// Reads a line; returns true if the line is part of the statistics.
    pub(super) fn read_line(&mut self, line: &[u8]) -> bool {
        let Some(rest) = line.strip_prefix(b"MALLOC:") else { return false };
        let rest = rest.trim_ascii_start();
        let is_sum = rest.starts_with(b"=") || rest.starts_with(b"-");
        let rest = rest.strip_prefix(b"+").unwrap_or(rest);
        let Some((bytes, rest)) = number(rest).filter(|(bytes, _)| *bytes >= 0 && !is_sum) else { return true };
        if contains(rest, b"in use by application") {
            self.in_use.get_or_insert(bytes);
        } else if contains(rest, b"page heap freelist") {
            self.page_heap = self.page_heap.saturating_add(bytes);
        } else if contains(rest, b"metadata") {
            self.metadata = self.metadata.saturating_add(bytes);
        } else if contains(rest, b"cache") {
            self.caches = self.caches.saturating_add(bytes);
        }
        true
    }

    pub(super) fn finish(self) -> ProcessMemory {
        let Some(allocated) = self.in_use else { return ProcessMemory::default() };
        let allocator = AllocatorMemory {
            name: "tcmalloc",
            allocated,
            unused: Some(self.caches),
            idle: Some(self.page_heap),
            metadata: Some(self.metadata),
        };
        ProcessMemory { sources: vec!["tcmalloc statistics"], allocator: Some(allocator), ..ProcessMemory::default() }
    }
}
