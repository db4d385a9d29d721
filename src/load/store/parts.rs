//! Parts of a load that become snapshots, and the merges that each consists of.

use std::collections::{BTreeMap, BTreeSet};

use super::counts::{CounterGrowth, growth, sum, within};
use super::feed::{LISTING, StoreFeed};
use super::fetch::{ExpectedSum, MergeJob, MergeSign, SnapshotPart};
use super::known_steps::{KnownSteps, ListedTimes};
use super::plan::{StoreDivision, StoreRanges, duration};
use crate::base::compact_sort::CompactSort;
use crate::base::safe_text::safe_str;
use crate::base::units::counted_as;
use crate::source::{Point, ProcessSeries, StoreError, TimeRange, with_label};

/// Fewest steps worth loading for each instance.
const LEAST_STEPS: i64 = 6;

impl StoreFeed {
    /// Parts that become snapshots: one for each range, for each instance in each range, or for each profile.
    pub(super) fn parts(&self) -> Vec<SnapshotPart> {
        if self.plan.division == StoreDivision::Profiles {
            return self.profile_parts();
        }
        self.parts_of(&self.ranges.parts, self.ranges.step)
    }

    /// Ranges of steps of `step` milliseconds without the steps in which nobody reported. Windows that are loaded as one,
    /// and the time of a chosen instance, whose other instances are not known, are whole.
    pub(super) fn known_steps(&self, ranges: &[TimeRange], step: i64) -> KnownSteps {
        let has_steps = matches!(self.plan.division, StoreDivision::Steps | StoreDivision::StepSums);
        if !has_steps || !self.plan.instances.is_empty() {
            return KnownSteps { ranges: ranges.to_vec(), silent: 0 };
        }
        let times = self.listed_times();
        let ends: Vec<i64> =
            self.ranges.windows.iter().flatten().flat_map(|window| [window.after, window.until]).collect();
        KnownSteps::of(ranges, step, self.listed(&times), &ends)
    }

    /// Ranges in which no process reported, in the order of time. None for a chosen instance, whose silence is known to
    /// be that of one process.
    pub(super) fn silences(&self) -> Vec<TimeRange> {
        if self.plan.instances.is_empty() { self.listed(&self.listed_times()).silences() } else { Vec::new() }
    }

    /// Times of the profiles of all processes, in order.
    fn listed_times(&self) -> Vec<i64> {
        let points = self.processes.iter().flat_map(|process| &process.points);
        let mut times: Vec<i64> = points.map(|point| point.millis).collect();
        times.sort_unstable();
        times
    }

    /// Listed profiles, by their times.
    fn listed<'a>(&self, times: &'a [i64]) -> ListedTimes<'a> {
        // A poll lists the profiles of the new steps only.
        let first = self.ranges.parts.first().filter(|_| self.plan.division == StoreDivision::Steps);
        let range = TimeRange { after: first.map_or(self.ranges.all.after, |first| first.after), ..self.ranges.all };
        ListedTimes { range, times, interval: self.interval }
    }

    /// Number of a step in the range, from 1; 0 for parts that are not steps.
    pub(super) fn step_number(&self, part: &SnapshotPart) -> u32 {
        let step = self.ranges.step.max(1);
        let is_step = self.plan.division == StoreDivision::Steps
            && self.ranges.parts.first().is_none_or(|first| first.millis() <= step);
        let number = part.range.until.saturating_sub(self.ranges.all.after) / step;
        if is_step { u32::try_from(number).unwrap_or(0) } else { 0 }
    }

    /// Parts for ranges: one for each range in which somebody reported, or for each instance with profiles in it.
    pub(super) fn parts_of(&self, ranges: &[TimeRange], step: i64) -> Vec<SnapshotPart> {
        let label = self.instance_label.as_deref();
        let mut names: Vec<&str> = match label {
            Some(label) => self.processes.iter().map(|process| process.label(label)).collect(),
            None => vec![""],
        };
        names.sort_unstable();
        names.dedup();
        let mut parts = Vec::new();
        for range in &self.known_steps(ranges, step).ranges {
            for name in &names {
                let processes = self.of_instance(name);
                let profiles: usize = processes.iter().map(|process| within(&process.points, *range).len()).sum();
                // A pod without profiles in the range is left out.
                if profiles == 0 && label.is_some() {
                    continue;
                }
                let selector = match label {
                    Some(label) => with_label(&self.selector, label, name),
                    None => self.selector.clone(),
                };
                let instance = self.instance.clone().unwrap_or_else(|| (*name).to_owned());
                let (profiles, expected) = (profiles as u64, sum(&processes, *range));
                let process = None;
                parts.push(SnapshotPart { range: *range, instance, selector, process, profiles, expected });
            }
        }
        parts
    }

    /// Lengthens a default step until the steps of all instances fit into the requests, if several steps are left.
    pub(super) fn lengthen_step(&mut self) -> Result<(), StoreError> {
        if !self.has_instance_steps() {
            return Ok(());
        }
        let usual = self.ranges.clone();
        let mut ranges = usual.clone();
        while self.step_requests(&ranges, 2) > self.plan.most_requests {
            match ranges.with_longer_step()? {
                Some(longer) if longer.all.millis() / longer.step.max(1) >= LEAST_STEPS => ranges = longer,
                _ => return Ok(()),
            }
        }
        if ranges.step > usual.step {
            let label = safe_str(self.store.instance().unwrap_or_default()).into_owned();
            let [step, shorter] = [ranges.step, usual.step].map(duration);
            self.warn(format!(
                "steps of {step}, since steps of {shorter} for each `{label}` would take more requests than are made"
            ));
            self.ranges = ranges;
            self.relist(usual.all)?;
        }
        Ok(())
    }

    /// Number of requests for some types of the steps of all instances.
    fn step_requests(&self, ranges: &StoreRanges, types: usize) -> usize {
        LISTING + self.parts_of(&ranges.steps(), ranges.step).len().saturating_mul(types)
    }

    /// Returns true if no instance is left out with some types.
    pub(super) fn all_instances_fit(&self, types: usize) -> bool {
        let mut joined = self.ranges.clone();
        if self.has_instance_steps() {
            joined.join_steps();
        }
        let is_by_instance = self.instance_label.is_some() && self.plan.division != StoreDivision::Profiles;
        !is_by_instance
            || LISTING + self.parts_of(&joined.parts, joined.step).len().saturating_mul(types)
                <= self.plan.most_requests
    }

    /// Returns true if all types leave out no instance and no step that `fewer` types would have.
    pub(super) fn instances_fit(&self, types: usize, fewer: usize) -> bool {
        let fits = |types| self.step_requests(&self.ranges, types) <= self.plan.most_requests;
        if !self.has_instance_steps() || fits(types) || fits(fewer) {
            return !self.has_instance_steps() || fits(types);
        }
        // Each instance becomes one snapshot for each part of the windows.
        self.all_instances_fit(types)
    }

    /// Returns true if a step of each instance is a snapshot.
    fn has_instance_steps(&self) -> bool {
        self.instance_label.is_some() && matches!(self.plan.division, StoreDivision::Steps | StoreDivision::StepSums)
    }

    /// Range of the profiles that are loaded one by one.
    pub(super) fn single_profiles(&self) -> TimeRange {
        self.ranges.parts.first().copied().unwrap_or(self.ranges.all)
    }

    /// Parts with one profile each, in the order of time.
    fn profile_parts(&self) -> Vec<SnapshotPart> {
        let mut parts = Vec::new();
        let known = self.process_labels();
        for (at, process) in self.processes.iter().enumerate() {
            let instance = match &self.instance_label {
                Some(label) => process.label(label).to_owned(),
                None => self.instance.clone().unwrap_or_default(),
            };
            let selector = self.process_selector(process, &known);
            for point in within(&process.points, self.single_profiles()) {
                let range = self.client.instant(self.choice.primary(), point);
                let (instance, selector) = (instance.clone(), selector.clone());
                let part =
                    SnapshotPart { range, instance, selector, process: Some(at), profiles: 1, expected: point.value };
                parts.push(part);
            }
        }
        parts.compact_sort_by_key(|part| part.range.until);
        parts
    }

    /// Names of the labels that any process has.
    fn process_labels(&self) -> BTreeSet<&str> {
        let all = self.processes.iter().chain(self.counters.iter().flatten());
        all.flat_map(|process| &process.labels).map(|(name, _)| name.as_str()).collect()
    }

    /// Selector of one process. It names every known label, since a selector of only the labels that a process has also
    /// matches the processes with further ones.
    fn process_selector(&self, process: &ProcessSeries, known: &BTreeSet<&str>) -> String {
        let further = known.iter().copied().filter(|name| !process.labels.iter().any(|(own, _)| own == name));
        let own = process.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let labels = own.chain(further.map(|name| (name, ""))).filter(|(name, _)| !name.starts_with("__"));
        labels.fold(self.selector.clone(), |selector, (name, value)| with_label(&selector, name, value))
    }

    /// Processes of an instance; all processes for an empty name.
    fn of_instance(&self, name: &str) -> Vec<&ProcessSeries> {
        let label = self.instance_label.as_deref();
        let is_of = |process: &&ProcessSeries| label.is_none_or(|label| process.label(label) == name);
        self.processes.iter().filter(is_of).collect()
    }

    /// Reduces parts to the limit on requests. Of instances, those whose totals are farthest from the median are kept.
    pub(super) fn within_limit(&mut self, mut parts: Vec<SnapshotPart>) -> Vec<SnapshotPart> {
        let room = self.plan.most_requests.saturating_sub(LISTING) / self.choice.types.len().max(1);
        if self.plan.division == StoreDivision::Profiles && parts.len() > room {
            let left = parts.len() - room;
            parts.drain(..left);
            self.warn_left_out(left, "older profile is", "older profiles are");
        }
        if parts.len() <= room || self.store.instance().is_none() {
            return parts;
        }
        let steps = self.ranges.parts.len();
        let needed = LISTING + parts.len().saturating_mul(self.choice.types.len());
        if steps > 1 {
            self.ranges.join_steps();
        }
        if self.ranges.parts.len() < steps {
            // If steps of every instance are too many, each instance becomes one snapshot for each part of the windows.
            parts = self.parts();
            let label = safe_str(self.store.instance().unwrap_or_default()).into_owned();
            let time = if self.ranges.windows == [None, None] { "over all of the time" } else { "in each window" };
            self.warn(format!(
                "a snapshot for each `{label}` {time}, since steps of each would take {needed} requests"
            ));
        }
        let (kept, left) = keep_unusual(parts, room);
        if left > 0 {
            self.warn_left_out(left, "instance near the median is", "instances near the median are");
        }
        kept
    }

    /// Warns that the limit on requests left something out, with one or several subjects such as `older step is`.
    pub(super) fn warn_left_out(&mut self, left: usize, one: &str, several: &str) {
        let subject = counted_as(left, one, several);
        self.warn_incomplete(format!("{subject} left out: the limit on requests is reached"));
    }

    /// Merges that the parts consist of. The growth of counters is that of the processes that grew most, as many as the
    /// limit on requests allows; all merges of a process are made, or none.
    pub(super) fn jobs(&mut self, parts: &[SnapshotPart]) -> Vec<MergeJob> {
        let mut jobs = Vec::new();
        for (snapshot, part) in parts.iter().enumerate().filter(|(_, part)| part.profiles > 0) {
            let types = (0..self.choice.types.len()).filter(|store_type| !self.is_counter(*store_type));
            jobs.extend(types.map(|store_type| MergeJob {
                snapshot,
                store_type,
                selector: part.selector.clone(),
                range: part.range,
                sign: MergeSign::Added,
                expected: self.expected_sum(part, store_type),
            }));
        }
        let mut left = 0;
        for process in self.grown_processes(parts) {
            let merges = self.counter_jobs(&process);
            if jobs.len() + merges.len() + LISTING > self.plan.most_requests {
                left += 1;
                continue;
            }
            jobs.extend(merges);
        }
        if left > 0 {
            let processes = counted_as(left, "process", "processes");
            self.warn_incomplete(format!(
                "the growth of {processes} is left out: it would take more requests than are made"
            ));
        }
        jobs
    }

    /// Returns true if the limit on requests allows the merges of all processes whose counters grew.
    pub(super) fn counters_fit(&self) -> bool {
        let parts = self.parts();
        let counters: usize = self.grown_processes(&parts).iter().map(|one| self.counter_jobs(one).len()).sum();
        let types = (0..self.choice.types.len()).filter(|store_type| !self.is_counter(*store_type)).count();
        counters == 0 || LISTING + parts.len() * types + counters <= self.plan.most_requests
    }

    /// Sum of a type in a part according to the listed profiles.
    fn expected_sum(&self, part: &SnapshotPart, store_type: usize) -> ExpectedSum {
        if store_type == self.choice.primary {
            return ExpectedSum::Sum(part.expected);
        }
        let Some(changes) = self.changes.as_ref().filter(|_| self.is_allocated_bytes(store_type)) else {
            return ExpectedSum::Unknown;
        };
        let process = part.process.and_then(|at| self.processes.get(at));
        let label = self.instance_label.as_deref();
        let is_of = |one: &&ProcessSeries| match process {
            Some(process) => one.labels == process.labels,
            None => label.is_none_or(|label| one.label(label) == part.instance),
        };
        ExpectedSum::Sum(sum(&changes.iter().filter(is_of).collect::<Vec<_>>(), part.range))
    }

    /// Sum of a type in a single profile, given the point of the allocated type.
    fn expected_of_counter(&self, store_type: usize, point: &Point) -> ExpectedSum {
        let is_pair = self.choice.roles.get(store_type).and_then(|role| role.paired_type);
        match is_pair.is_some_and(|pair| self.is_allocated_bytes(pair)) {
            _ if self.is_allocated_bytes(store_type) => ExpectedSum::Sum(point.value),
            true if point.value > 0.0 => ExpectedSum::NotZero,
            _ => ExpectedSum::Unknown,
        }
    }

    /// Returns true for the allocated type whose profiles are listed.
    fn is_allocated_bytes(&self, store_type: usize) -> bool {
        self.choice.allocated().is_some_and(|known| self.choice.types.get(store_type) == Some(known))
    }

    /// Name of a type, safe to print.
    pub(super) fn shown_type(&self, store_type: usize) -> String {
        safe_str(self.choice.types.get(store_type).map_or("", |known| known.sample_type.as_str())).into_owned()
    }

    /// Returns true for a type whose values count since each process began.
    pub(super) fn is_counter(&self, store_type: usize) -> bool {
        self.counters.is_some() && self.choice.is_allocated(store_type)
    }

    /// Processes whose counters grew, with the part of each, the largest growth first.
    fn grown_processes(&self, parts: &[SnapshotPart]) -> Vec<GrownProcess> {
        let label = self.instance_label.as_deref();
        let mut grown = Vec::new();
        let known = self.process_labels();
        for (snapshot, part) in parts.iter().enumerate().filter(|(_, part)| part.profiles > 0) {
            let is_of = |process: &&ProcessSeries| label.is_none_or(|label| process.label(label) == part.instance);
            for process in self.counters.iter().flatten().filter(is_of) {
                if let Some(growth) = growth(&process.points, part.range, self.interval) {
                    grown.push(GrownProcess { snapshot, growth, selector: self.process_selector(process, &known) });
                }
            }
        }
        grown.compact_sort_by(|one, other| other.growth.value.total_cmp(&one.growth.value));
        grown
    }

    /// Merges of single profiles from which the growth of a process is computed.
    fn counter_jobs(&self, process: &GrownProcess) -> Vec<MergeJob> {
        let GrownProcess { snapshot, growth, selector } = process;
        let added = growth.added.iter().map(|point| (point, MergeSign::Added));
        let points: Vec<_> =
            added.chain(growth.subtracted.iter().map(|point| (point, MergeSign::Subtracted))).collect();
        let types = (0..self.choice.types.len()).filter(|store_type| self.is_counter(*store_type));
        types
            .flat_map(|store_type| {
                points.iter().map(move |(point, sign)| MergeJob {
                    snapshot: *snapshot,
                    store_type,
                    selector: selector.clone(),
                    range: self.client.instant(&self.choice.types[store_type], point),
                    sign: *sign,
                    expected: self.expected_of_counter(store_type, point),
                })
            })
            .collect()
    }
}

/// Growth of the counters of a process in a part.
struct GrownProcess {
    /// Index of the part.
    snapshot: usize,
    growth: CounterGrowth,
    selector: String,
}

/// Keeps as many instances as fit into `room`, with all of their parts: those whose totals are farthest from the median.
/// Also returns the number of instances left out.
fn keep_unusual(mut parts: Vec<SnapshotPart>, room: usize) -> (Vec<SnapshotPart>, usize) {
    if parts.len() <= room {
        return (parts, 0);
    }
    let mut totals: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
    for part in &parts {
        let (total, count) = totals.entry(&part.instance).or_default();
        *total += part.expected;
        *count += 1;
    }
    let mut order: Vec<(&str, (f64, usize))> = totals.into_iter().collect();
    order.compact_sort_by(|(_, (one, _)), (_, (other, _))| one.total_cmp(other));
    let median = order[order.len() / 2].1.0;
    order.compact_sort_by(|(_, (one, _)), (_, (other, _))| (other - median).abs().total_cmp(&(one - median).abs()));
    let mut taken = 0;
    let fits = |(_, (_, count)): &(&str, (f64, usize))| {
        taken += count;
        taken <= room
    };
    let kept: Vec<String> = order.iter().copied().take_while(fits).map(|(name, _)| name.to_owned()).collect();
    let left = order.len() - kept.len();
    parts.retain(|part| kept.contains(&part.instance));
    (parts, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_kept_in_all_windows_or_in_none() {
        let part = |(window, instance, expected): (i64, &str, f64)| SnapshotPart {
            range: TimeRange { after: window, until: window + 1 },
            instance: instance.to_owned(),
            selector: String::new(),
            process: None,
            profiles: 1,
            expected,
        };
        let values = [(0, "a", 1.0), (0, "b", 5.0), (0, "c", 5.0), (1, "a", 1.0), (1, "b", 5.0), (1, "c", 90.0)];
        let parts: Vec<SnapshotPart> = values.map(part).into();
        let kept = |room: usize| {
            let (kept, left) = keep_unusual(parts.clone(), room);
            (kept.into_iter().map(|part| part.instance).collect::<Vec<_>>().concat(), left)
        };
        assert_eq!(
            [kept(6), kept(5), kept(3)],
            [("abcabc".to_owned(), 0), ("acac".to_owned(), 1), ("cc".to_owned(), 2)]
        );
    }
}
