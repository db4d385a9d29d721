//! Feed of a store: its client, and the profiles that the store listed.

use std::cmp::Reverse;
use std::sync::Arc;

use super::choice::{TypeChoice, choices};
use super::counts::{Allocations, ProcessNumbers, allocations, interval, process_label, totals_in_parts, within};
use super::fetch::{IN_FLIGHT, MergeChecks, MergeSign, SnapshotPart, fetch};
use super::known_steps::overlap;
use super::plan::{StoreDivision, StorePlan, StoreRanges, StoreSide, duration};
use super::response::{has_cut_stacks, read};
use crate::base::compact_sort::CompactSort;
use crate::base::safe_text::{SafeText, safe_str};
use crate::base::time::{TimeBounds, UtcTime};
use crate::format::FormatError;
use crate::load::{LoadContext, Reason};
use crate::profile::{Header, Input, SampleType, Series, StoreMerge, Warning, WarningKind};
use crate::source::http::{CancelCheck, now_millis};
use crate::source::{
    ProcessSeries, ResponseLimit, SourceError, Store, StoreClient, StoreError, StoreKind, StoreTraffic, StoreType,
    TimeRange, with_label,
};
use crate::symbolize::Symbolizer;

/// Number of requests before the merges: types, labels, totals of two types.
pub(super) const LISTING: usize = 4;
/// Nanoseconds of a millisecond.
const NANOS: i64 = 1_000_000;
/// Age, in milliseconds, above which stores may silently move the start of a range.
const CLAMPED_AGE: i64 = 7 * 86_400_000;

/// Inputs of a feed.
#[derive(Clone, Copy)]
pub(in crate::load) struct FeedInput<'a> {
    pub(in crate::load) store: &'a Store,
    pub(in crate::load) plan: &'a StorePlan,
    pub(in crate::load) side: StoreSide,
    /// Index of the source among all sources.
    pub(in crate::load) number: u32,
    /// Feed of the same store from an earlier load, whose client is reused.
    pub(in crate::load) known: Option<&'a StoreFeed>,
}

/// Loaded store with the profiles that it listed; live mode requests further steps from it.
#[derive(Clone, Debug)]
pub struct StoreFeed {
    pub(super) store: Store,
    pub(super) client: Arc<StoreClient>,
    number: u32,
    pub(super) plan: StorePlan,
    side: StoreSide,
    pub(super) choice: TypeChoice,
    labels: Vec<String>,
    pub(super) selector: String,
    /// Label whose values are the instances of the snapshots; `None` if instances are not distinguished.
    pub(super) instance_label: Option<String>,
    /// Only instance that the selector has; `None` if it may have several.
    pub(super) instance: Option<String>,
    pub(super) ranges: StoreRanges,
    pub(super) processes: Vec<ProcessSeries>,
    /// Profiles of the allocated type; `None` if its values are not counters.
    pub(super) counters: Option<Vec<ProcessSeries>>,
    /// Profiles of the allocated type as first loaded; `None` if its values are not changes.
    pub(super) changes: Option<Vec<ProcessSeries>>,
    numbers: ProcessNumbers,
    pub(super) interval: i64,
    warnings: Vec<Warning>,
}

impl StoreFeed {
    /// Lists the profiles of a store and decides which of them to load.
    pub(in crate::load) fn open(input: &FeedInput<'_>, context: &LoadContext) -> Result<Self, StoreError> {
        let FeedInput { store, plan, side, number, known } = *input;
        let ranges = StoreRanges::new(store, plan, side, plan.now.unwrap_or_else(now_millis))?;
        let query = store.query().ok_or(StoreError::NoQuery)?;
        ranges.check_requests(LISTING, 2, plan.most_requests)?;
        let watched = Arc::clone(&context.progress);
        let is_cancelled: CancelCheck = Arc::new(move || watched.is_cancelled());
        let client = if let Some(known) = known.filter(|known| known.store == *store) {
            Arc::new(known.client.with_cancel(is_cancelled))
        } else {
            let limit = ResponseLimit::of_load(&context.options.limits, context.budget.left());
            Arc::new(StoreClient::new(store, limit, is_cancelled)?)
        };
        let (selector, instance) = match (plan.instances.as_slice(), store.instance()) {
            ([name], Some(label)) => (with_label(query, label, name), Some(name.clone())),
            _ => (query.to_owned(), None),
        };
        let (types, labels) = std::thread::scope(|scope| {
            let labels = scope.spawn(|| client.label_names(&selector, ranges.all));
            let types = client.types(&selector, ranges.all);
            let labels = labels.join().unwrap_or(Err(StoreError::Cut("a thread ended")));
            (types, labels)
        });
        let types = types?;
        if types.is_empty() {
            return Err(no_data(&selector, ranges.all));
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
            instance_label: store.instance().filter(|_| instance.is_none()).map(str::to_owned),
            instance,
            ranges,
            processes: Vec::new(),
            counters: None,
            changes: None,
            numbers: ProcessNumbers::default(),
            interval: 0,
            warnings: Vec::new(),
        };
        feed.list_instance_label();
        feed.choose(&types)?;
        feed.check_instance_label()?;
        feed.interpret_values(&types)?;
        feed.check_window()?;
        feed.check_limits()?;
        Ok(feed)
    }

    /// Chooses the profiler with the most bytes, and lists its profiles.
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

    /// Lists the profiles of a type, those of the wanted instances.
    fn totals(&self, store_type: &StoreType, range: TimeRange) -> Result<Vec<ProcessSeries>, StoreError> {
        let mut found =
            totals_in_parts(range, |part| self.client.totals(store_type, &self.selector, &self.labels, part))?;
        if let Some(label) = self.store.instance().filter(|_| self.is_of_some_instances()) {
            found.retain(|process| self.plan.instances.iter().any(|name| process.label(label) == name));
        }
        Ok(found)
    }

    /// Returns true if only some of the instances that the selector has are loaded.
    pub(super) fn is_of_some_instances(&self) -> bool {
        self.instance_label.is_some() && !self.plan.instances.is_empty()
    }

    /// Adds the label of the instances to the labels, since some stores do not list all of theirs.
    fn list_instance_label(&mut self) {
        let label = self.store.instance().filter(|label| !self.labels.iter().any(|known| known == label));
        self.labels.extend(label.map(str::to_owned));
    }

    /// Returns an error if no profile has the label of the instances.
    fn check_instance_label(&self) -> Result<(), StoreError> {
        let is_missing = |label: &&str| self.processes.iter().all(|process| process.label(label).is_empty());
        let Some(label) = self.store.instance().filter(is_missing) else { return Ok(()) };
        let is_shown = |name: &&String| *name != label && !name.starts_with("__");
        Err(StoreError::UnknownLabel(label.to_owned(), self.labels.iter().filter(is_shown).cloned().collect()))
    }

    /// Determines the interval of the profiles, and the meaning of the allocated types.
    fn interpret_values(&mut self, types: &[StoreType]) -> Result<(), StoreError> {
        self.interval = interval(&self.processes).unwrap_or(self.ranges.step);
        let listed = self.ranges.all;
        self.ranges = self.ranges.clone().with_least_step(self.interval)?;
        self.relist(listed)?;
        if self.plan.division == StoreDivision::Profiles
            && self.instance_label.is_none()
            && self.store.instance().is_none()
        {
            // A single profile belongs to one process, and processes are followed separately.
            self.instance_label = process_label(&self.processes);
        }
        self.lengthen_step()?;
        let Some(allocated) = self.choice.allocated().cloned() else {
            self.warn_of_missing_types(types);
            return Ok(());
        };
        let is_primary = allocated == *self.choice.primary();
        // The growth of a counter starts with a profile before the range.
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
            self.changes = Some(found);
            return Ok(());
        }
        if self.plan.division == StoreDivision::Windows {
            self.counters = Some(found);
            self.warn(
                "`alloc_*` counts since each process began: its growth is last less first of each process".to_owned(),
            );
            return Ok(());
        }
        if is_primary {
            // Growth is defined for windows only.
            self.plan.division = StoreDivision::Windows;
            self.ranges.join_steps();
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

    /// Lists the profiles again if the range became longer than the listed one.
    pub(super) fn relist(&mut self, listed: TimeRange) -> Result<(), StoreError> {
        let TimeRange { after, until } = self.ranges.all;
        if after < listed.after || until > listed.until {
            self.processes = self.totals(self.choice.primary(), self.ranges.all)?;
        }
        Ok(())
    }

    /// Adds a warning if a service has no allocated types because of Pyroscope's older storage.
    fn warn_of_missing_types(&mut self, types: &[StoreType]) {
        let has = |name: &str| types.iter().any(|one| one.sample_type == name);
        if self.store.kind() == StoreKind::Pyroscope && has("inuse_space") && !has("alloc_space") {
            self.warn(
                "it has no `alloc_*`: Pyroscope's older storage makes changes of counters, and loses those of Go"
                    .to_owned(),
            );
        }
    }

    /// Checks the number of requests, and adds warnings about the ranges.
    fn check_limits(&mut self) -> Result<(), StoreError> {
        let types = self.choice.types.len();
        let pair = self.choice.clone().without_allocated();
        if let Some(pair) = pair.filter(|pair| pair.types.len() < types)
            && (self.check_requests().is_err() || !self.counters_fit() || !self.instances_fit(types, pair.types.len()))
        {
            self.choice = pair;
            self.warn("`alloc_*` is not loaded: it would take more requests than are made".to_owned());
        }
        let bytes = self.choice.clone().only_primary(&self.plan);
        if let Some(bytes) =
            bytes.filter(|_| !self.all_instances_fit(self.choice.types.len()) && self.all_instances_fit(1))
        {
            let left = (0..self.choice.types.len()).filter(|at| *at != self.choice.primary);
            let left: Vec<String> = left.map(|at| format!("`{}`", self.shown_type(at))).collect();
            let are = if left.len() == 1 { "is" } else { "are" };
            self.warn(format!("{} {are} not loaded: instances would be left out", left.join(", ")));
            self.choice = bytes;
        }
        self.check_requests()?;
        let TimeRange { after, until } = self.ranges.all;
        let step = duration(self.ranges.step);
        let widened = std::mem::take(&mut self.ranges.widened);
        if self.ranges.is_snapped && !widened.contains(&self.ranges.all) {
            self.warn(format!("widened to whole steps of {step}: {} to {}", clock(after), clock(until)));
        }
        for TimeRange { after, until } in widened {
            let ends = format!("{} to {}", clock(after), clock(until));
            self.warn(format!("a window is widened to whole steps of {step}: {ends}"));
        }
        let first = self.processes.iter().filter_map(|process| process.points.first()).map(|point| point.millis).min();
        let is_late = first.is_some_and(|first| first > after + 2 * self.interval + self.ranges.step);
        if is_late && now_millis() - after > CLAMPED_AGE {
            let first = first.map(clock).unwrap_or_default();
            self.warn(format!("nothing before {first}: stores drop old profiles and begin later without a word"));
        }
        Ok(())
    }

    /// Returns an error if the merges take more requests than the limit.
    fn check_requests(&self) -> Result<(), StoreError> {
        let (types, most) = (self.choice.types.len(), self.plan.most_requests);
        if self.plan.division != StoreDivision::Profiles {
            return self.ranges.check_requests(LISTING, types, most);
        }
        let points = self.processes.iter().flat_map(|process| within(&process.points, self.single_profiles()));
        let mut times: Vec<i64> = points.map(|point| point.millis).collect();
        let needed = LISTING + types * times.len();
        if needed <= most {
            return Ok(());
        }
        times.sort_unstable();
        let room = most.saturating_sub(LISTING) / types.max(1);
        let kept = times.len().saturating_sub(room);
        let second = |at: usize| times.get(at).map(|millis| millis.div_euclid(1_000));
        // A second is loaded with all of its profiles.
        let left = kept.checked_sub(1).and_then(second);
        let since = second(kept).map(|first| if left == Some(first) { first + 1 } else { first });
        let since = since.map(|seconds| clock(seconds.saturating_mul(1_000)));
        Err(StoreError::TooManyProfiles { count: times.len(), needed, most, since })
    }

    pub(super) fn warn(&mut self, text: String) {
        self.warnings.push(Warning::new(WarningKind::Store, text));
    }

    pub(super) fn warn_incomplete(&mut self, text: String) {
        self.warnings.push(Warning::new(WarningKind::Incomplete, text));
    }

    /// Number of requests and bytes so far.
    pub fn traffic(&self) -> StoreTraffic {
        self.client.traffic()
    }

    /// Time of a side's window, if it is the window that was loaded; `None` for the whole range, for another window,
    /// and for single profiles, whose windows are found among the loaded snapshots.
    pub fn window(&self, side: Input, wanted: Option<TimeBounds>) -> Option<TimeRange> {
        let side = side as usize;
        let is_loaded = self.plan.division != StoreDivision::Profiles && self.plan.windows[side] == wanted;
        self.ranges.windows[side].filter(|_| is_loaded)
    }

    /// Number of the source, as in [`StoreMerge::source`].
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Returns true if only sums of steps were loaded, and the steps can be loaded afterwards.
    pub fn has_steps(&self) -> bool {
        self.plan.division == StoreDivision::StepSums
    }

    /// Length of a step in milliseconds.
    pub fn step_millis(&self) -> i64 {
        self.ranges.step
    }

    /// Takes out the warnings about the store.
    pub(in crate::load) fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// Returns true if the feed belongs to this store.
    pub(in crate::load) fn is_of(&self, store: &Store) -> bool {
        self.store == *store
    }

    /// Side of the snapshots.
    pub(super) fn input(&self) -> Input {
        self.side.input()
    }

    /// Loads all parts into a series, which is created if there is none. The series is not usable after an error.
    pub(in crate::load) fn load(
        &mut self,
        series: &mut Option<Series>,
        context: &LoadContext,
        symbolizer: &mut Symbolizer<'_>,
    ) -> Result<(), Reason> {
        let parts = self.parts();
        let parts = self.within_limit(parts);
        self.load_parts(&parts, series, context, symbolizer)?;
        self.warn_silent();
        self.check_count();
        Ok(())
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
        // A range with a fixed end has no new steps, and neither does a window over the whole range.
        let is_closed = self.store.bounds()[1].is_some() || self.plan.division == StoreDivision::Windows;
        if until <= after || is_closed {
            return Ok(0);
        }
        let new = TimeRange { after, until };
        let found = self.totals(self.choice.primary(), new).map_err(SourceError::from)?;
        let warnings = self.warnings.len();
        let ranges = self.following_ranges(new, &found);
        let before = (std::mem::replace(&mut self.ranges, ranges), std::mem::replace(&mut self.processes, found));
        self.changes = None;
        let outcome = self.load_following(new, series, context, symbolizer);
        if !matches!(outcome, Ok(1..)) {
            // The next poll asks for these steps again.
            (self.ranges, self.processes) = before;
            self.warnings.truncate(warnings);
        }
        outcome
    }

    /// Ranges after a poll: the parts are the steps of the new range, at most as many as requests are made.
    fn following_ranges(&self, new: TimeRange, found: &[ProcessSeries]) -> StoreRanges {
        let mut ranges = self.ranges.clone();
        let step = ranges.step.max(1);
        let count = (new.millis() / step).min(self.plan.most_requests as i64);
        let first = new.until - count * step;
        let parts = (0..count).map(|index| first + index * step);
        ranges.parts = parts.map(|after| TimeRange { after, until: after + step }).collect();
        ranges.all.until = new.until;
        ranges.windows = [None, None];
        if self.plan.division == StoreDivision::Profiles {
            // The latest profile may not be in the store yet.
            let points = found.iter().filter_map(|process| process.points.last());
            ranges.all.until = points.map(|point| point.millis).max().unwrap_or(new.after);
            ranges.all.after = new.after;
            ranges.parts = vec![ranges.all];
        }
        ranges
    }

    fn load_following(
        &mut self,
        new: TimeRange,
        series: &mut Option<Series>,
        context: &LoadContext,
        symbolizer: &mut Symbolizer<'_>,
    ) -> Result<usize, Reason> {
        let left = new.millis() / self.ranges.step.max(1) - self.ranges.parts.len() as i64;
        if left > 0 && self.plan.division != StoreDivision::Profiles {
            self.warn_left_out(usize::try_from(left).unwrap_or(usize::MAX), "older step is", "older steps are");
        }
        let parts = self.parts();
        let parts = self.within_limit(parts);
        self.load_parts(&parts, series, context, symbolizer)?;
        if let Some(last) = parts.last().filter(|_| self.plan.division == StoreDivision::Steps) {
            // The profiles of the steps after it may not be in the store yet.
            self.ranges.all.until = last.range.until;
        }
        Ok(parts.len())
    }

    fn load_parts(
        &mut self,
        parts: &[SnapshotPart],
        series: &mut Option<Series>,
        context: &LoadContext,
        symbolizer: &mut Symbolizer<'_>,
    ) -> Result<(), Reason> {
        let first = series.as_ref().map_or(0, |series| series.snapshots().len());
        let silences = self.silences();
        for part in parts {
            self.add_snapshot(part, &silences, series, context)?;
        }
        let Some(series) = series else { return Ok(()) };
        let mut jobs = self.jobs(parts);
        // Newest first, since the newest snapshots are shown first.
        jobs.compact_sort_by_key(|job| Reverse(parts.get(job.snapshot).map(|part| part.range.until)));
        context.progress.expect_parts(jobs.len());
        let client = Arc::clone(&self.client);
        let types = self.choice.types.clone();
        let (mut checks, mut is_cut) = (MergeChecks::default(), false);
        fetch(&client, &types, &jobs, |job, bytes| -> Result<(), Reason> {
            context.progress.finish_part();
            let mut remaining_context = LoadContext { budget: series.budget().clone(), ..context.clone() };
            charge_responses(&client, &mut remaining_context)?;
            let found = read(bytes, &mut remaining_context)?;
            checks.add(job, found.as_ref().and_then(|profile| profile.header.totals.first().copied()).unwrap_or(0));
            let Some(mut profile) = found else { return Ok(()) };
            let store_type = &types[job.store_type];
            profile.header.sample_types = vec![SampleType::new(&store_type.sample_type, &store_type.unit)];
            if job.sign == MergeSign::Subtracted {
                profile
                    .samples
                    .values
                    .iter_mut()
                    .try_for_each(|values| values.scale(-1, &mut remaining_context.budget))
                    .map_err(FormatError::from)?;
                profile.header.totals.iter_mut().for_each(|total| *total = total.saturating_neg());
            }
            is_cut |= has_cut_stacks(&profile);
            symbolizer.symbolize(&mut profile, &mut remaining_context.budget).map_err(FormatError::from)?;
            series.join(profile, first + job.snapshot)?;
            Ok(())
        })?;
        self.warn_of_merges(&checks, series, first);
        if is_cut {
            self.warn_incomplete("the store cut stacks: the function `other` stands for what it left out".to_owned());
        }
        Ok(())
    }

    /// Adds an empty snapshot for a part of the load. Nobody reported in the `silences`.
    fn add_snapshot(
        &mut self,
        part: &SnapshotPart,
        silences: &[TimeRange],
        series: &mut Option<Series>,
        context: &LoadContext,
    ) -> Result<(), Reason> {
        let label = self.instance_label.as_deref();
        let is_of = |process: &&ProcessSeries| label.is_none_or(|label| process.label(label) == part.instance);
        let processes: Vec<&ProcessSeries> = match part.process {
            Some(process) => self.processes.get(process).into_iter().collect(),
            None => self.processes.iter().filter(is_of).collect(),
        };
        let is_single = part.process.is_some();
        let merge = StoreMerge {
            profiles: part.profiles,
            span_nanos: if is_single { 0 } else { part.range.millis().saturating_mul(NANOS) },
            silent_nanos: if is_single { 0 } else { overlap(part.range, silences).saturating_mul(NANOS) },
            interval_nanos: self.interval.saturating_mul(NANOS),
            by_process: self.numbers.counts(&processes, part.range),
            instance: SafeText::from(part.instance.as_str()),
            step: self.step_number(part),
            source: self.number,
        };
        let types: Vec<SampleType> =
            self.choice.types.iter().map(|one| SampleType::new(&one.sample_type, &one.unit)).collect();
        let header = Header {
            source: SafeText::from(self.store.shown()),
            format: "pprof",
            // A single profile has the time of the end of its second.
            time_nanos: if is_single { part.range.until } else { part.range.after }.saturating_mul(NANOS),
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
}

/// Charges the responses that are in memory beside the one that is decoded. Without room for them, the cached ones are
/// dropped.
fn charge_responses(client: &StoreClient, context: &mut LoadContext) -> Result<(), Reason> {
    if context.budget.charge(client.held_bytes(IN_FLIGHT as u64)).is_err() {
        client.forget_responses();
        context.budget.charge(client.held_bytes(IN_FLIGHT as u64)).map_err(FormatError::from)?;
    }
    Ok(())
}

/// Error for a selector without profiles in a range.
pub(super) fn no_data(selector: &str, range: TimeRange) -> StoreError {
    StoreError::NoData(safe_str(selector).into_owned(), clock(range.after), clock(range.until))
}

/// Time in UTC to the second.
pub(super) fn clock(millis: i64) -> String {
    UtcTime::from_nanos(millis.div_euclid(1000).saturating_mul(1_000_000_000)).to_string()
}

impl From<StoreError> for Reason {
    fn from(error: StoreError) -> Self {
        SourceError::from(error).into()
    }
}
