//! Error of the factor that makes the totals of both sides of a comparison equal.
//!
//! With the totals A and B, the factor is r = A/B, and the change of a part with a and b is Δ = r·b − a. The factor is an
//! estimate too: with the share q = b/B, its error moves the part by b·dr = q·(dA − r·dB). The totals consist of the part
//! and the rest, so that to the first order
//!
//!   dΔ = (1 − q)·(r·db − da) − q·(r·db′ − da′),
//!
//! where ′ is the rest. Part and rest are sampled independently. With the variance V of r·b − a for a known factor, which
//! holds the covariance of the sides if they are one process,
//!
//!   Var(Δ) = (1 − q)²·V(part) + q²·V(rest).
//!
//! Of the total q is 1: its change is 0 by construction, and has no error. Third cumulants have the cubes of both factors.

use super::variance::{SamplingVariance, WeightPowers};

/// Samples whose totals a factor makes equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EqualTotals {
    /// All samples of both sides.
    AllSamples,
    /// Samples that pass the filters of their side.
    FilteredSamples,
}

/// Variance below which a part is the whole, as a fraction of the variance of the whole: errors of doubles.
const NO_VARIANCE: f64 = 1e-12;

/// Variance of the change of a part; `whole` is the variance of both totals together for a known factor.
pub(super) fn variance(part: SamplingVariance, whole: SamplingVariance) -> SamplingVariance {
    let rest = SamplingVariance::between(part, whole);
    let rest = SamplingVariance { variance: rest.variance.max(0.0), cubed: rest.cubed.max(0.0), share: 0.0 };
    let mut sum = part.times(WeightPowers::of(1.0 - part.share));
    sum += rest.times(WeightPowers::of(part.share));
    if sum.variance > NO_VARIANCE * whole.variance { sum } else { SamplingVariance::default() }
}
