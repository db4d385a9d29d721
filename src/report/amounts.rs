//! Amounts in texts and in JSON: with fractions where they are small, as in figures per operation.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::analysis::amount::Amount;
use crate::base::units::{Unit, signed_percent, two_sigma};

/// Number of units from which fractions are not written in texts.
const FRACTIONS: i128 = 1000;

/// Amount as a number: a whole number if it is one, else with decimals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AmountNumber(pub(super) Amount);

impl AmountNumber {
    /// Number of units, whole from the number on from which fractions are not written.
    pub(super) fn rounded(units: f64) -> Self {
        Self(rounded(units))
    }
}

impl Serialize for AmountNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.millionths() {
            0 => serializer.serialize_i128(self.0.units()),
            _ => serializer.serialize_f64(self.0.as_f64()),
        }
    }
}

impl fmt::Display for AmountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.millionths() {
            0 => self.0.units().fmt(f),
            _ => self.0.as_f64().fmt(f),
        }
    }
}

/// Amount of a number of units, whole from the number on from which fractions are not written.
pub(super) fn rounded(units: f64) -> Amount {
    if units.abs() < FRACTIONS as f64 { Amount::of_fraction(units) } else { Amount::of_units(units.round() as i128) }
}

/// Two standard deviations in the form that follows a figure; empty if they are unknown or 0.
pub(super) fn noise(unit: &Unit, sigma: Option<f64>) -> String {
    sigma
        .filter(|sigma| *sigma > 0.0)
        .map_or_else(String::new, |sigma| format!(" ±{} (2σ)", unit.long(two_sigma(sigma))))
}

/// Amount with two decimals, if it is small and not a whole number.
fn decimals(unit: &Unit, amount: Amount) -> Option<String> {
    let is_whole = amount.millionths() == 0 || amount.units().abs() >= FRACTIONS;
    let suffix = match unit {
        Unit::Bytes => " B",
        Unit::Nanoseconds => " ns",
        Unit::Count => "",
        Unit::BytesTimes(_) | Unit::NanosecondsTimes(_) | Unit::Other(_) => return None,
    };
    (!is_whole).then(|| format!("{:.2}{suffix}", amount.as_f64()))
}

/// Signed change in percent of the base; `None` for a base that is not above 0.
pub(super) fn percent_of(change: Amount, base: Amount) -> Option<String> {
    let pairs = [(change.in_millionths(), base.in_millionths()), (change.units(), base.units())];
    let fits = |(change, base)| i64::try_from(change).ok().zip(i64::try_from(base).ok());
    let (change, base) = pairs.into_iter().find_map(fits).filter(|(_, base)| *base > 0)?;
    Some(signed_percent(change, base))
}

/// Signed change in percent of the base, in parentheses; empty without a base above 0.
pub(super) fn part(change: Amount, base: Option<Amount>) -> String {
    base.and_then(|base| percent_of(change, base)).map_or_else(String::new, |percent| format!(" ({percent})"))
}

/// Change from `then` to `now`, with its share of `then`.
pub(super) fn change(unit: &Unit, then: Amount, now: Amount) -> String {
    let change = now.minus(then);
    format!("{}{}", signed_long(unit, change), part(change, Some(then)))
}

/// Formats an amount with `form`; with two decimals if it is small and not whole, as a bare integer if it exceeds 64
/// bits.
fn amount_words(unit: &Unit, amount: Amount, form: impl Fn(i64) -> String) -> String {
    let whole = || i64::try_from(amount.units()).map_or_else(|_| amount.units().to_string(), form);
    decimals(unit, amount).unwrap_or_else(whole)
}

pub(super) fn short(unit: &Unit, amount: Amount) -> String {
    amount_words(unit, amount, |figure| unit.short(figure))
}

pub(super) fn long(unit: &Unit, amount: Amount) -> String {
    amount_words(unit, amount, |figure| unit.long(figure))
}

/// Formats a change with `form`, and with a plus sign if it is positive.
fn change_words(unit: &Unit, change: Amount, form: impl Fn(i64) -> String) -> String {
    let words = amount_words(unit, change, form);
    if change > Amount::ZERO && !words.starts_with('+') { format!("+{words}") } else { words }
}

pub(super) fn signed_short(unit: &Unit, change: Amount) -> String {
    change_words(unit, change, |figure| unit.signed_short(figure))
}

pub(super) fn signed_long(unit: &Unit, change: Amount) -> String {
    change_words(unit, change, |figure| unit.signed_long(figure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_kept_where_they_are_small() {
        let amounts = [Amount::of_fraction(1.4), Amount::of_units(3), rounded(1500.4), rounded(998.5)];
        let numbers = amounts.map(|amount| serde_json::to_string(&AmountNumber(amount)).unwrap());
        assert_eq!(numbers, ["1.4", "3", "1500", "998.5"]);
        assert_eq!(amounts.map(|amount| AmountNumber(amount).to_string()), numbers);
        assert_eq!(amounts.map(|amount| long(&Unit::Count, amount)), ["1.40", "3", "1.50k", "998.50"]);
        assert_eq!(change(&Unit::Count, Amount::of_fraction(1.4), Amount::of_fraction(1.75)), "+0.35 (+25.0%)");
    }
}
