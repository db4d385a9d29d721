//! Errors of fetching a profile from a service. No message quotes a secret or names the address.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::UrlError;
use crate::base::limits::LimitError;
use crate::base::time::parse_rfc3339;

/// Error of fetching a profile from a service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The address is not valid.
    #[error("cannot be fetched: {0}")]
    InvalidUrl(#[from] UrlError),
    /// The user turned the network off.
    #[error("the network is turned off")]
    NetworkOff,
    /// The address has no settings for requests, see [`Address::with_access`](crate::source::Address::with_access).
    #[error("there are no settings for requests to services")]
    NoAccess,
    /// The program was built without the feature `net`.
    #[error("this heapglass was built without a network")]
    NoNetworkSupport,
    /// The host name does not resolve.
    #[error("no host of the name `{0}` is known")]
    UnknownHost(String),
    /// The host refused the connection.
    #[error("connection refused by {0}")]
    ConnectionRefused(String),
    /// The connection failed for another reason: host, and the reason.
    #[error("no connection to {0}: {1}")]
    Unreachable(String, String),
    /// The proxy failed: its host, and the reason.
    #[error("the proxy {0} makes no connection: {1}")]
    Proxy(String, String),
    /// The proxy wants a user and a password: its host.
    #[error("the proxy {0} makes no connection: it wants a user and a password (407)")]
    ProxyUser(String),
    /// No connection within this time.
    #[error("no connection within {}", seconds(*.0))]
    ConnectTimeout(Duration),
    /// No byte of a response within this time.
    #[error("no answer within {}", seconds(*.0))]
    ResponseTimeout(Duration),
    /// No further byte of the response within this time.
    #[error("the answer stopped, nothing came for {}", seconds(*.0))]
    IdleTimeout(Duration),
    /// The request took longer than this time.
    #[error("not done within {}", seconds(*.0))]
    TotalTimeout(Duration),
    /// The response has an error status.
    #[error("the server answered {0}")]
    Status(Box<StatusError>),
    /// More redirects than this number.
    #[error("redirected more than {0} times")]
    TooManyRedirects(usize),
    /// A redirect led from `https:` to `http:`.
    #[error("redirected from `https:` to `http:`, which is not followed")]
    InsecureRedirect,
    /// A redirect of a store's call led to another origin, or would have changed the call.
    #[error("redirected to {0}, where the same call is not sent")]
    RefusedRedirect(String),
    /// A redirect led to an invalid address.
    #[error("redirected to what cannot be fetched: {0}")]
    InvalidRedirect(UrlError),
    /// The certificate of the host is not trusted: host, and the reason.
    #[error("the certificate of {0} is not trusted: {1}")]
    UntrustedCertificate(String, CertificateFault),
    /// The host demands a certificate of the user.
    #[error("{0} demands a certificate of the client")]
    NeedsCertificate(String),
    /// TLS failed for another reason: host, and the reason.
    #[error("no encrypted connection to {0}: {1}")]
    Tls(String, String),
    /// No certificate authorities could be loaded.
    #[error(transparent)]
    Authorities(#[from] AuthoritiesError),
    /// The connection was closed before the end of the response.
    #[error("the connection was closed before all of the profile had come")]
    ConnectionClosed,
    /// The response has no bytes.
    #[error("the answer is empty")]
    EmptyResponse,
    /// The content encoding of the response is not supported.
    #[error("the answer is packed as `{0}`, which is not read")]
    UnknownEncoding(String),
    /// The response breaks the rules of HTTP.
    #[error("the answer is no proper HTTP: {0}")]
    InvalidResponse(String),
    /// The response is larger than a limit.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The caller cancelled the request.
    #[error("cancelled")]
    Cancelled,
}

/// Reason why a certificate is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateFault {
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its time has not come.
    #[error("it begins later than this machine's clock")]
    NotYetValid,
    /// Its authority took it back.
    #[error("it was revoked")]
    Revoked,
    /// It names other hosts.
    #[error("it is for another host")]
    OtherHost,
    /// No trusted authority signed it.
    #[error("nobody who is trusted here signed it")]
    UnknownIssuer,
    /// It is the certificate of an authority, which a server cannot use.
    #[error("it is that of an authority (`CA:TRUE`), not of a server")]
    Authority,
    /// Another reason.
    #[error("it is damaged or not for this use")]
    Unusable,
}

/// Error status of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusError {
    /// Status code.
    pub code: u16,
    /// Reason phrase of the code; empty for an unknown code.
    pub phrase: &'static str,
    /// First line of the response's text, safe to show; `None` for a web page.
    pub message: Option<String>,
    /// Origin that a redirect led to, which got no credentials; `None` without credentials or without such a redirect.
    pub stripped_at: Option<String>,
    /// Seconds to wait before another attempt, as the server asks; `None` if it does not.
    pub retry_after: Option<u64>,
}

/// Parses a `Retry-After` header, a number of seconds or a date such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110,
/// sections 5.6.7 and 10.2.3), to seconds from now, at the given milliseconds since 1970. `None` for other text.
pub(in crate::source) fn retry_seconds(value: &str, now_millis: i64) -> Option<u64> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that does not fit is still a long wait.
        return Some(value.parse().unwrap_or(u64::MAX));
    }
    let (_, date) = value.split_once(", ")?;
    let [day, month, year, time, "GMT"] = date.split(' ').collect::<Vec<_>>()[..] else { return None };
    let month = MONTHS.find(month).filter(|at| month.len() == 3 && at % 3 == 0)? / 3 + 1;
    let at = parse_rfc3339(&format!("{year}-{month:02}-{day}T{time}Z"))?;
    u64::try_from(at.saturating_sub(now_millis).max(0)).ok().map(|millis| millis.div_ceil(1000))
}

/// Advice for a status that a busy or broken server answers; `None` for other statuses.
pub(in crate::source) fn busy_hint(status: u16, retry_after: Option<u64>) -> Option<String> {
    let reason = match status {
        408 | 429 | 503 | 504 => "it is busy",
        500..=599 => "it failed, and its own log says why",
        _ => return None,
    };
    let when = retry_after
        .filter(|wait| *wait > 0)
        .map_or_else(|| "later".to_owned(), |wait| format!("in {wait} s, as it asks"));
    Some(format!("{reason}: try again {when}"))
}

impl fmt::Display for StatusError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.code)?;
        if !self.phrase.is_empty() {
            write!(out, " {}", self.phrase)?;
        }
        match &self.message {
            Some(message) => write!(out, ": {message}"),
            None => Ok(()),
        }
    }
}

impl StatusError {
    /// Returns true if the service asks for credentials.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self.code, 401 | 403)
    }

    /// Returns true if the same request may succeed later.
    fn is_temporary(&self) -> bool {
        matches!(self.code, 408 | 429 | 500..=599)
    }

    fn hint(&self) -> Option<String> {
        let text = match (self.code, &self.stripped_at) {
            (401 | 403, Some(origin)) => {
                return Some(format!(
                    "it was redirected to {origin}, which is not told what was meant for another: give that address"
                ));
            }
            (404 | 405, _) => "Go serves heaps at /debug/pprof/heap",
            (400, _) => "is it the right scheme and port, and are `seconds` understood there?",
            (415, _) => "is it the right address? it does not take the request",
            (407, _) => "the address of the proxy takes a user and a password",
            (code, _) => return busy_hint(code, self.retry_after),
        };
        Some(text.to_owned())
    }
}

/// Error of loading certificate authorities.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthoritiesError {
    /// The file cannot be read.
    #[error("`{}`: the file cannot be read", .0.display())]
    Unreadable(PathBuf),
    /// The file is larger than any list of authorities.
    #[error("`{}`: the file has more than 4 MiB", .0.display())]
    TooLarge(PathBuf),
    /// The file is not PEM.
    #[error("`{}`: the file is no PEM", .0.display())]
    NotPem(PathBuf),
    /// The file contains no certificate.
    #[error("`{}`: there is no certificate in this file", .0.display())]
    NoCertificate(PathBuf),
    /// The file contains no private key that can be used.
    #[error("`{}`: there is no private key in this file", .0.display())]
    NoKey(PathBuf),
    /// The private key does not belong to the certificate, or is of an unknown kind.
    #[error("`{}`: its private key does not go with the certificate", .0.display())]
    KeyMismatch(PathBuf),
    /// The system has no certificate authorities.
    #[error("this system names no authority that certificates could be signed by")]
    NoneOnSystem,
}

impl HttpError {
    /// Advice to the user in one sentence; `None` when there is none.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::InvalidUrl(_) => "an address is `http://host:port/path`",
            Self::NoAccess => "give the address settings for requests",
            Self::NetworkOff => "files can be opened even so",
            Self::NoNetworkSupport => "save the profile with another program, and open the file",
            Self::ConnectionRefused(_) => "does the service run, and listen for profiles at this port?",
            Self::ProxyUser(_) => {
                "a variable such as `https_proxy=http://USER:PASSWORD@HOST:PORT` names both; `NO_PROXY` names hosts that are \
                 asked directly"
            }
            Self::Proxy(..) => "`NO_PROXY` names hosts that are asked directly",
            Self::ResponseTimeout(_) | Self::IdleTimeout(_) => "the service may be stopped or too busy to answer",
            Self::Status(status) => return status.hint(),
            Self::TooManyRedirects(_)
            | Self::InsecureRedirect
            | Self::InvalidRedirect(_)
            | Self::RefusedRedirect(_) => "give the address that holds the profile itself",
            Self::Tls(..) => "does the port speak `https:`? else give the address with `http://`",
            Self::ConnectionClosed => "the service may have been stopped; fetch it again",
            Self::EmptyResponse => "Go serves heaps at /debug/pprof/heap",
            Self::UnknownHost(_) => "check the name of the host",
            Self::Unreachable(..) => "is it the right host and port? a firewall or a proxy may be on the way",
            Self::InvalidResponse(_) => "is it the right scheme and port?",
            Self::ConnectTimeout(_)
            | Self::TotalTimeout(_)
            | Self::UntrustedCertificate(..)
            | Self::NeedsCertificate(_)
            | Self::Authorities(_)
            | Self::UnknownEncoding(_)
            | Self::Limit(_)
            | Self::Cancelled => return None,
        };
        Some(text.to_owned())
    }

    /// Returns true if the same request may succeed later: the service is not reachable, or not ready.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Status(status) => status.is_temporary(),
            Self::UnknownHost(_)
            | Self::ConnectionRefused(_)
            | Self::Unreachable(..)
            | Self::Proxy(..)
            | Self::ProxyUser(_)
            | Self::ConnectTimeout(_)
            | Self::ResponseTimeout(_)
            | Self::IdleTimeout(_)
            | Self::TotalTimeout(_)
            | Self::ConnectionClosed
            | Self::EmptyResponse => true,
            _ => false,
        }
    }
}

/// Formats a duration with its unit.
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
    fn a_wait_is_a_number_or_a_date() {
        // 1994-11-06T08:49:37Z, by `date -d`.
        let now = 784_111_777_000;
        for (value, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("86400", Some(86_400)),
            ("99999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:49:07 GMT", Some(0)),
            ("Sun, 06 ovD 1994 08:50:07 GMT", None),
            ("Sun, 31 Feb 1994 08:50:07 GMT", None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_seconds(value, now), seconds, "{value:?}");
        }
    }

    #[test]
    fn a_service_that_is_away_is_told_from_a_wrong_address() {
        let status = |code| HttpError::Status(Box::new(StatusError { code, ..StatusError::default() })).is_temporary();
        assert!(status(503) && status(429) && !status(404));
        let refused = HttpError::ConnectionRefused("h:1".to_owned());
        assert!(refused.is_temporary() && !HttpError::InsecureRedirect.is_temporary());
    }
}
