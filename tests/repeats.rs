//! Profiles of a series that repeat the one before: a cache of the last one changes the work, and nothing that is read.

use std::io::Cursor;

use heapglass::base::limits::Budget;
use heapglass::base::step_count::measure_steps;
use heapglass::format::pprof::message;
use heapglass::format::{self, FormatError, ProfileCache, ReadContext, ReadOptions};
use heapglass::profile::{Profile, Warning};
use proptest::prelude::*;
use prost::Message;

use crate::support::damage::{Damage, runs};
use crate::support::data;

const MEMORY: u64 = 1 << 26;

fn read(bytes: &[u8], cache: Option<&ProfileCache>) -> Result<(Profile, Vec<Warning>), FormatError> {
    let options = ReadOptions::default();
    let (mut budget, mut warnings) = (Budget::new(MEMORY), Vec::new());
    let context = ReadContext::new(&options, &mut budget, &mut warnings);
    let chunks = format::open(Box::new(Cursor::new(bytes.to_vec())), &options)?;
    let profile = format::read(chunks, &mut ReadContext { cache, ..context })?;
    Ok((profile, warnings))
}

/// Everything that was read, or the error, as text.
fn outcome(bytes: &[u8], cache: Option<&ProfileCache>) -> String {
    match read(bytes, cache) {
        Ok((profile, warnings)) => format!("{profile:?} {warnings:?}"),
        Err(error) => format!("{error:?} {error}"),
    }
}

/// Reads profiles one after the other with a cache; each must be what it is by itself. Returns for each whether it shares
/// the tables of the one before.
fn read_in_turn(files: &[Vec<u8>]) -> Vec<bool> {
    let cache = ProfileCache::new(MEMORY);
    let mut before: Option<Profile> = None;
    let mut shared = Vec::new();
    for (number, bytes) in files.iter().enumerate() {
        assert_eq!(outcome(bytes, Some(&cache)), outcome(bytes, None), "file {number}");
        // Read once more: what is in the cache is this very profile now, or one that it repeats.
        let Ok((profile, _)) = read(bytes, Some(&cache)) else { continue };
        shared.push(before.is_some_and(|before| std::sync::Arc::ptr_eq(&before.tables, &profile.tables)));
        before = Some(profile);
    }
    shared
}

fn stored(name: &str) -> message::Profile {
    let bytes = std::fs::read(data().join("pprof").join(name)).unwrap();
    let mut chunks = format::open(Box::new(Cursor::new(bytes)), &ReadOptions::default()).unwrap();
    let mut raw = Vec::new();
    while let Some(chunk) = chunks.next(Vec::new()).unwrap() {
        raw.extend(chunk);
    }
    message::Profile::decode(&raw[..]).unwrap()
}

/// The profile with other values.
fn with_values(profile: &message::Profile, factor: i64) -> message::Profile {
    let mut profile = profile.clone();
    profile.time_nanos += factor * 1_000_000_000;
    for (number, sample) in profile.sample.iter_mut().enumerate() {
        sample.value.iter_mut().for_each(|value| *value = *value * factor + number as i64 % 7);
    }
    profile
}

#[test]
fn profiles_with_other_values_share_the_tables() {
    let first = stored("go-shop-1.pb.gz");
    let files: Vec<Vec<u8>> = (1..5).map(|factor| with_values(&first, factor).encode_to_vec()).collect();
    assert_eq!(read_in_turn(&files), [false, true, true, true]);
    let cache = ProfileCache::new(MEMORY);
    let (whole, _) = measure_steps(|| read(&files[0], Some(&cache)).unwrap());
    let (again, _) = measure_steps(|| read(&files[1], Some(&cache)).unwrap());
    assert!(whole > 100 && again * 10 < whole, "{again} steps after {whole}: no stack is inserted again");
}

#[test]
fn a_profile_that_differs_anywhere_is_read_as_by_itself() {
    let first = stored("go-shop-1.pb.gz");
    let mut changed = Vec::new();
    let mut change = |edit: &dyn Fn(&mut message::Profile)| {
        let mut profile = with_values(&first, 3);
        edit(&mut profile);
        changed.push(profile.encode_to_vec());
    };
    let last = first.sample.len() - 1;
    for at in [0, last / 2, last] {
        change(&|profile| drop(profile.sample.remove(at)));
        change(&|profile| profile.sample.insert(at, profile.sample[(at + 7) % last].clone()));
        change(&|profile| profile.sample[at].location_id.reverse());
        change(&|profile| profile.sample[at].label.clear());
        change(&|profile| profile.sample[at].value.push(1));
        change(&|profile| profile.sample[at].location_id[0] = 999_999);
        change(&|profile| profile.sample.swap(at, last / 3));
    }
    change(&|profile| profile.sample.clear());
    change(&|profile| profile.function[3].name = 1);
    change(&|profile| profile.function[3].name = 1 << 40);
    change(&|profile| profile.function.truncate(profile.function.len() - 1));
    change(&|profile| profile.location[5].address += 1);
    change(&|profile| profile.location.swap(4, 9));
    change(&|profile| profile.mapping[0].filename = 1);
    change(&|profile| profile.string_table[9].push(b'x'));
    change(&|profile| profile.string_table.push(b"more".to_vec()));
    change(&|profile| drop(profile.string_table.pop()));
    change(&|profile| profile.comment = vec![2, 3, 1 << 40]);
    change(&|profile| profile.sample_type.truncate(2));
    change(&|profile| profile.default_sample_type = 5);
    let whole = first.encode_to_vec();
    for (number, changed) in changed.iter().enumerate() {
        let turn = [whole.clone(), changed.clone(), whole.clone(), changed.clone(), changed.clone()];
        let shared = read_in_turn(&turn);
        assert!(!shared.is_empty(), "{number}");
    }
}

#[test]
fn a_record_that_does_not_fit_is_not_kept() {
    let first = stored("go-shop-1.pb.gz");
    let files = [1, 2].map(|factor| with_values(&first, factor).encode_to_vec());
    for bytes in [0, 1 << 10, 64 << 10] {
        let cache = ProfileCache::new(bytes);
        let tables = files.each_ref().map(|file| read(file, Some(&cache)).unwrap().0.tables);
        assert!(!std::sync::Arc::ptr_eq(&tables[0], &tables[1]), "{bytes} bytes");
    }
}

proptest! {
    #![proptest_config(runs(300))]

    #[test]
    fn damage_after_a_whole_profile_is_read_as_by_itself(
        which in 0usize..2,
        damage in prop::collection::vec(Damage::any(), 1..4),
    ) {
        // A small one in the order of prost, and one in the order of Go: symbols before the samples that need them.
        let name = ["go-shop-1.pb.gz", "go-raw.pb"][which];
        let whole = if which == 0 {
            stored(name).encode_to_vec()
        } else {
            std::fs::read(data().join("pprof").join(name)).unwrap()
        };
        let mut broken = whole.clone();
        for one in &damage {
            one.apply(&mut broken);
        }
        let cache = ProfileCache::new(MEMORY);
        for bytes in [&whole, &broken, &whole, &broken] {
            prop_assert_eq!(outcome(bytes, Some(&cache)), outcome(bytes, None));
        }
    }
}
