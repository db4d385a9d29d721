//! Numbers and strings of a chunk.

use std::borrow::Cow;

use crate::base::limits::LimitError;

/// Error within a chunk.
#[derive(Debug)]
pub(super) enum ChunkError {
    Broken {
        problem: &'static str,
        /// Offset in the chunk.
        at: usize,
    },
    Limit(LimitError),
    Cancelled,
}

impl From<LimitError> for ChunkError {
    fn from(error: LimitError) -> Self {
        Self::Limit(error)
    }
}

/// Encoding of integers, given in the header of a chunk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum IntegerEncoding {
    /// Seven bits a byte, lowest first; a ninth byte has eight.
    Compressed,
    /// Big-endian, as wide as the type.
    Fixed,
}

/// String as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JfrText<'a> {
    /// No string.
    Null,
    /// Key in the pool of strings.
    Pooled(u64),
    /// The string in UTF-8.
    Text(Cow<'a, [u8]>),
}

/// Reading position in a chunk.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    integers: IntegerEncoding,
    /// Offset from which steps are counted.
    origin: usize,
    steps: usize,
}

/// Maximum number of fields: per byte of a value, and in addition. Fields of types without content take no bytes.
const STEPS_PER_BYTE: usize = 16;
const FREE_STEPS: usize = 4096;

impl<'a> Cursor<'a> {
    /// Cursor at the start of `bytes`.
    pub(super) fn new(bytes: &'a [u8], integers: IntegerEncoding) -> Self {
        Self { bytes, at: 0, integers, origin: 0, steps: 0 }
    }

    /// Counts a field that is read; fails if there are too many for the bytes read.
    pub(super) fn step(&mut self) -> Result<(), ChunkError> {
        self.steps += 1;
        let is_fine = self.steps <= FREE_STEPS + STEPS_PER_BYTE * (self.at - self.origin);
        if is_fine { Ok(()) } else { Err(self.broken("its types have no content")) }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Moves to an offset at or after the current one, at most to the end of the bytes.
    pub(super) fn move_to(&mut self, at: usize) {
        self.at = at.clamp(self.at, self.bytes.len());
    }

    /// Cursor over the next bytes up to the offset `end`, with offsets in the chunk.
    pub(super) fn until(&self, end: usize) -> Self {
        let bytes = &self.bytes[..end.clamp(self.at, self.bytes.len())];
        Self { bytes, origin: self.at, steps: 0, ..self.clone() }
    }

    pub(super) fn broken(&self, problem: &'static str) -> ChunkError {
        ChunkError::Broken { problem, at: self.at }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ChunkError> {
        let taken = self.bytes[self.at..].get(..count).ok_or_else(|| self.broken("a record ends early"))?;
        self.at += count;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, ChunkError> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// Reads an integer of a type with this width in bytes.
    pub(super) fn integer(&mut self, width: usize) -> Result<i64, ChunkError> {
        if self.integers == IntegerEncoding::Fixed {
            let bytes = self.take(width)?;
            let negative = bytes.first().is_some_and(|first| *first >= 0x80);
            return Ok(bytes.iter().fold(-i64::from(negative), |number, byte| number << 8 | i64::from(*byte)));
        }
        let mut number = 0_u64;
        for shift in (0..56).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number as i64);
            }
        }
        Ok((number | u64::from(self.byte()?) << 56) as i64)
    }

    /// Reads a number of elements, each of which takes at least a byte.
    pub(super) fn count(&mut self) -> Result<usize, ChunkError> {
        let count = usize::try_from(self.integer(4)?).ok().filter(|count| *count <= self.rest());
        count.ok_or_else(|| self.broken("a record has more elements than bytes"))
    }

    pub(super) fn text(&mut self) -> Result<JfrText<'a>, ChunkError> {
        Ok(match self.byte()? {
            0 => JfrText::Null,
            1 => JfrText::Text(Cow::Borrowed(b"")),
            2 => JfrText::Pooled(self.integer(8)? as u64),
            3 => {
                let length = self.count()?;
                JfrText::Text(Cow::Borrowed(self.take(length)?))
            }
            4 => {
                let length = self.count()?;
                let mut units = Vec::new();
                for _ in 0..length {
                    units.push(self.integer(2)? as u16);
                }
                JfrText::Text(Cow::Owned(String::from_utf16_lossy(&units).into_bytes()))
            }
            5 => {
                let length = self.count()?;
                let bytes = self.take(length)?;
                JfrText::Text(if bytes.is_ascii() {
                    Cow::Borrowed(bytes)
                } else {
                    Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes())
                })
            }
            _ => return Err(self.broken("a string has an unknown encoding")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(bytes: &[u8]) -> Cursor<'_> {
        Cursor::new(bytes, IntegerEncoding::Compressed)
    }

    #[test]
    fn integers_have_up_to_nine_bytes() {
        for (bytes, number) in [
            (&[0x05][..], 5),
            (&[0x85, 0x80, 0x80, 0x00], 5),
            (&[0xff; 9], -1),
            (&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80], i64::MIN),
        ] {
            let mut one = cursor(bytes);
            assert_eq!((one.integer(8).unwrap(), one.rest()), (number, 0), "{bytes:?}");
        }
        assert!(cursor(&[0x80]).integer(8).is_err());
        let mut fixed = Cursor::new(&[0xff, 0xfe, 0, 7], IntegerEncoding::Fixed);
        assert_eq!((fixed.integer(2).unwrap(), fixed.integer(2).unwrap()), (-2, 7));
    }

    #[test]
    fn strings_have_five_encodings() {
        for (bytes, text) in [
            (&[0][..], JfrText::Null),
            (&[1], JfrText::Text(b"".into())),
            (&[2, 9], JfrText::Pooled(9)),
            (&[3, 2, b'a', b'b'], JfrText::Text(b"ab".into())),
            (&[4, 2, 0xe9, 0x01, b'b'], JfrText::Text("éb".as_bytes().into())),
            (&[5, 2, 0xe9, b'b'], JfrText::Text("éb".as_bytes().into())),
        ] {
            assert_eq!(cursor(bytes).text().unwrap(), text);
        }
        for broken in [&[6][..], &[3, 9, b'a'], &[4, 0xff, 0xff, 0xff, 0xff, 0x0f]] {
            assert!(cursor(broken).text().is_err(), "{broken:?}");
        }
    }
}
