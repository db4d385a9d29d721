//! Divisors of a comparison whose sides have different numbers of instances or processes.

use crate::analysis::base_instance::base_instances;
use crate::analysis::query::{BaseInstance, Query};
use crate::analysis::timeline::Timeline;
use crate::analysis::window::{Per, Window};
use crate::profile::{MergeTotals, Series};

/// Divisors of the figures of the window and of the base: per instance if the sides have different numbers of
/// instances, or of processes in a profile store.
pub(in crate::analysis) fn divisors(series: &Series, timeline: &Timeline, query: &Query) -> (Per, Per) {
    let differ = query.base.is_some_and(|base| {
        let then = base_processes(series, timeline, query, base);
        let now = processes(series, query.window, query.instance);
        let instances = |window| timeline.instances(series, window, query.instance);
        if then.is_some() || now.is_some() {
            // Counts of a store are fractions, as processes live for a part of the window; missed scrapes may change
            // them by a tenth. The other side may be files, which have an instance each.
            let [then, now] = [(then, base), (now, query.window)]
                .map(|(processes, window)| processes.unwrap_or_else(|| instances(window) as f64));
            return (now - then).abs() >= 0.1 * now.max(then);
        }
        query.base_instance == BaseInstance::Same && instances(base) != instances(query.window)
    });
    let resolve = |per: &Per| match per {
        Per::Auto if differ && query.is_per_instance_if_numbers_differ() => Per::Instance,
        per => per.clone(),
    };
    (resolve(&query.per), resolve(&query.base_per))
}

/// Processes alive at the same time in a window of a profile store; `None` for other sources.
fn processes(series: &Series, window: Window, instance: Option<usize>) -> Option<f64> {
    let members: Vec<usize> = window.members(series, instance).collect();
    series.merge_totals_in(members.iter().copied(), window.snapshots()).map(MergeTotals::processes)
}

/// Processes of the base: their mean over several instances, as the base is the mean of these.
fn base_processes(series: &Series, timeline: &Timeline, query: &Query, base: Window) -> Option<f64> {
    let Some(instances) = base_instances(series, timeline, query, base) else {
        return processes(series, base, query.instance);
    };
    let counts: Option<Vec<f64>> = instances.iter().map(|instance| processes(series, base, Some(*instance))).collect();
    counts.filter(|counts| !counts.is_empty()).map(|counts| counts.iter().sum::<f64>() / counts.len() as f64)
}
