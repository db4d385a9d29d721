//! Draws the labels: a header, and a row for each key or value.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::analysis::Change;
use crate::base::units;
use crate::base::width::width;
use crate::layout::sandwich::{SandwichColumn, Windows, fit as fitting};
use crate::paint::{Highlight, Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::labels::state::{LabelRow, LabelsState};
use crate::view::labels::words as said;
use crate::view::words;

/// Draws what shows over `row`.
pub fn head(state: &LabelsState, look: &ViewContext, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    paint.text_cut(buffer, fit::from(row, 1), &said::head(look, state), paint.style(Role::Bold));
}

/// Draws the rows.
pub fn draw(state: &LabelsState, look: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if state.lines().is_empty() {
        for (index, line) in said::nothing(state).iter().enumerate() {
            paint.text_cut(buffer, fit::from(fit::row(area, index + 1), 2), line, paint.style(Role::Text));
        }
        return;
    }
    let windows = if look.answer.base.is_some() { Windows::Two } else { Windows::One };
    let mut columns = fitting(usize::from(area.width), windows);
    // What stands on a label has no callees: there is but one figure.
    columns.retain(|(column, _)| *column != SandwichColumn::Own);
    let pen = LabelsPainter { state, look, paint, columns };
    pen.head(fit::row(area, 0), buffer);
    for (index, line) in state.lines().iter().enumerate().skip(state.top()) {
        let row = fit::row(area, index - state.top() + 1);
        if row.height == 0 {
            break;
        }
        pen.row(row, (index, line), buffer);
    }
}

struct LabelsPainter<'a> {
    state: &'a LabelsState,
    look: &'a ViewContext<'a>,
    paint: &'a Paint,
    columns: Vec<(SandwichColumn, Range<usize>)>,
}

impl LabelsPainter<'_> {
    fn head(&self, row: Rect, buffer: &mut Buffer) {
        let style = self.paint.style(Role::Header);
        self.paint.wash(buffer, row, style);
        for (column, cells) in &self.columns {
            let place = fit::part(row, cells.start, cells.len());
            if *column == SandwichColumn::Name {
                let title = if self.state.opened().is_some() { "Value" } else { "Key" };
                self.paint.text(buffer, place, title, style);
            } else {
                self.paint.text_right(buffer, place, self.title(*column), style);
            }
        }
    }

    fn title(&self, column: SandwichColumn) -> &'static str {
        match column {
            SandwichColumn::Change if self.paint.is_ascii() => "dSelf",
            SandwichColumn::Change => "ΔSelf",
            SandwichColumn::Part if self.paint.is_ascii() => "d/A",
            SandwichColumn::Part => "Δ/A",
            SandwichColumn::Base => "A",
            SandwichColumn::Total if self.look.answer.base.is_some() => "B",
            SandwichColumn::Total | SandwichColumn::Own => "Self",
            SandwichColumn::Share => "%",
            SandwichColumn::Bar | SandwichColumn::Name => "",
        }
    }

    fn row(&self, place: Rect, (index, line): (usize, &LabelRow), buffer: &mut Buffer) {
        let mut style = self.paint.style(Role::Text);
        if index == self.state.at() {
            style = self.paint.mark(style, Highlight::Selected);
            self.paint.wash(buffer, place, style);
            self.paint.text(buffer, place, self.paint.glyphs().cursor, style);
        }
        let change = Change::of(line.held.base.unwrap_or(line.held.now), line.held.now, None);
        for (column, cells) in &self.columns {
            let cell = fit::part(place, cells.start, cells.len());
            match column {
                SandwichColumn::Name => self.name(cell, (line, &change), style, buffer),
                SandwichColumn::Bar => {
                    let bar = if style.bg.is_some() { style } else { style.patch(self.paint.style(Role::Bar)) };
                    self.paint.bar(buffer, cell, self.share_of_largest(line), bar);
                }
                _ => {
                    let text = self.figure(*column, line, &change);
                    self.paint.text_right(buffer, cell, &text, style);
                }
            }
        }
    }

    fn figure(&self, column: SandwichColumn, line: &LabelRow, change: &Change) -> String {
        let unit = self.look.unit();
        match column {
            SandwichColumn::Change => unit.signed_short(change.delta()),
            SandwichColumn::Part => words::part(change),
            SandwichColumn::Base => unit.short(change.base),
            SandwichColumn::Total => unit.short(line.held.now),
            SandwichColumn::Share => units::percent(line.held.now, self.look.answer.column.abs_share_base()),
            SandwichColumn::Own | SandwichColumn::Bar | SandwichColumn::Name => String::new(),
        }
    }

    fn name(&self, place: Rect, (line, change): (&LabelRow, &Change), style: Style, buffer: &mut Buffer) {
        let room = usize::from(place.width);
        let mut x = 0;
        if self.look.answer.base.is_some() {
            let strength = self.paint.style(self.look.role(change));
            let style = if style.bg.is_some() { style } else { strength };
            x += usize::from(self.paint.text(buffer, place, words::sign(change, room / 3), style));
        }
        x += usize::from(self.paint.text_cut(buffer, fit::from(place, x), &line.name, style));
        if !line.note.is_empty() && x + 2 + width(&line.note) <= room {
            let faint = if style.bg.is_some() { style } else { self.paint.style(Role::Dim) };
            self.paint.text(buffer, fit::from(place, x + 2), &line.note, faint);
        }
    }

    fn share_of_largest(&self, line: &LabelRow) -> f64 {
        let size = |line: &LabelRow| line.held.now.unsigned_abs();
        match self.state.lines().iter().map(size).max() {
            None | Some(0) => 0.0,
            Some(largest) => size(line) as f64 / largest as f64,
        }
    }
}
