//! First answers from the samples of one kind of memory: equal to those from all samples.

use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::GzDecoder;
use heapglass::analysis::{CallTree, OtherTypes, Query, Stacks, derive};
use heapglass::base::ids::NodeId;
use heapglass::base::limits::Budget;
use heapglass::base::step_count::measure_steps;
use heapglass::format::pprof::message;
use heapglass::format::{self, FormatError, ReadContext, ReadOptions, SampleScope};
use heapglass::load::{Progress, SeriesFiles};
use heapglass::play::{DeferredPart, Depth, Glyphs, Options, Session};
use heapglass::profile::{Coverage, MemoryKind, Profile, Series, Values};
use heapglass::{Answer, Loader};
use prost::Message as _;

use crate::support::build::{Stack, message_of};
use crate::support::{data, run};

/// Profiles with Go's sample types.
const GO: &[&str] = &["go-shop-1.pb.gz", "go-shop-2.pb.gz", "go-shop-gc.pb.gz", "go-deep.pb.gz", "go-raw.pb"];

/// Samples of memory in use.
const IN_USE: SampleScope = SampleScope::Kind(MemoryKind::InUse);

/// Kinds of memory with the index of their bytes among Go's types.
const KINDS: [(MemoryKind, usize); 2] = [(MemoryKind::Allocated, 1), (MemoryKind::InUse, 3)];

/// Size of a screen that shows everything.
const LARGE: Options = Options { width: 160, height: 45, ..SMALL };
/// Size of the smallest screen with all panes.
const SMALL: Options = Options { width: 80, height: 24, depth: Depth::Indexed256, glyphs: Glyphs::Unicode };

fn pprof(name: &str) -> PathBuf {
    data().join("pprof").join(name)
}

fn load(path: &Path, samples: SampleScope) -> Series {
    Loader::new().options(ReadOptions { samples, ..ReadOptions::default() }).load([path]).unwrap().series
}

fn answer(series: Series, sample_type: usize) -> Answer {
    let plain = Query::default_for(&series);
    let query = Query { sample_type, other_types: OtherTypes::Never, stacks: Stacks::NonZero, ..plain };
    derive(&series.into(), &query, None).unwrap()
}

/// Every node of the tree by its path, with its total and self; sorted, since the order of siblings is that of the samples.
fn nodes(answer: &Answer) -> Vec<(Vec<Box<str>>, i64, i64)> {
    let (tree, column) = (&answer.tree, &answer.column);
    let figures = |node| (tree.names(node), column.total(node), column.own(node));
    let mut nodes: Vec<_> = (0..tree.len()).map(NodeId::new).map(figures).collect();
    nodes.retain(|(_, total, own)| (*total, *own) != (0, 0));
    nodes.sort();
    nodes
}

#[test]
fn the_samples_of_one_kind_give_the_answers_of_all() {
    let mut fewer = 0;
    for name in GO {
        for (kind, sample_type) in KINDS {
            let (whole, part) = (load(&pprof(name), SampleScope::All), load(&pprof(name), SampleScope::Kind(kind)));
            let headers = [&whole, &part].map(|series| format!("{:?}", series.snapshots()[0].header));
            assert_eq!(headers[0], headers[1], "{name}: the facts about the file");
            assert_eq!(whole.snapshots()[0].totals, part.snapshots()[0].totals, "{name}: the totals of all types");
            assert_eq!(whole.symbols().locations(), part.symbols().locations(), "{name}");
            assert_eq!(whole.coverage(), Coverage::All);
            assert!(part.coverage().has(kind), "{name}");
            fewer += usize::from(part.trie().len() < whole.trie().len());
            let (whole, part) = (answer(whole, sample_type), answer(part, sample_type));
            assert!(whole.column.weight(CallTree::ROOT) > 0, "{name}: nothing to compare");
            assert_eq!(nodes(&whole), nodes(&part), "{name}, {kind:?}");
        }
    }
    assert!(fewer >= GO.len(), "hardly any profile had samples to leave out");
}

#[test]
fn the_reports_of_one_type_are_the_same() {
    for name in GO {
        for report in ["top", "tree", "traces", "folded", "callers", "svg"] {
            for format in [&[][..], &["--format", "json"]] {
                // A number says nothing of the kind before the file is read, so that all samples are.
                let outputs = ["inuse_space", "3"].map(|sample_type| {
                    let mut args = vec!["report", report];
                    args.extend((report == "callers").then_some("main"));
                    let file = format!("pprof/{name}");
                    args.extend([file.as_str(), "--sample-type", sample_type]);
                    args.extend(format);
                    let outcome = run(&args);
                    let mut lines: Vec<_> = outcome.stdout.lines().map(str::to_owned).collect();
                    if report == "folded" {
                        // Stacks stand in the order of the samples.
                        lines.sort();
                    }
                    (outcome.code, lines, outcome.stderr)
                });
                assert!(outputs[0] == outputs[1], "{report} of {name}");
            }
        }
    }
}

#[test]
fn the_default_type_of_a_file_decides_which_samples_are_read_first() {
    let coverage = |name: &str| load(&pprof(name), SampleScope::DefaultKind).coverage();
    assert_eq!(coverage("go-shop-1.pb.gz"), Coverage::Kind(MemoryKind::InUse));
    assert_eq!(coverage("go-allocs.pb.gz"), Coverage::Kind(MemoryKind::Allocated));
}

/// Change of a sample that makes it wrong.
type Damage = fn(&mut message::Sample);

/// Names the sample types as Go does.
fn name_types(profile: &mut message::Profile) {
    for (sample_type, name) in
        profile.sample_type.iter_mut().zip(["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"])
    {
        profile.string_table.push(name.into());
        sample_type.r#type = profile.string_table.len() as i64 - 1;
    }
}

/// Go's profile with one sample in use and one that is not, whose stack is changed by `edit`.
fn edited(edit: impl FnOnce(&mut message::Sample)) -> Vec<u8> {
    let mut profile = message_of(
        &[
            Stack { names: vec!["kept".into(), "main".into()], values: vec![2, 32, 1, 16] },
            Stack { names: vec!["freed".into(), "main".into()], values: vec![4, 64, 0, 0] },
        ],
        4,
    );
    name_types(&mut profile);
    edit(&mut profile.sample[1]);
    profile.encode_to_vec()
}

fn read_only(bytes: Vec<u8>, samples: SampleScope) -> Result<Profile, FormatError> {
    let options = ReadOptions { samples, ..ReadOptions::default() };
    let (mut budget, mut warnings) = (Budget::new(1 << 26), Vec::new());
    let chunks = format::open(Box::new(Cursor::new(bytes)), &options).unwrap();
    format::read(chunks, &mut ReadContext::new(&options, &mut budget, &mut warnings))
}

#[test]
fn samples_that_are_left_out_are_checked_too() {
    let whole = read_only(edited(|_| {}), IN_USE).unwrap();
    assert_eq!((whole.coverage, whole.header.samples), (Coverage::Kind(MemoryKind::InUse), 2));
    assert_eq!(whole.samples.values.iter().map(Values::sum).collect::<Vec<_>>(), [6, 96, 1, 16]);
    let damages: [(&str, Damage); 4] = [
        ("an unknown location", |sample| sample.location_id[0] = 77),
        ("a value too many", |sample| sample.value.extend([0, 0])),
        ("a value too few", |sample| {
            sample.value.remove(0);
        }),
        ("a label without a text", |sample| {
            sample.label.push(message::Label { key: 99, str: 1, ..Default::default() });
        }),
    ];
    for (name, damage) in damages {
        let errors = [SampleScope::All, IN_USE].map(|samples| {
            let refused =
                read_only(edited(damage), samples).err().unwrap_or_else(|| panic!("{name} was read, {samples:?}"));
            refused.to_string()
        });
        assert_eq!(errors[0], errors[1], "{name}");
    }
}

/// Profile of 2,000 samples of memory that was freed, with damage in the middle.
fn freed(damage: Damage) -> Vec<u8> {
    let stack = |n: usize| {
        let names = (0..12).map(|depth| format!("f{}", (n * 7 + depth * 31) % 300)).collect();
        Stack { names, values: vec![1, 8, 0, 0] }
    };
    let mut profile = message_of(&(0..2000).map(stack).collect::<Vec<_>>(), 4);
    name_types(&mut profile);
    profile.string_table.push("bytes".into());
    let key = profile.string_table.len() as i64 - 1;
    for (n, sample) in profile.sample.iter_mut().enumerate() {
        sample.label.push(message::Label { key, num: 16 << (n % 20), ..Default::default() });
    }
    damage(&mut profile.sample[1000]);
    locations_first(profile)
}

/// Encodes a profile with its samples after their locations, as in Go's files.
fn locations_first(mut profile: message::Profile) -> Vec<u8> {
    let sample = std::mem::take(&mut profile.sample);
    [profile.encode_to_vec(), message::Profile { sample, ..Default::default() }.encode_to_vec()].concat()
}

#[test]
fn samples_that_are_left_out_are_read_in_runs_and_checked_too() {
    for samples in [IN_USE, SampleScope::All] {
        let (steps, profile) = measure_steps(|| read_only(freed(|_| {}), samples).unwrap());
        assert_eq!(profile.header.samples, 2000);
        assert_eq!(profile.samples.values.iter().map(Values::sum).collect::<Vec<_>>(), [2000, 16_000, 0, 0]);
        // The first of each label is read alone.
        assert!(samples != IN_USE || steps < 50, "{steps} steps");
    }
    let damages: [(&str, Damage); 8] = [
        ("an unknown location", |sample| sample.location_id[0] = 5000),
        ("an unknown location far off", |sample| sample.location_id[5] = 1 << 40),
        ("no location", |sample| sample.location_id[1] = 0),
        ("a value too many", |sample| sample.value.push(0)),
        ("a value too few", |sample| sample.value.truncate(3)),
        ("a label without a text", |sample| sample.label[0].str = 1 << 40),
        ("a negative location", |sample| sample.location_id[2] = u64::MAX),
        ("no stack and no values", |sample| *sample = message::Sample::default()),
    ];
    for (name, damage) in damages {
        let errors = [SampleScope::All, IN_USE]
            .map(|samples| read_only(freed(damage), samples).map(|_| ()).map_err(|error| error.to_string()));
        assert!(errors[0].is_err(), "{name}");
        assert_eq!(errors[0], errors[1], "{name}");
    }
}

#[test]
fn a_sum_beyond_64_bits_or_another_order_of_types_covers_nothing() {
    let large = edited(|sample| sample.value[1] = i64::MAX);
    assert_eq!(read_only(large, IN_USE).unwrap().coverage, Coverage::Kind(MemoryKind::InUse));
    let mut profile = message::Profile::decode(&*edited(|sample| sample.value[1] = i64::MAX)).unwrap();
    profile.sample.push(profile.sample[1].clone());
    assert_eq!(read_only(profile.encode_to_vec(), IN_USE).unwrap().coverage, Coverage::Unknown);
    profile.sample.truncate(2);
    profile.sample_type.swap(0, 3);
    assert_eq!(read_only(profile.encode_to_vec(), IN_USE).unwrap().coverage, Coverage::Unknown);
}

#[test]
fn the_first_answer_does_the_work_of_its_own_samples_only() {
    // A tenth of the stacks is in use.
    let stack = |n: usize| {
        let held = i64::from(n.is_multiple_of(10));
        let names = (0..12).rev().map(|depth| format!("f{}_{depth}", (n * 7919 % 4000) >> (12 - depth))).collect();
        Stack { names, values: vec![1, 8, held, held * 8] }
    };
    let mut profile = message_of(&(0..4000).map(stack).collect::<Vec<_>>(), 4);
    for sample_type in &mut profile.sample_type {
        profile.string_table.push("inuse".into());
        sample_type.r#type = profile.string_table.len() as i64 - 1;
    }
    let bytes = locations_first(profile);
    let [all, first] = [SampleScope::All, IN_USE].map(|samples| {
        let (steps, profile) = measure_steps(|| read_only(bytes.clone(), samples).unwrap());
        (steps, profile.tables.trie.len(), profile.samples.len())
    });
    assert!(first.0 * 5 < all.0 * 2, "steps {} against {}", first.0, all.0);
    assert!(first.1 * 5 < all.1 * 2, "stacks {} against {}", first.1, all.1);
    assert_eq!((first.2, all.2), (401, 4000), "those in use, and one for all others");
}

/// Explorer over the samples in use of a profile, while the others are loaded.
fn first_screen(path: &Path, options: Options) -> Session {
    let name = path.file_name().unwrap().to_str().unwrap();
    let mut session = Session::over(&load(path, IN_USE).into(), name.to_owned(), options).unwrap();
    session.begin_deferred(DeferredPart::SampleTypes);
    session
}

#[test]
fn the_rest_joins_the_first_screen_without_a_jump() {
    let path = pprof("go-shop-1.pb.gz");
    for options in [SMALL, LARGE] {
        let mut first = first_screen(&path, options);
        let mut whole = Session::open(&[&path], options).unwrap();
        for session in [&mut first, &mut whole] {
            session.key("Down").unwrap();
            session.key("Enter").unwrap();
        }
        let before = first.frame().to_string();
        first.finish_deferred(load(&path, SampleScope::All));
        let after = first.frame().to_string();
        assert_eq!(after, whole.frame().to_string(), "all is there afterwards");
        // Figures of the other sample types come into blank cells; what was there stays where it was.
        let stays = |(before, after): (char, char)| before == ' ' || before == after;
        // The line of the selection gets its noise and objects in their places.
        let is_of_selection = |line: &str| line.starts_with(" here");
        for (before, after) in before.lines().zip(after.lines()).filter(|(before, _)| !is_of_selection(before)) {
            assert!(before.chars().zip(after.chars()).all(stays), "{before}\n{after}");
        }
        assert_ne!(before, after, "the other figures have come");
    }
}

#[test]
fn another_sample_type_waits_for_its_samples() {
    let path = pprof("go-shop-1.pb.gz");
    let mut first = first_screen(&path, SMALL);
    let mut whole = Session::open(&[&path], SMALL).unwrap();
    first.key("t").unwrap();
    let waiting = first.frame().to_string();
    assert!(waiting.contains("in-use space"), "the figures on the screen stay those of memory in use:\n{waiting}");
    first.finish_deferred(load(&path, SampleScope::All));
    whole.key("t").unwrap();
    assert_eq!(first.frame().to_string(), whole.frame().to_string());
}

#[test]
fn without_the_rest_another_sample_type_is_refused_with_the_key_that_loads_it() {
    let mut first = first_screen(&pprof("go-shop-1.pb.gz"), SMALL);
    first.key("Esc").unwrap();
    first.key("t").unwrap();
    let screen = first.frame().to_string();
    assert!(screen.contains("samples of this type are not loaded: R loads them"), "{screen}");
    assert!(screen.contains("in-use space"), "{screen}");
}

/// Directory with the snapshots of a real series, each with 400 KiB of an unknown field, so that the series is large.
fn large_series() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("large-series");
    std::fs::create_dir_all(&folder).unwrap();
    for entry in std::fs::read_dir(data().join("shop-series")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = Vec::new();
        GzDecoder::new(std::fs::File::open(&path).unwrap()).read_to_end(&mut bytes).unwrap();
        // Field 100, length-delimited.
        prost::encoding::encode_key(100, prost::encoding::WireType::LengthDelimited, &mut bytes);
        prost::encoding::encode_varint(400 << 10, &mut bytes);
        bytes.resize(bytes.len() + (400 << 10), 0);
        std::fs::write(folder.join(path.file_name().unwrap()), bytes).unwrap();
    }
    folder
}

#[test]
fn a_large_series_opens_at_its_newest_snapshot_and_the_others_join_it() {
    let folder = large_series();
    let read = Arc::new(Progress::default());
    let newest = Loader::new().files(SeriesFiles::Newest).progress(Arc::clone(&read)).load([&folder]).unwrap();
    let all = Loader::new().load([&folder]).unwrap();
    let names = |series: &Series| -> Vec<String> {
        series.snapshots().iter().map(|snapshot| snapshot.header.source.raw().to_owned()).collect()
    };
    assert_eq!((newest.files_left, all.files_left), (13, 0));
    assert_eq!(names(&newest.series), names(&all.series)[13..]);
    assert!(read.read() < 800 << 10, "one file is read, not {} bytes", read.read());

    let mut session = Session::over(&newest.series.into(), "series".to_owned(), LARGE).unwrap();
    session.begin_deferred(DeferredPart::Snapshots);
    session.key("Down").unwrap();
    session.key("Enter").unwrap();
    let before = session.frame().to_string();
    session.finish_deferred(all.series);
    let after = session.frame().to_string();
    assert!(after.contains("14 snapshots: the newest is shown, :window .. shows all, 5 trend"), "{after}");
    assert!(
        after.contains("grew ") && !before.contains("grew "),
        "the headline says how the series got there\n{after}"
    );
    // The timeline comes into blank rows; the icicle, the table and the details keep their places.
    let lines = |screen: &str| -> Vec<String> { screen.lines().map(str::to_owned).collect() };
    let (before, after) = (lines(&before), lines(&after));
    let changed: Vec<usize> = (0..before.len()).filter(|row| before[*row] != after[*row]).collect();
    assert!(changed.len() <= 6, "rows {changed:?} of\n{}\n{}", before.join("\n"), after.join("\n"));
    assert!(before.iter().zip(&after).any(|(before, after)| before.trim().is_empty() && after.contains('▁')));
}
