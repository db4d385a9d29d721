//! Deferred part of the series, loaded behind the first screen: steps of a store, sample types of a file, or snapshots.
//! Selection, zoom and window do not change when it arrives.

use std::sync::Arc;

use crate::app::{App, DeferredPart, Effect, ReloadedSeries, diff, jobs, live, query};
use crate::base::units::commas_u64;
use crate::view::keys::KeyRef;
use crate::view::notice::Notice;

/// Requests the deferred part; called after the first frame.
pub fn begin(app: &mut App) -> Vec<Effect> {
    let Some(part) = app.environment.setup.deferred else { return Vec::new() };
    let jobs = &mut app.tasks.jobs;
    jobs.deferred_progress = Some(if jobs.is_partial() { String::new() } else { format!("loading {}", part.name()) });
    vec![Effect::LoadDeferred]
}

/// Name of the deferred part.
fn name(app: &App) -> &'static str {
    app.environment.setup.deferred.map_or("", DeferredPart::name)
}

/// Stops loading the deferred part; `None` if it is not being loaded.
pub fn cancel(app: &mut App) -> Option<Vec<Effect>> {
    app.tasks.jobs.deferred_progress.take()?;
    app.tasks.jobs.lacks_deferred = true;
    query::forget_unread(app);
    let name = name(app);
    let reload = app.environment.keys.of(KeyRef::Reload);
    app.notice = Some(Notice::Info(format!("{name} not loaded: {reload} loads them")));
    let mut effects = vec![Effect::CancelDeferred];
    effects.extend(live::begin(app));
    Some(effects)
}

/// Handles the series that includes the deferred part: runs the same query on it.
pub fn completed(app: &mut App, completed: Result<ReloadedSeries, String>) -> Vec<Effect> {
    // A reload was started or the user cancelled.
    if app.tasks.jobs.deferred_progress.take().is_none() {
        return Vec::new();
    }
    let mut effects = Vec::new();
    match completed {
        Err(reason) => {
            query::forget_unread(app);
            let name = name(app);
            app.document.warned.push(format!("{name}: {reason}"));
            app.notice = Some(Notice::Failed(format!("{name}: {reason}")));
        }
        Ok(ReloadedSeries { series, warnings }) => {
            let from = Arc::clone(app.tasks.jobs.series());
            let are_snapshots = app.environment.setup.deferred == Some(DeferredPart::Snapshots);
            // With several instances, the file shown first is not a window of the complete series.
            let over =
                if are_snapshots && series.instances().len() > 1 { diff::map_reloaded } else { diff::map_by_identity };
            effects.extend(jobs::renew(app, &series, &|window| over(window, &from, &series)));
            let new: Vec<String> =
                warnings.into_iter().filter(|warning| !app.document.warned.contains(warning)).collect();
            app.document.warned.extend_from_slice(&new);
            match app.notice {
                // The notice about the open snapshots is outdated.
                _ if !new.is_empty() => app.notice = Some(Notice::DataWarnings(new)),
                _ if are_snapshots => app.notice = Some(snapshots_notice(app)),
                Some(Notice::Snapshots(_)) => app.notice = None,
                _ => {}
            }
        }
    }
    effects.extend(live::begin(app));
    effects
}

/// Notice about the snapshots shown, and the keys that show the others.
fn snapshots_notice(app: &App) -> Notice {
    let (window, series) = (app.tasks.jobs.wanted().window, app.tasks.jobs.series());
    let bounds = window.bounds(series);
    let trend = app.environment.keys.of(KeyRef::ViewTrend);
    let shown = match window.count() {
        count if count == bounds.len() => "all are shown".to_owned(),
        1 if window.last + 1 == bounds.end => "the newest is shown, :window .. shows all".to_owned(),
        _ => format!("number {} is shown, :window .. shows all", window.first + 1 - bounds.start),
    };
    let count = commas_u64(bounds.len() as u64);
    Notice::Snapshots(format!("{count} snapshots: {shown}, {trend} trend"))
}
