//! Counts of a recording, shared with the signal thread, which prints them when the recording ends.

use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::units::commas_u64;

use super::super::message::say;

/// Shared counts of a recording.
#[derive(Clone, Default)]
pub(super) struct Tally(Arc<Mutex<Counts>>);

/// Counts.
#[derive(Default)]
pub(super) struct Counts {
    /// Number of written snapshots.
    pub(super) written: u64,
    /// Number of ticks without a snapshot.
    pub(super) missed: u64,
    /// Number of observed restarts of the service.
    pub(super) restarts: u64,
    folder: PathBuf,
}

impl Tally {
    pub(super) fn new(folder: &Path) -> Self {
        Self(Arc::new(Mutex::new(Counts { folder: folder.to_owned(), ..Counts::default() })))
    }

    /// Locks the counts. While they are locked, a signal does not end the recording; after [`Self::close`] this
    /// function blocks forever.
    pub(super) fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints a line, unless the summary was printed.
    pub(super) fn line(&self, line: &str) {
        let _open = self.counts();
        say(line);
    }

    /// Prints the summary as the last line, and removes an incomplete snapshot. Later locks block until the process
    /// ends, so that no snapshot is stored without being counted.
    pub(super) fn close(&self) {
        let counts = self.counts();
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

/// Number of snapshots as text.
pub(super) fn snapshots(count: u64) -> String {
    if count == 1 { "1 snapshot".to_owned() } else { format!("{} snapshots", commas_u64(count)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_last_line_nothing_is_counted_or_printed() {
        let folder = std::env::temp_dir();
        let tally = Tally::new(&folder);
        tally.counts().written += 1;
        tally.line("a line");
        let other = tally.clone();
        assert!(other.0.try_lock().is_ok());
        tally.close();
        assert!(other.0.try_lock().is_err(), "whoever would count or say something waits");
    }
}
