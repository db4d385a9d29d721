//! Test for continued growth: a line that grew and still grows at its end.

use std::ops::Range;

use crate::analysis::rank::{mann_kendall, median};

/// Minimum number of snapshots of a process to count in the test, if there are several processes.
pub(super) const LEAST_OF_PROCESS: usize = 6;
/// Kendall's tau above which the second half of a line still grows.
const STILL_RISING: f64 = 0.2;

/// Returns true if a line still grows at its end, unless every process that counts has a step or gave memory back.
pub(super) fn is_still_growing(line: &[i64], processes: &[Range<usize>]) -> bool {
    let is_several = processes.len() > 1;
    let counts = |process: &&Range<usize>| !is_several || process.len() >= LEAST_OF_PROCESS;
    let (mut first, mut middle, mut last) = (0.0, 0.0, 0.0);
    let (mut tau, mut weight) = (0.0, 0.0);
    let mut all_have_step_or_fall = true;
    for process in processes.iter().filter(counts) {
        let values = &line[process.clone()];
        let (count, third) = (values.len(), values.len() / 3);
        if third == 0 {
            return false;
        }
        first += median_of(&values[..third]);
        middle += median_of(&values[third..count - third]);
        last += median_of(&values[count - third..]);
        let half = &values[count / 2..];
        tau += mann_kendall(half, std::slice::from_ref(&(0..half.len()))).tau * count as f64;
        weight += count as f64;
        all_have_step_or_fall &= has_step(values) || has_fall(values);
    }
    weight > 0.0 && last - middle > (middle - first) / 2.0 && tau / weight > STILL_RISING && !all_have_step_or_fall
}

/// Growth of a line from its first value to its last.
fn growth_of(values: &[i64]) -> f64 {
    values.last().copied().unwrap_or(0).saturating_sub(values.first().copied().unwrap_or(0)) as f64
}

/// Returns true if more than half of the growth of a line is in two neighbouring intervals.
fn has_step(values: &[i64]) -> bool {
    let rise = values.windows(3).map(|three| three[2].saturating_sub(three[0])).max().unwrap_or(i64::MAX) as f64;
    rise > growth_of(values) / 2.0
}

/// Returns true if a line falls by more than half of its growth from its highest value so far. What leaks is not given
/// back; a cache that is emptied again and again grows if the last snapshot finds it full.
fn has_fall(values: &[i64]) -> bool {
    let (mut highest, mut fall) = (i64::MIN, 0_i64);
    for value in values {
        highest = highest.max(*value);
        fall = fall.max(highest.saturating_sub(*value));
    }
    fall as f64 > growth_of(values) / 2.0
}

fn median_of(values: &[i64]) -> f64 {
    let mut values: Vec<f64> = values.iter().map(|value| *value as f64).collect();
    median(&mut values).unwrap_or(0.0)
}
