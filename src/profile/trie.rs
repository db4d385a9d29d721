//! The location trie: every distinct stack once, sharing what stacks have in common towards the root.
//!
//! A node is a location below its caller; the path from the root to a node is a stack. Nodes are 16 bytes, and a parent
//! always stands before its children, so that one pass from the end adds up subtrees. A child is found by walking a few
//! siblings, newest first, since files list similar stacks together; only parents with more children than that are
//! found through a hash map, without which a shuffled file with a wide root would cost quadratic time.

use rustc_hash::FxHashMap;

use crate::base::ids::{LocationId, StackId};
use crate::base::limits::{Budget, LimitError};

const NONE: u32 = u32::MAX;
/// Siblings walked before a parent counts as wide. Eight nodes are two cache lines of keys away on average; measured
/// on Go heaps, more walking costs more than the map and less brings most parents into it.
const WALK: usize = 8;
/// Marks a parent whose children are all in the map. It stands in the child link, whose value is below 2^31 by the
/// limit on nodes.
const WIDE: u32 = 1 << 31;
/// The most nodes: ids must leave [`WIDE`] free.
const MOST_NODES: usize = (WIDE - 1) as usize;

#[derive(Clone, Copy, Debug)]
struct Node {
    location: u32,
    sibling: u32,
    /// Newest child, or [`NONE`]; with [`WIDE`] set when the children are in the map.
    child: u32,
    parent: u32,
}

/// All stacks of a profile or a series.
#[derive(Clone, Debug)]
pub struct Trie {
    nodes: Vec<Node>,
    wide: FxHashMap<u64, u32>,
}

impl Default for Trie {
    fn default() -> Self {
        Self {
            nodes: vec![Node { location: NONE, sibling: NONE, child: NONE, parent: NONE }],
            wide: FxHashMap::default(),
        }
    }
}

impl Trie {
    /// The empty stack, parent of all outermost frames. It has no location.
    pub const ROOT: StackId = StackId(0);

    /// The number of nodes, the root included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is nothing but the root.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// The location of a node; not to be asked of the root.
    #[inline]
    pub fn location(&self, stack: StackId) -> LocationId {
        LocationId(self.nodes[stack.index()].location)
    }

    /// The caller's node; none for the root.
    pub fn parent(&self, stack: StackId) -> Option<StackId> {
        let parent = self.nodes[stack.index()].parent;
        (parent != NONE).then_some(StackId(parent))
    }

    /// The children of a node, newest first.
    #[inline]
    pub fn children(&self, stack: StackId) -> impl Iterator<Item = StackId> + '_ {
        let first = self.newest(stack.0);
        std::iter::successors((first != NONE).then_some(first), |node| {
            let next = self.nodes[*node as usize].sibling;
            (next != NONE).then_some(next)
        })
        .map(StackId)
    }

    /// The child of `parent` at `location`, made when it is new.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent or there are too many nodes.
    #[inline]
    pub fn child(&mut self, parent: StackId, location: LocationId, budget: &mut Budget) -> Result<StackId, LimitError> {
        let mut child = self.newest(parent.0);
        let mut walked = 0;
        while child != NONE && walked < WALK {
            let node = &self.nodes[child as usize];
            if node.location == location.0 {
                return Ok(StackId(child));
            }
            child = node.sibling;
            walked += 1;
        }
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
        if id >= MOST_NODES {
            return Err(LimitError {
                what: "the number of distinct stacks",
                limit: "2^31".to_owned(),
                option: "--focus",
            });
        }
        let link = self.nodes[parent.index()].child;
        let wide = link != NONE && link & WIDE != 0;
        let sibling = if link == NONE { NONE } else { link & !WIDE };
        budget.push(&mut self.nodes, Node { location: location.0, sibling, child: NONE, parent: parent.0 })?;
        self.nodes[parent.index()].child = if wide { id as u32 | WIDE } else { id as u32 };
        Ok(StackId::new(id))
    }

    /// A child of a parent that has more than [`WALK`] children.
    fn wide_child(
        &mut self,
        parent: StackId,
        location: LocationId,
        budget: &mut Budget,
    ) -> Result<StackId, LimitError> {
        if self.nodes[parent.index()].child & WIDE == 0 {
            let children: Vec<StackId> = self.children(parent).collect();
            for child in children {
                self.remember(parent, child, budget)?;
            }
            self.nodes[parent.index()].child |= WIDE;
        }
        if let Some(child) = self.wide.get(&edge(parent, location)) {
            return Ok(StackId(*child));
        }
        let child = self.push(parent, location, budget)?;
        self.remember(parent, child, budget)?;
        Ok(child)
    }

    fn remember(&mut self, parent: StackId, child: StackId, budget: &mut Budget) -> Result<(), LimitError> {
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

/// Walks stacks into a trie as a file lists them, leaf first and packed.
///
/// The ids of a stack are leaf first, so two stacks with the same callers end in the same bytes. What the stack before
/// ended in too is neither decoded nor looked up again: in files whose stacks come ordered that is half to nine tenths
/// of all frames.
#[derive(Debug, Default)]
pub struct StackWalk {
    /// Packed ids of the stack before.
    before: Vec<u8>,
    /// Its nodes from the root on, each with the length of the packed ids from its own id to the end.
    path: Vec<Step>,
    /// Ids of the part that is new, leaf first.
    fresh: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    /// Bytes from the start of this frame's id to the end of the packed ids.
    from_end: u32,
    /// The node, or while a stack is being read its location.
    id: u32,
}

impl StackWalk {
    /// The node of the stack whose packed ids are `ids`, leaf first. `decode` reads one id off the front of what it is
    /// given: its location and how many bytes it took.
    ///
    /// # Errors
    /// What `decode` or the trie's growth fails with.
    #[inline]
    pub fn node<E: From<LimitError>>(
        &mut self,
        ids: &[u8],
        trie: &mut Trie,
        budget: &mut Budget,
        mut decode: impl FnMut(&[u8], &mut Budget) -> Result<(LocationId, usize), E>,
    ) -> Result<StackId, E> {
        let shared = common_suffix(&self.before, ids);
        let mut depth = self.path.partition_point(|step| step.from_end as usize <= shared);
        if let Some(step) = depth.checked_sub(1).map(|last| self.path[last]) {
            let start = ids.len() - step.from_end as usize;
            // The shared bytes may begin in the middle of a longer id of this stack: a byte with the top bit set before
            // them says so.
            if start > 0 && ids[start - 1] >= 0x80 {
                depth -= 1;
            }
        }
        let (mut node, kept) = match depth.checked_sub(1) {
            None => (Trie::ROOT, 0),
            Some(last) => (StackId(self.path[last].id), self.path[last].from_end as usize),
        };
        self.path.truncate(depth);
        self.fresh.clear();
        let end = ids.len() - kept;
        let mut at = 0;
        while at < end {
            let (location, taken) = decode(&ids[at..end], budget)?;
            budget.push(&mut self.fresh, Step { from_end: (ids.len() - at) as u32, id: location.0 })?;
            at += taken;
        }
        for step in self.fresh.iter().rev() {
            node = trie.child(node, LocationId(step.id), budget)?;
            budget.push(&mut self.path, Step { from_end: step.from_end, id: node.0 })?;
        }
        self.before.clear();
        if self.before.capacity() < ids.len() {
            budget.grow(&mut self.before, ids.len())?;
        }
        self.before.extend_from_slice(ids);
        Ok(node)
    }
}

/// How many bytes two slices have in common at their ends.
#[inline]
fn common_suffix(one: &[u8], other: &[u8]) -> usize {
    let words = one.rchunks_exact(8).zip(other.rchunks_exact(8)).take_while(|(a, b)| a == b).count() * 8;
    let (one, other) = (&one[..one.len() - words], &other[..other.len() - words]);
    words + one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count()
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

    /// The stack of a node, leaf first.
    fn stack(trie: &Trie, mut node: StackId) -> Vec<u32> {
        let mut locations = Vec::new();
        while let Some(parent) = trie.parent(node) {
            locations.push(trie.location(node).0);
            node = parent;
        }
        locations
    }

    /// Ids as varints of two bytes where large, so that shared bytes can begin in the middle of an id.
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

    fn unpack(bytes: &[u8], _: &mut Budget) -> Result<(LocationId, usize), LimitError> {
        let taken = bytes.iter().position(|byte| *byte < 0x80).unwrap() + 1;
        let id = bytes[..taken].iter().rev().fold(0u32, |id, byte| id << 7 | u32::from(byte & 0x7f));
        Ok((LocationId(id), taken))
    }

    proptest! {
        #[test]
        fn a_walk_that_skips_shared_bytes_ends_at_the_stack_itself(
            stacks in prop::collection::vec(prop::collection::vec(0u32..400, 0..12), 1..60),
        ) {
            let (mut trie, mut budget, mut walk) = (Trie::default(), budget(), StackWalk::default());
            for ids in stacks {
                let node = walk.node(&pack(&ids), &mut trie, &mut budget, unpack).unwrap();
                prop_assert_eq!(stack(&trie, node), ids);
            }
        }

        #[test]
        fn a_common_suffix_is_as_long_as_it_can_be(
            one in prop::collection::vec(0u8..3, 0..40), other in prop::collection::vec(0u8..3, 0..40),
        ) {
            let plain = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(common_suffix(&one, &other), plain);
        }
    }
}
