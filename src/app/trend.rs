//! The trend: asked for when it is looked at, and kept as long as it is about what is looked at.

use std::sync::Arc;

use crate::analysis::{NoTrend, Trends, Window};
use crate::app::task::{Task, TrendKey};
use crate::app::{App, Effect, diff};
use crate::layout::panes::{ActiveView, Pane};
use crate::view::navigation::Selection;
use crate::view::trend::Action;
use crate::view::trend::state::TrendData;

/// Requests trends while they are in front, unless they were requested before; drops those of another answer.
pub fn request(app: &mut App) -> Option<Effect> {
    let key = TrendKey::new(&app.answer);
    let requested = &mut app.requests.trends;
    if requested.key().is_some_and(|known| *known != key) {
        requested.forget();
        app.trend.forget();
    }
    if app.front != ActiveView::Trend {
        return None;
    }
    let ticket = requested.ask(key)?;
    Some(Effect::Run(ticket, Task::Trends(Box::new(app.answer.clone()))))
}

/// Takes in trends, or the reason why there are none.
pub fn set_trends(app: &mut App, trends: Result<Arc<Trends>, NoTrend>) {
    let data = trends.map_or_else(TrendData::Missing, TrendData::Trends);
    app.trend.set_data(data, &app.answer, &app.navigation);
}

/// Brings the trend to the front.
pub fn open(app: &mut App) {
    app.front = ActiveView::Trend;
}

/// Brings icicle and table back to the front, with the zoom wide enough to show the selection.
pub fn leave(app: &mut App) {
    app.front = ActiveView::Icicle;
    let node = app.navigation.selection().node();
    if !app.navigation.zoom().shows(&app.answer.tree, node) {
        app.navigation.handle(&app.answer.tree, crate::view::navigation::Action::All);
    }
}

/// Does what a key asks.
pub fn handle(app: &mut App, action: Action) -> Vec<Effect> {
    if app.trend.selected().is_none() && !matches!(action, Action::Growing) {
        return Vec::new();
    }
    app.trend.handle(&app.answer, action);
    match action {
        Action::Open => {
            app.trend.select_node(&mut app.navigation);
            to_icicle(app);
        }
        Action::Compare => {
            app.trend.select_node(&mut app.navigation);
            let Some(all) = app.trend.trends().map(|trends| trends.window) else { return Vec::new() };
            to_icicle(app);
            return diff::compare(app, Window::at(all.last), Window::at(all.first));
        }
        _ => {}
    }
    Vec::new()
}

/// Selects the row's place for all views, before something is done with the selection. What the row of the trend shows
/// and what is selected elsewhere differ until the first move.
pub fn link(app: &mut App) {
    let is_elsewhere = |frame| app.navigation.frame(&app.answer.tree) != Some(frame);
    let row = app.trend.selected().filter(|_| app.front == ActiveView::Trend).filter(|row| is_elsewhere(row.frame));
    if let Some(node) = row.map(|row| row.node) {
        app.navigation.select(Selection::Node(node));
    }
}

/// The icicle in front, and the keys in it.
pub fn to_icicle(app: &mut App) {
    leave(app);
    app.pane = Pane::Icicle;
}
