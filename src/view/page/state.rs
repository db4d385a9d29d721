//! The state of a page: its lines, and how far it is scrolled.

use crate::base::clean;
use crate::base::width::{cut, width, wrap};
use crate::layout::viewport;
use crate::view::page::Action;

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// What the parts after it are about.
    Title(&'static str),
    /// Sentences, broken between words.
    Prose(String),
    /// A line that nothing is added to and nothing taken from, to be selected by hand.
    Exact(String),
    /// An empty line.
    Gap,
}

/// A line of a page as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageLine<'a> {
    /// What the lines after it are about.
    Title(&'a str),
    /// A line of sentences.
    Prose(&'a str),
    /// Text from the first cell on.
    Exact(&'a str),
}

/// Cells of a line of sentences at most: the eye finds the next one of longer lines badly.
const MEASURE: usize = 88;

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageState {
    /// What it is about.
    pub title: &'static str,
    blocks: Vec<Block>,
    top: usize,
}

impl PageState {
    /// A page of lines to be selected by hand.
    pub fn new(title: &'static str, lines: &[String]) -> Self {
        Self::told(title, lines.iter().cloned().map(Block::Exact).collect())
    }

    /// A page of anything.
    pub fn told(title: &'static str, mut blocks: Vec<Block>) -> Self {
        for block in &mut blocks {
            if let Block::Prose(text) | Block::Exact(text) = block {
                *text = clean::safe_str(text).into_owned();
            }
        }
        Self { title, blocks, top: 0 }
    }

    /// The first line that shows.
    pub fn top(&self) -> usize {
        self.top
    }

    /// The lines in so many cells.
    pub fn lines(&self, cells: usize) -> Vec<PageLine<'_>> {
        let mut lines = Vec::new();
        for block in &self.blocks {
            match block {
                Block::Title(title) => lines.push(PageLine::Title(title)),
                Block::Prose(text) => {
                    lines
                        .extend(wrap(text, cells.saturating_sub(2).clamp(2, MEASURE)).into_iter().map(PageLine::Prose));
                }
                Block::Exact(text) => lines.extend(pieces(text, cells.max(2)).into_iter().map(PageLine::Exact)),
                Block::Gap => lines.push(PageLine::Exact("")),
            }
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
            Action::Top => 0,
            Action::Bottom => usize::MAX,
            Action::Keys | Action::Close => self.top,
        };
        self.top = viewport::clamp(top, rows, self.lines(cells).len());
    }
}

/// A text in pieces: a long one goes on below at the first cell, so that what is selected there by hand is the text and
/// nothing else.
fn pieces(text: &str, cells: usize) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while width(rest) > cells {
        let piece = cut(rest, cells);
        if piece.is_empty() {
            break;
        }
        pieces.push(piece);
        rest = &rest[piece.len()..];
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'a>(line: &PageLine<'a>) -> &'a str {
        match line {
            PageLine::Title(text) | PageLine::Prose(text) | PageLine::Exact(text) => text,
        }
    }

    #[test]
    fn a_long_line_goes_on_below_without_a_change() {
        let mut page = PageState::new("Text", &["abcdefghij".to_owned(), String::new(), "日本語".to_owned()]);
        let shown = |cells| page.lines(cells).iter().map(text).collect::<Vec<_>>();
        assert_eq!(shown(4), ["abcd", "efgh", "ij", "", "日本", "語"]);
        assert_eq!(shown(0).concat(), "abcdefghij日本語");
        page.act(Action::PageDown, (4, 3));
        page.act(Action::PageDown, (4, 3));
        assert_eq!(page.top(), 3);
        page.act(Action::Up, (4, 3));
        assert_eq!(page.top(), 2);
    }

    #[test]
    fn sentences_are_broken_between_words_and_never_get_too_long_for_the_eye() {
        let prose = "A heap profile says which code asked for memory. ".repeat(5);
        let page = PageState::told("Text", vec![Block::Title("What"), Block::Prose(prose), Block::Gap]);
        for cells in [0, 1, 20, 40, 80, 300] {
            let lines = page.lines(cells);
            assert_eq!((lines[0], lines.last()), (PageLine::Title("What"), Some(&PageLine::Exact(""))));
            assert!(lines.iter().all(|line| width(text(line)) <= cells.clamp(10, MEASURE)), "{cells} cells");
        }
    }
}
