//! The icicle in whole cells: a tree, a zoom root, a width and a range of levels become slots.
//!
//! Every edge is rounded once, from its absolute position under the zoom root: `edge(v) = round(v * width / total)`. A
//! child therefore never drifts from its parent, neighbours never overlap or leave a gap, and no edge is further than
//! half a column from where it belongs. Children stand by weight, then by name; the tail that rounds to no cell is
//! gathered into one counted block, never dropped. Only what is visible is touched, level by level and without
//! recursion: a node with a million children costs one pass over them and a sort of those that get a cell.

use std::cmp::Ordering;
use std::ops::Range;

use crate::analysis::{CallTree, Column, Widths};
use crate::base::ids::NodeId;

/// What the layout asks of a tree. A call tree with a column laid over it answers; so does a hand-made one in a test.
pub trait Branches {
    /// The children of `node`, in any order.
    fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId>;

    /// How wide `node` is, in the unit of the sample type. The children of a node never weigh more than it does.
    fn weight(&self, node: NodeId) -> u64;

    /// What siblings stand in the order of, the largest first: usually how wide they are.
    fn rank(&self, node: NodeId) -> u64 {
        self.weight(node)
    }

    /// Whether siblings stand by how wide they are, so that those which get no cell are the last of them.
    fn is_by_weight(&self) -> bool {
        true
    }

    /// What `node` is worth, signed: the figure that is printed.
    fn total(&self, node: NodeId) -> i64;

    /// How two siblings of the same weight stand.
    fn by_name(&self, left: NodeId, right: NodeId) -> Ordering;
}

/// A call tree with one sample type laid over it.
#[derive(Clone, Copy, Debug)]
pub struct WeightedTree<'a> {
    /// The tree.
    pub tree: &'a CallTree,
    /// The sample type: what a node is worth.
    pub column: &'a Column,
    /// What that is compared with: a node's worth is then its change.
    pub base: Option<&'a Column>,
    /// How wide it is drawn.
    pub widths: &'a Widths,
}

impl Branches for WeightedTree<'_> {
    fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.tree.children(node)
    }

    fn weight(&self, node: NodeId) -> u64 {
        self.widths.weight(node)
    }

    fn rank(&self, node: NodeId) -> u64 {
        self.widths.rank(node)
    }

    fn is_by_weight(&self) -> bool {
        self.widths.is_by_weight()
    }

    fn total(&self, node: NodeId) -> i64 {
        let base = self.base.map_or(0, |base| base.total(node));
        self.column.total(node).saturating_sub(base)
    }

    fn by_name(&self, left: NodeId, right: NodeId) -> Ordering {
        let name = |node| self.tree.frames().name(self.tree.frame(node));
        name(left).cmp(name(right))
    }
}

/// Where the icicle hangs from: a node, or some of a node's children (the members of a gathered block).
#[derive(Clone, Copy, Debug)]
pub struct Root<'a> {
    /// The node, or the parent of the members.
    pub node: NodeId,
    /// The members, where a block is looked at and not the node.
    pub members: Option<&'a [NodeId]>,
}

/// The room there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IcicleSize {
    /// Columns.
    pub width: usize,
    /// The levels to lay out, counted from the zoom root, which is level 0.
    pub levels: Range<usize>,
}

/// The children of a node that are too narrow for a cell each, as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatheredBlock {
    /// Whose children they are.
    pub parent: NodeId,
    /// Which of them they are.
    pub narrow: NarrowSiblings,
    /// How many they are.
    pub count: usize,
    /// What they are worth together, signed.
    pub total: i64,
}

/// Which siblings are too narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NarrowSiblings {
    /// Those that stand after the last one that has cells of its own, or all.
    After(Option<NodeId>),
    /// Those that weigh less than this, which is a column: where siblings do not stand by their weight, narrow ones stand
    /// between wide ones.
    Under(u64),
}

/// What a slot stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotContent {
    /// One node.
    Node(NodeId),
    /// A gathered block.
    Gathered(GatheredBlock),
}

/// A piece of a level: `width` columns from `x`. A gathered block may have no column of its own where its parent has
/// none to spare; it then stands on the seam before `x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// What stands here.
    pub what: SlotContent,
    /// The first column.
    pub x: usize,
    /// How many columns.
    pub width: usize,
}

impl Slot {
    /// The node that stands here, if it is a single one.
    pub fn node(&self) -> Option<NodeId> {
        match self.what {
            SlotContent::Node(node) => Some(node),
            SlotContent::Gathered(_) => None,
        }
    }
}

/// An icicle laid out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Icicle {
    slots: Vec<Slot>,
    /// Where each level's slots begin, and one more for the end.
    starts: Vec<usize>,
    first: usize,
    levels: usize,
}

impl Icicle {
    /// Lays out the levels of `room` below `root`.
    pub fn lay<T: Branches>(tree: &T, root: Root, room: &IcicleSize) -> Self {
        let mut icicle = Self { first: room.levels.start, ..Self::default() };
        if room.width == 0 {
            return icicle;
        }
        let mut work = LevelWork::new(tree, root, room.width);
        while !work.row.is_empty() {
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

    /// How many levels have anything on them, laid out or not.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// The levels that are laid out.
    pub fn shown(&self) -> Range<usize> {
        self.first..self.first + self.starts.len().saturating_sub(1)
    }

    /// The slots of one level, from left to right; none when the level is not laid out.
    pub fn level(&self, level: usize) -> &[Slot] {
        let slots = level
            .checked_sub(self.first)
            .and_then(|row| self.slots.get(*self.starts.get(row)?..*self.starts.get(row + 1)?));
        slots.unwrap_or_default()
    }
}

/// Where the last node of `path` shows: its level and its slot, or those of what hides it (the block that it is gathered
/// in, or the deepest node above it that has a slot). The path begins below level 0.
pub fn trace<T: Branches>(tree: &T, root: Root, width: usize, path: &[NodeId]) -> (usize, Slot) {
    let mut work = LevelWork::new(tree, root, width);
    let mut found = (0, Slot { what: SlotContent::Node(root.node), x: 0, width });
    for (above, &node) in path.iter().enumerate() {
        work.descend();
        let shows = |slot: &Slot| match slot.what {
            SlotContent::Node(shown) => shown == node,
            SlotContent::Gathered(block) => hides(tree, &block, node),
        };
        let Some(at) = work.row.iter().position(shows) else { break };
        found = (above + 1, work.row[at]);
        if at >= work.open.len() {
            break;
        }
        work.open.swap(0, at);
        work.open.truncate(1);
    }
    found
}

/// The gathered block among the children of the last node of `path`, and its level.
pub fn trace_block<T: Branches>(tree: &T, root: Root, width: usize, path: &[NodeId]) -> Option<(usize, Slot)> {
    let mut work = LevelWork::new(tree, root, width);
    for node in path {
        work.descend();
        let at = work.row.iter().position(|slot| slot.node() == Some(*node))?;
        work.open.swap(0, at);
        work.open.truncate(1);
    }
    work.descend();
    let block = work.row.pop().filter(|slot| slot.node().is_none())?;
    Some((path.len() + 1, block))
}

/// The widest of some siblings, if any has a weight.
pub fn widest<T: Branches>(tree: &T, children: impl Iterator<Item = NodeId>) -> Option<NodeId> {
    children.filter(|&child| tree.weight(child) > 0).min_by(|&left, &right| order(tree, left, right))
}

/// The members of a gathered block, in the order in which they stand.
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

/// Whether `node` is one of a gathered block that stands at its parent's place.
pub fn hides<T: Branches>(tree: &T, block: &GatheredBlock, node: NodeId) -> bool {
    let weight = tree.weight(node);
    let is_narrow = match block.narrow {
        NarrowSiblings::After(after) => after.is_none_or(|after| order(tree, after, node) == Ordering::Less),
        NarrowSiblings::Under(column) => weight < column,
    };
    weight > 0 && is_narrow
}

/// The order of siblings: by rank, the highest first, then by name.
fn order<T: Branches>(tree: &T, left: NodeId, right: NodeId) -> Ordering {
    let by_rank = tree.rank(right).cmp(&tree.rank(left));
    by_rank.then_with(|| tree.by_name(left, right)).then_with(|| left.cmp(&right))
}

/// A slot whose children are still to be placed.
struct OpenSlot<'a> {
    siblings: Siblings<'a>,
    /// Where it begins, in the unit of the sample type.
    start: u64,
    x: usize,
    end: usize,
}

/// Where the children of a slot come from.
#[derive(Clone, Copy)]
enum Siblings<'a> {
    Of(NodeId),
    Members(NodeId, &'a [NodeId]),
}

/// One level, and what is needed to go to the next.
struct LevelWork<'a, T> {
    tree: &'a T,
    width: usize,
    total: u64,
    row: Vec<Slot>,
    open: Vec<OpenSlot<'a>>,
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
        let open = OpenSlot { siblings, start: 0, x: 0, end: width };
        let row = vec![Slot { what, x: 0, width }];
        Self { tree, width, total, row, open: vec![open], heavy: Vec::new() }
    }

    /// Replaces the row by the next level.
    fn descend(&mut self) {
        self.row.clear();
        for parent in std::mem::take(&mut self.open) {
            match parent.siblings {
                Siblings::Of(node) => {
                    let tree = self.tree;
                    self.place(node, &parent, tree.children(node));
                }
                Siblings::Members(node, members) => self.place(node, &parent, members.iter().copied()),
            }
        }
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
            self.row.push(Slot { what: SlotContent::Node(child), x, width: end - x });
            self.open.push(OpenSlot { siblings: Siblings::Of(child), start, x, end });
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

    /// Sums the children that have any weight, and leaves in `heavy` those that may get a cell: all of half a column and
    /// more, and the first of the narrower ones. After that one, an edge of a narrower sibling cannot cross the middle
    /// of another column without another one that rounds to nothing before it. Where siblings stand in another order than
    /// that of their weights, the heavy ones are those that get a cell wherever they begin: all of a column and more.
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

    /// Places a gathered block at its rounded width; where that is nothing it takes a blank cell of its parent, if there
    /// is one.
    fn gather(&mut self, block: GatheredBlock, parent: &OpenSlot, extent: Range<u64>) {
        let x = self.edge(extent.start).clamp(parent.x, parent.end);
        let end = self.edge(extent.end).max(x + 1).min(parent.end);
        self.row.push(Slot { what: SlotContent::Gathered(block), x, width: end - x });
    }

    /// What a whole column weighs, rounded up.
    fn column(&self) -> u64 {
        self.total.div_ceil(self.width.max(1) as u64)
    }

    /// The column of a position under the zoom root, rounded to the nearest.
    fn edge(&self, position: u64) -> usize {
        if self.total == 0 {
            return 0;
        }
        let total = u128::from(self.total);
        let doubled = u128::from(position) * self.width as u128 * 2 + total;
        usize::try_from(doubled / (total * 2)).unwrap_or(self.width).min(self.width)
    }
}

/// What is not placed yet of a slot's children.
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
