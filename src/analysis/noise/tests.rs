//! Variances of amounts against their formulas.

use super::variance::*;
use super::*;
use crate::profile::Measure;

fn space(bytes: f64, objects: f64, period: f64) -> SamplingVariance {
    Columns { values: 0, measure: Measure::Space, partner: Some(1) }.spread(Amount { bytes, objects }, period)
}

#[test]
fn the_spread_is_that_of_the_formula() {
    // 50 samples of 4 KiB objects at one in 512 KiB: c = k / p.
    let (size, period) = (4096.0_f64, 524_288.0_f64);
    let chance = 1.0 - (-size / period).exp();
    let count = (50.0 / chance).round();
    let spread = space(count * size, count, period);
    let sigma = size * (50.0 * (1.0 - chance)).sqrt() / chance;
    assert!((spread.variance.sqrt() / sigma - 1.0).abs() < 1e-3);
    let step = spread.cubed / spread.variance;
    assert!((step / (size / chance) - 1.0).abs() < 1e-9, "a sample stands for 1/p objects");
    let share = spread.variance.sqrt() / (count * size);
    assert!((share - 0.141).abs() < 0.002, "about 14%: {share}");
}

#[test]
fn exact_and_huge_objects_have_no_spread() {
    assert_eq!(space(4096.0, 4.0, 0.0), SamplingVariance::default());
    assert_eq!(space(0.0, 0.0, 512.0), SamplingVariance::default());
    assert!(space((1_u64 << 40) as f64, 1.0, 524_288.0).variance < 1e-6, "a huge object is always seen");
}

#[test]
fn the_bound_without_objects_is_never_too_small() {
    for size in [16.0, 512.0, 65_536.0, 524_288.0, 8_388_608.0] {
        let exact = space(size * 100.0, 100.0, 524_288.0).variance;
        let amount = Amount { bytes: size * 100.0, objects: 0.0 };
        let columns = Columns { values: 0, measure: Measure::Space, partner: None };
        let bound = columns.spread(amount, 524_288.0).variance;
        assert!(exact <= bound * 1.000_001, "{size}: {exact} {bound}");
    }
}

#[test]
fn few_samples_are_told_by_the_relative_error() {
    let of = |sigma| Uncertainty { sigma, step: 0.0 };
    assert!(!of(16_000.0).is_few_samples(9 << 23), "nine objects of 8 MiB are nearly certain");
    assert!(of(40.0).is_few_samples(100) && !of(30.0).is_few_samples(100));
}
