//! Draws the trend: the line of the total, the table of functions, and the plot of the selected function.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use crate::analysis::trend::{FunctionTrend, GrowthFinding};
use crate::analysis::{TrendStatus, Trends};
use crate::base::safe_text;
use crate::base::width::{pad_right, width};
use crate::layout::chart;
use crate::layout::panes::Area;
use crate::layout::plot;
use crate::layout::trend::{TrendColumn, columns};
use crate::paint::{Align, Grid, Heading, Highlight, Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::heat_map;
use crate::view::table::state::SortDirection;
use crate::view::timeline::state::TimelineEventKind;
use crate::view::trend::state::{TrendPresentation, TrendRow, TrendState};
use crate::view::trend::words;

/// Heading of the column of lines.
pub const LINE_HEADING: &str = "0..max";

/// Maximum width of the line of the total, in cells.
const TOTAL_LINE: usize = 40;
/// Width of the axis with its figures, in cells.
const AXIS: usize = 9;
/// Minimum width of the callers of the plotted function, in cells.
const CALLERS: usize = 12;

/// Draws the line of the total over `row`.
pub fn head(state: &TrendState, context: &ViewContext, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let Some(trends) = state.trends() else { return };
    let row = fit::from(row, 1);
    let plain = paint.style(Role::Text);
    let cells = trends.window.count().min(TOTAL_LINE).min(usize::from(row.width) / 3);
    let line = spark(&trends.total.line, cells, paint);
    let mut x =
        usize::from(paint.pieces(buffer, row, &[("total ", paint.style(Role::Dim)), (&line, paint.style(Role::Plot))]));
    for word in words::total(context, trends) {
        if x + 2 + width(&word) > usize::from(row.width) {
            break;
        }
        x += 2 + usize::from(paint.text(buffer, fit::from(row, x + 2), &word, plain));
    }
}

/// Draws table and plot.
pub fn draw(state: &TrendState, context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let Some(trends) = state.trends() else {
        let room = usize::from(area.width).saturating_sub(3);
        for (index, line) in words::missing(context, state.data(), room).iter().enumerate() {
            paint.text(buffer, fit::from(fit::row(area, index + 1), 2), line, paint.style(Role::Text));
        }
        return;
    };
    let parts = state.parts();
    let table = rect(parts.table);
    if state.presentation() == TrendPresentation::HeatMap {
        heat_map::draw::draw(state, trends, context, paint, table, buffer);
        return;
    }
    let columns = columns(usize::from(table.width), trends.window.count());
    let grid = Grid { paint, columns: &columns };
    TrendPainter { state, trends, context, grid }.table(table, buffer);
    let Some(row) = state.selected() else { return };
    if parts.plot.height > 0 {
        title(context, paint, row, rect(parts.rule), buffer);
        Plot { context, paint, trends, row, area: rect(parts.plot) }.draw(buffer);
    }
}

/// Draws the evidence for the selected row over `area`.
pub fn foot(state: &TrendState, context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let (Some(trends), Some(row)) = (state.trends(), state.selected()) else { return };
    let cells = usize::from(area.width).saturating_sub(2);
    let path = path(context, paint, row, cells.saturating_sub(4));
    let path = if path.is_empty() { path } else { format!("via {path}") };
    let (name, evidence, figures) = match row {
        TrendRow::Cause(finding) => (
            safe_text::display_name(context.name(row.frame())).to_owned(),
            words::cause_evidence(context, finding, cells),
            words::cause_figures(context, finding),
        ),
        TrendRow::Function(row) => {
            let name = words::function_and_instance(context, trends, row, cells);
            (name, words::evidence(context, trends, row, cells), words::figures(context, row))
        }
    };
    let lines = [(name, Role::Bold), (evidence, Role::Text), (figures.join("  "), Role::Text), (path, Role::Text)];
    // A single line leaves out the name, which the plot has.
    let skipped = usize::from(area.height == 1);
    for (index, (line, role)) in lines.iter().skip(skipped).enumerate() {
        paint.text_cut(buffer, fit::from(fit::row(area, index), 1), line, paint.style(*role));
    }
}

struct TrendPainter<'a> {
    state: &'a TrendState,
    trends: &'a Trends,
    context: &'a ViewContext<'a>,
    grid: Grid<'a, TrendColumn>,
}

impl TrendPainter<'_> {
    fn table(&self, area: Rect, buffer: &mut Buffer) {
        self.grid.head(fit::row(area, 0), buffer, |column| self.heading(column));
        for index in 0..usize::from(area.height).saturating_sub(1) {
            let at = self.state.index_on(index);
            let Some(row) = self.state.row(at) else { break };
            match row {
                TrendRow::Cause(finding) => self.cause(at, finding, fit::row(area, index + 1), buffer),
                TrendRow::Function(row) => self.row(at, row, fit::row(area, index + 1), buffer),
            }
        }
    }

    fn heading(&self, column: TrendColumn) -> Heading<'static> {
        let title = match column {
            TrendColumn::Name => "Function",
            TrendColumn::Line => LINE_HEADING,
            TrendColumn::First => "First",
            TrendColumn::Last => "Last",
            // Without times, slopes are per snapshot.
            TrendColumn::Slope if self.trends.total.slope.is_none() => "/snap",
            TrendColumn::Slope => "/hour",
            TrendColumn::Tau => "tau",
            TrendColumn::Shape => "Verdict",
            TrendColumn::Evidence => "Evidence",
        };
        let glyphs = self.grid.paint.glyphs();
        let mark = match self.state.direction() {
            _ if self.state.sorted_by().column() != Some(column) => "",
            SortDirection::Usual => glyphs.sort_down,
            SortDirection::Reversed => glyphs.sort_up,
        };
        let style = self.grid.paint.style(Role::Header);
        Heading { text: format!("{title}{mark}").into(), align: align(column), style }
    }

    /// Draws a cause: its line, first and last value, and share of the growth.
    fn cause(&self, at: usize, finding: &GrowthFinding, area: Rect, buffer: &mut Buffer) {
        let paint = self.grid.paint;
        let mut style = paint.style(Role::Text);
        if at == self.state.cursor().at {
            style = paint.selected_row(buffer, area, style);
        }
        let bold = style.patch(paint.style(Role::Bold));
        let is_suspect = self.trends.with_status(TrendStatus::Suspect).next().is_some();
        let marked = if is_suspect { style.patch(paint.style(Role::Warning)) } else { bold };
        if is_suspect {
            paint.text(buffer, fit::from(area, 2), paint.glyphs().alert, marked);
        }
        let cells: Vec<(TrendColumn, Rect)> = self.grid.cells(area).collect();
        let has_shape = cells.iter().any(|(column, _)| *column == TrendColumn::Shape);
        let unit = self.context.unit();
        let end = |value: Option<&i64>| unit.short(value.copied().unwrap_or(0));
        for (column, cell) in cells {
            let room = usize::from(cell.width);
            let text = match column {
                TrendColumn::Name => self.context.label(finding.cause, room).into_owned(),
                TrendColumn::Line => spark(&finding.line, room.min(finding.line.len()), paint),
                TrendColumn::First => end(finding.line.first()),
                TrendColumn::Last => end(finding.line.last()),
                TrendColumn::Slope if !has_shape => "cause".to_owned(),
                TrendColumn::Slope | TrendColumn::Tau => String::new(),
                TrendColumn::Shape => words::cause_share(finding),
                TrendColumn::Evidence => words::cause_evidence(self.context, finding, room),
            };
            let style = match column {
                TrendColumn::Name => bold,
                TrendColumn::Shape => marked,
                TrendColumn::Line => self.line_style(style),
                _ => style,
            };
            let is_hit = column == TrendColumn::Name && self.context.is_hit(finding.cause);
            let style = if is_hit { paint.mark(style, Highlight::Hit) } else { style };
            match align(column) {
                Align::Left => paint.text_cut(buffer, cell, &text, style),
                Align::Right => paint.text_right(buffer, cell, &text, style),
            };
        }
    }

    /// Style of a line over the snapshots: the colour of plots, also on the selected row, where bars in the colour of its
    /// text would look like gaps.
    fn line_style(&self, row: Style) -> Style {
        let plot = Paint::unreversed(self.grid.paint.style(Role::Plot));
        if row.bg.is_some() { plot.bg(plot.bg.unwrap_or(Color::Reset)) } else { plot }
    }

    fn row(&self, at: usize, row: &FunctionTrend, area: Rect, buffer: &mut Buffer) {
        let paint = self.grid.paint;
        let mut style = paint.style(Role::Text);
        if at == self.state.cursor().at {
            style = paint.selected_row(buffer, area, style);
        }
        let suspect_style = style.patch(paint.style(Role::Warning));
        let is_suspect = words::is_suspect(self.trends, row);
        if is_suspect {
            paint.text(buffer, fit::from(area, 2), paint.glyphs().alert, suspect_style);
        }
        for (column, cell) in self.grid.cells(area) {
            let is_marked = is_suspect && matches!(column, TrendColumn::Name | TrendColumn::Shape);
            let style = match column {
                _ if is_marked => suspect_style,
                TrendColumn::Line => self.line_style(style),
                _ => style,
            };
            let is_hit = column == TrendColumn::Name && self.context.is_hit(row.frame);
            let style = if is_hit { paint.mark(style, Highlight::Hit) } else { style };
            let text = self.text(column, row, usize::from(cell.width));
            match align(column) {
                Align::Left => paint.text_cut(buffer, cell, &text, style),
                Align::Right => paint.text_right(buffer, cell, &text, style),
            };
        }
    }

    fn text(&self, column: TrendColumn, row: &FunctionTrend, cells: usize) -> String {
        let unit = self.context.unit();
        match column {
            TrendColumn::Name => words::function(self.context, self.trends, row, cells),
            TrendColumn::Line => {
                let line = self.trends.line(row);
                spark(&line, cells.min(line.len()), self.grid.paint)
            }
            TrendColumn::First => unit.short(row.first),
            TrendColumn::Last => unit.short(row.last),
            TrendColumn::Slope => words::slope(&unit, row),
            TrendColumn::Tau => format!("{:+.2}", row.tau),
            TrendColumn::Shape => words::verdict(self.trends, row).to_owned(),
            TrendColumn::Evidence => row.shape.evidence(&unit),
        }
    }
}

fn align(column: TrendColumn) -> Align {
    match column {
        TrendColumn::Name | TrendColumn::Line | TrendColumn::Shape | TrendColumn::Evidence => Align::Left,
        TrendColumn::First | TrendColumn::Last | TrendColumn::Slope | TrendColumn::Tau => Align::Right,
    }
}

/// Draws the title of the plot: the function, and the callers of the node that grew most.
fn title(context: &ViewContext, paint: &Paint, row: TrendRow, area: Rect, buffer: &mut Buffer) {
    paint.rule(buffer, area, "", paint.style(Role::Rule));
    let cells = usize::from(area.width).saturating_sub(6);
    let name = context.label(row.frame(), cells / 2).into_owned();
    let words = match row {
        TrendRow::Cause(_) => "  and what grows under it, via ",
        TrendRow::Function(row) if row.delta > 0 => "  grew most under ",
        TrendRow::Function(_) => "  under ",
    };
    let room = cells.saturating_sub(width(&name) + width(words));
    let path = if room < CALLERS { String::new() } else { path(context, paint, row, room) };
    let path = match row {
        _ if path.is_empty() => path,
        TrendRow::Cause(_) => format!(" and what grows under it, via {path} "),
        TrendRow::Function(row) if row.delta > 0 => format!(" grew most under {path} "),
        TrendRow::Function(_) => format!(" under {path} "),
    };
    let pieces = [(" ", Role::Text), (&*name, Role::Bold), (" ", Role::Text), (&*path, Role::Text)];
    paint.pieces(buffer, fit::from(area, 1), &pieces.map(|(text, role)| (text, paint.style(role))));
}

fn path(context: &ViewContext, paint: &Paint, row: TrendRow, cells: usize) -> String {
    let glyphs = paint.glyphs();
    words::path(context, row.node(), glyphs.crumb, glyphs.ellipsis, cells)
}

struct Plot<'a> {
    context: &'a ViewContext<'a>,
    paint: &'a Paint,
    trends: &'a Trends,
    row: TrendRow<'a>,
    area: Rect,
}

impl Plot<'_> {
    fn draw(&self, buffer: &mut Buffer) {
        let cells = usize::from(self.area.width).saturating_sub(AXIS + 1);
        // The last two rows are the axis and the times.
        let rows = usize::from(self.area.height).saturating_sub(2);
        if cells == 0 || rows == 0 {
            return;
        }
        let line = self.row.line(self.trends);
        let heights = chart::columns(&line, cells, rows);
        let bar = self.paint.style(Role::Plot);
        for row in 0..rows {
            let foot = (rows - 1 - row) * 8;
            let text: String = heights.iter().map(|height| self.block(height.saturating_sub(foot))).collect();
            self.paint.text(buffer, fit::from(fit::row(self.area, row), AXIS), text.trim_end(), bar);
            self.paint.text(buffer, fit::part(fit::row(self.area, row), AXIS - 1, 1), self.separator(), self.dim());
        }
        for (row, value) in chart::ticks(&line, rows) {
            let line_row = fit::row(self.area, row);
            self.paint.text_right(
                buffer,
                fit::part(line_row, 0, AXIS - 2),
                &self.context.unit().short(value),
                self.dim(),
            );
            self.paint.text(buffer, fit::part(line_row, AXIS - 1, 1), self.paint.glyphs().tick, self.dim());
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

    /// Draws the axis, with the windows and the restarts on it.
    fn axis(&self, cells: usize, row: Rect, buffer: &mut Buffer) {
        let glyphs = self.paint.glyphs();
        let line = format!("{}{}", glyphs.origin, glyphs.horizontal.repeat(cells));
        self.paint.text(buffer, fit::from(row, AXIS - 1), &line, self.dim());
        let row = fit::from(row, AXIS);
        let count = self.trends.window.count();
        for restart in self.trends.restarts() {
            let at = plot::columns_of(restart..restart + 1, cells, count).start;
            let sign = TimelineEventKind::of(self.context.answer, self.trends.window.first + restart).sign();
            self.paint.text(buffer, fit::part(row, at, 1), sign, self.paint.style(Role::Text));
        }
        let query = &self.context.answer.query;
        for (letter, window) in [("A", query.base), ("B", Some(query.window))] {
            // A window over all snapshots needs no mark.
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

    /// Draws the times of the first, the middle and the last snapshot.
    fn times(&self, cells: usize, row: Rect, buffer: &mut Buffer) {
        let row = fit::part(fit::from(row, AXIS), 0, cells);
        let count = self.trends.window.count();
        let (first, last) = (self.time(0), self.time(count - 1));
        self.paint.text(buffer, row, &first, self.dim());
        if width(&first) + width(&last) + 2 > cells {
            return;
        }
        self.paint.text_right(buffer, row, &last, self.dim());
        let middle = self.time(count / 2);
        let at = plot::columns_of(count / 2..count / 2 + 1, cells, count).start;
        if at > width(&first) + 2 && at + width(&middle) + 2 < cells - width(&last) {
            self.paint.text(buffer, fit::from(row, at), &middle, self.dim());
        }
    }

    /// Time of a snapshot; its number if the time is unknown.
    fn time(&self, index: usize) -> String {
        let snapshot = &self.context.answer.series.snapshots()[self.trends.window.first + index];
        match snapshot.header.time_nanos {
            0 => format!("{}", index + 1),
            time => self.context.clock.of(&self.context.answer.series, time),
        }
    }
}

/// Line as one row of bars, from 0 to its largest value.
fn spark(values: &[i64], cells: usize, paint: &Paint) -> String {
    let glyphs = paint.glyphs().spark;
    // 0 is drawn as the lowest bar, so that the line is visible from its start.
    chart::heights(values, cells).into_iter().map(|height| glyphs[usize::from(height.max(1)) - 1]).collect()
}

fn rect(area: Area) -> Rect {
    Rect::new(area.x, area.y, area.width, area.height)
}
