//! What a profile says of itself beside its samples.

use crate::base::clean::Text;
use crate::profile::{Metrics, SampleType};

/// The words about one snapshot: where it came from, when, how it was sampled, how much there is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The source as it was named.
    pub source: Text,
    /// The format that it was told to be, such as `pprof`.
    pub format: &'static str,
    /// When it was taken, in nanoseconds since 1970 (UTC); 0 when not said.
    pub time_nanos: i64,
    /// The time that it covers, in nanoseconds; 0 for a level, not 0 for a delta.
    pub duration_nanos: i64,
    /// What one sample stands for, in units of [`Header::period_type`]: for Go heaps the sampling rate in bytes.
    pub period: i64,
    /// The type of the period.
    pub period_type: SampleType,
    /// The value columns of the file, in its order.
    pub sample_types: Vec<SampleType>,
    /// Signed sum of each column. It may pass 64 bits even where every value fits.
    pub totals: Vec<i128>,
    /// The column that the writer wants shown first; empty when not said.
    pub default_sample_type: Text,
    /// Free text of the writer.
    pub comments: Vec<Text>,
    /// Where the writer explains the profile.
    pub doc_url: Text,
    /// Frames that hide what is below them, as a regular expression over whole function names.
    pub drop_frames: Text,
    /// Frames that `drop_frames` must not hide.
    pub keep_frames: Text,
    /// Build ids of the mappings, each once, in their order.
    pub build_ids: Vec<Text>,
    /// What the runtime says of its memory beside the profile, where the format has that.
    pub metrics: Option<Metrics>,
    /// What was kept of a damaged file, where it was damaged.
    pub salvaged: Option<Salvaged>,
    /// The number of samples.
    pub samples: usize,
    /// The number of locations.
    pub locations: usize,
    /// The number of functions.
    pub functions: usize,
    /// The number of mappings.
    pub mappings: usize,
}

/// What was kept of a damaged file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Salvaged {
    /// Samples that were kept.
    pub samples: usize,
    /// Bytes of the inflated profile that were read whole.
    pub bytes: u64,
    /// Samples that made no sense and were left out.
    pub dropped: usize,
    /// What was wrong, in words.
    pub problem: String,
}
