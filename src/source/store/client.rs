//! Client of a store, whatever its protocol is.

use super::address::{Store, StoreKind};
use super::error::StoreError;
use super::model::{Point, ProcessSeries, Service, StoreType, TimeRange};
use super::transport::Transport;
use super::{parca, pyroscope};
use crate::source::http::CancelCheck;

pub use super::transport::StoreTraffic;

/// Client of one store. Answers are kept, so that the same question is asked once. Calls can be made on several threads.
#[derive(Debug)]
pub struct StoreClient {
    kind: StoreKind,
    service: String,
    transport: Transport,
}

impl StoreClient {
    /// Client of a store. Nothing is connected to yet. Answers of more than `most` bytes are errors, and calls end when
    /// `is_cancelled`.
    ///
    /// # Errors
    /// [`StoreError`] when the address has a mistake, and without settings for requests.
    pub fn new(store: &Store, most: u64, is_cancelled: CancelCheck) -> Result<Self, StoreError> {
        let service = store.service().unwrap_or(store.kind().service_label()).to_owned();
        Ok(Self { kind: store.kind(), service, transport: Transport::new(store.session()?, most, is_cancelled) })
    }

    /// Requests and bytes so far.
    pub fn traffic(&self) -> StoreTraffic {
        self.transport.traffic()
    }

    /// Label that names the service.
    pub fn service_label(&self) -> &str {
        &self.service
    }

    /// Services with their types and labels; those that a selector takes, or all.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
    pub fn services(&self, selector: Option<&str>, range: TimeRange) -> Result<Vec<Service>, StoreError> {
        match self.kind {
            StoreKind::Pyroscope => pyroscope::services(&self.transport, selector, &self.service, range),
            StoreKind::Parca => parca::services(&self.transport, &self.service, range),
        }
    }

    /// Types of profiles: in Pyroscope those that a selector takes, in Parca all.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
    pub fn types(&self, selector: &str, range: TimeRange) -> Result<Vec<StoreType>, StoreError> {
        match self.kind {
            StoreKind::Pyroscope => pyroscope::types(&self.transport, selector, range),
            StoreKind::Parca => parca::types(&self.transport, range),
        }
    }

    /// Names of all labels by which processes differ.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
    pub fn label_names(&self, selector: &str, range: TimeRange) -> Result<Vec<String>, StoreError> {
        match self.kind {
            StoreKind::Pyroscope => pyroscope::label_names(&self.transport, selector, range),
            StoreKind::Parca => parca::label_names(&self.transport, None, range),
        }
    }

    /// Every profile of a type: its time and its sum, by all of these labels.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
    pub fn totals(
        &self,
        store_type: &StoreType,
        selector: &str,
        labels: &[String],
        range: TimeRange,
    ) -> Result<Vec<ProcessSeries>, StoreError> {
        match self.kind {
            StoreKind::Pyroscope => pyroscope::totals(&self.transport, store_type, selector, labels, range),
            StoreKind::Parca => parca::totals(&self.transport, store_type, selector, labels, range),
        }
    }

    /// Sum of the profiles of a range as a pprof profile; empty if there are none.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
    pub fn merge(&self, store_type: &StoreType, selector: &str, range: TimeRange) -> Result<Vec<u8>, StoreError> {
        match self.kind {
            StoreKind::Pyroscope => pyroscope::merge(&self.transport, store_type, selector, range),
            StoreKind::Parca => parca::merge(&self.transport, store_type, selector, range),
        }
    }

    /// Range of a merge that has this profile alone, as far as its process's labels tell it from others.
    pub fn instant(&self, point: &Point) -> TimeRange {
        // Pyroscope's points are of the second before them, Parca's are exact.
        let before = if self.kind == StoreKind::Pyroscope { 1_000 } else { 1 };
        TimeRange { after: point.millis.saturating_sub(before), until: point.millis }
    }
}
