//! Analysis of profiles: a series and a query become an answer (call tree, columns, flat figures, comparison, hits).
//!
//! An answer depends on no width, colour or clock, so that all readers get the same one. Every figure has the meaning
//! that it has in pprof, to the last unit: self is pprof's flat, total is pprof's cum.

pub mod account;
pub mod activity;
pub mod advice;
pub mod amount;
mod base_instance;
pub mod builds;
pub mod calls;
pub mod caveat;
mod chains;
mod chance;
pub mod column;
mod continuation;
pub mod cumulative_rounding;
pub mod derive;
pub mod diff;
pub mod filter;
pub mod filtered;
pub mod find;
pub mod flat;
mod frame_sums;
pub mod frames;
mod functions;
pub mod gate;
mod gate_sums;
mod headline;
pub mod health;
pub mod instances;
pub mod label_roots;
pub mod labels;
pub mod lines;
mod log_units;
pub mod memory;
pub mod merged;
pub mod node_id;
pub mod noise;
mod non_zero;
mod out_of_range;
mod owners;
mod p_values;
mod profilers;
pub mod prune;
pub mod query;
pub mod rank;
pub mod rates;
pub mod regroup;
mod renames;
mod reversed_stacks;
pub mod search;
pub mod shape;
pub mod share_base;
pub mod sizes;
pub mod snapshot_sums;
pub mod spread;
mod stack_rows;
pub mod timeline;
pub mod tree;
mod tree_owners;
pub mod trend;
pub mod what_if;
pub mod window;
pub mod window_sum;

pub use account::{Account, in_use_bytes, in_use_type};
pub use activity::{Activity, Placement};
pub use base_instance::base_instances;
pub use caveat::{Caveat, caveats, without_growth};
pub use column::Column;
pub use derive::derived::{self, Derived};
pub use derive::{Answer, CANNOT_NORMALIZE, QueryError, derive};
pub use diff::{
    Change, ChangeDirection, ChangeStrength, Changes, ColumnPair, Comparison, Explanation, MatchedFunction, MoveKind,
    Presence, Site, Widths,
};
pub use filter::{Filter, FilterError};
pub use filtered::FilteredTree;
pub use flat::Flat;
pub use frames::{Frames, PackageKind, SEVERAL_OWNERS};
pub use functions::Function;
pub use gate::{Gate, GateError, GateRule, Outcome, Verdict};
pub use gate_sums::{FunctionSum, GateSums};
pub use headline::{Headline, NextStep, SEPARATOR, headline, headline_and_step};
pub use health::{Finding, Severity, health};
pub use instances::{
    InstanceFigures, InstanceFunction, InstanceTable, instance_name, only_instance, side_instances, side_snapshots,
};
pub use lines::SourceLines;
pub use memory::HeapCoverage;
pub use merged::{MergedStacks, merge_stacks};
pub use noise::{EqualTotals, Noise, NoiseBasis, NoiseRequest, Uncertainty, UnknownNoise};
pub use out_of_range::OutOfRange;
pub use owners::{OwnerSum, frame_owners};
pub use query::{
    BaseInstance, Chains, Granularity, Inlines, Matching, Normalize, OtherTypes, Pruning, Query, Recursion, Shares,
    StackDirection, StackOrder, Stacks, TreeShape, Width, opening_granularity,
};
pub use rates::{MeasuredRate, NoRate, RateSource, Rates, TimeBasis};
pub use search::{Hits, check_pattern, exact_pattern};
pub use shape::CurveShape;
pub use share_base::ShareKind;
pub use snapshot_sums::SnapshotSums;
pub use spread::{NoisyValue, Spread};
pub use timeline::{BuildsBefore, Deploy, Lane, Timeline, UnknownGrowth};
pub use tree::CallTree;
pub use tree_owners::FrameOwners;
pub use trend::{FunctionTrend, GrowthFinding, NoTrend, TrendStatus, Trends};
pub use what_if::{NoWhatIf, WhatIf, WhatIfRequest, WhatIfRow, WhatIfWords};
pub use window::{Aggregate, Per, Window};
pub use window_sum::{CountedLanes, Method, WindowRequest, WindowSum};
