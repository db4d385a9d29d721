//! Owners of frames, and memory of owners: each value counts for the innermost function on its stack that has an owner.

use std::collections::BTreeMap;

use crate::analysis::amount::Amount;
use crate::analysis::filter::FunctionOwners;
use crate::analysis::{Answer, FilteredTree, Granularity, Noise, WindowSum};
use crate::base::ids::{FrameId, NodeId};
use crate::base::safe_text::SafeText;
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
    let (frames, strings) = (answer.tree.frames(), &answer.series.symbols().strings);
    let owners = FunctionOwners::new(&answer.series);
    let is_owner = answer.query.shape.granularity == Granularity::Owners;
    let of_frame = |frame: FrameId| {
        if frame == FrameId::ROOT {
            return UNOWNED;
        }
        if is_owner {
            return frames.name(frame);
        }
        let name = frames.function(frame).map(|name| strings.text(name));
        let file = frames.path(frame).map_or("", SafeText::raw);
        owners.of(name.as_deref().unwrap_or(frames.name(frame)), file)
    };
    frames.ids().map(of_frame).collect()
}

/// Memory of every owner in a weighted sum of the samples that pass the filters; empty without rules for owners.
/// `divided` divides a sum.
pub(super) fn owner_sums(
    answer: &Answer,
    filtered: &FilteredTree,
    window_sum: &WindowSum,
    noise: Option<&Noise>,
    divided: &dyn Fn(i128) -> Amount,
) -> BTreeMap<String, OwnerSum> {
    if answer.series.owners().is_none() {
        return BTreeMap::new();
    }
    let (tree, sample_type) = (&answer.tree, answer.query.sample_type);
    let frames = tree.frames();
    let of_frame = frame_owners(answer);
    let mut of_node: Vec<&str> = Vec::with_capacity(tree.len());
    for node in (0..tree.len()).map(NodeId::new) {
        let own = of_frame[tree.frame(node).index()];
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
    let mut parts: BTreeMap<&str, BTreeMap<&str, i128>> = BTreeMap::new();
    let mut variances: BTreeMap<&str, f64> = BTreeMap::new();
    for (index, sum) in sums.into_iter().enumerate().filter(|(_, sum)| *sum != 0) {
        let node = NodeId::new(index);
        let owner = of_node[index];
        *variances.entry(owner).or_default() += noise.map_or(0.0, |noise| noise.own(node).sigma.powi(2));
        let name = frames.rows()[frames.row(tree.frame(node))].name.raw();
        *parts.entry(owner).or_default().entry(name).or_default() += sum;
    }
    let owner_sum = |(owner, functions): (&str, BTreeMap<&str, i128>)| {
        let own = divided(functions.values().sum());
        let variance = noise.and_then(|_| variances.get(owner).copied());
        let functions = functions.into_iter().map(|(name, sum)| (name.to_owned(), divided(sum))).collect();
        (owner.to_owned(), OwnerSum { own, variance, functions })
    };
    parts.into_iter().map(owner_sum).collect()
}
