//! Figures between two headings of a file.

use super::native_tracking::NativeTracking;
use super::numbers::Numbers;
use super::pairs::{Pairs, Quantity};
use super::sources::{self, SOURCES};
use super::tcmalloc_lines::TcmallocLines;
use crate::format::tokens::{Words, decimal, without_cut_number};
use crate::profile::ProcessMemory;

/// Figures of one part of a file.
#[derive(Default)]
pub(super) struct Section {
    /// Last component of the section's name.
    name: Vec<u8>,
    numbers: Numbers,
    /// Number on the first line if the line is only a number; else `None`.
    alone: Option<i64>,
    has_lines: bool,
    tcmalloc: TcmallocLines,
    tracking: NativeTracking,
}

/// Start of the line with the mask of the CPUs.
const CPUS: &[u8] = b"Cpus_allowed:";
/// Maximum bytes kept of a name.
const MAX_NAME: usize = 256;

impl Section {
    pub(super) fn new(name: &[u8]) -> Self {
        let last = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        Self { name: last[..last.len().min(MAX_NAME)].to_vec(), ..Self::default() }
    }

    /// Reads a line without white space at its ends.
    pub(super) fn read_line(&mut self, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        if !std::mem::replace(&mut self.has_lines, true) {
            // A control group without a limit contains `max`.
            let number = if line == b"max" { Some(i64::MAX) } else { decimal(line) };
            self.alone = number.filter(|number| *number >= 0);
        }
        if self.tcmalloc.read_line(line) || self.tracking.read_line(line) {
            return;
        }
        if let Some((in_use, obtained)) = stack(line) {
            self.numbers.put("StackInuse", Some(in_use));
            self.numbers.put("StackSys", Some(obtained));
            return;
        }
        for (name, quantity) in Pairs::new(line) {
            let Some(known) = sources::known(name) else { continue };
            self.numbers.put(known, value(known, quantity));
        }
        if let Some(cpus) = allowed_cpus(line) {
            self.numbers.put("Cpus_allowed", Some(cpus));
        }
    }

    /// Memory figures found in the section.
    pub(super) fn finish(self) -> ProcessMemory {
        let mut memory = ProcessMemory::default();
        if let Some(number) = self.alone.filter(|_| self.numbers.is_empty()) {
            sources::lone_number(&self.name, number, &mut memory);
        }
        for source in SOURCES.iter().filter(|source| source.names.iter().all(|name| self.numbers.get(name).is_some())) {
            memory.merge(ProcessMemory { sources: vec![source.title], ..(source.read)(&self.numbers) });
        }
        memory.merge(self.tcmalloc.finish());
        memory.merge(self.tracking.finish());
        memory
    }
}

/// Removes the figure at the end of a last line without a line break, since it may be cut.
pub(super) fn without_cut_figure(line: &[u8]) -> &[u8] {
    // The mask is a hexadecimal number.
    if line.starts_with(CPUS) { &line[..CPUS.len()] } else { without_cut_number(line) }
}

/// Value of a quantity in the unit that its name implies; `None` if a figure of the kernel lacks its unit, as in a line
/// that was cut.
fn value(name: &str, quantity: Quantity<'_>) -> Option<i64> {
    match name {
        "VmRSS" | "RssAnon" | "RssFile" | "RssShmem" | "VmHWM" | "VmSwap" | "Rss" | "Anonymous" | "Swap"
            if !quantity.has_unit() =>
        {
            None
        }
        "GCCPUFraction" | "go_memstats_gc_cpu_fraction" | "go_memstats_last_gc_time_seconds" => quantity.billionths(),
        _ => quantity.whole(),
    }
}

/// Reads `Stack = IN_USE / OBTAINED` of Go's text.
fn stack(line: &[u8]) -> Option<(i64, i64)> {
    let mut words = Words(line.strip_prefix(b"#").unwrap_or(line));
    let is_stack = words.next() == Some(b"Stack") && words.next() == Some(b"=");
    let in_use = words.next().and_then(decimal).filter(|_| is_stack)?;
    let obtained = words.nth(1).and_then(decimal)?;
    (in_use >= 0 && obtained >= 0).then_some((in_use, obtained))
}

/// Number of CPUs in the mask of `Cpus_allowed:`, which is written in groups of hexadecimal digits.
fn allowed_cpus(line: &[u8]) -> Option<i64> {
    let mask = line.strip_prefix(CPUS)?;
    let bits = mask.iter().filter_map(|byte| char::from(*byte).to_digit(16)).map(u32::count_ones).sum::<u32>();
    (bits > 0).then_some(i64::from(bits))
}
