//! Background work: tasks computed off the UI thread, and the check whether their results are still wanted.
//!
//! After every message each feature calls [`Latest::ask`] with the key of the data it needs. A key that differs from
//! the last one yields a [`Ticket`], and the task leaves as [`Effect::Run`](crate::app::Effect::Run). The result
//! returns in [`Msg::Done`](crate::app::Msg::Done) with the same ticket, and [`Latest::accepts`] drops the result if a
//! newer request was made in between.

use std::fmt;
use std::sync::Arc;

use crate::analysis::labels::{LabelKey, labels};
use crate::analysis::sizes::{SizeClass, size_classes};
use crate::analysis::{
    Answer, BaseInstance, CallTree, Column, Filter, Finding, InstanceTable, NoTrend, OtherTypes, Query, QueryError,
    SourceLines, Trends, Width, Window, derive, health,
};
use crate::base::ids::{FrameId, NodeId};
use crate::base::limits::LimitError;
use crate::base::source_text::{MissingSource, SourceText};
use crate::profile::{Role, Series};

/// Generation of a request, which its result carries too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u64);

/// Latest request of one kind of work; results of older requests are stale.
#[derive(Clone, Debug)]
pub struct Latest<K> {
    generation: u64,
    /// Key of the latest request; `None` before the first one and after [`Self::forget`].
    key: Option<K>,
    is_pending: bool,
}

impl<K> Default for Latest<K> {
    fn default() -> Self {
        Self { generation: 0, key: None, is_pending: false }
    }
}

impl<K: PartialEq> Latest<K> {
    /// Returns a state in which the result for `key` is already known.
    pub fn answered(key: K) -> Self {
        Self { generation: 0, key: Some(key), is_pending: false }
    }

    /// Registers a request; `None` if the latest request has an equal key.
    pub fn ask(&mut self, key: K) -> Option<Ticket> {
        if self.key.as_ref() == Some(&key) {
            return None;
        }
        self.key = Some(key);
        self.ask_again()
    }

    /// Repeats the latest request with a new ticket; `None` if there is none.
    pub fn ask_again(&mut self) -> Option<Ticket> {
        self.key.as_ref()?;
        self.generation += 1;
        self.is_pending = true;
        Some(Ticket(self.generation))
    }

    /// Returns true if a result answers the latest request, and marks that request as answered.
    pub fn accepts(&mut self, ticket: Ticket) -> bool {
        let is_latest = self.key.is_some() && ticket.0 == self.generation;
        self.is_pending &= !is_latest;
        is_latest
    }

    /// Drops the key, so that the next request is always new and a result under way is stale.
    pub fn forget(&mut self) {
        self.key = None;
        self.is_pending = false;
    }

    /// Key of the latest request.
    pub fn key(&self) -> Option<&K> {
        self.key.as_ref()
    }

    /// Returns true while the latest request has no result.
    pub fn is_pending(&self) -> bool {
        self.is_pending
    }
}

/// Shared value that is compared by address.
#[derive(Clone, Debug)]
pub struct ByAddress<T>(pub Arc<T>);

impl<T> PartialEq for ByAddress<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Identity of the figures of an answer: the columns of the window and of the base.
#[derive(Clone, Debug, PartialEq)]
pub struct FiguresKey(ByAddress<Column>, Option<ByAddress<Column>>);

impl FiguresKey {
    /// Key of the figures of `answer`.
    pub fn new(answer: &Answer) -> Self {
        let base = answer.base.as_ref().map(|base| ByAddress(Arc::clone(&base.column)));
        Self(ByAddress(Arc::clone(&answer.column)), base)
    }
}

/// Identity of trends: equal keys have equal trends.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendKey {
    series: ByAddress<Series>,
    tree: ByAddress<CallTree>,
    sample_type: usize,
    role: Option<Role>,
    window: Window,
    /// Filters that select the samples.
    filters: Vec<Filter>,
    instance: Option<usize>,
}

impl TrendKey {
    /// Key of the trends of `answer`.
    pub fn new(answer: &Answer) -> Self {
        Self {
            series: ByAddress(Arc::clone(&answer.series)),
            tree: ByAddress(Arc::clone(&answer.tree)),
            sample_type: answer.query.sample_type,
            role: answer.query.role,
            window: Trends::window_of(answer),
            filters: answer.query.filters.clone(),
            instance: answer.query.instance,
        }
    }
}

/// Identity of callers and callees: equal keys have equal callers and callees.
#[derive(Clone, Debug, PartialEq)]
pub struct AroundKey {
    /// Figures that the callers and callees are computed from.
    pub figures: FiguresKey,
    /// Name of the function in the middle.
    pub middle: Box<str>,
    /// Names on the path from the middle function to the zoom, for both sides.
    pub details: [Vec<Box<str>>; 2],
    /// Search.
    pub search: Option<String>,
    /// Meaning of the widths.
    pub width: Width,
}

/// Identity of a table of instances: equal keys have equal tables.
#[derive(Clone, Debug, PartialEq)]
pub struct InstancesKey {
    series: ByAddress<Series>,
    tree: ByAddress<CallTree>,
    /// Query without instances, base and search, which do not affect the table.
    query: Query,
}

impl InstancesKey {
    /// Key of the table for `answer`.
    pub fn new(answer: &Answer) -> Self {
        let query = Query {
            instance: None,
            base: None,
            base_instance: BaseInstance::Same,
            search: None,
            other_types: OtherTypes::default(),
            ..answer.query.clone()
        };
        Self { series: ByAddress(Arc::clone(&answer.series)), tree: ByAddress(Arc::clone(&answer.tree)), query }
    }
}

/// Latest requests for background work, one for each kind of task but [`Task::Derive`].
#[derive(Clone, Debug, Default)]
pub struct Requests {
    pub trends: Latest<TrendKey>,
    pub findings: Latest<FiguresKey>,
    pub labels: Latest<FiguresKey>,
    pub instances: Latest<InstancesKey>,
    pub sizes: Latest<(ByAddress<Column>, NodeId)>,
    pub lines: Latest<FiguresKey>,
    pub around: Latest<AroundKey>,
    /// Name of the source file in the profile.
    pub source_text: Latest<Box<str>>,
}

/// Function that reads a source file, given its name in the profile and the time the profile was taken.
///
/// The time is in nanoseconds since 1970, 0 if unknown. Reading files belongs to a higher layer.
#[derive(Clone)]
pub struct SourceReader(Arc<ReadSource>);

type ReadSource = dyn Fn(&str, i64) -> Result<SourceText, MissingSource> + Send + Sync;

impl SourceReader {
    /// Wraps a function that reads a source file.
    pub fn new(read: impl Fn(&str, i64) -> Result<SourceText, MissingSource> + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// Reads a source file.
    ///
    /// # Errors
    /// [`MissingSource`] with the places searched.
    pub fn read(&self, file: &str, taken: i64) -> Result<SourceText, MissingSource> {
        (self.0)(file, taken)
    }
}

impl Default for SourceReader {
    /// Creates a reader that finds no files.
    fn default() -> Self {
        Self::new(|_, _| Err(MissingSource::default()))
    }
}

impl fmt::Debug for SourceReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SourceReader")
    }
}

/// Background task with all its inputs.
#[derive(Debug)]
pub enum Task {
    /// Answers a query.
    Derive {
        series: Arc<Series>,
        query: Box<Query>,
        /// Previous answer; steps with the same inputs are reused.
        previous: Box<Answer>,
    },
    /// Computes trends over the snapshots.
    Trends(Box<Answer>),
    /// Examines the health of an answer.
    Health(Box<Answer>),
    /// Sums up labels and their values.
    Labels(Box<Answer>),
    /// Builds the table of instances.
    Instances(Box<Answer>),
    /// Sums up the objects below a node by size.
    Sizes(Box<Answer>, NodeId),
    /// Sums up the lines of a function.
    Lines {
        answer: Box<Answer>,
        /// Raw name of the function in the profile.
        function: Box<[u8]>,
        /// Lines computed before; their answer is reused.
        previous: Option<Arc<SourceLines>>,
    },
    /// Regroups all nodes of a function by callers and by callees.
    Around {
        answer: Box<Answer>,
        frame: FrameId,
        /// Names on the path from the function to the zoom, for both sides.
        details: [Vec<Box<str>>; 2],
    },
    /// Reads a source file.
    ReadSource {
        reader: SourceReader,
        /// Name of the file in the profile.
        file: String,
        /// Time the newest profile of the window was taken, in nanoseconds since 1970; 0 if unknown.
        taken: i64,
    },
}

/// Kinds of tasks. A newer task replaces a waiting one of the same kind only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskKind {
    Derive,
    Trends,
    Health,
    Labels,
    Instances,
    Sizes,
    Lines,
    Around,
    ReadSource,
}

impl TaskKind {
    /// Name of the worker thread.
    pub fn name(self) -> &'static str {
        match self {
            Self::Derive => "derive",
            Self::Trends => "trend",
            Self::Health => "health",
            Self::Labels => "labels",
            Self::Instances => "instances",
            Self::Sizes => "sizes",
            Self::Lines => "lines",
            Self::Around => "callers",
            Self::ReadSource => "source",
        }
    }
}

/// Result of a task, by the kind of the task.
#[derive(Debug)]
pub enum TaskResult {
    Derive(Result<Box<Answer>, QueryError>),
    Trends(Result<Arc<Trends>, NoTrend>),
    Health(Vec<Finding>),
    Labels(Result<Vec<LabelKey>, LimitError>),
    Instances(Result<Arc<InstanceTable>, LimitError>),
    Sizes(Vec<SizeClass>),
    Lines(Result<Arc<SourceLines>, QueryError>),
    Around(Result<Arc<[Answer; 2]>, QueryError>),
    ReadSource(Result<Arc<SourceText>, MissingSource>),
}

impl Task {
    /// Kind of the task.
    pub fn kind(&self) -> TaskKind {
        match self {
            Self::Derive { .. } => TaskKind::Derive,
            Self::Trends(_) => TaskKind::Trends,
            Self::Health(_) => TaskKind::Health,
            Self::Labels(_) => TaskKind::Labels,
            Self::Instances(_) => TaskKind::Instances,
            Self::Sizes(..) => TaskKind::Sizes,
            Self::Lines { .. } => TaskKind::Lines,
            Self::Around { .. } => TaskKind::Around,
            Self::ReadSource { .. } => TaskKind::ReadSource,
        }
    }

    /// Computes the result. May take long; depends only on the task, and on the file for [`Task::ReadSource`].
    pub fn run(self) -> TaskResult {
        match self {
            Self::Derive { series, query, previous } => {
                TaskResult::Derive(derive(&series, &query, Some(&previous)).map(Box::new))
            }
            Self::Trends(answer) => TaskResult::Trends(Trends::new(&answer).map(Arc::new)),
            Self::Health(answer) => TaskResult::Health(health(&answer)),
            Self::Labels(answer) => TaskResult::Labels(labels(&answer)),
            Self::Instances(answer) => TaskResult::Instances(InstanceTable::new(&answer).map(Arc::new)),
            Self::Sizes(answer, node) => TaskResult::Sizes(size_classes(&answer, node)),
            Self::Lines { answer, function, previous } => {
                let lines = SourceLines::new(&answer, &function, previous.as_ref().map(|lines| &lines.answer));
                TaskResult::Lines(lines.map(Arc::new))
            }
            Self::Around { answer, frame, details: [callers, callees] } => {
                TaskResult::Around(answer.around(frame, [&callers, &callees]).map(Arc::new))
            }
            Self::ReadSource { reader, file, taken } => TaskResult::ReadSource(reader.read(&file, taken).map(Arc::new)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_result_of_the_latest_request_is_accepted() {
        let mut latest = Latest::default();
        let first = latest.ask("a").unwrap();
        assert!(latest.ask("a").is_none(), "an equal key is the same request");
        let second = latest.ask("b").unwrap();
        assert!(!latest.accepts(first) && latest.is_pending());
        assert!(latest.accepts(second) && !latest.is_pending());
    }

    #[test]
    fn a_forgotten_request_is_stale_and_may_be_repeated() {
        let mut latest = Latest::default();
        let first = latest.ask("a").unwrap();
        latest.forget();
        assert!(!latest.accepts(first) && !latest.is_pending());
        assert!(latest.ask_again().is_none(), "there is no request to repeat");
        assert!(latest.ask("a").is_some_and(|ticket| ticket != first));
    }

    #[test]
    fn a_known_result_is_not_asked_for() {
        let mut latest = Latest::answered("a");
        assert!(!latest.is_pending());
        assert!(latest.ask("a").is_none() && latest.ask("b").is_some());
    }
}
