//! Plan of what is loaded from profile stores, from the options.

use std::cell::LazyCell;

use jiff::tz::TimeZone;

use crate::load::{StoreDivision, StorePlan};
use crate::source::http::now_millis;
use crate::source::{Address, Store};
use crate::view::span::Span;

use super::args::{InstanceArgs, LoadArgs, ViewArgs};
use super::flags::MEDIAN;
use super::message::CliFailure;

/// Returns an error for an option about stores or services among sources that are none.
///
/// # Errors
/// [`CliFailure`] with the option.
pub(crate) fn check<'a>(load: &LoadArgs, sources: impl Iterator<Item = &'a Address>) -> Result<(), CliFailure> {
    let sources: Vec<&Address> = sources.collect();
    let has_store = sources.iter().any(|address| address.store().is_some());
    let has_sums = sources.iter().any(|address| address.store().is_some_and(Store::has_sums));
    let has_service = sources.iter().any(|address| address.remote().is_some());
    let refused = |line: &str, hint: &str| Err(CliFailure::input(line, Some(hint.to_owned())));
    if load.store.single && !has_store {
        return refused("`--single` needs a profile store", "a file or a service has single profiles anyway");
    }
    if load.store.step.is_some() && !has_sums {
        let hint = if has_store {
            "Cloud Profiler has single profiles and adds nothing up"
        } else {
            "a file or a service has snapshots as they were taken"
        };
        return refused("`--step` needs a profile store that adds profiles up", hint);
    }
    if load.net.seconds.is_some() && !has_service {
        return refused("`--seconds` needs a service", "it asks an address such as `http://host:6060` for growth");
    }
    Ok(())
}

/// Instances to load from stores; empty for all, among which the median is found.
fn wanted_instances(args: &InstanceArgs) -> Vec<String> {
    match &args.base_instance {
        Some(base) if base == MEDIAN => Vec::new(),
        base => args.instance.iter().chain(base).cloned().collect(),
    }
}

/// Creates the plan for stores from the options.
pub(crate) fn store_plan(load: &LoadArgs, view: &ViewArgs) -> StorePlan {
    // Loading the time zone takes a millisecond, and few requests have a window.
    let zone = LazyCell::new(TimeZone::system);
    let now = now_millis();
    let bounds = |span: &Option<Span>| span.as_ref().map(|span| span.bounds(now, &zone));
    let step = load.store.step.and_then(|step| i64::try_from(step.as_millis()).ok());
    StorePlan {
        sample_type: view.sample_type.clone(),
        division: if load.store.single { StoreDivision::Profiles } else { StoreDivision::Steps },
        step_millis: step.map(|step| (step + 999) / 1000 * 1000),
        most_requests: load.store.max_requests,
        windows: [bounds(&load.window), bounds(&load.base_window)],
        instances: wanted_instances(&load.instances),
        ..StorePlan::default()
    }
}
