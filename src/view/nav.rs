//! Navigation in lists and texts: the moves with their key rows, the cursor of a list, the scroll position of a text.

use std::ops::Range;

use crate::layout::viewport;
use crate::view::command::{CommandRow, actions, footer_row, row};

actions! {
    /// Moves within a list or a text.
    Move {
        Up,
        Down,
        PageUp,
        PageDown,
        /// Half a page up.
        HalfUp = "half-page-up",
        /// Half a page down.
        HalfDown = "half-page-down",
        Top,
        Bottom,
    }
}

impl Move {
    /// Returns the index reached from `at`, at most `last`. A page is one row less than the visible `rows`.
    pub fn target(self, at: usize, rows: usize, last: usize) -> usize {
        let page = rows.saturating_sub(1).max(1);
        let half = (rows / 2).max(1);
        let target = match self {
            Self::Up => at.saturating_sub(1),
            Self::Down => at.saturating_add(1),
            Self::PageUp => at.saturating_sub(page),
            Self::PageDown => at.saturating_add(page),
            Self::HalfUp => at.saturating_sub(half),
            Self::HalfDown => at.saturating_add(half),
            Self::Top => 0,
            Self::Bottom => last,
        };
        target.min(last)
    }
}

const PAGE_UP: CommandRow<Move> = row(&["PageUp", "Ctrl-B"], Move::PageUp, "a page up");
const PAGE_DOWN: CommandRow<Move> = row(&["PageDown", "Ctrl-F"], Move::PageDown, "a page down");
const HALF_UP: CommandRow<Move> = row(&["Ctrl-U"], Move::HalfUp, "half a page up");
const HALF_DOWN: CommandRow<Move> = row(&["Ctrl-D"], Move::HalfDown, "half a page down");

/// Key rows of the moves in one view.
#[derive(Clone, Copy, Debug)]
pub struct MoveRows {
    rows: [CommandRow<Move>; 8],
    /// Number of rows before those of the view; the others are after them.
    leading: usize,
}

impl MoveRows {
    /// Key rows of a list; an empty footer word leaves the moves out of the footer.
    pub const fn list(
        up: &'static str,
        down: &'static str,
        first: &'static str,
        last: &'static str,
        foot: &'static str,
    ) -> Self {
        let rows = [
            footer_row(&["Up", "k"], Move::Up, up, foot),
            footer_row(&["Down", "j"], Move::Down, down, foot),
            row(&["g"], Move::Top, first),
            row(&["G"], Move::Bottom, last),
            PAGE_UP,
            PAGE_DOWN,
            HALF_UP,
            HALF_DOWN,
        ];
        Self { rows, leading: 2 }
    }

    /// Replaces the key rows of the first and last item, for a list in which Home and End are free.
    pub const fn with_ends(mut self, top: CommandRow<Move>, bottom: CommandRow<Move>) -> Self {
        self.rows[2] = top;
        self.rows[3] = bottom;
        self
    }

    /// Rows before those of the view.
    pub fn leading(&self) -> &[CommandRow<Move>] {
        &self.rows[..self.leading]
    }

    /// Rows after those of the view.
    pub fn trailing(&self) -> &[CommandRow<Move>] {
        &self.rows[self.leading..]
    }
}

/// Key rows of a text.
pub const TEXT: MoveRows = MoveRows {
    rows: [
        footer_row(&["Up", "k"], Move::Up, "a line up", "scroll"),
        footer_row(&["Down", "j"], Move::Down, "a line down", "scroll"),
        PAGE_UP,
        PAGE_DOWN,
        HALF_UP,
        HALF_DOWN,
        row(&["g", "Home"], Move::Top, "first line").named("text-start"),
        row(&["G", "End"], Move::Bottom, "last line").named("text-end"),
    ],
    leading: 8,
};

/// Key rows of a text page in which letters are typed into a filter.
pub const TEXT_WITH_FILTER: MoveRows = MoveRows {
    rows: [
        footer_row(&["Up"], Move::Up, "a line up", "scroll"),
        footer_row(&["Down"], Move::Down, "a line down", "scroll"),
        row(&["PageUp", "Ctrl-B"], Move::PageUp, "a page up"),
        row(&["PageDown", "Ctrl-F"], Move::PageDown, "a page down"),
        HALF_UP,
        HALF_DOWN,
        row(&["Home"], Move::Top, "first line").named("first-line"),
        row(&["End"], Move::Bottom, "last line").named("last-line"),
    ],
    leading: 8,
};

/// Selected item and visible part of a list. The length of the list is passed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListCursor {
    /// Index of the selected item; 0 in an empty list.
    pub at: usize,
    /// Index of the first visible item.
    pub top: usize,
    /// Number of visible rows.
    pub rows: usize,
}

impl ListCursor {
    /// Moves the selection and scrolls as little as possible.
    pub fn move_by(&mut self, step: Move, len: usize) {
        self.select(step.target(self.at, self.rows, len.saturating_sub(1)), len);
    }

    /// Selects an item and scrolls as little as possible.
    pub fn select(&mut self, at: usize, len: usize) {
        self.at = at;
        self.top = viewport::follow(self.top, self.rows, len, at);
    }

    /// Selects an item. If the item was not visible, it moves to the middle of the visible part.
    pub fn select_far(&mut self, at: usize, len: usize) {
        self.at = at;
        self.top = viewport::centre(self.top, self.rows, len, at);
    }

    /// Sets the number of visible rows; scrolls only to avoid blank rows at the end.
    pub fn resize(&mut self, rows: usize, len: usize) {
        self.rows = rows;
        self.top = viewport::clamp(self.top, rows, len);
    }

    /// Indices of the visible items.
    pub fn visible(&self, len: usize) -> Range<usize> {
        self.top.min(len)..(self.top + self.rows).min(len)
    }

    /// Row of the selected item within the visible part; `None` if it is not visible.
    pub fn visible_row(&self, len: usize) -> Option<usize> {
        self.visible(len).contains(&self.at).then(|| self.at - self.top)
    }
}

/// Scroll position of a text. The number of its lines is passed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll {
    /// Index of the first visible line.
    pub top: usize,
}

impl Scroll {
    /// Scrolls a text of `lines` lines, of which `rows` are visible at a time.
    pub fn move_by(&mut self, step: Move, rows: usize, lines: usize) {
        let top = step.target(self.top, rows, lines.saturating_sub(1));
        self.top = viewport::clamp(top, rows, lines);
    }

    /// Number of lines below the visible ones.
    pub fn lines_below(self, rows: usize, lines: usize) -> usize {
        lines.saturating_sub(self.top + rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_stays_in_the_list() {
        let mut cursor = ListCursor { rows: 4, ..ListCursor::default() };
        let mut after = |step, len| {
            cursor.move_by(step, len);
            (cursor.at, cursor.top)
        };
        assert_eq!(after(Move::Up, 10), (0, 0));
        assert_eq!(after(Move::PageDown, 10), (3, 0));
        assert_eq!(after(Move::Down, 10), (4, 1));
        assert_eq!(after(Move::Bottom, 10), (9, 6));
        assert_eq!(after(Move::Down, 3), (2, 0), "the list may become shorter");
        assert_eq!(after(Move::Down, 0), (0, 0));
    }

    #[test]
    fn only_a_visible_item_has_a_row() {
        let mut cursor = ListCursor { at: 5, top: 3, rows: 4 };
        assert_eq!((cursor.visible(10), cursor.visible_row(10)), (3..7, Some(2)));
        assert_eq!((cursor.visible(2), cursor.visible_row(2)), (2..2, None));
        cursor.select_far(9, 20);
        assert_eq!((cursor.top, cursor.visible_row(20)), (7, Some(2)));
    }

    #[test]
    fn a_text_scrolls_to_its_last_page() {
        let mut scroll = Scroll::default();
        let mut after = |step| {
            scroll.move_by(step, 3, 7);
            (scroll.top, scroll.lines_below(3, 7))
        };
        assert_eq!(after(Move::Up), (0, 4));
        assert_eq!(after(Move::PageDown), (2, 2));
        assert_eq!(after(Move::Bottom), (4, 0));
        assert_eq!(after(Move::Top), (0, 4));
    }
}
