//! How services may be asked: how long, with what, through whom, and whom to believe.

use std::path::PathBuf;
use std::time::Duration;

use super::{Proxies, RequestHeader, Url};

/// How services may be asked. Equal for all addresses of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Access {
    /// Whether there is a network at all.
    pub network: Network,
    /// Asks for what happens in so many seconds from now on.
    pub seconds: Option<u64>,
    /// How long to wait.
    pub patience: Timeouts,
    /// What is said beside the address, to the service that was named and to no other.
    pub headers: Vec<RequestHeader>,
    /// Whose word for the name of a service counts.
    pub trust: CertificateTrust,
    /// Who stands between.
    pub proxies: Proxies,
}

/// Whether there is a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Network {
    /// There is.
    #[default]
    On,
    /// Whoever runs the program does not want it to be used.
    Off,
}

/// Whose word for the name of a service counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum CertificateTrust {
    /// That of the authorities which the system trusts.
    #[default]
    System,
    /// That of the authorities in this file alone.
    File(PathBuf),
    /// Everybody's, so that whoever stands between can read and change everything.
    Anybody,
}

/// How long to wait, as far as it was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Option<Duration>,
    /// For all of it.
    pub whole: Option<Duration>,
}

impl Timeouts {
    /// For a connection, where nobody says otherwise: more than a far network needs.
    const CONNECT: Duration = Duration::from_secs(10);
    /// For the first byte, beside the seconds that the profile is to cover.
    const FIRST: Duration = Duration::from_secs(10);
    /// For the next bytes, once some have come.
    const IDLE: Duration = Duration::from_secs(15);
    /// For all of it, beside one and a half times the seconds that the profile is to cover, as pprof waits.
    const WHOLE: Duration = Duration::from_secs(60);
}

/// How long each part of one request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waits {
    pub(super) connect: Duration,
    pub(super) first: Duration,
    pub(super) idle: Duration,
    pub(super) whole: Duration,
}

impl Access {
    /// The address as it is asked for.
    pub(super) fn url(&self, url: &Url) -> Url {
        self.seconds.map_or_else(|| url.clone(), |seconds| url.clone().over(seconds))
    }

    /// How long each part may take of a request for this address.
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
