//! Profiles and a query become answers: call tree, columns, flat figures, hits.
//!
//! No width, no colour and no clock: an answer is the same whoever looks at it. What every figure means is pprof's own
//! meaning, to the last unit: self is pprof's flat, total is pprof's cum.

pub mod column;
pub mod derive;
pub mod flat;
pub mod frames;
pub mod prune;
pub mod query;
pub mod search;
pub mod tree;

pub use column::Column;
pub use derive::{Answer, QueryError, derive};
pub use flat::Flat;
pub use frames::Frames;
pub use query::{Granularity, Inlines, Pruning, Query, Shape};
pub use search::Hits;
pub use tree::CallTree;
