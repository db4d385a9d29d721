//! Draws the source view: a title, the headings, the lines with their figures, the selected line in full.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::analysis::Change;
use crate::analysis::lines::{CurrentAndBase, SourceLine};
use crate::base::units;
use crate::base::width::{cut, cut_end, cut_middle, width};
use crate::layout::columns::{SourceColumn, Windows, source as columns};
use crate::paint::{Align, Grid, Heading, Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::source::rows::SourceRow;
use crate::view::source::state::{SourceState, TextState};
use crate::view::source::words as texts;
use crate::view::words;

/// Minimum width of the function's name in the title, in cells.
const LEAST_NAME: usize = 16;

/// Draws the function with its figures over `row`.
pub fn head(state: &SourceState, context: &ViewContext, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let (Some(function), row) = (state.function(), fit::from(row, 1)) else { return };
    let figures = texts::figures(context, state);
    let room = usize::from(row.width).saturating_sub(1);
    let figures = cut_end(&figures, room.saturating_sub(LEAST_NAME));
    let name = cut_middle(&function.shown, room.saturating_sub(width(&figures) + 2));
    let plain = paint.style(Role::Text);
    paint.pieces(buffer, row, &[(&*name, paint.style(Role::Bold)), ("  ", plain), (&*figures, plain)]);
}

/// Draws the lines over `area`.
pub fn draw(state: &SourceState, context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if let Some(line) = texts::missing_lines(state) {
        paint.text_cut(buffer, fit::from(fit::row(area, 1), 2), &line, paint.style(Role::Text));
        return;
    }
    let windows = if context.answer.base.is_some() { Windows::Two } else { Windows::One };
    let rows = state.rows();
    let digits = rows.get(rows.len().saturating_sub(1)).map_or(1, |row| row.number.to_string().len());
    let columns = columns(usize::from(area.width), windows, digits);
    let painter = SourcePainter { state, context, grid: Grid { paint, columns: &columns } };
    paint.wash(buffer, fit::row(area, 0), paint.style(Role::Header));
    painter.grid.head(fit::row(area, 0), buffer, |column| painter.heading(column));
    let notes = state.notes();
    if let TextState::Missing(missing) = state.text_state() {
        let lines = texts::missing_file(missing, notes);
        for (index, line) in lines.iter().enumerate() {
            // The last line is the hint.
            let role = if index + 1 == lines.len() { Role::Text } else { Role::Dim };
            paint.text_cut(buffer, fit::from(fit::row(area, index + 1), 2), line, paint.style(role));
        }
    }
    for at in state.cursor().visible(rows.len()) {
        let Some(row) = rows.get(at) else { break };
        painter.row(at, &row, fit::row(area, 1 + notes + at - state.cursor().top), buffer);
    }
}

/// Draws the selected line in full over `area`.
pub fn foot(state: &SourceState, context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let details = texts::details(context, state);
    let lines = if area.height == 1 { &details[details.len().min(1)..] } else { &details[..] };
    for (index, line) in lines.iter().enumerate() {
        let style = paint.style(if index == 0 { Role::Bold } else { Role::Text });
        paint.text_cut(buffer, fit::from(fit::row(area, index), 1), line, style);
    }
}

struct SourcePainter<'a> {
    state: &'a SourceState,
    context: &'a ViewContext<'a>,
    grid: Grid<'a, SourceColumn>,
}

impl SourcePainter<'_> {
    fn heading(&self, column: SourceColumn) -> Heading<'static> {
        let (is_compared, paint) = (self.context.answer.base.is_some(), self.grid.paint);
        let style = paint.style(Role::Header);
        let title = match column {
            SourceColumn::Text => {
                let file = texts::heading(self.state);
                let cells = self.grid.columns.last().map_or(0, |(_, cells)| cells.len());
                let text = cut_middle(&file, cells).into_owned().into();
                return Heading { text, align: Align::Left, style };
            }
            SourceColumn::Own if is_compared && paint.is_ascii() => "dSelf",
            SourceColumn::Own if is_compared => "ΔSelf",
            SourceColumn::Own => "Self",
            SourceColumn::Total if is_compared && paint.is_ascii() => "dTotal",
            SourceColumn::Total if is_compared => "ΔTotal",
            SourceColumn::Total => "Total",
            SourceColumn::Base => "A",
            SourceColumn::Now => "B",
            SourceColumn::Share => "%",
            SourceColumn::Number => "Line",
            SourceColumn::Bar => "",
        };
        Heading { text: title.into(), align: Align::Right, style }
    }

    fn row(&self, at: usize, row: &SourceRow, area: Rect, buffer: &mut Buffer) {
        let (paint, is_selected) = (self.grid.paint, at == self.state.cursor().at);
        // Lines with figures stand out, with colours and without.
        let mut style = paint.style(if row.figures.is_some() { Role::Bold } else { Role::Text });
        if is_selected {
            style = paint.selected_row(buffer, area, style);
        }
        for (column, cell) in self.grid.cells(area) {
            match (column, &row.figures) {
                (SourceColumn::Text, _) => self.text(row, cell, style, buffer),
                (SourceColumn::Number, figures) => {
                    let is_faint = figures.is_none() && !is_selected;
                    let style = if is_faint { paint.style(Role::Dim) } else { style };
                    // The profile does not give a line for every sample.
                    let number = if row.number > 0 { row.number.to_string() } else { "?".to_owned() };
                    paint.text_right(buffer, cell, &number, style);
                }
                (_, None) => {}
                (SourceColumn::Bar, Some(line)) => paint.bar_in_row(buffer, cell, self.share(line), style),
                (column, Some(line)) => {
                    let style = if is_selected { style } else { self.change_style(column, &line.held, style) };
                    paint.text_right(buffer, cell, &self.figure(column, line), style);
                }
            }
        }
    }

    /// Draws the text of a line from the scrolled cell on, after its sign in a comparison.
    fn text(&self, row: &SourceRow, cell: Rect, style: Style, buffer: &mut Buffer) {
        let paint = self.grid.paint;
        let mut x = 0;
        if self.context.answer.base.is_some() {
            let sign = row.figures.as_ref().map_or("  ", |line| words::sign(&line.held.total(), 0));
            x = usize::from(paint.text(buffer, cell, sign, style));
        }
        let cell = fit::from(cell, x);
        let Some(index) = row.text else {
            let reason = match self.state.text_state() {
                TextState::Text(_) if row.number < 1 => "(the profile has no line number)",
                TextState::Text(_) => "(the file has no such line)",
                TextState::Pending | TextState::Missing(_) => "",
            };
            paint.text_cut(buffer, cell, reason, paint.style(Role::Dim).patch(style));
            return;
        };
        let Some(text) = self.state.text() else { return };
        let line = text.line(index);
        let hidden = cut(&line, self.state.left());
        // A wide letter that is cut in two leaves a blank.
        let gap = self.state.left().saturating_sub(width(hidden)).min(1);
        let rest = &line[hidden.len()..];
        if rest.is_empty() {
            return;
        }
        paint.text_cut(buffer, fit::from(cell, gap * usize::from(!hidden.is_empty())), rest, style);
    }

    fn figure(&self, column: SourceColumn, line: &SourceLine) -> String {
        let (unit, held) = (self.context.unit(), &line.held);
        // A blank is recognized faster than a 0.
        let amount = |value| if value == 0 { String::new() } else { unit.short(value) };
        let change =
            |change: Change| if change.delta() == 0 { String::new() } else { words::signed_change(&unit, &change) };
        match (column, held.base) {
            (SourceColumn::Own, None) => amount(held.current.own),
            (SourceColumn::Own, Some(_)) => change(held.own()),
            (SourceColumn::Total, Some(_)) => change(held.total()),
            (SourceColumn::Base, base) => amount(base.map_or(0, |base| base.total)),
            (SourceColumn::Total, None) | (SourceColumn::Now, _) => amount(held.current.total),
            (SourceColumn::Share, _) => units::percent(held.current.total, self.total()),
            (SourceColumn::Bar | SourceColumn::Number | SourceColumn::Text, _) => String::new(),
        }
    }

    /// Style of a change, with the same strength as in the other views.
    fn change_style(&self, column: SourceColumn, held: &CurrentAndBase, style: Style) -> Style {
        let change = match column {
            SourceColumn::Own => held.own(),
            SourceColumn::Total => held.total(),
            _ => return style,
        };
        let is_change = held.base.is_some() && change.delta() != 0;
        if is_change { self.grid.paint.style(self.context.change_role(&change)) } else { style }
    }

    fn share(&self, line: &SourceLine) -> f64 {
        match self.total().unsigned_abs() {
            0 => 0.0,
            total => (line.held.current.total.unsigned_abs() as f64 / total as f64).min(1.0),
        }
    }

    /// Total of the function.
    fn total(&self) -> i64 {
        self.state.lines().map_or(0, |lines| lines.function.current.total)
    }
}
