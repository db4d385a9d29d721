//! Merges from a store, several in flight, delivered in the order of the jobs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use crate::source::{StoreClient, StoreError, StoreType, TimeRange};

/// Maximum number of requests in flight. More do not help, since the store uses several cores for each.
pub(super) const IN_FLIGHT: usize = 4;

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
    pub(super) expected: ExpectedSum,
}

/// Sum of a merge according to the listed profiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ExpectedSum {
    /// Sum of the listed profiles.
    Sum(f64),
    /// Profiles of the type are not listed, and the bytes of the same profiles are not 0.
    NotZero,
    /// Profiles of the type are not listed.
    Unknown,
}

/// Comparison of merges with the listed profiles.
#[derive(Debug, Default)]
pub(super) struct MergeChecks {
    /// Differences of merges from the sums of their profiles, with the indexes of their types.
    pub(super) differences: Vec<(usize, f64)>,
    /// Indexes of the types of merges without samples where the bytes have some.
    pub(super) empty: Vec<usize>,
}

impl MergeChecks {
    /// Adds a merge with its sum.
    pub(super) fn add(&mut self, job: &MergeJob, sum: i128) {
        match job.expected {
            ExpectedSum::Sum(expected) => {
                let difference = sum as f64 - expected;
                // Points are floating-point numbers, so small differences are ignored.
                if difference.abs() > 1.0 + expected.abs() * 1e-9 {
                    self.differences.push((job.store_type, difference));
                }
            }
            ExpectedSum::NotZero if sum == 0 => self.empty.push(job.store_type),
            ExpectedSum::NotZero | ExpectedSum::Unknown => {}
        }
    }
}

/// Sign with which a merge enters its snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MergeSign {
    Added,
    Subtracted,
}

/// Number of responses that were passed on; requests wait until theirs is among the next ones.
#[derive(Default)]
struct Delivered {
    count: Mutex<usize>,
    changed: Condvar,
}

/// Count that ends all waiting requests.
const OVER: usize = usize::MAX;

impl Delivered {
    /// Waits until the response at `at` is among the next ones; returns false if no more responses are wanted.
    fn wait_for(&self, at: usize) -> bool {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let is_far = |count: &mut usize| at >= count.saturating_add(IN_FLIGHT);
        let count = self.changed.wait_while(count, is_far).unwrap_or_else(PoisonError::into_inner);
        *count != OVER
    }

    fn set(&self, count: usize) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) = count;
        self.changed.notify_all();
    }
}

/// Requests all merges and passes each response to `each` with its job, in the order of the jobs.
///
/// # Errors
/// The first error of a merge or of `each`, after which no more requests are made.
pub(super) fn fetch<E: From<StoreError>>(
    client: &StoreClient,
    types: &[StoreType],
    jobs: &[MergeJob],
    each: impl FnMut(&MergeJob, Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let request = |job: &MergeJob| match types.get(job.store_type) {
        Some(store_type) => client.merge(store_type, &job.selector, job.range),
        None => Ok(Vec::new()),
    };
    in_order(jobs, request, each)
}

/// Makes requests for all jobs on several threads and passes each response to `each`, in the order of the jobs. A
/// request begins when at most [`IN_FLIGHT`] responses are not passed on, so that those after a slow one do not pile up.
fn in_order<J: Sync, E: From<StoreError>>(
    jobs: &[J],
    request: impl Fn(&J) -> Result<Vec<u8>, StoreError> + Sync,
    mut each: impl FnMut(&J, Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let (next, delivered) = (AtomicUsize::new(0), Delivered::default());
    thread::scope(|scope| {
        let (send, receive) = channel();
        for _ in 0..IN_FLIGHT.min(jobs.len()) {
            let (send, next, delivered, request) = (send.clone(), &next, &delivered, &request);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(at).filter(|_| delivered.wait_for(at)) else { break };
                    let found = request(job);
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
                    delivered.set(wanted);
                }
            }
            Ok(())
        };
        let outcome = take();
        next.store(jobs.len(), Ordering::Relaxed);
        delivered.set(OVER);
        outcome
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_behind_a_slow_one_do_not_pile_up() {
        let jobs: Vec<usize> = (0..64).collect();
        let begun = AtomicUsize::new(0);
        let request = |job: &usize| {
            let number = begun.fetch_add(1, Ordering::SeqCst);
            // The first response comes after as many others as there may be.
            for _ in 0..100_000 {
                if *job != 0 || begun.load(Ordering::SeqCst) == jobs.len() {
                    break;
                }
                thread::yield_now();
            }
            Ok(vec![number as u8])
        };
        let mut passed = 0;
        let each = |job: &usize, _: Vec<u8>| -> Result<(), StoreError> {
            assert_eq!(*job, passed, "in the order of the jobs");
            assert!(begun.load(Ordering::SeqCst) <= passed + IN_FLIGHT, "at {passed}");
            passed += 1;
            Ok(())
        };
        in_order(&jobs, request, each).unwrap();
        assert_eq!(passed, jobs.len());
        let broken = in_order(&jobs, |_| Err(StoreError::NoQuery), |_, _| Ok::<(), StoreError>(()));
        assert!(broken.is_err(), "an error ends the requests that wait");
    }
}
