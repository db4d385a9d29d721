//! Directory of snapshots: each file is complete or absent, and none is overwritten.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::cli::pending::PendingFile;
use crate::source::companions::{RECORDED, is_recorded_companion};

/// Extensions of snapshots, by format and compression: `pprof` and others, plain, gzip and zstd.
pub(super) const EXTENSIONS: [&str; 6] = ["pb", "pb.gz", "pb.zst", "heap", "heap.gz", "heap.zst"];

/// Prefix of snapshot names.
const PREFIX: &str = "heap-";

/// Directory of snapshots.
pub(in crate::cli) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens a directory; creates it if necessary.
    pub(in crate::cli) fn open(path: &Path) -> io::Result<Self> {
        if path.is_file() {
            return Err(ErrorKind::NotADirectory.into());
        }
        fs::create_dir_all(path)?;
        Ok(Self { path: path.to_owned() })
    }

    /// Existing snapshots, newest last.
    pub(super) fn snapshots(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let is_companion = is_recorded_companion(&name.to_string_lossy());
            if name.as_encoded_bytes().starts_with(PREFIX.as_bytes()) && !is_companion {
                found.push(entry.path());
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Writes memory figures; returns false if the name is taken.
    fn write_beside(&self, path: &Path, figures: &str) -> io::Result<bool> {
        let mut part = self.begin()?;
        part.write_all(figures.as_bytes())?;
        match part.link(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            linked => linked.map(|()| true),
        }
    }

    /// Path of a file in the directory.
    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Creates a snapshot under a hidden name, since several recorders may write to one directory.
    pub(in crate::cli) fn begin(&self) -> io::Result<PendingFile> {
        PendingFile::create(&self.path, OsStr::new("heap"))
    }

    /// Gives the written snapshot its final name, which sorts by time. The memory figures get their name before, so
    /// that they exist once a reader sees the snapshot. Returns the name.
    pub(in crate::cli) fn keep(
        &self,
        part: &PendingFile,
        figures: &str,
        time: Timestamp,
        extension: &str,
    ) -> io::Result<String> {
        let mut time = time;
        loop {
            let stem = format!("{PREFIX}{}", time.strftime("%Y%m%dT%H%M%S.%3fZ"));
            let (name, path) = (format!("{stem}.{extension}"), self.path.join(format!("{stem}.{extension}")));
            let beside = self.path.join(format!("{stem}{RECORDED}"));
            let is_beside = !figures.is_empty() && !path.exists() && self.write_beside(&beside, figures)?;
            match part.link(&path) {
                Ok(()) => {
                    // Makes the name durable, if the directory can be synchronized.
                    let _ = File::open(&self.path).and_then(|folder| folder.sync_all());
                    return Ok(name);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    if is_beside {
                        fs::remove_file(&beside)?;
                    }
                    // After the last representable time there are no more names.
                    time = time.checked_add(SignedDuration::from_millis(1)).map_err(|_| error)?;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Returns true if a file has the name of a recorded snapshot, by time and extension.
pub(super) fn is_recorded(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(rest) = name.strip_prefix(PREFIX) else { return false };
    let Some((time, extension)) = rest.split_once("Z.") else { return false };
    let is_time = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'T' | b'.');
    !time.is_empty() && time.bytes().all(is_time) && EXTENSIONS.contains(&extension)
}

/// Removes a snapshot with its memory figures.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = EXTENSIONS.iter().find_map(|extension| name.strip_suffix(&format!(".{extension}")));
    match stem.map(|stem| fs::remove_file(path.with_file_name(format!("{stem}{RECORDED}")))) {
        Some(Err(error)) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// First bytes of a written snapshot.
pub(super) fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use std::process;

    use super::*;

    #[test]
    fn no_snapshot_takes_the_place_of_another() {
        let path = std::env::temp_dir().join(format!("heapglass-folder-{}", process::id()));
        let folder = Folder::open(&path.join("a/b")).unwrap();
        let time: Timestamp = "2026-11-22T13:13:33.1239Z".parse().unwrap();
        let names = ["one", "two", "three"].map(|text| {
            let mut part = folder.begin().unwrap();
            part.write_all(text.as_bytes()).unwrap();
            folder.keep(&part, "", time, "pb.gz").unwrap()
        });
        let kept = folder.snapshots().unwrap();
        let texts: Vec<_> = kept.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        let left = fs::read_dir(path.join("a/b")).unwrap().count();
        fs::remove_dir_all(&path).unwrap();
        assert_eq!(names[0], "heap-20261122T131333.123Z.pb.gz");
        assert_eq!(names[2], "heap-20261122T131333.125Z.pb.gz");
        assert_eq!(texts, ["one", "two", "three"]);
        assert_eq!(left, 3, "nothing else is left there");
    }
}
