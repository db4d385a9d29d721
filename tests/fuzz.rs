//! Profiles with structural errors, read and drawn, alone and in a series with a garbage collector's log; and expressions
//! that nobody would type.
//!
//! `support::fuzzed` has the checks, which the targets in `fuzz/` share; `support::damage` says how many inputs are tried.

use std::sync::{Arc, LazyLock};

use heapglass::analysis::filter::{Filter, FilterKind};
use heapglass::format::Threads;
use heapglass::format::pprof::message;
use heapglass::profile::{GcEvent, GcLog, Input, Series};
use proptest::option;
use proptest::prelude::*;
use prost::Message as _;

use crate::support::damage::{in_time, runs};
use crate::support::edits::{bytes, edited, figure};
use crate::support::elf::{Elf, line_table, unit};
use crate::support::fuzzed::{
    KEYS, check_filters, check_frame, check_keys, check_program, check_shared, check_sums, open, read, series,
};

/// Keys that open a prompt.
const PROMPTS: [&str; 3] = ["/", "&", ":"];
/// Pieces of the typed texts.
const PIECES: &str = "fn: file: map: ignore: hide: show: show-from: prune-from: tag: tag-ignore: tagroot: key= bytes= \
                      4kb:1mb :1e9 1GiB -5 9999999999999999999999 window base type find granularity preset theme color \
                      ascii export show keys config reset guide 3..7 .. -30m 14:00.. 2026-11-22T14:00:00Z ..-1h packages \
                      lines addresses alloc_space light 16 on off ( ) [ ] { } \\ ^ $ . * + ? | .* (?i) [^ a{1000} \\b \\pL \
                      main.f pkg1 \u{202e} \u{301} é 日本 ' \" , = ~ ! % < >";

fn typed() -> impl Strategy<Value = String> {
    let pieces: Vec<&str> = PIECES.split(' ').filter(|piece| !piece.is_empty()).collect();
    let piece = prop_oneof![9 => prop::sample::select(pieces).prop_map(str::to_owned), 1 => "\\PC{0,6}"];
    (prop::collection::vec(piece, 0..7), any::<bool>())
        .prop_map(|(pieces, apart)| pieces.join(if apart { " " } else { "" }))
}

fn keys() -> impl Strategy<Value = Vec<&'static str>> {
    let keys: Vec<&str> = KEYS.split(' ').filter(|key| !key.is_empty()).collect();
    prop::collection::vec(prop::sample::select(keys), 0..10)
}

/// Kinds of filters; `None` for a filter whose text names its kind.
const KINDS: [Option<FilterKind>; 10] = [
    None,
    Some(FilterKind::Focus),
    Some(FilterKind::Ignore),
    Some(FilterKind::Hide),
    Some(FilterKind::Show),
    Some(FilterKind::ShowFrom),
    Some(FilterKind::PruneFrom),
    Some(FilterKind::TagFocus),
    Some(FilterKind::TagIgnore),
    Some(FilterKind::TagRoot),
];

/// A valid profile, for typed texts.
static VALID: LazyLock<Arc<Series>> = LazyLock::new(|| series(&edited(Vec::new())).unwrap());

/// One profile of a series.
#[derive(Clone, Debug)]
struct Taken {
    bytes: Vec<u8>,
    time: i64,
    duration: i64,
    side: Input,
}

fn taken() -> impl Strategy<Value = Taken> {
    let side = prop_oneof![3 => Just(Input::Current), 1 => Just(Input::Base)];
    let time = prop_oneof![2 => 1..9_i64, 1 => figure()];
    let duration = prop_oneof![2 => Just(0), 1 => figure()];
    (bytes(), time, duration, side).prop_map(|(bytes, time, duration, side)| Taken { bytes, time, duration, side })
}

/// A parsed log of a garbage collector.
fn log() -> impl Strategy<Value = GcLog> {
    let figures = || option::of(figure());
    let event = (figures(), figures(), figures(), figures(), (figures(), figures(), figures(), figures()));
    let event = event.prop_map(|(wall, uptime, number, used, (total, cycles, pause, allocated))| GcEvent {
        wall,
        uptime,
        number,
        used,
        total,
        cycles,
        pause,
        allocated,
        ..GcEvent::default()
    });
    prop::collection::vec(event, 1..8).prop_map(|events| GcLog { events, ..GcLog::default() })
}

/// The series of the readable profiles with equal sample types; `None` without any.
fn several(taken: &[Taken], log: Option<&GcLog>) -> Option<Arc<Series>> {
    let mut all: Option<Series> = None;
    for Taken { bytes, time, duration, side } in taken {
        let Ok((mut profile, budget)) = read(bytes.clone(), Threads::One) else { continue };
        (profile.header.time_nanos, profile.header.duration_nanos) = (*time, *duration);
        match &mut all {
            // A profile with other sample types is refused, and changes nothing.
            Some(series) => drop(series.add(profile, *side)),
            None => all = Some(Series::new(profile, budget)),
        }
    }
    let mut all = all?;
    all.sort_snapshots();
    if let Some(log) = log {
        let budget = all.budget().clone();
        all.add_log(log.clone(), budget);
    }
    Some(Arc::new(all))
}

proptest! {
    #![proptest_config(runs(400))]

    #[test]
    fn profiles(bytes in bytes()) {
        in_time(|| check_sums(&bytes));
    }

    #[test]
    fn expressions(filters in prop::collection::vec((0..KINDS.len(), typed()), 0..4), search in option::of(typed())) {
        in_time(|| {
            let filters = filters
                .iter()
                .map(|(kind, text)| KINDS[*kind].map_or_else(|| Filter::parse(text), |kind| Filter::new(kind, text)))
                .collect();
            check_filters(&VALID, filters, search.clone());
        });
    }
}

proptest! {
    #![proptest_config(runs(150))]

    #[test]
    fn windows(taken in prop::collection::vec(taken(), 1..5), log in option::of(log()), keys in keys()) {
        in_time(|| {
            let Some(series) = several(&taken, log.as_ref()) else { return };
            let mut session = open(&series);
            check_frame(&session);
            for key in &keys {
                session.key(key).unwrap();
            }
            check_frame(&session);
        });
    }

    #[test]
    fn frames(bytes in bytes(), keys in keys()) {
        in_time(|| check_keys(&bytes, &keys));
    }

    #[test]
    fn prompts(prompt in prop::sample::select(&PROMPTS[..]), typed in typed(), keys in keys()) {
        // The prompt of commands can write files; no typed text may name one.
        prop_assume!(!(prompt == ":" && (typed.contains("export") || typed.contains("overwrite"))));
        in_time(|| {
            let mut session = open(&VALID);
            session.key(prompt).unwrap();
            session.type_text(&typed);
            check_frame(&session);
            session.key("Enter").unwrap();
            check_frame(&session);
            for key in &keys {
                session.key(key).unwrap();
            }
            check_frame(&session);
        });
    }
}

/// A profile in which one string is long, whatever refers to it.
fn amplified() -> impl Strategy<Value = Vec<u8>> {
    (bytes(), any::<prop::sample::Index>(), 1..300_000_usize).prop_map(|(bytes, index, length)| {
        let Ok(mut profile) = message::Profile::decode(&*bytes) else { return bytes };
        if !profile.string_table.is_empty() {
            let at = index.index(profile.string_table.len());
            profile.string_table[at] = vec![b'x'; length];
            profile.comment.extend([at as i64; 50]);
        }
        profile.encode_to_vec()
    })
}

/// A program with debug information, some bytes of which are wrong.
fn program() -> impl Strategy<Value = Vec<u8>> {
    let sizes = (1..200_usize, 0..40_usize, 0..2000_usize, 0..20_usize, 0..500_usize);
    let damage = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (sizes, any::<bool>(), damage).prop_map(|((entries, units, directory, files, rows), is_shared, damage)| {
        let units = (0..units as u32).map(|number| unit(if is_shared { 0 } else { number * 5 }, Some(0)));
        let elf = Elf::new().abbreviations(entries).lines(line_table(directory, files, rows)).units(units);
        let mut bytes = elf.bytes();
        for (index, byte) in damage {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(runs(300))]

    #[test]
    fn long_strings(bytes in amplified(), memory in 1..(4_u64 << 20)) {
        in_time(|| check_shared(&bytes, memory));
    }

    #[test]
    fn programs(bytes in program(), addresses in prop::collection::vec(0x0f00..0x2000_u64, 1..30)) {
        in_time(|| check_program(&bytes, &addresses));
    }
}
