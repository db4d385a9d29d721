//! Growth of the nodes of a call tree over the snapshots of a lane.

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

/// Node with the largest growth, and this growth, for each frame.
pub(super) fn steepest_places(answer: &Answer, lane: &TrendLane) -> FxHashMap<FrameId, (i64, NodeId)> {
    let mut best: FxHashMap<FrameId, (i64, NodeId)> = FxHashMap::default();
    for (node, delta) in node_growth(answer, lane) {
        let place = best.entry(answer.tree.frame(node)).or_insert((delta, node));
        // Of equal nodes the first in the tree is taken, so that the result is always the same.
        if (delta, std::cmp::Reverse(node)) > (place.0, std::cmp::Reverse(place.1)) {
            *place = (delta, node);
        }
    }
    best
}
