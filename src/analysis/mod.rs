//! Profiles and a query become answers: call tree, columns, flat figures, hits.
//!
//! No width, no colour and no clock: an answer is the same whoever looks at it. What every figure means is pprof's own
//! meaning, to the last unit: self is pprof's flat, total is pprof's cum.

pub mod activity;
pub mod advice;
pub mod caveat;
pub mod column;
pub mod derive;
pub mod derived;
pub mod diff;
mod filled;
pub mod filter;
pub mod flat;
pub mod frames;
pub mod gate;
pub mod health;
pub mod labels;
pub mod leaves;
pub mod lines;
pub mod memory;
pub mod merged;
pub mod noise;
pub mod prune;
pub mod query;
pub mod rank;
pub mod rates;
pub mod recursion;
pub mod rooted;
pub mod sandwich;
pub mod search;
pub mod shape;
pub mod sieved;
pub mod sizes;
pub mod timeline;
pub mod tree;
pub mod trend;
pub mod window;

pub use activity::{Activity, Placement};
pub use caveat::{Caveat, caveats};
pub use column::Column;
pub use derive::{Answer, QueryError, derive};
pub use derived::Derived;
pub use diff::{Change, Changes, Comparison, Pair, Presence, Site, Step, Trend, Widths};
pub use filter::{Filter, FilterError};
pub use flat::Flat;
pub use frames::Frames;
pub use gate::{Gate, Rule, Sums, Verdict};
pub use health::{Finding, Severity, health};
pub use leaves::Leaves;
pub use lines::Lines;
pub use memory::Explained;
pub use merged::{Merged, merged};
pub use noise::{Noise, Sureness};
pub use query::{
    Beside, Granularity, Inlines, Matching, Normalize, Pruning, Query, Recursion, Shape, Shares, Stacks, Width,
};
pub use rates::{Absent, Lead, Measured, Rates, Witness};
pub use search::Hits;
pub use shape::Shape as LineShape;
pub use sieved::Sieved;
pub use timeline::{Nature, Timeline};
pub use tree::CallTree;
pub use trend::{NoTrend, Trends};
pub use window::{Aggregate, Method, Recipe, Window};
