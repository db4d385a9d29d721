//! Lines of a function, compared with a plain model, with frames of lines, and with the function's figures.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use heapglass::analysis::lines::{CurrentAndBase, SourceLines};
use heapglass::analysis::{Answer, Filter, Flat, Granularity, Query, derive};
use heapglass::base::ids::FrameId;
use heapglass::format::ReadOptions;
use heapglass::format::pprof::message;
use heapglass::load::{Progress, load};
use heapglass::profile::Series;
use heapglass::source::Address;
use proptest::prelude::*;

use crate::support::build::series;
use crate::support::data;

/// Frame of a stack: number of its function, and line.
type At = (usize, i64);

/// Sample: locations innermost first, each with its inlined frames innermost first.
#[derive(Clone, Debug)]
struct Sample {
    locations: Vec<Vec<At>>,
    value: i64,
}

/// Functions of a synthetic profile with their files. One name is in two files.
const FUNCTIONS: [(&str, &str); 4] = [("a", "x.go"), ("a", "y.go"), ("b", "x.go"), ("main", "main.go")];

fn samples() -> impl Strategy<Value = Vec<Sample>> {
    // Few lines, so that much recurs; line 0 is unknown.
    let at = (0..FUNCTIONS.len(), 0..4_i64);
    let location = prop::collection::vec(at, 1..3);
    let sample = (prop::collection::vec(location, 1..6), -20..1000_i64);
    prop::collection::vec(sample.prop_map(|(locations, value)| Sample { locations, value }), 0..30)
}

fn made(samples: &[Sample]) -> Arc<Series> {
    let mut strings = vec![String::new()];
    let mut string = |text: &str| {
        strings.push(text.to_owned());
        strings.len() as i64 - 1
    };
    let mut profile = message::Profile::default();
    for (index, (name, file)) in FUNCTIONS.into_iter().enumerate() {
        let (name, filename) = (string(name), string(file));
        profile.function.push(message::Function { id: index as u64 + 1, name, filename, ..Default::default() });
    }
    let mut ids: BTreeMap<Vec<At>, u64> = BTreeMap::new();
    for Sample { locations, value } in samples {
        let location_id = locations.iter().map(|lines| {
            let next = ids.len() as u64 + 1;
            *ids.entry(lines.clone()).or_insert_with(|| {
                let line =
                    |(function, line): &At| message::Line { function_id: *function as u64 + 1, line: *line, column: 0 };
                let line = lines.iter().map(line).collect();
                profile.location.push(message::Location { id: next, address: next * 16, line, ..Default::default() });
                next
            })
        });
        let location_id = location_id.collect();
        profile.sample.push(message::Sample { location_id, value: vec![*value], label: Vec::new() });
    }
    let r#type = string("space");
    profile.sample_type.push(message::ValueType { r#type, unit: 0 });
    profile.string_table = strings.into_iter().map(String::into_bytes).collect();
    series(&profile)
}

fn opened(sources: &[&str]) -> Arc<Series> {
    let addresses: Vec<Address> = sources.iter().map(|name| Address::parse(data().join(name))).collect();
    let loaded = load(&addresses, &ReadOptions::default(), &Arc::new(Progress::default()));
    Arc::new(loaded.unwrap().series)
}

fn answer(series: &Arc<Series>, change: impl FnOnce(&mut Query)) -> Answer {
    let mut query = Query::default_for(series);
    change(&mut query);
    derive(series, &query, None).unwrap()
}

/// Every line with its file and figures.
fn all(lines: &SourceLines) -> BTreeMap<(String, i64), CurrentAndBase> {
    let of_file = |file: &heapglass::analysis::lines::FileLines| {
        let name = file.file.raw().to_owned();
        file.lines.iter().map(move |line| ((name.clone(), line.number), line.held)).collect::<Vec<_>>()
    };
    lines.files.iter().flat_map(of_file).collect()
}

/// Self and total of each line of a function; a sample counts once on each line.
fn model(samples: &[Sample], name: &str) -> BTreeMap<(String, i64), (i64, i64)> {
    let mut figures: BTreeMap<(String, i64), (i64, i64)> = BTreeMap::new();
    for sample in samples {
        let frames: Vec<At> = sample.locations.iter().flatten().copied().collect();
        let place = |(function, line): &At| (FUNCTIONS[*function].1.to_owned(), *line);
        let of_name = |(function, _): &&At| FUNCTIONS[*function].0 == name;
        if let Some(leaf) = frames.first().filter(of_name) {
            figures.entry(place(leaf)).or_default().0 += sample.value;
        }
        for passed in frames.iter().filter(of_name).map(place).collect::<BTreeSet<_>>() {
            figures.entry(passed).or_default().1 += sample.value;
        }
    }
    figures.retain(|_, figures| *figures != (0, 0));
    figures
}

proptest! {
    #[test]
    fn lines_are_what_a_plain_model_says(samples in samples()) {
        let series = made(&samples);
        let answer = answer(&series, |_| {});
        for (name, _) in FUNCTIONS {
            let lines = SourceLines::new(&answer, name.as_bytes(), None).unwrap();
            let found = all(&lines).into_iter().map(|(place, held)| (place, (held.current.own, held.current.total)));
            prop_assert_eq!(found.collect::<BTreeMap<_, _>>(), model(&samples, name));
        }
    }

    #[test]
    fn selves_of_lines_add_up_to_the_functions(samples in samples()) {
        let series = made(&samples);
        let answer = answer(&series, |_| {});
        let flat = Flat::by_frame(&answer.tree, &answer.column);
        for (name, _) in FUNCTIONS {
            let Some(frame) = answer.tree.frames().find(name) else { continue };
            let lines = SourceLines::new(&answer, name.as_bytes(), None).unwrap();
            let own: i64 = all(&lines).values().map(|held| held.current.own).sum();
            prop_assert_eq!((own, lines.function.current.own), (flat.own(frame), flat.own(frame)));
            prop_assert_eq!(lines.function.current.total, flat.total(frame));
        }
    }
}

/// Self, total and total in the base by file and line.
type Table = BTreeMap<(String, i64), (i64, i64, i64)>;

/// Compares all lines of all functions with frames of lines.
fn check(series: &Arc<Series>, change: impl Fn(&mut Query)) {
    let plain = answer(series, &change);
    let by_line = answer(series, |query| {
        change(query);
        query.shape.granularity = Granularity::Lines;
    });
    let (frames, flat) = (by_line.tree.frames(), Flat::by_frame(&by_line.tree, &by_line.column));
    let base = by_line.base.as_ref().map(|base| Flat::by_frame(&by_line.tree, &base.column));
    let strings = &series.symbols().strings;
    let mut expected: BTreeMap<Vec<u8>, Table> = BTreeMap::new();
    for frame in frames.ids().filter(|frame| *frame != FrameId::ROOT) {
        let Some(name) = frames.function(frame) else { continue };
        let file = frames.path(frame).map_or("", |file| file.raw()).to_owned();
        let figures = (flat.own(frame), flat.total(frame), base.as_ref().map_or(0, |base| base.total(frame)));
        if figures != (0, 0, 0) {
            let lines = expected.entry(strings.bytes(name).to_owned()).or_default();
            lines.insert((file, frames.exact_line(frame).unwrap_or(0)), figures);
        }
    }
    assert!(!expected.is_empty());
    let mut before = None;
    for (name, expected) in expected {
        let lines = SourceLines::new(&plain, &name, before.as_ref()).unwrap();
        let figures =
            |held: CurrentAndBase| (held.current.own, held.current.total, held.base.map_or(0, |base| base.total));
        let found: BTreeMap<_, _> = all(&lines).into_iter().map(|(place, held)| (place, figures(held))).collect();
        assert_eq!(found, expected, "{}", String::from_utf8_lossy(&name));
        before = Some(lines.answer);
    }
}

#[test]
fn lines_of_real_profiles_are_the_frames_that_are_lines() {
    for name in ["pprof/go-shop-1.pb.gz", "pprof/cpp.pb.gz", "pprof/python.pb.gz", "pprof/node.pb.gz"] {
        let series = opened(&[name]);
        for sample_type in 0..series.sample_types().len() {
            check(&series, |query| query.sample_type = sample_type);
        }
    }
}

#[test]
fn filters_windows_and_a_base_hold_for_lines_too() {
    let series = opened(&["pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"]);
    check(&series, |query| {
        query.filters = vec![Filter::new(heapglass::analysis::filter::FilterKind::Focus, "Generate")];
    });
    check(&series, |query| query.filters = vec![Filter::new(heapglass::analysis::filter::FilterKind::Hide, "strings")]);
    check(&series, |query| *query = query.compared(&series).unwrap());
    check(&series, |query| query.shape.inlines = heapglass::analysis::Inlines::Hidden);
}

#[test]
fn the_file_that_matters_most_comes_first_and_its_hottest_line_is_known() {
    let sample = |frames: &[At], value| Sample { locations: frames.iter().map(|at| vec![*at]).collect(), value };
    // `a` of `y.go` calls itself: line 3 counts the sample once.
    let series = made(&[
        sample(&[(0, 1), (3, 9)], 10),
        sample(&[(1, 3), (1, 3), (1, 2), (3, 9)], 70),
        sample(&[(2, 5), (1, 3), (3, 9)], 5),
    ]);
    let lines = SourceLines::new(&answer(&series, |_| {}), b"a", None).unwrap();
    let files: Vec<_> = lines.files.iter().map(|file| (file.file.raw(), file.hottest().unwrap().number)).collect();
    assert_eq!(files, [("y.go", 3), ("x.go", 1)]);
    let hottest = lines.files[0].hottest().unwrap().held.current;
    assert_eq!((hottest.own, hottest.total), (70, 75));
    assert_eq!((lines.function.current.own, lines.function.current.total), (80, 85));
    assert!(SourceLines::new(&answer(&series, |_| {}), b"nobody", None).unwrap().files.is_empty());
}
