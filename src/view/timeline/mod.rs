//! Timeline: total of each snapshot, the position of the windows, and the activity of the runtime. It has no keys of
//! its own.

pub mod bands;
pub mod draw;
pub mod state;
