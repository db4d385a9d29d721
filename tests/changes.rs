//! Claims about a change of the total: its verdict on sampling noise, both of its directions, normalised sides, and sides
//! that are not above zero.

use heapglass::analysis::{CallTree, Caveat, Normalize, Query, Window, caveats, derive, headline};
use heapglass::play::{Options, ScreenText, Session};
use heapglass::profile::Input;
use serde_json::Value;

use crate::support::snapshots::{self, MIB, Made, SECOND, heap, series_of, write};
use crate::support::{data, run};

const INUSE: usize = 1;

fn folder(name: &str) -> std::path::PathBuf {
    snapshots::folder("changes", name)
}

/// Snapshot whose functions each have a number of sampled objects of 64 KiB, of which one in eight is sampled.
fn sampled(second: i64, samples: &[i64]) -> Made {
    let site = |(at, samples): (usize, &i64)| (format!("f{at}"), [8 * samples, samples * MIB / 2, 1, 1]);
    Made {
        sites: samples.iter().enumerate().map(site).collect(),
        time: second * SECOND,
        duration: 0,
        period: 512 << 10,
    }
}

fn headline_of(main: &[Made], base: &[Made]) -> String {
    let series = series_of(main, base);
    let query = Query { sample_type: INUSE, ..Query::default_for(&series) };
    let query = Query { base: Window::all(&series, Input::Base), ..query };
    headline(&derive(&series, &query, None).unwrap(), None)
}

#[test]
fn a_total_has_its_own_verdict() {
    // Sixty functions that each grow by a sixth, which is beyond noise for none of them.
    let grown = headline_of(&[sampled(2, &[35; 60])], &[sampled(1, &[30; 60])]);
    assert_eq!(grown, "B holds 150 MiB more than A, beyond sampling noise · no single site beyond noise");
    let within = headline_of(&[sampled(2, &[33])], &[sampled(1, &[30])]);
    assert_eq!(within, "B holds 1.50 MiB more than A, within sampling noise · no single site beyond noise");
    let folder = folder("verdict");
    let base = write(&folder, "a.pb", &sampled(1, &[30; 60]));
    let path = write(&folder, "b.pb", &sampled(2, &[35; 60]));
    let text = run(&["report", "diff", "--base", &base, &path]).stdout;
    assert!(text.contains("\nno single site grew beyond sampling noise\n"), "{text}");
}

#[test]
fn a_series_within_noise_has_no_direction() {
    let grown = headline_of(&[sampled(60, &[20, 20]), sampled(120, &[30, 20]), sampled(180, &[32, 22])], &[]);
    assert_eq!(grown, "20.0 MiB → 27.0 MiB in 2.00 min, within sampling noise");
    let far = headline_of(&[sampled(60, &[20, 20]), sampled(120, &[90, 20]), sampled(180, &[190, 22])], &[]);
    assert!(far.starts_with("grew 20.0 MiB → 106 MiB in 2.00 min"), "{far}");
    let moves = headline_of(&[sampled(60, &[20]), sampled(120, &[30]), sampled(180, &[21])], &[]);
    assert_eq!(moves, "between 10.0 MiB and 15.0 MiB in 2.00 min, within sampling noise");
    let far = headline_of(&[sampled(60, &[20]), sampled(120, &[300]), sampled(180, &[21])], &[]);
    assert!(far.starts_with("moves between 10.0 MiB and 150 MiB"), "{far}");
    // Objects above the sampling period are all counted.
    let exact = headline_of(&[heap(0, &[("f", 20, 20)]), heap(60, &[("f", 23, 23)])], &[]);
    assert!(exact.starts_with("grew 20.0 MiB → 23.0 MiB in 1.00 min"), "{exact}");
}

#[test]
fn a_base_within_noise_is_told_before_the_comparison() {
    let series = series_of(&[sampled(2, &[20])], &[sampled(1, &[16])]);
    let query = Query { sample_type: INUSE, ..Query::default_for(&series) };
    let answer = derive(&series, &query, None).unwrap();
    let text = headline(&answer, None);
    assert!(text.starts_with("holds 2.00 MiB more than the base (+25.0%), within sampling noise"), "{text}");
    // A repeated answer keeps the verdict.
    let again = derive(&series, &Query { explain: 50, ..query }, Some(&answer)).unwrap();
    assert_eq!(headline(&again, None), text);
}

#[test]
fn a_decrease_is_named_where_the_total_grew() {
    let folder = folder("both");
    let base = write(&folder, "a.pb", &heap(0, &[("grown", 100, 100), ("shrunk", 200, 200)]));
    let path = write(&folder, "b.pb", &heap(60, &[("grown", 202, 300), ("shrunk", 100, 300)]));
    let text = run(&["report", "diff", "--base", &base, &path]).stdout;
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("explains")).collect();
    assert_eq!(
        lines,
        ["1 call site explains 100% of the growth of 102 MiB", "1 call site explains 100% of the decrease of 100 MiB"]
    );
    let digest = run(&["report", "digest", "--base", &base, &path]).stdout;
    assert!(digest.contains("+102 MiB (100% of the growth)"), "{digest}");
    assert!(digest.contains("-100 MiB (100% of the decrease)"), "{digest}");
    let shrunk = headline_of(&[heap(60, &[("f", 10, 99)])], &[heap(0, &[("f", 30, 60)])]);
    assert_eq!(shrunk, "B holds 20.0 MiB less than A · 1 site explains 100% of the decrease");
}

#[test]
fn normalised_totals_are_equal_to_the_unit() {
    // A third of one unit is rounded in every sample.
    let made = |value: i64, second: i64| Made {
        sites: (0..50).map(|at| (format!("f{at}"), [1, value + at % 3, 1, 1])).collect(),
        time: second * SECOND,
        ..Made::default()
    };
    let series = series_of(&[made(1000, 2)], &[made(334, 1)]);
    let query = Query { sample_type: INUSE, ..Query::default_for(&series).compared(&series).unwrap() };
    let answer = derive(&series, &Query { normalize: Normalize::On, ..query }, None).unwrap();
    let base = &answer.base.as_ref().unwrap().column;
    let sum: i64 = answer.tree.frames().ids().map(|frame| answer.flat(INUSE).unwrap().own(frame)).sum();
    assert_ne!(i128::from(sum), base.filtered_total(), "the case has an error of rounding");
    assert_eq!(answer.column.filtered_total(), base.filtered_total());
    assert_eq!(answer.pair().unwrap().total(CallTree::ROOT).delta(), 0);
    assert_eq!(answer.net_change(), 0);
}

#[test]
fn a_total_of_zero_cannot_be_normalised() {
    let folder = folder("zero");
    let empty = write(&folder, "empty.pb", &heap(0, &[("f", 0, 1)]));
    let path = write(&folder, "full.pb", &heap(60, &[("f", 10, 11)]));
    for (base, current) in [(&empty, &path), (&path, &empty)] {
        let outcome = run(&["report", "top", "--sample-type", "inuse_space", "--normalize", "--base", base, current]);
        assert_eq!(outcome.code, 2, "{}", outcome.stdout);
        assert!(outcome.stderr.contains("one of them is not above zero"), "{}", outcome.stderr);
    }
    let mut session = Session::compare(&[&path], &[&empty], Options::default()).unwrap();
    session.key("z").unwrap();
    let screen = session.frame().to_string();
    assert!(screen.contains("no factor makes the totals equal"), "{screen}");
    assert!(screen.contains("B 10.0M") || screen.contains("B full.pb"), "B keeps its figures:\n{screen}");
}

/// First row of the screen.
fn header(session: &Session) -> String {
    session.frame().row(0)
}

#[test]
fn the_header_says_that_a_side_is_scaled() {
    let [base, path] = ["pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"].map(|name| data().join(name));
    for (width, height) in [(60, 20), (80, 24), (160, 45)] {
        let options = Options { width, height, ..Options::default() };
        let mut session = Session::compare(&[&path], &[&base], options).unwrap();
        assert!(!header(&session).contains('×'), "{}", header(&session));
        for key in ["Down", "z"] {
            session.key(key).unwrap();
        }
        for key in ["D", "Esc", "H"] {
            assert!(header(&session).contains('×'), "{}", session.frame());
            assert!(header(&session).contains("normalized"), "{}", session.frame());
            session.key(key).unwrap();
        }
    }
}

#[test]
fn nothing_is_a_multiple_of_a_total_below_zero() {
    let made = |value: i64, time: i64| Made {
        sites: vec![("f".to_owned(), [1, value, 1, 1])],
        time: time * SECOND,
        ..Made::default()
    };
    let series = series_of(&[made(360, 2)], &[made(-1, 1)]);
    let query = Query { sample_type: INUSE, ..Query::default_for(&series).compared(&series).unwrap() };
    let found = caveats(&derive(&series, &query, None).unwrap());
    assert!(!found.iter().any(|caveat| matches!(caveat, Caveat::Totals(_))), "{found:?}");
    let folder = folder("negative");
    let base = write(&folder, "a.pb", &made(-1, 1));
    let path = write(&folder, "b.pb", &made(360, 2));
    let outcome = run(&["report", "diff", "--sample-type", "inuse_space", "--base", &base, &path]);
    assert!(outcome.stdout.contains("+361 B\n") && !outcome.stdout.contains('×'), "{}", outcome.stdout);
    let args = ["check", "--as", "level", "--max-growth", "1KiB", "--format", "json", "--base", &base, &path];
    let json: Value = serde_json::from_str(&run(&args).stdout).unwrap();
    assert_eq!(json["rules"][0]["percent"], Value::Null, "{json}");
}

#[test]
fn a_sum_beyond_64_bits_is_one_figure() {
    let path = data().join("malformed/i64-overflow.pb.gz");
    let session = Session::open(&[&path], Options { width: 120, height: 40, ..Options::default() }).unwrap();
    let screen: ScreenText = session.frame();
    assert!(screen.row(0).contains("24.0 EiB"), "{screen}");
    let rows = (1..4).map(|y| screen.row(y)).collect::<String>();
    assert!(rows.contains("24.0 EiB in all") && !rows.contains("-8.00 EiB"), "{screen}");
    let text = run(&["report", "top", path.to_str().unwrap()]).stdout;
    assert!(text.contains("24.0 EiB (27,670,116,110,564,333,418 B)"), "{text}");
}

#[test]
fn counts_and_windows_are_those_of_the_screen() {
    let [base, path] = ["a", "b"].map(|name| {
        let sites: &[(&str, i64, i64)] =
            if name == "a" { &[("kept", 1, 1), ("gone", 2, 2)] } else { &[("kept", 1, 1), ("new", 3, 3)] };
        write(&folder(name), &format!("{name}.pb"), &heap(if name == "a" { 0 } else { 60 }, sites))
    });
    let mut session = Session::compare(&[&path], &[&base], Options { width: 160, ..Options::default() }).unwrap();
    for key in ["d", "Tab", "Down"] {
        session.key(key).unwrap();
    }
    let screen = session.frame().to_string();
    assert!(screen.contains("3 functions,") && screen.contains("of 3 functions"), "{screen}");
    // Two windows of one series are told by their numbers where nothing else fits.
    let options = Options { width: 80, height: 24, ..Options::default() };
    let mut session = Session::open(&[data().join("shop-series")], options).unwrap();
    session.key("d").unwrap();
    session.key(":").unwrap();
    session.type_text("base 1..2");
    session.key("Enter").unwrap();
    assert!(header(&session).contains("A 1..2 "), "{}", session.frame());
    session.key("Down").unwrap();
    session.key("D").unwrap();
    session.key("G").unwrap();
    assert!(session.frame().to_string().contains("call path in B"), "{}", session.frame());
}

#[test]
fn a_site_within_noise_explains_nothing_however_long_the_period_is() {
    let folder = folder("long-period");
    // Exact values, of which a file claims that they were sampled.
    for (name, period) in [("default", 512 << 10), ("huge", 1 << 62)] {
        let small = |second: i64, held: i64| {
            let sites = vec![("main.a".to_owned(), [held, held << 8, 400 + held, (400 + held) << 8])];
            Made { sites, time: second * SECOND, duration: 0, period }
        };
        let [before, after] = [(1, 40), (61, 56)].map(|(second, held)| small(second, held));
        let base = write(&folder, &format!("{name}-a.pb"), &before);
        let path = write(&folder, &format!("{name}-b.pb"), &after);
        let text = run(&["report", "diff", "--base", &base, &path]).stdout;
        assert!(text.contains("1 call site within noise"), "{text}");
        assert!(text.contains("\nno single site grew beyond sampling noise\n"), "{text}");
        let summary = run(&["report", "summary", "--base", &base, &path]).stdout;
        assert!(summary.contains(", within sampling noise · no single site beyond noise\n"), "{summary}");
        assert!(summary.contains("is more than half of the total"), "{summary}");
    }
}

#[test]
fn sites_that_sampling_would_have_changed_do_not_count_in_the_correction() {
    // Samples of 64 KiB objects: one site grew beyond noise, and eighty turned over and hold as much as before.
    let heap = |second: i64, leak: i64, turned: i64| {
        let site = |name: String, held: i64, allocated: i64| {
            (name, [8 * held, held * MIB / 2, 8 * allocated, allocated * MIB / 2])
        };
        let others = (0..80).map(|at| site(format!("f{at}"), 20, 20 + turned));
        let sites = others.chain([site("leak".to_owned(), leak, leak)]).collect();
        Made { sites, time: second * SECOND, duration: 0, period: 512 << 10 }
    };
    let series = series_of(&[heap(61, 50, 8)], &[heap(1, 40, 0)]);
    let query = Query { sample_type: INUSE, base: Window::all(&series, Input::Base), ..Query::default_for(&series) };
    let answer = derive(&series, &query, None).unwrap();
    let changes = &answer.base.as_ref().unwrap().changes;
    assert_eq!(changes.sites.len(), 1, "{:?}", answer.base.as_ref().unwrap().noise.as_ref().unwrap().basis);
}
