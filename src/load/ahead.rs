//! The next files of a series, read on threads of their own while those before are folded: reading is most of the work,
//! and no file waits for another. Folding stays in the order of the files.
//!
//! What is read ahead is charged to a small part of the heap budget that is left. What does not fit there is read again when
//! its turn comes, alone and with all of the budget; so is what can be read only once, such as a pipe. Services are asked
//! several at a time, since each answers in its own time.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::input_file::InputFile;
use super::{LoadContext, ReadOutcome, Reason, read};
use crate::base::limits::Budget;
use crate::format::Threads;

/// The most threads that read ahead: beyond these the one that folds is what all wait for.
const MOST_THREADS: usize = 6;
/// The most services that are asked at a time.
pub const MOST_REQUESTS: usize = 8;
/// The part of what is left of the heap budget that all that is read ahead may take together.
const PART: u64 = 4;

/// The files that are being read.
#[derive(Default)]
pub struct ReadAhead {
    threads: Option<usize>,
    /// The number of each file and where it comes from, in the order of the files.
    reading: VecDeque<(usize, Receiver<ReadOutcome>)>,
    /// The number of the first file that nobody reads yet.
    next: usize,
}

impl ReadAhead {
    /// Waits for the outcome of reading a file; `None` if it has to be read now.
    pub fn take(&mut self, at: usize) -> Option<ReadOutcome> {
        self.reading.front().filter(|(first, _)| *first == at)?;
        let (_, from) = self.reading.pop_front()?;
        let outcome = from.recv().ok()?;
        let is_too_large = outcome.profile.as_ref().err().and_then(Reason::limit).is_some();
        (!is_too_large).then_some(outcome)
    }

    /// Begins with the next of the files to come, the first of which has the number `first`.
    pub fn go_on(&mut self, coming: &[InputFile], first: usize, room: &LoadContext) {
        // The thread that folds takes a part of a core only, so that there is a reader for each core.
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
                let Some(from) = begin(input, room, most) else { break };
                self.reading.push_back((self.next, from));
            }
            self.next += 1;
        }
    }
}

/// Reads a file on a thread of its own; none where there are no threads to be had.
fn begin(input: &InputFile, room: &LoadContext, threads: usize) -> Option<Receiver<ReadOutcome>> {
    let (send, receive) = sync_channel(1);
    let budget = Budget::new(room.budget.left() / PART / threads as u64);
    let mut room = LoadContext { budget, ..room.clone() };
    let input = input.clone();
    // Nobody takes what was read once the load has ended; the thread then ends too.
    // Every core has a file already, so that it is inflated where it is decoded.
    let work = move || drop(send.send(read(&input, &mut room, Threads::One)));
    thread::Builder::new().name("read".to_owned()).spawn(work).ok()?;
    Some(receive)
}
