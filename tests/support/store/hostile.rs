//! A store that does what none should.

use std::io;

use super::super::server::{Server, Stream, drip, hold};
use super::{Answer, TestStore, body, write};

/// Misbehaviour of the store for merges, or for every call.
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
    /// Ten gigabytes that never end.
    Endless,
    /// A web page.
    Html,
    /// A web page with an error status.
    HtmlError,
    /// No byte at all.
    Silent,
    /// A byte now and then.
    Slow,
    /// A redirect to another host.
    Redirect,
    /// A redirect in a circle.
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
        if !is_meant || (fault == Fault::BusyOnce && count > 0) {
            return write(stream, &good);
        }
        misbehave(fault, head, good, stream)
    })
}

fn misbehave(fault: Fault, head: &str, mut good: Answer, stream: &mut dyn Stream) -> io::Result<()> {
    let text = |status, kind: &str, text: &str| Answer::new(status, kind, text.as_bytes().to_vec());
    let path = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
    match fault {
        Fault::ShortFrame => {
            good.body.truncate(good.body.len().min(40));
            write(stream, &good)
        }
        Fault::NoTrailer => {
            let end = good.body.len().saturating_sub(21);
            good.body.truncate(end);
            write(stream, &good)
        }
        Fault::HugeFrame => {
            good.body = vec![0, 0xff, 0xff, 0xff, 0xff];
            write(stream, &good)
        }
        Fault::HugeLength => {
            stream.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/proto\r\nContent-Length: 10737418240\r\n\r\n",
            )?;
            stream.write_all(&good.body)
        }
        Fault::Endless => {
            stream.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/proto\r\nContent-Length: 10737418240\r\n\r\n",
            )?;
            loop {
                stream.write_all(&[0x0a; 1 << 12])?;
            }
        }
        Fault::Html => write(stream, &text(200, "text/html; charset=utf-8", "<!doctype html><title>Log in</title>")),
        Fault::HtmlError => write(stream, &text(502, "text/html", "<html>Bad gateway \x1b[2J</html>")),
        Fault::Silent => hold(stream),
        Fault::Slow => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")?;
            drip(stream)
        }
        Fault::Redirect => {
            let mut answer = text(307, "text/plain", "");
            answer.headers.push(("Location".to_owned(), format!("http://127.0.0.1:1{path}")));
            write(stream, &answer)
        }
        Fault::Circle => {
            let mut answer = text(308, "text/plain", "");
            answer.headers.push(("Location".to_owned(), path));
            write(stream, &answer)
        }
        Fault::BusyOnce | Fault::Busy => {
            let mut answer = text(503, "application/json", r#"{"code":"unavailable","message":"too many queries"}"#);
            answer.headers.push(("Retry-After".to_owned(), "0".to_owned()));
            write(stream, &answer)
        }
        Fault::Noise => {
            good.body = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
            write(stream, &good)
        }
        Fault::ManySeries => {
            good.body = [0x0a, 0x00, 0x12, 0x00].repeat(1 << 20);
            write(stream, &good)
        }
        Fault::OtherFormat => {
            good.body = b"main;work 12\nmain;other 20\n".to_vec();
            write(stream, &good)
        }
    }
}
