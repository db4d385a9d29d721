//! Draws the instances: a title, the table of instances, the table of functions, facts on the selection.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::analysis::InstanceFunction;
use crate::layout::instances::{FunctionColumn, InstanceColumn, InstanceList, instance_columns};
use crate::layout::panes::Area;
use crate::paint::{Align, Grid, Heading, Highlight, Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::instances::state::{FunctionOrder, InstancesState};
use crate::view::instances::words;
use crate::view::table::state::SortDirection;
use crate::view::words::instance as instance_name;

/// Draws the title over `row`.
pub fn head(state: &InstancesState, context: &ViewContext, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let Some(table) = state.table() else { return };
    let line = words::headline(context, table, usize::from(row.width).saturating_sub(2));
    let role = if table.functions_with_outliers().next().is_some() { Role::Warning } else { Role::Bold };
    paint.text_cut(buffer, fit::from(row, 1), &line, paint.style(role));
}

/// Draws both tables over `area`.
pub fn draw(state: &InstancesState, context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if state.table().is_none() {
        for (index, line) in words::missing(state.data()).iter().enumerate() {
            paint.text_cut(buffer, fit::from(fit::row(area, index + 1), 2), line, paint.style(Role::Text));
        }
        return;
    }
    let parts = state.parts();
    let painter = InstancesPainter { state, context, paint };
    painter.instances(rect(parts.instances), buffer);
    if parts.rule.height > 0 {
        paint.rule(buffer, rect(parts.rule), "", paint.style(Role::Rule));
    }
    painter.functions(rect(parts.functions), buffer);
}

/// Draws facts on the selected rows over `area`.
pub fn foot(state: &InstancesState, context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    for (index, line) in words::facts(context, state, usize::from(area.width).saturating_sub(2)).iter().enumerate() {
        paint.text_cut(buffer, fit::from(fit::row(area, index), 1), line, paint.style(Role::Text));
    }
}

struct InstancesPainter<'a> {
    state: &'a InstancesState,
    context: &'a ViewContext<'a>,
    paint: &'a Paint,
}

impl InstancesPainter<'_> {
    fn instances(&self, area: Rect, buffer: &mut Buffer) {
        let columns = instance_columns(usize::from(area.width));
        let grid = Grid { paint: self.paint, columns: &columns };
        self.paint.wash(buffer, fit::row(area, 0), self.paint.style(Role::Header));
        grid.head(fit::row(area, 0), buffer, |column| {
            let mark = if self.state.instance_order() == column { self.sort_mark(InstanceList::Instances) } else { "" };
            let text = format!("{}{mark}", words::heading(column)).into();
            Heading { text, align: instance_align(column), style: self.paint.style(Role::Header) }
        });
        let (cursor, unit) = (self.state.cursor(InstanceList::Instances), self.context.unit());
        for at in cursor.visible(self.state.len(InstanceList::Instances)) {
            let row = fit::row(area, at - cursor.top + 1);
            let Some((figures, name)) = self.state.instance(at) else { break };
            let style = self.row_style(InstanceList::Instances, at, row, buffer);
            for (column, cell) in grid.cells(row) {
                let is_outlier = match column {
                    InstanceColumn::Total => figures.has_outlying_total,
                    InstanceColumn::Growth => figures.has_outlying_growth,
                    _ => false,
                };
                let text = words::figure(&unit, column, figures, name);
                match column {
                    InstanceColumn::Name => {
                        let series = &self.context.answer.series;
                        let name = instance_name(series, figures.instance, usize::from(cell.width));
                        self.paint.text(buffer, cell, &name, style);
                    }
                    InstanceColumn::Build => {
                        self.paint.text_cut(buffer, cell, &text, style);
                    }
                    _ => self.figure(&text, is_outlier.then_some(Mark), cell, style, buffer),
                }
            }
        }
    }

    fn functions(&self, area: Rect, buffer: &mut Buffer) {
        let selected = self.state.cursor(InstanceList::Instances).at;
        let columns = self.state.function_columns(usize::from(area.width));
        let grid = Grid { paint: self.paint, columns: &columns };
        self.paint.wash(buffer, fit::row(area, 0), self.paint.style(Role::Header));
        let of_values = columns.iter().find(|(column, _)| matches!(column, FunctionColumn::Value(_)));
        // The last cell of a figure is for the mark of an outlier, or that of the order.
        let room = of_values.map_or(0, |(_, cells)| cells.len().saturating_sub(1));
        grid.head(fit::row(area, 0), buffer, |column| self.function_heading(column, selected, room));
        let cursor = self.state.cursor(InstanceList::Functions);
        for at in cursor.visible(self.state.len(InstanceList::Functions)) {
            let row = fit::row(area, at - cursor.top + 1);
            let Some(function) = self.state.function(at) else { break };
            let style = self.row_style(InstanceList::Functions, at, row, buffer);
            if !function.outliers.is_empty() {
                let style = style.patch(self.paint.style(Role::Warning));
                self.paint.text(buffer, fit::from(row, 2), self.paint.glyphs().alert, style);
            }
            for (column, cell) in grid.cells(row) {
                self.function_cell(column, function, cell, style, buffer);
            }
        }
    }

    /// Heading of a column of functions; the name of an instance gets up to `room` cells.
    fn function_heading(&self, column: FunctionColumn, selected: usize, room: usize) -> Heading<'static> {
        let order = self.state.function_order();
        let (title, is_sorted) = match column {
            FunctionColumn::Name => ("Function".to_owned(), order == FunctionOrder::Name),
            FunctionColumn::Median => ("Median".to_owned(), order == FunctionOrder::Median),
            FunctionColumn::Spread => ("Spread".to_owned(), order == FunctionOrder::Spread),
            FunctionColumn::Value(at) => {
                let series = &self.context.answer.series;
                let name = self.state.instance(at).map(|(figures, _)| instance_name(series, figures.instance, room));
                (name.unwrap_or_default(), order == FunctionOrder::Value && at == selected)
            }
        };
        let mark = if is_sorted { self.sort_mark(InstanceList::Functions) } else { "" };
        let mut style = self.paint.style(Role::Header);
        if column == FunctionColumn::Value(selected) {
            style = style.patch(self.paint.style(Role::Bold));
        }
        let align = if column == FunctionColumn::Name { Align::Left } else { Align::Right };
        // Figures end one cell before the right edge, which is for the mark of an outlier.
        let blank = if align == Align::Right && mark.is_empty() { " " } else { "" };
        Heading { text: format!("{title}{mark}{blank}").into(), align, style }
    }

    fn function_cell(
        &self,
        column: FunctionColumn,
        function: &InstanceFunction,
        cell: Rect,
        style: Style,
        buffer: &mut Buffer,
    ) {
        let unit = self.context.unit();
        let short = |figure| words::known(figure, |value| unit.short(value));
        match column {
            FunctionColumn::Name => {
                let is_hit = self.context.is_hit(function.frame);
                let style = if is_hit { self.paint.mark(style, Highlight::Hit) } else { style };
                let label = self.context.label(function.frame, usize::from(cell.width));
                self.paint.text_cut(buffer, cell, &label, style);
            }
            FunctionColumn::Median => {
                self.figure(&short(function.spread.rounded_median()), None, cell, style, buffer);
            }
            FunctionColumn::Spread => {
                self.figure(&short(function.spread.rounded_deviation()), None, cell, style, buffer);
            }
            FunctionColumn::Value(at) => {
                let (value, is_outlier) = self.state.value(function, at).unzip();
                let mark = is_outlier.unwrap_or_default().then_some(Mark);
                self.figure(&short(value), mark, cell, style, buffer);
            }
        }
    }

    /// Draws a figure with room for the mark of an outlier after it.
    fn figure(&self, text: &str, mark: Option<Mark>, cell: Rect, style: Style, buffer: &mut Buffer) {
        let room = usize::from(cell.width).saturating_sub(1);
        let is_marked = mark.is_some();
        let style = if is_marked { style.patch(self.paint.style(Role::Warning)) } else { style };
        self.paint.text_right(buffer, fit::part(cell, 0, room), text, style);
        if is_marked {
            self.paint.text(buffer, fit::from(cell, room), "!", style);
        }
    }

    /// Style of a row; the selected row is filled in the focused list, and has only the mark in the other list.
    fn row_style(&self, list: InstanceList, at: usize, row: Rect, buffer: &mut Buffer) -> Style {
        let style = self.paint.style(Role::Text);
        if at != self.state.cursor(list).at {
            return style;
        }
        if list == self.state.list() {
            return self.paint.selected_row(buffer, row, style);
        }
        self.paint.text(buffer, row, self.paint.glyphs().cursor, style);
        style
    }

    fn sort_mark(&self, list: InstanceList) -> &'static str {
        let glyphs = self.paint.glyphs();
        match self.state.direction(list) {
            SortDirection::Usual => glyphs.sort_down,
            SortDirection::Reversed => glyphs.sort_up,
        }
    }
}

/// Mark of an outlier.
#[derive(Clone, Copy)]
struct Mark;

fn instance_align(column: InstanceColumn) -> Align {
    match column {
        InstanceColumn::Name | InstanceColumn::Build => Align::Left,
        _ => Align::Right,
    }
}

fn rect(area: Area) -> Rect {
    Rect::new(area.x, area.y, area.width, area.height)
}
