//! Causes of growth: the functions of the program's own code under which suspects grow.
//!
//! Suspects that share a path are one finding. The tree of own-code frames over their growth is descended from the
//! root: while one child holds at least 95% of a node, the descent goes on in that child; at a node that holds nearly
//! all growth and branches, it goes on in each child with at least 10%; any other node is a finding, with the growth of
//! the suspects below it.
//!
//! All growth is that of all functions that grew, suspects or not, as for the shares of functions.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::analysis::filter::CodeOwner;
use crate::analysis::timeline::held_columns;
use crate::analysis::trend::places::node_growth;
use crate::analysis::trend::{FunctionTrend, TrendStatus, Trends};
use crate::analysis::{Answer, CallTree};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::{FrameId, NodeId};

/// Share of a node that one child must hold to be the cause in its place, and share of all growth that a node must hold
/// to be split.
const NEARLY_ALL: f64 = 0.95;
/// Share of all growth below which a branch is no finding.
const LEAST_BRANCH: f64 = 0.1;

/// Maximum number of own-code frames of a path that are examined, from the root.
const MAX_PATH: usize = 512;

/// Growth with one cause.
#[derive(Clone, Debug, PartialEq)]
pub struct GrowthFinding {
    /// Function of the program's own code that the growth is under; the growing function itself if there is none.
    pub cause: FrameId,
    /// Own-code frames from the root to the cause.
    pub path: Vec<FrameId>,
    /// Growth under the cause, added over processes and instances.
    pub delta: i64,
    /// Number of restarts of the instances over whose processes the growth is added.
    pub restarts: usize,
    /// Share of the growth of all functions that grew.
    pub share: f64,
    /// Suspects under the cause, the largest growth first.
    pub functions: Vec<FrameId>,
    /// Node of the cause under which most grew.
    pub node: NodeId,
    /// Self of the suspects under the cause over the snapshots of the window, added up over instances.
    pub line: Vec<i64>,
}

/// Node of the tree of own-code frames.
#[derive(Debug, Default)]
struct OwnNode {
    /// Growth of suspects.
    delta: i64,
    /// Growth of all nodes of the call tree that grew.
    grown: i64,
    children: BTreeMap<FrameId, OwnNode>,
    functions: BTreeMap<FrameId, i64>,
}

/// Finds the causes of the growth of suspects or, if there are none, of growing and of undecided functions whose growth is
/// beyond noise.
pub(super) fn causes(answer: &Answer, trends: &Trends) -> Vec<GrowthFinding> {
    let has_suspects = trends.has_suspects();
    let is_named = |row: &FunctionTrend| match row.status {
        TrendStatus::Suspect => true,
        status => !has_suspects && row.is_beyond_noise && (status == TrendStatus::Growing || row.is_undecided),
    };
    if !trends.rows.iter().any(is_named) {
        return Vec::new();
    }
    let frames = answer.tree.frames();
    let owned: Vec<Option<CodeOwner>> = frames.ids().map(|frame| answer.owner(frame)).collect();
    let is_known = owned.iter().flatten().any(|owner| *owner == CodeOwner::FirstParty);
    let is_own = |frame: FrameId| match owned[frame.index()] {
        Some(owner) => owner == CodeOwner::FirstParty || !is_known && owner == CodeOwner::Vendor,
        None => !is_allocator(frames.shown(frame)),
    };
    let suspects_of = |number: usize| {
        let rows = trends.rows.iter().filter(|row| row.lane == number && is_named(row));
        let mut suspects: Vec<FrameId> = rows.map(|row| row.frame).collect();
        suspects.sort_unstable();
        suspects
    };
    let suspects: Vec<Vec<FrameId>> = (0..trends.lanes.len()).map(suspects_of).collect();
    let mut root = OwnNode::default();
    let mut grown: BTreeMap<NodeId, i64> = BTreeMap::new();
    for (lane, suspects) in trends.lanes.iter().zip(&suspects).filter(|(_, suspects)| !suspects.is_empty()) {
        for (node, delta) in node_growth(answer, lane) {
            let frame = answer.tree.frame(node);
            if delta == 0 || suspects.binary_search(&frame).is_err() {
                continue;
            }
            let path: Vec<FrameId> = own_path(answer, node, is_own).into_iter().map(|(frame, _)| frame).collect();
            root.add(&path, frame, delta);
            let sum = grown.entry(node).or_default();
            *sum = sum.saturating_add(delta);
        }
    }
    let mut findings = Vec::new();
    if root.delta > 0 {
        for (node, delta) in
            trends.lanes.iter().flat_map(|lane| node_growth(answer, lane)).filter(|(_, delta)| *delta > 0)
        {
            root.add_grown(own_path(answer, node, is_own).into_iter().map(|(frame, _)| frame), delta);
        }
        let all = AllGrowth {
            functions: trends.rows.iter().map(|row| row.delta.max(0) as f64).sum(),
            nodes: root.grown as f64,
        };
        root.find(&all, &mut Vec::new(), &mut findings);
        for finding in &mut findings {
            finding.line = vec![0; trends.window.count()];
            let has_lane =
                |suspects: &[FrameId]| finding.functions.iter().any(|one| suspects.binary_search(one).is_ok());
            let lanes = trends.lanes.iter().zip(&suspects).filter(|(_, suspects)| has_lane(suspects));
            finding.restarts = lanes.map(|(lane, _)| lane.processes.len().saturating_sub(1)).sum();
        }
    }
    findings.compact_sort_by_key(|finding| (std::cmp::Reverse(finding.delta), finding.cause));
    let places = causes_of_nodes(answer, &mut findings, &grown, is_own);
    add_lines(answer, trends, &mut findings, &places);
    findings
}

/// Maps each node that grew to the index of its finding. Sets the node of each finding.
fn causes_of_nodes(
    answer: &Answer,
    findings: &mut [GrowthFinding],
    grown: &BTreeMap<NodeId, i64>,
    is_own: impl Fn(FrameId) -> bool + Copy,
) -> FxHashMap<NodeId, usize> {
    let mut found = FxHashMap::default();
    let mut growth: BTreeMap<(usize, NodeId), i64> = BTreeMap::new();
    for (node, delta) in grown {
        let path = own_path(answer, *node, is_own);
        let is_cause = |finding: &GrowthFinding| {
            finding.path.len() <= path.len() && finding.path.iter().zip(&path).all(|(cause, (frame, _))| cause == frame)
        };
        let Some(at) = findings.iter().position(is_cause) else { continue };
        found.insert(*node, at);
        let (_, place) = path[findings[at].path.len() - 1];
        let sum = growth.entry((at, place)).or_default();
        *sum = sum.saturating_add(*delta);
    }
    for (at, finding) in findings.iter_mut().enumerate() {
        let places = growth.range((at, NodeId::ROOT)..(at + 1, NodeId::ROOT));
        let most = places.max_by_key(|((_, node), delta)| (**delta, std::cmp::Reverse(*node)));
        finding.node = most.map_or(CallTree::ROOT, |((_, node), _)| *node);
    }
    found
}

/// Adds up the line of each finding.
fn add_lines(answer: &Answer, trends: &Trends, findings: &mut [GrowthFinding], places: &FxHashMap<NodeId, usize>) {
    let window = trends.window;
    for lane in &trends.lanes {
        for (snapshot, columns) in held_columns(&answer.series, &lane.snapshots, window) {
            let mut sums = vec![0_i64; findings.len()];
            let samples = &answer.series.snapshots()[snapshot].samples;
            answer.filtered.for_each(samples, trends.sample_type, |_, node, value| {
                if let Some(at) = places.get(&node) {
                    sums[*at] = sums[*at].wrapping_add(value);
                }
            });
            let level = answer.series.snapshots()[snapshot].level_converter();
            for (finding, sum) in findings.iter_mut().zip(sums) {
                for held in &mut finding.line[columns.clone()] {
                    *held = held.wrapping_add(level(sum));
                }
            }
        }
    }
}

/// Own-code frames from the root to a node, each with its outermost node; the function itself if there are none.
fn own_path(answer: &Answer, node: NodeId, is_own: impl Fn(FrameId) -> bool) -> Vec<(FrameId, NodeId)> {
    let mut path: Vec<(FrameId, NodeId)> = Vec::new();
    let mut at = Some(node);
    while let Some(node) = at {
        let frame = answer.tree.frame(node);
        if frame != FrameId::ROOT && is_own(frame) {
            match path.last_mut().filter(|(last, _)| *last == frame) {
                Some((_, outermost)) => *outermost = node,
                None => path.push((frame, node)),
            }
        }
        at = answer.tree.parent(node);
    }
    if path.is_empty() {
        path.push((answer.tree.frame(node), node));
    }
    path.reverse();
    // The tree is walked by recursion, and a profile may have stacks of any depth.
    path.truncate(MAX_PATH);
    path
}

/// Returns true for the frames of allocators and schedulers of languages without a rule for own code.
fn is_allocator(name: &str) -> bool {
    const PARTS: [&str; 10] = [
        "[lib",
        "malloc",
        "alloc::",
        "allocator",
        "operator new",
        "__libc_start",
        "_start",
        "clone3",
        "start_thread",
        "runtime.",
    ];
    PARTS.iter().any(|part| name.contains(part)) || name.starts_with("std::") || name.starts_with("__")
}

/// Growth of everything that grew.
struct AllGrowth {
    /// Growth added up over functions: less than that of nodes if a function grew at one and fell at another.
    functions: f64,
    /// Growth added up over nodes.
    nodes: f64,
}

impl OwnNode {
    /// Adds growth of any function to the nodes of its path that have suspects.
    fn add_grown(&mut self, path: impl Iterator<Item = FrameId>, delta: i64) {
        self.grown = self.grown.saturating_add(delta);
        let mut at = self;
        for frame in path {
            let Some(child) = at.children.get_mut(&frame) else { return };
            child.grown = child.grown.saturating_add(delta);
            at = child;
        }
    }

    fn add(&mut self, path: &[FrameId], function: FrameId, delta: i64) {
        self.delta = self.delta.saturating_add(delta);
        let grown = self.functions.entry(function).or_default();
        *grown = grown.saturating_add(delta);
        if let Some((first, rest)) = path.split_first() {
            self.children.entry(*first).or_default().add(rest, function, delta);
        }
    }

    fn find(&self, all: &AllGrowth, path: &mut Vec<FrameId>, findings: &mut Vec<GrowthFinding>) {
        let largest = self.children.iter().max_by_key(|(frame, child)| (child.delta, std::cmp::Reverse(**frame)));
        if let Some((frame, child)) = largest
            && child.delta as f64 >= NEARLY_ALL * self.delta as f64
        {
            path.push(*frame);
            child.find(all, path, findings);
            path.pop();
            return;
        }
        let branches = || self.children.iter().filter(|(_, child)| child.delta as f64 >= LEAST_BRANCH * all.functions);
        let is_split = path.is_empty() || self.grown as f64 >= NEARLY_ALL * all.nodes;
        if is_split && branches().next().is_some() {
            for (frame, child) in branches() {
                path.push(*frame);
                child.find(all, path, findings);
                path.pop();
            }
            return;
        }
        let Some(cause) = path.last().copied() else { return };
        let mut functions: Vec<(FrameId, i64)> =
            self.functions.iter().filter(|(_, delta)| **delta > 0).map(|(frame, delta)| (*frame, *delta)).collect();
        functions.compact_sort_by_key(|(frame, delta)| (std::cmp::Reverse(*delta), *frame));
        findings.push(GrowthFinding {
            cause,
            path: path.clone(),
            delta: self.delta,
            restarts: 0,
            share: (self.delta as f64 / all.functions).clamp(0.0, 1.0),
            functions: functions.into_iter().map(|(frame, _)| frame).collect(),
            node: CallTree::ROOT,
            line: Vec::new(),
        });
    }
}
