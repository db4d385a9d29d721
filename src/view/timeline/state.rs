//! State of the timeline: a line of heights, and the windows below it.

use crate::layout::chart;
use std::ops::Range;
use std::sync::Arc;

use crate::analysis::filter::Filter;
use crate::analysis::{Answer, CallTree, Query, Rates, SnapshotSums, Window, memory};
use crate::base::ids::NodeId;
use crate::base::units::{SHORT_CELLS, Unit};
use crate::base::width::width;
use crate::layout::plot;
use crate::profile::{Input, Role, Series};
use crate::view::context::{NameStyle, ViewContext};
use crate::view::timeline::bands::{self, DrawnLines, LABEL};

/// Minimum width of the line in cells.
const MIN_LINE_WIDTH: usize = 10;
/// Maximum width of the name at the end of the second row, in cells.
const MAX_NAME_WIDTH: usize = 24;

/// Inputs of the line; the windows are not among them.
#[derive(Clone, Debug)]
struct LineSource {
    series: Arc<Series>,
    leaves: Option<Arc<SnapshotSums>>,
    node: NodeId,
    sample_type: usize,
    instance: Option<usize>,
    filters: Vec<Filter>,
    names: NameStyle,
    cells: usize,
}

/// Name of the current window: `B` in a comparison, else a word.
fn name(query: &Query) -> &'static str {
    if query.base.is_some() { "B" } else { "window" }
}

impl LineSource {
    fn of(context: &ViewContext, cells: usize) -> Self {
        let answer = context.answer;
        // Beside a single snapshot, the line is that of its logs, whatever is selected.
        let is_alone = TimelineState::alone(context).is_some();
        Self {
            series: Arc::clone(&answer.series),
            leaves: answer.snapshot_sums.clone(),
            node: if is_alone { CallTree::ROOT } else { context.navigation.selection().node() },
            sample_type: if is_alone { 0 } else { answer.query.sample_type },
            instance: answer.query.instance,
            filters: answer.query.filters.clone(),
            names: context.display.names,
            cells,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        let leaves = match (&self.leaves, &other.leaves) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let rest = |source: &Self| (source.node, source.sample_type, source.instance, source.names, source.cells);
        let is_same = Arc::ptr_eq(&self.series, &other.series) && self.filters == other.filters;
        is_same && leaves && rest(self) == rest(other)
    }
}

/// Start of a process, at a column of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimelineEvent {
    /// Column.
    pub column: usize,
    /// Kind.
    pub kind: TimelineEventKind,
}

/// Kind of an event of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineEventKind {
    /// Another process of the same build.
    Restart,
    /// Another build.
    Deploy,
}

impl TimelineEventKind {
    /// Kind of the event at a snapshot with which a process begins.
    pub fn of(answer: &Answer, snapshot: usize) -> Self {
        if answer.timeline.is_deploy(&answer.series, snapshot) { Self::Deploy } else { Self::Restart }
    }

    /// Sign in the timeline, in the plot of the trend and in the heat map.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Restart => "R",
            Self::Deploy => "D",
        }
    }
}

/// State of the timeline.
#[derive(Clone, Debug, Default)]
pub struct TimelineState {
    /// Time of the first snapshot.
    pub first: String,
    /// Time of the last snapshot.
    pub last: String,
    /// Height of each column in eighths of a cell.
    pub heights: Vec<u8>,
    /// Largest value, drawn as a full cell.
    pub most: String,
    /// Name of the function that the line is for.
    pub name: String,
    /// Windows: letter and columns.
    pub marks: Vec<(&'static str, Range<usize>)>,
    /// Restarts and deploys, in the order of their columns.
    pub events: Vec<TimelineEvent>,
    /// Activity of the runtime.
    pub drawn: DrawnLines,
    /// Rates of the runtime in both windows of a comparison, A first; `None` if unknown.
    pub rates: Option<[Rates; 2]>,
    /// Comparison for which the rates were computed.
    rates_of: Option<(Arc<Series>, Query)>,
    source: Option<LineSource>,
}

impl TimelineState {
    /// Number of rows; 0 for a single snapshot without logs.
    pub fn rows_wanted(context: &ViewContext) -> u16 {
        match context.answer.series.range_of(Input::Current).len() {
            0 | 1 => Self::alone(context).map_or(0, |_| 2 + log_bands(context)),
            _ => 2 + bands::wanted(context),
        }
    }

    /// Time span of the logs beside a single snapshot, extended to the snapshot's time; `None` if there are several
    /// snapshots.
    fn alone(context: &ViewContext) -> Option<Range<i64>> {
        let series = &context.answer.series;
        let (first, last) = context.answer.timeline.activity.extent()?;
        let header = &series.snapshots().get(series.range_of(Input::Current).start)?.header;
        let moment = header.effective_time().unwrap_or(last);
        let extent = first.min(moment)..last.max(moment);
        (series.range_of(Input::Current).len() == 1 && extent.start < extent.end).then_some(extent)
    }

    /// Recomputes the rates for the windows of a comparison.
    pub fn follow(&mut self, context: &ViewContext) {
        let Answer { series, query, .. } = context.answer;
        if query.base.is_none() {
            (self.rates, self.rates_of) = (None, None);
            return;
        }
        let is_same = |(known, of): &(Arc<Series>, Query)| Arc::ptr_eq(known, series) && of == query;
        if self.rates_of.as_ref().is_some_and(is_same) {
            return;
        }
        self.rates = memory::compared(context.answer);
        self.rates_of = Some((Arc::clone(series), query.clone()));
    }

    /// Recomputes the line for this width, and the windows below it. A moved window alone reads no snapshot.
    pub fn fit(&mut self, context: &ViewContext, cells: usize) {
        let source = LineSource::of(context, cells);
        if !self.source.as_ref().is_some_and(|before| before.is_same(&source)) {
            let TimelineState { drawn, rates, rates_of, .. } = std::mem::take(self);
            *self = Self { source: Some(source), drawn, rates, rates_of, ..Self::default() };
            match Self::alone(context) {
                Some(extent) => self.draw_logs(context, &extent, cells),
                None => self.draw_line(context, cells),
            }
        }
        if let Some(extent) = Self::alone(context) {
            self.marks = self.moments(context, &extent);
            return;
        }
        let (query, side) = (&context.answer.query, context.answer.series.range_of(Input::Current));
        let cells = self.heights.len();
        let columns = |window: Window| {
            let range = window.first.checked_sub(side.start)?..window.last + 1 - side.start;
            (range.end <= side.len() && cells > 0).then(|| plot::columns_of(range, cells, side.len()))
        };
        let windows = [("A", query.base), (name(query), Some(query.window))];
        let marked = windows.into_iter().filter_map(|(letter, window)| Some((letter, columns(window?)?)));
        self.marks = marked.collect();
    }

    /// Columns of a single snapshot and its base, within the time of the logs.
    fn moments(&self, context: &ViewContext, extent: &Range<i64>) -> Vec<(&'static str, Range<usize>)> {
        let query = &context.answer.query;
        let column = |window: Window| {
            let moment = context.answer.series.snapshots()[window.first].header.effective_time()?;
            bands::column_of(extent, moment, self.heights.len()).map(|at| at..at + 1)
        };
        let windows = [("A", query.base), (name(query), Some(query.window))];
        windows.into_iter().filter_map(|(letter, window)| Some((letter, column(window?)?))).collect()
    }

    /// Draws the heap of the logs as the line.
    fn draw_logs(&mut self, context: &ViewContext, extent: &Range<i64>, cells: usize) {
        let activity = &context.answer.timeline.activity;
        let clock = |moment: i64| context.clock.within(extent.end.saturating_sub(extent.start), moment);
        (self.first, self.last) = (clock(extent.start), clock(extent.end));
        let beside = self.beside(&Unit::Bytes.short(0), 1);
        let cells = cells.saturating_sub(width(&self.first) + beside + 4);
        if cells < MIN_LINE_WIDTH {
            return;
        }
        let mut lines = bands::alone(activity, extent, cells, beside);
        if lines.first().is_some_and(|band| band.label == "heap") {
            let heap = lines.remove(0);
            (self.heights, self.most, self.name) = (heap.heights, heap.note, "heap used".to_owned());
        } else {
            self.heights = vec![0; cells];
            self.name = String::from("by the log");
        }
        self.drawn.fit(context, cells, beside, || lines);
    }

    /// Number of cells after the line with the largest value `most`, and after the lines below it.
    fn beside(&self, most: &str, lines: u16) -> usize {
        let own = width(&self.last) + 2 + width(&format!("max {most:>SHORT_CELLS$}"));
        if lines > 0 { own.max(bands::NOTE) } else { own }
    }

    /// Draws the line of the selected function, by default that of the total.
    fn draw_line(&mut self, context: &ViewContext, cells: usize) {
        let answer = context.answer;
        let side = answer.series.range_of(Input::Current);
        if cells == 0 || side.len() < 2 {
            return;
        }
        let times = |at: usize| answer.series.snapshots()[at].header.time_nanos;
        let clock = |at: usize, number: usize| {
            if times(at) == 0 { number.to_string() } else { context.clock.of(&answer.series, times(at)) }
        };
        (self.first, self.last) = (clock(side.start, 1), clock(side.end - 1, side.len()));
        let lines = bands::wanted(context);
        if lines > 0 {
            self.first = format!("{:<LABEL$}", self.first);
        }
        let node = context.navigation.selection().node();
        let chosen = answer.query.sample_type;
        let leaves = answer.snapshot_sums.as_ref().filter(|_| node != CallTree::ROOT);
        let is_level = answer.series.roles()[chosen].role == Role::Level;
        let value = |at: usize| {
            if let Some(leaves) = leaves {
                return leaves.total(&answer.tree, at, node);
            }
            let snapshot = &answer.series.snapshots()[at];
            let sum = answer.filtered.total(snapshot, chosen);
            if is_level { snapshot.level_converter()(sum) } else { sum }
        };
        let window = Window { first: side.start, last: side.end - 1 };
        let line = answer.timeline.carried(&answer.series, window, answer.query.instance, value);
        // The columns do not depend on the selection, so that a move changes the heights only.
        let most = context.unit().short(line.iter().copied().max().unwrap_or(0));
        self.most = format!("max {most:>SHORT_CELLS$}");
        let beside = self.beside(&most, lines);
        self.name = match leaves {
            Some(_) => context.label(answer.tree.frame(node), MAX_NAME_WIDTH.min(beside)).into_owned(),
            None => String::from("all"),
        };
        let cells = cells.saturating_sub(width(&self.first) + beside + 4);
        if cells < MIN_LINE_WIDTH {
            return;
        }
        self.heights = chart::heights(&line, cells);
        let is_of = |at: &usize| {
            let member = answer.series.snapshots()[*at].membership;
            let is_wanted = answer.query.instance.is_none_or(|wanted| wanted == member.instance);
            is_wanted && !member.is_duplicate() && answer.timeline.restarts(*at)
        };
        let event = |at: usize| {
            let kind = TimelineEventKind::of(answer, at);
            let at = at - side.start;
            TimelineEvent { column: plot::columns_of(at..at + 1, cells, side.len()).start, kind }
        };
        self.events = side.clone().filter(is_of).map(event).collect();
        self.drawn.fit(context, cells, beside, || bands::bands(context, cells, beside));
    }
}

/// Number of lines of logs besides the heap, which replaces the line of the snapshots.
fn log_bands(context: &ViewContext) -> u16 {
    let [_, cycles, pause] = context.answer.timeline.activity.available_figures();
    u16::from(cycles) + u16::from(pause)
}
