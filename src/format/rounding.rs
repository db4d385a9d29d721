//! Rounding of fractions by stack.
//!
//! A writer that scales its samples gives each of them a fraction. Rounded one by one, a thousand samples of 0.4 would
//! become zero. The remainder is therefore carried to the next sample of the same stack, so that only the sum of each
//! stack is rounded.

use rustc_hash::FxHashMap;

use crate::base::ids::StackId;
use crate::base::limits::{Budget, LimitError};

/// Remainder of rounding for each stack.
#[derive(Default)]
pub(super) struct StackRounding {
    rests: FxHashMap<StackId, f64>,
    /// Sum of the absolute values of all values with a fraction.
    magnitude: f64,
}

/// Minimum number of stacks for which the sum of remainders matters.
const MANY_STACKS: usize = 8;
/// Maximum part of the values with a fraction that rounding may lose.
const MOST_LOST: f64 = 0.05;

impl StackRounding {
    /// Rounds a value of a stack after adding the remainder of the stack's earlier values.
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

    /// Returns true if rounding loses too much, as with many values that are fractions of one.
    pub(super) fn loses_much(&self) -> bool {
        let lost: f64 = self.rests.values().map(|rest| rest.abs()).sum();
        self.rests.len() >= MANY_STACKS && lost > MOST_LOST * self.magnitude
    }

    /// Returns the bytes of the remainders to the budget.
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
