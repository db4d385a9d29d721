//! Small files that refer to one long string, or to one large table, thousands of times: memory and time stay within
//! their limits.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use heapglass::analysis::{Query, derive};
use heapglass::base::limits::Budget;
use heapglass::base::step_count::measure_steps;
use heapglass::format::pprof::message::{Function, Label, Line, Location, Mapping, Profile, Sample, ValueType};
use heapglass::profile::Series;
use heapglass::symbolize::{Image, Symbolizer};
use prost::Message;

use crate::support::build::{Stack, message_of, read};
use crate::support::elf::{ENTRIES, Elf, line_table, unit};
use crate::support::json;

/// References to the long string.
const REFERENCES: u64 = 5000;
/// Bytes of the long string.
const LONG: usize = 1 << 20;
/// Index of the long string.
const TEXT: i64 = 1;

/// Profile with a long string that nothing refers to yet.
fn with_long_string() -> Profile {
    Profile {
        string_table: vec![Vec::new(), vec![b'x'; LONG], b"a".to_vec(), b"bytes".to_vec()],
        sample_type: vec![ValueType { r#type: 2, unit: 3 }],
        ..Profile::default()
    }
}

/// A location of its own for every reference, with a sample on it.
fn with_locations(mut location: impl FnMut(u64) -> Location) -> Profile {
    let mut profile = with_long_string();
    for id in 1..=REFERENCES {
        profile.location.push(Location { id, ..location(id) });
        profile.sample.push(Sample { location_id: vec![id], value: vec![1], label: Vec::new() });
    }
    profile
}

fn with_functions(function: impl Fn(u64) -> Function) -> Profile {
    let line = |id| vec![Line { function_id: id, line: id as i64, column: 0 }];
    let mut profile = with_locations(|id| Location { line: line(id), ..Location::default() });
    profile.function = (1..=REFERENCES).map(|id| Function { id, ..function(id) }).collect();
    for id in 1..=REFERENCES {
        profile.string_table.push(format!("f{id}").into_bytes());
    }
    profile
}

fn with_labels(label: impl Fn(u64) -> Label) -> Profile {
    let mut profile = with_locations(|_| Location { address: 1, ..Location::default() });
    for (id, sample) in (1..).zip(&mut profile.sample) {
        sample.label = vec![label(id)];
    }
    for id in 1..=REFERENCES {
        profile.string_table.push(format!("k{id}").into_bytes());
    }
    profile
}

/// Index of the string `f1`, `k1`, ... of a reference.
fn own(id: u64) -> i64 {
    id as i64 + 3
}

/// One profile for every kind of reference.
fn profiles() -> Vec<(&'static str, Profile)> {
    let sample = || Sample { location_id: Vec::new(), value: vec![1; REFERENCES as usize], label: Vec::new() };
    let types = |one: ValueType| Profile {
        sample_type: vec![one; REFERENCES as usize],
        sample: vec![sample()],
        ..with_long_string()
    };
    let mapping = |id: u64| Mapping { id, memory_start: id << 20, memory_limit: (id + 1) << 20, ..Mapping::default() };
    let mapped = |fill: &dyn Fn(Mapping) -> Mapping| {
        let location = |id: u64| Location { mapping_id: id, address: id << 20, ..Location::default() };
        Profile { mapping: (1..=REFERENCES).map(|id| fill(mapping(id))).collect(), ..with_locations(location) }
    };
    vec![
        ("comments", Profile { comment: vec![TEXT; REFERENCES as usize], ..with_long_string() }),
        ("types", types(ValueType { r#type: TEXT, unit: 3 })),
        ("units", types(ValueType { r#type: 2, unit: TEXT })),
        ("functions", with_functions(|_| Function { name: TEXT, ..Function::default() })),
        ("files", with_functions(|id| Function { name: own(id), filename: TEXT, ..Function::default() })),
        ("mappings", mapped(&|mapping| Mapping { filename: TEXT, ..mapping })),
        ("build-ids", mapped(&|mapping| Mapping { build_id: TEXT, ..mapping })),
        ("label-keys", with_labels(|id| Label { key: TEXT, num: id as i64, ..Label::default() })),
        ("label-texts", with_labels(|id| Label { key: own(id), str: TEXT, ..Label::default() })),
        ("label-units", with_labels(|id| Label { key: own(id), num: 1, num_unit: TEXT, ..Label::default() })),
    ]
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("shared-tables");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// Runs the program with 64 MiB, where memory beyond them and 64 MiB more, besides the program itself, ends it by a
/// signal.
fn limited(args: &[&str]) -> Output {
    let program = assert_cmd::cargo::cargo_bin!("heapglass");
    let limit = format!("ulimit -v {}; exec \"$0\" \"$@\"", (64 + 64 + 128) << 10);
    let mut command = Command::new("sh");
    command.args(["-c", &limit]).arg(program).args(args).args(["--max-memory", "64MiB"]);
    command.env_clear().output().unwrap()
}

#[test]
fn a_long_string_with_many_references_takes_its_length_once() {
    let reports: [&[&str]; 4] = [
        &["report", "top"],
        &["report", "summary"],
        &["report", "labels"],
        &["report", "top", "--granularity", "files"],
    ];
    for (name, profile) in profiles() {
        let path = file(&format!("{name}.pb"), &profile.encode_to_vec());
        for report in reports {
            let output = limited(&[report, &[path.to_str().unwrap()]].concat());
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(output.status.code(), Some(0 | 3)), "{name}, {report:?}: {:?} {said}", output.status);
            if output.status.code() == Some(3) {
                assert!(said.contains("64 MiB") && said.contains("--max-memory"), "{name}: {said}");
            }
        }
    }
}

/// What many records share is charged once, so that a profile fits that names one long file everywhere.
#[test]
fn shared_strings_fit_into_a_small_budget() {
    for (name, profile) in profiles() {
        let bytes = profile.encode_to_vec();
        let (_, budget) = read(bytes, 24 << 20).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(budget.used() < 20 << 20, "{name}: {}", budget.used());
    }
}

/// Programs with shared tables, and whether their debug information is used within 64 MiB.
fn programs() -> Vec<(&'static str, Vec<u8>)> {
    let one_table = Elf::new().abbreviations(20_000).units((0..2000).map(|_| unit(0, None)));
    // Every unit has a table of its own that begins at another entry of one table.
    let overlapping = Elf::new().abbreviations(20_000).units((0..2000).map(|number| unit(ENTRIES + number * 6, None)));
    let files = Elf::new().abbreviations(1).lines(line_table(LONG, 5000, 0)).units([unit(0, Some(0))]);
    let rows = Elf::new().abbreviations(1).lines(line_table(1, 1, 3_000_000)).units([unit(0, Some(0))]);
    let lines = Elf::new().abbreviations(1).lines(line_table(1, 1, 100_000));
    let shared_lines = lines.units((0..500).map(|_| unit(0, Some(0))));
    vec![
        ("one-table", one_table.bytes()),
        ("overlapping-tables", overlapping.bytes()),
        ("long-directory", files.bytes()),
        ("many-rows", rows.bytes()),
        ("shared-lines", shared_lines.bytes()),
    ]
}

/// Profile of one address in a program called `program`.
fn addresses(count: u64) -> Profile {
    let mut profile = Profile {
        string_table: vec![Vec::new(), b"space".to_vec(), b"bytes".to_vec(), b"program".to_vec()],
        sample_type: vec![ValueType { r#type: 1, unit: 2 }],
        mapping: vec![Mapping { id: 1, memory_start: 0, memory_limit: 1 << 32, filename: 3, ..Mapping::default() }],
        ..Profile::default()
    };
    for id in 1..=count {
        profile.location.push(Location { id, mapping_id: 1, address: 0x1000 + id, ..Location::default() });
        profile.sample.push(Sample { location_id: vec![id], value: vec![1], label: Vec::new() });
    }
    profile
}

#[test]
fn a_program_with_shared_tables_stays_within_its_memory() {
    let profile = file("addresses.pb", &addresses(10).encode_to_vec());
    for (name, bytes) in programs() {
        fs::create_dir_all(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("shared-tables").join(name)).unwrap();
        let program = file(&format!("{name}/program"), &bytes);
        let output = limited(&["report", "top", "--binary", program.to_str().unwrap(), profile.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{name}: {:?} {said}", output.status);
    }
}

#[test]
fn compressed_sections_have_the_limit_on_inflated_bytes() {
    let profile = file("addresses-compressed.pb", &addresses(1).encode_to_vec());
    let program = file("compressed", &Elf::new().zeros(8 << 20).bytes());
    let run = |limit: &str| {
        let [program, profile] = [&program, &profile].map(|path| path.to_str().unwrap());
        crate::support::run(&["report", "top", "--binary", program, profile, "--max-inflated", limit])
    };
    let refused = run("1MiB");
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("1 MiB") && refused.stderr.contains("--max-inflated"), "{}", refused.stderr);
    assert_eq!(run("16MiB").code, 0);
}

#[test]
fn a_path_that_many_functions_share_is_cleaned_once() {
    let (_, profile) = profiles().into_iter().find(|(name, _)| *name == "files").unwrap();
    let bytes = profile.encode_to_vec();
    let size = bytes.len() as u64;
    let (profile, budget) = read(bytes, 1 << 30).unwrap();
    let series = Arc::new(Series::new(profile, budget));
    let (steps, answer) = measure_steps(|| derive(&series, &Query::default(), None));
    assert!(answer.is_ok() && steps > size / 2 && steps < 4 * size, "{steps} steps for {size} bytes");
}

/// The work on a program is in proportion to its size, however often its units refer to one table.
#[test]
fn work_on_a_program_is_in_proportion_to_its_size() {
    for (name, bytes) in programs() {
        let size = bytes.len() as u64;
        let mut budget = Budget::new(8 << 30);
        let (mut profile, _) = read(addresses(10).encode_to_vec(), 1 << 30).unwrap();
        let (steps, ()) = measure_steps(|| {
            let images = [Image::new("program".to_owned(), bytes, &mut budget).unwrap()];
            Symbolizer::new(&images).symbolize(&mut profile, &mut budget).unwrap();
        });
        assert!(steps > 0 && steps <= 16 * size + (1 << 23), "{name}: {steps} steps for {size} bytes");
    }
}

#[test]
fn segments_of_a_program_are_searched_and_not_walked() {
    let steps = |segments: u64| {
        let bytes = Elf::new().segments(segments).bytes();
        let mut budget = Budget::new(1 << 30);
        let image = Image::new("program".to_owned(), bytes, &mut budget).unwrap();
        let (steps, found) = measure_steps(|| (0..segments).filter_map(|at| image.address(at << 12, None)).count());
        assert_eq!(found as u64, segments, "every address is in a segment");
        steps
    };
    assert_eq!(steps(4000), 4 * steps(1000));
}

#[test]
fn build_ids_of_mappings_are_compared_once() {
    let steps = |mappings: u64| {
        let mut message = message_of(&[Stack { names: vec!["a".to_owned()], values: vec![1] }], 1);
        for id in 1..=mappings {
            message.string_table.push(format!("{id:040x}").into_bytes());
            let build_id = message.string_table.len() as i64 - 1;
            message.mapping.push(Mapping { id, memory_start: id << 20, build_id, ..Mapping::default() });
        }
        let bytes = message.encode_to_vec();
        let (steps, profile) = measure_steps(|| read(bytes, 1 << 30).unwrap().0);
        assert_eq!(profile.header.build_ids.len() as u64, mappings);
        steps
    };
    let (small, large) = (steps(5_000), steps(20_000));
    assert!(small > 0 && large <= small * 5, "{small} steps became {large} at four times the size");
}

#[test]
fn the_message_names_the_limit_that_was_set() {
    let path = file("limit.pb", &with_functions(|_| Function { name: TEXT, ..Function::default() }).encode_to_vec());
    for (set, named) in [("1MiB", "1 MiB"), ("1000000", "1,000,000 B"), ("1025KiB", "1025 KiB")] {
        let outcome = crate::support::run(&["report", "top", "--max-memory", set, path.to_str().unwrap()]);
        assert_eq!(outcome.code, 3, "{set}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(named), "{set}: {}", outcome.stderr);
    }
    let top = json(&["top", path.to_str().unwrap()]);
    assert_eq!(top["rows"].as_array().map(Vec::len), Some(1));
}
