//! Labels of the samples: their keys, and the total of each value of a key.
//!
//! There are few label sets and many samples, so a window is first summed by label set. The total of a key or a value
//! is then a sum over label sets, in which each sample counts once. A number has the unit of the first sample with its
//! key; without one the key itself is the unit, as in pprof: Go's `bytes` are in bytes.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::analysis::column::rounded;
use crate::analysis::derive::Side;
use crate::analysis::filter::{Filter, FilterKind};
use crate::analysis::instances::side_snapshots;
use crate::analysis::noise::LabelNoise;
use crate::analysis::{Answer, Change, FilteredTree, Uncertainty, WindowSum};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::{LabelSetId, StringId};
use crate::base::limits::{Budget, LimitError};
use crate::base::safe_text::SafeText;
use crate::base::units::Unit;
use crate::profile::{Label, Series};

/// A value of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelValue {
    /// A text.
    Text(SafeText),
    /// A number, in the unit of its key.
    Number(i64),
}

impl LabelValue {
    /// Value as it is in the file.
    pub fn raw(&self) -> String {
        match self {
            Self::Text(text) => text.raw().to_owned(),
            Self::Number(number) => number.to_string(),
        }
    }
}

impl LabelKey {
    /// Filter that keeps the samples with a value of this key.
    pub fn filter(&self, value: &LabelValue) -> Filter {
        match value {
            LabelValue::Text(text) => Filter::labelled(self.name.raw(), text.raw()),
            LabelValue::Number(number) => self.between(*number, *number),
        }
    }

    /// Filter that keeps the samples with a number from `least` to `most`.
    pub fn between(&self, least: i64, most: i64) -> Filter {
        let unit = if self.is_of_bytes() { "b" } else { self.unit.as_ref().map_or("", SafeText::raw) };
        let range = if least == most { format!("{most}{unit}") } else { format!("{least}{unit}:{most}{unit}") };
        Filter::new(FilterKind::TagFocus, &format!("{}={range}", self.name.raw()))
    }
}

/// Sums of samples in the window and in the base.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LabelTotals {
    /// Sum in the window.
    pub current: i64,
    /// Sum in the base; `None` without a base.
    pub base: Option<i64>,
    /// Sampling noise of the change; `None` if it is not known.
    pub uncertainty: Option<Uncertainty>,
}

impl LabelTotals {
    /// Change of the sum; no change without a base.
    pub fn change(&self) -> Change {
        Change::of(self.base.unwrap_or(self.current), self.current, self.uncertainty)
    }

    fn add(&mut self, other: Self) {
        self.current = self.current.saturating_add(other.current);
        self.base = self.base.map(|base| base.saturating_add(other.base.unwrap_or(0)));
        // Samples with different numbers are independent.
        self.uncertainty = self.uncertainty.zip(other.uncertainty).map(|(one, other)| one.with_independent(other));
    }

    /// Sort key: the size of the sum, or with a base, of its change.
    pub fn weight(&self) -> u64 {
        self.current.abs_diff(self.base.unwrap_or(0))
    }

    fn is_nothing(&self) -> bool {
        self.current == 0 && self.base.unwrap_or(0) == 0
    }
}

/// Key with its values.
#[derive(Clone, Debug)]
pub struct LabelKey {
    /// Name of the key.
    pub name: SafeText,
    /// Unit of the numbers; `None` if the values are texts.
    pub unit: Option<SafeText>,
    /// Another unit that some numbers have in the file, although all are taken in `unit`, as in pprof; `None` if there is
    /// none.
    pub other_unit: Option<SafeText>,
    /// Sum of the samples that have the key, each counted once.
    pub totals: LabelTotals,
    /// Values, the largest first; with a base, the largest change first.
    pub values: Vec<(LabelValue, LabelTotals)>,
}

/// Class of numbers, from one power of two to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberClass {
    /// Smallest number of the class.
    pub least: i64,
    /// Largest number of the class.
    pub most: i64,
    /// Sum over the class.
    pub totals: LabelTotals,
}

impl LabelKey {
    /// Classes of the numbers by powers of two, the smallest first; empty for texts.
    pub fn classes(&self) -> Vec<NumberClass> {
        let mut classes: Vec<NumberClass> = Vec::new();
        let mut numbers: Vec<(i64, LabelTotals)> = self.values.iter().filter_map(number).collect();
        numbers.sort_unstable_by_key(|(number, _)| *number);
        for (number, totals) in numbers {
            let (least, most) = class_of(number);
            match classes.last_mut().filter(|class| class.least == least) {
                Some(class) => class.totals.add(totals),
                None => classes.push(NumberClass { least, most, totals }),
            }
        }
        classes
    }

    /// Returns true if the unit is bytes.
    pub fn is_of_bytes(&self) -> bool {
        self.unit.as_ref().is_some_and(|unit| unit.raw() == "bytes")
    }
}

fn number((value, totals): &(LabelValue, LabelTotals)) -> Option<(i64, LabelTotals)> {
    match value {
        LabelValue::Number(number) => Some((*number, *totals)),
        LabelValue::Text(_) => None,
    }
}

/// Bounds of the class of a number: above one power of two, up to the next, as size classes end in powers of two. A
/// number that is no size is a class of its own.
pub(super) fn class_of(number: i64) -> (i64, i64) {
    if number <= 1 {
        return (number, number);
    }
    let bits = i64::BITS - (number - 1).leading_zeros();
    let most = 1_i64.checked_shl(bits).filter(|most| *most > 0).unwrap_or(i64::MAX);
    ((1_i64 << (bits - 1)) + 1, most)
}

/// Keys of all labels in a window or its base, the largest sum first; with a base, the largest change first.
///
/// # Errors
/// [`LimitError`] when the keys and values exceed the heap budget.
pub fn labels(answer: &Answer) -> Result<Vec<LabelKey>, LimitError> {
    let (series, sample_type) = (&answer.series, answer.query.sample_type);
    let mut budget = series.budget().clone();
    let sums = |filtered, window_sums: &[WindowSum], budget: &mut Budget| {
        WindowSums::new(answer, filtered, &window_sums[sample_type], budget)
    };
    let now = sums(&answer.filtered, &answer.window_sums, &mut budget)?;
    let ratio = answer.base.as_ref().and_then(|base| base.ratio);
    let base = answer.base.as_ref().map(|base| sums(&base.filtered, &base.window_sums, &mut budget)).transpose()?;
    let noise = answer.noise_request().and_then(|request| {
        LabelNoise::new(series, &answer.timeline, &answer.filtered, &request, &mut budget).ok().flatten()
    });
    let scaled = |figure: i64| ratio.map_or(figure, |ratio| (figure as f64 * ratio).round() as i64);
    let totals = |sets: &[LabelSetId]| LabelTotals {
        current: scaled(now.sum(sets)),
        base: base.as_ref().map(|base| base.sum(sets)),
        uncertainty: noise.as_ref().map(|noise| noise.of(sets)),
    };
    let mut texts = ValueTexts::default();
    let mut keys: Vec<LabelKey> =
        Sets::new(series, &mut budget)?.keys.into_iter().map(|found| found.key(series, &mut texts, &totals)).collect();
    keys.retain(|key| !key.totals.is_nothing() || !key.values.is_empty());
    keys.compact_sort_by(|one, other| {
        let order = other.totals.weight().cmp(&one.totals.weight());
        order.then_with(|| one.name.raw().cmp(other.name.raw()))
    });
    Ok(keys)
}

/// Names of the keys of all labels, in alphabetical order.
pub fn key_names(series: &Series) -> BTreeSet<String> {
    let sets = series.labels();
    let keys: FxHashSet<StringId> = sets.ids().flat_map(|set| sets.get(set)).map(|label| label.key).collect();
    keys.into_iter().map(|key| series.symbols().strings.text(key).into_owned()).collect()
}

/// Presence of a label in the samples of a series, whatever the sample type and the filters are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelPresence {
    /// No sample has it.
    Nowhere,
    /// Samples of the windows have it, with values of these sample types, by index. Empty if samples elsewhere have it.
    Somewhere(Vec<usize>),
}

impl LabelPresence {
    /// Finds a key, or any label if `key` is `None`.
    pub fn of(answer: &Answer, key: Option<&str>) -> Self {
        let series = &answer.series;
        let sets = series.labels();
        let is_key = |label: &Label| key.is_none_or(|key| series.symbols().strings.bytes(label.key) == key.as_bytes());
        let has_label: Vec<bool> = sets.ids().map(|set| sets.get(set).iter().any(is_key)).collect();
        if !has_label.contains(&true) {
            return Self::Nowhere;
        }
        let snapshots = [Side::B, Side::A].map(|which| side_snapshots(answer, which)).concat();
        let has_values = |sample_type: &usize| {
            let is_labelled = |at: &usize| {
                let samples = &series.snapshots()[*at].samples;
                let mut is_found = false;
                samples.values[*sample_type]
                    .for_each(|sample, _| is_found |= has_label[samples.labels[sample].index()]);
                is_found
            };
            snapshots.iter().any(is_labelled)
        };
        Self::Somewhere((0..series.sample_types().len()).filter(has_values).collect())
    }
}

/// Sums of a window by label set.
struct WindowSums {
    sums: Vec<i64>,
    divisor: i64,
}

impl WindowSums {
    fn new(
        answer: &Answer,
        filtered: &FilteredTree,
        window_sum: &WindowSum,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let (series, sample_type) = (&answer.series, answer.query.sample_type);
        let mut sums = Vec::new();
        budget.grow(&mut sums, series.labels().len())?;
        sums.resize(series.labels().len(), 0_i64);
        for (snapshot, factor) in &window_sum.terms {
            let samples = &series.snapshots()[*snapshot].samples;
            filtered.for_each(samples, sample_type, |sample, _, value| {
                let sum = &mut sums[samples.labels[sample].index()];
                *sum = sum.wrapping_add(value.wrapping_mul(*factor));
            });
        }
        Ok(Self { sums, divisor: window_sum.divisor })
    }

    fn sum(&self, sets: &[LabelSetId]) -> i64 {
        let sum = sets.iter().fold(0_i64, |sum, set| sum.wrapping_add(self.sums[set.index()]));
        rounded(i128::from(sum), self.divisor)
    }
}

/// Label sets that have a key, and those that have each of its values.
struct KeySets<'a> {
    name: StringId,
    /// Unit that was seen first.
    unit: Option<StringId>,
    /// First unit that means another one than `unit`.
    other_unit: Option<StringId>,
    has_numbers: bool,
    sets: Vec<LabelSetId>,
    values: FxHashMap<ValueIdentity<'a>, Vec<LabelSetId>>,
}

/// Identity of a value by its text: a string table may hold equal strings twice.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum ValueIdentity<'a> {
    Text(&'a [u8]),
    Number(i64),
}

/// Keys of all label sets.
struct Sets<'a> {
    keys: Vec<KeySets<'a>>,
    places: FxHashMap<&'a [u8], usize>,
}

/// Bytes charged for a key: its sets and its finished form, a table of four values, and two forms of its name.
const KEY_BYTES: usize = size_of::<LabelKey>() + 4 * size_of::<(ValueIdentity<'_>, Vec<LabelSetId>)>() + 4 * LIST_BYTES;
/// Bytes charged for a value: a finished one, its row in a report, and its text.
const VALUE_BYTES: usize = 2 * size_of::<(LabelValue, LabelTotals)>() + 3 * LIST_BYTES;
/// Bytes charged for a list of label sets with its first elements, or for a short text.
const LIST_BYTES: usize = 48;

impl<'a> Sets<'a> {
    fn new(series: &'a Series, budget: &mut Budget) -> Result<Self, LimitError> {
        let mut found = Self { keys: Vec::new(), places: FxHashMap::default() };
        for set in series.labels().ids() {
            for label in series.labels().get(set) {
                found.add(series, set, label, budget)?;
            }
        }
        Ok(found)
    }

    fn add(
        &mut self,
        series: &'a Series,
        set: LabelSetId,
        label: &Label,
        budget: &mut Budget,
    ) -> Result<(), LimitError> {
        let bytes = |string| series.symbols().strings.bytes(string);
        budget.charge_map_entry(&self.places)?;
        let place = *self.places.entry(bytes(label.key)).or_insert(self.keys.len());
        if place == self.keys.len() {
            budget.charge((KEY_BYTES + 2 * bytes(label.key).len()) as u64)?;
            budget.push(&mut self.keys, KeySets::new(label.key))?;
        }
        let key = &mut self.keys[place];
        let value = match bytes(label.text) {
            [] => ValueIdentity::Number(label.number),
            text => ValueIdentity::Text(text),
        };
        if matches!(value, ValueIdentity::Number(_)) {
            key.has_numbers = true;
            key.add_unit(series, label.unit);
        }
        if !key.values.contains_key(&value) {
            budget.charge_map_entry(&key.values)?;
            budget.charge((VALUE_BYTES + 2 * bytes(label.text).len()) as u64)?;
        }
        // A label set that has a label twice counts once.
        for sets in [&mut key.sets, key.values.entry(value).or_default()] {
            if sets.last() != Some(&set) {
                budget.push(sets, set)?;
            }
        }
        Ok(())
    }
}

/// Shared texts of keys, values and units: many keys may have the same long value.
#[derive(Default)]
struct ValueTexts<'a>(FxHashMap<&'a [u8], SafeText>);

impl<'a> ValueTexts<'a> {
    fn get(&mut self, bytes: &'a [u8]) -> SafeText {
        self.0.entry(bytes).or_insert_with(|| SafeText::from_bytes(bytes)).clone()
    }
}

impl<'a> KeySets<'a> {
    fn new(name: StringId) -> Self {
        let values = FxHashMap::default();
        Self { name, unit: None, other_unit: None, has_numbers: false, sets: Vec::new(), values }
    }

    fn add_unit(&mut self, series: &Series, unit: StringId) {
        let text = |unit| series.symbols().strings.text(unit);
        match self.unit {
            _ if text(unit).is_empty() => {}
            None => self.unit = Some(unit),
            Some(first) if first == unit || self.other_unit.is_some() => {}
            Some(first) if Unit::of(&text(first)) == Unit::of(&text(unit)) => {}
            Some(_) => self.other_unit = Some(unit),
        }
    }

    fn key(
        self,
        series: &'a Series,
        texts: &mut ValueTexts<'a>,
        totals: &impl Fn(&[LabelSetId]) -> LabelTotals,
    ) -> LabelKey {
        let mut text = |string| texts.get(series.symbols().strings.bytes(string));
        let name = text(self.name);
        let unit = match self.unit {
            _ if !self.has_numbers => None,
            Some(unit) => Some(text(unit)),
            None if matches!(name.raw(), "alignment" | "request") => Some(SafeText::from("bytes")),
            None => Some(name.clone()),
        };
        let other_unit = self.other_unit.map(&mut text);
        let values = self.values.iter().map(|(value, sets)| {
            let value = match value {
                ValueIdentity::Text(bytes) => LabelValue::Text(texts.get(bytes)),
                ValueIdentity::Number(number) => LabelValue::Number(*number),
            };
            (value, totals(sets))
        });
        let mut values: Vec<(LabelValue, LabelTotals)> = values.filter(|(_, totals)| !totals.is_nothing()).collect();
        values.compact_sort_by(|(one, of_one), (other, of_other)| {
            let order = of_other.weight().cmp(&of_one.weight());
            order.then_with(|| match (one, other) {
                (LabelValue::Number(one), LabelValue::Number(other)) => one.cmp(other),
                (LabelValue::Text(one), LabelValue::Text(other)) => one.raw().cmp(other.raw()),
                (one, other) => one.raw().cmp(&other.raw()),
            })
        });
        LabelKey { name, unit, other_unit, totals: totals(&self.sets), values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_end_in_powers_of_two() {
        let classes = [1, 2, 3, 4, 5, 8, 9, 4096, 4097].map(class_of);
        let expected = [(1, 1), (2, 2), (3, 4), (3, 4), (5, 8), (5, 8), (9, 16), (2049, 4096), (4097, 8192)];
        assert_eq!(classes, expected);
        assert_eq!(class_of(i64::MAX), ((1 << 62) + 1, i64::MAX));
        assert_eq!([0, -5].map(class_of), [(0, 0), (-5, -5)]);
    }

    #[test]
    fn numbers_of_a_class_are_held_together() {
        let totals = |now| LabelTotals { current: now, base: Some(1), uncertainty: None };
        let values = [(3, 10), (4, 20), (9, 5)].map(|(number, now)| (LabelValue::Number(number), totals(now)));
        let key = LabelKey {
            name: SafeText::from("bytes"),
            unit: None,
            other_unit: None,
            totals: LabelTotals::default(),
            values: values.to_vec(),
        };
        let classes = key.classes();
        assert_eq!(classes.len(), 2);
        assert_eq!(
            classes[0],
            NumberClass { least: 3, most: 4, totals: LabelTotals { current: 30, base: Some(2), uncertainty: None } }
        );
    }
}
