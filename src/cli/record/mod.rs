//! `heapglass record`: snapshots of a service into a directory.
//!
//! Only the figures of the log line are computed. No recorded file is ever overwritten, and only a ring (`--keep`) removes
//! any.

mod folder;
mod pace;
mod plan;
mod recording;
mod ring;
mod tally;

pub(super) use folder::Folder;
pub(crate) use plan::{RecordArgs, RecordPlan, size};
pub(crate) use recording::record;
