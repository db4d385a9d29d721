//! heapglass explores heap profiles: where the memory is, what makes the garbage, and what changed.
//!
//! The crate is a stack of layers. Each uses only what stands above it in this list, and `tests/layers.rs` holds
//! every file to that.
//!
//! | layer | what it is |
//! |---|---|
//! | [`base`] | words with no profile in them: ids, strings, units, widths, safe text, limits |
//! | [`profile`] | what was measured: symbols, the location trie, snapshots, the series they make |
//! | [`format`](mod@format) | bytes become a profile, one file a format |
//! | [`analysis`] | a profile and a query become answers: call tree, columns, flat figures, hits |
//! | `layout` | answers and a size become rectangles in whole cells |
//! | `config` | settings and themes as plain data |
//! | [`report`] | answers become text for pipes and machines |
//! | `paint` | what every view draws with |
//! | `view` | one folder a view: its commands, its state, its drawing |
//! | `app` | the state machine: action, message, effect, update |
//! | `ui` | the frame: which pane stands where |
//! | [`source`] | where bytes come from |
//! | [`symbolize`] | names for addresses, out of programs and libraries |
//! | [`load`] | sources and formats together: snapshots, one error a file |
//! | [`play`] | the program with no terminal: keys in, screen out |
//! | `term` | the terminal: guard, input, signals, jobs, loop |
//! | `cli` | arguments become a request, a request becomes a report or the explorer |
//!
//! A byte's way to a cell: a [`source`] gives bytes, a [`format`](mod@format) turns them into a
//! [`Snapshot`](profile::Snapshot), [`load`] folds snapshots into one [`Series`](profile::Series),
//! [`analysis::derive`](analysis::derive()) answers a [`Query`](analysis::Query), the layout turns the answer into
//! slots of whole cells, and a view draws those. Nothing flows the other way: a layer that needs to tell a higher one
//! something returns it.

pub mod analysis;
#[cfg(feature = "cli")]
mod app;
pub mod base;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "cli")]
mod config;
pub mod format;
#[cfg(feature = "cli")]
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
mod ui;
#[cfg(feature = "cli")]
mod view;

#[cfg(feature = "cli")]
pub use cli::run;
