//! What the program wants done that takes time: answers, reloads, and what comes while one looks.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::app::{
    DeriveTask, Exported, Exporting, HealthTask, LabelsTask, Msg, ReadFileTask, ReloadedSeries, SizesTask,
    SourceLinesTask, TrendTask,
};
use crate::base::units::Unit;
use crate::load::Progress;
use crate::profile::Series;
use crate::source::code::Finder;

use super::jobs::JobWorker;
use super::live::{Follower, LiveSources};
use super::session::Event;

/// Reads the sources again, or says in one line why it could not.
pub(crate) type Reload = Box<dyn FnMut(&Arc<Progress>) -> Result<ReloadedSeries, String> + Send>;

/// Writes what is on the screen into a file.
pub(crate) type Export = fn(Exporting) -> Exported;

/// A worker for each kind of work. An answer that nobody wants any more is not sent.
pub(super) struct Workers {
    derivations: JobWorker<Box<DeriveTask>>,
    trends: JobWorker<Box<TrendTask>>,
    examinations: JobWorker<Box<HealthTask>>,
    sortings: JobWorker<Box<LabelsTask>>,
    measurings: JobWorker<Box<SizesTask>>,
    exports: JobWorker<Box<Exporting>>,
    lines: JobWorker<Box<SourceLinesTask>>,
    files: JobWorker<Box<ReadFileTask>>,
    reloads: JobWorker<(u64, Arc<Progress>)>,
    follower: Option<Follower>,
    /// How far the reload is that runs.
    loading: Option<Arc<Progress>>,
}

impl Workers {
    /// Starts the workers; what comes of their work goes to `events`.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn start(
        (mut reload, export): (Reload, Export),
        (live, finder): (Option<LiveSources>, Finder),
        events: &Sender<Event>,
    ) -> io::Result<Self> {
        let derivations = worker("derive", events, DeriveTask::run)?;
        let trends = worker("trend", events, TrendTask::run)?;
        let examinations = worker("health", events, HealthTask::run)?;
        let sortings = worker("labels", events, LabelsTask::run)?;
        let measurings = worker("sizes", events, SizesTask::run)?;
        let lines = worker("lines", events, SourceLinesTask::run)?;
        let files = worker("source", events, move |wanted: ReadFileTask| {
            let ReadFileTask { generation, file, taken } = wanted;
            Msg::Read { generation, read: finder.find(&file, taken).map(Arc::new) }
        })?;
        let exported = events.clone();
        let exports = JobWorker::start("export", move |exporting: Box<Exporting>, _| {
            let path = exporting.path.clone();
            // What was written is said, whatever was asked since.
            let _ = exported.send(Event::Msg(Msg::Exported { path, exported: export(*exporting) }));
        })?;
        let loaded = events.clone();
        let reloads = JobWorker::start("reload", move |(generation, progress), cancel| {
            let msg = Msg::Loaded { generation, loaded: reload(&progress) };
            if !cancel.is_cancelled() {
                let _ = loaded.send(Event::Msg(msg));
            }
        })?;
        let follower = live.map(|live| Follower::start(live, events.clone())).transpose()?;
        Ok(Self {
            derivations,
            trends,
            examinations,
            sortings,
            measurings,
            lines,
            files,
            exports,
            reloads,
            follower,
            loading: None,
        })
    }

    /// Asks for an answer.
    pub(super) fn derive(&self, derivation: Box<DeriveTask>) {
        self.derivations.submit(derivation);
    }

    /// Asks for trends.
    pub(super) fn read_trend(&self, reading: Box<TrendTask>) {
        self.trends.submit(reading);
    }

    /// Asks for what there is to say of an answer.
    pub(super) fn examine(&self, examination: Box<HealthTask>) {
        self.examinations.submit(examination);
    }

    /// Asks for labels.
    pub(super) fn sort(&self, sorting: Box<LabelsTask>) {
        self.sortings.submit(sorting);
    }

    /// Asks for sizes.
    pub(super) fn measure(&self, measuring: Box<SizesTask>) {
        self.measurings.submit(measuring);
    }

    /// Asks for something to be written.
    pub(super) fn export(&self, exporting: Box<Exporting>) {
        self.exports.submit(exporting);
    }

    /// Asks for the lines of a function.
    pub(super) fn add_up(&self, adding: Box<SourceLinesTask>) {
        self.lines.submit(adding);
    }

    /// Asks for a source file.
    pub(super) fn read(&self, wanted: ReadFileTask) {
        self.files.submit(Box::new(wanted));
    }

    /// Asks for the sources to be read again.
    pub(super) fn reload(&mut self, generation: u64) {
        self.cancel_reload();
        let progress = Arc::new(Progress::default());
        self.loading = Some(Arc::clone(&progress));
        self.reloads.submit((generation, progress));
    }

    /// Asks for what comes next.
    pub(super) fn follow(&self, series: Arc<Series>) {
        if let Some(follower) = &self.follower {
            follower.follow(series);
        }
    }

    /// Asks for it now.
    pub(super) fn hurry(&self) {
        if let Some(follower) = &self.follower {
            follower.hurry();
        }
    }

    /// Gives up the reload that runs.
    pub(super) fn cancel_reload(&mut self) {
        if let Some(progress) = self.loading.take() {
            progress.cancel();
            self.reloads.cancel();
        }
    }

    /// Notes that the reload is done.
    pub(super) fn reloaded(&mut self) {
        self.loading = None;
    }

    /// How far the reload is that runs, in words.
    pub(super) fn progress(&self) -> Option<String> {
        let progress = self.loading.as_ref()?;
        let bytes = |count: u64| Unit::Bytes.long(i64::try_from(count).unwrap_or(i64::MAX));
        let read = bytes(progress.read());
        Some(match progress.expected() {
            0 => format!("reading again, {read}"),
            expected => format!("reading again, {read} of {}", bytes(expected)),
        })
    }
}

/// A worker that makes a message of each piece of work. One that nobody wants any more is not sent.
fn worker<W: Send + 'static>(
    name: &str,
    events: &Sender<Event>,
    run: impl Fn(W) -> Msg + Send + 'static,
) -> io::Result<JobWorker<Box<W>>> {
    let events = events.clone();
    JobWorker::start(name, move |work: Box<W>, cancel| {
        let msg = run(*work);
        if !cancel.is_cancelled() {
            // A session that has ended wants no answer.
            let _ = events.send(Event::Msg(msg));
        }
    })
}
