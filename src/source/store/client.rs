//! Client of a profile store, for all protocols.

use super::address::Store;
use super::error::StoreError;
use super::kind::StoreKind;
use super::model::{CloudPages, CloudProfile, Point, ProcessSeries, Service, StoreType, TimeRange};
use super::transport::Transport;
use super::{cloud_profiler, parca, pyroscope};
use crate::source::http::CancelCheck;

pub use super::transport::{ResponseLimit, StoreTraffic};

/// Maximum number of pages read to list services.
const MOST_LISTED_PAGES: usize = 20;

/// Client of one store. Responses are cached, so that each call is made once. Calls can be made on several threads.
#[derive(Debug)]
pub struct StoreClient {
    kind: StoreKind,
    service: String,
    /// Project of Cloud Profiler.
    project: String,
    /// Labels that select a deployment in Cloud Profiler.
    labels: Vec<(&'static str, String)>,
    transport: Transport,
}

impl StoreClient {
    /// Creates a client without connecting. Responses larger than the limit are errors, and calls end when
    /// `is_cancelled` returns true.
    ///
    /// # Errors
    /// [`StoreError`] if the address has a mistake, and without settings for requests.
    pub fn new(store: &Store, limit: ResponseLimit, is_cancelled: CancelCheck) -> Result<Self, StoreError> {
        let service = store.service().unwrap_or(store.kind().service_label()).to_owned();
        let transport = Transport::new(store.session()?, limit, is_cancelled);
        let (project, labels) = (store.project().to_owned(), store.labels().to_vec());
        Ok(Self { kind: store.kind(), service, project, labels, transport })
    }

    /// Number of requests and bytes so far.
    pub fn traffic(&self) -> StoreTraffic {
        self.transport.traffic()
    }

    /// Heap bytes of the cached responses, and of `in_flight` further ones as large as the largest one so far.
    pub fn held_bytes(&self, in_flight: u64) -> u64 {
        self.transport.held_bytes(in_flight)
    }

    /// Drops the cached responses.
    pub fn forget_responses(&self) {
        self.transport.forget();
    }

    /// Label that names the service.
    pub fn service_label(&self) -> &str {
        &self.service
    }

    /// Services with their types and labels: those that the selector matches, or all without a selector.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be queried.
    pub fn services(&self, selector: Option<&str>, range: TimeRange) -> Result<Vec<Service>, StoreError> {
        match self.kind {
            StoreKind::Pyroscope => pyroscope::services(&self.transport, selector, &self.service, range),
            StoreKind::Parca => match selector {
                Some(selector) => parca::matching_services(&self.transport, selector, &self.service, range),
                None => parca::services(&self.transport, &self.service, range),
            },
            StoreKind::CloudProfiler => {
                let has_labels =
                    |profile: &CloudProfile| self.labels.iter().all(|(name, value)| profile.label(name) == value);
                let is_wanted = |profile: &CloudProfile| {
                    selector.is_none_or(|target| profile.target == target)
                        && range.contains(profile.start_millis)
                        && has_labels(profile)
                };
                cloud_profiler::services(&self.transport, &self.project, MOST_LISTED_PAGES, &is_wanted)
            }
        }
    }

    /// Types of profiles: in Pyroscope the types of the profiles that match the selector, in Parca all.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be queried.
    pub fn types(&self, selector: &str, range: TimeRange) -> Result<Vec<StoreType>, StoreError> {
        match self.kind {
            StoreKind::Pyroscope => pyroscope::types(&self.transport, selector, range),
            StoreKind::Parca => parca::types(&self.transport, range),
            StoreKind::CloudProfiler => Ok(Vec::new()),
        }
    }

    /// Names of all labels by which processes differ.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be queried.
    pub fn label_names(&self, selector: &str, range: TimeRange) -> Result<Vec<String>, StoreError> {
        match self.kind {
            StoreKind::Pyroscope => pyroscope::label_names(&self.transport, selector, range),
            StoreKind::Parca => parca::label_names(&self.transport, None, range),
            StoreKind::CloudProfiler => Ok(Vec::new()),
        }
    }

    /// Lists every profile of a type with its time and sum, grouped by all of these labels.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be queried.
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
            StoreKind::CloudProfiler => Ok(Vec::new()),
        }
    }

    /// Sum of the profiles of a range as a pprof profile; empty if there are none.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be queried.
    pub fn merge(&self, store_type: &StoreType, selector: &str, range: TimeRange) -> Result<Vec<u8>, StoreError> {
        match self.kind {
            StoreKind::Pyroscope => pyroscope::merge(&self.transport, store_type, selector, range),
            StoreKind::Parca => parca::merge(&self.transport, store_type, selector, range),
            StoreKind::CloudProfiler => Ok(Vec::new()),
        }
    }

    /// Number of profiles of a range as counted by the store, given their sum; `None` if the store does not count.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be queried.
    pub fn count(
        &self,
        store_type: &StoreType,
        selector: &str,
        range: TimeRange,
        sum: f64,
    ) -> Result<Option<u64>, StoreError> {
        match self.kind {
            StoreKind::Pyroscope => pyroscope::count(&self.transport, store_type, selector, range, sum),
            // Their lists have every profile, or counts of rows.
            StoreKind::Parca | StoreKind::CloudProfiler => Ok(None),
        }
    }

    /// Range of a merge that has only this profile, as far as its process's labels distinguish it from others.
    pub fn instant(&self, store_type: &StoreType, point: &Point) -> TimeRange {
        match self.kind {
            StoreKind::Pyroscope => pyroscope::instant(point),
            StoreKind::Parca => parca::instant(store_type, point),
            StoreKind::CloudProfiler => TimeRange { after: point.millis.saturating_sub(1), until: point.millis },
        }
    }

    /// Reads the pages of Cloud Profiler, at most `most_pages`, and keeps the profiles for which `is_wanted` returns
    /// true. The bytes of a profile are missing when `is_wanted` is called.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be queried.
    pub fn pages(
        &self,
        most_pages: usize,
        is_wanted: &dyn Fn(&CloudProfile) -> bool,
    ) -> Result<CloudPages, StoreError> {
        cloud_profiler::pages(&self.transport, &self.project, most_pages, is_wanted)
    }

    /// Client of the same store, with the same connections and cached responses, whose calls end when `is_cancelled`
    /// returns true.
    #[must_use]
    pub fn with_cancel(&self, is_cancelled: CancelCheck) -> Self {
        let (service, project) = (self.service.clone(), self.project.clone());
        Self {
            kind: self.kind,
            service,
            project,
            labels: self.labels.clone(),
            transport: self.transport.with_cancel(is_cancelled),
        }
    }
}
