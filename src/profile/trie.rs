//! Location trie: every distinct stack once. Stacks with the same callers share nodes.
//!
//! A node is a location below its caller; the path from the root to a node is a stack. Nodes take 16 bytes, and parents
//! precede children, so that one pass from the end sums subtrees. A child is found by examining a few siblings, newest
//! first, since files list similar stacks together. Children of wide parents are found in a hash map; without it a
//! shuffled file with a wide root would cost quadratic time.

use rustc_hash::FxHashMap;

use crate::base::ids::{LocationId, StackId};
use crate::base::limits::{Budget, LimitError, LimitKind};
use crate::base::step_count;

const NONE: u32 = u32::MAX;
/// Siblings examined before a parent counts as wide. Eight nodes are two cache lines of keys on average. Measured on Go
/// heaps: a larger limit costs more than the map, a smaller one brings most parents into the map.
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
            let newest_child = (node.child != NONE).then_some(StackId(node.child & !WIDE));
            Some(Sibling { stack, location: LocationId(node.location), newest_child })
        })
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

/// Decoder of packed location ids that skips what a stack shares with the one before it.
///
/// Ids are packed leaf first, so stacks with the same callers end in the same bytes. A shared suffix is neither decoded
/// nor looked up again; in files with ordered stacks that is half to nine tenths of all frames. The rest is decoded
/// from its end, callers first: the last byte of an id is the one without the top bit.
#[derive(Debug, Default)]
pub struct StackDecoder {
    /// Packed ids of the previous stack.
    previous: Vec<u8>,
    /// Distance in bytes from the start of each of its ids to the end of all, outermost first.
    starts: Vec<u32>,
}

impl StackDecoder {
    /// Calls `frame` with the bytes of each id of `ids` that is not shared with the previous stack, callers first.
    /// Returns the number of shared frames.
    ///
    /// # Errors
    /// The error of `frame` or of the budget. The decoder is not usable afterwards.
    #[inline]
    pub fn decode<E: From<LimitError>>(
        &mut self,
        ids: &[u8],
        budget: &mut Budget,
        mut frame: impl FnMut(&[u8], &mut Budget) -> Result<(), E>,
    ) -> Result<usize, E> {
        let shared = common_suffix(&self.previous, ids);
        let kept = self.keep_shared(ids, shared);
        let callers = self.starts.len();
        let mut end = ids.len() - kept;
        while end > 0 {
            let mut start = end - 1;
            while start > 0 && ids[start - 1] >= 0x80 {
                start -= 1;
            }
            frame(&ids[start..end], budget)?;
            budget.push(&mut self.starts, (ids.len() - start) as u32)?;
            end = start;
        }
        self.previous.clear();
        if self.previous.capacity() < ids.len() {
            budget.grow(&mut self.previous, ids.len())?;
        }
        self.previous.extend_from_slice(ids);
        Ok(callers)
    }

    /// Keeps the frames of the previous stack that `ids` share, and returns the length of their ids in bytes.
    #[inline]
    fn keep_shared(&mut self, ids: &[u8], shared: usize) -> usize {
        let mut depth = self.starts.len();
        while depth > 0 && self.starts[depth - 1] as usize > shared {
            depth -= 1;
        }
        if depth > 0 {
            let start = ids.len() - self.starts[depth - 1] as usize;
            // The shared bytes may begin within a longer id of this stack, which a byte with the top bit set before
            // them indicates.
            if start > 0 && ids[start - 1] >= 0x80 {
                depth -= 1;
            }
        }
        self.starts.truncate(depth);
        self.starts.last().map_or(0, |start| *start as usize)
    }
}

/// Part of a stack that it does not share with the previous one, as [`StackDecoder`] finds it.
#[derive(Clone, Copy, Debug)]
pub struct StackSuffix<'a> {
    /// Number of outermost frames that the stacks share.
    pub shared: usize,
    /// The other frames, callers first.
    pub frames: &'a [LocationId],
}

/// Insertion of stacks into a trie, each from the node at which it leaves the previous one.
#[derive(Debug, Default)]
pub struct StackCursor {
    /// Nodes of the previous stack, outermost first.
    path: Vec<StackId>,
}

impl StackCursor {
    /// Node of a stack, which is inserted if it is new.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    #[inline]
    pub fn insert(
        &mut self,
        suffix: StackSuffix<'_>,
        trie: &mut Trie,
        budget: &mut Budget,
    ) -> Result<StackId, LimitError> {
        self.path.truncate(suffix.shared);
        let mut node = self.path.last().copied().unwrap_or(Trie::ROOT);
        for location in suffix.frames {
            node = trie.child(node, *location, budget)?;
            budget.push(&mut self.path, node)?;
        }
        Ok(node)
    }
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

    fn unpack(bytes: &[u8]) -> LocationId {
        LocationId(bytes.iter().rev().fold(0u32, |id, byte| id << 7 | u32::from(byte & 0x7f)))
    }

    proptest! {
        #[test]
        fn stacks_with_shared_suffixes_are_inserted_whole(
            stacks in prop::collection::vec(prop::collection::vec(0u32..400, 0..12), 1..60),
        ) {
            let (mut trie, mut budget, mut cursor) = (Trie::default(), budget(), StackCursor::default());
            let mut decoder = StackDecoder::default();
            for ids in stacks {
                let mut rest = Vec::new();
                let decoded = decoder.decode(&pack(&ids), &mut budget, |id, _| {
                    rest.push(unpack(id));
                    Ok::<_, LimitError>(())
                });
                let suffix = StackSuffix { shared: decoded.unwrap(), frames: &rest };
                let node = cursor.insert(suffix, &mut trie, &mut budget).unwrap();
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
