//! `heapglass record`: records snapshots of a service to a directory.
//!
//! Only the figures of the log line are computed. Recorded files are never overwritten, and are removed only by a ring
//! (`--keep`).

mod folder;
mod pace;
mod plan;
mod recording;
mod ring;
mod tally;

pub(super) use folder::Folder;
pub(crate) use plan::{RecordArgs, RecordPlan, size};
pub(crate) use recording::record;
