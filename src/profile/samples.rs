//! Samples as columns: stacks, label sets, and one column of values for each sample type.

use crate::base::ids::{LabelSetId, StackId};
use crate::base::limits::{Budget, LimitError};
use crate::profile::IdColumn;

/// Column of values. Most values fit 32 bits, so a column starts narrow and is widened by the first value that does not
/// fit.
#[derive(Clone, Debug)]
pub enum Values {
    /// All values fit 32 bits.
    Narrow(Vec<i32>),
    /// Some value does not fit 32 bits.
    Wide(Vec<i64>),
}

/// Columns of equal values are equal, whatever their width.
impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Narrow(one), Self::Narrow(other)) => one == other,
            (Self::Wide(one), Self::Wide(other)) => one == other,
            _ => self.len() == other.len() && (0..self.len()).all(|index| self.get(index) == other.get(index)),
        }
    }
}

impl Eq for Values {}

impl Default for Values {
    fn default() -> Self {
        Self::Narrow(Vec::new())
    }
}

impl Values {
    /// Creates a column of zeros.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    pub(super) fn zeros(count: usize, budget: &mut Budget) -> Result<Self, LimitError> {
        let mut values = Self::default();
        (0..count).try_for_each(|_| values.push(0, budget))?;
        Ok(values)
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow(values) => values.len(),
            Self::Wide(values) => values.len(),
        }
    }

    /// Heap bytes of the column.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Narrow(values) => (values.capacity() * size_of::<i32>()) as u64,
            Self::Wide(values) => (values.capacity() * size_of::<i64>()) as u64,
        }
    }

    /// True if there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Value of a sample.
    #[inline]
    pub fn get(&self, index: usize) -> i64 {
        match self {
            Self::Narrow(values) => i64::from(values[index]),
            Self::Wide(values) => values[index],
        }
    }

    /// Reserves room for a total of `room` values.
    fn make_room(&mut self, room: usize, budget: &mut Budget) -> Result<(), LimitError> {
        let more = room.saturating_sub(self.len());
        match self {
            Self::Narrow(values) if values.capacity() < room => budget.grow(values, more),
            Self::Wide(values) if values.capacity() < room => budget.grow(values, more),
            _ => Ok(()),
        }
    }

    /// Appends the value of the next sample.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    #[expect(clippy::inline_always, reason = "a twentieth of all instructions of a load without it")]
    #[inline(always)]
    pub fn push(&mut self, value: i64, budget: &mut Budget) -> Result<(), LimitError> {
        match (&mut *self, i32::try_from(value)) {
            (Self::Narrow(values), Ok(value)) => budget.push(values, value),
            (Self::Wide(values), _) => budget.push(values, value),
            (Self::Narrow(_), Err(_)) => self.push_wide(value, budget),
        }
    }

    #[cold]
    fn push_wide(&mut self, value: i64, budget: &mut Budget) -> Result<(), LimitError> {
        let mut wide = Vec::new();
        let room = if let Self::Narrow(values) = self { values.capacity() } else { 0 };
        budget.grow(&mut wide, room.max(self.len() + 1))?;
        wide.extend((0..self.len()).map(|index| self.get(index)));
        if let Self::Narrow(values) = self {
            budget.release((values.capacity() * size_of::<i32>()) as u64);
        }
        wide.push(value);
        *self = Self::Wide(wide);
        Ok(())
    }

    /// Multiplies all values, for the conversion of units.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    pub fn scale(&mut self, factor: i64, budget: &mut Budget) -> Result<(), LimitError> {
        let mut scaled = Self::default();
        for index in 0..self.len() {
            scaled.push(self.get(index).saturating_mul(factor), budget)?;
        }
        *self = scaled;
        Ok(())
    }

    /// Calls `each` with the index and value of every sample whose value is not 0.
    #[inline]
    pub fn for_each(&self, mut each: impl FnMut(usize, i64)) {
        match self {
            Self::Narrow(values) => {
                values.iter().enumerate().filter(|(_, value)| **value != 0).for_each(|(n, v)| each(n, i64::from(*v)));
            }
            Self::Wide(values) => {
                values.iter().enumerate().filter(|(_, value)| **value != 0).for_each(|(n, v)| each(n, *v));
            }
        }
    }

    /// True if any value is negative.
    pub fn has_negative(&self) -> bool {
        match self {
            Self::Narrow(values) => values.iter().any(|value| *value < 0),
            Self::Wide(values) => values.iter().any(|value| *value < 0),
        }
    }

    /// Sum of absolute values; it equals the signed sum if no value is negative.
    pub fn magnitude(&self) -> u128 {
        match self {
            // The sum of fewer than 2^32 values of 32 bits fits 64 bits.
            Self::Narrow(values) => u128::from(values.iter().map(|value| u64::from(value.unsigned_abs())).sum::<u64>()),
            Self::Wide(values) => values.iter().map(|value| u128::from(value.unsigned_abs())).sum(),
        }
    }

    /// Signed sum of the column.
    pub fn sum(&self) -> i128 {
        match self {
            // The sum of fewer than 2^32 values of 32 bits fits 64 bits.
            Self::Narrow(values) => i128::from(values.iter().map(|value| i64::from(*value)).sum::<i64>()),
            Self::Wide(values) => values.iter().map(|value| i128::from(*value)).sum(),
        }
    }
}

/// Samples of a profile or a snapshot.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Stack of each sample.
    pub stacks: IdColumn<StackId>,
    /// Label set of each sample.
    pub labels: IdColumn<LabelSetId>,
    /// Values by sample type, then by sample.
    pub values: Vec<Values>,
}

impl Samples {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.stacks.len()
    }

    /// True if there are no samples.
    pub fn is_empty(&self) -> bool {
        self.stacks.is_empty()
    }

    /// Heap bytes of all columns that no other snapshot shares.
    pub fn bytes(&self) -> u64 {
        self.stacks.bytes() + self.labels.bytes() + self.values.iter().map(Values::bytes).sum::<u64>()
    }

    /// Drops all samples after the first `count`, including incomplete ones.
    pub fn truncate(&mut self, count: usize) {
        self.stacks.to_mut().truncate(count);
        self.labels.to_mut().truncate(count);
        for values in &mut self.values {
            match values {
                Values::Narrow(values) => values.truncate(count),
                Values::Wide(values) => values.truncate(count),
            }
        }
    }

    /// Creates an empty table with room for `count` samples of `types` sample types.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    pub fn with_room(types: usize, count: usize, budget: &mut Budget) -> Result<Self, LimitError> {
        let mut samples = Self::default();
        samples.values.resize_with(types, Values::default);
        if count > 0 {
            budget.grow(samples.stacks.to_mut(), count)?;
            budget.grow(samples.labels.to_mut(), count)?;
            samples.values.iter_mut().try_for_each(|values| values.make_room(count, budget))?;
        }
        Ok(samples)
    }

    /// Reserves room for the labels and values of one more sample, so that pushing them does not grow a column.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    #[inline]
    pub fn make_room(&mut self, budget: &mut Budget) -> Result<(), LimitError> {
        if self.labels.len() == self.labels.capacity() { self.grow(budget) } else { Ok(()) }
    }

    #[cold]
    fn grow(&mut self, budget: &mut Budget) -> Result<(), LimitError> {
        budget.grow(self.labels.to_mut(), 1)?;
        let room = self.labels.capacity();
        self.values.iter_mut().try_for_each(|values| values.make_room(room, budget))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_widens_with_the_first_value_that_needs_it() {
        let mut budget = Budget::new(1 << 16);
        let mut values = Values::default();
        for value in [1, -2, i64::from(i32::MAX)] {
            values.push(value, &mut budget).unwrap();
        }
        assert!(matches!(values, Values::Narrow(_)));
        values.push(i64::MIN, &mut budget).unwrap();
        values.push(7, &mut budget).unwrap();
        assert!(matches!(values, Values::Wide(_)));
        assert_eq!((0..5).map(|index| values.get(index)).collect::<Vec<_>>(), [1, -2, 2_147_483_647, i64::MIN, 7]);
    }

    #[test]
    fn a_sum_passes_64_bits() {
        let mut budget = Budget::new(1 << 16);
        let mut values = Values::default();
        values.push(i64::MAX, &mut budget).unwrap();
        values.push(i64::MAX, &mut budget).unwrap();
        assert_eq!(values.sum(), 2 * i128::from(i64::MAX));
    }
}
