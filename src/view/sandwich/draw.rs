//! Draws the sandwich: a title, the headings, callers, the function in the middle, callees.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::analysis::sandwich::CallDirection;
use crate::base::safe_text;
use crate::base::units;
use crate::layout::columns::{SandwichColumn, Windows, sandwich as columns};
use crate::paint::{Align, Grid, Heading, Highlight, Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::sandwich::state::{SandwichRow, SandwichState};
use crate::view::words;

/// Most levels that are indented by their depth.
const MOST_INDENTED: usize = 12;

/// Least cells of the name in the middle beside the long form of its figures.
const NAME: usize = 16;

/// Draws the function in the middle with its figures over `row`.
pub fn head(state: &SandwichState, context: &ViewContext, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let (Some(middle), row) = (state.middle(), fit::from(row, 1)) else { return };
    let room = |figures: &String| usize::from(row.width).saturating_sub(figures.chars().count() + 3);
    let [long, short] = state.figures(context);
    let figures = if room(&long) >= NAME { long } else { short };
    let name = context.label(middle.frame, room(&figures)).into_owned();
    let plain = paint.style(Role::Text);
    paint.pieces(buffer, row, &[(&*name, paint.style(Role::Bold)), ("  ", plain), (&figures, plain)]);
}

/// Draws the rows over `area`.
pub fn draw(state: &SandwichState, context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if state.rows().is_empty() {
        let name = state.middle_name().map(safe_text::safe_str);
        let line = name.map_or_else(
            || "no function is selected: choose one in the icicle or the table".to_owned(),
            |name| format!("{name} is not in this window"),
        );
        paint.text_cut(buffer, fit::from(fit::row(area, 1), 2), &line, paint.style(Role::Text));
        return;
    }
    let windows = if context.answer.base.is_some() { Windows::Two } else { Windows::One };
    let columns = columns(usize::from(area.width), windows);
    let painter = SandwichPainter { state, context, grid: Grid { paint, columns: &columns } };
    paint.wash(buffer, fit::row(area, 0), paint.style(Role::Header));
    painter.grid.head(fit::row(area, 0), buffer, |column| painter.heading(column));
    let cursor = state.cursor();
    for index in cursor.visible(state.rows().len()) {
        let (line, row) = (&state.rows()[index], fit::row(area, index - cursor.top + 1));
        let mut style = paint.style(if line.direction.is_none() { Role::Bold } else { Role::Text });
        if index == cursor.at {
            style = paint.selected_row(buffer, row, style);
        }
        painter.row(line, row, style, buffer);
    }
}

struct SandwichPainter<'a> {
    state: &'a SandwichState,
    context: &'a ViewContext<'a>,
    grid: Grid<'a, SandwichColumn>,
}

impl SandwichPainter<'_> {
    fn heading(&self, column: SandwichColumn) -> Heading<'static> {
        let paint = self.grid.paint;
        let title = match column {
            SandwichColumn::Change if paint.is_ascii() => "dTotal",
            SandwichColumn::Change => "ΔTotal",
            SandwichColumn::Part if paint.is_ascii() => "d/A",
            SandwichColumn::Part => "Δ/A",
            SandwichColumn::Base => "A",
            SandwichColumn::Total if self.context.answer.base.is_some() => "B",
            SandwichColumn::Total => "Total",
            SandwichColumn::Share => "%",
            SandwichColumn::Bar => "",
            SandwichColumn::Own => "Self",
            SandwichColumn::Name => "callers above, callees below",
        };
        let align = if column == SandwichColumn::Name { Align::Left } else { Align::Right };
        Heading { text: title.into(), align, style: paint.style(Role::Header) }
    }

    fn row(&self, row: &SandwichRow, area: Rect, style: Style, buffer: &mut Buffer) {
        for (column, cell) in self.grid.cells(area) {
            match column {
                SandwichColumn::Name => self.name(row, cell, style, buffer),
                SandwichColumn::Bar => {
                    self.grid.paint.bar_in_row(buffer, cell, self.share(row), style);
                }
                _ => {
                    self.grid.paint.text_right(buffer, cell, &self.figure(column, row), style);
                }
            }
        }
    }

    fn figure(&self, column: SandwichColumn, row: &SandwichRow) -> String {
        let (unit, chain, change) = (self.context.unit(), &row.chain, row.chain.change());
        match column {
            SandwichColumn::Change => unit.signed_short(change.delta()),
            SandwichColumn::Part => words::relative_change(&change),
            SandwichColumn::Base => unit.short(change.base),
            SandwichColumn::Total => unit.short(chain.now.total),
            SandwichColumn::Share => units::percent(chain.now.total, self.total()),
            // The self of a caller is no part of what it calls.
            SandwichColumn::Own if row.direction == Some(CallDirection::Callers) => String::new(),
            SandwichColumn::Own => unit.short(chain.now.own),
            SandwichColumn::Bar | SandwichColumn::Name => String::new(),
        }
    }

    fn share(&self, row: &SandwichRow) -> f64 {
        match self.total().unsigned_abs() {
            0 => 0.0,
            total => (row.chain.now.total.unsigned_abs() as f64 / total as f64).min(1.0),
        }
    }

    /// Total of the function in the middle.
    fn total(&self) -> i64 {
        self.state.middle().map_or(0, |chain| chain.now.total)
    }

    /// Draws a name, indented by its distance from the middle, after the mark of its level.
    fn name(&self, row: &SandwichRow, cell: Rect, style: Style, buffer: &mut Buffer) {
        let (paint, context) = (self.grid.paint, self.context);
        let room = usize::from(cell.width);
        let mut x = (row.path.len().min(MOST_INDENTED) * 2).min(room / 3);
        if row.direction.is_some() {
            paint.text(buffer, fit::from(cell, x), self.level_mark(row), style);
            x += 2;
        }
        if context.answer.base.is_some() {
            let change = row.chain.change();
            let sign = words::sign(&change, room.saturating_sub(x) / 2);
            let sign_style = if style.bg.is_some() { style } else { paint.style(context.change_role(&change)) };
            x += usize::from(paint.text(buffer, fit::from(cell, x), sign, sign_style));
        }
        let is_hit = context.is_hit(row.chain.frame);
        let style = if is_hit { paint.mark(style, Highlight::Hit) } else { style };
        paint.text(buffer, fit::from(cell, x), &context.label(row.chain.frame, room.saturating_sub(x)), style);
    }

    /// Mark of the next level: an arrow if it is open, a plus if it can be opened.
    fn level_mark(&self, row: &SandwichRow) -> &'static str {
        match row.direction {
            Some(CallDirection::Callers) if row.is_open => self.grid.paint.glyphs().sort_up,
            Some(CallDirection::Callees) if row.is_open => self.grid.paint.glyphs().sort_down,
            Some(direction) if row.chain.has_next(self.context.answer, direction) => "+",
            _ => " ",
        }
    }
}
