//! Continuity of processes: whether a snapshot was taken from the same process as an earlier snapshot.
//!
//! Allocation counters of a process only grow, in every bucket (stack and labels, of which one is the size). A bucket that
//! falls therefore means another process; if no bucket falls, and some had values before, the process is the same. Two
//! processes with the same work in all buckets would be taken for one, which does not happen with real programs: in
//! recorded series no bucket fell within a process, and most fell at a restart. A process also keeps its sampling period.
//!
//! A stack with a single size in each snapshot is compared even if the two sizes differ: in the heaps of jemalloc and
//! gperftools, the size is the mean of the objects in use, which moves. The estimate of a sampled stack cannot fall: a
//! sampled object adds at least one period, and the integers in which jemalloc writes its corrected samples take less
//! than one.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use crate::base::ids::{LabelSetId, LocationId, StackId};
use crate::base::names::{demangled, normal};
use crate::profile::{Counting, Measure, MemoryKind, Role, Samples, Series, Snapshot};

/// Evidence on whether two snapshots were taken from the same process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continuity {
    /// No bucket of the allocation counter fell.
    SameProcess,
    /// Some bucket of the allocation counter fell, or the sampling period is another.
    OtherProcess,
    /// The profiles have no allocation counter.
    NoEvidence,
}

/// Minimum duration of a snapshot that holds changes, in nanoseconds, where the format does not say what a duration
/// means: the least that `seconds=1` gives.
const SHORTEST_CHANGE: i64 = 1_000_000_000;

impl Snapshot {
    /// Returns true if the values are changes: they count what happened within the snapshot's duration, not since the
    /// process began, or some are below zero, as in the difference of two profiles.
    pub fn is_of_changes(&self) -> bool {
        let duration = self.header.duration_nanos;
        let covers_duration = match self.header.counting {
            Counting::ByDuration => duration >= SHORTEST_CHANGE,
            Counting::WithinDuration => duration > 0,
            Counting::SinceAttach => false,
        };
        covers_duration || (0..self.totals.len()).any(|sample_type| self.has_negative(sample_type))
    }

    /// Returns true if a value of a sample type is below zero, which no level and no counter can be.
    pub fn has_negative(&self, sample_type: usize) -> bool {
        u128::try_from(self.totals[sample_type]) != Ok(self.magnitudes[sample_type])
    }
}

impl Series {
    /// Returns true if a snapshot is of changes and another one of its lane is not: then its values are no levels.
    pub fn is_change_among_levels(&self, snapshot: usize) -> bool {
        let lane = self.snapshots()[snapshot].membership.lane;
        let is_level = |other: &Snapshot| other.membership.lane == lane && !other.is_of_changes();
        self.snapshots()[snapshot].is_of_changes() && self.snapshots().iter().any(is_level)
    }

    /// Index of the sample type that counts allocations since the process began, bytes preferred; `None` if there is
    /// none.
    pub fn allocation_counter_type(&self) -> Option<usize> {
        let roles = self.roles();
        let is_counter = |at: &usize| (roles[*at].kind, roles[*at].role) == (MemoryKind::Allocated, Role::Counter);
        let counters = || (0..roles.len()).filter(is_counter);
        counters().find(|at| roles[*at].measure == Measure::Space).or_else(|| counters().next())
    }

    /// Hash of the path of every stack, by the normal forms of the names of its functions.
    pub(crate) fn normal_paths(&self) -> Vec<u64> {
        let symbols = self.symbols();
        let hash_of = |name: &str| {
            let readable = demangled(name);
            let mut hasher = FxHasher::default();
            normal(readable.as_deref().unwrap_or(name)).hash(&mut hasher);
            hasher.finish()
        };
        let functions: Vec<u64> =
            symbols.functions.iter().map(|function| hash_of(&symbols.strings.text(function.name))).collect();
        let locations: Vec<u64> = (0..symbols.locations())
            .map(LocationId::new)
            .map(|id| {
                let mut hasher = FxHasher::default();
                let lines = symbols.lines(id);
                if lines.is_empty() {
                    id.index().hash(&mut hasher);
                }
                for line in lines {
                    functions[line.function.index()].hash(&mut hasher);
                }
                hasher.finish()
            })
            .collect();
        let trie = self.trie();
        let mut paths = vec![0_u64; trie.len()];
        for stack in (1..trie.len()).map(StackId::new) {
            let parent = trie.parent(stack).map_or(0, |parent| paths[parent.index()]);
            let mut hasher = FxHasher::default();
            (parent, locations[trie.location(stack).index()]).hash(&mut hasher);
            paths[stack.index()] = hasher.finish();
        }
        paths
    }
}

/// Allocations of a stack that the later of two snapshots lacks.
#[derive(Clone, Copy, Debug)]
struct MissingAllocations {
    /// Value of all labels together.
    value: i64,
    /// Labels in each snapshot; `None` before the first sample.
    labels: [Option<LabelSetId>; 2],
    /// True if a snapshot has the stack with several labels: each is a bucket of its own.
    is_divided: bool,
}

impl MissingAllocations {
    /// No sample of the stack yet.
    const NOTHING: Self = Self { value: 0, labels: [None; 2], is_divided: false };

    /// Adds a sample of one of the snapshots.
    fn add(&mut self, snapshot: usize, labels: LabelSetId, value: i64) {
        let known = *self.labels[snapshot].get_or_insert(labels);
        self.is_divided |= known != labels;
        self.value = self.value.saturating_add(value);
    }
}

/// Comparison of snapshots of a series by process; the table of stacks is reused.
#[derive(Debug)]
pub struct ContinuityCheck<'a> {
    series: &'a Series,
    counter: Option<usize>,
    /// What the later snapshot lacks, by the key of a stack.
    missing: FxHashMap<u64, MissingAllocations>,
    /// Hash of the normal path of every stack, set at its first use.
    paths: Option<Vec<u64>>,
}

impl<'a> ContinuityCheck<'a> {
    /// Creates a check for the snapshots of a series.
    pub fn new(series: &'a Series) -> Self {
        Self { series, counter: series.allocation_counter_type(), missing: FxHashMap::default(), paths: None }
    }

    /// Compares the process of snapshot `before` with the process of the later snapshot `after`.
    pub fn compare(&mut self, before: usize, after: usize) -> Continuity {
        self.compare_by(before, after, None)
    }

    /// Compares two snapshots of different builds like [`ContinuityCheck::compare`], with functions matched by the
    /// normal form of their names.
    pub fn compare_builds(&mut self, before: usize, after: usize) -> Continuity {
        let paths = std::mem::take(&mut self.paths).unwrap_or_else(|| self.series.normal_paths());
        let found = self.compare_by(before, after, Some(&mut |stack| paths[stack.index()]));
        self.paths = Some(paths);
        found
    }

    /// Compares stacks by `stack_key`, or by their ids if it is `None`.
    fn compare_by(
        &mut self,
        before: usize,
        after: usize,
        stack_key: Option<&mut dyn FnMut(StackId) -> u64>,
    ) -> Continuity {
        let [before, after] = [before, after].map(|at| &self.series.snapshots()[at]);
        let merges = [before, after].map(|one| one.header.merge.as_ref());
        if let [Some(one), Some(other)] = merges
            && one.is_single()
            && other.is_single()
        {
            // A store names the process of a single profile by its labels.
            let is_same = one.is_same_process(other);
            return if is_same { Continuity::SameProcess } else { Continuity::OtherProcess };
        }
        if let [Some(one), Some(other)] = merges
            && one.is_other_run(other)
        {
            return Continuity::OtherProcess;
        }
        // A process keeps its sampling period.
        if merges.iter().all(Option::is_none) && before.header.period != after.header.period {
            return Continuity::OtherProcess;
        }
        let Some(counter) = self.counter else { return Continuity::NoEvidence };
        if merges.iter().any(Option::is_some)
            || before.is_of_changes()
            || after.is_of_changes()
            || before.totals[counter] == 0
        {
            return Continuity::NoEvidence;
        }
        if after.totals[counter] < before.totals[counter] {
            return Continuity::OtherProcess;
        }
        if stack_key.is_none() && grew_in_order(&before.samples, &after.samples, counter) {
            return Continuity::SameProcess;
        }
        let mut by_id = |stack: StackId| u64::from(stack.0);
        let stack_key = stack_key.unwrap_or(&mut by_id);
        // A stack may be spread over several samples: their sum must not fall.
        self.missing.clear();
        before.samples.values[counter].for_each(|sample, value| {
            let missing = self.missing.entry(stack_key(before.samples.stacks[sample]));
            missing.or_insert(MissingAllocations::NOTHING).add(0, before.samples.labels[sample], value);
        });
        after.samples.values[counter].for_each(|sample, value| {
            if let Some(missing) = self.missing.get_mut(&stack_key(after.samples.stacks[sample])) {
                missing.add(1, after.samples.labels[sample], value.saturating_neg());
            }
        });
        let mut fell = self.missing.values().any(|missing| missing.value > 0);
        if !fell && self.missing.values().any(|missing| missing.is_divided) {
            fell = self.has_fallen_bucket([&before.samples, &after.samples], counter, stack_key);
        }
        if fell { Continuity::OtherProcess } else { Continuity::SameProcess }
    }

    /// Returns true if a bucket of a stack with several labels fell.
    fn has_fallen_bucket(
        &self,
        [before, after]: [&Samples; 2],
        counter: usize,
        stack_key: &mut dyn FnMut(StackId) -> u64,
    ) -> bool {
        let mut buckets: FxHashMap<(u64, LabelSetId), i64> = FxHashMap::default();
        before.values[counter].for_each(|sample, value| {
            let stack = stack_key(before.stacks[sample]);
            if self.missing.get(&stack).is_some_and(|missing| missing.is_divided) {
                let missing = buckets.entry((stack, before.labels[sample])).or_default();
                *missing = missing.saturating_add(value);
            }
        });
        after.values[counter].for_each(|sample, value| {
            if let Some(missing) = buckets.get_mut(&(stack_key(after.stacks[sample]), after.labels[sample])) {
                *missing = missing.saturating_sub(value);
            }
        });
        buckets.values().any(|missing| *missing > 0)
    }
}

/// Returns true if every sample of `before` with a value has a counterpart in `after`, in the same order and with a
/// value that did not fall, and `after` has no negative value: then no bucket fell. False proves nothing. Runtimes
/// write their buckets in a fixed order and put new ones at one end, so this is the usual case and needs no table.
fn grew_in_order(before: &Samples, after: &Samples, counter: usize) -> bool {
    let (then, now) = (&before.values[counter], &after.values[counter]);
    let mut later = 0..after.len();
    let is_found = (0..before.len()).filter(|at| then.get(*at) != 0).all(|at| {
        let key = (before.stacks[at], before.labels[at]);
        let found = later.find(|later| (after.stacks[*later], after.labels[*later]) == key);
        found.is_some_and(|found| now.get(found) >= then.get(at))
    });
    is_found && !now.has_negative()
}
