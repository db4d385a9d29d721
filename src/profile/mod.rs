//! What was measured: symbols, the location trie, sample types, snapshots, and the series they make.
//!
//! No sums, no ratios and no bytes of a format: what a figure *means* is [`crate::analysis`], how it was written down is
//! [`crate::format`](mod@crate::format). A [`Profile`] is what one file says, with its own tables; a [`Series`] is
//! everything loaded, folded into one table of symbols and one trie, with a [`Snapshot`] for each file, and beside them what
//! runtimes say of their memory: [`Metrics`] in a snapshot's header, a [`GcLog`] for each log.

mod gc_log;
mod header;
mod id_map;
mod labels;
mod merge;
mod metrics;
mod sample_type;
mod samples;
mod series;
mod symbols;
mod trie;
mod warning;

pub use gc_log::{GcEvent, GcLog};
pub use header::{Header, Salvaged};
pub use id_map::IdMap;
pub use labels::{Label, LabelSets};
pub use merge::MergeError;
pub use metrics::Metrics;
pub use sample_type::{Kind, Measure, SampleType, UnknownSampleType};
pub use samples::{Samples, Values};
pub use series::{Input, Order, Profile, Series, Snapshot};
pub use symbols::{Function, Line, Location, Mapping, Symbols};
pub use trie::{Sibling, StackReader, StackWalk, Trie};
pub use warning::{Warning, WarningKind};
