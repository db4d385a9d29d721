//! Statistics of ranks: how monotone a line is, how likely chance makes one so, and how steep it is in spite of outliers.
//!
//! Kendall's tau counts the pairs of points that rise less those that fall. The Mann-Kendall test says how often a line
//! without a trend has as many (normal approximation, corrected for ties and for continuity). The slope of Theil and Sen
//! is the median of the slopes of all pairs. A line may be in segments: points of different segments, such as those of
//! two processes, are never compared.

use std::ops::Range;

/// Points of a segment from which on the slope is taken from the medians of blocks: the pairs of a thousand points are
/// half a million, for each of some thousand functions.
const MOST_POINTS: usize = 200;

/// How monotone a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MannKendall {
    /// Kendall's tau (b, which ties do not lower): 1 where it always rises, -1 where it always falls.
    pub tau: f64,
    /// How often a line without a trend would be as monotone, in either direction.
    pub p_value: f64,
}

/// How monotone `values` are within their segments.
pub fn mann_kendall(values: &[i64], segments: &[Range<usize>]) -> MannKendall {
    let (mut score, mut variance, mut pairs, mut tied) = (0_i64, 0.0, 0.0, 0.0);
    let mut scratch = Vec::new();
    for segment in segments {
        let values = &values[segment.clone()];
        let count = values.len() as f64;
        scratch.clear();
        scratch.extend_from_slice(values);
        score += score_of(&mut scratch);
        // The scratch is sorted now: equal values stand together.
        let ties = || scratch.chunk_by(|one, next| one == next).map(|same| same.len() as f64);
        let spread = |count: f64| count * (count - 1.0) * (2.0 * count + 5.0);
        variance += (spread(count) - ties().map(spread).sum::<f64>()) / 18.0;
        pairs += count * (count - 1.0) / 2.0;
        tied += ties().map(|same| same * (same - 1.0) / 2.0).sum::<f64>();
    }
    if score == 0 || variance <= 0.0 {
        return MannKendall { tau: 0.0, p_value: 1.0 };
    }
    let tau = score as f64 / (pairs * (pairs - tied)).sqrt();
    let z = (score.unsigned_abs() - 1) as f64 / variance.sqrt();
    MannKendall { tau, p_value: libm::erfc(z / std::f64::consts::SQRT_2) }
}

/// Pairs that rise less pairs that fall, by merging sorted halves; leaves the values sorted.
fn score_of(values: &mut [i64]) -> i64 {
    let count = values.len();
    let (mut from, mut to) = (values.to_vec(), vec![0; count]);
    let mut score = 0_i64;
    let mut width = 1;
    while width < count {
        for start in (0..count).step_by(width * 2) {
            let (middle, end) = ((start + width).min(count), (start + 2 * width).min(count));
            score += merge(&from[start..middle], &from[middle..end], &mut to[start..end]);
        }
        std::mem::swap(&mut from, &mut to);
        width *= 2;
    }
    values.copy_from_slice(&from);
    score
}

/// Merges two sorted runs; gives the pairs across them that rise less those that fall.
fn merge(left: &[i64], right: &[i64], out: &mut [i64]) -> i64 {
    let (mut below, mut upto, mut at, mut score) = (0, 0, 0, 0_i64);
    for (index, value) in right.iter().enumerate() {
        while below < left.len() && left[below] < *value {
            below += 1;
        }
        upto = upto.max(below);
        while upto < left.len() && left[upto] <= *value {
            upto += 1;
        }
        while at < upto {
            out[at + index] = left[at];
            at += 1;
        }
        out[at + index] = *value;
        score += below as i64 - (left.len() - upto) as i64;
    }
    out[at + right.len()..].copy_from_slice(&left[at..]);
    score
}

/// The median slope of `values` over `times`, in units of a value for a unit of time; 0 where no two points can be
/// compared.
pub fn theil_sen(times: &[f64], values: &[i64], segments: &[Range<usize>]) -> f64 {
    let mut slopes = Vec::new();
    for segment in segments {
        let points = points(&times[segment.clone()], &values[segment.clone()]);
        for (index, (time, value)) in points.iter().enumerate() {
            let later = points[index + 1..].iter().filter(|(other, _)| other > time);
            slopes.extend(later.map(|(other, then)| (then - value) / (other - time)));
        }
    }
    median(&mut slopes).unwrap_or(0.0)
}

/// The points of a segment, or the medians of blocks of them where they are very many.
fn points(times: &[f64], values: &[i64]) -> Vec<(f64, f64)> {
    let size = values.len().div_ceil(MOST_POINTS).max(1);
    let blocks = times.chunks(size).zip(values.chunks(size));
    blocks
        .filter_map(|(times, values)| {
            let mut values: Vec<f64> = values.iter().map(|value| *value as f64).collect();
            Some((times.iter().sum::<f64>() / times.len() as f64, median(&mut values)?))
        })
        .collect()
}

fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len().checked_sub(1)? / 2;
    let even = values.len().is_multiple_of(2);
    let (_, lower, above) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let lower = *lower;
    let upper = above.iter().copied().min_by(f64::total_cmp).filter(|_| even);
    Some(upper.map_or(lower, |upper| f64::midpoint(lower, upper)))
}

/// Which of several tests hold together at `level`, by Holm's step-down correction.
pub fn holm(p_values: &[f64], level: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|one, other| p_values[*one].total_cmp(&p_values[*other]));
    let mut holds = vec![false; p_values.len()];
    for (rank, index) in order.iter().enumerate() {
        if p_values[*index] * (p_values.len() - rank) as f64 >= level {
            break;
        }
        holds[*index] = true;
    }
    holds
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "a line of one segment is a list of one range")]
#[expect(clippy::float_cmp, reason = "nothing is computed where nothing can be compared")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain_score(values: &[i64]) -> i64 {
        let pairs = values.iter().enumerate().flat_map(|(at, one)| values[at + 1..].iter().map(move |two| (one, two)));
        pairs.map(|(one, two)| (two - one).signum()).sum()
    }

    proptest! {
        #[test]
        fn merging_counts_the_pairs(values in prop::collection::vec(-9..9_i64, 0..60)) {
            let mut sorted = values.clone();
            prop_assert_eq!(score_of(&mut sorted), plain_score(&values));
            prop_assert!(sorted.is_sorted());
        }
    }

    fn whole(values: &[i64]) -> MannKendall {
        mann_kendall(values, &[0..values.len()])
    }

    #[test]
    fn monotony_has_the_figures_of_the_books() {
        // Of 10 rising points S is 45 and its variance 125.
        let rising = whole(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert!((rising.tau - 1.0).abs() < 1e-12);
        assert!((rising.p_value - 8.303e-5).abs() < 1e-7, "{}", rising.p_value);
        let falling = whole(&[5, 4, 3, 2, 1]);
        assert!((falling.tau + 1.0).abs() < 1e-12 && (falling.p_value - 0.0275).abs() < 1e-3);
        assert_eq!(whole(&[7, 7, 7, 7]), MannKendall { tau: 0.0, p_value: 1.0 });
        assert_eq!(whole(&[]), MannKendall { tau: 0.0, p_value: 1.0 });
        // A step is as monotone as its ties allow.
        let step = whole(&[0, 0, 0, 9, 9, 9]);
        assert!((step.tau - 9.0 / (15.0_f64 * 9.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn segments_are_not_compared_with_each_other() {
        let values = [1, 2, 3, 4, 1, 2, 3, 4];
        assert!((mann_kendall(&values, &[0..4, 4..8]).tau - 1.0).abs() < 1e-12);
        assert!(whole(&values).tau < 0.5);
        let times: Vec<f64> = (0..8).map(f64::from).collect();
        assert!((theil_sen(&times, &values, &[0..4, 4..8]) - 1.0).abs() < 1e-12);
        assert_eq!(mann_kendall(&values, &(0..8).map(|at| at..at + 1).collect::<Vec<_>>()).p_value, 1.0);
    }

    #[test]
    fn one_outlier_does_not_make_a_slope() {
        let times: Vec<f64> = (0..9).map(f64::from).collect();
        assert!((theil_sen(&times, &[0, 2, 4, 6, 900, 10, 12, 14, 16], &[0..9]) - 2.0).abs() < 1e-12);
        assert_eq!(theil_sen(&times[..1], &[4], &[0..1]), 0.0);
        assert_eq!(theil_sen(&[3.0, 3.0], &[4, 8], &[0..2]), 0.0, "two values at one time have no slope");
        let many: Vec<i64> = (0..5000).map(|at| at * 3 + (at * 7919) % 11).collect();
        let times: Vec<f64> = (0..5000).map(f64::from).collect();
        assert!((theil_sen(&times, &many, &[0..5000]) - 3.0).abs() < 0.01);
    }

    #[test]
    fn many_tests_need_more_than_one_would() {
        assert_eq!(holm(&[0.004, 0.5, 0.0001], 0.01), [true, false, true]);
        assert_eq!(holm(&[0.006, 0.5, 0.0001], 0.01), [false, false, true]);
        assert_eq!(holm(&[0.004], 0.01), [true]);
        assert_eq!(holm(&[], 0.01), Vec::<bool>::new());
    }
}
