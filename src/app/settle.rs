//! What follows from a change: where the panes stand, which slots show, which row goes with the selection.

use crate::app::App;
use crate::layout::panes::{self, Area, Front, Request};
use crate::view::icicle;
use crate::view::place::Pick;

/// Makes everything that depends on the answer, the place and the size again.
pub fn settle(app: &mut App) {
    let (width, height) = app.size;
    let icicle_width = usize::from(panes::icicle_width(width));
    let room = usize::from(panes::icicle_room(width, height));
    let icicle_rows = icicle::state::State::rows_wanted(&app.answer, &app.place, (icicle_width, room));
    app.panes = panes::place(&Request { width, height, front: app.pane, icicle_rows });
    if app.front == Front::Trend {
        app.panes = app.panes.with_trend();
    }
    app.trend.follow(app.place.frame(&app.answer.tree));
    app.trend.fit(app.panes.trend);
    let rows = usize::from(app.panes.icicle.height);
    app.icicle.fit(&app.answer, &app.place, (icicle_width, rows), room);
    app.table.follow(app.place.frame(&app.answer.tree));
    app.table.fit(cells(app.panes.table));
    let block = app.icicle.block().filter(|_| matches!(app.place.pick(), Pick::Gathered(_)));
    app.details.follow(&app.answer, &app.place, block);
}

fn cells(area: Area) -> (usize, usize) {
    (usize::from(area.width), usize::from(area.height))
}
