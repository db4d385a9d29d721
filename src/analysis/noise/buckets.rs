//! Buckets of two snapshots of one process: stack and size, at both ends of a change.
//!
//! The key of a bucket does not depend on the call tree, whose granularity may merge call sites. Within one process the
//! allocations of a bucket do not fall, which tells which key has the buckets of the profiler: a size label that is the
//! mean of the objects in use moves, so that the stack is the bucket; and where one end names its functions in another
//! way, stacks continue under other names.

use rustc_hash::FxHashMap;

use super::variance::{Amount, Columns, SamplingVariance};
use crate::base::ids::{LabelSetId, StackId};

/// Figures of a bucket at both ends of a change.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bucket {
    /// Place in the sums of the noise: that of its samples in use.
    pub(super) place: usize,
    pub(super) in_use: [Amount; 2],
    pub(super) allocated: [Amount; 2],
}

impl Bucket {
    /// Bytes by which rounding may be off: scaled counts by half an object.
    fn slack(&self) -> f64 {
        let size = |amount: &Amount| if amount.objects > 0.0 { amount.bytes / amount.objects } else { 0.0 };
        let sizes = self.in_use.iter().chain(&self.allocated).map(size);
        (0.5 * sizes.fold(0.0, f64::max)).max(1.0)
    }

    /// Returns true if less was allocated at the end than at the start.
    pub(super) fn fell(&self) -> bool {
        self.allocated[1].bytes + self.slack() < self.allocated[0].bytes
    }

    /// Returns the variance of the change in use, and true if the bucket's columns belong together. At most min(in use at
    /// the end, Δallocated) was added and min(in use at the start, Δallocated − Δin-use) removed.
    pub(super) fn turnover(&self, columns: Columns, period: f64) -> (SamplingVariance, bool) {
        let both = |one: Amount, other: Amount| {
            let mut sum = columns.spread(one, period);
            sum += columns.spread(other, period);
            sum
        };
        let [before, after] = self.in_use;
        let (allocated, grown) = (self.allocated[1].bytes - self.allocated[0].bytes, after.bytes - before.bytes);
        if self.fell() || allocated + self.slack() < grown {
            return (both(before, after), false);
        }
        let part = |of: Amount, bytes: f64| {
            let share = if of.bytes > 0.0 { (bytes.max(0.0) / of.bytes).min(1.0) } else { 0.0 };
            Amount { bytes: of.bytes * share, objects: of.objects * share }
        };
        (both(part(after, allocated), part(before, allocated - grown)), true)
    }
}

/// Key of a bucket: stack or path, and labels.
pub(super) type BucketKey = (u64, LabelSetId);

/// Choice of what divides samples into buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BucketKind {
    /// Stack and labels, of which one is the size.
    StackAndLabels,
    Stack,
    /// Names of the functions on the stack, and labels.
    PathAndLabels,
    Path,
}

impl BucketKind {
    /// All kinds, the finest first.
    pub(super) const ALL: [Self; 4] = [Self::StackAndLabels, Self::Stack, Self::PathAndLabels, Self::Path];

    /// Key of a sample; `paths` returns the path of each stack by its index.
    pub(super) fn key<'a>(self, stack: StackId, labels: LabelSetId, paths: impl Fn() -> &'a [u64]) -> BucketKey {
        let path = || paths().get(stack.index()).copied().unwrap_or_default();
        match self {
            Self::StackAndLabels => (u64::from(stack.0), labels),
            Self::Stack => (u64::from(stack.0), LabelSetId::EMPTY),
            Self::PathAndLabels => (path(), labels),
            Self::Path => (path(), LabelSetId::EMPTY),
        }
    }
}

/// Finds the buckets of the finest kind of which none fell; those of the finest kind if some fell in each.
pub(super) fn consistent_buckets(
    collect: impl Fn(BucketKind) -> FxHashMap<BucketKey, Bucket>,
) -> FxHashMap<BucketKey, Bucket> {
    let [finest, others @ ..] = BucketKind::ALL;
    let found = collect(finest);
    let is_consistent = |buckets: &FxHashMap<BucketKey, Bucket>| !buckets.values().any(Bucket::fell);
    if is_consistent(&found) {
        return found;
    }
    others.into_iter().map(collect).find(is_consistent).unwrap_or(found)
}
