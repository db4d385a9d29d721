//! The labels' state: what was found, whether keys or values of one show, and the selected row.

use std::sync::Arc;

use crate::analysis::filter::Filter;
use crate::analysis::labels::{Class, Held, Key, Value};
use crate::base::clean::named;
use crate::base::units::Unit;
use crate::layout::panes::Area;
use crate::layout::viewport;
use crate::view::labels::Action;

/// How numbers are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listed {
    /// Each by itself.
    #[default]
    Each,
    /// By powers of two.
    Classes,
}

/// A row as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is called.
    pub name: String,
    /// What stands on it.
    pub held: Held,
    /// What else there is to say of it.
    pub note: String,
    /// What keeps the samples that have it; none for a key.
    pub filter: Option<Filter>,
}

/// The labels' state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The keys; none while they are looked for.
    keys: Option<Arc<Vec<Key>>>,
    /// The name of the key whose values show; none while the keys do.
    opened: Option<Box<str>>,
    listed: Listed,
    lines: Vec<Line>,
    at: usize,
    top: usize,
    area: Area,
}

impl State {
    /// The keys; none while they are looked for.
    pub fn keys(&self) -> Option<&[Key]> {
        self.keys.as_deref().map(Vec::as_slice)
    }

    /// The key whose values show.
    pub fn opened(&self) -> Option<&Key> {
        let name = self.opened.as_deref()?;
        self.keys()?.iter().find(|key| key.name.raw() == name)
    }

    /// How numbers are listed.
    pub fn listed(&self) -> Listed {
        self.listed
    }

    /// The rows.
    pub fn lines(&self) -> &[Line] {
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
    pub fn selected(&self) -> Option<&Line> {
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
    pub fn take(&mut self, keys: Vec<Key>) {
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
                    Listed::Each => Listed::Classes,
                    Listed::Classes => Listed::Each,
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
            (Some(key), Listed::Classes) if !key.classes().is_empty() => classes(key),
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

fn key_line(key: &Key) -> Line {
    let values = match key.values.len() {
        1 => "1 value".to_owned(),
        count => format!("{count} values"),
    };
    let note = match &key.unit {
        Some(unit) => format!("{values}, {}", named(unit.shown())),
        None => values,
    };
    Line { name: named(key.name.shown()).to_owned(), held: key.held, note, filter: None }
}

fn value_line(key: &Key, value: &Value, held: Held) -> Line {
    let name = match (value, &key.unit) {
        (Value::Text(text), _) => named(text.shown()).to_owned(),
        (Value::Number(number), Some(unit)) => Unit::of(unit.raw()).long(*number),
        (Value::Number(number), None) => number.to_string(),
    };
    let note = match (value, &key.unit) {
        (Value::Number(number), Some(unit)) => Some(Unit::of(unit.raw()).exact(*number)).filter(|exact| *exact != name),
        _ => None,
    };
    Line { name, held, note: note.unwrap_or_default(), filter: Some(key.filter(value)) }
}

/// The numbers of a key by powers of two.
fn classes(key: &Key) -> Vec<Line> {
    let unit = key.unit.as_ref().map_or(Unit::Count, |unit| Unit::of(unit.raw()));
    let line = |class: Class| {
        let name = match (class.least, class.most) {
            (least, most) if least == most => unit.long(most),
            (least, most) => format!("{} to {}", unit.long(least), unit.long(most)),
        };
        let filter = Some(key.between(class.least, class.most));
        Line { name, held: class.held, note: String::new(), filter }
    };
    key.classes().into_iter().map(line).collect()
}
