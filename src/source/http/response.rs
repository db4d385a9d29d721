//! Reader of a response that is received on another thread, with timeouts and cancellation.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use ureq::Agent;

use super::access::Waits;
use super::{CancelCheck, HttpError};

/// Interval of cancellation checks.
const ASK: Duration = Duration::from_millis(50);
/// Timeout of the text of an error response.
const SAID: Duration = Duration::from_secs(1);

/// Event of a request.
pub(super) enum ResponseEvent {
    /// The response begins.
    Answered,
    /// The response has an error status; a [`Failed`](Self::Failed) with its text may follow.
    Refused(HttpError),
    /// Chunk of the response.
    Piece(Vec<u8>),
    /// End of the response.
    Ended,
    /// The request failed.
    Failed(HttpError),
}

/// Reader of a response.
pub(super) struct ResponseReader {
    came: Receiver<ResponseEvent>,
    waits: Waits,
    until: Instant,
    agent: Option<Agent>,
    is_cancelled: CancelCheck,
    rest: VecDeque<u8>,
}

impl ResponseReader {
    pub(super) fn new(
        came: Receiver<ResponseEvent>,
        waits: Waits,
        until: Instant,
        agent: Agent,
        is_cancelled: CancelCheck,
    ) -> Self {
        Self { came, waits, until, agent: Some(agent), is_cancelled, rest: VecDeque::new() }
    }

    /// Waits for the first chunk; returns false if the response is empty.
    pub(super) fn begin(&mut self) -> Result<bool, HttpError> {
        // The thread of the request knows how long the response may take to begin.
        match self.next(None)? {
            ResponseEvent::Refused(refusal) => match self.next(Some(SAID)) {
                Ok(ResponseEvent::Failed(told)) => Err(told),
                Ok(_) | Err(HttpError::IdleTimeout(_)) => Err(refusal),
                Err(other) => Err(other),
            },
            ResponseEvent::Failed(error) => Err(error),
            _ => self.fill(),
        }
    }

    /// Waits for the next chunk; returns false at the end.
    fn fill(&mut self) -> Result<bool, HttpError> {
        match self.next(Some(self.waits.idle))? {
            ResponseEvent::Piece(piece) => {
                self.rest = piece.into();
                Ok(true)
            }
            ResponseEvent::Failed(error) | ResponseEvent::Refused(error) => Err(error),
            ResponseEvent::Answered | ResponseEvent::Ended => Ok(false),
        }
    }

    /// Waits for the next event; `idle` is the timeout, besides that of the whole request.
    fn next(&mut self, idle: Option<Duration>) -> Result<ResponseEvent, HttpError> {
        let began = Instant::now();
        loop {
            match self.came.recv_timeout(ASK.min(idle.unwrap_or(ASK))) {
                Ok(came) => return Ok(came),
                Err(RecvTimeoutError::Disconnected) => return Err(HttpError::ConnectionClosed),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if (self.is_cancelled)() {
                return Err(HttpError::Cancelled);
            }
            if Instant::now() >= self.until {
                return Err(HttpError::TotalTimeout(self.waits.whole));
            }
            if let Some(idle) = idle.filter(|idle| began.elapsed() >= *idle) {
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
    fn pieces(idle: Duration, whole: Duration) -> (SyncSender<ResponseEvent>, ResponseReader, Arc<AtomicBool>) {
        let (sender, came) = sync_channel(8);
        let waits = Waits { connect: LONG, first: LONG, idle, whole };
        let wanted = Arc::new(AtomicBool::new(true));
        let asked = Arc::clone(&wanted);
        let is_cancelled: CancelCheck = Arc::new(move || !asked.load(Ordering::Relaxed));
        (
            sender,
            ResponseReader::new(came, waits, Instant::now() + whole, Agent::new_with_defaults(), is_cancelled),
            wanted,
        )
    }

    #[test]
    fn an_answer_that_stops_is_left() {
        let idle = Duration::from_millis(20);
        let (sender, mut pieces, _) = pieces(idle, LONG);
        sender.send(ResponseEvent::Answered).unwrap();
        sender.send(ResponseEvent::Piece(b"ab".to_vec())).unwrap();
        assert!(pieces.begin().unwrap());
        let mut bytes = Vec::new();
        let error = pieces.read_to_end(&mut bytes).unwrap_err();
        assert_eq!(bytes, b"ab");
        assert!(matches!(error.downcast::<HttpError>(), Ok(HttpError::IdleTimeout(waited)) if waited == idle));
    }

    #[test]
    fn an_answer_has_an_end_and_a_time() {
        let (sender, mut pieces, _) = pieces(LONG, LONG);
        for came in [
            ResponseEvent::Answered,
            ResponseEvent::Piece(b"a".to_vec()),
            ResponseEvent::Piece(b"bc".to_vec()),
            ResponseEvent::Ended,
        ] {
            sender.send(came).unwrap();
        }
        assert!(pieces.begin().unwrap());
        let mut bytes = Vec::new();
        pieces.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"abc");
        let (_sender, mut pieces, _) = self::pieces(LONG, Duration::ZERO);
        assert!(matches!(pieces.begin(), Err(HttpError::TotalTimeout(_))));
    }

    #[test]
    fn who_does_not_want_it_any_more_waits_no_longer() {
        let (_sender, mut pieces, wanted) = pieces(LONG, LONG);
        wanted.store(false, Ordering::Relaxed);
        assert!(matches!(pieces.begin(), Err(HttpError::Cancelled)));
    }

    #[test]
    fn a_refusal_waits_a_while_for_its_words() {
        let refusal = |message: Option<&str>| {
            let message = message.map(str::to_owned);
            HttpError::Status(StatusError { code: 404, phrase: "", message, stripped_at: None })
        };
        let (sender, mut pieces, _) = pieces(LONG, LONG);
        sender.send(ResponseEvent::Refused(refusal(None))).unwrap();
        sender.send(ResponseEvent::Failed(refusal(Some("gone")))).unwrap();
        assert_eq!(pieces.begin().unwrap_err().to_string(), "the server answered 404: gone");
        sender.send(ResponseEvent::Refused(refusal(None))).unwrap();
        drop(sender);
        assert!(pieces.begin().is_err());
    }
}
