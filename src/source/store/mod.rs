//! Profile stores: services that keep the profiles of a fleet and add up those of a time range.
//!
//! [`Store`] is the address of a store. [`StoreClient`] makes the calls of its protocol; each protocol has a file.
//! `load/store` divides the range, chooses the calls and interprets the responses.

mod address;
mod client;
mod cloud_profiler;
mod error;
mod grpc_web;
mod kind;
mod model;
mod parca;
mod pyroscope;
mod selector;
mod transport;

pub use address::Store;
pub use client::{ResponseLimit, StoreClient, StoreTraffic};
pub use error::StoreError;
pub use kind::StoreKind;
pub use model::{CloudPages, CloudProfile, Point, ProcessSeries, Service, StoreType, TimeRange};
pub use selector::with_label;
