//! Rank statistics of a line of points: Kendall's tau, the Mann-Kendall test and the Theil-Sen slope.
//!
//! Kendall's tau is the number of pairs of points that rise, less those that fall. The Mann-Kendall test gives the
//! probability of as many in a line without a trend: exactly for few points, else by the normal approximation,
//! corrected for ties and for continuity. The slope of Theil and Sen, which is robust against outliers, is the median
//! of the slopes of all pairs. A line may be in segments: points of different segments, such as those of two processes,
//! are never compared.

use std::ops::Range;

use crate::analysis::p_values;
use crate::base::compact_sort::CompactSort;

/// Number of points of a segment above which the slope is computed from the medians of blocks: a thousand points have
/// half a million pairs, for each of some thousand functions.
const MOST_POINTS: usize = 200;

/// Largest number of points for which the test is exact.
const MAX_EXACT: usize = 10;

/// Mann-Kendall test of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannKendall {
    /// Kendall's tau-b, which ties do not lower: 1 if the line always rises, -1 if it always falls.
    pub tau: f64,
    /// Probability that a line without a trend is as monotone, in either direction.
    pub p_value: f64,
    /// Smallest p-value that a line with the same ties could have.
    pub least_p_value: f64,
}

impl Default for MannKendall {
    /// Result for a line without two different points.
    fn default() -> Self {
        Self { tau: 0.0, p_value: 1.0, least_p_value: 1.0 }
    }
}

/// Tests how monotone `values` are within their segments. The result is exact for at most ten points, ties included;
/// else it is the normal approximation with corrections for ties and continuity.
pub fn mann_kendall(values: &[i64], segments: &[Range<usize>]) -> MannKendall {
    let (mut score, mut variance, mut pairs, mut tied) = (0_i64, 0.0, 0.0, 0.0);
    let is_exact = segments.iter().map(ExactSizeIterator::len).sum::<usize>() <= MAX_EXACT;
    // Number of arrangements by number of falling pairs, for all segments together.
    let mut arrangements = vec![1.0];
    let mut scratch = Vec::new();
    for segment in segments {
        let values = &values[segment.clone()];
        let count = values.len() as f64;
        scratch.clear();
        scratch.extend_from_slice(values);
        score += score_of(&mut scratch);
        // The scratch is sorted now: equal values stand together.
        let ties = || scratch.chunk_by(|one, next| one == next).map(<[i64]>::len);
        let spread = |count: f64| count * (count - 1.0) * (2.0 * count + 5.0);
        variance += (spread(count) - ties().map(|same| spread(same as f64)).sum::<f64>()) / 18.0;
        pairs += count * (count - 1.0) / 2.0;
        tied += ties().map(|same| same as f64).map(|same| same * (same - 1.0) / 2.0).sum::<f64>();
        if is_exact {
            let mut placed = 0;
            for same in ties() {
                placed += same;
                arrangements = product(&arrangements, &gaussian_binomial(placed, same));
            }
        }
    }
    let most = pairs - tied;
    if most <= 0.0 || variance <= 0.0 {
        return MannKendall::default();
    }
    let tau = score as f64 / (pairs * most).sqrt();
    let p_value = |score: f64| {
        if score <= 0.0 {
            return 1.0;
        }
        if !is_exact {
            return p_values::normal((score - 1.0) / variance.sqrt());
        }
        let all: f64 = arrangements.iter().sum();
        let is_as_far = |falling: usize| (most - 2.0 * falling as f64).abs() >= score - 0.5;
        let far = arrangements.iter().enumerate().filter(|(falling, _)| is_as_far(*falling));
        far.map(|(_, count)| count).sum::<f64>() / all
    };
    MannKendall { tau, p_value: p_value(score.unsigned_abs() as f64), least_p_value: p_value(most) }
}

/// Gaussian binomial coefficient as a polynomial: ways to place `chosen` equal values among `all`, by the number of
/// pairs that fall.
fn gaussian_binomial(all: usize, chosen: usize) -> Vec<f64> {
    // Row by row of Pascal's triangle: [n, k] = [n - 1, k - 1] + q^k [n - 1, k].
    let mut row: Vec<Vec<f64>> = vec![vec![1.0]];
    for count in 1..=all {
        let mut next: Vec<Vec<f64>> = Vec::with_capacity(chosen + 1);
        for part in 0..=chosen.min(count) {
            let mut sum = vec![0.0; part * (count - part) + 1];
            if let Some(taken) = part.checked_sub(1).and_then(|part| row.get(part)) {
                taken.iter().enumerate().for_each(|(at, ways)| sum[at] += ways);
            }
            if let Some(left) = row.get(part).filter(|_| part < count) {
                left.iter().enumerate().for_each(|(at, ways)| sum[at + part] += ways);
            }
            next.push(sum);
        }
        row = next;
    }
    row.pop().unwrap_or_else(|| vec![1.0])
}

fn product(one: &[f64], other: &[f64]) -> Vec<f64> {
    let mut product = vec![0.0; one.len() + other.len() - 1];
    for (at, factor) in one.iter().enumerate() {
        for (place, value) in other.iter().enumerate() {
            product[at + place] += factor * value;
        }
    }
    product
}

/// Smallest p-value of a line without ties whose segments have these numbers of points.
pub fn least_p_value(points: &[usize]) -> f64 {
    let (mut values, mut segments) = (Vec::new(), Vec::new());
    for count in points {
        segments.push(values.len()..values.len() + count);
        values.extend(0..*count as i64);
    }
    mann_kendall(&values, &segments).least_p_value
}

/// Finds the tests that could be significant at all, by Tarone's method: with the smallest m such that at most m tests
/// have a least p-value of `level` / m or less, returns the indices of these tests.
pub fn testable(least_p_values: &[f64], level: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..least_p_values.len()).collect();
    order.compact_sort_by(|one, other| least_p_values[*one].total_cmp(&least_p_values[*other]));
    for count in 1..=order.len().max(1) {
        let reach = order.partition_point(|index| least_p_values[*index] <= level / count as f64);
        if reach <= count {
            order.truncate(reach);
            break;
        }
    }
    order.sort_unstable();
    order
}

/// Counts the pairs that rise less the pairs that fall, by merging sorted halves; leaves the values sorted.
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

/// Merges two sorted runs; returns the pairs across them that rise less those that fall.
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

/// Median slope of `values` over `times`, in units of a value per unit of time; 0 if no two points can be compared.
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

/// Points of a segment, or the medians of blocks of points if there are very many.
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

pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len().checked_sub(1)? / 2;
    let even = values.len().is_multiple_of(2);
    let (_, lower, above) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let lower = *lower;
    let upper = above.iter().copied().min_by(f64::total_cmp).filter(|_| even);
    Some(upper.map_or(lower, |upper| f64::midpoint(lower, upper)))
}

/// Flag per test: true if it is significant at `level` after Holm's step-down correction.
pub fn holm(p_values: &[f64], level: f64) -> Vec<bool> {
    // A p-value that is not significant by itself is not significant after the correction.
    let mut order: Vec<usize> = (0..p_values.len()).filter(|index| p_values[*index] < level).collect();
    order.compact_sort_by(|one, other| p_values[*one].total_cmp(&p_values[*other]));
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
        // Of 11 rising points S is 55 and its variance 165.
        let rising = whole(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        assert!((rising.tau - 1.0).abs() < 1e-12);
        assert!((rising.p_value - 2.6236e-5).abs() < 1e-8, "{}", rising.p_value);
        // Of 10 rising points one arrangement in 10! is as far on either side.
        let rising = whole(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert!((rising.p_value - 2.0 / 3_628_800.0).abs() < 1e-15, "{}", rising.p_value);
        let falling = whole(&[5, 4, 3, 2, 1]);
        assert!((falling.tau + 1.0).abs() < 1e-12 && (falling.p_value - 2.0 / 120.0).abs() < 1e-12);
        assert_eq!(whole(&[7, 7, 7, 7]), MannKendall::default());
        assert_eq!(whole(&[]), MannKendall::default());
        // A step is as monotone as its ties allow.
        let step = whole(&[0, 0, 0, 9, 9, 9]);
        assert!((step.tau - 9.0 / (15.0_f64 * 9.0).sqrt()).abs() < 1e-12);
    }

    /// Two-sided p-value by going through all arrangements.
    fn by_enumeration(values: &[i64]) -> f64 {
        fn arrange(values: &mut Vec<i64>, from: usize, each: &mut impl FnMut(&[i64])) {
            if from == values.len() {
                return each(values);
            }
            for at in from..values.len() {
                values.swap(from, at);
                arrange(values, from + 1, each);
                values.swap(from, at);
            }
        }
        let score = plain_score(values).abs();
        let (mut all, mut far) = (0.0, 0.0);
        arrange(&mut values.to_vec(), 0, &mut |arranged| {
            all += 1.0;
            far += f64::from(u8::from(plain_score(arranged).abs() >= score));
        });
        far / all
    }

    #[test]
    fn short_lines_are_tested_exactly_with_ties() {
        for values in [&[1, 2, 2, 3, 1, 4][..], &[0, 0, 0, 9, 9, 9], &[3, 1, 2], &[1, 1, 2, 2, 2, 5, 0], &[4, 4, 5]] {
            let (found, wanted) = (whole(values).p_value, by_enumeration(values));
            assert!((found - wanted).abs() < 1e-12, "{values:?}: {found} {wanted}");
        }
        assert!((whole(&[0, 0, 0, 9, 9, 9]).least_p_value - 0.1).abs() < 1e-12, "one of 20 on either side");
        assert!((least_p_value(&[8]) - 2.0 / 40_320.0).abs() < 1e-12);
        assert!((least_p_value(&[3, 3]) - 2.0 / 36.0).abs() < 1e-12, "two processes");
    }

    #[test]
    fn tests_that_cannot_be_significant_do_not_count() {
        assert_eq!(testable(&[0.001, 1.0, 1.0, 1.0], 0.01), [0]);
        assert_eq!(testable(&[0.004, 0.004, 0.5], 0.01), [0, 1]);
        assert_eq!(testable(&[0.006, 0.006, 0.5], 0.01), Vec::<usize>::new(), "two at 0.005 each are out of reach");
        assert_eq!(testable(&[], 0.01), Vec::<usize>::new());
        let constant = vec![1.0; 100];
        let mut all = constant;
        all.push(2.0 / 3_628_800.0);
        assert_eq!(testable(&all, 0.01), [100]);
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
