//! Calls to a store, with the parts common to all protocols: limits, traffic counters, and a cache of responses.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::{Refusal, StoreError};
use super::kind::StoreKind;
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
    /// Maximum size of one response, in bytes.
    most: u64,
    is_cancelled: CancelCheck,
    requests: Arc<AtomicUsize>,
    bytes: Arc<AtomicU64>,
    kept: Arc<Mutex<KeptAnswers>>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Transport({:?})", self.traffic())
    }
}

impl Transport {
    pub(super) fn new(session: Session, most: u64, is_cancelled: CancelCheck) -> Self {
        let (requests, bytes, kept) = (Arc::default(), Arc::default(), Arc::default());
        Self { session: Arc::new(session), most, is_cancelled, requests, bytes, kept }
    }

    /// Same session and cache, with calls that end when `is_cancelled` returns true.
    pub(super) fn with_cancel(&self, is_cancelled: CancelCheck) -> Self {
        Self {
            session: Arc::clone(&self.session),
            most: self.most,
            is_cancelled,
            requests: Arc::clone(&self.requests),
            bytes: Arc::clone(&self.bytes),
            kept: Arc::clone(&self.kept),
        }
    }

    pub(super) fn traffic(&self) -> StoreTraffic {
        StoreTraffic { requests: self.requests.load(Ordering::Relaxed), bytes: self.bytes.load(Ordering::Relaxed) }
    }

    /// Maximum size of one response, in bytes.
    pub(super) fn most(&self) -> u64 {
        self.most
    }

    /// Makes a call, or returns the cached response to the same call. A response of more than `most` bytes is an error.
    pub(super) fn call(&self, call: &Call, most: u64) -> Result<Arc<Reply>, StoreError> {
        let body = call.body.as_ref().map(|(_, body)| body.clone()).unwrap_or_default();
        let key = (call.path.clone(), body);
        if let Some(known) = self.kept().by_call.get(&key) {
            return Ok(Arc::clone(known));
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let is_list = most < self.most;
        let reply = self.session.call(call, self.most.min(most), &self.is_cancelled).map_err(|error| match error {
            HttpError::Limit(_) if is_list => StoreError::ListTooLong(most),
            error => error.into(),
        })?;
        let reply = Arc::new(reply);
        self.bytes.fetch_add(reply.body.len() as u64, Ordering::Relaxed);
        let mut kept = self.kept();
        let size = reply.body.len() + key.0.len() + key.1.len();
        if reply.status == 200 && kept.bytes + size <= MOST_KEPT {
            kept.bytes += size;
            kept.by_call.insert(key, Arc::clone(&reply));
        }
        Ok(reply)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, KeptAnswers> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns an error for a web page, which a proxy or another service may return.
pub(super) fn check_page(reply: &Reply, kind: StoreKind) -> Result<(), StoreError> {
    let is_html = reply.header("content-type").is_some_and(|content| content.trim_start().starts_with("text/html"));
    let head = reply.body.iter().find(|byte| !byte.is_ascii_whitespace());
    if is_html || (head == Some(&b'<') && reply.status != 200) {
        return Err(match reply.status {
            200..=299 => StoreError::OtherService(kind.name()),
            _ => StoreError::Refused(Box::new(Refusal::new(kind, reply, "", ""))),
        });
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
    }
}
