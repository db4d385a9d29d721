//! `--salvage`: kept parts, and messages about lost ones.

use std::io::Cursor;

use heapglass::base::limits::Budget;
use heapglass::format::pprof::message;
use heapglass::format::{self, DamagePolicy, FormatError, Malformed, ReadContext, ReadOptions};
use heapglass::profile::{Profile, Warning, WarningKind};
use prost::Message;

use crate::support::build::{Stack, message_of};
use crate::support::{data, run_with};

fn salvaged(stored: &[u8]) -> Result<(Profile, Vec<Warning>), FormatError> {
    let options = ReadOptions { damage: DamagePolicy::Salvage, ..ReadOptions::default() };
    let (mut budget, mut warnings) = (Budget::new(1 << 28), Vec::new());
    let mut context = ReadContext::new(&options, &mut budget, &mut warnings);
    let chunks = format::open(Box::new(Cursor::new(stored.to_vec())), &options)?;
    let profile = format::read(chunks, &mut context)?;
    Ok((profile, warnings))
}

/// Some 250 lengths from 0 to all but one byte.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    let step = (length / 250).max(1);
    (0..length).step_by(step).chain([length - 1])
}

/// Cuts a profile everywhere: totals increase with the length, up to those of the whole.
fn cut_everywhere(whole: &[u8]) {
    let (all, warnings) = salvaged(whole).unwrap();
    assert!(all.header.salvaged.is_none() && warnings.iter().all(|warning| warning.kind != WarningKind::Salvaged));
    let mut before = vec![0; all.header.totals.len()];
    let mut kept = 0;
    for cut in cuts(whole.len()) {
        let Ok((profile, _)) = salvaged(&whole[..cut]) else { continue };
        if profile.header.sample_types.len() < all.header.sample_types.len() {
            assert_eq!(profile.header.samples, 0, "types come before samples");
            continue;
        }
        for ((was, is), most) in before.iter_mut().zip(&profile.header.totals).zip(&all.header.totals) {
            assert!(*was <= *is && is <= most, "{cut}: {was} {is} {most}");
            *was = *is;
        }
        kept = kept.max(profile.header.samples);
        if profile.header.samples < all.header.samples {
            let said = profile.header.salvaged.as_ref().unwrap();
            assert_eq!(said.samples, profile.header.samples);
        }
    }
    assert!(kept > 0, "something was kept");
}

fn stored() -> Vec<Vec<u8>> {
    let folder = std::fs::read_dir(data().join("pprof")).unwrap();
    let mut files: Vec<Vec<u8>> = folder.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
    files.sort_by_key(Vec::len);
    files
}

#[test]
fn a_cut_keeps_the_samples_before_it() {
    let largest = stored().pop().unwrap();
    cut_everywhere(&largest);
    let mut chunks = format::open(Box::new(Cursor::new(largest)), &ReadOptions::default()).unwrap();
    let mut raw = Vec::new();
    while let Some(chunk) = chunks.next(Vec::new()).unwrap() {
        raw.extend(chunk);
    }
    cut_everywhere(&raw);
}

fn stacks() -> Vec<Stack> {
    ["a", "b", "c"].map(|name| Stack { names: vec![name.to_owned(), "main".to_owned()], values: vec![1, 8] }).to_vec()
}

#[test]
fn broken_samples_are_left_out_and_counted() {
    let mut message = message_of(&stacks(), 2);
    message.sample[1].value.pop();
    let refused = crate::support::build::read(message.encode_to_vec(), 1 << 28).unwrap_err();
    assert!(refused.to_string().contains("sample 2 has 1 values"));
    assert!(matches!(refused, FormatError::Malformed(malformed) if malformed.is_salvageable()));
    let (profile, warnings) = salvaged(&message.encode_to_vec()).unwrap();
    assert_eq!(profile.header.totals, [2, 16]);
    let want = "salvaged: 1 sample is broken; totals may be too low";
    assert_eq!(warnings, [Warning::new(WarningKind::Salvaged, want)]);
    assert_eq!(profile.header.salvaged.unwrap().dropped, 1);
}

#[test]
fn dangling_references_keep_their_figures() {
    let mut message = message_of(&stacks(), 2);
    message.location.remove(1);
    message.function.remove(0);
    message.function[0].name = 99;
    let (profile, warnings) = salvaged(&message.encode_to_vec()).unwrap();
    assert_eq!(profile.header.totals, [3, 24]);
    let want = "salvaged: 1 location is missing; 1 function is missing; names are missing; totals may be too low";
    assert_eq!(warnings, [Warning::new(WarningKind::Salvaged, want)]);
}

#[test]
fn types_without_names_are_told_apart() {
    let message = message_of(&stacks(), 2);
    let whole = message.encode_to_vec();
    let strings = message::Profile { string_table: message.string_table.clone(), ..message::Profile::default() };
    // The string table is the last present field.
    let cut = whole.len() - strings.encode_to_vec().len();
    let (profile, _) = salvaged(&whole[..cut]).unwrap();
    let names: Vec<&str> = profile.header.sample_types.iter().map(|one| one.name.raw()).collect();
    assert_eq!(names, ["unnamed_1", "unnamed_2"]);
    assert_eq!(profile.header.totals, [3, 24]);
}

#[test]
fn two_profiles_in_one_file_are_not_damage() {
    let mut message = message_of(&stacks(), 2);
    message.time_nanos = 5;
    let one = message.encode_to_vec();
    let error = salvaged(&[one.clone(), one].concat()).unwrap_err();
    assert!(matches!(error, FormatError::Malformed(Malformed::TwoProfiles { .. })), "{error}");
}

#[test]
fn a_table_without_its_empty_string_keeps_its_names() {
    let mut message = message_of(&stacks(), 2);
    message.string_table.remove(0);
    let (profile, warnings) = salvaged(&message.encode_to_vec()).unwrap();
    let names: Vec<&str> = profile.header.sample_types.iter().map(|one| one.name.raw()).collect();
    assert_eq!(names, ["type_0", "type_1"]);
    let want = "salvaged: 1 other record is broken; totals may be too low";
    assert_eq!(warnings, [Warning::new(WarningKind::Salvaged, want)]);
}

#[test]
fn the_hint_to_salvage_does_not_loop() {
    let dhat = std::fs::read(data().join("dhat/leak.out")).unwrap();
    let mut broken = gzip(&dhat);
    let checksum = broken.len() - 8;
    broken[checksum] ^= 1;
    for stored in [broken, gzip(&dhat)[..200].to_vec(), b"\x1f\x8b\x09\x00damaged".to_vec()] {
        let outcome = run_with(&["report", "top", "--salvage", "-"], &stored);
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains("fetch it again") && !outcome.stderr.contains("`--salvage`"),
            "{}",
            outcome.stderr
        );
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut out, bytes).unwrap();
    out.finish().unwrap()
}
