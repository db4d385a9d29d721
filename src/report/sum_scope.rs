//! Scope of sums that are stored in a file: the options that change the sums of a profile.

use crate::analysis::{Aggregate, Answer, Inlines, Per, Pruning, StackDirection};
use crate::profile::Role;

/// Option that divides by a number of operations.
pub(super) const PER_OPERATION: &str = "per operation";

/// Returns the options that decide which values were summed, in a fixed order; empty for all values of a profile.
/// `aggregate` is the aggregation that was asked for. The number of operations is not among them: figures per operation
/// can be compared whatever the number was.
pub(super) fn scope(answer: &Answer, aggregate: Aggregate) -> Vec<String> {
    let query = &answer.query;
    let filters = query.filters.iter().filter(|filter| !filter.is_empty());
    let mut scope: Vec<String> = filters.map(|filter| format!("{} {}", filter.kind.word(), filter.pattern)).collect();
    scope.sort();
    scope.extend(query.instance.map(|instance| format!("instance {}", answer.series.instance_label(instance).raw())));
    scope.extend((aggregate != Aggregate::Auto).then(|| format!("aggregate {}", aggregate.word())));
    scope.extend(match &query.per {
        Per::Instance => Some("per instance".to_owned()),
        Per::Operations(_) => Some(PER_OPERATION.to_owned()),
        Per::Counter(name) => Some(format!("per {}", name.raw())),
        // A comparison of different numbers of instances is per instance; the sums of a file are of all instances.
        Per::Auto | Per::All => None,
    });
    let switches = [
        (answer.window_sums[query.sample_type].role == Role::Change, "changes"),
        (query.direction == StackDirection::Flipped, "flip"),
        (query.shape.inlines == Inlines::Hidden, "no-inlines"),
        (query.shape.pruning == Pruning::AllFrames, "all-frames"),
    ];
    scope.extend(switches.into_iter().filter(|(is_on, _)| *is_on).map(|(_, word)| word.to_owned()));
    scope
}

/// A scope in words.
pub(super) fn shown(scope: &[String]) -> String {
    if scope.is_empty() { "everything".to_owned() } else { format!("`{}`", scope.join("`, `")) }
}
