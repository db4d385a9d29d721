//! Read-ahead: the next files of a series are read on threads of their own while earlier files are merged. Reading is
//! most of the work, and no file depends on another. Files are merged in their order.
//!
//! Files read ahead are charged to a small part of the remaining heap budget. A file that does not fit is read again in
//! its turn, alone and with the whole budget. Sources that can be read only once, such as a pipe, are not read ahead.
//! Several services are queried at a time, since each takes its own time to respond.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::input_file::InputFile;
use super::{LoadContext, ReadOutcome, Reason, read};
use crate::base::limits::Budget;
use crate::format::Threads;

/// Maximum number of threads that read ahead; beyond it, merging is the bottleneck.
const MOST_THREADS: usize = 6;
/// Maximum number of services queried at a time.
pub const MOST_REQUESTS: usize = 8;
/// Divisor of the remaining heap budget for all files read ahead together.
const PART: u64 = 4;

/// Files that are being read.
#[derive(Default)]
pub struct ReadAhead {
    threads: Option<usize>,
    /// Index of each file and the receiver of its outcome, in the order of the files.
    reading: VecDeque<(usize, Receiver<ReadOutcome>)>,
    /// Index of the first file that is not being read yet.
    next: usize,
}

impl ReadAhead {
    /// Waits for the outcome of reading file `at`; `None` if the caller has to read the file.
    pub fn take(&mut self, at: usize) -> Option<ReadOutcome> {
        self.reading.front().filter(|(first, _)| *first == at)?;
        let (_, from) = self.reading.pop_front()?;
        let outcome = from.recv().ok()?;
        let is_too_large = outcome.profile.as_ref().err().and_then(Reason::limit).is_some();
        (!is_too_large).then_some(outcome)
    }

    /// Starts reading the next of the coming files; `first` is the index of the first of them.
    pub fn go_on(&mut self, coming: &[InputFile], first: usize, context: &LoadContext) {
        if coming.is_empty() {
            return;
        }
        // Merging takes only part of a core, so one reader per core is used.
        let threads = *self.threads.get_or_insert_with(|| thread::available_parallelism().map_or(1, usize::from));
        let threads = threads.min(MOST_THREADS);
        self.next = self.next.max(first);
        while let Some(input) = coming.get(self.next - first) {
            let is_remote = input.file.remote().is_some();
            let most = if is_remote { MOST_REQUESTS } else { threads };
            if most < 2 || self.reading.len() >= most {
                break;
            }
            if is_remote || input.file.size().is_some() {
                let Some(from) = begin(input, context, most) else { break };
                self.reading.push_back((self.next, from));
            }
            self.next += 1;
        }
    }
}

/// Reads a file on a thread of its own; `None` if no thread can be started.
fn begin(input: &InputFile, context: &LoadContext, threads: usize) -> Option<Receiver<ReadOutcome>> {
    let (send, receive) = sync_channel(1);
    let budget = Budget::new(context.budget.left() / PART / threads as u64);
    let mut context = LoadContext { budget, ..context.clone() };
    let input = input.clone();
    // Sending fails once the load has ended, and the thread ends too. Every core already has a file, so the file is
    // inflated on the thread that decodes it.
    let work = move || drop(send.send(read(&input, &mut context, Threads::One)));
    thread::Builder::new().name("read".to_owned()).spawn(work).ok()?;
    Some(receive)
}
