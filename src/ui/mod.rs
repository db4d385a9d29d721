//! Screen: the areas of header, breadcrumb, views, status line and footer. The views draw themselves.

pub mod chrome;
mod compared;
mod fills;
mod hit_test;
mod lasting;
mod legend;
mod paint_cache;
pub mod panes;
pub mod status;
mod strip;

pub use hit_test::aim;
pub use paint_cache::PaintCache;
pub use panes::{cursor, draw};
