//! Bytes become a profile: one file a format, and the table that tells them apart.
//!
//! Nothing here opens a file or a socket, and nothing here adds up a stack. A format is a row of [`FORMATS`]: a name, a
//! probe that looks at the first bytes, and a reader that takes [`Chunks`] and gives a [`Profile`](crate::profile::Profile). Files are told by
//! content, never by name.

mod builder;
mod content;
mod drop_rules;
mod error;
mod folded;
mod formats;
pub mod gclog;
mod go_comments;
mod heap_text;
mod inflate;
mod java;
mod jemalloc;
mod json;
mod lines;
mod mappings;
pub mod pprof;
mod reader;
mod stored;
#[cfg(test)]
mod testing;
mod v8;
mod words;
mod zstd;

pub use content::ContentKind;
pub use error::{
    Compression, Corruption, ErrorPosition, FormatError, InputError, Malformed, NonLogContent, RecordKind,
    StreamProblem, WireError,
};
pub use formats::{FORMATS, read};
pub use inflate::open;
pub use reader::{
    CHUNK, Chunks, DamagePolicy, Format, PeekedChunks, Probe, ReadContext, ReadOptions, Threads, ValueUnit,
};
