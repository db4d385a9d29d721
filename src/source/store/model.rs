//! Responses of profile stores, in a form common to all protocols.

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
    /// Profile in pprof's format.
    pub bytes: Vec<u8>,
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
        points.sort_by_key(|point| point.millis);
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

impl Service {
    /// Adds a value of a label.
    pub(super) fn add_label(&mut self, name: &str, value: &str) {
        match self.labels.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) if values.iter().any(|known| known == value) => {}
            Some((_, values)) => values.push(value.to_owned()),
            None => self.labels.push((name.to_owned(), vec![value.to_owned()])),
        }
    }

    /// Sorts labels and types, so that equal stores have equal lists.
    pub(super) fn sort(&mut self) {
        self.labels.sort();
        self.labels.iter_mut().for_each(|(_, values)| values.sort());
        self.types.sort_by(|one, other| one.id.cmp(&other.id));
        self.types.dedup();
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
    fn a_range_has_its_end_and_not_its_begin() {
        let range = TimeRange { after: 1_000, until: 2_000 };
        assert_eq!([1_000, 1_001, 2_000, 2_001].map(|at| range.contains(at)), [false, true, true, false]);
        assert_eq!(range.millis(), 1_000);
    }
}
