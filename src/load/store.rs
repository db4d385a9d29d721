//! Series from profile stores: the time ranges to request, the meaning of the responses, and the snapshots built from
//! them.
//!
//! A store adds up all profiles of a range. One request lists every profile with its time, sum and labels; from the
//! list follow the number of profiles in each merge, the interval between the profiles of a process, and whether
//! allocations are changes or counters. Only then are merges requested.

mod checks;
mod choice;
mod cloud;
mod counts;
mod feed;
mod fetch;
mod known_steps;
mod parts;
mod plan;
mod response;
mod step_grid;

pub use feed::StoreFeed;
pub use plan::{MOST_REQUESTS, StoreDivision, StorePlan, StoreTypes};

pub(super) use cloud::load_cloud;
pub(super) use feed::FeedInput;
pub(super) use plan::StoreSide;
