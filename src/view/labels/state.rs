//! The labels' state: what was found, whether keys or values of one show, and the selected row.

use std::sync::Arc;

use crate::analysis::filter::Filter;
use crate::analysis::labels::{LabelKey, LabelTotals, LabelValue, NumberClass};
use crate::base::clean::named;
use crate::base::units::Unit;
use crate::layout::panes::Area;
use crate::layout::viewport;
use crate::view::labels::Action;

/// How numbers are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberListing {
    /// Each by itself.
    #[default]
    Each,
    /// By powers of two.
    Classes,
}

/// A row as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelRow {
    /// What it is called.
    pub name: String,
    /// What stands on it.
    pub held: LabelTotals,
    /// What else there is to say of it.
    pub note: String,
    /// What keeps the samples that have it; none for a key.
    pub filter: Option<Filter>,
}

/// The labels' state.
#[derive(Clone, Debug, Default)]
pub struct LabelsState {
    /// The keys; none while they are looked for.
    keys: Option<Arc<Vec<LabelKey>>>,
    /// The name of the key whose values show; none while the keys do.
    opened: Option<Box<str>>,
    listed: NumberListing,
    lines: Vec<LabelRow>,
    at: usize,
    top: usize,
    area: Area,
}

impl LabelsState {
    /// The keys; none while they are looked for.
    pub fn keys(&self) -> Option<&[LabelKey]> {
        self.keys.as_deref().map(Vec::as_slice)
    }

    /// The key whose values show.
    pub fn opened(&self) -> Option<&LabelKey> {
        let name = self.opened.as_deref()?;
        self.keys()?.iter().find(|key| key.name.raw() == name)
    }

    /// How numbers are listed.
    pub fn listed(&self) -> NumberListing {
        self.listed
    }

    /// The rows.
    pub fn lines(&self) -> &[LabelRow] {
        &self.lines
    }

    /// The place of the selected row.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The first row that shows.
    pub fn top(&self) -> usize {
        self.top
    }

    /// The selected row.
    pub fn selected(&self) -> Option<&LabelRow> {
        self.lines.get(self.at)
    }

    /// The name of the key that is open or selected.
    pub fn key(&self) -> Option<&str> {
        let selected = || Some(self.keys()?.get(self.at)?.name.raw());
        self.opened.as_deref().or_else(selected)
    }

    /// Where the selected row stands, counted from the corner.
    pub fn spot(&self) -> Option<(usize, usize)> {
        let row = self.at.checked_sub(self.top).filter(|row| *row < self.shown() && !self.lines.is_empty())?;
        Some((0, row + 1))
    }

    /// Takes in what was found. The same key stays open, and the same row selected, where they still are there.
    pub fn take(&mut self, keys: Vec<LabelKey>) {
        let selected = self.lines.get(self.at).map(|line| line.name.clone());
        let is_first = self.keys.is_none();
        self.keys = Some(Arc::new(keys));
        // Of a single key nobody wants a list.
        if let Some([only]) = self.keys().filter(|_| is_first) {
            self.opened = Some(only.name.raw().into());
        }
        self.list();
        let same = self.lines.iter().position(|line| Some(&line.name) == selected.as_ref());
        self.go(same.unwrap_or(0));
    }

    /// Takes in where it stands.
    pub fn fit(&mut self, area: Area) {
        self.area = area;
        self.top = viewport::follow(self.top, self.shown(), self.lines.len(), self.at);
    }

    /// Does what a key asks.
    pub fn act(&mut self, action: Action) {
        let last = self.lines.len().saturating_sub(1);
        let page = self.shown().saturating_sub(1).max(1);
        match action {
            Action::Up => self.go(self.at.saturating_sub(1)),
            Action::Down => self.go((self.at + 1).min(last)),
            Action::Top => self.go(0),
            Action::Bottom => self.go(last),
            Action::PageUp => self.go(self.at.saturating_sub(page)),
            Action::PageDown => self.go((self.at + page).min(last)),
            // What asks for a filter is done outside.
            Action::Above => {}
            Action::Open => self.open(),
            Action::Close => self.close(),
            Action::Classes => {
                self.listed = match self.listed {
                    NumberListing::Each => NumberListing::Classes,
                    NumberListing::Classes => NumberListing::Each,
                };
                self.list();
                self.go(0);
            }
        }
    }

    fn open(&mut self) {
        if self.opened.is_some() {
            return;
        }
        let Some(name) = self.keys().and_then(|keys| keys.get(self.at)).map(|key| key.name.raw().into()) else {
            return;
        };
        self.opened = Some(name);
        self.list();
        self.go(0);
    }

    fn close(&mut self) {
        let Some(name) = self.opened.take() else { return };
        self.list();
        let at = self.keys().and_then(|keys| keys.iter().position(|key| key.name.raw() == &*name));
        self.go(at.unwrap_or(0));
    }

    fn list(&mut self) {
        self.lines = match (self.opened(), self.listed) {
            (Some(key), NumberListing::Classes) if !key.classes().is_empty() => classes(key),
            (Some(key), _) => key.values.iter().map(|(value, held)| value_line(key, value, *held)).collect(),
            (None, _) => self.keys().unwrap_or_default().iter().map(key_line).collect(),
        };
    }

    fn go(&mut self, at: usize) {
        self.at = at;
        self.top = viewport::follow(self.top, self.shown(), self.lines.len(), at);
    }

    /// How many rows show.
    fn shown(&self) -> usize {
        usize::from(self.area.height).saturating_sub(1)
    }
}

fn key_line(key: &LabelKey) -> LabelRow {
    let values = match key.values.len() {
        1 => "1 value".to_owned(),
        count => format!("{count} values"),
    };
    let note = match &key.unit {
        Some(unit) => format!("{values}, {}", named(unit.shown())),
        None => values,
    };
    LabelRow { name: named(key.name.shown()).to_owned(), held: key.held, note, filter: None }
}

fn value_line(key: &LabelKey, value: &LabelValue, held: LabelTotals) -> LabelRow {
    let name = match (value, &key.unit) {
        (LabelValue::Text(text), _) => named(text.shown()).to_owned(),
        (LabelValue::Number(number), Some(unit)) => Unit::of(unit.raw()).long(*number),
        (LabelValue::Number(number), None) => number.to_string(),
    };
    let note = match (value, &key.unit) {
        (LabelValue::Number(number), Some(unit)) => {
            Some(Unit::of(unit.raw()).exact(*number)).filter(|exact| *exact != name)
        }
        _ => None,
    };
    LabelRow { name, held, note: note.unwrap_or_default(), filter: Some(key.filter(value)) }
}

/// The numbers of a key by powers of two.
fn classes(key: &LabelKey) -> Vec<LabelRow> {
    let unit = key.unit.as_ref().map_or(Unit::Count, |unit| Unit::of(unit.raw()));
    let line = |class: NumberClass| {
        let name = match (class.least, class.most) {
            (least, most) if least == most => unit.long(most),
            (least, most) => format!("{} to {}", unit.long(least), unit.long(most)),
        };
        let filter = Some(key.between(class.least, class.most));
        LabelRow { name, held: class.held, note: String::new(), filter }
    };
    key.classes().into_iter().map(line).collect()
}
