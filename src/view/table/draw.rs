//! Draws the table: the headings, the visible rows, and the selected row if it is not among them.

use std::collections::HashMap;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::analysis::derived::DerivedValue;
use crate::analysis::{Change, ChangeDirection, Presence};
use crate::base::ids::FrameId;
use crate::base::names;
use crate::base::units::{self, Unit};
use crate::base::width::width;
use crate::layout::columns::TableColumn;
use crate::layout::panes::Pane;
use crate::paint::{Align, Grid, Heading, Highlight, Paint, Role, fit};
use crate::view::context::{Fills, ViewContext, owner_role};
use crate::view::table::state::{SortDirection, TableOrder, TableState, own_change, total_change};
use crate::view::words;

/// Draws the table over `area`.
pub fn draw(state: &TableState, context: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let columns = state.columns(usize::from(area.width));
    let rows = usize::from(area.height).saturating_sub(1);
    let visible = state.top()..(state.top() + rows).min(state.listed());
    let elsewhere = state.row().filter(|row| !visible.contains(row));
    let frames: Vec<FrameId> =
        visible.clone().chain(elsewhere).filter_map(|row| state.order().get(row).copied()).collect();
    let cells = columns.last().map_or(0, |(_, cells)| cells.len());
    let labels = frames.iter().copied().zip(labels(context, &frames, cells)).collect();
    let painter = TablePainter { state, labels, context, grid: Grid { paint, columns: &columns } };
    paint.wash(buffer, fit::row(area, 0), paint.style(Role::Header));
    painter.grid.head(fit::row(area, 0), buffer, |column| painter.heading(column));
    for (index, row) in visible.clone().enumerate() {
        painter.row(fit::row(area, index + 1), row, buffer);
    }
    let below = visible.len();
    if state.folded() > 0 && below < rows {
        let what = if context.answer.base.is_some() { "without a change" } else { "with nothing here" };
        let text = format!("{} functions {what}", units::commas_u64(state.folded() as u64));
        let name = state.columns(usize::from(area.width)).pop().map_or(0..0, |(_, cells)| cells);
        // The text is in the column of names, and extends to the left if the column is too narrow.
        let start = name.start.min(name.end.saturating_sub(width(&text)));
        let cells = fit::part(fit::row(area, below + 1), start, name.end - start);
        paint.text_cut(buffer, cells, &text, paint.style(Role::Dim));
    }
    // A selection made in another view never scrolls the table; its row is drawn as the last one instead.
    if let Some(row) = elsewhere.filter(|_| rows > 0) {
        let last = fit::row(area, rows);
        paint.wash(buffer, last, Style::default());
        painter.row(last, row, buffer);
    }
}

/// Labels of the visible functions, which differ where the functions do.
fn labels(context: &ViewContext, frames: &[FrameId], cells: usize) -> Vec<String> {
    let mut labels: Vec<String> =
        frames.iter().map(|frame| context.distinct_label(*frame, cells).into_owned()).collect();
    let names: Vec<&str> = frames.iter().map(|frame| context.name(*frame)).collect();
    names::tell_apart(&mut labels, &names, cells);
    labels
}

struct TablePainter<'a> {
    state: &'a TableState,
    /// Labels of the visible functions.
    labels: HashMap<FrameId, String>,
    context: &'a ViewContext<'a>,
    grid: Grid<'a, TableColumn>,
}

impl TablePainter<'_> {
    fn heading(&self, column: TableColumn) -> Heading<'static> {
        let paint = self.grid.paint;
        let align = if column == TableColumn::Name { Align::Left } else { Align::Right };
        let title = self.title(column);
        if TableOrder::of(column) != Some(self.state.sorted_by()) {
            return Heading { text: title.into(), align, style: paint.style(Role::Header) };
        }
        let mark = match self.state.direction() {
            SortDirection::Usual => paint.glyphs().sort_down,
            SortDirection::Reversed => paint.glyphs().sort_up,
        };
        Heading { text: (title + mark).into(), align, style: paint.style(Role::SortMark) }
    }

    fn title(&self, column: TableColumn) -> String {
        let is_compared = self.context.answer.base.is_some();
        let delta = if self.grid.paint.is_ascii() { "d" } else { "Δ" };
        match column {
            TableColumn::Own if is_compared => "Self B".to_owned(),
            TableColumn::Total if is_compared => "Total B".to_owned(),
            TableColumn::Own => "Self".to_owned(),
            TableColumn::Total => "Total".to_owned(),
            TableColumn::OwnChange => format!("{delta}Self"),
            TableColumn::OwnPart => format!("{delta}/A"),
            TableColumn::ChangeShare => format!("%of {delta}"),
            TableColumn::BaseOwn => "Self A".to_owned(),
            TableColumn::TotalChange => format!("{delta}Total"),
            TableColumn::OwnShare | TableColumn::TotalShare => "%".to_owned(),
            TableColumn::Bar => String::new(),
            TableColumn::Name => "Function".to_owned(),
            TableColumn::Derived(index) => {
                self.state.derived().get(index).map_or("", |figure| figure.title()).to_owned()
            }
            TableColumn::Other(index) => {
                let types = self.context.answer.series.sample_types();
                words::short(types, self.state.other_sample_types().get(index).copied().unwrap_or_default())
            }
        }
    }

    fn row(&self, area: Rect, row: usize, buffer: &mut Buffer) {
        let Some(&frame) = self.state.order().get(row) else { return };
        let paint = self.grid.paint;
        let mut style = paint.style(Role::Text);
        if self.state.row() == Some(row) {
            let is_focused = self.context.pane == Pane::Table;
            let mark = if is_focused { Highlight::Selected } else { Highlight::SelectedUnfocused };
            style = paint.marked_row(buffer, area, style, mark);
        }
        for (column, cell) in self.grid.cells(area) {
            self.cell(column, frame, cell, style, buffer);
        }
    }

    fn cell(&self, column: TableColumn, frame: FrameId, cell: Rect, style: Style, buffer: &mut Buffer) {
        let (answer, paint) = (self.context.answer, self.grid.paint);
        match column {
            TableColumn::Name => {
                // The name of the selected function is not highlighted like a match: the mark before its row identifies
                // it, so a move changes one cell in two rows instead of two names.
                let is_hit = self.context.is_hit(frame);
                let style = if is_hit { paint.mark(style, Highlight::Hit) } else { style };
                let label = self.labels.get(&frame).map_or("", String::as_str);
                paint.text(buffer, cell, label, style);
            }
            TableColumn::Bar => {
                let own = answer.flat(answer.query.sample_type).map_or(0, |flat| flat.own(frame));
                let share = own.unsigned_abs() as f64 / self.state.largest_self().max(1) as f64;
                paint.bar_in_row(buffer, cell, share, self.bar_style(frame, style));
            }
            _ => {
                let (text, weight) = self.figure(column, frame);
                // Figures without significance are dim, unless the row is selected.
                let is_faint = weight == 0 && style == paint.style(Role::Text);
                let style = if is_faint { paint.style(Role::Dim) } else { self.change_style(column, frame, style) };
                paint.text_right(buffer, cell, &text, style);
            }
        }
    }

    /// Style of the bar of a function: the fill of its owner, unless the row is selected.
    fn bar_style(&self, frame: FrameId, row: Style) -> Style {
        let is_by_owner = self.context.display.fills == Fills::Kind && self.context.answer.base.is_none();
        if row.bg.is_some() || !is_by_owner {
            return row;
        }
        let fill = self.context.answer.owner(frame).and_then(|owner| self.grid.paint.style(owner_role(owner)).bg);
        fill.map_or(row, |fill| row.fg(fill))
    }

    /// Style of a figure of change: that of its direction, unless the row is selected.
    fn change_style(&self, column: TableColumn, frame: FrameId, row: Style) -> Style {
        let change = match column {
            TableColumn::OwnChange | TableColumn::OwnPart => own_change(self.context.answer, frame),
            TableColumn::TotalChange => total_change(self.context.answer, frame),
            _ => return row,
        };
        let role = match change.direction() {
            ChangeDirection::Grew => Role::GrewText,
            ChangeDirection::Shrank => Role::ShrankText,
            ChangeDirection::Same | ChangeDirection::Noise => return row,
        };
        if row.bg.is_some() { row } else { row.patch(self.grid.paint.style(role)) }
    }

    /// Text of a figure, and a number that is 0 if the figure is shown dim.
    fn figure(&self, column: TableColumn, frame: FrameId) -> (String, i64) {
        let (answer, unit) = (self.context.answer, self.context.unit());
        let chosen = answer.query.sample_type;
        let flat = answer.flat(chosen);
        let own = flat.map_or(0, |flat| flat.own(frame));
        let total = flat.map_or(0, |flat| flat.total(frame));
        let share = |value| (units::percent(value, self.context.share_base_of(chosen)), value);
        match column {
            TableColumn::Own => (unit.short(own), own),
            TableColumn::Total => (unit.short(total), total),
            TableColumn::OwnShare => share(own),
            TableColumn::TotalShare => share(total),
            TableColumn::OwnChange | TableColumn::OwnPart | TableColumn::ChangeShare | TableColumn::BaseOwn => {
                self.change(column, &own_change(answer, frame))
            }
            TableColumn::TotalChange => self.change(column, &total_change(answer, frame)),
            TableColumn::Other(index) => self.other(index, frame).unwrap_or_default(),
            TableColumn::Derived(index) => match self.state.derived_of(answer, index, frame) {
                None => (String::new(), 0),
                Some(DerivedValue::Amount(amount)) => (unit.short(amount), amount),
                Some(DerivedValue::Share(share)) => (units::share(share), i64::from(share > 0.0)),
                Some(DerivedValue::Time(nanos)) => (Unit::Nanoseconds.short(nanos), nanos),
            },
            TableColumn::Bar | TableColumn::Name => (String::new(), 0),
        }
    }

    /// Figure of a comparison. Changes within noise are dim. A relative change shows `new` or `gone` if one window
    /// lacks the function.
    fn change(&self, column: TableColumn, change: &Change) -> (String, i64) {
        let unit = self.context.unit();
        let text = match (column, change.presence) {
            (TableColumn::BaseOwn, _) => unit.short(change.base),
            (TableColumn::ChangeShare, _) => units::percent(change.delta().saturating_abs(), self.moved()),
            (TableColumn::OwnPart, Presence::New) => "new".to_owned(),
            (TableColumn::OwnPart, Presence::Gone) => "gone".to_owned(),
            (TableColumn::OwnPart, Presence::Moved) => "moved".to_owned(),
            (TableColumn::OwnPart, _) if change.delta() == 0 => String::new(),
            (TableColumn::OwnPart, _) => units::signed_percent(change.delta(), change.base),
            _ => words::signed_change(&unit, change),
        };
        let is_sure = matches!(change.direction(), ChangeDirection::Grew | ChangeDirection::Shrank);
        let weight = if is_sure || column == TableColumn::BaseOwn { change.delta() | change.base } else { 0 };
        (text, weight)
    }

    /// Growth and shrinkage of all call sites together.
    fn moved(&self) -> i64 {
        let changes = self.context.answer.base.as_ref().map(|base| &base.changes);
        changes.map_or(0, |changes| changes.grew.saturating_sub(changes.shrank))
    }

    /// Self in another sample type.
    fn other(&self, index: usize, frame: FrameId) -> Option<(String, i64)> {
        let sample_type = *self.state.other_sample_types().get(index)?;
        let unit = &self.context.answer.series.sample_types().get(sample_type)?.unit;
        let own = self.context.answer.flat(sample_type)?.own(frame);
        Some((Unit::of(unit.raw()).short(own), own))
    }
}
