//! Draws the trend: the line of all, the table of functions, and the plot of the selected one.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::analysis::Trends;
use crate::analysis::trend::FunctionTrend;
use crate::base::clean;
use crate::base::width::{pad_right, width};
use crate::layout::chart;
use crate::layout::panes::Area;
use crate::layout::plot;
use crate::layout::trend::{TrendColumn, columns};
use crate::paint::{Highlight, Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::table::state::SortDirection;
use crate::view::trend::state::TrendState;
use crate::view::trend::words;

/// Cells for the line of all at most.
const WHOLE: usize = 40;
/// Cells of a figure at the axis, and the axis after it.
const AXIS: usize = 9;
/// Cells that the callers of a plotted function should have.
const CALLERS: usize = 12;

/// Draws the line of all over `row`.
pub fn head(state: &TrendState, look: &ViewContext, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let Some(trends) = state.trends() else { return };
    let row = fit::from(row, 1);
    let plain = paint.style(Role::Text);
    let cells = trends.window.count().min(WHOLE).min(usize::from(row.width) / 3);
    let line = spark(&trends.total.line, cells, paint);
    let mut x = usize::from(paint.pieces(buffer, row, &[("total ", paint.style(Role::Dim)), (&line, plain)]));
    for word in words::whole(look, trends) {
        if x + 2 + width(&word) > usize::from(row.width) {
            break;
        }
        x += 2 + usize::from(paint.text(buffer, fit::from(row, x + 2), &word, plain));
    }
}

/// Draws table and plot.
pub fn draw(state: &TrendState, look: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let Some(trends) = state.trends() else {
        let room = usize::from(area.width).saturating_sub(3);
        for (index, line) in words::nothing(look, state.found(), room).iter().enumerate() {
            paint.text(buffer, fit::from(fit::row(area, index + 1), 2), line, paint.style(Role::Text));
        }
        return;
    };
    let parts = state.parts();
    table(&TrendPainter { state, trends, look, paint }, rect(parts.table), buffer);
    let Some(row) = state.selected() else { return };
    if parts.plot.height > 0 {
        title(look, paint, row, rect(parts.rule), buffer);
        Plot { look, paint, trends, row, area: rect(parts.plot) }.draw(buffer);
    }
}

/// Draws what there is to say of the selected row, as many lines as `area` has.
pub fn foot(state: &TrendState, look: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let (Some(trends), Some(row)) = (state.trends(), state.selected()) else { return };
    let cells = usize::from(area.width).saturating_sub(2);
    let name = clean::named(look.name(row.frame)).to_owned();
    let evidence = words::evidence(look, trends, row, cells);
    let glyphs = paint.glyphs();
    let path = words::path(look, row.node, (glyphs.crumb, glyphs.ellipsis), cells.saturating_sub(4));
    let path = if path.is_empty() { path } else { format!("via {path}") };
    let lines = [
        (name, Role::Bold),
        (evidence, Role::Text),
        (words::figures(look, row).join("  "), Role::Text),
        (path, Role::Text),
    ];
    // A single line has no room but for what the plot does not say.
    let skipped = usize::from(area.height == 1);
    for (index, (line, role)) in lines.iter().skip(skipped).enumerate() {
        paint.text_cut(buffer, fit::from(fit::row(area, index), 1), line, paint.style(*role));
    }
}

struct TrendPainter<'a> {
    state: &'a TrendState,
    trends: &'a Trends,
    look: &'a ViewContext<'a>,
    paint: &'a Paint,
}

fn table(pen: &TrendPainter, area: Rect, buffer: &mut Buffer) {
    let columns = columns(usize::from(area.width), pen.trends.window.count());
    pen.head(&columns, fit::row(area, 0), buffer);
    let shown = usize::from(area.height).saturating_sub(1);
    for index in 0..shown {
        let at = pen.state.top() + index;
        let Some(row) = pen.state.row(at) else { break };
        pen.row(&columns, (at, row), fit::row(area, index + 1), buffer);
    }
}

impl TrendPainter<'_> {
    fn head(&self, columns: &[(TrendColumn, Range<usize>)], row: Rect, buffer: &mut Buffer) {
        let (paint, style) = (self.paint, self.paint.style(Role::Header));
        let mark = match self.state.direction() {
            SortDirection::Usual => paint.glyphs().sort_down,
            SortDirection::Reversed => paint.glyphs().sort_up,
        };
        for (column, cells) in columns {
            let place = fit::part(row, cells.start, cells.len());
            let is_sorted = self.state.sorted_by().column() == *column;
            let title = self.title(*column);
            let title = if is_sorted { format!("{title}{mark}") } else { title };
            if is_text(*column) {
                paint.text(buffer, place, &title, style);
            } else {
                paint.text_right(buffer, place, &title, style);
            }
        }
    }

    fn title(&self, column: TrendColumn) -> String {
        match column {
            TrendColumn::Name => "Function",
            TrendColumn::Line => "0..max",
            TrendColumn::First => "First",
            TrendColumn::Last => "Last",
            // Without times there are only snapshots to count by.
            TrendColumn::Slope if self.trends.total.slope.is_none() => "/snap",
            TrendColumn::Slope => "/hour",
            TrendColumn::Tau => "tau",
            TrendColumn::Shape => "Shape",
            TrendColumn::Evidence => "Evidence",
        }
        .to_owned()
    }

    fn row(
        &self,
        columns: &[(TrendColumn, Range<usize>)],
        (at, row): (usize, &FunctionTrend),
        place: Rect,
        buffer: &mut Buffer,
    ) {
        let paint = self.paint;
        let mut style = paint.style(Role::Text);
        if at == self.state.at() {
            style = paint.mark(style, Highlight::Selected);
            paint.wash(buffer, place, style);
            paint.text(buffer, place, paint.glyphs().cursor, style);
        }
        let stands_out = style.patch(paint.style(Role::Warning));
        let is_suspect = words::is_suspect(self.look, self.trends, row);
        if is_suspect {
            paint.text(buffer, fit::from(place, 2), paint.glyphs().alert, stands_out);
        }
        for (column, cells) in columns {
            let cell = fit::part(place, cells.start, cells.len());
            let is_marked = is_suspect && matches!(column, TrendColumn::Name | TrendColumn::Shape);
            let style = if is_marked { stands_out } else { style };
            let style = if *column == TrendColumn::Name { self.name_style(row, style) } else { style };
            let text = self.text(*column, row, cells.len());
            if is_text(*column) {
                paint.text_cut(buffer, cell, &text, style);
            } else {
                paint.text_right(buffer, cell, &text, style);
            }
        }
    }

    fn name_style(&self, row: &FunctionTrend, style: Style) -> Style {
        if self.look.is_hit(row.frame) { self.paint.mark(style, Highlight::Hit) } else { style }
    }

    fn text(&self, column: TrendColumn, row: &FunctionTrend, cells: usize) -> String {
        let unit = self.look.unit();
        match column {
            TrendColumn::Name => self.look.label(row.frame, cells).into_owned(),
            TrendColumn::Line => {
                let line = self.trends.line(row);
                spark(line, cells.min(line.len()), self.paint)
            }
            TrendColumn::First => unit.short(row.first),
            TrendColumn::Last => unit.short(row.last),
            TrendColumn::Slope => words::slope(&unit, row),
            TrendColumn::Tau => format!("{:+.2}", row.tau),
            TrendColumn::Shape => words::verdict(self.look, self.trends, row).to_owned(),
            TrendColumn::Evidence => row.shape.evidence(&unit),
        }
    }
}

fn is_text(column: TrendColumn) -> bool {
    matches!(column, TrendColumn::Name | TrendColumn::Line | TrendColumn::Shape | TrendColumn::Evidence)
}

/// Names what is plotted, and the way to where it grew most.
fn title(look: &ViewContext, paint: &Paint, row: &FunctionTrend, place: Rect, buffer: &mut Buffer) {
    paint.rule(buffer, place, "", paint.style(Role::Rule));
    let cells = usize::from(place.width).saturating_sub(6);
    let name = look.label(row.frame, cells / 2).into_owned();
    let glyphs = paint.glyphs();
    let room = cells.saturating_sub(width(&name) + width("  grew most under "));
    let path =
        if room < CALLERS { String::new() } else { words::path(look, row.node, (glyphs.crumb, glyphs.ellipsis), room) };
    let path = if path.is_empty() { path } else { format!(" grew most under {path} ") };
    let pieces = [(" ", Role::Text), (&*name, Role::Bold), (" ", Role::Text), (&*path, Role::Text)];
    paint.pieces(buffer, fit::from(place, 1), &pieces.map(|(text, role)| (text, paint.style(role))));
}

struct Plot<'a> {
    look: &'a ViewContext<'a>,
    paint: &'a Paint,
    trends: &'a Trends,
    row: &'a FunctionTrend,
    area: Rect,
}

impl Plot<'_> {
    fn draw(&self, buffer: &mut Buffer) {
        let cells = usize::from(self.area.width).saturating_sub(AXIS + 1);
        // Below the plot stand its axis and the times.
        let rows = usize::from(self.area.height).saturating_sub(2);
        if cells == 0 || rows == 0 {
            return;
        }
        let line = self.trends.line(self.row);
        let heights = chart::columns(line, (cells, rows));
        let bar = self.paint.style(Role::Bar);
        for row in 0..rows {
            let foot = (rows - 1 - row) * 8;
            let text: String = heights.iter().map(|height| self.block(height.saturating_sub(foot))).collect();
            self.paint.text(buffer, fit::from(fit::row(self.area, row), AXIS), text.trim_end(), bar);
            self.paint.text(buffer, fit::part(fit::row(self.area, row), AXIS - 1, 1), self.separator(), self.dim());
        }
        for (row, value) in chart::ticks(line, rows) {
            let place = fit::row(self.area, row);
            self.paint.text_right(buffer, fit::part(place, 0, AXIS - 2), &self.look.unit().short(value), self.dim());
            self.paint.text(buffer, fit::part(place, AXIS - 1, 1), self.paint.glyphs().tick, self.dim());
        }
        self.axis(cells, fit::row(self.area, rows), buffer);
        self.times(cells, fit::row(self.area, rows + 1), buffer);
    }

    fn dim(&self) -> Style {
        self.paint.style(Role::Dim)
    }

    fn separator(&self) -> &'static str {
        self.paint.glyphs().separator
    }

    fn block(&self, eighths: usize) -> &'static str {
        eighths.checked_sub(1).map_or(" ", |at| self.paint.glyphs().risen[at.min(7)])
    }

    /// The axis, with the windows and the restarts on it.
    fn axis(&self, cells: usize, row: Rect, buffer: &mut Buffer) {
        let glyphs = self.paint.glyphs();
        let line = format!("{}{}", glyphs.origin, glyphs.horizontal.repeat(cells));
        self.paint.text(buffer, fit::from(row, AXIS - 1), &line, self.dim());
        let row = fit::from(row, AXIS);
        let count = self.trends.window.count();
        for segment in self.trends.segments.iter().skip(1) {
            let at = plot::columns_of(segment.start..segment.start + 1, cells, count).start;
            self.paint.text(buffer, fit::part(row, at, 1), "R", self.paint.style(Role::Text));
        }
        let query = &self.look.answer.query;
        for (letter, window) in [("A", query.base), ("B", Some(query.window))] {
            // A window over everything marks nothing.
            let Some(window) = window.filter(|window| window.count() < count) else { continue };
            let Some(start) = window.first.checked_sub(self.trends.window.first) else { continue };
            let end = start + window.count();
            if end > count {
                continue;
            }
            let at = plot::columns_of(start..end, cells, count);
            let text = pad_right(letter, 1).repeat(at.len());
            self.paint.text(buffer, fit::part(row, at.start, at.len()), &text, self.paint.style(Role::Bold));
        }
    }

    /// When the first, the middle and the last snapshot were taken.
    fn times(&self, cells: usize, row: Rect, buffer: &mut Buffer) {
        let row = fit::part(fit::from(row, AXIS), 0, cells);
        let count = self.trends.window.count();
        let (first, last) = (self.at(0), self.at(count - 1));
        self.paint.text(buffer, row, &first, self.dim());
        if width(&first) + width(&last) + 2 > cells {
            return;
        }
        self.paint.text_right(buffer, row, &last, self.dim());
        let middle = self.at(count / 2);
        let at = plot::columns_of(count / 2..count / 2 + 1, cells, count).start;
        if at > width(&first) + 2 && at + width(&middle) + 2 < cells - width(&last) {
            self.paint.text(buffer, fit::from(row, at), &middle, self.dim());
        }
    }

    /// When a snapshot was taken, or its number where that is not said.
    fn at(&self, place: usize) -> String {
        let snapshot = &self.look.answer.series.snapshots()[self.trends.window.first + place];
        match snapshot.header.time_nanos {
            0 => format!("{}", place + 1),
            time => (self.look.clock)(time),
        }
    }
}

/// A line as one row of heights, from 0 to its largest.
fn spark(values: &[i64], cells: usize, paint: &Paint) -> String {
    let glyphs = paint.glyphs().spark;
    // Nothing still has a foot to stand on: a line that begins at 0 is a line from its beginning.
    plot::heights(values, cells).into_iter().map(|height| glyphs[usize::from(height.max(1)) - 1]).collect()
}

fn rect(area: Area) -> Rect {
    Rect::new(area.x, area.y, area.width, area.height)
}
