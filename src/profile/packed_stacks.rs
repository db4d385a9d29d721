//! Insertion of stacks with packed location ids: frames that a stack shares with the previous stack are skipped.

use crate::base::ids::{LocationId, StackId};
use crate::base::limits::{Budget, LimitError};
use crate::profile::Trie;

/// Decoder of packed location ids that skips the frames shared with the previous stack.
///
/// Ids are packed leaf first, so stacks with the same callers end in the same bytes. A shared suffix is neither decoded
/// nor looked up again; in files with ordered stacks that is half to nine tenths of all frames. A frame is identified
/// by its distance: the number of bytes from the start of its id to the end of all ids.
#[derive(Debug, Default)]
pub struct StackDecoder {
    /// Packed ids of the previous stack.
    previous: Vec<u8>,
}

impl StackDecoder {
    /// Returns the distance of the innermost frame that `ids` share with the previous stack, 0 for none, and the ids of
    /// the other frames.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    #[inline]
    pub fn unshared<'a>(&mut self, ids: &'a [u8], budget: &mut Budget) -> Result<(usize, UnsharedIds<'a>), LimitError> {
        let common = common_suffix(&self.previous, ids);
        let mut end = ids.len() - common;
        // If the common bytes begin within an id of either stack, their first id is not shared.
        let is_inside = |bytes: &[u8]| bytes.len() > common && bytes[bytes.len() - common - 1] >= 0x80;
        if is_inside(ids) || is_inside(&self.previous) {
            let first = ids[end..].iter().position(|byte| *byte < 0x80);
            end = first.map_or(ids.len(), |last| end + last + 1);
        }
        self.previous.clear();
        if self.previous.capacity() < ids.len() {
            budget.grow(&mut self.previous, ids.len())?;
        }
        self.previous.extend_from_slice(ids);
        Ok((ids.len() - end, UnsharedIds { ids, end }))
    }
}

/// Ids of the frames that a stack does not share with the previous stack, callers first.
#[derive(Clone, Debug)]
pub struct UnsharedIds<'a> {
    ids: &'a [u8],
    /// End of the ids that are not yet returned.
    end: usize,
}

/// Location id of a frame, decoded from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackedId {
    /// Location id; only its low 64 bits if the encoded id is too long.
    pub id: u64,
    /// Number of bytes of the encoded id.
    pub length: usize,
    /// Distance of the frame, as in [`StackDecoder`].
    pub distance: usize,
}

impl Iterator for UnsharedIds<'_> {
    type Item = PackedId;

    #[inline]
    fn next(&mut self) -> Option<PackedId> {
        let (last, mut rest) = self.ids.get(..self.end)?.split_last()?;
        let mut id = u64::from(last & 0x7f);
        // The last byte of an id has its highest bits, and is the only one without the top bit.
        while let [before @ .., byte] = rest
            && *byte >= 0x80
        {
            id = id << 7 | u64::from(byte & 0x7f);
            rest = before;
        }
        let length = self.end - rest.len();
        self.end = rest.len();
        Some(PackedId { id, length, distance: self.ids.len() - rest.len() })
    }
}

/// Cursor that inserts stacks into a trie, each from the node at which it differs from the previous stack.
#[derive(Debug, Default)]
pub struct StackCursor {
    /// Node of each frame of the previous stack, indexed by distance as in [`StackDecoder`]; the root at 0.
    nodes: Vec<StackId>,
}

impl StackCursor {
    /// Returns the node of the shared frame at distance `shared`, and makes room for frames up to distance `length`.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    #[inline]
    pub fn begin(&mut self, shared: usize, length: usize, budget: &mut Budget) -> Result<StackId, LimitError> {
        if self.nodes.len() <= length {
            self.make_room(length, budget)?;
        }
        Ok(self.nodes[shared])
    }

    /// Returns the child of `node` at the frame's location, inserted if it is new, and stores it at the frame's
    /// distance.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    #[inline]
    pub fn enter(
        &mut self,
        node: StackId,
        frame: PackedFrame,
        trie: &mut Trie,
        budget: &mut Budget,
    ) -> Result<StackId, LimitError> {
        let child = trie.child(node, frame.location, budget)?;
        self.nodes[frame.distance as usize] = child;
        Ok(child)
    }

    /// Enters the frames of a stack below `node`, callers first, and returns the last node.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    #[inline]
    pub fn enter_all(
        &mut self,
        mut node: StackId,
        frames: &[PackedFrame],
        trie: &mut Trie,
        budget: &mut Budget,
    ) -> Result<StackId, LimitError> {
        let mut ahead = frames.iter();
        while let Some(frame) = ahead.next() {
            let known = trie.len();
            node = self.enter(node, *frame, trie, budget)?;
            if trie.len() > known {
                // A new node has no children, so that all frames below it are new.
                let below = ahead.as_slice();
                trie.push_chain(below.iter().map(|frame| frame.location), budget)?;
                for frame in below {
                    node = StackId(node.0 + 1);
                    self.nodes[frame.distance as usize] = node;
                }
                break;
            }
        }
        Ok(node)
    }

    #[cold]
    fn make_room(&mut self, length: usize, budget: &mut Budget) -> Result<(), LimitError> {
        let more = length + 1 - self.nodes.len();
        budget.grow(&mut self.nodes, more)?;
        self.nodes.resize(self.nodes.capacity(), Trie::ROOT);
        Ok(())
    }
}

/// Frame of a stack with packed ids.
#[derive(Clone, Copy, Debug)]
pub struct PackedFrame {
    /// Location of the frame.
    pub location: LocationId,
    /// Bytes from the start of the frame's id to the end of all ids.
    pub distance: u32,
}

/// Number of bytes that two slices have in common at their ends.
#[inline]
fn common_suffix(one: &[u8], other: &[u8]) -> usize {
    let mut common = 0;
    let (mut one, mut other) = (one, other);
    while let (Some((rest, word)), Some((other_rest, other_word))) =
        (one.split_last_chunk::<8>(), other.split_last_chunk::<8>())
    {
        let differ = u64::from_le_bytes(*word) ^ u64::from_le_bytes(*other_word);
        if differ != 0 {
            return common + differ.leading_zeros() as usize / 8;
        }
        common += 8;
        (one, other) = (rest, other_rest);
    }
    common + one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Locations of a stack, leaf first.
    fn stack(trie: &Trie, mut node: StackId) -> Vec<u32> {
        let mut locations = Vec::new();
        while let Some(parent) = trie.parent(node) {
            locations.push(trie.location(node).0);
            node = parent;
        }
        locations
    }

    /// Encodes ids as varints of one or two bytes, so that a shared suffix can begin within an id.
    fn pack(ids: &[u32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for id in ids {
            let mut id = *id;
            while id >= 0x80 {
                bytes.push(id as u8 | 0x80);
                id >>= 7;
            }
            bytes.push(id as u8);
        }
        bytes
    }

    proptest! {
        #[test]
        fn stacks_with_shared_suffixes_are_inserted_whole(
            stacks in prop::collection::vec(prop::collection::vec(0u32..400, 0..12), 1..60),
        ) {
            let (mut trie, mut budget, mut cursor) = (Trie::default(), Budget::new(1 << 26), StackCursor::default());
            let mut decoder = StackDecoder::default();
            for ids in stacks {
                let packed = pack(&ids);
                let (shared, rest) = decoder.unshared(&packed, &mut budget).unwrap();
                let node = cursor.begin(shared, packed.len(), &mut budget).unwrap();
                let frame = |PackedId { id, distance, .. }: PackedId| {
                    PackedFrame { location: LocationId(id as u32), distance: distance as u32 }
                };
                let frames: Vec<PackedFrame> = rest.map(frame).collect();
                let last = cursor.enter_all(node, &frames, &mut trie, &mut budget).unwrap();
                prop_assert_eq!(stack(&trie, last), ids);
                // Frame by frame, the same nodes are found.
                let begun = cursor.begin(shared, packed.len(), &mut budget).unwrap();
                let enter = |node, frame: &PackedFrame| cursor.enter(node, *frame, &mut trie, &mut budget).unwrap();
                prop_assert_eq!((begun, frames.iter().fold(begun, enter)), (node, last));
            }
        }

        #[test]
        fn the_common_suffix_is_the_longest_one(
            one in prop::collection::vec(0u8..3, 0..40), other in prop::collection::vec(0u8..3, 0..40),
        ) {
            let plain = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(common_suffix(&one, &other), plain);
        }
    }
}
