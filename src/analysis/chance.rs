//! Probability that sampling alone changes a figure.

use crate::analysis::noise::Uncertainty;
use crate::analysis::p_values;

/// Probability that sampling alone changes a figure by at least `change`; 1 for a change within noise.
pub(super) fn chance_of(change: i64, uncertainty: Uncertainty) -> f64 {
    let Uncertainty { sigma, step } = uncertainty;
    match () {
        () if uncertainty.covers(change) => 1.0,
        () if sigma > 0.0 => chance(change.unsigned_abs() as f64, sigma, step),
        () => 0.0,
    }
}

/// Returns true if sampling can change a figure and most often does not: fewer than one sample is expected to. Of many
/// such figures those that changed are the unlikely ones, so that the others count in a correction, too.
pub(super) fn is_rarely_changed(uncertainty: Uncertainty) -> bool {
    let Uncertainty { sigma, step } = uncertainty;
    sigma > 0.0 && sigma < step
}

/// Probability that sampling alone changes a figure by at least `change`, with a standard deviation `sigma`, where it adds
/// or loses `step` at a time.
///
/// With λ = σ²/step² expected additions and losses, their difference has Skellam's distribution. For many of them it is
/// that of a normal deviate w with w²/2 = x·asinh(x/λ) − √(x² + λ²) + λ (the rate of large deviations, for x = change/step
/// steps), which approaches change/σ. Where less than one is expected, as of a few objects much larger than the sampling
/// period, it is at most the probability of that many additions and losses together, which is Poisson's. Sampling makes no
/// change of less than a step; such a change has at least the probability of a normal deviate, so that a long period makes
/// it no less likely.
fn chance(change: f64, sigma: f64, step: f64) -> f64 {
    if step <= 0.0 {
        return p_values::normal(change / sigma);
    }
    let (expected, steps) = ((sigma / step).powi(2), change / step);
    if expected < 1.0 {
        // The change is no exact multiple of the step: values are rounded, and objects of a site differ in size.
        let count = (steps - 0.5).ceil().max(1.0);
        let (mut term, mut below) = ((-expected).exp(), 0.0);
        for number in (1..).map(f64::from).take_while(|number| *number <= count.min(MOST_STEPS)) {
            below += term;
            term *= expected / number;
        }
        return (1.0 - below).max(p_values::normal(change / sigma));
    }
    let ratio = steps / expected;
    // For many small steps, the rate would be a difference of nearly equal numbers.
    if ratio < SMALL_RATIO {
        return p_values::normal(change / sigma);
    }
    let rate = steps * libm::asinh(ratio) - steps.hypot(expected) + expected;
    p_values::normal((2.0 * rate.max(0.0)).sqrt())
}

/// Number of steps from which the probability of as many is 0 in double precision, if less than one is expected.
const MOST_STEPS: f64 = 30.0;
/// Ratio of the steps to the expected ones below which the normal p-value is exact to a hundredth.
const SMALL_RATIO: f64 = 0.1;

#[cfg(test)]
mod tests {
    use super::*;

    /// Probability of a difference of at least `steps`, up or down, of two Poisson numbers with `expected` together.
    fn skellam(expected: f64, steps: usize) -> f64 {
        let half = expected / 2.0;
        let poisson: Vec<f64> = std::iter::successors(Some((0.0, (-half).exp())), |(number, term)| {
            Some((number + 1.0, term * half / (number + 1.0)))
        })
        .map(|(_, term)| term)
        .take(300)
        .collect();
        let below: Vec<f64> = poisson
            .iter()
            .scan(0.0, |sum, term| {
                *sum += term;
                Some(*sum)
            })
            .collect();
        2.0 * (steps..poisson.len()).map(|one| poisson[one] * below[one - steps]).sum::<f64>()
    }

    #[test]
    fn a_change_within_noise_is_likely_however_large_a_sample_is() {
        let of = |change: i64, sigma: f64, step: f64| chance_of(change, Uncertainty { sigma, step });
        for period in [1e3, 1e6, 1e12] {
            assert!(of(20, 10.0, period) >= 1.0 && of(0, 0.0, period) >= 1.0, "{period}");
            assert!(of(30, 10.0, period) >= 0.0026, "{period}");
        }
        assert!(of(1, 0.0, 0.0) <= 0.0, "nothing was sampled");
        let is_rare = |sigma: f64, step: f64| is_rarely_changed(Uncertainty { sigma, step });
        assert!(is_rare(0.1, 1.0) && !is_rare(0.0, 1.0) && !is_rare(3.0, 1.0) && !is_rare(3.0, 0.0));
    }

    #[test]
    fn the_chance_of_a_change_is_that_of_its_steps() {
        for (expected, steps) in [
            (0.0027_f64, 1),
            (0.02, 1),
            (0.02, 2),
            (0.3, 1),
            (0.3, 3),
            (2.0, 5),
            (5.0, 8),
            (10.0, 12),
            (50.0, 20),
            (200.0, 60),
        ] {
            let (found, exact) = (chance(steps as f64, expected.sqrt(), 1.0), skellam(expected, steps));
            assert!(found > exact * 0.5 && found < exact * 5.0, "{expected}, {steps}: {found} and {exact}");
            // The unit does not matter.
            let scaled = chance(steps as f64 * 4e6, expected.sqrt() * 4e6, 4e6);
            assert!((scaled - found).abs() <= found * 1e-6);
        }
        // Many small steps, and steps of unknown size.
        for step in [1e-3, 0.0] {
            assert!((chance(3.0, 1.0, step) - 0.002_699_8).abs() < 1e-4, "{step}");
        }
        assert!(chance(1e9, 1.0, 10.0) <= 0.0, "no sampling does that");
    }
}
