//! Data model: symbols, the location trie, sample types, samples, snapshots, and series of snapshots.
//!
//! Sums and ratios are in [`crate::analysis`], file formats in [`crate::format`](mod@crate::format). A [`Profile`] is
//! the content of one file with tables of its own. A [`Series`] is everything loaded, merged into one table of symbols
//! and one trie, with a [`Snapshot`] for each file, or for each moment of a recording. Memory figures of runtimes are
//! in the [`Metrics`] of a header and in a [`GcLog`] for each log.

mod continuity;
mod deploys;
mod flip;
mod header;
mod id_column;
mod id_map;
mod instances;
mod interleaved;
mod join;
mod labels;
mod membership;
mod merge;
mod owners;
mod packed_stacks;
mod process_memory;
mod roles;
mod runtime;
mod sample_type;
mod samples;
mod series;
mod store_merge;
mod symbol_index;
mod symbols;
mod tables;
mod trie;
mod warning;

pub use continuity::{Continuity, ContinuityCheck};
pub use header::{Counting, Header, Salvaged};
pub use id_column::IdColumn;
pub use id_map::IdMap;
pub use labels::{Label, LabelSets};
pub use membership::{Instance, Membership, Origin};
pub use merge::MergeError;
pub use owners::{MOST_BYTES as MOST_OWNER_BYTES, OwnerCache, OwnerRules, UNOWNED, is_among};
pub use packed_stacks::{PackedFrame, PackedId, StackCursor, StackDecoder, UnsharedIds};
pub use process_memory::{
    AllocatorMemory, ContainerMemory, ManagedHeap, ManagedRuntime, ProcessMemory, ResidentMemory,
};
pub use roles::{
    KNOWN_RUNTIMES, KnownRuntime, Role, Sampling, TypeRole, allocated_parts, known_runtime_of, roles, sampling_chance,
    sampling_of,
};
pub use runtime::{CounterLine, GcEvent, GcLog, LogCounter, Metrics};
pub use sample_type::{Measure, MemoryKind, SampleType, UnknownSampleType};
pub use samples::{Samples, Values};
pub use series::{
    Coverage, CoveredTime, EarlierSamples, Input, NameTimes, Profile, Series, Snapshot, SnapshotOrder, level_totals,
};
pub use store_merge::{MergeTotals, ProcessCount, StoreMerge, union_length};
pub use symbols::{DELETED, Function, Line, Location, Mapping, Symbols};
pub use tables::Tables;
pub use trie::{Child, Trie, TrieWalk};
pub use warning::{Warning, WarningKind};
