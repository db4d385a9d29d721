//! Parts of a load that become snapshots, and the merges that each consists of.

use std::collections::BTreeMap;

use super::counts::{CounterGrowth, growth, sum, within};
use super::feed::{LISTING, StoreFeed};
use super::fetch::{MergeJob, MergeSign, SnapshotPart};
use super::plan::{StoreDivision, StoreRanges, duration};
use crate::base::safe_text::safe_str;
use crate::base::units::counted_as;
use crate::source::{ProcessSeries, StoreError, TimeRange, with_label};

/// Fewest steps worth loading for each instance.
const LEAST_STEPS: i64 = 6;

impl StoreFeed {
    /// Parts that become snapshots: one for each range, for each instance in each range, or for each profile.
    pub(super) fn parts(&self) -> Vec<SnapshotPart> {
        if self.plan.division == StoreDivision::Profiles {
            return self.profile_parts();
        }
        self.parts_of(&self.ranges.parts)
    }

    /// Parts for ranges: one for each range, or for each instance with profiles in it.
    pub(super) fn parts_of(&self, ranges: &[TimeRange]) -> Vec<SnapshotPart> {
        let label = self.instance_label.as_deref();
        let mut names: Vec<&str> = match label {
            Some(label) => self.processes.iter().map(|process| process.label(label)).collect(),
            None => vec![""],
        };
        names.sort_unstable();
        names.dedup();
        let mut parts = Vec::new();
        for range in ranges {
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
        LISTING + self.parts_of(&ranges.steps()).len().saturating_mul(types)
    }

    /// Returns true unless the steps of all instances fit into the requests with fewer types only.
    pub(super) fn instances_fit(&self, types: usize, fewer: usize) -> bool {
        let fits = |types| self.step_requests(&self.ranges, types) <= self.plan.most_requests;
        !self.has_instance_steps() || fits(types) || !fits(fewer)
    }

    /// Returns true if a step of each instance is a snapshot.
    fn has_instance_steps(&self) -> bool {
        self.instance_label.is_some() && matches!(self.plan.division, StoreDivision::Steps | StoreDivision::StepSums)
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
        let steps = self.ranges.parts.len();
        if steps > 1 {
            self.ranges.join_steps();
        }
        if self.ranges.parts.len() < steps {
            // If steps of every instance are too many, each instance becomes one snapshot for each part of the windows.
            parts = self.parts();
            let label = safe_str(self.store.instance().unwrap_or_default()).into_owned();
            let time = if self.ranges.windows == [None, None] { "over all of the time" } else { "in each window" };
            self.warn(format!(
                "a snapshot for each `{label}` {time}, since steps of each would take more requests than are made"
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
    order.sort_by(|(_, (one, _)), (_, (other, _))| one.total_cmp(other));
    let median = order[order.len() / 2].1.0;
    order.sort_by(|(_, (one, _)), (_, (other, _))| (other - median).abs().total_cmp(&(one - median).abs()));
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
