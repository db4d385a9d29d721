//! Views: one folder each, with its commands (`mod.rs`), its state (`state.rs`) and its drawing (`draw.rs`).
//!
//! A state is plain data, and changes only by its own functions; drawing takes it by reference and writes cells. Files
//! beside
//! the folders are shared: navigation, context, words. No view imports another, nor the program around it.

pub mod command;
pub mod context;
pub mod details;
pub mod explains;
pub mod filters;
pub mod guide;
pub mod health;
pub mod help;
pub mod icicle;
pub mod keys;
pub mod labels;
pub mod nav;
pub mod navigation;
pub mod page;
pub mod palette;
pub mod prompt;
pub mod sandwich;
pub mod source;
pub mod span;
pub mod table;
pub mod timeline;
pub mod trend;
pub mod words;
