//! What is to be known of a series before any window of it: where a process began anew, what its sample types count, and
//! what its runtimes did in the meantime.

use crate::analysis::activity::Activity;
use crate::analysis::window::Window;
use crate::profile::{Input, Kind, Series, Snapshot};

/// A duration from which on a profile is one of changes: what `seconds=1` gives at the least, in nanoseconds.
const SHORTEST_CHANGE: i64 = 1_000_000_000;

/// What the values of a sample type are over several snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A level at the time of the snapshot.
    Level,
    /// A count since the process began.
    Counter,
    /// What happened within the snapshot's own duration.
    Change,
    /// It cannot be told.
    Unknown,
}

/// Where processes began anew in a series, and what their runtimes did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Whether a process began between the snapshot before and this one, by snapshot.
    restarts: Vec<bool>,
    /// What logs say of the time between the snapshots.
    pub activity: Activity,
}

impl Timeline {
    /// Looks through a series.
    pub fn new(series: &Series) -> Self {
        let counters: Vec<usize> = (0..series.sample_types().len())
            .filter(|index| series.sample_types()[*index].kind() == Kind::Allocated)
            .collect();
        let mut restarts = vec![false; series.snapshots().len()];
        let mut sites = Sites { reached: Vec::new(), touched: Vec::new() };
        for side in [Input::Current, Input::Base] {
            let range = series.range_of(side);
            for (next, restarts) in restarts[range.clone()].iter_mut().enumerate().skip(1) {
                let next = range.start + next;
                let pair = [&series.snapshots()[next - 1], &series.snapshots()[next]];
                if counters.is_empty() || pair.iter().any(|snapshot| is_change(snapshot)) {
                    continue;
                }
                let fell = |counter: &usize| pair[1].totals[*counter] < pair[0].totals[*counter];
                *restarts = counters.iter().any(fell) || sites.fell(series, pair, counters[0]);
            }
        }
        Self { restarts, activity: Activity::new(series) }
    }

    /// Whether a process began between the snapshot before this one and this one.
    pub fn restarts(&self, snapshot: usize) -> bool {
        self.restarts.get(snapshot).copied().unwrap_or(false)
    }

    /// The restarts within a window.
    pub fn restarts_in(&self, window: Window) -> usize {
        window.snapshots().skip(1).filter(|snapshot| self.restarts(*snapshot)).count()
    }

    /// What the values of a sample type are in a window.
    pub fn nature(&self, series: &Series, sample_type: usize, window: Window) -> Nature {
        let snapshots = &series.snapshots()[window.first..=window.last];
        let is_change = snapshots.iter().all(is_change);
        match series.sample_types()[sample_type].kind() {
            Kind::Allocated if is_change => Nature::Change,
            Kind::Allocated => Nature::Counter,
            // A profile of changes has levels too, unless one of them is below zero, which no level can be.
            Kind::InUse if is_change && snapshots.iter().any(|one| one.samples.values[sample_type].has_negative()) => {
                Nature::Change
            }
            Kind::InUse => Nature::Level,
            Kind::Other if snapshots.iter().all(|snapshot| snapshot.header.duration_nanos > 0) => Nature::Change,
            Kind::Other => Nature::Unknown,
        }
    }
}

/// Whether a snapshot tells what happened within its duration, and not what is.
pub(super) fn is_change(snapshot: &Snapshot) -> bool {
    snapshot.header.duration_nanos >= SHORTEST_CHANGE
}

/// What each stack's counter had reached; kept between pairs so that it is allocated once.
struct Sites {
    reached: Vec<i64>,
    touched: Vec<usize>,
}

impl Sites {
    /// Whether most of what the earlier snapshot had counted is gone from its stacks: then another process counts, even
    /// if it has come further than the one before.
    fn fell(&mut self, series: &Series, [before, after]: [&Snapshot; 2], counter: usize) -> bool {
        self.reached.resize(series.trie().len(), 0);
        let mut add = |snapshot: &Snapshot, factor: i64| {
            snapshot.samples.values[counter].for_each(|sample, value| {
                let stack = snapshot.samples.stacks[sample].index();
                self.reached[stack] = self.reached[stack].wrapping_add(value.wrapping_mul(factor));
                self.touched.push(stack);
            });
        };
        add(before, -1);
        add(after, 1);
        let mut gone = 0_i128;
        for stack in self.touched.drain(..) {
            let change = std::mem::take(&mut self.reached[stack]);
            gone += i128::from(change.min(0).unsigned_abs());
        }
        gone * 2 > before.totals[counter]
    }
}
