//! Labels of samples: few distinct sets on very many samples, so the bytes of a set are looked up before they are read.

use crate::base::ids::StringId;
use crate::base::limits::Budget;
use crate::format::WireError;
use crate::format::pprof::symbol::StringRefs;
use crate::format::pprof::wire::{Message, SampleError};
use crate::profile::{Label, LabelSets};

/// Sets looked up by their bytes. Go's samples have one label each, the size of their objects, of which a program has
/// some hundreds to thousands.
const RECENT: usize = 1 << RECENT_BITS;
const RECENT_BITS: u32 = 10;
/// Sets with more bytes than this are read anew each time.
const LONGEST: usize = 64;

/// The sets of labels, while they are read.
pub(super) struct LabelReader {
    pub(super) sets: LabelSets,
    /// Bytes of sets seen lately, and the set that they are, by a hash of the bytes.
    recent: Vec<(Vec<u8>, u32)>,
    set: Vec<Label>,
}

impl Default for LabelReader {
    fn default() -> Self {
        Self { sets: LabelSets::default(), recent: vec![(Vec::new(), 0); RECENT], set: Vec::new() }
    }
}

impl LabelReader {
    /// The set of labels that `fields` are.
    #[inline]
    pub(super) fn set(
        &mut self,
        fields: &[u8],
        strings: &mut StringRefs,
        at: u64,
        budget: &mut Budget,
    ) -> Result<u32, SampleError> {
        let place = place(fields);
        let (bytes, set) = &self.recent[place];
        if bytes == fields {
            return Ok(*set);
        }
        let set = self.read(fields, strings, at, budget)?;
        if fields.len() <= LONGEST {
            let (bytes, known) = &mut self.recent[place];
            bytes.clear();
            bytes.extend_from_slice(fields);
            *known = set;
        }
        Ok(set)
    }

    fn read(
        &mut self,
        fields: &[u8],
        strings: &mut StringRefs,
        at: u64,
        budget: &mut Budget,
    ) -> Result<u32, SampleError> {
        self.set.clear();
        let mut message = Message(fields);
        while let Some((_, value)) = message.next()? {
            if let Some(label) = label(value.bytes()?, strings, at)? {
                budget.push(&mut self.set, label)?;
            }
        }
        Ok(self.sets.intern(&self.set, budget)?)
    }
}

/// Where the bytes of a set are remembered: what differs between sets of one label is at their end. The factor is
/// Knuth's multiplicative hash, which spreads sizes that are all multiples of something.
#[inline]
fn place(fields: &[u8]) -> usize {
    let last = fields.last_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    (last.wrapping_mul(0x9E37_79B1) >> (u32::BITS - RECENT_BITS)) as usize
}

/// A label; none when it says nothing, as pprof drops those.
fn label(bytes: &[u8], strings: &mut StringRefs, at: u64) -> Result<Option<Label>, WireError> {
    let mut label = Label { key: StringId(0), text: StringId(0), number: 0, unit: StringId(0) };
    let mut message = Message(bytes);
    while let Some((number, value)) = message.next()? {
        match number {
            1 => label.key = strings.note(value.varint()? as i64, at),
            2 => label.text = strings.note(value.varint()? as i64, at),
            3 => label.number = value.varint()? as i64,
            4 => label.unit = strings.note(value.varint()? as i64, at),
            _ => {}
        }
    }
    let says_something = label.text != StringId(0) || label.number != 0 || label.unit != StringId(0);
    Ok(says_something.then_some(label))
}
