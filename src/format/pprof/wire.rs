//! Protobuf encoding: varints, the fields of a message in memory, and the common form of a sample.

use crate::base::limits::LimitError;
use crate::format::pprof::number;
use crate::format::{Corruption, ErrorPosition, FormatError, WireError};

/// Error of reading a sample into columns.
pub(super) enum SampleError {
    Wire(WireError),
    Limit(LimitError),
}

impl SampleError {
    /// Error of the sample with this number at a position.
    #[cold]
    pub(super) fn of_sample(self, number: usize, at: u64) -> FormatError {
        match self {
            Self::Wire(error) => FormatError::Corrupt {
                corruption: Corruption::Sample { number, error },
                position: ErrorPosition::Profile(at),
            },
            Self::Limit(limit) => limit.into(),
        }
    }
}

impl From<WireError> for SampleError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl From<LimitError> for SampleError {
    fn from(limit: LimitError) -> Self {
        Self::Limit(limit)
    }
}

/// Value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldValue<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// Fixed 32 or 64 bits. No field of the schema has them.
    Fixed,
}

impl<'a> FieldValue<'a> {
    pub(super) fn varint(self) -> Result<u64, WireError> {
        match self {
            Self::Varint(value) => Ok(value),
            _ => Err(WireError::NotVarint),
        }
    }

    pub(super) fn bytes(self) -> Result<&'a [u8], WireError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(WireError::NotBytes),
        }
    }
}

/// Maximum number of bytes of a varint.
pub(super) const MAX_VARINT: usize = 10;

/// Reads a varint at the start of `bytes`: its value and length.
#[inline]
pub(super) fn varint(bytes: &[u8]) -> Result<(u64, usize), WireError> {
    let low = |byte: &u8, place: u32| u64::from(byte & 0x7f) << (7 * place);
    match bytes {
        [one, ..] if *one < 0x80 => Ok((u64::from(*one), 1)),
        [one, two, ..] if *two < 0x80 => Ok((low(one, 0) | low(two, 1), 2)),
        [one, two, three, ..] if *three < 0x80 => Ok((low(one, 0) | low(two, 1) | low(three, 2), 3)),
        [one, two, three, four, ..] if *four < 0x80 => {
            Ok((low(one, 0) | low(two, 1) | low(three, 2) | low(four, 3), 4))
        }
        _ => long_varint(bytes),
    }
}

fn long_varint(bytes: &[u8]) -> Result<(u64, usize), WireError> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(MAX_VARINT).enumerate() {
        value |= u64::from(byte & 0x7f).wrapping_shl(7 * at as u32);
        if *byte < 0x80 {
            return Ok((value, at + 1));
        }
    }
    Err(if bytes.len() < MAX_VARINT { WireError::Truncated } else { WireError::VarintLength })
}

/// Iterator over the fields of a message. Field 0 is the rest of the message.
pub(super) struct Message<'a>(pub(super) &'a [u8]);

impl<'a> Message<'a> {
    /// Returns number and value of the next field; `None` at the end.
    #[expect(clippy::inline_always, reason = "a fiftieth of the instructions of a load without it")]
    #[inline(always)]
    pub(super) fn next(&mut self) -> Result<Option<(u64, FieldValue<'a>)>, WireError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => FieldValue::Varint(self.varint()?),
            1 => self.fixed(8)?,
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| WireError::Truncated)?;
                FieldValue::Bytes(self.take(length)?)
            }
            5 => self.fixed(4)?,
            _ => return Err(WireError::UnknownType),
        };
        Ok(Some((tag >> 3, value)))
    }

    #[expect(clippy::inline_always, reason = "a hundredth of the instructions of a load without it")]
    #[inline(always)]
    fn varint(&mut self) -> Result<u64, WireError> {
        if let [byte, rest @ ..] = self.0
            && *byte < 0x80
        {
            self.0 = rest;
            return Ok(u64::from(*byte));
        }
        let (value, length) = varint(self.0)?;
        self.0 = &self.0[length..];
        Ok(value)
    }

    #[inline]
    fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(WireError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn fixed(&mut self, length: usize) -> Result<FieldValue<'a>, WireError> {
        self.take(length).map(|_| FieldValue::Fixed)
    }
}

/// Parts of a sample, encoded.
#[derive(Clone, Copy)]
pub(super) struct SampleParts<'a> {
    /// Packed location ids, leaf first.
    pub(super) ids: &'a [u8],
    /// Packed values.
    pub(super) values: &'a [u8],
    /// Label fields with their tags.
    pub(super) labels: &'a [u8],
}

/// Tag of a sample in a profile.
pub(super) const SAMPLE: u8 = (number::SAMPLE << 3 | 2) as u8;
/// Tags of the fields of a sample, all of them length-delimited.
pub(super) const IDS: u8 = 1 << 3 | 2;
const VALUES: u8 = 2 << 3 | 2;
pub(super) const LABEL: u8 = 3 << 3 | 2;

impl<'a> SampleParts<'a> {
    /// Splits a sample of the common form; `None` for another form.
    #[inline]
    pub(super) fn parse_common(bytes: &'a [u8]) -> Option<Self> {
        let (ids, values, labels) = if bytes.first() == Some(&VALUES) {
            let (values, rest) = delimited(bytes, VALUES)?;
            let (ids, labels) = delimited(rest, IDS)?;
            (ids, values, labels)
        } else {
            let (ids, rest) = delimited(bytes, IDS)?;
            let (values, labels) = delimited(rest, VALUES)?;
            (ids, values, labels)
        };
        let mut rest = labels;
        while !rest.is_empty() {
            (_, rest) = delimited(rest, LABEL)?;
        }
        Some(Self { ids, values, labels })
    }
}

/// Splits off the field with this tag at the start of `bytes`; `None` for another tag and for an incomplete field.
#[inline]
fn delimited(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    match bytes {
        [first, length, rest @ ..] if *first == tag && *length < 0x80 => rest.split_at_checked(usize::from(*length)),
        [first, rest @ ..] if *first == tag => long_delimited(rest),
        _ => None,
    }
}

/// Bytes of a field before its content that [`short_delimited`] returns.
pub(super) const FRAME: usize = 2;

/// Splits off the field with this tag at the start of `bytes`, with the last [`FRAME`] bytes before its content. `None`
/// for another field, for an incomplete one, for a length of more than two bytes, and for fewer than three bytes.
#[inline]
pub(super) fn short_delimited(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [first, low, high, ..] = *bytes else { return None };
    if first != tag {
        return None;
    }
    match (low, high) {
        (..0x80, _) => bytes.split_at_checked(usize::from(low) + FRAME),
        (_, ..0x80) => bytes[1..].split_at_checked((usize::from(low & 0x7f) | usize::from(high) << 7) + FRAME),
        _ => None,
    }
}

/// Splits a sample of the common form with short fields: its ids and its values, each with the bytes before, and its
/// labels, which are not looked at. `None` for another form.
#[expect(clippy::inline_always, reason = "a twentieth of the instructions of a load without it")]
#[inline(always)]
pub(super) fn split_short(sample: &[u8]) -> Option<[&[u8]; 3]> {
    if sample.first() == Some(&VALUES) {
        let (values, rest) = short_delimited(sample, VALUES)?;
        let (ids, labels) = short_delimited(rest, IDS)?;
        Some([ids, values, labels])
    } else {
        let (ids, rest) = short_delimited(sample, IDS)?;
        let (values, labels) = short_delimited(rest, VALUES)?;
        Some([ids, values, labels])
    }
}

/// Splits off a field at its length.
fn long_delimited(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, head) = varint(bytes).ok()?;
    bytes[head..].split_at_checked(usize::try_from(length).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn varints_read_as_prost_writes_them(value: u64, shift in 0_u32..64, tail in prop::collection::vec(any::<u8>(), 0..3)) {
            // Every length is tried.
            let value = value >> shift;
            let mut bytes = Vec::new();
            prost::encoding::encode_varint(value, &mut bytes);
            let length = bytes.len();
            bytes.extend(tail);
            prop_assert_eq!(varint(&bytes), Ok((value, length)));
        }
    }

    #[test]
    fn a_varint_ends_within_ten_bytes() {
        assert_eq!(varint(&[0x80; 11]), Err(WireError::VarintLength));
        assert_eq!(varint(&[0x80; 9]), Err(WireError::Truncated));
        assert_eq!(varint(&[]), Err(WireError::Truncated));
    }

    #[test]
    fn groups_are_refused_and_fixed_fields_pass() {
        assert!(Message(&[0x0b]).next().is_err());
        let mut message = Message(&[0x0d, 1, 2, 3, 4, 0x10, 7]);
        assert_eq!(message.next(), Ok(Some((1, FieldValue::Fixed))));
        assert_eq!(message.next(), Ok(Some((2, FieldValue::Varint(7)))));
        assert_eq!(message.next(), Ok(None));
    }
}
