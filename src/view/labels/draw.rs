//! Draws the labels: a title, the headings, a row per key or value.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::analysis::Change;
use crate::base::units;
use crate::base::width::width;
use crate::layout::columns::{SandwichColumn, Windows, sandwich as columns};
use crate::paint::{Align, Grid, Heading, Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::labels::state::{LabelRow, LabelsState};
use crate::view::words;

/// Draws the title over `row`.
pub fn head(state: &LabelsState, context: &ViewContext, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    paint.text_cut(buffer, fit::from(row, 1), &state.title(context), paint.style(Role::Bold));
}

/// Draws the rows over `area`.
pub fn draw(state: &LabelsState, context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if state.rows().is_empty() {
        for (index, line) in state.missing(&context.answer.series).iter().enumerate() {
            paint.text_cut(buffer, fit::from(fit::row(area, index + 1), 2), line, paint.style(Role::Text));
        }
        return;
    }
    let windows = if context.answer.base.is_some() { Windows::Two } else { Windows::One };
    let mut columns = columns(usize::from(area.width), windows);
    // A label has no callees, so its self is its total.
    columns.retain(|(column, _)| *column != SandwichColumn::Own);
    let painter = LabelsPainter { state, context, grid: Grid { paint, columns: &columns } };
    paint.wash(buffer, fit::row(area, 0), paint.style(Role::Header));
    painter.grid.head(fit::row(area, 0), buffer, |column| painter.heading(column));
    let cursor = state.cursor();
    for index in cursor.visible(state.rows().len()) {
        let mut style = paint.style(Role::Text);
        let row = fit::row(area, index - cursor.top + 1);
        if index == cursor.at {
            style = paint.selected_row(buffer, row, style);
        }
        painter.row(&state.rows()[index], row, style, buffer);
    }
}

struct LabelsPainter<'a> {
    state: &'a LabelsState,
    context: &'a ViewContext<'a>,
    grid: Grid<'a, SandwichColumn>,
}

impl LabelsPainter<'_> {
    fn heading(&self, column: SandwichColumn) -> Heading<'static> {
        let paint = self.grid.paint;
        let title = match column {
            SandwichColumn::Change if paint.is_ascii() => "dSelf",
            SandwichColumn::Change => "ΔSelf",
            SandwichColumn::Part if paint.is_ascii() => "d/A",
            SandwichColumn::Part => "Δ/A",
            SandwichColumn::Base => "A",
            SandwichColumn::Total if self.context.answer.base.is_some() => "B",
            SandwichColumn::Total | SandwichColumn::Own => "Self",
            SandwichColumn::Share => "%",
            SandwichColumn::Bar => "",
            SandwichColumn::Name if self.state.opened().is_some() => "Value",
            SandwichColumn::Name => "Key",
        };
        let align = if column == SandwichColumn::Name { Align::Left } else { Align::Right };
        Heading { text: title.into(), align, style: paint.style(Role::Header) }
    }

    fn row(&self, row: &LabelRow, area: Rect, style: Style, buffer: &mut Buffer) {
        let change = row.totals.change();
        for (column, cell) in self.grid.cells(area) {
            match column {
                SandwichColumn::Name => self.name(row, &change, cell, style, buffer),
                SandwichColumn::Bar => self.grid.paint.bar_in_row(buffer, cell, self.share_of_largest(row), style),
                _ => {
                    let text = self.figure(column, row, &change);
                    self.grid.paint.text_right(buffer, cell, &text, style);
                }
            }
        }
    }

    fn figure(&self, column: SandwichColumn, row: &LabelRow, change: &Change) -> String {
        let unit = self.context.unit();
        match column {
            SandwichColumn::Change => unit.signed_short(change.delta()),
            SandwichColumn::Part => words::relative_change(change),
            SandwichColumn::Base => unit.short(change.base),
            SandwichColumn::Total => unit.short(row.totals.current),
            SandwichColumn::Share => units::percent(row.totals.current, self.context.answer.column.abs_share_base()),
            SandwichColumn::Own | SandwichColumn::Bar | SandwichColumn::Name => String::new(),
        }
    }

    fn name(&self, row: &LabelRow, change: &Change, cell: Rect, style: Style, buffer: &mut Buffer) {
        let (paint, room) = (self.grid.paint, usize::from(cell.width));
        let mut x = 0;
        if self.context.answer.base.is_some() {
            let sign_style = if style.bg.is_some() { style } else { paint.style(self.context.change_role(change)) };
            x += usize::from(paint.text(buffer, cell, words::sign(change, room / 3), sign_style));
        }
        if self.state.is_marked(row) {
            let bold = style.patch(paint.style(Role::Bold));
            x += usize::from(paint.text(buffer, fit::from(cell, x), "A ", bold));
        }
        x += usize::from(paint.text_cut(buffer, fit::from(cell, x), &row.name, style));
        if !row.note.is_empty() && x + 2 + width(&row.note) <= room {
            let faint = if style.bg.is_some() { style } else { paint.style(Role::Dim) };
            paint.text(buffer, fit::from(cell, x + 2), &row.note, faint);
        }
    }

    fn share_of_largest(&self, row: &LabelRow) -> f64 {
        let size = |row: &LabelRow| row.totals.current.unsigned_abs();
        let largest = self.state.rows().iter().map(size).max().unwrap_or(0);
        size(row) as f64 / largest.max(1) as f64
    }
}
