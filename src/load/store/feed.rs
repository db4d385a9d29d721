//! Feed of a store: its client, and the profiles that it listed.

use std::sync::Arc;

use super::choice::{TypeChoice, choices};
use super::counts::{Allocations, ProcessNumbers, allocations, growth, interval, sum, within};
use super::fetch::{MergeJob, MergeSign, fetch};
use super::plan::{StorePlan, StoreRanges, StoreShape, StoreSide, duration, longer_step};
use crate::base::safe_text::{Text, safe_str};
use crate::base::time::UtcTime;
use crate::base::units::Unit;
use crate::format::{self, FormatError, ReadContext, Threads};
use crate::load::{LoadContext, Reason};
use crate::profile::{Header, Input, Profile, SampleType, Series, StoreMerge, Warning, WarningKind};
use crate::source::http::{CancelCheck, now_millis};
use crate::source::{
    ProcessSeries, SourceError, Store, StoreClient, StoreError, StoreKind, StoreTraffic, StoreType, TimeRange,
    with_label,
};
use crate::symbolize::Symbolizer;

/// Requests before the merges: types, labels, totals of two types.
const LISTING: usize = 4;
/// Nanoseconds of a millisecond.
const NANOS: i64 = 1_000_000;
/// Least bytes of an answer that is a profile with samples.
const LEAST_BYTES: usize = 16;
/// Age in milliseconds from which on stores may move the begin of a range without a word.
const CLAMPED_AGE: i64 = 7 * 86_400_000;

/// Inputs of a feed.
#[derive(Clone, Copy)]
pub(in crate::load) struct FeedInput<'a> {
    pub(in crate::load) store: &'a Store,
    pub(in crate::load) plan: &'a StorePlan,
    pub(in crate::load) side: StoreSide,
    /// Number of the source among all.
    pub(in crate::load) number: u32,
    /// Feed of the same store for the other side, whose client is used again.
    pub(in crate::load) known: Option<&'a StoreFeed>,
}

/// Snapshot that is about to be loaded.
#[derive(Clone, Debug)]
struct SnapshotPart {
    range: TimeRange,
    /// Value of the instance label; empty for all.
    instance: String,
    selector: String,
    /// Number of profiles, and the sum of those of the counted type.
    profiles: u64,
    expected: f64,
}

/// Loaded store with the profiles that it listed. Live mode asks it for further steps.
#[derive(Debug)]
pub struct StoreFeed {
    store: Store,
    client: Arc<StoreClient>,
    number: u32,
    plan: StorePlan,
    side: StoreSide,
    choice: TypeChoice,
    labels: Vec<String>,
    selector: String,
    ranges: StoreRanges,
    processes: Vec<ProcessSeries>,
    /// Profiles of the type with what was allocated, if those are counters.
    counters: Option<Vec<ProcessSeries>>,
    numbers: ProcessNumbers,
    interval: i64,
    warnings: Vec<Warning>,
}

impl StoreFeed {
    /// Lists the profiles of a store and decides what is loaded.
    pub(in crate::load) fn open(input: &FeedInput<'_>, context: &LoadContext) -> Result<Self, StoreError> {
        let FeedInput { store, plan, side, number, known } = *input;
        let ranges = StoreRanges::new(store, plan, side, now_millis())?;
        let query = store.query().ok_or(StoreError::NoQuery)?;
        ranges.check_requests(LISTING, 2, plan.most_requests)?;
        let client = if let Some(known) = known.filter(|known| known.store == *store) {
            Arc::clone(&known.client)
        } else {
            let watched = Arc::clone(&context.progress);
            let is_cancelled: CancelCheck = Arc::new(move || watched.is_cancelled());
            // Decoded profiles take several times the bytes of an answer.
            let most = context.options.limits.input.min(context.budget.left() / 4);
            Arc::new(StoreClient::new(store, most, is_cancelled)?)
        };
        let selector = match (&plan.instance, store.instance()) {
            (Some(name), Some(label)) => with_label(query, label, name),
            _ => query.to_owned(),
        };
        let (types, labels) = std::thread::scope(|scope| {
            let labels = scope.spawn(|| client.label_names(&selector, ranges.all));
            let types = client.types(&selector, ranges.all);
            let labels = labels.join().unwrap_or(Err(StoreError::Cut("a thread ended")));
            (types, labels)
        });
        let types = types?;
        if types.is_empty() {
            return Err(no_data(query, ranges.all));
        }
        let mut feed = Self {
            store: store.clone(),
            client,
            number,
            plan: plan.clone(),
            side,
            choice: TypeChoice { primary: 0, types: types.clone(), roles: Vec::new() },
            labels: labels?,
            selector,
            ranges,
            processes: Vec::new(),
            counters: None,
            numbers: ProcessNumbers::default(),
            interval: 0,
            warnings: Vec::new(),
        };
        feed.choose(&types)?;
        feed.understand(&types)?;
        feed.prepare()?;
        Ok(feed)
    }

    /// Chooses the profiler with most bytes, and lists its profiles.
    fn choose(&mut self, types: &[StoreType]) -> Result<(), StoreError> {
        let mut best: Option<(f64, TypeChoice, Vec<ProcessSeries>)> = None;
        let mut others = Vec::new();
        for choice in choices(types, &self.plan)? {
            let found = self.totals(choice.primary(), self.ranges.all)?;
            if found.is_empty() {
                continue;
            }
            let held: f64 = found.iter().flat_map(|process| &process.points).map(|point| point.value).sum();
            let is_better = best.as_ref().is_none_or(|(known, ..)| held > *known);
            if is_better {
                others.extend(best.take().map(|(_, choice, _)| choice));
                best = Some((held, choice, found));
            } else {
                others.push(choice);
            }
        }
        let Some((_, choice, processes)) = best else { return Err(no_data(&self.selector, self.ranges.all)) };
        for other in others {
            let text = format!("another profiler has profiles too, which are not added: `{}`", other.primary().id);
            self.warnings.push(Warning::new(WarningKind::OtherHeap, text));
        }
        (self.choice, self.processes) = (choice, processes);
        Ok(())
    }

    fn totals(&self, store_type: &StoreType, range: TimeRange) -> Result<Vec<ProcessSeries>, StoreError> {
        self.client.totals(store_type, &self.selector, &self.labels, range)
    }

    /// Finds out the interval of the profiles, and what the allocated types mean.
    fn understand(&mut self, types: &[StoreType]) -> Result<(), StoreError> {
        self.interval = interval(&self.processes).unwrap_or(self.ranges.step);
        if self.ranges.is_usual_step && self.interval > self.ranges.step {
            let step = longer_step(self.interval);
            self.ranges = self.ranges.clone().with_step(step)?;
        }
        let Some(allocated) = self.choice.allocated().cloned() else {
            self.explain_missing(types);
            return Ok(());
        };
        let is_primary = allocated == *self.choice.primary();
        // A counter's growth begins with a profile before the range.
        let reach = TimeRange { after: self.ranges.all.after - 2 * self.interval - 1_000, ..self.ranges.all };
        let found = self.totals(&allocated, TimeRange { after: reach.after.max(1), ..reach })?;
        let meaning = if allocated.is_delta { Allocations::Changes } else { allocations(&found) };
        let meaning = match (meaning, self.store.kind()) {
            (Allocations::Unknown, kind) => {
                let assumed = if kind == StoreKind::Parca { Allocations::Counters } else { Allocations::Changes };
                let words = if assumed == Allocations::Counters { "counts since the process began" } else { "changes" };
                self.warn(format!("too few profiles to tell what `alloc_*` means: taken as {words}"));
                assumed
            }
            (known, _) => known,
        };
        if meaning == Allocations::Changes {
            return Ok(());
        }
        if self.plan.shape == StoreShape::Windows {
            self.counters = Some(found);
            self.warn(
                "`alloc_*` counts since each process began: its growth is last less first of each process".to_owned(),
            );
            return Ok(());
        }
        if is_primary {
            // Only windows have a growth.
            self.plan.shape = StoreShape::Windows;
            self.ranges = StoreRanges { parts: vec![self.ranges.all], ..self.ranges.clone() };
            self.counters = Some(found);
            self.warn(
                "`alloc_*` counts since each process began, and has a growth over a whole window only".to_owned(),
            );
        } else if let Some(choice) = self.choice.clone().without_allocated() {
            self.choice = choice;
            self.warn(
                "`alloc_*` counts since each process began and is not loaded by steps; a report of `alloc_space` has its growth"
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// Says why a service has no allocated types in Pyroscope's older storage.
    fn explain_missing(&mut self, types: &[StoreType]) {
        let has = |name: &str| types.iter().any(|one| one.sample_type == name);
        if self.store.kind() == StoreKind::Pyroscope && has("inuse_space") && !has("alloc_space") {
            self.warn(
                "it has no `alloc_*`: Pyroscope's older storage makes changes of counters, and loses those of Go"
                    .to_owned(),
            );
        }
    }

    /// Checks the number of requests, and notes what the ranges say.
    fn prepare(&mut self) -> Result<(), StoreError> {
        let types = self.choice.types.len();
        let pair = self.choice.clone().without_allocated();
        if self.ranges.check_requests(LISTING, types, self.plan.most_requests).is_err()
            && let Some(pair) = pair.filter(|pair| pair.types.len() < types)
        {
            self.choice = pair;
            self.warn("`alloc_*` is not loaded: it would take more requests than are made".to_owned());
        }
        self.ranges.check_requests(LISTING, self.choice.types.len(), self.plan.most_requests)?;
        let TimeRange { after, until } = self.ranges.all;
        if self.ranges.is_snapped {
            let step = duration(self.ranges.step);
            self.warn(format!("widened to whole steps of {step}: {} to {}", clock(after), clock(until)));
        }
        let first = self.processes.iter().filter_map(|process| process.points.first()).map(|point| point.millis).min();
        let is_late = first.is_some_and(|first| first > after + 2 * self.interval + self.ranges.step);
        if is_late && now_millis() - after > CLAMPED_AGE {
            let first = first.map(clock).unwrap_or_default();
            self.warn(format!("nothing before {first}: stores drop old profiles and begin later without a word"));
        }
        Ok(())
    }

    fn warn(&mut self, text: String) {
        self.warnings.push(Warning::new(WarningKind::Store, text));
    }

    fn warn_incomplete(&mut self, text: String) {
        self.warnings.push(Warning::new(WarningKind::Incomplete, text));
    }

    /// Requests and bytes so far.
    pub fn traffic(&self) -> StoreTraffic {
        self.client.traffic()
    }

    /// Length of a step in milliseconds.
    pub fn step_millis(&self) -> i64 {
        self.ranges.step
    }

    /// Takes the warnings about the store.
    pub(in crate::load) fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// Returns true if the feed is of this store.
    pub(in crate::load) fn is_of(&self, store: &Store) -> bool {
        self.store == *store
    }

    /// Side of the snapshots.
    fn input(&self) -> Input {
        if self.side == StoreSide::Current { Input::Current } else { Input::Base }
    }

    /// Loads all parts into a series, which is made if there is none. It is not usable after an error.
    pub(in crate::load) fn load(
        &mut self,
        series: &mut Option<Series>,
        context: &LoadContext,
        symbolizer: &mut Symbolizer<'_>,
    ) -> Result<(), Reason> {
        let parts = self.parts();
        let parts = self.within_limit(parts);
        self.load_parts(&parts, series, context, symbolizer)
    }

    /// Loads the steps that ended since the last load; returns their number.
    pub(in crate::load) fn follow(
        &mut self,
        series: &mut Option<Series>,
        context: &LoadContext,
        symbolizer: &mut Symbolizer<'_>,
    ) -> Result<usize, Reason> {
        let after = self.ranges.all.until;
        let step = self.ranges.step.max(1);
        let until = after + (now_millis() - after).div_euclid(step) * step;
        // A range with an end has no new steps, and a window over all of it has none either.
        let is_closed = self.store.bounds()[1].is_some() || self.plan.shape == StoreShape::Windows;
        if until <= after || is_closed {
            return Ok(0);
        }
        let new = TimeRange { after, until };
        let found = self.totals(self.choice.primary(), new).map_err(SourceError::from)?;
        let count = (new.millis() / step).min(self.plan.most_requests as i64);
        let first = until - count * step;
        let parts = (0..count).map(|index| first + index * step);
        self.ranges.parts = parts.map(|after| TimeRange { after, until: after + step }).collect();
        self.ranges.all.until = until;
        self.processes = found;
        let parts = self.parts();
        let parts = self.within_limit(parts);
        let count = parts.len();
        self.load_parts(&parts, series, context, symbolizer)?;
        Ok(count)
    }

    /// Parts that become snapshots: each range, or each instance in each range.
    fn parts(&self) -> Vec<SnapshotPart> {
        let label = self.store.instance().filter(|_| self.plan.instance.is_none());
        let mut names: Vec<&str> = match label {
            Some(label) => self.processes.iter().map(|process| process.label(label)).collect(),
            None => vec![""],
        };
        names.sort_unstable();
        names.dedup();
        let mut parts = Vec::new();
        for range in &self.ranges.parts {
            for name in &names {
                let processes = self.of_instance(name);
                let profiles: usize = processes.iter().map(|process| within(&process.points, *range).len()).sum();
                // A pod that did not live in the range is no part of it.
                if profiles == 0 && label.is_some() {
                    continue;
                }
                let selector = match label {
                    Some(label) => with_label(&self.selector, label, name),
                    None => self.selector.clone(),
                };
                let instance = self.plan.instance.clone().unwrap_or_else(|| (*name).to_owned());
                let (profiles, expected) = (profiles as u64, sum(&processes, *range));
                parts.push(SnapshotPart { range: *range, instance, selector, profiles, expected });
            }
        }
        parts
    }

    /// Processes of an instance; all of them for an empty name.
    fn of_instance(&self, name: &str) -> Vec<&ProcessSeries> {
        let label = self.store.instance().filter(|_| self.plan.instance.is_none());
        let is_of = |process: &&ProcessSeries| label.is_none_or(|label| process.label(label) == name);
        self.processes.iter().filter(is_of).collect()
    }

    /// Parts that fit the number of requests. Of instances, those are kept whose total is farthest from the median.
    fn within_limit(&mut self, mut parts: Vec<SnapshotPart>) -> Vec<SnapshotPart> {
        let room = self.plan.most_requests.saturating_sub(LISTING) / self.choice.types.len().max(1);
        if parts.len() <= room || self.store.instance().is_none() {
            return parts;
        }
        if self.ranges.parts.len() > 1 {
            // Steps of every instance are too many: each instance is one snapshot over all of the time.
            self.ranges.parts = vec![self.ranges.all];
            parts = self.parts();
            let label = safe_str(self.store.instance().unwrap_or_default()).into_owned();
            self.warn(format!(
                "a snapshot for each `{label}` over all of the time, since steps of each would take more requests than are made"
            ));
        }
        if parts.len() > room {
            let mut values: Vec<f64> = parts.iter().map(|part| part.expected).collect();
            values.sort_by(f64::total_cmp);
            let median = values[values.len() / 2];
            let distance = |part: &SnapshotPart| (part.expected - median).abs();
            parts.sort_by(|one, other| distance(other).total_cmp(&distance(one)));
            let left = parts.len() - room;
            parts.truncate(room);
            self.warn_incomplete(format!(
                "{left} instances near the median are left out: they would take more requests than are made"
            ));
        }
        parts
    }

    fn load_parts(
        &mut self,
        parts: &[SnapshotPart],
        series: &mut Option<Series>,
        context: &LoadContext,
        symbolizer: &mut Symbolizer<'_>,
    ) -> Result<(), Reason> {
        let mut jobs = Vec::new();
        let first = series.as_ref().map_or(0, |series| series.snapshots().len());
        for (index, part) in parts.iter().enumerate() {
            self.add_snapshot(part, series, context)?;
            self.jobs(index, part, &mut jobs);
        }
        let Some(series) = series else { return Ok(()) };
        let client = Arc::clone(&self.client);
        let types = self.choice.types.clone();
        let mut sums = vec![0_i128; parts.len()];
        let mut is_cut = false;
        fetch(&client, &types, &jobs, |job, bytes| -> Result<(), Reason> {
            let mut room = LoadContext { budget: series.budget().clone(), ..context.clone() };
            let Some(mut profile) = read(bytes, &mut room)? else { return Ok(()) };
            let store_type = &types[job.store_type];
            profile.header.sample_types = vec![SampleType::new(&store_type.sample_type, &store_type.unit)];
            if job.store_type == self.choice.primary {
                sums[job.snapshot] += profile.header.totals.first().copied().unwrap_or(0);
            }
            if job.sign == MergeSign::Subtracted {
                profile
                    .samples
                    .values
                    .iter_mut()
                    .try_for_each(|values| values.scale(-1, &mut room.budget))
                    .map_err(FormatError::from)?;
                profile.header.totals.iter_mut().for_each(|total| *total = total.saturating_neg());
            }
            is_cut |= has_cut_stacks(&profile);
            symbolizer.symbolize(&mut profile, &mut room.budget).map_err(FormatError::from)?;
            series.join(profile, first + job.snapshot)?;
            Ok(())
        })?;
        self.check_sums(parts, &sums);
        if is_cut {
            self.warn_incomplete("the store cut stacks: the function `other` stands for what it left out".to_owned());
        }
        Ok(())
    }

    /// Adds an empty snapshot for a part.
    fn add_snapshot(
        &mut self,
        part: &SnapshotPart,
        series: &mut Option<Series>,
        context: &LoadContext,
    ) -> Result<(), Reason> {
        let label = self.store.instance().filter(|_| self.plan.instance.is_none());
        let is_of = |process: &&ProcessSeries| label.is_none_or(|label| process.label(label) == part.instance);
        let processes: Vec<&ProcessSeries> = self.processes.iter().filter(is_of).collect();
        let merge = StoreMerge {
            profiles: part.profiles,
            span_nanos: part.range.millis().saturating_mul(NANOS),
            interval_nanos: self.interval.saturating_mul(NANOS),
            by_process: self.numbers.counts(&processes, part.range),
            instance: Text::from(part.instance.as_str()),
            source: self.number,
        };
        let types: Vec<SampleType> =
            self.choice.types.iter().map(|one| SampleType::new(&one.sample_type, &one.unit)).collect();
        let header = Header {
            source: Text::from(self.store.shown()),
            format: "pprof",
            time_nanos: part.range.after.saturating_mul(NANOS),
            period_type: SampleType::new("space", "bytes"),
            totals: vec![0; types.len()],
            sample_types: types,
            merge: Some(merge),
            ..Header::default()
        };
        match series {
            Some(series) => series.add_merge(header, self.input())?,
            None => *series = Some(Series::of_merge(header, context.budget.clone(), self.input())?),
        }
        Ok(())
    }

    /// Merges that make up a part.
    fn jobs(&self, snapshot: usize, part: &SnapshotPart, jobs: &mut Vec<MergeJob>) {
        if part.profiles == 0 {
            return;
        }
        for store_type in 0..self.choice.types.len() {
            match &self.counters {
                Some(counters) if self.choice.is_allocated(store_type) => {
                    self.counter_jobs(snapshot, store_type, part, counters, jobs);
                }
                _ => jobs.push(MergeJob {
                    snapshot,
                    store_type,
                    selector: part.selector.clone(),
                    range: part.range,
                    sign: MergeSign::Added,
                }),
            }
        }
    }

    /// Merges of single profiles that make up the growth of counters, the largest growth first.
    fn counter_jobs(
        &self,
        snapshot: usize,
        store_type: usize,
        part: &SnapshotPart,
        counters: &[ProcessSeries],
        jobs: &mut Vec<MergeJob>,
    ) {
        let label = self.store.instance().filter(|_| self.plan.instance.is_none());
        let is_of = |process: &&ProcessSeries| label.is_none_or(|label| process.label(label) == part.instance);
        let grown = |process: &'_ ProcessSeries| {
            let found = growth(&process.points, part.range, self.interval)?;
            let own = |selector: String, (name, value): &(String, String)| {
                if name.starts_with("__") { selector } else { with_label(&selector, name, value) }
            };
            Some((found, process.labels.iter().fold(self.selector.clone(), own)))
        };
        let mut grown: Vec<_> = counters.iter().filter(is_of).filter_map(grown).collect();
        grown.sort_by(|(one, _), (other, _)| other.value.total_cmp(&one.value));
        for (found, selector) in grown {
            let points = found.added.iter().map(|point| (point, MergeSign::Added));
            for (point, sign) in points.chain(found.subtracted.iter().map(|point| (point, MergeSign::Subtracted))) {
                if jobs.len() + LISTING < self.plan.most_requests {
                    let range = self.client.instant(point);
                    jobs.push(MergeJob { snapshot, store_type, selector: selector.clone(), range, sign });
                }
            }
        }
    }

    /// Says how much merges differ from the profiles that are listed.
    fn check_sums(&mut self, parts: &[SnapshotPart], sums: &[i128]) {
        if self.counters.is_some() && self.choice.is_allocated(self.choice.primary) {
            return;
        }
        let unit = Unit::of(&self.choice.primary().unit);
        let differ = |(part, sum): &(&SnapshotPart, &i128)| {
            let difference = **sum as f64 - part.expected;
            // Points are floating-point numbers.
            (difference.abs() > 1.0 + part.expected.abs() * 1e-9).then_some(difference)
        };
        let differences: Vec<f64> = parts.iter().zip(sums).filter_map(|pair| differ(&pair)).collect();
        if !differences.is_empty() {
            let sum: f64 = differences.iter().sum();
            let count = differences.len();
            let amount = unit.signed_long(sum as i64);
            self.warn_incomplete(format!(
                "{count} merges differ from the profiles that the store lists, by {amount} in sum"
            ));
        }
    }
}

/// Error for a selector without profiles.
fn no_data(selector: &str, range: TimeRange) -> StoreError {
    StoreError::NoData(safe_str(selector).into_owned(), clock(range.after), clock(range.until))
}

/// Time in UTC to the second.
fn clock(millis: i64) -> String {
    UtcTime::from_nanos(millis.div_euclid(1000).saturating_mul(1_000_000_000)).to_string()
}

/// Profile in an answer; `None` if it has no samples.
fn read(bytes: Vec<u8>, room: &mut LoadContext) -> Result<Option<Profile>, Reason> {
    if bytes.len() < LEAST_BYTES {
        return Ok(None);
    }
    let LoadContext { options, progress, budget, .. } = room;
    let chunks = format::open(Box::new(std::io::Cursor::new(bytes)), options).map_err(FormatError::from)?;
    let (mut warnings, is_cancelled) = (Vec::new(), || progress.is_cancelled());
    let context = ReadContext::new(options, budget, &mut warnings);
    let mut context = ReadContext { threads: Threads::One, is_cancelled: &is_cancelled, ..context };
    let profile = format::read(chunks, &mut context)?;
    if profile.header.format != "pprof" || profile.samples.values.len() != 1 {
        return Err(SourceError::from(StoreError::Damaged("a profile of one sample type")).into());
    }
    Ok(Some(profile).filter(|profile| !profile.samples.is_empty()))
}

/// Returns true if a function stands for stacks that the store left out.
fn has_cut_stacks(profile: &Profile) -> bool {
    let strings = &profile.symbols.strings;
    let is_cut = |function: &crate::profile::Function| {
        strings.bytes(function.name) == b"other" && strings.bytes(function.file).is_empty()
    };
    profile.symbols.functions.iter().any(is_cut)
}

impl From<StoreError> for Reason {
    fn from(error: StoreError) -> Self {
        SourceError::from(error).into()
    }
}
