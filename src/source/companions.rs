//! Files of memory figures beside a profile, told by their names.
//!
//! `heap-1.pb.gz` has `heap-1.memory.txt`, `heap-1.debug1.txt` or `heap-1.status` beside it; `start.heap.pb.gz` also
//! `start.proc-status.txt`; and a profile that is called only `heap` also `proc-status.txt`.

use std::collections::HashMap;
use std::path::Path;

use super::Address;
use super::local;

/// Words that name figures, before an ending.
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

/// Endings of files of figures.
const ENDINGS: [&str; 4] = ["", ".txt", ".json", ".log"];

/// Endings that a profile's name may have after the part that its companions share.
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

/// Name of a profile's only companion that `record` writes, after the shared part.
pub const RECORDED: &str = ".memory.txt";

/// A profile and the files of memory figures beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccompaniedFile {
    /// Address of the profile.
    pub file: Address,
    /// Addresses of the figures.
    pub companions: Vec<Address>,
}

/// Gives the profiles of a directory or an archive the files of figures beside them, which are then no profiles.
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

/// Existing files of figures beside a single file; a directory is not listed.
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

/// The file of figures that a recording wrote with a snapshot; `None` if there is none.
pub fn recorded_companion(file: &Address) -> Option<Address> {
    let Address::File(path) = file else { return None };
    let name = path.to_str()?;
    let companions = stems(name).into_iter().map(|stem| format!("{stem}{RECORDED}"));
    companions.filter(|name| local::file_size(Path::new(name)).is_some()).map(|name| Address::File(name.into())).next()
}

/// Returns true if a name is that of a file of figures which a recording writes.
pub fn is_recorded_companion(name: &str) -> bool {
    name.ends_with(RECORDED)
}

/// Parts of a profile's path that its companions may share: the path without one or more endings.
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
    // A profile that is only called `heap` has its companions in the directory, without a name in front.
    if let Some(directory) = stem.strip_suffix("heap").filter(|rest| rest.is_empty() || rest.ends_with('/')) {
        stems.push(directory);
    }
    stems
}

/// Part of the path of a file of figures that its profile shares; `None` for other files.
fn shared_part(name: &str) -> Option<&str> {
    ENDINGS.iter().rev().find_map(|ending| {
        let stem = name.strip_suffix(ending)?;
        // The longest word first: `memory.stat` before what ends in `stat`.
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
