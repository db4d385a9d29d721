//! Cache of the profile that was read last, for the next profile of a series.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::ids::{LabelSetId, StackId};
use crate::profile::Tables;

/// Divisor of a cache's bytes that gives the maximum size of a record: readers on other threads hold older records.
const RECORD_PART: u64 = 4;
/// Number of profiles of which one is recorded while no profile equals the previous one: recording takes an eighth of a
/// read.
const RECORDED_OF: usize = 8;

/// Record of the profile that was read last, for the profiles of a series. Threads share it.
#[derive(Debug)]
pub struct ProfileCache {
    bytes: u64,
    last: Mutex<LastProfile>,
}

/// Content of a cache.
#[derive(Debug, Default)]
struct LastProfile {
    record: Option<Arc<Record>>,
    /// Number of profiles in a row that were not equal to the record.
    differing: usize,
}

/// Fields of a profile without values, and the tables read from them.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) fields: RecordedFields,
    pub(super) tables: Arc<Tables>,
    /// Stack of each sample.
    pub(super) stacks: Vec<StackId>,
    /// Label set of each sample.
    pub(super) labels: Vec<LabelSetId>,
    /// Numbers of functions and mappings.
    pub(super) counts: (usize, usize),
    /// Number of strings that were cut.
    pub(super) cut_strings: usize,
}

/// Samples without values, and symbols, in the order of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct RecordedFields {
    bytes: Vec<u8>,
    fields: Vec<RecordedField>,
}

/// Field of a record.
#[derive(Clone, Copy, Debug)]
struct RecordedField {
    number: u8,
    /// Length of the first part of a field that is recorded in two parts.
    first: u32,
    /// End of the field in the bytes of the record.
    end: u32,
}

/// Content of a recorded field: location ids and labels of a sample, or a symbol and an empty second part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FieldParts<'a> {
    pub(super) number: u64,
    pub(super) first: &'a [u8],
    pub(super) second: &'a [u8],
}

/// Position in a record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RecordPosition {
    /// Number of fields before the position.
    pub(super) fields: usize,
    /// Bytes of the fields before the position.
    bytes: usize,
}

impl ProfileCache {
    /// Creates a cache that may take a number of heap bytes, which the caller charges to a budget.
    pub fn new(bytes: u64) -> Self {
        Self { bytes, last: Mutex::default() }
    }

    /// Heap bytes that the cache may take.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Record of the profile that was read last; `None` if there is none.
    pub(super) fn record(&self) -> Option<Arc<Record>> {
        self.last().record.clone()
    }

    fn last(&self) -> MutexGuard<'_, LastProfile> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a profile was equal to the record.
    pub(super) fn note_equal(&self) {
        self.last().differing = 0;
    }

    /// Notes that a profile differs from the record; returns true if the profile should be recorded.
    pub(super) fn note_different(&self) -> bool {
        let mut last = self.last();
        last.differing += 1;
        last.differing < RECORDED_OF || last.differing.is_multiple_of(RECORDED_OF)
    }

    /// Replaces the record, unless the new one is too large. `table_bytes` are the heap bytes of its tables.
    pub(super) fn replace(&self, record: Record, table_bytes: u64) {
        if self.has_room(&record.fields, table_bytes) {
            self.last().record = Some(Arc::new(record));
        }
    }

    /// True if fields and tables of this size may be kept.
    pub(super) fn has_room(&self, fields: &RecordedFields, table_bytes: u64) -> bool {
        fields.heap_bytes().saturating_add(table_bytes) <= self.bytes / RECORD_PART
    }
}

impl RecordedFields {
    /// Adds a field; returns false if the field is too large.
    pub(super) fn push(&mut self, parts: FieldParts<'_>) -> bool {
        let end = self.bytes.len() + parts.first.len() + parts.second.len();
        let (Ok(number), Ok(first), Ok(end)) =
            (u8::try_from(parts.number), u32::try_from(parts.first.len()), u32::try_from(end))
        else {
            return false;
        };
        self.bytes.extend_from_slice(parts.first);
        self.bytes.extend_from_slice(parts.second);
        self.fields.push(RecordedField { number, first, end });
        true
    }

    /// Number of fields.
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// Returns the field at a position and advances the position, if `is_equal` returns true for the field; otherwise,
    /// and at the end, `None`.
    #[inline]
    pub(super) fn next_if(
        &self,
        position: &mut RecordPosition,
        is_equal: impl FnOnce(FieldParts<'_>) -> bool,
    ) -> Option<FieldParts<'_>> {
        let field = self.fields.get(position.fields)?;
        let (first, second) =
            self.bytes.get(position.bytes..field.end as usize)?.split_at_checked(field.first as usize)?;
        let parts = FieldParts { number: field.number.into(), first, second };
        if !is_equal(parts) {
            return None;
        }
        *position = RecordPosition { fields: position.fields + 1, bytes: field.end as usize };
        Some(parts)
    }

    /// The fields before a position.
    pub(super) fn before(&self, position: RecordPosition) -> Self {
        Self { bytes: self.bytes[..position.bytes].to_vec(), fields: self.fields[..position.fields].to_vec() }
    }

    fn heap_bytes(&self) -> u64 {
        (self.bytes.capacity() + self.fields.capacity() * size_of::<RecordedField>()) as u64
    }
}
