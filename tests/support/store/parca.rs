//! Calls of Parca over grpc-web.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;

use super::fleet::{Fleet, FleetProfile, TYPES, encoded};
use super::{Answer, TestStore, is_match, selector};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Message)]
pub struct Timestamp {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

impl Timestamp {
    fn millis(self) -> i64 {
        self.seconds * 1000 + i64::from(self.nanos / 1_000_000)
    }
}

#[derive(Clone, PartialEq, Message)]
struct MergeProfile {
    #[prost(string, tag = "1")]
    query: String,
    #[prost(message, optional, tag = "2")]
    start: Option<Timestamp>,
    #[prost(message, optional, tag = "3")]
    end: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
struct QueryRequest {
    #[prost(int32, tag = "1")]
    mode: i32,
    #[prost(message, optional, tag = "3")]
    merge: Option<MergeProfile>,
}

#[derive(Clone, PartialEq, Message)]
pub struct QueryResponse {
    #[prost(bytes = "vec", tag = "6")]
    pub pprof: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct QueryRangeRequest {
    #[prost(string, tag = "1")]
    query: String,
    #[prost(message, optional, tag = "2")]
    start: Option<Timestamp>,
    #[prost(message, optional, tag = "3")]
    end: Option<Timestamp>,
    #[prost(message, optional, tag = "5")]
    step: Option<Timestamp>,
    #[prost(string, repeated, tag = "6")]
    sum_by: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct QueryRangeResponse {
    #[prost(message, repeated, tag = "1")]
    pub series: Vec<MetricsSeries>,
}

#[derive(Clone, PartialEq, Message)]
pub struct MetricsSeries {
    #[prost(message, optional, tag = "1")]
    pub labelset: Option<LabelSet>,
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<MetricsSample>,
}

#[derive(Clone, PartialEq, Message)]
pub struct LabelSet {
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Label>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Message)]
pub struct Label {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub struct MetricsSample {
    #[prost(message, optional, tag = "1")]
    pub timestamp: Option<Timestamp>,
    #[prost(int64, tag = "2")]
    pub value: i64,
}

#[derive(Clone, PartialEq, Message)]
struct RangeRequest {
    #[prost(message, optional, tag = "1")]
    start: Option<Timestamp>,
    #[prost(message, optional, tag = "2")]
    end: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ProfileTypesResponse {
    #[prost(message, repeated, tag = "1")]
    pub types: Vec<ProfileType>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Message)]
pub struct ProfileType {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub sample_type: String,
    #[prost(string, tag = "3")]
    pub sample_unit: String,
    #[prost(string, tag = "4")]
    pub period_type: String,
    #[prost(string, tag = "5")]
    pub period_unit: String,
    #[prost(bool, tag = "6")]
    pub delta: bool,
}

#[derive(Clone, PartialEq, Message)]
struct LabelsRequest {
    #[prost(message, optional, tag = "2")]
    start: Option<Timestamp>,
    #[prost(message, optional, tag = "3")]
    end: Option<Timestamp>,
    #[prost(string, optional, tag = "4")]
    profile_type: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct ValuesRequest {
    #[prost(string, tag = "1")]
    label_name: String,
    #[prost(message, optional, tag = "3")]
    start: Option<Timestamp>,
    #[prost(message, optional, tag = "4")]
    end: Option<Timestamp>,
    #[prost(string, optional, tag = "5")]
    profile_type: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Texts {
    #[prost(string, repeated, tag = "1")]
    pub texts: Vec<String>,
}

/// Status and message of a refusal.
type Refusal = (u32, String);

pub(super) fn answer(store: &TestStore, method: &str, call: &str, kind: &str, body: &[u8]) -> Answer {
    if method != "POST" || !kind.starts_with("application/grpc-web") {
        return Answer::new(404, "text/plain; charset=utf-8", b"404 page not found\n".to_vec());
    }
    let message = body.get(5..).unwrap_or_default();
    let damaged = |_| (13, "invalid message".to_owned());
    let found: Result<Vec<u8>, Refusal> = match call {
        "ProfileTypes" => RangeRequest::decode(message).map_err(damaged).map(|request| types(store, &request)),
        "Labels" => LabelsRequest::decode(message).map_err(damaged).map(|request| labels(store, &request)),
        "Values" => ValuesRequest::decode(message).map_err(damaged).map(|request| values(store, &request)),
        "QueryRange" => QueryRangeRequest::decode(message).map_err(damaged).and_then(|request| totals(store, &request)),
        "Query" => QueryRequest::decode(message).map_err(damaged).and_then(|request| merge(store, &request)),
        other => Err((12, format!("unknown method {other} for service parca.query.v1alpha1.QueryService"))),
    };
    let mut answer = Answer::new(200, "application/grpc-web+proto", Vec::new());
    match found {
        Ok(message) => {
            answer.body = [frame(0, &message), frame(0x80, b"grpc-status: 0\r\n")].concat();
        }
        Err((status, message)) => {
            answer.headers.push(("Grpc-Status".to_owned(), status.to_string()));
            answer.headers.push(("Grpc-Message".to_owned(), message));
        }
    }
    answer
}

pub fn frame(flag: u8, content: &[u8]) -> Vec<u8> {
    let mut frame = vec![flag];
    frame.extend((content.len() as u32).to_be_bytes());
    frame.extend(content);
    frame
}

/// Labels of a profile, with the label names of Parca.
fn labels_of(profile: &FleetProfile) -> BTreeMap<String, String> {
    let rename = |(name, value): (&String, &String)| {
        let name = if name == "service_name" { "job" } else { name };
        (name.to_owned(), value.clone())
    };
    profile.labels.iter().map(rename).collect()
}

/// Index of a type, and true for a delta type.
fn type_of(id: &str) -> Option<(usize, bool)> {
    let (plain, is_delta) = id.strip_suffix(":delta").map_or((id, false), |plain| (plain, true));
    let of = TYPES.iter().position(|(name, unit)| plain == format!("memory:{name}:{unit}:space:bytes"))?;
    Some((of, is_delta))
}

/// Type and matchers of a query.
fn parsed(query: &str) -> Result<(Option<(usize, bool)>, super::Matchers), Refusal> {
    let at = query.find('{').unwrap_or(query.len());
    let matchers = selector(&query[at..]).map_err(|_| (3, "failed to parse query".to_owned()))?;
    Ok((type_of(&query[..at]), matchers))
}

fn within(store: &TestStore, start: Option<Timestamp>, end: Option<Timestamp>) -> Vec<&FleetProfile> {
    let range = start.unwrap_or_default().millis()..=end.unwrap_or_default().millis();
    store.fleet.profiles.iter().filter(|profile| range.contains(&profile.millis)).collect()
}

fn types(store: &TestStore, request: &RangeRequest) -> Vec<u8> {
    let deltas: BTreeSet<bool> = within(store, request.start, request.end).iter().map(|one| one.is_delta).collect();
    let of = |delta: bool| {
        TYPES.iter().map(move |(name, unit)| ProfileType {
            name: "memory".to_owned(),
            sample_type: (*name).to_owned(),
            sample_unit: (*unit).to_owned(),
            period_type: "space".to_owned(),
            period_unit: "bytes".to_owned(),
            delta,
        })
    };
    ProfileTypesResponse { types: deltas.into_iter().flat_map(of).collect() }.encode_to_vec()
}

/// Profiles of a type; all profiles for `None`.
fn of_type<'a>(profiles: Vec<&'a FleetProfile>, id: Option<&str>) -> Vec<&'a FleetProfile> {
    match id.map(type_of) {
        None => profiles,
        Some(found) => {
            profiles.into_iter().filter(|one| found.is_some_and(|(_, delta)| one.is_delta == delta)).collect()
        }
    }
}

fn labels(store: &TestStore, request: &LabelsRequest) -> Vec<u8> {
    let profiles = of_type(within(store, request.start, request.end), request.profile_type.as_deref());
    let names: BTreeSet<String> = profiles.into_iter().flat_map(|one| labels_of(one).into_keys()).collect();
    Texts { texts: names.into_iter().collect() }.encode_to_vec()
}

fn values(store: &TestStore, request: &ValuesRequest) -> Vec<u8> {
    let profiles = of_type(within(store, request.start, request.end), request.profile_type.as_deref());
    let values = profiles.into_iter().filter_map(|one| labels_of(one).remove(&request.label_name));
    let values: BTreeSet<String> = values.collect();
    Texts { texts: values.into_iter().collect() }.encode_to_vec()
}

fn totals(store: &TestStore, request: &QueryRangeRequest) -> Result<Vec<u8>, Refusal> {
    let (of, matchers) = parsed(&request.query)?;
    let mut found: BTreeMap<Vec<Label>, BTreeMap<Timestamp, i64>> = BTreeMap::new();
    for profile in within(store, request.start, request.end) {
        let labels = labels_of(profile);
        let Some((of, _)) = of.filter(|(_, delta)| *delta == profile.is_delta && is_match(&labels, &matchers)) else {
            continue;
        };
        let is_kept = |name: &String| !profile.is_delta || request.sum_by.contains(name);
        let kept = labels.into_iter().filter(|(name, _)| is_kept(name));
        let group: Vec<Label> = kept.map(|(name, value)| Label { name, value }).collect();
        let time = match request.step.filter(|_| profile.is_delta) {
            Some(step) => {
                let step = step.millis();
                let millis = profile.millis.div_euclid(step) * step;
                Timestamp { seconds: millis / 1000, nanos: (millis % 1000) as i32 * 1_000_000 }
            }
            None => Timestamp { seconds: profile.millis / 1000, nanos: (profile.millis % 1000) as i32 * 1_000_000 },
        };
        *found.entry(group).or_default().entry(time).or_default() += profile.total(of);
    }
    if found.is_empty() {
        return Err((5, "No data found for the query, try a different query or time range.".to_owned()));
    }
    let series = found.into_iter().map(|(labels, points)| MetricsSeries {
        labelset: Some(LabelSet { labels }),
        samples: points.into_iter().map(|(time, value)| MetricsSample { timestamp: Some(time), value }).collect(),
    });
    Ok(QueryRangeResponse { series: series.collect() }.encode_to_vec())
}

fn merge(store: &TestStore, request: &QueryRequest) -> Result<Vec<u8>, Refusal> {
    let merge = request.merge.clone().unwrap_or_default();
    let (found, matchers) = parsed(&merge.query)?;
    let (of, delta) = found.unwrap_or((3, true));
    let profiles = within(store, merge.start, merge.end).into_iter();
    let profiles =
        profiles.filter(|one| found.is_some() && one.is_delta == delta && is_match(&labels_of(one), &matchers));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&encoded(&Fleet::sum(profiles, of, true), of)).unwrap();
    Ok(QueryResponse { pprof: encoder.finish().unwrap() }.encode_to_vec())
}
