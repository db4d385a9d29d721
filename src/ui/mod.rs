//! The frame: which pane stands where, header, crumbs, status and footer. The views draw themselves.

mod aim;
pub mod chrome;
mod compared;
mod dressed;
mod fills;
mod lasting;
mod legend;
pub mod panes;
pub mod status;
mod strip;

pub use aim::aim;
pub use dressed::PaintCache;
pub use panes::{cursor, draw};
