//! Location trie: every distinct stack once. Stacks with the same callers share nodes.
//!
//! A node is a location below its caller; the path from the root to a node is a stack. Parents precede children, so that
//! one pass from the end sums subtrees.
//!
//! Most nodes of deep stacks have one child, and were inserted just before it. Node n+1 is then a child of node n without
//! a link between them; such nodes form a chain. The other children are branches, each of which begins a chain. A node
//! takes 8 bytes, 4 of them a link, and a branch 16. Links are needed to insert stacks; they follow from the branches, so
//! that a loaded trie can drop them.
//!
//! A child is found by examining a few branches, newest first, since files list similar stacks together. The branches of
//! wide parents are found in a hash map; without the map a shuffled file with a wide root would cost quadratic time.

use rustc_hash::FxHashMap;

use crate::base::ids::{LocationId, StackId};
use crate::base::limits::{Budget, LimitError, LimitKind};
use crate::base::ranked_bits::RankedBits;
use crate::base::step_count;

const NONE: u32 = u32::MAX;
/// Branches examined before a parent counts as wide. Measured on Go heaps: a larger limit costs more than the map, a
/// smaller limit brings most parents into the map.
const MAX_BRANCHES: usize = 8;
/// Maximum number of nodes, which leaves the flags of a [`Link`] free.
const MAX_NODES: usize = (Link::WIDE - 1) as usize;

/// Minimum number of nodes for [`Trie::compact`] to drop the links. Smaller tries would save little memory.
const MIN_COMPACT: usize = 4 << 20;

/// Link from a node to its children.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Link(u32);

impl Link {
    /// Flag: the next node is a child.
    const CHAIN: u32 = 1 << 31;
    /// Flag: all branches of the node are in the map.
    const WIDE: u32 = 1 << 30;

    #[inline]
    fn is_chain(self) -> bool {
        self.0 & Self::CHAIN != 0
    }

    fn is_wide(self) -> bool {
        self.0 & Self::WIDE != 0
    }

    /// Number of the newest branch, counted from 1; 0 for none.
    #[inline]
    fn newest_branch(self) -> u32 {
        self.0 & (Self::WIDE - 1)
    }

    fn with_newest_branch(self, branch: u32) -> Self {
        Self(self.0 & (Self::CHAIN | Self::WIDE) | branch)
    }
}

/// Child that does not follow its parent in the columns of nodes.
#[derive(Clone, Copy, Debug)]
struct Branch {
    node: u32,
    location: u32,
    parent: u32,
    /// Number of the next older branch of the parent, counted from 1; 0 for none.
    older: u32,
}

/// All stacks of a profile or a series.
#[derive(Clone, Debug)]
pub struct Trie {
    /// Location of each node.
    locations: Vec<u32>,
    /// Link of each node; empty if the links were dropped.
    links: Vec<Link>,
    /// All branches, by node.
    branches: Vec<Branch>,
    /// Nodes that are branches. The rank of such a node is its place in `branches`.
    branch_nodes: RankedBits,
    /// Branches of wide nodes, by parent and location.
    wide: FxHashMap<u64, u32>,
}

impl Default for Trie {
    fn default() -> Self {
        Self {
            locations: vec![NONE],
            links: vec![Link::default()],
            branches: Vec::new(),
            branch_nodes: RankedBits::default(),
            wide: FxHashMap::default(),
        }
    }
}

impl Trie {
    /// The empty stack, parent of all outermost frames. It has no location.
    pub const ROOT: StackId = StackId::ROOT;

    /// Number of nodes, including the root.
    pub fn len(&self) -> usize {
        self.locations.len()
    }

    /// True if there is only the root.
    pub fn is_empty(&self) -> bool {
        self.len() == 1
    }

    /// Location of a node other than the root.
    #[inline]
    pub fn location(&self, stack: StackId) -> LocationId {
        LocationId(self.locations[stack.index()])
    }

    /// Node of the caller; `None` for the root.
    #[inline]
    pub fn parent(&self, stack: StackId) -> Option<StackId> {
        let node = stack.0.checked_sub(1)?;
        Some(match self.branch_nodes.rank_of(stack.index()) {
            Some(branch) => StackId(self.branches[branch].parent),
            None => StackId(node),
        })
    }

    /// Returns the trie for a walk from callers to callees.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted.
    pub fn walk(&self, budget: &mut Budget) -> Result<TrieWalk<'_>, LimitError> {
        let callees = if self.links.is_empty() { self.computed_callees(budget)? } else { Callees::Links(&self.links) };
        Ok(TrieWalk { locations: &self.locations, branches: &self.branches, callees })
    }

    /// Child of `parent` at `location`, a new one if there is none.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted or there are too many nodes.
    #[inline]
    pub fn child(&mut self, parent: StackId, location: LocationId, budget: &mut Budget) -> Result<StackId, LimitError> {
        let Some(link) = self.links.get(parent.index()) else {
            return self.child_without_links(parent, location, budget);
        };
        if link.is_chain() && self.locations[parent.index() + 1] == location.0 {
            return Ok(StackId(parent.0 + 1));
        }
        let (mut branch, mut examined) = (link.newest_branch(), 0);
        while branch != 0 && examined < MAX_BRANCHES {
            let Branch { node, location: known, older, .. } = self.branches[branch as usize - 1];
            if known == location.0 {
                return Ok(StackId(node));
            }
            branch = older;
            examined += 1;
        }
        step_count::count_steps(examined + 1);
        if branch != 0 {
            return self.wide_child(parent, location, budget);
        }
        self.push(parent, location, budget)
    }

    #[cold]
    fn child_without_links(
        &mut self,
        parent: StackId,
        location: LocationId,
        budget: &mut Budget,
    ) -> Result<StackId, LimitError> {
        assert!(parent.index() < self.len(), "the parent is a node");
        self.links = self.computed_links(budget)?;
        self.child(parent, location, budget)
    }

    /// Computes the links of all nodes from the branches.
    fn computed_links(&self, budget: &mut Budget) -> Result<Vec<Link>, LimitError> {
        step_count::count_steps(self.len());
        let mut links = Vec::new();
        budget.grow(&mut links, self.len())?;
        links.resize(self.len(), Link(Link::CHAIN));
        for (branch, Branch { node, parent, .. }) in (1..).zip(&self.branches) {
            // The node before a branch is the end of a chain.
            links[*node as usize - 1].0 &= !Link::CHAIN;
            let link = &mut links[*parent as usize];
            *link = link.with_newest_branch(branch);
        }
        if let Some(last) = links.last_mut() {
            last.0 &= !Link::CHAIN;
        }
        Ok(links)
    }

    /// Finds the branches of each node without links. Most nodes have none, and a set of bits stays in the cache.
    fn computed_callees(&self, budget: &mut Budget) -> Result<Callees<'_>, LimitError> {
        let parents = self.branches.iter().map(|branch| branch.parent as usize);
        let (branching, mut newest) = (RankedBits::of(parents.clone(), self.len(), budget)?, Vec::new());
        budget.grow(&mut newest, branching.len())?;
        newest.resize(branching.len(), 0);
        step_count::count_steps(self.branches.len());
        for (branch, parent) in (1..).zip(parents) {
            if let Some(rank) = branching.rank_of(parent) {
                newest[rank] = branch;
            }
        }
        Ok(Callees::Branches(CalleeBranches { branch_nodes: &self.branch_nodes, branching, newest }))
    }

    /// Drops the links of a large trie. The next insertion computes them again.
    pub fn compact(&mut self, budget: &mut Budget) {
        if self.len() >= MIN_COMPACT {
            self.drop_links(budget);
        }
    }

    fn drop_links(&mut self, budget: &mut Budget) {
        let links = std::mem::take(&mut self.links);
        let wide = std::mem::take(&mut self.wide);
        budget.release((links.capacity() * size_of::<Link>() + wide.capacity() * size_of::<(u64, u32)>()) as u64);
    }

    fn push(&mut self, parent: StackId, location: LocationId, budget: &mut Budget) -> Result<StackId, LimitError> {
        let id = self.len();
        if id >= MAX_NODES {
            return Err(too_many());
        }
        if id == self.locations.capacity() || id == self.links.capacity() {
            budget.grow(&mut self.locations, 1)?;
            budget.grow(&mut self.links, 1)?;
        }
        if parent.index() + 1 == id {
            self.links[parent.index()] = Link(Link::CHAIN);
        } else {
            self.push_branch(id, parent, location, budget)?;
        }
        self.locations.push(location.0);
        self.links.push(Link::default());
        Ok(StackId::new(id))
    }

    /// Adds a chain of new nodes below the last node, which has no children yet. The trie must have its links.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is exhausted or there are too many nodes.
    pub(super) fn push_chain(
        &mut self,
        locations: impl ExactSizeIterator<Item = LocationId>,
        budget: &mut Budget,
    ) -> Result<(), LimitError> {
        let more = locations.len();
        if more == 0 {
            return Ok(());
        }
        if self.locations.len() + more > MAX_NODES {
            return Err(too_many());
        }
        budget.grow(&mut self.locations, more)?;
        budget.grow(&mut self.links, more)?;
        step_count::count_steps(more);
        // The last node gets its link anew.
        let last = self.links.pop();
        debug_assert_eq!(last, Some(Link::default()), "the last node has no children");
        self.locations.extend(locations.map(|location| location.0));
        self.links.resize(self.locations.len() - 1, Link(Link::CHAIN));
        self.links.push(Link::default());
        Ok(())
    }

    fn push_branch(
        &mut self,
        node: usize,
        parent: StackId,
        location: LocationId,
        budget: &mut Budget,
    ) -> Result<(), LimitError> {
        if self.branches.len() == self.branches.capacity() {
            budget.grow(&mut self.branches, 1)?;
        }
        self.branch_nodes.push(node, budget)?;
        let link = &mut self.links[parent.index()];
        let older = link.newest_branch();
        self.branches.push(Branch { node: node as u32, location: location.0, parent: parent.0, older });
        *link = link.with_newest_branch(self.branches.len() as u32);
        Ok(())
    }

    /// Child of a parent with more than [`MAX_BRANCHES`] branches.
    #[cold]
    fn wide_child(
        &mut self,
        parent: StackId,
        location: LocationId,
        budget: &mut Budget,
    ) -> Result<StackId, LimitError> {
        if !self.links[parent.index()].is_wide() {
            let mut next = self.links[parent.index()].newest_branch();
            while next != 0 {
                let branch = self.branches[next as usize - 1];
                step_count::count_steps(1);
                self.add_to_map(branch, budget)?;
                next = branch.older;
            }
            self.links[parent.index()].0 |= Link::WIDE;
        }
        if let Some(child) = self.wide.get(&edge(parent.0, location.0)) {
            return Ok(StackId(*child));
        }
        let child = self.push(parent, location, budget)?;
        self.add_to_map(Branch { node: child.0, location: location.0, parent: parent.0, older: 0 }, budget)?;
        Ok(child)
    }

    fn add_to_map(&mut self, branch: Branch, budget: &mut Budget) -> Result<(), LimitError> {
        if self.wide.len() == self.wide.capacity() {
            budget.charge(self.wide.capacity().max(4) as u64 * size_of::<(u64, u32)>() as u64)?;
        }
        self.wide.insert(edge(branch.parent, branch.location), branch.node);
        Ok(())
    }
}

#[cold]
fn too_many() -> LimitError {
    LimitError { kind: LimitKind::Stacks, subject: "the number of distinct stacks", limit: MAX_NODES as u64 }
}

fn edge(parent: u32, location: u32) -> u64 {
    u64::from(parent) << 32 | u64::from(location)
}

/// Walk from callers to callees.
#[derive(Clone, Debug)]
pub struct TrieWalk<'a> {
    locations: &'a [u32],
    branches: &'a [Branch],
    callees: Callees<'a>,
}

/// Callees of each node.
#[derive(Clone, Debug)]
enum Callees<'a> {
    /// Links of all nodes.
    Links(&'a [Link]),
    /// Branches of a trie without links.
    Branches(CalleeBranches<'a>),
}

/// Branches of each node of a trie.
#[derive(Clone, Debug)]
struct CalleeBranches<'a> {
    /// Nodes that are branches. All others follow their parent.
    branch_nodes: &'a RankedBits,
    /// Nodes that have branches.
    branching: RankedBits,
    /// Number of the newest branch of each of these nodes, counted from 1.
    newest: Vec<u32>,
}

impl CalleeBranches<'_> {
    /// The same as [`TrieWalk::callees`] in a trie of `count` nodes. A call of its own, so that links take a few
    /// instructions.
    #[inline(never)]
    fn callees(&self, stack: StackId, count: usize) -> (u32, bool) {
        let next = stack.index() + 1;
        let is_chain = next < count && !self.branch_nodes.contains(next);
        (self.branching.rank_of(stack.index()).map_or(0, |rank| self.newest[rank]), is_chain)
    }
}

/// Child in a walk.
#[derive(Clone, Copy, Debug)]
pub struct Child {
    /// Node of the child.
    pub stack: StackId,
    /// Location of the child.
    pub location: LocationId,
}

impl TrieWalk<'_> {
    /// Ends the walk: frees what was computed for it.
    pub fn end(&mut self, budget: &mut Budget) {
        let callees = std::mem::replace(&mut self.callees, Callees::Links(&[]));
        if let Callees::Branches(CalleeBranches { branching, newest, .. }) = callees {
            budget.release(branching.bytes() + (newest.capacity() * size_of::<u32>()) as u64);
        }
    }

    /// Number of the newest branch of a node, counted from 1, or 0 for none; and true if the next node is a child too.
    #[inline]
    fn callees(&self, stack: StackId) -> (u32, bool) {
        match &self.callees {
            Callees::Links(links) => {
                let link = links[stack.index()];
                (link.newest_branch(), link.is_chain())
            }
            Callees::Branches(branches) => branches.callees(stack, self.locations.len()),
        }
    }

    /// Location of a node other than the root.
    #[inline]
    pub fn location(&self, stack: StackId) -> LocationId {
        LocationId(self.locations[stack.index()])
    }

    /// Children of a node: the branches, newest first, then the next node of the chain.
    #[inline]
    pub fn children(&self, stack: StackId) -> impl Iterator<Item = Child> + '_ {
        let (mut next_branch, is_chain) = self.callees(stack);
        let mut next_of_chain = is_chain.then(|| self.next_of_chain(stack));
        std::iter::from_fn(move || {
            if next_branch == 0 {
                return next_of_chain.take();
            }
            let Branch { node, location, older, .. } = self.branches[next_branch as usize - 1];
            next_branch = older;
            Some(Child { stack: StackId(node), location: LocationId(location) })
        })
    }

    /// Only child of a node; `None` if the node has no children or several.
    #[inline]
    pub fn only_child(&self, stack: StackId) -> Option<Child> {
        match self.callees(stack) {
            (0, true) => Some(self.next_of_chain(stack)),
            (0, false) | (_, true) => None,
            (newest, false) => {
                let Branch { node, location, older, .. } = self.branches[newest as usize - 1];
                (older == 0).then_some(Child { stack: StackId(node), location: LocationId(location) })
            }
        }
    }

    #[inline]
    fn next_of_chain(&self, stack: StackId) -> Child {
        Child { stack: StackId(stack.0 + 1), location: LocationId(self.locations[stack.index() + 1]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn budget() -> Budget {
        Budget::new(1 << 26)
    }

    #[test]
    fn a_wide_parent_finds_its_children_again() {
        let (mut trie, mut budget) = (Trie::default(), budget());
        let made: Vec<StackId> =
            (0..1000).map(|n| trie.child(Trie::ROOT, LocationId(n), &mut budget).unwrap()).collect();
        let find = |trie: &mut Trie, budget: &mut Budget| -> Vec<StackId> {
            (0..1000).map(|n| trie.child(Trie::ROOT, LocationId(n), budget).unwrap()).collect()
        };
        assert_eq!(made, find(&mut trie, &mut budget));
        trie.drop_links(&mut budget);
        assert_eq!(made, find(&mut trie, &mut budget));
        assert_eq!(trie.len(), 1001);
        assert_eq!(trie.walk(&mut budget).unwrap().children(Trie::ROOT).count(), 1000);
    }

    #[test]
    fn dropped_links_are_released_and_charged_again() {
        let (mut trie, mut budget) = (Trie::default(), budget());
        let mut below = Trie::ROOT;
        for n in 0..1000 {
            below = trie.child(below, LocationId(n), &mut budget).unwrap();
        }
        let whole = budget.used();
        trie.drop_links(&mut budget);
        assert!(budget.used() <= whole / 2 + 64, "{} of {whole} bytes are left", budget.used());
        assert!(trie.walk(&mut Budget::new(100)).is_err());
        let dropped = budget.used();
        let mut walk = trie.walk(&mut budget).unwrap();
        assert!(budget.used() > dropped && walk.only_child(StackId(5)).is_some());
        walk.end(&mut budget);
        assert_eq!(budget.used(), dropped);
        assert!(trie.child(Trie::ROOT, LocationId(0), &mut Budget::new(3000)).is_err());
        assert_eq!(trie.child(Trie::ROOT, LocationId(0), &mut budget).unwrap(), StackId(1));
    }

    /// Trie as a map from parent and location to the child.
    #[derive(Default)]
    struct Model {
        children: HashMap<(StackId, u32), StackId>,
    }

    impl Model {
        fn child(&mut self, parent: StackId, location: u32) -> StackId {
            let next = StackId::new(self.children.len() + 1);
            *self.children.entry((parent, location)).or_insert(next)
        }
    }

    proptest! {
        #[test]
        fn walks_up_and_down_agree_with_a_plain_map(
            steps in prop::collection::vec((prop::bool::weighted(0.7), 0usize..200, 0u32..12), 0..200),
            dropped in prop::bool::ANY,
        ) {
            let (mut trie, mut budget, mut model) = (Trie::default(), budget(), Model::default());
            let mut last = Trie::ROOT;
            for (is_below_last, parent, location) in steps {
                let parent = if is_below_last { last } else { StackId::new(parent % trie.len()) };
                last = trie.child(parent, LocationId(location), &mut budget).unwrap();
                prop_assert_eq!(last, model.child(parent, location));
            }
            if dropped {
                trie.drop_links(&mut budget);
            }
            prop_assert_eq!(trie.parent(Trie::ROOT), None);
            for ((parent, location), child) in &model.children {
                prop_assert_eq!((trie.parent(*child), trie.location(*child)), (Some(*parent), LocationId(*location)));
            }
            let walk = trie.walk(&mut budget).unwrap();
            for parent in (0..trie.len()).map(StackId::new) {
                let mut seen: Vec<(StackId, u32)> =
                    walk.children(parent).map(|child| (child.stack, child.location.0)).collect();
                let only = walk.only_child(parent).map(|child| (child.stack, child.location.0));
                prop_assert_eq!(only, if seen.len() == 1 { Some(seen[0]) } else { None });
                seen.sort_unstable();
                let mut children: Vec<(StackId, u32)> = (model.children.iter())
                    .filter(|((above, _), _)| *above == parent)
                    .map(|((_, location), child)| (*child, *location))
                    .collect();
                children.sort_unstable();
                prop_assert_eq!(seen, children);
            }
        }
    }
}
