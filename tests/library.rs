//! The library answers arguments from outside its range with errors, `None` or nothing, and never with a panic.

use std::sync::Arc;

use heapglass::analysis::{BaseInstance, Normalize, OutOfRange, QueryError, Stacks, Window};
use heapglass::profile::{Input, ProcessMemory, Series};
use heapglass::{Answer, Loader, Query};

use crate::support::data;

fn series() -> Series {
    Loader::new().load([data().join("shop-series")]).unwrap().series
}

#[test]
fn parts_of_a_query_that_the_series_does_not_have_are_errors() {
    let series = Arc::new(series());
    let query = Query::default_for(&series);
    let far = Window { first: 1000, last: usize::MAX };
    let reversed = Window { first: 5, last: 2 };
    for (query, expected) in [
        (Query { sample_type: 99, ..query.clone() }, OutOfRange::SampleType(99)),
        (Query { window: far, ..query.clone() }, OutOfRange::Window(far)),
        (Query { window: reversed, ..query.clone() }, OutOfRange::Window(reversed)),
        (Query { base: Some(far), ..query.clone() }, OutOfRange::Window(far)),
        (Query { instance: Some(99), ..query.clone() }, OutOfRange::Instance(99)),
        (
            Query { base_instance: BaseInstance::One(98), base: Some(query.window), ..query.clone() },
            OutOfRange::Instance(98),
        ),
        (Query { normalize: Normalize::On, ..query.clone() }, OutOfRange::NormalizeWithoutBase),
    ] {
        let error = Answer::new(&series, &query).map(|_| ()).unwrap_err();
        assert_eq!(error, QueryError::OutOfRange(expected));
    }
    let mut empty = (*series).clone();
    empty.remove_snapshots(|_| true);
    let error = Answer::new(&Arc::new(empty), &query).map(|_| ()).unwrap_err();
    assert_eq!(error, QueryError::OutOfRange(OutOfRange::NoSnapshots));
}

#[test]
fn stacks_of_one_sample_type_have_the_functions_of_all_stacks() {
    let series = Arc::new(series());
    let query = Query::default_for(&series);
    let all = Answer::new(&series, &query).unwrap();
    for stacks in [Stacks::NonZero, Stacks::RowsOnly] {
        let some = Answer::new(&series, &Query { stacks, ..query.clone() }).unwrap();
        assert_eq!(some.functions().collect::<Vec<_>>(), all.functions().collect::<Vec<_>>());
    }
}

#[test]
fn indices_that_are_too_large_select_nothing() {
    let mut series = series();
    let count = series.snapshots().len();
    let query = Query::default_for(&series);
    assert_eq!(Window { first: 5, last: 2 }.count(), 1);
    assert_eq!(Window { first: 0, last: usize::MAX }.members(&series, Some(0)).count(), count);
    assert_eq!(Window { first: 0, last: usize::MAX }.members(&series, None).count(), count);
    assert!(query.first_with_last(&series, 0..1000).is_some());
    assert!(!series.has_values(99) && !series.is_duplicate(0, 99) && !series.is_duplicate(99, 99));
    assert_eq!(series.time_span([500].into_iter()), 0);
    assert!(series.merge_totals([500].into_iter()).is_none());
    assert_eq!(series.spans([500].into_iter()).total, 0);
    series.set_memory(99, ProcessMemory::default());
    series.remove_snapshots(|_| true);
    assert!(series.range_of(Input::Current).is_empty());
    let window = Window::at(3).moved(1, &series).resized(4, &series);
    assert_eq!(window.members(&series, None).count(), 0);
}

#[test]
fn a_load_error_names_the_source_and_the_reason() {
    let said = |sources: &[&str]| Loader::new().load(sources.iter().copied()).map(|_| ()).unwrap_err().to_string();
    assert_eq!(said(&[]), "no sources were given");
    assert_eq!(said(&["/no-such"]), "/no-such: no such file or directory");
    let two = said(&["/no-such", "/dev/null"]);
    assert_eq!(two, "none of the sources could be read, the first is /no-such: no such file or directory");
}
