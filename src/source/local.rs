//! Local sources: files, directories, standard input, and the built-in demo. All are opened read-only.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Cursor, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::SourceError;
use crate::base::compact_sort::CompactSort;
use crate::base::file_order::sort_by_file_name;

static DEMO_AFTER: &[u8] = include_bytes!("../../assets/demo/after.pb.gz");
static DEMO_BEFORE: &[u8] = include_bytes!("../../assets/demo/before.pb.gz");

/// Opens a file, a named pipe or a device. Limits on input bound what a pipe or a device returns.
pub(super) fn open_file(path: &Path) -> Result<Box<dyn Read + Send>, SourceError> {
    let file = File::open(path)?;
    // On Unix a directory can be opened and fails only when it is read.
    if file.metadata()?.is_dir() {
        return Err(SourceError::Directory);
    }
    Ok(Box::new(file))
}

/// Size of a regular file; `None` for pipes and devices.
pub(super) fn file_size(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|data| data.len())
}

/// Names in the folder of a file; `None` if there are more than `most`, or the folder cannot be listed.
pub(super) fn few_names_beside(path: &Path, most: usize) -> Option<Vec<OsString>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).ok()? {
        if names.len() == most {
            return None;
        }
        names.push(entry.ok()?.file_name());
    }
    Some(names)
}

/// Files of a directory in the natural order of their names. Hidden files and subfolders are skipped, since they belong
/// to editors, version control and unfinished downloads.
pub(super) fn directory_files(path: &Path) -> Result<Vec<PathBuf>, SourceError> {
    // A dangling link is kept, so that its error is reported.
    let files = entries(path, |data| data.is_none_or(fs::Metadata::is_file))?;
    if !files.iter().all(|file| is_document(file)) {
        return Ok(files);
    }
    let folders = folders_with_files(path)?;
    match (folders.is_empty(), files.is_empty()) {
        (false, _) => Err(SourceError::OnlyDirectories(folders)),
        (true, false) => Ok(files),
        (true, true) => Err(SourceError::NoFiles),
    }
}

/// Returns true for texts and scripts that stand beside directories of profiles.
fn is_document(file: &Path) -> bool {
    const EXTENSIONS: [&str; 9] = ["md", "rst", "adoc", "py", "sh", "toml", "yaml", "yml", "ini"];
    const NAMES: [&str; 5] = ["README", "LICENSE", "NOTICE", "CHANGELOG", "Makefile"];
    let is_one_of = |part: Option<&OsStr>, known: &[&str]| {
        part.and_then(OsStr::to_str).is_some_and(|part| known.iter().any(|one| part.eq_ignore_ascii_case(one)))
    };
    is_one_of(file.extension(), &EXTENSIONS) || is_one_of(file.file_stem(), &NAMES)
}

/// Visible folders of a directory that have files.
pub(super) fn folders_with_files(path: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let is_file = |data: Option<&fs::Metadata>| data.is_some_and(fs::Metadata::is_file);
    let mut folders = entries(path, |data| data.is_some_and(fs::Metadata::is_dir))?;
    folders.retain(|folder| entries(folder, is_file).is_ok_and(|files| !files.is_empty()));
    Ok(folders)
}

/// Visible entries of a directory that satisfy `is_wanted`, in the order of their names (`i2` before `i10`). A dangling
/// link has no metadata.
fn entries(path: &Path, is_wanted: fn(Option<&fs::Metadata>) -> bool) -> Result<Vec<PathBuf>, SourceError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let is_hidden = name.as_encoded_bytes().starts_with(b".");
        if !is_hidden && is_wanted(fs::metadata(path.join(&name)).ok().as_ref()) {
            names.push(name);
        }
    }
    // Names that differ only in bytes that are not UTF-8 are in the order of the bytes.
    names.compact_sort_by(Ord::cmp);
    let names = sort_by_file_name(names, |name| name.to_string_lossy().into_owned());
    Ok(names.into_iter().map(|name| path.join(name)).collect())
}

/// Opens standard input. A terminal is an error, since the program would seem to hang. The explorer reads keys from the
/// terminal itself, not from standard input.
pub(super) fn open_stdin() -> Result<Box<dyn Read + Send>, SourceError> {
    let mut kept = kept_input();
    if let KeptInput::Whole(bytes) = &*kept {
        return Ok(Box::new(Cursor::new(Arc::clone(bytes))));
    }
    let input = io::stdin();
    match std::mem::take(&mut *kept) {
        KeptInput::Beginning(bytes) => Ok(Box::new(Cursor::new(bytes).chain(input))),
        _ if input.is_terminal() => Err(SourceError::Terminal),
        _ => Ok(Box::new(input)),
    }
}

/// Part of standard input that was read before it was opened.
#[derive(Debug, Default)]
enum KeptInput {
    /// Nothing.
    #[default]
    Nothing,
    /// All of the input, which can be opened repeatedly.
    Whole(Arc<[u8]>),
    /// First bytes of the input.
    Beginning(Vec<u8>),
}

/// State of standard input, shared because a process has only one.
static KEPT_INPUT: Mutex<KeptInput> = Mutex::new(KeptInput::Nothing);

fn kept_input() -> MutexGuard<'static, KeptInput> {
    KEPT_INPUT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Size of standard input; `None` unless all of it is in memory.
pub(super) fn kept_size() -> Option<u64> {
    if let KeptInput::Whole(bytes) = &*kept_input() { Some(bytes.len() as u64) } else { None }
}

/// Reads standard input into memory if it has at most `limit` bytes, so that it can be opened again. Calls `each` with
/// the number of bytes of every piece. Longer input can be opened only once.
///
/// # Errors
/// [`SourceError`] if standard input cannot be read, or is a terminal.
pub fn keep_stdin(limit: u64, mut each: impl FnMut(u64)) -> Result<(), SourceError> {
    let mut kept = kept_input();
    let input = io::stdin();
    if input.is_terminal() {
        return Err(SourceError::Terminal);
    }
    let (mut bytes, mut piece) = (Vec::new(), vec![0; 64 << 10]);
    *kept = loop {
        if bytes.len() as u64 > limit {
            break KeptInput::Beginning(bytes);
        }
        match input.lock().read(&mut piece) {
            Ok(0) => break KeptInput::Whole(bytes.into()),
            Ok(count) => {
                bytes.extend_from_slice(&piece[..count]);
                each(count as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    };
    Ok(())
}

/// Snapshot of the demo, a service before or after a deploy that fixed one leak and introduced another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DemoSnapshot {
    Before,
    After,
}

impl DemoSnapshot {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Before => DEMO_BEFORE,
            Self::After => DEMO_AFTER,
        }
    }

    pub(super) fn open(self) -> Box<dyn Read + Send> {
        Box::new(Cursor::new(self.bytes()))
    }

    pub(super) fn size(self) -> u64 {
        self.bytes().len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_bytes_and_its_size() {
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        let mut bytes = Vec::new();
        open_file(path).unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(file_size(path), Some(bytes.len() as u64));
    }

    #[test]
    fn directories_and_missing_files_are_errors() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(matches!(open_file(folder).map(drop), Err(SourceError::Directory)));
        assert!(matches!(open_file(Path::new("no/such/file")).map(drop), Err(SourceError::Missing)));
        assert_eq!(file_size(folder), None);
    }

    #[test]
    fn directory_files_are_sorted_without_hidden_ones_and_folders() {
        let folder = std::env::temp_dir().join(format!("heapglass-dir-{}", std::process::id()));
        fs::create_dir_all(folder.join("nested")).unwrap();
        for name in ["b10.pb.gz", "b9.pb.gz", "a.pb.gz", ".hidden", "nested/c.pb.gz"] {
            fs::write(folder.join(name), b"").unwrap();
        }
        let found = directory_files(&folder).unwrap();
        let empty = directory_files(&folder.join("nested").join("none"));
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found, ["a.pb.gz", "b9.pb.gz", "b10.pb.gz"].map(|name| folder.join(name)));
        assert!(matches!(empty, Err(SourceError::Missing)));
    }
}
