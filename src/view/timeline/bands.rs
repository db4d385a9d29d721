//! Memory of the process and activity of the runtime, as lines below the timeline: resident memory, the part that the
//! profile lacks, heap used, collections, pauses.
//!
//! The lines have the columns of the timeline. The heap follows the log within the interval before each snapshot;
//! collections and pauses are summed over an interval, and drawn over all columns of the interval.

use crate::layout::chart;
use std::ops::Range;
use std::sync::Arc;

use crate::analysis::account::in_use_bytes;
use crate::analysis::activity::Activity;
use crate::analysis::timeline::Timeline;
use crate::analysis::{Answer, Window};
use crate::base::units::Unit;
use crate::base::width::width;
use crate::layout::plot;
use crate::profile::{Input, Metrics, Series};
use crate::view::context::ViewContext;
use crate::view::keys::KeyRef;

/// Width of the longest label in cells.
pub const LABEL: usize = 5;

/// Width of most notes in cells: `max 13.8ms of 86.6ms`.
pub const NOTE: usize = 20;

/// Line below the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// Label before the line.
    pub label: &'static str,
    /// Height of each column in eighths of a cell.
    pub heights: Vec<u8>,
    /// Note after the line, with the value of the full height.
    pub note: String,
}

/// Values of the lines, one for each column or snapshot.
#[derive(Clone, Debug, Default)]
struct BandValues {
    used: Vec<Option<i64>>,
    cycles: Vec<Option<i64>>,
    pauses: Vec<Option<i64>>,
}

/// Source of the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EventSource {
    /// Logs that overlap the times of the snapshots.
    Logs,
    /// Runtime statistics in the snapshots.
    Snapshots,
}

/// Number of lines to draw.
pub fn wanted(context: &ViewContext) -> u16 {
    let lines = SnapshotLines::of(context);
    let activity = &context.answer.timeline.activity;
    let told = match lines.event_source() {
        None => [false; 3],
        Some(EventSource::Logs) => activity.available_figures(),
        Some(EventSource::Snapshots) => {
            let metrics = || lines.members().filter_map(|at| lines.metrics(at));
            [
                metrics().any(|one| one.heap_alloc.is_some()),
                metrics().any(|one| one.gc_count.is_some()),
                metrics().any(|one| one.gc_pause_nanos.is_some()),
            ]
        }
    };
    let resident = if lines.has_resident_memory() { RESIDENT_LINES } else { 0 };
    told.map(u16::from).iter().sum::<u16>() + resident
}

/// Lines of `cells` columns, with notes of at most `room` cells if possible.
pub fn bands(context: &ViewContext, cells: usize, room: usize) -> Vec<Band> {
    let lines = SnapshotLines::of(context);
    let values = match lines.event_source() {
        None => BandValues::default(),
        Some(EventSource::Logs) => log_values(&context.answer.timeline.activity, &ends(lines.series), cells),
        Some(EventSource::Snapshots) => lines.values(),
    };
    let resident = if lines.has_resident_memory() { resident_bands(context, cells, room) } else { Vec::new() };
    resident.into_iter().chain(values.bands(cells, room)).collect()
}

/// Number of lines for the resident memory.
const RESIDENT_LINES: u16 = 2;

/// Resident memory of the process of a snapshot.
#[derive(Clone, Copy, Debug)]
struct ResidentFigures {
    total: i64,
    /// Part that the profile lacks: resident memory less in-use bytes.
    outside: i64,
    /// Limit of the container.
    limit: Option<i64>,
}

impl ResidentFigures {
    /// Memory of a snapshot; `None` without figures of its process, or without in-use bytes to compare with.
    fn of(series: &Series, snapshot: usize) -> Option<Self> {
        let memory = series.snapshots()[snapshot].header.memory.as_deref()?;
        let (total, profiled) = (memory.resident.rss?, in_use_bytes(series, snapshot)?);
        Some(Self { total, outside: total.saturating_sub(profiled).max(0), limit: memory.container.limit })
    }
}

/// Figures that snapshots have of their process, over the current side of a series: of one instance, or added up over
/// all of them.
struct SnapshotLines<'a> {
    series: &'a Series,
    timeline: &'a Timeline,
    window: Window,
    instance: Option<usize>,
}

impl<'a> SnapshotLines<'a> {
    fn of(context: &ViewContext<'a>) -> Self {
        let Answer { series, timeline, query, .. } = context.answer;
        let window = Window::all(series, Input::Current).unwrap_or_default();
        Self { series, timeline, window, instance: query.instance }
    }

    fn members(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.window.members(self.series, self.instance)
    }

    fn metrics(&self, at: usize) -> Option<Metrics> {
        self.series.snapshots()[at].header.metrics
    }

    /// Level of each snapshot of the side.
    fn level(&self, figure: impl Fn(usize) -> Option<i64>) -> Vec<Option<i64>> {
        self.timeline.carried_known(self.series, self.window, self.instance, figure)
    }

    /// Growth of a counter since the snapshot before of the same process.
    fn growth(&self, figure: fn(&Metrics) -> Option<i64>) -> Vec<Option<i64>> {
        let value = |at: usize| figure(&self.metrics(at)?);
        let since = |at: usize| {
            let is_of = self.instance.is_none_or(|wanted| self.series.snapshots()[at].membership.instance == wanted);
            let (before, now) = (value(self.timeline.previous(at).filter(|_| is_of)?)?, value(at)?);
            // A count that falls was reset by a restart of the process.
            Some(if now < before { now } else { now.saturating_sub(before) })
        };
        self.window.snapshots().map(since).collect()
    }

    fn values(&self) -> BandValues {
        BandValues {
            used: self.level(|at| self.metrics(at)?.heap_alloc),
            cycles: self.growth(|metrics| metrics.gc_count),
            pauses: self.growth(|metrics| metrics.gc_pause_nanos),
        }
    }

    /// Returns true if two snapshots or more have the resident memory of their process.
    fn has_resident_memory(&self) -> bool {
        self.members().filter_map(|at| ResidentFigures::of(self.series, at)).nth(1).is_some()
    }

    /// Sum of the last limits of the instances; `None` if one has no limit.
    fn limit(&self) -> Option<i64> {
        let lanes = self.timeline.lanes(self.series, self.window, self.instance);
        let limit = |at: &usize| ResidentFigures::of(self.series, *at)?.limit;
        let limits = lanes.iter().map(|lane| lane.snapshots.iter().rev().find_map(limit));
        limits.sum()
    }

    /// Source of the events: logs if they overlap the snapshots, else the snapshots.
    fn event_source(&self) -> Option<EventSource> {
        let ends = ends(self.series);
        let overlaps = || {
            let (first, last) = self.timeline.activity.extent()?;
            Some(*ends.first()? < last && first <= *ends.last()?)
        };
        if self.window.count() > 1 && overlaps() == Some(true) {
            return Some(EventSource::Logs);
        }
        let has_metrics = self.members().filter(|at| self.metrics(*at).is_some()).nth(1).is_some();
        has_metrics.then_some(EventSource::Snapshots)
    }
}

/// Lines of the resident memory, with the limit of the container, and of the part that the profile lacks.
fn resident_bands(context: &ViewContext, cells: usize, room: usize) -> Vec<Band> {
    let lines = SnapshotLines::of(context);
    let line = |label, figure: fn(ResidentFigures) -> i64, after: &str| {
        let values = lines.level(|at| ResidentFigures::of(lines.series, at).map(figure));
        let values: Vec<i64> = values.into_iter().map(Option::unwrap_or_default).collect();
        let most = format!("max {}", Unit::Bytes.short(values.iter().copied().max().unwrap_or(0)));
        let long = format!("{most}{after}");
        let note = if width(&long) <= room { long } else { most };
        Band { label, heights: chart::heights(&values, cells), note }
    };
    let limit = lines.limit().map_or_else(String::new, |limit| format!(" of {}", Unit::Bytes.short(limit)));
    let explained = format!(", {} explains", context.keys.of(KeyRef::Memory));
    vec![line("RSS", |memory| memory.total, &limit), line("other", |memory| memory.outside, &explained)]
}

/// Lines of logs beside a single snapshot, over the time of the logs.
pub fn alone(activity: &Activity, extent: &Range<i64>, cells: usize, room: usize) -> Vec<Band> {
    let ends: Vec<i64> = (0..=cells).map(|at| at_column(extent, at, cells)).collect();
    log_values(activity, &ends, cells).bands(cells, room)
}

/// Time at the start of a column.
fn at_column(extent: &Range<i64>, at: usize, cells: usize) -> i64 {
    let span = i128::from(extent.end) - i128::from(extent.start);
    let into = span * at as i128 / cells.max(1) as i128;
    i64::try_from(i128::from(extent.start) + into).unwrap_or(extent.end)
}

/// Column of a time.
pub fn column_of(extent: &Range<i64>, moment: i64, cells: usize) -> Option<usize> {
    let span = i128::from(extent.end) - i128::from(extent.start);
    let into = (i128::from(moment) - i128::from(extent.start)) * cells as i128;
    let column = usize::try_from(into.checked_div(span)?).ok()?;
    (moment <= extent.end && cells > 0).then(|| column.min(cells - 1))
}

/// Bounds of the intervals before the snapshots: the start of the first, then the end of each. Empty if a snapshot has
/// no time, or if times do not increase.
fn ends(series: &Series) -> Vec<i64> {
    let snapshots = &series.snapshots()[series.range_of(Input::Current)];
    let moments: Option<Vec<i64>> = snapshots.iter().map(|snapshot| snapshot.header.effective_time()).collect();
    let moments = moments.filter(|moments| moments.len() > 1 && moments.is_sorted()).unwrap_or_default();
    // The first interval is as long as the second.
    let before = moments.get(1).map(|second| moments[0].saturating_sub(second.saturating_sub(moments[0])));
    before.into_iter().chain(moments).collect()
}

fn log_values(activity: &Activity, ends: &[i64], cells: usize) -> BandValues {
    let used = plot::slices(ends, cells).into_iter().map(|slice| {
        // Between two events of a log, the heap is that of the earlier one.
        let spell = activity.between(slice.start, slice.end);
        spell.peak.or_else(|| activity.level(slice.end).filter(|_| activity.reaches(slice.end)))
    });
    let spells: Vec<_> = ends.windows(2).map(|pair| activity.between(pair[0], pair[1])).collect();
    BandValues {
        used: used.collect(),
        cycles: spells.iter().map(|spell| spell.cycles).collect(),
        pauses: spells.iter().map(|spell| spell.pause).collect(),
    }
}

impl BandValues {
    fn bands(&self, cells: usize, room: usize) -> Vec<Band> {
        let line = |label, values: &[Option<i64>], note: &dyn Fn(&[i64]) -> String| {
            let is_known = values.iter().any(Option::is_some);
            let values: Vec<i64> = values.iter().map(|value| value.unwrap_or(0)).collect();
            is_known.then(|| Band { label, heights: chart::heights(&values, cells), note: note(&values) })
        };
        let most = |unit: &Unit, values: &[i64]| unit.short(values.iter().copied().max().unwrap_or(0));
        let of_all = |unit: Unit| {
            move |values: &[i64]| {
                let most = most(&unit, values);
                let sum = values.iter().fold(0_i64, |sum, value| sum.saturating_add(*value));
                let both = format!("max {most} of {}", unit.short(sum));
                if width(&both) <= room { both } else { format!("max {most}") }
            }
        };
        let lines = [
            line("heap", &self.used, &|values| format!("max {}", most(&Unit::Bytes, values))),
            line("GCs", &self.cycles, &of_all(Unit::Count)),
            line("pause", &self.pauses, &of_all(Unit::Nanoseconds)),
        ];
        lines.into_iter().flatten().collect()
    }
}

/// Inputs of the lines below the timeline.
#[derive(Clone, Debug)]
struct LinesSource {
    series: Arc<Series>,
    instance: Option<usize>,
    cells: usize,
    room: usize,
}

/// Lines of the last frame, with the inputs that they depend on.
#[derive(Clone, Debug, Default)]
pub struct DrawnLines {
    of: Option<LinesSource>,
    /// Lines.
    pub bands: Vec<Band>,
}

impl DrawnLines {
    /// Recomputes the lines for another series or size.
    pub fn fit(&mut self, context: &ViewContext, cells: usize, room: usize, lines: impl FnOnce() -> Vec<Band>) {
        let Answer { series, query, .. } = context.answer;
        let source = LinesSource { series: Arc::clone(series), instance: query.instance, cells, room };
        let is_same = |known: &LinesSource| {
            let rest = |source: &LinesSource| (source.instance, source.cells, source.room);
            Arc::ptr_eq(&known.series, series) && rest(known) == rest(&source)
        };
        if !self.of.as_ref().is_some_and(is_same) {
            self.of = Some(source);
            self.bands = lines();
        }
    }
}
