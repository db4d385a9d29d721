//! Pending work: a new answer, a reload. Only the newest request counts.

use std::sync::Arc;

use crate::analysis::{Answer, OtherTypes, Query, QueryError, Window};
use crate::app::state::Notice;
use crate::app::task::{ByAddress, Latest, Task, Ticket};
use crate::app::{App, Effect, ReloadedSeries};
use crate::app::{diff, filter, find};
use crate::profile::Series;

/// Pending requests.
#[derive(Clone, Debug)]
pub struct PendingJobs {
    /// Query asked last, answered or not.
    wanted: Query,
    /// Series of that query.
    series: Arc<Series>,
    /// Requests for answers.
    answers: Latest<DeriveKey>,
    /// Generation of the last reload.
    reload: u64,
    /// Progress line of the running reload.
    progress: Option<String>,
}

/// Identity of an answer: equal queries of the same series have equal answers.
type DeriveKey = (Query, ByAddress<Series>);

impl PendingJobs {
    /// Initial state after a first answer.
    pub fn new(wanted: Query, series: Arc<Series>) -> Self {
        let answers = Latest::answered((wanted.clone(), ByAddress(Arc::clone(&series))));
        Self { wanted, series, answers, reload: 0, progress: None }
    }

    /// Query asked last.
    pub fn wanted(&self) -> &Query {
        &self.wanted
    }

    /// Series of that query.
    pub fn series(&self) -> &Arc<Series> {
        &self.series
    }

    /// Returns true while an answer is pending.
    pub fn is_deriving(&self) -> bool {
        self.answers.is_pending()
    }

    /// Progress of the running reload.
    pub fn progress(&self) -> Option<&str> {
        self.progress.as_deref()
    }
}

/// Asks a changed query, unless it is equal to the last one.
pub fn ask(app: &mut App, change: impl FnOnce(&mut Query)) -> Vec<Effect> {
    let mut query = app.jobs.wanted.clone();
    change(&mut query);
    if query == app.jobs.wanted {
        return Vec::new();
    }
    // For a moving window and another sample type, the remaining sample types are computed after the frame.
    let known = &app.jobs.wanted;
    let moves = (query.window, query.base) != (known.window, known.base) || query.filters != known.filters;
    query.other_types = if moves { OtherTypes::Later } else { OtherTypes::Now };
    app.jobs.wanted = query;
    derivation(app).into_iter().collect()
}

fn derivation(app: &mut App) -> Option<Effect> {
    let (series, query) = (Arc::clone(&app.jobs.series), app.jobs.wanted.clone());
    let ticket = app.jobs.answers.ask((query.clone(), ByAddress(Arc::clone(&series))))?;
    let previous = Box::new(app.answer.clone());
    Some(Effect::Run(ticket, Task::Derive { series, query, previous }))
}

/// Takes in an answer, unless a newer query made it stale.
pub fn take_in(app: &mut App, ticket: Ticket, answer: Result<Box<Answer>, QueryError>) -> Vec<Effect> {
    if !app.jobs.answers.accepts(ticket) {
        return Vec::new();
    }
    match answer {
        Ok(answer) => {
            show(app, *answer);
            complete(app)
        }
        Err(error) => {
            app.jobs.wanted = app.answer.query.clone();
            app.jobs.series = Arc::clone(&app.answer.series);
            app.jobs.answers.forget();
            match error {
                QueryError::BadPattern { reason, .. } => find::refused(app, reason),
                QueryError::Filter(_) | QueryError::Limit(_) => app.notice = Some(Notice::Failed(error.to_string())),
            }
            Vec::new()
        }
    }
}

/// Returns true if a frame should wait for a pending answer. An answer that only completes the current one is not
/// waited for.
pub fn is_waiting(app: &App) -> bool {
    let present = Query { other_types: app.jobs.wanted.other_types, ..app.answer.query.clone() };
    app.jobs.is_deriving() && present != app.jobs.wanted
}

/// Requests the sample types that an answer left out.
pub fn complete(app: &mut App) -> Vec<Effect> {
    if app.jobs.is_deriving() || app.answer.query.other_types != OtherTypes::Later {
        return Vec::new();
    }
    app.jobs.wanted.other_types = OtherTypes::Now;
    derivation(app).into_iter().collect()
}

/// Replaces the answer, and keeps selection and zoom.
fn show(app: &mut App, answer: Answer) {
    let is_same = Arc::ptr_eq(&app.answer.column, &answer.column) && app.answer.query == answer.query;
    app.navigation = app.navigation.carried(&app.answer, &answer);
    let is_filtered = app.answer.query.filters != answer.query.filters;
    let begins = app.answer.base.is_none() && answer.base.is_some();
    app.answer = answer;
    if is_filtered {
        app.navigation.follow(&app.answer);
    }
    if !is_same {
        app.table.set_answer(&app.answer);
    }
    find::found(app);
    filter::done(app);
    if begins && app.notice.is_none() {
        diff::begun(app);
    }
}

/// Starts a reload, unless one runs.
pub fn reload(app: &mut App) -> Vec<Effect> {
    if app.jobs.progress.is_some() {
        return Vec::new();
    }
    app.jobs.reload += 1;
    app.jobs.progress = Some("reloading".to_owned());
    vec![Effect::Reload { generation: app.jobs.reload }]
}

/// Cancels a running reload.
pub fn cancel(app: &mut App) -> Vec<Effect> {
    if app.jobs.progress.take().is_none() {
        return Vec::new();
    }
    app.jobs.reload += 1;
    app.notice = Some(Notice::Said("reload cancelled".to_owned()));
    vec![Effect::CancelReload]
}

/// Stores the progress of a reload.
pub fn progressed(app: &mut App, line: String) {
    if app.jobs.progress.is_some() {
        app.jobs.progress = Some(line);
    }
}

/// Handles the result of a reload: asks the same query of the new series.
pub fn loaded(app: &mut App, generation: u64, loaded: Result<ReloadedSeries, String>) -> Vec<Effect> {
    if generation != app.jobs.reload {
        return Vec::new();
    }
    app.jobs.progress = None;
    match loaded {
        Err(reason) => {
            app.notice = Some(Notice::Failed(reason));
            Vec::new()
        }
        Ok(ReloadedSeries { series, warnings }) => {
            let from = Arc::clone(&app.jobs.series);
            let effect = renew(app, &series, &|window| diff::carried(window, &from, &series));
            app.warned.clone_from(&warnings);
            app.notice =
                Some(if warnings.is_empty() { Notice::Said("reloaded".to_owned()) } else { Notice::Warned(warnings) });
            effect.into_iter().collect()
        }
    }
}

/// Asks the same query of another series; `over` maps a window.
pub fn renew(app: &mut App, series: &Arc<Series>, over: &dyn Fn(Window) -> Option<Window>) -> Option<Effect> {
    let before = app.jobs.series.sample_types().get(app.jobs.wanted.sample_type).cloned();
    let same = series.sample_types().iter().position(|other| Some(other) == before.as_ref());
    let mut wanted = app.jobs.wanted.clone();
    wanted.sample_type = same.unwrap_or_else(|| series.default_sample_type());
    diff::carry(app, &mut wanted, series, over);
    app.jobs.wanted = wanted;
    app.jobs.series = Arc::clone(series);
    derivation(app)
}
