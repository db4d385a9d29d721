//! Calls of Pyroscope.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;

use super::fleet::{Fleet, FleetProfile, TYPES, encoded};
use super::{Answer, Storage, TestStore, is_match, selector};

#[derive(Clone, PartialEq, Message)]
pub struct SeriesRequest {
    #[prost(string, repeated, tag = "1")]
    pub matchers: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub label_names: Vec<String>,
    #[prost(int64, tag = "3")]
    pub start: i64,
    #[prost(int64, tag = "4")]
    pub end: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct LabelNamesRequest {
    #[prost(string, repeated, tag = "1")]
    pub matchers: Vec<String>,
    #[prost(int64, tag = "2")]
    pub start: i64,
    #[prost(int64, tag = "3")]
    pub end: i64,
}

/// Request for a merge or for totals; both calls have the same first fields.
#[derive(Clone, PartialEq, Message)]
pub struct SelectRequest {
    #[prost(string, tag = "1")]
    pub profile_type: String,
    #[prost(string, tag = "2")]
    pub label_selector: String,
    #[prost(int64, tag = "3")]
    pub start: i64,
    #[prost(int64, tag = "4")]
    pub end: i64,
    #[prost(string, repeated, tag = "5")]
    pub group_by: Vec<String>,
    #[prost(double, tag = "6")]
    pub step: f64,
    #[prost(int32, tag = "7")]
    pub aggregation: i32,
}

#[derive(Clone, PartialEq, Message)]
struct HeatmapRequest {
    #[prost(string, tag = "1")]
    profile_type: String,
    #[prost(string, tag = "2")]
    label_selector: String,
    #[prost(int64, tag = "3")]
    start: i64,
    #[prost(int64, tag = "4")]
    end: i64,
    #[prost(double, tag = "5")]
    step: f64,
    #[prost(int32, tag = "7")]
    query_type: i32,
}

#[derive(Clone, PartialEq, Message)]
pub struct HeatmapResponse {
    #[prost(message, repeated, tag = "1")]
    pub series: Vec<HeatmapSeries>,
}

#[derive(Clone, PartialEq, Message)]
pub struct HeatmapSeries {
    #[prost(message, repeated, tag = "2")]
    pub slots: Vec<HeatmapSlot>,
}

#[derive(Clone, PartialEq, Message)]
pub struct HeatmapSlot {
    #[prost(int64, tag = "1")]
    pub timestamp: i64,
    #[prost(int32, repeated, tag = "3")]
    pub counts: Vec<i32>,
}

/// Request for a merge, in which the fifth field has a different meaning.
#[derive(Clone, PartialEq, Message)]
struct MergeRequest {
    #[prost(string, tag = "1")]
    profile_type: String,
    #[prost(string, tag = "2")]
    label_selector: String,
    #[prost(int64, tag = "3")]
    start: i64,
    #[prost(int64, tag = "4")]
    end: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Names {
    #[prost(string, repeated, tag = "1")]
    pub names: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Message)]
pub struct Pair {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Labels {
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Pair>,
}

#[derive(Clone, PartialEq, Message)]
pub struct SeriesResponse {
    #[prost(message, repeated, tag = "2")]
    pub labels_set: Vec<Labels>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Totals {
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Pair>,
    #[prost(message, repeated, tag = "2")]
    pub points: Vec<Point>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub struct Point {
    #[prost(double, tag = "1")]
    pub value: f64,
    #[prost(int64, tag = "2")]
    pub timestamp: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct TotalsResponse {
    #[prost(message, repeated, tag = "1")]
    pub series: Vec<Totals>,
}

const DAY: i64 = 86_400_000;

pub(super) fn answer(store: &TestStore, method: &str, call: &str, kind: &str, body: &[u8]) -> Answer {
    const CALLS: [&str; 6] =
        ["ProfileTypes", "Series", "LabelNames", "SelectSeries", "SelectHeatmap", "SelectMergeProfile"];
    if call == "SelectHeatmap" && store.storage == Storage::V1 {
        let body = r#"{"code":"unimplemented","message":"this endpoint is not available in v1 frontend"}"#;
        return Answer::new(501, "application/json", body.into());
    }
    if !CALLS.contains(&call) {
        return Answer::new(404, "text/plain; charset=utf-8", b"404 page not found\n".to_vec());
    }
    if method != "POST" {
        return Answer::new(405, "", Vec::new());
    }
    if kind != "application/proto" {
        return Answer::new(415, "", Vec::new());
    }
    let found = match call {
        "ProfileTypes" => Ok(Ok(Vec::new())),
        "Series" => SeriesRequest::decode(body).map(|request| series(store, &request)),
        "LabelNames" => LabelNamesRequest::decode(body).map(|request| label_names(store, &request)),
        "SelectHeatmap" => HeatmapRequest::decode(body).map(|request| heat_map(store, &request)),
        "SelectSeries" => SelectRequest::decode(body).map(|request| totals(store, &request)),
        _ => MergeRequest::decode(body).map(|request| merge(store, &request)),
    };
    match found {
        Ok(Ok(body)) => Answer::new(200, "application/proto", body),
        Ok(Err(message)) => refused(store, &message),
        Err(_) => refused(store, "unmarshal message: unexpected EOF"),
    }
}

/// Error of the connect protocol. The older storage wraps the error of an inner service in another.
fn refused(store: &TestStore, message: &str) -> Answer {
    let object = |message: &str| serde_json::json!({ "code": "invalid_argument", "message": message }).to_string();
    let is_inner = store.storage == Storage::V1 && message.contains("parse error");
    let body = if is_inner { object(&object(message)) } else { object(message) };
    Answer::new(400, "application/json", body.into_bytes())
}

/// Labels of a profile as the store has them, for one type.
fn labels_of(profile: &FleetProfile, of: Option<usize>) -> BTreeMap<String, String> {
    let mut labels = profile.labels.clone();
    let service = labels.get("service_name").cloned().unwrap_or_default();
    let node = if profile.labels["pod"].ends_with(['a', 'x']) { "node-1" } else { "node-2" };
    let mut set = |name: &str, value: &str| drop(labels.insert(name.to_owned(), value.to_owned()));
    for (name, value) in [("__name__", "memory"), ("__period_type__", "space"), ("__period_unit__", "bytes")] {
        set(name, value);
    }
    set("__service_name__", &service);
    set("k8s.node.name", node);
    if let Some((name, unit)) = of.map(|of| TYPES[of]) {
        set("__profile_type__", &format!("memory:{name}:{unit}:space:bytes"));
        set("__type__", name);
        set("__unit__", unit);
    }
    labels
}

/// Index of a type; `None` for an unknown type.
fn type_of(id: &str) -> Option<usize> {
    TYPES.iter().position(|(name, unit)| id == format!("memory:{name}:{unit}:space:bytes"))
}

/// Returns true if the storage loses the values of a type in a profile.
fn is_lost(store: &TestStore, profile: &FleetProfile, of: usize) -> bool {
    store.storage == Storage::V1 && !profile.is_delta && of < 2
}

fn within(store: &TestStore, start: i64, end: i64) -> impl Iterator<Item = &FleetProfile> {
    store.fleet.profiles.iter().filter(move |profile| (start..=end).contains(&profile.millis))
}

fn series(store: &TestStore, request: &SeriesRequest) -> Result<Vec<u8>, String> {
    let matchers = request.matchers.iter().map(|text| selector(text)).collect::<Result<Vec<_>, _>>()?.concat();
    let mut sets = BTreeSet::new();
    for profile in within(store, request.start, request.end) {
        for of in (0..TYPES.len()).filter(|of| !is_lost(store, profile, *of)) {
            let labels = labels_of(profile, Some(of));
            if is_match(&labels, &matchers) {
                let is_asked = |name: &String| request.label_names.is_empty() || request.label_names.contains(name);
                let kept = labels.into_iter().filter(|(name, _)| is_asked(name));
                sets.insert(kept.map(|(name, value)| Pair { name, value }).collect::<Vec<_>>());
            }
        }
    }
    let labels_set = sets.into_iter().map(|labels| Labels { labels }).collect();
    Ok(SeriesResponse { labels_set }.encode_to_vec())
}

fn label_names(store: &TestStore, request: &LabelNamesRequest) -> Result<Vec<u8>, String> {
    let matchers = request.matchers.iter().map(|text| selector(text)).collect::<Result<Vec<_>, _>>()?.concat();
    let profiles = within(store, request.start, request.end);
    let labels = profiles.map(|profile| labels_of(profile, Some(3))).filter(|labels| is_match(labels, &matchers));
    let mut names: BTreeSet<String> = labels.flat_map(BTreeMap::into_keys).collect();
    // The older storage does not list labels with dots in their names.
    names.retain(|name| store.storage == Storage::V2 || !name.contains('.'));
    Ok(Names { names: names.into_iter().collect() }.encode_to_vec())
}

/// Returns the error of the real store for ranges that it refuses.
fn check_range(start: i64, end: i64) -> Result<(), String> {
    if start == 0 || end == 0 {
        return Err("missing time range in the query".to_owned());
    }
    if end < start {
        return Err("query start time is after end time".to_owned());
    }
    if end - start > DAY {
        let hours = (end - start) / 3_600_000;
        return Err(format!(
            "the query time range exceeds the limit (max_query_length, actual: {hours}h0m0s, limit: 1d)"
        ));
    }
    Ok(())
}

fn refused_selector(store: &TestStore, text: &str, error: &str) -> String {
    match store.storage {
        Storage::V1 => error.to_owned(),
        Storage::V2 => format!("parsing label selector {text:?}: {error}"),
    }
}

fn totals(store: &TestStore, request: &SelectRequest) -> Result<Vec<u8>, String> {
    check_range(request.start, request.end)?;
    let matchers =
        selector(&request.label_selector).map_err(|error| refused_selector(store, &request.label_selector, &error))?;
    let Some(of) = type_of(&request.profile_type) else { return Ok(Vec::new()) };
    let step = (request.step * 1000.0) as i64;
    if step < 1 {
        return Err("step must be >= 1ms".to_owned());
    }
    let last = request.start + (request.end - request.start) / step * step;
    let is_mean = request.aggregation == 1 && store.storage == Storage::V1;
    let mut found: BTreeMap<Vec<Pair>, BTreeMap<i64, (i64, i64)>> = BTreeMap::new();
    for profile in &store.fleet.profiles {
        let labels = labels_of(profile, None);
        // The point at t covers (t - step, t]; so does the point at the start of the range.
        let behind = profile.millis - request.start;
        let point =
            request.start + behind.div_euclid(step) * step + if behind.rem_euclid(step) == 0 { 0 } else { step };
        let is_within = point >= request.start && point <= last && profile.millis <= request.end;
        if !is_within || is_lost(store, profile, of) || !is_match(&labels, &matchers) {
            continue;
        }
        let group = request
            .group_by
            .iter()
            .filter_map(|name| Some(Pair { name: name.clone(), value: labels.get(name)?.clone() }));
        let mut group: Vec<Pair> = group.collect();
        group.sort();
        let sum = found.entry(group).or_default().entry(point).or_default();
        *sum = (sum.0 + profile.total(of), sum.1 + 1);
    }
    let value = |(sum, count): (i64, i64)| if is_mean { sum as f64 / count as f64 } else { sum as f64 };
    let series = found.into_iter().map(|(labels, points)| Totals {
        labels,
        points: points.into_iter().map(|(timestamp, sum)| Point { value: value(sum), timestamp }).collect(),
    });
    Ok(TotalsResponse { series: series.collect() }.encode_to_vec())
}

/// Counts of profiles over time, in 20 rows by their sums.
fn heat_map(store: &TestStore, request: &HeatmapRequest) -> Result<Vec<u8>, String> {
    check_range(request.start, request.end)?;
    let matchers = selector(&request.label_selector)?;
    let step = (request.step * 1000.0) as i64;
    let mut counts: BTreeMap<i64, i32> = BTreeMap::new();
    for profile in within(store, request.start, request.end) {
        let slot = request.start + (profile.millis - request.start + step - 1) / step * step;
        if is_match(&labels_of(profile, None), &matchers) && slot <= request.end {
            *counts.entry(slot).or_default() += 1;
        }
    }
    // The row of a count does not matter to any client here.
    let row = |count: i32| std::iter::once(count).chain([0; 19]).collect();
    let slots = counts.into_iter().map(|(timestamp, count)| HeatmapSlot { timestamp, counts: row(count) }).collect();
    Ok(HeatmapResponse { series: vec![HeatmapSeries { slots }] }.encode_to_vec())
}

fn merge(store: &TestStore, request: &MergeRequest) -> Result<Vec<u8>, String> {
    /// Profile without samples.
    const EMPTY: [u8; 6] = [0x0a, 0x00, 0x32, 0x00, 0x5a, 0x00];
    check_range(request.start, request.end)?;
    let matchers =
        selector(&request.label_selector).map_err(|error| refused_selector(store, &request.label_selector, &error))?;
    let Some(of) = type_of(&request.profile_type) else { return Ok(EMPTY.to_vec()) };
    let profiles = within(store, request.start, request.end)
        .filter(|profile| !is_lost(store, profile, of) && is_match(&labels_of(profile, None), &matchers));
    let sums = Fleet::sum(profiles, of, false);
    match (sums.is_empty(), store.storage) {
        (true, Storage::V1) => Ok(EMPTY.to_vec()),
        (true, Storage::V2) => Ok(Vec::new()),
        (false, _) => Ok(encoded(&sums, of)),
    }
}
