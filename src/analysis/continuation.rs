//! Evidence that two profiles are of one process, from its allocation counter.
//!
//! In one process no bucket of the counter falls. That no bucket fell is evidence only if some would have fallen between two
//! processes. Those are sampled independently: a bucket with k samples in the first has about r·k in the second, with the
//! variance r·(1 + r)·k·(1 − p), r being the ratio of the totals and p the probability of an object to be sampled. The
//! probability that the bucket does not fall, or that it stays the same if it did, is a factor for each bucket.

use rustc_hash::FxHashMap;

use crate::analysis::p_values;
use crate::base::ids::StackId;
use crate::profile::{Measure, Sampling, Series, sampling_chance, sampling_of};

/// Probability of the buckets of two processes up to which two profiles are taken for one process.
const MOST_CHANCE: f64 = 0.05;
/// Value of a bucket at both ends: of the counter, and of the objects that it pairs with.
type Ends = [[f64; 2]; 2];

/// Returns true if the counters of two profiles, of which no bucket fell, are hardly those of two processes. `key` tells
/// stacks apart.
pub(super) fn is_one_process(series: &Series, ends: [usize; 2], key: impl Fn(StackId) -> u64) -> bool {
    // A store names the process of a profile.
    if ends.iter().all(|at| series.snapshots()[*at].header.merge.is_some()) {
        return true;
    }
    let Some(counter) = series.allocation_counter_type() else { return false };
    let role = series.roles()[counter];
    let period = match sampling_of(&series.snapshots()[ends[0]].header).0 {
        Sampling::Bytes(bytes) => bytes as f64,
        // Without sampling nothing differs by chance.
        Sampling::Exact | Sampling::Unknown => return true,
    };
    let mut buckets: FxHashMap<u64, Ends> = FxHashMap::default();
    let mut totals = [0.0_f64; 2];
    for (end, at) in ends.into_iter().enumerate() {
        let samples = &series.snapshots()[at].samples;
        samples.values[counter].for_each(|sample, value| {
            let partner = role.paired_type.map_or(0, |partner| samples.values[partner].get(sample));
            let bucket = &mut buckets.entry(key(samples.stacks[sample])).or_default()[end];
            bucket[0] += value as f64;
            bucket[1] += partner as f64;
            totals[end] += value as f64;
        });
    }
    let ratio = totals[1] / totals[0];
    let is_space = role.measure == Measure::Space;
    let chance_of = |[before, after]: &Ends| {
        let (bytes, objects) = if is_space { (before[0], before[1]) } else { (before[1], before[0]) };
        let size = if objects > 0.0 { bytes / objects } else { 0.0 };
        let chance = sampling_chance(size, period);
        let samples = if size > 0.0 { objects * chance } else { bytes / period };
        let deviation = (ratio * (1.0 + ratio) * samples * (1.0 - chance)).sqrt();
        // Counts are whole: the probability of one of them is that of an interval around it.
        let below = |count: f64| {
            let distance = (count - ratio * samples) / deviation;
            let tail = p_values::normal(distance.abs()) / 2.0;
            if distance < 0.0 { tail } else { 1.0 - tail }
        };
        match () {
            () if before[0] <= 0.0 || deviation <= 0.0 => 1.0,
            () if (before[0] - after[0]).abs() < 1.0 => below(samples + 0.5) - below(samples - 0.5),
            () => 1.0 - below(samples - 0.5),
        }
    };
    buckets.values().map(chance_of).product::<f64>() <= MOST_CHANCE
}
