//! Statistics of change, held to figures by simulation: how often a pattern without a leak has a suspect, how often a leak
//! is found, and how often two standard deviations hold the truth.
//!
//! Sampled objects persist: each is live or freed, and what is live in two snapshots is the same in both. The number of
//! runs is bounded; `SIMULATION_RUNS=400` makes the long study. Every simulation begins with a fixed number.

#![expect(clippy::print_stdout, reason = "the figures of the study; a passing test shows them on request alone")]

use std::sync::Arc;

use heapglass::analysis::{
    Answer, CallTree, Granularity, Noise, NoiseBasis, NoiseRequest, Normalize, Query, TrendStatus, Trends, Window,
    derive,
};
use heapglass::format::pprof::message;
use heapglass::profile::{Input, Series};
use prost::Message;

use crate::support::build::read;
use crate::support::snapshots::{Made, SECOND, bytes_of, series_of};

const PERIOD: i64 = 524_288;
const SIZE: i64 = 4096;
const INUSE: usize = 1;
const FUNCTIONS: usize = 60;
/// Expected samples of a function at its level of 1.
const SAMPLES: f64 = 100.0;
/// Part of the objects that is replaced from one snapshot to the next.
const TURNOVER: f64 = 0.1;

/// Generator of random numbers: xorshift, of 64 bits.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Poisson number of samples.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        let (mut count, mut left) = (0, mean);
        // In parts, since e^-700 is no double.
        while left > 0.0 {
            let part = left.min(100.0);
            let limit = (-part).exp();
            let mut product = self.next();
            while product > limit {
                product *= self.next();
                count += 1;
            }
            left -= part;
        }
        count
    }

    /// Survivors of `count` objects of which each is freed with a chance.
    fn survivors(&mut self, count: u64, freed: f64) -> u64 {
        (0..count).filter(|_| self.next() >= freed).count() as u64
    }
}

/// Objects that one sample stands for.
fn scale() -> f64 {
    1.0 / (1.0 - (-SIZE as f64 / PERIOD as f64).exp())
}

/// Sampled objects of a function: live, and allocated since the start.
#[derive(Clone, Copy, Default)]
struct Function {
    live: u64,
    /// Objects that are never freed.
    leaked: u64,
    allocated: u64,
    level: f64,
    leak: f64,
}

impl Function {
    /// Goes on to the next snapshot at a level, with a part of the objects replaced.
    fn step(&mut self, random: &mut Random, level: f64, turnover: f64) {
        let kept = self.level * (1.0 - turnover);
        let freed = if level < kept && self.level > 0.0 { 1.0 - level / self.level } else { turnover };
        self.live = random.survivors(self.live, freed);
        let born = random.poisson((level - self.level * (1.0 - freed)).max(0.0) * SAMPLES);
        (self.live, self.allocated, self.level) = (self.live + born, self.allocated + born, level);
    }

    /// Leaks more, up to a level that is held for good.
    fn leak(&mut self, random: &mut Random, level: f64) {
        let born = random.poisson((level - self.leak).max(0.0) * SAMPLES);
        (self.leaked, self.allocated, self.leak) = (self.leaked + born, self.allocated + born, level);
    }

    fn values(self) -> [i64; 4] {
        let objects = |samples: u64| (samples as f64 * scale()).round() as i64;
        let (live, allocated) = (objects(self.live + self.leaked), objects(self.allocated));
        [live, live * SIZE, allocated, allocated * SIZE]
    }
}

fn made(functions: &[Function], second: i64) -> Made {
    let sites = functions.iter().enumerate().map(|(at, function)| (format!("f{at}"), function.values()));
    Made { sites: sites.collect(), time: second * SECOND, duration: 0, period: PERIOD }
}

/// Course of the functions of a series, by time from 0 to 1.
#[derive(Clone, Copy)]
struct Pattern<'a> {
    /// Level of the objects that come and go.
    level: &'a dyn Fn(f64) -> f64,
    /// Level of the objects that are never freed.
    leak: &'a dyn Fn(f64) -> f64,
}

impl<'a> Pattern<'a> {
    fn level(level: &'a dyn Fn(f64) -> f64) -> Self {
        Self { level, leak: &|_| 0.0 }
    }

    fn leak(leak: &'a dyn Fn(f64) -> f64) -> Self {
        Self { level: &|_| 1.0, leak }
    }
}

fn series(seed: u64, count: usize, pattern: Pattern<'_>) -> Vec<Made> {
    let mut random = Random::new(seed);
    let mut functions = [Function::default(); FUNCTIONS];
    (0..count)
        .map(|at| {
            let time = at as f64 / (count - 1) as f64;
            for function in &mut functions {
                function.step(&mut random, (pattern.level)(time), TURNOVER);
                function.leak(&mut random, (pattern.leak)(time));
            }
            made(&functions, at as i64 + 1)
        })
        .collect()
}

fn trends(all: &[Made]) -> Trends {
    let series = series_of(all, &[]);
    let answer = derive(&series, &Query { sample_type: INUSE, ..Query::default_for(&series) }, None).unwrap();
    Trends::new(&answer).unwrap()
}

fn runs(bounded: u64) -> u64 {
    std::env::var("SIMULATION_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(bounded)
}

/// Parts of series and of functions with a suspect, over some runs.
fn suspects(bounded: u64, count: usize, pattern: Pattern<'_>) -> (f64, f64) {
    let runs = runs(bounded);
    let (mut with_suspect, mut functions) = (0_usize, 0_usize);
    for seed in 1..=runs {
        let found =
            trends(&series(seed * 7919 + count as u64, count, pattern)).with_status(TrendStatus::Suspect).count();
        functions += found;
        with_suspect += usize::from(found > 0);
    }
    let rates = (with_suspect as f64 / runs as f64, functions as f64 / (runs as usize * FUNCTIONS) as f64);
    println!("{count} snapshots: {:.1}% of series, {:.2}% of functions", rates.0 * 100.0, rates.1 * 100.0);
    rates
}

const COUNTS: [usize; 3] = [14, 30, 60];

#[test]
fn a_constant_heap_has_no_suspect() {
    for count in COUNTS {
        let (of_series, _) = suspects(25, count, Pattern::level(&|_| 1.0));
        // One of 25 at most; one in a hundred in the long study.
        let most = if runs(25) > 100 { 0.01 } else { 0.04 };
        assert!(of_series <= most, "{count} snapshots: {of_series}");
    }
}

#[test]
fn a_heap_that_warms_up_and_stays_has_few_suspects() {
    for count in COUNTS {
        for end in [0.3, 0.5] {
            let (_, functions) = suspects(5, count, Pattern::level(&|at| 0.2 + 0.8 * (at / end).min(1.0)));
            assert!(functions <= 0.05, "{count} snapshots, warm at {end}: {functions}");
        }
    }
}

#[test]
fn one_step_is_no_leak() {
    for count in COUNTS {
        for height in [0.5, 1.0] {
            for place in [0.5, 0.55, 2.0 / 3.0] {
                let (_, functions) =
                    suspects(3, count, Pattern::level(&|at| if at < place { 1.0 } else { 1.0 + height }));
                assert!(functions <= 0.05, "{count} snapshots, +{height} at {place}: {functions}");
            }
        }
    }
}

#[test]
fn a_sawtooth_is_no_leak() {
    for count in COUNTS {
        // The last snapshot finds the tooth empty, half full or full.
        for teeth in [5.0, 5.5, 4.99, 2.99, 1.99] {
            let (_, functions) = suspects(3, count, Pattern::level(&|at| 0.5 + (at * teeth).fract()));
            assert!(functions <= 0.0, "{count} snapshots, {teeth} teeth: {functions}");
        }
    }
}

#[test]
fn a_leak_that_doubles_is_found() {
    for count in COUNTS {
        let (_, functions) = suspects(5, count, Pattern::leak(&|at| at));
        assert!(functions >= 0.85, "{count} snapshots: {functions}");
    }
}

/// Three steps of half the level each.
fn three_steps(at: f64) -> f64 {
    [0.25, 0.5, 0.75].iter().filter(|step| at >= **step).count() as f64 / 2.0
}

#[test]
fn a_leak_in_three_steps_is_found() {
    for count in COUNTS {
        let (_, functions) = suspects(5, count, Pattern::leak(&three_steps));
        assert!(functions >= 0.8, "{count} snapshots: {functions}");
    }
}

#[test]
fn nine_rising_snapshots_are_enough_beside_a_hundred_constant_functions() {
    let all: Vec<Made> = (1..=9_i64)
        .map(|second| {
            let constant = (0..100).map(|at| (format!("f{at}"), [1000, 4_096_000, 1000, 4_096_000]));
            let grown = [second * 1000, second * 50_000_000, second * 1000, second * 50_000_000];
            let sites = constant.chain([("leak".to_owned(), grown)]).collect();
            Made { sites, time: second * SECOND, duration: 0, period: PERIOD }
        })
        .collect();
    assert_eq!(trends(&all).with_status(TrendStatus::Suspect).count(), 1);
    let few = trends(&all[..7]);
    assert_eq!(few.with_status(TrendStatus::Suspect).count(), 1, "constant functions do not count");
}

#[test]
fn too_few_snapshots_say_how_many_more_would_do() {
    // Sixty functions that change, of which one rises: the least p-value of n points is 2 / n!.
    let mut random = Random::new(5);
    let all: Vec<Made> = (1..=8_i64)
        .map(|second| {
            let level = |random: &mut Random| 2000 + (random.next() * 400.0) as i64;
            let others: Vec<_> = (0..60).map(|at| (format!("f{at}"), level(&mut random))).collect();
            let others = others.into_iter().map(|(name, objects)| (name, [objects, objects * SIZE, 1 << 40, 1 << 50]));
            let leak = ("leak".to_owned(), [second << 16, second << 28, second << 16, second << 28]);
            Made { sites: others.chain([leak]).collect(), time: second * SECOND, duration: 0, period: PERIOD }
        })
        .collect();
    let more = |count: usize| {
        let found = trends(&all[..count]);
        (found.more_snapshots, found.rows[0].status)
    };
    // With two snapshots no function can be significant, with more each that changes.
    assert_eq!([2, 3].map(|count| more(count).0), [Some(6), Some(5)]);
    assert_eq!(more(6), (Some(2), TrendStatus::Growing));
    assert_eq!(more(7), (Some(1), TrendStatus::Growing));
    assert_eq!(more(8), (None, TrendStatus::Suspect));
}

#[test]
fn few_large_objects_that_sampling_missed_explain_nothing() {
    // An object of six periods is missed once in four hundred times.
    let (size, seen_chance) = (6 * PERIOD, 1.0 - (-6.0_f64).exp());
    let mut random = Random::new(11);
    let mut heap = |second: i64| {
        let sites = (0..FUNCTIONS).map(|at| {
            let seen = (0..4).filter(|_| random.next() < seen_chance).count() as f64;
            let in_use = [(seen / seen_chance).round() as i64, (seen * size as f64 / seen_chance) as i64];
            // The second process has allocated less.
            (format!("f{at}"), [in_use[0], in_use[1], 1 << (20 - second), 1 << (40 - second)])
        });
        Made { sites: sites.collect(), time: second * SECOND, duration: 0, period: PERIOD }
    };
    let explained = (0..40).filter(|_| {
        let (base, current) = (heap(1), heap(2));
        let series = series_of(&[current], &[base]);
        let query =
            Query { sample_type: INUSE, base: Window::all(&series, Input::Base), ..Query::default_for(&series) };
        let answer = derive(&series, &query, None).unwrap();
        let changes = &answer.base.as_ref().unwrap().changes;
        !changes.sites.is_empty() || !changes.shrunk_sites.is_empty()
    });
    let explained = explained.count();
    assert!(explained <= 4, "{explained} of 40 unchanged heaps");
}

/// Part of a thousand functions whose growth is within two standard deviations of the truth.
fn coverage(turnover: f64, growth: f64, is_one_process: bool) -> f64 {
    let mut random = Random::new(17 + (turnover * 100.0) as u64);
    let mut functions = vec![Function::default(); 1000];
    for function in &mut functions {
        function.step(&mut random, 1.0, 0.0);
    }
    let base = made(&functions, 1);
    if is_one_process {
        for function in &mut functions {
            function.step(&mut random, 1.0 + growth, turnover);
        }
    } else {
        functions = vec![Function::default(); 1000];
        for function in &mut functions {
            function.step(&mut random, 1.0 + growth, 0.0);
        }
    }
    let series = series_of(&[made(&functions, 2)], &[base]);
    let query = Query { sample_type: INUSE, base: Window::all(&series, Input::Base), ..Query::default_for(&series) };
    let answer = derive(&series, &query, None).unwrap();
    let comparison = answer.base.as_ref().unwrap();
    let base = Some(&comparison.window_sums[INUSE]);
    let request = NoiseRequest { base, ..NoiseRequest::of_window(INUSE, &answer.window_sums[INUSE]) };
    let mut budget = series.budget().clone();
    let noise = Noise::new(&series, &answer.timeline, &answer.filtered, &request, &mut budget).unwrap().unwrap();
    let truth = (growth * SAMPLES * scale()) as i64 * SIZE;
    let (frames, flat) = (answer.tree.frames(), answer.flat(INUSE).unwrap());
    let base_flat = comparison.flats[INUSE].as_ref().unwrap();
    let leaves: Vec<_> = frames.ids().filter(|frame| frames.name(*frame).starts_with('f')).collect();
    let held = leaves.iter().filter(|frame| {
        let delta = flat.own(**frame) - base_flat.own(**frame);
        noise.frame_own(**frame).covers(delta - truth)
    });
    held.count() as f64 / leaves.len() as f64
}

#[test]
fn two_deviations_hold_a_change_within_a_process() {
    for turnover in [0.0, 0.05, 0.2, 1.0] {
        for growth in [0.0, 0.2] {
            let held = coverage(turnover, growth, true);
            println!("turnover {turnover}, growth {growth}: {:.1}%", held * 100.0);
            assert!(held >= 0.93, "turnover {turnover}, growth {growth}: {held}");
        }
    }
}

#[test]
fn two_deviations_hold_a_change_between_processes() {
    for growth in [0.0, 0.2] {
        let held = coverage(0.0, growth, false);
        println!("two processes, growth {growth}: {:.1}%", held * 100.0);
        assert!((0.93..=0.97).contains(&held), "growth {growth}: {held}");
    }
}

/// Heap whose function `f` holds objects of 512 KiB and of 8 MiB from two lines.
/// Adds functions that allocated when the process began, and no more.
fn started(mut made: Made) -> Made {
    let allocated = |at: i64| [0, 0, (at * 2 + 2) * 128, (at * 2 + 2) * 128 * SIZE];
    made.sites.extend((0..12).map(|at| (format!("init{at}"), allocated(at))));
    made
}

fn two_call_sites(second: i64, allocated: i64) -> Vec<u8> {
    let site = |name: &str, count: i64, size: i64| {
        (name.to_owned(), [count, count * size, allocated * count, allocated * count * size])
    };
    let sites = vec![site("f", 60, 512 << 10), site("g", 60, 8 << 20)];
    let bytes = bytes_of(&started(Made { sites, time: second * SECOND, duration: 0, period: PERIOD }));
    let mut profile = message::Profile::decode(&*bytes).unwrap();
    for location in &mut profile.location {
        let line = &mut location.line[0];
        if profile.string_table[profile.function[line.function_id as usize - 1].name as usize] == b"g" {
            *line = message::Line { function_id: 1, line: 20, column: 0 };
        }
    }
    profile.encode_to_vec()
}

#[test]
fn noise_within_a_process_is_that_of_its_call_sites_at_any_granularity() {
    let (first, budget) = read(two_call_sites(2, 2), 1 << 30).unwrap();
    let mut series = Series::new(first, budget);
    series.add(read(two_call_sites(1, 1), 1 << 30).unwrap().0, Input::Base).unwrap();
    let series = Arc::new(series);
    // All objects were replaced, so that the variances of both ends add up.
    let variance = |count: f64, size: f64| {
        let missed = (-size / PERIOD as f64).exp();
        2.0 * count * size * size * missed / (1.0 - missed)
    };
    let sigma = (variance(60.0, 524_288.0) + variance(60.0, 8_388_608.0)).sqrt();
    for granularity in [Granularity::Functions, Granularity::Lines] {
        let mut query =
            Query { sample_type: INUSE, base: Window::all(&series, Input::Base), ..Query::default_for(&series) };
        query.shape.granularity = granularity;
        let answer = derive(&series, &query, None).unwrap();
        let noise = answer.base.as_ref().unwrap().noise.as_ref().unwrap();
        let found = noise.total(&answer.tree, CallTree::ROOT).sigma;
        assert!((found / sigma - 1.0).abs() < 1e-6, "{granularity:?}: {found} {sigma}");
        assert_eq!(noise.basis, NoiseBasis::OneProcess);
    }
}

#[test]
fn noise_within_a_process_does_not_depend_on_a_mean_size() {
    // Ten objects of 2000 bytes came and five of 1000 went, so that the mean size of those in use is another.
    let dump = |figures: &str| {
        // Stacks that allocate no more tell that the process is the same.
        let rest: Vec<String> = (1..=12).map(|at| format!("@ 0x10 0x{at}30\n  t*: 0: 0 [{at}: {at}000]")).collect();
        let text = format!("heap_v2/{PERIOD}\n  t*: 1: 1 [1: 1]\n@ 0x10 0x20\n  t*: {figures}\n{}\n", rest.join("\n"));
        read(text.into_bytes(), 1 << 30).unwrap()
    };
    let (first, budget) = dump("1005: 1015000 [3010: 3020000]");
    let mut series = Series::new(first, budget);
    series.add(dump("1000: 1000000 [3000: 3000000]").0, Input::Base).unwrap();
    let series = Arc::new(series);
    let query = Query { base: Window::all(&series, Input::Base), ..Query::default_for(&series) };
    let answer = derive(&series, &query, None).unwrap();
    let noise = answer.base.as_ref().unwrap().noise.as_ref().unwrap();
    let sigma = noise.total(&answer.tree, CallTree::ROOT).sigma;
    assert_eq!(noise.basis, NoiseBasis::OneProcess);
    // A sampled object stands for one period.
    assert!(sigma < 30_f64.sqrt() * PERIOD as f64, "{sigma}");
}

/// Functions of a heap to be normalized: expected samples of each, beside `big`, whose objects are always sampled.
const UNEQUAL: [f64; 4] = [400.0, 100.0, 50.0, 25.0];
const BIG: i64 = 64 << 20;

/// Heap of the functions, each with `load` times its samples. `start` is a function of this process alone.
fn loaded(functions: &[Function; 4], load: i64, start: &str, second: i64) -> Made {
    let mut made = made(functions, second);
    made.sites.push(("big".to_owned(), [load, load * BIG, 10 * load, 10 * load * BIG]));
    made.sites.push((start.to_owned(), [0, 0, 1, SIZE]));
    made
}

/// Comparison of two normalized heaps without a change but of the load.
fn normalized(current: &Made, base: Made) -> Answer {
    let series = series_of(std::slice::from_ref(current), &[base]);
    let query = Query {
        sample_type: INUSE,
        base: Window::all(&series, Input::Base),
        normalize: Normalize::On,
        ..Query::default_for(&series)
    };
    derive(&series, &query, None).unwrap()
}

/// Change of a function's self in standard deviations.
fn deviation(answer: &Answer, name: &str) -> f64 {
    let base = answer.base.as_ref().unwrap();
    let (flat, base_flat) = (answer.flat(INUSE).unwrap(), base.flats[INUSE].as_ref().unwrap());
    let frame = answer.tree.frames().find(name).unwrap();
    let sigma = base.noise.as_ref().unwrap().frame_own(frame).sigma;
    (flat.own(frame) - base_flat.own(frame)) as f64 / sigma
}

#[test]
fn noise_of_a_normalized_row_includes_that_of_the_factor() {
    let names = ["f0", "f1", "f2", "f3", "big"];
    let mut squares = [0.0; 5];
    let runs = runs(150);
    for seed in 0..runs {
        let mut random = Random::new(seed + 1);
        let mut heap = |load: i64, start: &str, second: i64| {
            let functions = UNEQUAL.map(|samples| {
                let live = random.poisson(samples * load as f64);
                Function { live, allocated: 2 * live, ..Function::default() }
            });
            loaded(&functions, load, start, second)
        };
        let base = heap(1, "a", 1);
        let answer = normalized(&heap(2, "b", 2), base);
        for (square, name) in squares.iter_mut().zip(names) {
            *square += deviation(&answer, name).powi(2) / runs as f64;
        }
        let noise = answer.base.as_ref().unwrap().noise.as_ref().unwrap();
        assert_eq!(noise.basis, NoiseBasis::Independent);
        assert!(noise.total(&answer.tree, CallTree::ROOT).sigma == 0.0, "the totals are equal by construction");
    }
    for (square, name) in squares.into_iter().zip(names) {
        println!("{name}: rms {:.3}", square.sqrt());
        assert!((0.8..1.2).contains(&square.sqrt()), "{name}: {}", square.sqrt());
    }
}

#[test]
fn unequal_weights_are_not_another_process() {
    let mut functions = UNEQUAL.map(|samples| Function { live: samples as u64, allocated: 900, ..Function::default() });
    let base = loaded(&functions, 1, "a", 1);
    for function in &mut functions {
        function.allocated += 20;
        function.live += 20;
    }
    let answer = normalized(&started(loaded(&functions, 2, "a", 2)), started(base));
    let noise = answer.base.as_ref().unwrap().noise.as_ref().unwrap();
    assert_eq!(noise.basis, NoiseBasis::Unbalanced);
}

#[test]
fn counters_that_fall_as_time_goes_on_are_of_two_processes() {
    let at = |allocated: u64, second: i64| {
        started(made(&UNEQUAL.map(|_| Function { live: 25, allocated, ..Function::default() }), second))
    };
    for (base, current, basis) in [
        (at(900, 1), at(800, 2), NoiseBasis::Independent),
        (at(900, 2), at(800, 1), NoiseBasis::OneProcess),
        (at(800, 1), at(900, 2), NoiseBasis::OneProcess),
    ] {
        let answer = normalized(&current, base);
        assert_eq!(answer.base.as_ref().unwrap().noise.as_ref().unwrap().basis, basis);
    }
}
