//! Requests run on a thread of their own, so that the caller can stop waiting at any time: a name lookup or a slow
//! server cannot be interrupted.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Instant;

use flate2::read::MultiGzDecoder;

use super::client_error;
use super::request::{ProfileRequest, ProfileResponse};
use super::response::{ResponseEvent, ResponseReader};
use super::{Access, CancelCheck, HttpError, Url, tls};
use crate::base::limits::{LimitError, LimitKind};

/// Chunks queued for the reader.
const WAITING: usize = 2;
/// Size of a chunk.
const PIECE: usize = 64 << 10;
/// Magic number of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Requests a profile and waits for its first bytes.
pub(super) fn open(
    url: Url,
    access: &Arc<Access>,
    most: u64,
    is_cancelled: &CancelCheck,
) -> Result<Box<dyn Read + Send>, HttpError> {
    let waits = access.waits(&url);
    let until = Instant::now() + waits.whole;
    let agent = tls::agent(access, &url)?;
    let request = ProfileRequest { url, access: Arc::clone(access), waits, until, agent: agent.clone() };
    let (sender, came) = sync_channel(WAITING);
    let work = move || {
        if let Err(error) = send(&request, most, &sender) {
            // The reader may be gone.
            let _ = sender.send(ResponseEvent::Failed(error));
        }
    };
    thread::Builder::new()
        .name("fetch".to_owned())
        .spawn(work)
        .map_err(|error| HttpError::InvalidResponse(error.to_string()))?;
    let mut pieces = ResponseReader::new(came, waits, until, agent, Arc::clone(is_cancelled));
    if pieces.begin()? { Ok(Box::new(pieces)) } else { Err(HttpError::EmptyResponse) }
}

/// Sends the response of a request in chunks.
fn send(request: &ProfileRequest, most: u64, to: &SyncSender<ResponseEvent>) -> Result<(), HttpError> {
    let ProfileResponse { response, at } = request.answer(|refusal| drop(to.send(ResponseEvent::Refused(refusal))))?;
    let _ = to.send(ResponseEvent::Answered);
    let packing = response.headers().get("content-encoding").map(|value| value.to_str().unwrap_or("?").to_owned());
    let packing = packing.map(|packing| packing.trim().to_ascii_lowercase()).unwrap_or_default();
    let wire = SizeLimiter { source: response.into_body().into_reader(), left: most, most };
    let failed = |error: io::Error| client_error::of_response(error, &request.waits, &at.place());
    let copied = match packing.as_str() {
        "" | "identity" => copy(wire, to),
        "gzip" | "x-gzip" => unpacked(wire, most, to),
        _ => return Err(HttpError::UnknownEncoding(packing)),
    };
    copied.map_err(failed)
}

/// Decodes content encoded for transport. Some servers announce gzip and send plain content.
fn unpacked(mut wire: impl Read, most: u64, to: &SyncSender<ResponseEvent>) -> io::Result<()> {
    let mut head = Vec::new();
    wire.by_ref().take(GZIP.len() as u64).read_to_end(&mut head)?;
    let is_packed = head == GZIP;
    let whole = io::Cursor::new(head).chain(wire);
    if is_packed {
        copy(SizeLimiter { source: MultiGzDecoder::new(whole), left: most, most }, to)
    } else {
        copy(whole, to)
    }
}

fn copy(mut from: impl Read, to: &SyncSender<ResponseEvent>) -> io::Result<()> {
    loop {
        let mut piece = vec![0; PIECE];
        let count = match from.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result?,
        };
        piece.truncate(count);
        if count == 0 {
            let _ = to.send(ResponseEvent::Ended);
            return Ok(());
        }
        if to.send(ResponseEvent::Piece(piece)).is_err() {
            return Ok(());
        }
    }
}

/// Reader that fails after a number of bytes.
struct SizeLimiter<R> {
    source: R,
    left: u64,
    most: u64,
}

impl<R: Read> Read for SizeLimiter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            let limit = LimitError { kind: LimitKind::Input, subject: "the answer", limit: self.most };
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

    fn through(bytes: &[u8], most: u64) -> Result<Vec<u8>, String> {
        let (sender, came) = sync_channel(1 << 10);
        unpacked(bytes, most, &sender).map_err(|error| error.to_string())?;
        drop(sender);
        let pieces =
            came.iter().filter_map(|came| if let ResponseEvent::Piece(piece) = came { Some(piece) } else { None });
        Ok(pieces.flatten().collect())
    }

    #[test]
    fn what_was_packed_for_the_way_is_unpacked_once() {
        assert_eq!(through(&gzip(b"profile"), 100).unwrap(), b"profile");
        let twice = gzip(&gzip(b"profile"));
        assert_eq!(through(&twice, 100).unwrap(), gzip(b"profile"));
        assert_eq!(through(b"plain", 100).unwrap(), b"plain");
        assert_eq!(through(b"", 100).unwrap(), b"");
    }

    #[test]
    fn a_bomb_is_counted_after_unpacking() {
        let bomb = gzip(&vec![0; 1 << 20]);
        assert!(bomb.len() < 2000);
        assert_eq!(through(&bomb, 1 << 16).unwrap_err(), "stopped: the answer passed the limit of 64 KiB");
        assert_eq!(through(&bomb, 1 << 20).unwrap().len(), 1 << 20);
    }
}
