//! State of the labels: keys, rows of keys or values, selected row; and the texts around the rows.

use crate::analysis::filter::Filter;
use crate::analysis::labels::{LabelKey, LabelTotals, LabelValue, NumberClass};
use crate::base::safe_text::display_name;
use crate::base::units::{self, Unit, counted};
use crate::layout::panes::Area;
use crate::profile::Series;
use crate::view::context::ViewContext;
use crate::view::keys::KeyRef;
use crate::view::labels::Action;
use crate::view::nav::{ListCursor, Move};

/// Listing of numeric values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum NumberListing {
    /// One row per number.
    #[default]
    Each,
    /// One row per power of two.
    Classes,
}

/// Row of a key or a value.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelRow {
    pub name: String,
    /// Sums over the samples with the key or value.
    pub totals: LabelTotals,
    /// Number of values and unit for a key, exact figure for a number; may be empty.
    pub note: String,
    /// Values of the opened key; `None` for a key.
    values: Option<RowValues>,
}

/// Values that a row stands for. Their filter is created on demand, since the name of a key may be long.
#[derive(Clone, Debug, PartialEq, Eq)]
enum RowValues {
    One(LabelValue),
    Between { least: i64, most: i64 },
}

/// State of the labels.
#[derive(Clone, Debug, Default)]
pub struct LabelsState {
    /// Keys; `None` while they are pending.
    keys: Option<Vec<LabelKey>>,
    /// Name of the key whose values are listed; `None` while keys are listed.
    opened: Option<Box<str>>,
    listing: NumberListing,
    rows: Vec<LabelRow>,
    cursor: ListCursor,
    /// Filter of the marked value, the base of the next comparison.
    marked: Option<Filter>,
}

/// Effect of choosing a value to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueChoice {
    /// The value is marked as the base of the next comparison.
    Marked(Filter),
    /// The value was marked, and the mark is removed.
    Unmarked,
    /// The value is compared with the marked one.
    Compared {
        /// Marked value.
        base: Filter,
        /// Selected value.
        current: Filter,
    },
}

impl LabelsState {
    fn keys(&self) -> &[LabelKey] {
        self.keys.as_deref().unwrap_or_default()
    }

    /// Key whose values are listed; `None` while keys are listed.
    pub fn opened(&self) -> Option<&LabelKey> {
        let name = self.opened.as_deref()?;
        self.keys().iter().find(|key| key.name.raw() == name)
    }

    /// Rows of the list.
    pub fn rows(&self) -> &[LabelRow] {
        &self.rows
    }

    /// Filter that keeps the samples with the selected value; `None` if a key is selected.
    pub fn selected_filter(&self) -> Option<Filter> {
        self.filter_of(self.selected()?)
    }

    fn filter_of(&self, row: &LabelRow) -> Option<Filter> {
        let key = self.opened()?;
        Some(match row.values.as_ref()? {
            RowValues::One(value) => key.filter(value),
            RowValues::Between { least, most } => key.between(*least, *most),
        })
    }

    /// Returns true for the row of the marked value.
    pub fn is_marked(&self, row: &LabelRow) -> bool {
        self.marked.is_some() && self.marked == self.filter_of(row)
    }

    /// Marks the selected value, or compares the marked one with it; `None` if a key is selected.
    pub fn choose_value(&mut self) -> Option<ValueChoice> {
        let selected = self.selected_filter()?;
        Some(match self.marked.take() {
            Some(marked) if marked == selected => ValueChoice::Unmarked,
            Some(base) => ValueChoice::Compared { base, current: selected },
            None => {
                self.marked = Some(selected.clone());
                ValueChoice::Marked(selected)
            }
        })
    }

    /// Cursor on the selected row.
    pub fn cursor(&self) -> ListCursor {
        self.cursor
    }

    /// Selected row.
    pub fn selected(&self) -> Option<&LabelRow> {
        self.rows.get(self.cursor.at)
    }

    /// Name of the key that is opened or selected.
    pub fn key(&self) -> Option<&str> {
        let selected = || Some(self.keys().get(self.cursor.at)?.name.raw());
        self.opened.as_deref().or_else(selected)
    }

    /// Cell of the selected row within the view; `None` if it is not visible.
    pub fn cursor_cell(&self) -> Option<(usize, usize)> {
        Some((0, self.cursor.visible_row(self.rows.len())? + 1))
    }

    /// Sets the keys. The opened key and the selected row stay if they still exist.
    pub fn set_keys(&mut self, keys: Vec<LabelKey>) {
        let selected = self.selected().map(|row| row.name.clone());
        let is_first = self.keys.is_none();
        // A single key is opened immediately.
        if let ([only], true) = (keys.as_slice(), is_first) {
            self.opened = Some(only.name.raw().into());
        }
        self.keys = Some(keys);
        self.list();
        let same = self.rows.iter().position(|row| Some(&row.name) == selected.as_ref());
        self.select(same.unwrap_or(0));
    }

    /// Sets the area of the view.
    pub fn resize(&mut self, area: Area) {
        self.cursor.rows = usize::from(area.height).saturating_sub(1);
        self.select(self.cursor.at);
    }

    /// Moves to another row.
    pub fn move_by(&mut self, step: Move) {
        self.cursor.move_by(step, self.rows.len());
    }

    /// Opens or closes a key, or changes the listing. The caller applies filters.
    pub fn handle(&mut self, action: Action) {
        match action {
            Action::Open if self.opened.is_none() => {
                let Some(name) = self.key().map(Into::into) else { return };
                self.opened = Some(name);
                self.list();
                self.select(0);
            }
            Action::Close => {
                let Some(name) = self.opened.take() else { return };
                self.list();
                self.select(self.keys().iter().position(|key| key.name.raw() == &*name).unwrap_or(0));
            }
            Action::Classes => {
                self.listing = match self.listing {
                    NumberListing::Each => NumberListing::Classes,
                    NumberListing::Classes => NumberListing::Each,
                };
                self.list();
                self.select(0);
            }
            Action::Open | Action::Above | Action::Compare => {}
        }
    }

    fn list(&mut self) {
        self.rows = match (self.opened(), self.listing) {
            (Some(key), NumberListing::Classes) if !key.classes().is_empty() => class_rows(key),
            (Some(key), _) => key.values.iter().map(|(value, totals)| value_row(key, value, *totals)).collect(),
            (None, _) => self.keys().iter().map(key_row).collect(),
        };
    }

    fn select(&mut self, at: usize) {
        self.cursor.select(at, self.rows.len());
    }

    /// Text that replaces the rows if there are none.
    pub fn missing(&self, series: &Series) -> &'static [&'static str] {
        if self.keys.is_none() {
            return &["summing up the labels"];
        }
        if !series.labels().is_empty() {
            return &[
                "no sample with a value has a label here.",
                "",
                "Samples with other sample types, in other windows or without these filters have some.",
            ];
        }
        &[
            "no sample has a label.",
            "",
            "Heap profiles of Go and tcmalloc have `bytes`, the size of an object;",
            "other profilers add labels of the program, such as a thread or a request.",
        ]
    }

    /// Title above the rows: the opened key with its share, or the key press that opens one.
    pub fn title(&self, context: &ViewContext) -> String {
        let Some(key) = self.opened() else {
            if self.keys().is_empty() {
                return "labels".to_owned();
            }
            return format!("labels: {} shows the values of a key", context.keys.of(KeyRef::OpenLabel));
        };
        let share = units::percent(key.totals.current, context.answer.column.abs_share_base());
        let unit = key.unit.as_ref().filter(|unit| unit.raw() != key.name.raw());
        let unit = unit.map(|unit| format!(" ({})", display_name(unit.shown()))).unwrap_or_default();
        format!("label {}{unit}: on {share} of all", display_name(key.name.shown()))
    }

    /// Status: position of the selected row.
    pub fn status(&self) -> String {
        let count = self.rows.len();
        if count == 0 {
            return String::new();
        }
        let rows = match (self.opened(), self.listing) {
            (None, _) => "keys",
            (Some(key), NumberListing::Classes) if !key.classes().is_empty() => "classes",
            (Some(_), _) => "values",
        };
        format!("{} of {} {rows}", units::commas_u64(self.cursor.at as u64 + 1), units::commas_u64(count as u64))
    }
}

fn key_row(key: &LabelKey) -> LabelRow {
    let values = counted(key.values.len(), "value");
    let note = match &key.unit {
        Some(unit) => format!("{values}, {}", display_name(unit.shown())),
        None => values,
    };
    LabelRow { name: display_name(key.name.shown()).to_owned(), totals: key.totals, note, values: None }
}

fn value_row(key: &LabelKey, value: &LabelValue, totals: LabelTotals) -> LabelRow {
    let name = match (value, &key.unit) {
        (LabelValue::Text(text), _) => display_name(text.shown()).to_owned(),
        (LabelValue::Number(number), Some(unit)) => Unit::of(unit.raw()).long(*number),
        (LabelValue::Number(number), None) => number.to_string(),
    };
    let note = match (value, &key.unit) {
        (LabelValue::Number(number), Some(unit)) => {
            Some(Unit::of(unit.raw()).exact(*number)).filter(|exact| *exact != name)
        }
        _ => None,
    };
    LabelRow { name, totals, note: note.unwrap_or_default(), values: Some(RowValues::One(value.clone())) }
}

/// Rows of numbers by powers of two.
fn class_rows(key: &LabelKey) -> Vec<LabelRow> {
    let unit = key.unit.as_ref().map_or(Unit::Count, |unit| Unit::of(unit.raw()));
    let row = |class: NumberClass| {
        let name = match (class.least, class.most) {
            (least, most) if least == most => unit.long(most),
            (least, most) => format!("{} to {}", unit.long(least), unit.long(most)),
        };
        let values = Some(RowValues::Between { least: class.least, most: class.most });
        LabelRow { name, totals: class.totals, note: String::new(), values }
    };
    key.classes().into_iter().map(row).collect()
}
