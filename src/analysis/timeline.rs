//! Processes of a series: the snapshots of each process, restarts, the roles of sample types over several snapshots,
//! and the activity of the runtimes between snapshots.

use std::fmt;
use std::ops::Range;

use rustc_hash::FxHashSet;

use crate::analysis::activity::Activity;
use crate::analysis::continuation::is_one_process;
use crate::analysis::window::Window;
use crate::base::compact_sort::CompactSort;
use crate::profile::{Continuity, ContinuityCheck, Input, Role, Series};

/// Processes of a series, and the activity of their runtimes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Number of the process of each snapshot.
    processes: Vec<usize>,
    /// Snapshot before each snapshot on the same lane and side, of the same process or of the process before; `None` if
    /// first. That of a copy is that of the original.
    previous: Vec<Option<usize>>,
    /// True for the lanes whose snapshots of changes are no levels, as in [`Lane::is_beside_levels`].
    beside_levels: Vec<bool>,
    /// Events of logs, aligned with the times of the snapshots.
    pub activity: Activity,
}

/// Snapshots of a window on one lane, in their order. A lane is written by one process, or by one of its threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Index of the instance.
    pub instance: usize,
    /// Number of the lane.
    pub lane: usize,
    /// Snapshots; one of each group of copies.
    pub snapshots: Vec<usize>,
    /// True if some snapshot of the lane, in the window or not, is not of changes, or some of the other side if the lane
    /// is not there: values of changes beside levels are no levels.
    pub is_beside_levels: bool,
}

impl Timeline {
    /// Finds the processes of a series, and places its logs.
    pub fn new(series: &Series) -> Self {
        let count = series.snapshots().len();
        let mut timeline = Self {
            processes: vec![0; count],
            previous: vec![None; count],
            beside_levels: Vec::new(),
            activity: Activity::new(series),
        };
        let mut check = ContinuityCheck::new(series);
        let mut next_process = 0;
        let lanes = 1 + series.snapshots().iter().map(|snapshot| snapshot.membership.lane).max().unwrap_or(0);
        // Ends of each lane on each side: its first and its last snapshot that is not of a change.
        let mut ends = vec![[None::<(usize, usize)>; 2]; lanes];
        // First snapshot of the newest process of each lane.
        let mut begins = vec![None; lanes];
        for (side, input) in [Input::Current, Input::Base].into_iter().enumerate() {
            let mut last: Vec<Option<usize>> = vec![None; lanes];
            let is_original = |at: &usize| !series.snapshots()[*at].membership.is_duplicate();
            for at in series.range_of(input).filter(is_original) {
                let snapshot = &series.snapshots()[at];
                let lane = snapshot.membership.lane;
                let before = last[lane];
                let end = ends[lane][side].map(|(_, end)| end);
                let is_same = !snapshot.is_of_changes();
                let is_rebuilt = before.is_some_and(|before| is_other_build(series, before, at));
                let restarted = is_rebuilt && snapshot.is_of_changes()
                    || is_same
                        && end.is_some_and(|end| {
                            match check.compare(merged_begin(series, begins[lane], at).unwrap_or(end), at) {
                                Continuity::OtherProcess => true,
                                Continuity::SameProcess => false,
                                Continuity::NoEvidence => {
                                    series.snapshots()[end].membership.deploy != snapshot.membership.deploy
                                        || is_other_build(series, end, at)
                                }
                            }
                        });
                timeline.processes[at] = match before {
                    Some(before) if !restarted => timeline.processes[before],
                    _ => {
                        begins[lane] = Some(at);
                        next_process += 1;
                        next_process - 1
                    }
                };
                timeline.previous[at] = before;
                last[lane] = Some(at);
                if is_same {
                    let first = ends[lane][side].map_or(at, |(first, _)| first);
                    ends[lane][side] = Some((first, at));
                }
            }
        }
        for (copy, snapshot) in series.snapshots().iter().enumerate() {
            if let Some(original) = snapshot.membership.copy_of {
                timeline.processes[copy] = timeline.processes[original];
                timeline.previous[copy] = timeline.previous[original];
            }
        }
        timeline.beside_levels = beside_levels(series, &ends);
        for [current, base] in ends {
            if let (Some(current), Some(base)) = (current, base) {
                timeline.link_sides(series, &mut check, current, base);
            }
        }
        timeline
    }

    /// Joins the processes of both sides of a lane if the counters of one side continue in the other. Without evidence
    /// either way they are two.
    fn link_sides(
        &mut self,
        series: &Series,
        check: &mut ContinuityCheck<'_>,
        current: (usize, usize),
        base: (usize, usize),
    ) {
        let header = |at: usize| &series.snapshots()[at].header;
        let mut continues = |before: usize, after: usize| {
            let times = [before, after].map(|at| header(at).time_nanos);
            let is_backwards = times[0] > times[1] && times[1] != 0;
            // A process keeps its sampling period, and does not allocate less as time goes on. Buckets decide, and not the
            // build that a file states.
            if is_backwards || header(before).period != header(after).period {
                return false;
            }
            series.is_duplicate(before, after)
                || match check.compare(before, after) {
                    Continuity::SameProcess => is_one_process(series, [before, after], |stack| u64::from(stack.0)),
                    Continuity::NoEvidence => false,
                    // Code with other names has other stacks, but its counts continue.
                    Continuity::OtherProcess => {
                        check.compare_builds(before, after) == Continuity::SameProcess && {
                            let paths = series.normal_paths();
                            is_one_process(series, [before, after], |stack| paths[stack.index()])
                        }
                    }
                }
        };
        let (kept, other) = if continues(base.1, current.0) {
            (self.processes[base.1], self.processes[current.0])
        } else if continues(current.1, base.0) {
            (self.processes[current.1], self.processes[base.0])
        } else {
            return;
        };
        for process in self.processes.iter_mut().filter(|process| **process == other) {
            *process = kept;
        }
    }

    /// Number of the process of a snapshot. Numbers can only be compared with each other.
    pub fn process(&self, snapshot: usize) -> usize {
        self.processes.get(snapshot).copied().unwrap_or(0)
    }

    /// Snapshot before this one on the same lane and side; `None` for the first.
    pub fn previous(&self, snapshot: usize) -> Option<usize> {
        self.previous.get(snapshot).copied().flatten()
    }

    /// Returns true if the process restarted between this snapshot and the previous one on the same lane.
    pub fn restarts(&self, snapshot: usize) -> bool {
        self.previous(snapshot).is_some_and(|previous| self.process(previous) != self.process(snapshot))
    }

    /// Returns true if a snapshot is the first of another build than the snapshot before.
    pub fn is_deploy(&self, series: &Series, snapshot: usize) -> bool {
        self.previous(snapshot).is_some_and(|previous| {
            let deploy = |at: usize| series.snapshots()[at].membership.deploy;
            let is_other = is_other_build(series, previous, snapshot) || deploy(previous) != deploy(snapshot);
            is_other && self.restarts(snapshot)
        })
    }

    /// Number of restarts within a window, of one instance or of all.
    pub fn restarts_in(&self, series: &Series, window: Window, instance: Option<usize>) -> usize {
        let lanes = self.lanes(series, window, instance);
        let pairs = lanes.iter().flat_map(|lane| lane.snapshots.windows(2));
        pairs.filter(|pair| self.process(pair[0]) != self.process(pair[1])).count()
    }

    /// Lanes of a window in the order of their instances, for one instance or for all. A snapshot with copies counts
    /// once: the original if it is in the window, else the first copy.
    pub fn lanes(&self, series: &Series, window: Window, instance: Option<usize>) -> Vec<Lane> {
        let mut lanes: Vec<Lane> = Vec::new();
        let mut copied = FxHashSet::default();
        for at in window.snapshots().filter(|at| *at < series.snapshots().len()) {
            let member = series.snapshots()[at].membership;
            let mut is_repeated = |original| window.contains(original) || !copied.insert(original);
            if member.copy_of.is_some_and(&mut is_repeated) || instance.is_some_and(|asked| asked != member.instance) {
                continue;
            }
            match lanes.iter_mut().find(|lane| lane.lane == member.lane) {
                Some(lane) => lane.snapshots.push(at),
                None => lanes.push(Lane {
                    instance: member.instance,
                    lane: member.lane,
                    snapshots: vec![at],
                    is_beside_levels: self.beside_levels.get(member.lane).copied().unwrap_or(false),
                }),
            }
        }
        lanes.compact_sort_by_key(|lane| (lane.instance, lane.lane));
        lanes
    }

    /// Lanes of a window as in [`Self::lanes`], without snapshots of changes beside levels, unless the window has no
    /// others. A lane may have no snapshot left.
    pub(super) fn level_lanes(&self, series: &Series, window: Window, instance: Option<usize>) -> Vec<Lane> {
        let mut lanes = self.lanes(series, window, instance);
        if !lanes.iter().all(|lane| lane.is_beside_levels && lane.is_all_changes(series)) {
            let is_level = |at: &usize| !series.snapshots()[*at].is_of_changes();
            lanes.iter_mut().filter(|lane| lane.is_beside_levels).for_each(|lane| lane.snapshots.retain(is_level));
        }
        lanes
    }

    /// Values over the snapshots of a window, added up over instances: what all of them held. An instance keeps a value
    /// until its next snapshot, in a store as long as its process lived.
    pub fn carried(
        &self,
        series: &Series,
        window: Window,
        instance: Option<usize>,
        value: impl Fn(usize) -> i64,
    ) -> Vec<i64> {
        let sums = self.carried_known(series, window, instance, |at| Some(value(at)));
        sums.into_iter().map(Option::unwrap_or_default).collect()
    }

    /// Values as in [`Self::carried`], of the snapshots that have one; `None` where no instance has a value.
    pub fn carried_known(
        &self,
        series: &Series,
        window: Window,
        instance: Option<usize>,
        value: impl Fn(usize) -> Option<i64>,
    ) -> Vec<Option<i64>> {
        let mut sums = vec![None; window.count()];
        for lane in self.level_lanes(series, window, instance) {
            for (at, columns) in held_columns(series, &lane.snapshots, window) {
                let Some(held) = value(at) else { continue };
                for sum in &mut sums[columns] {
                    *sum = Some(sum.unwrap_or(0_i64).saturating_add(held));
                }
            }
        }
        sums
    }

    /// Number of instances in a window.
    pub fn instances(&self, series: &Series, window: Window, instance: Option<usize>) -> usize {
        let mut found: Vec<usize> =
            self.lanes(series, window, instance).into_iter().map(|lane| lane.instance).collect();
        found.dedup();
        found.len()
    }

    /// Role of a sample type in a window, for one instance or for all. If the lanes differ, lanes of changes do not
    /// count.
    pub fn role(&self, series: &Series, sample_type: usize, window: Window, instance: Option<usize>) -> Role {
        joint_role(series, sample_type, &self.lanes(series, window, instance))
    }

    /// Newest build of the current side and the build before it; `None` unless all snapshots before the newest build are
    /// of other builds.
    pub fn deploy(series: &Series) -> Option<Deploy> {
        let range = series.range_of(Input::Current);
        let build = |at: usize| {
            let snapshot = &series.snapshots()[at];
            (snapshot.membership.deploy, snapshot.header.build_ids.first().map(|build| build.raw().to_owned()))
        };
        // First snapshot of the builds in a row that end before `end`.
        let begin = |end: usize| {
            let newest = build(end.checked_sub(1)?);
            let first = (range.start..end).rev().take_while(|at| build(*at) == newest).last()?;
            let is_parted = (range.start..first).all(|at| build(at) != newest);
            Some((first, is_parted))
        };
        let (first, true) = begin(range.end)? else { return None };
        let newest = Window { first, last: range.end - 1 };
        let last = first.checked_sub(1).filter(|last| *last >= range.start)?;
        let (before, base) = match begin(first)? {
            (of_one, true) => (BuildsBefore::One, of_one),
            (_, false) => (BuildsBefore::Mixed, range.start),
        };
        Some(Deploy { before, base: Window { first: base, last }, newest })
    }
}

/// Newest build of a series and what it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deploy {
    /// Builds of `base`.
    pub before: BuildsBefore,
    /// Snapshots of the build before; of all builds before where that build's snapshots stand between those of others.
    pub base: Window,
    /// Snapshots of the newest build.
    pub newest: Window,
}

/// Builds that a newest build is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildsBefore {
    /// The build before.
    One,
    /// All builds before, whose snapshots are mixed.
    Mixed,
}

/// Number of instances with a single snapshot in a window, whose growth is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownGrowth {
    single: usize,
    instances: usize,
}

impl UnknownGrowth {
    /// Counts the lanes with a single snapshot; `None` if there are none.
    pub(super) fn of(lanes: &[Lane]) -> Option<Self> {
        let single = lanes.iter().filter(|lane| lane.snapshots.len() < 2).count();
        (single > 0).then_some(Self { single, instances: lanes.len() })
    }
}

impl fmt::Display for UnknownGrowth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self { instances: 1, .. } => f.write_str("a growth needs two snapshots, and the window has one"),
            Self { single: 1, instances } => {
                write!(f, "1 of {instances} instances has one snapshot: its growth is not known")
            }
            Self { single, instances } => {
                write!(f, "{single} of {instances} instances have one snapshot: their growth is not known")
            }
        }
    }
}

impl Lane {
    /// Role of a sample type on this lane. In profiles of changes, a counter is a change, and a level stays a level
    /// unless a value is below zero, which no level can be, or other profiles of the lane are not of changes.
    pub fn role(&self, series: &Series, sample_type: usize) -> Role {
        let snapshots = || self.snapshots.iter().map(|at| &series.snapshots()[*at]);
        match series.roles()[sample_type].role {
            // A store's merge has the allocations within its span.
            Role::Counter if self.is_all_changes(series) || self.is_all_merges(series) => Role::Change,
            Role::Level
                if self.is_all_changes(series)
                    && (self.is_beside_levels || snapshots().any(|one| one.has_negative(sample_type))) =>
            {
                Role::Change
            }
            Role::Unknown if snapshots().all(|one| one.header.duration_nanos > 0 || one.is_of_changes()) => {
                Role::Change
            }
            role => role,
        }
    }

    /// Returns true if every snapshot was merged by a store.
    fn is_all_merges(&self, series: &Series) -> bool {
        self.snapshots.iter().all(|at| series.snapshots()[*at].header.merge.is_some())
    }

    /// Returns true if every snapshot is of the changes within its duration.
    pub fn is_all_changes(&self, series: &Series) -> bool {
        self.snapshots.iter().all(|at| series.snapshots()[*at].is_of_changes())
    }
}

/// Snapshots of a lane in a window, each with the columns of the window in which its value holds: until the next
/// snapshot of the lane, from the first on in the columns before it too. A store knows when its processes lived: the
/// value of a merge holds in its own span, and that of a single profile from an interval before it to two after it.
pub(super) fn held_columns(series: &Series, snapshots: &[usize], window: Window) -> Vec<(usize, Range<usize>)> {
    let mut held = 0;
    let of = |(place, at): (usize, &usize)| {
        let own = at - window.first;
        let next = snapshots.get(place + 1).map_or(window.count(), |next| next - window.first);
        let header = &series.snapshots()[*at].header;
        let columns = match &header.merge {
            Some(merge) if merge.covered_nanos() > 0 => {
                let interval = merge.interval_nanos;
                let [before, after] =
                    if merge.is_single() { [interval - 1, 2 * interval] } else { [0, merge.span_nanos] };
                let start = column_at(series, window, header.time_nanos.saturating_sub(before));
                let end = column_at(series, window, header.time_nanos.saturating_add(after));
                start.max(held).min(own)..end.min(next).max(own + 1)
            }
            _ if place == 0 => 0..next,
            _ => own..next,
        };
        held = columns.end;
        (*at, columns)
    };
    snapshots.iter().enumerate().map(of).collect()
}

/// First column of a window at or after a time.
fn column_at(series: &Series, window: Window, nanos: i64) -> usize {
    series.snapshots()[window.first..=window.last].partition_point(|one| one.header.time_nanos < nanos)
}

/// Returns for each lane whether its snapshots of changes are beside levels. `ends` are the first and the last snapshot of
/// each lane on each side that are not of changes.
fn beside_levels(series: &Series, ends: &[[Option<(usize, usize)>; 2]]) -> Vec<bool> {
    let has_levels = [0, 1].map(|side| ends.iter().any(|lane| lane[side].is_some()));
    let mut is_there = vec![[false; 2]; ends.len()];
    for snapshot in series.snapshots() {
        is_there[snapshot.membership.lane][usize::from(snapshot.input == Input::Base)] = true;
    }
    let is_beside = |(lane, ends): (usize, &[Option<(usize, usize)>; 2])| {
        [0, 1].into_iter().any(|side| ends[side].is_some() || !is_there[lane][side] && has_levels[side])
    };
    ends.iter().enumerate().map(is_beside).collect()
}

/// First snapshot of the newest process of a lane, if this one and the snapshot `at` are merges of several profiles.
fn merged_begin(series: &Series, begin: Option<usize>, at: usize) -> Option<usize> {
    let is_merge = |at: usize| series.snapshots()[at].header.merge.as_ref().is_some_and(|merge| !merge.is_single());
    begin.filter(|begin| is_merge(*begin) && is_merge(at))
}

/// Returns true if two snapshots state different builds of the program.
fn is_other_build(series: &Series, before: usize, after: usize) -> bool {
    let build = |at: usize| series.snapshots()[at].header.build_ids.first();
    matches!((build(before), build(after)), (Some(before), Some(after)) if before != after)
}

/// Role of a sample type on several lanes: the common role, else that of the lanes that have more than changes.
pub(super) fn joint_role(series: &Series, sample_type: usize, lanes: &[Lane]) -> Role {
    let plain = series.roles()[sample_type].role;
    let mut roles = lanes.iter().map(|lane| lane.role(series, sample_type));
    let first = roles.next().unwrap_or(plain);
    if roles.all(|role| role == first) { first } else { plain }
}

/// Returns true if every snapshot of a window was merged by a store.
pub(super) fn is_all_merges(series: &Series, window: Window) -> bool {
    series.snapshots()[window.first..=window.last].iter().all(|snapshot| snapshot.header.merge.is_some())
}
