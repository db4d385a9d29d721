//! pprof's `profile.proto`: what it is on the wire, and how it becomes a profile.
//!
//! The schema stands in `proto/profile.proto`, and `message` derives the same messages with prost; a test holds the two
//! together. The reader never makes a whole message: fields are fed to it as they are inflated (`fields`), samples become
//! columns (`sample`), their stacks a trie (`walker`), and the small messages pass one at a time through prost into columns
//! (`symbol`). The writer (`write`) sends the same messages out, one at a time.

mod fields;
mod label;
pub mod message;
mod read;
mod salvage;
mod sample;
mod symbol;
mod walker;
mod wire;
mod write;

use crate::format::{ContentKind, Format, Probe};

pub use write::{CutLines, WrittenProfile, write};

/// The row of this format.
pub const FORMAT: Format = Format { name: "pprof", probe, read: read::read };

/// Protobuf has no magic number: binary data of an unknown kind may be a profile.
fn probe(head: &[u8]) -> Probe {
    if ContentKind::of(head) == ContentKind::Binary { Probe::Maybe } else { Probe::No }
}
