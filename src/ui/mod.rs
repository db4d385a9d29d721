//! The frame: which pane stands where, header, crumbs, status and footer. The views draw themselves.

pub mod chrome;
mod compared;
mod dressed;
mod fills;
mod lasting;
mod legend;
pub mod panes;
pub mod status;
mod strip;

pub use dressed::Dressed;
pub use panes::{cursor, draw};
