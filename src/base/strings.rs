//! String table of a profile or a series.
//!
//! Strings from files need not be UTF-8, so the table keeps bytes: one arena and the end of each string in it. See
//! [`crate::base::safe_text`] for printing them.

use std::borrow::Cow;
use std::hash::Hasher;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHasher};

use crate::base::ids::StringId;
use crate::base::limits::{Budget, LimitError, LimitKind};
use crate::base::safe_text::SafeText;

/// Arena of byte strings. String 0 is the empty string.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    bytes: Vec<u8>,
    /// End of each string in `bytes`; a string starts at the end of the previous string.
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

/// Index that finds equal strings in a string table.
///
/// The index stores hashes and ids, and compares strings in the table.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    ids: FxHashMap<u64, StringId>,
    /// Further strings with a hash that `ids` already has, which are rare.
    collisions: FxHashMap<u64, Vec<StringId>>,
    charged: u64,
}

/// Bytes of the index for each string: hash, id and slack of the map.
const INDEX_BYTES: u64 = 40;

impl Interner {
    /// Indexes all strings of a table.
    ///
    /// # Errors
    /// [`LimitError`] when the index exceeds the budget.
    pub fn new(strings: &Strings, budget: &mut Budget) -> Result<Self, LimitError> {
        let charged = strings.len() as u64 * INDEX_BYTES;
        budget.charge(charged)?;
        let ids = FxHashMap::with_capacity_and_hasher(strings.len(), FxBuildHasher);
        let mut interner = Self { ids, collisions: FxHashMap::default(), charged };
        for id in (0..strings.len()).map(StringId::new) {
            let bytes = strings.bytes(id);
            let hash = hash(bytes);
            if interner.find(strings, hash, bytes).is_none() {
                interner.add(hash, id, budget)?;
            }
        }
        Ok(interner)
    }

    /// Returns the id of `string` in `strings`, appending the string if it is new.
    ///
    /// # Errors
    /// [`LimitError`] when a new string exceeds the budget.
    pub fn intern(
        &mut self,
        strings: &mut Strings,
        string: &[u8],
        budget: &mut Budget,
    ) -> Result<StringId, LimitError> {
        let hash = hash(string);
        if let Some(known) = self.find(strings, hash, string) {
            return Ok(known);
        }
        let id = strings.push(string, budget)?;
        self.add(hash, id, budget)?;
        Ok(id)
    }

    /// Bytes charged for the index, to be released when it is dropped.
    pub fn charged(&self) -> u64 {
        self.charged
    }

    fn find(&self, strings: &Strings, hash: u64, string: &[u8]) -> Option<StringId> {
        let first = *self.ids.get(&hash)?;
        let others = self.collisions.get(&hash).map_or(&[][..], Vec::as_slice);
        std::iter::once(first).chain(others.iter().copied()).find(|known| strings.bytes(*known) == string)
    }

    fn add(&mut self, hash: u64, id: StringId, budget: &mut Budget) -> Result<(), LimitError> {
        if self.ids.contains_key(&hash) {
            budget.charge(INDEX_BYTES)?;
            self.charged += INDEX_BYTES;
            self.collisions.entry(hash).or_default().push(id);
        } else {
            self.charged += budget.charge_map_entry(&self.ids)?;
            self.ids.insert(hash, id);
        }
        Ok(())
    }
}

/// Cache of texts by string id: each text is built and charged to the budget once, then shared.
///
/// A file may refer to one long string from thousands of records.
#[derive(Debug, Default)]
pub struct TextCache(FxHashMap<StringId, SafeText>);

impl TextCache {
    /// Text of a string.
    ///
    /// # Errors
    /// [`LimitError`] when a new text exceeds the budget.
    pub fn get(&mut self, strings: &Strings, id: StringId, budget: &mut Budget) -> Result<SafeText, LimitError> {
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let bytes = strings.bytes(id);
        // Invalid UTF-8 may triple the bytes.
        let most = 3 * bytes.len() as u64;
        budget.charge(most)?;
        let text = SafeText::from_bytes(bytes);
        budget.release(most);
        budget.charge(text.heap_bytes())?;
        budget.charge_map_entry(&self.0)?;
        self.0.insert(id, text.clone());
        Ok(text)
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
        let mut interner = Interner::new(&strings, &mut budget).unwrap();
        assert_eq!(interner.intern(&mut strings, b"a", &mut budget).unwrap(), first);
        assert_eq!(interner.intern(&mut strings, b"b", &mut budget).unwrap(), StringId(3));
        assert_eq!(strings.len(), 4);
    }

    #[test]
    fn a_text_that_many_records_share_is_charged_once() {
        let mut budget = Budget::new(1 << 20);
        let mut strings = Strings::default();
        let long = strings.push(&vec![b'x'; 100_000], &mut budget).unwrap();
        let (before, mut texts) = (budget.used(), TextCache::default());
        let all: Vec<SafeText> = (0..1000).map(|_| texts.get(&strings, long, &mut budget).unwrap()).collect();
        assert!(all.iter().all(|text| std::ptr::eq(text.raw(), all[0].raw())));
        assert!((100_000..110_000).contains(&(budget.used() - before)), "{}", budget.used() - before);
    }

    #[test]
    fn an_index_is_charged() {
        let mut budget = Budget::new(1 << 20);
        let mut strings = Strings::default();
        for n in 0..10_000_u32 {
            strings.push(&n.to_le_bytes(), &mut budget).unwrap();
        }
        let before = budget.used();
        let interner = Interner::new(&strings, &mut budget).unwrap();
        assert_eq!(budget.used() - before, interner.charged());
        assert!(interner.charged() >= 10_000 * 20);
        let mut small = Budget::new(1000);
        assert!(Interner::new(&strings, &mut small).is_err());
    }
}
