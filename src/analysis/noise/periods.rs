//! Sampling periods of the snapshots whose noise is computed.

use rustc_hash::FxHashMap;

use crate::base::units::Unit;
use crate::profile::{Measure, Sampling, Series, sampling_of};

/// Sampling periods of snapshots in the unit of the column of bytes; 0 if every object is recorded.
pub(super) struct Periods {
    of: FxHashMap<usize, f64>,
    /// Period in bytes that was assumed because a file does not state any; `None` if all state one.
    pub(super) assumed: Option<u64>,
}

impl Periods {
    /// Finds the periods of some snapshots for a sample type of bytes, or of objects beside one; `None` if a period is not
    /// known.
    pub(super) fn new(series: &Series, snapshots: &[usize], sample_type: usize) -> Option<Self> {
        let role = series.roles()[sample_type];
        let bytes = if role.measure == Measure::Objects { role.paired_type } else { Some(sample_type) };
        let unit = bytes.and_then(|at| Unit::of(series.sample_types()[at].unit.raw()).bytes()).unwrap_or(1) as f64;
        let mut periods = Self { of: FxHashMap::default(), assumed: None };
        for at in snapshots {
            let period = match sampling_of(&series.snapshots()[*at].header) {
                (Sampling::Exact, _) => 0.0,
                (Sampling::Bytes(bytes), is_assumed) => {
                    periods.assumed = periods.assumed.or(Some(bytes).filter(|_| is_assumed));
                    bytes as f64 / unit
                }
                (Sampling::Unknown, _) => return None,
            };
            periods.of.insert(*at, period);
        }
        Some(periods)
    }

    pub(super) fn is_sampled(&self) -> bool {
        self.of.values().any(|period| *period > 0.0)
    }

    pub(super) fn get(&self, snapshot: usize) -> f64 {
        self.of.get(&snapshot).copied().unwrap_or(0.0)
    }
}
