//! Parts of a query that a series does not have.

use crate::analysis::query::{BaseInstance, Normalize};
use crate::analysis::{Query, Window};
use crate::profile::Series;

/// Part of a query that the series does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutOfRange {
    /// The series has no current snapshots.
    #[error("the series has no snapshots")]
    NoSnapshots,
    /// The sample type does not exist.
    #[error("there is no sample type {0}, counted from 0")]
    SampleType(usize),
    /// A window has snapshots that do not exist, or ends before it begins.
    #[error("there is no window from snapshot {} to {}, counted from 0", .0.first, .0.last)]
    Window(Window),
    /// An instance does not exist.
    #[error("there is no instance {0}, counted from 0")]
    Instance(usize),
    /// The totals are to be normalised, and there is no base.
    #[error("there is no base to normalize to")]
    NormalizeWithoutBase,
}

impl OutOfRange {
    /// Checks that the series has snapshots and the sample type, without which there is no answer.
    ///
    /// # Errors
    /// [`OutOfRange`] with what the series does not have.
    pub(super) fn check(series: &Series, query: &Query) -> Result<(), Self> {
        if series.snapshots().is_empty() {
            return Err(Self::NoSnapshots);
        }
        let is_known = query.sample_type < series.sample_types().len();
        if is_known { Ok(()) } else { Err(Self::SampleType(query.sample_type)) }
    }

    /// Checks all parts of a query.
    ///
    /// # Errors
    /// [`OutOfRange`] with the first part that the series does not have.
    pub(super) fn check_all(series: &Series, query: &Query) -> Result<(), Self> {
        Self::check(series, query)?;
        let mut windows = std::iter::once(query.window).chain(query.base);
        if let Some(window) = windows.find(|window| !window.is_of(series)) {
            return Err(Self::Window(window));
        }
        let other = match query.base_instance {
            BaseInstance::One(instance) => Some(instance),
            BaseInstance::Same | BaseInstance::Median => None,
        };
        let mut instances = query.instance.into_iter().chain(other);
        if let Some(instance) = instances.find(|instance| *instance >= series.instances().len()) {
            return Err(Self::Instance(instance));
        }
        if query.normalize == Normalize::On && query.base.is_none() {
            return Err(Self::NormalizeWithoutBase);
        }
        Ok(())
    }
}
