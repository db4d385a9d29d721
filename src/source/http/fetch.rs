//! Requests run on a thread of their own, so that the caller can stop waiting at any time: a name lookup or a slow
//! server cannot be interrupted.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Instant;

use flate2::read::MultiGzDecoder;

use super::client_error;
use super::request::{ProfileRequest, ProfileResponse, RequestMethod};
use super::response::{ResponseEvent, ResponseHead, ResponseReader};
use super::tls::{self, Identity};
use super::{Access, CancelCheck, HttpError, Url};
use crate::base::limits::{LimitError, LimitKind};

/// Chunks queued for the reader.
const MAX_QUEUED: usize = 2;
/// Size of a chunk.
const CHUNK: usize = 64 << 10;
/// Magic number of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Requests a profile and waits for its first bytes; with a body, posts it.
pub(super) fn open(
    url: Url,
    body: Option<String>,
    access: &Arc<Access>,
    max_bytes: u64,
    is_cancelled: &CancelCheck,
) -> Result<Box<dyn Read + Send>, HttpError> {
    let timeouts = access.timeouts(&url);
    let deadline = Instant::now() + timeouts.total;
    let agent = tls::agent(access, &url, tls::Connections::Single, Identity::Shown)?;
    let other_agent = match access.identity {
        Some(_) => tls::agent(access, &url, tls::Connections::Single, Identity::Withheld)?,
        None => agent.clone(),
    };
    let request = ProfileRequest {
        url,
        method: body.map_or(RequestMethod::Get, |body| RequestMethod::Post {
            content_type: "application/octet-stream",
            body: body.into_bytes(),
        }),
        protocol_headers: Vec::new(),
        access: Arc::clone(access),
        timeouts,
        deadline,
        agent: agent.clone(),
        other_agent,
    };
    let (sender, events) = sync_channel(MAX_QUEUED);
    let work = move || {
        if let Err(error) = send(&request, max_bytes, &sender) {
            // The reader may be gone.
            let _ = sender.send(ResponseEvent::Failed(error));
        }
    };
    thread::Builder::new()
        .name("fetch".to_owned())
        .spawn(work)
        .map_err(|error| HttpError::InvalidResponse(error.to_string()))?;
    let mut reader = ResponseReader::new(events, timeouts, deadline, Some(agent), Arc::clone(is_cancelled));
    if reader.begin()? { Ok(Box::new(reader)) } else { Err(HttpError::EmptyResponse) }
}

/// Sends the response of a request in chunks.
fn send(request: &ProfileRequest, max_bytes: u64, to: &SyncSender<ResponseEvent>) -> Result<(), HttpError> {
    let ProfileResponse { response, at } = request.follow(|error| drop(to.send(ResponseEvent::Refused(error))))?;
    let _ = to.send(ResponseEvent::Started(ResponseHead::of(&response)));
    receive(request, ProfileResponse { response, at }, max_bytes, to)
}

/// Makes a call of a store's protocol and waits for all of the response, of any status. The client stays open.
pub(super) fn call(
    request: ProfileRequest,
    max_bytes: u64,
    is_cancelled: &CancelCheck,
) -> Result<(ResponseHead, Vec<u8>), HttpError> {
    let (timeouts, deadline) = (request.timeouts, request.deadline);
    let (sender, events) = sync_channel(MAX_QUEUED);
    let work = move || {
        let sent = request.exchange().and_then(|response| {
            let _ = sender.send(ResponseEvent::Started(ResponseHead::of(&response.response)));
            receive(&request, response, max_bytes, &sender)
        });
        if let Err(error) = sent {
            let _ = sender.send(ResponseEvent::Failed(error));
        }
    };
    thread::Builder::new()
        .name("fetch".to_owned())
        .spawn(work)
        .map_err(|error| HttpError::InvalidResponse(error.to_string()))?;
    ResponseReader::new(events, timeouts, deadline, None, Arc::clone(is_cancelled)).whole()
}

/// Sends the body of a response in chunks.
fn receive(
    request: &ProfileRequest,
    response: ProfileResponse,
    max_bytes: u64,
    to: &SyncSender<ResponseEvent>,
) -> Result<(), HttpError> {
    let ProfileResponse { response, at } = response;
    let encoding = response.headers().get("content-encoding").map(|value| value.to_str().unwrap_or("?").to_owned());
    let encoding = encoding.map(|encoding| encoding.trim().to_ascii_lowercase()).unwrap_or_default();
    let body = SizeLimiter { source: response.into_body().into_reader(), left: max_bytes, max_bytes };
    let failed = |error: io::Error| client_error::of_response(error, &request.timeouts, &at.authority());
    let copied = match encoding.as_str() {
        "" | "identity" => copy(body, to),
        "gzip" | "x-gzip" => decode_gzip(body, max_bytes, to),
        _ => return Err(HttpError::UnknownEncoding(encoding)),
    };
    copied.map_err(failed)
}

/// Decodes content encoded for transport. Some servers announce gzip and send plain content.
fn decode_gzip(mut body: impl Read, max_bytes: u64, to: &SyncSender<ResponseEvent>) -> io::Result<()> {
    let mut head = Vec::new();
    body.by_ref().take(GZIP.len() as u64).read_to_end(&mut head)?;
    let is_gzip = head == GZIP;
    let content = io::Cursor::new(head).chain(body);
    if is_gzip {
        copy(SizeLimiter { source: MultiGzDecoder::new(content), left: max_bytes, max_bytes }, to)
    } else {
        copy(content, to)
    }
}

fn copy(mut from: impl Read, to: &SyncSender<ResponseEvent>) -> io::Result<()> {
    loop {
        let mut chunk = vec![0; CHUNK];
        let count = match from.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result?,
        };
        chunk.truncate(count);
        if count == 0 {
            let _ = to.send(ResponseEvent::Ended);
            return Ok(());
        }
        if to.send(ResponseEvent::Chunk(chunk)).is_err() {
            return Ok(());
        }
    }
}

/// Reader that fails after a number of bytes.
struct SizeLimiter<R> {
    source: R,
    left: u64,
    max_bytes: u64,
}

impl<R: Read> Read for SizeLimiter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            let limit = LimitError { kind: LimitKind::Input, subject: "the answer", limit: self.max_bytes };
            io::Error::other(HttpError::from(limit))
        })?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn through(bytes: &[u8], max_bytes: u64) -> Result<Vec<u8>, String> {
        let (sender, events) = sync_channel(1 << 10);
        decode_gzip(bytes, max_bytes, &sender).map_err(|error| error.to_string())?;
        drop(sender);
        let chunks = events
            .iter()
            .filter_map(|events| if let ResponseEvent::Chunk(chunk) = events { Some(chunk) } else { None });
        Ok(chunks.flatten().collect())
    }

    #[test]
    fn transport_encoding_is_decoded_once() {
        assert_eq!(through(&gzip(b"profile"), 100).unwrap(), b"profile");
        let twice = gzip(&gzip(b"profile"));
        assert_eq!(through(&twice, 100).unwrap(), gzip(b"profile"));
        assert_eq!(through(b"plain", 100).unwrap(), b"plain");
        assert_eq!(through(b"", 100).unwrap(), b"");
    }

    #[test]
    fn the_limit_counts_decoded_bytes() {
        let bomb = gzip(&vec![0; 1 << 20]);
        assert!(bomb.len() < 2000);
        assert_eq!(through(&bomb, 1 << 16).unwrap_err(), "stopped: the answer passed the limit of 64 KiB");
        assert_eq!(through(&bomb, 1 << 20).unwrap().len(), 1 << 20);
    }
}
