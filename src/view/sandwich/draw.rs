//! Draws the sandwich: a header, callers, the function in the middle, callees.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::analysis::sandwich::CallDirection;
use crate::base::clean;
use crate::base::units;
use crate::layout::sandwich::{SandwichColumn, Windows, fit as fitting};
use crate::paint::{Highlight, Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::sandwich::state::{SandwichRow, SandwichState};
use crate::view::sandwich::words as said;
use crate::view::words;

/// Levels that are drawn by their depth; deeper ones stand below each other.
const DEEPEST: usize = 12;

/// Cells that the name in the middle gets at least, where figures can be told more briefly.
const NAME: usize = 16;

/// Draws what is in the middle over `row`.
pub fn head(state: &SandwichState, look: &ViewContext, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let (Some(middle), row) = (state.middle(), fit::from(row, 1)) else { return };
    let room = |figures: &String| usize::from(row.width).saturating_sub(figures.chars().count() + 3);
    let [long, short] = said::head(look, state);
    let figures = if room(&long) >= NAME { long } else { short };
    let cells = room(&figures);
    let name = look.label(middle.frame, cells).into_owned();
    let pieces =
        [(&*name, paint.style(Role::Bold)), ("  ", paint.style(Role::Text)), (&figures, paint.style(Role::Text))];
    paint.pieces(buffer, row, &pieces);
}

/// Draws the rows.
pub fn draw(state: &SandwichState, look: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if state.lines().is_empty() {
        let name = state.middle_name().map(clean::safe_str);
        let line = name.map_or_else(
            || "no function is selected: choose one in the icicle or the table".to_owned(),
            |name| format!("nothing calls {name} here, and it calls nothing: this window does not have it"),
        );
        paint.text_cut(buffer, fit::from(fit::row(area, 1), 2), &line, paint.style(Role::Text));
        return;
    }
    let windows = if look.answer.base.is_some() { Windows::Two } else { Windows::One };
    let pen = SandwichPainter { state, look, paint, columns: fitting(usize::from(area.width), windows) };
    pen.head(fit::row(area, 0), buffer);
    for (index, line) in state.lines().iter().enumerate().skip(state.top()) {
        let row = fit::row(area, index - state.top() + 1);
        if row.height == 0 {
            break;
        }
        pen.row(row, (index, line), buffer);
    }
}

struct SandwichPainter<'a> {
    state: &'a SandwichState,
    look: &'a ViewContext<'a>,
    paint: &'a Paint,
    columns: Vec<(SandwichColumn, Range<usize>)>,
}

impl SandwichPainter<'_> {
    fn head(&self, row: Rect, buffer: &mut Buffer) {
        let style = self.paint.style(Role::Header);
        self.paint.wash(buffer, row, style);
        for (column, cells) in &self.columns {
            let place = fit::part(row, cells.start, cells.len());
            let title = self.title(*column);
            if *column == SandwichColumn::Name {
                self.paint.text(buffer, place, title, style);
            } else {
                self.paint.text_right(buffer, place, title, style);
            }
        }
    }

    fn title(&self, column: SandwichColumn) -> &'static str {
        match column {
            SandwichColumn::Change if self.paint.is_ascii() => "dTotal",
            SandwichColumn::Change => "ΔTotal",
            SandwichColumn::Part if self.paint.is_ascii() => "d/A",
            SandwichColumn::Part => "Δ/A",
            SandwichColumn::Base => "A",
            SandwichColumn::Total if self.look.answer.base.is_some() => "B",
            SandwichColumn::Total => "Total",
            SandwichColumn::Share => "%",
            SandwichColumn::Bar => "",
            SandwichColumn::Own => "Self",
            SandwichColumn::Name => "callers above, callees below",
        }
    }

    fn row(&self, place: Rect, (index, line): (usize, &SandwichRow), buffer: &mut Buffer) {
        let mut style = self.paint.style(if line.way.is_none() { Role::Bold } else { Role::Text });
        if index == self.state.at() {
            style = self.paint.mark(style, Highlight::Selected);
            self.paint.wash(buffer, place, style);
            self.paint.text(buffer, place, self.paint.glyphs().cursor, style);
        }
        for (column, cells) in &self.columns {
            let cell = fit::part(place, cells.start, cells.len());
            match column {
                SandwichColumn::Name => self.name(cell, line, style, buffer),
                SandwichColumn::Bar => {
                    let bar = if style.bg.is_some() { style } else { style.patch(self.paint.style(Role::Bar)) };
                    self.paint.bar(buffer, cell, self.share(line), bar);
                }
                _ => {
                    let text = self.figure(*column, line);
                    self.paint.text_right(buffer, cell, &text, style);
                }
            }
        }
    }

    fn figure(&self, column: SandwichColumn, line: &SandwichRow) -> String {
        let (unit, row, change) = (self.look.unit(), &line.row, line.row.change());
        let middle = self.state.middle().map_or(0, |row| row.now.total);
        match column {
            SandwichColumn::Change => unit.signed_short(change.delta()),
            SandwichColumn::Part => words::part(&change),
            SandwichColumn::Base => unit.short(change.base),
            SandwichColumn::Total => unit.short(row.now.total),
            SandwichColumn::Share => units::percent(row.now.total, middle),
            // What a caller itself holds is not part of what it gives to the middle.
            SandwichColumn::Own if line.way == Some(CallDirection::Callers) => String::new(),
            SandwichColumn::Own => unit.short(row.now.own),
            SandwichColumn::Bar | SandwichColumn::Name => String::new(),
        }
    }

    fn share(&self, line: &SandwichRow) -> f64 {
        match self.state.middle().map_or(0, |row| row.now.total.unsigned_abs()) {
            0 => 0.0,
            whole => (line.row.now.total.unsigned_abs() as f64 / whole as f64).min(1.0),
        }
    }

    /// The name, further in the further it is from the middle; before it whether there is more.
    fn name(&self, place: Rect, line: &SandwichRow, style: Style, buffer: &mut Buffer) {
        let depth = line.path.len().min(DEEPEST);
        let room = usize::from(place.width);
        let indent = (depth * 2).min(room / 3);
        let mut x = indent;
        if line.way.is_some() {
            self.paint.text(buffer, fit::from(place, x), self.handle(line), style);
            x += 2;
        }
        if self.look.answer.base.is_some() {
            let sign = words::sign(&line.row.change(), room.saturating_sub(x) / 2);
            let strength = self.paint.style(self.look.role(&line.row.change()));
            let style = if style.bg.is_some() { style } else { strength };
            x += usize::from(self.paint.text(buffer, fit::from(place, x), sign, style));
        }
        let is_hit = self.look.is_hit(line.row.frame);
        let style = if is_hit { self.paint.mark(style, Highlight::Hit) } else { style };
        self.paint.text(buffer, fit::from(place, x), &self.look.label(line.row.frame, room.saturating_sub(x)), style);
    }

    fn handle(&self, line: &SandwichRow) -> &'static str {
        match line.way {
            Some(way) if line.is_open => match way {
                CallDirection::Callers => self.paint.glyphs().sort_up,
                CallDirection::Callees => self.paint.glyphs().sort_down,
            },
            Some(way) if line.row.has_next(self.look.answer, way) => "+",
            _ => " ",
        }
    }
}
