//! Services as sources.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::url::{host_and_port, redacted};
use super::{Access, CancelCheck, CertificateTrust, HttpError, Network, Url, UrlError};
use crate::source::process::LocalAddress;

/// Address of a service, with the settings for requests.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Remote {
    url: Result<Url, UrlError>,
    /// Display form of the address.
    shown: String,
    /// Settings for requests; `None` until the caller decides them.
    access: Option<Arc<Access>>,
}

impl Remote {
    /// Creates a service for an address as typed. An invalid address is an error of [`Remote::open`].
    pub fn new(text: &str) -> Self {
        let url = Url::parse(text);
        let shown = url.as_ref().map_or_else(|_| redacted(text).into_owned(), Url::to_string);
        Self { url, shown, access: None }
    }

    /// Parses an address with a scheme, or with a port unless a file of that name exists.
    pub(in crate::source) fn parse(text: &OsStr) -> Option<Self> {
        let text = text.to_str()?;
        let has_scheme = text.split_once("://").is_some_and(|(scheme, _)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        });
        let authority = text.split(['/', '?']).next().unwrap_or_default();
        let has_port = || matches!(host_and_port(authority), Ok((_, Some(_))));
        let is_address = has_scheme || (has_port() && !Path::new(text).exists());
        is_address.then(|| Self::new(text))
    }

    /// Sets the settings for requests.
    #[must_use]
    pub fn with_access(self, access: &Arc<Access>) -> Self {
        let shown = self.url.as_ref().map_or(self.shown, |url| access.url(url).to_string());
        Self { url: self.url, shown, access: Some(Arc::clone(access)) }
    }

    /// Returns true if the settings for requests are set.
    pub fn has_access(&self) -> bool {
        self.access.is_some()
    }

    /// Display form of the address, without a password.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Address of the same heap profile in text format, which includes the figures of the runtime; `None` unless the
    /// path is that of a Go service.
    pub fn with_figures(&self) -> Option<Self> {
        let access = self.access.as_ref()?;
        let url = access.url(self.url.as_ref().ok()?).with_figures()?;
        let access = Arc::new(Access { seconds: None, ..(**access).clone() });
        Some(Self { shown: url.to_string(), url: Ok(url), access: Some(access) })
    }

    /// Address if the service is on this machine; `None` for others.
    pub fn local_address(&self) -> Option<LocalAddress> {
        let url = self.url.as_ref().ok()?;
        let hosts = url.loopback_hosts();
        (!hosts.is_empty()).then(|| LocalAddress { hosts, port: url.port() })
    }

    /// Host and port.
    pub fn authority(&self) -> String {
        self.url.as_ref().map_or_else(|_| self.shown.clone(), Url::authority)
    }

    /// Duration of the profile to request, in seconds.
    pub fn seconds(&self) -> Option<u64> {
        let typed = self.access.as_ref().and_then(|access| access.seconds);
        typed.or(self.url.as_ref().ok()?.seconds())
    }

    /// Returns true if certificates are not verified, so that connections can be intercepted.
    pub fn is_unverified(&self) -> bool {
        self.access.as_ref().is_some_and(|access| access.trust == CertificateTrust::All)
    }

    /// Requests the profile and waits for its first bytes. The reader fails after `max_bytes` bytes, or when
    /// `is_cancelled` returns true. Services are connected to only here and in `session.rs`; without settings, or with
    /// the network off, nothing is connected to.
    ///
    /// # Errors
    /// [`HttpError`] if no profile is received. Later errors are returned by the reader, and contain a [`HttpError`].
    pub fn open(&self, max_bytes: u64, is_cancelled: &CancelCheck) -> Result<Box<dyn Read + Send>, HttpError> {
        let url = self.url.clone()?;
        let access = self.access.as_ref().ok_or(HttpError::NoAccess)?;
        if access.network == Network::Off {
            return Err(HttpError::NetworkOff);
        }
        fetch(access.url(&url), None, access, max_bytes, is_cancelled)
    }

    /// Requests the names of addresses, such as `0x10+0x20`, from the service. Limits and settings are those of a
    /// profile.
    ///
    /// # Errors
    /// [`HttpError`] as in [`Remote::open`].
    pub fn look_up(
        &self,
        addresses: &str,
        max_bytes: u64,
        is_cancelled: &CancelCheck,
    ) -> Result<Box<dyn Read + Send>, HttpError> {
        let url = self.url.clone()?.symbol_page();
        let access = self.access.as_ref().ok_or(HttpError::NoAccess)?;
        if access.network == Network::Off {
            return Err(HttpError::NetworkOff);
        }
        fetch(url, Some(addresses.to_owned()), access, max_bytes, is_cancelled)
    }
}

#[cfg(feature = "net")]
fn fetch(
    url: Url,
    body: Option<String>,
    access: &Arc<Access>,
    max_bytes: u64,
    is_cancelled: &CancelCheck,
) -> Result<Box<dyn Read + Send>, HttpError> {
    super::fetch::open(url, body, access, max_bytes, is_cancelled)
}

#[cfg(not(feature = "net"))]
fn fetch(
    _: Url,
    _: Option<String>,
    _: &Arc<Access>,
    _: u64,
    _: &CancelCheck,
) -> Result<Box<dyn Read + Send>, HttpError> {
    Err(HttpError::NoNetworkSupport)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_services_are_recognized() {
        let shown = |text: &str| Remote::parse(OsStr::new(text)).map(|remote| remote.shown().to_owned());
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
    fn a_disabled_network_is_not_used() {
        let access = Arc::new(Access { network: Network::Off, ..Access::default() });
        let remote = Remote::new("http://h").with_access(&access);
        assert!(matches!(remote.open(1, &(Arc::new(|| false) as CancelCheck)).map(drop), Err(HttpError::NetworkOff)));
        assert!(matches!(
            Remote::new("http://h").open(1, &(Arc::new(|| false) as CancelCheck)).map(drop),
            Err(HttpError::NoAccess)
        ));
        let remote = Remote::new("gopher://h");
        assert!(matches!(
            remote.open(1, &(Arc::new(|| false) as CancelCheck)).map(drop),
            Err(HttpError::InvalidUrl(_))
        ));
    }
}
