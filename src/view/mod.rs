//! Views: a folder for each, with its commands (`mod.rs`), its state (`state.rs`) and its drawing (`draw.rs`).
//!
//! A state is plain data, and changes only by its own functions; drawing takes it by reference and writes cells. Files
//! beside the folders are shared: navigation, context, words. No view imports another one; `frame` draws them all, and
//! `views` holds their states.

pub mod command;
pub mod context;
pub mod details;
pub mod document;
pub mod explains;
pub mod filters;
pub mod frame;
pub mod guide;
pub mod headline;
pub mod health;
pub mod heat_map;
pub mod help;
pub mod hint;
pub mod icicle;
pub mod instances;
pub mod key;
pub mod keys;
pub mod labels;
pub mod memory;
pub mod nav;
pub mod navigation;
pub mod notice;
pub mod overlay;
pub mod owners;
pub mod page;
pub mod palette;
pub mod pointer;
pub mod prompt;
pub mod sandwich;
pub mod sides;
pub mod source;
pub mod source_status;
pub mod span;
pub mod synonyms;
pub mod table;
pub mod timeline;
pub mod trend;
pub mod views;
pub mod words;
