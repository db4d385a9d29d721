//! Chooser: a list from which one row is chosen before the explorer starts.

use std::sync::{Arc, Mutex, PoisonError};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{Effect, Key, Msg};
use crate::config::theme::Role;
use crate::paint::{Paint, fit};
use crate::view::pointer::MouseInput;

use super::session::Program;

/// Number of screen rows above and below the list.
const AROUND: usize = 4;

/// Row of a chooser. Both texts are safe to print.
#[derive(Clone, Debug)]
pub(crate) struct ChoiceRow {
    /// Name of the choice.
    pub(crate) name: String,
    /// Facts about the choice.
    pub(crate) facts: String,
}

/// List from which one row is chosen.
pub(crate) struct Chooser {
    title: String,
    rows: Vec<ChoiceRow>,
    paint: Paint,
    selected: usize,
    height: usize,
    chosen: ChosenRow,
}

/// Chosen row, shared with the creator of the chooser.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChosenRow(Arc<Mutex<Option<usize>>>);

impl ChosenRow {
    /// Index of the row; `None` if the chooser was left without a choice.
    pub(crate) fn get(&self) -> Option<usize> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Chooser {
    /// Creates a chooser of one of `rows`, of which the first is selected.
    pub(crate) fn new(title: String, rows: Vec<ChoiceRow>, paint: Paint) -> Self {
        Self { title, rows, paint, selected: 0, height: 24, chosen: ChosenRow::default() }
    }

    /// Handle through which the chosen row can be read later.
    pub(super) fn chosen(&self) -> ChosenRow {
        self.chosen.clone()
    }

    fn key(&mut self, key: Key) -> Vec<Effect> {
        let last = self.rows.len().saturating_sub(1);
        let page = self.height.saturating_sub(AROUND).max(1);
        match key {
            Key::Up | Key::Char('k') => self.selected = self.selected.saturating_sub(1),
            Key::Down | Key::Char('j') => self.selected = (self.selected + 1).min(last),
            Key::PageUp | Key::Ctrl('b') => self.selected = self.selected.saturating_sub(page),
            Key::PageDown | Key::Ctrl('f') | Key::Char(' ') => self.selected = (self.selected + page).min(last),
            Key::Home | Key::Char('g') => self.selected = 0,
            Key::End | Key::Char('G') => self.selected = last,
            Key::Enter => {
                *self.chosen.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.selected);
                return vec![Effect::Quit];
            }
            // Esc never quits.
            Key::Char('q') => return vec![Effect::Quit],
            Key::Ctrl('c') => return vec![Effect::Interrupt],
            Key::Ctrl('z') => return vec![Effect::Suspend],
            Key::Ctrl('l') => return vec![Effect::Redraw],
            _ => {}
        }
        Vec::new()
    }
}

impl Program for Chooser {
    fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Key(key) => self.key(key),
            Msg::Resize { height, .. } => {
                self.height = usize::from(height);
                Vec::new()
            }
            Msg::Resumed => vec![Effect::Redraw],
            _ => Vec::new(),
        }
    }

    fn draw(&self, buffer: &mut Buffer) {
        let area = buffer.area;
        let room = usize::from(area.height).saturating_sub(AROUND).max(1);
        let first = (self.selected + 1).saturating_sub(room);
        let (plain, dim) = (self.paint.style(Role::Text), self.paint.style(Role::Dim));
        self.paint.text_cut(buffer, fit::row(area, 0), &self.title, self.paint.style(Role::Title));
        let width = self.rows.iter().map(|row| crate::base::width::width(&row.name)).max().unwrap_or(0).min(40);
        for (line, (index, row)) in self.rows.iter().enumerate().skip(first).take(room).enumerate() {
            let cells = fit::row(area, line + 2);
            let is_selected = index == self.selected;
            let style = if is_selected { self.paint.selected_row(buffer, cells, plain) } else { plain };
            let rest = |x: usize| -> Rect { fit::from(cells, x) };
            self.paint.text_cut(buffer, fit::part(cells, 2, width), &row.name, style);
            self.paint.text_cut(buffer, rest(width + 4), &row.facts, if is_selected { style } else { dim });
        }
        let foot = format!("{} of {}   Enter opens   arrows move   q quits", self.selected + 1, self.rows.len());
        self.paint.text_cut(buffer, fit::row(area, usize::from(area.height).saturating_sub(1)), &foot, dim);
    }

    fn cursor(&self) -> Option<(u16, u16)> {
        None
    }

    fn hit_test(&self, _: MouseInput) -> Msg {
        Msg::Resumed
    }

    fn is_waiting(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Cell;

    use super::*;
    use crate::config::settings::{Depth, Glyphs};
    use crate::config::theme::Theme;

    fn chooser(count: usize) -> Chooser {
        let row = |index: usize| ChoiceRow { name: format!("service-{index}"), facts: "inuse_space".to_owned() };
        let paint = Paint::new(&Theme::default(), Depth::Mono, Glyphs::Ascii);
        Chooser::new("h:4040".to_owned(), (0..count).map(row).collect(), paint)
    }

    fn press(chooser: &mut Chooser, keys: &[Key]) -> bool {
        let effects: Vec<Effect> = keys.iter().flat_map(|key| chooser.update(Msg::Key(*key))).collect();
        matches!(effects.last(), Some(Effect::Quit))
    }

    fn drawn(chooser: &Chooser) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 60, 8));
        chooser.draw(&mut buffer);
        let rows = buffer.content.chunks(60).map(|row| row.iter().map(Cell::symbol).collect::<String>());
        rows.map(|row| row.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_row_is_chosen_by_keys() {
        let mut list = chooser(30);
        let chosen = list.chosen();
        assert!(press(&mut list, &[Key::Down, Key::Down, Key::Up, Key::Enter]));
        assert_eq!(chosen.get(), Some(1));
        let mut left = chooser(3);
        assert!(!press(&mut left, &[Key::Esc]));
        assert!(press(&mut left, &[Key::End, Key::Char('q')]));
        assert_eq!(left.chosen().get(), None);
    }

    #[test]
    fn the_selected_row_is_on_the_screen() {
        let mut list = chooser(30);
        assert!(drawn(&list).contains("service-0   inuse_space"), "{}", drawn(&list));
        press(&mut list, &[Key::End]);
        let screen = drawn(&list);
        assert!(screen.contains("service-29") && screen.contains("30 of 30"), "{screen}");
    }
}
