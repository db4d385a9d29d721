//! The timeline: what every snapshot held, and which of them the two windows are. It has no keys of its own: windows are
//! moved from wherever one is.

pub mod draw;
pub mod state;
