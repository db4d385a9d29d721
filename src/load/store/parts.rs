//! Parts of a load that become snapshots, and the merges that each consists of.

use super::counts::{CounterGrowth, growth, sum, within};
use super::feed::{LISTING, StoreFeed};
use super::fetch::{MergeJob, MergeSign, SnapshotPart};
use super::plan::{StoreDivision, hull};
use crate::base::safe_text::safe_str;
use crate::base::units::counted_as;
use crate::source::{ProcessSeries, with_label};

impl StoreFeed {
    /// Parts that become snapshots: one for each range, for each instance in each range, or for each profile.
    pub(super) fn parts(&self) -> Vec<SnapshotPart> {
        if self.plan.division == StoreDivision::Profiles {
            return self.profile_parts();
        }
        let label = self.instance_label.as_deref();
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

    /// Parts with one profile each, in the order of time.
    fn profile_parts(&self) -> Vec<SnapshotPart> {
        let mut parts = Vec::new();
        for (at, process) in self.processes.iter().enumerate() {
            let instance = match &self.instance_label {
                Some(label) => process.label(label).to_owned(),
                None => self.instance.clone().unwrap_or_default(),
            };
            let selector = self.process_selector(process);
            for point in within(&process.points, self.ranges.all) {
                let range = self.client.instant(self.choice.primary(), point);
                let (instance, selector) = (instance.clone(), selector.clone());
                let part =
                    SnapshotPart { range, instance, selector, process: Some(at), profiles: 1, expected: point.value };
                parts.push(part);
            }
        }
        parts.sort_by_key(|part| part.range.until);
        parts
    }

    /// Selector of one process.
    fn process_selector(&self, process: &ProcessSeries) -> String {
        let own = |selector: String, (name, value): &(String, String)| {
            if name.starts_with("__") { selector } else { with_label(&selector, name, value) }
        };
        process.labels.iter().fold(self.selector.clone(), own)
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
        if self.ranges.parts.len() > 1 {
            // If steps of every instance are too many, each instance becomes one snapshot over all of their time.
            self.ranges.parts = hull(&self.ranges.parts).into_iter().collect();
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
            self.warn_left_out(left, "instance near the median is", "instances near the median are");
        }
        parts
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
            let processes = counted_as(left, "process is", "processes are");
            self.warn_incomplete(format!(
                "the growth of {processes} left out: it would take more requests than are made"
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

    /// Returns true for a type whose values count since each process began.
    fn is_counter(&self, store_type: usize) -> bool {
        self.counters.is_some() && self.choice.is_allocated(store_type)
    }

    /// Processes whose counters grew, with the part of each, the largest growth first.
    fn grown_processes(&self, parts: &[SnapshotPart]) -> Vec<GrownProcess> {
        let label = self.instance_label.as_deref();
        let mut grown = Vec::new();
        for (snapshot, part) in parts.iter().enumerate().filter(|(_, part)| part.profiles > 0) {
            let is_of = |process: &&ProcessSeries| label.is_none_or(|label| process.label(label) == part.instance);
            for process in self.counters.iter().flatten().filter(is_of) {
                if let Some(growth) = growth(&process.points, part.range, self.interval) {
                    grown.push(GrownProcess { snapshot, growth, selector: self.process_selector(process) });
                }
            }
        }
        grown.sort_by(|one, other| other.growth.value.total_cmp(&one.growth.value));
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
