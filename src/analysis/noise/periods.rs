//! Sampling periods of the snapshots whose noise is computed.

use rustc_hash::FxHashMap;

use crate::profile::{Sampling, Series, sampling_of};

/// Sampling periods of snapshots in bytes; 0 if every object is recorded.
pub(super) struct Periods {
    of: FxHashMap<usize, f64>,
    /// Period in bytes that was assumed because a file does not state any; `None` if all state one.
    pub(super) assumed: Option<u64>,
}

impl Periods {
    /// Finds the periods of some snapshots; `None` if a period is not known.
    pub(super) fn new(series: &Series, snapshots: &[usize]) -> Option<Self> {
        let mut periods = Self { of: FxHashMap::default(), assumed: None };
        for at in snapshots {
            let period = match sampling_of(&series.snapshots()[*at].header) {
                (Sampling::Exact, _) => 0.0,
                (Sampling::Bytes(bytes), is_assumed) => {
                    periods.assumed = periods.assumed.or(Some(bytes).filter(|_| is_assumed));
                    bytes as f64
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
