//! Reasons why noise is not known.

use std::fmt;

use super::periods::Periods;
use super::request::{NoiseRequest, snapshots_of};
use super::variance::Columns;
use crate::base::units::Unit;
use crate::profile::{Measure, MemoryKind, Role, Series};

/// Reason why the sampling noise of a figure is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownNoise {
    /// A profile has no sampling period in bytes, and no default is documented.
    Period,
    /// The sizes of what is counted are not known.
    Sizes,
    /// The figure is a change in use, and what was allocated is not known.
    Turnover,
}

impl UnknownNoise {
    /// Finds the reason; `None` if the noise is known.
    pub fn of(series: &Series, request: &NoiseRequest<'_>) -> Option<Self> {
        let role = series.roles()[request.sample_type];
        let Some(periods) = Periods::new(series, &snapshots_of(request), request.sample_type) else {
            return Some(Self::Period);
        };
        let has_sizes = match role.measure {
            Measure::Space => true,
            Measure::Objects => role.paired_type.is_some(),
            Measure::Other => false,
        };
        let is_change = role.kind == MemoryKind::InUse && request.current.role == Role::Change;
        match () {
            // Profiles that record every object have no noise, whatever they count.
            () if !periods.is_sampled() => None,
            () if !has_sizes => Some(Self::Sizes),
            () if is_change && allocated_columns(series, Columns::of(series, request.sample_type)).is_none() => {
                Some(Self::Turnover)
            }
            () => None,
        }
    }
}

impl fmt::Display for UnknownNoise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Period => "the profiles state no sampling period in bytes",
            Self::Sizes => "the profiles do not state the sizes of what they count",
            Self::Turnover => "the profiles do not state what was allocated beside what changed",
        })
    }
}

/// Column of allocations of the same measure and unit; `None` unless exactly one counts since the process began.
pub(super) fn allocated_columns(series: &Series, columns: Columns) -> Option<Columns> {
    let roles = series.roles();
    let Columns { values, measure, .. } = columns;
    let is_one = |at: &usize| {
        (roles[*at].kind, roles[*at].role, roles[*at].measure) == (MemoryKind::Allocated, Role::Counter, measure)
    };
    let mut found = (0..roles.len()).filter(is_one);
    let unit = |at: usize| Unit::of(series.sample_types()[at].unit.raw());
    let allocated = found.next().filter(|_| found.next().is_none())?;
    (unit(allocated) == unit(values)).then(|| Columns::of(series, allocated))
}
