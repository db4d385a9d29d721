//! Worker thread for one kind of request: one request runs, one waits, and a newer one replaces the waiting one.
//!
//! A held key makes requests faster than they can be answered, and only the last one matters. The work itself sends its
//! results.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::{io, thread};

/// Flag that the result of running work is no longer needed.
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

/// Worker for one kind of request. After it is dropped, it ends with the running work.
#[derive(Debug)]
pub(crate) struct JobWorker<R> {
    shared: Arc<Shared<R>>,
}

#[derive(Debug)]
struct Shared<R> {
    desk: Mutex<JobQueue<R>>,
    wake: Condvar,
}

#[derive(Debug)]
struct JobQueue<R> {
    next: Option<R>,
    running: Option<Cancel>,
    is_closed: bool,
}

impl<R: Send + 'static> JobWorker<R> {
    /// Starts a worker named `name` that runs `work` for each request.
    ///
    /// # Errors
    /// No thread can be started.
    pub(crate) fn start(name: &str, mut work: impl FnMut(R, &Cancel) + Send + 'static) -> io::Result<Self> {
        let desk = Mutex::new(JobQueue { next: None, running: None, is_closed: false });
        let shared = Arc::new(Shared { desk, wake: Condvar::new() });
        let worker = Arc::clone(&shared);
        thread::Builder::new().name(name.into()).spawn(move || {
            while let Some((request, cancel)) = worker.take() {
                work(request, &cancel);
                worker.desk().running = None;
            }
        })?;
        Ok(Self { shared })
    }

    /// Submits a request. It replaces a waiting one, and cancels the running one.
    pub(crate) fn submit(&self, request: R) {
        let mut desk = self.shared.desk();
        desk.next = Some(request);
        desk.cancel_running();
        self.shared.wake.notify_one();
    }

    /// Cancels the waiting and the running request.
    pub(crate) fn cancel(&self) {
        let mut desk = self.shared.desk();
        desk.next = None;
        desk.cancel_running();
    }
}

impl<R> Drop for JobWorker<R> {
    fn drop(&mut self) {
        let mut desk = self.shared.desk();
        desk.is_closed = true;
        desk.cancel_running();
        self.shared.wake.notify_one();
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
    fn desk(&self) -> MutexGuard<'_, JobQueue<R>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a request and marks it as running; `None` at the end.
    fn take(&self) -> Option<(R, Cancel)> {
        let mut desk = self.desk();
        loop {
            if desk.is_closed {
                return None;
            }
            if let Some(request) = desk.next.take() {
                let cancel = Cancel::default();
                desk.running = Some(cancel.clone());
                return Some((request, cancel));
            }
            desk = self.wake.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    /// Worker that reports each start, and waits for a release.
    struct Gated {
        jobs: JobWorker<u32>,
        begun: Receiver<u32>,
        gate: Sender<()>,
        done: Receiver<(u32, bool)>,
    }

    impl Gated {
        fn start() -> Self {
            let ((begin, begun), (gate, gated), (end, done)) = (channel(), channel(), channel());
            let jobs = JobWorker::start("test", move |request, cancel: &Cancel| {
                begin.send(request).unwrap();
                gated.recv().unwrap();
                end.send((request, cancel.is_cancelled())).unwrap();
            });
            Self { jobs: jobs.unwrap(), begun, gate, done }
        }

        /// Waits for the next request to start.
        fn begun(&self) -> u32 {
            self.begun.recv_timeout(SOON).unwrap()
        }

        /// Releases the work, and waits for its end: its request, and true if it was cancelled.
        fn finish(&self) -> (u32, bool) {
            self.gate.send(()).unwrap();
            self.done.recv_timeout(SOON).unwrap()
        }
    }

    #[test]
    fn only_the_newest_waiting_request_runs() {
        let gated = Gated::start();
        gated.jobs.submit(1);
        assert_eq!(gated.begun(), 1);
        (2..=200).for_each(|request| gated.jobs.submit(request));
        assert_eq!(gated.finish(), (1, true), "a newer request cancels the one that runs");
        assert_eq!(gated.begun(), 200);
        assert_eq!(gated.finish(), (200, false));
    }

    #[test]
    fn a_cancelled_request_does_not_start() {
        let gated = Gated::start();
        gated.jobs.submit(1);
        assert_eq!(gated.begun(), 1);
        gated.jobs.submit(2);
        gated.jobs.cancel();
        assert_eq!(gated.finish(), (1, true));
        gated.jobs.submit(3);
        assert_eq!(gated.begun(), 3);
    }

    #[test]
    fn the_worker_ends_with_its_owner() {
        let (ended, has_ended) = channel::<()>();
        let jobs = JobWorker::start("test", move |(): (), _| {
            let _ = &ended;
        });
        drop(jobs);
        let end = has_ended.recv_timeout(SOON);
        assert_eq!(end, Err(std::sync::mpsc::RecvTimeoutError::Disconnected));
    }
}
