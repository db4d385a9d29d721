//! Trend view: trends are requested when it opens, and kept as long as the answer does not change.

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

/// Opens the trend view.
pub fn open(app: &mut App) {
    app.front = ActiveView::Trend;
}

/// Returns to icicle and table, with a zoom wide enough to show the selection.
pub fn leave(app: &mut App) {
    app.front = ActiveView::Icicle;
    let node = app.navigation.selection().node();
    if !app.navigation.zoom().shows(&app.answer.tree, node) {
        app.navigation.handle(&app.answer.tree, crate::view::navigation::Action::All);
    }
}

/// Handles a key of the trend view.
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

/// Selects the row's node for all views, before an action on the selection. Until the first move, the row of the trend
/// may differ from the selection of the other views.
pub fn link(app: &mut App) {
    let is_elsewhere = |frame| app.navigation.frame(&app.answer.tree) != Some(frame);
    let row = app.trend.selected().filter(|_| app.front == ActiveView::Trend).filter(|row| is_elsewhere(row.frame));
    if let Some(node) = row.map(|row| row.node) {
        app.navigation.select(Selection::Node(node));
    }
}

/// Shows the icicle, and focuses it.
pub fn to_icicle(app: &mut App) {
    leave(app);
    app.pane = Pane::Icicle;
}
