//! Filters, which select samples and frames. Their meaning and order are pprof's.
//!
//! Names are matched once for each function, file and mapping, labels once for each label set. This module neither
//! walks a call tree nor computes figures; see [`column`](crate::analysis::column).

mod check;
pub mod code_owner;
pub mod compiled;
mod first_party;
mod installed;
pub mod mask;
pub mod owner;
pub mod pattern;
pub mod plan;
pub mod presets;
pub mod step;
pub mod syntax;
pub mod tag;

pub use code_owner::{CodeOwner, CodeOwners};
pub use compiled::CompiledFilters;
pub use first_party::NameAndFile;
pub use mask::Mask;
pub use owner::FunctionOwners;
pub use plan::FramePlan;
pub use presets::{Preset, allocator, name_of, presets};
pub use step::{Filter, FilterError, FilterKind, PatternProblem};
