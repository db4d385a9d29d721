//! Nodes at which samples end. Sums over the nodes of a huge deep tree are stored for these nodes alone.

use std::ops::Range;

use crate::analysis::places::{Marks, Places};
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

/// Nodes at which samples end, numbered in preorder.
#[derive(Clone, Debug, Default)]
pub(super) enum OwnNodes {
    /// All nodes count as such.
    #[default]
    All,
    /// Few of the nodes.
    Few(Places),
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
        let places = places(series, tree, budget)?;
        Ok(if places.before(tree.len()) > tree.len() / MIN_RATIO { Self::All } else { Self::Few(places) })
    }
}

/// Numbers the nodes of a tree at which samples of a series end.
fn places(series: &Series, tree: &CallTree, budget: &mut Budget) -> Result<Places, LimitError> {
    let mut marks = Marks::new(tree.len(), budget)?;
    for samples in series.snapshots().iter().map(|snapshot| &*snapshot.samples) {
        step_count::count_steps(samples.len());
        for (stack, set) in samples.stacks.iter().zip(&samples.labels) {
            if let Some(node) = tree.node_of_stack(tree.stack(*stack, *set)) {
                marks.mark(node.index());
            }
        }
    }
    marks.numbered(budget)
}

impl CallTree {
    /// Tree whose columns have places only for the nodes at which samples end, however small it is.
    #[cfg(test)]
    pub(in crate::analysis) fn with_places(self, series: &Series) -> Result<Self, LimitError> {
        let places = places(series, &self, &mut series.budget().clone())?;
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
