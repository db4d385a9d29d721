//! Texts about memory that the runtime reports beside the profile: figures of a snapshot, the share that the profile
//! explains, events in the windows, and the placement of logs.

use crate::analysis::activity::{PlacedLog, Placement};
use crate::analysis::rates::Rates;
use crate::analysis::{Answer, BaseInstance, NoRate, WindowSum};
use crate::base::units::{Unit, commas, percent};
use crate::profile::{GcLog, Measure, MemoryKind, Metrics, Series, Snapshot};

/// Memory in use by a profile against the runtime's own count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeapCoverage {
    /// Bytes in use by the profile.
    pub profile: i64,
    /// Bytes that the runtime had allocated and not yet swept.
    pub heap: i64,
}

impl HeapCoverage {
    /// Coverage of a snapshot's `HeapAlloc` by its profile; `None` if either is not known.
    pub fn of(series: &Series, snapshot: usize) -> Option<Self> {
        let held =
            series.roles().iter().position(|role| (role.kind, role.measure) == (MemoryKind::InUse, Measure::Space))?;
        let snapshot = &series.snapshots()[snapshot];
        let heap = snapshot.header.metrics?.heap_alloc.filter(|heap| *heap > 0)?;
        Some(Self { profile: i64::try_from(snapshot.totals[held]).ok()?, heap })
    }
}

impl std::fmt::Display for HeapCoverage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [profile, heap] = [self.profile, self.heap].map(|bytes| Unit::Bytes.long(bytes));
        write!(f, "this profile explains {profile} of {heap} HeapAlloc ({})", percent(self.profile, self.heap))
    }
}

/// Known figures of a runtime, under two headings.
pub fn figures(metrics: &Metrics) -> Vec<(&'static str, String)> {
    let bytes = |name, figure: Option<i64>| figure.map(|figure| format!("{name} {}", Unit::Bytes.long(figure)));
    let memory = [
        bytes("HeapAlloc", metrics.heap_alloc),
        bytes("HeapInuse", metrics.heap_inuse),
        bytes("HeapIdle", metrics.heap_idle),
        bytes("HeapReleased", metrics.heap_released),
        bytes("Sys", metrics.sys),
        bytes("StackSys", metrics.stack_sys),
        bytes("MaxRSS", metrics.max_rss),
    ];
    let share = |billionths: i64| format!("GCCPUFraction {}", percent(billionths, 1_000_000_000));
    let collector = [
        metrics.gc_count.map(|count| format!("NumGC {}", commas(count))),
        metrics.gc_pause_nanos.map(|nanos| format!("PauseTotalNs {}", Unit::Nanoseconds.long(nanos))),
        metrics.gc_cpu_billionths.map(share),
        bytes("NextGC", metrics.next_gc),
    ];
    let line = |said: &[Option<String>]| said.iter().flatten().cloned().collect::<Vec<_>>().join(", ");
    let heads = [("memory", line(&memory)), ("GC", line(&collector))];
    heads.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

/// Runtime figures and rates of an answer's windows, one line each with its heading.
pub fn lines(answer: &Answer) -> Vec<(&'static str, String)> {
    let (series, query) = (&answer.series, &answer.query);
    let mut lines = Vec::new();
    // Of several snapshots with figures the last is taken: it is the most recent.
    let said = |at: &usize| series.snapshots()[*at].header.metrics.is_some();
    if let Some(at) = query.window.snapshots().rev().find(said)
        && let Some(metrics) = &series.snapshots()[at].header.metrics
    {
        lines.extend(figures(metrics));
    }
    let name = if query.base.is_some() { "B" } else { "window" };
    let rates = rates_of_base(answer).map(|rates| ("A", rates)).into_iter().chain([(name, rates_of_window(answer))]);
    let rates: Vec<(&str, Rates)> = rates.collect();
    // Without a log and without figures of a runtime, missing rates are not worth a line.
    if is_expected(answer) || rates.iter().any(|(_, rates)| rates.has_rate()) {
        lines.extend(rates.into_iter().map(|(name, rates)| (name, full(&rates))));
    }
    lines
}

/// Returns true if the series has a log or figures of a runtime.
fn is_expected(answer: &Answer) -> bool {
    let says = |snapshot: &Snapshot| snapshot.header.metrics.is_some();
    !answer.series.logs().is_empty() || answer.series.snapshots().iter().any(says)
}

/// Rates of the runtime in both windows of a comparison, those of A first; without an instance, of all instances
/// together. `None` if neither window has rates, if one lacks them and the series has no log and no figures of a
/// runtime, if the base is the median of instances, or if the sides have different filters: rates are of whole
/// processes, not of the part that the filters of a side keep.
pub fn compared(answer: &Answer) -> Option<[Rates; 2]> {
    if !answer.query.base_filters.is_empty() {
        return None;
    }
    let rates = [rates_of_base(answer)?, rates_of_window(answer)];
    let told = rates.iter().filter(|rates| rates.has_rate()).count();
    (told == 2 || told == 1 && is_expected(answer)).then_some(rates)
}

/// Rates in the base, per instance if its figures are; `None` without a base, and if the base is the median of instances.
pub fn rates_of_base(answer: &Answer) -> Option<Rates> {
    let query = &answer.query;
    let base = query.base.filter(|_| query.base_instance != BaseInstance::Median)?;
    let rates = Rates::of(&answer.series, &answer.timeline, base, query.instance_of_base());
    let sum = answer.base.as_ref()?.window_sums.get(query.sample_type)?;
    Some(rates.divided(sum.instance_divisor()))
}

/// Rates in the window, per instance if its figures are.
pub fn rates_of_window(answer: &Answer) -> Rates {
    let rates = Rates::of(&answer.series, &answer.timeline, answer.query.window, answer.query.instance);
    rates.divided(answer.window_sums.get(answer.query.sample_type).map_or(1.0, WindowSum::instance_divisor))
}

/// Rates of a window, and the reasons why others are absent.
fn full(rates: &Rates) -> String {
    let reason = |what: &str, why: NoRate| format!("; {what} unknown: {why}");
    let mut line = rates.line();
    match (&rates.allocated, &rates.cycles) {
        _ if !rates.has_rate() => line.insert_str(0, "rates are unknown: "),
        (Err(why), _) => line.push_str(&reason("what was allocated is", *why)),
        (Ok(_), Err(why)) => line.push_str(&reason("collections are", *why)),
        (Ok(_), Ok(_)) => {}
    }
    line
}

/// Placement of a log in one sentence.
pub fn placed(log: &GcLog, placed: &PlacedLog) -> String {
    let (name, events) = (log.source.shown(), log.events.len());
    let file = name.rsplit('/').next().unwrap_or(name);
    let how = match &placed.how {
        Placement::TimeOfDay if log.is_local => {
            "is placed by the times of day in its lines, which name no zone and are read as local times".to_owned()
        }
        Placement::TimeOfDay => "is placed by the times of day in its lines".to_owned(),
        Placement::LastCollection(number) => {
            format!("counts from its program's start; it is placed by collection {number}, which a snapshot names as its last")
        }
        Placement::EndOfSeries => {
            "counts from its program's start, and is assumed to end with the last snapshot; times of day in its lines would \
             place it exactly"
                .to_owned()
        }
        Placement::EvenlySpaced => {
            "has no times; its lines are assumed to be evenly spaced over the time of the snapshots, up to the last one"
                .to_owned()
        }
        Placement::Unplaced(why) => format!("cannot be placed in time: {why}"),
    };
    let events = match events as i64 {
        _ if log.is_without_collections() => "no collection".to_owned(),
        0 => format!("{} of them", log.counter.as_ref().map_or(0, |counter| counter.lines.len())),
        1 => "1 event".to_owned(),
        events => format!("{} events", commas(events)),
    };
    let sentence = format!("{file} ({}, {events}) {how}", log.format);
    if placed.left_out == 0 || matches!(placed.how, Placement::Unplaced(_)) {
        return sentence;
    }
    let left = commas(placed.left_out as i64);
    format!("{sentence}; {left} events of other runs or without a time are left out")
}
