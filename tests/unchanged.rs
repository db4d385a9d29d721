//! Comparisons of what did not change: how often a row, a site or a gate sees a change, and that a real one is still seen.

use std::sync::Arc;

use heapglass::analysis::amount::Amount;
use heapglass::analysis::gate::{Gate, GateRule, Limit, Outcome};
use heapglass::analysis::{Answer, GateSums, NoiseBasis, Query, Window, derive};
use heapglass::format::pprof::message;
use heapglass::profile::{Input, Series};
use prost::Message;

use crate::statistics::Random;
use crate::support::build::read;
use crate::support::run;
use crate::support::snapshots::{Made, SECOND, START, built, bytes_of, folder, series_of};

const PERIOD: i64 = 512 << 10;
const FINE: i64 = 64 << 10;
const SIZE: i64 = 1 << 10;
const INUSE: usize = 1;
const ALLOCATED: usize = 3;

/// Function in a simulation: its name, and its objects of [`SIZE`] bytes.
type Site = (String, f64);

/// Objects and bytes for a number of samples.
fn scaled(samples: i64, period: i64) -> [i64; 2] {
    let objects = (samples as f64 / chance(period)).round() as i64;
    [objects, objects * SIZE]
}

fn chance(period: i64) -> f64 {
    1.0 - (-SIZE as f64 / period as f64).exp()
}

/// Heap of one process, which has allocated twice what it holds.
fn heap(random: &mut Random, sites: &[Site], second: i64, period: i64) -> Made {
    let mut sites: Vec<(String, [i64; 4])> = sites
        .iter()
        .map(|(name, objects)| {
            let mut samples = || random.poisson(objects * chance(period)) as i64;
            let (held, freed) = (samples(), samples());
            let ([objects, bytes], [all, all_bytes]) = (scaled(held, period), scaled(held + freed, period));
            (name.clone(), [objects, bytes, all, all_bytes])
        })
        .collect();
    sites.retain(|(_, values)| values[2] > 0);
    Made { sites, time: (START + second) * SECOND, duration: 0, period }
}

fn compared(base: Made, current: Made, sample_type: usize) -> Answer {
    answer_of(&series_of(&[current], &[base]), sample_type)
}

fn answer_of(series: &Arc<Series>, sample_type: usize) -> Answer {
    let base = Window::all(series, Input::Base);
    derive(series, &Query { sample_type, base, ..Query::default_for(series) }, None).unwrap()
}

fn basis(answer: &Answer) -> NoiseBasis {
    answer.base.as_ref().unwrap().noise.as_ref().unwrap().basis
}

/// Names and changes of the sites that explain a change, in either direction.
fn named(answer: &Answer) -> Vec<(String, i64)> {
    let changes = &answer.base.as_ref().unwrap().changes;
    let name = |site| answer.tree.frames().name(answer.tree.frame(site)).to_owned();
    let sites = changes.sites.iter().chain(&changes.shrunk_sites);
    let mut named: Vec<(String, i64)> = sites.map(|site| (name(site.node), site.delta)).collect();
    named.sort();
    named
}

/// Part of the functions that have a change within two standard deviations.
fn covered(answer: &Answer, sample_type: usize) -> f64 {
    let (frames, base) = (answer.tree.frames(), answer.base.as_ref().unwrap());
    let flat = answer.flat(sample_type).unwrap();
    let changes: Vec<_> = frames
        .ids()
        .filter(|frame| frames.name(*frame).starts_with('f'))
        .map(|frame| base.frame_own(sample_type, flat, frame).unwrap())
        .collect();
    let held = changes.iter().filter(|change| change.uncertainty.unwrap().covers(change.delta())).count();
    held as f64 / changes.len() as f64
}

/// Changes in 30 seconds in which each function allocated and freed as many bytes.
fn turnover(random: &mut Random, second: i64) -> Made {
    let sites = (0..1000).map(|at| {
        let [allocated, freed] = [(); 2].map(|()| random.poisson(80.0) as i64);
        let ([objects, bytes], [grown, grown_bytes]) = (scaled(allocated, PERIOD), scaled(allocated - freed, PERIOD));
        (format!("f{at}"), [grown, grown_bytes, objects, bytes])
    });
    Made { sites: sites.collect(), time: (START + second) * SECOND, duration: 30 * SECOND, period: PERIOD }
}

#[test]
fn the_noise_of_a_change_in_use_is_that_of_what_came_and_went() {
    let mut random = Random::new(3);
    let (base, current) = (turnover(&mut random, 0), turnover(&mut random, 600));
    let in_use = compared(base.clone(), current.clone(), INUSE);
    assert_eq!(basis(&in_use), NoiseBasis::Turnover);
    let held = covered(&in_use, INUSE);
    assert!((0.93..=0.97).contains(&held), "{held}");
    assert_eq!(named(&in_use), []);
    let allocated = compared(base, current, ALLOCATED);
    assert_eq!(basis(&allocated), NoiseBasis::Spans);
    let held = covered(&allocated, ALLOCATED);
    assert!((0.93..=0.97).contains(&held), "{held}");
}

/// Writes the column in use alone.
fn without_allocations(made: &Made) -> Vec<u8> {
    let mut profile = message::Profile::decode(&*bytes_of(made)).unwrap();
    profile.sample_type.truncate(2);
    profile.sample.iter_mut().for_each(|sample| sample.value.truncate(2));
    profile.encode_to_vec()
}

#[test]
fn a_change_in_use_without_allocations_has_no_known_noise() {
    let mut random = Random::new(4);
    let place = folder("unchanged", "net");
    let [base, current] = ["base.pb", "now.pb"].map(|name| {
        let path = place.join(name);
        std::fs::write(&path, without_allocations(&turnover(&mut random, 60))).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let text = run(&["report", "diff", "--limit", "1", "--base", &base, &current]).stdout;
    assert!(text.contains("not known: the profiles do not state what was allocated beside what changed"), "{text}");
}

/// Sixty functions with 20 to 60 samples at [`PERIOD`].
fn sixty(random: &mut Random) -> Vec<Site> {
    (0..60).map(|at| (format!("f{at}"), (20.0 + 40.0 * random.next()) * 512.0)).collect()
}

#[test]
fn unlike_periods_explain_nothing_in_either_order() {
    let mut random = Random::new(5);
    for sample_type in [INUSE, ALLOCATED] {
        let mut explained = 0;
        for _ in 0..40 {
            let sites = sixty(&mut random);
            let (coarse, fine) = (heap(&mut random, &sites, 0, PERIOD), heap(&mut random, &sites, 60, FINE));
            let forward = named(&compared(coarse.clone(), fine.clone(), sample_type));
            let back = named(&compared(fine, coarse, sample_type));
            let mirrored: Vec<(String, i64)> = back.into_iter().map(|(name, delta)| (name, -delta)).collect();
            assert_eq!(forward, mirrored, "sample type {sample_type}");
            explained += usize::from(!forward.is_empty());
        }
        assert!(explained <= 4, "sample type {sample_type}: {explained} of 40");
    }
    // A function that grew to three times its size is named.
    let mut sites = sixty(&mut random);
    let coarse = heap(&mut random, &sites, 0, PERIOD);
    sites[7].1 *= 3.0;
    let fine = heap(&mut random, &sites, 60, FINE);
    for answer in [compared(coarse.clone(), fine.clone(), INUSE), compared(fine, coarse, INUSE)] {
        assert!(named(&answer).iter().any(|(name, _)| name == "f7"));
    }
}

#[test]
fn buckets_tell_a_process_and_not_the_build_that_a_file_states() {
    let mut random = Random::new(6);
    let sites = sixty(&mut random);
    let base = heap(&mut random, &sites, 0, PERIOD);
    // No bucket falls.
    let mut current = Made { time: base.time + 60 * SECOND, ..base.clone() };
    current.sites.push(("f60".to_owned(), [1024, 1024 * SIZE, 1024, 1024 * SIZE]));
    for (builds, expected) in [(["a", "a"], NoiseBasis::OneProcess), (["a", "b"], NoiseBasis::OneProcess)] {
        let read = |made: &Made, build: &str| read(built(made, build), 1 << 30).unwrap();
        let (first, budget) = read(&current, builds[1]);
        let mut series = Series::new(first, budget);
        series.add(read(&base, builds[0]).0, Input::Base).unwrap();
        assert_eq!(basis(&answer_of(&Arc::new(series), INUSE)), expected, "{builds:?}");
    }
}

#[test]
fn few_functions_of_which_none_fell_are_no_evidence_of_one_process() {
    let mut random = Random::new(7);
    for functions in [1, 2, 3] {
        let sites: Vec<Site> = (0..functions).map(|at| (format!("f{at}"), 40.0 * 512.0)).collect();
        let mut heap = |second| heap(&mut random, &sites, second, PERIOD);
        let one_process =
            (0..60).filter(|_| basis(&compared(heap(0), heap(3600), INUSE)) == NoiseBasis::OneProcess).count();
        assert!(one_process <= 2, "{functions} functions: {one_process} of 60");
    }
}

/// Verdict on 1 MiB of new functions beyond three standard deviations.
fn new_functions(base: Made, current: Made) -> (Outcome, f64, Option<f64>) {
    let answer = compared(base, current, INUSE);
    let [current, base] = [GateSums::current(&answer).unwrap(), GateSums::base(&answer).unwrap().unwrap()];
    let rule = GateRule { name: "max-new", text: "1MiB".to_owned(), limit: Limit::New(Amount::of_units(1 << 20)) };
    let verdict = Gate::new(&current, Some(&base), 3.0, &answer).check(&rule).unwrap();
    (verdict.outcome, verdict.by_chance, verdict.sigma)
}

#[test]
fn rare_functions_are_not_new_and_new_ones_are() {
    let mut random = Random::new(8);
    // Twenty functions of 20 MiB, and 130 of which each has 0.68 samples.
    let common = (0..20).map(|at| (format!("f{at}"), 20_480.0));
    let rare = (20..150).map(|at| (format!("f{at}"), 350.0));
    let unchanged: Vec<Site> = common.chain(rare).collect();
    let many: Vec<Site> = (0..100).map(|at| (format!("new{at}"), 350.0)).collect();
    let one = vec![("new".to_owned(), 40_960.0)];
    let mut broken = |added: &[Site]| {
        let sites = [&unchanged[..], added].concat();
        let verdicts = (0..40)
            .map(|_| new_functions(heap(&mut random, &unchanged, 0, PERIOD), heap(&mut random, &sites, 3600, PERIOD)));
        verdicts.filter(|(outcome, by_chance, _)| *by_chance > 0.0 && *outcome == Outcome::Broken).count()
    };
    assert!(broken(&[]) <= 1);
    assert!(broken(&many) >= 38, "many small functions are new together");
    assert_eq!(broken(&one), 40);
}

#[test]
fn a_sum_without_functions_has_a_positive_zero_as_its_noise() {
    let mut random = Random::new(9);
    let sites: Vec<Site> = vec![("f".to_owned(), 20_480.0)];
    let (outcome, by_chance, sigma) =
        new_functions(heap(&mut random, &sites, 0, PERIOD), heap(&mut random, &sites, 60, PERIOD));
    assert_eq!((outcome, by_chance), (Outcome::Holds, 0.0));
    assert_eq!(sigma.map(f64::to_bits), Some(0.0_f64.to_bits()));
}

#[test]
fn a_period_has_its_unit_and_a_byte_is_no_sampling() {
    let place = folder("unchanged", "periods");
    let write = |name: &str, unit: &str, period: i64, second: i64| {
        let made = crate::support::snapshots::heap(second, &[("f", 15 + second, 90)]);
        let mut profile = message::Profile::decode(&*without_allocations(&made)).unwrap();
        // Of no runtime whose default is known.
        profile.sample_type.remove(0);
        profile.sample.iter_mut().for_each(|sample| {
            sample.value.remove(0);
        });
        let [name_of_type, of_unit] = ["heap", unit].map(|text| {
            profile.string_table.push(text.into());
            profile.string_table.len() as i64 - 1
        });
        profile.sample_type[0].r#type = name_of_type;
        profile.period_type = Some(message::ValueType { r#type: name_of_type, unit: of_unit });
        profile.period = period;
        let path = place.join(name);
        std::fs::write(&path, profile.encode_to_vec()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    for (unit, period, stated) in [("nanoseconds", 1_000_000, true), ("bytes", 1, false)] {
        let [base, current] = [0, 1].map(|second| write(&format!("{unit}-{second}.pb"), unit, period, second));
        let text = run(&["report", "diff", "--base", &base, &current]).stdout;
        assert_eq!(text.contains("sampled every 1.00ms"), stated, "{text}");
        assert_eq!(text.contains("sampled every"), stated, "{text}");
        assert!(text.contains("not known: the profiles state no sampling period in bytes"), "{text}");
    }
}
