//! Worker for one kind of request: one request runs, one waits, and a newer request replaces the waiting one.
//!
//! A held key makes requests faster than they can be answered, and only the last one matters. The thread starts with a
//! request and ends when no request waits, so that an idle program has no worker threads. The work itself sends its
//! results.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{io, thread};

/// Cancellation flag: the result of running work is no longer needed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Returns true if the work should stop.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Worker for one kind of request. After the worker is dropped, its thread ends with the running work.
pub(crate) struct JobWorker<R> {
    name: &'static str,
    shared: Arc<Shared<R>>,
}

/// Work of a worker, given a request and its cancellation flag.
type Work<R> = dyn FnMut(R, &Cancel) + Send;

struct Shared<R> {
    queue: Mutex<JobQueue<R>>,
    /// Work, locked by the thread while it runs.
    work: Mutex<Box<Work<R>>>,
}

struct JobQueue<R> {
    next: Option<R>,
    running: Option<Cancel>,
    has_thread: bool,
}

impl<R: Send + 'static> JobWorker<R> {
    /// Creates a worker whose threads are named `name` and run `work` for each request.
    pub(crate) fn new(name: &'static str, work: impl FnMut(R, &Cancel) + Send + 'static) -> Self {
        let queue = Mutex::new(JobQueue { next: None, running: None, has_thread: false });
        Self { name, shared: Arc::new(Shared { queue, work: Mutex::new(Box::new(work)) }) }
    }

    /// Submits a request. It replaces a waiting one, and cancels the running one.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(crate) fn submit(&self, request: R) -> io::Result<()> {
        let mut queue = self.shared.queue();
        queue.next = Some(request);
        queue.cancel_running();
        if queue.has_thread {
            return Ok(());
        }
        let shared = Arc::clone(&self.shared);
        thread::Builder::new().name(self.name.into()).spawn(move || shared.run())?;
        queue.has_thread = true;
        Ok(())
    }
}

impl<R> JobWorker<R> {
    /// Cancels the waiting and the running request.
    pub(crate) fn cancel(&self) {
        let mut queue = self.shared.queue();
        queue.next = None;
        queue.cancel_running();
    }
}

impl<R> Drop for JobWorker<R> {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl<R> JobQueue<R> {
    fn cancel_running(&self) {
        if let Some(running) = &self.running {
            running.cancel();
        }
    }
}

impl<R> Shared<R> {
    fn queue(&self) -> MutexGuard<'_, JobQueue<R>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs requests until none is waiting.
    fn run(&self) {
        // A thread that is about to end may still hold the lock.
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((request, cancel)) = self.take() {
            work(request, &cancel);
            self.queue().running = None;
        }
    }

    /// Takes the waiting request and marks it as running; `None` ends the thread.
    fn take(&self) -> Option<(R, Cancel)> {
        let mut queue = self.queue();
        let Some(request) = queue.next.take() else {
            queue.has_thread = false;
            return None;
        };
        let cancel = Cancel::default();
        queue.running = Some(cancel.clone());
        Some((request, cancel))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    /// Worker that reports each start, and then waits until it is released.
    struct Gated {
        jobs: JobWorker<u32>,
        begun: Receiver<u32>,
        gate: Sender<()>,
        done: Receiver<(u32, bool)>,
    }

    impl Gated {
        fn start() -> Self {
            let ((begin, begun), (gate, gated), (end, done)) = (channel(), channel(), channel());
            let jobs = JobWorker::new("test", move |request, cancel: &Cancel| {
                begin.send(request).unwrap();
                gated.recv().unwrap();
                end.send((request, cancel.is_cancelled())).unwrap();
            });
            Self { jobs, begun, gate, done }
        }

        /// Waits for the next request to start.
        fn begun(&self) -> u32 {
            self.begun.recv_timeout(SOON).unwrap()
        }

        /// Releases the work and waits for its end; returns the request, and true if it was cancelled.
        fn finish(&self) -> (u32, bool) {
            self.gate.send(()).unwrap();
            self.done.recv_timeout(SOON).unwrap()
        }
    }

    #[test]
    fn only_the_newest_waiting_request_runs() {
        let gated = Gated::start();
        gated.jobs.submit(1).unwrap();
        assert_eq!(gated.begun(), 1);
        (2..=200).for_each(|request| gated.jobs.submit(request).unwrap());
        assert_eq!(gated.finish(), (1, true), "a newer request cancels the one that runs");
        assert_eq!(gated.begun(), 200);
        assert_eq!(gated.finish(), (200, false));
    }

    #[test]
    fn a_cancelled_request_does_not_start() {
        let gated = Gated::start();
        gated.jobs.submit(1).unwrap();
        assert_eq!(gated.begun(), 1);
        gated.jobs.submit(2).unwrap();
        gated.jobs.cancel();
        assert_eq!(gated.finish(), (1, true));
        gated.jobs.submit(3).unwrap();
        assert_eq!(gated.begun(), 3);
    }

    #[test]
    fn a_thread_runs_only_while_there_is_work() {
        let gated = Gated::start();
        assert!(!gated.jobs.shared.queue().has_thread, "nothing was asked for");
        for request in [1, 2] {
            gated.jobs.submit(request).unwrap();
            assert_eq!(gated.begun(), request);
            assert!(gated.jobs.shared.queue().has_thread);
            assert_eq!(gated.finish(), (request, false));
            // The lock of the work is free when the thread has ended.
            drop(gated.jobs.shared.work.lock().unwrap());
            assert!(!gated.jobs.shared.queue().has_thread);
        }
    }

    #[test]
    fn the_work_is_dropped_with_its_owner() {
        let (ended, has_ended) = channel::<()>();
        let jobs = JobWorker::new("test", move |(): (), _| {
            let _ = &ended;
        });
        jobs.submit(()).unwrap();
        drop(jobs);
        let end = has_ended.recv_timeout(SOON);
        assert_eq!(end, Err(std::sync::mpsc::RecvTimeoutError::Disconnected));
    }
}
