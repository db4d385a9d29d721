//! Objects below a node by size class; classes end at powers of two.
//!
//! Go writes the object size of a sample as the number of its label `bytes`. Profiles without it have no classes.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::analysis::column::rounded;
use crate::analysis::labels::class_of;
use crate::analysis::{Answer, WindowSum};
use crate::base::ids::{LabelSetId, NodeId};
use crate::profile::{Measure, Series};

/// Class of object sizes, from one power of two to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeClass {
    /// Smallest size in bytes.
    pub least: i64,
    /// Largest size in bytes.
    pub most: i64,
    /// Number of objects, from the sample type that counts those of the chosen type.
    pub objects: i64,
    /// Sum of the chosen sample type.
    pub held: i64,
}

/// Objects under a node in the window by size class, the smallest first; empty if samples do not state sizes.
pub fn size_classes(answer: &Answer, node: NodeId) -> Vec<SizeClass> {
    let sizes = sizes(&answer.series);
    if sizes.iter().all(Option::is_none) {
        return Vec::new();
    }
    let under = node.index()..answer.tree.end(node);
    let chosen = answer.query.sample_type;
    let held = by_class(answer, chosen, &sizes, &under);
    let objects = objects_of(&answer.series, chosen);
    let counts = match objects {
        Some(objects) if objects != chosen => by_class(answer, objects, &sizes, &under),
        _ => held.clone(),
    };
    let classes = held.into_iter().map(|((least, most), held)| {
        let objects = counts.get(&(least, most)).copied().unwrap_or(0);
        SizeClass { least, most, objects, held }
    });
    classes.filter(|class| class.held != 0).collect()
}

/// Object size of each label set; `None` for a set without a size.
fn sizes(series: &Series) -> Vec<Option<i64>> {
    let bytes = |string| series.symbols().strings.bytes(string);
    let size = |set: LabelSetId| {
        let mut labels = series.labels().get(set).iter();
        labels.find(|label| bytes(label.key) == b"bytes" && bytes(label.text).is_empty()).map(|label| label.number)
    };
    series.labels().ids().map(size).collect()
}

/// Sample type that counts the objects of another.
fn objects_of(series: &Series, chosen: usize) -> Option<usize> {
    let this = series.roles().get(chosen)?;
    if this.measure == Measure::Objects { Some(chosen) } else { this.paired_type }
}

/// Sum of a sample type on a range of nodes, by size class.
fn by_class(
    answer: &Answer,
    sample_type: usize,
    sizes: &[Option<i64>],
    under: &Range<usize>,
) -> BTreeMap<(i64, i64), i64> {
    let window_sum: &WindowSum = &answer.window_sums[sample_type];
    let mut sums: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for (snapshot, factor) in &window_sum.terms {
        let samples = &answer.series.snapshots()[*snapshot].samples;
        answer.filtered.for_each(samples, sample_type, |sample, node, value| {
            let Some(size) = sizes[samples.labels[sample].index()].filter(|_| under.contains(&node.index())) else {
                return;
            };
            let sum = sums.entry(class_of(size)).or_default();
            *sum = sum.wrapping_add(value.wrapping_mul(*factor));
        });
    }
    for sum in sums.values_mut() {
        *sum = rounded(i128::from(*sum), window_sum.divisor);
    }
    sums
}
