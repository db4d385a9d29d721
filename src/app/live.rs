//! Live mode: new snapshots join the series, and a window that ends with the last snapshot follows it.

use std::sync::Arc;

use crate::analysis::Window;
use crate::app::{App, Effect, GrowthExtent, SeriesGrowth, diff, jobs};
use crate::profile::{Input, Series};
use crate::view::notice::Notice;
use crate::view::source_status::Outage;

/// Requests the next snapshot; called after the first frame.
pub fn begin(app: &App) -> Vec<Effect> {
    // Loading the deferred part comes first, because new snapshots are added to the complete series.
    if app.document.live.period.is_none() || app.tasks.jobs.deferred_progress.is_some() {
        return Vec::new();
    }
    vec![Effect::Follow(Arc::clone(app.tasks.jobs.series()))]
}

/// Polls the source immediately.
pub fn poll_now(app: &mut App) -> Vec<Effect> {
    app.notice = Some(Notice::Polling("polling for a new snapshot".to_owned()));
    vec![Effect::PollNow]
}

/// Handles the result of a poll, and requests the next one.
pub fn grown(app: &mut App, at: i64, grown: Result<Option<SeriesGrowth>, String>) -> Vec<Effect> {
    let mut effects = Vec::new();
    match grown {
        Err(why) => {
            let since = app.document.live.current_outage().map(|outage| outage.since);
            if since.is_none() {
                app.notice = Some(Notice::Outage(format!("no snapshot: {why}")));
            }
            app.document.live.outage = Some(Outage { since: since.unwrap_or(at), until: None, reason: why });
        }
        Ok(None) => {
            end_outage(app, at);
        }
        Ok(Some(SeriesGrowth { series, dropped, skipped, extent })) => {
            end_outage(app, at);
            let from = Arc::clone(app.tasks.jobs.series());
            if !Arc::ptr_eq(&from, &series) {
                app.document.live.last_snapshot_time = Some(at);
                // The notice about the snapshots present at the start is outdated.
                if matches!(app.notice, Some(Notice::Snapshots(_))) {
                    app.notice = None;
                }
                let over = |window| Some(followed(window, &from, &series));
                effects.extend(jobs::renew(app, &series, &over));
            }
            warn(app, skipped, extent);
            if dropped > 0 {
                let count = series.range_of(Input::Current).len();
                app.notice = Some(Notice::Info(format!("the last {count} snapshots are kept, older ones dropped")));
            }
        }
    }
    effects.extend(begin(app));
    effects
}

/// Adds warnings to those of the document, each once, and shows them.
fn warn(app: &mut App, mut warnings: Vec<String>, extent: GrowthExtent) {
    let warned = &mut app.document.warned;
    if extent == GrowthExtent::AllSources {
        let known = std::mem::replace(warned, warnings.clone());
        warnings.retain(|warning| !known.contains(warning));
    }
    let new: Vec<String> = warnings.iter().filter(|warning| !warned.contains(warning)).cloned().collect();
    warned.extend(new);
    if !warnings.is_empty() {
        app.notice = Some(Notice::DataWarnings(warnings));
    }
}

/// Ends the current outage, and removes the notice about it or about a poll.
fn end_outage(app: &mut App, at: i64) {
    if let Some(outage) = &mut app.document.live.outage {
        outage.until = outage.until.or(Some(at));
    }
    if matches!(app.notice, Some(Notice::Polling(_) | Notice::Outage(_))) {
        app.notice = None;
    }
}

/// Maps a window to a grown series. A window over a whole side still covers the whole side, a window that ends with the
/// last snapshot ends with the new one, and every other window keeps its snapshots.
fn followed(window: Window, from: &Series, to: &Series) -> Window {
    let side = if from.range_of(Input::Current).contains(&window.first) { Input::Current } else { Input::Base };
    let (old, new) = (from.range_of(side), to.range_of(side));
    let last = new.end.saturating_sub(1);
    let kept = diff::kept_snapshots(side, from, to);
    // The oldest snapshots may have been dropped.
    let moved = |at: usize| kept[at - old.start..].iter().flatten().next().copied().unwrap_or(last);
    let is_at_end = window.last + 1 == old.end;
    match window {
        _ if is_at_end && window.first == old.start => Window { first: new.start, last },
        Window { first, last: end } if is_at_end && first == end => Window::at(last),
        Window { first, .. } if is_at_end => Window { first: moved(first), last },
        Window { first, last } => Window { first: moved(first), last: moved(last) },
    }
}
