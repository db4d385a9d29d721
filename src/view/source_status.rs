//! Status of the sources: live mode, outage, verification, and saved snapshots.

use std::collections::HashSet;

use crate::profile::Series;

/// Status of the sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceStatus {
    /// Polling period, in words; `None` without live mode.
    pub period: Option<String>,
    /// True if all snapshots are read from files.
    pub is_recorded: bool,
    /// Verification of the peer.
    pub tls_verification: TlsVerification,
    /// Time of the last snapshot, in nanoseconds since 1970.
    pub last_snapshot_time: Option<i64>,
    /// Last outage, current or over; `None` if there was none.
    pub outage: Option<Outage>,
}

/// Time in which polls failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Time of the first failed poll, in nanoseconds since 1970.
    pub since: i64,
    /// Time of the poll that ended the outage; `None` while it lasts.
    pub until: Option<i64>,
    /// Reason of the last failure.
    pub reason: String,
}

impl SourceStatus {
    /// Outage that has not ended.
    pub fn current_outage(&self) -> Option<&Outage> {
        self.outage.as_ref().filter(|outage| outage.until.is_none())
    }
}

/// Snapshots that were written to files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedSnapshots {
    /// Keys of the snapshots that were written.
    pub keys: HashSet<SnapshotKey>,
    /// True if the program asked the user about quitting with unsaved snapshots, and the user has not gone back since.
    pub has_asked: bool,
}

/// Identity of a snapshot while its series grows: source, time, number of samples.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SnapshotKey(String, i64, usize);

impl SnapshotKey {
    /// Key of a snapshot, by its index; `None` if there is no such snapshot.
    pub fn of(series: &Series, at: usize) -> Option<Self> {
        let header = &series.snapshots().get(at)?.header;
        Some(Self(header.source.raw().to_owned(), header.time_nanos, header.samples))
    }
}

/// Verification of the peer of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsVerification {
    /// Certificates are verified, or the source needs none.
    #[default]
    Verified,
    /// Certificates are not verified.
    Unverified,
}
