//! Calls to the API of a profile store. Calls may have bodies, connections are kept open, and a call to a busy store is
//! repeated.

use std::sync::Arc;
use std::time::Duration;

use super::clock::now_millis;
use super::error::retry_seconds;
use super::{Access, CancelCheck, HttpError, Network, Secrets, Url};

/// Maximum number of attempts of a call to a busy store.
const ATTEMPTS: usize = 3;
/// Maximum wait before the next attempt, if the store requests one.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Wait before the next attempt, if the store does not request one.
const USUAL_WAIT: Duration = Duration::from_secs(1);
/// Interval of cancellation checks while waiting.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Connections to one store, with the settings for requests.
#[derive(Debug)]
pub struct Session {
    #[cfg_attr(not(feature = "net"), expect(dead_code, reason = "without the network, nothing is called"))]
    base: Url,
    access: Arc<Access>,
    #[cfg(feature = "net")]
    agent: ureq::Agent,
}

/// Call of a store's API.
#[derive(Clone, Debug)]
pub struct Call {
    /// Path and query below the base address, percent-encoded.
    pub path: String,
    /// Content type and body of a POST request; `None` for a GET request.
    pub body: Option<(&'static str, Vec<u8>)>,
    /// Headers of the protocol.
    pub headers: Vec<(&'static str, &'static str)>,
}

/// Response to a call.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Names in lower case with their values.
    pub headers: Vec<(String, String)>,
    /// Body, without its transport encoding.
    pub body: Vec<u8>,
    /// Secrets of the call, which are blanked in texts of the response.
    pub secrets: Secrets,
}

impl Reply {
    /// Value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns true if the store is busy and may succeed later.
    fn is_busy(&self) -> bool {
        matches!(self.status, 429 | 503 | 504)
    }

    /// Wait before the next attempt that the store requests, at most [`LONGEST_WAIT`].
    fn wait(&self) -> Duration {
        self.retry_after().map_or(USUAL_WAIT, Duration::from_secs).min(LONGEST_WAIT)
    }

    /// Seconds to wait before another attempt, as the server asks; `None` if it does not.
    pub fn retry_after(&self) -> Option<u64> {
        self.header("retry-after").and_then(|value| retry_seconds(value, now_millis()))
    }
}

impl Session {
    /// Creates a session with the store at a base address, without connecting.
    ///
    /// # Errors
    /// [`HttpError`] without settings for requests, with the network off, or if certificates cannot be read.
    pub(in crate::source) fn new(base: Url, access: Option<&Arc<Access>>) -> Result<Self, HttpError> {
        let access = access.ok_or(HttpError::NoAccess)?;
        if access.network == Network::Off {
            return Err(HttpError::NetworkOff);
        }
        #[cfg(feature = "net")]
        let session = {
            let agent = super::tls::agent(access, &base, super::tls::Connections::Kept, super::tls::Identity::Shown)?;
            Ok(Self { base, access: Arc::clone(access), agent })
        };
        #[cfg(not(feature = "net"))]
        let session = {
            let _ = Self { base, access: Arc::clone(access) };
            Err(HttpError::NoNetworkSupport)
        };
        session
    }

    /// Makes a call and waits for the whole response, which may have any status. A call to a busy store is repeated. A
    /// response of more than `max_bytes` bytes, as received or as decoded, is an error.
    ///
    /// # Errors
    /// [`HttpError`] if no response is received.
    pub fn call(&self, call: &Call, max_bytes: u64, is_cancelled: &CancelCheck) -> Result<Reply, HttpError> {
        let mut attempt = 1;
        loop {
            let reply = self.once(call, max_bytes, is_cancelled)?;
            if !reply.is_busy() || attempt == ATTEMPTS {
                return Ok(reply);
            }
            attempt += 1;
            let mut left = reply.wait().min(self.access.timeouts.total.unwrap_or(LONGEST_WAIT));
            while !left.is_zero() {
                if is_cancelled() {
                    return Err(HttpError::Cancelled);
                }
                let part = left.min(POLL_INTERVAL);
                std::thread::sleep(part);
                left -= part;
            }
        }
    }

    #[cfg(feature = "net")]
    fn once(&self, call: &Call, max_bytes: u64, is_cancelled: &CancelCheck) -> Result<Reply, HttpError> {
        use super::request::{ProfileRequest, RequestMethod};

        let url = self.base.joined(&call.path);
        let timeouts = self.access.timeouts(&url);
        let method = match &call.body {
            None => RequestMethod::Get,
            Some((content_type, body)) => RequestMethod::Post { content_type, body: body.clone() },
        };
        let request = ProfileRequest {
            url,
            method,
            protocol_headers: call.headers.clone(),
            access: Arc::clone(&self.access),
            timeouts,
            deadline: std::time::Instant::now() + timeouts.total,
            agent: self.agent.clone(),
            // A call is not redirected to another origin.
            other_agent: self.agent.clone(),
        };
        let (head, body) = super::fetch::call(request, max_bytes, is_cancelled)?;
        let secrets = Secrets::new(&self.access, &self.base);
        Ok(Reply { status: head.status, headers: head.headers, body, secrets })
    }

    #[cfg(not(feature = "net"))]
    fn once(&self, _: &Call, _: u64, _: &CancelCheck) -> Result<Reply, HttpError> {
        Err(HttpError::NoNetworkSupport)
    }
}

/// Closes the connections, so that the threads of abandoned requests end.
#[cfg(feature = "net")]
impl Drop for Session {
    fn drop(&mut self) {
        self.agent.clone().shutdown();
    }
}
