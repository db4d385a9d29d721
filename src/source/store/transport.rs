//! Calls to a store, with the parts common to all protocols: limits, traffic counters, and a cache of responses.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::{Refusal, StoreError};
use super::kind::StoreKind;
use crate::base::limits::{LimitError, LimitKind, Limits};
use crate::source::http::{Call, CancelCheck, HttpError, Reply, Session};

/// Maximum size, in bytes, of a response that lists labels, series or points: several times that of 200,000 points.
pub(super) const MOST_LISTED: u64 = 16 << 20;
/// Maximum size of cached responses, in bytes.
const MOST_KEPT: usize = 64 << 20;
/// Maximum number of series, labels or types in a response.
const MOST_SERIES: usize = 50_000;
/// Maximum number of labels and points together in a response, which limits the memory of the decoded list.
const MOST_NESTED: usize = 1_000_000;
/// Maximum number of points in a response.
const MOST_POINTS: usize = 200_000;

/// Part of the memory limit that one response may take. Four are in flight and one is decoded, each may be copied once,
/// and the cache takes as much as one.
const MEMORY_PART: u64 = 16;

/// Maximum size of a response, with the limit from which it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseLimit {
    pub(super) bytes: u64,
    /// Resource and amount of the limit that was set; `None` for a fixed size of lists.
    source: Option<(LimitKind, u64)>,
}

impl ResponseLimit {
    /// Limit on the responses of a load of which `left` bytes of memory may still be used.
    pub fn of_load(limits: &Limits, left: u64) -> Self {
        let part = left / MEMORY_PART;
        if limits.input <= part {
            Self { bytes: limits.input, source: Some((LimitKind::Input, limits.input)) }
        } else {
            Self { bytes: part, source: Some((LimitKind::Memory, limits.memory)) }
        }
    }

    /// Fixed limit on the responses to requests for lists.
    pub fn of_lists(bytes: u64) -> Self {
        Self { bytes, source: None }
    }

    /// Stricter of this limit and a fixed size of lists.
    pub(super) fn or_list(self, most: u64) -> Self {
        if most < self.bytes { Self::of_lists(most) } else { self }
    }

    /// Error about a response that passed the limit; it names the limit that was set.
    pub(super) fn error(self) -> StoreError {
        match self.source {
            None => StoreError::ListTooLong(self.bytes),
            Some((kind, limit)) => {
                let is_memory = kind == LimitKind::Memory;
                let subject = if is_memory { "the memory that the answers ask for" } else { "the answer" };
                HttpError::Limit(LimitError { kind, subject, limit }).into()
            }
        }
    }
}

/// Number of requests made and bytes received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreTraffic {
    /// Number of requests; cached responses do not count.
    pub requests: usize,
    /// Bytes of the responses, decoded.
    pub bytes: u64,
}

/// Path and body of a call.
type CallKey = (String, Vec<u8>);

/// Cached responses.
#[derive(Default)]
struct KeptAnswers {
    by_call: HashMap<CallKey, Arc<Reply>>,
    bytes: usize,
}

/// Session with limits, traffic and cached responses.
pub(super) struct Transport {
    session: Arc<Session>,
    limit: ResponseLimit,
    is_cancelled: CancelCheck,
    requests: Arc<AtomicUsize>,
    bytes: Arc<AtomicU64>,
    /// Size of the largest response so far, in bytes.
    largest: Arc<AtomicU64>,
    kept: Arc<Mutex<KeptAnswers>>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Transport({:?})", self.traffic())
    }
}

impl Transport {
    pub(super) fn new(session: Session, limit: ResponseLimit, is_cancelled: CancelCheck) -> Self {
        let (requests, bytes, largest, kept) = (Arc::default(), Arc::default(), Arc::default(), Arc::default());
        Self { session: Arc::new(session), limit, is_cancelled, requests, bytes, largest, kept }
    }

    /// Same session and cache, with calls that end when `is_cancelled` returns true.
    pub(super) fn with_cancel(&self, is_cancelled: CancelCheck) -> Self {
        Self {
            session: Arc::clone(&self.session),
            limit: self.limit,
            is_cancelled,
            requests: Arc::clone(&self.requests),
            bytes: Arc::clone(&self.bytes),
            largest: Arc::clone(&self.largest),
            kept: Arc::clone(&self.kept),
        }
    }

    pub(super) fn traffic(&self) -> StoreTraffic {
        StoreTraffic { requests: self.requests.load(Ordering::Relaxed), bytes: self.bytes.load(Ordering::Relaxed) }
    }

    /// Maximum size of one response.
    pub(super) fn limit(&self) -> ResponseLimit {
        self.limit
    }

    /// Bytes of the cached responses, and of `in_flight` responses as large as the largest one so far.
    pub(super) fn held_bytes(&self, in_flight: u64) -> u64 {
        self.kept().bytes as u64 + in_flight.saturating_mul(self.largest.load(Ordering::Relaxed))
    }

    /// Drops the cached responses.
    pub(super) fn forget(&self) {
        *self.kept() = KeptAnswers::default();
    }

    /// Makes a call, or returns the cached response to the same call. A larger response than the limit is an error.
    pub(super) fn call(&self, call: &Call, limit: ResponseLimit) -> Result<Arc<Reply>, StoreError> {
        let body = call.body.as_ref().map(|(_, body)| body.clone()).unwrap_or_default();
        let key = (call.path.clone(), body);
        if let Some(known) = self.kept().by_call.get(&key) {
            return Ok(Arc::clone(known));
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let reply = self.session.call(call, limit.bytes, &self.is_cancelled).map_err(|error| match error {
            HttpError::Limit(_) => limit.error(),
            error => error.into(),
        })?;
        let reply = Arc::new(reply);
        self.bytes.fetch_add(reply.body.len() as u64, Ordering::Relaxed);
        self.largest.fetch_max(reply.body.len() as u64, Ordering::Relaxed);
        self.keep(key, &reply);
        Ok(reply)
    }

    /// Adds a response to the cache if there is room.
    fn keep(&self, key: CallKey, reply: &Arc<Reply>) {
        let mut kept = self.kept();
        let size = reply.body.len() + key.0.len() + key.1.len();
        // The cache shrinks with the limit on memory.
        let most_kept = MOST_KEPT.min(usize::try_from(self.limit.bytes).unwrap_or(usize::MAX));
        if reply.status == 200 && kept.bytes + size <= most_kept {
            kept.bytes += size;
            kept.by_call.insert(key, Arc::clone(reply));
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, KeptAnswers> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Body of a response, which is copied only if the response is cached.
pub(super) fn body(reply: Arc<Reply>) -> Vec<u8> {
    Arc::try_unwrap(reply).map_or_else(|reply| reply.body.clone(), |reply| reply.body)
}

/// Largest JSON that may be an error of a store, in bytes.
const MOST_ERROR: usize = 64 << 10;

/// Code and message of an error in JSON.
#[derive(serde::Deserialize)]
struct JsonError {
    #[serde(default)]
    code: serde_json::Value,
    #[serde(default, alias = "error")]
    message: String,
}

/// Error for an answer in JSON with status 200, where the protocol has bytes: an error of a proxy or of the store, or the
/// answer of another service.
fn json_error(reply: &Reply, kind: StoreKind) -> StoreError {
    let found = reply.body.get(..reply.body.len().min(MOST_ERROR)).unwrap_or_default();
    match serde_json::from_slice::<JsonError>(found) {
        Ok(JsonError { code, message }) if !message.is_empty() => {
            let code = code.as_str().map_or_else(|| code.to_string(), str::to_owned);
            let code = if code == "null" { String::new() } else { code };
            StoreError::Refused(Box::new(Refusal::new(kind, reply, &code, &message)))
        }
        _ => StoreError::OtherService(kind.name()),
    }
}

/// Returns an error for a web page, which a proxy or another service may return, and for JSON in the place of bytes.
pub(super) fn check_page(reply: &Reply, kind: StoreKind) -> Result<(), StoreError> {
    let is_html = reply.header("content-type").is_some_and(|content| content.trim_start().starts_with("text/html"));
    let head = reply.body.iter().find(|byte| !byte.is_ascii_whitespace());
    if is_html || (head == Some(&b'<') && reply.status != 200) {
        return Err(match reply.status {
            200..=299 => StoreError::OtherService(kind.name()),
            _ => StoreError::Refused(Box::new(Refusal::new(kind, reply, "", ""))),
        });
    }
    // No message of protobuf and no frame begins with a brace.
    if kind != StoreKind::CloudProfiler && reply.status == 200 && head == Some(&b'{') {
        return Err(json_error(reply, kind));
    }
    Ok(())
}

/// Number of a field with messages, and the fields with messages in these.
pub(super) struct Nested(pub(super) u64, pub(super) &'static [Nested]);

/// Returns an error if a message has more fields than a list may have: at the top level, and together in the messages of
/// the `nested` fields. Nothing is allocated for them before this check.
pub(super) fn check_count(message: &[u8], nested: &[Nested], what: &'static str) -> Result<(), StoreError> {
    let (mut top_fields, mut nested_fields) = (0_usize, 0_usize);
    for_each_field(message, |field, content| {
        top_fields += 1;
        if top_fields > MOST_SERIES {
            return Err(StoreError::TooMany(MOST_SERIES, what));
        }
        count_nested(field, content, nested, &mut nested_fields)
    })
}

/// Adds the fields of the messages in a field, if it is one of `nested`.
fn count_nested(field: u64, content: &[u8], nested: &[Nested], count: &mut usize) -> Result<(), StoreError> {
    let Some(Nested(_, inner)) = nested.iter().find(|nested| nested.0 == field) else { return Ok(()) };
    for_each_field(content, |field, content| {
        *count += 1;
        if *count > MOST_NESTED {
            return Err(StoreError::TooMany(MOST_NESTED, "labels and points"));
        }
        count_nested(field, content, inner, count)
    })
}

/// Calls `each` with the number and the content of every field of a message; the content is empty unless the field has
/// a length.
fn for_each_field(
    message: &[u8],
    mut each: impl FnMut(u64, &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let damaged = || StoreError::Damaged("a field is cut");
    let mut rest = message;
    while !rest.is_empty() {
        let key = varint(&mut rest).ok_or_else(damaged)?;
        let (length, has_content) = match key & 7 {
            0 => (varint(&mut rest).map(|_| 0), false),
            1 => (Some(8), false),
            2 => (varint(&mut rest), true),
            5 => (Some(4), false),
            _ => (None, false),
        };
        let length = length.and_then(|length| usize::try_from(length).ok()).ok_or_else(damaged)?;
        let (content, tail) = rest.split_at_checked(length).ok_or_else(damaged)?;
        rest = tail;
        each(key >> 3, if has_content { content } else { &[] })?;
    }
    Ok(())
}

/// Returns an error if there are more points than a list may have.
pub(super) fn check_points(count: usize) -> Result<(), StoreError> {
    if count > MOST_POINTS { Err(StoreError::TooManyPoints(MOST_POINTS)) } else { Ok(()) }
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_counted_before_they_are_decoded() {
        assert!(check_count(&[0x0a, 0x00, 0x0a, 0x01, 0x61], &[], "series").is_ok());
        let many = [0x0a, 0x00].repeat(MOST_SERIES + 1);
        assert!(matches!(check_count(&many, &[], "series"), Err(StoreError::TooMany(MOST_SERIES, "series"))));
        for cut in [
            &[0x0a, 0x05, 0x61][..],
            &[0x0a],
            &[0x80],
            &[0x0b],
            &[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
        ] {
            assert!(matches!(check_count(cut, &[], "series"), Err(StoreError::Damaged(_))), "{cut:?}");
        }
        // Fields within a field count if it has messages.
        let nested = |inner: &[u8]| {
            let mut message = vec![0x0a];
            prost::encoding::encode_varint(inner.len() as u64, &mut message);
            message.extend_from_slice(inner);
            message
        };
        let many = [0x12, 0x00].repeat(MOST_NESTED + 1);
        let is_too_many = |message: &[u8], fields: &[Nested]| {
            matches!(check_count(message, fields, "series"), Err(StoreError::TooMany(MOST_NESTED, _)))
        };
        assert!(is_too_many(&nested(&many), &[Nested(1, &[])]));
        assert!(!is_too_many(&nested(&many), &[Nested(2, &[])]));
        assert!(is_too_many(&nested(&nested(&many)), &[Nested(1, &[Nested(1, &[])])]));
        assert!(!is_too_many(&nested(&nested(&many)), &[Nested(1, &[])]));
        assert!(check_points(MOST_POINTS).is_ok() && check_points(MOST_POINTS + 1).is_err());
    }

    #[test]
    fn an_error_names_the_limit_that_was_set() {
        let limits = Limits { input: 64 << 20, memory: 256 << 20, ..Limits::default() };
        let said = |limits: &Limits, left: u64| ResponseLimit::of_load(limits, left).error().to_string();
        assert_eq!(said(&limits, 4 << 30), "stopped: the answer passed the limit of 64 MiB");
        let memory = "stopped: the memory that the answers ask for passed the limit of 256 MiB";
        assert_eq!(said(&limits, 200 << 20), memory);
        let loaded = ResponseLimit::of_load(&limits, 200 << 20);
        assert_eq!((loaded.bytes, loaded.or_list(1 << 30)), (200 << 16, loaded));
        assert_eq!(loaded.or_list(1 << 20).error().to_string(), "the answer has more than 1 MiB, which no list has");
    }

    #[cfg(feature = "net")]
    #[test]
    fn the_cache_shrinks_with_the_limit_on_memory() {
        use crate::source::http::{Access, Url};

        let limit = ResponseLimit::of_load(&Limits::default(), 32 << 20);
        let session =
            Session::new(Url::parse("http://127.0.0.1:1").unwrap(), Some(&Arc::new(Access::default()))).unwrap();
        let transport = Transport::new(session, limit, Arc::new(|| false));
        for number in 0..100_u8 {
            let reply = Reply { status: 200, body: vec![0; 1 << 16], ..Reply::default() };
            transport.keep(("/".to_owned(), vec![number]), &Arc::new(reply));
        }
        let held = transport.held_bytes(4);
        assert!((1 << 20..=2 << 20).contains(&held), "{held} of 2 MiB");
        transport.forget();
        assert_eq!(transport.held_bytes(4), 0);
    }

    #[test]
    fn a_web_page_is_no_store() {
        let reply = |status, kind: &str, body: &str| Reply {
            status,
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: body.as_bytes().to_vec(),
            ..Reply::default()
        };
        assert!(matches!(
            check_page(&reply(200, "text/html", "<html>"), StoreKind::Parca),
            Err(StoreError::OtherService("Parca"))
        ));
        let error = check_page(&reply(502, "text/plain", " <h1>no</h1>"), StoreKind::Parca).unwrap_err();
        assert_eq!(error.to_string(), "the store answered 502");
        assert!(check_page(&reply(200, "application/proto", "<"), StoreKind::Parca).is_ok());
        let json =
            |body| check_page(&reply(200, "application/json", body), StoreKind::Pyroscope).unwrap_err().to_string();
        let body = r#"{"code":"unavailable","message":"backend down"}"#;
        assert_eq!(json(body), "the store answered unavailable: backend down");
        assert_eq!(json(r#"{"code":14,"error":"down"}"#), "the store answered 14: down");
        assert_eq!(json("{}"), "what answers is no Pyroscope");
    }
}
