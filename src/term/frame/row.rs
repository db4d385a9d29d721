//! Row of a buffer as the terminal displays it, for comparison cell by cell.

use ratatui::buffer::Cell;
use ratatui::style::Color;
use unicode_width::UnicodeWidthStr;

use super::pen::Pen;

/// Content of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellKind {
    /// Nothing but the background.
    Blank,
    /// A character one cell wide.
    Narrow,
    /// The first cell of a wider character.
    Wide,
    /// A later cell of a wider character.
    Tail,
}

/// Displayed appearance of a cell; cells with equal appearance need not be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct CellLook<'a> {
    pub(super) kind: CellKind,
    pub(super) symbol: &'a str,
    /// Pen, in its form that is not reversed if there are two equivalent ones.
    pub(super) pen: Pen,
}

impl CellLook<'_> {
    /// Background of a blank cell, which erasing can produce; `None` for other cells.
    pub(super) fn background_if_blank(&self) -> Option<Color> {
        match self.kind {
            CellKind::Blank => Some(self.pen.bg),
            CellKind::Narrow | CellKind::Wide | CellKind::Tail => None,
        }
    }

    /// Returns true if both cells look the same.
    pub(super) fn is_like(&self, other: &CellLook) -> bool {
        self.kind == other.kind && self.pen == other.pen && self.symbol == other.symbol
    }
}

/// Appearances of a row of cells.
pub(super) fn looks(cells: &[Cell]) -> impl Iterator<Item = CellLook<'_>> {
    let mut tail = 0;
    cells.iter().enumerate().map(move |(x, cell)| {
        let pen = Pen::of(cell).unreversed();
        if tail > 0 {
            tail -= 1;
            return CellLook { kind: CellKind::Tail, symbol: "", pen: Pen::default() };
        }
        let symbol = shown(cell.symbol());
        let width = if symbol.len() == 1 { 1 } else { symbol.width() };
        match width {
            // A character that does not fit in the row is not written, since it could wrap.
            2.. if x + width <= cells.len() => {
                tail = width - 1;
                CellLook { kind: CellKind::Wide, symbol, pen }
            }
            1 if symbol != " " => CellLook { kind: CellKind::Narrow, symbol, pen },
            _ if pen.is_plain_on_blanks() => {
                CellLook { kind: CellKind::Blank, symbol: " ", pen: Pen::default().for_erasing(pen.bg) }
            }
            _ => CellLook { kind: CellKind::Narrow, symbol: " ", pen },
        }
    })
}

/// Symbol that is written for `symbol`. Names are made safe when they are read; this last check before the terminal
/// lets no control character through in any case.
fn shown(symbol: &str) -> &str {
    match symbol.as_bytes() {
        [0x20..=0x7e] => symbol,
        [] => " ",
        _ if symbol.chars().any(char::is_control) => "?",
        _ => symbol,
    }
}

/// Returns true if all terminals agree on the width of `symbol`: a single character, and not from the planes of emoji,
/// whose widths changed between versions of Unicode.
pub(super) fn is_certain(symbol: &str) -> bool {
    let mut characters = symbol.chars();
    characters.next().is_some_and(|character| character < '\u{1f000}') && characters.next().is_none()
}
