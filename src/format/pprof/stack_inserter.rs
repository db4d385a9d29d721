//! Insertion of stacks into the trie, on this thread or on another.
//!
//! Inserting stacks is half of the work of a load and depends only on the locations of samples. In a large file, stacks
//! are therefore collected in batches, which another thread inserts; in a small file, each stack is inserted as it is
//! decoded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use crate::base::ids::{LocationId, StackId};
use crate::base::limits::{Budget, LimitError, LimitKind};
use crate::format::pprof::wire::{MAX_VARINT, SampleError};
use crate::format::{Threads, WireError};
use crate::profile::{IdMap, PackedFrame, PackedId, StackCursor, StackDecoder, Trie, UnsharedIds};

/// Frames in a batch: some thousands of stacks, enough to make the hand-over negligible, and few enough to stay in a
/// cache. A file with at least this many frames counts as large.
const BATCH: usize = 16 << 10;
/// Batches queued for the other thread.
const WAITING: usize = 4;

/// Decoder of stacks that inserts them into the trie.
pub(super) struct StackInserter {
    decoder: StackDecoder,
    /// Decoder of stacks that are not inserted.
    skipped: StackDecoder,
    threads: Threads,
    /// Frames inserted on this thread.
    frames: usize,
    /// Inserted stacks; empty while another thread has them.
    inserted: InsertedStacks,
    remote: Option<RemoteInserter>,
}

/// Insertion by another thread.
struct RemoteInserter {
    worker: WorkerThread,
    batch: Batch,
    /// Heap bytes of the current batch when it was received, and of all other batches. Both stay charged until the end.
    batch_bytes: [u64; 2],
}

/// Trie of the stacks inserted so far.
#[derive(Default)]
pub(super) struct InsertedStacks {
    pub(super) trie: Trie,
    /// Stack of each sample.
    pub(super) stacks: Vec<StackId>,
    cursor: StackCursor,
}

/// Stacks to insert.
#[derive(Default)]
struct Batch {
    heads: Vec<StackHead>,
    /// Frames that each stack does not share with the previous stack, callers first.
    frames: Vec<PackedFrame>,
}

/// Stack of a batch.
#[derive(Clone, Copy)]
struct StackHead {
    /// Distance of the innermost frame shared with the previous stack.
    shared: u32,
    /// End of the stack's own frames in `frames`.
    end: usize,
}

/// Thread that inserts stacks.
struct WorkerThread {
    batches: SyncSender<(Batch, u64)>,
    empty_batches: Receiver<Batch>,
    charges: SharedCharges,
    thread: JoinHandle<(InsertedStacks, Result<(), LimitError>)>,
}

/// State of the worker thread, which stops when the heap budget is exhausted.
enum WorkerState {
    Running,
    Stopped,
}

/// Accounting of one heap budget by two threads. Each thread charges its own allocations and receives the other
/// thread's charges with every batch. Between batches the two may exceed the budget together by the growth of one
/// column.
struct SharedCharges {
    /// Bytes charged when the thread started.
    start: u64,
    /// Bytes charged by the thread.
    remote: Arc<AtomicU64>,
    /// Part of `remote` that is charged on this thread, too.
    known: u64,
}

impl StackInserter {
    /// Inserter that may use threads.
    pub(super) fn new(threads: Threads) -> Self {
        let (decoder, skipped) = (StackDecoder::default(), StackDecoder::default());
        Self { decoder, skipped, threads, frames: 0, inserted: InsertedStacks::default(), remote: None }
    }

    /// Adds the stack with the packed ids `ids`, leaf first. A new id gets the next index.
    ///
    /// # Errors
    /// An invalid encoding, or [`LimitError`] when the budget is exhausted.
    #[inline]
    pub(super) fn push(
        &mut self,
        ids: &[u8],
        location_ids: &mut IdMap,
        budget: &mut Budget,
    ) -> Result<(), SampleError> {
        let length = u32::try_from(ids.len()).map_err(|_| too_long())?;
        check_end(ids)?;
        let (shared, rest) = self.decoder.unshared(ids, budget)?;
        if let Some(remote) = &mut self.remote {
            remote.batch.push(shared, rest, location_ids, budget)?;
            return if remote.batch.frames.len() >= BATCH { Ok(self.hand_over(budget)?) } else { Ok(()) };
        }
        let InsertedStacks { trie, stacks, cursor } = &mut self.inserted;
        let mut node = cursor.begin(shared, length as usize, budget)?;
        for id in rest {
            let frame = frame(id, location_ids, budget)?;
            node = cursor.enter(node, frame, trie, budget)?;
            self.frames += 1;
        }
        budget.push(stacks, node)?;
        if self.frames >= BATCH && self.threads == Threads::Several {
            self.spawn(budget);
        }
        Ok(())
    }

    /// Decodes the stack of a sample that is left out: its ids are checked, and new ids get the next index, as for an
    /// inserted stack.
    ///
    /// # Errors
    /// An invalid encoding, or [`LimitError`] when the budget is exhausted.
    #[inline]
    pub(super) fn skip(
        &mut self,
        ids: &[u8],
        location_ids: &mut IdMap,
        budget: &mut Budget,
    ) -> Result<(), SampleError> {
        check_end(ids)?;
        let (_, rest) = self.skipped.unshared(ids, budget)?;
        for id in rest {
            frame(id, location_ids, budget)?;
        }
        Ok(())
    }

    /// Inserts all stacks added so far and waits for the thread. Later stacks are inserted on this thread.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    pub(super) fn finish(&mut self, budget: &mut Budget) -> Result<(), LimitError> {
        self.threads = Threads::One;
        let Some(RemoteInserter { worker, batch, batch_bytes: [before, others] }) = self.remote.take() else {
            return Ok(());
        };
        let last = batch.bytes();
        self.inserted = worker.join(batch, budget)?;
        // All batches are freed by now.
        budget.release(others + last - before);
        Ok(())
    }

    /// Takes the inserted stacks.
    pub(super) fn take_inserted(&mut self) -> InsertedStacks {
        std::mem::take(&mut self.inserted)
    }

    /// Removes all stacks after the first `count`; only for stacks inserted on this thread.
    pub(super) fn truncate(&mut self, count: usize) {
        self.decoder = StackDecoder::default();
        self.inserted.stacks.truncate(count);
        self.inserted.cursor = StackCursor::default();
    }

    /// Moves the insertion to another thread, if a thread can be started.
    #[cold]
    fn spawn(&mut self, budget: &Budget) {
        self.threads = Threads::One;
        let worker = WorkerThread::spawn(&mut self.inserted, budget);
        self.remote = worker.map(|worker| RemoteInserter { worker, batch: Batch::default(), batch_bytes: [0; 2] });
    }

    #[cold]
    fn hand_over(&mut self, budget: &mut Budget) -> Result<(), LimitError> {
        let Some(RemoteInserter { worker, batch, batch_bytes: [before, others] }) = &mut self.remote else {
            return Ok(());
        };
        *others += batch.bytes() - *before;
        let state = worker.send(batch, budget)?;
        *before = batch.bytes();
        match state {
            WorkerState::Running => Ok(()),
            WorkerState::Stopped => self.finish(budget),
        }
    }
}

/// Frame with a packed id; a new id gets the next index.
#[inline]
fn frame(packed: PackedId, location_ids: &mut IdMap, budget: &mut Budget) -> Result<PackedFrame, SampleError> {
    if packed.length > MAX_VARINT {
        return Err(WireError::VarintLength.into());
    }
    let location = LocationId(location_ids.index(packed.id, budget)?);
    Ok(PackedFrame { location, distance: packed.distance as u32 })
}

/// Checks that the last of the packed ids is complete, so that they can be decoded from the end.
#[inline]
fn check_end(ids: &[u8]) -> Result<(), WireError> {
    if ids.last().is_some_and(|last| *last >= 0x80) { Err(WireError::Truncated) } else { Ok(()) }
}

/// Error of a stack whose distances do not fit in 32 bits.
#[cold]
fn too_long() -> LimitError {
    LimitError { kind: LimitKind::Stacks, subject: "the bytes of a stack", limit: u64::from(u32::MAX) }
}

impl InsertedStacks {
    /// Inserts a batch.
    fn insert(&mut self, batch: &Batch, budget: &mut Budget) -> Result<(), LimitError> {
        let mut first = 0;
        for StackHead { shared, end } in &batch.heads {
            let frames = &batch.frames[first..*end];
            let length = frames.last().map_or(*shared, |last| last.distance);
            let node = self.cursor.begin(*shared as usize, length as usize, budget)?;
            let node = self.cursor.enter_all(node, frames, &mut self.trie, budget)?;
            budget.push(&mut self.stacks, node)?;
            first = *end;
        }
        Ok(())
    }
}

impl Batch {
    /// Adds a stack.
    #[inline]
    fn push(
        &mut self,
        shared: usize,
        rest: UnsharedIds<'_>,
        location_ids: &mut IdMap,
        budget: &mut Budget,
    ) -> Result<(), SampleError> {
        for id in rest {
            let frame = frame(id, location_ids, budget)?;
            budget.push(&mut self.frames, frame)?;
        }
        Ok(budget.push(&mut self.heads, StackHead { shared: shared as u32, end: self.frames.len() })?)
    }

    /// Heap bytes of the batch.
    fn bytes(&self) -> u64 {
        (self.heads.capacity() * size_of::<StackHead>() + self.frames.capacity() * size_of::<PackedFrame>()) as u64
    }

    fn clear(&mut self) {
        self.heads.clear();
        self.frames.clear();
    }
}

impl WorkerThread {
    /// Starts a thread that continues with the stacks inserted so far; `None` if no thread can be started.
    fn spawn(inserted: &mut InsertedStacks, budget: &Budget) -> Option<Self> {
        let (batches, received) = sync_channel(WAITING);
        let (used, empty_batches) = channel();
        let remote = Arc::new(AtomicU64::new(0));
        let charges = SharedCharges { start: budget.used(), remote: Arc::clone(&remote), known: 0 };
        // The copy has the full limit, since errors name the limit.
        let budget = budget.clone();
        // The stacks are moved once the thread runs: a thread that fails to start would drop them.
        let (give, given) = channel::<InsertedStacks>();
        let work = move || {
            let mut inserted = given.recv().unwrap_or_default();
            let result = insert_batches(&mut inserted, &received, &used, &remote, budget);
            (inserted, result)
        };
        let thread = thread::Builder::new().name("stacks".to_owned()).spawn(work).ok()?;
        // The thread waits for the stacks.
        let _ = give.send(std::mem::take(inserted));
        Some(Self { batches, empty_batches, charges, thread })
    }

    /// Hands over a batch and replaces it by an empty one.
    fn send(&mut self, batch: &mut Batch, budget: &mut Budget) -> Result<WorkerState, LimitError> {
        self.charges.charge_remote(budget)?;
        let local = self.charges.local(budget);
        let next = self.empty_batches.try_recv().unwrap_or_default();
        let sent = self.batches.send((std::mem::replace(batch, next), local));
        Ok(if sent.is_ok() { WorkerState::Running } else { WorkerState::Stopped })
    }

    /// Hands over the last batch and waits for the thread.
    fn join(mut self, mut last: Batch, budget: &mut Budget) -> Result<InsertedStacks, LimitError> {
        self.send(&mut last, budget)?;
        drop(self.batches);
        let (inserted, result) = self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        result?;
        self.charges.charge_remote(budget)?;
        Ok(inserted)
    }
}

/// Inserts batches until the channel closes. Each batch comes with the bytes charged by the sending thread.
fn insert_batches(
    inserted: &mut InsertedStacks,
    batches: &Receiver<(Batch, u64)>,
    used: &Sender<Batch>,
    charged: &AtomicU64,
    mut budget: Budget,
) -> Result<(), LimitError> {
    let (before, mut remote_bytes) = (budget.used(), 0);
    for (mut batch, bytes) in batches {
        budget.release(remote_bytes);
        budget.charge(bytes)?;
        remote_bytes = bytes;
        inserted.insert(&batch, &mut budget)?;
        charged.store(budget.used() - before - remote_bytes, Ordering::Relaxed);
        batch.clear();
        // After the last batch the channel has no receiver.
        let _ = used.send(batch);
    }
    Ok(())
}

impl SharedCharges {
    /// Charges the bytes that the other thread has charged since the last call.
    fn charge_remote(&mut self, budget: &mut Budget) -> Result<(), LimitError> {
        let remote = self.remote.load(Ordering::Relaxed);
        budget.charge(remote.saturating_sub(self.known))?;
        self.known = self.known.max(remote);
        Ok(())
    }

    /// Bytes charged here since the thread started.
    fn local(&self, budget: &Budget) -> u64 {
        budget.used().saturating_sub(self.start).saturating_sub(self.known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packed ids of stack `n`; the stacks share many frames.
    fn stack(n: u64) -> Vec<u8> {
        let ids = (0..20).map(|depth| (n >> (20 - depth)).wrapping_mul(0x9E37) % 900 + depth);
        let mut packed = Vec::new();
        ids.rev().for_each(|id| prost::encoding::encode_varint(id, &mut packed));
        packed
    }

    /// Inserts 60,000 stacks.
    fn insert_all(threads: Threads, budget: &mut Budget) -> Result<InsertedStacks, SampleError> {
        let (mut inserter, mut ids) = (StackInserter::new(threads), IdMap::default());
        for n in 0..60_000 {
            inserter.push(&stack(n * 7919 % 60_000), &mut ids, budget)?;
        }
        assert_eq!(inserter.remote.is_some(), threads == Threads::Several, "this is enough for a thread");
        inserter.finish(budget)?;
        Ok(inserter.take_inserted())
    }

    #[test]
    fn a_thread_builds_the_same_trie() {
        let mut budgets = [Budget::new(1 << 30), Budget::new(1 << 30)];
        let one = insert_all(Threads::One, &mut budgets[0]).unwrap_or_default();
        let other = insert_all(Threads::Several, &mut budgets[1]).unwrap_or_default();
        assert!(one.trie.len() > 60_000);
        assert_eq!(one.stacks, other.stacks);
        let nodes = |inserted: &InsertedStacks| -> Vec<_> {
            let stacks = (1..inserted.trie.len()).map(StackId::new);
            stacks.map(|stack| (inserted.trie.location(stack), inserted.trie.parent(stack))).collect()
        };
        assert_eq!(nodes(&one), nodes(&other));
        // The trie is charged on either thread, and the batches are released.
        assert!(budgets[0].used() > (one.trie.len() * 16) as u64);
        assert_eq!(budgets[0].used(), budgets[1].used());
    }

    #[test]
    fn the_heap_budget_holds_for_both_threads() {
        for limit in [100 << 10, 300 << 10, 500 << 10, 1 << 20] {
            let mut budget = Budget::new(limit);
            let Err(SampleError::Limit(error)) = insert_all(Threads::Several, &mut budget) else {
                panic!("{limit} is enough")
            };
            assert_eq!(error.limit, limit, "the limit of both threads");
            assert!(budget.used() <= limit);
        }
    }
}
