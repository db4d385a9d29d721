//! All readers on complete, truncated and damaged files: figures or an error, never a panic.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use heapglass::base::limits::{Budget, LimitKind, Limits};
use heapglass::format::{self, ErrorPosition, FORMATS, FormatError, Probe, ReadContext, ReadOptions, open};
use heapglass::profile::Metrics;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::build::read;
use crate::support::damage::{Damage, asked, in_time, runs};
use crate::support::{data, golden, json, result};

const MEMORY: u64 = 1 << 28;

/// Folders of the samples of each format.
const FOLDERS: [(&str, &str); 13] = [
    ("pprof", "pprof"),
    ("go-text", "Go heap text"),
    ("tcmalloc", "tcmalloc heap text"),
    ("java", "Java heap text"),
    ("jemalloc", "jemalloc heap dump"),
    ("with-names", "heap dump with names"),
    ("v8", "V8 heap profile"),
    ("dhat", "DHAT"),
    ("heaptrack", "heaptrack recording"),
    ("jfr", "JFR recording"),
    ("speedscope", "speedscope"),
    ("memray", "memray"),
    ("folded", "folded stacks"),
];

struct Sample {
    format: &'static str,
    /// Folder and file.
    name: String,
    stored: Vec<u8>,
}

fn samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for (folder, format) in FOLDERS {
        for entry in fs::read_dir(data().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
            samples.push(Sample { format, name, stored: fs::read(path).unwrap() });
        }
    }
    samples.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(samples.len() >= 20, "the samples are there");
    samples
}

fn text_samples() -> Vec<Sample> {
    samples().into_iter().filter(|sample| sample.format != "pprof").collect()
}

fn inflated(stored: &[u8]) -> Vec<u8> {
    let mut chunks = open(Box::new(std::io::Cursor::new(stored.to_vec())), &ReadOptions::default()).unwrap();
    let mut all = Vec::new();
    while let Some(chunk) = chunks.next(Vec::new()).unwrap() {
        all.extend(chunk);
    }
    all
}

#[test]
fn every_sample_is_probed_by_its_own_format_alone() {
    for sample in samples() {
        let bytes = inflated(&sample.stored);
        let claims: Vec<&str> =
            FORMATS.iter().filter(|format| (format.probe)(&bytes) > Probe::No).map(|format| format.name).collect();
        assert_eq!(claims, [sample.format], "{}", sample.name);
    }
    for format in FORMATS {
        assert!(FOLDERS.iter().any(|(_, name)| *name == format.name), "`{}` has no samples", format.name);
    }
}

#[test]
fn compressed_and_raw_are_the_same_profile() {
    for Sample { name, stored, .. } in samples() {
        let (one, _) = read(stored.clone(), MEMORY).unwrap();
        let (other, _) = read(inflated(&stored), MEMORY).unwrap();
        assert_eq!(one.header, other.header, "{name}");
        assert_eq!(one.tables.trie.len(), other.tables.trie.len());
        assert!(one.header.samples > 0);
    }
    let (gzip, zstd) = ("pprof/go-raw.pb", "pprof/go-raw.pb.zst");
    let report = |name| result(&["report", "top", "--limit", "0", name]).split_once('\n').unwrap().1.to_owned();
    assert_eq!(report(gzip), report(zstd));
}

#[test]
fn every_text_reads_as_it_did() {
    for Sample { name, .. } in text_samples() {
        let said = ["summary", "top", "tree"].map(|kind| result(&["report", kind, "--limit", "8", &name]));
        golden("format", &name.replace(['/', '.'], "-"), &said.join("\n"));
    }
}

/// Compares totals with pprof's.
#[test]
fn totals_of_text_heaps_equal_pprofs() {
    for (name, totals) in [
        ("go-text/shop.txt.gz", [10_910_912, 2_019_135_923, 118_044, 42_120_782]),
        ("tcmalloc/indexer.heap.gz", [3364, 332_857, 3070, 138_500]),
    ] {
        let (profile, _) = read(fs::read(data().join(name)).unwrap(), MEMORY).unwrap();
        assert_eq!(profile.header.totals, totals, "{name}");
    }
}

/// Compares both formats in which Go serves a heap, fetched after the same collection: names in comments equal symbols,
/// except for the spelling of type parameters.
#[test]
fn gos_text_says_what_its_profile_says() {
    let rows = |name: &str, index: &str| {
        let report = json(&["top", "--sample-type", index, name]);
        let mut rows: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for row in report["rows"].as_array().unwrap() {
            let number = |key: &str| row[key].as_i64().unwrap();
            let name = row["name"].as_str().unwrap();
            let name = name.split_once('[').map_or(name, |(name, _)| name);
            let sum = rows.entry(name.to_owned()).or_default();
            *sum = (sum.0 + number("self"), sum.1 + number("total"));
        }
        rows
    };
    for index in ["2", "3"] {
        let (text, proto) = (rows("go-text/shop.txt.gz", index), rows("pprof/go-shop-gc.pb.gz", index));
        assert!(text.len() > 30);
        assert_eq!(text, proto);
    }
}

#[test]
fn the_runtimes_figures_are_kept() {
    let (profile, _) = read(fs::read(data().join("go-text/shop.txt.gz")).unwrap(), MEMORY).unwrap();
    let want = Metrics {
        total_alloc: Some(2_033_585_336),
        heap_alloc: Some(46_267_984),
        heap_inuse: Some(55_812_096),
        heap_idle: Some(35_872_768),
        heap_released: Some(4_046_848),
        sys: Some(99_461_400),
        stack_sys: Some(589_824),
        next_gc: Some(89_915_978),
        last_gc_nanos: Some(1_795_353_283_634_717_313),
        gc_count: Some(117),
        gc_pause_nanos: Some(158_239_311),
        gc_cpu_billionths: Some(6_216_428),
        max_rss: Some(103_493_632),
    };
    assert_eq!(profile.header.metrics, Some(want));
    let (profile, _) = read(fs::read(data().join("pprof/node.pb.gz")).unwrap(), MEMORY).unwrap();
    assert_eq!(profile.header.metrics, None);
}

/// Tests up to 2,000 cuts of each pprof sample: an error with a position, or between two fields a profile with missing
/// references.
#[test]
fn every_cut_is_an_error_that_says_where() {
    for Sample { name, stored, .. } in samples().into_iter().filter(|sample| sample.format == "pprof") {
        let bytes = inflated(&stored);
        // A byte or two may be text.
        for cut in (3..bytes.len()).step_by(bytes.len() / 2000 + 1) {
            let at = format!("{name} cut at {cut}");
            match read(bytes[..cut].to_vec(), MEMORY) {
                Err(FormatError::Corrupt { position: ErrorPosition::Profile(place), .. }) => {
                    assert!(place as usize <= cut, "{at}: {place}");
                }
                Err(FormatError::Malformed(_)) => {}
                Err(other) => panic!("{at}: {other}"),
                Ok((profile, _)) => assert!(profile.header.samples > 0, "{at}: accepted with nothing in it"),
            }
        }
    }
}

/// Tests every cut of the small texts and some hundred of the large ones: an error with a position, or the part before
/// the cut. Folded stacks have no end mark.
#[test]
fn a_text_cut_anywhere_is_an_error_or_what_came_before() {
    for Sample { format, name, stored } in text_samples() {
        let bytes = inflated(&stored);
        let whole = read(bytes.clone(), MEMORY).unwrap().0.header.samples;
        for cut in (0..bytes.len()).step_by(bytes.len() / 20_000 * 50 + 1) {
            let at = format!("{name} cut at {cut}");
            match read(bytes[..cut].to_vec(), MEMORY) {
                Err(FormatError::Broken { position: ErrorPosition::Line(line), .. }) => {
                    assert!(line as usize <= bytes[..cut].split(|byte| *byte == b'\n').count(), "{at}: {line}");
                }
                Err(FormatError::Broken { position: ErrorPosition::Profile(place), .. }) => {
                    assert_eq!(place, cut as u64, "{at}");
                }
                // Input that is too short has no format.
                Err(FormatError::Empty | FormatError::NotProfile(_)) => {
                    let needed = if matches!(format, "speedscope" | "memray") { 128 } else { 16 };
                    assert!(cut < needed || format == "folded stacks", "{at}");
                }
                Err(FormatError::Corrupt { .. } | FormatError::Malformed(_)) => assert!(cut < 3, "{at}"),
                Err(other) => panic!("{at}: {other}"),
                Ok((profile, _)) => assert!(profile.header.samples <= whole, "{at}"),
            }
        }
    }
}

#[test]
fn a_budget_that_is_too_small_is_a_limit_and_not_a_crash() {
    for Sample { name, stored, .. } in samples() {
        let mut memory = 1 << 8;
        let used = loop {
            match read(stored.clone(), memory) {
                Ok((_, budget)) => break budget.used(),
                Err(FormatError::Limit(limit)) => assert_eq!(limit.kind, LimitKind::Memory, "{name}"),
                Err(other) => panic!("{name}: {other}"),
            }
            memory *= 2;
        };
        assert!(used <= memory && memory > 1 << 8, "{name}");
    }
}

#[test]
fn records_are_limited_and_a_reading_can_be_stopped() {
    for Sample { name, stored, .. } in samples() {
        let one = |records, is_cancelled: &dyn Fn() -> bool| {
            let options = ReadOptions::from(Limits { records, ..Limits::default() });
            let (mut budget, mut warnings) = (Budget::new(MEMORY), Vec::new());
            let context = ReadContext::new(&options, &mut budget, &mut warnings);
            let chunks = open(Box::new(std::io::Cursor::new(stored.clone())), &options).unwrap();
            format::read(chunks, &mut ReadContext { is_cancelled, ..context }).map(drop)
        };
        match one(1, &|| false) {
            Err(FormatError::Limit(limit)) => assert_eq!((limit.kind, limit.limit), (LimitKind::Records, 1), "{name}"),
            other => panic!("{name}: {other:?}"),
        }
        assert!(matches!(one(u64::MAX, &|| true), Err(FormatError::Cancelled)), "{name}");
    }
}

/// Damages bytes, reads them, and queries the result.
fn survives(mut bytes: Vec<u8>, damage: &[Damage]) {
    for one in damage {
        one.apply(&mut bytes);
    }
    if let Ok((profile, budget)) = read(bytes, MEMORY) {
        let series = std::sync::Arc::new(heapglass::profile::Series::new(profile, budget));
        let mut before = None;
        for sample_type in 0..series.sample_types().len() {
            let query = heapglass::analysis::Query { sample_type, ..Default::default() };
            let answer = heapglass::analysis::derive(&series, &query, before.as_ref()).unwrap();
            assert_eq!(answer.flats.len(), series.sample_types().len());
            before = Some(answer);
        }
    }
}

/// Samples as stored, and decompressed. Long runs use the small ones: a few lines have the same faults, and are read a
/// hundred times as often.
static STORED: LazyLock<Vec<[Vec<u8>; 2]>> = LazyLock::new(|| {
    let all = samples().into_iter().map(|one| [inflated(&one.stored), one.stored]);
    all.filter(|[inflated, _]| asked().is_none() || inflated.len() < SMALL).collect()
});
const SMALL: usize = 16 << 10;

proptest! {
    #![proptest_config(runs(600))]

    #[test]
    fn damage_is_an_error_or_a_profile(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec(Damage::any(), 1..6),
    ) {
        let [inflated, _] = which.get(&STORED);
        in_time(|| survives(inflated.clone(), &damage));
    }

    #[test]
    fn damage_to_what_is_compressed_is_an_error_or_a_profile(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec(Damage::any(), 1..4),
    ) {
        let [_, stored] = which.get(&STORED);
        in_time(|| survives(stored.clone(), &damage));
    }
}

#[test]
fn a_report_says_which_format_it_was() {
    for Sample { format, name, .. } in samples() {
        let summary: Value = json(&["summary", &name]);
        // A dump with names is of the format of the dump.
        let formats = if format == "heap dump with names" { vec![format, "jemalloc heap dump"] } else { vec![format] };
        let said = summary["snapshots"][0]["format"].as_str().unwrap();
        assert!(formats.contains(&said), "{name}: {said}");
    }
}
