//! Pending work: answers and reloads. Only the newest request of each counts.

use crate::app::query;
use std::sync::Arc;

use crate::analysis::{Answer, QueryError, Window};
use crate::app::task::Ticket;
use crate::app::{App, Effect, ReloadedSeries};
use crate::app::{diff, filter, find, trend};
use crate::profile::Series;
use crate::view::notice::Notice;

/// Stores an answer, unless a newer query made it stale.
pub fn take_in(app: &mut App, ticket: Ticket, answer: Result<Box<Answer>, QueryError>) -> Vec<Effect> {
    if !app.tasks.jobs.answers.accepts(ticket) {
        return Vec::new();
    }
    match answer {
        Ok(answer) => {
            show(app, *answer);
            query::complete(app)
        }
        Err(error) => {
            app.tasks.jobs.wanted = app.document.answer.query.clone();
            app.tasks.jobs.series = Arc::clone(app.document.answer.recorded_series());
            app.tasks.jobs.answers.forget();
            match error {
                QueryError::BadPattern { reason, .. } => find::set_error(app, reason),
                QueryError::Filter(_) | QueryError::OutOfRange(_) | QueryError::Limit(_) => {
                    app.notice = Some(Notice::Failed(error.to_string()));
                }
            }
            Vec::new()
        }
    }
}

/// Replaces the answer, and keeps selection and zoom.
fn show(app: &mut App, answer: Answer) {
    let is_same = Arc::ptr_eq(&app.document.answer.column, &answer.column) && app.document.answer.query == answer.query;
    app.navigation = app.navigation.carried(&app.document.answer, &answer);
    app.views.sandwich.carry(&app.document.answer, &answer);
    let filters = |answer: &Answer| (answer.query.filters.clone(), answer.query.base_filters.clone());
    let is_filtered = filters(&app.document.answer) != filters(&answer);
    let begins = app.document.answer.base.is_none() && answer.base.is_some();
    app.document.answer = answer;
    if is_filtered {
        app.navigation.follow(&app.document.answer);
    }
    if !is_same {
        app.views.table.set_answer(&app.document.answer);
    }
    trend::renew_headline(app);
    find::found(app);
    filter::show_exclusion_effect(app);
    if begins && app.notice.is_none() {
        diff::show_caveats(app);
    }
}

/// Starts a reload, unless one is running.
pub fn reload(app: &mut App) -> Vec<Effect> {
    if app.tasks.jobs.progress.is_some() {
        return Vec::new();
    }
    let sources = &app.environment.setup.given.sources;
    if !sources.is_empty() && sources.iter().all(|source| source == "-") {
        app.notice = Some(Notice::Info("standard input can only be read once".to_owned()));
        return Vec::new();
    }
    app.tasks.jobs.reload += 1;
    app.tasks.jobs.progress = Some("reloading".to_owned());
    // A reload includes the deferred part.
    let cancelled = app.tasks.jobs.deferred_progress.take().map(|_| Effect::CancelDeferred);
    app.tasks.jobs.lacks_deferred |= cancelled.is_some();
    cancelled.into_iter().chain([Effect::Reload { generation: app.tasks.jobs.reload }]).collect()
}

/// Cancels a running reload.
pub fn cancel(app: &mut App) -> Vec<Effect> {
    if app.tasks.jobs.progress.take().is_none() {
        return Vec::new();
    }
    app.tasks.jobs.reload += 1;
    query::forget_unread(app);
    app.notice = Some(Notice::Info("reload cancelled".to_owned()));
    vec![Effect::CancelReload]
}

/// Stores the progress of a reload, or of loading the deferred part.
pub fn progressed(app: &mut App, line: String) {
    let jobs = &mut app.tasks.jobs;
    for known in [&mut jobs.progress, &mut jobs.deferred_progress] {
        if known.is_some() {
            *known = Some(line);
            return;
        }
    }
}

/// Handles the result of a reload: runs the same query on the new series.
pub fn loaded(app: &mut App, generation: u64, loaded: Result<ReloadedSeries, String>) -> Vec<Effect> {
    if generation != app.tasks.jobs.reload {
        return Vec::new();
    }
    app.tasks.jobs.progress = None;
    match loaded {
        Err(reason) => {
            query::forget_unread(app);
            app.notice = Some(Notice::Failed(reason));
            Vec::new()
        }
        Ok(ReloadedSeries { series, warnings }) => {
            let from = Arc::clone(&app.tasks.jobs.series);
            let over = if std::mem::take(&mut app.tasks.jobs.lacks_deferred) {
                diff::map_by_identity
            } else {
                diff::map_reloaded
            };
            let effect = renew(app, &series, &|window| over(window, &from, &series));
            app.document.warned.clone_from(&warnings);
            app.notice = Some(if warnings.is_empty() {
                Notice::Info("reloaded".to_owned())
            } else {
                Notice::DataWarnings(warnings)
            });
            effect.into_iter().collect()
        }
    }
}

/// Runs the same query on another series; `over` maps a window.
pub fn renew(app: &mut App, series: &Arc<Series>, over: &dyn Fn(Window) -> Option<Window>) -> Option<Effect> {
    let before = app.tasks.jobs.series.sample_types().get(app.tasks.jobs.wanted.sample_type).cloned();
    let same = series.sample_types().iter().position(|other| Some(other) == before.as_ref());
    let mut wanted = app.tasks.jobs.wanted.clone();
    wanted.sample_type = same.unwrap_or_else(|| series.default_sample_type());
    diff::map_to_series(app, &mut wanted, series, over);
    app.tasks.jobs.wanted = wanted;
    app.tasks.jobs.series = Arc::clone(series);
    query::derivation(app)
}
