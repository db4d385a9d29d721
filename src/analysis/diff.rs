//! Changes between two windows over one tree.
//!
//! The base is a second column over the same tree, so that a node has its figures in both windows. This module computes
//! the figures that need all nodes: sums of growth and shrinkage, nodes in the order of their change, sites that
//! explain the change, and widths that add up. A change has a sign and a word in addition to its colour; [`Noise`]
//! decides whether the change may be chance.

mod explanation;
mod sites;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::analysis::chance::{chance_of, is_rarely_changed};
use crate::analysis::column::{Column, prefix_weights};
use crate::analysis::filter::CompiledFilters;
use crate::analysis::filtered::FilteredTree;
use crate::analysis::flat::Flat;
use crate::analysis::noise::{Noise, Uncertainty};
use crate::analysis::query::{Matching, Width};
use crate::analysis::rank::holm;
use crate::analysis::tree::CallTree;
use crate::analysis::window_sum::WindowSum;
use crate::base::compact_sort::CompactSort;
use crate::base::ids::{FrameId, NodeId};
use crate::base::limits::{Budget, LimitError};
use explanation::fewest;
pub use explanation::{Explanation, Site};
use sites::{Renames, SiteChange, cancel_moves, cancelled_changes, replaced_frames, site_changes};

/// Maximum number of nodes kept in the order of their change, for stepping through them.
const MOST_RANKED: usize = 10_000;

/// Base of a comparison, and the changes since.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Weighted sum of the snapshots of the base window, by sample type.
    pub window_sums: Vec<WindowSum>,
    /// Filters of the base, compiled.
    pub filters: Arc<CompiledFilters>,
    /// Samples that pass the filters of the base, on the tree.
    pub filtered: FilteredTree,
    /// Column of the base for the chosen sample type.
    pub column: Arc<Column>,
    /// Figures of the base by frame, for each requested sample type.
    pub flats: Vec<Option<Arc<Flat>>>,
    /// Sampling noise of the difference; `None` if it is not known.
    pub noise: Option<Arc<Noise>>,
    /// Factor by which the current figures were normalised; `None` without normalisation.
    pub ratio: Option<f64>,
    /// Changes of all nodes.
    pub changes: Arc<Changes>,
}

/// Changes of all nodes.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Sum of the growth of call sites, after moved code is cancelled.
    pub grew: i64,
    /// Sum of the shrinkage of call sites, at most 0.
    pub shrank: i64,
    /// Nodes whose change is beyond noise, the largest change first; at most 10,000.
    pub ranked: Vec<NodeId>,
    /// Number of call sites whose change is within noise.
    pub within_noise: usize,
    /// Number of functions that only the current window has; moved ones do not count.
    pub new: usize,
    /// Number of functions that only the base has.
    pub gone: usize,
    /// Fewest sites that explain the requested share of the growth, the largest first. Each is beyond noise after
    /// Holm's correction over all sites that changed, and those of a few large objects that sampling could have changed.
    pub sites: Vec<Site>,
    /// Fewest sites that explain the same share of the shrinkage, by the same rule.
    pub shrunk_sites: Vec<Site>,
    /// Functions that are in both windows under different names or callers.
    pub moved: Vec<MatchedFunction>,
    /// Changes of self that cancel against another name of the function, by renamed frame.
    cancelled: FxHashMap<FrameId, i64>,
    /// Moved amounts, as prefix sums over nodes in preorder; `None` if nothing moved.
    moved_before: Option<Arc<[u64]>>,
    /// Thresholds of a medium and of a strong colour.
    pub color_steps: [i64; 2],
}

/// Function that has different frames in the base and in the current window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchedFunction {
    /// Frame in the base.
    pub from: FrameId,
    /// Frame in the current window.
    pub to: FrameId,
    /// Self of the function in the current window.
    pub own: i64,
    /// Reason for treating both frames as one function.
    pub how: MoveKind,
}

/// Reason for treating two frames as one function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MoveKind {
    /// Their normalised names are equal.
    Renamed,
    /// They call the same functions.
    Moved,
}

/// Windows of a comparison in which a figure is not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Both windows, or neither.
    Both,
    /// The current window only.
    New,
    /// The base only.
    Gone,
    /// One window only; the other has most of the figure under another name or caller.
    Moved,
}

/// Direction of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeDirection {
    /// No change.
    Same,
    /// Change within sampling noise.
    Noise,
    /// Growth.
    Grew,
    /// Shrinkage.
    Shrank,
}

/// Size of a change in steps of colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeStrength {
    /// Below the threshold of a medium change.
    Light,
    /// From the threshold of a medium change on.
    Medium,
    /// From the threshold of a strong change on.
    Strong,
}

/// Figure in the base and in the current window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Figure in the base.
    pub base: i64,
    /// Figure in the current window.
    pub current: i64,
    /// Windows that have the figure.
    pub presence: Presence,
    /// Sampling noise of the difference; `None` if it is not known.
    pub uncertainty: Option<Uncertainty>,
}

impl Change {
    /// The difference.
    pub fn delta(&self) -> i64 {
        self.current.saturating_sub(self.base)
    }

    /// Direction of the change.
    pub fn direction(&self) -> ChangeDirection {
        let delta = self.delta();
        match delta {
            0 => ChangeDirection::Same,
            _ if self.uncertainty.is_some_and(|uncertainty| uncertainty.covers(delta)) => ChangeDirection::Noise,
            delta if delta > 0 => ChangeDirection::Grew,
            _ => ChangeDirection::Shrank,
        }
    }

    /// Size of the change: strong from `marks[1]` on, medium from `marks[0]` on.
    pub fn strength(&self, marks: [i64; 2]) -> ChangeStrength {
        match self.delta().unsigned_abs() {
            size if size >= marks[1].unsigned_abs() => ChangeStrength::Strong,
            size if size >= marks[0].unsigned_abs() => ChangeStrength::Medium,
            _ => ChangeStrength::Light,
        }
    }

    /// Size of the change against the base: strong from a half on, medium from a tenth on.
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

/// Columns of both sides, the input of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct ColumnPair<'a> {
    /// The tree.
    pub tree: &'a CallTree,
    /// Column of the current window.
    pub current: &'a Column,
    /// Column of the base.
    pub base: &'a Column,
    /// Sampling noise of the difference.
    pub noise: Option<&'a Noise>,
    /// Changes, from which moved code is known; `None` while the changes are being computed.
    pub changes: Option<&'a Changes>,
}

impl ColumnPair<'_> {
    /// Change of a node's total.
    pub fn total(&self, node: NodeId) -> Change {
        let (base, current) = (self.base.total(node), self.current.total(node));
        let uncertainty = self.noise.map(|noise| noise.total(self.tree, node));
        Change { base, current, presence: self.presence(node), uncertainty }
    }

    /// Change of a node's self.
    pub fn own(&self, node: NodeId) -> Change {
        let (base, current) = (self.base.own(node), self.current.own(node));
        let uncertainty = self.noise.map(|noise| noise.own(node));
        Change { base, current, presence: self.presence(node), uncertainty }
    }

    /// Windows in which a node or its subtree has a value.
    pub fn presence(&self, node: NodeId) -> Presence {
        let (base, current) = (self.base.weight(node), self.current.weight(node));
        let presence = presence(base, current);
        let moved = self.changes.map_or(0, |changes| changes.moved_in(self.tree, node));
        let is_moved =
            presence != Presence::Both && moved > 0 && u128::from(moved) * 2 >= u128::from(base.max(current));
        if is_moved { Presence::Moved } else { presence }
    }
}

impl Comparison {
    /// Change of the total of a frame; `current` are the current figures of the same sample type.
    pub fn frame_total(&self, sample_type: usize, current: &Flat, frame: FrameId) -> Option<Change> {
        let base = self.flats.get(sample_type)?.as_ref()?.total(frame);
        let uncertainty = self.noise.as_ref().map(|noise| noise.frame_total(frame));
        Some(self.changes.with_move(frame, Change::of(base, current.total(frame), uncertainty)))
    }

    /// Change of the self of a frame; `current` are the current figures of the same sample type.
    pub fn frame_own(&self, sample_type: usize, current: &Flat, frame: FrameId) -> Option<Change> {
        let base = self.flats.get(sample_type)?.as_ref()?.own(frame);
        let uncertainty = self.noise.as_ref().map(|noise| noise.frame_own(frame));
        let Change { presence, .. } = self.frame_total(sample_type, current, frame)?;
        Some(Change { base, current: current.own(frame), presence, uncertainty })
    }
}

impl Change {
    /// Builds a change of two totals; a window has what its total is not 0 of.
    pub fn of(base: i64, current: i64, uncertainty: Option<Uncertainty>) -> Self {
        Self { base, current, presence: presence(base.unsigned_abs(), current.unsigned_abs()), uncertainty }
    }
}

/// Windows in which a figure is not 0.
fn presence(base: u64, current: u64) -> Presence {
    match (base != 0, current != 0) {
        (false, true) => Presence::New,
        (true, false) => Presence::Gone,
        _ => Presence::Both,
    }
}

/// Significance level, after Holm's correction, at which a site is named as an explanation.
const NAMED_LEVEL: f64 = 0.05;

/// Options of [`Changes::new`].
pub(super) struct ChangeOptions<'a> {
    /// Share of the growth to explain, in percent.
    pub(super) share: u8,
    /// Matching of functions.
    pub(super) matching: Matching,
    /// Converts the sum of all growth and shrinkage to the thresholds of colours.
    pub(super) color_steps: &'a dyn Fn(i64) -> [i64; 2],
}

impl Changes {
    /// Computes the changes of all nodes of a pair of columns.
    pub(super) fn new(pair: &ColumnPair<'_>, options: &ChangeOptions<'_>) -> Self {
        let mut changes = Self::default();
        let renames = match options.matching {
            Matching::Raw => Renames::default(),
            Matching::Names | Matching::Moved => Renames::new(pair),
        };
        changes.moved.clone_from(&renames.pairs);
        let mut sites = site_changes(pair, &renames);
        let mut moved =
            vec![0_u64; if renames.is_empty() && options.matching != Matching::Moved { 0 } else { pair.tree.len() }];
        for site in sites.iter().filter(|site| site.base_node.is_some()) {
            let amount = site.base.unsigned_abs().min(site.current.unsigned_abs());
            for node in [Some(site.node), site.base_node].into_iter().flatten() {
                moved[node.index()] = moved[node.index()].saturating_add(amount);
            }
        }
        if options.matching == Matching::Moved {
            cancel_moves(pair, &renames, &mut sites, &mut moved);
            changes.moved.extend(replaced_frames(pair, &renames, &moved));
            changes.moved.compact_sort_by_key(|pair| (pair.how, std::cmp::Reverse(pair.own), pair.from));
        }
        changes.cancelled = cancelled_changes(pair, &renames, &sites);
        if moved.iter().any(|amount| *amount > 0) {
            let mut running = 0_u64;
            let mut before = Vec::with_capacity(moved.len() + 1);
            before.push(0);
            before.extend(moved.iter().map(|amount| {
                running = running.saturating_add(*amount);
                running
            }));
            changes.moved_before = Some(before.into());
        }
        changes.count_functions(pair);
        changes.summarize(pair, sites, options);
        changes
    }

    /// Change of the self of a frame that cancels against another name of the function; 0 if it was not renamed.
    pub fn cancelled(&self, frame: FrameId) -> i64 {
        self.cancelled.get(&frame).copied().unwrap_or(0)
    }

    /// Change of a frame, moved if the frame has another name in the other window.
    fn with_move(&self, frame: FrameId, change: Change) -> Change {
        let is_paired = || self.moved.iter().any(|pair| pair.from == frame || pair.to == frame);
        let presence = match change.presence {
            Presence::New | Presence::Gone if is_paired() => Presence::Moved,
            presence => presence,
        };
        Change { presence, ..change }
    }

    /// Sum of the moved amounts of a node and all nodes below it.
    fn moved_in(&self, tree: &CallTree, node: NodeId) -> u64 {
        self.moved_before.as_ref().map_or(0, |before| before[tree.end(node)] - before[node.index()])
    }

    /// Converts the changes to a regrouped tree. Its ranked nodes are those of `ranked` that changed beyond noise, the
    /// largest change of the total first. `node_of` maps each node to its new node; empty if there is no such mapping.
    pub(super) fn regrouped(
        &self,
        pair: &ColumnPair<'_>,
        node_of: &[NodeId],
        ranked: impl Iterator<Item = NodeId>,
    ) -> Self {
        let changed = ranked.map(|node| (pair.total(node), node));
        let is_beyond = |change: &Change| matches!(change.direction(), ChangeDirection::Grew | ChangeDirection::Shrank);
        let mut ranked: Vec<(u64, NodeId)> = changed
            .filter(|(change, _)| is_beyond(change))
            .map(|(change, node)| (change.delta().unsigned_abs(), node))
            .collect();
        ranked.sort_unstable_by_key(|(size, node)| (std::cmp::Reverse(*size), *node));
        ranked.truncate(MOST_RANKED);
        let moved_before = self.moved_before.as_ref().filter(|_| !node_of.is_empty()).map(|moved| {
            let mut before = vec![0_u64; pair.tree.len() + 1];
            for (node, place) in node_of.iter().enumerate() {
                before[place.index() + 1] = before[place.index() + 1].saturating_add(moved[node + 1] - moved[node]);
            }
            let mut running = 0_u64;
            for sum in &mut before {
                running = running.saturating_add(*sum);
                *sum = running;
            }
            before.into()
        });
        let ranked = ranked.into_iter().map(|(_, node)| node).collect();
        Self { ranked, sites: Vec::new(), shrunk_sites: Vec::new(), moved_before, ..self.clone() }
    }

    /// Sites that explain the growth, and those that explain the decrease; the direction of `change` comes first.
    pub fn explanations(&self, change: i64) -> [Explanation<'_>; 2] {
        let growth = Explanation { sites: &self.sites, sum: self.grew, noun: "growth" };
        let decrease = Explanation { sites: &self.shrunk_sites, sum: self.shrank, noun: "decrease" };
        if change < 0 { [decrease, growth] } else { [growth, decrease] }
    }

    /// Counts the functions that only one window has.
    fn count_functions(&mut self, pair: &ColumnPair<'_>) {
        let mut weights = vec![[0_u64; 2]; pair.tree.frames().len()];
        for node in (1..pair.tree.len()).map(NodeId::new) {
            let [base, current] = &mut weights[pair.tree.frame(node).index()];
            *base |= pair.base.weight(node);
            *current |= pair.current.weight(node);
        }
        for pair in &self.moved {
            weights[pair.from.index()] = [0; 2];
            weights[pair.to.index()] = [0; 2];
        }
        let count = |wanted| weights.iter().filter(|[base, current]| presence(*base, *current) == wanted).count();
        (self.new, self.gone) = (count(Presence::New), count(Presence::Gone));
    }

    /// Computes sums, order and explanation of the changes of sites.
    fn summarize(&mut self, pair: &ColumnPair<'_>, sites: Vec<SiteChange>, options: &ChangeOptions<'_>) {
        let mut p_values: Vec<f64> = Vec::new();
        let mut changed: Vec<SiteChange> = Vec::new();
        let mut ranked: Vec<(u64, NodeId)> = Vec::new();
        for site in sites.into_iter().filter(|site| site.delta != 0) {
            if site.delta > 0 {
                self.grew = self.grew.saturating_add(site.delta);
            } else {
                self.shrank = self.shrank.saturating_add(site.delta);
            }
            let size = site.delta.unsigned_abs();
            let uncertainty = site.uncertainty();
            if pair.noise.is_some() && uncertainty.covers(site.delta) {
                self.within_noise += 1;
            } else {
                ranked.push((size, site.node));
            }
            p_values.push(pair.noise.map_or(0.0, |_| chance_of(site.delta, uncertainty)));
            changed.push(site);
        }
        let order = |one: &(u64, NodeId)| (std::cmp::Reverse(one.0), one.1);
        if ranked.len() > MOST_RANKED {
            ranked.select_nth_unstable_by_key(MOST_RANKED, order);
            ranked.truncate(MOST_RANKED);
        }
        ranked.sort_unstable_by_key(order);
        self.ranked = ranked.into_iter().map(|(_, node)| node).collect();
        p_values.extend(std::iter::repeat_n(1.0, unchanged_sites(pair)));
        let named = holm(&p_values, NAMED_LEVEL);
        let named = changed.iter().zip(named).filter(|(_, is_named)| *is_named);
        let (mut grown, mut shrunk) = (Vec::new(), Vec::new());
        for (&SiteChange { node, delta, .. }, _) in named {
            if delta > 0 {
                grown.push(Site { node, delta });
            } else {
                shrunk.push(Site { node, delta: delta.saturating_neg() });
            }
        }
        self.sites = fewest(grown, self.grew, options.share);
        let mut shrunk = fewest(shrunk, self.shrank.saturating_neg(), options.share);
        for site in &mut shrunk {
            site.delta = -site.delta;
        }
        self.shrunk_sites = shrunk;
        self.color_steps = (options.color_steps)(self.grew.saturating_sub(self.shrank));
    }
}

/// Number of sites of a few large objects that sampling could have changed and did not, which count in the correction.
fn unchanged_sites(pair: &ColumnPair<'_>) -> usize {
    let Some(noise) = pair.noise else { return 0 };
    let is_unchanged = |node: &NodeId| {
        let own = pair.current.own(*node);
        own != 0 && own == pair.base.own(*node) && is_rarely_changed(noise.own(*node))
    };
    (0..pair.tree.len()).map(NodeId::new).filter(is_unchanged).count()
}

/// Widths of the nodes.
#[derive(Clone, Debug)]
pub enum Widths {
    /// Widths of one of the columns.
    Column(Arc<Column>),
    /// Widths by the own weights of nodes, as prefix sums in preorder.
    Sums(Arc<CallTree>, Arc<[u64]>),
    /// Widths of one column, with siblings in the order of other widths.
    Ordered {
        /// Widths of the nodes.
        column: Arc<Column>,
        /// Widths by which siblings are ordered.
        order: Arc<Widths>,
    },
}

impl Widths {
    /// Computes the widths of a comparison.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub(super) fn new(
        width: Width,
        tree: &Arc<CallTree>,
        base: &Arc<Column>,
        current: &Arc<Column>,
        budget: &mut Budget,
    ) -> Result<Self, LimitError> {
        let parts = |node: usize| {
            // Figures of both windows in one unit: a mean of three and a mean of two are counted in sixths.
            let (node, a, b) = (NodeId::new(node), base.sums(), current.sums());
            let a_own = i128::from(a.raw_own(tree, node)).saturating_mul(i128::from(b.divisor()));
            (a_own, i128::from(b.raw_own(tree, node)).saturating_mul(i128::from(a.divisor())))
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

    /// Returns true if both are the same object, so that all nodes have equal widths.
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

    /// Width of a node relative to the others. The children of a node together are never wider than the node.
    #[inline]
    pub fn weight(&self, node: NodeId) -> u64 {
        match self {
            Self::Column(column) | Self::Ordered { column, .. } => column.weight(node),
            Self::Sums(tree, before) => before[tree.end(node)] - before[node.index()],
        }
    }

    /// Returns true if siblings are ordered by these widths.
    #[inline]
    pub fn is_by_weight(&self) -> bool {
        !matches!(self, Self::Ordered { .. })
    }

    /// Sort key of siblings, the largest first.
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

    #[test]
    fn a_change_has_a_word_and_a_step() {
        let change = |base, current| Change::of(base, current, None);
        assert_eq!((change(0, 5).presence, change(5, 0).presence), (Presence::New, Presence::Gone));
        assert_eq!(
            (change(1, 5).direction(), change(5, 1).direction()),
            (ChangeDirection::Grew, ChangeDirection::Shrank)
        );
        assert_eq!(change(3, 3).direction(), ChangeDirection::Same);
        let uncertainty = Some(Uncertainty { sigma: 3.0, step: 0.0 });
        assert_eq!(Change::of(10, 16, uncertainty).direction(), ChangeDirection::Noise);
        assert_eq!(Change::of(10, 17, uncertainty).direction(), ChangeDirection::Grew);
        let few = Some(Uncertainty { sigma: 20.0, step: 0.0 });
        assert_eq!(
            Change::of(0, 50, few).direction(),
            ChangeDirection::Grew,
            "few samples are no reason by themselves"
        );
        assert_eq!(change(0, 50).strength([10, 50]), ChangeStrength::Strong);
        assert_eq!(
            (change(100, 101).relative_strength(), change(100, 120).relative_strength()),
            (ChangeStrength::Light, ChangeStrength::Medium)
        );
    }
}
