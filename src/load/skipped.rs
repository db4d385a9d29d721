//! Sources that could not be read: heap profiles that were lost, and files of another kind in the same directories.

use std::collections::HashSet;

use super::{Loaded, Reason};
use crate::base::file_names::{has_profile_ending, without_numbers};
use crate::base::units::counted;
use crate::format::FormatError;
use crate::profile::{MergeError, Origin};

/// Source that could not be read.
#[derive(Debug)]
pub struct SkippedSource {
    /// Name of the source, as given.
    pub source: String,
    /// Reason of the failure.
    pub reason: Reason,
    /// Origin of the source: named by the user, or found in a directory.
    pub origin: Origin,
}

impl Loaded {
    /// Skipped sources that were to be read: those named by the user, and heap profiles of a directory that are damaged
    /// or lost. Files of another kind are not among them.
    pub fn unread(&self) -> Vec<&SkippedSource> {
        let names = ProfileNames::of(self);
        self.skipped.iter().filter(|skipped| !names.is_other_kind(skipped)).collect()
    }

    /// Line that counts the files of another kind in the directories; `None` if there are none.
    pub fn other_kinds(&self) -> Option<String> {
        let names = ProfileNames::of(self);
        let count = self.skipped.iter().filter(|skipped| names.is_other_kind(skipped)).count();
        (count > 0).then(|| format!("{} of another kind left out", counted(count, "file")))
    }
}

/// Names of the profiles that were read, without their numbers; empty if nothing was skipped.
struct ProfileNames(HashSet<String>);

impl ProfileNames {
    fn of(loaded: &Loaded) -> Self {
        let snapshots = if loaded.skipped.is_empty() { &[][..] } else { loaded.series.snapshots() };
        Self(snapshots.iter().map(|snapshot| without_numbers(snapshot.header.source.raw())).collect())
    }

    /// True for a file of a directory that is not a heap profile, rather than a damaged or lost heap profile. A file
    /// with a profile's name was one, unless it is a document of another tool. An archive in an archive may hold profiles,
    /// whatever its name is.
    fn is_other_kind(&self, skipped: &SkippedSource) -> bool {
        let is_of_profile =
            || has_profile_ending(&skipped.source) || self.0.contains(&without_numbers(&skipped.source));
        let is_other = match &skipped.reason {
            Reason::Format(FormatError::Empty | FormatError::EmptyArchive { .. }) => !is_of_profile(),
            Reason::Format(FormatError::NotProfile(kind)) => {
                !(kind.is_nested_archive() || kind.is_substitute() && is_of_profile())
            }
            Reason::Merge(MergeError::NoCommonType { .. } | MergeError::PeriodType { .. }) => true,
            _ => false,
        };
        skipped.origin == Origin::Found && is_other
    }
}
