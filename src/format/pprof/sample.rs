//! Samples, on the hot path: from the encoding directly into the trie and the value columns.
//!
//! Common writers encode ids and values as one packed field each (Go the values first), followed by labels; such a
//! sample is read in place. Every other order and encoding that protobuf allows is converted to this form first.

use crate::base::ids::{LabelSetId, StackId};
use crate::base::limits::{Budget, LimitError};
use crate::base::step_count::count_steps;
use crate::format::pprof::field_scanner::Field;
use crate::format::pprof::label::LabelReader;
use crate::format::pprof::left_out::{GO_TYPES, LeftOutSamples};
use crate::format::pprof::repeat::Comparison;
use crate::format::pprof::stack_inserter::StackInserter;
use crate::format::pprof::symbol::SymbolReader;
use crate::format::pprof::wire::{
    self, FRAME, FieldValue, LABEL, Message, SAMPLE, SampleError, SampleParts, short_delimited, split_short,
};
use crate::format::{FormatError, WireError};
use crate::profile::{MemoryKind, Samples, Trie, Values};

/// Reader of samples.
pub(super) struct SampleReader {
    pub(super) inserter: StackInserter,
    pub(super) labels: LabelReader,
    /// Labels and values; the stacks are in `inserter`.
    pub(super) samples: Samples,
    /// First sample whose number of values differs from the first sample's; `None` if there is none.
    pub(super) uneven: Option<UnevenSample>,
    /// Offset of the first sample.
    pub(super) first_offset: u64,
    /// Requested kind of memory; `None` for all samples.
    pub(super) requested_kind: Option<MemoryKind>,
    /// Samples without a value of the requested kind; `None` if all samples are read.
    left_out: Option<LeftOutSamples>,
    scattered: ScatteredSample,
}

/// Samples that are read at once: the rest of a chunk, its offset in the profile, and the limit on samples.
pub(super) struct SampleRun<'a> {
    pub(super) chunk: &'a [u8],
    pub(super) at: u64,
    pub(super) max_samples: u64,
}

/// Buffers for a sample in another form than the common one: its fields, collected.
#[derive(Default)]
struct ScatteredSample {
    ids: Vec<u8>,
    values: Vec<u8>,
    labels: Vec<u8>,
}

/// Sample whose number of values differs from the first sample's.
pub(super) struct UnevenSample {
    pub(super) number: usize,
    pub(super) values: usize,
    pub(super) at: u64,
}

impl SampleReader {
    /// Reader of all samples.
    pub(super) fn new(inserter: StackInserter) -> Self {
        let (labels, samples, scattered) = (LabelReader::default(), Samples::default(), ScatteredSample::default());
        Self {
            inserter,
            labels,
            samples,
            uneven: None,
            first_offset: 0,
            requested_kind: None,
            left_out: None,
            scattered,
        }
    }

    /// Number of samples, including those that are left out.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.samples.labels.len() + self.left_out.as_ref().map_or(0, |left_out| left_out.count)
    }

    /// Adds one sample without frames for all samples that are left out, so that totals equal the file's. Returns the
    /// left-out samples; `None` if all samples were read.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    pub(super) fn add_left_out(
        &mut self,
        stacks: &mut Vec<StackId>,
        budget: &mut Budget,
    ) -> Result<Option<LeftOutSamples>, LimitError> {
        let Some(left_out) = self.left_out.take().filter(|left_out| left_out.count > 0) else { return Ok(None) };
        budget.push(stacks, Trie::ROOT)?;
        self.samples.make_room(budget)?;
        self.samples.labels.to_mut().push(LabelSetId::EMPTY);
        for (column, sum) in self.samples.values.iter_mut().zip(left_out.sums()) {
            column.push(sum, budget)?;
        }
        Ok(Some(left_out))
    }

    /// Reads a sample alone.
    #[inline]
    pub(super) fn read(
        &mut self,
        field: &Field<'_>,
        symbols: &mut SymbolReader,
        budget: &mut Budget,
    ) -> Result<(), FormatError> {
        count_steps(1);
        let number = self.count() + 1;
        self.sample(field, symbols, budget).map_err(|error| error.of_sample(number, field.at))
    }

    /// Reads the samples at the start of `chunk` that are left out, up to the first that is not or that has another
    /// form; returns their length in bytes.
    #[inline]
    pub(super) fn leave_out(&mut self, chunk: &[u8], max_samples: u64, symbols: &mut SymbolReader) -> usize {
        let Some(left_out) = &mut self.left_out else { return 0 };
        let most = max_samples.saturating_sub((self.samples.labels.len() + left_out.count) as u64);
        left_out.read(chunk, most, &mut symbols.location_ids, &self.labels)
    }

    /// Reads the samples at the start of a run, up to the first that has another form than the common one, has labels that
    /// were not read before, or is left out; returns their length in bytes. The first sample of the profile is not read,
    /// since it decides on the columns.
    #[inline]
    pub(super) fn read_run(
        &mut self,
        run: &SampleRun<'_>,
        symbols: &mut SymbolReader,
        budget: &mut Budget,
    ) -> Result<usize, FormatError> {
        let (mut rest, mut number) = (run.chunk, self.count());
        if number == 0 {
            return Ok(0);
        }
        while (number as u64) < run.max_samples {
            let Some((sample, after)) = short_delimited(rest, SAMPLE) else { break };
            let Some([ids, values, labels]) = split_short(&sample[FRAME..]) else { break };
            let Some(set) = self.labels.get(labels) else { break };
            let values = &values[FRAME..];
            if self.left_out.as_ref().is_some_and(|left_out| left_out.other_values(values).is_some()) {
                break;
            }
            let at = run.at + (run.chunk.len() - rest.len()) as u64;
            number += 1;
            self.insert(&ids[FRAME..], set, values, at, symbols, budget)
                .map_err(|error| error.of_sample(number, at))?;
            rest = after;
        }
        Ok(run.chunk.len() - rest.len())
    }

    /// Reads the values of a sample that is equal to the next sample of a record; returns false if it differs.
    #[inline]
    pub(super) fn read_repeated(
        &mut self,
        field: &Field<'_>,
        comparison: &mut Comparison,
        budget: &mut Budget,
    ) -> Result<bool, FormatError> {
        let FieldValue::Bytes(bytes) = field.value else { return Ok(false) };
        let Some(parts) = SampleParts::parse_common(bytes) else { return Ok(false) };
        let Some(set) = comparison.label_set(parts, field.at) else { return Ok(false) };
        let number = self.count() + 1;
        if number == 1 {
            self.begin(parts.values, field.at, budget)?;
        }
        self.samples.make_room(budget)?;
        self.samples.labels.to_mut().push(set);
        self.values(parts.values, field.at, budget).map_err(|error| error.of_sample(number, field.at))?;
        Ok(true)
    }

    /// Reads the stack and the labels of a sample whose values were read before.
    pub(super) fn read_again(
        &mut self,
        ids: &[u8],
        labels: &[u8],
        at: u64,
        symbols: &mut SymbolReader,
        budget: &mut Budget,
    ) -> Result<(), FormatError> {
        let number = self.count() + 1;
        let pushed = self.inserter.push(ids, &mut symbols.location_ids, budget);
        let set = pushed.and_then(|()| self.labels.set(labels, &mut symbols.strings, at, budget));
        self.samples.labels.to_mut().push(set.map_err(|error| error.of_sample(number, at))?);
        Ok(())
    }

    /// Drops all samples after the first `count`, including an incomplete one.
    pub(super) fn truncate(&mut self, count: usize) {
        self.samples.truncate(count);
        self.inserter.truncate(count);
        self.uneven = None;
    }

    #[inline]
    fn sample(
        &mut self,
        field: &Field<'_>,
        symbols: &mut SymbolReader,
        budget: &mut Budget,
    ) -> Result<(), SampleError> {
        let bytes = field.value.bytes()?;
        if let Some(parts) = SampleParts::parse_common(bytes) {
            return self.push(parts, field.at, symbols, budget);
        }
        let mut scattered = std::mem::take(&mut self.scattered);
        scattered.collect(bytes, budget)?;
        let parts = SampleParts { ids: &scattered.ids, values: &scattered.values, labels: &scattered.labels };
        self.push(parts, field.at, symbols, budget)?;
        self.scattered = scattered;
        Ok(())
    }

    #[inline]
    fn push(
        &mut self,
        parts: SampleParts<'_>,
        at: u64,
        symbols: &mut SymbolReader,
        budget: &mut Budget,
    ) -> Result<(), SampleError> {
        if self.count() == 0 {
            self.begin(parts.values, at, budget)?;
        }
        if let Some(left_out) = &mut self.left_out
            && left_out.add_if_zero(parts.values)
        {
            self.inserter.skip(parts.ids, &mut symbols.location_ids, budget)?;
            self.labels.set(parts.labels, &mut symbols.strings, at, budget)?;
            return Ok(());
        }
        let set = self.labels.set(parts.labels, &mut symbols.strings, at, budget)?;
        self.insert(parts.ids, set, parts.values, at, symbols, budget)
    }

    /// Inserts a sample with a set of labels.
    #[inline]
    fn insert(
        &mut self,
        ids: &[u8],
        set: LabelSetId,
        values: &[u8],
        at: u64,
        symbols: &mut SymbolReader,
        budget: &mut Budget,
    ) -> Result<(), SampleError> {
        self.samples.make_room(budget)?;
        self.inserter.push(ids, &mut symbols.location_ids, budget)?;
        self.samples.labels.to_mut().push(set);
        self.values(values, at, budget)
    }

    /// Creates the columns according to the first sample; their number is checked at the end.
    #[cold]
    fn begin(&mut self, values: &[u8], at: u64, budget: &mut Budget) -> Result<(), LimitError> {
        self.first_offset = at;
        if !self.samples.values.is_empty() {
            return Ok(());
        }
        for _ in 0..count_packed(values) {
            budget.push(&mut self.samples.values, Values::default())?;
        }
        let requested_kind = self.requested_kind.filter(|_| self.samples.values.len() == GO_TYPES);
        self.left_out = requested_kind.map(LeftOutSamples::new);
        Ok(())
    }

    #[inline]
    fn values(&mut self, values: &[u8], at: u64, budget: &mut Budget) -> Result<(), SampleError> {
        let (mut rest, mut missing) = (values, false);
        for column in &mut self.samples.values {
            let mut value = 0;
            if rest.is_empty() {
                missing = true;
            } else {
                let length;
                (value, length) = wire::varint(rest)?;
                rest = &rest[length..];
            }
            column.push(value as i64, budget)?;
        }
        if missing || !rest.is_empty() {
            self.uneven.get_or_insert(UnevenSample { number: self.count(), values: count_packed(values), at });
        }
        Ok(())
    }
}

/// Number of packed varints: each ends with a byte below 0x80.
fn count_packed(packed: &[u8]) -> usize {
    packed.iter().filter(|byte| **byte < 0x80).count()
}

impl ScatteredSample {
    /// Collects the fields of a sample in any form and order.
    fn collect(&mut self, bytes: &[u8], budget: &mut Budget) -> Result<(), SampleError> {
        for scattered in [&mut self.ids, &mut self.values, &mut self.labels] {
            scattered.clear();
            if scattered.capacity() < bytes.len() {
                budget.grow(scattered, bytes.len())?;
            }
        }
        let mut message = Message(bytes);
        while let Some((number, value)) = message.next()? {
            match number {
                1 => append_numbers(&mut self.ids, value)?,
                2 => append_numbers(&mut self.values, value)?,
                3 => {
                    let label = value.bytes()?;
                    self.labels.push(LABEL);
                    prost::encoding::encode_varint(label.len() as u64, &mut self.labels);
                    self.labels.extend_from_slice(label);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Appends packed or single numbers.
pub(super) fn append_numbers(scattered: &mut Vec<u8>, numbers: FieldValue<'_>) -> Result<(), WireError> {
    match numbers {
        FieldValue::Bytes(packed) if packed.last().is_some_and(|last| *last >= 0x80) => {
            return Err(WireError::Truncated);
        }
        FieldValue::Bytes(packed) => scattered.extend_from_slice(packed),
        number => prost::encoding::encode_varint(number.varint()?, scattered),
    }
    Ok(())
}
