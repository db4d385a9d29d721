//! The stacks of samples on their way into the trie, here or on a thread of their own.
//!
//! Walking stacks down the trie is half of the work of a load, and needs of a sample nothing but its locations. So these are
//! gathered, a batch at a time, and where a file is large the batches go to another thread until the file ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use crate::base::ids::{LocationId, StackId};
use crate::base::limits::{Budget, LimitError};
use crate::format::Threads;
use crate::format::pprof::wire::{self, SampleError};
use crate::profile::{IdMap, StackReader, StackWalk, Trie};

/// Frames in a batch: some thousands of stacks, so that handing over costs nothing beside walking them, and few enough
/// to stay in a cache on the way.
const BATCH: usize = 16 << 10;
/// Batches that may wait for the other thread.
const WAITING: usize = 4;

/// Gathers stacks and has them walked.
pub(super) struct StackInserter {
    reader: StackReader,
    batch: Batch,
    /// Frames from which on a batch is handed over.
    full: usize,
    /// What the batch in hand took when it came, and what all others take: both are charged until the end.
    room: [u64; 2],
    threads: Threads,
    /// What the stacks became; nothing while a thread has it.
    walked: WalkedStacks,
    apart: Option<WorkerThread>,
}

/// What stacks become.
#[derive(Default)]
pub(super) struct WalkedStacks {
    /// Every distinct stack.
    pub(super) trie: Trie,
    /// The stack of each sample.
    pub(super) stacks: Vec<StackId>,
    walk: StackWalk,
}

/// Stacks that have not been walked yet.
#[derive(Default)]
struct Batch {
    heads: Vec<StackHead>,
    /// The frames that each has beside those of the one before, callers first.
    frames: Vec<LocationId>,
}

/// A stack in a batch.
#[derive(Clone, Copy)]
struct StackHead {
    /// How many frames it shares with the one before.
    shared: usize,
    /// One past the last of its own.
    end: usize,
}

/// A thread that walks stacks.
struct WorkerThread {
    full: SyncSender<(Batch, u64)>,
    empty: Receiver<Batch>,
    charges: Charges,
    thread: JoinHandle<(WalkedStacks, Result<(), LimitError>)>,
}

/// Whether a thread still takes batches; one that has spent the heap budget does not.
enum WorkerState {
    Yes,
    No,
}

/// The heap budget of two threads: each charges what it takes, and is told with every batch what the other took. In
/// between they may pass it together, by what one column grows.
struct Charges {
    /// What was charged when the thread began.
    before: u64,
    /// What the thread has charged.
    there: Arc<AtomicU64>,
    /// As much of it as was charged here too.
    known: u64,
}

impl StackInserter {
    /// A walker that may use threads.
    pub(super) fn new(threads: Threads) -> Self {
        let (reader, batch, walked) = (StackReader::default(), Batch::default(), WalkedStacks::default());
        Self { reader, batch, full: BATCH, room: [0; 2], threads, walked, apart: None }
    }

    /// One that walks each stack at once, so that each can be taken back.
    pub(super) fn one_by_one() -> Self {
        Self { full: 0, ..Self::new(Threads::One) }
    }

    /// Takes the stack whose packed ids are `ids`, leaf first. An id that was not met before gets the next index.
    ///
    /// # Errors
    /// What is wrong with it, or the heap budget.
    #[inline]
    pub(super) fn push(
        &mut self,
        ids: &[u8],
        location_ids: &mut IdMap,
        budget: &mut Budget,
    ) -> Result<(), SampleError> {
        let Batch { heads, frames } = &mut self.batch;
        let shared = self.reader.read(ids, budget, |id, budget| {
            let (id, _) = wire::varint(id)?;
            let location = LocationId(location_ids.index(id, budget)?);
            Ok::<_, SampleError>(budget.push(frames, location)?)
        })?;
        budget.push(heads, StackHead { shared, end: frames.len() })?;
        if frames.len() >= self.full {
            self.hand_over(budget)?;
        }
        Ok(())
    }

    /// Has all stacks walked that were taken, and waits for it. What comes later is walked here.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub(super) fn finish(&mut self, budget: &mut Budget) -> Result<(), LimitError> {
        self.threads = Threads::One;
        let own = self.batch.bytes();
        if let Some(apart) = self.apart.take() {
            self.walked = apart.join(std::mem::take(&mut self.batch), budget)?;
        }
        self.hand_over(budget)?;
        // With the last batch all others are gone.
        let [before, others] = std::mem::take(&mut self.room);
        budget.release(others + own - before);
        self.batch = Batch::default();
        Ok(())
    }

    /// What became of the stacks that are walked.
    pub(super) fn into_walked(self) -> WalkedStacks {
        self.walked
    }

    /// Takes away all stacks but the first `count`, of those that were walked one by one.
    pub(super) fn undo(&mut self, count: usize) {
        self.reader = StackReader::default();
        self.batch.clear();
        self.walked.stacks.truncate(count);
        self.walked.walk = StackWalk::default();
    }

    #[cold]
    fn hand_over(&mut self, budget: &mut Budget) -> Result<(), LimitError> {
        if self.threads == Threads::Several {
            // Asked for once: where there is no thread to be had, all is walked here.
            self.threads = Threads::One;
            self.apart = WorkerThread::begin(budget);
        }
        let Some(apart) = &mut self.apart else {
            let result = self.walked.take(&self.batch, budget);
            self.batch.clear();
            return result;
        };
        let [before, others] = &mut self.room;
        *others += self.batch.bytes() - *before;
        let heard = apart.take(&mut self.batch, budget)?;
        *before = self.batch.bytes();
        match heard {
            WorkerState::Yes => Ok(()),
            WorkerState::No => self.finish(budget),
        }
    }
}

impl WalkedStacks {
    /// Walks a batch.
    fn take(&mut self, batch: &Batch, budget: &mut Budget) -> Result<(), LimitError> {
        let mut first = 0;
        for StackHead { shared, end } in &batch.heads {
            let own = &batch.frames[first..*end];
            let stack = self.walk.node((*shared, own), &mut self.trie, budget)?;
            budget.push(&mut self.stacks, stack)?;
            first = *end;
        }
        Ok(())
    }
}

impl Batch {
    /// Heap bytes that it takes.
    fn bytes(&self) -> u64 {
        (self.heads.capacity() * size_of::<StackHead>() + self.frames.capacity() * size_of::<LocationId>()) as u64
    }

    fn clear(&mut self) {
        self.heads.clear();
        self.frames.clear();
    }
}

impl WorkerThread {
    /// A thread that walks stacks; none where there is none to be had.
    fn begin(budget: &Budget) -> Option<Self> {
        let (full, batches) = sync_channel(WAITING);
        let (used, empty) = channel();
        let there = Arc::new(AtomicU64::new(0));
        let charges = Charges { before: budget.used(), there: Arc::clone(&there), known: 0 };
        // A copy rather than the rest: an error names the limit of all.
        let budget = budget.clone();
        let work = move || {
            let mut walked = WalkedStacks::default();
            let result = walk_all(&mut walked, &batches, (&used, &there), budget);
            (walked, result)
        };
        let thread = thread::Builder::new().name("stacks".to_owned()).spawn(work).ok()?;
        Some(Self { full, empty, charges, thread })
    }

    /// Hands over a batch, and puts an empty one in its place.
    fn take(&mut self, batch: &mut Batch, budget: &mut Budget) -> Result<WorkerState, LimitError> {
        self.charges.learn(budget)?;
        let here = self.charges.here(budget);
        let next = self.empty.try_recv().unwrap_or_default();
        let sent = self.full.send((std::mem::replace(batch, next), here));
        Ok(if sent.is_ok() { WorkerState::Yes } else { WorkerState::No })
    }

    /// Hands over the last batch, and waits for all to be walked.
    fn join(mut self, mut last: Batch, budget: &mut Budget) -> Result<WalkedStacks, LimitError> {
        self.take(&mut last, budget)?;
        drop(self.full);
        let (walked, result) = self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        result?;
        self.charges.learn(budget)?;
        Ok(walked)
    }
}

/// Walks batches until no more come. With each comes what the heap budget was charged for elsewhere.
fn walk_all(
    walked: &mut WalkedStacks,
    batches: &Receiver<(Batch, u64)>,
    (used, there): (&Sender<Batch>, &AtomicU64),
    mut budget: Budget,
) -> Result<(), LimitError> {
    let (before, mut elsewhere) = (budget.used(), 0);
    for (mut batch, now) in batches {
        budget.release(elsewhere);
        budget.charge(now)?;
        elsewhere = now;
        walked.take(&batch, &mut budget)?;
        there.store(budget.used() - before - elsewhere, Ordering::Relaxed);
        batch.clear();
        // Nobody takes it back once the last batch is on its way.
        let _ = used.send(batch);
    }
    Ok(())
}

impl Charges {
    /// Charges what the other thread has taken since this was asked last.
    fn learn(&mut self, budget: &mut Budget) -> Result<(), LimitError> {
        let there = self.there.load(Ordering::Relaxed);
        budget.charge(there.saturating_sub(self.known))?;
        self.known = self.known.max(there);
        Ok(())
    }

    /// What was charged here since the other thread began.
    fn here(&self, budget: &Budget) -> u64 {
        budget.used().saturating_sub(self.before).saturating_sub(self.known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packed ids of the `n`th of stacks that share much and little with each other.
    fn stack(n: u64) -> Vec<u8> {
        let ids = (0..20).map(|depth| (n >> (20 - depth)).wrapping_mul(0x9E37) % 900 + depth);
        let mut packed = Vec::new();
        ids.rev().for_each(|id| prost::encoding::encode_varint(id, &mut packed));
        packed
    }

    /// Walks 60,000 of them.
    fn walked(threads: Threads, budget: &mut Budget) -> Result<WalkedStacks, SampleError> {
        let (mut walker, mut ids) = (StackInserter::new(threads), IdMap::default());
        for n in 0..60_000 {
            walker.push(&stack(n * 7919 % 60_000), &mut ids, budget)?;
        }
        assert_eq!(walker.apart.is_some(), threads == Threads::Several, "this is enough for a thread");
        walker.finish(budget)?;
        Ok(walker.into_walked())
    }

    #[test]
    fn a_thread_makes_of_stacks_what_is_made_here() {
        let mut budgets = [Budget::new(1 << 30), Budget::new(1 << 30)];
        let one = walked(Threads::One, &mut budgets[0]).unwrap_or_default();
        let other = walked(Threads::Several, &mut budgets[1]).unwrap_or_default();
        assert!(one.trie.len() > 60_000);
        assert_eq!(one.stacks, other.stacks);
        let nodes = |walked: &WalkedStacks| -> Vec<_> {
            let stacks = (1..walked.trie.len()).map(StackId::new);
            stacks.map(|stack| (walked.trie.location(stack), walked.trie.parent(stack))).collect()
        };
        assert_eq!(nodes(&one), nodes(&other));
        // The trie is charged wherever it is made, and no batch when it is gone.
        assert!(budgets[0].used() > (one.trie.len() * 16) as u64);
        assert_eq!(budgets[0].used(), budgets[1].used());
    }

    #[test]
    fn the_heap_budget_holds_for_both_threads() {
        for limit in [100 << 10, 300 << 10, 500 << 10, 1 << 20] {
            let mut budget = Budget::new(limit);
            let Err(SampleError::Limit(error)) = walked(Threads::Several, &mut budget) else {
                panic!("{limit} is enough")
            };
            assert_eq!(error.limit, limit, "the limit of both threads");
            assert!(budget.used() <= limit);
        }
    }
}
