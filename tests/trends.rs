//! Trends and noise, compared with simulated heaps of known behaviour.
//!
//! Every simulation has a fixed seed, so that a test always passes or always fails.

use heapglass::analysis::{Finding, NoTrend, Noise, NoiseRequest, Query, Trends, derive, health};
use heapglass::base::units::Unit;
use heapglass::profile::Series;
use std::sync::Arc;

use crate::support::snapshots::{Made, SECOND, series_of};

const PERIOD: i64 = 524_288;
const INUSE: usize = 1;

/// Random number generator: 64-bit xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The upper 53 bits fill a double.
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Number of `count` objects that a profiler samples with `chance`.
    fn seen(&mut self, count: u64, chance: f64) -> u64 {
        if chance > 0.02 {
            return (0..count).filter(|_| self.next() < chance).count() as u64;
        }
        // For many objects with a small chance, the count has a Poisson distribution.
        let (limit, mut product, mut seen) = ((-(count as f64) * chance).exp(), self.next(), 0);
        while product > limit {
            product *= self.next();
            seen += 1;
        }
        seen
    }
}

/// Probability that a profiler samples an object of `size` bytes.
fn chance(size: i64) -> f64 {
    1.0 - (-size as f64 / PERIOD as f64).exp()
}

/// Estimate of a profile for `count` objects of `size` bytes: objects and bytes.
fn estimated(random: &mut Random, size: i64, count: u64) -> [i64; 2] {
    let chance = chance(size);
    let objects = (random.seen(count, chance) as f64 / chance).round() as i64;
    [objects, objects * size]
}

/// Snapshot of a process that allocates at a constant rate everywhere.
fn snapshot(sites: impl Iterator<Item = (String, [i64; 2])>, second: i64) -> Made {
    let allocated = [second << 10, second << 30];
    let sites = sites.map(|(name, held)| (name, [held[0], held[1], allocated[0], allocated[1]])).collect();
    Made { sites, time: second * SECOND, duration: 0, period: PERIOD }
}

fn trends(series: &Arc<Series>) -> Result<Trends, NoTrend> {
    let answer = derive(series, &Query { sample_type: INUSE, ..Query::default_for(series) }, None).unwrap();
    Trends::new(&answer)
}

#[test]
fn two_deviations_hold_the_truth_as_often_as_they_should() {
    for (size, seed) in [(512, 7_u64), (4096, 11), (65_536, 13), (524_288, 17)] {
        for expected in [50.0, 200.0] {
            let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
            let count = (expected / chance(size)).round() as u64;
            let trials = 1000;
            let sites = (0..trials).map(|trial| (format!("f{trial}"), estimated(&mut random, size, count)));
            let series = series_of(&[snapshot(sites.collect::<Vec<_>>().into_iter(), 1)], &[]);
            let answer = derive(&series, &Query { sample_type: INUSE, ..Query::default_for(&series) }, None).unwrap();
            let request = NoiseRequest::of_window(INUSE, &answer.window_sums[INUSE]);
            let mut budget = series.budget().clone();
            let noise =
                Noise::new(&series, &answer.timeline, &answer.filtered, &request, &mut budget).unwrap().unwrap();
            let (frames, flat) = (answer.tree.frames(), answer.flat(INUSE).unwrap());
            let truth = count as i64 * size;
            let leaves = frames.ids().filter(|frame| frames.name(*frame).starts_with('f'));
            let held = leaves.filter(|frame| noise.frame_own(*frame).covers(flat.own(*frame) - truth)).count();
            assert!(
                (930..=970).contains(&held),
                "{size} bytes, {expected} samples: {held} of 1000 within two deviations"
            );
        }
    }
}

/// Service with constant in-use memory, as seen by a sampling profiler: objects come and go.
fn steady(seed: u64, snapshots: i64) -> Vec<Made> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let sizes = [64, 512, 4096, 65_536];
    (0..snapshots)
        .map(|second| {
            let sites = (0..40).map(|site| {
                let size = sizes[site % sizes.len()];
                let count = ((5 + site as u64 * 3) as f64 / chance(size)).round() as u64;
                (format!("f{site}"), estimated(&mut random, size, count))
            });
            snapshot(sites.collect::<Vec<_>>().into_iter(), second + 1)
        })
        .collect()
}

#[test]
fn a_steady_function_is_not_significant() {
    for seed in 1..=20 {
        let series = series_of(&steady(seed, 20), &[]);
        let trends = trends(&series).unwrap();
        assert_eq!(trends.rows.len(), 40);
        let alarms = trends.rows.iter().filter(|row| row.is_suspect()).count();
        assert_eq!(alarms, 0, "seed {seed}");
    }
}

#[test]
fn a_leak_comes_first_and_is_significant() {
    for seed in 1..=10 {
        let mut all = steady(seed, 20);
        let mut random = Random(seed + 99);
        for (second, made) in (1_u64..).zip(&mut all) {
            let count = (second as f64 * 20.0 / chance(4096)).round() as u64;
            let [objects, bytes] = estimated(&mut random, 4096, count);
            made.sites.push(("leak".to_owned(), [objects, bytes, second as i64, second as i64]));
        }
        let series = series_of(&all, &[]);
        let trends = trends(&series).unwrap();
        let answer = derive(&series, &Query { sample_type: INUSE, ..Query::default_for(&series) }, None).unwrap();
        let first = &trends.rows[0];
        assert_eq!(answer.tree.frames().name(first.frame), "leak", "seed {seed}");
        assert!(first.is_suspect() && first.tau > 0.9 && first.p_value < 1e-6, "{first:?}");
        assert_eq!(first.shape.word(), "grows");
        assert_eq!(trends.line(first).len(), 20);
        let path: Vec<&str> = answer
            .tree
            .path(first.node)
            .iter()
            .map(|node| answer.tree.frames().name(answer.tree.frame(*node)))
            .collect();
        assert_eq!(path, ["root", "main", "leak"]);
        assert_eq!(trends.rows.iter().filter(|row| row.is_suspect()).count(), 1, "seed {seed}");
    }
}

#[test]
fn few_snapshots_are_never_significant() {
    let grows = |second: i64| snapshot([("a".to_owned(), [100 * second, 1_000_000_000 * second])].into_iter(), second);
    let five: Vec<Made> = (1..=5).map(grows).collect();
    let found = trends(&series_of(&five, &[])).unwrap();
    assert!((found.rows[0].tau - 1.0).abs() < 1e-12 && !found.rows[0].is_suspect());
    assert_eq!((found.rows[0].slope.unwrap() / 3.6e12 * 1e3).round() as i64, 1000, "a gigabyte a second, in an hour");
    let ten: Vec<Made> = (1..=10).map(grows).collect();
    assert!(trends(&series_of(&ten, &[])).unwrap().rows[0].is_suspect());
}

#[test]
fn processes_are_not_compared_with_each_other() {
    // Every snapshot is of another process, which has allocated more than the one before, in other places.
    let another = |at: i64| {
        let sites = vec![("a".to_owned(), [at, at << 30, 0, 0]), (format!("f{at}"), [0, 0, at, at << 30])];
        Made { sites, time: at * SECOND, duration: 0, period: PERIOD }
    };
    let all: Vec<Made> = (1..=8).map(another).collect();
    let series = series_of(&all, &[]);
    let found = trends(&series).unwrap();
    assert_eq!(found.processes(), 8);
    assert!(found.rows.iter().all(|row| !row.is_suspect() && row.p_value >= 1.0 && row.slope == Some(0.0)));
    let answer = derive(&series, &Query::default_for(&series), None).unwrap();
    assert!(health(&answer).contains(&Finding::Restarts(7)));
}

#[test]
fn a_missing_trend_has_a_reason() {
    let made = |second: i64| snapshot([("a".to_owned(), [1, 100])].into_iter(), second);
    assert_eq!(trends(&series_of(&[made(1)], &[])).unwrap_err(), NoTrend::Single);
    let change = |second: i64| {
        let below = snapshot([("a".to_owned(), [-1, -100])].into_iter(), second);
        Made { duration: 5 * SECOND, ..below }
    };
    let error = trends(&series_of(&[change(1), change(6)], &[])).unwrap_err();
    assert_eq!(error, NoTrend::Changes("inuse_space".to_owned()));
    let undated = trends(&series_of(&[made(0), made(0), made(0)], &[])).unwrap();
    assert_eq!((undated.rows[0].slope, undated.span), (None, 0));
    assert_eq!(undated.rows[0].shape.evidence(&Unit::Bytes), "always the same");
}
