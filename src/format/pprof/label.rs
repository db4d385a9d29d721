//! Labels of samples. Many samples share few sets of labels, so sets are cached by their encoding.

use crate::base::ids::{LabelSetId, StringId};
use crate::base::limits::Budget;
use crate::format::WireError;
use crate::format::pprof::symbol::StringRefs;
use crate::format::pprof::wire::{Message, SampleError};
use crate::profile::{Label, LabelSets};

/// Number of cache entries. Go's samples have one label, the object size, with some hundreds to thousands of values in
/// a program.
const CACHE_ENTRIES: usize = 1 << CACHE_BITS;
const CACHE_BITS: u32 = 12;
/// Maximum length of a cached encoding.
const MAX_CACHED: usize = 64;

/// Reader of label sets.
pub(super) struct LabelReader {
    pub(super) sets: LabelSets,
    /// Cache: encodings of sets and their ids, indexed by a hash of the encoding.
    cache: Vec<(Vec<u8>, LabelSetId)>,
    labels: Vec<Label>,
}

impl Default for LabelReader {
    fn default() -> Self {
        Self {
            sets: LabelSets::default(),
            cache: vec![(Vec::new(), LabelSetId::EMPTY); CACHE_ENTRIES],
            labels: Vec::new(),
        }
    }
}

impl LabelReader {
    /// Returns the id of the set of labels with the encoding `fields`.
    #[inline]
    pub(super) fn set(
        &mut self,
        fields: &[u8],
        strings: &mut StringRefs,
        at: u64,
        budget: &mut Budget,
    ) -> Result<LabelSetId, SampleError> {
        if let Some(known) = self.get(fields) {
            return Ok(known);
        }
        let set = self.read(fields, strings, at, budget)?;
        if fields.len() <= MAX_CACHED {
            let (bytes, known) = &mut self.cache[cache_index(fields)];
            bytes.clear();
            bytes.extend_from_slice(fields);
            *known = set;
        }
        Ok(set)
    }

    /// Returns the id of the set of labels with the encoding `fields`; `None` if it is not in the cache.
    #[expect(clippy::inline_always, reason = "a tenth of the instructions of a load without it")]
    #[inline(always)]
    pub(super) fn get(&self, fields: &[u8]) -> Option<LabelSetId> {
        let (bytes, set) = &self.cache[cache_index(fields)];
        is_equal(bytes, fields).then_some(*set)
    }

    fn read(
        &mut self,
        fields: &[u8],
        strings: &mut StringRefs,
        at: u64,
        budget: &mut Budget,
    ) -> Result<LabelSetId, SampleError> {
        self.labels.clear();
        let mut message = Message(fields);
        while let Some((_, value)) = message.next()? {
            if let Some(label) = read_label(value.bytes()?, strings, at)? {
                budget.push(&mut self.labels, label)?;
            }
        }
        Ok(self.sets.intern(&self.labels, budget)?)
    }
}

/// Compares encodings; those of 4 to 16 bytes, the usual ones, without a call.
#[inline]
fn is_equal(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    match (ends(one), ends(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// The first and the last bytes of an encoding of 4 to 16 bytes, which overlap and are all of it; `None` for others.
#[inline]
fn ends(bytes: &[u8]) -> Option<[u64; 2]> {
    if bytes.len() > 16 {
        None
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        Some([u64::from_le_bytes(*first), u64::from_le_bytes(*last)])
    } else {
        let (first, last) = (bytes.first_chunk()?, bytes.last_chunk()?);
        Some([u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last))])
    }
}

/// Cache index of an encoding: a hash of its last bytes, in which sets of one label differ. The factor of Knuth's
/// multiplicative hash spreads sizes with a common divisor.
#[inline]
fn cache_index(fields: &[u8]) -> usize {
    let last = fields.last_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    (last.wrapping_mul(0x9E37_79B1) >> (u32::BITS - CACHE_BITS)) as usize
}

/// Reads a label; `None` if it is empty, which pprof drops, too.
fn read_label(bytes: &[u8], strings: &mut StringRefs, at: u64) -> Result<Option<Label>, WireError> {
    let mut label = Label { key: StringId::EMPTY, text: StringId::EMPTY, number: 0, unit: StringId::EMPTY };
    let mut message = Message(bytes);
    while let Some((number, value)) = message.next()? {
        match number {
            1 => label.key = strings.record(value.varint()? as i64, at),
            2 => label.text = strings.record(value.varint()? as i64, at),
            3 => label.number = value.varint()? as i64,
            4 => label.unit = strings.record(value.varint()? as i64, at),
            _ => {}
        }
    }
    let has_value = label.text != StringId::EMPTY || label.number != 0 || label.unit != StringId::EMPTY;
    Ok(has_value.then_some(label))
}
