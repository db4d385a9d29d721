//! Membership of snapshots in instances.

use crate::base::safe_text::Text;

/// Running copy of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Name, by files, host or process id; empty if there is only one and nothing names it.
    pub name: Text,
}

/// Way in which a snapshot came into a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The user named it.
    #[default]
    Named,
    /// It was found in a directory or an archive.
    Found,
}

/// Instance of a snapshot and its place there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// Index of the instance in [`Series::instances`](crate::profile::Series::instances).
    pub instance: usize,
    /// Number of the lane. A lane is what one process, or one thread of it, wrote; lanes of an instance are added up.
    pub lane: usize,
    /// Number of the deploy before which the snapshot was taken, from 0, where names tell deploys apart.
    pub deploy: usize,
    /// True for a copy of an earlier snapshot of the same side, which counts once.
    pub is_duplicate: bool,
}
