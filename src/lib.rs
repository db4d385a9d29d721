//! Reads heap profiles: pprof, heap text of Go, Java, tcmalloc and jemalloc, V8, DHAT, heaptrack, Java Flight Recordings,
//! memray's CSV, speedscope, folded stacks.
//!
//! ```
//! use std::sync::Arc;
//!
//! use heapglass::{Answer, Error, Loader, Query};
//!
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pprof")).unwrap();
//! let series = Arc::new(Loader::new().load(["go-shop-1.pb.gz"])?.series);
//! let answer = Answer::new(&series, &Query::default_for(&series))?;
//! let unit = answer.unit();
//! for function in answer.functions().take(10) {
//!     println!("{:>10} {:>10}  {}", unit.long(function.own), unit.long(function.total), function.name);
//! }
//! # Ok::<(), Error>(())
//! ```
//!
//! A [`Loader`] reads sources into one [`Series`] of snapshots. A [`Query`] selects a sample type, a window of
//! snapshots, filters, and a base to compare with. Its [`Answer`] has the call tree with its sums;
//! [`Answer::functions`] lists every [`Function`] with self and total. A report of [`report`] writes an answer as text,
//! JSON or CSV.
//!
//! With `default-features = false` the crate is only the library. The feature `net` adds profiles from HTTP services,
//! the feature `cli` the program `heapglass` with its explorer. Both are on by default.
//!
//! # Layers
//!
//! A layer uses only layers above it in this list, as `tests/layers.rs` checks. Layers without a link are not part of
//! the public interface; most are compiled only with the feature `cli`.
//!
//! | layer | contents |
//! |---|---|
//! | [`base`] | ids, interned strings, units, text width, safe text, limits |
//! | [`profile`] | symbols, the location trie, snapshots, series of snapshots |
//! | [`format`](mod@format) | bytes to a profile, one file for each format |
//! | [`analysis`] | series and query to an answer: call tree, columns, comparison, trends |
//! | `layout` | answers and a size to rectangles in whole cells |
//! | `config` | settings and themes as plain data |
//! | [`report`] | answers to text for people and machines |
//! | `paint` | drawing that all views share |
//! | `view` | one folder for each view: commands, state, drawing; the frame around them |
//! | `app` | the state machine: action, message, effect, update |
//! | [`source`] | files, standard input, directories, archives, services, profile stores |
//! | [`symbolize`] | names for addresses, from programs and libraries |
//! | [`load`] | sources and formats to a series |
//! | `term` | the terminal: guard, input, signals, workers, loop |
//! | `cli` | arguments to a report or the explorer |
//! | `play` | the explorer without a terminal, for tests |

pub mod analysis;
#[cfg(feature = "cli")]
mod app;
pub mod base;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "cli")]
mod config;
pub mod format;
#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "the rest is for the explorer"))]
mod layout;
pub mod load;
#[cfg(feature = "cli")]
mod paint;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod play;
pub mod profile;
pub mod report;
pub mod source;
pub mod symbolize;
#[cfg(feature = "cli")]
mod term;
#[cfg(feature = "cli")]
mod view;

pub use analysis::{Answer, Function, Query};
#[cfg(feature = "cli")]
#[doc(hidden)]
pub use cli::run;
pub use load::Loader;
pub use profile::Series;

/// Error of loading or querying.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No source could be loaded.
    #[error(transparent)]
    Load(#[from] load::LoadError),
    /// The query cannot be answered.
    #[error(transparent)]
    Query(#[from] analysis::QueryError),
}
