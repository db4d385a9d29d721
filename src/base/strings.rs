//! String table of a profile or a series.
//!
//! Strings from files need not be UTF-8, so the table keeps bytes: one arena and the end of each string in it. See
//! [`crate::base::safe_text`] for printing them.

use std::borrow::Cow;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use crate::base::ids::StringId;
use crate::base::limits::{Budget, LimitError, LimitKind};

/// Arena of byte strings. String 0 is the empty string.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    bytes: Vec<u8>,
    /// End of each string in `bytes`; a string starts at the end of the one before it.
    ends: Vec<u32>,
}

impl Strings {
    /// Number of strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True if there is no string, not even the empty one.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Appends a string without looking for an equal one.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted, or the arena would exceed 4 GiB.
    pub fn push(&mut self, string: &[u8], budget: &mut Budget) -> Result<StringId, LimitError> {
        let end = u32::try_from(self.bytes.len() + string.len()).map_err(|_| LimitError {
            kind: LimitKind::Strings,
            subject: "the text of all names together",
            limit: 1 << 32,
        })?;
        if self.bytes.capacity() - self.bytes.len() < string.len() {
            budget.grow(&mut self.bytes, string.len())?;
        }
        self.bytes.extend_from_slice(string);
        budget.push(&mut self.ends, end)?;
        Ok(StringId::new(self.ends.len() - 1))
    }

    /// Bytes of a string; empty for an id outside of the table.
    pub fn bytes(&self, id: StringId) -> &[u8] {
        let Some(&end) = self.ends.get(id.index()) else { return &[] };
        let start = if id.0 == 0 { 0 } else { self.ends[id.index() - 1] };
        &self.bytes[start as usize..end as usize]
    }

    /// Text of a string, with U+FFFD for invalid UTF-8.
    pub fn text(&self, id: StringId) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(id))
    }
}

/// Index of a string table that finds equal strings.
///
/// It stores hashes and ids and compares strings in the table.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    /// Ids by hash. Equal hashes of different strings are rare, so almost every list has one id.
    ids: FxHashMap<u64, Vec<StringId>>,
}

impl Interner {
    /// Index of all strings of a table.
    pub fn new(strings: &Strings) -> Self {
        let mut interner = Self::default();
        for id in (0..strings.len()).map(StringId::new) {
            let bytes = strings.bytes(id);
            let same = interner.ids.entry(hash(bytes)).or_default();
            if !same.iter().any(|known| strings.bytes(*known) == bytes) {
                same.push(id);
            }
        }
        interner
    }

    /// Id of `string` in `strings`, which is appended if it is new.
    ///
    /// # Errors
    /// [`LimitError`] when a new string exceeds the budget.
    pub fn intern(
        &mut self,
        strings: &mut Strings,
        string: &[u8],
        budget: &mut Budget,
    ) -> Result<StringId, LimitError> {
        let same = self.ids.entry(hash(string)).or_default();
        if let Some(known) = same.iter().find(|known| strings.bytes(**known) == string) {
            return Ok(*known);
        }
        let id = strings.push(string, budget)?;
        same.push(id);
        Ok(id)
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_come_back_as_they_went_in() {
        let mut budget = Budget::new(1 << 20);
        let mut strings = Strings::default();
        for bytes in [&b""[..], b"main.main", b"\xff\xfe", b""] {
            strings.push(bytes, &mut budget).unwrap();
        }
        assert_eq!(strings.bytes(StringId(1)), b"main.main");
        assert_eq!(strings.text(StringId(2)), "\u{fffd}\u{fffd}");
        assert_eq!(strings.bytes(StringId(9)), b"", "an id outside the table is empty, not a panic");
    }

    #[test]
    fn equal_strings_are_interned_once() {
        let mut budget = Budget::new(1 << 20);
        let mut strings = Strings::default();
        strings.push(b"", &mut budget).unwrap();
        let first = strings.push(b"a", &mut budget).unwrap();
        strings.push(b"a", &mut budget).unwrap();
        let mut interner = Interner::new(&strings);
        assert_eq!(interner.intern(&mut strings, b"a", &mut budget).unwrap(), first);
        assert_eq!(interner.intern(&mut strings, b"b", &mut budget).unwrap(), StringId(3));
        assert_eq!(strings.len(), 4);
    }
}
