//! Labels: what a sample says of itself beside its stack, such as the size class of its objects.
//!
//! Few distinct sets of labels stand on very many samples, so a set is kept once and a sample names it by a number.

use rustc_hash::FxHashMap;

use crate::base::ids::StringId;
use crate::base::limits::{Budget, LimitError};

/// One label of a sample: a key with a text or a number, or both where a writer gave both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// The key.
    pub key: StringId,
    /// The text, the empty string when there is none.
    pub text: StringId,
    /// The number, 0 when there is none.
    pub number: i64,
    /// Unit of the number as the writer gave it; often the empty string.
    pub unit: StringId,
}

/// All distinct sets of labels. Set 0 is the empty one.
#[derive(Clone, Debug)]
pub struct LabelSets {
    labels: Vec<Label>,
    ends: Vec<u32>,
    ids: FxHashMap<Box<[Label]>, u32>,
}

impl Default for LabelSets {
    fn default() -> Self {
        Self { labels: Vec::new(), ends: vec![0], ids: FxHashMap::from_iter([(Box::default(), 0)]) }
    }
}

impl LabelSets {
    /// The number of sets, the empty one included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no set but the empty one.
    pub fn is_empty(&self) -> bool {
        self.ends.len() == 1
    }

    /// The labels of a set in the order of the file.
    pub fn get(&self, set: u32) -> &[Label] {
        let set = set as usize;
        let start = if set == 0 { 0 } else { self.ends[set - 1] as usize };
        &self.labels[start..self.ends[set] as usize]
    }

    /// Changes the strings of all labels. Sets that become equal stay apart.
    pub fn mend(&mut self, mend: impl Fn(&mut StringId)) {
        for label in &mut self.labels {
            [&mut label.key, &mut label.text, &mut label.unit].into_iter().for_each(&mend);
        }
    }

    /// The number of the set `labels`, a new one when it has not been seen.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub fn intern(&mut self, labels: &[Label], budget: &mut Budget) -> Result<u32, LimitError> {
        if let Some(set) = self.ids.get(labels) {
            return Ok(*set);
        }
        // The set itself twice (in the column and as a key) and an entry of the map.
        budget.charge((size_of_val(labels) * 2 + 48) as u64)?;
        let set = self.ends.len() as u32;
        self.labels.extend_from_slice(labels);
        self.ends.push(self.labels.len() as u32);
        self.ids.insert(labels.into(), set);
        Ok(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sets_are_kept_once() {
        let mut budget = Budget::new(1 << 16);
        let mut sets = LabelSets::default();
        let bytes = Label { key: StringId(1), text: StringId(0), number: 64, unit: StringId(0) };
        let one = sets.intern(&[bytes], &mut budget).unwrap();
        let two = sets.intern(&[bytes, Label { number: 65, ..bytes }], &mut budget).unwrap();
        assert_eq!(sets.intern(&[bytes], &mut budget).unwrap(), one);
        assert_eq!(sets.intern(&[], &mut budget).unwrap(), 0);
        assert_eq!(sets.get(two)[1].number, 65);
        assert_eq!(sets.get(0), []);
        assert_eq!(sets.len(), 3);
    }
}
