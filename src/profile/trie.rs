//! Location trie: every distinct stack once. Stacks with the same callers share nodes.
//!
//! A node is a location below its caller; the path from the root to a node is a stack. Nodes take 16 bytes, and parents
//! precede children, so that one pass from the end sums subtrees. A child is found by examining a few siblings, newest
//! first, since files list similar stacks together. Children of wide parents are found in a hash map; without the map a
//! shuffled file with a wide root would cost quadratic time.

use rustc_hash::FxHashMap;

use crate::base::ids::{LocationId, StackId};
use crate::base::limits::{Budget, LimitError, LimitKind};
use crate::base::step_count;

const NONE: u32 = u32::MAX;
/// Siblings examined before a parent counts as wide. Eight nodes are two cache lines of keys on average. Measured on Go
/// heaps: a larger limit costs more than the map, a smaller limit brings most parents into the map.
const MAX_SIBLINGS: usize = 8;
/// Flag of the child link: all children of the node are in the map. Node ids stay below 2^31.
const WIDE: u32 = 1 << 31;
/// Maximum number of nodes, which leaves [`WIDE`] free.
const MAX_NODES: usize = (WIDE - 1) as usize;

#[derive(Clone, Copy, Debug)]
struct TrieNode {
    location: u32,
    sibling: u32,
    /// Newest child, or [`NONE`]; with the flag [`WIDE`] if the children are in the map.
    child: u32,
    parent: u32,
}

impl TrieNode {
    #[inline]
    fn as_sibling(&self, stack: StackId) -> Sibling {
        let newest_child = (self.child != NONE).then_some(StackId(self.child & !WIDE));
        Sibling { stack, location: LocationId(self.location), newest_child }
    }
}

/// Node as visited by a walk down the trie.
#[derive(Clone, Copy, Debug)]
pub struct Sibling {
    /// The node.
    pub stack: StackId,
    /// Location of the node.
    pub location: LocationId,
    /// Newest child of the node.
    pub newest_child: Option<StackId>,
}

/// All stacks of a profile or a series.
#[derive(Clone, Debug)]
pub struct Trie {
    nodes: Vec<TrieNode>,
    wide: FxHashMap<u64, u32>,
}

impl Default for Trie {
    fn default() -> Self {
        Self {
            nodes: vec![TrieNode { location: NONE, sibling: NONE, child: NONE, parent: NONE }],
            wide: FxHashMap::default(),
        }
    }
}

impl Trie {
    /// The empty stack, parent of all outermost frames. It has no location.
    pub const ROOT: StackId = StackId::ROOT;

    /// Number of nodes, including the root.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True if there is only the root.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// Location of a node other than the root.
    #[inline]
    pub fn location(&self, stack: StackId) -> LocationId {
        LocationId(self.nodes[stack.index()].location)
    }

    /// Node of the caller; `None` for the root.
    pub fn parent(&self, stack: StackId) -> Option<StackId> {
        let parent = self.nodes[stack.index()].parent;
        (parent != NONE).then_some(StackId(parent))
    }

    /// Children of a node, newest first.
    #[inline]
    pub fn children(&self, stack: StackId) -> impl Iterator<Item = StackId> + '_ {
        self.siblings(self.newest_child(stack)).map(|sibling| sibling.stack)
    }

    /// Newest child of a node.
    #[inline]
    pub fn newest_child(&self, stack: StackId) -> Option<StackId> {
        let newest = self.newest(stack.0);
        (newest != NONE).then_some(StackId(newest))
    }

    /// A node and its older siblings, with everything that a walk down the trie needs, since each access to a node is a
    /// cache miss.
    #[inline]
    pub fn siblings(&self, newest: Option<StackId>) -> impl Iterator<Item = Sibling> + '_ {
        let mut next = newest.map_or(NONE, |newest| newest.0);
        std::iter::from_fn(move || {
            let node = self.nodes.get(next as usize)?;
            let stack = StackId(next);
            next = node.sibling;
            Some(node.as_sibling(stack))
        })
    }

    /// Node `newest` if it has no older siblings: the only child, if it is a newest child.
    #[inline]
    pub fn only_child(&self, newest: StackId) -> Option<Sibling> {
        let node = self.nodes.get(newest.index()).filter(|node| node.sibling == NONE)?;
        Some(node.as_sibling(newest))
    }

    /// Child of `parent` at `location`, a new one if there is none.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted or there are too many nodes.
    #[inline]
    pub fn child(&mut self, parent: StackId, location: LocationId, budget: &mut Budget) -> Result<StackId, LimitError> {
        let mut child = self.newest(parent.0);
        let mut examined = 0;
        while child != NONE && examined < MAX_SIBLINGS {
            let node = &self.nodes[child as usize];
            if node.location == location.0 {
                return Ok(StackId(child));
            }
            child = node.sibling;
            examined += 1;
        }
        step_count::count_steps(examined + 1);
        if child != NONE {
            return self.wide_child(parent, location, budget);
        }
        self.push(parent, location, budget)
    }

    #[inline]
    fn newest(&self, parent: u32) -> u32 {
        match self.nodes[parent as usize].child {
            NONE => NONE,
            child => child & !WIDE,
        }
    }

    fn push(&mut self, parent: StackId, location: LocationId, budget: &mut Budget) -> Result<StackId, LimitError> {
        let id = self.nodes.len();
        if id >= MAX_NODES {
            return Err(LimitError {
                kind: LimitKind::Stacks,
                subject: "the number of distinct stacks",
                limit: MAX_NODES as u64,
            });
        }
        let link = self.nodes[parent.index()].child;
        let wide = link != NONE && link & WIDE != 0;
        let sibling = if link == NONE { NONE } else { link & !WIDE };
        budget.push(&mut self.nodes, TrieNode { location: location.0, sibling, child: NONE, parent: parent.0 })?;
        self.nodes[parent.index()].child = if wide { id as u32 | WIDE } else { id as u32 };
        Ok(StackId::new(id))
    }

    /// Child of a parent with more than [`MAX_SIBLINGS`] children.
    fn wide_child(
        &mut self,
        parent: StackId,
        location: LocationId,
        budget: &mut Budget,
    ) -> Result<StackId, LimitError> {
        if self.nodes[parent.index()].child & WIDE == 0 {
            let children: Vec<StackId> = self.children(parent).collect();
            step_count::count_steps(children.len());
            for child in children {
                self.add_to_map(parent, child, budget)?;
            }
            self.nodes[parent.index()].child |= WIDE;
        }
        if let Some(child) = self.wide.get(&edge(parent, location)) {
            return Ok(StackId(*child));
        }
        let child = self.push(parent, location, budget)?;
        self.add_to_map(parent, child, budget)?;
        Ok(child)
    }

    fn add_to_map(&mut self, parent: StackId, child: StackId, budget: &mut Budget) -> Result<(), LimitError> {
        if self.wide.len() == self.wide.capacity() {
            budget.charge(self.wide.capacity().max(4) as u64 * size_of::<(u64, u32)>() as u64)?;
        }
        self.wide.insert(edge(parent, self.location(child)), child.0);
        Ok(())
    }
}

fn edge(parent: StackId, location: LocationId) -> u64 {
    u64::from(parent.0) << 32 | u64::from(location.0)
}

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

    fn budget() -> Budget {
        Budget::new(1 << 26)
    }

    #[test]
    fn a_wide_parent_finds_its_children_again() {
        let (mut trie, mut budget) = (Trie::default(), budget());
        let made: Vec<StackId> =
            (0..1000).map(|n| trie.child(Trie::ROOT, LocationId(n), &mut budget).unwrap()).collect();
        let found: Vec<StackId> =
            (0..1000).map(|n| trie.child(Trie::ROOT, LocationId(n), &mut budget).unwrap()).collect();
        assert_eq!(made, found);
        assert_eq!(trie.len(), 1001);
        assert_eq!(trie.children(Trie::ROOT).count(), 1000);
    }

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
            let (mut trie, mut budget, mut cursor) = (Trie::default(), budget(), StackCursor::default());
            let mut decoder = StackDecoder::default();
            for ids in stacks {
                let packed = pack(&ids);
                let (shared, rest) = decoder.unshared(&packed, &mut budget).unwrap();
                let mut node = cursor.begin(shared, packed.len(), &mut budget).unwrap();
                for PackedId { id, distance, .. } in rest {
                    let frame = PackedFrame { location: LocationId(id as u32), distance: distance as u32 };
                    node = cursor.enter(node, frame, &mut trie, &mut budget).unwrap();
                }
                prop_assert_eq!(stack(&trie, node), ids);
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
