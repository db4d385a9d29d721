//! Services: profiles over HTTP.
//!
//! The settings of requests are in [`Access`], which the caller fills from arguments and the environment. No text that
//! this module returns contains a password.

#![cfg_attr(not(feature = "net"), expect(dead_code, reason = "without the network, addresses are read to be refused"))]

mod access;
#[cfg(feature = "net")]
mod client_error;
mod clock;
mod error;
#[cfg(feature = "net")]
mod fetch;
mod header;
mod proxy;
mod remote;
#[cfg(feature = "net")]
mod request;
#[cfg(feature = "net")]
mod response;
mod secrets;
mod session;
#[cfg(feature = "net")]
mod tls;
mod url;

pub use access::{Access, CancelCheck, CertificateTrust, ClientIdentity, Network, Timeouts};
pub use clock::now_millis;
pub(in crate::source) use error::busy_hint;
pub use error::{AuthoritiesError, CertificateFault, HttpError, StatusError};
pub use header::{HeaderError, RequestHeader};
pub use proxy::Proxies;
pub use remote::Remote;
pub use secrets::Secrets;
pub use session::{Call, Reply, Session};
pub use url::{Url, UrlError, redacted};
