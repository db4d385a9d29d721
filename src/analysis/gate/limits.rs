//! Limits of a gate: what is limited, and the bound.

use regex::Regex;

use crate::analysis::amount::Amount;
use crate::analysis::filter::syntax::translated;

/// Ratio of 1 in millionths of a percent: shares are compared in whole numbers.
const PERCENT: i128 = 100 * 1_000_000;

/// Bound of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// Figure in the unit of the sample type.
    Size(Amount),
    /// Growth relative to the base, in millionths of a percent.
    Percent(i64),
}

impl Threshold {
    /// Bound in the unit of the sample type, for this base.
    pub(super) fn of(self, base: Amount) -> Amount {
        match self {
            Self::Size(most) => most,
            Self::Percent(most) => base.magnitude().scaled(most as f64 / PERCENT as f64),
        }
    }
}

/// Limited figure, and its bound.
#[derive(Clone, Debug)]
pub enum Limit {
    /// Total.
    Total(Amount),
    /// Growth of the total.
    Growth(Threshold),
    /// Self of each function that the pattern matches, or its growth.
    Function(Regex, Threshold),
    /// Self of all functions that the base lacks.
    New(Amount),
    /// Bytes allocated per second.
    AllocRate(Amount),
    /// Memory of an owner.
    Owner(String, Amount),
}

impl Limit {
    /// Makes a limit for each function whose name contains a match of `pattern`.
    ///
    /// # Errors
    /// Problem of the pattern, in one line.
    pub fn function(pattern: &str, bound: Threshold) -> Result<Self, String> {
        Regex::new(&translated(pattern)).map(|pattern| Self::Function(pattern, bound)).map_err(|error| {
            let text = error.to_string();
            text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
        })
    }

    /// Limit in the unit of the figure that it is compared with; a percentage is taken of the base.
    pub fn bound(&self, base: Option<Amount>) -> Amount {
        match self {
            Self::Total(most) | Self::New(most) | Self::Owner(_, most) | Self::AllocRate(most) => *most,
            Self::Growth(bound) | Self::Function(_, bound) => bound.of(base.unwrap_or_default()),
        }
    }

    /// Returns true if the limit has no meaning without a base.
    pub fn needs_base(&self) -> bool {
        !matches!(self, Self::Total(_) | Self::Owner(..) | Self::AllocRate(_) | Self::Function(_, Threshold::Size(_)))
    }
}

/// Rule of a gate.
#[derive(Clone, Debug)]
pub struct GateRule {
    /// Name of the rule, as in `max-total`.
    pub name: &'static str,
    /// Limit as it was typed.
    pub text: String,
    /// Limit.
    pub limit: Limit,
}

/// Returns true if a growth is within a bound. Any growth from 0 exceeds every percentage.
pub(super) fn is_within(growth: Amount, base: Amount, bound: Threshold) -> bool {
    match bound {
        Threshold::Size(most) => growth <= most,
        Threshold::Percent(most) => {
            growth.in_millionths().saturating_mul(PERCENT)
                <= base.in_millionths().saturating_abs().saturating_mul(i128::from(most))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_inclusive() {
        let is_within = |growth, base, bound| is_within(Amount::of_units(growth), Amount::of_units(base), bound);
        let ten = Threshold::Size(Amount::of_units(10));
        assert!(is_within(10, 100, ten) && !is_within(11, 100, ten));
        let tenth = Threshold::Percent(10_000_000);
        assert!(is_within(11, 110, tenth) && !is_within(12, 110, tenth) && is_within(-50, 110, tenth));
        assert!(is_within(0, 0, tenth) && !is_within(1, 0, tenth), "nothing is a part of nothing");
        assert!(is_within(0, 100, Threshold::Percent(0)) && !is_within(1, 100, Threshold::Percent(0)));
    }
}
