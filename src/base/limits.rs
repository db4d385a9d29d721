//! Limits on inputs, and the heap budget that is charged while they are read.
//!
//! A limit on inflated bytes does not limit memory: 32 KB of gzip can hold 16 million samples. Every column that grows
//! while a file is read therefore grows by [`Budget::push`], or is charged by [`Budget::charge`] *before* it grows.

use std::collections::HashMap;
use std::fs;
use std::sync::OnceLock;

use crate::base::units::commas_u64;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Minimum default heap budget: enough for a usual profile in a small container.
const MIN_DEFAULT_MEMORY: u64 = 256 * MIB;
/// Maximum default heap budget.
const MAX_DEFAULT_MEMORY: u64 = 16 * GIB;

/// Limits on the inputs of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one input as stored.
    pub input: u64,
    /// Bytes of one input once inflated.
    pub inflated: u64,
    /// Heap bytes of everything loaded.
    pub memory: u64,
    /// Samples of one input; the limit holds for each other kind of record, too.
    pub records: u64,
    /// Bytes kept of one string; the rest is dropped with a warning.
    pub string: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { input: GIB, inflated: 4 * GIB, memory: default_memory(), records: 64_000_000, string: 1 << 20 }
    }
}

/// Default heap budget: half of the memory limit of the control group or of the machine's memory, whichever is less,
/// within bounds.
fn default_memory() -> u64 {
    /// The kernel sums up the machine's memory whenever it is asked, and every reader of options has default limits.
    static DEFAULT: OnceLock<u64> = OnceLock::new();
    *DEFAULT.get_or_init(half_of_memory)
}

fn half_of_memory() -> u64 {
    let control_group =
        fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse::<u64>().ok());
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()?.checked_mul(1024)
    });
    let available = control_group.into_iter().chain(machine).min().unwrap_or(8 * GIB);
    (available / 2).clamp(MIN_DEFAULT_MEMORY, MAX_DEFAULT_MEMORY)
}

/// Resource that a limit bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitKind {
    /// Heap bytes of everything loaded: [`Limits::memory`].
    Memory,
    /// Bytes of one input as stored: [`Limits::input`].
    Input,
    /// Bytes of one input once inflated: [`Limits::inflated`].
    Inflated,
    /// Samples or other records of one input: [`Limits::records`].
    Records,
    /// Distinct stacks. The limit follows from 32-bit ids and cannot be raised.
    Stacks,
    /// Bytes of all strings together. The limit follows from 32-bit offsets and cannot be raised.
    Strings,
}

/// A limit that was exceeded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped: {subject} passed the limit of {}", .kind.amount(*.limit))]
pub struct LimitError {
    /// The resource.
    pub kind: LimitKind,
    /// Noun phrase for the thing that grew too large, such as "the size of this input".
    pub subject: &'static str,
    /// The limit in force: bytes, or a count for [`LimitKind::Records`] and [`LimitKind::Stacks`].
    pub limit: u64,
}

impl LimitKind {
    /// Formats an amount of the resource: bytes with a unit, counts with all digits.
    fn amount(self, amount: u64) -> String {
        match self {
            Self::Memory | Self::Input | Self::Inflated | Self::Strings => format_size(amount),
            Self::Records | Self::Stacks => commas_u64(amount),
        }
    }
}

/// Heap budget of everything loaded.
#[derive(Clone, Debug)]
pub struct Budget {
    used: u64,
    limit: u64,
}

impl Budget {
    /// Creates a budget of `limit` bytes, none of them used.
    pub fn new(limit: u64) -> Self {
        Self { used: 0, limit }
    }

    /// Bytes charged so far.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Bytes that may still be charged.
    pub fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    /// Charges `bytes` before they are allocated.
    ///
    /// # Errors
    /// [`LimitError`] when the budget would be exceeded; nothing is charged then.
    pub fn charge(&mut self, bytes: u64) -> Result<(), LimitError> {
        match self.used.checked_add(bytes) {
            Some(used) if used <= self.limit => {
                self.used = used;
                Ok(())
            }
            _ => Err(LimitError {
                kind: LimitKind::Memory,
                subject: "the memory that this input asks for",
                limit: self.limit,
            }),
        }
    }

    /// Charges the growth of a hash map that is about to take one more entry, and returns the bytes charged.
    ///
    /// # Errors
    /// [`LimitError`] when the budget would be exceeded.
    #[inline]
    pub fn charge_map_entry<K, V, S>(&mut self, map: &HashMap<K, V, S>) -> Result<u64, LimitError> {
        if map.len() < map.capacity() {
            return Ok(0);
        }
        let growth = (map.capacity().max(4) * (size_of::<(K, V)>() + 1)) as u64;
        self.charge(growth)?;
        Ok(growth)
    }

    /// Returns `bytes` to the budget that were charged and have been freed.
    pub fn release(&mut self, bytes: u64) {
        self.used = self.used.saturating_sub(bytes);
    }

    /// Pushes onto `column`, charging its growth first.
    ///
    /// # Errors
    /// [`LimitError`] when the budget would be exceeded.
    #[inline]
    pub fn push<T>(&mut self, column: &mut Vec<T>, value: T) -> Result<(), LimitError> {
        if column.len() == column.capacity() {
            self.grow(column, 1)?;
        }
        column.push(value);
        Ok(())
    }

    /// Reserves room for `more` elements in `column` and charges the growth; nothing happens where the room is there.
    ///
    /// Small columns double; large ones grow by half, since unused capacity counts against the budget.
    ///
    /// # Errors
    /// [`LimitError`] when the budget would be exceeded.
    #[cold]
    pub fn grow<T>(&mut self, column: &mut Vec<T>, more: usize) -> Result<(), LimitError> {
        if column.capacity() - column.len() >= more {
            return Ok(());
        }
        let size = size_of::<T>().max(1);
        let step = if column.capacity() * size < MIB as usize { column.capacity() } else { column.capacity() / 2 };
        let wanted = column.len().saturating_add(more).max(column.capacity() + step).max(8);
        self.charge(((wanted - column.capacity()) * size) as u64)?;
        column.reserve_exact(wanted - column.len());
        Ok(())
    }
}

/// Formats `bytes` in the largest unit that leaves a whole number, so that a limit reads as it was set.
pub fn format_size(bytes: u64) -> String {
    match bytes {
        b if b >= GIB && b.is_multiple_of(GIB) => format!("{} GiB", b / GIB),
        b if b >= MIB && b.is_multiple_of(MIB) => format!("{} MiB", b / MIB),
        b if b >= 1024 && b.is_multiple_of(1024) => format!("{} KiB", b / 1024),
        b => format!("{} B", commas_u64(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_cannot_grow_past_the_budget() {
        let mut budget = Budget::new(100);
        let mut column: Vec<u64> = Vec::new();
        let grown = (0..100).take_while(|n| budget.push(&mut column, *n).is_ok()).count();
        assert_eq!(grown, 8, "eight words are 64 bytes; sixteen would be 128");
        assert!(budget.used() <= 100);
    }

    #[test]
    fn a_column_with_room_does_not_grow() {
        let mut budget = Budget::new(MIB);
        let mut column: Vec<u8> = Vec::new();
        for _ in 0..1000 {
            budget.grow(&mut column, 10).unwrap();
            column.extend_from_slice(&[0; 10]);
        }
        assert_eq!(column.len(), 10_000);
        assert!(budget.used() <= 20_000, "{} bytes are charged", budget.used());
    }

    #[test]
    fn an_overflowing_charge_is_refused() {
        let mut budget = Budget::new(u64::MAX);
        budget.charge(10).unwrap();
        let error = budget.charge(u64::MAX).unwrap_err();
        assert_eq!((error.kind, error.limit), (LimitKind::Memory, u64::MAX));
        assert_eq!(budget.used(), 10);
    }

    #[test]
    fn a_limit_reads_as_it_was_set() {
        let texts = [64 * MIB, 3 << 29, 100_000, 1024, 64 * MIB + 1].map(format_size);
        assert_eq!(texts, ["64 MiB", "1536 MiB", "100,000 B", "1 KiB", "67,108,865 B"]);
    }

    #[test]
    fn the_default_budget_is_within_its_bounds() {
        let memory = Limits::default().memory;
        assert!((MIN_DEFAULT_MEMORY..=MAX_DEFAULT_MEMORY).contains(&memory));
    }
}
