//! What follows from a change: where the panes stand, which slots show, which row goes with the selection.

use crate::app::App;
use crate::layout::panes::{self, Area, Request};
use crate::view::place::Pick;
use crate::view::{icicle, timeline};

/// Makes everything that depends on the answer, the place and the size again.
pub fn settle(app: &mut App) {
    let (width, height) = app.size;
    let icicle_width = usize::from(panes::icicle_width(width));
    let timeline_rows = timeline::state::State::rows_wanted(&app.look());
    let room = usize::from(panes::icicle_room(app.size, timeline_rows));
    let icicle_rows = icicle::state::State::rows_wanted(&app.answer, &app.place, (icicle_width, room));
    app.panes = panes::place(&Request { width, height, front: app.pane, icicle_rows, timeline_rows });
    let rows = usize::from(app.panes.icicle.height);
    app.icicle.fit(&app.answer, &app.place, (icicle_width, rows), room);
    app.table.follow(app.place.frame(&app.answer.tree));
    app.table.fit(cells(app.panes.table));
    let mut line = std::mem::take(&mut app.timeline);
    line.fit(&app.look(), usize::from(app.panes.timeline.width));
    app.timeline = line;
    let block = app.icicle.block().filter(|_| matches!(app.place.pick(), Pick::Gathered(_)));
    app.details.follow(&app.answer, &app.place, block);
}

fn cells(area: Area) -> (usize, usize) {
    (usize::from(area.width), usize::from(area.height))
}
