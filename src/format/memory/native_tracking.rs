//! Memory of a Java virtual machine: native memory tracking (`jcmd PID VM.native_memory`) and `jcmd PID GC.heap_info`.

use super::pairs::Pairs;
use crate::profile::{ManagedHeap, ManagedRuntime, ProcessMemory};

/// Figures of a section.
#[derive(Default)]
pub(super) struct NativeTracking {
    is_begun: bool,
    heap: Option<i64>,
    stacks: i64,
    classes: i64,
    code: i64,
    other: i64,
    /// Used and committed bytes of the heap, according to heap information (`GC.heap_info`).
    info: Option<(i64, i64)>,
}

impl NativeTracking {
    /// Reads a line; returns true if it belongs to the figures.
    pub(super) fn read_line(&mut self, line: &[u8]) -> bool {
        if line.starts_with(b"Native Memory Tracking") {
            self.is_begun = true;
            return true;
        }
        self.read_heap_info(line) || self.is_begun && self.read_category(line)
    }

    /// Reads `- Java Heap (reserved=522240KB, committed=32768KB)`; in a comparison, a difference follows some figures.
    fn read_category(&mut self, line: &[u8]) -> bool {
        let Some(category) = line.strip_prefix(b"-") else { return false };
        let Some(open) = category.iter().position(|byte| *byte == b'(') else { return false };
        let name = category[..open].trim_ascii();
        let committed = Pairs::new(&category[open..]).find(|(name, _)| *name == b"committed");
        let Some(committed) = committed.and_then(|(_, quantity)| quantity.whole()) else { return false };
        let sum = match name {
            b"Java Heap" => {
                self.heap.get_or_insert(committed);
                return true;
            }
            b"Thread" => &mut self.stacks,
            b"Class" | b"Metaspace" | b"Shared class space" => &mut self.classes,
            b"Code" => &mut self.code,
            _ => &mut self.other,
        };
        *sum = sum.saturating_add(committed);
        true
    }

    /// Reads `garbage-first heap   total 32768K, used 5120K [0x…)`, and the generations of other collectors.
    fn read_heap_info(&mut self, line: &[u8]) -> bool {
        const COLLECTORS: [&[u8]; 7] = [
            b"garbage-first heap",
            b"def new generation",
            b"tenured generation",
            b"PSYoungGen",
            b"ParOldGen",
            b"ZHeap",
            b"Shenandoah Heap",
        ];
        if !COLLECTORS.iter().any(|collector| line.starts_with(collector)) {
            return false;
        }
        let after = |word: &[u8]| {
            let at = line.windows(word.len()).position(|part| part == word)?;
            // The size is passed as a pair, so that its unit is parsed as everywhere.
            let text = [b"size: ".as_slice(), &line[at + word.len()..]].concat();
            Pairs::new(&text).next().and_then(|(_, quantity)| quantity.whole())
        };
        let (used, total) = (after(b"used "), after(b"total ").or_else(|| after(b"capacity ")));
        if let Some((used, total)) = used.zip(total) {
            let (known, obtained) = self.info.unwrap_or_default();
            self.info = Some((known.saturating_add(used), obtained.saturating_add(total)));
        }
        true
    }

    pub(super) fn finish(self) -> ProcessMemory {
        let mut memory = ProcessMemory::default();
        let mut heap = ManagedHeap::new(ManagedRuntime::Jvm);
        if let Some((used, committed)) = self.info {
            (heap.used, heap.committed) = (Some(used), Some(committed));
            memory.sources.push("JVM heap information");
        }
        if let Some(committed) = self.heap {
            heap.committed = Some(committed);
            heap.stacks = Some(self.stacks);
            heap.classes = Some(self.classes);
            heap.code = Some(self.code);
            heap.other = Some(self.other);
            memory.sources.push("JVM native memory tracking");
        }
        if !memory.sources.is_empty() {
            memory.managed = Some(heap);
        }
        memory
    }
}
