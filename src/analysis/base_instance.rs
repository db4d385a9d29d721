//! Base of a comparison of one instance with others.
//!
//! The median of several heaps, function by function, is not a heap: medians do not add up, so that a frame could be
//! narrower than its callees. The base is therefore a whole heap: of the other instances, the one whose total is their
//! median. For an even number, the base is the mean of the two in the middle, stack by stack. In both cases its total
//! is the median of the totals, and one instance that leaks does not change it, as it would change the mean of all.

use crate::analysis::query::{BaseInstance, Query};
use crate::analysis::timeline::Timeline;
use crate::analysis::window::Window;
use crate::analysis::window_sum::{WindowRequest, WindowSum};
use crate::base::compact_sort::CompactSort;
use crate::profile::Series;

/// Instances whose mean is the base of a query over a window, by index; `None` if the base has the same instances as
/// the window. Empty if there is no other instance.
pub fn base_instances(series: &Series, timeline: &Timeline, query: &Query, window: Window) -> Option<Vec<usize>> {
    match query.base_instance {
        BaseInstance::Same => None,
        BaseInstance::One(instance) => Some(vec![instance]),
        BaseInstance::Median => Some(median_instances(series, timeline, query, window)),
    }
}

fn median_instances(series: &Series, timeline: &Timeline, query: &Query, window: Window) -> Vec<usize> {
    let mut others: Vec<usize> = timeline
        .lanes(series, window, None)
        .into_iter()
        .map(|lane| lane.instance)
        .filter(|instance| Some(*instance) != query.instance)
        .collect();
    others.dedup();
    let total = |instance: &usize| {
        let Query { sample_type, aggregate, role, .. } = *query;
        let request =
            WindowRequest { aggregate, role, instance: Some(*instance), ..WindowRequest::new(sample_type, window) };
        let sum = WindowSum::new(series, timeline, &request);
        (sum.is_growth() && !sum.terms.is_empty(), sum.sum(series, sample_type), *instance)
    };
    let mut totals: Vec<(bool, f64, usize)> = others.iter().map(total).collect();
    // Beside a growth, a value since the process began or none at all is another quantity.
    let has_growth = totals.iter().any(|(is_growth, ..)| *is_growth);
    totals.retain(|(is_growth, ..)| *is_growth == has_growth);
    let mut totals: Vec<(f64, usize)> = totals.into_iter().map(|(_, total, instance)| (total, instance)).collect();
    totals.compact_sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    let middle = totals.len().saturating_sub(1) / 2..totals.len() / 2 + 1;
    totals.get(middle).unwrap_or_default().iter().map(|(_, instance)| *instance).collect()
}
