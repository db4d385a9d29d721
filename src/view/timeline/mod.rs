//! Timeline: total of each snapshot, the position of the windows, and the activity of the runtime. The timeline has no
//! keys.

pub mod bands;
pub mod draw;
pub mod state;
