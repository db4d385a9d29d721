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

/// Maximum number of files in a folder that is listed to find companions. In a larger one each possible name is tried,
/// which takes more calls, but no more for more files.
const MOST_LISTED: usize = 256;

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

/// Existing files of memory figures beside a single file.
pub fn companions_of(file: &Address) -> Vec<Address> {
    let Address::File(path) = file else { return Vec::new() };
    let Some(name) = path.to_str() else { return Vec::new() };
    let stems = stems(name);
    let mut found = match local::few_names_beside(path, MOST_LISTED) {
        Some(names) => {
            let beside =
                names.into_iter().filter_map(|one| path.with_file_name(one).into_os_string().into_string().ok());
            beside.filter(|one| shared_part(one).is_some_and(|part| stems.contains(&part))).collect()
        }
        None => possible_companions(&stems),
    };
    found.retain(|one| one != name && local::file_size(Path::new(one)).is_some());
    found.sort_unstable();
    found.into_iter().map(|one| Address::File(one.into())).collect()
}

/// All paths that files of memory figures with these stems can have.
fn possible_companions(stems: &[&str]) -> Vec<String> {
    let names = |stem: &&str| {
        let separator = if stem.is_empty() || stem.ends_with('/') { "" } else { "." };
        let start = format!("{stem}{separator}");
        WORDS.iter().flat_map(move |word| ENDINGS.map(|ending| format!("{start}{word}{ending}")))
    };
    stems.iter().flat_map(names).collect()
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
    fn possible_names_are_those_that_are_recognized() {
        for name in ["d/a.heap.pb.gz", "heap.pb.gz", "e/heap", "f/x.json"] {
            let stems = stems(name);
            for companion in possible_companions(&stems) {
                let part = shared_part(&companion).unwrap();
                assert!(stems.contains(&part), "{companion} of {name}");
            }
        }
    }

    #[test]
    fn companions_are_found_in_small_and_large_folders() {
        let folder = std::env::temp_dir().join(format!("heapglass-companions-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("a.status")).unwrap();
        for name in ["a.pb.gz", "a.memory.txt", "a.proc-status", "b.memory.txt", "aa.memory.txt"] {
            std::fs::write(folder.join(name), name).unwrap();
        }
        let profile = Address::File(folder.join("a.pb.gz"));
        let want = ["a.memory.txt", "a.proc-status"].map(|name| Address::File(folder.join(name)));
        assert_eq!(companions_of(&profile), want);
        for other in 0..=MOST_LISTED {
            std::fs::write(folder.join(format!("{other}.pb.gz")), "").unwrap();
        }
        assert_eq!(companions_of(&profile), want);
        std::fs::remove_dir_all(folder).unwrap();
    }

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
