//! Filters: which samples count, and which of their frames show. Their meaning and their order are pprof's.
//!
//! Names are matched once for each function, file and mapping, labels once for each set of labels; nothing here matches
//! a tree, and nothing here adds up: figures are for [`column`](crate::analysis::column) and its kin.

mod check;
pub mod compiled;
pub mod mask;
pub mod origin;
pub mod owner;
pub mod pattern;
pub mod plan;
pub mod presets;
pub mod step;
pub mod syntax;
pub mod tag;

pub use compiled::CompiledFilters;
pub use mask::Mask;
pub use origin::{CodeOwner, CodeOwners, function_names};
pub use owner::FunctionOwners;
pub use plan::FramePlan;
pub use presets::{Preset, allocator, name_of, presets};
pub use step::{Filter, FilterError, FilterKind, PatternProblem};
