//! Loading as the command line sees it: a bar while it takes long, a line for each source that could not be read.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::base::limits::Limits;
use crate::load::{self, LoadError, Loaded, Progress, Skipped};
use crate::source::Address;

use super::exit::Exit;
use super::message::{Failure, Note, warn};

/// How long a load may take before a bar is worth the flicker.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the bar moves. Over a slow line more would only queue up.
const PERIOD: Duration = Duration::from_millis(250);
/// Bad sources that are named one by one; a directory may hold thousands of other files.
const MOST_NAMED: usize = 10;

/// Loads the sources, and warns of what was passed over.
///
/// # Errors
/// [`Failure`] with a line for each source when nothing could be loaded.
pub(crate) fn load(addresses: &[Address], limits: &Limits) -> Result<Loaded, Failure> {
    let progress = Arc::new(Progress::default());
    let loaded = watched(&progress, || load::load(addresses, limits, &progress));
    let loaded = loaded.map_err(|error| failure(addresses, error))?;
    for skipped in loaded.skipped.iter().take(MOST_NAMED) {
        let Note { line, hint } = note(skipped);
        warn(&Note { line: format!("{line} (skipped)"), hint });
    }
    if let Some(more) = more(&loaded.skipped) {
        warn(&more);
    }
    for warning in &loaded.warnings {
        warn(&Note::new(warning));
    }
    Ok(loaded)
}

/// Runs `work` under a bar that shows on a terminal when it takes long, and is gone when it is done.
fn watched<T>(progress: &Progress, work: impl FnOnce() -> T) -> T {
    if !io::stderr().is_terminal() {
        return work();
    }
    thread::scope(|scope| {
        let (done, ended) = channel::<()>();
        scope.spawn(move || {
            let mut bar = None;
            let mut wait = PATIENCE;
            // Nothing is ever sent: the wait ends when the sender goes.
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = PERIOD;
                let bar = bar.get_or_insert_with(|| start(progress.expected()));
                bar.set_position(progress.read());
            }
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
        });
        let result = work();
        drop(done);
        result
    })
}

/// A bar over the bytes of the input, or a mere count of them where nobody knows how many there are.
fn start(expected: u64) -> ProgressBar {
    let (length, template) = match expected {
        0 => (None, "reading {bytes}, Ctrl-C stops"),
        bytes => (Some(bytes), "reading [{bar:30}] {bytes} of {total_bytes}, Ctrl-C stops"),
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr_with_hz(4));
    bar.set_style(style.progress_chars("=> "));
    bar
}

fn failure(addresses: &[Address], error: LoadError) -> Failure {
    let exit = if error.limit().is_some() { Exit::Limit } else { Exit::Input };
    match error {
        LoadError::Cancelled => Failure { exit: Exit::Interrupted, notes: Vec::new() },
        LoadError::Unlike(skipped) => Failure { exit, notes: vec![note(&skipped)] },
        LoadError::Nothing(skipped) => {
            let mut notes = Vec::new();
            if let ([Address::Dir(path)], [_, ..]) = (addresses, skipped.as_slice()) {
                notes.push(Note::new(format!("{}: no profile in this directory", path.display())));
            }
            notes.extend(skipped.iter().take(MOST_NAMED).map(note));
            notes.extend(more(&skipped));
            Failure { exit, notes }
        }
    }
}

fn note(skipped: &Skipped) -> Note {
    Note { line: format!("{}: {}", skipped.source, skipped.reason), hint: skipped.reason.hint() }
}

fn more(skipped: &[Skipped]) -> Option<Note> {
    let more = skipped.len().checked_sub(MOST_NAMED).filter(|more| *more > 0)?;
    Some(Note::new(format!("and {more} more that could not be read")))
}
