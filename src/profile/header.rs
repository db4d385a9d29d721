//! Metadata of a profile.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHasher;

use crate::base::safe_text::SafeText;
use crate::base::units::Unit;
use crate::profile::{Measure, Metrics, ProcessMemory, SampleType, StoreMerge};

/// Metadata of a profile: source, time, sampling, sizes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Source as named by the user.
    pub source: SafeText,
    /// Name of the detected format, such as `pprof`.
    pub format: &'static str,
    /// Time of the profile in nanoseconds since 1970 (UTC); 0 if unknown. Recordings without a date count from the
    /// start of the process: see [`since_start`](crate::base::time::since_start).
    pub time_nanos: i64,
    /// Duration covered, in nanoseconds; 0 for a level, otherwise a delta.
    pub duration_nanos: i64,
    /// Relation of the values to the time and the duration.
    pub counting: Counting,
    /// Sampling period in units of [`Header::period_type`]; for Go heaps the sampling rate in bytes.
    pub period: i64,
    /// Type of the period.
    pub period_type: SampleType,
    /// Value columns, in the order of the file.
    pub sample_types: Vec<SampleType>,
    /// Signed sum of each column, which may exceed 64 bits even if every value fits.
    pub totals: Vec<i128>,
    /// Name of the sample type to show first; empty if the file does not say.
    pub default_sample_type: SafeText,
    /// Comments of the writer.
    pub comments: Vec<SafeText>,
    /// Address of the profile's documentation.
    pub doc_url: SafeText,
    /// Regular expression over whole function names: matching frames are hidden with all below them.
    pub drop_frames: SafeText,
    /// Regular expression of frames that `drop_frames` does not hide.
    pub keep_frames: SafeText,
    /// Build ids of the mappings without duplicates, in the order of the file.
    pub build_ids: Vec<SafeText>,
    /// Memory figures of the runtime; `None` if the format has none.
    pub metrics: Option<Metrics>,
    /// Memory of the whole process at the same moment; `None` if no file beside the profile has it.
    pub memory: Option<Arc<ProcessMemory>>,
    /// Merge of several profiles by a store; `None` for one profile.
    pub merge: Option<StoreMerge>,
    /// Other files of the same moment that were joined with this one.
    pub joined: Vec<SafeText>,
    /// Salvage of a damaged file; `None` for an intact file.
    pub salvaged: Option<Salvaged>,
    /// Number of samples.
    pub samples: usize,
    /// Number of locations.
    pub locations: usize,
    /// Number of functions.
    pub functions: usize,
    /// Number of mappings.
    pub mappings: usize,
}

/// Relation of a profile's values to its time and its duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Counting {
    /// The format does not say. A duration of at least a second holds changes, and begins at the time of the profile
    /// unless it is Go's heap; with a shorter one, values count since the process began.
    #[default]
    ByDuration,
    /// Values were recorded within the duration, however short it is. The time is its end, when levels were measured.
    WithinDuration,
    /// Values count since the profiler attached to a running process: earlier allocations are not among them.
    SinceAttach,
}

impl Header {
    /// Time of the snapshot in nanoseconds since 1970: the profile's own, else the time of the last garbage collection;
    /// `None` if both are unknown.
    pub fn effective_time(&self) -> Option<i64> {
        let own = Some(self.time_nanos).filter(|time| *time != 0);
        own.or_else(|| self.metrics?.last_gc_nanos.filter(|time| *time > 0))
    }

    /// Stated sampling period in bytes; `None` if it is of something else, such as of objects. A type of bytes may have no
    /// unit.
    pub fn period_bytes(&self) -> Option<u64> {
        let unit = Unit::of(self.period_type.unit.raw());
        let is_stated = !self.period_type.unit.raw().is_empty();
        let factor = match &unit {
            Unit::Nanoseconds | Unit::NanosecondsTimes(_) => None,
            Unit::Count if is_stated => None,
            Unit::Bytes | Unit::BytesTimes(_) | Unit::Count | Unit::Other(_) => {
                let is_space = self.period_type.measure() == Measure::Space;
                unit.bytes().or_else(|| is_space.then_some(1))
            }
        };
        factor.zip(u64::try_from(self.period).ok()).map(|(factor, period)| period.saturating_mul(factor))
    }

    /// Start and end of the time that the profile covers, in nanoseconds since 1970; equal for a moment. `None` if the
    /// time is unknown. The time is the start of the interval, except for recordings ([`Counting::WithinDuration`]) and
    /// for Go's heap: its time is the end, when the two heaps were compared.
    pub fn covered_interval(&self) -> Option<(i64, i64)> {
        let time = self.effective_time()?;
        let covered = self.merge.as_ref().map_or(self.duration_nanos, StoreMerge::covered_nanos).max(0);
        let ends_at_time = self.merge.is_none() && (self.counting == Counting::WithinDuration || self.is_go_heap());
        Some(if ends_at_time { (time.saturating_sub(covered), time) } else { (time, time.saturating_add(covered)) })
    }

    /// Returns true for the four sample types of Go's heap.
    fn is_go_heap(&self) -> bool {
        const TYPES: [&str; 4] = ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"];
        let has = |name: &&str| self.sample_types.iter().any(|one| one.name.raw() == *name);
        self.sample_types.len() == TYPES.len() && TYPES.iter().all(has)
    }

    /// Hash of the set of sample types, independent of their order. Only the length and the beginning of each name are
    /// hashed, since a hostile file may have thousands of long names.
    pub fn types_hash(&self) -> u64 {
        /// Number of bytes hashed of each name.
        const BEGINNING: usize = 128;
        let hash_of = |one: &SampleType| {
            let name = one.name.raw().as_bytes();
            let mut hasher = FxHasher::default();
            (name.len(), &name[..name.len().min(BEGINNING)]).hash(&mut hasher);
            hasher.finish()
        };
        let mut hashes: Vec<u64> = self.sample_types.iter().map(hash_of).collect();
        hashes.sort_unstable();
        let mut hasher = FxHasher::default();
        hashes.hash(&mut hasher);
        hasher.finish()
    }
}

/// Salvage of a damaged file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Salvaged {
    /// Number of samples kept.
    pub samples: usize,
    /// Bytes of the inflated profile that were read intact.
    pub bytes: u64,
    /// Number of broken samples left out.
    pub dropped: usize,
    /// Description of the damage.
    pub problem: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_one_of_bytes_by_its_unit() {
        for (name, unit, period, bytes) in [
            ("space", "bytes", 524_288, Some(524_288)),
            ("space", "kilobytes", 512, Some(524_288)),
            ("space", "", 524_288, Some(524_288)),
            ("heap", "MB", 1, Some(1 << 20)),
            ("space", "nanoseconds", 524_288, None),
            ("space", "count", 1, None),
            ("cpu", "nanoseconds", 10_000_000, None),
            ("contentions", "count", 1, None),
            ("space", "bytes", -1, None),
        ] {
            let period_type = SampleType { name: SafeText::from(name), unit: SafeText::from(unit) };
            let header = Header { period, period_type, ..Header::default() };
            assert_eq!(header.period_bytes(), bytes, "{period} {unit} of {name}");
        }
    }

    #[test]
    fn a_change_of_gos_heap_ends_at_its_time() {
        let of = |types: &[&str], duration_nanos| {
            let sample_types = types.iter().map(|name| SampleType::new(name, "bytes")).collect();
            Header { sample_types, time_nanos: 100, duration_nanos, ..Header::default() }.covered_interval()
        };
        let go = ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"];
        assert_eq!(of(&go, 30), Some((70, 100)));
        assert_eq!(of(&go, 0), Some((100, 100)));
        assert_eq!(of(&["inuse_objects", "inuse_space", "alloc_objects", "alloc_space"], 30), Some((70, 100)));
        assert_eq!(of(&["alloc_in_new_tlab_bytes"], 30), Some((100, 130)));
        assert_eq!(Header { duration_nanos: 30, ..Header::default() }.covered_interval(), None);
    }
}
