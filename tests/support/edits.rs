//! Anomalies of a profile that still decodes: dangling ids, cyclic references, numbers at the limits of their range,
//! special names.

use heapglass::format::pprof::message;
use prop::sample::Index;
use proptest::prelude::*;
use prost::Message;

use super::build::{Stack, message_of};

/// Numbers at the limits of their range.
const ENDS: [i64; 12] =
    [i64::MIN, i64::MIN + 1, -1, 0, 1, 2, 127, 128, i32::MAX as i64, u32::MAX as i64, i64::MAX - 1, i64::MAX];

/// Anomaly of a profile that still decodes.
#[derive(Clone, Debug)]
pub enum Edit {
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

pub fn figure() -> impl Strategy<Value = i64> {
    prop_oneof![prop::sample::select(&ENDS[..]), -3..40_i64, any::<i64>()]
}

fn id() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..30_u64, 1 => any::<u64>(), 1 => Just(u64::MAX), 1 => Just(1 << 32)]
}

/// Texts with a special meaning in names, units, patterns or terminals.
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
    pub fn any() -> impl Strategy<Value = Self> {
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

/// Changes an element of a list that may be empty.
fn change<T>(list: &mut [T], at: Index, change: impl FnOnce(&mut T)) {
    if !list.is_empty() {
        change(at.get_mut(list));
    }
}

/// Removes an element of a list that may be empty.
fn take<T>(list: &mut Vec<T>, at: Index) {
    if !list.is_empty() {
        list.remove(at.index(list.len()));
    }
}

/// Small profile without anomalies.
fn well() -> message::Profile {
    let stacks: Vec<Stack> = (0..12)
        .map(|n: i64| Stack {
            names: (0..=n % 5).rev().map(|depth| format!("pkg{}.f{}", depth % 3, n * depth % 7)).collect(),
            values: vec![n * 512, n],
        })
        .collect();
    let mut profile = message_of(&stacks, 2);
    for (n, sample) in (0..).zip(&mut profile.sample) {
        let texts = message::Label { key: 1, str: 1 + n % 5, num: 0, num_unit: 0 };
        let sizes = message::Label { key: 2, str: 0, num: n * 1000, num_unit: 0 };
        sample.label = [texts, sizes].into_iter().take(n as usize % 3).collect();
    }
    profile
}

/// Small profile with these edits.
pub fn edited(edits: Vec<Edit>) -> Vec<u8> {
    let mut profile = well();
    for edit in edits {
        edit.apply(&mut profile);
    }
    profile.encode_to_vec()
}

/// Bytes of a profile with some edits, and sometimes a changed byte or a truncation.
pub fn bytes() -> impl Strategy<Value = Vec<u8>> {
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
