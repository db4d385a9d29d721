//! Merges from a store, several in flight, delivered in the order of the jobs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use crate::source::{StoreClient, StoreError, StoreType, TimeRange};

/// Maximum number of requests in flight. More do not help, since the store uses several cores for each.
const IN_FLIGHT: usize = 4;

/// Snapshot to load.
#[derive(Clone, Debug)]
pub(super) struct SnapshotPart {
    pub(super) range: TimeRange,
    /// Value of the instance label; empty for all.
    pub(super) instance: String,
    pub(super) selector: String,
    /// Index of the process, for a single profile; `None` for the sum of several profiles.
    pub(super) process: Option<usize>,
    /// Number of profiles, and in `expected` the sum of the profiles of the counted type.
    pub(super) profiles: u64,
    pub(super) expected: f64,
}

/// Request for a merge.
#[derive(Clone, Debug)]
pub(super) struct MergeJob {
    /// Index of the snapshot that the merge belongs to.
    pub(super) snapshot: usize,
    /// Index of the profile type.
    pub(super) store_type: usize,
    pub(super) selector: String,
    pub(super) range: TimeRange,
    pub(super) sign: MergeSign,
}

/// Sign with which a merge enters its snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MergeSign {
    Added,
    Subtracted,
}

/// Requests all merges and passes each response to `each` with its job, in the order of the jobs.
///
/// # Errors
/// The first error of a merge or of `each`, after which no more requests are made.
pub(super) fn fetch<E: From<StoreError>>(
    client: &StoreClient,
    types: &[StoreType],
    jobs: &[MergeJob],
    mut each: impl FnMut(&MergeJob, Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        // A full queue blocks the workers, so that responses do not pile up.
        let (send, receive) = sync_channel(IN_FLIGHT);
        for _ in 0..IN_FLIGHT.min(jobs.len()) {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(at) else { break };
                    let found = match types.get(job.store_type) {
                        Some(store_type) => client.merge(store_type, &job.selector, job.range),
                        None => Ok(Vec::new()),
                    };
                    let is_over = found.is_err();
                    if send.send((at, found)).is_err() || is_over {
                        break;
                    }
                }
            });
        }
        drop(send);
        let (mut waiting, mut wanted) = (BTreeMap::new(), 0);
        let mut take = || -> Result<(), E> {
            while wanted < jobs.len() {
                let Ok((at, found)) = receive.recv() else { break };
                waiting.insert(at, found);
                while let Some(found) = waiting.remove(&wanted) {
                    each(&jobs[wanted], found?)?;
                    wanted += 1;
                }
            }
            Ok(())
        };
        let outcome = take();
        // Workers waiting to send end when the receiver is gone.
        next.store(jobs.len(), Ordering::Relaxed);
        drop(receive);
        outcome
    })
}
