//! Profile store on loopback: it has the profiles of `tests/data/stores/fleet` and answers the calls of Pyroscope and
//! Parca by summing the requested profiles. `tests/stores.rs` compares it with recorded answers of real stores.

pub mod cloud;
pub mod fleet;
pub mod hostile;
pub mod parca;
pub mod pyroscope;

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use fleet::Fleet;

use super::server::{Server, Stream};

/// Version of the storage, for answers that differ between versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Pyroscope's older storage, which loses the counters of Go.
    V1,
    V2,
}

/// Answer of the store.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    fn new(status: u16, kind: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("Content-Type".to_owned(), kind.to_owned())], body }
    }
}

/// Profiles of a fleet in a storage.
#[derive(Clone)]
pub struct TestStore {
    pub fleet: Arc<Fleet>,
    pub storage: Storage,
}

impl TestStore {
    /// Creates a store of the fleet as recorded.
    pub fn new() -> Self {
        Self { fleet: Fleet::recorded(), storage: Storage::V2 }
    }

    /// Starts the store.
    pub fn start(&self) -> Server {
        let store = self.clone();
        Server::start(move |head, stream| {
            let body = body(head, stream)?;
            write(stream, &store.answer(head, &body))
        })
    }

    /// Answers a request, given its head and its body.
    pub fn answer(&self, head: &str, body: &[u8]) -> Answer {
        let mut words = head.split_whitespace();
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if let Some(call) = path.strip_prefix("/querier.v1.QuerierService/") {
            return pyroscope::answer(self, method, call, &header(head, "content-type"), body);
        }
        if let Some(call) = path.strip_prefix("/api/parca.query.v1alpha1.QueryService/") {
            return parca::answer(self, method, call, &header(head, "content-type"), body);
        }
        if let Some(rest) = path.strip_prefix("/v2/projects/") {
            return cloud::answer(self, method, rest, &header(head, "authorization"));
        }
        Answer::new(404, "text/plain; charset=utf-8", b"404 page not found\n".to_vec())
    }

    /// Starts the store with a gate: only the first `free` merges are answered before the gate opens.
    pub fn start_gated(&self, free: usize) -> (Server, Gate) {
        let (store, gate, merges) = (self.clone(), Gate::default(), AtomicUsize::new(0));
        let waiting = gate.clone();
        let server = Server::start(move |head, stream| {
            let body = body(head, stream)?;
            let is_merge = head.contains("/SelectMergeProfile ") || head.contains("QueryService/Query ");
            if is_merge && merges.fetch_add(1, Ordering::SeqCst) >= free {
                waiting.wait();
            }
            write(stream, &store.answer(head, &body))
        });
        (server, gate)
    }
}

/// Gate at which requests wait.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<GateState>, Condvar)>);

#[derive(Default)]
struct GateState {
    is_open: bool,
    waiting: usize,
}

impl Gate {
    /// Lets all requests through.
    pub fn open(&self) {
        self.0.0.lock().unwrap().is_open = true;
        self.0.1.notify_all();
    }

    /// Waits until this number of requests are waiting at the gate.
    pub fn wait_for(&self, count: usize) {
        let state = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(state, |state| state.waiting < count).unwrap());
    }

    fn wait(&self) {
        let mut state = self.0.0.lock().unwrap();
        state.waiting += 1;
        self.0.1.notify_all();
        drop(self.0.1.wait_while(state, |state| !state.is_open).unwrap());
    }
}

/// Value of a header of a request.
pub fn header(head: &str, name: &str) -> String {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

/// Reads the body of a request.
pub fn body(head: &str, stream: &mut dyn Stream) -> io::Result<Vec<u8>> {
    let length = header(head, "content-length").parse().unwrap_or(0_usize);
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}

/// Writes an answer.
pub fn write(stream: &mut dyn Stream, answer: &Answer) -> io::Result<()> {
    let length = answer.body.len();
    write!(stream, "HTTP/1.1 {} X\r\nContent-Length: {length}\r\nConnection: close\r\n", answer.status)?;
    for (name, value) in &answer.headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    stream.write_all(&answer.body)
}

/// Label matchers of a selector; an error message names the position.
fn selector(text: &str) -> Result<Matchers, String> {
    let inner = text.trim().strip_prefix('{').ok_or("1:1: parse error: unexpected input")?;
    let inner = inner.strip_suffix('}');
    let column = text.len() + 1;
    let inner = inner.ok_or(format!("1:{column}: parse error: unexpected end of input inside braces"))?;
    let mut matchers = Vec::new();
    for part in inner.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').ok_or("1:2: parse error: expected label matching operator")?;
        let (value, is_any) = value.strip_prefix('~').map_or((value, false), |value| (value, true));
        let value = value.trim().trim_matches('"').to_owned();
        let matcher = match (is_any, value.as_str()) {
            (true, ".+") => Matcher::Any,
            (true, _) => Matcher::OneOf(value.split('|').map(str::to_owned).collect()),
            (false, _) => Matcher::OneOf(vec![value]),
        };
        matchers.push((name.trim().trim_matches('"').to_owned(), matcher));
    }
    Ok(matchers)
}

/// Matchers with the names of their labels.
type Matchers = Vec<(String, Matcher)>;

/// Matcher of the value of a label.
#[derive(Clone, Debug)]
enum Matcher {
    Any,
    OneOf(Vec<String>),
}

fn is_match(labels: &BTreeMap<String, String>, matchers: &[(String, Matcher)]) -> bool {
    matchers.iter().all(|(name, matcher)| {
        let value = labels.get(name).map(String::as_str).unwrap_or_default();
        match matcher {
            Matcher::Any => !value.is_empty(),
            Matcher::OneOf(values) => values.iter().any(|known| known == value),
        }
    })
}
