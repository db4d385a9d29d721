//! What was asked for outside and is not there yet: a new answer, a reload. Only the newest counts.

use std::sync::Arc;

use crate::analysis::{Answer, OtherTypes, Query, QueryError, Window};
use crate::app::state::Notice;
use crate::app::task::{ByAddress, Latest, Task, Ticket};
use crate::app::{App, Effect, ReloadedSeries};
use crate::app::{diff, filter, find};
use crate::profile::Series;

/// What is under way.
#[derive(Clone, Debug)]
pub struct PendingJobs {
    /// The query that was asked last, answered or not.
    wanted: Query,
    /// The series that it was asked of.
    series: Arc<Series>,
    /// Requests for answers.
    answers: Latest<DeriveKey>,
    /// The number of the reload that was asked last.
    reload: u64,
    /// How far it is, while it runs.
    progress: Option<String>,
}

/// Identity of an answer: equal queries of the same series have equal answers.
type DeriveKey = (Query, ByAddress<Series>);

impl PendingJobs {
    /// Nothing under way, after a first answer.
    pub fn new(wanted: Query, series: Arc<Series>) -> Self {
        let answers = Latest::answered((wanted.clone(), ByAddress(Arc::clone(&series))));
        Self { wanted, series, answers, reload: 0, progress: None }
    }

    /// The query that was asked last.
    pub fn wanted(&self) -> &Query {
        &self.wanted
    }

    /// The series that it was asked of.
    pub fn series(&self) -> &Arc<Series> {
        &self.series
    }

    /// Whether an answer is still to come.
    pub fn is_deriving(&self) -> bool {
        self.answers.is_pending()
    }

    /// How far the reload is, while one runs.
    pub fn progress(&self) -> Option<&str> {
        self.progress.as_deref()
    }
}

/// Asks another question, if it is another one.
pub fn ask(app: &mut App, change: impl FnOnce(&mut Query)) -> Vec<Effect> {
    let mut query = app.jobs.wanted.clone();
    change(&mut query);
    if query == app.jobs.wanted {
        return Vec::new();
    }
    // A window that moves, and other samples, are drawn before the other sample types are there.
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

/// Whether an answer is on its way that a frame should wait for: what only completes the present one comes when it comes.
pub fn is_waiting(app: &App) -> bool {
    let present = Query { other_types: app.jobs.wanted.other_types, ..app.answer.query.clone() };
    app.jobs.is_deriving() && present != app.jobs.wanted
}

/// Asks for what an answer left for later, if it did.
pub fn complete(app: &mut App) -> Vec<Effect> {
    if app.jobs.is_deriving() || app.answer.query.other_types != OtherTypes::Later {
        return Vec::new();
    }
    app.jobs.wanted.other_types = OtherTypes::Now;
    derivation(app).into_iter().collect()
}

/// Shows a new answer at the same place.
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

/// Begins a reload, unless one runs.
pub fn reload(app: &mut App) -> Vec<Effect> {
    if app.jobs.progress.is_some() {
        return Vec::new();
    }
    app.jobs.reload += 1;
    app.jobs.progress = Some("reading again".to_owned());
    vec![Effect::Reload { generation: app.jobs.reload }]
}

/// Gives a running reload up.
pub fn cancel(app: &mut App) -> Vec<Effect> {
    if app.jobs.progress.take().is_none() {
        return Vec::new();
    }
    app.jobs.reload += 1;
    app.notice = Some(Notice::Said("reload cancelled".to_owned()));
    vec![Effect::CancelReload]
}

/// Takes in how far the reload is, if one runs.
pub fn progressed(app: &mut App, line: String) {
    if app.jobs.progress.is_some() {
        app.jobs.progress = Some(line);
    }
}

/// Takes in what a reload brought, and asks the same of it.
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
            app.notice = Some(if warnings.is_empty() {
                Notice::Said("read again".to_owned())
            } else {
                Notice::Warned(warnings)
            });
            effect.into_iter().collect()
        }
    }
}

/// Asks the same of another series, in which windows are found by `over`.
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
