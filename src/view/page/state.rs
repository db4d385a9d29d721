//! The state of a page: its lines, and how far it is scrolled.

use crate::base::clean;
use crate::base::width::{cut, width};
use crate::layout::viewport;
use crate::view::page::Action;

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// What it is about.
    pub title: &'static str,
    lines: Vec<String>,
    top: usize,
}

impl State {
    /// A page of lines.
    pub fn new(title: &'static str, lines: &[String]) -> Self {
        let lines = lines.iter().map(|line| clean::safe_str(line).into_owned()).collect();
        Self { title, lines, top: 0 }
    }

    /// The first line that shows.
    pub fn top(&self) -> usize {
        self.top
    }

    /// The lines in so many cells: a long one goes on below at the first cell, so that what is selected there by hand is
    /// the text and nothing else.
    pub fn lines(&self, cells: usize) -> Vec<&str> {
        let mut lines = Vec::new();
        for line in &self.lines {
            let mut rest = line.as_str();
            while width(rest) > cells.max(2) {
                let piece = cut(rest, cells.max(2));
                if piece.is_empty() {
                    break;
                }
                lines.push(piece);
                rest = &rest[piece.len()..];
            }
            lines.push(rest);
        }
        lines
    }

    /// Does what a key asks, where so many cells and rows show at a time.
    pub fn act(&mut self, action: Action, (cells, rows): (usize, usize)) {
        let page = rows.saturating_sub(1).max(1);
        let top = match action {
            Action::Up => self.top.saturating_sub(1),
            Action::Down => self.top + 1,
            Action::PageUp => self.top.saturating_sub(page),
            Action::PageDown => self.top + page,
            Action::Close => self.top,
        };
        self.top = viewport::clamp(top, rows, self.lines(cells).len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_goes_on_below_without_a_change() {
        let mut page = State::new("Text", &["abcdefghij".to_owned(), String::new(), "日本語".to_owned()]);
        assert_eq!(page.lines(4), ["abcd", "efgh", "ij", "", "日本", "語"]);
        assert_eq!(page.lines(0).concat(), "abcdefghij日本語");
        page.act(Action::PageDown, (4, 3));
        page.act(Action::PageDown, (4, 3));
        assert_eq!(page.top(), 3);
        page.act(Action::Up, (4, 3));
        assert_eq!(page.top(), 2);
    }
}
