//! Profiles that are wrong in their structure, taken from their bytes to a frame of the screen, and expressions that
//! nobody would type.
//!
//! How many are tried is said in `support::damage`.

use std::sync::Arc;

use heapglass::analysis::{CallTree, Query, derive};
use heapglass::base::limits::{Budget, Limits};
use heapglass::format::pprof::message;
use heapglass::format::{self, FormatError, Reading, Threads};
use heapglass::play::{Options, Session};
use heapglass::profile::{Profile, Series};
use prop::sample::Index;
use proptest::prelude::*;
use prost::Message;

use crate::support::damage::{in_time, runs};
use crate::support::made::{Stack, message_of};

/// The heap budget of a run: more than any of these small inputs may ask for.
const MEMORY: u64 = 64 << 20;
/// Figures at which something ends.
const ENDS: [i64; 12] =
    [i64::MIN, i64::MIN + 1, -1, 0, 1, 2, 127, 128, i32::MAX as i64, u32::MAX as i64, i64::MAX - 1, i64::MAX];

/// Something that is wrong with a profile that decodes, or odd.
#[derive(Clone, Debug)]
enum Edit {
    LocationId(Index, u64),
    FunctionId(Index, u64),
    MappingId(Index, u64),
    MappingOf(Index, u64),
    NoLocation(Index),
    NoFunction(Index),
    NoSample(Index),
    Lines(Index, Vec<u64>),
    Stack(Index, Vec<u64>),
    Value(Index, Index, i64),
    Values(Index, Vec<i64>),
    Label(Index, [i64; 4]),
    Name(Index, [i64; 3]),
    Text(Index, Vec<u8>),
    Type(Index, [i64; 2]),
    Types(usize),
    Scalars([i64; 6]),
    Comments(Vec<i64>),
}

fn figure() -> impl Strategy<Value = i64> {
    prop_oneof![prop::sample::select(&ENDS[..]), -3..40_i64, any::<i64>()]
}

fn id() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..30_u64, 1 => any::<u64>(), 1 => Just(u64::MAX), 1 => Just(1 << 32)]
}

/// Texts that mean something to whoever reads names, units, patterns, or terminals.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<&[u8]> = vec![
        b"",
        b"inuse_space",
        b"alloc_space",
        b"inuse_objects",
        b"bytes",
        b"count",
        b"kilobytes",
        b"runtime.(*T[...]).f.func1",
        b"_ZN4core3ptr13drop_in_place17h0123456789abcdefE",
        b"_RNvCs1234_7mycrate3foo",
        b"std::__1::vector<int, std::allocator<int> >::push_back(int&&)",
        b"\x1b]52;c;AAAA\x07",
        b"\xff\xfe\x80",
        "\u{202e}\u{301}\u{301}".as_bytes(),
        b"(a|b)*[",
        b"<truncated>",
    ];
    prop_oneof![
        prop::sample::select(known).prop_map(<[u8]>::to_vec),
        prop::collection::vec(any::<u8>(), 0..40),
        "\\PC{0,30}".prop_map(String::into_bytes),
    ]
}

impl Edit {
    fn any() -> impl Strategy<Value = Self> {
        let at = any::<Index>;
        prop_oneof![
            (at(), id()).prop_map(|(at, id)| Self::LocationId(at, id)),
            (at(), id()).prop_map(|(at, id)| Self::FunctionId(at, id)),
            (at(), id()).prop_map(|(at, id)| Self::MappingId(at, id)),
            (at(), id()).prop_map(|(at, id)| Self::MappingOf(at, id)),
            at().prop_map(Self::NoLocation),
            at().prop_map(Self::NoFunction),
            at().prop_map(Self::NoSample),
            (at(), prop::collection::vec(1..14_u64, 0..6)).prop_map(|(at, ids)| Self::Lines(at, ids)),
            (at(), prop::collection::vec(id(), 0..40)).prop_map(|(at, ids)| Self::Stack(at, ids)),
            (at(), at(), figure()).prop_map(|(at, column, value)| Self::Value(at, column, value)),
            (at(), prop::collection::vec(figure(), 0..5)).prop_map(|(at, values)| Self::Values(at, values)),
            (at(), prop::array::uniform4(figure())).prop_map(|(at, label)| Self::Label(at, label)),
            (at(), prop::array::uniform3(figure())).prop_map(|(at, names)| Self::Name(at, names)),
            (at(), text()).prop_map(|(at, text)| Self::Text(at, text)),
            (at(), prop::array::uniform2(0..20_i64)).prop_map(|(at, names)| Self::Type(at, names)),
            (0..6_usize).prop_map(Self::Types),
            prop::array::uniform6(figure()).prop_map(Self::Scalars),
            prop::collection::vec(figure(), 0..4).prop_map(Self::Comments),
        ]
    }

    fn apply(self, profile: &mut message::Profile) {
        match self {
            Self::NoLocation(at) => take(&mut profile.location, at),
            Self::NoFunction(at) => take(&mut profile.function, at),
            Self::NoSample(at) => take(&mut profile.sample, at),
            Self::Stack(at, ids) => change(&mut profile.sample, at, |one| one.location_id = ids),
            Self::Value(at, column, value) => {
                change(&mut profile.sample, at, |one| change(&mut one.value, column, |one| *one = value));
            }
            Self::Values(at, values) => change(&mut profile.sample, at, |one| one.value = values),
            Self::Label(at, [key, str, num, num_unit]) => {
                let label = message::Label { key, str, num, num_unit };
                change(&mut profile.sample, at, |one| one.label.push(label));
            }
            Self::Text(at, text) => change(&mut profile.string_table, at, |one| *one = text),
            Self::Type(at, [r#type, unit]) => {
                change(&mut profile.sample_type, at, |one| *one = message::ValueType { r#type, unit });
            }
            Self::Types(count) => profile.sample_type.resize(count, message::ValueType::default()),
            Self::Scalars([drop, keep, time, duration, period, default]) => {
                (profile.drop_frames, profile.keep_frames) = (drop, keep);
                (profile.time_nanos, profile.duration_nanos) = (time, duration);
                (profile.period, profile.default_sample_type) = (period, default);
            }
            Self::Comments(comments) => profile.comment = comments,
            symbol => symbol.apply_to_symbols(profile),
        }
    }

    fn apply_to_symbols(self, profile: &mut message::Profile) {
        let line = |id: &u64| message::Line { function_id: *id, line: *id as i64 * 3, column: 0 };
        match self {
            Self::LocationId(at, id) => change(&mut profile.location, at, |one| one.id = id),
            Self::FunctionId(at, id) => change(&mut profile.function, at, |one| one.id = id),
            Self::MappingId(at, id) if !profile.mapping.is_empty() => {
                change(&mut profile.mapping, at, |one| one.id = id);
            }
            Self::MappingId(_, id) => profile.mapping.push(message::Mapping { id, ..Default::default() }),
            Self::MappingOf(at, id) => change(&mut profile.location, at, |one| one.mapping_id = id),
            Self::Lines(at, ids) => {
                change(&mut profile.location, at, |one| one.line = ids.iter().map(line).collect());
            }
            Self::Name(at, [name, system_name, filename]) => change(&mut profile.function, at, |one| {
                (one.name, one.system_name, one.filename) = (name, system_name, filename);
            }),
            other => unreachable!("{other:?} is applied above"),
        }
    }
}

/// Changes one of a list that may be empty.
fn change<T>(list: &mut [T], at: Index, change: impl FnOnce(&mut T)) {
    if !list.is_empty() {
        change(at.get_mut(list));
    }
}

/// Takes one from a list that may be empty.
fn take<T>(list: &mut Vec<T>, at: Index) {
    if !list.is_empty() {
        list.remove(at.index(list.len()));
    }
}

/// A small profile that is well, but for these edits.
fn edited(edits: Vec<Edit>) -> Vec<u8> {
    let stacks: Vec<Stack> = (0..12)
        .map(|n: i64| Stack {
            names: (0..=n % 5).rev().map(|depth| format!("pkg{}.f{}", depth % 3, n * depth % 7)).collect(),
            values: vec![n * 512, n],
        })
        .collect();
    let mut profile = message_of(&stacks, 2);
    for edit in edits {
        edit.apply(&mut profile);
    }
    profile.encode_to_vec()
}

/// Bytes of a profile: some edits, and sometimes a byte or a cut on top.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let damage = prop_oneof![
        6 => Just(None),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Some((at, Some(byte)))),
        1 => any::<Index>().prop_map(|at| Some((at, None))),
    ];
    (prop::collection::vec(Edit::any(), 0..6), damage).prop_map(|(edits, damage)| {
        let mut bytes = edited(edits);
        match damage {
            Some((at, Some(byte))) if !bytes.is_empty() => *at.get_mut(&mut bytes) = byte,
            Some((at, None)) if !bytes.is_empty() => bytes.truncate(at.index(bytes.len())),
            _ => {}
        }
        bytes
    })
}

fn read(bytes: Vec<u8>, threads: Threads) -> Result<(Profile, Budget), FormatError> {
    let limits = Limits::default();
    let (mut budget, mut warnings) = (Budget::new(MEMORY), Vec::new());
    let mut reading =
        Reading { limits: &limits, budget: &mut budget, warnings: &mut warnings, threads, go_on: &|| true };
    let chunks = format::open(Box::new(std::io::Cursor::new(bytes)), &limits)?;
    let profile = format::read(chunks, &mut reading)?;
    Ok((profile, budget))
}

/// Reads a profile in both ways, which must agree, and makes it a series.
fn series(bytes: &[u8]) -> Option<Arc<Series>> {
    let [one, several] = [Threads::One, Threads::Several].map(|threads| read(bytes.to_vec(), threads));
    match (one, several) {
        (Ok((profile, budget)), Ok((other, _))) => {
            assert_eq!((&profile.samples.stacks, &profile.header), (&other.samples.stacks, &other.header));
            Some(Arc::new(Series::new(profile, budget)))
        }
        (Err(one), Err(other)) => {
            assert_eq!(one.to_string(), other.to_string());
            None
        }
        (one, other) => unreachable!("{:?} and {:?}", one.err(), other.err()),
    }
}

/// The keys that open something to type into.
const PROMPTS: [&str; 3] = ["/", "&", ":"];
/// Pieces of what is typed there.
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

/// Keys that lead through the views, none of which writes a file.
const KEYS: &str = "Left Right Up Down Enter Backspace u U 0 Esc n N * Tab 1 2 5 E d t T i a o s S g G PageDown c p D H L v \
                    I r f x w z % . e 4 b = y Y ?";

fn keys() -> impl Strategy<Value = Vec<&'static str>> {
    let keys: Vec<&str> = KEYS.split(' ').filter(|key| !key.is_empty()).collect();
    prop::collection::vec(prop::sample::select(keys), 0..10)
}

/// Looks at a frame: as large as the screen, and nothing in it that a terminal would obey.
fn look(session: &Session) {
    let screen = session.frame();
    assert_eq!((screen.width(), screen.height()), (80, 24));
    assert!(!screen.to_string().chars().any(|letter| letter != '\n' && letter.is_control()));
}

fn open(series: &Arc<Series>) -> Session {
    let options = Options { width: 80, height: 24, ..Options::default() };
    Session::over(series, "fuzz".to_owned(), options).unwrap()
}

proptest! {
    #![proptest_config(runs(400))]

    #[test]
    fn profiles(bytes in bytes()) {
        in_time(|| {
            let Some(series) = series(&bytes) else { return };
            for sample_type in 0..series.sample_types().len() {
                let answer = derive(&series, &Query { sample_type, ..Query::of(&series) }, None).unwrap();
                let flat = answer.flat(sample_type).unwrap();
                let own = flat.owns().iter().fold(0, |sum: i64, own| sum.wrapping_add(*own));
                let total = answer.column.total(CallTree::ROOT);
                assert_eq!(own, total, "what all functions hold themselves is all there is");
                assert_eq!(total, series.snapshots()[0].header.totals[sample_type] as i64, "and what the file holds");
            }
        });
    }
}

proptest! {
    #![proptest_config(runs(150))]

    #[test]
    fn frames(bytes in bytes(), keys in keys()) {
        in_time(|| {
            let Some(series) = series(&bytes) else { return };
            let mut session = open(&series);
            look(&session);
            for key in &keys {
                session.key(key).unwrap();
                look(&session);
            }
        });
    }

    #[test]
    fn expressions(prompt in prop::sample::select(&PROMPTS[..]), typed in typed(), keys in keys()) {
        // What is typed must not name a file to write: the prompt of commands can.
        prop_assume!(!(prompt == ":" && (typed.contains("export") || typed.contains("overwrite"))));
        in_time(|| {
            let series = series(&edited(Vec::new())).unwrap();
            let mut session = open(&series);
            session.key(prompt).unwrap();
            session.type_text(&typed);
            look(&session);
            session.key("Enter").unwrap();
            look(&session);
            for key in &keys {
                session.key(key).unwrap();
            }
            look(&session);
        });
    }
}
