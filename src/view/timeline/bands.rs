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
    let series = &context.answer.series;
    let activity = &context.answer.timeline.activity;
    let told = match event_source(series, activity) {
        None => [false; 3],
        Some(EventSource::Logs) => activity.available_figures(),
        Some(EventSource::Snapshots) => {
            let metrics = || metrics(series).into_iter().flatten();
            [
                metrics().any(|one| one.heap_alloc.is_some()),
                metrics().any(|one| one.gc_count.is_some()),
                metrics().any(|one| one.gc_pause_nanos.is_some()),
            ]
        }
    };
    let resident = if has_resident_memory(series) { RESIDENT_LINES } else { 0 };
    told.map(u16::from).iter().sum::<u16>() + resident
}

/// Lines of `cells` columns, with notes of at most `room` cells if possible.
pub fn bands(context: &ViewContext, cells: usize, room: usize) -> Vec<Band> {
    let series = &context.answer.series;
    let activity = &context.answer.timeline.activity;
    let values = match event_source(series, activity) {
        None => BandValues::default(),
        Some(EventSource::Logs) => log_values(activity, &ends(series), cells),
        Some(EventSource::Snapshots) => snapshot_values(&metrics(series)),
    };
    let resident = if has_resident_memory(series) { resident_bands(context, cells, room) } else { Vec::new() };
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

/// Returns true if two snapshots or more have the resident memory of their process.
fn has_resident_memory(series: &Series) -> bool {
    series.range_of(Input::Current).filter_map(|at| ResidentFigures::of(series, at)).nth(1).is_some()
}

/// Lines of the resident memory, with the limit of the container, and of the part that the profile lacks.
fn resident_bands(context: &ViewContext, cells: usize, room: usize) -> Vec<Band> {
    let series = &context.answer.series;
    let found: Vec<Option<ResidentFigures>> =
        series.range_of(Input::Current).map(|at| ResidentFigures::of(series, at)).collect();
    let line = |label, figure: fn(&ResidentFigures) -> i64, after: &str| {
        let values: Vec<i64> = found.iter().map(|memory| memory.as_ref().map_or(0, figure)).collect();
        let most = format!("max {}", Unit::Bytes.short(values.iter().copied().max().unwrap_or(0)));
        let long = format!("{most}{after}");
        let note = if width(&long) <= room { long } else { most };
        Band { label, heights: chart::heights(&values, cells), note }
    };
    let limit = found.iter().flatten().filter_map(|memory| memory.limit).next_back();
    let limit = limit.map_or_else(String::new, |limit| format!(" of {}", Unit::Bytes.short(limit)));
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

/// Source of the events: logs if they overlap the snapshots, else the snapshots.
fn event_source(series: &Series, activity: &Activity) -> Option<EventSource> {
    let side = series.range_of(Input::Current);
    let ends = ends(series);
    let overlaps = || {
        let (first, last) = activity.extent()?;
        Some(*ends.first()? < last && first <= *ends.last()?)
    };
    if side.len() > 1 && overlaps() == Some(true) {
        return Some(EventSource::Logs);
    }
    let said = metrics(series).iter().flatten().count();
    (side.len() > 1 && said > 1).then_some(EventSource::Snapshots)
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

fn metrics(series: &Series) -> Vec<Option<Metrics>> {
    series.snapshots()[series.range_of(Input::Current)].iter().map(|snapshot| snapshot.header.metrics).collect()
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

fn snapshot_values(metrics: &[Option<Metrics>]) -> BandValues {
    let growth = |figure: fn(&Metrics) -> Option<i64>| {
        let value = |at: usize| metrics[at].as_ref().and_then(figure);
        let since = |at: usize| {
            let (before, now) = (value(at.checked_sub(1)?)?, value(at)?);
            // A count that falls was reset by a restart of the process.
            Some(if now < before { now } else { now.saturating_sub(before) })
        };
        (0..metrics.len()).map(since).collect()
    };
    BandValues {
        used: metrics.iter().map(|one| one.as_ref()?.heap_alloc).collect(),
        cycles: growth(|metrics| metrics.gc_count),
        pauses: growth(|metrics| metrics.gc_pause_nanos),
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

/// Lines of the last frame, with the inputs that they depend on.
#[derive(Clone, Debug, Default)]
pub struct DrawnLines {
    of: Option<(Arc<Series>, usize, usize)>,
    /// Lines.
    pub bands: Vec<Band>,
}

impl DrawnLines {
    /// Recomputes the lines for another series or size.
    pub fn fit(&mut self, context: &ViewContext, cells: usize, room: usize, lines: impl FnOnce() -> Vec<Band>) {
        let series = &context.answer.series;
        let is_same = |(known, columns, rest): &(Arc<Series>, usize, usize)| {
            Arc::ptr_eq(known, series) && (*columns, *rest) == (cells, room)
        };
        if !self.of.as_ref().is_some_and(is_same) {
            self.of = Some((Arc::clone(series), cells, room));
            self.bands = lines();
        }
    }
}
