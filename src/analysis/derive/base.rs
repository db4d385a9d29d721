//! First step of an answer: compiled filters, the filtered tree, and the nodes of the samples that the filters keep.

use std::sync::Arc;

use crate::analysis::derive::{Answer, QueryError};
use crate::analysis::filter::{CompiledFilters, Mask};
use crate::analysis::frames::LocationFrames;
use crate::analysis::label_roots::LabelRoots;
use crate::analysis::prune;
use crate::analysis::query::{Pruning, Stacks};
use crate::analysis::{CallTree, FilteredTree, Query, stack_rows};
use crate::base::limits::Budget;
use crate::base::names::{Language, language_of};
use crate::profile::Series;

/// Tree and samples from which all figures of an answer are derived.
pub(super) struct DeriveBase {
    pub(super) filters: Arc<CompiledFilters>,
    pub(super) filtered: FilteredTree,
    pub(super) language: Language,
    /// Filters of the base of a comparison, and the samples that pass them; those of the window if the filters are the
    /// same.
    pub(super) of_base: (Arc<CompiledFilters>, FilteredTree),
    /// Frames of each location, from which rows are added up; `None` if the tree has its nodes.
    pub(super) of_location: Option<LocationFrames>,
}

impl DeriveBase {
    /// Derives the tree and samples of a query, reusing the parts of `before` whose inputs are the same.
    pub(super) fn new(
        series: &Series,
        query: &Query,
        before: Option<&Answer>,
        budget: &mut Budget,
    ) -> Result<Self, QueryError> {
        let limited_to = (query.stacks != Stacks::All).then_some(query.sample_type);
        let same_tree =
            before.filter(|before| before.query.has_tree_of(query) && before.tree.has_stacks_of(limited_to));
        let same_tree = same_tree.filter(|before| before.rows.is_none());
        let same_samples = same_tree.filter(|before| before.query.has_samples_of(query));
        if let Some(before) = same_samples {
            let filtered = FilteredTree::new(Arc::clone(&before.tree), before.filtered.mask().cloned(), query.shares);
            let of_window = (Arc::clone(&before.filters), filtered);
            let of_base = of_base(series, query, same_tree, &of_window, budget)?;
            let (filters, filtered) = of_window;
            return Ok(Self { filters, filtered, language: before.language, of_base, of_location: None });
        }
        let keys: Vec<&str> = query.root_keys().collect();
        let label_roots = match same_tree {
            Some(before) => before.tree.label_roots().cloned(),
            None if keys.is_empty() => None,
            None => Some(Arc::new(LabelRoots::new(series, &keys, budget)?)),
        };
        let filters = CompiledFilters::new(series, &query.filters, label_roots.as_deref())?;
        let mut of_location = None;
        let (tree, language) = if let Some(before) = same_tree {
            (Arc::clone(&before.tree), before.language)
        } else {
            let tree = if stack_rows::suffice(series, query) {
                let (tree, frames) = CallTree::without_nodes(series, query.shape, budget)?;
                of_location = Some(frames);
                tree
            } else {
                CallTree::filtered(series, query.shape, limited_to, &filters, label_roots.as_ref(), budget)?
            };
            let frames = tree.frames();
            let language = language_of(
                frames.ids().skip(1).map(|frame| (frames.name(frame), frames.file(frame).unwrap_or_default())),
            );
            (Arc::new(tree), language)
        };
        let mask = mask(series, query, &filters, label_roots.as_deref(), budget)?;
        let of_window = (Arc::new(filters), FilteredTree::new(tree, mask, query.shares));
        let of_base = of_base(series, query, same_tree, &of_window, budget)?;
        let (filters, filtered) = of_window;
        Ok(Self { filters, filtered, language, of_base, of_location })
    }
}

/// Computes the mask of the samples that pass the filters; `None` if all pass.
fn mask(
    series: &Series,
    query: &Query,
    filters: &CompiledFilters,
    label_roots: Option<&LabelRoots>,
    budget: &mut Budget,
) -> Result<Option<Arc<Mask>>, QueryError> {
    let trie = label_roots.map_or(series.trie(), |label_roots| &label_roots.trie);
    let verdicts = match query.shape.pruning {
        Pruning::FileRules => prune::pruned_locations(series),
        Pruning::AllFrames => None,
    };
    Ok(Mask::new(series, trie, filters, verdicts.as_deref(), budget)?.map(Arc::new))
}

/// Filters of the base and the samples that pass them: those of the window, those of the comparison in `before`, or new
/// ones.
fn of_base(
    series: &Series,
    query: &Query,
    before: Option<&Answer>,
    of_window: &(Arc<CompiledFilters>, FilteredTree),
    budget: &mut Budget,
) -> Result<(Arc<CompiledFilters>, FilteredTree), QueryError> {
    if query.base.is_none() || query.base_filters.is_empty() {
        return Ok(of_window.clone());
    }
    let wanted = query.filters_of_base();
    let tree = of_window.1.tree();
    let same = before.filter(|before| before.query.filters_of_base() == wanted);
    if let Some(known) = same.and_then(|before| before.base.as_ref()) {
        let filtered = FilteredTree::new(Arc::clone(tree), known.filtered.mask().cloned(), query.shares);
        return Ok((Arc::clone(&known.filters), filtered));
    }
    let label_roots = tree.label_roots().map(|label_roots| &**label_roots);
    let filters = CompiledFilters::new(series, &wanted, label_roots)?;
    let mask = mask(series, query, &filters, label_roots, budget)?;
    Ok((Arc::new(filters), FilteredTree::new(Arc::clone(tree), mask, query.shares)))
}
