//! Live sources: a profile that a service gives over HTTP.
//!
//! An address is read here, and what may be asked of the network is decided here. What the bytes mean is not known, and
//! neither are arguments and the environment: whoever makes an [`Access`] has asked them. A password is never part of a
//! text that this folder gives out.

#![cfg_attr(not(feature = "net"), expect(dead_code, reason = "without the network, addresses are read to be refused"))]

mod access;
mod error;
#[cfg(feature = "net")]
mod failure;
#[cfg(feature = "net")]
mod fetch;
mod header;
#[cfg(feature = "net")]
mod pieces;
mod proxy;
mod remote;
#[cfg(feature = "net")]
mod request;
#[cfg(feature = "net")]
mod tls;
mod url;

pub(super) use remote::SOURCE;

pub use access::{Access, CertificateTrust, Network, Timeouts};
pub use error::{AuthoritiesError, HttpError, StatusError};
pub use header::{HeaderError, RequestHeader};
pub use proxy::Proxies;
pub use remote::{CancelCheck, Remote};
pub use url::{Url, UrlError, redacted};
