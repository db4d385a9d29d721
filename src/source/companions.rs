//! Files of memory figures beside a profile, found by name.
//!
//! The companions of `heap-1.pb.gz` are `heap-1.memory.txt`, `heap-1.debug1.txt` or `heap-1.status`; `start.heap.pb.gz`
//! may also have `start.proc-status.txt`; and a profile named only `heap` may also have `proc-status.txt`.

use std::collections::HashMap;
use std::path::Path;

use super::Address;
use super::local;

/// Words before the extension in names of memory-figure files.
const WORDS: [&str; 15] = [
    "memory",
    "memstats",
    "debug1",
    "status",
    "proc-status",
    "smaps_rollup",
    "proc-smaps_rollup",
    "memory.stat",
    "memory.current",
    "memory.max",
    "memory.peak",
    "memoryUsage",
    "malloc_stats",
    "jemalloc",
    "nmt",
];

/// Extensions of memory-figure files.
const ENDINGS: [&str; 4] = ["", ".txt", ".json", ".log"];

/// Extensions of a profile that its companions do not share.
const PROFILE_ENDINGS: [&str; 13] = [
    ".gz",
    ".zst",
    ".pb",
    ".pprof",
    ".prof",
    ".heap",
    ".heapprofile",
    ".txt",
    ".json",
    ".folded",
    ".out",
    ".dump",
    ".debug1",
];

/// Suffix of the only companion that `record` writes for a profile, after the shared part of the name.
pub const RECORDED: &str = ".memory.txt";

/// Profile with the files of memory figures beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccompaniedFile {
    /// Address of the profile.
    pub file: Address,
    /// Addresses of the figures.
    pub companions: Vec<Address>,
}

/// Attaches the files of memory figures in a directory or archive to their profiles; they are then not listed as
/// profiles.
pub fn with_companions(files: Vec<Address>) -> Vec<AccompaniedFile> {
    let mut found: Vec<AccompaniedFile> = Vec::new();
    let mut by_stem: HashMap<String, usize> = HashMap::new();
    let mut others = Vec::new();
    for file in files {
        let name = file.name();
        if shared_part(&name).is_some() {
            others.push(file);
            continue;
        }
        for stem in stems(&name) {
            by_stem.entry(stem.to_owned()).or_insert(found.len());
        }
        found.push(AccompaniedFile { file, companions: Vec::new() });
    }
    for file in others {
        let name = file.name();
        match shared_part(&name).and_then(|part| by_stem.get(part)) {
            Some(owner) => found[*owner].companions.push(file),
            None => found.push(AccompaniedFile { file, companions: Vec::new() }),
        }
    }
    found
}

/// Existing files of memory figures beside a single file, found without listing the directory.
pub fn companions_of(file: &Address) -> Vec<Address> {
    let Address::File(path) = file else { return Vec::new() };
    let Some(name) = path.to_str() else { return Vec::new() };
    let mut found = Vec::new();
    for stem in stems(name) {
        let separator = if stem.is_empty() || stem.ends_with('/') { "" } else { "." };
        for word in WORDS {
            for ending in ENDINGS {
                let companion = format!("{stem}{separator}{word}{ending}");
                if companion != name && local::file_size(Path::new(&companion)).is_some() {
                    found.push(Address::File(companion.into()));
                }
            }
        }
    }
    found
}

/// File of memory figures that a recording wrote with a snapshot; `None` if there is none.
pub fn recorded_companion(file: &Address) -> Option<Address> {
    let Address::File(path) = file else { return None };
    let name = path.to_str()?;
    let companions = stems(name).into_iter().map(|stem| format!("{stem}{RECORDED}"));
    companions.filter(|name| local::file_size(Path::new(name)).is_some()).map(|name| Address::File(name.into())).next()
}

/// Returns true for the name of a file of memory figures that a recording writes.
pub fn is_recorded_companion(name: &str) -> bool {
    name.ends_with(RECORDED)
}

/// Parts of a profile's path that companions may share: the path without one or more extensions.
fn stems(name: &str) -> Vec<&str> {
    let mut stems = Vec::new();
    let mut stem = name;
    while let Some(shorter) = PROFILE_ENDINGS.iter().find_map(|ending| stem.strip_suffix(ending)) {
        if shorter.is_empty() || shorter.ends_with('/') {
            break;
        }
        stem = shorter;
        stems.push(stem);
    }
    if stems.is_empty() {
        stems.push(name);
    }
    // A profile named only `heap` has companions in its directory whose names have no prefix.
    if let Some(directory) = stem.strip_suffix("heap").filter(|rest| rest.is_empty() || rest.ends_with('/')) {
        stems.push(directory);
    }
    stems
}

/// Part of a companion's path that is shared with its profile; `None` for other files.
fn shared_part(name: &str) -> Option<&str> {
    ENDINGS.iter().rev().find_map(|ending| {
        let stem = name.strip_suffix(ending)?;
        // The longest word is tried first: `memory.stat` before other words that end in `stat`.
        let part = WORDS.iter().filter_map(|word| stem.strip_suffix(word)).min_by_key(|part| part.len())?;
        if part.is_empty() || part.ends_with('/') { Some(part) } else { part.strip_suffix('.') }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_belong_to_the_profile_with_their_name() {
        let names = [
            "d/a.pb.gz",
            "d/a.memory.txt",
            "d/b.heap.pb.gz",
            "d/b.heap.debug1.txt",
            "d/b.proc-status.txt",
            "d/c.debug1.txt",
            "d/memory.stat",
            "d/heap.pb.gz",
            "e/proc-status.txt",
            "e/heap",
        ];
        let files = names.iter().map(|name| Address::File(name.into())).collect();
        let found: Vec<(String, Vec<String>)> = with_companions(files)
            .into_iter()
            .map(|one| (one.file.name(), one.companions.iter().map(Address::name).collect()))
            .collect();
        let want = [
            ("d/a.pb.gz", vec!["d/a.memory.txt"]),
            ("d/b.heap.pb.gz", vec!["d/b.heap.debug1.txt", "d/b.proc-status.txt"]),
            ("d/heap.pb.gz", vec!["d/memory.stat"]),
            ("e/heap", vec!["e/proc-status.txt"]),
            ("d/c.debug1.txt", vec![]),
        ];
        let want = want.map(|(name, all)| (name.to_owned(), all.into_iter().map(str::to_owned).collect()));
        assert_eq!(found, want);
    }
}
