//! Sources of bytes: files, directories, services, standard input, the built-in demo.
//!
//! Each kind of source is a row of [`SOURCES`]. This module neither decompresses nor parses the bytes, and opens no
//! input for writing.

mod address;
pub mod companions;
mod error;
pub mod http;
mod local;
mod percent;
pub mod process;
pub mod repository;
pub mod source_files;
mod store;

pub use address::{Address, ArchivedFile, SOURCES, SourceKind};
pub use error::SourceError;
pub use local::keep_stdin;
pub use store::{
    CloudPages, CloudProfile, Point, ProcessSeries, ResponseLimit, Service, Store, StoreClient, StoreError, StoreKind,
    StoreTraffic, StoreType, TimeRange, with_label,
};
