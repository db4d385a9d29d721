//! The timeline: what every snapshot held, and which of them the two windows are, and what the
//! runtime did in the meantime. It has no keys of its own: windows are
//! moved from wherever one is.

pub mod bands;
pub mod draw;
pub mod state;
