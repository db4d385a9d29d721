//! Where bytes come from: a file, a directory of files, a service, standard input, the built-in demo.
//!
//! A source is one file here and one row in [`SOURCES`]. What the bytes mean is not known here: nothing is inflated,
//! probed or parsed, and no input is ever opened for writing.

mod address;
pub mod code;
mod demo;
mod dir;
mod error;
mod file;
pub mod http;
mod stdin;

pub use address::{Address, SourceKind};
pub use error::SourceError;

/// Every kind of source. An argument belongs to the first row that claims it; the last row claims all that is left.
pub const SOURCES: &[SourceKind] = &[stdin::SOURCE, demo::SOURCE, dir::SOURCE, http::SOURCE, file::SOURCE];
