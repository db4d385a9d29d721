//! Rest of the series, loaded behind the first screen: steps of a store, sample types of a file. It joins without a jump:
//! selection, zoom and window stay.

use std::sync::Arc;

use crate::app::{App, Effect, ReloadedSeries, diff, jobs, live, query};
use crate::view::keys::KeyRef;
use crate::view::notice::Notice;

/// Requests the rest, after the first frame.
pub fn begin(app: &mut App) -> Vec<Effect> {
    let Some(name) = app.environment.setup.rest else { return Vec::new() };
    let jobs = &mut app.tasks.jobs;
    jobs.rest = Some(if jobs.is_partial() { String::new() } else { format!("loading {name}") });
    vec![Effect::LoadRest]
}

/// Stops loading the rest. `None` if it is not being loaded.
pub fn cancel(app: &mut App) -> Option<Vec<Effect>> {
    app.tasks.jobs.rest.take()?;
    app.tasks.jobs.lacks_rest = true;
    query::forget_unread(app);
    let name = app.environment.setup.rest.unwrap_or_default();
    let reload = app.environment.keys.of(KeyRef::Reload);
    app.notice = Some(Notice::Said(format!("{name} not loaded: {reload} loads them")));
    let mut effects = vec![Effect::CancelRest];
    effects.extend(live::begin(app));
    Some(effects)
}

/// Handles the series with the rest: asks the same query of it.
pub fn completed(app: &mut App, completed: Result<ReloadedSeries, String>) -> Vec<Effect> {
    // A reload or the user has made it useless.
    if app.tasks.jobs.rest.take().is_none() {
        return Vec::new();
    }
    let mut effects = Vec::new();
    match completed {
        Err(reason) => {
            query::forget_unread(app);
            let name = app.environment.setup.rest.unwrap_or_default();
            app.document.warned.push(format!("{name}: {reason}"));
            app.notice = Some(Notice::Failed(format!("{name}: {reason}")));
        }
        Ok(ReloadedSeries { series, warnings }) => {
            let from = Arc::clone(app.tasks.jobs.series());
            effects.extend(jobs::renew(app, &series, &|window| diff::matched(window, &from, &series)));
            let new: Vec<String> =
                warnings.into_iter().filter(|warning| !app.document.warned.contains(warning)).collect();
            app.document.warned.extend_from_slice(&new);
            match app.notice {
                // The notice about the open snapshots is outdated.
                _ if !new.is_empty() => app.notice = Some(Notice::Warned(new)),
                Some(Notice::Snapshots(_)) => app.notice = None,
                _ => {}
            }
        }
    }
    effects.extend(live::begin(app));
    effects
}
