//! Trend view: trends are requested when the view opens, and kept until the answer changes.

use crate::app::nav;
use std::sync::Arc;

use crate::analysis::{NoTrend, Query, Trends};
use crate::app::task::{Task, TrendKey};
use crate::app::{App, Effect, diff, find};
use crate::layout::panes::ActiveView;
use crate::view::keys::KeyRef;
use crate::view::notice::Notice;
use crate::view::sides::WindowComparison;
use crate::view::trend::Action;
use crate::view::trend::state::TrendData;

/// Requests trends while the view is in front, unless requested before; drops the trends of another answer.
pub fn request(app: &mut App) -> Option<Effect> {
    let key = TrendKey::new(app.document.answer.call_order());
    let is_wanted = app.views.front == ActiveView::Trend || tells_the_headline(app);
    let requested = &mut app.tasks.requests.trends;
    if requested.key().is_some_and(|known| *known != key) {
        requested.forget();
        app.views.trend.forget();
    }
    if !is_wanted {
        return None;
    }
    let ticket = requested.ask(key)?;
    Some(Effect::Run(ticket, Task::Trends(Box::new(app.document.answer.call_order().clone()))))
}

/// Returns true if the headline reports on a series that is short enough to compute its trends in advance.
fn tells_the_headline(app: &App) -> bool {
    let answer = &app.document.answer;
    let count = Trends::window_of(answer).count();
    answer.base.is_none() && (LEAST_FOR_TREND..=MOST_UNASKED).contains(&count)
}

/// Minimum number of snapshots for a statement about a trend.
const LEAST_FOR_TREND: usize = 6;
/// Maximum number of snapshots for which trends are computed in advance.
const MOST_UNASKED: usize = 200;

/// Stores trends, or the reason for their absence.
pub fn set_trends(app: &mut App, trends: Result<Arc<Trends>, NoTrend>) {
    let data = trends.map_or_else(TrendData::Missing, TrendData::Trends);
    app.views.trend.set_data(data, &app.document.answer, &app.navigation);
    renew_headline(app);
}

/// Computes the headline again, with the trends of the answer if they are known.
pub fn renew_headline(app: &mut App) {
    let key = TrendKey::new(app.document.answer.call_order());
    let is_known = app.tasks.requests.trends.key().is_some_and(|known| *known == key);
    let App { views, document, .. } = app;
    let trends = views.trend.trends().filter(|_| is_known).map(|trends| &**trends);
    views.headline.set_answer(document.answer.call_order(), trends);
}

/// Opens the trend view.
pub fn open(app: &mut App) {
    app.views.front = ActiveView::Trend;
}

/// Comparison of the first snapshots of the selected row's instance with its last ones.
fn first_with_last(app: &App) -> Option<WindowComparison> {
    let trends = app.views.trend.trends()?;
    let instance = app.views.trend.selected()?.instance(trends);
    let wanted = app.tasks.jobs.wanted();
    let query = Query { instance: instance.or(wanted.instance), ..wanted.clone() };
    let range = trends.window.first..trends.window.last + 1;
    let Query { window, base, instance, .. } = query.first_with_last(app.series(), range)?;
    Some(WindowComparison { window, base: base?, instance })
}

/// Handles a key of the trend view.
pub fn handle(app: &mut App, action: Action) -> Vec<Effect> {
    if app.views.trend.selected().is_none() && !matches!(action, Action::Growing) {
        return Vec::new();
    }
    app.views.trend.handle(&app.document.answer, action);
    match action {
        Action::Open => {
            app.views.trend.select_node(&mut app.navigation);
            let functions = app.views.trend.selected_cause().map(|finding| finding.functions.clone());
            nav::focus_icicle(app);
            if let Some(functions) = functions {
                let effects = find::mark(app, &functions);
                let back = app.environment.keys.of(KeyRef::Back);
                let those = if functions.len() == 1 {
                    "the function that grows under it is"
                } else {
                    "functions that grow under it are"
                };
                app.notice = Some(Notice::Info(format!("{those} marked, {back} unmarks")));
                return effects;
            }
        }
        Action::Compare => {
            app.views.trend.select_node(&mut app.navigation);
            let Some(comparison) = first_with_last(app) else { return Vec::new() };
            nav::focus_icicle(app);
            return diff::compare(app, comparison);
        }
        _ => {}
    }
    Vec::new()
}
