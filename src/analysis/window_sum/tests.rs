//! Tests of weighted sums.

use super::*;

fn window_sum(terms: &[(usize, i64)]) -> WindowSum {
    let (method, per, role) = (Method::Sum, Per::All, Role::Level);
    WindowSum {
        terms: terms.to_vec(),
        divisor: 1,
        method,
        snapshots: terms.len(),
        merged: None,
        instances: 1,
        per,
        units: None,
        role,
    }
}

#[test]
fn a_fraction_is_exact_where_it_can_be() {
    assert_eq!(fraction(12.0), (1, 12));
    assert_eq!(fraction(31.0 / 12.0), (12, 31));
    assert_eq!(fraction(0.25), (4, 1));
    let (factor, divisor) = fraction(std::f64::consts::PI);
    assert!((divisor as f64 / factor as f64 - std::f64::consts::PI).abs() < 1e-6);
    assert_eq!(fraction(12_340.0), (1, 12_340));
}

#[test]
fn one_merge_of_changes_is_a_sum_of_them() {
    assert_eq!(Method::Single.of_merges(Role::Change), Method::Sum);
    assert_eq!([Role::Level, Role::Counter].map(|role| Method::Single.of_merges(role)), [Method::Mean; 2]);
    assert_eq!(Method::Delta { restarts: 1 }.of_merges(Role::Change), Method::Delta { restarts: 1 });
}

#[test]
fn a_number_is_written_with_the_decimals_that_it_has() {
    assert_eq!([12_340.0, 1.5, 2.584, 3.0, 0.0042].map(fractional), ["12,340", "1.5", "2.58", "3", "0.0042"]);
}

#[test]
fn means_of_lanes_have_one_divisor() {
    let lane = |from: usize, count: usize| (from..from + count).map(|at| (at, 1)).collect::<Vec<_>>();
    assert_eq!(combined(vec![lane(0, 2), lane(2, 3)], Method::Mean), (vec![(0, 3), (1, 3), (2, 2), (3, 2), (4, 2)], 6));
    assert_eq!(combined(vec![lane(0, 3)], Method::Mean), (vec![(0, 1), (1, 1), (2, 1)], 3));
    assert_eq!(combined(vec![lane(0, 2), lane(2, 1)], Method::Sum).1, 1);
    let primes = [1009, 1013, 1019, 1021];
    let mut from = 0;
    let lanes = primes.map(|count| {
        from += count;
        lane(from - count, count)
    });
    let (terms, divisor) = combined(lanes.to_vec(), Method::Mean);
    assert_eq!(divisor, MAX_DIVISOR);
    let sum: i64 = terms.iter().map(|(_, factor)| factor).sum();
    assert!((sum as f64 / divisor as f64 - 4.0).abs() < 2e-3, "four means add up to four");
}

#[test]
fn the_difference_of_two_sums_is_what_has_to_be_added() {
    let (before, after) = (window_sum(&[(1, 1), (2, 1), (3, -1)]), window_sum(&[(2, 1), (3, 1), (4, 1)]));
    assert_eq!(after.minus(&before), [(1, -1), (3, 2), (4, 1)]);
    assert_eq!(before.minus(&before), []);
    assert_eq!(window_sum(&[]).minus(&before), [(1, -1), (2, -1), (3, 1)]);
}
