//! Background work of the program: tasks, reloads, and live mode.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::{io, thread};

use crate::app::effect::{Saved, Saving};
use crate::app::task::{Task, TaskKind, Ticket};
use crate::app::{DeferredPart, Exported, Exporting, Msg, ReloadedSeries};
use crate::base::units::Unit;
use crate::load::Progress;
use crate::profile::Series;

use super::event::Event;
use super::jobs::JobWorker;
use super::live::{Follower, LiveSources};

/// Function that reads the sources again; the error is one line.
pub(crate) type Reload = Box<dyn FnMut(&Arc<Progress>) -> Result<ReloadedSeries, String> + Send>;

/// Function that loads a series; the error is one line.
type LoadFn = dyn FnOnce(&Arc<Progress>) -> Result<ReloadedSeries, String> + Send;

/// Load of the part of the input that is not on the first screen.
pub(crate) struct DeferredLoad {
    /// Part that is loaded.
    pub(crate) part: DeferredPart,
    /// Function that loads the series including this part; the error is one line.
    pub(crate) load: Box<LoadFn>,
}

/// Function that exports the view to a file.
pub(crate) type Export = fn(Exporting) -> Exported;

/// Function that writes snapshots to files.
pub(crate) type Save = fn(Saving) -> Saved;

/// Functions that write files.
#[derive(Clone, Copy)]
pub(crate) struct FileWriters {
    /// Exports the view.
    pub(crate) export: Export,
    /// Writes snapshots.
    pub(crate) save: Save,
}

/// Request to the thread that writes files.
enum FileTask {
    Export(Box<Exporting>),
    Save(Box<Saving>),
}

/// One worker for each kind of work.
pub(super) struct Workers {
    tasks: HashMap<TaskKind, JobWorker<(Ticket, Task)>>,
    events: SyncSender<Event>,
    files: JobWorker<FileTask>,
    reloads: JobWorker<(u64, Arc<Progress>)>,
    follower: Option<Follower>,
    /// Progress of the running reload.
    loading: Option<Arc<Progress>>,
    deferred: Option<DeferredLoad>,
    /// Deferred part that is being loaded, and its progress.
    deferred_progress: Option<(DeferredPart, Arc<Progress>)>,
}

impl Workers {
    /// Starts the workers; results are sent to `events`.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub(super) fn start(
        mut reload: Reload,
        writers: FileWriters,
        live: Option<LiveSources>,
        events: &SyncSender<Event>,
    ) -> io::Result<Self> {
        let written = events.clone();
        let files = JobWorker::new("export", move |task: FileTask, _| {
            let msg = match task {
                FileTask::Export(exporting) => {
                    let path = exporting.path.clone();
                    Msg::Exported { path, exported: (writers.export)(*exporting) }
                }
                FileTask::Save(saving) => Msg::Saved((writers.save)(*saving)),
            };
            // The result is reported even if there is a newer request.
            let _ = written.send(Event::Msg(msg));
        });
        let loaded = events.clone();
        let reloads = JobWorker::new("reload", move |(generation, progress), cancel| {
            let msg = Msg::Loaded { generation, loaded: reload(&progress) };
            if !cancel.is_cancelled() {
                let _ = loaded.send(Event::Msg(msg));
            }
        });
        let follower = live.map(|live| Follower::start(live, events.clone())).transpose()?;
        Ok(Self {
            tasks: HashMap::new(),
            events: events.clone(),
            files,
            reloads,
            follower,
            loading: None,
            deferred: None,
            deferred_progress: None,
        })
    }

    /// Sets the load of the part that is not on the first screen.
    #[must_use]
    pub(super) fn with_deferred(self, deferred: Option<DeferredLoad>) -> Self {
        Self { deferred, ..self }
    }

    /// Runs a task after the running task of the same kind; replaces a waiting task of that kind.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub(super) fn run(&mut self, ticket: Ticket, task: Task) -> io::Result<()> {
        let kind = task.kind();
        let worker = self.tasks.entry(kind).or_insert_with(|| task_worker(kind.name(), self.events.clone()));
        worker.submit((ticket, task))
    }

    /// Submits an export.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub(super) fn export(&self, exporting: Box<Exporting>) -> io::Result<()> {
        self.files.submit(FileTask::Export(exporting))
    }

    /// Submits snapshots to write.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub(super) fn save(&self, saving: Box<Saving>) -> io::Result<()> {
        self.files.submit(FileTask::Save(saving))
    }

    /// Submits a reload.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub(super) fn reload(&mut self, generation: u64) -> io::Result<()> {
        self.cancel_reload();
        let progress = Arc::new(Progress::default());
        self.loading = Some(Arc::clone(&progress));
        self.reloads.submit((generation, progress))
    }

    /// Loads the deferred part, once, on a thread of its own.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub(super) fn load_deferred(&mut self) -> io::Result<()> {
        let Some(DeferredLoad { part, load }) = self.deferred.take() else { return Ok(()) };
        let (progress, events) = (Arc::new(Progress::default()), self.events.clone());
        self.deferred_progress = Some((part, Arc::clone(&progress)));
        thread::Builder::new().name("rest".into()).spawn(move || {
            let completed = load(&progress);
            if !progress.is_cancelled() {
                // Sending fails if the session has ended, which needs no handling.
                let _ = events.send(Event::Msg(Msg::Completed(completed)));
            }
        })?;
        Ok(())
    }

    /// Stops loading the deferred part.
    pub(super) fn cancel_deferred(&mut self) {
        if let Some((_, progress)) = self.deferred_progress.take() {
            progress.cancel();
        }
    }

    /// Records that the deferred part is loaded.
    pub(super) fn completed(&mut self) {
        self.deferred_progress = None;
    }

    /// Requests the snapshots of the next tick.
    pub(super) fn follow(&self, series: Arc<Series>) {
        if let Some(follower) = &self.follower {
            follower.follow(series);
        }
    }

    /// Polls immediately.
    pub(super) fn poll_now(&self) {
        if let Some(follower) = &self.follower {
            follower.poll_now();
        }
    }

    /// Cancels the running reload.
    pub(super) fn cancel_reload(&mut self) {
        if let Some(progress) = self.loading.take() {
            progress.cancel();
            self.reloads.cancel();
        }
    }

    /// Records that the reload has ended.
    pub(super) fn reloaded(&mut self) {
        self.loading = None;
    }

    /// Progress of the running reload or of loading the deferred part, as text; `None` if neither is running.
    pub(super) fn progress(&self) -> Option<String> {
        let (progress, word) = match (&self.loading, &self.deferred_progress) {
            (Some(reload), _) => (reload, "reloading".to_owned()),
            (None, deferred) => {
                deferred.as_ref().map(|(part, progress)| (progress, format!("loading {}", part.name())))?
            }
        };
        if let Some((done, all)) = progress.parts() {
            return Some(format!("{word}, {done} of {all}"));
        }
        let bytes = |count: u64| Unit::Bytes.long(i64::try_from(count).unwrap_or(i64::MAX));
        let read = bytes(progress.read());
        Some(match progress.expected() {
            0 => format!("{word}, {read}"),
            expected => format!("{word}, {read} of {}", bytes(expected)),
        })
    }
}

/// Creates a worker that sends the result of each task, unless a newer task was submitted meanwhile.
fn task_worker(name: &'static str, events: SyncSender<Event>) -> JobWorker<(Ticket, Task)> {
    JobWorker::new(name, move |(ticket, task): (Ticket, Task), cancel| {
        let result = task.run();
        if !cancel.is_cancelled() {
            // Sending fails if the session has ended, which needs no handling.
            let _ = events.send(Event::Msg(Msg::Done { ticket, result }));
        }
    })
}
