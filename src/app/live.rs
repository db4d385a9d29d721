//! Live mode: new snapshots join the series, and a window that ends with the last snapshot follows it.

use std::sync::Arc;

use crate::analysis::Window;
use crate::app::state::{Notice, several};
use crate::app::{App, Effect, SeriesGrowth, jobs};
use crate::profile::{Input, Series};

/// Status of the sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceStatus {
    /// Polling period, in words; `None` without live mode.
    pub period: Option<String>,
    /// Verification of the peer.
    pub trust: PeerTrust,
    /// Time of the last snapshot, in nanoseconds since 1970.
    pub came: Option<i64>,
    /// Start and reason of the current outage.
    pub away: Option<(i64, String)>,
}

/// Verification of the peer of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PeerTrust {
    /// Certificates are verified, or the source needs none.
    #[default]
    Usual,
    /// Certificates are not verified.
    Anybody,
}

/// Requests the next snapshot, after the first frame.
pub fn begin(app: &App) -> Vec<Effect> {
    if app.live.period.is_none() {
        return Vec::new();
    }
    vec![Effect::Follow(Arc::clone(app.jobs.series()))]
}

/// Polls the source immediately.
pub fn hurry(app: &mut App) -> Vec<Effect> {
    app.notice = Some(Notice::Said(LOOKING.to_owned()));
    vec![Effect::PollNow]
}

/// Handles the result of a poll, and requests the next one.
pub fn grown(app: &mut App, at: i64, grown: Result<Option<SeriesGrowth>, String>) -> Vec<Effect> {
    let mut effects = Vec::new();
    match grown {
        Err(why) => {
            let since = app.live.away.as_ref().map_or(at, |(since, _)| *since);
            if app.live.away.is_none() {
                app.notice = Some(Notice::Failed(format!("no snapshot: {why}")));
            }
            app.live.away = Some((since, why));
        }
        Ok(None) => {
            there_again(app);
        }
        Ok(Some(SeriesGrowth { series, forgotten, skipped })) => {
            there_again(app);
            let from = Arc::clone(app.jobs.series());
            if !Arc::ptr_eq(&from, &series) {
                app.live.came = Some(at);
                // The notice about the open snapshots is outdated.
                if app.notice.is_some() && app.notice == several(app) {
                    app.notice = None;
                }
                let over = |window| Some(followed(window, &from, &series, forgotten));
                effects.extend(jobs::renew(app, &series, &over));
            }
            if !skipped.is_empty() {
                app.warned.extend_from_slice(&skipped);
                app.notice = Some(Notice::Warned(skipped));
            }
            if forgotten > 0 {
                let count = series.range_of(Input::Current).len();
                app.notice = Some(Notice::Said(format!("the last {count} snapshots are kept, older ones are dropped")));
            }
        }
    }
    effects.extend(begin(app));
    effects
}

/// Notice while an immediate poll runs.
const LOOKING: &str = "polling for a new snapshot";

/// Removes the notice about a poll or an outage that has ended.
fn there_again(app: &mut App) {
    let was_away = app.live.away.take().is_some();
    let is_over = match &app.notice {
        Some(Notice::Failed(line)) => was_away && line.starts_with("no snapshot: "),
        Some(Notice::Said(line)) => line == LOOKING,
        Some(Notice::Warned(_) | Notice::Remarked(_)) | None => false,
    };
    if is_over {
        app.notice = None;
    }
}

/// Maps a window to a grown series: a window over a whole side covers the whole side, a window that ends with the last
/// snapshot ends with the new one, every other window keeps its snapshots.
fn followed(window: Window, from: &Series, to: &Series, forgotten: usize) -> Window {
    let side = if from.range_of(Input::Current).contains(&window.first) { Input::Current } else { Input::Base };
    let (old, new) = (from.range_of(side), to.range_of(side));
    let gone = if side == Input::Current { forgotten } else { 0 };
    let last = new.end.saturating_sub(1);
    let moved = |at: usize| (new.start + (at - old.start).saturating_sub(gone)).min(last);
    let is_at_end = window.last + 1 == old.end;
    match window {
        _ if is_at_end && window.first == old.start => Window { first: new.start, last },
        Window { first, last: end } if is_at_end && first == end => Window::at(last),
        Window { first, .. } if is_at_end => Window { first: moved(first), last },
        Window { first, last } => Window { first: moved(first), last: moved(last) },
    }
}
