//! Queries: the only way to obtain a new answer.

use std::sync::Arc;

use crate::analysis::{OtherTypes, Query};
use crate::app::task::{ByAddress, Task};
use crate::app::{App, Effect};
use crate::view::keys::KeyRef;
use crate::view::notice::Notice;

/// Number of stacks above which the figures of all sample types, or noise, take more than a millisecond or two.
pub const LARGE_SERIES: usize = 50_000;

/// Runs a changed query, unless it equals the last one.
pub fn ask(app: &mut App, change: impl FnOnce(&mut Query)) -> Vec<Effect> {
    let mut query = app.tasks.jobs.wanted.clone();
    change(&mut query);
    if query == app.tasks.jobs.wanted {
        return Vec::new();
    }
    // If windows or filters change, or the series is partial, the other sample types are computed after the frame; the
    // noise of another sample type of a large series, too.
    let known = &app.tasks.jobs.wanted;
    let switches = query.sample_type != known.sample_type && app.tasks.jobs.series.trie().len() > LARGE_SERIES;
    let moves = (query.window, query.base) != (known.window, known.base)
        || (&query.filters, &query.base_filters) != (&known.filters, &known.base_filters);
    let is_later = moves || switches || app.tasks.jobs.is_partial();
    query.other_types = if is_later { OtherTypes::Later } else { OtherTypes::Now };
    app.tasks.jobs.wanted = query;
    if !app.tasks.jobs.is_covered() {
        // The answer follows once the samples are loaded.
        if app.tasks.jobs.deferred_progress.is_none() && app.tasks.jobs.progress.is_none() {
            let reload = app.environment.keys.of(KeyRef::Reload);
            app.notice = Some(Notice::Info(format!("samples of this type are not loaded: {reload} loads them")));
            forget_unread(app);
        }
        return Vec::new();
    }
    derivation(app).into_iter().collect()
}

/// Returns to the sample type on the screen if the samples of the wanted type are not loaded.
pub fn forget_unread(app: &mut App) {
    if !app.tasks.jobs.is_covered() {
        app.tasks.jobs.wanted = app.document.answer.query.clone();
    }
}

/// Requests the answer to the wanted query, unless requested before.
pub fn derivation(app: &mut App) -> Option<Effect> {
    let (series, query) = (Arc::clone(&app.tasks.jobs.series), app.tasks.jobs.wanted.clone());
    let ticket = app.tasks.jobs.answers.ask((query.clone(), ByAddress(Arc::clone(&series))))?;
    let previous = Box::new(app.document.answer.clone());
    Some(Effect::Run(ticket, Task::Derive { series, query: Box::new(query), previous }))
}

/// Returns true if a frame should wait for a pending answer. An answer that only adds the other sample types to the
/// current one is not waited for.
pub fn is_waiting(app: &App) -> bool {
    let present = Query { other_types: app.tasks.jobs.wanted.other_types, ..app.document.answer.query.clone() };
    app.tasks.jobs.is_deriving() && present != app.tasks.jobs.wanted
}

/// Requests the sample types that an answer left out.
pub fn complete(app: &mut App) -> Vec<Effect> {
    let is_complete = app.document.answer.query.other_types != OtherTypes::Later;
    if is_complete || app.tasks.jobs.is_deriving() || app.tasks.jobs.is_partial() {
        return Vec::new();
    }
    app.tasks.jobs.wanted.other_types = OtherTypes::Now;
    derivation(app).into_iter().collect()
}
