//! Types without knowledge of profiles: ids, strings, units, text width, safe text, function names, limits.
//!
//! Nothing here depends on stacks or samples, opens a file, or draws.

pub mod base64;
pub mod clean_path;
pub(crate) mod compact_sort;
pub mod file_names;
pub mod file_order;
pub mod ids;
pub mod limits;
pub mod names;
pub mod nearest;
pub mod plain_text;
pub mod ranked_bits;
pub mod safe_text;
pub mod shell;
pub mod source_text;
pub mod step_count;
pub mod strings;
pub mod time;
pub mod units;
pub mod width;
