//! Sources of bytes: files, directories, services, standard input, the built-in demo.
//!
//! Each kind of source is a row of [`SOURCES`]. Nothing here decompresses or parses the bytes, and no input is opened
//! for writing.

mod address;
mod demo;
mod dir;
mod error;
mod file;
pub mod http;
pub mod source_files;
mod stdin;

pub use address::{Address, SourceKind};
pub use error::SourceError;

/// All kinds of sources. An argument belongs to the first row that accepts it; the last row accepts every argument.
pub const SOURCES: &[SourceKind] = &[stdin::SOURCE, demo::SOURCE, dir::SOURCE, http::SOURCE, file::SOURCE];
