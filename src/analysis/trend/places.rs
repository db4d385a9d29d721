//! Growth of the nodes of a call tree over the snapshots of a lane, and the main node of each function.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::TrendLane;
use crate::analysis::Answer;
use crate::base::ids::{FrameId, NodeId};

/// Growth of every node of a lane, from the first to the last snapshot of each process.
pub(super) fn node_growth(answer: &Answer, lane: &TrendLane) -> FxHashMap<NodeId, i64> {
    let mut grown: FxHashMap<NodeId, i64> = FxHashMap::default();
    for process in &lane.processes {
        for (place, factor) in [(process.start, -1), (process.end - 1, 1)] {
            let snapshot = &answer.series.snapshots()[lane.snapshots[place]];
            let level = snapshot.level_converter();
            answer.filtered.for_each(&snapshot.samples, answer.query.sample_type, |_, node, value| {
                let delta = grown.entry(node).or_default();
                *delta = delta.wrapping_add(level(value).wrapping_mul(factor));
            });
        }
    }
    grown
}

/// Node of each frame that grew most; of a frame that did not grow, the node that held most. `held` are the values of
/// all nodes, added up over the snapshots.
pub(super) fn main_places(
    answer: &Answer,
    lane: &TrendLane,
    held: &FxHashMap<NodeId, i64>,
) -> FxHashMap<FrameId, NodeId> {
    let grown = node_growth(answer, lane);
    let weight = |node: NodeId| {
        let growth = grown.get(&node).copied().unwrap_or(0).max(0);
        // Of equal nodes the first in the tree is taken, so that the result is always the same.
        (growth, held.get(&node).copied().unwrap_or(0), Reverse(node))
    };
    let mut places: FxHashMap<FrameId, NodeId> = FxHashMap::default();
    for node in held.keys().copied() {
        let place = places.entry(answer.tree.frame(node)).or_insert(node);
        if weight(node) > weight(*place) {
            *place = node;
        }
    }
    places
}
