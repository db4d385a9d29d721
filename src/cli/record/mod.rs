//! `heapglass record`: snapshots of a service, one after the other, into a directory.
//!
//! Nothing is worked out from them here but what a line about each takes, and nothing is ever overwritten or removed
//! that was recorded.

mod folder;
mod plan;
mod recording;
mod tally;

pub(crate) use plan::{RecordArgs, RecordPlan};
pub(crate) use recording::record;
