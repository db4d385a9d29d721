//! What was recorded so far, shared with whoever has to say so when a signal ends the recording.

use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::units::commas_u64;

use super::super::message::say;
use super::folder::discard;

/// What was recorded so far.
#[derive(Clone, Default)]
pub(super) struct Tally(Arc<Mutex<Counts>>);

/// The figures of a recording.
#[derive(Default)]
pub(super) struct Counts {
    /// Snapshots that were written.
    pub(super) written: u64,
    /// Beats without one.
    pub(super) missed: u64,
    /// Restarts of the service that were seen.
    pub(super) restarts: u64,
    folder: PathBuf,
    temporary: PathBuf,
}

impl Tally {
    pub(super) fn new(folder: &Path, temporary: &Path) -> Self {
        let (folder, temporary) = (folder.to_owned(), temporary.to_owned());
        Self(Arc::new(Mutex::new(Counts { folder, temporary, ..Counts::default() })))
    }

    /// The figures. Who holds them keeps a signal from ending the recording in between; once it was closed they never
    /// come.
    pub(super) fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says a line, unless the last one was said.
    pub(super) fn line(&self, line: &str) {
        let _open = self.counts();
        say(line);
    }

    /// Says what was written, and takes away what was not finished. It is the last line: whoever asks for the figures
    /// from now on waits for the end of the process, so that nothing is kept that was not counted.
    pub(super) fn close(&self) {
        let counts = self.counts();
        discard(&counts.temporary);
        let missed = match counts.missed {
            0 => String::new(),
            missed => format!(", {} missed", commas_u64(missed)),
        };
        let restarts = match counts.restarts {
            0 => String::new(),
            1 => ", the service restarted once".to_owned(),
            times => format!(", the service restarted {times} times"),
        };
        let line = format!("{} written to {}{missed}{restarts}", snapshots(counts.written), counts.folder.display());
        say(&line);
        mem::forget(counts);
    }
}

/// A number of snapshots in words.
pub(super) fn snapshots(count: u64) -> String {
    if count == 1 { "1 snapshot".to_owned() } else { format!("{} snapshots", commas_u64(count)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_counted_or_said_once_the_last_line_was() {
        let folder = std::env::temp_dir();
        let tally = Tally::new(&folder, &folder.join(format!("heapglass-tally-{}", std::process::id())));
        tally.counts().written += 1;
        tally.line("a line");
        let other = tally.clone();
        assert!(other.0.try_lock().is_ok());
        tally.close();
        assert!(other.0.try_lock().is_err(), "whoever would count or say something waits");
    }
}
