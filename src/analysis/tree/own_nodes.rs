//! Nodes at which samples end. Sums over the nodes of a huge deep tree are stored for these nodes alone.

use std::ops::Range;

use crate::analysis::tree::CallTree;
use crate::base::ids::NodeId;
use crate::base::limits::{Budget, LimitError};
use crate::base::step_count;
use crate::profile::Series;

/// Nodes of a tree for each node at which samples end, from which on the others get no place. A column then takes a
/// quarter of the memory or less, and a figure two more look-ups.
const MIN_RATIO: usize = 4;
/// Nodes of the smallest such tree. Below, time counts more than memory: the keys of the explorer visit all nodes.
const MIN_NODES: usize = 4 << 20;
/// Nodes that share an entry of [`Places::bases`]. Their number of places fits a byte.
const BLOCK: usize = 128;

/// Nodes at which samples end, numbered in preorder.
#[derive(Clone, Debug, Default)]
pub(super) enum OwnNodes {
    /// All nodes count as such.
    #[default]
    All,
    /// Few of the nodes.
    Few(Places),
}

/// Number of places before each node of a tree, and before its end.
#[derive(Clone, Debug)]
pub(in crate::analysis) struct Places {
    /// Number of places before each block of nodes.
    bases: Vec<u32>,
    /// Number of places before each node within its block.
    within: Vec<u8>,
}

impl OwnNodes {
    /// Finds the nodes at which samples of a series end.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub(super) fn new(series: &Series, tree: &CallTree, budget: &mut Budget) -> Result<Self, LimitError> {
        if tree.len() < MIN_NODES {
            return Ok(Self::All);
        }
        let places = Places::new(series, tree, budget)?;
        Ok(if places.before(tree.len()) > tree.len() / MIN_RATIO { Self::All } else { Self::Few(places) })
    }
}

impl Places {
    fn new(series: &Series, tree: &CallTree, budget: &mut Budget) -> Result<Self, LimitError> {
        let mut within = Vec::new();
        budget.grow(&mut within, tree.len() + 1)?;
        within.resize(tree.len() + 1, 0);
        for samples in series.snapshots().iter().map(|snapshot| &*snapshot.samples) {
            step_count::count_steps(samples.len());
            for (stack, set) in samples.stacks.iter().zip(&samples.labels) {
                if let Some(node) = tree.node_of_stack(tree.stack(*stack, *set)) {
                    within[node.index()] = 1;
                }
            }
        }
        Self::of_marks(within, budget)
    }

    /// Numbers the nodes that are marked with 1.
    fn of_marks(mut marks: Vec<u8>, budget: &mut Budget) -> Result<Self, LimitError> {
        let mut bases = Vec::new();
        budget.grow(&mut bases, marks.len().div_ceil(BLOCK))?;
        let mut base = 0;
        for block in marks.chunks_mut(BLOCK) {
            bases.push(base);
            let mut places = 0;
            for mark in block {
                places += std::mem::replace(mark, places);
            }
            base += u32::from(places);
        }
        Ok(Self { bases, within: marks })
    }

    /// Places of some nodes. A call of its own, so that figures of all other trees stay a few instructions.
    #[inline(never)]
    fn of(&self, nodes: &Range<usize>) -> Range<usize> {
        self.before(nodes.start)..self.before(nodes.end)
    }

    /// Number of places before a node.
    #[inline]
    pub(in crate::analysis) fn before(&self, node: usize) -> usize {
        self.bases[node / BLOCK] as usize + usize::from(self.within[node])
    }
}

impl CallTree {
    /// Tree whose columns have places only for the nodes at which samples end, however small it is.
    #[cfg(test)]
    pub(in crate::analysis) fn with_places(self, series: &Series) -> Result<Self, LimitError> {
        let places = Places::new(series, &self, &mut series.budget().clone())?;
        Ok(Self { own_nodes: OwnNodes::Few(places), ..self })
    }

    /// Places of the nodes at which samples end; `None` if all nodes have one.
    pub(in crate::analysis) fn places(&self) -> Option<&Places> {
        match &self.own_nodes {
            OwnNodes::All => None,
            OwnNodes::Few(places) => Some(places),
        }
    }

    /// Number of places that a column of own values takes.
    pub(in crate::analysis) fn own_places(&self) -> usize {
        self.own_places_of(0..self.len()).end
    }

    /// Place of the own value of a node at which samples end.
    #[inline]
    pub(in crate::analysis) fn own_place(&self, node: NodeId) -> usize {
        match &self.own_nodes {
            OwnNodes::All => node.index(),
            OwnNodes::Few(places) => places.before(node.index()),
        }
    }

    /// Places of the own values of some nodes.
    #[inline]
    pub(in crate::analysis) fn own_places_of(&self, nodes: Range<usize>) -> Range<usize> {
        match &self.own_nodes {
            OwnNodes::All => nodes,
            OwnNodes::Few(places) => places.of(&nodes),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::analysis::query::{Shares, TreeShape};
    use crate::analysis::timeline::Timeline;
    use crate::analysis::window::Window;
    use crate::analysis::window_sum::{WindowRequest, WindowSum};
    use crate::analysis::{Column, FilteredTree, Flat};
    use crate::base::ids::{LabelSetId, StackId};
    use crate::profile::{Location, Profile, SampleType, Samples, Trie, Values};

    /// Series of one snapshot: each sample has the location ids of its stack, callers first, and a value.
    fn series(stacks: &[(Vec<u32>, i64)]) -> Series {
        let mut budget = Budget::new(1 << 24);
        let (mut profile, mut values, mut ends) = (Profile::default(), Values::default(), Vec::new());
        profile.header.sample_types = vec![SampleType::new("inuse_space", "bytes")];
        let tables = profile.tables_mut();
        tables.symbols.strings.push(&b""[..], &mut budget).unwrap();
        let locations: Vec<_> = (1..9)
            .map(|address| tables.symbols.push_location(Location::new(address, None), [], &mut budget).unwrap())
            .collect();
        for (stack, value) in stacks {
            let below = |caller: StackId, location: &u32| {
                tables.trie.child(caller, locations[*location as usize], &mut budget).unwrap()
            };
            ends.push(stack.iter().fold(Trie::ROOT, below));
            values.push(*value, &mut budget).unwrap();
        }
        let labels = vec![LabelSetId::EMPTY; ends.len()];
        profile.samples = Samples { stacks: ends.into(), labels: labels.into(), values: vec![values] };
        Series::new(profile, budget)
    }

    proptest! {
        #[test]
        fn places_are_numbered_in_order(marks in prop::collection::vec(0_u8..2, 1..600)) {
            let places = Places::of_marks(marks.clone(), &mut Budget::new(1 << 20)).unwrap();
            let mut before = 0;
            for (node, mark) in marks.iter().enumerate() {
                prop_assert_eq!(places.before(node), before);
                before += usize::from(*mark);
            }
        }

        #[test]
        fn figures_do_not_depend_on_places(
            stacks in prop::collection::vec((prop::collection::vec(0_u32..8, 0..20), -50_i64..500), 1..40),
        ) {
            let series = series(&stacks);
            let mut budget = series.budget().clone();
            let window_sum =
                WindowSum::new(&series, &Timeline::new(&series), &WindowRequest::new(0, Window::default()));
            let tree = CallTree::new(&series, TreeShape::default(), &mut budget).unwrap();
            let mut columns = [tree.clone(), tree.with_places(&series).unwrap()].map(|tree| {
                let filtered = FilteredTree::new(Arc::new(tree), None, Shares::Unfiltered);
                let plain = Column::new(&series, &filtered, 0, &window_sum, &mut budget).unwrap();
                let scaled = plain.scaled(&series, 0, &window_sum, 0.3, &mut budget).unwrap();
                let figures = [plain, scaled].map(|column| {
                    let of = |node| (column.own(node), column.total(node), column.weight(node));
                    let nodes: Vec<_> = (0..filtered.tree().len()).map(NodeId::new).map(of).collect();
                    (nodes, column.abs_share_base(), Flat::by_frame(filtered.tree(), &column))
                });
                (filtered.tree().own_places(), figures)
            });
            let [(nodes, dense), (places, sparse)] = &mut columns;
            prop_assert!(places <= nodes && *places <= stacks.len());
            prop_assert_eq!(dense, sparse);
        }
    }
}
