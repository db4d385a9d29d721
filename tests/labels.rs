//! Labels, against what the samples of a file say, and as they are used.

use std::sync::Arc;

use heapglass::analysis::labels::{Key, Value, labels};
use heapglass::analysis::{Query, Window, derive};
use heapglass::play::{Options, Session};
use heapglass::profile::{Series, Side};

use crate::support::data;
use crate::support::made::read;

fn shop(name: &str) -> heapglass::profile::Profile {
    read(std::fs::read(data().join("pprof").join(name)).unwrap(), 1 << 30).unwrap().0
}

fn both() -> Arc<Series> {
    let (first, budget) = read(std::fs::read(data().join("pprof/go-shop-1.pb.gz")).unwrap(), 1 << 30).unwrap();
    let mut series = Series::new(first, budget);
    series.add(shop("go-shop-2.pb.gz"), Side::Main).unwrap();
    Arc::new(series)
}

fn keys(series: &Arc<Series>, query: &Query) -> Vec<Key> {
    labels(&derive(series, query, None).unwrap())
}

/// What the samples of one snapshot come to whose first label has this number.
fn sum(series: &Series, (snapshot, sample_type): (usize, usize), number: i64) -> i64 {
    let samples = &series.snapshots()[snapshot].samples;
    let has = |sample: &usize| series.labels().get(samples.labels[*sample]).iter().any(|label| label.number == number);
    (0..samples.len()).filter(has).map(|sample| samples.values[sample_type].get(sample)).sum()
}

#[test]
fn values_hold_what_their_samples_do_and_sum_to_their_key() {
    let series = both();
    let compared = Query { window: Window::at(1), base: Some(Window::at(0)), ..Query::of(&series) };
    for sample_type in 0..series.sample_types().len() {
        let keys = keys(&series, &Query { sample_type, ..compared.clone() });
        assert_eq!(keys.len(), 1);
        let key = &keys[0];
        assert_eq!((key.name.raw(), key.unit.as_ref().unwrap().raw()), ("bytes", "bytes"));
        for (value, held) in &key.values {
            let Value::Number(number) = value else { panic!("{value:?} is no number") };
            assert_eq!(held.now, sum(&series, (1, sample_type), *number));
            assert_eq!(held.base, Some(sum(&series, (0, sample_type), *number)));
        }
        assert_eq!(key.values.iter().map(|(_, held)| held.now).sum::<i64>(), key.held.now);
        assert_eq!(key.classes().iter().map(|class| class.held.now).sum::<i64>(), key.held.now);
    }
}

#[test]
fn the_filter_of_a_value_leaves_what_the_value_holds() {
    let series = both();
    let plain = Query { window: Window::at(1), ..Query::of(&series) };
    let key = keys(&series, &plain).remove(0);
    for (value, held) in &key.values {
        let filtered = Query { filters: vec![key.filter(value)], ..plain.clone() };
        let left = derive(&series, &filtered, None).unwrap().column.sum();
        assert_eq!(left, i128::from(held.now), "{value:?}");
    }
    for class in key.classes() {
        let filtered = Query { filters: vec![key.between(class.least, class.most)], ..plain.clone() };
        assert_eq!(derive(&series, &filtered, None).unwrap().column.sum(), i128::from(class.held.now), "{class:?}");
    }
}

fn press(session: &mut Session, keys: &str) -> String {
    keys.split_whitespace().for_each(|key| session.key(key).unwrap());
    session.frame().to_string()
}

fn open() -> Session {
    Session::open(&[data().join("pprof/go-shop-2.pb.gz")], Options::default()).unwrap()
}

#[test]
fn enter_keeps_what_has_the_value() {
    let screen = press(&mut open(), "L Enter");
    assert!(screen.contains("[Labels]") && screen.contains("1 of 1 values"), "{screen}");
    let mut session = open();
    assert!(press(&mut session, "L Enter").contains("[tag bytes=4864b]"));
    let without = press(&mut session, "Esc");
    assert!(without.contains("[Labels]") && !without.contains("[tag"), "{without}");
}

#[test]
fn the_values_of_a_key_stand_above_all_stacks() {
    let screen = press(&mut open(), "L A");
    assert!(screen.contains("[Icicle]") && screen.contains("4864"), "{screen}");
}
