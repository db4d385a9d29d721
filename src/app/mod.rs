//! State machine: action, message, effect, update.
//!
//! [`App`] is the state, as plain data. [`update()`] applies a message and returns effects. There is no clock, file,
//! thread or terminal in this layer, so that equal keys always lead to equal screens.
//!
//! ```text
//! Msg::Key ─ keymap(focus) ─▶ Action ─┬▶ state of a view           (icicle, table, trend, details, health, …)
//!                                     ├▶ navigation of all views   (selection, zoom)
//!                                     └▶ features of the program   (find, show, diff, copy_export, program)
//! every message ─▶ relayout: panes, slots and the linked selection are recomputed from the new state
//! ```

pub mod action;
mod bindings;
mod bottom_up;
pub mod commands;
pub mod copy_export;
mod deferred;
pub mod diff;
pub mod dispatch;
pub mod effect;
pub mod export;
pub mod filter;
pub mod find;
pub mod first_notice;
pub mod footer;
pub mod health;
pub mod help;
pub mod instances;
pub mod invocation;
mod jobs;
pub mod key_rows;
pub mod keymap;
pub mod labels;
pub mod live;
pub mod memory;
pub mod mouse;
mod msg;
pub mod nav;
pub mod pages;
pub mod palette;
pub mod pending;
pub mod program;
pub mod query;
pub mod relayout;
pub mod sandwich;
pub mod save;
pub mod screen;
pub mod setup;
pub mod show;
pub mod sides;
pub mod sizes;
pub mod source;
pub mod start;
pub mod state;
pub mod task;
pub mod tour;
pub mod tour_steps;
pub mod trend;
pub mod update;
pub mod windows;

pub use crate::view::key::Key;
pub use effect::{Effect, Exported, Exporting};
pub use msg::{GrowthExtent, Msg, ReloadedSeries, SeriesGrowth};
pub use setup::{DeferredPart, Invocation, Setup};
pub use state::{App, Start};
pub use update::update;
