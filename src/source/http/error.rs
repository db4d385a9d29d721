//! Why a service gives no profile, in words that quote no secret. The address is named by whoever reports it.

use std::time::Duration;

use super::UrlError;
use crate::base::limits::LimitError;

/// What is wrong with a service, or with the way to it.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address is none.
    #[error("cannot be fetched: {0}")]
    Url(#[from] UrlError),
    /// Whoever runs the program does not want the network to be used.
    #[error("the network is turned off by `HEAPGLASS_SECURE`")]
    Off,
    /// This program was built without a network.
    #[error("this heapglass was built without a network")]
    Absent,
    /// Nobody knows the host.
    #[error("no host of the name `{0}` is known")]
    Host(String),
    /// Nobody listens there.
    #[error("connection refused by {0}")]
    Refused(String),
    /// No connection can be made, for another reason.
    #[error("no connection to {0}: {1}")]
    Unreachable(String, String),
    /// The proxy does not do its work.
    #[error("the proxy {0} makes no connection: {1}")]
    Proxy(String, String),
    /// No connection was made in time.
    #[error("no connection within {}", seconds(*.0))]
    Connect(Duration),
    /// Nothing was answered in time.
    #[error("no answer within {}", seconds(*.0))]
    First(Duration),
    /// The answer stopped coming.
    #[error("the answer stopped, nothing came for {}", seconds(*.0))]
    Idle(Duration),
    /// It took too long in all.
    #[error("not done within {}", seconds(*.0))]
    Whole(Duration),
    /// The answer is no profile, and says so.
    #[error("the server answered {status}{}", quoted(.said.as_ref()))]
    Status {
        /// The number, and the usual words for it.
        status: String,
        /// The first line of what it said beside.
        said: Option<String>,
        /// What would help.
        hint: Option<String>,
    },
    /// From one address to the next without end.
    #[error("redirected more than {0} times")]
    Redirects(usize),
    /// To where nothing is encrypted any more.
    #[error("redirected from `https:` to `http:`, which is not followed")]
    Downgrade,
    /// To what is no address.
    #[error("redirected to what cannot be fetched: {0}")]
    Redirect(UrlError),
    /// The host is not who it should be, or cannot prove it.
    #[error("the certificate of {0} is not trusted: {1}")]
    Untrusted(String, String),
    /// What answers does not speak TLS as it should.
    #[error("no encrypted connection to {0}: {1}")]
    Tls(String, String),
    /// There is nobody whose word for a certificate would count.
    #[error("{0}")]
    Authorities(String),
    /// The answer is shorter than it says.
    #[error("the connection was closed before all of the profile had come")]
    Cut,
    /// There is nothing in the answer.
    #[error("the answer is empty")]
    Empty,
    /// The answer is packed in a way that is not known.
    #[error("the answer is packed as `{0}`, which is not read")]
    Encoding(String),
    /// The answer is no HTTP.
    #[error("the answer is no proper HTTP: {0}")]
    Broken(String),
    /// Larger than a limit.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The user asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl HttpError {
    /// What would help, where something would.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Url(_) => "an address is `http://host:port/path`",
            Self::Off => "without that variable profiles are fetched; files can be opened even so",
            Self::Absent => "save the profile with another program, and open the file",
            Self::Refused(_) => "does the service run, and listen for profiles at this port?",
            Self::Proxy(..) => "`NO_PROXY` names hosts that are asked directly",
            Self::Connect(_) => "`--connect-timeout SECONDS` waits longer",
            Self::First(_) | Self::Idle(_) => "the service may be stopped or too busy to answer",
            Self::Whole(_) => "`--timeout SECONDS` waits longer",
            Self::Status { hint, .. } => return hint.clone(),
            Self::Redirects(_) | Self::Downgrade | Self::Redirect(_) => {
                "give the address that holds the profile itself"
            }
            Self::Untrusted(..) => "`--cacert FILE` names the authority that signed it; `--insecure` believes anybody",
            Self::Authorities(_) => "`--cacert FILE` names an authority in PEM",
            Self::Tls(..) => "does the port speak `https:`? else give the address with `http://`",
            Self::Cut => "the service may have been stopped; fetch it again",
            Self::Empty => "Go serves heaps at /debug/pprof/heap",
            Self::Encoding(_) => "`--header 'Accept-Encoding: identity'` asks for it as it is",
            Self::Limit(limit) => return Some(format!("{} raises the limit", limit.option)),
            Self::Host(_) | Self::Unreachable(..) | Self::Broken(_) | Self::Cancelled => return None,
        };
        Some(text.to_owned())
    }

    /// Whether the same request may well succeed in a while: the service is away, and not another than was meant.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Status { status, .. } => is_busy(status),
            Self::Host(_)
            | Self::Refused(_)
            | Self::Unreachable(..)
            | Self::Proxy(..)
            | Self::Connect(_)
            | Self::First(_)
            | Self::Idle(_)
            | Self::Whole(_)
            | Self::Cut
            | Self::Empty => true,
            _ => false,
        }
    }
}

/// Whether a status is one of a service that is not ready, rather than of one that has nothing to give.
fn is_busy(status: &str) -> bool {
    status.starts_with('5') || status.starts_with("408") || status.starts_with("429")
}

/// What a server said, as the end of a sentence.
fn quoted(said: Option<&String>) -> String {
    said.map(|said| format!(": {said}")).unwrap_or_default()
}

/// A time as people write it.
fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if time.subsec_nanos() == 0 => format!("{seconds:.0} s"),
        seconds if seconds < 0.1 => format!("{:.0} ms", seconds * 1e3),
        seconds => format!("{seconds:.1} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        for (millis, text) in [(10_000, "10 s"), (1_500, "1.5 s"), (300, "0.3 s"), (20, "20 ms")] {
            assert_eq!(seconds(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn a_service_that_is_away_is_told_from_a_wrong_address() {
        let status =
            |status: &str| HttpError::Status { status: status.to_owned(), said: None, hint: None }.is_passing();
        assert!(status("503 Service Unavailable") && status("429 Too Many Requests") && !status("404 Not Found"));
        assert!(HttpError::Refused("h:1".to_owned()).is_passing() && !HttpError::Downgrade.is_passing());
    }
}
