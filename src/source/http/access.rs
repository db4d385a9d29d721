//! Settings for requests to services: timeouts, headers, certificates, proxies.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Proxies, RequestHeader, Url};

/// Function polled while a request is in flight; returns true to cancel the request.
pub type CancelCheck = Arc<dyn Fn() -> bool + Send + Sync>;

/// Settings for requests, the same for all services of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Access {
    /// State of the network.
    pub network: Network,
    /// Duration of the profile to request, in seconds; `None` for the default of the service.
    pub seconds: Option<u64>,
    /// Timeouts.
    pub timeouts: Timeouts,
    /// Additional request headers, sent to the requested service only and not after a redirect to another one.
    pub headers: Vec<RequestHeader>,
    /// Certificate authorities to trust.
    pub trust: CertificateTrust,
    /// Certificate of the user, sent to the requested service only.
    pub identity: Option<ClientIdentity>,
    /// Proxies.
    pub proxies: Proxies,
}

/// Certificate by which the user is known to a service, in PEM files.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientIdentity {
    /// File of the certificate and of those that lead to its authority.
    pub certificate: PathBuf,
    /// File of the private key; `None` if it is in the file of the certificate.
    pub key: Option<PathBuf>,
}

/// State of the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Network {
    /// Requests are allowed.
    #[default]
    On,
    /// The user turned the network off.
    Off,
}

/// Certificate authorities to trust.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum CertificateTrust {
    /// The authorities of the system.
    #[default]
    System,
    /// The authorities in this PEM file only.
    File(PathBuf),
    /// All certificates: connections can be intercepted.
    All,
}

/// Timeouts set by the user; `None` for the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timeouts {
    /// Timeout of connecting.
    pub connect: Option<Duration>,
    /// Timeout of the whole request.
    pub total: Option<Duration>,
}

impl Timeouts {
    /// Default timeout of connecting.
    const CONNECT: Duration = Duration::from_secs(10);
    /// Timeout of the first byte of a response, in addition to the duration of the profile.
    const RESPONSE: Duration = Duration::from_secs(10);
    /// Timeout of further bytes.
    const IDLE: Duration = Duration::from_secs(15);
    /// Default timeout of the whole request, in addition to one and a half times the duration of the profile, as in
    /// pprof.
    const TOTAL: Duration = Duration::from_secs(60);
}

/// Effective timeouts of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EffectiveTimeouts {
    pub(super) connect: Duration,
    pub(super) response: Duration,
    pub(super) idle: Duration,
    pub(super) total: Duration,
}

impl Access {
    /// Adds the requested duration to an address.
    pub(super) fn url(&self, url: &Url) -> Url {
        self.seconds.map_or_else(|| url.clone(), |seconds| url.clone().with_seconds(seconds))
    }

    /// Effective timeouts of a request to `url`.
    pub(super) fn timeouts(&self, url: &Url) -> EffectiveTimeouts {
        let covered = self.seconds.or(url.seconds()).unwrap_or(0).min(u64::from(u32::MAX));
        let total = Timeouts::TOTAL + Duration::from_secs(covered) + Duration::from_secs(covered) / 2;
        EffectiveTimeouts {
            connect: self.timeouts.connect.unwrap_or(Timeouts::CONNECT),
            response: Timeouts::RESPONSE + Duration::from_secs(covered),
            idle: Timeouts::IDLE,
            total: self.timeouts.total.unwrap_or(total),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeouts_include_the_duration_of_the_profile() {
        let url = Url::parse("http://h").unwrap();
        let waits = |access: &Access| {
            let waits = access.timeouts(&access.url(&url));
            [waits.connect, waits.response, waits.idle, waits.total].map(|wait| wait.as_secs())
        };
        assert_eq!(waits(&Access::default()), [10, 10, 15, 60]);
        assert_eq!(waits(&Access { seconds: Some(30), ..Access::default() }), [10, 40, 15, 105]);
        let timeouts = Timeouts { connect: Some(Duration::from_secs(1)), total: Some(Duration::from_secs(2)) };
        assert_eq!(waits(&Access { timeouts, seconds: Some(30), ..Access::default() }), [1, 40, 15, 2]);
        let typed = Url::parse("http://h/heap?seconds=20").unwrap();
        assert_eq!(Access::default().timeouts(&typed).response.as_secs(), 30);
        assert_eq!(
            Access { seconds: Some(u64::MAX), ..Access::default() }.timeouts(&url).total.as_secs(),
            6_442_451_002
        );
    }
}
