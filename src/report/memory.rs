//! Memory figures beside the profile: figures of the runtime, its activity in a window, and GC logs.

use std::io;

use serde::Serialize;

use crate::analysis::activity::PlacedLog;
use crate::analysis::memory::compared as compared_rates;
use crate::analysis::rates::{MeasuredRate, Rates};
use crate::analysis::{NoRate, Placement};
use crate::base::safe_text::display_name;
use crate::base::units::{Unit, commas_u64, counted};
use crate::profile::{GcLog, Metrics};

use super::Subject;
use super::json::time;
use super::text::{Page, span};

/// Writes the activity of the runtime in a window, if it is known, indented by `indent`.
pub(super) fn window(page: &mut Page<'_>, rates: Option<&Rates>, indent: usize) -> io::Result<()> {
    match rates.filter(|rates| rates.has_rate()) {
        Some(rates) => page.line(&format!("{:indent$}{}", "", rates.line())),
        None => Ok(()),
    }
}

/// Lines of the activity of the runtime in both windows of a comparison; none if it is not known for either.
pub(super) fn compared(subject: &Subject<'_>) -> Vec<String> {
    let Some(rates) = compared_rates(subject.answer) else { return Vec::new() };
    let [then, now] = rates.map(|rates| if rates.has_rate() { rates.line() } else { format!("– ({})", rates.line()) });
    vec![format!("runtime: A {then}"), format!("         B {now}")]
}

/// Writes a paragraph for each GC log.
pub(super) fn logs(page: &mut Page<'_>, subject: &Subject<'_>) -> io::Result<()> {
    for (log, placed) in subject.series().logs().iter().zip(&subject.answer.timeline.activity.placed) {
        page.line("")?;
        page.heading(display_name(log.source.shown()))?;
        let times = placed.extent.and_then(|(first, last)| span([first, last].into_iter()));
        let sums = LogSums::of(log);
        let unit = |unit: Unit, figure: Option<i64>| figure.map(|figure| unit.long(figure));
        let tells = [
            sums.cycles.filter(|_| log.is_without_collections()).map(|_| "no collection".to_owned()),
            sums.cycles
                .filter(|_| !log.is_without_collections())
                .map(|count| counted(usize::try_from(count).unwrap_or(0), "collection")),
            unit(Unit::Nanoseconds, sums.pause).map(|pause| format!("{pause} paused")),
            unit(Unit::Bytes, sums.used).map(|used| format!("heap used at most {used}")),
            unit(Unit::Bytes, sums.rss).map(|rss| format!("resident at most {rss}")),
            log.counter
                .as_ref()
                .map(|counter| format!("{} in {}", counter.name.shown(), counted(counter.lines.len(), "line"))),
        ];
        let tells: Vec<String> = tells.into_iter().flatten().collect();
        page.line(&format!("  format    {}", log.format))?;
        page.line(&format!("  time      {}", times.unwrap_or_else(|| "not known".to_owned())))?;
        page.line(&format!("  tells     {}", tells.join(", ")))?;
        if log.skipped_lines > 0 {
            page.line(&format!("  besides   {} lines that tell nothing of memory", commas_u64(log.skipped_lines)))?;
        }
    }
    Ok(())
}

/// Sums and maxima over the events of a log.
struct LogSums {
    cycles: Option<i64>,
    pause: Option<i64>,
    used: Option<i64>,
    rss: Option<i64>,
}

impl LogSums {
    fn of(log: &GcLog) -> Self {
        let events = || log.events.iter();
        let sum = |values: &mut dyn Iterator<Item = i64>| {
            values.fold(None, |sum: Option<i64>, value| Some(sum.unwrap_or(0).saturating_add(value)))
        };
        Self {
            cycles: sum(&mut events().filter_map(|event| event.cycles)),
            pause: sum(&mut events().filter_map(|event| event.pause)),
            used: events().filter_map(|event| event.used).max(),
            rss: events().filter_map(|event| event.rss).max(),
        }
    }
}

/// Figures of the runtime at the time of a snapshot, in bytes and nanoseconds.
#[derive(Serialize)]
pub(super) struct MemoryFacts {
    total_alloc: Option<i64>,
    heap_alloc: Option<i64>,
    heap_inuse: Option<i64>,
    heap_idle: Option<i64>,
    heap_released: Option<i64>,
    sys: Option<i64>,
    stack_sys: Option<i64>,
    max_rss: Option<i64>,
    next_gc: Option<i64>,
    last_gc: Option<String>,
    num_gc: Option<i64>,
    pause_total_ns: Option<i64>,
    gc_cpu_fraction: Option<f64>,
}

impl MemoryFacts {
    pub(super) fn of(metrics: &Metrics) -> Self {
        Self {
            total_alloc: metrics.total_alloc,
            heap_alloc: metrics.heap_alloc,
            heap_inuse: metrics.heap_inuse,
            heap_idle: metrics.heap_idle,
            heap_released: metrics.heap_released,
            sys: metrics.sys,
            stack_sys: metrics.stack_sys,
            max_rss: metrics.max_rss,
            next_gc: metrics.next_gc,
            last_gc: metrics.last_gc_nanos.and_then(time),
            num_gc: metrics.gc_count,
            pause_total_ns: metrics.gc_pause_nanos,
            gc_cpu_fraction: metrics.gc_cpu_billionths.map(|billionths| billionths as f64 / 1e9),
        }
    }
}

/// Rates of the runtime during a window.
#[derive(Serialize)]
pub(super) struct WindowRuntime {
    span_ns: i64,
    allocated: FigureEntry,
    gc_cycles: FigureEntry,
    gc_pause_ns: FigureEntry,
}

/// Figure with its source, or the reason why it is absent.
#[derive(Serialize)]
struct FigureEntry {
    amount: Option<i64>,
    per_second: Option<f64>,
    by: Option<&'static str>,
    absent: Option<String>,
}

impl FigureEntry {
    fn of(figure: &Result<MeasuredRate, NoRate>) -> Self {
        let told = figure.as_ref().ok();
        Self {
            amount: told.map(|told| told.share().round() as i64),
            per_second: told.map(MeasuredRate::per_second),
            by: told.map(|told| told.by.word()),
            absent: figure.as_ref().err().map(NoRate::to_string),
        }
    }
}

impl WindowRuntime {
    pub(super) fn of(rates: &Rates) -> Self {
        Self {
            span_ns: rates.span,
            allocated: FigureEntry::of(&rates.allocated),
            gc_cycles: FigureEntry::of(&rates.cycles),
            gc_pause_ns: FigureEntry::of(&rates.pause),
        }
    }
}

/// GC log with its position in the time of the series.
#[derive(Serialize)]
pub(super) struct LogFacts<'a> {
    source: &'a str,
    format: &'static str,
    events: usize,
    passed_over: u64,
    placed: &'static str,
    from: Option<String>,
    to: Option<String>,
    gc_cycles: Option<i64>,
    gc_pause_ns: Option<i64>,
    heap_used_max: Option<i64>,
    rss_max: Option<i64>,
}

impl<'a> LogFacts<'a> {
    pub(super) fn all(subject: &Subject<'a>) -> Vec<Self> {
        let placed = &subject.answer.timeline.activity.placed;
        subject.series().logs().iter().zip(placed).map(|(log, placed)| Self::of(log, placed)).collect()
    }

    fn of(log: &'a GcLog, placed: &PlacedLog) -> Self {
        let sums = LogSums::of(log);
        Self {
            source: log.source.raw(),
            format: log.format,
            events: if log.is_without_collections() { 0 } else { log.events.len() },
            passed_over: log.skipped_lines,
            placed: match placed.how {
                Placement::TimeOfDay => "time-of-day",
                Placement::LastCollection(_) => "last-collection",
                Placement::EndOfSeries => "end-of-series",
                Placement::EvenlySpaced => "steady-beat",
                Placement::Unplaced(_) => "nowhere",
            },
            from: placed.extent.and_then(|(first, _)| time(first)),
            to: placed.extent.and_then(|(_, last)| time(last)),
            gc_cycles: sums.cycles,
            gc_pause_ns: sums.pause,
            heap_used_max: sums.used,
            rss_max: sums.rss,
        }
    }
}
