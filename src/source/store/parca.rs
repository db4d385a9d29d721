//! Calls of Parca: grpc-web over HTTP/1.1, which does not have the 4 MiB limit of the JSON gateway.
//!
//! A type without delta lists every profile with its exact time. A point of a delta type is at a multiple of the step
//! since 1970 and covers [t, t + step), so a range is requested without its last millisecond, and points are moved by
//! one millisecond.

use prost::Message;

use super::error::{Refusal, StoreError};
use super::grpc_web;
use super::kind::StoreKind;
use super::model::{Point, ProcessSeries, Service, ServiceList, StoreType, TimeRange};
use super::transport::{MOST_LISTED, Nested, ResponseLimit, Transport, check_count, check_page, check_points};
use crate::base::compact_sort::CompactSort;
use crate::source::http::Call;

/// Path of the service with the calls.
const SERVICE: &str = "/api/parca.query.v1alpha1.QueryService/";
/// Query mode that adds profiles up.
const MODE_MERGE: i32 = 2;
/// Report type of a pprof profile.
const REPORT_PPROF: i32 = 1;
/// Seconds between two points of a delta type.
const FINE_STEP: i64 = 1;
/// Maximum number of services whose labels are listed, with one request for each label.
const MOST_LABELLED: usize = 8;

#[derive(Clone, Copy, PartialEq, Message)]
struct Timestamp {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
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
    #[prost(int32, tag = "5")]
    report_type: i32,
}

#[derive(Clone, PartialEq, Message)]
struct QueryResponse {
    #[prost(bytes = "vec", tag = "6")]
    pprof: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct QueryRangeRequest {
    #[prost(string, tag = "1")]
    query: String,
    #[prost(message, optional, tag = "2")]
    start: Option<Timestamp>,
    #[prost(message, optional, tag = "3")]
    end: Option<Timestamp>,
    /// A duration, which has the same fields as a time.
    #[prost(message, optional, tag = "5")]
    step: Option<Timestamp>,
    #[prost(string, repeated, tag = "6")]
    sum_by: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
struct QueryRangeResponse {
    #[prost(message, repeated, tag = "1")]
    series: Vec<MetricsSeries>,
}

#[derive(Clone, PartialEq, Message)]
struct MetricsSeries {
    #[prost(message, optional, tag = "1")]
    labelset: Option<LabelSet>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<MetricsSample>,
}

#[derive(Clone, PartialEq, Message)]
struct LabelSet {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
}

#[derive(Clone, PartialEq, Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct MetricsSample {
    #[prost(message, optional, tag = "1")]
    timestamp: Option<Timestamp>,
    #[prost(int64, tag = "2")]
    value: i64,
}

#[derive(Clone, PartialEq, Message)]
struct ProfileTypesRequest {
    #[prost(message, optional, tag = "1")]
    start: Option<Timestamp>,
    #[prost(message, optional, tag = "2")]
    end: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
struct ProfileTypesResponse {
    #[prost(message, repeated, tag = "1")]
    types: Vec<ProfileType>,
}

#[derive(Clone, PartialEq, Message)]
struct ProfileType {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    sample_type: String,
    #[prost(string, tag = "3")]
    sample_unit: String,
    #[prost(string, tag = "4")]
    period_type: String,
    #[prost(string, tag = "5")]
    period_unit: String,
    #[prost(bool, tag = "6")]
    delta: bool,
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
struct Texts {
    #[prost(string, repeated, tag = "1")]
    texts: Vec<String>,
}

fn timestamp(millis: i64) -> Timestamp {
    Timestamp { seconds: millis.div_euclid(1000), nanos: (millis.rem_euclid(1000) * 1_000_000) as i32 }
}

/// First and last time of a range, in the form of the protocol.
fn ends(range: TimeRange) -> [Option<Timestamp>; 2] {
    [Some(timestamp(range.after)), Some(timestamp(range.until.saturating_sub(1).max(range.after)))]
}

/// Types of all profiles.
pub(super) fn types(transport: &Transport, range: TimeRange) -> Result<Vec<StoreType>, StoreError> {
    let [start, end] = ends(range);
    let body =
        call(transport, "ProfileTypes", &ProfileTypesRequest { start, end }, transport.limit().or_list(MOST_LISTED))?
            .unwrap_or_default();
    check_count(&body, &[], "types")?;
    let response = ProfileTypesResponse::decode(body.as_slice()).map_err(|_| StoreError::Damaged("a list of types"))?;
    let store_type = |found: ProfileType| {
        let ProfileType { name, sample_type, sample_unit, period_type, period_unit, delta } = found;
        let delta = if delta { ":delta" } else { "" };
        StoreType::parse(&format!("{name}:{sample_type}:{sample_unit}:{period_type}:{period_unit}{delta}"))
    };
    let mut types: Vec<StoreType> = response.types.into_iter().filter_map(store_type).collect();
    types.compact_sort_by(|one, other| one.id.cmp(&other.id));
    types.dedup();
    Ok(types)
}

/// Services with their types; also with their labels if there are few services.
pub(super) fn services(
    transport: &Transport,
    service_label: &str,
    range: TimeRange,
) -> Result<Vec<Service>, StoreError> {
    let mut services = ServiceList::default();
    for store_type in types(transport, range)? {
        for name in values(transport, service_label, Some(&store_type), range)? {
            services.service(&name).add_type(store_type.clone());
        }
    }
    if services.len() <= MOST_LABELLED {
        for (name, service) in services.iter_mut() {
            let Some(first) = service.first_type().cloned() else { continue };
            let selector = super::selector::with_label("{}", service_label, name);
            // Every profile lists all of its labels, unless its type is a delta type.
            let labels = if first.is_delta { label_names(transport, Some(&first), range)? } else { Vec::new() };
            for process in totals(transport, &first, &selector, &labels, range)? {
                for (name, value) in &process.labels {
                    service.add_label(name, value);
                }
            }
        }
    }
    Ok(services.into_services())
}

/// Services with their types and labels, of the profiles that a selector matches.
pub(super) fn matching_services(
    transport: &Transport,
    selector: &str,
    service_label: &str,
    range: TimeRange,
) -> Result<Vec<Service>, StoreError> {
    let mut services = ServiceList::default();
    for store_type in types(transport, range)? {
        // Every profile lists all of its labels, unless its type is a delta type.
        let labels = if store_type.is_delta { label_names(transport, Some(&store_type), range)? } else { Vec::new() };
        for process in totals(transport, &store_type, selector, &labels, range)? {
            let service = services.service(process.label(service_label));
            service.add_type(store_type.clone());
            process.labels.iter().for_each(|(name, value)| service.add_label(name, value));
        }
    }
    Ok(services.into_services())
}

/// Names of the labels of a type, or of all types.
pub(super) fn label_names(
    transport: &Transport,
    store_type: Option<&StoreType>,
    range: TimeRange,
) -> Result<Vec<String>, StoreError> {
    let [start, end] = ends(range);
    let request = LabelsRequest { start, end, profile_type: store_type.map(|one| one.id.clone()) };
    texts(&call(transport, "Labels", &request, transport.limit().or_list(MOST_LISTED))?.unwrap_or_default())
}

/// Values of a label.
fn values(
    transport: &Transport,
    label: &str,
    store_type: Option<&StoreType>,
    range: TimeRange,
) -> Result<Vec<String>, StoreError> {
    let [start, end] = ends(range);
    let profile_type = store_type.map(|one| one.id.clone());
    let request = ValuesRequest { label_name: label.to_owned(), start, end, profile_type };
    texts(&call(transport, "Values", &request, transport.limit().or_list(MOST_LISTED))?.unwrap_or_default())
}

fn texts(body: &[u8]) -> Result<Vec<String>, StoreError> {
    check_count(body, &[], "labels")?;
    Ok(Texts::decode(body).map_err(|_| StoreError::Damaged("a list of labels"))?.texts)
}

/// Lists every profile of a type with its time and sum, grouped by all of these labels.
pub(super) fn totals(
    transport: &Transport,
    store_type: &StoreType,
    selector: &str,
    labels: &[String],
    range: TimeRange,
) -> Result<Vec<ProcessSeries>, StoreError> {
    let [start, end] = ends(range);
    // Without a step, a type that is not a delta type lists its profiles one by one.
    let step = store_type.is_delta.then_some(Timestamp { seconds: FINE_STEP, nanos: 0 });
    let sum_by = if store_type.is_delta { labels.to_vec() } else { Vec::new() };
    let request = QueryRangeRequest { query: format!("{}{selector}", store_type.id), start, end, step, sum_by };
    let Some(body) = call(transport, "QueryRange", &request, transport.limit().or_list(MOST_LISTED))? else {
        return Ok(Vec::new());
    };
    check_count(&body, &[Nested(1, &[Nested(1, &[])])], "series")?;
    let response = QueryRangeResponse::decode(body.as_slice()).map_err(|_| StoreError::Damaged("a list of totals"))?;
    check_points(response.series.iter().map(|series| series.samples.len()).sum())?;
    let process = |series: MetricsSeries| {
        let point = |sample: MetricsSample| {
            let time = sample.timestamp?;
            let millis = time.seconds.checked_mul(1000)?.checked_add(i64::from(time.nanos / 1_000_000))?;
            Some(Point { millis: millis.checked_add(1)?, value: sample.value as f64 })
        };
        let labels = series.labelset.unwrap_or_default().labels.into_iter().map(|label| (label.name, label.value));
        ProcessSeries::within(range, labels.collect(), series.samples.into_iter().filter_map(point).collect())
    };
    Ok(response.series.into_iter().filter_map(process).collect())
}

/// Range that contains the profile of a point: the following second for a delta type, whose points are whole seconds,
/// else the profile's own millisecond.
pub(super) fn instant(store_type: &StoreType, point: &Point) -> TimeRange {
    let after = point.millis.saturating_sub(1);
    TimeRange { after, until: after.saturating_add(if store_type.is_delta { FINE_STEP * 1_000 } else { 1 }) }
}

/// Sum of the profiles of a range as a pprof profile; empty if there are none.
pub(super) fn merge(
    transport: &Transport,
    store_type: &StoreType,
    selector: &str,
    range: TimeRange,
) -> Result<Vec<u8>, StoreError> {
    let [start, end] = ends(range);
    let merge = MergeProfile { query: format!("{}{selector}", store_type.id), start, end };
    let request = QueryRequest { mode: MODE_MERGE, merge: Some(merge), report_type: REPORT_PPROF };
    let Some(body) = call(transport, "Query", &request, transport.limit())? else { return Ok(Vec::new()) };
    Ok(QueryResponse::decode(body.as_slice()).map_err(|_| StoreError::Damaged("a profile"))?.pprof)
}

/// Makes a call and returns the message of the response; `None` if there is no data.
fn call(
    transport: &Transport,
    method: &str,
    request: &impl Message,
    limit: ResponseLimit,
) -> Result<Option<Vec<u8>>, StoreError> {
    let call = Call {
        path: format!("{SERVICE}{method}"),
        body: Some(("application/grpc-web+proto", grpc_web::framed(&request.encode_to_vec()))),
        headers: vec![("X-Grpc-Web", "1")],
    };
    let reply = transport.call(&call, limit)?;
    check_page(&reply, StoreKind::Parca)?;
    if reply.status != 200 {
        return Err(StoreError::Refused(Box::new(Refusal::of_status(StoreKind::Parca, &reply))));
    }
    grpc_web::message(&reply, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_ends_a_millisecond_before_its_end() {
        let [start, end] = ends(TimeRange { after: 1_500, until: 3_000 });
        assert_eq!(start, Some(Timestamp { seconds: 1, nanos: 500_000_000 }));
        assert_eq!(end, Some(Timestamp { seconds: 2, nanos: 999_000_000 }));
    }
}
