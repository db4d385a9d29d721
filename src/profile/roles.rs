//! Roles of sample types: level, counter or change, and which columns of bytes and objects belong together.
//!
//! The role depends on the set of types, since one name means different things to different profilers: `allocations` is
//! a counter beside Zend's `retained_*` and a level beside `space` in JAX. [`KNOWN_RUNTIMES`] lists the runtimes whose
//! names are known; other names follow general rules.

use crate::profile::{Header, Measure, MemoryKind, SampleType, sample_type};

/// Meaning of the values of a sample type over several snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Held at the moment of the snapshot.
    Level,
    /// Counted since the process began, or within the duration of the snapshot if it has one.
    Counter,
    /// Happened within the duration of the snapshot.
    Change,
    /// Not known.
    Unknown,
}

impl Role {
    /// All roles that can be chosen, each with its word.
    pub const WORDS: [(&'static str, Self); 3] =
        [("level", Self::Level), ("counter", Self::Counter), ("change", Self::Change)];

    /// Word for the role.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, role)| *role == self).map_or("unknown", |(word, _)| word)
    }
}

/// Role of one sample type among the types of its profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeRole {
    /// Kind of memory that the type measures.
    pub kind: MemoryKind,
    /// Quantity that the type measures.
    pub measure: Measure,
    /// Meaning of the values over several snapshots.
    pub role: Role,
    /// Index of the type that counts the objects of these bytes, or the bytes of these objects; `None` if there is no
    /// such type, or if it is ambiguous.
    pub paired_type: Option<usize>,
}

/// Sampling of a runtime's heap profiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// Bytes between two samples on average.
    Bytes(u64),
    /// Every object is recorded.
    Exact,
    /// Not known.
    Unknown,
}

/// Runtime whose sample types are known.
#[derive(Clone, Copy, Debug)]
pub struct KnownRuntime {
    /// Name of the runtime or profiler.
    pub name: &'static str,
    /// Name of the input format whose files are of this runtime; empty if the runtime is recognized by its types alone.
    pub format: &'static str,
    /// Types that every profile of this runtime has.
    pub signature: &'static [&'static str],
    /// Kind and role of types to which the general rules for names do not apply.
    pub types: &'static [(&'static str, MemoryKind, Role)],
    /// Documented default sampling, used if a file does not state its period.
    pub sampling: Sampling,
}

/// Maximum number of types for which columns of bytes and objects are paired. No profiler writes as many, but a hostile
/// file may.
const MAX_PAIRED: usize = 64;

/// Documented default of Go, V8, jemalloc, tcmalloc and async-profiler: one sample in 512 KiB.
const HALF_MIB: Sampling = Sampling::Bytes(512 << 10);

const fn from_format(name: &'static str, format: &'static str, sampling: Sampling) -> KnownRuntime {
    KnownRuntime { name, format, signature: &[], types: &[], sampling }
}

const fn typed(
    name: &'static str,
    signature: &'static [&'static str],
    types: &'static [(&'static str, MemoryKind, Role)],
    sampling: Sampling,
) -> KnownRuntime {
    KnownRuntime { name, format: "", signature, types, sampling }
}

/// Known runtimes and profilers; the first one whose format and signature match a profile applies.
pub const KNOWN_RUNTIMES: &[KnownRuntime] = &[
    // Formats of one profiler each.
    from_format("V8", "V8 heap profile", HALF_MIB),
    from_format("jemalloc", "jemalloc heap dump", HALF_MIB),
    from_format("tcmalloc", "tcmalloc heap text", HALF_MIB),
    from_format("DHAT", "DHAT", Sampling::Exact),
    from_format("heaptrack", "heaptrack", Sampling::Exact),
    from_format("memray", "memray", Sampling::Exact),
    // The JVM scales the weights of its samples and does not report the sampling rate.
    from_format("JFR", "JFR recording", Sampling::Unknown),
    // heaptrack's types, whatever wrote them: temporary objects were freed at once.
    typed(
        "heaptrack",
        &["temporary_objects", "peak_space"],
        &[("temporary_objects", MemoryKind::Other, Role::Counter)],
        Sampling::Exact,
    ),
    // Go, alone or with the types that Datadog's tracer adds; both use the same names for bytes and objects.
    typed("Go", &["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"], &[], HALF_MIB),
    typed("Go goroutines", &["goroutine"], &[("goroutine", MemoryKind::Other, Role::Level)], Sampling::Exact),
    typed("threads", &["threadcreate"], &[("threadcreate", MemoryKind::Other, Role::Level)], Sampling::Exact),
    typed(
        "Go contention",
        &["contentions", "delay"],
        &[("contentions", MemoryKind::Other, Role::Counter), ("delay", MemoryKind::Other, Role::Counter)],
        Sampling::Unknown,
    ),
    // async-profiler; with --live its `live` column has the allocations that survived.
    typed("async-profiler", &["alloc_in_new_tlab_bytes"], &[], HALF_MIB),
    typed("JVM", &["alloc_in_new_tlab_objects"], &[], HALF_MIB),
    // Datadog: .NET has both in-use columns, Java and Ruby have live heaps, Python has `heap-space`, PHP only
    // allocations.
    typed("Datadog .NET", &["inuse-objects", "inuse-space", "alloc-samples"], &[], Sampling::Unknown),
    typed("Datadog Java", &["heap-live-samples", "heap-live-size", "alloc-size"], &[], Sampling::Unknown),
    typed("Datadog Ruby", &["heap-live-samples", "heap-live-size"], &[], Sampling::Unknown),
    typed("Datadog Python", &["heap-space"], &[], Sampling::Unknown),
    typed("Datadog PHP", &["alloc-samples", "alloc-size"], &[], Sampling::Unknown),
    // Native allocation profilers of Datadog's ddprof and of perfetto.
    typed("ddprof", &["inuse-space"], &[], Sampling::Unknown),
    typed(
        "perfetto",
        &["Unreleased malloc size"],
        &[
            ("Unreleased malloc size", MemoryKind::InUse, Role::Level),
            ("Unreleased malloc count", MemoryKind::InUse, Role::Level),
            ("Total malloc size", MemoryKind::Allocated, Role::Counter),
            ("Total malloc count", MemoryKind::Allocated, Role::Counter),
        ],
        Sampling::Bytes(4096),
    ),
    typed("rbspy memory", &["retained_objects", "retained_memory"], RETAINED, Sampling::Exact),
    // Zend's memory profiler: allocations since the request began, and retained memory.
    typed("PHP", &["allocations", "retained_space"], RETAINED, Sampling::Unknown),
    // Device memory of JAX: current allocations, by count and bytes.
    typed(
        "JAX",
        &["allocations", "space"],
        &[("allocations", MemoryKind::InUse, Role::Level), ("space", MemoryKind::InUse, Role::Level)],
        Sampling::Exact,
    ),
    typed("Node.js", &["objects", "space"], &[], HALF_MIB),
    typed("memory level", &["memory_space"], &[("memory_space", MemoryKind::InUse, Role::Level)], Sampling::Unknown),
    typed(
        "CPU",
        &["cpu"],
        &[("cpu", MemoryKind::Other, Role::Change), ("samples", MemoryKind::Other, Role::Change)],
        Sampling::Unknown,
    ),
];

const RETAINED: &[(&str, MemoryKind, Role)] = &[
    ("allocations", MemoryKind::Allocated, Role::Counter),
    ("allocated_memory", MemoryKind::Allocated, Role::Counter),
    ("retained_objects", MemoryKind::InUse, Role::Level),
    ("retained_memory", MemoryKind::InUse, Role::Level),
    ("retained_space", MemoryKind::InUse, Role::Level),
];

/// Known runtime of a profile; `None` if none fits.
pub fn known_runtime_of(format: &str, types: &[SampleType]) -> Option<&'static KnownRuntime> {
    let has = |name: &&str| types.iter().any(|one| one.name.raw() == *name);
    let fits = |runtime: &&KnownRuntime| {
        let is_format = runtime.format.is_empty() || format.starts_with(runtime.format);
        is_format && runtime.signature.iter().all(has)
    };
    KNOWN_RUNTIMES.iter().find(fits)
}

/// Roles of a set of sample types, in its order.
pub fn roles(types: &[SampleType]) -> Vec<TypeRole> {
    let runtime = known_runtime_of("", types);
    let known = |name: &str| runtime.and_then(|runtime| runtime.types.iter().find(|(known, ..)| *known == name));
    let mut found: Vec<TypeRole> = types
        .iter()
        .map(|one| {
            let (kind, role) = match known(one.name.raw()) {
                Some((_, kind, role)) => (*kind, *role),
                None => general_rule(one),
            };
            TypeRole { kind, measure: one.measure(), role, paired_type: None }
        })
        .collect();
    if types.len() <= MAX_PAIRED {
        for index in 0..types.len() {
            found[index].paired_type = paired_type(types, &found, index);
        }
    }
    found
}

/// Kind and role according to the words that profilers put into names.
fn general_rule(one: &SampleType) -> (MemoryKind, Role) {
    let name = one.name.raw();
    let kind = one.kind();
    let role = match kind {
        MemoryKind::InUse => Role::Level,
        MemoryKind::Allocated if name.contains(TLAB) => Role::Change,
        MemoryKind::Allocated => Role::Counter,
        MemoryKind::Other if matches!(name, "goroutine" | "threadcreate") => Role::Level,
        MemoryKind::Other if matches!(name, "cpu" | "samples" | "sample" | "wall") => Role::Change,
        MemoryKind::Other if name.ends_with("-time") || name.ends_with("-samples") => Role::Change,
        MemoryKind::Other => Role::Unknown,
    };
    (kind, role)
}

/// Index of the type of the other measure with the same kind and prefix, else of the only type of the other measure if
/// the kind has one type of each measure. `None` if ambiguous.
fn paired_type(types: &[SampleType], roles: &[TypeRole], index: usize) -> Option<usize> {
    let this = roles[index];
    let wanted = match this.measure {
        Measure::Space => Measure::Objects,
        Measure::Objects => Measure::Space,
        Measure::Other => return None,
    };
    if this.kind == MemoryKind::Other {
        return None;
    }
    let of = |measure: Measure| {
        (0..types.len()).filter(move |at| (roles[*at].kind, roles[*at].measure) == (this.kind, measure))
    };
    let prefix = |at: usize| prefix(types[at].name.raw());
    let mut alike = of(wanted).filter(|at| prefix(*at) == prefix(index));
    match (alike.next(), alike.next()) {
        (Some(only), None) => return Some(only),
        (Some(_), Some(_)) => return None,
        (None, _) => {}
    }
    let mut others = of(wanted);
    let only = others.next().filter(|_| others.next().is_none());
    only.filter(|_| of(this.measure).count() == 1)
}

/// Indices of the types that add up to the bytes allocated: one type, or the types for allocations in and outside of the
/// JVM's thread-local buffers, which are two parts of a whole. Empty if there are none.
pub fn allocated_parts(types: &[SampleType], roles: &[TypeRole]) -> Vec<usize> {
    let is_allocated = |at: &usize| (roles[*at].kind, roles[*at].measure) == (MemoryKind::Allocated, Measure::Space);
    let is_part = |at: &usize| types[*at].name.raw().contains(TLAB);
    let mut parts = (0..types.len()).filter(is_allocated);
    match parts.next() {
        Some(first) if is_part(&first) => std::iter::once(first).chain(parts.filter(is_part)).collect(),
        first => first.into_iter().collect(),
    }
}

/// Part of the names of types for allocations in and outside of the JVM's thread-local allocation buffers.
const TLAB: &str = "_tlab_";

/// Name without the word for its measure: `heap-live` for `heap-live-size`.
fn prefix(name: &str) -> &str {
    const MEASURES: [&str; 9] =
        ["space", "size", "bytes", "memory", "objects", "samples", "count", "allocations", "object"];
    let cut = MEASURES.iter().find_map(|measure| name.strip_suffix(measure));
    cut.map_or(name, |rest| rest.trim_end_matches(['-', '_', ' ']))
}

/// Index of the initial type: the type named `default` if it is of memory and has values, else in-use bytes, else
/// another type of memory with values, else these choices without regard to values, else as in pprof: the type named
/// `default`, else the last.
pub(super) fn default_of(
    types: &[SampleType],
    roles: &[TypeRole],
    default: &str,
    has_values: impl Fn(usize) -> bool,
) -> usize {
    let named = sample_type::find(types, default).ok().filter(|index| types[*index].name.raw() == default);
    let is_memory = |index: &usize| roles[*index].kind != MemoryKind::Other;
    if let Some(named) = named.filter(is_memory).filter(|index| has_values(*index)) {
        return named;
    }
    let order = [
        (MemoryKind::InUse, Measure::Space),
        (MemoryKind::Allocated, Measure::Space),
        (MemoryKind::InUse, Measure::Objects),
        (MemoryKind::Allocated, Measure::Objects),
    ];
    let of =
        |(kind, measure)| (0..types.len()).filter(move |at| (roles[*at].kind, roles[*at].measure) == (kind, measure));
    let with_values = || order.into_iter().flat_map(of).find(|index| has_values(*index));
    with_values()
        .or_else(|| named.filter(is_memory))
        .or_else(|| order.into_iter().flat_map(of).next())
        .or(named)
        .unwrap_or(types.len().saturating_sub(1))
}

/// Chance that an object of `size` bytes is sampled, once in `period` bytes: 1 - e^(-size/period), as pprof scales by. It
/// is 1 without sampling.
pub fn sampling_chance(size: f64, period: f64) -> f64 {
    if period <= 0.0 { 1.0 } else { -(-size / period).exp_m1() }
}

/// Returns the sampling of a profile, and true if it is the documented default and not stated in the file.
pub fn sampling_of(header: &Header) -> (Sampling, bool) {
    let runtime = known_runtime_of(header.format, &header.sample_types);
    // Stores do not keep the period: one store writes a constant for every profile, another none. Perhaps only part of
    // Go's types is loaded.
    let is_go = |one: &SampleType| one.name.raw().starts_with("inuse_") || one.name.raw().starts_with("alloc_");
    if header.merge.is_some() && !header.sample_types.is_empty() && header.sample_types.iter().all(is_go) {
        return (HALF_MIB, matches!(HALF_MIB, Sampling::Bytes(_)));
    }
    let period = header.period_bytes();
    if let Some(bytes) = period.filter(|bytes| *bytes > 1) {
        return (Sampling::Bytes(bytes), false);
    }
    match runtime {
        // Go writes the period 1 if it was told to record every allocation; so do jemalloc (`lg_prof_sample:0`) and the
        // profiler of gperftools, which does not sample (`@ heapprofile`).
        Some(runtime) if matches!(runtime.name, "Go" | "jemalloc" | "tcmalloc") && period == Some(1) => {
            (Sampling::Exact, false)
        }
        Some(runtime) => (runtime.sampling, matches!(runtime.sampling, Sampling::Bytes(_))),
        None => (Sampling::Unknown, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runtime, and for each type its unit, kind, role and paired type.
    type Row = (&'static str, &'static str, &'static [(&'static str, &'static str, MemoryKind, Role, Option<usize>)]);

    const ROWS: &[Row] = &[
        (
            "Go",
            "pprof",
            &[
                ("alloc_objects", "count", MemoryKind::Allocated, Role::Counter, Some(1)),
                ("alloc_space", "bytes", MemoryKind::Allocated, Role::Counter, Some(0)),
                ("inuse_objects", "count", MemoryKind::InUse, Role::Level, Some(3)),
                ("inuse_space", "bytes", MemoryKind::InUse, Role::Level, Some(2)),
            ],
        ),
        ("Go goroutines", "pprof", &[("goroutine", "count", MemoryKind::Other, Role::Level, None)]),
        ("threads", "pprof", &[("threadcreate", "count", MemoryKind::Other, Role::Level, None)]),
        (
            "Go contention",
            "pprof",
            &[
                ("contentions", "count", MemoryKind::Other, Role::Counter, None),
                ("delay", "nanoseconds", MemoryKind::Other, Role::Counter, None),
            ],
        ),
        (
            "async-profiler",
            "pprof",
            &[
                ("alloc_in_new_tlab_objects", "count", MemoryKind::Allocated, Role::Change, Some(1)),
                ("alloc_in_new_tlab_bytes", "bytes", MemoryKind::Allocated, Role::Change, Some(0)),
                ("alloc_outside_tlab_objects", "count", MemoryKind::Allocated, Role::Change, Some(3)),
                ("alloc_outside_tlab_bytes", "bytes", MemoryKind::Allocated, Role::Change, Some(2)),
                ("live", "count", MemoryKind::InUse, Role::Level, None),
            ],
        ),
        (
            "Datadog Java",
            "pprof",
            &[
                ("cpu", "nanoseconds", MemoryKind::Other, Role::Change, None),
                ("alloc-samples", "count", MemoryKind::Allocated, Role::Counter, Some(2)),
                ("alloc-size", "bytes", MemoryKind::Allocated, Role::Counter, Some(1)),
                ("heap-live-samples", "count", MemoryKind::InUse, Role::Level, Some(4)),
                ("heap-live-size", "bytes", MemoryKind::InUse, Role::Level, Some(3)),
            ],
        ),
        (
            "Datadog Python",
            "pprof",
            &[
                ("cpu-samples", "count", MemoryKind::Other, Role::Change, None),
                ("alloc-samples", "count", MemoryKind::Allocated, Role::Counter, Some(2)),
                ("alloc-space", "bytes", MemoryKind::Allocated, Role::Counter, Some(1)),
                ("heap-live-samples", "count", MemoryKind::InUse, Role::Level, Some(4)),
                ("heap-space", "bytes", MemoryKind::InUse, Role::Level, Some(3)),
            ],
        ),
        (
            "Datadog Ruby",
            "pprof",
            &[
                ("cpu-time", "nanoseconds", MemoryKind::Other, Role::Change, None),
                ("alloc-samples", "count", MemoryKind::Allocated, Role::Counter, None),
                ("heap-live-samples", "count", MemoryKind::InUse, Role::Level, Some(3)),
                ("heap-live-size", "bytes", MemoryKind::InUse, Role::Level, Some(2)),
            ],
        ),
        (
            "Datadog PHP",
            "pprof",
            &[
                ("sample", "count", MemoryKind::Other, Role::Change, None),
                ("alloc-samples", "count", MemoryKind::Allocated, Role::Counter, Some(2)),
                ("alloc-size", "bytes", MemoryKind::Allocated, Role::Counter, Some(1)),
            ],
        ),
        (
            "Datadog .NET",
            "pprof",
            &[
                ("alloc-samples", "count", MemoryKind::Allocated, Role::Counter, Some(1)),
                ("alloc-size", "bytes", MemoryKind::Allocated, Role::Counter, Some(0)),
                ("inuse-objects", "count", MemoryKind::InUse, Role::Level, Some(3)),
                ("inuse-space", "bytes", MemoryKind::InUse, Role::Level, Some(2)),
            ],
        ),
        (
            "ddprof",
            "pprof",
            &[
                ("alloc-space", "bytes", MemoryKind::Allocated, Role::Counter, None),
                ("inuse-space", "bytes", MemoryKind::InUse, Role::Level, None),
            ],
        ),
        (
            "perfetto",
            "pprof",
            &[
                ("Unreleased malloc size", "bytes", MemoryKind::InUse, Role::Level, Some(1)),
                ("Unreleased malloc count", "count", MemoryKind::InUse, Role::Level, Some(0)),
                ("Total malloc size", "bytes", MemoryKind::Allocated, Role::Counter, Some(3)),
                ("Total malloc count", "count", MemoryKind::Allocated, Role::Counter, Some(2)),
            ],
        ),
        (
            "PHP",
            "pprof",
            &[
                ("allocations", "count", MemoryKind::Allocated, Role::Counter, None),
                ("retained_objects", "count", MemoryKind::InUse, Role::Level, Some(2)),
                ("retained_space", "bytes", MemoryKind::InUse, Role::Level, Some(1)),
            ],
        ),
        (
            "JAX",
            "pprof",
            &[
                ("allocations", "count", MemoryKind::InUse, Role::Level, Some(1)),
                ("space", "bytes", MemoryKind::InUse, Role::Level, Some(0)),
            ],
        ),
        (
            "Node.js",
            "pprof",
            &[
                ("objects", "count", MemoryKind::InUse, Role::Level, Some(1)),
                ("space", "bytes", MemoryKind::InUse, Role::Level, Some(0)),
            ],
        ),
        ("V8", "V8 heap profile", &[("inuse_space", "bytes", MemoryKind::InUse, Role::Level, None)]),
        (
            "jemalloc",
            "jemalloc heap dump",
            &[
                ("alloc_objects", "count", MemoryKind::Allocated, Role::Counter, Some(1)),
                ("alloc_space", "bytes", MemoryKind::Allocated, Role::Counter, Some(0)),
                ("inuse_objects", "count", MemoryKind::InUse, Role::Level, Some(3)),
                ("inuse_space", "bytes", MemoryKind::InUse, Role::Level, Some(2)),
            ],
        ),
        (
            "tcmalloc",
            "tcmalloc heap text",
            &[
                ("objects", "count", MemoryKind::InUse, Role::Level, Some(1)),
                ("space", "bytes", MemoryKind::InUse, Role::Level, Some(0)),
            ],
        ),
        (
            "DHAT",
            "DHAT",
            &[
                ("alloc_space", "bytes", MemoryKind::Allocated, Role::Counter, None),
                ("inuse_space", "bytes", MemoryKind::InUse, Role::Level, None),
            ],
        ),
        (
            "heaptrack",
            "heaptrack",
            &[
                ("alloc_objects", "count", MemoryKind::Allocated, Role::Counter, None),
                ("inuse_space", "bytes", MemoryKind::InUse, Role::Level, None),
                ("peak_space", "bytes", MemoryKind::Other, Role::Unknown, None),
                ("temporary_objects", "count", MemoryKind::Other, Role::Counter, None),
            ],
        ),
        (
            "JFR",
            "JFR recording",
            &[
                ("alloc_samples", "count", MemoryKind::Allocated, Role::Counter, Some(1)),
                ("alloc_space", "bytes", MemoryKind::Allocated, Role::Counter, Some(0)),
                ("live_objects", "count", MemoryKind::InUse, Role::Level, None),
            ],
        ),
        (
            "memray",
            "memray",
            &[
                ("inuse_objects", "count", MemoryKind::InUse, Role::Level, Some(1)),
                ("inuse_space", "bytes", MemoryKind::InUse, Role::Level, Some(0)),
            ],
        ),
        ("memory level", "pprof", &[("memory_space", "bytes", MemoryKind::InUse, Role::Level, None)]),
        (
            "CPU",
            "pprof",
            &[
                ("samples", "count", MemoryKind::Other, Role::Change, None),
                ("cpu", "nanoseconds", MemoryKind::Other, Role::Change, None),
            ],
        ),
    ];

    #[test]
    fn every_runtime_has_its_roles_and_pairs() {
        for (name, format, rows) in ROWS {
            let types: Vec<SampleType> = rows.iter().map(|(name, unit, ..)| SampleType::new(name, unit)).collect();
            assert_eq!(known_runtime_of(format, &types).map(|runtime| runtime.name), Some(*name), "{name}");
            for (found, (of, _, kind, role, paired_type)) in roles(&types).iter().zip(*rows) {
                assert_eq!((found.kind, found.role, found.paired_type), (*kind, *role, *paired_type), "{name} {of}");
            }
        }
    }

    fn header(format: &'static str, types: &[(&str, &str)], period: i64, unit: &str) -> Header {
        Header {
            format,
            period,
            period_type: SampleType::new("space", unit),
            sample_types: types.iter().map(|(name, unit)| SampleType::new(name, unit)).collect(),
            ..Header::default()
        }
    }

    #[test]
    fn a_period_counts_only_in_bytes_and_above_one() {
        let go = [
            ("alloc_objects", "count"),
            ("alloc_space", "bytes"),
            ("inuse_objects", "count"),
            ("inuse_space", "bytes"),
        ];
        let of = |period, unit| {
            let mut header = header("pprof", &go, period, unit);
            header.period_type = SampleType::new(if unit == "bytes" { "space" } else { "cpu" }, unit);
            sampling_of(&header)
        };
        assert_eq!(of(1024, "bytes"), (Sampling::Bytes(1024), false));
        assert_eq!(of(1, "bytes"), (Sampling::Exact, false));
        assert_eq!(sampling_of(&header("jemalloc heap dump", &go, 1, "bytes")), (Sampling::Exact, false));
        assert_eq!(of(0, "bytes"), (HALF_MIB, true));
        assert_eq!(of(10_000_000, "nanoseconds"), (HALF_MIB, true), "nanoseconds are never taken for bytes");
        let unknown = header("pprof", &[("heap-space", "bytes")], 0, "");
        assert_eq!(sampling_of(&unknown), (Sampling::Unknown, false));
        assert_eq!(sampling_of(&header("pprof", &[("goroutine", "count")], 1, "count")), (Sampling::Exact, false));
    }

    fn go() -> Vec<SampleType> {
        [("alloc_objects", "count"), ("alloc_space", "bytes"), ("inuse_objects", "count"), ("inuse_space", "bytes")]
            .map(|(name, unit)| SampleType::new(name, unit))
            .to_vec()
    }

    #[test]
    fn the_initial_type_is_of_memory_and_has_values() {
        let of = |types: &[SampleType], default: &str, filled: &[usize]| {
            default_of(types, &roles(types), default, |index| filled.contains(&index))
        };
        let all = [0, 1, 2, 3];
        assert_eq!(of(&go(), "alloc_space", &all), 1);
        assert_eq!(of(&go(), "", &all), 3);
        assert_eq!(of(&go(), "heap", &all), 3);
        assert_eq!(of(&go(), "0", &all), 3, "a default is a name, never an index");
        assert_eq!(of(&go(), "inuse_space", &[0, 1]), 1, "a type without values is not opened on");
        assert_eq!(of(&go(), "alloc_space", &[]), 1);
        let cpu = [SampleType::new("samples", "count"), SampleType::new("cpu", "nanoseconds")];
        assert_eq!((of(&cpu, "samples", &[0, 1]), of(&cpu, "", &[0, 1])), (0, 1));
        let traced = [SampleType::new("cpu", "nanoseconds"), SampleType::new("heap-live-size", "bytes")];
        assert_eq!(of(&traced, "cpu", &[0, 1]), 1, "memory goes before time");
    }
}
