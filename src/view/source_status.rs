//! Status of the sources: live mode, outage, verification.

/// Status of the sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceStatus {
    /// Polling period, in words; `None` without live mode.
    pub period: Option<String>,
    /// Verification of the peer.
    pub trust: PeerTrust,
    /// Time of the last snapshot, in nanoseconds since 1970.
    pub came: Option<i64>,
    /// Start and reason of the current outage.
    pub away: Option<(i64, String)>,
}

/// Verification of the peer of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PeerTrust {
    /// Certificates are verified, or the source needs none.
    #[default]
    Usual,
    /// Certificates are not verified.
    Anybody,
}
