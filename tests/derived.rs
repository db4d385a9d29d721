//! Derived figures, compared with manual computations.

use std::sync::Arc;

use heapglass::analysis::derived::{AbsentReason, Derived, DerivedValue, Figure};
use heapglass::analysis::{Aggregate, Answer, Query, Window, derive};
use heapglass::base::ids::FrameId;
use heapglass::profile::Series;

use crate::support::snapshots::{Made, SECOND, series_of};

const INUSE: usize = 1;
const ALLOC: usize = 3;

/// Snapshot in which `leaf` has these objects and bytes in use and allocated.
fn made(at: i64, values: [i64; 4]) -> Made {
    Made { sites: vec![("leaf".to_owned(), values)], time: at * SECOND, ..Made::default() }
}

fn answer(series: &Arc<Series>, change: impl FnOnce(&mut Query)) -> Answer {
    let mut query = Query { sample_type: INUSE, ..Query::default_for(series) };
    change(&mut query);
    derive(series, &query, None).unwrap()
}

fn leaf(answer: &Answer) -> FrameId {
    let frames = answer.tree.frames();
    frames.ids().find(|frame| frames.name(*frame) == "leaf").unwrap()
}

fn figures(answer: &Answer) -> [Result<DerivedValue, AbsentReason>; 4] {
    let derived: &Derived = answer.derived.as_ref().unwrap();
    Figure::ALL.map(|figure| derived.own(figure, leaf(answer)))
}

#[test]
fn one_snapshot_tells_since_the_start() {
    let series = series_of(&[made(1, [4, 400, 10, 1000])], &[]);
    let expected = [
        Ok(DerivedValue::Amount(600)),
        Ok(DerivedValue::Amount(100)),
        Ok(DerivedValue::Share(0.4)),
        Err(AbsentReason::Span),
    ];
    assert_eq!(figures(&answer(&series, |_| {})), expected);
    let main = answer(&series, |_| {});
    let derived = main.derived.as_ref().unwrap();
    assert_eq!(derived.total(Figure::Freed, FrameId::ROOT), Ok(DerivedValue::Amount(600)), "the root holds all");
    assert_eq!(derived.own(Figure::Freed, FrameId::ROOT), Ok(DerivedValue::Amount(0)));
}

#[test]
fn several_snapshots_tell_of_their_window() {
    // In 20 seconds 2,000 bytes are allocated; 100 more are in use at the end, so 1,900 were freed. The average in-use
    // memory is 450, the allocations of 4.5 seconds.
    let all = [made(10, [4, 400, 10, 1000]), made(20, [4, 450, 20, 2000]), made(30, [5, 500, 30, 3000])];
    let series = series_of(&all, &[]);
    let expected = [
        Ok(DerivedValue::Amount(1900)),
        Ok(DerivedValue::Amount(450 / 4)),
        Err(AbsentReason::SinceStart),
        Ok(DerivedValue::Time(4_500_000_000)),
    ];
    assert_eq!(figures(&answer(&series, |_| {})), expected);
    let last = answer(&series, |query| query.window = Window::at(2));
    assert_eq!(figures(&last)[0], Ok(DerivedValue::Amount(2500)), "a window of one snapshot tells since the start");
}

#[test]
fn a_restart_is_bridged() {
    // 1,000 are allocated and freed before the restart. The 400 that the old process held went with it; the 300 that the
    // new one allocated are all held.
    let all = [made(10, [4, 400, 10, 1000]), made(20, [4, 400, 20, 2000]), made(30, [3, 300, 3, 300])];
    assert_eq!(figures(&answer(&series_of(&all, &[]), |_| {}))[0], Ok(DerivedValue::Amount(1000)));
}

#[test]
fn undated_snapshots_have_no_lifetime_and_a_duration_is_one() {
    let undated = [made(0, [4, 400, 10, 1000]), made(0, [4, 500, 20, 2000])];
    assert_eq!(figures(&answer(&series_of(&undated, &[]), |_| {}))[3], Err(AbsentReason::Span));
    let over = Made { duration: 10 * SECOND, ..made(1, [4, 400, 10, 1000]) };
    let [freed, _, retention, lifetime] = figures(&answer(&series_of(&[over], &[]), |_| {}));
    assert_eq!((freed, retention), (Err(AbsentReason::Start), Err(AbsentReason::SinceStart)));
    assert_eq!(lifetime, Ok(DerivedValue::Time(4 * SECOND)));
}

#[test]
fn meaningless_figures_are_absent_with_a_reason() {
    let change = Made { duration: 10 * SECOND, ..made(1, [-4, -400, 10, 1000]) };
    let [freed, size, retention, lifetime] = figures(&answer(&series_of(&[change], &[]), |_| {}));
    assert_eq!([freed, retention, lifetime], [Err(AbsentReason::Change); 3]);
    assert_eq!(size, Ok(DerivedValue::Amount(100)));
    let series = series_of(&[made(1, [0, 0, 0, 0])], &[]);
    let [freed, size, retention, _] = figures(&answer(&series, |_| {}));
    assert_eq!(
        (freed, size, retention),
        (Ok(DerivedValue::Amount(0)), Err(AbsentReason::Nothing), Err(AbsentReason::Nothing))
    );
    let several = series_of(&[made(10, [4, 400, 10, 1000]), made(20, [4, 450, 20, 2000])], &[]);
    let last = answer(&several, |query| query.aggregate = Aggregate::Last);
    assert_eq!(figures(&last)[0], Err(AbsentReason::Aggregated));
    // Objects have no average size, and are freed like bytes.
    let objects = answer(&several, |query| query.sample_type = 0);
    assert_eq!(figures(&objects)[..2], [Ok(DerivedValue::Amount(10)), Err(AbsentReason::Objects)]);
    assert!(answer(&several, |query| query.base = Some(Window::at(0))).derived.is_none());
}

#[test]
fn known_steps_are_reused() {
    let series = series_of(&[made(10, [4, 400, 10, 1000]), made(20, [4, 450, 20, 2000])], &[]);
    let first = answer(&series, |_| {});
    let searched = Query { search: Some("leaf".to_owned()), ..first.query.clone() };
    let again = derive(&series, &searched, Some(&first)).unwrap();
    assert!(Arc::ptr_eq(first.derived.as_ref().unwrap(), again.derived.as_ref().unwrap()));
    let other = Query { sample_type: ALLOC, ..first.query.clone() };
    let other = derive(&series, &other, Some(&first)).unwrap();
    assert!(!Arc::ptr_eq(first.derived.as_ref().unwrap(), other.derived.as_ref().unwrap()));
}

#[test]
fn figures_come_with_their_uncertainty() {
    let sampled = |at, values| Made { period: 524_288, ..made(at, values) };
    let series = series_of(&[sampled(10, [6400, 26_214_400, 10_000, 40_960_000])], &[]);
    let first = answer(&series, |_| {});
    let noise = first.noise.clone().unwrap();
    // Objects of 4 KiB are seen about once in 128: some 50 of these.
    let sure = noise.frame_own(leaf(&first));
    assert!(
        (sure.step / 526_338.0 - 1.0).abs() < 0.01 && (sure.sigma / 26_214_400.0 - 0.141).abs() < 0.002,
        "{sure:?}"
    );
    let searched = Query { search: Some("leaf".to_owned()), ..first.query.clone() };
    let again = derive(&series, &searched, Some(&first)).unwrap();
    assert!(Arc::ptr_eq(&noise, again.noise.as_ref().unwrap()));
    let assumed = answer(&series_of(&[made(1, [4, 400, 10, 1000])], &[]), |_| {}).noise.unwrap();
    assert_eq!(assumed.assumed_period, Some(524_288), "no rate is said, and Go's default is known");
}
