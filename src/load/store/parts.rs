//! Parts of a load that become snapshots, and the merges that each consists of.

use super::counts::{growth, sum, within};
use super::feed::{LISTING, StoreFeed};
use super::fetch::{MergeJob, MergeSign, SnapshotPart};
use super::plan::StoreDivision;
use crate::base::safe_text::safe_str;
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
            self.warn_incomplete(format!(
                "{left} older profiles are left out: they would take more requests than are made"
            ));
        }
        if parts.len() <= room || self.store.instance().is_none() {
            return parts;
        }
        if self.ranges.parts.len() > 1 {
            // If steps of every instance are too many, each instance becomes one snapshot over the whole range.
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

    /// Adds the merges that a part consists of.
    pub(super) fn jobs(&self, snapshot: usize, part: &SnapshotPart, jobs: &mut Vec<MergeJob>) {
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

    /// Merges of single profiles from which the growth of counters is computed, the largest growth first.
    fn counter_jobs(
        &self,
        snapshot: usize,
        store_type: usize,
        part: &SnapshotPart,
        counters: &[ProcessSeries],
        jobs: &mut Vec<MergeJob>,
    ) {
        let label = self.instance_label.as_deref();
        let is_of = |process: &&ProcessSeries| label.is_none_or(|label| process.label(label) == part.instance);
        let grown = |process: &'_ ProcessSeries| {
            let found = growth(&process.points, part.range, self.interval)?;
            Some((found, self.process_selector(process)))
        };
        let mut grown: Vec<_> = counters.iter().filter(is_of).filter_map(grown).collect();
        grown.sort_by(|(one, _), (other, _)| other.value.total_cmp(&one.value));
        for (found, selector) in grown {
            let points = found.added.iter().map(|point| (point, MergeSign::Added));
            for (point, sign) in points.chain(found.subtracted.iter().map(|point| (point, MergeSign::Subtracted))) {
                if jobs.len() + LISTING < self.plan.most_requests {
                    let range = self.client.instant(&self.choice.types[store_type], point);
                    jobs.push(MergeJob { snapshot, store_type, selector: selector.clone(), range, sign });
                }
            }
        }
    }
}
