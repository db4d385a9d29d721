//! Spread of a figure over several instances, and outliers.
//!
//! The centre is the median m, the spread s = 1.4826·MAD with MAD the median of |x − m|; for normal values s estimates
//! the standard deviation (1.4826 = 1/Φ⁻¹(3/4)), and fewer than half of the values cannot move it. The robust z of a
//! value is |x − m
//! s. A value is an outlier when all of these hold:
//!
//! 1. **z is above the limit** of n values. 3.5 is the usual limit for many values. The spread of few values is itself
//!    uncertain: among five normal values, one has z > 3.5 in 21% of cases, among three in 29%. The limits here were
//!    simulated so that with any n some value of a normal set is above them in 5% of cases: from 21.7 for three values
//!    to 5.0 for nine, and 3.5 + 12/n for more. Of two values neither is an outlier, since either could be the one.
//! 2. **The difference is beyond sampling noise.** Values of different processes are independent, so that x − m has the
//!    variance σ² + (π/2)·σₘ²/n: that of the value, and that of the median of n values with the median standard
//!    deviation σₘ. Its two-sided normal p is below 0.05 after Holm's correction over all values that were compared.
//! 3. **The difference matters**: |x − m| is at least 1% of the median of the instances' totals.
//!
//! Sampling alone spreads the values by σₘ, so that the spread is at least σₘ. That covers a MAD of 0 among sampled
//! values. If more than half of the values are equal and have no noise (a function that most instances do not have),
//! the spread is 0 and z of any other value infinite: the second and third condition decide.

use crate::analysis::p_values;
use crate::analysis::rank::{holm, median};

/// 1/Φ⁻¹(3/4): the standard deviation of normal values in units of their median absolute deviation.
const NORMAL: f64 = 1.482_602_218_505_602;
/// Limit of the robust z of many values.
const LIMIT: f64 = 3.5;
/// Limits for three to nine values: the largest z of a normal set is above them in 5% of cases, by simulation.
const FEW: [f64; 7] = [21.7, 6.9, 7.9, 5.6, 5.9, 4.9, 5.0];
/// Minimum number of values for an outlier.
const LEAST: usize = 3;
/// Level of the test against sampling noise, corrected for the number of values.
const LEVEL: f64 = 0.05;
/// Share of the median total below which a difference does not matter.
const MATERIAL: f64 = 0.01;

/// Median and spread of some values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Median; of an even number of values the mean of the two in the middle.
    pub median: f64,
    /// Robust standard deviation: 1.4826 times the median absolute deviation, at least the sampling noise of a value.
    pub deviation: f64,
    /// Variance of the median by sampling.
    median_variance: f64,
    /// Number of values.
    count: usize,
}

/// Value with its sampling noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoisyValue {
    /// Value.
    pub value: i64,
    /// Standard deviation by sampling; 0 if it is exact, or if its noise is not known.
    pub sigma: f64,
}

impl Spread {
    /// Number of values.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Median as a whole number; `None` without values.
    pub fn rounded_median(&self) -> Option<i64> {
        (self.count > 0).then(|| self.median.round() as i64)
    }

    /// Robust standard deviation as a whole number; `None` without values.
    pub fn rounded_deviation(&self) -> Option<i64> {
        (self.count > 0).then(|| self.deviation.round() as i64)
    }

    /// Spread of some values; all zero without any.
    pub fn of(values: impl Iterator<Item = NoisyValue> + Clone) -> Self {
        let mut all: Vec<f64> = values.clone().map(|one| one.value as f64).collect();
        let count = all.len();
        let centre = median(&mut all).unwrap_or(0.0);
        let mut distances: Vec<f64> = all.iter().map(|value| (value - centre).abs()).collect();
        let absolute = median(&mut distances).unwrap_or(0.0);
        let mut sigmas: Vec<f64> = values.map(|one| one.sigma).collect();
        let noise = median(&mut sigmas).unwrap_or(0.0);
        let median_variance = std::f64::consts::FRAC_PI_2 * noise * noise / count.max(1) as f64;
        Self { median: centre, deviation: (NORMAL * absolute).max(noise), median_variance, count }
    }

    /// Robust z of a value: its distance from the median in units of the spread, infinite if the spread is 0.
    pub fn score(&self, value: i64) -> f64 {
        let distance = (value as f64 - self.median).abs();
        match () {
            () if distance == 0.0 => 0.0,
            () if self.deviation == 0.0 => f64::INFINITY,
            () => distance / self.deviation,
        }
    }

    /// Robust z above which a value is an outlier; `None` with too few values.
    pub fn limit(&self) -> Option<f64> {
        let few = self.count.checked_sub(LEAST)?;
        Some(FEW.get(few).copied().unwrap_or(LIMIT + 12.0 / self.count as f64))
    }

    /// Two-sided p-value of the distance of a value from the median against sampling noise; 0 without noise.
    fn noise_p_value(&self, value: NoisyValue) -> f64 {
        let sigma = (value.sigma * value.sigma + self.median_variance).sqrt();
        let distance = (value.value as f64 - self.median).abs();
        if sigma > 0.0 { p_values::normal(distance / sigma) } else { 0.0 }
    }
}

/// Finds the outliers of several rows of values, with one value of each instance in a row. A value is judged within its
/// row, and all values share the correction for their number; a value that is not known is `None` and no outlier. `total`
/// is the median of the instances' totals.
///
/// Returns the positions of the outliers in each row.
pub fn outliers<'a>(rows: impl Iterator<Item = (&'a Spread, Vec<Option<NoisyValue>>)>, total: f64) -> Vec<Vec<usize>> {
    /// Value that is far enough from its median to matter.
    struct Candidate {
        row: usize,
        place: usize,
        p_value: f64,
        is_outlier: bool,
    }
    let mut found: Vec<Vec<usize>> = Vec::new();
    let mut candidates: Vec<Candidate> = Vec::new();
    for (row, (spread, values)) in rows.enumerate() {
        found.push(Vec::new());
        let Some(limit) = spread.limit() else { continue };
        for (place, value) in values.into_iter().enumerate().filter_map(|(place, value)| Some((place, value?))) {
            let distance = (value.value as f64 - spread.median).abs();
            if distance > 0.0 && distance >= MATERIAL * total.abs() {
                let (p_value, is_outlier) = (spread.noise_p_value(value), spread.score(value.value) > limit);
                candidates.push(Candidate { row, place, p_value, is_outlier });
            }
        }
    }
    let p_values: Vec<f64> = candidates.iter().map(|one| one.p_value).collect();
    for (one, is_beyond) in candidates.iter().zip(holm(&p_values, LEVEL)) {
        if is_beyond && one.is_outlier {
            found[one.row].push(one.place);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(values: &[i64]) -> Vec<NoisyValue> {
        values.iter().map(|value| NoisyValue { value: *value, sigma: 0.0 }).collect()
    }

    fn found(values: &[NoisyValue], total: f64) -> Vec<usize> {
        let spread = Spread::of(values.iter().copied());
        outliers(std::iter::once((&spread, values.iter().copied().map(Some).collect())), total).remove(0)
    }

    #[test]
    fn the_spread_is_that_of_the_formula() {
        // Deviations from 5 are 4, 3, 1, 0, 2, 15, 1: their median is 2.
        let spread = Spread::of(exact(&[1, 2, 4, 5, 7, 20, 6]).into_iter());
        assert!((spread.median - 5.0).abs() < 1e-12 && (spread.deviation - 2.0 * NORMAL).abs() < 1e-12, "{spread:?}");
        assert!((spread.score(20) - 15.0 / (2.0 * NORMAL)).abs() < 1e-12);
        let even = Spread::of(exact(&[1, 3]).into_iter());
        assert!((even.median - 2.0).abs() < 1e-12 && even.limit().is_none());
    }

    #[test]
    fn few_values_need_a_greater_distance() {
        let limits = [3, 5, 9, 30, 100].map(|count| Spread { count, ..Spread::default() }.limit().unwrap());
        assert!(limits.is_sorted_by(|one, next| one > next) && limits[4] < 3.7, "{limits:?}");
        assert!(found(&exact(&[0, 1_000]), 1_000.0).is_empty(), "of two neither");
        assert!(found(&exact(&[100, 110, 130]), 100.0).is_empty(), "of three, three spreads are chance");
        assert_eq!(found(&exact(&[100, 102, 400]), 100.0), [2]);
        assert_eq!(found(&exact(&[100, 110, 90, 105, 95, 300]), 100.0), [5]);
    }

    #[test]
    fn among_equal_values_the_other_one_is_an_outlier_if_it_matters() {
        assert_eq!(found(&exact(&[0, 0, 50, 0]), 1_000.0), [2]);
        assert!(found(&exact(&[0, 0, 9, 0]), 1_000.0).is_empty(), "less than 1% of what they hold");
        assert!(found(&exact(&[7, 7, 7]), 7.0).is_empty());
    }

    #[test]
    fn a_difference_within_sampling_noise_is_no_outlier() {
        let one = |value, sigma| NoisyValue { value, sigma };
        let lone = |sigma| [one(0, 0.0), one(0, 0.0), one(512, sigma), one(0, 0.0)];
        assert!(found(&lone(512.0), 1_000.0).is_empty(), "a single sample");
        assert_eq!(found(&lone(100.0), 1_000.0), [2]);
        // The values agree better than their noise allows: the noise is the spread.
        let close = [100, 100, 100, 140].map(|value| one(value, 20.0));
        assert!((Spread::of(close.into_iter()).deviation - 20.0).abs() < 1e-12);
        assert!(found(&close, 100.0).is_empty());
    }

    #[test]
    fn by_chance_alone_about_one_set_in_twenty_has_an_outlier() {
        // Sums of twelve uniform numbers are nearly normal.
        let mut state = 7_u64;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as i64
        };
        for count in [3, 4, 5, 7, 10, 20, 40] {
            let sets = 1_000;
            let is_marked = |_: &usize| {
                let values: Vec<i64> = (0..count).map(|_| (0..12).map(|_| next()).sum()).collect();
                !found(&exact(&values), 0.0).is_empty()
            };
            let marked = (0..sets).filter(is_marked).count();
            assert!((15..=80).contains(&marked), "{marked} of {sets} sets of {count}");
        }
    }
}
