//! Series from profile stores: which ranges are asked for, what their answers mean, and the snapshots that they become.
//!
//! A store adds up all profiles of a range. One request lists every profile with its time, its sum and its labels; from it
//! follow how many profiles each merge has, how far apart those of a process are, and whether
//! allocations are changes or counters. Only then are merges asked for.

mod choice;
mod cloud;
mod counts;
mod feed;
mod fetch;
mod parts;
mod plan;

pub use feed::StoreFeed;
pub use plan::{MOST_REQUESTS, StorePlan, StoreShape, StoreTypes};

pub(super) use cloud::load_cloud;
pub(super) use feed::FeedInput;
pub(super) use plan::StoreSide;
