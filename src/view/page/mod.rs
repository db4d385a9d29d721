//! Page of text over the views, for reading and for selecting with the mouse: nothing is cut from its lines.

pub mod draw;

use crate::base::safe_text;
use crate::base::width::{cut, width, wrap};
use crate::view::command::{CommandRow, actions, footer_row};
use crate::view::nav::Scroll;

actions! {
    /// Actions of a page other than its moves.
    Action {
        /// Opens the help in place of the page.
        Keys = "show-keys",
        Close = "close-page",
    }
}

/// Key rows of a page.
pub const COMMANDS: &[CommandRow<Action>] = &[
    footer_row(&["Tab"], Action::Keys, "the keys instead", "keys"),
    footer_row(&["Esc", "Enter"], Action::Close, "close the page", "close").closing(),
];

/// Part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Title(&'static str),
    /// Sentences, wrapped between words.
    Prose(String),
    /// Line that is drawn unchanged from the first cell on, for selecting with the mouse.
    Exact(String),
    /// Empty line.
    Gap,
}

/// Line of a page as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageLine<'a> {
    Title(&'a str),
    Prose(&'a str),
    Exact(&'a str),
}

/// Maximum width of a line of sentences in cells: in longer lines the eye loses the next line.
const MOST_PROSE: usize = 88;

/// State of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageState {
    pub title: &'static str,
    blocks: Vec<Block>,
    pub scroll: Scroll,
}

impl PageState {
    /// Creates a page of lines for selecting with the mouse.
    pub fn of_lines(title: &'static str, lines: &[String]) -> Self {
        Self::new(title, lines.iter().cloned().map(Block::Exact).collect())
    }

    /// Creates a page; its texts are made safe for the terminal.
    pub fn new(title: &'static str, mut blocks: Vec<Block>) -> Self {
        for block in &mut blocks {
            if let Block::Prose(text) | Block::Exact(text) = block {
                *text = safe_text::safe_str(text).into_owned();
            }
        }
        Self { title, blocks, scroll: Scroll::default() }
    }

    /// Lines of the page, wrapped to `cells`.
    pub fn lines(&self, cells: usize) -> Vec<PageLine<'_>> {
        let mut lines = Vec::new();
        for block in &self.blocks {
            match block {
                Block::Title(title) => lines.push(PageLine::Title(title)),
                Block::Prose(text) => {
                    let cells = cells.saturating_sub(2).clamp(2, MOST_PROSE);
                    lines.extend(wrap(text, cells).into_iter().map(PageLine::Prose));
                }
                Block::Exact(text) => lines.extend(pieces(text, cells.max(2)).into_iter().map(PageLine::Exact)),
                Block::Gap => lines.push(PageLine::Exact("")),
            }
        }
        lines
    }
}

/// Text cut into pieces of `cells`. A piece continues at the first cell of the next line, so that a mouse selection of
/// the lines contains the text and nothing else.
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
    fn a_long_line_continues_below_without_a_change() {
        let page = PageState::of_lines("Text", &["abcdefghij".to_owned(), String::new(), "日本語".to_owned()]);
        let shown = |cells| page.lines(cells).iter().map(text).collect::<Vec<_>>();
        assert_eq!(shown(4), ["abcd", "efgh", "ij", "", "日本", "語"]);
        assert_eq!(shown(0).concat(), "abcdefghij日本語");
    }

    #[test]
    fn sentences_are_wrapped_between_words_and_never_get_too_long_for_the_eye() {
        let prose = "A heap profile says which code asked for memory. ".repeat(5);
        let page = PageState::new("Text", vec![Block::Title("What"), Block::Prose(prose), Block::Gap]);
        for cells in [0, 1, 20, 40, 80, 300] {
            let lines = page.lines(cells);
            assert_eq!((lines[0], lines.last()), (PageLine::Title("What"), Some(&PageLine::Exact(""))));
            assert!(lines.iter().all(|line| width(text(line)) <= cells.clamp(10, MOST_PROSE)), "{cells} cells");
        }
    }
}
