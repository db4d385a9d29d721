//! Sample types: the meaning and unit of a value column.

use crate::base::safe_text::SafeText;

/// Name and unit of a value column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SampleType {
    /// Name, such as `inuse_space`.
    pub name: SafeText,
    /// Unit, such as `bytes`.
    pub unit: SafeText,
}

/// Kind of memory that a sample type measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemoryKind {
    /// Memory held at the time of the profile.
    InUse,
    /// Memory allocated, freed or not.
    Allocated,
    /// Something else.
    Other,
}

/// Quantity that a sample type measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Bytes.
    Space,
    /// Objects.
    Objects,
    /// Something else.
    Other,
}

impl SampleType {
    /// Creates the sample type of a text format, which has fixed names.
    pub fn new(name: &str, unit: &str) -> Self {
        Self { name: SafeText::from_bytes(name.as_bytes()), unit: SafeText::from_bytes(unit.as_bytes()) }
    }

    /// Kind of memory that the type measures, by its name alone. [`Series::roles`](crate::profile::Series::roles) also
    /// considers the other types of the profile.
    pub fn kind(&self) -> MemoryKind {
        const IN_USE: [&str; 8] =
            ["inuse", "live", "retained", "heap-live", "heap_live", "heap-space", "memory_space", "unreleased malloc"];
        let name = self.name.raw();
        let is_named = |known: &str| name.eq_ignore_ascii_case(known);
        if ["objects", "space", "heap"].into_iter().any(is_named)
            || IN_USE.into_iter().any(|beginning| starts_with(name, beginning))
        {
            MemoryKind::InUse
        } else if starts_with(name, "alloc") {
            MemoryKind::Allocated
        } else {
            MemoryKind::Other
        }
    }

    /// Quantity that the type measures, by its unit or, if the unit is not conclusive, by its name.
    pub fn measure(&self) -> Measure {
        let (name, unit) = (self.name.raw(), self.unit.raw());
        let is_unit = |known: &str| unit.eq_ignore_ascii_case(known);
        if starts_with(unit, "byte") || ["space", "bytes", "size"].into_iter().any(|end| ends_with(name, end)) {
            Measure::Space
        } else if is_unit("count") || is_unit("objects") || ends_with(name, "objects") || ends_with(name, "samples") {
            Measure::Objects
        } else {
            Measure::Other
        }
    }
}

/// True if `text` starts with the ASCII text `start` in any case.
fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// True if `text` ends with the ASCII text `end` in any case.
fn ends_with(text: &str, end: &str) -> bool {
    let at = text.len().checked_sub(end.len());
    at.and_then(|at| text.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// Request for a sample type that the profile does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no sample type `{requested}`; {} {}", if .known.len() == 1 { "there is only" } else { "there are" }, .known.join(", "))]
pub struct UnknownSampleType {
    /// Requested name, safe to print.
    pub requested: String,
    /// Existing names, safe to print.
    pub known: Vec<String>,
}

/// Finds a sample type as `pprof -sample_index` does: by index or exact name; `inuse_X` also finds `X`.
///
/// # Errors
/// [`UnknownSampleType`] when nothing matches.
pub(super) fn find(types: &[SampleType], requested: &str) -> Result<usize, UnknownSampleType> {
    let by_index = requested.parse::<usize>().ok().filter(|index| *index < types.len());
    let named = |name: &str| types.iter().position(|sample_type| sample_type.name.raw() == name);
    by_index.or_else(|| named(requested)).or_else(|| requested.strip_prefix("inuse_").and_then(named)).ok_or_else(
        || UnknownSampleType {
            requested: SafeText::from_bytes(requested.as_bytes()).shown().to_owned(),
            known: names_of(types),
        },
    )
}

/// Maximum number of sample types that a message names.
const MAX_NAMED: usize = 16;

/// Names of sample types for a message, safe to print; those beyond the first sixteen are counted.
pub(super) fn names_of(types: &[SampleType]) -> Vec<String> {
    let mut names: Vec<String> = types.iter().take(MAX_NAMED).map(|one| one.name.shown().to_owned()).collect();
    if let Some(more) = types.len().checked_sub(MAX_NAMED).filter(|more| *more > 0) {
        names.push(format!("and {more} more"));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go() -> Vec<SampleType> {
        [("alloc_objects", "count"), ("alloc_space", "bytes"), ("inuse_objects", "count"), ("inuse_space", "bytes")]
            .map(|(name, unit)| SampleType::new(name, unit))
            .to_vec()
    }

    #[test]
    fn types_are_found_by_index_name_and_alias() {
        assert_eq!(find(&go(), "1"), Ok(1));
        assert_eq!(find(&go(), "inuse_space"), Ok(3));
        let node = [SampleType::new("objects", "count"), SampleType::new("space", "bytes")];
        assert_eq!(find(&node, "inuse_space"), Ok(1));
        assert_eq!(find(&go(), "space").unwrap_err().known.len(), 4, "the alias works one way only");
        assert!(find(&go(), "4").is_err());
    }

    #[test]
    fn kinds_and_measures_follow_the_names_of_the_field() {
        let of = |name, unit| {
            let sample_type = SampleType::new(name, unit);
            (sample_type.kind(), sample_type.measure())
        };
        assert_eq!(of("inuse_space", "bytes"), (MemoryKind::InUse, Measure::Space));
        assert_eq!(of("objects", "count"), (MemoryKind::InUse, Measure::Objects));
        assert_eq!(of("alloc_in_new_tlab_bytes", "bytes"), (MemoryKind::Allocated, Measure::Space));
        assert_eq!(of("live", "count"), (MemoryKind::InUse, Measure::Objects));
        assert_eq!(of("HEAP", "bytes"), (MemoryKind::InUse, Measure::Space));
        assert_eq!(of("cpu", "nanoseconds"), (MemoryKind::Other, Measure::Other));
    }
}
