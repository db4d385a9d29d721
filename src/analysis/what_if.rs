//! Estimate of collections, CPU and peak heap of a Go program under other settings of GOGC and GOMEMLIMIT.
//!
//! Live heap: `NextGC` ÷ (1 + GOGC/100), the mean of a window's ends. Goal: live · (1 + GOGC/100), under a limit at
//! most 0.97 · limit ÷ q, with q = (Sys − `HeapReleased`) ÷ `NextGC` at the window's end: the runtime's memory beside
//! objects grows with the objects, and the runtime keeps 3% of a limit as headroom. Collections a second: allocation
//! rate ÷ (goal − live). CPU of a collection is proportional to the live heap, so that the ratio of CPU is the ratio of
//! collections.

use crate::analysis::account::in_use_bytes;
use crate::analysis::query::Query;
use crate::analysis::rates::Rates;
use crate::analysis::timeline::Timeline;
use crate::base::units::Unit;
use crate::profile::{Measure, MemoryKind, Metrics, Series};

/// Share of a limit that the runtime aims for.
const LIMIT_SHARE: f64 = 0.97;
/// Share of the live heap below which the room for garbage means a spiral.
const SPIRAL_ROOM: f64 = 0.2;
/// Share of the CPUs above which collections mean a spiral.
const SPIRAL_CPU: f64 = 0.25;
/// Least room for garbage in the computation, as a share of the live heap: the runtime exceeds a limit rather than
/// collect without end.
const LEAST_ROOM: f64 = 0.01;
/// Share of the room at which the runtime starts a collection at the latest, when it expects to fall behind. This
/// happens in a spiral, where collections take as much more CPU.
const EARLY_START: f64 = 0.7;
/// Seconds that a collection takes for each live object, as measured; between 55 and 80 ns.
const SECONDS_PER_OBJECT: f64 = 60e-9;

/// Settings to try.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIfRequest {
    /// Values of GOGC; `None` is `off`. Empty to use the value of the window.
    pub gogc: Vec<Option<u32>>,
    /// Values of GOMEMLIMIT in bytes. Empty for no limit.
    pub limits: Vec<i64>,
    /// GOGC of the window.
    pub gogc_now: u32,
    /// CPUs of the process; `None` to use the number in its status.
    pub cpus: Option<f64>,
}

/// Default sampling period of Go's runtime, in bytes.
const USUAL_PERIOD: i64 = 512 << 10;

/// Default GOGC of Go's runtime.
pub const USUAL_GOGC: u32 = 100;

impl WhatIfRequest {
    /// Values of GOGC that are tried by default.
    pub const USUAL: [u32; 5] = [25, 50, 100, 200, 400];

    /// Usual values of GOGC, without a limit.
    pub fn usual() -> Self {
        Self { gogc: Self::USUAL.map(Some).to_vec(), limits: Vec::new(), gogc_now: USUAL_GOGC, cpus: None }
    }
}

/// Reason why there is no estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoWhatIf {
    /// No snapshot has Go's `MemStats`.
    #[error("no MemStats of Go in the window, from which a what-if is computed")]
    NoMetrics,
    /// The `MemStats` lack a required figure.
    #[error("the MemStats have no NextGC, Sys or HeapReleased")]
    Incomplete,
    /// The size of the heap starts no collection: the collector is off.
    #[error("the window has no heap goal: NextGC says that the collector is off")]
    NoGoal,
    /// The figures at the start and the end are of two processes.
    #[error("the process restarted within the window; take a window of one process")]
    Restarted,
}

/// Margins of the measured figures: factors in both directions, or a share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EstimateMargin {
    /// Share by which the peak heap may differ.
    pub peak: f64,
    /// Factor by which collections may differ.
    pub collections: f64,
    /// Factor by which GC CPU may differ.
    pub cpu: f64,
}

/// Margin of settings of GOGC alone, as measured on steady loads.
const BY_GOGC: EstimateMargin = EstimateMargin { peak: 0.10, collections: 1.25, cpu: 2.2 };
/// Margin under a limit.
const BY_LIMIT: EstimateMargin = EstimateMargin { peak: 0.15, collections: 2.0, cpu: 2.5 };

/// Estimate for one combination of settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WhatIfRow {
    /// GOGC; `None` is `off`.
    pub gogc: Option<u32>,
    /// GOMEMLIMIT in bytes.
    pub limit: Option<i64>,
    /// Number of collections in a time, relative to the window as it is.
    pub collections_ratio: f64,
    /// Collections a second; `None` if the allocation rate is not known.
    pub collections: Option<f64>,
    /// CPU of the collector, relative to the window as it is.
    pub gc_cpu_ratio: f64,
    /// CPUs that the collector takes; `None` if those of the window are not known.
    pub gc_cpu: Option<f64>,
    /// Peak of the heap's objects in bytes; `None` without a bound.
    pub peak_heap: Option<i64>,
    /// True if the program would do little but collect (death spiral).
    pub is_spiral: bool,
    /// Margins of the figures.
    pub spread: EstimateMargin,
}

/// Estimate as text: each figure is a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIfWords {
    /// GOGC.
    pub gogc: String,
    /// Collections per second; relative to the window if the allocation rate is not known.
    pub collections: String,
    /// CPU of the collector in CPUs; relative to the window if that of the window is not known.
    pub gc_cpu: String,
    /// Peak of the heap's objects.
    pub peak: String,
    /// Remark; usually empty.
    pub note: String,
}

impl WhatIfRow {
    /// Describes the row in words.
    pub fn words(&self, estimate: &WhatIf) -> WhatIfWords {
        let gogc = self.gogc.map_or_else(|| "off".to_owned(), |gogc| gogc.to_string());
        let Some(peak) = self.peak_heap else {
            let note = match estimate.rate {
                Some(rate) => format!("grows by {}/s until memory is full", Unit::Bytes.long(rate as i64)),
                None => "grows until memory is full".to_owned(),
            };
            let none = || "none".to_owned();
            return WhatIfWords { gogc, collections: none(), gc_cpu: none(), peak: "no bound".to_owned(), note };
        };
        let spread = self.spread;
        let collections = match self.collections {
            Some(rate) => format!("{}/s", range(rate, spread.collections, "")),
            None => range(self.collections_ratio, spread.collections, "×"),
        };
        let gc_cpu = match self.gc_cpu {
            Some(cpu) => format!("{} CPUs", range(cpu, spread.cpu, "")),
            None => range(self.gc_cpu_ratio, spread.cpu, "×"),
        };
        let [low, high] =
            [1.0 - spread.peak, 1.0 + spread.peak].map(|factor| Unit::Bytes.long((peak as f64 * factor) as i64));
        let note = if self.is_spiral { "death spiral: little room for garbage" } else { "" };
        WhatIfWords { gogc, collections, gc_cpu, peak: format!("{low} to {high}"), note: note.to_owned() }
    }
}

/// Range around a figure, with two digits.
fn range(middle: f64, factor: f64, sign: &str) -> String {
    let short = |value: f64| match value {
        value if value >= 10.0 => format!("{value:.0}"),
        value if value >= 1.0 => format!("{value:.1}"),
        value if value >= 0.1 => format!("{value:.2}"),
        value => format!("{value:.3}"),
    };
    format!("{sign}{} to {sign}{}", short(middle / factor), short(middle * factor))
}

/// Source of the collector's CPU in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CpuSource {
    /// The runtime's `GCCPUFraction`.
    Fraction,
    /// The number of live objects.
    Objects,
}

/// Estimate for all combinations.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf {
    /// Live heap in bytes.
    pub live: f64,
    /// Heap goal of the window in bytes.
    pub goal: f64,
    /// Memory of the runtime for each byte of the heap goal.
    pub overhead: f64,
    /// Bytes allocated per second; `None` if not known.
    pub rate: Option<f64>,
    /// CPUs that the collector takes in the window; `None` if not known.
    pub gc_cpu: Option<f64>,
    /// Source of `gc_cpu`.
    pub cpu_source: Option<CpuSource>,
    /// CPUs of the process.
    pub cpus: Option<f64>,
    /// GOGC of the window.
    pub gogc_now: u32,
    /// Number of snapshots whose mean is the live heap: 1 or 2.
    pub ends: usize,
    /// Live heap by the profile, where it is beyond sampling noise above the live heap of the formula: the window's
    /// GOGC is another one, or a limit holds its goal down. `None` where they agree.
    pub held: Option<i64>,
    /// Limit in bytes below which a death spiral begins; `None` if the live heap is not known because of `held`.
    pub spiral_limit: Option<i64>,
    /// Estimates for each GOGC with each limit.
    pub rows: Vec<WhatIfRow>,
}

impl WhatIf {
    /// Computes the estimates for the window and the instance of a query.
    ///
    /// # Errors
    /// [`NoWhatIf`] when the window lacks the figures.
    pub fn of(series: &Series, timeline: &Timeline, query: &Query, request: &WhatIfRequest) -> Result<Self, NoWhatIf> {
        let metrics = |at: usize| series.snapshots()[at].header.metrics;
        let members = |instance| query.window.members(series, instance).filter_map(|at| Some((at, metrics(at)?)));
        // The figures are of one process: of several instances that of the last snapshot, as in the account.
        let newest = members(query.instance).next_back();
        let instance = newest.map(|(at, _)| series.snapshots()[at].membership.instance);
        let query = &Query { instance, ..query.clone() };
        let told: Vec<(usize, Metrics)> = members(instance).collect();
        let [(first, start), .., (last, end)] = told.as_slice() else {
            return match told.as_slice() {
                [(at, only)] => Self::between(series, timeline, query, [(*at, only), (*at, only)], request),
                _ => Err(NoWhatIf::NoMetrics),
            };
        };
        if timeline.process(*first) != timeline.process(*last) {
            return Err(NoWhatIf::Restarted);
        }
        Self::between(series, timeline, query, [(*first, start), (*last, end)], request)
    }

    fn between(
        series: &Series,
        timeline: &Timeline,
        query: &Query,
        ends: [(usize, &Metrics); 2],
        request: &WhatIfRequest,
    ) -> Result<Self, NoWhatIf> {
        let [(first, start), (last, end)] = ends;
        let goals = [start, end].map(|metrics| metrics.next_gc.filter(|goal| *goal > 0));
        let ([Some(from), Some(to)], Some(sys), Some(released)) = (goals, end.sys, end.heap_released) else {
            return Err(NoWhatIf::Incomplete);
        };
        // A collector that is off has the largest number as its goal.
        if from.max(to) > i64::MAX / 4 {
            return Err(NoWhatIf::NoGoal);
        }
        let goal = f64::midpoint(from as f64, to as f64);
        let live = goal / (1.0 + f64::from(request.gogc_now) / 100.0);
        let held = held_beyond(series, last, to as f64 * live / goal);
        let overhead = (sys.saturating_sub(released)).max(1) as f64 / to as f64;
        let status = |at: usize| series.snapshots()[at].header.memory.as_ref()?.resident.cpus;
        let cpus = request.cpus.or_else(|| status(last).or_else(|| status(first)).map(|cpus| cpus as f64));
        let rates = Rates::of(series, timeline, query.window, query.instance);
        let rate = rates.allocated.as_ref().ok().map(super::rates::MeasuredRate::per_second).filter(|rate| *rate > 0.0);
        let now = rate.map(|rate| rate / room(goal, live));
        let fraction = end.gc_cpu_billionths.map(|billionths| billionths as f64 / 1e9).zip(cpus);
        let by_fraction = fraction.map(|(fraction, cpus)| (fraction * cpus, CpuSource::Fraction));
        let by_objects = || {
            let collections = now?;
            Some((collections * SECONDS_PER_OBJECT * objects(series, last)?, CpuSource::Objects))
        };
        let gc_cpu = by_fraction.or_else(by_objects);
        let mut estimate = Self {
            live,
            goal,
            overhead,
            rate,
            gc_cpu: gc_cpu.map(|(cpu, _)| cpu),
            cpu_source: gc_cpu.map(|(_, source)| source),
            cpus,
            gogc_now: request.gogc_now,
            ends: if first == last { 1 } else { 2 },
            held,
            spiral_limit: held.is_none().then_some((live * (1.0 + SPIRAL_ROOM) * overhead / LIMIT_SHARE) as i64),
            rows: Vec::new(),
        };
        let own = [Some(request.gogc_now)];
        let gogc = if request.gogc.is_empty() { &own[..] } else { &request.gogc };
        let limits: Vec<Option<i64>> = match request.limits.as_slice() {
            [] => vec![None],
            limits => limits.iter().copied().map(Some).collect(),
        };
        for gogc in gogc {
            estimate.rows.extend(limits.iter().map(|limit| estimate.row(*gogc, *limit)).collect::<Vec<_>>());
        }
        Ok(estimate)
    }

    /// Estimate for one combination.
    fn row(&self, gogc: Option<u32>, limit: Option<i64>) -> WhatIfRow {
        let by_gogc = gogc.map(|gogc| self.live * (1.0 + f64::from(gogc) / 100.0));
        let by_limit = limit.map(|limit| LIMIT_SHARE * limit as f64 / self.overhead);
        let is_limited = by_limit.is_some_and(|limit| by_gogc.is_none_or(|goal| limit < goal));
        let spread = if is_limited { BY_LIMIT } else { BY_GOGC };
        let Some(goal) = (if is_limited { by_limit } else { by_gogc }) else {
            // Without GOGC and without a limit, nothing starts a collection.
            return WhatIfRow {
                gogc,
                limit,
                collections_ratio: 0.0,
                collections: Some(0.0),
                gc_cpu_ratio: 0.0,
                gc_cpu: Some(0.0),
                peak_heap: None,
                is_spiral: false,
                spread,
            };
        };
        let ratio = room(self.goal, self.live) / room(goal, self.live);
        let is_tight = goal - self.live < SPIRAL_ROOM * self.live;
        let gc_cpu_ratio = if is_tight { ratio / EARLY_START } else { ratio };
        let gc_cpu = self.gc_cpu.map(|now| now * gc_cpu_ratio);
        let is_busy = gc_cpu.zip(self.cpus).is_some_and(|(cpu, cpus)| cpu > cpus * SPIRAL_CPU);
        WhatIfRow {
            gogc,
            limit,
            collections_ratio: ratio,
            collections: self.rate.map(|rate| rate / room(goal, self.live)),
            gc_cpu_ratio,
            gc_cpu,
            peak_heap: Some(goal.max(self.live * (1.0 + LEAST_ROOM)).round() as i64),
            is_spiral: is_tight || is_busy,
            spread,
        }
    }

    /// Sentence about a live heap that the formula cannot have; `None` where formula and profile agree.
    pub fn contradiction(&self) -> Option<String> {
        let held = Unit::Bytes.long(self.held?);
        let (live, gogc) = (Unit::Bytes.long(self.live as i64), self.gogc_now);
        Some(format!(
            "the profile holds {held} live, more than the {live} of a goal with GOGC {gogc}: the window has another GOGC, \
             or its GOMEMLIMIT holds the goal down; the estimates are too low"
        ))
    }

    /// Assumptions, and the figures that the estimate is based on, a sentence each.
    pub fn assumptions(&self) -> Vec<String> {
        let bytes = |value: f64| Unit::Bytes.long(value as i64);
        let mut lines = vec![
            "the load stays as it is: the same rate, the same live heap, the same sizes of objects".to_owned(),
            format!(
                "live heap {}: NextGC ÷ (1 + GOGC/100) with GOGC {}, {}; the MemStats do not hold GOGC",
                bytes(self.live),
                self.gogc_now,
                if self.ends == 1 { "of one snapshot" } else { "the mean of the window's ends" },
            ),
            format!(
                "under a limit the heap goal is 0.97 · limit ÷ {:.2}, the runtime's memory for each byte of NextGC",
                self.overhead
            ),
            "stacks and globals add their own size times GOGC/100 to a goal, and are taken as small".to_owned(),
        ];
        lines.push(match (self.cpu_source, self.gc_cpu) {
            (Some(CpuSource::Fraction), Some(cpu)) => {
                format!("GC CPU now {cpu:.3} CPUs: GCCPUFraction, a mean since the process began, without idle marking")
            }
            (Some(CpuSource::Objects), Some(cpu)) => {
                format!("GC CPU now {cpu:.3} CPUs: about 60 ns for each live object and collection")
            }
            _ => "GC CPU only as a ratio: neither the CPUs of the process nor its rate are known".to_owned(),
        });
        lines
    }
}

/// Room for garbage between two collections.
fn room(goal: f64, live: f64) -> f64 {
    (goal - live).max(live * LEAST_ROOM).max(1.0)
}

/// In-use bytes of a snapshot's profile, if they are more than `live` beyond sampling noise. Sampling once per R bytes
/// gives a total a variance of at most R times the total, whatever the sizes of objects.
fn held_beyond(series: &Series, snapshot: usize, live: f64) -> Option<i64> {
    let held = in_use_bytes(series, snapshot)?;
    let header = &series.snapshots()[snapshot].header;
    let is_known = header.period_type.measure() == Measure::Space && header.period > 0;
    let period = if is_known { header.period } else { USUAL_PERIOD };
    let sigma = (held as f64 * period as f64).sqrt();
    (held as f64 - 2.0 * sigma > live).then_some(held)
}

/// Objects in use by a snapshot's profile.
fn objects(series: &Series, snapshot: usize) -> Option<f64> {
    let counted =
        series.roles().iter().position(|role| (role.kind, role.measure) == (MemoryKind::InUse, Measure::Objects))?;
    Some(series.snapshots()[snapshot].totals[counted] as f64).filter(|count| *count > 0.0)
}
