//! The ground of an answer: the filters put to the series, the tree that they leave, and which samples stand on it.

use std::sync::Arc;

use crate::analysis::derive::{Answer, QueryError};
use crate::analysis::filter::{CompiledFilters, Mask};
use crate::analysis::label_roots::LabelRoots;
use crate::analysis::prune;
use crate::analysis::query::{Pruning, Stacks};
use crate::analysis::{CallTree, FilteredTree, Query};
use crate::base::limits::Budget;
use crate::base::names::{Language, language_of};
use crate::profile::Series;

/// Tree and samples that all figures of an answer are derived from.
pub(super) struct DeriveBase {
    pub(super) filters: Arc<CompiledFilters>,
    pub(super) filtered: FilteredTree,
    pub(super) language: Language,
}

impl DeriveBase {
    /// Makes the ground of a query, of what an answer over the same series has of it.
    pub(super) fn new(
        series: &Series,
        query: &Query,
        before: Option<&Answer>,
        budget: &mut Budget,
    ) -> Result<Self, QueryError> {
        let only = (query.stacks == Stacks::NonZero).then_some(query.sample_type);
        let same_tree = before.filter(|before| before.query.has_tree_of(query) && before.tree.serves(only));
        let same_samples = same_tree.filter(|before| before.query.has_samples_of(query));
        if let Some(before) = same_samples {
            let filtered = FilteredTree::new(Arc::clone(&before.tree), before.filtered.mask().cloned(), query.shares);
            return Ok(Self { filters: Arc::clone(&before.filters), filtered, language: before.language });
        }
        let keys: Vec<&str> = query.root_keys().collect();
        let rooted = match same_tree {
            Some(before) => before.tree.rooted().cloned(),
            None if keys.is_empty() => None,
            None => Some(Arc::new(LabelRoots::new(series, &keys, budget)?)),
        };
        let filters = CompiledFilters::new(series, &query.filters, rooted.as_deref())?;
        let (tree, language) = if let Some(before) = same_tree {
            (Arc::clone(&before.tree), before.language)
        } else {
            let tree = CallTree::filtered(series, query.shape, only, &filters, rooted.as_ref(), budget)?;
            let frames = tree.frames();
            let language = language_of(
                frames.ids().skip(1).map(|frame| (frames.name(frame), frames.file(frame).unwrap_or_default())),
            );
            (Arc::new(tree), language)
        };
        let trie = rooted.as_ref().map_or(series.trie(), |rooted| &rooted.trie);
        let verdicts = match query.shape.pruning {
            Pruning::FileRules => prune::pruned_locations(series),
            Pruning::AllFrames => None,
        };
        let mask = Mask::new(series, trie, &filters, verdicts.as_deref(), budget)?.map(Arc::new);
        Ok(Self { filters: Arc::new(filters), filtered: FilteredTree::new(tree, mask, query.shares), language })
    }
}
