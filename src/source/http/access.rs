//! Settings for requests to services: timeouts, headers, certificates, proxies.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Proxies, RequestHeader, Url};

/// Polled while a request is in flight; true cancels the request.
pub type CancelCheck = Arc<dyn Fn() -> bool + Send + Sync>;

/// Settings for requests, the same for all services of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Access {
    /// State of the network.
    pub network: Network,
    /// Duration of the profile to request, in seconds; `None` for the default of the service.
    pub seconds: Option<u64>,
    /// Timeouts.
    pub patience: Timeouts,
    /// Additional request headers, sent to the requested service only and not after a redirect to another one.
    pub headers: Vec<RequestHeader>,
    /// Certificate authorities to trust.
    pub trust: CertificateTrust,
    /// Proxies.
    pub proxies: Proxies,
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
    Anybody,
}

/// Timeouts set by the user; `None` for the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timeouts {
    /// Timeout of connecting.
    pub connect: Option<Duration>,
    /// Timeout of the whole request.
    pub whole: Option<Duration>,
}

impl Timeouts {
    /// Default timeout of connecting.
    const CONNECT: Duration = Duration::from_secs(10);
    /// Timeout of the first byte of a response, in addition to the duration of the profile.
    const FIRST: Duration = Duration::from_secs(10);
    /// Timeout of further bytes.
    const IDLE: Duration = Duration::from_secs(15);
    /// Default timeout of the whole request, in addition to one and a half times the duration of the profile, as in
    /// pprof.
    const WHOLE: Duration = Duration::from_secs(60);
}

/// Effective timeouts of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waits {
    pub(super) connect: Duration,
    pub(super) first: Duration,
    pub(super) idle: Duration,
    pub(super) whole: Duration,
}

impl Access {
    /// The address with the requested duration.
    pub(super) fn url(&self, url: &Url) -> Url {
        self.seconds.map_or_else(|| url.clone(), |seconds| url.clone().over(seconds))
    }

    /// Effective timeouts of a request to `url`.
    pub(super) fn waits(&self, url: &Url) -> Waits {
        let covered = self.seconds.or(url.seconds()).unwrap_or(0).min(u64::from(u32::MAX));
        let whole = Timeouts::WHOLE + Duration::from_secs(covered) + Duration::from_secs(covered) / 2;
        Waits {
            connect: self.patience.connect.unwrap_or(Timeouts::CONNECT),
            first: Timeouts::FIRST + Duration::from_secs(covered),
            idle: Timeouts::IDLE,
            whole: self.patience.whole.unwrap_or(whole),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_over_seconds_is_waited_for() {
        let url = Url::typed("http://h").unwrap();
        let waits = |access: &Access| {
            let waits = access.waits(&access.url(&url));
            [waits.connect, waits.first, waits.idle, waits.whole].map(|wait| wait.as_secs())
        };
        assert_eq!(waits(&Access::default()), [10, 10, 15, 60]);
        assert_eq!(waits(&Access { seconds: Some(30), ..Access::default() }), [10, 40, 15, 105]);
        let patience = Timeouts { connect: Some(Duration::from_secs(1)), whole: Some(Duration::from_secs(2)) };
        assert_eq!(waits(&Access { patience, seconds: Some(30), ..Access::default() }), [1, 40, 15, 2]);
        let typed = Url::typed("http://h/heap?seconds=20").unwrap();
        assert_eq!(Access::default().waits(&typed).first.as_secs(), 30);
        assert_eq!(Access { seconds: Some(u64::MAX), ..Access::default() }.waits(&url).whole.as_secs(), 6_442_451_002);
    }
}
