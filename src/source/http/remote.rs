//! A service as a source: its address, and how it may be asked.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::url::{host_and_port, redacted};
use super::{Access, CertificateTrust, HttpError, Network, Url, UrlError};
use crate::source::{Address, SourceKind};

/// The row of the table of sources.
pub(in crate::source) const SOURCE: SourceKind =
    SourceKind { written: "URL, HOST:PORT", about: "a live service, at /debug/pprof/heap by default", claim };

/// Polled while a request is in flight; true cancels the request.
pub type CancelCheck = Arc<dyn Fn() -> bool + Send + Sync>;

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Remote {
    url: Result<Url, UrlError>,
    /// The address as it may be shown.
    shown: String,
    access: Arc<Access>,
}

impl Remote {
    /// The service at an address as it was typed. What is wrong with it is said when it is opened.
    pub fn typed(text: &str) -> Self {
        let url = Url::typed(text);
        let shown = url.as_ref().map_or_else(|_| redacted(text).into_owned(), Url::to_string);
        Self { url, shown, access: Arc::default() }
    }

    /// The same service, asked in this way.
    #[must_use]
    pub fn through(self, access: &Arc<Access>) -> Self {
        let shown = self.url.as_ref().map_or(self.shown, |url| access.url(url).to_string());
        Self { url: self.url, shown, access: Arc::clone(access) }
    }

    /// The address as it may be shown.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Host and port.
    pub fn place(&self) -> String {
        self.url.as_ref().map_or_else(|_| self.shown.clone(), Url::place)
    }

    /// How many seconds the profile is to cover.
    pub fn seconds(&self) -> Option<u64> {
        self.access.seconds.or(self.url.as_ref().ok()?.seconds())
    }

    /// Whether anybody who stands between can change what comes without being found out, although that was to be kept
    /// from happening.
    pub fn is_unverified(&self) -> bool {
        self.access.trust == CertificateTrust::Anybody
    }

    /// Asks for the profile, and waits for its first bytes. The reader fails after `most` bytes, or when `is_cancelled`.
    ///
    /// # Errors
    /// [`HttpError`] when no profile comes. What goes wrong later is an error of the reader, with the same inside.
    pub fn open(&self, most: u64, is_cancelled: &CancelCheck) -> Result<Box<dyn Read + Send>, HttpError> {
        let url = self.url.clone()?;
        if self.access.network == Network::Off {
            return Err(HttpError::NetworkOff);
        }
        fetch(self.access.url(&url), &self.access, most, is_cancelled)
    }
}

#[cfg(feature = "net")]
fn fetch(
    url: Url,
    access: &Arc<Access>,
    most: u64,
    is_cancelled: &CancelCheck,
) -> Result<Box<dyn Read + Send>, HttpError> {
    super::fetch::open(url, access, most, is_cancelled)
}

#[cfg(not(feature = "net"))]
fn fetch(_: Url, _: &Arc<Access>, _: u64, _: &CancelCheck) -> Result<Box<dyn Read + Send>, HttpError> {
    Err(HttpError::NoNetworkSupport)
}

/// What has a scheme, and what has a port unless there is such a file.
fn claim(text: &OsStr) -> Option<Address> {
    let text = text.to_str()?;
    let has_scheme = text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    let authority = text.split(['/', '?']).next().unwrap_or_default();
    let has_port = || matches!(host_and_port(authority), Ok((_, Some(_))));
    let is_claimed = has_scheme || (has_port() && !Path::new(text).exists());
    is_claimed.then(|| Address::Http(Remote::typed(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_a_file() {
        let shown = |text: &str| match claim(OsStr::new(text)) {
            Some(Address::Http(remote)) => Some(remote.shown().to_owned()),
            _ => None,
        };
        for (text, address) in [
            ("http://h:1/x", Some("http://h:1/x")),
            ("https://u:p@h", Some("https://u:***@h/debug/pprof/heap")),
            ("h:6060", Some("http://h:6060/debug/pprof/heap")),
            ("[::1]:6060/x", Some("http://[::1]:6060/x")),
            ("ftp://u:p@h/x", Some("ftp://u:***@h/x")),
            ("heap.pb.gz", None),
            ("C:heap", None),
            ("h:1a", None),
            ("host/debug/pprof/heap", None),
            ("", None),
        ] {
            assert_eq!(shown(text).as_deref(), address, "{text}");
        }
    }

    #[test]
    fn what_is_turned_off_is_not_asked() {
        let access = Arc::new(Access { network: Network::Off, ..Access::default() });
        let remote = Remote::typed("http://h").through(&access);
        assert!(matches!(remote.open(1, &(Arc::new(|| false) as CancelCheck)).map(drop), Err(HttpError::NetworkOff)));
        let remote = Remote::typed("gopher://h");
        assert!(matches!(
            remote.open(1, &(Arc::new(|| false) as CancelCheck)).map(drop),
            Err(HttpError::InvalidUrl(_))
        ));
    }
}
