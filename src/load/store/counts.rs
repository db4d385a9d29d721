//! Figures derived from the profiles that a store lists: their number, their interval, and the meaning of their values.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use crate::profile::ProcessCount;
use crate::source::{Point, ProcessSeries, StoreError, TimeRange};

/// Maximum fraction of falling steps in a counter; a counter falls when its process restarts.
const MOST_FALLS: f64 = 0.1;
/// Minimum number of steps between profiles from which counters can be recognized.
const LEAST_STEPS: usize = 4;

/// Maximum number of profiles listed in total: about 100 MB.
const MOST_LISTED: usize = 2_000_000;
/// Shortest range, in milliseconds, that is divided to get smaller responses.
const LEAST_PART: i64 = 60_000;

/// Stable numbers of processes, by their labels.
#[derive(Clone, Debug, Default)]
pub(super) struct ProcessNumbers {
    by_labels: HashMap<Vec<(String, String)>, u32>,
}

/// Number and hash of a process.
#[derive(Clone, Copy)]
struct ProcessNumber {
    number: u32,
    labels_hash: u64,
}

impl ProcessNumbers {
    fn of(&mut self, labels: &[(String, String)]) -> ProcessNumber {
        let mut labels = labels.to_vec();
        labels.sort();
        let next = u32::try_from(self.by_labels.len()).unwrap_or(u32::MAX);
        let mut hasher = DefaultHasher::new();
        labels.hash(&mut hasher);
        ProcessNumber { number: *self.by_labels.entry(labels).or_insert(next), labels_hash: hasher.finish() }
    }

    /// Number of profiles of each process in a range.
    pub(super) fn counts(&mut self, processes: &[&ProcessSeries], range: TimeRange) -> Arc<[ProcessCount]> {
        let mut counts = Vec::new();
        for process in processes {
            let profiles = within(&process.points, range).len();
            if profiles > 0 {
                let ProcessNumber { number: process, labels_hash } = self.of(&process.labels);
                let profiles = u32::try_from(profiles).unwrap_or(u32::MAX);
                counts.push(ProcessCount { process, profiles, labels_hash });
            }
        }
        counts.into()
    }
}

/// Lists the profiles of a range. If a response would be too large, each half of its range is requested separately.
///
/// # Errors
/// The first error of `list` that a shorter range does not avoid, and [`StoreError::TooManyPoints`].
pub(super) fn totals_in_parts(
    range: TimeRange,
    list: impl Fn(TimeRange) -> Result<Vec<ProcessSeries>, StoreError>,
) -> Result<Vec<ProcessSeries>, StoreError> {
    // The last part is taken next, so that points come in the order of time.
    let mut parts = vec![range];
    let (mut all, mut count): (Vec<ProcessSeries>, usize) = (Vec::new(), 0);
    let mut by_labels: HashMap<Vec<(String, String)>, usize> = HashMap::new();
    while let Some(part) = parts.pop() {
        let found = match list(part) {
            Err(error) if error.is_too_large() && part.millis() > LEAST_PART => {
                // Points are at whole seconds from the start of the range.
                let middle = part.after + part.millis() / 2 / 1_000 * 1_000;
                parts.push(TimeRange { after: middle, ..part });
                parts.push(TimeRange { until: middle, ..part });
                continue;
            }
            found => found?,
        };
        count += found.iter().map(|process| process.points.len()).sum::<usize>();
        if count > MOST_LISTED {
            return Err(StoreError::TooManyPoints(MOST_LISTED));
        }
        if all.is_empty() && parts.is_empty() {
            return Ok(found);
        }
        for process in found {
            let mut labels = process.labels.clone();
            labels.sort();
            match by_labels.entry(labels) {
                Entry::Occupied(known) => all[*known.get()].points.extend(process.points),
                Entry::Vacant(new) => {
                    new.insert(all.len());
                    all.push(process);
                }
            }
        }
    }
    Ok(all)
}

/// Label that distinguishes processes best, whose values name the instances; `None` if all have the same labels.
pub(super) fn process_label(processes: &[ProcessSeries]) -> Option<String> {
    /// Labels that by convention identify a process; they are preferred in this order, then the label with the most
    /// values.
    const PROCESS_LABELS: [&str; 4] = ["pod", "k8s.pod.name", "instance", "service_instance_id"];
    let mut values: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (name, value) in processes.iter().flat_map(|process| &process.labels) {
        if !name.starts_with("__") {
            values.entry(name).or_default().insert(value);
        }
    }
    let rank = |name: &str| PROCESS_LABELS.iter().position(|known| *known == name).unwrap_or(PROCESS_LABELS.len());
    let several = values.into_iter().filter(|(_, values)| values.len() > 1);
    let best = several.min_by_key(|(name, values)| (rank(name), Reverse(values.len()), *name));
    best.map(|(name, _)| name.to_owned())
}

/// Points of a range, by binary search.
pub(super) fn within(points: &[Point], range: TimeRange) -> &[Point] {
    let first = points.partition_point(|point| point.millis <= range.after);
    let end = points.partition_point(|point| point.millis <= range.until);
    points.get(first..end).unwrap_or_default()
}

/// Sum of the profiles of a range.
pub(super) fn sum(processes: &[&ProcessSeries], range: TimeRange) -> f64 {
    processes.iter().flat_map(|process| within(&process.points, range)).map(|point| point.value).sum()
}

/// Median of the milliseconds between two profiles of a process; `None` if no process has two.
pub(super) fn interval(processes: &[ProcessSeries]) -> Option<i64> {
    let mut gaps: Vec<i64> = processes
        .iter()
        .flat_map(|process| process.points.windows(2))
        .map(|pair| pair[1].millis - pair[0].millis)
        .filter(|gap| *gap > 0)
        .collect();
    if gaps.is_empty() {
        return None;
    }
    let middle = gaps.len() / 2;
    let is_odd = gaps.len() % 2 == 1;
    let (below, upper, _) = gaps.select_nth_unstable(middle);
    let lower = below.iter().max().copied().filter(|_| !is_odd).unwrap_or(*upper);
    Some(lower.midpoint(*upper))
}

/// Meaning of the values of allocated types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allocations {
    /// Each profile has the bytes allocated since the previous one.
    Changes,
    /// Each profile has the bytes allocated since the process started.
    Counters,
    /// There are too few profiles to decide.
    Unknown,
}

/// Determines the meaning of the values of profiles: a counter falls only at restarts.
pub(super) fn allocations(processes: &[ProcessSeries]) -> Allocations {
    let (mut steps, mut falls) = (0_usize, 0_usize);
    for pair in processes.iter().flat_map(|process| process.points.windows(2)) {
        steps += 1;
        falls += usize::from(pair[1].value < pair[0].value);
    }
    match steps {
        0..LEAST_STEPS => Allocations::Unknown,
        _ if falls as f64 <= MOST_FALLS * steps as f64 => Allocations::Counters,
        _ => Allocations::Changes,
    }
}

/// Growth of a counter in a range as profiles to add and to subtract.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CounterGrowth {
    /// Growth.
    pub(super) value: f64,
    /// Profiles to add: the last ones of each run of the process.
    pub(super) added: Vec<Point>,
    /// Profile to subtract: the last one before the range, or the first one in it.
    pub(super) subtracted: Option<Point>,
}

/// Growth of a process's counter in a range; `None` if there are too few profiles. A fall is a restart, after which the
/// value itself counts as growth. The last profile before the range is the start if at most two intervals away.
pub(super) fn growth(points: &[Point], range: TimeRange, interval: i64) -> Option<CounterGrowth> {
    let inside = within(points, range);
    let last = inside.last()?;
    let before = points.iter().rev().find(|point| point.millis <= range.after);
    let before = before.filter(|point| range.after - point.millis <= 2 * interval);
    let (first, rest) = match before {
        Some(before) => (*before, inside),
        None => (inside[0], &inside[1..]),
    };
    let (mut added, mut current) = (Vec::new(), first);
    for point in rest {
        if point.value < current.value {
            added.push(current);
        }
        current = *point;
    }
    if added.is_empty() && last.millis == first.millis {
        return None;
    }
    added.push(*last);
    // If the first run ends with the first profile, adding and subtracting that profile cancel.
    let (value, subtracted) = (added.iter().map(|point| point.value).sum::<f64>() - first.value, Some(first));
    let is_cancelled = added.first().is_some_and(|point| point.millis == first.millis);
    if is_cancelled {
        added.remove(0);
        return Some(CounterGrowth { value, added, subtracted: None });
    }
    Some(CounterGrowth { value, added, subtracted })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(values: &[f64]) -> ProcessSeries {
        let point = |(index, value): (usize, &f64)| Point { millis: 15_000 * (index as i64 + 1), value: *value };
        ProcessSeries {
            labels: vec![("pod".to_owned(), "a".to_owned())],
            points: values.iter().enumerate().map(point).collect(),
        }
    }

    #[test]
    fn the_interval_is_the_median_gap() {
        let mut late = process(&[1.0, 2.0, 3.0, 4.0]);
        late.points[3].millis += 60_000;
        assert_eq!(interval(&[late, process(&[1.0])]), Some(15_000));
        assert_eq!(interval(&[process(&[1.0])]), None);
        let mut even = process(&[1.0, 2.0, 3.0]);
        even.points[2].millis += 30_000;
        assert_eq!(interval(&[even]), Some(30_000), "the mean of the two in the middle");
    }

    #[test]
    fn a_counter_falls_at_restarts_only() {
        let counter = process(&[1.0, 5.0, 9.0, 12.0, 13.0, 20.0, 21.0, 30.0, 31.0, 32.0, 35.0, 2.0, 3.0]);
        assert_eq!(allocations(&[counter]), Allocations::Counters);
        assert_eq!(allocations(&[process(&[5.0, 4.0, 6.0, 2.0, 9.0, 1.0])]), Allocations::Changes);
        assert_eq!(allocations(&[process(&[5.0, 6.0])]), Allocations::Unknown);
    }

    #[test]
    fn growth_bridges_restarts() {
        let points = process(&[10.0, 30.0, 50.0, 5.0, 25.0]).points;
        let all = TimeRange { after: 0, until: 75_000 };
        let found = growth(&points, all, 15_000).unwrap();
        assert_eq!(found.value as i64, 65, "40 before the restart, 25 after it");
        assert_eq!(found.added.iter().map(|point| point.value as i64).collect::<Vec<_>>(), [50, 25]);
        assert_eq!(found.subtracted.unwrap().value as i64, 10);
        let later = TimeRange { after: 15_000, until: 45_000 };
        let found = growth(&points, later, 15_000).unwrap();
        assert_eq!(
            (found.value as i64, found.subtracted.unwrap().value as i64),
            (40, 10),
            "the profile before is the begin"
        );
        let restarted = TimeRange { after: 45_000, until: 75_000 };
        let found = growth(&points, restarted, 15_000).unwrap();
        assert_eq!((found.value as i64, found.subtracted), (25, None));
        assert!(growth(&points[..1], all, 15_000).is_none());
    }

    #[test]
    fn a_list_that_is_too_large_comes_in_parts() {
        let all: Vec<ProcessSeries> = ["a", "b"]
            .map(|pod| ProcessSeries {
                labels: vec![("pod".to_owned(), pod.to_owned())],
                points: (1..=240).map(|at| Point { millis: 15_000 * at, value: at as f64 }).collect(),
            })
            .into();
        let asked = std::cell::RefCell::new(Vec::new());
        let list = |most: usize| {
            let (all, asked) = (all.clone(), &asked);
            move |range: TimeRange| {
                asked.borrow_mut().push(range);
                let part = |process: &ProcessSeries| ProcessSeries {
                    labels: process.labels.clone(),
                    points: within(&process.points, range).to_vec(),
                };
                let found: Vec<ProcessSeries> = all.iter().map(part).collect();
                let count: usize = found.iter().map(|process| process.points.len()).sum();
                if count > most { Err(StoreError::TooManyPoints(most)) } else { Ok(found) }
            }
        };
        let hour = TimeRange { after: 0, until: 3_600_000 };
        assert_eq!(totals_in_parts(hour, list(480)).unwrap(), all);
        assert_eq!(asked.take(), [hour]);
        assert_eq!(totals_in_parts(hour, list(130)).unwrap(), all);
        assert_eq!(asked.take().len(), 7, "the hour, its halves and its quarters");
        assert!(matches!(totals_in_parts(hour, list(1)), Err(StoreError::TooManyPoints(1))));
        assert!(asked.take().len() < 10, "no part is shorter than a minute");
    }

    #[test]
    fn the_label_that_differs_most_names_instances() {
        let labelled = |labels: &[(&str, &str)]| ProcessSeries {
            labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            points: Vec::new(),
        };
        let pods = [("a", "1", "x"), ("b", "2", "x"), ("b", "3", "y")];
        let processes = pods.map(|(pod, version, node)| {
            labelled(&[("pod", pod), ("version", version), ("node", node), ("__name__", version), ("job", "cart")])
        });
        assert_eq!(process_label(&processes).as_deref(), Some("pod"));
        assert_eq!(process_label(&processes[..1]), None);
        let other = [("a", "x"), ("b", "x"), ("c", "y")];
        let other = other.map(|(container, node)| labelled(&[("node", node), ("container", container)]));
        assert_eq!(process_label(&other).as_deref(), Some("container"), "the one with most values");
    }

    #[test]
    fn counts_are_by_process_and_range() {
        let one = process(&[1.0, 2.0, 3.0, 4.0]);
        let other =
            ProcessSeries { labels: vec![("pod".to_owned(), "b".to_owned())], points: one.points[3..].to_vec() };
        let mut numbers = ProcessNumbers::default();
        let counts = numbers.counts(&[&one, &other], TimeRange { after: 15_000, until: 60_000 });
        let found: Vec<(u32, u32)> = counts.iter().map(|count| (count.process, count.profiles)).collect();
        assert_eq!(found, [(0, 3), (1, 1)]);
        let early = numbers.counts(&[&one, &other], TimeRange { after: 0, until: 15_000 });
        assert_eq!(early.iter().map(|count| count.process).collect::<Vec<_>>(), [0]);
        assert_eq!(sum(&[&one, &other], TimeRange { after: 0, until: 60_000 }) as i64, 14);
    }
}
