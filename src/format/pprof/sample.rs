//! Samples on the hot path: straight from the wire into the trie and the value columns.

use crate::base::ids::{LocationId, StackId, StringId};
use crate::base::limits::{Budget, LimitError};
use crate::format::FormatError;
use crate::format::pprof::fields::Field;
use crate::format::pprof::symbol::StringRefs;
use crate::format::pprof::wire::{self, Message, Value, Wrong};
use crate::profile::{IdMap, Label, LabelSets, Samples, StackWalk, Trie, Values};

/// Everything that samples become, while they are read.
#[derive(Default)]
pub(super) struct SampleReader {
    pub(super) trie: Trie,
    pub(super) labels: LabelSets,
    pub(super) samples: Samples,
    /// The first sample whose number of values differs from that of the sample before.
    pub(super) odd: Option<OddSample>,
    /// Where the first sample stands.
    pub(super) first_at: u64,
    walk: StackWalk,
    /// Packed ids of a sample whose ids come in more than one field.
    joined: Vec<u8>,
    values: Vec<i64>,
    label_fields: Vec<u8>,
    /// Label fields of the sample before, and the set that they are.
    labels_before: (Vec<u8>, u32),
    set: Vec<Label>,
}

/// A sample with another number of values than the first one.
pub(super) struct OddSample {
    pub(super) number: usize,
    pub(super) values: usize,
    pub(super) at: u64,
}

/// What reading within one sample can fail with.
enum Failure {
    Wrong(Wrong),
    Limit(LimitError),
}

impl From<Wrong> for Failure {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

impl From<LimitError> for Failure {
    fn from(limit: LimitError) -> Self {
        Self::Limit(limit)
    }
}

impl SampleReader {
    /// Reads one sample.
    pub(super) fn read(
        &mut self,
        field: &Field<'_>,
        locations: &mut IdMap,
        strings: &mut StringRefs,
        budget: &mut Budget,
    ) -> Result<(), FormatError> {
        self.sample(field, locations, strings, budget).map_err(|failure| match failure {
            Failure::Wrong(what) => field.corrupt(format!("sample {}: {what}", self.samples.len() + 1)),
            Failure::Limit(limit) => limit.into(),
        })
    }

    fn sample(
        &mut self,
        field: &Field<'_>,
        locations: &mut IdMap,
        strings: &mut StringRefs,
        budget: &mut Budget,
    ) -> Result<(), Failure> {
        let mut packed: Option<&[u8]> = None;
        self.joined.clear();
        self.values.clear();
        self.label_fields.clear();
        let mut message = Message(field.value.bytes()?);
        while let Some((number, value)) = message.next()? {
            match (number, value) {
                (1, Value::Bytes(ids)) if packed.is_none() && self.joined.is_empty() => packed = Some(ids),
                (1, ids) => {
                    self.joined.extend_from_slice(packed.take().unwrap_or_default());
                    join(&mut self.joined, ids)?;
                }
                (2, Value::Bytes(mut values)) => {
                    while !values.is_empty() {
                        let (value, length) = wire::varint(values)?;
                        self.values.push(value as i64);
                        values = &values[length..];
                    }
                }
                (2, value) => self.values.push(value.varint()? as i64),
                (3, label) => {
                    let label = label.bytes()?;
                    prost::encoding::encode_varint(label.len() as u64, &mut self.label_fields);
                    self.label_fields.extend_from_slice(label);
                }
                _ => {}
            }
        }
        let stack = self.stack(packed, locations, budget)?;
        let labels = self.label_set(strings, field.at, budget)?;
        self.push(stack, labels, field.at, budget)?;
        Ok(())
    }

    #[inline]
    fn stack(&mut self, packed: Option<&[u8]>, locations: &mut IdMap, budget: &mut Budget) -> Result<StackId, Failure> {
        let ids = packed.unwrap_or(&self.joined);
        self.walk.node(ids, &mut self.trie, budget, |bytes, budget| {
            let (id, length) = wire::varint(bytes)?;
            Ok((LocationId(locations.index(id, budget)?), length))
        })
    }

    /// The set of labels that the gathered fields are. Most samples have the labels of the one before, or few bytes.
    fn label_set(&mut self, strings: &mut StringRefs, at: u64, budget: &mut Budget) -> Result<u32, Failure> {
        if self.label_fields == self.labels_before.0 {
            return Ok(self.labels_before.1);
        }
        self.set.clear();
        let mut rest = &self.label_fields[..];
        while !rest.is_empty() {
            let (length, head) = wire::varint(rest)?;
            let (label, tail) = rest[head..].split_at(length as usize);
            self.set.extend(read_label(label, strings, at)?);
            rest = tail;
        }
        let set = self.labels.intern(&self.set, budget)?;
        std::mem::swap(&mut self.labels_before.0, &mut self.label_fields);
        self.labels_before.1 = set;
        Ok(set)
    }

    #[inline]
    fn push(&mut self, stack: StackId, labels: u32, at: u64, budget: &mut Budget) -> Result<(), LimitError> {
        let columns = &mut self.samples.values;
        if self.samples.stacks.is_empty() {
            self.first_at = at;
            for _ in 0..self.values.len() {
                budget.push(columns, Values::default())?;
            }
        }
        if columns.len() != self.values.len() && self.odd.is_none() {
            let number = self.samples.stacks.len() + 1;
            self.odd = Some(OddSample { number, values: self.values.len(), at });
        }
        budget.push(&mut self.samples.stacks, stack)?;
        budget.push(&mut self.samples.labels, labels)?;
        for (column, value) in columns.iter_mut().zip(&self.values) {
            column.push(*value, budget)?;
        }
        Ok(())
    }
}

/// Adds ids to those gathered so far: the order of fields is the order of ids, packed or not.
pub(super) fn join(joined: &mut Vec<u8>, ids: Value<'_>) -> Result<(), Wrong> {
    match ids {
        Value::Bytes(packed) => joined.extend_from_slice(packed),
        id => prost::encoding::encode_varint(id.varint()?, joined),
    }
    Ok(())
}

/// A label; none when it says nothing, as pprof drops those.
fn read_label(bytes: &[u8], strings: &mut StringRefs, at: u64) -> Result<Option<Label>, Wrong> {
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
