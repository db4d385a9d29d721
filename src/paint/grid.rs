//! Tables on the screen: headings, selected row, cells; and the frame of a text page.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{Highlight, Paint, Role, fit};
use crate::base::width::cut_end;
use crate::config::settings::Glyphs;

/// Alignment of a column's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// Heading of a column.
#[derive(Clone, Debug)]
pub struct Heading<'a> {
    pub text: Cow<'a, str>,
    pub align: Align,
    pub style: Style,
}

/// Columns of a table with the [`Paint`] that draws them.
#[derive(Clone, Copy, Debug)]
pub struct Grid<'a, C> {
    pub paint: &'a Paint,
    /// Columns from left to right, each with its cells.
    pub columns: &'a [(C, Range<usize>)],
}

impl<C: Copy> Grid<'_, C> {
    /// Columns with their cells in `row`.
    pub fn cells(&self, row: Rect) -> impl Iterator<Item = (C, Rect)> {
        self.columns.iter().map(move |(column, cells)| (*column, fit::part(row, cells.start, cells.len())))
    }

    /// Draws the headings of all columns.
    pub fn head<'t>(&self, row: Rect, buffer: &mut Buffer, heading: impl Fn(C) -> Heading<'t>) {
        for (column, cells) in self.cells(row) {
            let Heading { text, align, style } = heading(column);
            // A heading of two words must remain one word when the screen is converted to words.
            let text = if self.paint.charset() == Glyphs::Plain { text.replace(' ', "\u{a0}").into() } else { text };
            self.paint.aligned(buffer, cells, &cut_end(&text, usize::from(cells.width)), align, style);
        }
    }
}

impl Paint {
    /// Fills a selected row and draws the selection mark before its first column. Returns the style of its cells.
    pub fn selected_row(&self, buffer: &mut Buffer, row: Rect, style: Style) -> Style {
        self.marked_row(buffer, row, style, Highlight::Selected)
    }

    /// Like [`Paint::selected_row`], but with a given highlight, for a pane that may not have the focus.
    pub fn marked_row(&self, buffer: &mut Buffer, row: Rect, style: Style, mark: Highlight) -> Style {
        let style = self.mark(style, mark);
        self.wash(buffer, row, style);
        self.text(buffer, row, self.glyphs().cursor, style);
        style
    }

    /// Writes `text` at one side of `row`, cut if it is too long.
    pub fn aligned(&self, buffer: &mut Buffer, row: Rect, text: &str, align: Align, style: Style) {
        match align {
            Align::Left => self.text(buffer, row, text, style),
            Align::Right => self.text_right(buffer, row, text, style),
        };
    }

    /// Style for shades and sparklines. They are not reversed with a selected row that is shown in reverse: an empty
    /// shade would look full.
    pub fn unreversed(style: Style) -> Style {
        style.remove_modifier(Modifier::REVERSED)
    }

    /// Draws a bar in a row: in `style` if the style has a colour, else in the colour of bars.
    pub fn bar_in_row(&self, buffer: &mut Buffer, cells: Rect, share: f64, style: Style) {
        let style = if style.bg.is_some() || style.fg.is_some() { style } else { style.patch(self.style(Role::Bar)) };
        self.bar(buffer, cells, share, style);
    }

    /// Clears `area` and draws the title of a text page in its first row, with the number of lines below the visible
    /// ones. Returns the rows for the text.
    pub fn text_frame(&self, buffer: &mut Buffer, area: Rect, title: &str, lines_below: usize) -> Rect {
        self.wash(buffer, area, self.style(Role::Popup));
        let long = match lines_below {
            0 => title.to_owned(),
            1 => format!("{title}, 1 line more below"),
            count => format!("{title}, {count} lines more below"),
        };
        let has_room = crate::base::width::width(&long) + FRAME <= usize::from(area.width);
        let title = if has_room { &long } else { title };
        self.rule(buffer, fit::row(area, 0), title, self.style(Role::Title));
        fit::below(area, 1)
    }
}

/// Cells that the rule needs beside a title, so that the title is not cut.
const FRAME: usize = 8;
