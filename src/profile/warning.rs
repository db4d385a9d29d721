//! Warnings about profiles that were read.

use std::fmt;

use crate::base::units::{commas_u64, counted_as};

/// Kind of a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WarningKind {
    /// A source was left out because it could not be read.
    Skipped,
    /// A file of another kind than a profile was left out.
    OtherFile,
    /// A wrapper around the profile, such as an archive, was removed.
    WrapperRemoved,
    /// Part of a damaged profile was kept.
    Salvaged,
    /// A profile may lack its last samples.
    Incomplete,
    /// Values with a fraction were rounded.
    Rounded,
    /// Names beyond the limit on their length were cut.
    NamesCut,
    /// Names of a program or library were not used, or may be wrong.
    Symbols,
    /// A snapshot was given twice.
    Duplicate,
    /// The order of the snapshots is not the order of the arguments, or their times are not known.
    Order,
    /// A sample type that not every snapshot has was left out.
    PartialType,
    /// Figures of a profile store that are not complete, or were corrected.
    Store,
    /// Profiles of another kind of heap were left out.
    OtherHeap,
}

/// Warning about a profile or a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Kind of the warning.
    pub kind: WarningKind,
    /// The warning in one sentence, in lower case and without a full stop. The text may quote files and is not safe to
    /// print.
    pub text: String,
}

impl Warning {
    /// Creates a warning.
    pub fn new(kind: WarningKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    /// Warning about `count` names that were cut to `limit` bytes.
    pub fn cut_names(count: usize, limit: usize) -> Self {
        let count = counted_as(count, "name was", "names were");
        Self::new(WarningKind::NamesCut, format!("{count} cut to {} bytes", commas_u64(limit as u64)))
    }

    /// Puts the name of the source in front of the text.
    #[must_use]
    pub fn of_source(self, name: &str) -> Self {
        Self { text: format!("{name}: {}", self.text), ..self }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}
