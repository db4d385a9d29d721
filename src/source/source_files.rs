//! Source files named in profiles: the search for them, and the rules for reading them.
//!
//! Profiles and the paths in them are untrusted. Outside of folders named by the user, only files with an extension of
//! source code are read, so that a profile cannot bring a key or a password to the screen. A path that leads out of the
//! searched folder is refused, and so is anything but a regular file: reading a pipe could block, and reading a device
//! could have side effects.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::base::source_text::{FileIdentity, Freshness, MissingSource, Refusal, SourceArea, SourceText, TriedPath};

/// Maximum size of a file, ten times that of the largest sources written by hand.
const MAX_BYTES: u64 = 16 << 20;
/// Bytes examined to tell text from binary files.
const PROBED_BYTES: usize = 1024;
/// Maximum number of tried paths that are reported.
const MAX_TRIED: usize = 12;
/// Maximum number of path components that are used.
const MAX_PARTS: usize = 64;
/// Prefixes for the current folder that sandboxed builds write into binaries.
const CURRENT_FOLDER: [&str; 2] = ["/proc/self/cwd/./", "/proc/self/cwd/"];

/// File extensions of source code.
const EXTENSIONS: [&str; 80] = [
    "S", "asm", "bzl", "c", "c++", "cc", "cjs", "clj", "cljs", "cpp", "cr", "cs", "cts", "cu", "cuh", "cxx", "d",
    "dart", "erl", "ex", "exs", "f", "f90", "f95", "fs", "fsi", "go", "groovy", "h", "h++", "hh", "hpp", "hrl", "hs",
    "hxx", "inc", "inl", "ipp", "java", "jl", "js", "jsx", "kt", "kts", "l", "lua", "m", "ml", "mli", "mjs", "mm",
    "mts", "nim", "pas", "php", "pl", "pm", "proto", "pxd", "py", "pyi", "pyx", "r", "rb", "rs", "s", "scala", "sol",
    "svelte", "swift", "tcc", "tpp", "ts", "tsx", "v", "vala", "vb", "vue", "y", "zig",
];

/// Replacement of a path prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathTrim {
    from: String,
    to: String,
}

impl PathTrim {
    /// Parses `FROM=TO`, or a list of prefixes to remove, separated by `:`.
    pub fn parse(text: &str) -> Vec<Self> {
        if let Some((from, to)) = text.split_once('=') {
            return vec![Self { from: from.to_owned(), to: to.to_owned() }];
        }
        let cut = text.split(':').filter(|from| !from.is_empty());
        cut.map(|from| Self { from: from.to_owned(), to: String::new() }).collect()
    }

    /// Returns the path with the prefix replaced; `None` if the path does not have the prefix.
    fn apply(&self, path: &str) -> Option<String> {
        let from = self.from.trim_end_matches('/');
        let rest = path.strip_prefix(from).filter(|rest| rest.starts_with('/'))?;
        let rest = rest.trim_start_matches('/');
        let to = self.to.trim_end_matches('/');
        Some(match (to, self.to.is_empty()) {
            (_, true) => rest.to_owned(),
            (to, false) => format!("{to}/{rest}"),
        })
    }
}

/// Search for source files.
#[derive(Clone, Debug, Default)]
pub struct SourceFinder {
    /// Folders named by the user.
    folders: Vec<PathBuf>,
    /// Current folder.
    current: Option<PathBuf>,
    /// Folders of modules and of the standard library, in which only complete paths are searched.
    module_folders: Vec<PathBuf>,
    trims: Vec<PathTrim>,
    is_off: bool,
}

/// Path to try.
struct PathCandidate<'a> {
    path: PathBuf,
    /// Folder that is searched; `None` for the path as in the profile.
    root: Option<&'a Path>,
}

impl SourceFinder {
    /// Creates a search in the current folder, with prefix replacements.
    pub fn new(current: Option<PathBuf>, trims: Vec<PathTrim>) -> Self {
        let current = current.and_then(|current| fs::canonicalize(current).ok());
        Self { current, trims, ..Self::default() }
    }

    /// Creates a search that reads and finds nothing.
    pub fn off() -> Self {
        Self { is_off: true, ..Self::default() }
    }

    /// Adds a folder to search, after the folders added before and before the current folder.
    ///
    /// # Errors
    /// The reason why the folder cannot be searched.
    pub fn add_folder(&mut self, root: &Path) -> Result<(), String> {
        let root = fs::canonicalize(root).map_err(|error| error.to_string())?;
        if !root.is_dir() {
            return Err("not a directory".to_owned());
        }
        self.folders.push(root);
        Ok(())
    }

    /// Adds a folder of modules if it exists.
    pub fn add_module_folder(&mut self, root: &Path) {
        self.module_folders.extend(fs::canonicalize(root).ok().filter(|root| root.is_dir()));
    }

    /// Finds and reads a file named in a profile. `profile_time` is the time of the profile in nanoseconds since 1970,
    /// or 0 if unknown.
    ///
    /// # Errors
    /// [`MissingSource`] with the paths tried, if no file was found that may be read.
    pub fn find(&self, path: &str, profile_time: i64) -> Result<SourceText, MissingSource> {
        let mut missing = MissingSource::default();
        for candidate in self.candidates(path) {
            match self.read(&candidate, profile_time) {
                Ok(code) => return Ok(code),
                Err(refusal) => {
                    let is_known = missing.tried.iter().any(|tried| tried.path == candidate.path);
                    if !is_known && missing.tried.len() < MAX_TRIED {
                        missing.tried.push(TriedPath { path: candidate.path, refusal });
                    }
                }
            }
        }
        Err(missing)
    }

    /// Paths to try, in order: the path as named; its suffixes below each folder named by the user, the longest first;
    /// its suffixes below the current folder; the path in each folder of modules.
    fn candidates(&self, path: &str) -> Vec<PathCandidate<'_>> {
        let path = self.trimmed(path);
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let parts = &parts[parts.len().saturating_sub(MAX_PARTS)..];
        let mut candidates = Vec::new();
        if parts.is_empty() || self.is_off {
            return candidates;
        }
        if Path::new(&path).is_absolute() {
            candidates.push(PathCandidate { path: PathBuf::from(&path), root: None });
        }
        let below = |root: &Path, from: usize| parts[from..].iter().fold(root.to_owned(), |path, part| path.join(part));
        for from in 0..parts.len() {
            candidates.extend(
                self.folders.iter().map(|root| PathCandidate { path: below(root, from), root: Some(root.as_path()) }),
            );
        }
        if let Some(current) = &self.current {
            // A file of the same name in another folder is most likely a different file.
            let last = if parts.len() == 1 { 1 } else { parts.len() - 1 };
            candidates.extend((0..last).map(|from| PathCandidate { path: below(current, from), root: Some(current) }));
        }
        for root in &self.module_folders {
            let path = escape_module_path(parts).iter().fold(root.clone(), |path, part| path.join(part));
            candidates.push(PathCandidate { path, root: Some(root) });
        }
        candidates
    }

    /// Path after prefix replacements.
    fn trimmed(&self, path: &str) -> String {
        let path = if path.contains('/') { path.to_owned() } else { path.replace('\\', "/") };
        if let Some(trimmed) = self.trims.iter().find_map(|trim| trim.apply(&path)) {
            return trimmed;
        }
        match CURRENT_FOLDER.iter().find_map(|current| path.strip_prefix(current)) {
            Some(rest) => rest.trim_start_matches('/').to_owned(),
            None => path,
        }
    }

    fn read(&self, candidate: &PathCandidate, profile_time: i64) -> Result<SourceText, Refusal> {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Refusal::Missing,
            _ => Refusal::Failed(error.to_string()),
        };
        // The canonical path has neither links nor `..`.
        let path = fs::canonicalize(&candidate.path).map_err(failed)?;
        let metadata = fs::metadata(&path).map_err(failed)?;
        if !metadata.is_file() {
            return Err(Refusal::NotRegular);
        }
        if candidate.root.is_some_and(|root| !path.starts_with(root)) {
            return Err(Refusal::OutsideFolder);
        }
        let is_in_folder = self.folders.iter().any(|root| path.starts_with(root));
        let relative = candidate.root.and_then(|root| path.strip_prefix(root).ok()).unwrap_or(&path);
        if !is_in_folder && !is_source_code(relative) {
            return Err(Refusal::NotCode);
        }
        let mut bytes = Vec::new();
        let file = File::open(&path).map_err(failed)?;
        // The file may have been replaced since.
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(Refusal::NotRegular);
        }
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Refusal::TooLarge(MAX_BYTES));
        }
        if bytes[..bytes.len().min(PROBED_BYTES)].contains(&0) {
            return Err(Refusal::Binary);
        }
        let area = self.area_of(&path);
        let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let is_later =
            changed.is_some_and(|changed| profile_time > 0 && changed.as_nanos() > profile_time.unsigned_abs().into());
        let display_path =
            self.current.as_ref().and_then(|current| path.strip_prefix(current).ok()).unwrap_or(&path).to_owned();
        let freshness = if is_later { Freshness::Changed } else { Freshness::Unchanged };
        Ok(SourceText::new(FileIdentity { path, display_path, area, freshness }, bytes))
    }

    fn area_of(&self, path: &Path) -> SourceArea {
        let is_inside = self.folders.iter().chain(&self.current).any(|root| path.starts_with(root));
        if is_inside { SourceArea::Inside } else { SourceArea::Outside }
    }
}

/// Returns true if the extension is that of source code and no folder is hidden.
fn is_source_code(path: &Path) -> bool {
    let is_hidden = |part: Component| part.as_os_str().as_encoded_bytes().starts_with(b".");
    // Hidden folders of toolchains and module caches.
    let is_toolchain = |part: &Component| [".cargo", ".rustup", ".cache"].iter().any(|kept| part.as_os_str() == *kept);
    let is_known = path.extension().and_then(|end| end.to_str()).is_some_and(|end| EXTENSIONS.contains(&end));
    is_known && !path.components().filter(|part| !is_toolchain(part)).any(is_hidden)
}

/// Path of a module in the Go module cache, which encodes an upper-case letter as `!` and the lower-case letter for
/// file systems that ignore case.
fn escape_module_path(parts: &[&str]) -> Vec<String> {
    let versioned = parts.iter().position(|part| part.contains('@'));
    let escape = |(index, part): (usize, &&str)| match versioned {
        Some(last) if index <= last => part
            .chars()
            .flat_map(|letter| {
                let mark = letter.is_ascii_uppercase().then_some('!');
                mark.into_iter().chain(std::iter::once(letter.to_ascii_lowercase()))
            })
            .collect(),
        _ => (*part).to_owned(),
    };
    parts.iter().enumerate().map(escape).collect()
}
