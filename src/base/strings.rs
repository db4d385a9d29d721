//! The string table of everything loaded.
//!
//! Strings come out of files as bytes that need not be UTF-8, so bytes are what is kept: one arena and the end of each
//! string in it. Nothing here makes them safe to show; that is [`crate::base::clean`].

use std::borrow::Cow;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use crate::base::ids::StringId;
use crate::base::limits::{Budget, LimitError, LimitKind};

/// An arena of byte strings. String 0 is always the empty one.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    bytes: Vec<u8>,
    /// End of string n in `bytes`; its start is the end of the one before.
    ends: Vec<u32>,
}

impl Strings {
    /// The number of strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no string at all, not even the empty one.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds a string at the end, without looking for an equal one.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent, or the arena would pass 4 GiB.
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

    /// The bytes of a string as they stand in the file; empty for an id that is not in the table.
    pub fn bytes(&self, id: StringId) -> &[u8] {
        let Some(&end) = self.ends.get(id.index()) else { return &[] };
        let start = if id.0 == 0 { 0 } else { self.ends[id.index() - 1] };
        &self.bytes[start as usize..end as usize]
    }

    /// The string as text, with U+FFFD for what is not UTF-8.
    pub fn text(&self, id: StringId) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(id))
    }
}

/// Finds equal strings, so that tables of several files become one.
///
/// It keeps hashes and ids alone, never the text, and asks the table itself whether two strings are equal.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    /// Hash to the ids that have it. Equal hashes of unequal strings are rare, so the list is almost always of one.
    ids: FxHashMap<u64, Vec<StringId>>,
}

impl Interner {
    /// An interner that knows all of `strings`.
    pub fn of(strings: &Strings) -> Self {
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

    /// The id of `string` in `strings`, adding it when it is new.
    ///
    /// # Errors
    /// [`LimitError`] when a new string does not fit the budget.
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
        let mut interner = Interner::of(&strings);
        assert_eq!(interner.intern(&mut strings, b"a", &mut budget).unwrap(), first);
        assert_eq!(interner.intern(&mut strings, b"b", &mut budget).unwrap(), StringId(3));
        assert_eq!(strings.len(), 4);
    }
}
