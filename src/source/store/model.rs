//! Responses of profile stores, in a form common to all protocols.

use crate::base::compact_sort::CompactSort;
use std::collections::{BTreeMap, BTreeSet};

/// Range of time in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeRange {
    /// Start, which is not part of the range.
    pub after: i64,
    /// End, which is part of the range.
    pub until: i64,
}

impl TimeRange {
    /// Length in milliseconds.
    pub fn millis(self) -> i64 {
        self.until.saturating_sub(self.after).max(0)
    }

    /// Returns true if a time is in the range.
    pub fn contains(self, millis: i64) -> bool {
        self.after < millis && millis <= self.until
    }
}

/// Type of profiles in a store: one sample type of one profiler.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoreType {
    /// Identifier in queries, such as `memory:inuse_space:bytes:space:bytes`.
    pub id: String,
    /// Profiler, period and kind of the type. Types of different families are not in the same profile.
    pub family: String,
    /// Name of the sample type, such as `inuse_space`.
    pub sample_type: String,
    /// Unit of the sample type.
    pub unit: String,
    /// True for a delta type, whose profiles the store adds up by their duration.
    pub is_delta: bool,
}

impl StoreType {
    /// Parses `name:type:unit:periodtype:periodunit`, optionally followed by `:delta`; `None` for any other form.
    pub fn parse(id: &str) -> Option<Self> {
        let (plain, is_delta) = id.strip_suffix(":delta").map_or((id, false), |plain| (plain, true));
        let parts: Vec<&str> = plain.split(':').collect();
        let [name, sample_type, unit, period_type, period_unit] = parts.as_slice() else { return None };
        Some(Self {
            id: id.to_owned(),
            family: format!("{name}:{period_type}:{period_unit}{}", if is_delta { ":delta" } else { "" }),
            sample_type: (*sample_type).to_owned(),
            unit: (*unit).to_owned(),
            is_delta,
        })
    }
}

impl StoreType {
    /// Creates a type from a name alone.
    pub(super) fn named(name: &str) -> Self {
        let (id, sample_type) = (name.to_owned(), name.to_owned());
        Self { id, family: String::new(), sample_type, unit: String::new(), is_delta: false }
    }
}

/// Profile of Cloud Profiler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloudProfile {
    /// Name in the store, such as `projects/p/profiles/1`; may be empty.
    pub name: String,
    /// Type, such as `HEAP` or `HEAP_ALLOC`.
    pub kind: String,
    /// Name of the deployment, which is the service.
    pub target: String,
    /// Labels of the deployment and of the profile.
    pub labels: Vec<(String, String)>,
    /// Start in milliseconds since 1970; 0 if unknown.
    pub start_millis: i64,
    /// Duration in milliseconds.
    pub duration_millis: i64,
    /// Profile in pprof's format; `None` if its encoding is damaged.
    pub bytes: Option<Vec<u8>>,
}

impl CloudProfile {
    /// Value of a label; empty if there is no such label.
    pub fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// Profiles of Cloud Profiler that match a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloudPages {
    /// Profiles in the order of time.
    pub profiles: Vec<CloudProfile>,
    /// Number of all profiles on the pages.
    pub profiles_read: usize,
    /// Number of pages that were read.
    pub pages: usize,
    /// Number of profiles that the store left out.
    pub skipped: u64,
    /// True if there are no further pages.
    pub is_complete: bool,
}

/// Time and sum of one profile of a process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Time in milliseconds since 1970; a range contains it if and only if the range's merge includes the profile.
    pub millis: i64,
    /// Sum over the stacks of the profile.
    pub value: f64,
}

/// Profiles of one process, identified by its labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProcessSeries {
    /// Labels by name.
    pub labels: Vec<(String, String)>,
    /// Profiles by time.
    pub points: Vec<Point>,
}

impl ProcessSeries {
    /// Points within a range, in the order of time; `None` if there are none.
    pub(super) fn within(range: TimeRange, labels: Vec<(String, String)>, points: Vec<Point>) -> Option<Self> {
        let mut points = points;
        points.retain(|point| range.contains(point.millis));
        points.compact_sort_by_key(|point| point.millis);
        (!points.is_empty()).then_some(Self { labels, points })
    }

    /// Value of a label; empty if there is no such label.
    pub fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// Service with profiles in a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Name.
    pub name: String,
    /// Names of labels with their values.
    pub labels: Vec<(String, Vec<String>)>,
    /// Types of its profiles.
    pub types: Vec<StoreType>,
}

/// Services that are being collected, by name. Names, labels and types are in order, so that equal stores have equal
/// lists.
#[derive(Debug, Default)]
pub(super) struct ServiceList {
    by_name: BTreeMap<String, CollectedService>,
}

/// Labels and types of a service that is being collected.
#[derive(Debug, Default)]
pub(super) struct CollectedService {
    labels: BTreeMap<String, BTreeSet<String>>,
    /// Types by identifier.
    types: BTreeMap<String, StoreType>,
}

impl ServiceList {
    /// Number of services.
    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Service with a name, which is added if it is new.
    pub(super) fn service(&mut self, name: &str) -> &mut CollectedService {
        self.by_name.entry(name.to_owned()).or_default()
    }

    /// All services by name.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&String, &mut CollectedService)> {
        self.by_name.iter_mut()
    }

    /// All services in the order of their names.
    pub(super) fn into_services(self) -> Vec<Service> {
        let service = |(name, CollectedService { labels, types }): (String, CollectedService)| Service {
            name,
            labels: labels.into_iter().map(|(name, values)| (name, values.into_iter().collect())).collect(),
            types: types.into_values().collect(),
        };
        self.by_name.into_iter().map(service).collect()
    }
}

impl CollectedService {
    /// Adds a value of a label.
    pub(super) fn add_label(&mut self, name: &str, value: &str) {
        match self.labels.get_mut(name) {
            Some(values) if values.contains(value) => {}
            Some(values) => drop(values.insert(value.to_owned())),
            None => drop(self.labels.insert(name.to_owned(), BTreeSet::from([value.to_owned()]))),
        }
    }

    /// Adds a type.
    pub(super) fn add_type(&mut self, store_type: StoreType) {
        self.types.entry(store_type.id.clone()).or_insert(store_type);
    }

    /// First type in the order of the identifiers.
    pub(super) fn first_type(&self) -> Option<&StoreType> {
        self.types.values().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_their_parts() {
        let found = StoreType::parse("memory:inuse_space:bytes:space:bytes:delta").unwrap();
        assert_eq!((found.sample_type.as_str(), found.unit.as_str(), found.is_delta), ("inuse_space", "bytes", true));
        assert_eq!(found.family, "memory:space:bytes:delta");
        assert!(!StoreType::parse("memory:inuse_space:bytes:space:bytes").unwrap().is_delta);
        assert_eq!(StoreType::parse("memory:inuse_space:bytes"), None);
        assert_eq!(StoreType::parse("a:b:c:d:e:f"), None);
    }

    #[test]
    fn services_are_collected_in_order_and_in_little_time() {
        let mut list = ServiceList::default();
        let many = 200_000;
        for at in (0..many).rev() {
            let service = list.service(if at % 2 == 0 { "b" } else { "a" });
            service.add_label("pod", &format!("{at:06}"));
            service.add_label(&format!("{at:06}"), "x");
            service.add_type(StoreType::named(if at % 3 == 0 { "y" } else { "x" }));
        }
        let services = list.into_services();
        assert_eq!(services.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(services[1].types.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["x", "y"]);
        assert!(services[1].labels.is_sorted() && services[1].labels.len() == many / 2 + 1);
        let (name, values) = &services[1].labels[many / 2];
        assert_eq!((name.as_str(), values.len(), values.is_sorted()), ("pod", many / 2, true));
    }

    #[test]
    fn a_range_has_its_end_and_not_its_begin() {
        let range = TimeRange { after: 1_000, until: 2_000 };
        assert_eq!([1_000, 1_001, 2_000, 2_001].map(|at| range.contains(at)), [false, true, true, false]);
        assert_eq!(range.millis(), 1_000);
    }
}
