//! Samples that are left out, since they have no value of the requested kind of memory.
//!
//! Of a Go profile, most samples are of memory that was freed. They are checked, counted and added up, but their stacks
//! are not inserted. Runs of such samples are read at once: location ids are compared with the number of known ids, in
//! blocks of 16 bytes, and never decoded.

use crate::format::pprof::label::LabelReader;
use crate::format::pprof::wire::{self, FRAME, SAMPLE, short_delimited, split_short};
use crate::profile::{IdMap, MemoryKind, SampleType, roles};

/// Number of sample types of profiles whose samples can be left out: Go's two of allocated memory, then two of memory
/// in use.
pub(super) const GO_TYPES: usize = 4;

/// Samples that are left out, and their sums.
#[derive(Clone, Copy)]
pub(super) struct LeftOutSamples {
    /// Kind of memory of which these samples have no value.
    pub(super) kind: MemoryKind,
    pub(super) count: usize,
    /// Sums of the two types of the other kind; `None` if a sum exceeds 64 bits.
    sums: Option<[i64; 2]>,
}

impl LeftOutSamples {
    /// No sample without values of this kind yet.
    pub(super) fn new(kind: MemoryKind) -> Self {
        Self { kind, count: 0, sums: Some([0; 2]) }
    }

    /// Sums by sample type; zeros if a sum exceeds 64 bits.
    pub(super) fn sums(&self) -> [i64; GO_TYPES] {
        let [one, two] = self.sums.unwrap_or_default();
        if self.kind == MemoryKind::InUse { [one, two, 0, 0] } else { [0, 0, one, two] }
    }

    /// Adds a sample whose values of the kind are zero; returns false for other samples, and if the number of values is
    /// not the number of types.
    pub(super) fn add_if_zero(&mut self, values: &[u8]) -> bool {
        let other = self.other_values(values);
        if let Some(other) = other {
            self.add(other);
        }
        other.is_some()
    }

    /// Values of the other kind of a sample whose values of this kind are zero; `None` for other samples.
    #[expect(clippy::inline_always, reason = "a fiftieth of the instructions of a load without it")]
    #[inline(always)]
    pub(super) fn other_values(&self, values: &[u8]) -> Option<[i64; 2]> {
        // A zero is one byte, and Go writes the two values of allocated memory first.
        let ((MemoryKind::InUse, [other @ .., 0, 0]) | (MemoryKind::Allocated, [0, 0, other @ ..])) =
            (self.kind, values)
        else {
            return None;
        };
        let (one, length) = wire::varint(other).ok()?;
        let (two, rest) = wire::varint(&other[length..]).ok()?;
        (length + rest == other.len()).then_some([one as i64, two as i64])
    }

    /// Counts a sample and adds up its values of the other kind.
    #[inline]
    fn add(&mut self, [one, two]: [i64; 2]) {
        self.count += 1;
        self.sums = self.sums.and_then(|[first, second]| Some([first.checked_add(one)?, second.checked_add(two)?]));
    }

    /// Reads the samples at the start of `chunk` up to the first that is not left out or has another form than the
    /// common one, and at most `most`; returns their length in bytes. A sample with a new location or with new labels
    /// ends the run, too.
    pub(super) fn read(&mut self, chunk: &[u8], most: u64, locations: &mut IdMap, known_labels: &LabelReader) -> usize {
        // Before the first sample that is left out, as in a read of allocations, none is tried.
        if self.count == 0 {
            return 0;
        }
        let Some(known) = KnownIds::new(locations.dense()) else { return 0 };
        let (mut rest, mut run) = (chunk, *self);
        for _ in 0..most {
            let Some((sample, after)) = short_delimited(rest, SAMPLE) else { break };
            let Some([framed_ids, framed_values, labels]) = split_short(&sample[FRAME..]) else { break };
            let Some(values) = self.other_values(&framed_values[FRAME..]) else { break };
            if !known.has_all(framed_ids) || known_labels.get(labels).is_none() {
                break;
            }
            run.add(values);
            rest = after;
        }
        *self = run;
        chunk.len() - rest.len()
    }

    /// True if all samples of the kind were read: the sample types have Go's order, and the sums are exact.
    pub(super) fn is_sound(&self, sample_types: &[SampleType]) -> bool {
        let kinds = roles(sample_types).into_iter().map(|role| role.kind);
        self.sums.is_some()
            && kinds.eq([MemoryKind::Allocated, MemoryKind::Allocated, MemoryKind::InUse, MemoryKind::InUse])
    }
}

/// Bytes that are tested at a time.
const BLOCK: usize = 16;
/// Bytes before a block that its test needs: an id that ends in the block may begin there.
const BEFORE: usize = FRAME;

/// Test whether packed location ids are known. It compares each byte with the same byte of the highest known id, so that
/// ids are not decoded and all bytes of a block are tested at once.
struct KnownIds {
    /// The highest id of two bytes, as encoded.
    of_two: [u8; 2],
    /// The highest id of three bytes, as encoded; `None` if no id of three bytes is known.
    of_three: Option<[u8; 3]>,
}

impl KnownIds {
    /// Test for ids from 1 to `known`; `None` for few ids, where a test of each is fast.
    fn new(known: u64) -> Option<Self> {
        const TWO: u64 = 1 << 14;
        const THREE: u64 = 1 << 21;
        if known < 0x80 {
            return None;
        }
        let byte = |number: u64, place: u32| (number >> (7 * place) & 0x7f) as u8;
        let two = known.min(TWO - 1);
        // An id of four bytes is rejected.
        let three = known.min(THREE - 1);
        Some(Self {
            of_two: [0x80 | byte(two, 0), byte(two, 1)],
            of_three: (known >= TWO).then(|| [0x80 | byte(three, 0), 0x80 | byte(three, 1), byte(three, 2)]),
        })
    }

    /// Returns true if all of the packed ids, which follow [`BEFORE`] bytes of no id, are known.
    #[inline]
    fn has_all(&self, bytes: &[u8]) -> bool {
        match self.of_three {
            None => passes(bytes, |block, results| test_two(self.of_two, block, results)),
            Some(highest) => passes(bytes, |block, results| test_three(highest, block, results)),
        }
    }
}

/// Tests a block of ids of one or two bytes.
#[inline]
fn test_two(highest: [u8; 2], bytes: &[u8; BLOCK + BEFORE], results: &mut BlockResults) {
    let [highest_first, highest_last] = highest;
    for at in 0..BLOCK {
        let [first, last] = [bytes[at + 1], bytes[at + 2]];
        let is_above = above(last, highest_last) | equal(last, highest_last) & above(first, highest_first);
        // Only the high bit counts: `first` begins an id, and `last` does not end it or is above.
        results.wrong[at] |= first & (last | is_above);
        results.least[at] = results.least[at].min(last);
    }
}

/// Tests a block of ids of up to three bytes.
#[inline]
fn test_three(highest: [u8; 3], bytes: &[u8; BLOCK + BEFORE], results: &mut BlockResults) {
    let [highest_first, highest_middle, highest_last] = highest;
    for at in 0..BLOCK {
        let [first, middle, last] = [bytes[at], bytes[at + 1], bytes[at + 2]];
        let is_above = above(middle, highest_middle) | equal(middle, highest_middle) & above(first, highest_first);
        let is_above = above(last, highest_last) | equal(last, highest_last) & is_above;
        results.wrong[at] |= first & middle & (last | is_above);
        results.least[at] = results.least[at].min(last);
    }
}

/// Results of the tests of all blocks.
struct BlockResults {
    /// The high bit is set where an unknown id ends.
    wrong: [u8; BLOCK],
    /// The least bytes: the id 0 is not known.
    least: [u8; BLOCK],
}

/// Returns true if all blocks of the packed ids, which follow [`BEFORE`] bytes of no id, pass a test.
#[inline]
fn passes(bytes: &[u8], test: impl Fn(&[u8; BLOCK + BEFORE], &mut BlockResults)) -> bool {
    let mut results = BlockResults { wrong: [0; BLOCK], least: [1; BLOCK] };
    if let Some(last) = bytes.last_chunk() {
        let mut rest = bytes;
        while let Some(block) = rest.first_chunk() {
            test(block, &mut results);
            rest = &rest[BLOCK..];
        }
        // The last block overlaps the one before.
        test(last, &mut results);
    } else {
        let mut block = [1; BLOCK + BEFORE];
        block[..bytes.len()].copy_from_slice(bytes);
        test(&block, &mut results);
    }
    let is_complete = bytes.last().is_none_or(|last| *last < 0x80);
    let is_wrong = u128::from_le_bytes(results.wrong) & u128::from_le_bytes([0x80; BLOCK]) != 0;
    is_complete && !is_wrong && results.least == [1; BLOCK]
}

/// A byte of set bits if `one` is above `other` as signed numbers, else 0.
#[inline]
fn above(one: u8, other: u8) -> u8 {
    u8::from(one as i8 > other as i8).wrapping_neg()
}

/// A byte of set bits if the two are equal, else 0.
#[inline]
fn equal(one: u8, other: u8) -> u8 {
    u8::from(one == other).wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::pprof::wire::IDS;
    use proptest::prelude::*;

    /// Tests the packed ids, as in a sample.
    fn is_known(known: u64, packed: &[u8]) -> bool {
        let mut field = vec![IDS];
        prost::encoding::encode_varint(packed.len() as u64, &mut field);
        field.extend_from_slice(packed);
        // What follows is not looked at.
        let rest = [0xff, 0];
        field.extend(rest);
        let (framed, after) = short_delimited(&field, IDS).unwrap();
        assert_eq!((&framed[FRAME..], after), (packed, &rest[..]));
        KnownIds::new(known).is_some_and(|test| test.has_all(framed))
    }

    fn packed(ids: &[u64]) -> Vec<u8> {
        let mut packed = Vec::new();
        for id in ids {
            prost::encoding::encode_varint(*id, &mut packed);
        }
        packed
    }

    proptest! {
        #[test]
        fn exactly_known_ids_of_up_to_three_bytes_are_accepted(
            known in prop_oneof![128_u64..300, 16_000_u64..17_000, 2_096_000_u64..2_098_000, 128..=u64::MAX],
            ids in prop::collection::vec(
                prop_oneof![0_u64..400, 16_000_u64..17_000, 2_096_000_u64..2_098_000, any::<u64>()], 0..40),
            are_low in any::<bool>(),
        ) {
            let highest = known.min((1 << 21) - 1);
            let ids: Vec<u64> = ids.into_iter().map(|id| if are_low { id % highest + 1 } else { id }).collect();
            let are_known = ids.iter().all(|id| (1..=highest).contains(id));
            prop_assert_eq!(is_known(known, &packed(&ids)), are_known);
        }

        #[test]
        fn each_id_is_looked_at(known in 128_u64..3_000_000, length in 1_usize..60, at in any::<prop::sample::Index>()) {
            let mut ids = vec![1_u64; length];
            prop_assert!(is_known(known, &packed(&ids)));
            for unknown in [0, known + 1] {
                ids[at.index(length)] = unknown;
                prop_assert!(!is_known(known, &packed(&ids)));
            }
        }
    }

    #[test]
    fn long_and_cut_encodings_are_left_to_the_full_decoder() {
        for (packed, is_accepted) in [
            (&[][..], true),
            (&[0x81, 0x01], true),
            (&[0x81, 0x00], false),
            (&[0x81, 0x80, 0x00], false),
            (&[0x00], false),
            (&[0x81], false),
            (&[0x05, 0xff], false),
            (&[0x81, 0x81, 0x81, 0x01], false),
        ] {
            assert_eq!([1 << 10, 1 << 40].map(|known| is_known(known, packed)), [is_accepted; 2], "{packed:?}");
        }
    }
}
