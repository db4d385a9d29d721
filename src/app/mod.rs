//! The state machine: action, message, effect, update.
//!
//! [`App`] is all that is known, as plain data; [`update()`] takes a message in and says what is to be done outside. No
//! clock, file, thread or terminal stands here, so that the same keys always lead to the same screen.
//!
//! ```text
//! Msg::Key ─ keymap(focus) ─▶ Action ─┬▶ a view's own state       (icicle, table, trend, details, health, …)
//!                                     ├▶ the place all views share (zoom)
//!                                     └▶ the program's own files   (find, show, diff, take, program)
//! every message ─▶ settle: panes, slots and the linked selection are made again from what changed
//! ```

pub mod action;
mod bindings;
pub mod commands;
pub mod diff;
pub mod effect;
pub mod export;
pub mod filter;
pub mod find;
pub mod footer;
pub mod health;
pub mod invocation;
pub mod jobs;
pub mod key;
pub mod keymap;
pub mod labels;
pub mod live;
pub mod mouse;
pub mod msg;
pub mod origins;
pub mod pages;
pub mod palette;
pub mod program;
pub mod relayout;
pub mod sandwich;
pub mod setup;
pub mod show;
pub mod sides;
pub mod sizes;
pub mod source;
pub mod stack;
pub mod state;
pub mod take;
pub mod task;
pub mod tour;
pub mod trend;
pub mod update;
pub mod windows;

pub use effect::Effect;
pub use export::{Exported, Exporting};
pub use invocation::Invocation;
pub use key::Key;
pub use msg::{Msg, ReloadedSeries, SeriesGrowth};
pub use setup::Setup;
pub use state::{App, Start};
pub use update::update;
