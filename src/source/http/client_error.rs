//! Conversion of errors of the HTTP client, whose own messages may quote secrets.

use std::io::{self, ErrorKind};

use rustls::{AlertDescription, CertificateError, Error as TlsError};
use ureq::{Error, Timeout};

use super::access::EffectiveTimeouts;
use super::{CertificateFault, HttpError};

/// Error of a request to `authority`, directly or through a proxy.
pub(super) fn of_request(
    error: Error,
    timeouts: &EffectiveTimeouts,
    authority: &str,
    proxy: Option<String>,
) -> HttpError {
    match (error, proxy) {
        (Error::Io(error), proxy) => of_connection(&error, authority, proxy),
        // The client gives the status in a text only.
        (Error::ConnectProxyFailed(reason), Some(proxy)) if reason.contains("407") => HttpError::ProxyUser(proxy),
        (Error::ConnectProxyFailed(_), Some(proxy)) => {
            HttpError::Proxy(proxy, "it was asked to, and refused".to_owned())
        }
        (Error::HostNotFound, Some(proxy)) => HttpError::Proxy(proxy, "no host of its name is known".to_owned()),
        (Error::ConnectionFailed, Some(proxy)) => HttpError::Proxy(proxy, "it cannot be reached".to_owned()),
        (error, _) => convert(error, timeouts, authority),
    }
}

/// Error while reading a response of `authority`.
pub(super) fn of_response(error: io::Error, timeouts: &EffectiveTimeouts, authority: &str) -> HttpError {
    match error.downcast::<HttpError>() {
        Ok(ours) => ours,
        Err(error) => match Error::from(error) {
            Error::Io(error) if is_closed(error.kind()) => HttpError::ConnectionClosed,
            Error::Io(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData) => {
                HttpError::InvalidResponse("it is packed with gzip, and damaged".to_owned())
            }
            Error::Io(error) => of_connection(&error, authority, None),
            error => convert(error, timeouts, authority),
        },
    }
}

fn convert(error: Error, timeouts: &EffectiveTimeouts, authority: &str) -> HttpError {
    let tls = |why: &str| HttpError::Tls(authority.to_owned(), why.to_owned());
    match error {
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => HttpError::ConnectTimeout(timeouts.connect),
        Error::Timeout(Timeout::Global | Timeout::PerCall | Timeout::RecvBody) => {
            HttpError::TotalTimeout(timeouts.total)
        }
        Error::Timeout(_) => HttpError::ResponseTimeout(timeouts.response),
        Error::HostNotFound => HttpError::UnknownHost(authority.to_owned()),
        Error::ConnectionFailed => HttpError::Unreachable(authority.to_owned(), "nobody answers".to_owned()),
        Error::Rustls(error) => of_tls(&error, authority),
        Error::Tls(_) => tls("its name is none that a certificate could be for"),
        Error::LargeResponseHeader(..) => HttpError::InvalidResponse("its headers have no end".to_owned()),
        Error::BodyStalled => HttpError::ConnectionClosed,
        Error::Io(error) => of_connection(&error, authority, None),
        _ => HttpError::InvalidResponse("its headers or lengths make no sense".to_owned()),
    }
}

/// Error of a connection.
fn of_connection(error: &io::Error, authority: &str, proxy: Option<String>) -> HttpError {
    let mut inner = error.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static));
    while let Some(cause) = inner {
        if let Some(tls) = cause.downcast_ref::<TlsError>() {
            return of_tls(tls, authority);
        }
        inner = cause.source();
    }
    // The standard library has no error kind for a failed lookup.
    if proxy.is_none() && error.to_string().starts_with("failed to lookup address") {
        return HttpError::UnknownHost(authority.to_owned());
    }
    let why = error.kind().to_string();
    match (error.kind(), proxy) {
        (_, Some(proxy)) => HttpError::Proxy(proxy, why),
        (ErrorKind::ConnectionRefused, None) => HttpError::ConnectionRefused(authority.to_owned()),
        (kind, None) if is_closed(kind) => {
            HttpError::Unreachable(authority.to_owned(), "it was closed at once".to_owned())
        }
        (ErrorKind::Other | ErrorKind::InvalidData, None) => {
            HttpError::InvalidResponse("it breaks the rules of the protocol".to_owned())
        }
        (_, None) => HttpError::Unreachable(authority.to_owned(), why),
    }
}

fn is_closed(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted)
        || kind == ErrorKind::BrokenPipe
}

fn of_tls(error: &TlsError, authority: &str) -> HttpError {
    let why = match error {
        TlsError::InvalidCertificate(error) => {
            return HttpError::UntrustedCertificate(authority.to_owned(), of_certificate(error));
        }
        TlsError::NoCertificatesPresented => "it shows no certificate",
        TlsError::InvalidMessage(_) => "what answers does not speak TLS",
        TlsError::PeerIncompatible(_) => "it speaks no version of TLS that is safe",
        TlsError::AlertReceived(AlertDescription::CertificateRequired) => {
            return HttpError::NeedsCertificate(authority.to_owned());
        }
        TlsError::AlertReceived(_) => "it does not want to speak TLS with this program",
        _ => "it breaks the rules of TLS",
    };
    HttpError::Tls(authority.to_owned(), why.to_owned())
}

fn of_certificate(error: &CertificateError) -> CertificateFault {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => CertificateFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => CertificateFault::NotYetValid,
        CertificateError::Revoked => CertificateFault::Revoked,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::OtherHost
        }
        CertificateError::UnknownIssuer => CertificateFault::UnknownIssuer,
        CertificateError::Other(other) if matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity)) => {
            CertificateFault::Authority
        }
        _ => CertificateFault::Unusable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::http::{Access, Url};

    #[test]
    fn a_proxy_that_wants_a_user_says_so() {
        let timeouts = Access::default().timeouts(&Url::parse("h").unwrap());
        let failed = |reason: &str| {
            let error = Error::ConnectProxyFailed(reason.to_owned());
            of_request(error, &timeouts, "h", Some("p:1".to_owned()))
        };
        let found = failed("proxy server responded 407/407");
        assert_eq!(found.to_string(), "the proxy p:1 makes no connection: it wants a user and a password (407)");
        assert!(found.hint().is_some_and(|hint| hint.contains("http://USER:PASSWORD@HOST:PORT")));
        assert!(failed("proxy server responded 403/403").to_string().ends_with("and refused"));
    }

    #[test]
    fn a_demanded_certificate_and_one_of_an_authority_are_named() {
        let demanded = of_tls(&TlsError::AlertReceived(AlertDescription::CertificateRequired), "h");
        assert!(matches!(demanded, HttpError::NeedsCertificate(_)), "{demanded:?}");
        let other = |error| of_certificate(&CertificateError::Other(rustls::OtherError(std::sync::Arc::new(error))));
        assert_eq!(other(webpki::Error::CaUsedAsEndEntity), CertificateFault::Authority);
        assert_eq!(other(webpki::Error::BadDer), CertificateFault::Unusable);
        assert_eq!(of_certificate(&CertificateError::NotValidForName), CertificateFault::OtherHost);
    }
}
