//! Amounts that gates compare, in whole units and millionths.
//!
//! A window that is divided by operations or requests leaves fractions of a byte or an object. Rounded to whole units,
//! 1.6 and 2.4 objects per operation would be equal, and a growth by half would pass.

use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// Millionths in a unit.
const MILLION: i128 = 1_000_000;

/// Figure in millionths of the unit of its sample type, in 128 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(i128);

impl Amount {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// Amount of whole units.
    pub fn of_units(units: impl Into<i128>) -> Self {
        Self(units.into().saturating_mul(MILLION))
    }

    /// Amount of whole units and millionths, the inverse of [`Amount::units`] and [`Amount::millionths`].
    pub fn of_units_and_millionths(units: i128, millionths: i32) -> Self {
        Self(units.saturating_mul(MILLION).saturating_add(i128::from(millionths)))
    }

    /// Amount of a number of millionths, the inverse of [`Amount::in_millionths`].
    pub fn of_millionths(millionths: i128) -> Self {
        Self(millionths)
    }

    /// Amount of a number of units, to the nearest millionth.
    pub fn of_fraction(units: f64) -> Self {
        Self((units * MILLION as f64).round() as i128)
    }

    /// Quotient of a sum.
    pub(super) fn of_quotient(sum: i128, divisor: i64) -> Self {
        let (divisor, half) = (i128::from(divisor.max(1)), i128::from(divisor / 2));
        let parts = sum.saturating_mul(MILLION);
        Self(parts.saturating_add(if sum < 0 { -half } else { half }) / divisor)
    }

    /// The amount times a factor.
    pub(super) fn scaled(self, factor: f64) -> Self {
        Self((self.0 as f64 * factor).round() as i128)
    }

    /// The amount divided by a number.
    #[must_use]
    pub fn scaled_down(self, divisor: usize) -> Self {
        let divisor = i128::try_from(divisor.max(1)).unwrap_or(i128::MAX);
        let half = if self.0 < 0 { -(divisor / 2) } else { divisor / 2 };
        Self(self.0.saturating_add(half) / divisor)
    }

    /// Nearest number of whole units, halves away from 0.
    pub fn units(self) -> i128 {
        let half = if self.0 < 0 { -MILLION / 2 } else { MILLION / 2 };
        self.0.saturating_add(half) / MILLION
    }

    /// Millionths in addition to the whole units, at most half a million in either direction.
    pub fn millionths(self) -> i32 {
        self.0.saturating_sub(self.units().saturating_mul(MILLION)) as i32
    }

    /// The amount in units.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / MILLION as f64
    }

    /// The amount in millionths, for ratios of two amounts.
    pub fn in_millionths(self) -> i128 {
        self.0
    }

    /// The amount without its sign.
    #[must_use]
    pub fn magnitude(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// Difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotient_keeps_millionths() {
        let amounts =
            [(1_600, 1_000), (2_400, 1_000), (-7, 2), (1, 3), (-2, 3)].map(|(sum, by)| Amount::of_quotient(sum, by));
        let parts = amounts.map(|amount| (amount.units(), amount.millionths()));
        assert_eq!(parts, [(2, -400_000), (2, 400_000), (-4, 500_000), (0, 333_333), (-1, 333_333)]);
        assert!(
            amounts
                .iter()
                .zip(parts)
                .all(|(amount, (units, rest))| *amount == Amount::of_units_and_millionths(units, rest))
        );
        assert!((amounts[0].as_f64() - 1.6).abs() < 1e-9);
    }

    #[test]
    fn sums_of_64_bits_have_room() {
        let most = Amount::of_units(i128::from(i64::MAX) * 1_000_000);
        assert_eq!((most.units(), most.millionths()), (i128::from(i64::MAX) * 1_000_000, 0));
        assert!(most + Amount::of_units_and_millionths(0, 1) > most);
    }
}
