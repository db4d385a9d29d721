//! Scanner of the top-level fields of a profile, which comes in chunks.
//!
//! A field within a chunk is passed on in place. A field across chunks is completed in a buffer that grows with the
//! bytes received, never with the length that the field claims. Unknown fields are skipped without buffering them.

use crate::base::limits::{Budget, LimitError};
use crate::format::pprof::wire::{self, FieldValue};
use crate::format::{Corruption, ErrorPosition, FormatError, WireError};

/// Maximum length of tag and length, two varints.
const MAX_HEAD: usize = 20;

/// Field: number, value, and offset in the inflated profile.
pub(super) struct Field<'a> {
    pub(super) number: u64,
    pub(super) value: FieldValue<'a>,
    pub(super) at: u64,
}

impl Field<'_> {
    /// Error in this field.
    pub(super) fn corrupt(&self, corruption: impl Into<Corruption>) -> FormatError {
        FormatError::Corrupt { corruption: corruption.into(), position: ErrorPosition::Profile(self.at) }
    }
}

/// Receiver of fields.
pub(super) trait FieldSink {
    /// True for fields that are passed on; others are skipped.
    fn wants(number: u64) -> bool;
    /// Reads several fields at once at the start of `chunk`, which is at offset `at` of the profile; returns their length
    /// in bytes, 0 if it reads none.
    #[inline]
    fn fields(&mut self, _chunk: &[u8], _at: u64, _budget: &mut Budget) -> Result<usize, FormatError> {
        Ok(0)
    }
    fn field(&mut self, field: Field<'_>, budget: &mut Budget) -> Result<(), FormatError>;
}

/// Scanner that splits chunks into fields.
#[derive(Default)]
pub(super) struct FieldScanner {
    /// Start of a field across chunks.
    carry: Vec<u8>,
    /// Bytes of a skipped field that are still to come.
    skip: u64,
    /// Offset of the next byte in the profile.
    offset: u64,
    /// Offset of the first field with the number 0; `None` without one.
    zero_field: Option<u64>,
}

/// Head of a field: number, wire type, and lengths of head and body.
struct FieldHead {
    number: u64,
    wire_type: u64,
    /// Bytes of tag and length.
    head_length: usize,
    body: u64,
}

impl FieldHead {
    fn length(&self) -> u64 {
        self.head_length as u64 + self.body
    }
}

impl FieldScanner {
    /// Scans a chunk.
    pub(super) fn scan<S: FieldSink>(
        &mut self,
        mut chunk: &[u8],
        sink: &mut S,
        budget: &mut Budget,
    ) -> Result<(), FormatError> {
        self.skip_from(&mut chunk);
        if !self.carry.is_empty() && !self.complete(&mut chunk, sink, budget)? {
            return Ok(());
        }
        self.skip_from(&mut chunk);
        while !chunk.is_empty() {
            let read = sink.fields(chunk, self.offset, budget)?;
            self.offset += read as u64;
            chunk = &chunk[read..];
            let Some(head) = self.head(chunk)? else { break };
            if !S::wants(head.number) {
                self.note_skipped(&head);
                self.skip = head.length();
                self.skip_from(&mut chunk);
                continue;
            }
            let length = head.length();
            if length > chunk.len() as u64 {
                break;
            }
            let (whole, rest) = chunk.split_at(length as usize);
            sink.field(self.field(&head, whole), budget)?;
            self.offset += length;
            chunk = rest;
        }
        if !chunk.is_empty() {
            self.buffer(chunk, budget)?;
        }
        Ok(())
    }

    /// Number of bytes scanned.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Offset of the first field with the number 0, which no writer of protocol buffers makes, but zeros in the place of
    /// fields are read as. `None` without one.
    pub(super) fn zero_field(&self) -> Option<u64> {
        self.zero_field
    }

    #[cold]
    fn note_skipped(&mut self, head: &FieldHead) {
        if head.number == 0 {
            self.zero_field.get_or_insert(self.offset);
        }
    }

    /// Ends the profile.
    ///
    /// # Errors
    /// [`FormatError::Corrupt`] when a field is cut off.
    pub(super) fn end(&self) -> Result<(), FormatError> {
        if self.carry.is_empty() && self.skip == 0 {
            return Ok(());
        }
        let position = ErrorPosition::Profile(self.offset);
        Err(FormatError::Corrupt { corruption: Corruption::Truncated, position })
    }

    fn skip_from(&mut self, chunk: &mut &[u8]) {
        let skipped = self.skip.min(chunk.len() as u64);
        *chunk = &chunk[skipped as usize..];
        self.skip -= skipped;
        self.offset += skipped;
    }

    /// Completes the buffered field; returns false if the chunk ends before.
    fn complete<S: FieldSink>(
        &mut self,
        chunk: &mut &[u8],
        sink: &mut S,
        budget: &mut Budget,
    ) -> Result<bool, FormatError> {
        let head = loop {
            if let Some(head) = self.head(&self.carry)? {
                break head;
            }
            let Some((byte, rest)) = chunk.split_first() else { return Ok(false) };
            self.buffer(std::slice::from_ref(byte), budget)?;
            *chunk = rest;
        };
        if !S::wants(head.number) {
            self.note_skipped(&head);
            self.skip = head.length() - self.carry.len() as u64;
            self.offset += self.carry.len() as u64;
            self.carry.clear();
            return Ok(true);
        }
        let length = head.length();
        let missing = length.saturating_sub(self.carry.len() as u64);
        let (taken, rest) = chunk.split_at(missing.min(chunk.len() as u64) as usize);
        self.buffer(taken, budget)?;
        *chunk = rest;
        if (self.carry.len() as u64) < length {
            return Ok(false);
        }
        let carry = std::mem::take(&mut self.carry);
        sink.field(self.field(&head, &carry), budget)?;
        self.offset += length;
        self.carry = carry;
        self.carry.clear();
        Ok(true)
    }

    fn buffer(&mut self, bytes: &[u8], budget: &mut Budget) -> Result<(), LimitError> {
        if self.carry.capacity() - self.carry.len() < bytes.len() {
            budget.grow(&mut self.carry, bytes.len())?;
        }
        self.carry.extend_from_slice(bytes);
        Ok(())
    }

    /// Head of the field at the start of `bytes`; `None` if `bytes` ends within the head.
    #[inline]
    fn head(&self, bytes: &[u8]) -> Result<Option<FieldHead>, FormatError> {
        match head(bytes) {
            Ok(head) => Ok(Some(head)),
            Err(error) => self.incomplete_head(bytes, error),
        }
    }

    #[cold]
    fn incomplete_head(&self, bytes: &[u8], error: WireError) -> Result<Option<FieldHead>, FormatError> {
        if error == WireError::Truncated && bytes.len() < MAX_HEAD {
            return Ok(None);
        }
        Err(FormatError::Corrupt { corruption: error.into(), position: ErrorPosition::Profile(self.offset) })
    }

    #[inline]
    fn field<'a>(&self, head: &FieldHead, whole: &'a [u8]) -> Field<'a> {
        let body = &whole[head.head_length..];
        let value = match head.wire_type {
            2 => FieldValue::Bytes(body),
            0 => FieldValue::Varint(wire::varint(body).map_or(0, |(value, _)| value)),
            _ => FieldValue::Fixed,
        };
        Field { number: head.number, value, at: self.offset }
    }
}

#[expect(clippy::inline_always, reason = "a twentieth of all instructions of a load without it")]
#[inline(always)]
fn head(bytes: &[u8]) -> Result<FieldHead, WireError> {
    let (tag, tag_length) = wire::varint(bytes)?;
    let rest = &bytes[tag_length..];
    let (number, wire_type) = (tag >> 3, tag & 7);
    Ok(match wire_type {
        0 => FieldHead { number, wire_type, head_length: tag_length, body: wire::varint(rest)?.1 as u64 },
        1 => FieldHead { number, wire_type, head_length: tag_length, body: 8 },
        2 => {
            let (body, length) = wire::varint(rest)?;
            if body > u64::from(u32::MAX) * 16 {
                return Err(WireError::FieldLength);
            }
            FieldHead { number, wire_type, head_length: tag_length + length, body }
        }
        5 => FieldHead { number, wire_type, head_length: tag_length, body: 4 },
        _ => return Err(WireError::UnknownType),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Default)]
    struct SeenFields(Vec<(u64, Option<u64>, Vec<u8>, u64)>);

    impl FieldSink for SeenFields {
        fn wants(number: u64) -> bool {
            number != 3
        }

        fn field(&mut self, field: Field<'_>, _: &mut Budget) -> Result<(), FormatError> {
            let bytes = field.value.bytes().unwrap_or_default().to_vec();
            self.0.push((field.number, field.value.varint().ok(), bytes, field.at));
            Ok(())
        }
    }

    fn scan_in_chunks(bytes: &[u8], sizes: &[usize]) -> Result<SeenFields, FormatError> {
        let (mut fields, mut seen, mut budget) = (FieldScanner::default(), SeenFields::default(), Budget::new(1 << 24));
        let mut rest = bytes;
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, tail) = rest.split_at((*size).clamp(1, rest.len()));
            fields.scan(chunk, &mut seen, &mut budget)?;
            rest = tail;
        }
        fields.end()?;
        Ok(seen)
    }

    fn encode(fields: &[(u32, Result<u64, Vec<u8>>)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (number, value) in fields {
            match value {
                Ok(value) => prost::encoding::uint64::encode(*number, value, &mut bytes),
                Err(value) => prost::encoding::bytes::encode(*number, value, &mut bytes),
            }
        }
        bytes
    }

    proptest! {
        #[test]
        fn the_result_does_not_depend_on_the_chunks(
            fields in prop::collection::vec(
                (1u32..5, prop::result::maybe_ok(any::<u64>(), prop::collection::vec(any::<u8>(), 0..300))), 0..12),
            sizes in prop::collection::vec(1usize..90, 1..6),
        ) {
            let bytes = encode(&fields);
            let whole = scan_in_chunks(&bytes, &[usize::MAX]).unwrap();
            prop_assert_eq!(whole.0.len(), fields.iter().filter(|(number, _)| *number != 3).count());
            prop_assert_eq!(scan_in_chunks(&bytes, &sizes).unwrap().0, whole.0);
        }

        #[test]
        fn a_cut_is_an_error_or_a_boundary(
            fields in prop::collection::vec((1u32..5, prop::collection::vec(any::<u8>(), 0..40).prop_map(Err)), 1..5),
            cut in any::<prop::sample::Index>(),
        ) {
            let bytes = encode(&fields);
            let boundaries: Vec<usize> = (0..=fields.len()).map(|count| encode(&fields[..count]).len()).collect();
            let cut = cut.index(bytes.len() + 1);
            prop_assert_eq!(scan_in_chunks(&bytes[..cut], &[7]).is_ok(), boundaries.contains(&cut));
        }
    }

    #[test]
    fn an_impossible_length_is_refused_immediately() {
        let bytes = [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0];
        assert!(scan_in_chunks(&bytes, &[3]).is_err());
    }
}
