//! Recomputation after a change: panes, visible slots, and the table row linked to the selection.

use crate::analysis::Answer;
use crate::analysis::derive::Side;
use crate::app::{App, DeferredPart};
use crate::layout::panes::{self, ActiveView, Area, Body, PaneRequest};
use crate::view::context::Fills;
use crate::view::filters::chips;
use crate::view::icicle::state::{IcicleRoom, IcicleState, LevelHeight};
use crate::view::navigation::Selection;
use crate::view::sides::{ComparisonView, SideScale};
use crate::view::timeline;
use crate::view::views::Views;

/// Minimum screen height, in rows, at which two stacked icicles leave room for all lines of the timeline.
const ROOMY: u16 = 30;

/// Height of the tour's text, in rows.
const STRIP: u16 = 2;

/// Recomputes everything that depends on answer, selection and screen size.
pub fn relayout(app: &mut App) {
    let mut sides = std::mem::take(&mut app.views.sides);
    if app.document.answer.base.is_none() && !app.tasks.jobs.is_deriving() {
        sides.front = ComparisonView::Overlay;
    }
    sides.refresh(&app.document.answer);
    app.views.sides = sides;
    if app.views.display.fills == Fills::Kind {
        app.document.owners.follow(&app.document.answer);
    }
    let on = chips::chips(app.tasks.jobs.wanted()).len();
    app.views.chips.fit(on);
    panes(app);
    if app.views.front != ActiveView::Icicle {
        app.views.panes = app.views.panes.with_front();
        if on > 0 {
            app.views.panes = app.views.panes.with_chips();
        }
    }
    app.views.trend.follow(app.navigation.frame(&app.document.answer.tree));
    app.views.trend.resize(app.views.panes.front);
    if app.views.front == ActiveView::Sandwich {
        app.views.sandwich.resize(app.views.panes.front);
    }
    if app.views.front == ActiveView::Source {
        app.views.source.resize(app.views.panes.front);
    }
    if app.views.front == ActiveView::Labels {
        app.views.labels.resize(app.views.panes.front);
    }
    if app.views.front == ActiveView::Instances {
        app.views.instances.resize(app.views.panes.front);
    }
    app.views.table.follow(app.navigation.frame(&app.document.answer.tree));
    app.views.table.resize(cells(app.views.panes.table));
    let mut line = std::mem::take(&mut app.views.timeline);
    line.fit(&app.context(), usize::from(app.views.panes.timeline.width));
    app.views.timeline = line;
    if let Some(half) = app.views.sandwich.focused().filter(|_| app.views.front == ActiveView::Sandwich) {
        app.views.details.follow(&half.answer, &half.navigation, app.views.sandwich.block());
    } else {
        let mut block = app.views.icicle.block();
        match app.navigation.selection() {
            // A block without members, as in another sample type, leaves its parent selected.
            Selection::Gathered(parent) if block.is_none() && app.views.front == ActiveView::Icicle => {
                app.navigation.select(Selection::Node(parent));
            }
            Selection::Gathered(_) => {}
            Selection::Node(_) => block = None,
        }
        app.views.details.follow(&app.document.answer, &app.navigation, block);
    }
}

/// Places the panes and lays out the icicles in them.
fn panes(app: &mut App) {
    let (width, height) = app.environment.size;
    let mut line = std::mem::take(&mut app.views.timeline);
    line.follow(&app.context());
    app.views.timeline = line;
    let rows = timeline::state::TimelineState::rows_wanted(&app.context());
    // While snapshots are still loading, the timeline reserves its rows, so that the icicle does not move.
    let awaits_snapshots =
        app.tasks.jobs.deferred_progress.is_some() && app.environment.setup.deferred == Some(DeferredPart::Snapshots);
    let rows = if awaits_snapshots { rows.max(2) } else { rows };
    // On a low screen, two stacked icicles use rows of the timeline.
    let timeline_rows = if app.views.sides.are_both() && height < ROOMY { rows.min(2) } else { rows };
    // The rates of the runtime take a second header row, which is reserved while the deferred part is loading.
    let may_have_rates = app.tasks.jobs.deferred_progress.is_some() && app.document.answer.base.is_some();
    let header_rows = if app.views.timeline.rates.is_some() || may_have_rates { 2 } else { 1 };
    let strip_rows = match app.environment.tour.step() {
        Some(_) => STRIP,
        None if height >= ROOMY && app.views.front == ActiveView::Icicle => 1,
        None => 0,
    };
    let room = usize::from(panes::icicle_room(app.environment.size, [header_rows, strip_rows, timeline_rows]));
    let focused = app.views.sides.focused as usize;
    let body = if app.views.sides.are_both() { Body::Sides { focused } } else { Body::Single };
    let icicle_width = usize::from(panes::icicle_width(width, app.views.split));
    // The overlay has the levels of both windows, so that the panes keep their sizes when only one window is shown.
    let wanted = IcicleState::rows_wanted(&app.document.answer, &app.navigation, icicle_width, room);
    let [icicle_rows, tall_icicle_rows] = [LevelHeight::One, LevelHeight::Two].map(|height| wanted.count(height));
    let table_rows = app.views.table.listed() + 1;
    let (front, split) = (app.views.pane, app.views.split);
    let request = PaneRequest {
        width,
        height,
        front,
        icicle_rows,
        tall_icicle_rows,
        table_rows,
        timeline_rows,
        header_rows,
        strip_rows,
        body,
        split,
    };
    app.views.panes = panes::place(&request);
    if !chips::chips(app.tasks.jobs.wanted()).is_empty() {
        app.views.panes = app.views.panes.with_chips();
    }
    if body == Body::Single {
        let columns = if app.views.sides.front == ComparisonView::Overlay {
            icicle_width
        } else {
            extent(app, app.views.sides.focused, app.views.panes.icicle.width)
        };
        let room = IcicleRoom { width: columns, rows: usize::from(app.views.panes.icicle.height), most_rows: room };
        let App { views, navigation, document, .. } = app;
        let answer = views.sides.seen(&document.answer);
        let height = wanted.height_in(room.rows);
        views.icicle.fit(answer, navigation, room, height);
        return;
    }
    let room_of = |which: Side| {
        let area = app.views.panes.sides[which as usize];
        let rows = usize::from(area.height.saturating_sub(1));
        IcicleRoom { width: extent(app, which, area.width), rows, most_rows: room }
    };
    let (focused, beside) = (app.views.sides.focused, app.views.sides.focused.other());
    let rooms = [room_of(focused), room_of(beside)];
    let App { views, navigation, .. } = app;
    let Views { icicle, sides, panes, .. } = views;
    let mut other = std::mem::take(&mut sides.other);
    let beside = sides.answer(beside).filter(|_| panes.sides[beside as usize].height > 0);
    // Equal levels are drawn in equal rows.
    let height_in = |answer: &Answer, room: IcicleRoom| {
        IcicleState::rows_wanted(answer, navigation, room.width, room.most_rows).height_in(room.rows)
    };
    let height = beside.map_or(LevelHeight::Two, |answer| height_in(answer, rooms[1]));
    if let Some(answer) = sides.answer(focused) {
        let height = height.min(height_in(answer, rooms[0]));
        icicle.fit(answer, navigation, rooms[0], height);
    }
    if let Some(answer) = beside {
        other.fit_beside(answer, navigation, rooms[1], icicle);
    }
    sides.other = other;
}

/// Width of a window's icicle in columns: `width` on its own scale, else scaled by its weight relative to the larger of
/// the two windows.
fn extent(app: &App, which: Side, width: u16) -> usize {
    let (sides, zoom) = (&app.views.sides, app.navigation.zoom());
    let (this, widest) = (sides.weight(which, zoom), sides.weight(Side::A, zoom).max(sides.weight(Side::B, zoom)));
    if sides.scale_of(which, zoom) == SideScale::Own || widest <= 0.0 {
        return usize::from(width);
    }
    // Narrower of the two halves, whose widths may differ by one column.
    let least = app.views.panes.sides.iter().map(|area| area.width).filter(|width| *width > 0).min().unwrap_or(width);
    let cells = (f64::from(least) * this / widest).round();
    if this > 0.0 { (cells as usize).max(1) } else { 0 }
}

fn cells(area: Area) -> (usize, usize) {
    (usize::from(area.width), usize::from(area.height))
}
