//! Reader of a response that is received on another thread, with timeouts and cancellation.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use ureq::http::{HeaderName, HeaderValue, Response};
use ureq::{Agent, Body};

use super::access::EffectiveTimeouts;
use super::{CancelCheck, HttpError};

/// Interval of cancellation checks.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Timeout of the text of an error response.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(1);

/// Status and headers of a response.
#[derive(Clone, Debug, Default)]
pub(super) struct ResponseHead {
    pub(super) status: u16,
    /// Names in lower case with their values; invalid values are left out.
    pub(super) headers: Vec<(String, String)>,
}

impl ResponseHead {
    pub(super) fn of(response: &Response<Body>) -> Self {
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.as_str().to_ascii_lowercase(), value.to_str().ok()?.to_owned()))
        };
        Self { status: response.status().as_u16(), headers: response.headers().iter().filter_map(text).collect() }
    }
}

/// Event of a request.
pub(super) enum ResponseEvent {
    /// The response begins.
    Started(ResponseHead),
    /// The response has an error status; a [`Failed`](Self::Failed) with its text may follow.
    Refused(HttpError),
    /// Chunk of the response.
    Chunk(Vec<u8>),
    /// End of the response.
    Ended,
    /// The request failed.
    Failed(HttpError),
}

/// Reader of a response.
pub(super) struct ResponseReader {
    events: Receiver<ResponseEvent>,
    timeouts: EffectiveTimeouts,
    deadline: Instant,
    agent: Option<Agent>,
    is_cancelled: CancelCheck,
    rest: VecDeque<u8>,
    /// True after the last byte.
    has_ended: bool,
}

impl ResponseReader {
    pub(super) fn new(
        events: Receiver<ResponseEvent>,
        timeouts: EffectiveTimeouts,
        deadline: Instant,
        agent: Option<Agent>,
        is_cancelled: CancelCheck,
    ) -> Self {
        Self { events, timeouts, deadline, agent, is_cancelled, rest: VecDeque::new(), has_ended: false }
    }

    /// Waits for the whole response.
    pub(super) fn whole(mut self) -> Result<(ResponseHead, Vec<u8>), HttpError> {
        let head = match self.next(None)? {
            ResponseEvent::Started(head) => head,
            ResponseEvent::Failed(error) | ResponseEvent::Refused(error) => return Err(error),
            ResponseEvent::Chunk(_) | ResponseEvent::Ended => return Err(HttpError::ConnectionClosed),
        };
        let mut body = Vec::new();
        while self.fill()? {
            let (one, other) = self.rest.as_slices();
            body.extend_from_slice(one);
            body.extend_from_slice(other);
        }
        Ok((head, body))
    }

    /// Waits for the first chunk; returns false if the response is empty.
    pub(super) fn begin(&mut self) -> Result<bool, HttpError> {
        // The timeout of the first byte is left to the thread of the request.
        match self.next(None)? {
            ResponseEvent::Refused(refusal) => match self.next(Some(MESSAGE_TIMEOUT)) {
                Ok(ResponseEvent::Failed(error)) => Err(error),
                Ok(_) | Err(HttpError::IdleTimeout(_)) => Err(refusal),
                Err(other) => Err(other),
            },
            ResponseEvent::Failed(error) => Err(error),
            _ => self.fill(),
        }
    }

    /// Waits for the next chunk; returns false at the end.
    fn fill(&mut self) -> Result<bool, HttpError> {
        if self.has_ended {
            return Ok(false);
        }
        match self.next(Some(self.timeouts.idle))? {
            ResponseEvent::Chunk(chunk) => {
                self.rest = chunk.into();
                Ok(true)
            }
            ResponseEvent::Failed(error) | ResponseEvent::Refused(error) => Err(error),
            ResponseEvent::Started(_) | ResponseEvent::Ended => {
                self.has_ended = true;
                Ok(false)
            }
        }
    }

    /// Waits for the next event; `idle` is a timeout in addition to that of the whole request.
    fn next(&mut self, idle: Option<Duration>) -> Result<ResponseEvent, HttpError> {
        let start = Instant::now();
        loop {
            match self.events.recv_timeout(POLL_INTERVAL.min(idle.unwrap_or(POLL_INTERVAL))) {
                Ok(event) => return Ok(event),
                Err(RecvTimeoutError::Disconnected) => return Err(HttpError::ConnectionClosed),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if (self.is_cancelled)() {
                return Err(HttpError::Cancelled);
            }
            if Instant::now() >= self.deadline {
                return Err(HttpError::TotalTimeout(self.timeouts.total));
            }
            if let Some(idle) = idle.filter(|idle| start.elapsed() >= *idle) {
                return Err(HttpError::IdleTimeout(idle));
            }
        }
    }
}

impl Read for ResponseReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || (self.rest.is_empty() && !self.fill().map_err(io::Error::other)?) {
            return Ok(0);
        }
        self.rest.read(buffer)
    }
}

/// Closes the connection, so that the thread of the request ends.
impl Drop for ResponseReader {
    fn drop(&mut self) {
        if let Some(agent) = self.agent.take() {
            agent.shutdown();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::{SyncSender, sync_channel};

    use super::*;
    use crate::source::http::StatusError;

    const LONG: Duration = Duration::from_secs(3600);

    /// Reader with these timeouts.
    fn reader(idle: Duration, whole: Duration) -> (SyncSender<ResponseEvent>, ResponseReader, Arc<AtomicBool>) {
        let (sender, events) = sync_channel(8);
        let timeouts = EffectiveTimeouts { connect: LONG, response: LONG, idle, total: whole };
        let is_wanted = Arc::new(AtomicBool::new(true));
        let polled = Arc::clone(&is_wanted);
        let is_cancelled: CancelCheck = Arc::new(move || !polled.load(Ordering::Relaxed));
        (
            sender,
            ResponseReader::new(
                events,
                timeouts,
                Instant::now() + whole,
                Some(Agent::new_with_defaults()),
                is_cancelled,
            ),
            is_wanted,
        )
    }

    #[test]
    fn the_end_of_a_response_can_be_read_again() {
        let (sender, mut reader, _wanted) = reader(LONG, LONG);
        sender.send(ResponseEvent::Chunk(b"text".to_vec())).unwrap();
        sender.send(ResponseEvent::Ended).unwrap();
        drop(sender);
        let (mut text, mut more) = (String::new(), String::new());
        assert_eq!(reader.read_to_string(&mut text).unwrap(), 4);
        assert_eq!(reader.read_to_string(&mut more).unwrap(), 0, "a reader of lines asks once more");
    }

    #[test]
    fn a_stalled_response_is_an_error() {
        let idle = Duration::from_millis(20);
        let (sender, mut reader, _) = reader(idle, LONG);
        sender.send(ResponseEvent::Started(ResponseHead::default())).unwrap();
        sender.send(ResponseEvent::Chunk(b"ab".to_vec())).unwrap();
        assert!(reader.begin().unwrap());
        let mut bytes = Vec::new();
        let error = reader.read_to_end(&mut bytes).unwrap_err();
        assert_eq!(bytes, b"ab");
        assert!(matches!(error.downcast::<HttpError>(), Ok(HttpError::IdleTimeout(waited)) if waited == idle));
    }

    #[test]
    fn a_response_ends_or_times_out() {
        let (sender, mut reader, _) = reader(LONG, LONG);
        for event in [
            ResponseEvent::Started(ResponseHead::default()),
            ResponseEvent::Chunk(b"a".to_vec()),
            ResponseEvent::Chunk(b"bc".to_vec()),
            ResponseEvent::Ended,
        ] {
            sender.send(event).unwrap();
        }
        assert!(reader.begin().unwrap());
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"abc");
        let (_sender, mut reader, _) = self::reader(LONG, Duration::ZERO);
        assert!(matches!(reader.begin(), Err(HttpError::TotalTimeout(_))));
    }

    #[test]
    fn cancellation_ends_the_wait() {
        let (_sender, mut reader, is_wanted) = reader(LONG, LONG);
        is_wanted.store(false, Ordering::Relaxed);
        assert!(matches!(reader.begin(), Err(HttpError::Cancelled)));
    }

    #[test]
    fn an_error_status_waits_for_its_message() {
        let refusal = |message: Option<&str>| {
            let message = message.map(str::to_owned);
            HttpError::Status(Box::new(StatusError { code: 404, message, ..StatusError::default() }))
        };
        let (sender, mut reader, _) = reader(LONG, LONG);
        sender.send(ResponseEvent::Refused(refusal(None))).unwrap();
        sender.send(ResponseEvent::Failed(refusal(Some("gone")))).unwrap();
        assert_eq!(reader.begin().unwrap_err().to_string(), "the server answered 404: gone");
        sender.send(ResponseEvent::Refused(refusal(None))).unwrap();
        drop(sender);
        assert!(reader.begin().is_err());
    }
}
