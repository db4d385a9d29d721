//! Calls of Grafana Pyroscope: connect protocol over HTTP/1.1 with protobuf bodies.
//!
//! Times are milliseconds, and both ends of a range are part of it. A point of totals at t covers the profiles of (t −
//! step, t]; the point at the start of the range covers profiles from before the range and is dropped.

use prost::Message;

use super::error::{Refusal, StoreError};
use super::kind::StoreKind;
use super::model::{Point, ProcessSeries, Service, ServiceList, StoreType, TimeRange};
use super::transport::{MOST_LISTED, Nested, ResponseLimit, Transport, body, check_count, check_page, check_points};
use crate::base::compact_sort::CompactSort;
use crate::source::http::{Call, Reply};

/// Path of the service with the calls.
const SERVICE: &str = "/querier.v1.QuerierService/";
/// Label with the type of a profile.
const TYPE_LABEL: &str = "__profile_type__";
/// Seconds between two points of totals: less than any scrape interval, so that each profile has its own point.
const FINE_STEP: f64 = 1.0;
/// Aggregation of totals: the sum of the profiles of a point.
const SUM: i32 = 0;
/// Aggregation of totals: their mean, in the older storage.
const AVERAGE: i32 = 1;
/// Query type of a heat map that counts profiles.
const COUNT_PROFILES: i32 = 1;
/// Heat map type without single profiles.
const NO_EXEMPLARS: i32 = 1;
/// Status of a call that the older storage does not support.
const NOT_IMPLEMENTED: u16 = 501;
/// Maximum depth of nested errors that are unwrapped.
const MOST_NESTED: usize = 3;

#[derive(Clone, PartialEq, Message)]
struct SeriesRequest {
    #[prost(string, repeated, tag = "1")]
    matchers: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    label_names: Vec<String>,
    #[prost(int64, tag = "3")]
    start: i64,
    #[prost(int64, tag = "4")]
    end: i64,
}

#[derive(Clone, PartialEq, Message)]
struct LabelNamesRequest {
    #[prost(string, repeated, tag = "1")]
    matchers: Vec<String>,
    #[prost(int64, tag = "2")]
    start: i64,
    #[prost(int64, tag = "3")]
    end: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Names {
    #[prost(string, repeated, tag = "1")]
    names: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
struct LabelPair {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Labels {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<LabelPair>,
}

#[derive(Clone, PartialEq, Message)]
struct SeriesResponse {
    #[prost(message, repeated, tag = "2")]
    labels_set: Vec<Labels>,
}

#[derive(Clone, PartialEq, Message)]
struct SelectSeriesRequest {
    #[prost(string, tag = "1")]
    profile_type: String,
    #[prost(string, tag = "2")]
    label_selector: String,
    #[prost(int64, tag = "3")]
    start: i64,
    #[prost(int64, tag = "4")]
    end: i64,
    #[prost(string, repeated, tag = "5")]
    group_by: Vec<String>,
    #[prost(double, tag = "6")]
    step: f64,
    #[prost(int32, tag = "7")]
    aggregation: i32,
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
    #[prost(int32, tag = "8")]
    exemplar_type: i32,
}

#[derive(Clone, PartialEq, Message)]
struct HeatmapResponse {
    #[prost(message, repeated, tag = "1")]
    series: Vec<HeatmapSeries>,
}

#[derive(Clone, PartialEq, Message)]
struct HeatmapSeries {
    #[prost(message, repeated, tag = "2")]
    slots: Vec<HeatmapSlot>,
}

#[derive(Clone, PartialEq, Message)]
struct HeatmapSlot {
    #[prost(int64, tag = "1")]
    timestamp: i64,
    #[prost(int32, repeated, tag = "3")]
    counts: Vec<i32>,
}

#[derive(Clone, PartialEq, Message)]
struct SelectSeriesResponse {
    #[prost(message, repeated, tag = "1")]
    series: Vec<Totals>,
}

#[derive(Clone, PartialEq, Message)]
struct Totals {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<LabelPair>,
    #[prost(message, repeated, tag = "2")]
    points: Vec<TotalsPoint>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct TotalsPoint {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    timestamp: i64,
}

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

/// Types of the profiles that match a selector.
pub(super) fn types(transport: &Transport, selector: &str, range: TimeRange) -> Result<Vec<StoreType>, StoreError> {
    let sets = series(transport, &[selector], &[TYPE_LABEL], range)?;
    let ids = sets.iter().flat_map(|set| &set.labels).filter(|label| label.name == TYPE_LABEL);
    let mut types: Vec<StoreType> = ids.filter_map(|label| StoreType::parse(&label.value)).collect();
    types.compact_sort_by(|one, other| one.id.cmp(&other.id));
    types.dedup();
    Ok(types)
}

/// Services with their labels and types: those that the selector matches, or all without a selector.
pub(super) fn services(
    transport: &Transport,
    selector: Option<&str>,
    service_label: &str,
    range: TimeRange,
) -> Result<Vec<Service>, StoreError> {
    let matchers: Vec<&str> = selector.into_iter().collect();
    let mut services = ServiceList::default();
    for set in series(transport, &matchers, &[], range)? {
        let value = |name: &str| set.labels.iter().find(|label| label.name == name).map(|label| label.value.as_str());
        let service = services.service(value(service_label).unwrap_or_default());
        if let Some(store_type) = value(TYPE_LABEL).and_then(StoreType::parse) {
            service.add_type(store_type);
        }
        for label in set.labels.iter().filter(|label| !label.name.starts_with("__")) {
            service.add_label(&label.name, &label.value);
        }
    }
    Ok(services.into_services())
}

fn series(
    transport: &Transport,
    matchers: &[&str],
    label_names: &[&str],
    range: TimeRange,
) -> Result<Vec<Labels>, StoreError> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let request = SeriesRequest {
        matchers: owned(matchers),
        label_names: owned(label_names),
        start: range.after + 1,
        end: range.until,
    };
    let body = call(transport, "Series", &request, transport.limit().or_list(MOST_LISTED))?;
    check_count(&body, &[Nested(2, &[])], "series")?;
    Ok(SeriesResponse::decode(body.as_slice()).map_err(|_| StoreError::Damaged("a list of series"))?.labels_set)
}

/// Names of the labels of the profiles that match a selector.
pub(super) fn label_names(transport: &Transport, selector: &str, range: TimeRange) -> Result<Vec<String>, StoreError> {
    let request = LabelNamesRequest { matchers: vec![selector.to_owned()], start: range.after + 1, end: range.until };
    let body = call(transport, "LabelNames", &request, transport.limit().or_list(MOST_LISTED))?;
    check_count(&body, &[], "labels")?;
    Ok(Names::decode(body.as_slice()).map_err(|_| StoreError::Damaged("a list of labels"))?.names)
}

/// Lists every profile of a type with its time and sum, grouped by all of these labels.
pub(super) fn totals(
    transport: &Transport,
    store_type: &StoreType,
    selector: &str,
    labels: &[String],
    range: TimeRange,
) -> Result<Vec<ProcessSeries>, StoreError> {
    let request = SelectSeriesRequest {
        profile_type: store_type.id.clone(),
        label_selector: selector.to_owned(),
        start: range.after,
        end: range.until,
        group_by: labels.to_vec(),
        step: FINE_STEP,
        aggregation: SUM,
    };
    let body = call(transport, "SelectSeries", &request, transport.limit().or_list(MOST_LISTED))?;
    check_count(&body, &[Nested(1, &[])], "series")?;
    let response =
        SelectSeriesResponse::decode(body.as_slice()).map_err(|_| StoreError::Damaged("a list of totals"))?;
    check_points(response.series.iter().map(|series| series.points.len()).sum())?;
    let process = |totals: Totals| {
        let points = totals.points.into_iter().map(|point| Point { millis: point.timestamp, value: point.value });
        let labels = totals.labels.into_iter().map(|label| (label.name, label.value));
        ProcessSeries::within(range, labels.collect(), points.collect())
    };
    Ok(response.series.into_iter().filter_map(process).collect())
}

/// Number of profiles of a range as counted by the store, given their sum; `None` if the store does not count.
pub(super) fn count(
    transport: &Transport,
    store_type: &StoreType,
    selector: &str,
    range: TimeRange,
    sum: f64,
) -> Result<Option<u64>, StoreError> {
    // One slot covers the whole range; the slot at its start covers profiles from before the range.
    let step = range.millis() as f64 / 1_000.0;
    let request = HeatmapRequest {
        profile_type: store_type.id.clone(),
        label_selector: selector.to_owned(),
        start: range.after,
        end: range.until,
        step,
        query_type: COUNT_PROFILES,
        exemplar_type: NO_EXEMPLARS,
    };
    match call(transport, "SelectHeatmap", &request, transport.limit().or_list(MOST_LISTED)) {
        Ok(body) => {
            check_count(&body, &[Nested(1, &[Nested(2, &[])])], "series")?;
            let found =
                HeatmapResponse::decode(body.as_slice()).map_err(|_| StoreError::Damaged("counts of profiles"))?;
            let slots = found.series.iter().flat_map(|series| &series.slots);
            let inside = slots.filter(|slot| range.contains(slot.timestamp));
            let count = inside.flat_map(|slot| &slot.counts).map(|count| u64::try_from(*count).unwrap_or(0)).sum();
            Ok(Some(count))
        }
        Err(StoreError::Refused(refusal)) if refusal.status == NOT_IMPLEMENTED => {
            let request = SelectSeriesRequest {
                profile_type: store_type.id.clone(),
                label_selector: selector.to_owned(),
                start: range.after,
                end: range.until,
                group_by: Vec::new(),
                step,
                aggregation: AVERAGE,
            };
            let body = call(transport, "SelectSeries", &request, transport.limit().or_list(MOST_LISTED))?;
            check_count(&body, &[Nested(1, &[])], "series")?;
            let found =
                SelectSeriesResponse::decode(body.as_slice()).map_err(|_| StoreError::Damaged("a list of totals"))?;
            let points = found.series.iter().flat_map(|series| &series.points);
            let mean: f64 =
                points.filter(|point| range.contains(point.timestamp)).map(|point| point.value).fold(0.0, f64::max);
            let count = (sum / mean).round();
            Ok((mean > 0.0 && (0.0..1e15).contains(&count)).then_some(count as u64))
        }
        Err(error) => Err(error),
    }
}

/// Range that contains the profile of a point: the second before the point.
pub(super) fn instant(point: &Point) -> TimeRange {
    TimeRange { after: point.millis.saturating_sub(1_000), until: point.millis }
}

/// Sum of the profiles of a range as a pprof profile; empty if there are none.
pub(super) fn merge(
    transport: &Transport,
    store_type: &StoreType,
    selector: &str,
    range: TimeRange,
) -> Result<Vec<u8>, StoreError> {
    let request = MergeRequest {
        profile_type: store_type.id.clone(),
        label_selector: selector.to_owned(),
        start: range.after + 1,
        end: range.until,
    };
    call(transport, "SelectMergeProfile", &request, transport.limit())
}

/// Makes a call and returns the body of a successful response.
fn call(
    transport: &Transport,
    method: &str,
    request: &impl Message,
    limit: ResponseLimit,
) -> Result<Vec<u8>, StoreError> {
    let call = Call {
        path: format!("{SERVICE}{method}"),
        body: Some(("application/proto", request.encode_to_vec())),
        headers: vec![
            ("Connect-Protocol-Version", "1"),
            // Without this header, labels with dots in their names are left out.
            ("Accept", "*/*;allow-utf8-labelnames=true"),
        ],
    };
    let reply = transport.call(&call, limit)?;
    check_page(&reply, StoreKind::Pyroscope)?;
    if reply.status == 200 { Ok(body(reply)) } else { Err(StoreError::Refused(Box::new(refusal(&reply)))) }
}

/// Code and message of a connect error.
#[derive(serde::Deserialize)]
struct ConnectError {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// Refusal in a response. Errors of an inner service are JSON in the message of the outer error.
fn refusal(reply: &Reply) -> Refusal {
    let Ok(mut error) = serde_json::from_slice::<ConnectError>(&reply.body) else {
        return Refusal::of_status(StoreKind::Pyroscope, reply);
    };
    for _ in 0..MOST_NESTED {
        match serde_json::from_str::<ConnectError>(&error.message) {
            Ok(inner) if !inner.message.is_empty() => error = inner,
            _ => break,
        }
    }
    Refusal::new(StoreKind::Pyroscope, reply, &error.code, &error.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inner_error_is_unwrapped() {
        let of = |status, body: &str| refusal(&Reply { status, body: body.as_bytes().to_vec(), ..Reply::default() });
        let nested = r#"{"code":"invalid_argument","message":"{\"code\":\"invalid_argument\",\"message\":\"1:21: parse error\"}"}"#;
        assert_eq!(of(400, nested).to_string(), "400 invalid_argument: 1:21: parse error");
        assert_eq!(
            of(401, r#"{"code":"unauthenticated","message":"no org id"}"#).to_string(),
            "401 unauthenticated: no org id"
        );
        assert_eq!(of(404, "404 page not found\n").to_string(), "404: 404 page not found");
        assert_eq!(of(502, "<html>bad</html>").to_string(), "502");
        assert_eq!(of(500, "\x1b[2J").to_string(), "500: \\x1b[2J");
    }
}
