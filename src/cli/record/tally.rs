//! Counts of a recording, shared with the signal thread, which ends the recording and prints them.

use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::base::units::{commas_u64, counted};

use super::super::hook::Hook;
use super::super::loading;
use super::super::message::{MessageLine, say, warn};
use super::super::network::brief;
use super::folder::remove;

/// Time that commands of `--exec` get to end after a signal. A container usually gets 30 s.
pub(super) const COMMAND_TIME: Duration = Duration::from_secs(5);

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
    /// Snapshots beyond the limits of the ring, removed after the next one is complete and their commands have ended.
    pub(super) surplus: Vec<PathBuf>,
}

impl Counts {
    /// Removes the snapshots beyond the limits of the ring, except those that a command still needs. Before the first
    /// snapshot, what an earlier recording left stays.
    pub(super) fn remove_surplus(&mut self, hook: Option<&Hook>) -> io::Result<()> {
        if self.written == 0 {
            return Ok(());
        }
        for old in mem::take(&mut self.surplus) {
            if hook.is_some_and(|hook| hook.needs(&old)) {
                self.surplus.push(old);
                continue;
            }
            match remove(&old) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
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

    /// Ends the recording after a signal: an incomplete snapshot is removed, commands get [`COMMAND_TIME`] to end, and
    /// the summary is printed. Later locks block until the process ends, so that no snapshot is stored meanwhile.
    pub(super) fn interrupt(&self, hook: Option<&Hook>) {
        // Locked first: a snapshot that is being stored becomes complete.
        let mut counts = self.counts();
        loading::leave();
        let waiting = hook.map_or(0, |hook| hook.finish(Some(Duration::ZERO)));
        if waiting > 0 {
            say(&format!("waiting at most {} for {}", brief(COMMAND_TIME), counted(waiting, "command")));
        }
        let left = hook.map_or(0, |hook| hook.finish(Some(COMMAND_TIME)));
        if left > 0 {
            let line = format!("--exec: {} did not end, and the snapshots stay", counted(left, "command"));
            warn(&MessageLine::new(line));
        }
        if let Err(error) = counts.remove_surplus(hook) {
            warn(&MessageLine::new(format!("{}: {error}", counts.folder.display())));
        }
        summarize(&counts);
        mem::forget(counts);
    }

    /// Prints the summary as the last line. Later locks block until the process ends, so that no snapshot is stored
    /// without being counted.
    pub(super) fn close(&self) {
        let counts = self.counts();
        summarize(&counts);
        mem::forget(counts);
    }
}

/// Prints the summary.
fn summarize(counts: &Counts) {
    let missed = match counts.missed {
        0 => String::new(),
        missed => format!(", {} missed", commas_u64(missed)),
    };
    let restarts = match counts.restarts {
        0 => String::new(),
        1 => ", the service restarted once".to_owned(),
        times => format!(", the service restarted {times} times"),
    };
    say(&format!(
        "{} written to {}{missed}{restarts}",
        counted(counts.written as usize, "snapshot"),
        counts.folder.display()
    ));
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
