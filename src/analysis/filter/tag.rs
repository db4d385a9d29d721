//! Conditions on labels: `[key=]value`, where a value is a range of numbers with a unit, or expressions with commas.
//!
//! As in pprof, a range is recognized by its form, and a number without a unit has no unit: `bytes=4096` matches
//! nothing, `bytes=4096b` and `bytes=4kb` do.

use regex::bytes::Regex;
use rustc_hash::FxHashMap;

use crate::analysis::filter::pattern::{expression_of, matches};
use crate::analysis::filter::step::{Filter, FilterError};
use crate::base::ids::{LabelSetId, StringId};
use crate::profile::{Label, LabelSets, Series};

/// Condition on a label set.
#[derive(Clone, Debug)]
pub struct TagTest {
    /// Key of the label; `None` for any key.
    key: Option<Box<str>>,
    value: TagValue,
}

#[derive(Clone, Debug)]
enum TagValue {
    Range(Range),
    Expressions(Vec<Regex>),
}

/// Range of numbers in a unit, both ends included.
#[derive(Clone, Debug, PartialEq)]
struct Range {
    least: Option<f64>,
    most: Option<f64>,
    /// Unit to which numbers are converted; empty for no unit.
    unit: String,
}

impl TagTest {
    /// Compiles the condition of a filter.
    ///
    /// # Errors
    /// [`FilterError`] when an expression is invalid.
    pub fn new(filter: &Filter) -> Result<Self, FilterError> {
        let (key, value) = match filter.pattern.split_once('=') {
            Some((key, value)) => (Some(key.into()), value),
            None => (None, &*filter.pattern),
        };
        let value = if let Some(range) = Range::parse(value) {
            TagValue::Range(range)
        } else {
            let expressions = value.split(',').map(|expression| expression_of(filter, expression));
            TagValue::Expressions(expressions.collect::<Result<_, _>>()?)
        };
        Ok(Self { key, value })
    }

    /// Flag per label set of a series: true if it matches the condition.
    pub fn holds(&self, series: &Series) -> Vec<bool> {
        let units = units(series);
        let sets = series.labels();
        sets.ids().map(|set| self.holds_for(series, &units, sets.get(set))).collect()
    }

    fn holds_for(&self, series: &Series, units: &FxHashMap<StringId, String>, labels: &[Label]) -> bool {
        let bytes = |string: StringId| series.symbols().strings.bytes(string);
        let is_text = |label: &&Label| !bytes(label.text).is_empty();
        let is_key = |label: &&Label| self.key.as_ref().is_none_or(|key| bytes(label.key) == key.as_bytes());
        let mut keyed = labels.iter().filter(is_key);
        match (&self.value, &self.key) {
            (TagValue::Range(range), _) => keyed.filter(|label| !is_text(label)).any(|label| {
                let unit = units.get(&label.key).map_or("", String::as_str);
                range.contains(label.number, unit)
            }),
            (TagValue::Expressions(any), Some(_)) => {
                keyed.filter(is_text).any(|label| any.iter().any(|regex| matches(regex, bytes(label.text))))
            }
            // Without a key, each expression must match some label as `key:value`.
            (TagValue::Expressions(all), None) => {
                let texts: Vec<Vec<u8>> = keyed
                    .by_ref()
                    .filter(is_text)
                    .map(|label| [bytes(label.key), b":", bytes(label.text)].concat())
                    .collect();
                all.iter().all(|regex| texts.iter().any(|text| matches(regex, text)))
            }
        }
    }
}

/// Unit of each key of numbers: the first unit that a sample gives, else a unit derived from the key.
fn units(series: &Series) -> FxHashMap<StringId, String> {
    let strings = &series.symbols().strings;
    let mut units: FxHashMap<StringId, String> = FxHashMap::default();
    let sets: &LabelSets = series.labels();
    let numbers = |set: LabelSetId| sets.get(set).iter().filter(|label| strings.bytes(label.text).is_empty());
    // Label sets are numbered in the order of the samples that use them first.
    for label in sets.ids().flat_map(numbers) {
        let unit = units.entry(label.key).or_default();
        if unit.is_empty() {
            *unit = strings.text(label.unit).into_owned();
        }
    }
    for (key, unit) in &mut units {
        if unit.is_empty() {
            let key = strings.text(*key);
            *unit = if matches!(&*key, "alignment" | "request") { "bytes".to_owned() } else { key.into_owned() };
        }
    }
    units
}

impl Range {
    /// Parses `N`, `N:`, `:N` or `N:M`, each number with or without a unit; `None` for anything else.
    fn parse(text: &str) -> Option<Self> {
        let (least, most) = match text.split_once(':') {
            None => (text, text),
            Some((least, most)) => (least, most),
        };
        let (first, second) = (number(least), number(most));
        if (first.is_none() && !least.is_empty()) || (second.is_none() && !most.is_empty()) {
            return None;
        }
        let (_, written) = first.or(second)?;
        // A known unit is converted to its usual spelling; an unknown unit stays as it is.
        let unit = scaled(0, written, written).1;
        let bound = |given: Option<(i64, &str)>| match given {
            None => Some(None),
            Some((value, own)) => {
                let (value, same) = scaled(value, own, &unit);
                (same == unit).then_some(Some(value))
            }
        };
        Some(Self { least: bound(first)?, most: bound(second)?, unit: unit.clone() })
    }

    fn contains(&self, value: i64, unit: &str) -> bool {
        let (value, unit) = scaled(value, unit, &self.unit);
        unit == self.unit && self.least.is_none_or(|least| value >= least) && self.most.is_none_or(|most| value <= most)
    }
}

/// Splits text into a number and the letters after it; `None` if the text has any other form.
fn number(text: &str) -> Option<(i64, &str)> {
    let signed = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = signed.bytes().take_while(u8::is_ascii_digit).count();
    let (value, unit) = text.split_at(text.len() - signed.len() + digits);
    let is_unit = unit.bytes().all(|byte| byte.is_ascii_alphabetic());
    (digits > 0 && is_unit).then_some(())?;
    Some((value.parse().ok()?, unit))
}

/// Units that pprof converts: names in lower case without a plural, usual spelling, and size in the smallest unit.
const UNITS: [&[(&[&str], &str, f64)]; 2] = [
    &[
        (&["b", "byte"], "B", 1.0),
        (&["kb", "kbyte", "kilobyte"], "kB", 1024.0),
        (&["mb", "mbyte", "megabyte"], "MB", 1_048_576.0),
        (&["gb", "gbyte", "gigabyte"], "GB", 1_073_741_824.0),
        (&["tb", "tbyte", "terabyte"], "TB", 1_099_511_627_776.0),
        (&["pb", "pbyte", "petabyte"], "PB", 1_125_899_906_842_624.0),
    ],
    &[
        (&["ns", "nanosecond"], "ns", 1.0),
        (&["us", "μs", "microsecond"], "us", 1e3),
        (&["ms", "millisecond"], "ms", 1e6),
        (&["s", "sec", "second"], "s", 1e9),
        (&["hr", "hour"], "hrs", 3.6e12),
    ],
];
/// Units to which numbers of each kind are converted for a range in another unit.
const USUAL: [(&str, f64); 2] = [("B", 1.0), ("s", 1e9)];

/// Converts a number to another unit, and returns that unit in its usual spelling. An unknown unit keeps its name.
fn scaled(value: i64, from: &str, to: &str) -> (f64, String) {
    let value = value as f64;
    for (units, usual) in UNITS.iter().zip(USUAL) {
        let find = |unit: &str| {
            let lower = unit.to_lowercase();
            let single = if lower.len() > 2 { lower.strip_suffix('s').unwrap_or(&lower) } else { &lower };
            units.iter().find(|(names, ..)| names.contains(&single))
        };
        let Some((.., factor)) = find(from) else { continue };
        let (name, of) = find(to).map_or(usual, |(_, name, of)| (*name, *of));
        return (value * factor / of, name.to_owned());
    }
    let plain = matches!(to, "count" | "sample" | "unit" | "minimum" | "auto");
    (value, if plain { String::new() } else { to.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s45_ranges_have_both_ends_and_a_unit() {
        let cases = [
            ("4kb", 4096, "bytes", true),
            ("4096b", 4096, "bytes", true),
            ("4096", 4096, "bytes", false),
            ("4096bytes", 4096, "bytes", true),
            ("16b:64b", 64, "bytes", true),
            ("16b:64b", 65, "bytes", false),
            ("1kb:", 1024, "bytes", true),
            ("1kb:", 1023, "bytes", false),
            (":1kb", 1024, "bytes", true),
            (":1kb", 1025, "bytes", false),
            ("1mb:2mb", 1_500_000, "bytes", true),
            ("5", 5, "", true),
            ("5retries", 5, "retries", true),
            ("5", 5, "retries", true),
            ("-3:3", 0, "", true),
            ("1s:", 2_000, "milliseconds", true),
        ];
        for (text, value, unit, holds) in cases {
            assert_eq!(Range::parse(text).unwrap().contains(value, unit), holds, "{text} of {value} {unit}");
        }
    }

    #[test]
    fn s45_what_does_not_look_like_a_range_is_an_expression() {
        for text in ["", "a", "4kb:x", "1:2:3", ":", "4 kb", "1kb:2s"] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }
}
