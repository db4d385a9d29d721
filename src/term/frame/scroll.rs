//! Scrolling: rows that only moved are moved by the terminal, which takes a few bytes instead of the thousands for
//! rewriting.

use std::hash::{Hash, Hasher};

use ratatui::buffer::Buffer;
use ratatui::style::Color;
use rustc_hash::FxHasher;

use super::cursor::{CursorPosition, push_number};
use super::writer::FrameWriter;

/// Minimum number of saved rows: a move costs about twenty bytes.
const FEWEST_SAVED: i32 = 3;
/// Maximum distance of a move: a page of a large screen.
const FARTHEST: usize = 100;

/// Band of whole rows that moves up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scroll {
    /// First row of the band.
    top: usize,
    /// Row after the last row of the band.
    bottom: usize,
    /// Distance of the move.
    by: usize,
    direction: ScrollDirection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ScrollDirection {
    Up,
    Down,
}

impl Scroll {
    /// Move that saves the most rows between two frames of the same size; `None` if no move saves enough. `changed` has
    /// a flag for each row that differs.
    pub(super) fn between(old: &Buffer, new: &Buffer, changed: &[bool]) -> Option<Self> {
        let width = usize::from(new.area.width);
        let top = changed.iter().position(|changed| *changed)?;
        let bottom = changed.iter().rposition(|changed| *changed)? + 1;
        let rows = top * width..bottom * width;
        if bottom - top <= FEWEST_SAVED as usize {
            return None;
        }
        let (old, new) = (hashes(&old.content[rows.clone()], width), hashes(&new.content[rows], width));
        let farthest = (bottom - top - 1).min(FARTHEST);
        (1..=farthest)
            .flat_map(|by| [(by, ScrollDirection::Up), (by, ScrollDirection::Down)])
            .filter_map(|(by, direction)| Self::saved(&old, &new, by, direction))
            .max_by_key(|(saved, scroll)| (*saved, std::cmp::Reverse(scroll.by)))
            .map(|(_, scroll)| Self { top: scroll.top + top, bottom: scroll.bottom + top, ..scroll })
    }

    /// Number of rows saved by a move, and the band to move; `None` if too few rows are saved.
    fn saved(old: &[u64], new: &[u64], by: usize, direction: ScrollDirection) -> Option<(i32, Self)> {
        // Pairs of rows: the position of each before and after the move.
        let pairs = (0..new.len() - by).map(|y| match direction {
            ScrollDirection::Up => (y + by, y),
            ScrollDirection::Down => (y, y + by),
        });
        let (mut saved, mut first, mut last) = (0, usize::MAX, 0);
        for (from, to) in pairs {
            if old[from] == new[to] && old[to] != new[to] {
                saved += 1;
                first = first.min(from.min(to));
                last = last.max(from.max(to));
            }
        }
        if saved < FEWEST_SAVED {
            return None;
        }
        let spoiled = (first..=last).filter(|y| old[*y] == new[*y]).count();
        saved -= i32::try_from(spoiled).unwrap_or(i32::MAX);
        (saved >= FEWEST_SAVED).then_some((saved, Self { top: first, bottom: last + 1, by, direction }))
    }

    /// Writes the move. Only sequences that every terminal since the VT100 supports are used: a scrolling region, and
    /// moving past its edge.
    pub(super) fn write(self, writer: &mut FrameWriter) {
        writer.pen.change_to(writer.pen.for_erasing(Color::Reset), &mut writer.out);
        let out = &mut writer.out;
        out.extend_from_slice(b"\x1b[");
        push_number(out, self.top as u16 + 1);
        out.push(b';');
        push_number(out, self.bottom as u16);
        out.extend_from_slice(b"r\x1b[");
        match self.direction {
            ScrollDirection::Up => {
                push_number(out, self.bottom as u16);
                out.push(b'H');
                out.resize(out.len() + self.by, b'\n');
            }
            ScrollDirection::Down => {
                push_number(out, self.top as u16 + 1);
                out.push(b'H');
                (0..self.by).for_each(|_| out.extend_from_slice(b"\x1bM"));
            }
        }
        out.extend_from_slice(b"\x1b[r");
        writer.cursor = CursorPosition::Unknown;
    }

    /// Moves the rows of `shown` in the same way as the terminal.
    pub(super) fn apply(self, shown: &mut Buffer) {
        let width = usize::from(shown.area.width);
        let band = &mut shown.content[self.top * width..self.bottom * width];
        let moved = self.by * width;
        let freed = match self.direction {
            ScrollDirection::Up => {
                band.rotate_left(moved);
                band.len() - moved..band.len()
            }
            ScrollDirection::Down => {
                band.rotate_right(moved);
                0..moved
            }
        };
        band[freed].iter_mut().for_each(ratatui::buffer::Cell::reset);
    }
}

/// Flags the rows that differ between two frames of the same size.
pub(super) fn changed_rows(old: &Buffer, new: &Buffer) -> Vec<bool> {
    let width = usize::from(new.area.width).max(1);
    old.content.chunks(width).zip(new.content.chunks(width)).map(|(old, new)| old != new).collect()
}

/// Hash of each row of cells.
fn hashes(cells: &[ratatui::buffer::Cell], width: usize) -> Vec<u64> {
    let hash = |row: &[ratatui::buffer::Cell]| {
        let mut hasher = FxHasher::default();
        row.hash(&mut hasher);
        hasher.finish()
    };
    cells.chunks(width).map(hash).collect()
}
