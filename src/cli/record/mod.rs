//! `heapglass record`: snapshots of a service into a directory.
//!
//! Only the figures of the log line are computed. No recorded file is ever overwritten or removed.

mod folder;
mod plan;
mod recording;
mod tally;

pub(crate) use plan::{RecordArgs, RecordPlan};
pub(crate) use recording::record;
