//! Regrouped trees: all stacks from the allocating function to its callers, and the callers and the callees of one
//! function over all of its nodes.
//!
//! A group is a node of the new tree and consists of nodes of the call tree. Groups are built level by level without
//! recursion. A bottom-up tree of all stacks would be many times as large as the call tree, so a large tree is cut: a
//! group far below the width of a cell is not split further, and keeps the figures of its callers as its own. Below
//! `RegroupRequest::detail` the limit is relative to that group, so that a zoom shows everything again.
//!
//! If a function recurs, a sample is in several chains of calls. Widths add up all chains; the figures of a group count
//! each sample once, as pprof's edges do.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::analysis::column::PrefixSums;
use crate::analysis::noise::{Noise, SamplingVariance};
use crate::analysis::snapshot_sums::SnapshotSums;
use crate::analysis::tree::CallTree;
use crate::base::ids::{FrameId, NodeId};
use crate::base::limits::{Budget, LimitError};
use crate::base::step_count;

/// Number of members up to which a tree is never cut for its size.
const SMALL: usize = 20_000;
/// Divisor of the total that gives the weight below which a group of a large tree is not split: a screen has a few
/// hundred columns.
const FINEST: u64 = 20_000;
/// Maximum number of steps from member to member, after which groups are cut. A million nodes take a few million.
const MOST_STEPS: usize = 40_000_000;

/// Direction in which stacks are regrouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regrouping {
    /// All stacks, from the allocating function to its callers.
    BottomUp,
    /// One function at the root, its callers below it.
    Callers(FrameId),
    /// One function at the root, its callees below it.
    Callees(FrameId),
}

/// Inputs of a regrouped tree.
pub(super) struct RegroupRequest<'a> {
    pub(super) tree: &'a CallTree,
    pub(super) regrouping: Regrouping,
    /// Sums of the current window, and of the base.
    pub(super) sums: [Option<&'a PrefixSums>; 2],
    /// Sampling noise of the window or of the difference; `None` if it is not known.
    pub(super) noise: Option<&'a Noise>,
    /// Sums of single snapshots, whose stacks are included too; `None` for none.
    pub(super) snapshots: Option<&'a SnapshotSums>,
    /// Frames on the path from below the root to the group that is split completely.
    pub(super) detail: &'a [FrameId],
}

/// Regrouped tree with its own figures.
pub(super) struct RegroupedTree {
    pub(super) tree: Arc<CallTree>,
    /// Own raw figures by node: current, base.
    pub(super) own: [Vec<i64>; 2],
    /// Raw totals that differ from the sums of own figures: current, base.
    pub(super) totals: FxHashMap<NodeId, [i64; 2]>,
    /// Sampling noise of the new nodes; `None` without noise.
    pub(super) noise: Option<Noise>,
    /// New node that receives the own figures of each node of the call tree; empty unless all stacks are regrouped.
    pub(super) node_of: Vec<NodeId>,
    /// True if groups were left unsplit.
    pub(super) is_cut: bool,
}

/// Node of the call tree that belongs to a group.
#[derive(Clone, Copy)]
struct GroupMember {
    /// Node whose figures count.
    counted: NodeId,
    /// Node of the group's frame.
    frame_node: NodeId,
}

/// Group still to be split.
struct OpenGroup {
    node: usize,
    members: Range<usize>,
    /// Number of frames of the detail path that lead to this group; `None` outside of the path.
    on_path: Option<usize>,
    is_detailed: bool,
}

/// Tree under construction, parents before children.
struct GroupBuilder<'a> {
    request: &'a RegroupRequest<'a>,
    frame: Vec<FrameId>,
    parent: Vec<NodeId>,
    own: [Vec<i64>; 2],
    totals: FxHashMap<NodeId, [i64; 2]>,
    /// Variances of own figures; empty without noise.
    variance: Vec<SamplingVariance>,
    /// Variances of the totals in `totals`.
    total_variance: FxHashMap<NodeId, SamplingVariance>,
    node_of: Vec<NodeId>,
    /// Weights below which a group is not split: outside and inside of the detail subtree.
    least: [u64; 2],
    steps: usize,
    is_cut: bool,
}

impl RegroupedTree {
    /// Regroups a call tree.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub(super) fn new(request: &RegroupRequest<'_>, budget: &mut Budget) -> Result<Self, LimitError> {
        let mut builder = GroupBuilder {
            request,
            frame: Vec::new(),
            parent: Vec::new(),
            own: [Vec::new(), Vec::new()],
            totals: FxHashMap::default(),
            variance: Vec::new(),
            total_variance: FxHashMap::default(),
            node_of: Vec::new(),
            least: [0; 2],
            steps: 0,
            is_cut: false,
        };
        builder.build(budget)?;
        step_count::count_steps(builder.steps);
        builder.finish(budget)
    }
}

impl GroupBuilder<'_> {
    fn build(&mut self, budget: &mut Budget) -> Result<(), LimitError> {
        let members = self.first_members();
        let root = match self.request.regrouping {
            Regrouping::BottomUp => {
                self.node_of.resize(self.request.tree.len(), CallTree::ROOT);
                FrameId::ROOT
            }
            Regrouping::Callers(frame) | Regrouping::Callees(frame) => frame,
        };
        if members.len() > SMALL {
            self.least = [self.weight(&members) / FINEST; 2];
        }
        let count = members.len();
        let root = self.add(root, CallTree::ROOT, &members, budget)?;
        let on_path = (!self.request.detail.is_empty()).then_some(0);
        let mut open = vec![OpenGroup { node: root, members: 0..count, on_path, is_detailed: false }];
        let (mut level, mut next) = (members, Vec::new());
        while !open.is_empty() {
            let mut opened = Vec::new();
            for group in open {
                self.split(&group, &level, &mut next, &mut opened, budget)?;
            }
            (level, next) = (next, level);
            next.clear();
            open = opened;
        }
        Ok(())
    }

    /// Members of the root.
    fn first_members(&mut self) -> Vec<GroupMember> {
        let tree = self.request.tree;
        self.steps += tree.len();
        let nodes = (0..tree.len()).map(NodeId::new);
        let member = |node| GroupMember { counted: node, frame_node: node };
        match self.request.regrouping {
            Regrouping::BottomUp => {
                let mut has_own = vec![false; tree.len()];
                for sums in self.request.sums.into_iter().flatten() {
                    nodes
                        .clone()
                        .filter(|node| sums.raw_own(tree, *node) != 0)
                        .for_each(|node| has_own[node.index()] = true);
                }
                if let Some(snapshots) = self.request.snapshots {
                    snapshots.nodes().for_each(|node| has_own[node.index()] = true);
                }
                nodes.filter(|node| has_own[node.index()]).map(member).collect()
            }
            Regrouping::Callers(frame) | Regrouping::Callees(frame) => {
                nodes.filter(|node| tree.frame(*node) == frame).map(member).collect()
            }
        }
    }

    /// Raw figures of a member: its own in a bottom-up tree, those of its subtree for the callers or callees of a
    /// function.
    fn figures(&self, end: NodeId) -> [i64; 2] {
        let (tree, bottom_up) = (self.request.tree, self.request.regrouping == Regrouping::BottomUp);
        self.request.sums.map(|sums| {
            sums.map_or(0, |sums| if bottom_up { sums.raw_own(tree, end) } else { sums.raw_total(tree, end) })
        })
    }

    fn weight(&self, members: &[GroupMember]) -> u64 {
        members.iter().fold(0, |sum, member| {
            let [current, base] = self.figures(member.counted).map(i64::unsigned_abs);
            u64::saturating_add(sum, current.max(base))
        })
    }

    /// Adds a node for some members, which are sorted by their ends.
    fn add(
        &mut self,
        frame: FrameId,
        parent: NodeId,
        members: &[GroupMember],
        budget: &mut Budget,
    ) -> Result<usize, LimitError> {
        let node = self.frame.len();
        budget.push(&mut self.frame, frame)?;
        budget.push(&mut self.parent, parent)?;
        for own in &mut self.own {
            budget.push(own, 0)?;
        }
        if self.request.noise.is_some() {
            budget.push(&mut self.variance, SamplingVariance::default())?;
        }
        if self.request.regrouping == Regrouping::BottomUp {
            return Ok(node);
        }
        let (mut open_until, mut is_nested, mut total) = (0, false, [0_i64; 2]);
        let mut variance = SamplingVariance::default();
        for member in members {
            if member.counted.index() < open_until {
                is_nested = true;
                continue;
            }
            open_until = self.request.tree.end(member.counted);
            for (sum, figure) in total.iter_mut().zip(self.figures(member.counted)) {
                *sum = sum.wrapping_add(figure);
            }
            if let Some(noise) = self.request.noise {
                variance += noise.total_part(self.request.tree, member.counted);
            }
        }
        if is_nested {
            budget.charge_map_entry(&self.totals)?;
            self.totals.insert(NodeId::new(node), total);
            if self.request.noise.is_some() {
                budget.charge_map_entry(&self.total_variance)?;
                self.total_variance.insert(NodeId::new(node), variance);
            }
        }
        if matches!(self.request.regrouping, Regrouping::Callees(_)) {
            let tree = self.request.tree;
            for member in members {
                if let Some(noise) = self.request.noise {
                    self.variance[node] += noise.own_part(member.counted);
                }
                for (own, sums) in self.own.iter_mut().zip(self.request.sums) {
                    own[node] = own[node].wrapping_add(sums.map_or(0, |sums| sums.raw_own(tree, member.counted)));
                }
            }
        }
        Ok(node)
    }

    /// Splits a group by the frames of the next level.
    fn split(
        &mut self,
        group: &OpenGroup,
        level: &[GroupMember],
        next: &mut Vec<GroupMember>,
        opened: &mut Vec<OpenGroup>,
        budget: &mut Budget,
    ) -> Result<(), LimitError> {
        let mut found: Vec<(FrameId, GroupMember)> = Vec::new();
        for member in &level[group.members.clone()] {
            self.step(group.node, *member, &mut found);
        }
        self.steps += group.members.len() + found.len();
        found.sort_unstable_by_key(|(frame, member)| (*frame, member.counted));
        for same in found.chunk_by(|one, other| one.0 == other.0) {
            let frame = same[0].0;
            let start = next.len();
            next.extend(same.iter().map(|(_, member)| *member));
            let node = self.add(frame, NodeId::new(group.node), &next[start..], budget)?;
            let on_path = group.on_path.filter(|depth| self.request.detail.get(*depth) == Some(&frame));
            let on_path = on_path.map(|depth| depth + 1);
            let weight = self.weight(&next[start..]);
            let is_detail = on_path == Some(self.request.detail.len());
            if is_detail && self.least[0] > 0 {
                self.least[1] = weight / FINEST;
            }
            let is_detailed = group.is_detailed || is_detail;
            let least = self.least[usize::from(is_detailed)];
            if on_path.is_none() && weight < least || self.steps > MOST_STEPS {
                self.is_cut = true;
                next[start..].iter().for_each(|member| self.end_at(node, *member));
                next.truncate(start);
            } else {
                let on_path = on_path.filter(|_| !is_detail);
                opened.push(OpenGroup { node, members: start..next.len(), on_path, is_detailed });
            }
        }
        Ok(())
    }

    /// Finds the next frames of a member.
    fn step(&mut self, node: usize, member: GroupMember, found: &mut Vec<(FrameId, GroupMember)>) {
        let (tree, is_root) = (self.request.tree, node == 0);
        match self.request.regrouping {
            Regrouping::BottomUp if is_root && member.counted == CallTree::ROOT => self.end_at(node, member),
            Regrouping::BottomUp if is_root => found.push((tree.frame(member.frame_node), member)),
            Regrouping::BottomUp | Regrouping::Callers(_) => {
                match tree.parent(member.frame_node).filter(|parent| *parent != CallTree::ROOT) {
                    None => self.end_at(node, member),
                    // As in pprof, a call of a function by itself is no edge; the outer member has the figures already.
                    Some(parent) if is_root && tree.frame(parent) == self.frame[0] => {}
                    Some(parent) => found.push((tree.frame(parent), GroupMember { frame_node: parent, ..member })),
                }
            }
            Regrouping::Callees(_) => {
                let children = tree.children(member.counted).map(|child| (tree.frame(child), child));
                let children = children.filter(|(frame, _)| !(is_root && *frame == self.frame[0]));
                found.extend(children.map(|(frame, child)| (frame, GroupMember { counted: child, frame_node: child })));
            }
        }
    }

    /// Adds the figures of a member that is not split further to a node.
    fn end_at(&mut self, node: usize, member: GroupMember) {
        let tree = self.request.tree;
        let figures = match self.request.regrouping {
            Regrouping::BottomUp => {
                self.node_of[member.counted.index()] = NodeId::new(node);
                self.figures(member.counted)
            }
            Regrouping::Callers(_) => self.figures(member.counted),
            // The node already has the own figures of the member.
            Regrouping::Callees(_) => {
                let below = |sums: &PrefixSums| {
                    sums.raw_total(tree, member.counted).wrapping_sub(sums.raw_own(tree, member.counted))
                };
                self.request.sums.map(|sums| sums.map_or(0, below))
            }
        };
        for (own, figure) in self.own.iter_mut().zip(figures) {
            own[node] = own[node].wrapping_add(figure);
        }
        let Some(noise) = self.request.noise else { return };
        let (own, total) = (noise.own_part(member.counted), noise.total_part(tree, member.counted));
        self.variance[node] += match self.request.regrouping {
            Regrouping::BottomUp => own,
            Regrouping::Callers(_) => total,
            Regrouping::Callees(_) => SamplingVariance::between(own, total),
        };
    }

    /// Puts the nodes into preorder.
    fn finish(self, budget: &mut Budget) -> Result<RegroupedTree, LimitError> {
        let count = self.frame.len();
        let mut sizes = vec![1_u32; count];
        for node in (1..count).rev() {
            sizes[self.parent[node].index()] += sizes[node];
        }
        let (mut at, mut free) = (vec![0_u32; count], vec![1_u32; count]);
        for node in 1..count {
            let parent = self.parent[node].index();
            at[node] = free[parent];
            free[parent] += sizes[node];
            free[node] = at[node] + 1;
        }
        let moved = |node: NodeId| NodeId(at[node.index()]);
        let (mut frame, mut parent, mut end) = (Vec::new(), Vec::new(), Vec::new());
        budget.grow(&mut frame, count)?;
        budget.grow(&mut parent, count)?;
        budget.grow(&mut end, count)?;
        frame.resize(count, FrameId::ROOT);
        parent.resize(count, CallTree::ROOT);
        end.resize(count, 0);
        let mut own = [vec![0; count], vec![0; count]];
        let mut variance = vec![SamplingVariance::default(); self.variance.len()];
        for node in 0..count {
            let to = at[node] as usize;
            frame[to] = self.frame[node];
            parent[to] = moved(self.parent[node]);
            end[to] = at[node] + sizes[node];
            for (to_own, from) in own.iter_mut().zip(&self.own) {
                to_own[to] = from[node];
            }
            if let Some(from) = self.variance.get(node) {
                variance[to] = *from;
            }
        }
        let tree = Arc::new(self.request.tree.regrouped(frame, &parent, end, budget)?);
        let totals = self.totals.into_iter().map(|(node, total)| (moved(node), total)).collect();
        let total_variance = self.total_variance.into_iter().map(|(node, total)| (moved(node), total));
        let noise = self.request.noise.map(|noise| noise.regrouped(&variance, total_variance));
        let node_of = self.node_of.into_iter().map(moved).collect();
        Ok(RegroupedTree { tree, own, totals, noise, node_of, is_cut: self.is_cut })
    }
}
