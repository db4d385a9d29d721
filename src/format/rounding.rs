//! Rounding of fractions by stack.
//!
//! A writer that scales its samples gives each of them a fraction. Rounded one by one, a thousand samples of 0.4 would be
//! nothing; what is left over is kept for the next sample of the same stack, so that the sum of each stack is rounded.

use rustc_hash::FxHashMap;

use crate::base::ids::StackId;
use crate::base::limits::{Budget, LimitError};

/// What rounding has left over of each stack.
#[derive(Default)]
pub(super) struct StackRounding {
    rests: FxHashMap<StackId, f64>,
    /// Sum of the sizes of all values with a fraction.
    magnitude: f64,
}

/// Stacks from which on their rests are a sum that matters.
const MANY_STACKS: usize = 8;
/// Part of all values with a fraction that rounding may lose.
const MOST_LOST: f64 = 0.05;

impl StackRounding {
    /// Rounds a value of a stack, with what is left over of its earlier ones.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    pub(super) fn round(&mut self, stack: StackId, value: f64, budget: &mut Budget) -> Result<i64, LimitError> {
        // Beyond 2^53 there are no fractions.
        if value.fract() == 0.0 || !value.is_finite() {
            return Ok(value as i64);
        }
        if !self.rests.contains_key(&stack) {
            budget.charge_map_entry(&self.rests)?;
        }
        self.magnitude += value.abs();
        let rest = self.rests.entry(stack).or_default();
        let sum = value + *rest;
        *rest = sum - sum.round();
        Ok(sum.round() as i64)
    }

    /// Returns true if whole numbers hold too little of the values: shares of one round to nothing.
    pub(super) fn loses_much(&self) -> bool {
        let lost: f64 = self.rests.values().map(|rest| rest.abs()).sum();
        self.rests.len() >= MANY_STACKS && lost > MOST_LOST * self.magnitude
    }

    /// Gives the memory back.
    pub(super) fn release(self, budget: &mut Budget) {
        budget.release((self.rests.capacity() * (size_of::<(StackId, f64)>() + 1)) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_a_stack_is_rounded() {
        let (mut rounding, mut budget) = (StackRounding::default(), Budget::new(1 << 20));
        let mut sum = |stack: usize, value: f64, count: usize| -> i64 {
            (0..count).map(|_| rounding.round(StackId::new(stack), value, &mut budget).unwrap()).sum()
        };
        assert_eq!(sum(1, 0.4, 1000), 400);
        assert_eq!(sum(2, -0.25, 8), -2);
        assert_eq!(sum(3, 7.0, 3), 21);
        assert_eq!(sum(1, f64::MAX, 1), i64::MAX);
        rounding.release(&mut budget);
    }
}
