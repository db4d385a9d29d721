//! Icicle layout in whole cells: a tree, a zoom root, a width and a range of levels become slots.
//!
//! Every edge is rounded once, from its absolute position under the zoom root: `edge(v) = round(v * width / total)`. A
//! child therefore never drifts from its parent, neighbours never overlap or leave a gap, and no edge is off by more
//! than half a column. Children are ordered by weight, then by name; those that round to no cell are gathered into one
//! counted block, never dropped. Only visible nodes are touched, level by level and without recursion: a node with a
//! million children costs one pass over them and a sort of those that get a cell.

use std::cmp::Ordering;
use std::ops::Range;

use crate::analysis::{Answer, CallTree, Chains};
use crate::base::ids::NodeId;
use crate::base::step_count::count_steps;

/// Tree to lay out: a call tree with a column, or a hand-made tree in a test.
pub trait Branches {
    /// Children of `node`, in any order.
    fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId>;

    /// Width of `node`, in the unit of the sample type. The children of a node never weigh more than the node.
    fn weight(&self, node: NodeId) -> u64;

    /// Sort key of siblings, largest first; usually their weight.
    fn rank(&self, node: NodeId) -> u64 {
        self.weight(node)
    }

    /// Returns true if siblings are sorted by weight, so that those without a cell come last.
    fn is_by_weight(&self) -> bool {
        true
    }

    /// Last node of the chain of only callees that stands in one slot with `node`; the node itself without one.
    fn chain_end(&self, node: NodeId) -> NodeId {
        node
    }

    /// Signed value of `node` for display.
    fn total(&self, node: NodeId) -> i64;

    /// Order of two siblings of equal weight.
    fn by_name(&self, left: NodeId, right: NodeId) -> Ordering;
}

/// Call tree of an answer with its widths.
#[derive(Clone, Copy, Debug)]
pub struct WeightedTree<'a> {
    /// Answer.
    pub answer: &'a Answer,
    /// Slots of chains.
    pub chains: Chains,
}

impl WeightedTree<'_> {
    /// First node of the chain that ends at `node`, below the node `above`.
    pub fn chain_start(&self, node: NodeId, above: NodeId) -> NodeId {
        if self.chains == Chains::Unfolded {
            return node;
        }
        let caller = |at: &NodeId| {
            let caller = self.answer.tree.parent(*at).filter(|caller| *caller != above && *caller != CallTree::ROOT)?;
            (self.answer.only_callee(caller) == Some(*at)).then_some(caller)
        };
        std::iter::successors(Some(node), caller).last().unwrap_or(node)
    }
}

impl Branches for WeightedTree<'_> {
    fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.answer.tree.children(node)
    }

    fn weight(&self, node: NodeId) -> u64 {
        self.answer.widths.weight(node)
    }

    fn rank(&self, node: NodeId) -> u64 {
        self.answer.widths.rank(node)
    }

    fn is_by_weight(&self) -> bool {
        self.answer.widths.is_by_weight()
    }

    fn chain_end(&self, node: NodeId) -> NodeId {
        match self.chains {
            Chains::Unfolded => node,
            Chains::Folded => {
                std::iter::successors(Some(node), |node| self.answer.only_callee(*node)).last().unwrap_or(node)
            }
        }
    }

    fn total(&self, node: NodeId) -> i64 {
        let base = self.answer.base.as_ref().map_or(0, |base| base.column.total(node));
        self.answer.column.total(node).saturating_sub(base)
    }

    fn by_name(&self, left: NodeId, right: NodeId) -> Ordering {
        let name = |node| self.answer.tree.frames().name(self.answer.tree.frame(node));
        name(left).cmp(name(right))
    }
}

/// Root of the layout: a node, or some of its children (the members of a gathered block).
#[derive(Clone, Copy, Debug)]
pub struct Root<'a> {
    /// Node, or parent of the members.
    pub node: NodeId,
    /// Members, for an entered block.
    pub members: Option<&'a [NodeId]>,
}

/// Size of the layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IcicleSize {
    /// Columns.
    pub width: usize,
    /// Levels to lay out, counted from the zoom root, which is level 0.
    pub levels: Range<usize>,
}

/// Block of children that are too narrow for a cell each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatheredBlock {
    /// Parent.
    pub parent: NodeId,
    /// Members.
    pub narrow: NarrowSiblings,
    /// Number of members.
    pub count: usize,
    /// Signed sum of the values.
    pub total: i64,
}

/// Members of a gathered block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NarrowSiblings {
    /// Siblings after the last one with cells of its own, or all of them.
    After(Option<NodeId>),
    /// Siblings that weigh less than this weight, which is that of one column. Used if siblings are not sorted by
    /// weight, since narrow siblings are then between wide ones.
    Under(u64),
}

/// Content of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotContent {
    /// Node.
    Node(NodeId),
    /// Gathered block.
    Gathered(GatheredBlock),
}

/// Piece of a level: `width` columns from `x`. A gathered block has no column if its parent has none to spare; it is
/// then on the seam before `x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Content.
    pub what: SlotContent,
    /// First column.
    pub x: usize,
    /// Number of columns.
    pub width: usize,
}

impl Slot {
    /// Node, if it is a single one.
    pub fn node(&self) -> Option<NodeId> {
        match self.what {
            SlotContent::Node(node) => Some(node),
            SlotContent::Gathered(_) => None,
        }
    }
}

/// Laid-out icicle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Icicle {
    slots: Vec<Slot>,
    /// Index of the first slot of each level, and the end.
    starts: Vec<usize>,
    first: usize,
    levels: usize,
}

impl Icicle {
    /// Lays out the levels of `room` below `root`, and counts all levels.
    #[cfg(test)]
    pub fn lay<T: Branches>(tree: &T, root: Root, room: &IcicleSize) -> Self {
        Self::lay_until(tree, root, room, usize::MAX)
    }

    /// Lays out the levels of `room` below `root`. `levels` is the known number of all levels, so deeper ones are not
    /// visited.
    pub fn lay_known<T: Branches>(tree: &T, root: Root, room: &IcicleSize, levels: usize) -> Self {
        Self { levels, ..Self::lay_until(tree, root, room, room.levels.end) }
    }

    /// Number of levels below `root` with a slot, counted up to `most`.
    pub fn count_levels<T: Branches>(tree: &T, root: Root, width: usize, most: usize) -> usize {
        Self::lay_until(tree, root, &IcicleSize { width, levels: 0..0 }, most).levels
    }

    fn lay_until<T: Branches>(tree: &T, root: Root, room: &IcicleSize, end: usize) -> Self {
        let mut icicle = Self { first: room.levels.start, ..Self::default() };
        if room.width == 0 {
            return icicle;
        }
        let mut work = LevelWork::new(tree, root, room.width);
        while !work.row.is_empty() && icicle.levels < end {
            if room.levels.contains(&icicle.levels) {
                icicle.starts.push(icicle.slots.len());
                icicle.slots.extend_from_slice(&work.row);
            }
            icicle.levels += 1;
            work.descend();
        }
        icicle.starts.push(icicle.slots.len());
        icicle
    }

    /// Number of levels with a slot, laid out or not.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// Levels that are laid out.
    pub fn shown(&self) -> Range<usize> {
        self.first..self.first + self.starts.len().saturating_sub(1)
    }

    /// Slots of one level, from left to right; empty for other levels.
    pub fn level(&self, level: usize) -> &[Slot] {
        let slots = level
            .checked_sub(self.first)
            .and_then(|row| self.slots.get(*self.starts.get(row)?..*self.starts.get(row + 1)?));
        slots.unwrap_or_default()
    }
}

/// Level and slot of the last node of `path`, or of the slot that hides it (its gathered block, or the deepest visible
/// ancestor). The path begins below level 0.
pub fn trace<T: Branches>(tree: &T, root: Root, width: usize, path: &[NodeId]) -> (usize, Slot) {
    let mut work = LevelWork::new(tree, root, width);
    let mut found = (0, Slot { what: SlotContent::Node(root.node), x: 0, width });
    let mut nodes = path.iter();
    while let Some(&node) = nodes.next() {
        work.descend();
        let end = tree.chain_end(node);
        let shows = |slot: &Slot| match slot.what {
            SlotContent::Node(shown) => shown == end,
            SlotContent::Gathered(block) => hides(tree, &block, node),
        };
        let Some(at) = work.row.iter().position(shows) else { break };
        found = (found.0 + 1, work.row[at]);
        skip_chain(node, end, &mut nodes);
        if at >= work.open.len() {
            break;
        }
        work.open.swap(0, at);
        work.open.truncate(1);
    }
    found
}

/// Gathered block among the children of the last node of `path`, with its level.
pub fn trace_block<T: Branches>(tree: &T, root: Root, width: usize, path: &[NodeId]) -> Option<(usize, Slot)> {
    let mut work = LevelWork::new(tree, root, width);
    let (mut nodes, mut level) = (path.iter(), 1);
    while let Some(&node) = nodes.next() {
        work.descend();
        let end = tree.chain_end(node);
        let at = work.row.iter().position(|slot| slot.node() == Some(end))?;
        skip_chain(node, end, &mut nodes);
        work.open.swap(0, at);
        work.open.truncate(1);
        level += 1;
    }
    work.descend();
    let block = work.row.pop().filter(|slot| slot.node().is_none())?;
    Some((level, block))
}

/// Skips the rest of a chain on a path, which stands in the slot of its end.
fn skip_chain(node: NodeId, end: NodeId, path: &mut std::slice::Iter<'_, NodeId>) {
    if node != end && path.as_slice().contains(&end) {
        path.find(|node| **node == end);
    } else if node != end {
        *path = [].iter();
    }
}

/// Widest of some siblings; `None` if none has a weight.
pub fn widest<T: Branches>(tree: &T, children: impl Iterator<Item = NodeId>) -> Option<NodeId> {
    children.filter(|&child| tree.weight(child) > 0).min_by(|&left, &right| order(tree, left, right))
}

/// Members of a gathered block, in order.
pub fn members<T: Branches>(tree: &T, root: Root, block: &GatheredBlock) -> Vec<NodeId> {
    let mut members = Vec::with_capacity(block.count);
    let mut keep = |node: NodeId| {
        if hides(tree, block, node) {
            members.push(node);
        }
    };
    match root.members.filter(|_| root.node == block.parent) {
        Some(siblings) => siblings.iter().copied().for_each(&mut keep),
        None => tree.children(block.parent).for_each(&mut keep),
    }
    members.sort_unstable_by(|&left, &right| order(tree, left, right));
    members
}

/// Returns true if `node` is a member of a gathered block.
pub fn hides<T: Branches>(tree: &T, block: &GatheredBlock, node: NodeId) -> bool {
    let weight = tree.weight(node);
    let is_narrow = match block.narrow {
        NarrowSiblings::After(after) => after.is_none_or(|after| order(tree, after, node) == Ordering::Less),
        NarrowSiblings::Under(column) => weight < column,
    };
    weight > 0 && is_narrow
}

/// Order of siblings: by rank, highest first, then by name.
fn order<T: Branches>(tree: &T, left: NodeId, right: NodeId) -> Ordering {
    let by_rank = tree.rank(right).cmp(&tree.rank(left));
    by_rank.then_with(|| tree.by_name(left, right)).then_with(|| left.cmp(&right))
}

/// Slot whose children are to be placed.
#[derive(Clone, Copy)]
struct OpenSlot<'a> {
    siblings: Siblings<'a>,
    weight: u64,
    /// Start, in the unit of the sample type.
    start: u64,
    x: usize,
    end: usize,
}

/// Source of the children of a slot.
#[derive(Clone, Copy)]
enum Siblings<'a> {
    Of(NodeId),
    Members(NodeId, &'a [NodeId]),
}

/// Level, with the inputs for the next one.
struct LevelWork<'a, T> {
    tree: &'a T,
    width: usize,
    total: u64,
    row: Vec<Slot>,
    open: Vec<OpenSlot<'a>>,
    /// Open slots of the level above, kept for its memory: a tree may have as many levels as nodes.
    parents: Vec<OpenSlot<'a>>,
    heavy: Vec<NodeId>,
}

impl<'a, T: Branches> LevelWork<'a, T> {
    fn new(tree: &'a T, root: Root<'a>, width: usize) -> Self {
        let (siblings, what, total) = match root.members {
            None => (Siblings::Of(root.node), SlotContent::Node(root.node), tree.weight(root.node)),
            Some(members) => {
                let weight = members.iter().fold(0_u64, |sum, &node| sum.saturating_add(tree.weight(node)));
                let total = members.iter().fold(0_i64, |sum, &node| sum.saturating_add(tree.total(node)));
                let block = GatheredBlock {
                    parent: root.node,
                    narrow: NarrowSiblings::After(None),
                    count: members.len(),
                    total,
                };
                (Siblings::Members(root.node, members), SlotContent::Gathered(block), weight)
            }
        };
        let open = OpenSlot { siblings, weight: total, start: 0, x: 0, end: width };
        let row = vec![Slot { what, x: 0, width }];
        Self { tree, width, total, row, open: vec![open], parents: Vec::new(), heavy: Vec::new() }
    }

    /// Replaces the row by the next level.
    fn descend(&mut self) {
        self.row.clear();
        std::mem::swap(&mut self.open, &mut self.parents);
        self.open.clear();
        for index in 0..self.parents.len() {
            let parent = self.parents[index];
            match parent.siblings {
                Siblings::Of(node) => {
                    let tree = self.tree;
                    match self.sole_child(node, parent.weight) {
                        Some(child) => self.place_sole(child, &parent),
                        None => self.place(node, &parent, tree.children(node)),
                    }
                }
                Siblings::Members(node, members) => self.place(node, &parent, members.iter().copied()),
            }
        }
    }

    /// The only child of a node, if it is as wide as the node.
    fn sole_child(&self, node: NodeId, weight: u64) -> Option<NodeId> {
        count_steps(1);
        let mut children = self.tree.children(node);
        let child = children.next()?;
        (children.next().is_none() && weight > 0 && self.tree.weight(child) == weight).then_some(child)
    }

    /// Places a child that fills its parent: both have the same edges.
    fn place_sole(&mut self, child: NodeId, parent: &OpenSlot<'a>) {
        let OpenSlot { x, end, .. } = *parent;
        let child = self.tree.chain_end(child);
        self.row.push(Slot { what: SlotContent::Node(child), x, width: end - x });
        self.open.push(OpenSlot { siblings: Siblings::Of(child), ..*parent });
    }

    /// Places the children of one slot: each that gets a cell, then the rest as one block.
    fn place(&mut self, node: NodeId, parent: &OpenSlot, children: impl Iterator<Item = NodeId>) {
        let sum = self.take_heavy(children);
        let mut heavy = std::mem::take(&mut self.heavy);
        heavy.sort_unstable_by(|&left, &right| order(self.tree, left, right));
        let mut rest = sum;
        let mut start = parent.start;
        let mut after = None;
        for &child in &heavy {
            let next = start.saturating_add(self.tree.weight(child));
            let (x, end) = (self.edge(start).max(parent.x), self.edge(next).min(parent.end));
            if end <= x {
                break;
            }
            let last = self.tree.chain_end(child);
            self.row.push(Slot { what: SlotContent::Node(last), x, width: end - x });
            let weight = self.tree.weight(child);
            self.open.push(OpenSlot { siblings: Siblings::Of(last), weight, start, x, end });
            rest.take(self.tree, child);
            start = next;
            after = Some(child);
        }
        self.heavy = heavy;
        if rest.count > 0 {
            let narrow = if self.tree.is_by_weight() {
                NarrowSiblings::After(after)
            } else {
                NarrowSiblings::Under(self.column())
            };
            let block = GatheredBlock { parent: node, narrow, count: rest.count, total: rest.total };
            self.gather(block, parent, start..start.saturating_add(rest.weight));
        }
    }

    /// Sums the children that have a weight, and leaves in `heavy` those that may get a cell: all of half a column and
    /// more, and the first of the narrower ones. After the first narrow sibling, an edge of a narrower one can cross
    /// the middle of another column only if a sibling that rounds to no cell comes before it. If siblings are not
    /// sorted by weight, `heavy` gets those that have a cell at any position: all of a column and more.
    fn take_heavy(&mut self, children: impl Iterator<Item = NodeId>) -> UnplacedChildren {
        let mut sum = UnplacedChildren::default();
        let mut light: Option<NodeId> = None;
        let (by_weight, column) = (self.tree.is_by_weight(), self.column());
        self.heavy.clear();
        for child in children {
            let weight = self.tree.weight(child);
            if weight == 0 {
                continue;
            }
            count_steps(1);
            sum.count += 1;
            sum.weight = sum.weight.saturating_add(weight);
            sum.total = sum.total.saturating_add(self.tree.total(child));
            let is_heavy = if by_weight {
                u128::from(weight) * self.width as u128 * 2 >= u128::from(self.total)
            } else {
                weight >= column
            };
            if is_heavy {
                self.heavy.push(child);
            } else if by_weight && light.is_none_or(|first| order(self.tree, child, first) == Ordering::Less) {
                light = Some(child);
            }
        }
        self.heavy.extend(light);
        sum
    }

    /// Places a gathered block at its rounded width; a width of 0 takes a blank cell of the parent, if there is one.
    fn gather(&mut self, block: GatheredBlock, parent: &OpenSlot, extent: Range<u64>) {
        let x = self.edge(extent.start).clamp(parent.x, parent.end);
        let end = self.edge(extent.end).max(x + 1).min(parent.end);
        self.row.push(Slot { what: SlotContent::Gathered(block), x, width: end - x });
    }

    /// Weight of one column, rounded up.
    fn column(&self) -> u64 {
        self.total.div_ceil(self.width.max(1) as u64)
    }

    /// Column of a position under the zoom root, rounded to the nearest.
    fn edge(&self, position: u64) -> usize {
        if self.total == 0 {
            return 0;
        }
        let total = u128::from(self.total);
        let doubled = u128::from(position) * self.width as u128 * 2 + total;
        usize::try_from(doubled / (total * 2)).unwrap_or(self.width).min(self.width)
    }
}

/// Remaining children of a slot.
#[derive(Clone, Copy, Default)]
struct UnplacedChildren {
    count: usize,
    weight: u64,
    total: i64,
}

impl UnplacedChildren {
    fn take<T: Branches>(&mut self, tree: &T, child: NodeId) {
        self.count -= 1;
        self.weight = self.weight.saturating_sub(tree.weight(child));
        self.total = self.total.saturating_sub(tree.total(child));
    }
}

#[cfg(test)]
mod linked;
#[cfg(test)]
mod tests;
