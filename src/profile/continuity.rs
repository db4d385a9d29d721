//! Continuity of processes: whether a snapshot was taken from the same process as an earlier one.
//!
//! What a process has allocated only grows, stack by stack and size by size. A bucket that falls therefore means another
//! process; none that falls, while some were filled before, means the same one. Two processes that did the same work in
//! all buckets would be taken for one, which does not happen with real programs: in recorded series no bucket fell within
//! a process, and most fell at a restart.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use crate::base::ids::{LabelSetId, LocationId, StackId};
use crate::base::names::{demangled, normal};
use crate::profile::{Kind, Measure, Role, Samples, Series, Snapshot};

/// Evidence on whether two snapshots are of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continuity {
    /// No bucket of what was allocated fell.
    SameProcess,
    /// A bucket fell.
    OtherProcess,
    /// The profiles have no figures of what was allocated.
    NoEvidence,
}

/// Duration from which on a snapshot is taken as a change within it: the least that `seconds=1` gives, in nanoseconds.
const SHORTEST_CHANGE: i64 = 1_000_000_000;

impl Snapshot {
    /// Returns true if the snapshot tells what happened within its duration rather than since the process began.
    pub fn is_change(&self) -> bool {
        self.header.duration_nanos >= SHORTEST_CHANGE
    }
}

impl Series {
    /// Index of the type that counts what was allocated since the process began; `None` if there is none.
    pub fn counter(&self) -> Option<usize> {
        let roles = self.roles();
        let is_counter = |at: &usize| (roles[*at].kind, roles[*at].role) == (Kind::Allocated, Role::Counter);
        let counters = || (0..roles.len()).filter(is_counter);
        counters().find(|at| roles[*at].measure == Measure::Space).or_else(|| counters().next())
    }
}

/// Comparison of snapshots of a series; its table of buckets is allocated once.
#[derive(Debug)]
pub struct ContinuityCheck<'a> {
    series: &'a Series,
    counter: Option<usize>,
    buckets: FxHashMap<(u64, LabelSetId), i64>,
    /// Hash of the normal path of every stack, set at its first use.
    paths: Option<Vec<u64>>,
}

impl<'a> ContinuityCheck<'a> {
    /// Check of the snapshots of a series.
    pub fn new(series: &'a Series) -> Self {
        Self { series, counter: series.counter(), buckets: FxHashMap::default(), paths: None }
    }

    /// Evidence on whether the process of snapshot `before` is the one of the later snapshot `after`.
    pub fn compare(&mut self, before: usize, after: usize) -> Continuity {
        self.compare_by(before, after, None)
    }

    /// Evidence on whether two snapshots of different builds are of the same run: as [`ContinuityCheck::compare`], with
    /// functions by the normal form of their names.
    pub fn compare_builds(&mut self, before: usize, after: usize) -> Continuity {
        let paths = std::mem::take(&mut self.paths).unwrap_or_else(|| normal_paths(self.series));
        let found = self.compare_by(before, after, Some(&mut |stack| paths[stack.index()]));
        self.paths = Some(paths);
        found
    }

    /// Compares by the keys of stacks, or by their ids.
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
        let Some(counter) = self.counter else { return Continuity::NoEvidence };
        if merges.iter().any(Option::is_some) || before.is_change() || after.is_change() || before.totals[counter] == 0
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
        // A bucket may stand in several samples: their sum is what must not fall.
        self.buckets.clear();
        before.samples.values[counter].for_each(|sample, value| {
            let key = (stack_key(before.samples.stacks[sample]), before.samples.labels[sample]);
            let missing = self.buckets.entry(key).or_default();
            *missing = missing.saturating_add(value);
        });
        after.samples.values[counter].for_each(|sample, value| {
            let key = (stack_key(after.samples.stacks[sample]), after.samples.labels[sample]);
            if let Some(missing) = self.buckets.get_mut(&key) {
                *missing = missing.saturating_sub(value);
            }
        });
        let fell = self.buckets.values().any(|missing| *missing > 0);
        if fell { Continuity::OtherProcess } else { Continuity::SameProcess }
    }
}

/// Returns true if every filled sample of `before` comes back in `after` in the same order, with no value that fell and none
/// below zero: then no bucket fell. False says nothing. Runtimes write their buckets in a fixed order and put new ones at
/// one end, so that this is the usual case and needs no table.
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

/// Hash of the path of every stack, by the normal forms of the names of its functions.
fn normal_paths(series: &Series) -> Vec<u64> {
    let symbols = series.symbols();
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
    let trie = series.trie();
    let mut paths = vec![0_u64; trie.len()];
    for stack in (1..trie.len()).map(StackId::new) {
        let parent = trie.parent(stack).map_or(0, |parent| paths[parent.index()]);
        let mut hasher = FxHasher::default();
        (parent, locations[trie.location(stack).index()]).hash(&mut hasher);
        paths[stack.index()] = hasher.finish();
    }
    paths
}
