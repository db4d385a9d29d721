//! The pprof reader on whole, cut and damaged files: figures or a clear error, never a panic.

use std::fs;
use std::path::PathBuf;

use heapglass::base::limits::Limits;
use heapglass::format::{FORMATS, FormatError, Place, Probe, open};
use proptest::prelude::*;

use crate::support::data;
use crate::support::made::read;

const MEMORY: u64 = 1 << 28;

fn samples() -> Vec<(PathBuf, Vec<u8>)> {
    let paths = fs::read_dir(data().join("pprof")).unwrap().map(|entry| entry.unwrap().path());
    let samples: Vec<_> = paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    assert!(samples.len() >= 8, "the samples are there");
    samples
}

fn inflated(stored: &[u8]) -> Vec<u8> {
    let mut chunks = open(Box::new(std::io::Cursor::new(stored.to_vec())), &Limits::default()).unwrap();
    let mut all = Vec::new();
    while let Some(chunk) = chunks.next(Vec::new()).unwrap() {
        all.extend(chunk);
    }
    all
}

#[test]
fn every_sample_is_probed_by_its_own_format_alone() {
    for (path, stored) in samples() {
        let bytes = inflated(&stored);
        let claims: Vec<&str> =
            FORMATS.iter().filter(|format| (format.probe)(&bytes) > Probe::No).map(|format| format.name).collect();
        assert_eq!(claims, ["pprof"], "{}", path.display());
    }
}

#[test]
fn gzip_and_raw_are_the_same_profile() {
    for (path, stored) in samples() {
        let (one, _) = read(stored.clone(), MEMORY).unwrap();
        let (other, _) = read(inflated(&stored), MEMORY).unwrap();
        assert_eq!(one.header, other.header, "{}", path.display());
        assert_eq!(one.trie.len(), other.trie.len());
        assert!(one.header.samples > 0);
    }
}

/// Up to 2,000 cuts of each sample, evenly spread: an error with a place, or, between two fields, a profile that lacks
/// something it refers to.
#[test]
fn every_cut_is_an_error_that_says_where() {
    for (path, stored) in samples() {
        let bytes = inflated(&stored);
        // A byte or two may pass for text.
        for cut in (3..bytes.len()).step_by(bytes.len() / 2000 + 1) {
            let at = format!("{} cut at {cut}", path.display());
            match read(bytes[..cut].to_vec(), MEMORY) {
                Err(FormatError::Corrupt { place: Place::Profile(place), .. }) => {
                    assert!(place as usize <= cut, "{at}: {place}");
                }
                Err(FormatError::Malformed { what }) => assert!(!what.is_empty(), "{at}"),
                Err(other) => panic!("{at}: {other}"),
                Ok((profile, _)) => assert!(profile.header.samples > 0, "{at}: accepted with nothing in it"),
            }
        }
    }
}

#[test]
fn a_budget_that_is_too_small_is_a_limit_and_not_a_crash() {
    for (path, stored) in samples() {
        let mut memory = 1 << 10;
        let used = loop {
            match read(stored.clone(), memory) {
                Ok((_, budget)) => break budget.used(),
                Err(FormatError::Limit(limit)) => assert_eq!(limit.option, "--max-memory", "{}", path.display()),
                Err(other) => panic!("{}: {other}", path.display()),
            }
            memory *= 2;
        };
        assert!(used <= memory && memory > 1 << 10, "{}", path.display());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damage_is_an_error_or_a_profile(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let samples = samples();
        let mut bytes = inflated(&which.get(&samples).1);
        for (at, byte) in damage {
            *at.get_mut(&mut bytes) = byte;
        }
        if let Ok((profile, budget)) = read(bytes, MEMORY) {
            let series = std::sync::Arc::new(heapglass::profile::Series::new(profile, budget));
            for sample_type in 0..series.sample_types().len() {
                let query = heapglass::analysis::Query { sample_type, ..Default::default() };
                let answer = heapglass::analysis::derive(&series, &query, None).unwrap();
                prop_assert_eq!(answer.flats.len(), series.sample_types().len());
            }
        }
    }
}
