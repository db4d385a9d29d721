//! Frame: the areas of header, breadcrumb, views, status line and footer. The views draw themselves.

mod chrome;
mod compared;
mod fills;
mod hit_test;
mod legend;
mod paint_cache;
mod panes;
mod persistent;
mod screen;
mod status;
mod strip;

pub use hit_test::hit_test;
pub use paint_cache::PaintCache;
pub use panes::{cursor, draw};
pub use screen::{Screen, TourText};
