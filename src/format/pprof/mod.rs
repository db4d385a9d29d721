//! The pprof format, `profile.proto`.
//!
//! The schema is `proto/profile.proto`; `message` derives its messages with prost, and a test compares the two. The
//! reader never builds a whole message: `field_scanner` passes on fields as they are inflated, `sample` reads samples
//! into columns and `stack_inserter` their stacks into a trie, and `symbol` decodes small messages with prost one at a
//! time. `repeat` avoids this work for profiles of a series that differ only in values. The writer (`write`) emits the
//! same messages one at a time.

mod field_scanner;
mod label;
mod left_out;
pub mod message;
mod number;
mod read;
mod repeat;
mod salvage;
mod sample;
mod stack_inserter;
mod symbol;
mod wire;
mod write;

use crate::format::{ContentKind, Format, Probe};

pub use write::{RemainingLines, WrittenProfile, write};

/// Row of the table of formats.
pub const FORMAT: Format = Format { name: "pprof", probe, read: read::read };

/// Protobuf has no magic number: binary data of an unknown kind may be a profile.
fn probe(head: &[u8]) -> Probe {
    if matches!(ContentKind::of(head), ContentKind::Binary | ContentKind::Zeros) { Probe::Maybe } else { Probe::No }
}
