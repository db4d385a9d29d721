//! Draws the source: a header, the lines of the file with their figures, and the selected line in full.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::analysis::lines::{CurrentAndBase, SourceLine};
use crate::base::units;
use crate::base::width::{cut, cut_end, cut_middle, width};
use crate::layout::sandwich::Windows;
use crate::layout::source::{SourceColumn, fit as fitting};
use crate::paint::{Highlight, Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::source::rows::SourceRow;
use crate::view::source::state::{SourceState, TextState};
use crate::view::source::words as said;
use crate::view::words;

/// Draws which function it is over `row`.
pub fn head(state: &SourceState, look: &ViewContext, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let (Some(function), row) = (state.function(), fit::from(row, 1)) else { return };
    let figures = said::head(look, state);
    let room = usize::from(row.width).saturating_sub(1);
    let figures = cut_end(&figures, room.saturating_sub(LEAST_NAME));
    let name = cut_middle(&function.shown, room.saturating_sub(width(&figures) + 2));
    let pieces =
        [(&*name, paint.style(Role::Bold)), ("  ", paint.style(Role::Text)), (&*figures, paint.style(Role::Text))];
    paint.pieces(buffer, row, &pieces);
}

/// Cells that the name of the function has at least.
const LEAST_NAME: usize = 16;

/// Draws the lines.
pub fn draw(state: &SourceState, look: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if let Some(line) = said::nothing(state) {
        paint.text_cut(buffer, fit::from(fit::row(area, 1), 2), &line, paint.style(Role::Text));
        return;
    }
    let windows = if look.answer.base.is_some() { Windows::Two } else { Windows::One };
    let rows = state.rows();
    let digits = rows.get(rows.len().saturating_sub(1)).map_or(1, |row| row.number.to_string().len());
    let columns = fitting(usize::from(area.width), windows, digits);
    let pen = SourcePainter { state, look, paint, columns };
    pen.head(fit::row(area, 0), buffer);
    let notes = state.notes();
    if let TextState::Missing(missing) = state.text() {
        for (index, line) in said::missing(missing, notes).iter().enumerate() {
            let role = if line.starts_with("hint") { Role::Text } else { Role::Dim };
            paint.text_cut(buffer, fit::from(fit::row(area, index + 1), 2), line, paint.style(role));
        }
    }
    for at in state.top()..rows.len() {
        let place = fit::row(area, 1 + notes + at - state.top());
        let Some(row) = rows.get(at).filter(|_| place.height > 0) else { break };
        pen.row(place, (at, &row), buffer);
    }
}

/// Draws the selected line in full over `area`.
pub fn foot(state: &SourceState, look: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let details = said::details(look, state);
    let lines = if area.height == 1 { &details[details.len().min(1)..] } else { &details[..] };
    for (index, line) in lines.iter().enumerate() {
        let style = paint.style(if index == 0 { Role::Bold } else { Role::Text });
        paint.text_cut(buffer, fit::from(fit::row(area, index), 1), line, style);
    }
}

struct SourcePainter<'a> {
    state: &'a SourceState,
    look: &'a ViewContext<'a>,
    paint: &'a Paint,
    columns: Vec<(SourceColumn, Range<usize>)>,
}

impl SourcePainter<'_> {
    fn head(&self, row: Rect, buffer: &mut Buffer) {
        let style = self.paint.style(Role::Header);
        self.paint.wash(buffer, row, style);
        for (column, cells) in &self.columns {
            let place = fit::part(row, cells.start, cells.len());
            if *column == SourceColumn::Text {
                let file = said::file(self.state);
                self.paint.text(buffer, place, &cut_middle(&file, cells.len()), style);
            } else {
                self.paint.text_right(buffer, place, self.title(*column), style);
            }
        }
    }

    fn title(&self, column: SourceColumn) -> &'static str {
        let is_compared = self.look.answer.base.is_some();
        match column {
            SourceColumn::Own if is_compared && self.paint.is_ascii() => "dSelf",
            SourceColumn::Own if is_compared => "ΔSelf",
            SourceColumn::Own => "Self",
            SourceColumn::Total if is_compared && self.paint.is_ascii() => "dTotal",
            SourceColumn::Total if is_compared => "ΔTotal",
            SourceColumn::Total => "Total",
            SourceColumn::Base => "A",
            SourceColumn::Now => "B",
            SourceColumn::Share => "%",
            SourceColumn::Number => "Line",
            SourceColumn::Bar | SourceColumn::Text => "",
        }
    }

    fn row(&self, place: Rect, (at, row): (usize, &SourceRow), buffer: &mut Buffer) {
        // What carries figures stands out, with colours and without.
        let mut style = self.paint.style(if row.figures.is_some() { Role::Bold } else { Role::Text });
        let is_selected = at == self.state.at();
        if is_selected {
            style = self.paint.mark(style, Highlight::Selected);
            self.paint.wash(buffer, place, style);
            self.paint.text(buffer, place, self.paint.glyphs().cursor, style);
        }
        for (column, cells) in &self.columns {
            let cell = fit::part(place, cells.start, cells.len());
            match (column, &row.figures) {
                (SourceColumn::Text, _) => self.text(cell, row, style, buffer),
                (SourceColumn::Number, figures) => {
                    let faint = figures.is_none() && !is_selected;
                    let style = if faint { self.paint.style(Role::Dim) } else { style };
                    self.paint.text_right(buffer, cell, &number(row), style);
                }
                (_, None) => {}
                (SourceColumn::Bar, Some(line)) => {
                    let bar = if style.bg.is_some() { style } else { style.patch(self.paint.style(Role::Bar)) };
                    self.paint.bar(buffer, cell, self.part(line), bar);
                }
                (column, Some(line)) => {
                    let style = if is_selected { style } else { self.strength(*column, &line.held, style) };
                    self.paint.text_right(buffer, cell, &self.figure(*column, line), style);
                }
            }
        }
    }

    /// The text of the line as far as it is scrolled, after a sign in a comparison.
    fn text(&self, place: Rect, row: &SourceRow, style: Style, buffer: &mut Buffer) {
        let mut x = 0;
        if self.look.answer.base.is_some() {
            let sign = row.figures.as_ref().map_or("  ", |line| words::sign(&said::change(&line.held), 0));
            x = usize::from(self.paint.text(buffer, place, sign, style));
        }
        let place = fit::from(place, x);
        let Some(index) = row.text else {
            let why = match self.state.text() {
                TextState::Code(_) if row.number < 1 => "(the profile does not say which line)",
                TextState::Code(_) => "(the file has no such line)",
                TextState::Coming | TextState::Missing(_) => "",
            };
            self.paint.text_cut(buffer, place, why, self.paint.style(Role::Dim).patch(style));
            return;
        };
        let Some(code) = self.state.code() else { return };
        let line = code.line(index);
        let hidden = cut(&line, self.state.left());
        // A wide letter that is cut in two leaves a blank.
        let gap = self.state.left().saturating_sub(width(hidden)).min(1);
        let rest = &line[hidden.len()..];
        if rest.is_empty() {
            return;
        }
        self.paint.text_cut(buffer, fit::from(place, gap * usize::from(!hidden.is_empty())), rest, style);
    }

    fn figure(&self, column: SourceColumn, line: &SourceLine) -> String {
        let (unit, held) = (self.look.unit(), &line.held);
        // A blank says more quickly than a nought that there is nothing.
        let amount = |value| if value == 0 { String::new() } else { unit.short(value) };
        let change = |delta| if delta == 0 { String::new() } else { unit.signed_short(delta) };
        match (column, held.base) {
            (SourceColumn::Own, None) => amount(held.now.own),
            (SourceColumn::Own, Some(_)) => change(held.own().delta()),
            (SourceColumn::Total, Some(_)) => change(held.total().delta()),
            (SourceColumn::Base, base) => amount(base.map_or(0, |base| base.total)),
            (SourceColumn::Total, None) | (SourceColumn::Now, _) => amount(held.now.total),
            (SourceColumn::Share, _) => units::percent(held.now.total, self.whole()),
            (SourceColumn::Bar | SourceColumn::Number | SourceColumn::Text, _) => String::new(),
        }
    }

    /// In a comparison, a change is drawn as strong as it is everywhere else.
    fn strength(&self, column: SourceColumn, held: &CurrentAndBase, style: Style) -> Style {
        let change = match column {
            SourceColumn::Own => held.own(),
            SourceColumn::Total => held.total(),
            _ => return style,
        };
        if held.base.is_none() || change.delta() == 0 { style } else { self.paint.style(self.look.role(&change)) }
    }

    fn part(&self, line: &SourceLine) -> f64 {
        match self.whole().unsigned_abs() {
            0 => 0.0,
            whole => (line.held.now.total.unsigned_abs() as f64 / whole as f64).min(1.0),
        }
    }

    fn whole(&self) -> i64 {
        self.state.lines().map_or(0, |lines| lines.whole.now.total)
    }
}

/// The number of a line; none where the profile does not say it.
fn number(row: &SourceRow) -> String {
    if row.number > 0 { row.number.to_string() } else { "?".to_owned() }
}
