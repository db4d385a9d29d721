//! Frames of grpc-web: a flag, a length in four bytes, and a message or the trailer. A message may be compressed.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::error::{Refusal, StoreError};
use super::kind::StoreKind;
use super::transport::ResponseLimit;
use crate::source::http::Reply;
use crate::source::percent::decoded;

/// Size of a frame's header, in bytes.
const HEAD: usize = 5;
/// Flag of a frame with the trailer.
const TRAILER: u8 = 0x80;
/// Flag of a compressed frame.
const COMPRESSED: u8 = 0x01;

/// Names of the status codes of gRPC, by their number.
const CODES: [&str; 17] = [
    "ok",
    "cancelled",
    "unknown",
    "invalid_argument",
    "deadline_exceeded",
    "not_found",
    "already_exists",
    "permission_denied",
    "resource_exhausted",
    "failed_precondition",
    "aborted",
    "out_of_range",
    "unimplemented",
    "internal",
    "unavailable",
    "data_loss",
    "unauthenticated",
];

/// Index of the status for a missing object.
const NOT_FOUND: usize = 5;

/// Body of a request with one message.
pub(super) fn framed(message: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(HEAD + message.len());
    body.push(0);
    body.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    body.extend_from_slice(message);
    body
}

/// Message of a response; `None` if the server reports that there is no data.
///
/// # Errors
/// [`StoreError`] if the server refused the call, or if the response is incomplete.
pub(super) fn message(reply: &Reply, limit: ResponseLimit) -> Result<Option<Vec<u8>>, StoreError> {
    // An error response may have its status in the headers and no body.
    if let Some(status) = reply.header("grpc-status").filter(|status| *status != "0") {
        return refused(reply, status, reply.header("grpc-message").unwrap_or_default());
    }
    let (mut rest, mut found, mut is_complete) = (reply.body.as_slice(), None, false);
    while let Some((head, tail)) = rest.split_at_checked(HEAD) {
        if head[0] & !(TRAILER | COMPRESSED) != 0 {
            return Err(StoreError::OtherService(StoreKind::Parca.name()));
        }
        let length = head[1..].iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
        if length > limit.bytes {
            return Err(limit.error());
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let content = tail.get(..length).ok_or(StoreError::Cut("a frame ends before its length"))?;
        rest = &tail[length..];
        let content = if head[0] & COMPRESSED == 0 {
            Cow::Borrowed(content)
        } else {
            Cow::Owned(inflated(reply, content, limit)?)
        };
        match head[0] & !COMPRESSED {
            TRAILER => {
                let text = String::from_utf8_lossy(&content);
                let field = |name: &str| {
                    let lines = text.lines().filter_map(|line| line.split_once(':'));
                    let mut named = lines.filter(|(known, _)| known.trim().eq_ignore_ascii_case(name));
                    named.next().map(|(_, value)| value.trim().to_owned())
                };
                let status = field("grpc-status").unwrap_or_default();
                if status != "0" {
                    return refused(reply, &status, &field("grpc-message").unwrap_or_default());
                }
                is_complete = true;
                break;
            }
            _ => found = Some(content.into_owned()),
        }
    }
    if !is_complete && reply.header("grpc-status").is_none() {
        return Err(StoreError::Cut("there is no trailer"));
    }
    found.map(Some).ok_or(StoreError::Cut("there is no message"))
}

/// Content of a compressed frame. The headers of the response name the encoding.
fn inflated(reply: &Reply, content: &[u8], limit: ResponseLimit) -> Result<Vec<u8>, StoreError> {
    let encoding = reply.header("grpc-encoding").unwrap_or_default().trim();
    if !encoding.eq_ignore_ascii_case("gzip") {
        return Err(StoreError::Damaged("a frame is compressed, and not with gzip"));
    }
    let mut inflated = Vec::new();
    let read = MultiGzDecoder::new(content).take(limit.bytes.saturating_add(1)).read_to_end(&mut inflated);
    read.map_err(|_| StoreError::Damaged("a compressed frame"))?;
    if inflated.len() as u64 > limit.bytes { Err(limit.error()) } else { Ok(inflated) }
}

fn refused(reply: &Reply, status: &str, message: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let number = status.parse::<usize>().ok();
    if number == Some(NOT_FOUND) {
        return Ok(None);
    }
    let code = number.and_then(|number| CODES.get(number)).copied().unwrap_or("unknown");
    Err(StoreError::Refused(Box::new(Refusal::new(StoreKind::Parca, reply, code, &decoded(message)))))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::message as message_within;
    use super::*;

    fn message(reply: &Reply, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
        message_within(reply, ResponseLimit::of_lists(most))
    }

    fn reply(headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Reply { status: 200, headers, body: body.to_vec(), ..Reply::default() }
    }

    fn trailer(text: &str) -> Vec<u8> {
        let mut frame = framed(text.as_bytes());
        frame[0] = TRAILER;
        frame
    }

    #[test]
    fn a_message_comes_with_its_trailer() {
        let body = [framed(b"abc"), trailer("grpc-status: 0\r\n")].concat();
        assert_eq!(message(&reply(&[], &body), 100).unwrap().unwrap(), b"abc");
        assert_eq!(message(&reply(&[("grpc-status", "0")], &framed(b"abc")), 100).unwrap().unwrap(), b"abc");
    }

    #[test]
    fn errors_are_in_headers_or_trailers() {
        let said = |reply: &Reply| message(reply, 100).unwrap_err().to_string();
        let headers = reply(&[("grpc-status", "3"), ("grpc-message", "failed to parse%20query")], b"");
        assert_eq!(said(&headers), "the store answered invalid_argument: failed to parse query");
        let late = reply(&[], &[framed(b"abc"), trailer("Grpc-Status: 14\r\nGrpc-Message: gone\r\n")].concat());
        assert_eq!(said(&late), "the store answered unavailable: gone");
        assert_eq!(message(&reply(&[("grpc-status", "5")], b""), 10).unwrap(), None);
        assert_eq!(said(&reply(&[("grpc-status", "99")], b"")), "the store answered unknown");
    }

    #[test]
    fn a_cut_answer_is_an_error() {
        assert!(matches!(message(&reply(&[], &framed(b"abc")), 100), Err(StoreError::Cut("there is no trailer"))));
        assert!(matches!(message(&reply(&[], &framed(b"abc")[..7]), 10), Err(StoreError::Cut(_))));
        assert!(matches!(message(&reply(&[], b""), 10), Err(StoreError::Cut(_))));
        let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0];
        assert!(matches!(message(&reply(&[], &gzip), 10), Err(StoreError::OtherService(_))), "no flag of a frame");
        let huge = [0, 0xff, 0xff, 0xff, 0xff];
        assert!(matches!(message(&reply(&[], &huge), 1 << 20), Err(StoreError::ListTooLong(_))));
    }

    #[test]
    fn compressed_frames_are_inflated_within_the_limit() {
        let packed = |flag: u8, bytes: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes).unwrap();
            let mut frame = framed(&encoder.finish().unwrap());
            frame[0] = flag | COMPRESSED;
            frame
        };
        let body = [packed(0, b"abc"), packed(TRAILER, b"grpc-status: 0\r\n")].concat();
        let gzip = [("grpc-encoding", "gzip")];
        assert_eq!(message(&reply(&gzip, &body), 100).unwrap().unwrap(), b"abc");
        for headers in [&[("grpc-encoding", "snappy")][..], &[]] {
            assert!(matches!(message(&reply(headers, &body), 100), Err(StoreError::Damaged(_))), "{headers:?}");
        }
        let bomb = packed(0, &vec![0; 1 << 20]);
        assert!(matches!(message(&reply(&gzip, &bomb), 1 << 16), Err(StoreError::ListTooLong(_))));
        let mut damaged = framed(b"abc");
        damaged[0] = COMPRESSED;
        assert!(matches!(message(&reply(&gzip, &damaged), 10), Err(StoreError::Damaged(_))));
    }
}
