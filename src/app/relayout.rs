//! Recomputation after a change: panes, visible slots, and the table row linked to the selection.

use crate::analysis::derive::Side;
use crate::app::App;
use crate::app::sides::{self, SideScale};
use crate::layout::panes::{self, ActiveView, Area, Body, PaneRequest};
use crate::view::filters::chips;
use crate::view::navigation::Selection;
use crate::view::{icicle, timeline};

/// Rows from which two stacked icicles leave room for all lines of the timeline.
const ROOMY: u16 = 30;

/// Rows of the tour.
const STRIP: u16 = 2;

/// Recomputes everything that depends on answer, selection and screen size.
pub fn relayout(app: &mut App) {
    let mut sides = std::mem::take(&mut app.sides);
    if app.answer.base.is_none() && !app.jobs.is_deriving() {
        sides.front = sides::ComparisonView::Overlay;
    }
    sides.refresh(&app.answer);
    app.sides = sides;
    app.owners.follow(&app.answer, app.display.fills);
    let on = chips::chips(app.jobs.wanted()).len();
    app.chips.fit(on);
    panes(app);
    if app.front != ActiveView::Icicle {
        app.panes = app.panes.with_front();
        if on > 0 {
            app.panes = app.panes.with_chips();
        }
    }
    app.trend.follow(app.navigation.frame(&app.answer.tree));
    app.trend.resize(app.panes.front);
    if app.front == ActiveView::Sandwich {
        app.sandwich.follow(&app.answer);
        app.sandwich.resize(app.panes.front);
    }
    if app.front == ActiveView::Source {
        app.source.resize(app.panes.front);
    }
    if app.front == ActiveView::Labels {
        app.labels.resize(app.panes.front);
    }
    app.table.follow(app.navigation.frame(&app.answer.tree));
    app.table.resize(cells(app.panes.table));
    let mut line = std::mem::take(&mut app.timeline);
    line.fit(&app.context(), usize::from(app.panes.timeline.width));
    app.timeline = line;
    let block = app.icicle.block().filter(|_| matches!(app.navigation.selection(), Selection::Gathered(_)));
    app.details.follow(&app.answer, &app.navigation, block);
}

/// Places the panes, and lays out their icicles.
fn panes(app: &mut App) {
    let (width, height) = app.size;
    let mut line = std::mem::take(&mut app.timeline);
    line.follow(&app.context());
    app.timeline = line;
    let rows = timeline::state::TimelineState::rows_wanted(&app.context());
    // Two stacked icicles need the rows of the timeline.
    let timeline_rows = if app.sides.are_both() && height < ROOMY { rows.min(2) } else { rows };
    // The rates of the runtime take a second row.
    let header_rows = if app.timeline.rates.is_some() { 2 } else { 1 };
    let strip_rows = if app.tour.step().is_some() { STRIP } else { 0 };
    let room = usize::from(panes::icicle_room(app.size, [header_rows, strip_rows, timeline_rows]));
    let focused = app.sides.focused as usize;
    let body = if app.sides.are_both() { Body::Sides { focused } } else { Body::Single };
    let icicle_width = usize::from(panes::icicle_width(width));
    // The overlay has the levels of both windows, so that no pane changes its size when one of them is shown.
    let icicle_rows = icicle::state::IcicleState::rows_wanted(&app.answer, &app.navigation, icicle_width, room);
    let request =
        PaneRequest { width, height, front: app.pane, icicle_rows, timeline_rows, header_rows, strip_rows, body };
    app.panes = panes::place(&request);
    if !chips::chips(app.jobs.wanted()).is_empty() {
        app.panes = app.panes.with_chips();
    }
    if body == Body::Single {
        let columns = if app.sides.front == sides::ComparisonView::Overlay {
            icicle_width
        } else {
            extent(app, app.sides.focused, app.panes.icicle.width)
        };
        let size = (columns, usize::from(app.panes.icicle.height));
        app.icicle.fit(app.sides.seen(&app.answer), &app.navigation, size, room);
        return;
    }
    let size = |which: Side| {
        let area = app.panes.sides[which as usize];
        (extent(app, which, area.width), usize::from(area.height.saturating_sub(1)))
    };
    let (focused, beside) = (app.sides.focused, app.sides.focused.other());
    let sizes = [size(focused), size(beside)];
    let App { icicle, sides, navigation, panes, .. } = app;
    let mut other = std::mem::take(&mut sides.other);
    if let Some(answer) = sides.answer(focused) {
        icicle.fit(answer, navigation, sizes[0], room);
    }
    if let Some(answer) = sides.answer(beside).filter(|_| panes.sides[beside as usize].height > 0) {
        other.fit_beside(answer, navigation, sizes[1], room, icicle);
    }
    sides.other = other;
}

/// Columns of a window's icicle: all of them on its own scale, else proportional to the wider window.
fn extent(app: &App, which: Side, width: u16) -> usize {
    let zoom = app.navigation.zoom();
    let of = |which: Side| {
        let Some(answer) = app.sides.answer(which) else { return 0.0 };
        match &zoom.members {
            None => answer.column.exact_weight(zoom.node),
            Some(members) => members.iter().map(|node| answer.column.exact_weight(*node)).sum(),
        }
    };
    let (this, widest) = (of(which), of(Side::A).max(of(Side::B)));
    if app.sides.scale == SideScale::Own || widest <= 0.0 {
        return usize::from(width);
    }
    // Columns that fit both halves, which may differ by one.
    let least = app.panes.sides.iter().map(|area| area.width).filter(|width| *width > 0).min().unwrap_or(width);
    let cells = (f64::from(least) * this / widest).round();
    if this > 0.0 { (cells as usize).max(1) } else { 0 }
}

fn cells(area: Area) -> (usize, usize) {
    (usize::from(area.width), usize::from(area.height))
}
