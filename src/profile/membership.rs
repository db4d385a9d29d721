//! Membership of snapshots in instances.

use crate::base::safe_text::SafeText;

/// Running copy of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Name, from files, host or process id; empty if there is only one instance and nothing names it.
    pub name: SafeText,
}

/// Origin of a snapshot's file: named by the user, or found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Named by the user.
    #[default]
    Named,
    /// Found in a directory or an archive.
    Found,
}

/// Instance, lane and deploy of a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// Index of the instance in [`Series::instances`](crate::profile::Series::instances).
    pub instance: usize,
    /// Number of the lane. A lane has the snapshots of one process or one of its threads; lanes of an instance are
    /// added up.
    pub lane: usize,
    /// Number of deploys of the lane before the snapshot; 0 if no deploy is recognized.
    pub deploy: usize,
    /// Snapshot of the same side that this one is a copy of; `None` for originals. A window counts one of them.
    pub copy_of: Option<usize>,
}

impl Membership {
    /// Returns true for a copy of another snapshot.
    pub fn is_duplicate(&self) -> bool {
        self.copy_of.is_some()
    }
}
