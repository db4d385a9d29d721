//! The sandwich: who calls a frame and what it calls, over all places where it stands, one level at a time.
//!
//! A row is a chain of calls that begins or ends at the frame in the middle, and what counts in it are samples in which
//! that chain stands, each once however often it recurs: of the nodes at its end, those that are in no other one's
//! subtree. One step from the middle that is pprof's edge, and as there a frame is not its own caller. A row's next level
//! is made when it is opened; a tree turned upside down as a whole would be many times as large as the tree.

use rustc_hash::FxHashMap;

use crate::analysis::column::PrefixSums;
use crate::analysis::{Answer, CallTree, Change};
use crate::base::ids::{FrameId, NodeId};
use crate::base::step_count;

/// Direction of calls from the frame in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallDirection {
    /// To those who call it.
    Callers,
    /// To those whom it calls.
    Callees,
}

/// One place where a chain of calls stands.
#[derive(Clone, Copy, Debug)]
struct ChainNode {
    /// The innermost node of the chain, whose subtree counts.
    end: NodeId,
    /// The node of the row's frame.
    at: NodeId,
}

/// Self and total in one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SelfAndTotal {
    /// Self of the innermost frame of the chain.
    pub own: i64,
    /// Total of the innermost frame, its callees included.
    pub total: i64,
}

/// A frame at the end of a chain of calls, over all places of the chain.
#[derive(Clone, Debug)]
pub struct CallChain {
    /// The frame.
    pub frame: FrameId,
    /// Its figures.
    pub now: SelfAndTotal,
    /// Figures in the base; `None` without a base.
    pub base: Option<SelfAndTotal>,
    /// The frame's node in the place that holds most.
    pub node: NodeId,
    places: Vec<ChainNode>,
    /// True for the frame in the middle.
    is_middle: bool,
}

impl CallChain {
    /// The frame in the middle, over all places where it stands; none where it stands nowhere.
    pub fn middle(answer: &Answer, frame: FrameId) -> Option<Self> {
        let nodes = answer.tree.node_frames().iter().enumerate().filter(|(_, other)| **other == frame);
        let places: Vec<ChainNode> =
            nodes.map(|(node, _)| NodeId::new(node)).map(|at| ChainNode { end: at, at }).collect();
        step_count::count_steps(answer.tree.len() + places.len());
        (!places.is_empty()).then(|| Self { is_middle: true, ..Self::new(answer, frame, places) })
    }

    /// The rows one level further, the largest first; with a base, the largest change first.
    pub fn next(&self, answer: &Answer, way: CallDirection) -> Vec<Self> {
        let mut groups: FxHashMap<FrameId, Vec<ChainNode>> = FxHashMap::default();
        let mut steps = 0;
        self.steps(&answer.tree, way, |place| {
            steps += 1;
            let frame = answer.tree.frame(place.at);
            // As in pprof, a call of itself is no edge.
            if !(self.is_middle && frame == self.frame) {
                groups.entry(frame).or_default().push(place);
            }
        });
        step_count::count_steps(self.places.len() + 2 * steps);
        let rows = groups.into_iter().map(|(frame, places)| Self::new(answer, frame, places));
        let mut rows: Vec<Self> = rows.filter(|row| row.has_values(answer)).collect();
        let frames = answer.tree.frames();
        rows.sort_by(|one, other| {
            let order = other.weight().cmp(&one.weight()).then(other.now.total.cmp(&one.now.total));
            order.then_with(|| frames.name(one.frame).cmp(frames.name(other.frame)))
        });
        rows
    }

    /// Returns true if there is a further level.
    pub fn has_next(&self, answer: &Answer, way: CallDirection) -> bool {
        let tree = &answer.tree;
        self.places.iter().any(|place| match way {
            CallDirection::Callers => tree.parent(place.at).is_some_and(|parent| parent != CallTree::ROOT),
            CallDirection::Callees => tree.end(place.at) > place.at.index() + 1,
        })
    }

    /// Number of places of the chain.
    pub fn places(&self) -> usize {
        self.places.len()
    }

    /// Change of the total; no change without a base.
    pub fn change(&self) -> Change {
        Change::of(self.base.map_or(self.now.total, |base| base.total), self.now.total, None)
    }

    /// Sort key of rows: the size of the total, or with a base, of its change.
    fn weight(&self) -> u64 {
        self.now.total.abs_diff(self.base.map_or(0, |base| base.total))
    }

    fn steps(&self, tree: &CallTree, way: CallDirection, mut step: impl FnMut(ChainNode)) {
        for ChainNode { end, at } in self.places.iter().copied() {
            match way {
                CallDirection::Callers => {
                    if let Some(parent) = tree.parent(at).filter(|parent| *parent != CallTree::ROOT) {
                        step(ChainNode { end, at: parent });
                    }
                }
                CallDirection::Callees => tree.children(at).for_each(|child| step(ChainNode { end: child, at: child })),
            }
        }
    }

    fn new(answer: &Answer, frame: FrameId, mut places: Vec<ChainNode>) -> Self {
        // Children of nested places do not come in the order of the tree.
        places.sort_unstable_by_key(|place| place.end);
        let tree = &answer.tree;
        let figures = |sums: &PrefixSums| -> SelfAndTotal {
            let (mut own, mut total) = (0_i64, 0_i64);
            for (place, is_outermost) in outermost(tree, &places) {
                own = own.wrapping_add(sums.raw_own(place.end));
                if is_outermost {
                    total = total.wrapping_add(sums.raw_total(tree, place.end));
                }
            }
            SelfAndTotal { own: sums.divided(own), total: sums.divided(total) }
        };
        let now = figures(answer.column.sums());
        let base = answer.base.as_ref().map(|base| figures(base.column.sums()));
        let largest = places.iter().max_by_key(|place| (held(answer, place.end), std::cmp::Reverse(place.end)));
        let node = largest.map_or(CallTree::ROOT, |place| place.at);
        Self { frame, now, base, node, places, is_middle: false }
    }

    /// Returns true if any place has a total other than 0, in either window.
    fn has_values(&self, answer: &Answer) -> bool {
        self.places.iter().any(|place| held(answer, place.end) > 0)
    }
}

/// Larger of a node's two totals by size, over both windows.
fn held(answer: &Answer, node: NodeId) -> u64 {
    let weight = |sums: &PrefixSums| sums.raw_total(&answer.tree, node).unsigned_abs();
    let base = answer.base.as_ref().map_or(0, |base| weight(base.column.sums()));
    weight(answer.column.sums()).max(base)
}

/// Every place, and whether it stands in no other one's subtree.
fn outermost<'a>(tree: &'a CallTree, places: &'a [ChainNode]) -> impl Iterator<Item = (ChainNode, bool)> + 'a {
    let mut open_until = 0;
    places.iter().map(move |place| {
        let is_outermost = place.end.index() >= open_until;
        if is_outermost {
            open_until = tree.end(place.end);
        }
        (*place, is_outermost)
    })
}
