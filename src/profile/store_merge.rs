//! Snapshots that a profile store merged from several profiles.
//!
//! A store adds up all profiles of a time range, including levels. Two numbers convert such a sum to a level: the
//! number of profiles in the sum, and the number of profiles from a process that lived through the range. The store's
//! own metadata gives neither reliably, so the client of the store sets them.

use std::sync::Arc;

use crate::base::safe_text::SafeText;

/// Number of profiles of one process in a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessCount {
    /// Id of the process's set of labels, the same in all snapshots of one source.
    pub process: u32,
    /// Number of the process's profiles in the merge.
    pub profiles: u32,
    /// Hash of the set of labels, which is the same in all sources.
    pub labels_hash: u64,
}

/// Facts about a snapshot that was merged from several profiles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreMerge {
    /// Number of profiles that were added up.
    pub profiles: u64,
    /// Nanoseconds that the snapshot covers from the time of its header on; 0 for a single profile.
    pub span_nanos: i64,
    /// Nanoseconds of the span in which no process of the service reported: what was held then is not known.
    pub silent_nanos: i64,
    /// Nanoseconds between two profiles of one process.
    pub interval_nanos: i64,
    /// Number of profiles of each process.
    pub by_process: Arc<[ProcessCount]>,
    /// Name of the instance; empty for all instances together.
    pub instance: SafeText,
    /// Number of the step in its range, from 1; 0 if the snapshot is not a step. Steps without profiles have a number and
    /// no snapshot.
    pub step: u32,
    /// Number of the source among all stores that were loaded; processes of two sources are different processes.
    pub source: u32,
}

impl StoreMerge {
    /// Returns true if the snapshot is one profile of one process.
    pub fn is_single(&self) -> bool {
        self.span_nanos == 0
    }

    /// Nanoseconds that the snapshot stands for: a single profile stands for the time until the next one.
    pub fn covered_nanos(&self) -> i64 {
        if self.is_single() { self.interval_nanos } else { self.span_nanos }
    }

    /// Returns true if two single profiles are of the same process.
    pub fn is_same_process(&self, other: &Self) -> bool {
        let process = |merge: &Self| merge.by_process.first().map(|one| one.process);
        self.source == other.source && process(self) == process(other)
    }

    /// Returns true if two merges of one instance have no process in common.
    pub fn is_other_run(&self, other: &Self) -> bool {
        let has = |process: u32| other.by_process.iter().any(|one| one.process == process);
        let is_known = !self.by_process.is_empty() && !other.by_process.is_empty();
        let is_of_one =
            self.source == other.source && !self.instance.raw().is_empty() && self.instance == other.instance;
        is_known && is_of_one && !self.by_process.iter().any(|one| has(one.process))
    }
}

/// Sums over the merges of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MergeTotals {
    /// Number of profiles that were added up.
    pub profiles: u64,
    /// Number of profiles from a process that lived through the whole time, at least 1.
    pub scrapes: f64,
}

// The number of scrapes is never NaN.
impl Eq for MergeTotals {}

impl MergeTotals {
    /// Sums over merges; `None` if there are none. A range that several instances share counts once.
    ///
    /// A process that lived through the whole span has as many profiles as intervals fit into the time of the span in
    /// which anybody reported. If the process with most profiles is within one of that estimate, its number is taken,
    /// which is exact.
    pub fn of<'a>(merges: impl Iterator<Item = (i64, &'a StoreMerge)>) -> Option<Self> {
        let mut counts: Vec<((u32, u32), u64)> = Vec::new();
        let mut ranges: Vec<MergeRange> = Vec::new();
        let (mut profiles, mut interval) = (0_u64, 0_i64);
        for (start, merge) in merges {
            profiles = profiles.saturating_add(merge.profiles);
            interval = interval.max(merge.interval_nanos);
            let until = start.saturating_add(merge.covered_nanos().max(0));
            ranges.push(MergeRange { start, until, silent: merge.silent_nanos });
            let of = |one: &ProcessCount| ((merge.source, one.process), u64::from(one.profiles));
            counts.extend(merge.by_process.iter().map(of));
        }
        if ranges.is_empty() {
            return None;
        }
        let span = known_length(ranges);
        counts.sort_unstable();
        let most = counts
            .chunk_by(|one, next| one.0 == next.0)
            .map(|same| same.iter().fold(0_u64, |sum, (_, count)| sum.saturating_add(*count)))
            .max()
            .unwrap_or(0);
        let expected = if interval > 0 { span as f64 / interval as f64 } else { most as f64 };
        let is_exact = (most as f64 - expected).abs() <= 1.0;
        Some(Self { profiles, scrapes: if is_exact { most as f64 } else { expected }.max(1.0) })
    }

    /// Sums over some merges of a window, such as those of an instance; `None` if there are none. The scrapes are those
    /// of the whole window, so that an instance that lived for half of it counts half, and the instances add up.
    pub fn of_members<'a>(
        members: &(impl Iterator<Item = (i64, &'a StoreMerge)> + Clone),
        window: impl Iterator<Item = (i64, &'a StoreMerge)>,
    ) -> Option<Self> {
        let own = Self::of(members.clone())?;
        // Profiles without an interval come from different instances in turn, and their time is not known.
        if members.clone().all(|(_, merge)| merge.interval_nanos == 0) {
            return Some(own);
        }
        Some(Self { scrapes: Self::of(window).map_or(own.scrapes, |all| all.scrapes), ..own })
    }

    /// Mean number of processes alive at the same time.
    pub fn processes(self) -> f64 {
        self.profiles as f64 / self.scrapes
    }
}

/// Time of a merge, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct MergeRange {
    start: i64,
    until: i64,
    silent: i64,
}

/// Length of the union of ranges without their silent time. Of ranges that overlap, such as those of several instances,
/// the least silence counts.
fn known_length(mut ranges: Vec<MergeRange>) -> i64 {
    ranges.sort_unstable();
    let mut runs: Vec<MergeRange> = Vec::new();
    for range in ranges {
        match runs.last_mut().filter(|last| range.start < last.until) {
            Some(last) => {
                (last.until, last.silent) = (last.until.max(range.until), last.silent.min(range.silent));
            }
            None => runs.push(range),
        }
    }
    let known = |run: &MergeRange| run.until.saturating_sub(run.start).saturating_sub(run.silent).max(0);
    runs.iter().map(known).fold(0, i64::saturating_add)
}

/// Length of the union of ranges.
pub fn union_length(mut ranges: Vec<(i64, i64)>) -> i64 {
    ranges.sort_unstable();
    let (mut covered, mut end) = (0_i64, i64::MIN);
    for (from, to) in ranges {
        covered = covered.saturating_add(to.saturating_sub(from.max(end)).max(0));
        end = end.max(to);
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn merge(counts: &[(u32, u32)], span: i64) -> StoreMerge {
        let by_process: Vec<ProcessCount> = counts
            .iter()
            .map(|(process, profiles)| ProcessCount {
                process: *process,
                profiles: *profiles,
                labels_hash: u64::from(*process),
            })
            .collect();
        StoreMerge {
            profiles: by_process.iter().map(|one| u64::from(one.profiles)).sum(),
            span_nanos: span * SECOND,
            interval_nanos: 15 * SECOND,
            by_process: by_process.into(),
            ..StoreMerge::default()
        }
    }

    fn totals(merges: &[(i64, StoreMerge)]) -> MergeTotals {
        MergeTotals::of(merges.iter().map(|(start, merge)| (*start * SECOND, merge))).unwrap()
    }

    #[test]
    fn an_instance_counts_by_its_part_of_the_window() {
        let steps: Vec<(i64, StoreMerge)> = (0..12)
            .flat_map(|at| [(15 * at, merge(&[(0, 1)], 15)), (15 * at, merge(&[(1, 1)], 15))])
            .filter(|(start, merge)| merge.by_process[0].process == 0 || *start < 90)
            .collect();
        let all = || steps.iter().map(|(start, merge)| (*start * SECOND, merge));
        let of = |process: u32| {
            MergeTotals::of_members(&all().filter(|(_, merge)| merge.by_process[0].process == process), all()).unwrap()
        };
        assert_eq!([of(0), of(1)].map(|found| (found.profiles, found.scrapes as u64)), [(12, 12), (6, 12)]);
        assert!(MergeTotals::of_members(&std::iter::empty(), all()).is_none());
    }

    #[test]
    fn a_pod_that_died_half_way_counts_half() {
        // Three pods over three minutes, one of which restarted and one of which died.
        let whole = totals(&[(0, merge(&[(0, 12), (1, 6), (2, 6), (3, 7)], 180))]);
        assert_eq!((whole.profiles, whole.scrapes as u64), (31, 12));
        assert!((whole.processes() - 31.0 / 12.0).abs() < 1e-9);
        let steps = [merge(&[(0, 4), (1, 4), (3, 4)], 60), merge(&[(0, 4), (1, 2), (2, 2), (3, 3)], 60)];
        let steps = totals(&[(0, steps[0].clone()), (60, steps[1].clone())]);
        assert_eq!((steps.profiles, steps.scrapes as u64), (23, 8));
    }

    #[test]
    fn time_in_which_nobody_reported_does_not_count() {
        let silent = |merge: StoreMerge, seconds: i64| StoreMerge { silent_nanos: seconds * SECOND, ..merge };
        let late = silent(merge(&[(0, 4), (1, 4)], 180), 120);
        assert_eq!(totals(&[(0, late.clone())]).scrapes as u64, 4);
        let other = silent(merge(&[(2, 4)], 180), 120);
        assert_eq!(totals(&[(0, late.clone()), (0, other)]).scrapes as u64, 4, "instances share their silence");
        let next = silent(merge(&[(0, 8)], 180), 60);
        assert_eq!(totals(&[(0, late), (180, next)]).scrapes as u64, 12);
    }

    #[test]
    fn where_no_process_lived_through_the_time_the_interval_says_the_number() {
        let short = totals(&[(0, merge(&[(0, 3), (1, 4)], 180))]);
        assert_eq!(short.scrapes as u64, 12);
        assert_eq!(totals(&[(0, merge(&[], 1))]).scrapes as u64, 1);
    }

    #[test]
    fn a_run_of_an_instance_ends_with_the_last_process_of_its_first_step() {
        let of = |counts: &[(u32, u32)], instance: &str| StoreMerge { instance: instance.into(), ..merge(counts, 15) };
        let first = of(&[(1, 4), (2, 4)], "pod");
        assert!(!first.is_other_run(&of(&[(2, 1), (3, 3)], "pod")), "one process is left");
        assert!(first.is_other_run(&of(&[(3, 4)], "pod")));
        assert!(!first.is_other_run(&of(&[], "pod")), "no profile is no evidence");
        assert!(!of(&[(1, 4)], "").is_other_run(&of(&[(3, 4)], "")), "processes of a fleet come and go");
    }

    #[test]
    fn single_profiles_stand_for_the_time_until_the_next_one() {
        let singles: Vec<(i64, StoreMerge)> =
            (0..12).flat_map(|at| [(15 * at + 2, merge(&[(0, 1)], 0)), (15 * at + 7, merge(&[(1, 1)], 0))]).collect();
        let all = totals(&singles);
        assert_eq!((all.profiles, all.scrapes as u64), (24, 12));
        assert!(singles[0].1.is_same_process(&singles[2].1) && !singles[0].1.is_same_process(&singles[1].1));
    }

    #[test]
    fn instances_share_their_time_and_sources_do_not_share_processes() {
        let shared = totals(&[(0, merge(&[(0, 4)], 60)), (0, merge(&[(1, 4)], 60))]);
        assert_eq!((shared.profiles, shared.scrapes as u64), (8, 4));
        let other = StoreMerge { source: 1, ..merge(&[(0, 4)], 60) };
        assert_eq!(totals(&[(0, merge(&[(0, 4)], 60)), (60, other)]).scrapes as u64, 8);
        assert!(MergeTotals::of(std::iter::empty()).is_none());
    }
}
