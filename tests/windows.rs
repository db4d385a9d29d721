//! Windows and comparisons, compared with a plain model.

use std::collections::BTreeMap;
use std::sync::Arc;

use heapglass::analysis::{
    Aggregate, Answer, CallTree, Caveat, ChangeDirection, Method, Normalize, Presence, Query, Width, Window, caveats,
    derive,
};
use heapglass::base::ids::NodeId;
use heapglass::profile::{Input, Series, SnapshotOrder};
use proptest::prelude::*;

use crate::support::build::read;
use crate::support::snapshots::{Made, SECOND, bytes_of, series_of};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const INUSE: usize = 1;
const ALLOC: usize = 3;

/// Snapshots in order of time, a second apart.
fn snapshots(values: std::ops::Range<i64>, count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Made>> {
    let site = (prop::sample::select(NAMES.map(str::to_owned).to_vec()), prop::array::uniform4(values));
    prop::collection::vec(prop::collection::vec(site, 1..6), count).prop_map(|all| {
        all.into_iter()
            .enumerate()
            .map(|(at, sites)| Made { sites, time: (at as i64 + 1) * SECOND, period: 1, ..Made::default() })
            .collect()
    })
}

/// Self of each name in a snapshot.
fn own(made: &Made, column: usize) -> BTreeMap<&str, i64> {
    let mut own = BTreeMap::new();
    for (name, values) in &made.sites {
        *own.entry(&**name).or_default() += values[column];
    }
    own
}

fn asked(series: &Arc<Series>, sample_type: usize, window: Window, aggregate: Aggregate) -> Answer {
    let query = Query { sample_type, window, aggregate, ..Query::default_for(series) };
    derive(series, &query, None).unwrap()
}

fn figure(answer: &Answer, name: &str) -> i64 {
    let frame = answer.tree.frames().find(name);
    frame.map_or(0, |frame| answer.flat(answer.query.sample_type).unwrap().own(frame))
}

/// Checks that two answers to one query agree.
fn check_same(one: &Answer, other: &Answer) {
    for node in (0..one.tree.len()).map(NodeId::new) {
        assert_eq!((one.column.own(node), one.column.total(node)), (other.column.own(node), other.column.total(node)));
        assert_eq!(one.widths.weight(node), other.widths.weight(node));
    }
    assert_eq!(one.column.filtered_total(), other.column.filtered_total());
    for sample_type in 0..one.series.sample_types().len() {
        assert_eq!(one.flat(sample_type), other.flat(sample_type));
    }
    let changes = |answer: &Answer| {
        let base = answer.base.as_ref()?;
        let sites: Vec<_> = base.changes.sites.iter().map(|site| (site.node, site.delta)).collect();
        Some((base.changes.grew, base.changes.shrank, base.changes.ranked.clone(), sites, base.flats.clone()))
    };
    assert_eq!(changes(one), changes(other));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn windows_mean_what_they_are_called(all in snapshots(0..1000, 1..7), ends in (0..7usize, 0..7usize)) {
        let series = series_of(&all, &[]);
        let last = all.len() - 1;
        let (first, last) = (ends.0.min(last), ends.0.max(ends.1).min(last));
        let window = Window { first, last };
        let within = &all[first..=last];
        let count = within.len() as i64;
        for name in NAMES {
            let values: Vec<i64> = within.iter().map(|made| own(made, INUSE).get(name).copied().unwrap_or(0)).collect();
            let sum: i64 = values.iter().sum();
            let mean = (sum + count / 2) / count;
            let asked = |aggregate| figure(&asked(&series, INUSE, window, aggregate), name);
            prop_assert_eq!(asked(Aggregate::Auto), mean);
            prop_assert_eq!(asked(Aggregate::Mean), mean);
            prop_assert_eq!(asked(Aggregate::Sum), sum);
            prop_assert_eq!(asked(Aggregate::Last), values[values.len() - 1]);
            prop_assert_eq!(asked(Aggregate::Delta), values[values.len() - 1] - values[0]);
        }
        let totals: Vec<i64> = within.iter().map(|made| own(made, INUSE).values().sum()).collect();
        let whole = |aggregate| asked(&series, INUSE, window, aggregate).column.filtered_total();
        prop_assert_eq!(whole(Aggregate::Min), i128::from(*totals.iter().min().unwrap()));
        prop_assert_eq!(whole(Aggregate::Max), i128::from(*totals.iter().max().unwrap()));
    }

    #[test]
    fn a_window_that_moved_is_the_window_made_anew(
        all in snapshots(-500..500, 2..7),
        ways in prop::collection::vec((0..7usize, 0..7usize, 0..7usize, prop::bool::ANY), 2..6),
    ) {
        let series = series_of(&all, &[]);
        let mut before: Option<Answer> = None;
        for (first, last, way, compares) in ways {
            let end = all.len() - 1;
            let window = Window { first: first.min(end), last: first.max(last).min(end) };
            let query = Query {
                sample_type: INUSE,
                window,
                base: compares.then(|| Window::at(last.min(end))),
                aggregate: Aggregate::WORDS[way].1,
                normalize: if way % 2 == 0 { Normalize::Off } else { Normalize::On },
                width: if first % 2 == 0 { Width::Union } else { Width::Change },
                ..Query::default_for(&series)
            };
            let moved = derive(&series, &query, before.as_ref()).unwrap();
            check_same(&moved, &derive(&series, &query, None).unwrap());
            before = Some(moved);
        }
    }

    #[test]
    fn a_comparison_adds_up(now in snapshots(0..1000, 1..4), then in snapshots(0..1000, 1..4)) {
        let series = series_of(&now, &then);
        let query = Query { sample_type: INUSE, ..Query::default_for(&series).compared(&series).unwrap() };
        let answer = derive(&series, &query, None).unwrap();
        let (base, pair) = (answer.base.as_ref().unwrap(), answer.pair().unwrap());
        let total = pair.total(CallTree::ROOT);
        prop_assert!((base.changes.grew + base.changes.shrank - total.delta()).abs() <= answer.tree.len() as i64);
        for width in [Width::Union, Width::Current, Width::Base, Width::Change] {
            let answer = derive(&series, &Query { width, ..query.clone() }, Some(&answer)).unwrap();
            for node in (0..answer.tree.len()).map(NodeId::new) {
                let below: u64 = answer.tree.children(node).map(|child| answer.widths.weight(child)).sum();
                prop_assert!(below <= answer.widths.weight(node), "children are no wider than their parent");
            }
        }
        let explained: i64 = base.changes.sites.iter().map(|site| site.delta).sum();
        prop_assert!(explained * 100 >= base.changes.grew * i64::from(query.explain));
        let least = base.changes.sites.last().map_or(0, |site| site.delta);
        prop_assert!(base.changes.grew == 0 || (explained - least) * 100 < base.changes.grew * i64::from(query.explain));
        let swapped = Query { window: query.base.unwrap(), base: Some(query.window), ..query.clone() };
        let swapped = derive(&series, &swapped, Some(&answer)).unwrap();
        prop_assert_eq!(swapped.pair().unwrap().total(CallTree::ROOT).delta(), -total.delta());
    }

    #[test]
    fn every_snapshot_stands_by_itself_too(all in snapshots(-500..500, 2..6)) {
        let series = series_of(&all, &[]);
        let whole = asked(&series, INUSE, Window::all(&series, Input::Current).unwrap(), Aggregate::Sum);
        let leaves = whole.snapshot_sums.as_ref().unwrap();
        for snapshot in 0..all.len() {
            let answer = derive(&series, &Query { window: Window::at(snapshot), ..whole.query.clone() }, Some(&whole));
            let answer = answer.unwrap();
            for node in (0..answer.tree.len()).map(NodeId::new) {
                prop_assert_eq!(leaves.total(&answer.tree, snapshot, node), answer.column.total(node));
                prop_assert_eq!(leaves.own(snapshot, node), answer.column.own(node));
            }
        }
    }
}

fn counting(sites: &[(&str, i64)], time: i64) -> Made {
    let sites = sites.iter().map(|(name, value)| ((*name).to_owned(), [1, *value, 1, *value])).collect();
    Made { sites, time: time * SECOND, ..Made::default() }
}

#[test]
fn restarts_of_a_counter_are_found_and_bridged() {
    let all = [
        counting(&[("a", 100)], 1),
        counting(&[("a", 150)], 2),
        // Another process, which has allocated more already, in other places.
        counting(&[("b", 400)], 3),
        counting(&[("b", 500)], 4),
        counting(&[("b", 30)], 5),
    ];
    let series = series_of(&all, &[]);
    let whole = Window { first: 0, last: 4 };
    let answer = asked(&series, ALLOC, whole, Aggregate::Auto);
    assert_eq!(answer.window_sums[ALLOC].method, Method::Delta { restarts: 2 });
    // 50 until the first restart, 500 of the second process, 30 of the third.
    assert_eq!((figure(&answer, "a"), figure(&answer, "b")), (50, 530));
    let single = asked(&series, ALLOC, Window::at(1), Aggregate::Auto);
    assert_eq!((single.window_sums[ALLOC].method, figure(&single, "a")), (Method::SinceStart, 150));
    assert_eq!(single.window_sums[INUSE].method, Method::Single);
}

/// Heaps whose single stack has these figures in turn, as a program with gperftools or with jemalloc writes them.
fn text_heaps(figures: &[&str], head: &str, begin: &str, end: &str) -> Arc<Series> {
    let text = |figures: &&str| read(format!("{head}{begin}{figures}{end}").into_bytes(), 1 << 30).unwrap();
    let mut all = figures.iter().map(text);
    let (first, budget) = all.next().unwrap();
    let mut series = Series::new(first, budget);
    all.for_each(|(heap, _)| series.add(heap, Input::Current).unwrap());
    Arc::new(series)
}

#[test]
fn a_moving_mean_size_is_no_restart() {
    // The mean size of the objects in use is 100, 150 and 40 bytes: the size label of the stack is another each time.
    let figures = ["10: 1000 [20: 2000]", "10: 1500 [40: 4500]", "20: 800 [60: 5000]"];
    let of_gperftools = ("heap profile: 1: 1 [2: 2] @ heapprofile\n", "", " @ 0x10 0x20\n");
    let of_jemalloc = ("heap_v2/1\n  t*: 1: 1 [2: 2]\n", "@ 0x10 0x20\n  t*: ", "\n");
    for (head, begin, end) in [of_gperftools, of_jemalloc] {
        let series = text_heaps(&figures, head, begin, end);
        let counter = series.allocation_counter_type().unwrap();
        let answer = asked(&series, counter, Window { first: 0, last: 2 }, Aggregate::Auto);
        assert_eq!(answer.window_sums[counter].method, Method::Delta { restarts: 0 }, "{head}");
        assert_eq!(answer.column.total(CallTree::ROOT), 3000, "{head}");
        // Another process has allocated less at the stack.
        let series = text_heaps(&[figures[2], figures[1]], head, begin, end);
        let answer = asked(&series, counter, Window { first: 0, last: 1 }, Aggregate::Auto);
        assert_eq!(answer.window_sums[counter].method, Method::Delta { restarts: 1 }, "{head}");
    }
}

#[test]
fn a_size_that_falls_at_a_stack_with_several_sizes_is_a_restart() {
    // Objects of 16 and of 32 bytes at one stack, whose sum grows.
    let head = "heap profile: 1: 1 [2: 2] @ heap/1048576\n";
    let figures = |small: &str, large: &str| format!("10: 160 [{small}] @ 0x10 0x20\n5: 160 [{large}]");
    let before = figures("20: 320", "10: 320");
    for (after, restarts) in [(figures("30: 480", "10: 320"), 0), (figures("10: 160", "100: 3200"), 1)] {
        let series = text_heaps(&[&before, &after], head, "", " @ 0x10 0x20\n");
        let counter = series.allocation_counter_type().unwrap();
        let answer = asked(&series, counter, Window { first: 0, last: 1 }, Aggregate::Auto);
        assert_eq!(answer.window_sums[counter].method, Method::Delta { restarts }, "{after}");
    }
}

#[test]
fn profiles_of_changes_are_summed() {
    let change = |value: i64, time: i64| Made { duration: 5 * SECOND, ..counting(&[("a", value)], time) };
    let series = series_of(&[change(10, 1), change(4, 6)], &[]);
    let whole = Window { first: 0, last: 1 };
    let allocated = asked(&series, ALLOC, whole, Aggregate::Auto);
    assert_eq!((allocated.window_sums[ALLOC].method, figure(&allocated, "a")), (Method::Sum, 14));
    // Never below zero: in-use is a level.
    assert_eq!(figure(&asked(&series, INUSE, whole, Aggregate::Auto), "a"), 7);
    let series = series_of(&[change(10, 1), change(-4, 6)], &[]);
    assert_eq!(figure(&asked(&series, INUSE, whole, Aggregate::Auto), "a"), 6, "a level is never below zero");
}

#[test]
fn snapshots_stand_by_time_where_all_have_one() {
    let times = |series: &Series, side| -> Vec<i64> {
        series.snapshots()[series.range_of(side)].iter().map(|one| one.header.time_nanos / SECOND).collect()
    };
    let build = |seconds: &[i64], base: &[i64]| {
        let made = |second: &i64| counting(&[("a", 10 + second)], *second);
        let (main, base): (Vec<_>, Vec<_>) = (seconds.iter().map(made).collect(), base.iter().map(made).collect());
        let read = |made: &Made| read(bytes_of(made), 1 << 30).unwrap();
        let (first, budget) = read(&main[0]);
        let mut series = Series::new(first, budget);
        for (side, made) in
            main[1..].iter().map(|made| (Input::Current, made)).chain(base.iter().map(|made| (Input::Base, made)))
        {
            series.add(read(made).0, side).unwrap();
        }
        let orders = series.sort_snapshots();
        (series, orders[0].1, orders[1].1)
    };
    let (series, order, base_order) = build(&[3, 1, 2], &[9, 8]);
    assert_eq!((order, base_order), (SnapshotOrder::ResortedByTime, SnapshotOrder::ResortedByTime));
    assert_eq!((times(&series, Input::Current), times(&series, Input::Base)), (vec![1, 2, 3], vec![8, 9]));
    let (series, order, base_order) = build(&[3, 0, 2], &[]);
    assert_eq!((order, base_order), (SnapshotOrder::AsGiven { undated: 1 }, SnapshotOrder::AlreadyByTime));
    assert_eq!(times(&series, Input::Current), [3, 0, 2]);
}

#[test]
fn windows_move_and_grow_within_their_side() {
    let all: Vec<Made> = (1..=5).map(|second| counting(&[("a", second)], second)).collect();
    let series = series_of(&all, &all[..2]);
    let window = Window { first: 1, last: 2 };
    assert_eq!(window.moved(1, &series), Window { first: 2, last: 3 });
    assert_eq!(window.moved(9, &series), Window { first: 3, last: 4 });
    assert_eq!(window.moved(-9, &series), Window { first: 0, last: 1 });
    assert_eq!(window.resized(1, &series), Window { first: 1, last: 3 });
    assert_eq!(window.resized(9, &series), Window { first: 0, last: 4 });
    assert_eq!(window.resized(-9, &series), Window { first: 1, last: 1 });
    let base = Window::all(&series, Input::Base).unwrap();
    assert_eq!(base, Window { first: 5, last: 6 });
    assert_eq!((base.moved(-3, &series), base.resized(3, &series)), (base, base));
}

#[test]
fn a_change_says_where_it_is_and_whether_it_may_be_chance() {
    let sites = |sites: &[(&str, [i64; 2])]| Made {
        sites: sites
            .iter()
            .map(|(name, [objects, bytes])| ((*name).to_owned(), [*objects, *bytes, *objects, *bytes]))
            .collect(),
        time: SECOND,
        period: 524_288,
        ..Made::default()
    };
    let then = sites(&[("gone", [4, 4 << 20]), ("small", [2048, 2 << 20]), ("large", [64, 64 << 20])]);
    let now = sites(&[("new", [4, 4 << 20]), ("small", [2560, 5 << 19]), ("large", [96, 96 << 20])]);
    let series = series_of(&[now], &[then]);
    let query = Query { sample_type: INUSE, ..Query::default_for(&series).compared(&series).unwrap() };
    let answer = derive(&series, &query, None).unwrap();
    let (pair, frames) = (answer.pair().unwrap(), answer.tree.frames());
    let node = |name: &str| {
        let frame = frames.find(name).unwrap();
        (0..answer.tree.len()).map(NodeId::new).find(|node| answer.tree.frame(*node) == frame).unwrap()
    };
    assert_eq!(pair.presence(node("new")), Presence::New);
    assert_eq!(pair.presence(node("gone")), Presence::Gone);
    let large = pair.own(node("large"));
    assert_eq!((large.delta(), large.direction()), (32 << 20, ChangeDirection::Grew));
    // 512 KiB more in objects of 1 KiB, of which one in 512 is sampled: four samples against five mean nothing.
    let small = pair.own(node("small"));
    assert_eq!((small.delta(), small.direction()), (1 << 19, ChangeDirection::Noise));
    assert!(small.uncertainty.unwrap().is_few_samples(small.delta()) && small.uncertainty.unwrap().sigma > 0.0);
    assert!(answer.base.as_ref().unwrap().changes.within_noise >= 1);
}

#[test]
fn totals_are_made_equal_when_asked() {
    let series = series_of(&[counting(&[("a", 300), ("b", 100)], 2)], &[counting(&[("a", 50), ("b", 50)], 1)]);
    let query = Query::default_for(&series).compared(&series).unwrap();
    let query = Query { sample_type: INUSE, normalize: Normalize::On, ..query };
    let answer = derive(&series, &query, None).unwrap();
    assert_eq!(answer.base.as_ref().unwrap().ratio, Some(0.25));
    assert_eq!((figure(&answer, "a"), figure(&answer, "b")), (75, 25));
    assert_eq!(answer.pair().unwrap().total(CallTree::ROOT).delta(), 0);
    // The function in the middle of callers and callees has its own total, not that of the profile.
    let frame = answer.tree.frames().find("a").unwrap();
    for half in answer.around(frame, [&[], &[]]).unwrap() {
        assert_eq!(half.column.total(CallTree::ROOT), 75);
        assert_eq!(half.pair().unwrap().total(CallTree::ROOT).delta(), 25);
    }
}

#[test]
fn equal_windows_stay_equal_when_totals_are_made_equal() {
    // Means of thirds add up to whole figures only before they are rounded.
    let snapshots = || [(100, 1), (101, 2), (103, 3)].map(|(value, time)| counting(&[("a", value), ("b", 1)], time));
    let series = series_of(&snapshots(), &snapshots());
    let query = Query::default_for(&series).compared(&series).unwrap();
    let query = Query { sample_type: INUSE, normalize: Normalize::On, ..query };
    let answer = derive(&series, &query, None).unwrap();
    assert_eq!(answer.base.as_ref().unwrap().ratio, Some(1.0));
    let pair = answer.pair().unwrap();
    assert!((0..answer.tree.len()).all(|node| pair.total(NodeId::new(node)).delta() == 0));
}

#[test]
fn unlike_windows_are_told() {
    let made = |period: i64, value: i64, time: i64| Made { period, ..counting(&[("a", value)], time) };
    let series = series_of(&[made(1024, 500, 9)], &[made(512, 100, 1)]);
    let query = Query { sample_type: INUSE, ..Query::default_for(&series).compared(&series).unwrap() };
    let found = caveats(&derive(&series, &query, None).unwrap());
    assert_eq!(found, [Caveat::Rates("512B".to_owned(), "1.00K".to_owned()), Caveat::Totals(50)]);
    let change = Made { duration: 5 * SECOND, ..made(512, -100, 1) };
    let series = series_of(&[made(512, 100, 9)], &[change]);
    let query = Query { sample_type: INUSE, ..Query::default_for(&series).compared(&series).unwrap() };
    assert_eq!(caveats(&derive(&series, &query, None).unwrap()), [Caveat::Roles]);
    let twice = series_of(&[made(512, 100, 1)], &[made(512, 100, 1)]);
    let query = Query::default_for(&twice).compared(&twice).unwrap();
    assert_eq!(caveats(&derive(&twice, &query, None).unwrap()), [Caveat::Same]);
}
