//! Allocations of a recording over time, cut into snapshots.
//!
//! The length of a recording is not known before its end. Snapshots are taken at equal intervals; when there are too
//! many, every second one is dropped and the interval doubles. Further snapshots are taken at the start, where nothing
//! is allocated yet, at the exact peak, and at the end.
//!
//! The peak costs constant time per event: stacks that changed since the last peak are kept in a list, and only these
//! stacks are copied at the next peak.

use crate::base::ids::{LabelSetId, StackId};
use crate::base::limits::{Budget, LimitError, LimitKind};
use crate::format::heaptrack::max_rss;
use crate::format::{FormatError, ReadContext};
use crate::profile::{EarlierSamples, SampleType, Samples, Values};

/// Sample types, in the order of [`Site::values`]. The peak types have the figures at the highest sum of bytes so far.
pub(super) const SAMPLE_TYPES: [(&str, &str); 7] = [
    ("alloc_objects", "count"),
    ("alloc_space", "bytes"),
    ("inuse_objects", "count"),
    ("inuse_space", "bytes"),
    ("peak_objects", "count"),
    ("peak_space", "bytes"),
    ("temporary_objects", "count"),
];

pub(super) fn sample_types() -> Vec<SampleType> {
    SAMPLE_TYPES.iter().map(|(name, unit)| SampleType::new(name, unit)).collect()
}

/// Maximum number of snapshots at equal intervals; with the snapshots at the start, the peak and the end there are 60.
const MAX_CUTS: usize = 57;
/// Minimum number of snapshots that are kept when memory is short.
const MIN_CUTS: usize = 4;
/// Maximum number of samples in all snapshots together, above which snapshots are dropped down to [`FEW_CUTS`]: a
/// recording with a million stacks would take gigabytes.
const MANY_SAMPLES: usize = 6_000_000;
/// Minimum number of snapshots that are kept when there are many samples.
const FEW_CUTS: usize = 8;
/// First interval in milliseconds, in which heaptrack writes times.
const FIRST_INTERVAL: u64 = 10;
/// Nanoseconds per millisecond.
const MILLI: i64 = 1_000_000;
/// Last time that is kept, in milliseconds: ten years. Times beyond it do not fit nanoseconds.
const MAX_TIME: u64 = 1000 * 86_400 * 3650;

/// Mark of a stack without a site.
const NO_SITE: u32 = u32::MAX;

/// Allocation of a size at a stack.
#[derive(Clone, Copy)]
struct Allocation {
    size: i64,
    /// Index into the sites.
    site: u32,
}

/// Figures of a stack.
#[derive(Clone, Copy, Default)]
struct Figures {
    allocated_objects: i64,
    allocated_bytes: i64,
    held_objects: i64,
    held_bytes: i64,
    temporary: i64,
}

/// Stack that allocates.
#[derive(Clone, Copy)]
struct Site {
    stack: StackId,
    now: Figures,
    /// Figures at the highest sum of bytes so far.
    at_peak: Figures,
    /// True if the figures changed since the peak.
    is_changed: bool,
}

impl Site {
    /// Values of the site's sample at a moment; `None` if all are 0.
    fn values(&self, time: FigureTime) -> Option<[i64; SAMPLE_TYPES.len()]> {
        let Self { now, at_peak, .. } = self;
        let figures = if time == FigureTime::Now { now } else { at_peak };
        let values = [
            figures.allocated_objects,
            figures.allocated_bytes,
            figures.held_objects,
            figures.held_bytes,
            at_peak.held_objects,
            at_peak.held_bytes,
            figures.temporary,
        ];
        (values != [0; SAMPLE_TYPES.len()]).then_some(values)
    }
}

/// Moment whose figures a snapshot has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FigureTime {
    Now,
    Peak,
}

/// Snapshots of a finished recording.
pub(super) struct RecordedSnapshots {
    pub(super) earlier: Vec<EarlierSamples>,
    pub(super) last: Samples,
    /// Time of the last snapshot.
    pub(super) time_nanos: i64,
    /// Maximum of resident bytes; 0 if unknown.
    pub(super) max_rss: i64,
}

/// Events read so far.
#[derive(Default)]
pub(super) struct AllocationTimeline {
    allocations: Vec<Allocation>,
    sites: Vec<Site>,
    /// Index of the site of each stack, by stack id; [`NO_SITE`] for a stack without a site.
    site_of: Vec<u32>,
    /// Sites that changed since the peak.
    changed: Vec<u32>,
    held: i64,
    peak: i64,
    /// Milliseconds since the start: of the last event, and of the peak.
    millis: u64,
    peak_millis: u64,
    /// Index of the allocation in the previous event; 0 at the start and after a free, as in heaptrack.
    last_allocation: u64,
    cuts: Vec<EarlierSamples>,
    /// Number of samples in all of `cuts`.
    cut_samples: usize,
    interval: u64,
    next_cut: u64,
    max_rss: i64,
}

impl AllocationTimeline {
    /// Adds an allocation that later events refer to.
    pub(super) fn push_allocation(&mut self, size: i64, stack: StackId, budget: &mut Budget) -> Result<(), LimitError> {
        let missing = (stack.index() + 1).saturating_sub(self.site_of.len());
        if missing > self.site_of.capacity() - self.site_of.len() {
            budget.grow(&mut self.site_of, missing)?;
        }
        self.site_of.extend(std::iter::repeat_n(NO_SITE, missing));
        let mut site = self.site_of[stack.index()];
        if site == NO_SITE {
            site = self.sites.len() as u32;
            let (now, at_peak) = (Figures::default(), Figures::default());
            budget.push(&mut self.sites, Site { stack, now, at_peak, is_changed: false })?;
            self.site_of[stack.index()] = site;
        }
        budget.push(&mut self.allocations, Allocation { size, site })
    }

    fn allocation(&self, index: u64) -> Option<Allocation> {
        self.allocations.get(usize::try_from(index).ok()?).copied()
    }

    /// Applies an event to the figures of a site.
    fn change(&mut self, site: u32, budget: &mut Budget, apply: impl Fn(&mut Figures)) -> Result<(), LimitError> {
        let changed = &mut self.sites[site as usize];
        apply(&mut changed.now);
        if !changed.is_changed {
            changed.is_changed = true;
            budget.push(&mut self.changed, site)?;
        }
        Ok(())
    }

    /// Applies an allocation event; returns false if there is no allocation with this index.
    pub(super) fn allocate(&mut self, index: u64, budget: &mut Budget) -> Result<bool, LimitError> {
        let Some(Allocation { size, site }) = self.allocation(index) else { return Ok(false) };
        self.change(site, budget, |figures| {
            figures.allocated_objects = figures.allocated_objects.wrapping_add(1);
            figures.allocated_bytes = figures.allocated_bytes.wrapping_add(size);
            figures.held_objects = figures.held_objects.wrapping_add(1);
            figures.held_bytes = figures.held_bytes.wrapping_add(size);
        })?;
        self.last_allocation = index;
        self.held = self.held.wrapping_add(size);
        if self.held > self.peak {
            (self.peak, self.peak_millis) = (self.held, self.millis);
            for site in self.changed.drain(..) {
                let site = &mut self.sites[site as usize];
                site.at_peak = site.now;
                site.is_changed = false;
            }
        }
        Ok(true)
    }

    /// Applies a free event; returns false if there is no allocation with this index. As in heaptrack, an allocation is
    /// temporary if its own event is the previous event, and a free sets the last allocation to index 0.
    pub(super) fn free(&mut self, index: u64, budget: &mut Budget) -> Result<bool, LimitError> {
        let Some(Allocation { size, site }) = self.allocation(index) else { return Ok(false) };
        let temporary = i64::from(self.last_allocation == index);
        self.last_allocation = 0;
        self.held = self.held.wrapping_sub(size);
        self.change(site, budget, |figures| {
            figures.held_objects = figures.held_objects.wrapping_sub(1);
            figures.held_bytes = figures.held_bytes.wrapping_sub(size);
            figures.temporary = figures.temporary.wrapping_add(temporary);
        })?;
        Ok(true)
    }

    /// Records the resident bytes at the current time.
    pub(super) fn resident(&mut self, bytes: u64) {
        self.max_rss = self.max_rss.max(i64::try_from(bytes).unwrap_or(0));
    }

    /// Advances the time, and takes a snapshot if one is due.
    pub(super) fn time(&mut self, millis: u64, budget: &mut Budget) -> Result<(), LimitError> {
        self.millis = self.millis.max(millis.min(MAX_TIME));
        if self.millis < self.next_cut || self.sites.is_empty() {
            return Ok(());
        }
        if self.interval == 0 {
            self.interval = FIRST_INTERVAL;
        }
        while self.has_no_room(budget) {
            self.thin_out(budget);
        }
        let samples = self.samples(FigureTime::Now, budget)?;
        self.cut_samples += samples.len();
        let (time_nanos, metrics) = (nanos(self.millis), Some(self.max_rss).filter(|rss| *rss > 0).map(max_rss));
        budget.push(&mut self.cuts, EarlierSamples { time_nanos, metrics, samples })?;
        self.next_cut = (self.millis / self.interval + 1) * self.interval;
        Ok(())
    }

    /// Returns true if snapshots must be dropped before another is taken, because of their number, their samples, or
    /// the memory that is left.
    fn has_no_room(&self, budget: &Budget) -> bool {
        // Seven columns of up to eight bytes, stack and labels.
        let cut_bytes = (self.sites.len() * (SAMPLE_TYPES.len() + 1) * size_of::<i64>()) as u64;
        match self.cuts.len() {
            MAX_CUTS.. => true,
            count if count > FEW_CUTS && self.cut_samples + self.sites.len() > MANY_SAMPLES => true,
            count => count > MIN_CUTS && cut_bytes > budget.left() / 4,
        }
    }

    /// Drops every second snapshot, and doubles the interval.
    fn thin_out(&mut self, budget: &mut Budget) {
        self.interval = self.interval.saturating_mul(2);
        let mut at = 0;
        self.cuts.retain(|cut| {
            at += 1;
            if at % 2 == 1 {
                self.cut_samples -= cut.samples.len();
                budget.release(cut.samples.bytes());
            }
            at % 2 == 0
        });
    }

    /// Samples of the sites that have figures.
    fn samples(&self, time: FigureTime, budget: &mut Budget) -> Result<Samples, LimitError> {
        let filled = || self.sites.iter().filter_map(|site| Some((site, site.values(time)?)));
        let mut samples = Samples::with_room(SAMPLE_TYPES.len(), filled().count(), budget)?;
        for (site, values) in filled() {
            budget.push(samples.stacks.to_mut(), site.stack)?;
            samples.labels.to_mut().push(LabelSetId::EMPTY);
            samples.values.iter_mut().zip(values).try_for_each(|(column, value)| column.push(value, budget))?;
        }
        Ok(samples)
    }

    /// Finishes the snapshots, and returns the bytes of the tables to the budget.
    pub(super) fn finish(mut self, context: &mut ReadContext<'_>) -> Result<RecordedSnapshots, FormatError> {
        let limit = context.options.limits.records;
        if self.sites.len() as u64 > limit {
            return Err(LimitError { kind: LimitKind::Records, subject: "the number of samples", limit }.into());
        }
        let budget = &mut *context.budget;
        let last = self.samples(FigureTime::Now, budget)?;
        let mut earlier = std::mem::take(&mut self.cuts);
        // The last time written by the recorder is the time of the end.
        if earlier.last().is_some_and(|cut| cut.time_nanos == nanos(self.millis)) {
            budget.release(earlier.pop().map_or(0, |cut| cut.samples.bytes()));
        }
        if self.peak > 0 && self.millis > 0 {
            let samples = self.samples(FigureTime::Peak, budget)?;
            // The peak comes after the last time that was written before it, by one nanosecond.
            let time_nanos = nanos(self.peak_millis) + 1;
            let at = earlier.partition_point(|cut| cut.time_nanos < time_nanos);
            let metrics = at.checked_sub(1).and_then(|before| earlier[before].metrics);
            earlier.insert(at, EarlierSamples { time_nanos, metrics, samples });
        }
        if self.millis > 0 {
            let mut samples = Samples::default();
            samples.values.resize_with(SAMPLE_TYPES.len(), Values::default);
            earlier.insert(0, EarlierSamples { time_nanos: nanos(0), metrics: None, samples });
        }
        let bytes = self.allocations.capacity() * size_of::<Allocation>()
            + self.sites.capacity() * size_of::<Site>()
            + self.changed.capacity() * size_of::<u32>()
            + self.site_of.capacity() * size_of::<u32>();
        budget.release(bytes as u64);
        Ok(RecordedSnapshots { earlier, last, time_nanos: nanos(self.millis) + 2, max_rss: self.max_rss })
    }
}

/// Converts milliseconds to the time of a snapshot. The start is at one nanosecond, since 0 means an unknown time.
fn nanos(millis: u64) -> i64 {
    (millis as i64 * MILLI).max(1)
}
