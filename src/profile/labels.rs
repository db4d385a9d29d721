//! Labels of samples, such as the size class of objects.
//!
//! Many samples share few distinct sets of labels, so a set is stored once and samples refer to it by id.

use rustc_hash::FxHashMap;

use crate::base::ids::{LabelSetId, StringId};
use crate::base::limits::{Budget, LimitError};

/// Label of a sample: a key with a text, a number, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// Key.
    pub key: StringId,
    /// Text; the empty string if there is none.
    pub text: StringId,
    /// Number; 0 if there is none.
    pub number: i64,
    /// Unit of the number as in the file; often empty.
    pub unit: StringId,
}

/// All distinct sets of labels. Set 0 is the empty set.
#[derive(Clone, Debug)]
pub struct LabelSets {
    labels: Vec<Label>,
    ends: Vec<u32>,
    ids: FxHashMap<Box<[Label]>, LabelSetId>,
}

impl Default for LabelSets {
    fn default() -> Self {
        Self { labels: Vec::new(), ends: vec![0], ids: FxHashMap::from_iter([(Box::default(), LabelSetId::EMPTY)]) }
    }
}

impl LabelSets {
    /// Number of sets, including the empty one.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True if there is only the empty set.
    pub fn is_empty(&self) -> bool {
        self.ends.len() == 1
    }

    /// Ids of all sets.
    pub fn ids(&self) -> impl Iterator<Item = LabelSetId> + use<> {
        (0..self.ends.len()).map(LabelSetId::new)
    }

    /// Labels of a set, in the order of the file.
    pub fn get(&self, set: LabelSetId) -> &[Label] {
        let set = set.index();
        let start = if set == 0 { 0 } else { self.ends[set - 1] as usize };
        &self.labels[start..self.ends[set] as usize]
    }

    /// Applies `repair` to every string id. Sets that become equal stay distinct.
    pub fn repair(&mut self, repair: impl Fn(&mut StringId)) {
        for label in &mut self.labels {
            [&mut label.key, &mut label.text, &mut label.unit].into_iter().for_each(&repair);
        }
    }

    /// Id of the set `labels`, a new one if the set has not been seen.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    pub fn intern(&mut self, labels: &[Label], budget: &mut Budget) -> Result<LabelSetId, LimitError> {
        if let Some(set) = self.ids.get(labels) {
            return Ok(*set);
        }
        // The set is stored twice (in the column and as a key), plus an entry of the map.
        budget.charge((size_of_val(labels) * 2 + 48) as u64)?;
        let set = LabelSetId::new(self.ends.len());
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
        let bytes = Label { key: StringId(1), text: StringId::EMPTY, number: 64, unit: StringId::EMPTY };
        let one = sets.intern(&[bytes], &mut budget).unwrap();
        let two = sets.intern(&[bytes, Label { number: 65, ..bytes }], &mut budget).unwrap();
        assert_eq!(sets.intern(&[bytes], &mut budget).unwrap(), one);
        assert_eq!(sets.intern(&[], &mut budget).unwrap(), LabelSetId::EMPTY);
        assert_eq!(sets.get(two)[1].number, 65);
        assert_eq!(sets.get(LabelSetId::EMPTY), []);
        assert_eq!(sets.len(), 3);
    }
}
