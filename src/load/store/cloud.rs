//! Profiles of Google Cloud Profiler: single profiles, each from one instance of a deployment at a time.
//!
//! The service neither filters nor aggregates, so its pages are read up to the maximum number of requests. Bytes in use
//! of an instance are estimated by the mean over its deployment's profiles, since profiles do not name their instance.

use super::feed::{FeedInput, clock, no_data};
use super::plan::{StoreDivision, StoreRanges};
use super::response::read_bytes;
use crate::base::safe_text::{SafeText, safe_str};
use crate::base::units::counted;
use crate::format::FormatError;
use crate::load::{LoadContext, Reason, SkippedSource};
use crate::profile::{
    Measure, MemoryKind, Origin, ProcessCount, Profile, Role, SampleType, Series, StoreMerge, TypeRole, Warning,
    WarningKind, roles,
};
use crate::source::http::{CancelCheck, now_millis};
use crate::source::{CloudPages, CloudProfile, ResponseLimit, SourceError, Store, StoreClient, StoreError};
use crate::symbolize::Symbolizer;
use std::sync::Arc;

/// Types of profiles that measure memory, in the order of choice.
const MEMORY: [&str; 3] = ["HEAP", "PEAK_HEAP", "HEAP_ALLOC"];
/// Type with the bytes allocated during each profile.
const ALLOCATED: &str = "HEAP_ALLOC";
/// Nanoseconds of a millisecond.
const NANOS: i64 = 1_000_000;

/// Result of loading a deployment beside its series.
pub(in crate::load) struct CloudOutcome {
    pub(in crate::load) warnings: Vec<Warning>,
    /// Damaged profiles, of which others could be read.
    pub(in crate::load) skipped: Vec<SkippedSource>,
}

/// Loads the profiles of a deployment into a series, which is created if there is none. The series is not usable after
/// an error. A damaged profile is skipped as long as another can be read.
pub(in crate::load) fn load_cloud(
    input: &FeedInput<'_>,
    series: &mut Option<Series>,
    context: &LoadContext,
    symbolizer: &mut Symbolizer<'_>,
) -> Result<CloudOutcome, Reason> {
    let FeedInput { store, plan, side, number, .. } = *input;
    let target = store.query().ok_or(StoreError::NoTarget)?;
    let plan = super::StorePlan { division: StoreDivision::Profiles, ..plan.clone() };
    let ranges = StoreRanges::new(store, &plan, side, plan.now.unwrap_or_else(now_millis))?;
    let watched = Arc::clone(&context.progress);
    let is_cancelled: CancelCheck = Arc::new(move || watched.is_cancelled());
    let limit = ResponseLimit::of_load(&context.options.limits, context.budget.left());
    let client = StoreClient::new(store, limit, is_cancelled)?;
    let has_labels = |profile: &CloudProfile| {
        let names = &plan.instances;
        let is_instance = store
            .instance()
            .is_none_or(|label| names.is_empty() || names.iter().any(|name| profile.label(label) == name));
        is_instance && store.labels().iter().all(|(name, value)| profile.label(name) == value)
    };
    let is_wanted = |profile: &CloudProfile| {
        profile.target == target
            && MEMORY.contains(&profile.kind.as_str())
            && ranges.all.contains(profile.start_millis)
            && has_labels(profile)
    };
    let mut pages = client.pages(plan.most_requests, &is_wanted)?;
    let mut warnings = page_warnings(&pages);
    let kind = kind(&pages, plan.sample_type.as_deref());
    let Some(kind) = kind else { return Err(no_data(target, ranges.all).into()) };
    pages.profiles.retain(|profile| profile.kind == kind);
    context.progress.expect_parts(pages.profiles.len());
    // The profiles stay in memory until all are decoded, and the pages are not needed any more.
    client.forget_responses();
    let kept = pages.profiles.iter().filter_map(|found| found.bytes.as_ref()).map(|bytes| bytes.len() as u64).sum();
    let (mut is_read, mut is_counter_left, mut skipped) = (false, false, Vec::new());
    for mut found in pages.profiles {
        let budget = series.as_ref().map_or_else(|| context.budget.clone(), |series| series.budget().clone());
        let mut remaining_context = LoadContext { budget, ..context.clone() };
        remaining_context.budget.charge(kept).map_err(FormatError::from)?;
        let instance = store.instance().map(|label| found.label(label).to_owned()).unwrap_or_default();
        let (start, duration) = (found.start_millis, found.duration_millis);
        let mut profile = match read(found.bytes.take(), &mut remaining_context) {
            Err(reason) if !reason.is_cancelled() => {
                skipped.push(SkippedSource { source: name(store, &found), reason, origin: Origin::Named });
                context.progress.finish_part();
                continue;
            }
            profile => profile?,
        };
        // Counts since the process started cannot be compared between instances.
        if kind != ALLOCATED {
            is_counter_left |= drop_counters(&mut profile);
        }
        let header = &mut profile.header;
        header.source = SafeText::from(store.shown());
        header.time_nanos = start.saturating_mul(NANOS);
        if kind == ALLOCATED {
            header.duration_nanos = duration.saturating_mul(NANOS);
        } else {
            header.duration_nanos = 0;
            header.merge = Some(single_merge(&instance, number));
        }
        symbolizer.symbolize(&mut profile, &mut remaining_context.budget).map_err(FormatError::from)?;
        remaining_context.budget.release(kept);
        is_read = true;
        let series = match series {
            Some(series) => {
                series.add(profile, side.input())?;
                series
            }
            None => series.insert(Series::new(profile, remaining_context.budget)),
        };
        series.set_instance(&instance);
        context.progress.finish_part();
    }
    if !is_read && !skipped.is_empty() {
        return Err(skipped.swap_remove(0).reason);
    }
    if is_counter_left {
        let text = "`alloc_*` counts since each process began and is left out: `HEAP_ALLOC` profiles have changes";
        warnings.push(Warning::new(WarningKind::Store, text.to_owned()));
    }
    let text = "each profile is of one instance of the deployment: figures are those of one instance";
    warnings.push(Warning::new(WarningKind::Store, text.to_owned()));
    Ok(CloudOutcome { warnings, skipped })
}

/// Facts about a single profile of an instance.
fn single_merge(instance: &str, source: u32) -> StoreMerge {
    StoreMerge {
        profiles: 1,
        // Profiles come from different instances in turn, so the total is divided by their number alone.
        by_process: [ProcessCount { process: 0, profiles: 1, labels_hash: 0 }].into(),
        instance: SafeText::from(instance),
        source,
        ..StoreMerge::default()
    }
}

/// Name of one profile of a store: the address, and the name and time in the store.
fn name(store: &Store, profile: &CloudProfile) -> String {
    let CloudProfile { name, start_millis, .. } = profile;
    format!("{}: profile {} of {}", store.shown(), safe_str(name), clock(*start_millis))
}

/// Warnings about the pages that were read.
fn page_warnings(pages: &CloudPages) -> Vec<Warning> {
    let CloudPages { profiles, profiles_read, pages: count, skipped, is_complete } = pages;
    let pages = counted(*count, "page");
    let read = format!("{pages} with {} read, of which {} fit", counted(*profiles_read, "profile"), profiles.len());
    let mut warnings = vec![match is_complete {
        true => Warning::new(WarningKind::Store, read),
        false => {
            let text = format!("{read}: more are not read, since they would take more requests than are made");
            Warning::new(WarningKind::Incomplete, text)
        }
    }];
    if *skipped > 0 {
        let text = format!("the store left out {} of its pages", counted(*skipped as usize, "profile"));
        warnings.push(Warning::new(WarningKind::Incomplete, text));
    }
    let newest = profiles.last().map(|profile| clock(profile.start_millis));
    if let (false, Some(newest)) = (is_complete, newest) {
        warnings.push(Warning::new(WarningKind::Store, format!("the newest profile that was read is of {newest}")));
    }
    warnings
}

/// Profile type to load: the type with the requested sample type, else the type of bytes in use; `None` if there is
/// none.
fn kind(pages: &CloudPages, sample_type: Option<&str>) -> Option<String> {
    let has = |kind: &str| pages.profiles.iter().any(|profile| profile.kind == kind);
    let is_allocated = sample_type.is_some_and(|name| {
        roles(&[SampleType::new(name, "bytes")]).first().is_some_and(|role| role.kind == MemoryKind::Allocated)
    });
    let order = if is_allocated { [ALLOCATED, MEMORY[0], MEMORY[1]] } else { MEMORY };
    order.into_iter().find(|kind| has(kind)).map(str::to_owned)
}

/// Drops the sample types that count since the process started, if others remain; returns true if any were dropped.
fn drop_counters(profile: &mut Profile) -> bool {
    let found = roles(&profile.header.sample_types);
    let is_counter = |role: &TypeRole| role.role == Role::Counter;
    if !found.iter().any(is_counter) || found.iter().all(is_counter) {
        return false;
    }
    let kept: Vec<bool> = found.iter().map(|role| !is_counter(role)).collect();
    profile.keep_types(&kept);
    true
}

/// Decodes a profile in pprof's format.
fn read(bytes: Option<Vec<u8>>, context: &mut LoadContext) -> Result<Profile, Reason> {
    let bytes = bytes.ok_or(StoreError::Damaged("a profile is no base64")).map_err(SourceError::from)?;
    let profile = read_bytes(bytes, context)?;
    let has_memory = roles(&profile.header.sample_types).iter().any(|role| role.measure != Measure::Other);
    if profile.header.format != "pprof" || !has_memory {
        let kind = safe_str(profile.header.format).into_owned();
        return Err(SourceError::from(StoreError::OtherProfile(kind)).into());
    }
    Ok(profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(kinds: &[&str]) -> CloudPages {
        let profile = |(at, kind): (usize, &&str)| CloudProfile {
            kind: (*kind).to_owned(),
            start_millis: 60_000 * at as i64,
            ..CloudProfile::default()
        };
        let profiles = kinds.iter().enumerate().map(profile).collect();
        CloudPages { profiles, profiles_read: 7, pages: 2, skipped: 0, is_complete: true }
    }

    #[test]
    fn what_is_held_is_chosen_unless_allocations_are_asked_for() {
        let both = pages(&["HEAP_ALLOC", "HEAP"]);
        assert_eq!(kind(&both, None).as_deref(), Some("HEAP"));
        assert_eq!(kind(&both, Some("inuse_space")).as_deref(), Some("HEAP"));
        assert_eq!(kind(&both, Some("alloc_space")).as_deref(), Some("HEAP_ALLOC"));
        assert_eq!(kind(&pages(&["HEAP_ALLOC"]), None).as_deref(), Some("HEAP_ALLOC"));
        assert_eq!(kind(&pages(&[]), None), None);
    }

    #[test]
    fn pages_that_were_not_read_are_told() {
        let told = |pages: &CloudPages| -> Vec<String> {
            page_warnings(pages).into_iter().map(|warning| warning.text).collect()
        };
        assert_eq!(told(&pages(&["HEAP"])), ["2 pages with 7 profiles read, of which 1 fit"]);
        let cut = CloudPages { is_complete: false, skipped: 3, ..pages(&["HEAP"]) };
        assert_eq!(
            told(&cut),
            [
                "2 pages with 7 profiles read, of which 1 fit: more are not read, since they would take more requests than are made",
                "the store left out 3 profiles of its pages",
                "the newest profile that was read is of 1970-01-01T00:00:00Z",
            ]
        );
    }
}
