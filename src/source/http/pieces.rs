//! The reader's end of a request: waits for pieces, but neither for ever nor longer than anybody wants them.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use ureq::Agent;

use super::access::Waits;
use super::{CancelCheck, HttpError};

/// How often it is asked whether to go on waiting.
const ASK: Duration = Duration::from_millis(50);
/// How long to wait for what a server says beside a refusal: it helps, and is not worth waiting for.
const SAID: Duration = Duration::from_secs(1);

/// What came of a request.
pub(super) enum AnswerPiece {
    /// The server begins to answer.
    Answered,
    /// It refuses; its words may follow as a failure.
    Refused(HttpError),
    /// A piece of the answer.
    Piece(Vec<u8>),
    /// The whole of the answer was sent.
    Ended,
    /// Something went wrong.
    Failed(HttpError),
}

/// The answer, as it comes.
pub(super) struct AnswerBody {
    came: Receiver<AnswerPiece>,
    waits: Waits,
    until: Instant,
    agent: Option<Agent>,
    is_cancelled: CancelCheck,
    rest: VecDeque<u8>,
}

impl AnswerBody {
    pub(super) fn new(
        came: Receiver<AnswerPiece>,
        (waits, until): (Waits, Instant),
        agent: Agent,
        is_cancelled: CancelCheck,
    ) -> Self {
        Self { came, waits, until, agent: Some(agent), is_cancelled, rest: VecDeque::new() }
    }

    /// Waits for the first piece, and says whether there is one.
    pub(super) fn begin(&mut self) -> Result<bool, HttpError> {
        // How long an answer may take to begin depends on how far the request has come, which its thread knows.
        match self.next(None)? {
            AnswerPiece::Refused(refusal) => match self.next(Some(SAID)) {
                Ok(AnswerPiece::Failed(told)) => Err(told),
                Ok(_) | Err(HttpError::IdleTimeout(_)) => Err(refusal),
                Err(other) => Err(other),
            },
            AnswerPiece::Failed(error) => Err(error),
            _ => self.fill(),
        }
    }

    /// Waits for the next piece, and says whether there is one.
    fn fill(&mut self) -> Result<bool, HttpError> {
        match self.next(Some(self.waits.idle))? {
            AnswerPiece::Piece(piece) => {
                self.rest = piece.into();
                Ok(true)
            }
            AnswerPiece::Failed(error) | AnswerPiece::Refused(error) => Err(error),
            AnswerPiece::Answered | AnswerPiece::Ended => Ok(false),
        }
    }

    /// Waits for what comes next, at most so long.
    fn next(&mut self, idle: Option<Duration>) -> Result<AnswerPiece, HttpError> {
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

impl Read for AnswerBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || (self.rest.is_empty() && !self.fill().map_err(io::Error::other)?) {
            return Ok(0);
        }
        self.rest.read(buffer)
    }
}

/// Nobody reads any more: the connection is closed under the request, so that its thread ends too.
impl Drop for AnswerBody {
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

    /// A reader that waits so long for the next piece, and for all of them.
    fn pieces(idle: Duration, whole: Duration) -> (SyncSender<AnswerPiece>, AnswerBody, Arc<AtomicBool>) {
        let (sender, came) = sync_channel(8);
        let waits = Waits { connect: LONG, first: LONG, idle, whole };
        let wanted = Arc::new(AtomicBool::new(true));
        let asked = Arc::clone(&wanted);
        let is_cancelled: CancelCheck = Arc::new(move || !asked.load(Ordering::Relaxed));
        (
            sender,
            AnswerBody::new(came, (waits, Instant::now() + whole), Agent::new_with_defaults(), is_cancelled),
            wanted,
        )
    }

    #[test]
    fn an_answer_that_stops_is_left() {
        let idle = Duration::from_millis(20);
        let (sender, mut pieces, _) = pieces(idle, LONG);
        sender.send(AnswerPiece::Answered).unwrap();
        sender.send(AnswerPiece::Piece(b"ab".to_vec())).unwrap();
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
            AnswerPiece::Answered,
            AnswerPiece::Piece(b"a".to_vec()),
            AnswerPiece::Piece(b"bc".to_vec()),
            AnswerPiece::Ended,
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
        sender.send(AnswerPiece::Refused(refusal(None))).unwrap();
        sender.send(AnswerPiece::Failed(refusal(Some("gone")))).unwrap();
        assert_eq!(pieces.begin().unwrap_err().to_string(), "the server answered 404: gone");
        sender.send(AnswerPiece::Refused(refusal(None))).unwrap();
        drop(sender);
        assert!(pieces.begin().is_err());
    }
}
