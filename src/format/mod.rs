//! File formats: from bytes to a profile, with one file or folder per format and a table of all.
//!
//! A format is a row of [`FORMATS`]: a name, a probe of the first bytes, and a reader from [`Chunks`] to a
//! [`Profile`](crate::profile::Profile). Formats are detected by content, never by file name. Nothing here opens a file
//! or a socket.

mod buffered_input;
mod builder;
mod content;
mod error;
mod folded;
mod formats;
pub mod gclog;
mod go_comments;
mod heap_record;
mod heap_text;
mod inflate;
mod java;
mod jemalloc;
mod json;
mod memory_map;
pub mod pprof;
mod reader;
#[cfg(test)]
mod testing;
mod text_lines;
mod tokens;
mod v8;
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
