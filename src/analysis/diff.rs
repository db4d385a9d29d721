//! What changed: two windows over one tree.
//!
//! A base is a second column over the same tree, so a node has both figures wherever it stands in either window. What is
//! computed here once is what a look at single nodes does not give: the sums of growth and shrinkage, the nodes in the
//! order of their change, the sites that explain the growth, and widths that add up. A change is told by a sign and a
//! word before any colour; whether it may be chance, [`Noise`] says.

use std::sync::Arc;

use crate::analysis::column::{Column, prefix_weights};
use crate::analysis::flat::Flat;
use crate::analysis::noise::{Noise, Uncertainty};
use crate::analysis::query::Width;
use crate::analysis::tree::CallTree;
use crate::analysis::window::WindowSum;
use crate::base::ids::{FrameId, NodeId};
use crate::base::limits::{Budget, LimitError};

/// The most nodes that are kept in the order of their change, to be stepped through.
const MOST_RANKED: usize = 10_000;

/// A base, and what changed since.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What the base window means, for each sample type.
    pub window_sums: Vec<WindowSum>,
    /// The base's figures of the chosen sample type.
    pub column: Arc<Column>,
    /// The base's figures by frame, for each sample type that was asked for.
    pub flats: Vec<Option<Arc<Flat>>>,
    /// How far chance goes, where that can be told.
    pub noise: Option<Arc<Noise>>,
    /// What the current figures were multiplied by, where totals were made equal.
    pub ratio: Option<f64>,
    /// The changes.
    pub changes: Arc<Changes>,
}

/// The changes of all nodes.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Sum of the nodes' own growth.
    pub grew: i64,
    /// Sum of the nodes' own shrinkage, at most 0.
    pub shrank: i64,
    /// Nodes whose own change is beyond chance, the largest change first; of very many the largest.
    pub ranked: Vec<NodeId>,
    /// How many nodes' own change may be chance.
    pub within_noise: usize,
    /// How many subtrees are in the current window alone, each counted at its top.
    pub new: usize,
    /// How many subtrees are in the base alone.
    pub gone: usize,
    /// The fewest sites that explain the asked share of the growth, the largest first.
    pub sites: Vec<Site>,
    /// From which change on a colour is medium, and from which it is strong.
    pub color_steps: [i64; 2],
}

/// A place in the tree that grew by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Where.
    pub node: NodeId,
    /// By how much.
    pub delta: i64,
}

/// In which of the two windows something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// In both, or in neither.
    Both,
    /// In the current one alone.
    New,
    /// In the base alone.
    Gone,
}

/// What became of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeDirection {
    /// Nothing.
    Same,
    /// No more than chance may do.
    Noise,
    /// It grew.
    Grew,
    /// It shrank.
    Shrank,
}

/// How much of a change it is, for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeStrength {
    /// Little.
    Light,
    /// More.
    Medium,
    /// Much.
    Strong,
}

/// A figure then and now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// In the base.
    pub base: i64,
    /// Now.
    pub current: i64,
    /// Where it is.
    pub presence: Presence,
    /// How sure the difference is, where that can be told.
    pub uncertainty: Option<Uncertainty>,
}

impl Change {
    /// The difference.
    pub fn delta(&self) -> i64 {
        self.current.saturating_sub(self.base)
    }

    /// What became of it.
    pub fn direction(&self) -> ChangeDirection {
        let delta = self.delta();
        let chance =
            self.uncertainty.is_some_and(|sure| sure.covers(delta) || (sure.is_few_samples() && sure.sigma > 0.0));
        match delta {
            0 => ChangeDirection::Same,
            _ if chance => ChangeDirection::Noise,
            delta if delta > 0 => ChangeDirection::Grew,
            _ => ChangeDirection::Shrank,
        }
    }

    /// How much it is on the scale of `marks`.
    pub fn strength(&self, marks: [i64; 2]) -> ChangeStrength {
        match self.delta().unsigned_abs() {
            size if size >= marks[1].unsigned_abs() => ChangeStrength::Strong,
            size if size >= marks[0].unsigned_abs() => ChangeStrength::Medium,
            _ => ChangeStrength::Light,
        }
    }

    /// How much it is of what there was: strong from a half on, medium from a tenth on.
    pub fn relative_strength(&self) -> ChangeStrength {
        let (size, of) = (u128::from(self.delta().unsigned_abs()), u128::from(self.base.unsigned_abs()));
        if size * 2 >= of {
            ChangeStrength::Strong
        } else if size * 10 >= of {
            ChangeStrength::Medium
        } else {
            ChangeStrength::Light
        }
    }
}

/// The current column beside the base: what a comparison is asked with.
#[derive(Clone, Copy, Debug)]
pub struct ColumnPair<'a> {
    /// The tree.
    pub tree: &'a CallTree,
    /// The current figures.
    pub current: &'a Column,
    /// The base's.
    pub base: &'a Column,
    /// How far chance goes.
    pub noise: Option<&'a Noise>,
}

impl ColumnPair<'_> {
    /// What became of the total of a node.
    pub fn total(&self, node: NodeId) -> Change {
        let (base, current) = (self.base.total(node), self.current.total(node));
        let uncertainty = self.noise.map(|noise| noise.total(self.tree, node));
        Change { base, current, presence: self.presence(node), uncertainty }
    }

    /// What became of a node's own figure.
    pub fn own(&self, node: NodeId) -> Change {
        let (base, current) = (self.base.own(node), self.current.own(node));
        let presence = presence(base.unsigned_abs(), current.unsigned_abs());
        Change { base, current, presence, uncertainty: self.noise.map(|noise| noise.own(node)) }
    }

    /// In which window a node has anything, itself or below.
    pub fn presence(&self, node: NodeId) -> Presence {
        presence(self.base.weight(node), self.current.weight(node))
    }
}

impl Comparison {
    /// What became of the total of a frame; `current` are the current figures of the same sample type.
    pub fn frame_total(&self, sample_type: usize, current: &Flat, frame: FrameId) -> Option<Change> {
        let base = self.flats.get(sample_type)?.as_ref()?.total(frame);
        let uncertainty = self.noise.as_ref().map(|noise| noise.frame_total(frame));
        Some(Change::of(base, current.total(frame), uncertainty))
    }

    /// What became of a frame's own figure; `current` are the current figures of the same sample type.
    pub fn frame_own(&self, sample_type: usize, current: &Flat, frame: FrameId) -> Option<Change> {
        let base = self.flats.get(sample_type)?.as_ref()?.own(frame);
        let uncertainty = self.noise.as_ref().map(|noise| noise.frame_own(frame));
        Some(Change::of(base, current.own(frame), uncertainty))
    }
}

impl Change {
    /// A change of two figures, each there where it is not 0.
    pub fn of(base: i64, current: i64, uncertainty: Option<Uncertainty>) -> Self {
        Self { base, current, presence: presence(base.unsigned_abs(), current.unsigned_abs()), uncertainty }
    }
}

/// Where a figure is, by what is not 0.
fn presence(base: u64, current: u64) -> Presence {
    match (base != 0, current != 0) {
        (false, true) => Presence::New,
        (true, false) => Presence::Gone,
        _ => Presence::Both,
    }
}

impl Changes {
    /// Goes through all nodes once. `share` is the part of the growth to explain, in percent.
    pub fn new(pair: &ColumnPair<'_>, share: u8, marks_of: impl Fn(i64) -> [i64; 2]) -> Self {
        let mut changes = Self::default();
        let mut grown: Vec<Site> = Vec::new();
        let mut moved: Vec<(u64, NodeId)> = Vec::new();
        let mut covered_until = 0;
        for node in (0..pair.tree.len()).map(NodeId::new) {
            if node.index() >= covered_until {
                match pair.presence(node) {
                    Presence::Both => {}
                    Presence::New => (changes.new, covered_until) = (changes.new + 1, pair.tree.end(node)),
                    Presence::Gone => (changes.gone, covered_until) = (changes.gone + 1, pair.tree.end(node)),
                }
            }
            let delta = pair.current.own(node).saturating_sub(pair.base.own(node));
            match delta {
                0 => continue,
                delta if delta > 0 => {
                    changes.grew = changes.grew.saturating_add(delta);
                    grown.push(Site { node, delta });
                }
                delta => changes.shrank = changes.shrank.saturating_add(delta),
            }
            if pair.own(node).direction() == ChangeDirection::Noise {
                changes.within_noise += 1;
            } else {
                moved.push((delta.unsigned_abs(), node));
            }
        }
        let order = |one: &(u64, NodeId)| (std::cmp::Reverse(one.0), one.1);
        if moved.len() > MOST_RANKED {
            moved.select_nth_unstable_by_key(MOST_RANKED, order);
            moved.truncate(MOST_RANKED);
        }
        moved.sort_unstable_by_key(order);
        changes.ranked = moved.into_iter().map(|(_, node)| node).collect();
        changes.sites = fewest(grown, changes.grew, share);
        changes.color_steps = marks_of(changes.grew.saturating_sub(changes.shrank));
        changes
    }
}

/// The fewest sites that together have `share` percent of `grew`. Sites do not overlap, since each is what a node has
/// itself: taking the largest first is therefore best.
fn fewest(mut grown: Vec<Site>, grew: i64, share: u8) -> Vec<Site> {
    let wanted = i128::from(grew) * i128::from(share);
    let order = |site: &Site| (std::cmp::Reverse(site.delta), site.node);
    let (mut sorted, mut sum, mut taken) = (0, 0_i128, 0);
    while taken < grown.len() && sum * 100 < wanted {
        if taken == sorted {
            // Most growth is in few places: sorting the rest is put off until it is needed.
            let more = (sorted * 4).max(256).min(grown.len() - sorted);
            let rest = &mut grown[sorted..];
            if more < rest.len() {
                rest.select_nth_unstable_by_key(more, order);
            }
            rest[..more].sort_unstable_by_key(order);
            sorted += more;
        }
        sum += i128::from(grown[taken].delta);
        taken += 1;
    }
    grown.truncate(taken);
    grown
}

/// How wide nodes are drawn.
#[derive(Clone, Debug)]
pub enum Widths {
    /// By one of the columns.
    Column(Arc<Column>),
    /// By what nodes weigh themselves, as prefix sums in preorder.
    Sums(Arc<CallTree>, Arc<[u64]>),
    /// By one column, siblings standing in the order of other widths.
    Ordered {
        /// How wide nodes are.
        column: Arc<Column>,
        /// By what their order is.
        order: Arc<Widths>,
    },
}

impl Widths {
    /// The widths of a comparison.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub(super) fn new(
        width: Width,
        tree: &Arc<CallTree>,
        (base, current): (&Arc<Column>, &Arc<Column>),
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let parts = |node: usize| {
            // Both windows in one unit: a mean of three beside a mean of two counts in sixths.
            let (node, a, b) = (NodeId::new(node), base.sums(), current.sums());
            let a_own = i128::from(a.raw_own(node)).saturating_mul(i128::from(b.divisor()));
            (a_own, i128::from(b.raw_own(node)).saturating_mul(i128::from(a.divisor())))
        };
        let own: &dyn Fn(usize) -> u128 = match width {
            Width::Current => return Ok(Self::Column(Arc::clone(current))),
            Width::Base => return Ok(Self::Column(Arc::clone(base))),
            Width::Union => &|node| {
                let (base, current) = parts(node);
                base.unsigned_abs().max(current.unsigned_abs())
            },
            Width::Change => &|node| {
                let (base, current) = parts(node);
                current.saturating_sub(base).unsigned_abs()
            },
        };
        Ok(Self::Sums(Arc::clone(tree), prefix_weights(tree.len(), own, budget)?.into()))
    }

    /// True if both are one object, so that all nodes have equal widths.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Column(one), Self::Column(other)) => Arc::ptr_eq(one, other),
            (Self::Sums(_, one), Self::Sums(_, other)) => Arc::ptr_eq(one, other),
            (Self::Ordered { column: one, order }, Self::Ordered { column: other, order: others }) => {
                Arc::ptr_eq(one, other) && order.is_same(others)
            }
            _ => false,
        }
    }

    /// How wide a node is drawn among the others. Its children together are never wider.
    #[inline]
    pub fn weight(&self, node: NodeId) -> u64 {
        match self {
            Self::Column(column) | Self::Ordered { column, .. } => column.weight(node),
            Self::Sums(tree, before) => before[tree.end(node)] - before[node.index()],
        }
    }

    /// Whether siblings stand in the order of these widths, and not of others.
    #[inline]
    pub fn is_by_weight(&self) -> bool {
        !matches!(self, Self::Ordered { .. })
    }

    /// What siblings stand in the order of, the largest first.
    #[inline]
    pub fn rank(&self, node: NodeId) -> u64 {
        match self {
            Self::Ordered { order, .. } => order.weight(node),
            Self::Column(_) | Self::Sums(..) => self.weight(node),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(node: usize, delta: i64) -> Site {
        Site { node: NodeId::new(node), delta }
    }

    #[test]
    fn the_fewest_sites_explain_a_share() {
        let grown = vec![site(1, 5), site(2, 60), site(3, 10), site(4, 25)];
        assert_eq!(fewest(grown.clone(), 100, 80), [site(2, 60), site(4, 25)]);
        assert_eq!(fewest(grown.clone(), 100, 60), [site(2, 60)]);
        assert_eq!(fewest(grown.clone(), 100, 100).len(), 4);
        assert_eq!(fewest(grown, 100, 0), []);
        assert_eq!(fewest(Vec::new(), 0, 80), []);
    }

    #[test]
    fn many_equal_sites_are_taken_in_order() {
        let grown: Vec<Site> = (0..5000).rev().map(|node| site(node, 1)).collect();
        let taken = fewest(grown, 5000, 80);
        assert_eq!(taken.len(), 4000);
        assert!(taken.iter().enumerate().all(|(at, taken)| taken.node == NodeId::new(at)));
    }

    #[test]
    fn a_change_has_a_word_and_a_step() {
        let change = |base, current| Change::of(base, current, None);
        assert_eq!((change(0, 5).presence, change(5, 0).presence), (Presence::New, Presence::Gone));
        assert_eq!(
            (change(1, 5).direction(), change(5, 1).direction()),
            (ChangeDirection::Grew, ChangeDirection::Shrank)
        );
        assert_eq!(change(3, 3).direction(), ChangeDirection::Same);
        let uncertainty = Some(Uncertainty { sigma: 3.0, seen: 40.0 });
        assert_eq!(Change::of(10, 16, uncertainty).direction(), ChangeDirection::Noise);
        assert_eq!(Change::of(10, 17, uncertainty).direction(), ChangeDirection::Grew);
        let guess = Some(Uncertainty { sigma: 1.0, seen: 4.0 });
        assert_eq!(Change::of(0, 50, guess).direction(), ChangeDirection::Noise, "four samples are a guess");
        assert_eq!(change(0, 50).strength([10, 50]), ChangeStrength::Strong);
        assert_eq!(
            (change(100, 101).relative_strength(), change(100, 120).relative_strength()),
            (ChangeStrength::Light, ChangeStrength::Medium)
        );
    }
}
