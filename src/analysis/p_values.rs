//! Two-sided p-values of the distributions that several verdicts use.

use std::f64::consts::{FRAC_2_PI, SQRT_2};

/// Probability that a normal deviate is at least as far from 0.
pub(crate) fn normal(deviate: f64) -> f64 {
    libm::erfc(deviate / SQRT_2)
}

/// Probability that Student's t is at least as far from 0, by the finite series of Abramowitz and Stegun (26.7.3 and
/// 26.7.4).
pub(crate) fn student(t: f64, freedom: usize) -> f64 {
    /// More degrees of freedom change a p-value of 0.001 by less than a hundredth of it.
    const MOST: usize = 1000;
    let freedom = freedom.min(MOST);
    let angle = (t / (freedom as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let is_odd = freedom % 2 == 1;
    let (mut term, mut sum) = (if is_odd { cosine } else { 1.0 }, 0.0);
    let mut divisor = if is_odd { 3.0 } else { 2.0 };
    for _ in 0..freedom / 2 {
        sum += term;
        term *= cosine * cosine * (divisor - 1.0) / divisor;
        divisor += 2.0;
    }
    let within = if is_odd { (angle + sine * sum) * FRAC_2_PI } else { sine * sum };
    (1.0 - within).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_of_student_are_those_of_the_tables() {
        // 0.05 and 0.001, two-sided.
        for (freedom, t, p) in [
            (1, 12.706, 0.05),
            (2, 4.303, 0.05),
            (3, 3.182, 0.05),
            (3, 12.924, 0.001),
            (4, 8.610, 0.001),
            (10, 2.228, 0.05),
            (30, 3.646, 0.001),
            (100_000, 1.962, 0.05),
        ] {
            assert!((student(t, freedom) - p).abs() < p / 100.0, "{freedom}: {}", student(t, freedom));
        }
    }
}
