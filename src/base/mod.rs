//! Words with no profile in them: ids, strings, units, text width, safe text, names of functions, limits.
//!
//! Nothing here knows what a stack or a sample is, opens a file, or draws a cell.

pub mod clean;
pub mod code;
pub mod ids;
pub mod limits;
pub mod names;
pub mod nearest;
pub mod strings;
pub mod time;
pub mod units;
pub mod width;
pub mod work;
