//! Draws the table: a header, the rows that show, and the selected row where it would not show.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::analysis::derived::DerivedValue;
use crate::analysis::{Change, ChangeDirection, Flat, Presence};
use crate::base::ids::FrameId;
use crate::base::units::{self, Unit};
use crate::layout::columns::TableColumn;
use crate::layout::panes::Pane;
use crate::paint::{Highlight, Paint, Role, fit};
use crate::view::context::ViewContext;
use crate::view::table::state::{SortDirection, TableOrder, TableState, flat, own_change, total_change};
use crate::view::words;

/// Draws the table over `area`.
pub fn draw(state: &TableState, look: &ViewContext, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let columns = state.columns(usize::from(area.width));
    let pen = TablePainter { state, look, paint, columns };
    pen.head(fit::row(area, 0), buffer);
    let rows = usize::from(area.height).saturating_sub(1);
    let shown = state.top()..(state.top() + rows).min(state.order().len());
    for (index, row) in shown.clone().enumerate() {
        pen.row(fit::row(area, index + 1), row, buffer);
    }
    // A selection made elsewhere never scrolls the table; its row stands as the last line instead.
    if let Some(row) = state.row().filter(|row| !shown.contains(row) && rows > 0) {
        let last = fit::row(area, rows);
        paint.wash(buffer, last, Style::default());
        pen.row(last, row, buffer);
    }
}

struct TablePainter<'a> {
    state: &'a TableState,
    look: &'a ViewContext<'a>,
    paint: &'a Paint,
    columns: Vec<(TableColumn, Range<usize>)>,
}

impl TablePainter<'_> {
    fn head(&self, row: Rect, buffer: &mut Buffer) {
        let style = self.paint.style(Role::Header);
        self.paint.wash(buffer, row, style);
        let glyphs = self.paint.glyphs();
        let mark = match self.state.direction() {
            SortDirection::Usual => glyphs.sort_down,
            SortDirection::Reversed => glyphs.sort_up,
        };
        for (column, cells) in &self.columns {
            let place = fit::part(row, cells.start, cells.len());
            let title = self.title(*column);
            let is_sorted = TableOrder::of(*column) == Some(self.state.sorted_by());
            let (title, style) =
                if is_sorted { (title + mark, self.paint.style(Role::SortMark)) } else { (title, style) };
            if *column == TableColumn::Name {
                self.paint.text(buffer, place, &title, style);
            } else {
                self.paint.text_right(buffer, place, &title, style);
            }
        }
    }

    fn title(&self, column: TableColumn) -> String {
        let is_compared = self.look.answer.base.is_some();
        match column {
            TableColumn::Own if is_compared => "Self B".to_owned(),
            TableColumn::Total if is_compared => "TotalB".to_owned(),
            TableColumn::Own => "Self".to_owned(),
            TableColumn::Total => "Total".to_owned(),
            TableColumn::OwnChange => format!("{}Self", self.delta()),
            TableColumn::OwnPart => format!("{}/A", self.delta()),
            TableColumn::ChangeShare => format!("%of {}", self.delta()),
            TableColumn::BaseOwn => "Self A".to_owned(),
            TableColumn::TotalChange => format!("{}Total", self.delta()),
            TableColumn::OwnShare | TableColumn::TotalShare => "%".to_owned(),
            TableColumn::Bar => String::new(),
            TableColumn::Name => "Function".to_owned(),
            TableColumn::Derived(at) => self.state.derived().get(at).map_or("", |figure| figure.title()).to_owned(),
            TableColumn::Other(other) => {
                let types = self.look.answer.series.sample_types();
                words::short(types, self.state.others().get(other).copied().unwrap_or_default())
            }
        }
    }

    /// The sign for a change.
    fn delta(&self) -> &'static str {
        if self.paint.is_ascii() { "d" } else { "Δ" }
    }

    fn row(&self, place: Rect, row: usize, buffer: &mut Buffer) {
        let Some(&frame) = self.state.order().get(row) else { return };
        let is_selected = self.state.row() == Some(row);
        let mut style = self.paint.style(Role::Text);
        if is_selected && self.look.pane == Pane::Table {
            style = self.paint.mark(style, Highlight::Selected);
            self.paint.wash(buffer, place, style);
        }
        if is_selected {
            self.paint.text(buffer, place, self.paint.glyphs().cursor, style);
        }
        for (column, cells) in &self.columns {
            self.cell(fit::part(place, cells.start, cells.len()), (*column, frame), style, buffer);
        }
    }

    fn cell(&self, place: Rect, (column, frame): (TableColumn, FrameId), style: Style, buffer: &mut Buffer) {
        let chosen = self.look.answer.query.sample_type;
        let figure =
            |pick: fn(&Flat, FrameId) -> i64| flat(self.look.answer, chosen).map_or(0, |flat| pick(flat, frame));
        let sum = self.look.sum_of(chosen);
        match column {
            TableColumn::Own => self.figure(place, &self.look.unit(), figure(Flat::own), (style, buffer)),
            TableColumn::Total => self.figure(place, &self.look.unit(), figure(Flat::total), (style, buffer)),
            TableColumn::OwnShare => self.share(place, figure(Flat::own), sum, (style, buffer)),
            TableColumn::TotalShare => self.share(place, figure(Flat::total), sum, (style, buffer)),
            TableColumn::Bar => {
                let bar = if style.bg.is_some() { style } else { style.patch(self.paint.style(Role::Bar)) };
                self.paint.bar(buffer, place, self.share_of_largest(figure(Flat::own)), bar);
            }
            TableColumn::OwnChange | TableColumn::OwnPart | TableColumn::ChangeShare | TableColumn::BaseOwn => {
                self.changed(place, (column, own_change(self.look.answer, frame)), style, buffer);
            }
            TableColumn::TotalChange => {
                self.changed(place, (column, total_change(self.look.answer, frame)), style, buffer);
            }
            TableColumn::Other(other) => self.other(place, (other, frame), style, buffer),
            TableColumn::Derived(at) => self.derived(place, (at, frame), style, buffer),
            TableColumn::Name => {
                let style = self.name_style(frame, style);
                self.paint.text(buffer, place, &self.look.label(frame, usize::from(place.width)), style);
            }
        }
    }

    /// A figure of a comparison. What may be chance is written faintly; what is new or gone says so, since nothing is a
    /// part of nothing.
    fn changed(&self, place: Rect, (column, change): (TableColumn, Change), style: Style, buffer: &mut Buffer) {
        let unit = self.look.unit();
        let text = match (column, change.presence) {
            (TableColumn::BaseOwn, _) => unit.short(change.base),
            (TableColumn::ChangeShare, _) => units::percent(change.delta().saturating_abs(), self.moved()),
            (TableColumn::OwnPart, Presence::New) => "new".to_owned(),
            (TableColumn::OwnPart, Presence::Gone) => "gone".to_owned(),
            (TableColumn::OwnPart, _) if change.delta() == 0 => String::new(),
            (TableColumn::OwnPart, _) => units::signed_percent(change.delta(), change.base),
            _ => unit.signed_short(change.delta()),
        };
        let is_sure = matches!(change.direction(), ChangeDirection::Grew | ChangeDirection::Shrank);
        let style =
            self.faint(style, if is_sure || column == TableColumn::BaseOwn { change.delta() | change.base } else { 0 });
        self.paint.text_right(buffer, place, &text, style);
    }

    /// All growth and all shrinkage of call sites together.
    fn moved(&self) -> i64 {
        let changes = self.look.answer.base.as_ref().map(|base| &base.changes);
        changes.map_or(0, |changes| changes.grew.saturating_sub(changes.shrank))
    }

    /// A name is lit where it is found. That of the function that is selected elsewhere is like the others: the mark
    /// before its row says which it is, and a move then costs a cell in two rows and not both names.
    fn name_style(&self, frame: FrameId, style: Style) -> Style {
        if self.look.is_hit(frame) { self.paint.mark(style, Highlight::Hit) } else { style }
    }

    fn figure(&self, place: Rect, unit: &Unit, value: i64, (style, buffer): (Style, &mut Buffer)) {
        self.paint.text_right(buffer, place, &unit.short(value), self.faint(style, value));
    }

    fn share(&self, place: Rect, value: i64, sum: i64, (style, buffer): (Style, &mut Buffer)) {
        self.paint.text_right(buffer, place, &units::percent(value, sum), self.faint(style, value));
    }

    fn other(&self, place: Rect, (other, frame): (usize, FrameId), style: Style, buffer: &mut Buffer) {
        let Some(&index) = self.state.others().get(other) else { return };
        let types = self.look.answer.series.sample_types();
        let (Some(sample_type), Some(flat)) = (types.get(index), flat(self.look.answer, index)) else { return };
        self.figure(place, &Unit::of(sample_type.unit.raw()), flat.own(frame), (style, buffer));
    }

    fn derived(&self, place: Rect, (at, frame): (usize, FrameId), style: Style, buffer: &mut Buffer) {
        let (text, value) = match self.state.derived_of(self.look.answer, at, frame) {
            None => return,
            Some(DerivedValue::Amount(amount)) => (self.look.unit().short(amount), amount),
            Some(DerivedValue::Share(share)) => (units::share(share), i64::from(share > 0.0)),
            Some(DerivedValue::Time(nanos)) => (Unit::Nanoseconds.short(nanos), nanos),
        };
        self.paint.text_right(buffer, place, &text, self.faint(style, value));
    }

    /// A figure of nothing is written faintly, so that the others stand out; not in the selected row, which stands out
    /// as a whole.
    fn faint(&self, style: Style, value: i64) -> Style {
        let is_plain = style == self.paint.style(Role::Text);
        if value == 0 && is_plain { self.paint.style(Role::Dim) } else { style }
    }

    /// The bar of the largest self is full, so that the bars tell the others apart.
    fn share_of_largest(&self, value: i64) -> f64 {
        match self.state.largest() {
            0 => 0.0,
            largest => value.unsigned_abs() as f64 / largest as f64,
        }
    }
}
