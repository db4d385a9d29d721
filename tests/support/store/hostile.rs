//! Store on loopback that misbehaves.

use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message as _;

use super::super::server::{Server, Stream, drip, hold};
use super::pyroscope::{Point, SeriesResponse, TotalsResponse};
use super::{Answer, TestStore, body, write};

/// Misbehaviour of the store, for merges or for every call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A frame that ends before its length.
    ShortFrame,
    /// A message without the trailer.
    NoTrailer,
    /// A frame that claims four gigabytes.
    HugeFrame,
    /// A response that claims ten gigabytes.
    HugeLength,
    /// Ten gigabytes, sent without end.
    Endless,
    /// A web page.
    Html,
    /// A web page with an error status.
    HtmlError,
    /// No bytes at all.
    Silent,
    /// A byte from time to time.
    Slow,
    /// A redirect to another host.
    Redirect,
    /// Redirects in a circle.
    Circle,
    /// Too busy, once.
    BusyOnce,
    /// Always too busy.
    Busy,
    /// Random bytes.
    Noise,
    /// A list with millions of empty series.
    ManySeries,
    /// The body of another file format.
    OtherFormat,
    /// A small response that decodes to gigabytes.
    GzipBomb,
    /// A redirect that drops the body of a call.
    Found,
    /// A redirect to a file.
    OtherScheme,
    /// One redirect within the store, which is followed.
    SameOriginOnce,
    /// A refusal in the headers, with control sequences for the terminal.
    RefusedInHeaders,
    /// A compressed frame.
    CompressedFrame,
    /// A busy store that requests a wait of days.
    LongWait,
    /// More profiles than a list may have, in every range.
    ManyPoints,
    /// Numbers such as infinity or NaN.
    EvilNumbers,
    /// Names with control sequences for the terminal.
    EvilNames,
    /// Pages that never end.
    EndlessPages,
    /// Pages that lead back to the first page.
    PagesInCircle,
    /// A page with bytes that are not base64.
    NoBase64,
    /// A page with bytes of another format in place of a profile.
    OtherProfile,
    /// JSON nested without end.
    DeepJson,
}

/// Starts a store with a fault in calls whose path contains `calls`.
pub fn start(fault: Fault, calls: &'static str) -> Server {
    let store = TestStore::new();
    let seen = std::sync::atomic::AtomicUsize::new(0);
    Server::start(move |head, stream| {
        let request = body(head, stream)?;
        let is_meant = head.lines().next().is_some_and(|line| line.contains(calls));
        let count = if is_meant { seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed) } else { 0 };
        let good = store.answer(head, &request);
        if !is_meant || (matches!(fault, Fault::BusyOnce | Fault::SameOriginOnce) && count > 0) {
            return write(stream, &good);
        }
        misbehave(fault, head, good, stream)
    })
}

/// Number that differs for every request.
fn request_number() -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(1_000_000);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

fn text(status: u16, kind: &str, text: &str) -> Answer {
    Answer::new(status, kind, text.as_bytes().to_vec())
}

fn misbehave(fault: Fault, head: &str, good: Answer, stream: &mut dyn Stream) -> io::Result<()> {
    let path = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
    match fault {
        Fault::HugeLength => {
            stream.write_all(HUGE)?;
            stream.write_all(&good.body)
        }
        Fault::Endless => {
            stream.write_all(HUGE)?;
            loop {
                stream.write_all(&[0x0a; 1 << 12])?;
            }
        }
        Fault::Silent => hold(stream),
        Fault::Slow => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")?;
            drip(stream)
        }
        Fault::Redirect | Fault::Circle | Fault::Found | Fault::OtherScheme | Fault::SameOriginOnce => {
            let mut answer = text(if fault == Fault::Found { 302 } else { 307 }, "text/plain", "");
            let to = match fault {
                Fault::Redirect => format!("http://127.0.0.1:1{path}"),
                Fault::OtherScheme => "file:///etc/passwd".to_owned(),
                _ => path,
            };
            answer.headers.push(("Location".to_owned(), to));
            write(stream, &answer)
        }
        _ => {
            let answer = refused(fault).or_else(|| page(fault, &path, &good)).unwrap_or_else(|| changed(fault, good));
            write(stream, &answer)
        }
    }
}

/// Head of a response of ten gigabytes.
const HUGE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/proto\r\nContent-Length: 10737418240\r\n\r\n";

/// Response that is not a store's, or a store's refusal; `None` for other faults.
fn refused(fault: Fault) -> Option<Answer> {
    let busy = |status, body: &str, wait: &str| {
        let mut answer = text(status, "application/json", body);
        answer.headers.push(("Retry-After".to_owned(), wait.to_owned()));
        answer
    };
    Some(match fault {
        Fault::Html => text(200, "text/html; charset=utf-8", "<!doctype html><title>Log in</title>"),
        Fault::HtmlError => text(502, "text/html", "<html>Bad gateway \x1b[2J</html>"),
        Fault::BusyOnce | Fault::Busy => busy(503, r#"{"code":"unavailable","message":"too many queries"}"#, "0"),
        Fault::LongWait => busy(429, r#"{"code":"resource_exhausted","message":"wait"}"#, "9999999999"),
        Fault::RefusedInHeaders => {
            let mut answer = text(200, "application/grpc-web+proto", "");
            answer.headers.push(("Grpc-Status".to_owned(), "13".to_owned()));
            answer.headers.push(("Grpc-Message".to_owned(), "gone%1B[2J%0Aand%E2%80%AEmore".to_owned()));
            answer
        }
        _ => return None,
    })
}

/// Page of Cloud Profiler; `None` for other faults.
fn page(fault: Fault, path: &str, good: &Answer) -> Option<Answer> {
    let good = || String::from_utf8_lossy(&good.body);
    let body = match fault {
        Fault::EndlessPages => format!(r#"{{"profiles":[],"nextPageToken":"{}"}}"#, path.len() + request_number()),
        Fault::PagesInCircle => r#"{"profiles":[],"nextPageToken":"again"}"#.to_owned(),
        Fault::NoBase64 => good().replace(r#""profileBytes":""#, r#""profileBytes":"!"#),
        Fault::OtherProfile => good().replace("H4sI", "bWFp"),
        Fault::DeepJson => "[".repeat(1 << 20),
        _ => return None,
    };
    Some(text(200, "application/json", &body))
}

/// Valid response with a fault in its contents.
fn changed(fault: Fault, mut good: Answer) -> Answer {
    good.body = match fault {
        Fault::ShortFrame => good.body[..good.body.len().min(40)].to_vec(),
        Fault::NoTrailer => good.body[..good.body.len().saturating_sub(21)].to_vec(),
        Fault::HugeFrame => vec![0, 0xff, 0xff, 0xff, 0xff],
        Fault::CompressedFrame => [&[1], &good.body[1..]].concat(),
        Fault::Noise => (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect(),
        Fault::ManySeries => [0x0a, 0x00, 0x12, 0x00].repeat(1 << 20),
        Fault::OtherFormat => b"main;work 12\nmain;other 20\n".to_vec(),
        Fault::GzipBomb => {
            good.headers.push(("Content-Encoding".to_owned(), "gzip".to_owned()));
            let mut packer = GzEncoder::new(Vec::new(), Compression::best());
            packer.write_all(&vec![0; 8 << 20]).unwrap();
            packer.finish().unwrap()
        }
        Fault::ManyPoints | Fault::EvilNumbers => points(fault, &good.body),
        _ => names(&good.body),
    };
    good
}

/// Totals with too many points, or with invalid numbers.
fn points(fault: Fault, body: &[u8]) -> Vec<u8> {
    let mut totals = TotalsResponse::decode(body).unwrap();
    for series in &mut totals.series {
        let first = series.points[0].timestamp;
        let values: Vec<(f64, i64)> = match fault {
            Fault::ManyPoints => vec![(1.0, first); 200_001],
            _ => vec![
                (f64::NAN, first),
                (f64::INFINITY, first + 1_000),
                (-1e308, first + 2_000),
                (1.0, i64::MIN),
                (1.0, i64::MAX),
                (f64::MAX, first),
            ],
        };
        series.points = values.into_iter().map(|(value, timestamp)| Point { value, timestamp }).collect();
    }
    totals.encode_to_vec()
}

/// Series with control sequences for the terminal in their names.
fn names(body: &[u8]) -> Vec<u8> {
    let mut sets = SeriesResponse::decode(body).unwrap();
    for label in sets.labels_set.iter_mut().flat_map(|set| &mut set.labels) {
        if label.name != "__profile_type__" {
            label.value = format!("\x1b[2J{}\u{202e}\n\u{9b}31m", label.value);
        }
    }
    sets.encode_to_vec()
}
