//! Owners of frames, and memory of owners: each value counts for the innermost function on its stack that has an owner.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::analysis::amount::Amount;
use crate::analysis::noise::NoiseRequest;
use crate::analysis::query::TreeShape;
use crate::analysis::{Answer, CallTree, FilteredTree, Granularity, Noise};
use crate::base::ids::NodeId;
use crate::base::limits::{Budget, LimitError};
use crate::profile::UNOWNED;

/// Memory of an owner.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnerSum {
    /// Sum.
    pub own: Amount,
    /// Variance by sampling; `None` if it is not known.
    pub variance: Option<f64>,
    /// Parts of the sum, by the function that has them as self.
    pub functions: BTreeMap<String, Amount>,
}

/// Owners of every frame of an answer by the rules of its series, separated by spaces.
pub fn frame_owners(answer: &Answer) -> Vec<&str> {
    let frames = answer.tree.frames();
    frames.ids().map(|frame| frames.owner(frame)).collect()
}

/// The samples that pass the filters, on a tree whose frames have one owner each: functions of one name in several files
/// are told apart. `None` if the frames of the answer already have one owner each.
fn by_file(answer: &Answer, filtered: &FilteredTree, budget: &mut Budget) -> Result<Option<FilteredTree>, LimitError> {
    if !answer.tree.frames().has_several_owners() {
        return Ok(None);
    }
    let shape = TreeShape { granularity: Granularity::FileFunctions, ..answer.query.shape };
    let (limited_to, label_roots) = (Some(answer.query.sample_type), answer.tree.label_roots());
    let tree = CallTree::filtered(&answer.series, shape, limited_to, &answer.filters, label_roots, budget)?;
    Ok(Some(FilteredTree::new(Arc::new(tree), filtered.mask().cloned(), filtered.shares())))
}

/// Memory of every owner in the current window of `request`, of the samples that pass the filters; empty without rules
/// for owners. `divided` divides a sum.
///
/// # Errors
/// [`LimitError`] when the budget is exceeded.
pub(super) fn owner_sums(
    answer: &Answer,
    filtered: &FilteredTree,
    request: &NoiseRequest<'_>,
    noise: Option<&Noise>,
    divided: &dyn Fn(i128) -> Amount,
) -> Result<BTreeMap<String, OwnerSum>, LimitError> {
    if answer.series.owners().is_none() {
        return Ok(BTreeMap::new());
    }
    let mut budget = answer.series.budget().clone();
    let split = by_file(answer, filtered, &mut budget)?;
    let noise = match &split {
        Some(split) => Noise::new(&answer.series, &answer.timeline, split, request, &mut budget)?.map(Cow::Owned),
        None => noise.map(Cow::Borrowed),
    };
    let filtered = split.as_ref().unwrap_or(filtered);
    let (tree, sample_type, window_sum) = (filtered.tree(), request.sample_type, request.current);
    let (frames, strings) = (tree.frames(), &answer.series.symbols().strings);
    let mut of_node: Vec<&str> = Vec::with_capacity(tree.len());
    for node in (0..tree.len()).map(NodeId::new) {
        let own = frames.owner(tree.frame(node));
        let above = tree.parent(node).map_or(UNOWNED, |parent| of_node[parent.index()]);
        of_node.push(if own == UNOWNED { above } else { own });
    }
    let mut sums = vec![0_i128; tree.len()];
    for (snapshot, factor) in &window_sum.terms {
        let samples = &answer.series.snapshots()[*snapshot].samples;
        filtered.for_each(samples, sample_type, |_, node, value| {
            sums[node.index()] += i128::from(value) * i128::from(*factor);
        });
    }
    // Sums are divided once, at the end: each division may round.
    let mut parts: BTreeMap<&str, BTreeMap<Cow<'_, str>, i128>> = BTreeMap::new();
    let mut variances: BTreeMap<&str, f64> = BTreeMap::new();
    for (index, sum) in sums.into_iter().enumerate().filter(|(_, sum)| *sum != 0) {
        let node = NodeId::new(index);
        let owner = of_node[index];
        *variances.entry(owner).or_default() += noise.as_ref().map_or(0.0, |noise| noise.own(node).sigma.powi(2));
        let frame = tree.frame(node);
        let function = frames.function(frame).filter(|_| split.is_some());
        let name =
            function.map_or_else(|| frames.rows()[frames.row(frame)].name.raw().into(), |name| strings.text(name));
        *parts.entry(owner).or_default().entry(name).or_default() += sum;
    }
    let owner_sum = |(owner, functions): (&str, BTreeMap<Cow<'_, str>, i128>)| {
        let own = divided(functions.values().sum());
        let variance = noise.as_ref().and_then(|_| variances.get(owner).copied());
        let functions = functions.into_iter().map(|(name, sum)| (name.into_owned(), divided(sum))).collect();
        (owner.to_owned(), OwnerSum { own, variance, functions })
    };
    Ok(parts.into_iter().map(owner_sum).collect())
}
