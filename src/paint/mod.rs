//! Drawing shared by all views: styles, text cut to cells, bars. No view and no state.
//!
//! [`Paint`] is a theme resolved for one terminal. Its styles use only colours of the terminal, and none on a terminal
//! without colours, so that a view asks for a role and never for a colour. All writing is clipped: no area is too
//! small, and none reaches out of the buffer.

pub mod bar;
pub mod fit;
mod glyphs;
mod grid;
mod style;

pub use grid::{Align, Grid, Heading};
#[cfg(feature = "testing")]
pub use style::NAMED;
pub use style::{Fill, Highlight, Paint, Shade};

pub use crate::config::theme::Role;
