//! Saving of a live source's snapshots to files, and the confirmation before unsaved ones are lost.

use std::sync::Arc;

use crate::app::effect::{Saved, Saving};
use crate::app::{App, Effect};
use crate::base::safe_text::safe_str;
use crate::base::units::counted;
use crate::profile::Input;
use crate::view::keys::KeyRef;
use crate::view::notice::Notice;
use crate::view::source_status::SnapshotKey;

/// Minimum number of unsaved snapshots that require a confirmation.
const LEAST_ASKED: usize = 2;

/// Writes all unsaved snapshots to a directory.
///
/// # Errors
/// One line with the reason: nothing is to be saved, or writing is disabled.
pub fn begin(app: &mut App, folder: &str) -> Result<Vec<Effect>, String> {
    if app.environment.setup.is_secure {
        return Err("`HEAPGLASS_SECURE` disables writing".to_owned());
    }
    if app.document.live.is_recorded {
        return Err("these snapshots are files already; :export writes the view".to_owned());
    }
    let snapshots = unsaved(app);
    if snapshots.is_empty() {
        return Err("all snapshots are saved".to_owned());
    }
    app.notice =
        Some(Notice::Info(format!("writing {} to {}", counted(snapshots.len(), "snapshot"), safe_str(folder))));
    let series = Arc::clone(app.tasks.jobs.series());
    Ok(vec![Effect::Save(Box::new(Saving { folder: folder.to_owned(), series, snapshots }))])
}

/// Records which snapshots were written, and shows the result.
pub fn done(app: &mut App, saved: Saved) {
    let Saved { saving: Saving { folder, series, snapshots }, written, error } = saved;
    let keys = snapshots.iter().take(written).filter_map(|at| SnapshotKey::of(&series, *at));
    app.document.saved.keys.extend(keys);
    let folder = safe_str(&folder);
    app.notice = Some(match error {
        None => Notice::Info(format!("wrote {} to {folder}", counted(written, "snapshot"))),
        Some(error) if written == 0 => Notice::Failed(error),
        Some(error) => {
            Notice::Failed(format!("{error}; {} of {} are in {folder}", written, counted(snapshots.len(), "snapshot")))
        }
    });
}

/// Asks for confirmation, once, before snapshots of a live source are lost; returns true if it asks now.
pub fn asks(app: &mut App) -> bool {
    if app.document.live.period.is_none() || app.document.live.is_recorded || app.document.saved.has_asked {
        return false;
    }
    let unsaved = unsaved(app).len();
    if unsaved < LEAST_ASKED || app.environment.setup.is_secure {
        return false;
    }
    app.document.saved.has_asked = true;
    let quit = app.environment.keys.of(KeyRef::Quit);
    // The first words are the most important: a narrow screen cuts the others.
    let line = format!("{quit} again loses {}; :save DIR saves", counted(unsaved, "unsaved snapshot"));
    app.notice = Some(Notice::Failed(line));
    true
}

/// Snapshots that are not in a file yet, by index.
fn unsaved(app: &App) -> Vec<usize> {
    let series = app.tasks.jobs.series();
    let is_saved = |at: &usize| SnapshotKey::of(series, *at).is_some_and(|key| app.document.saved.keys.contains(&key));
    series.range_of(Input::Current).filter(|at| !is_saved(at)).collect()
}
