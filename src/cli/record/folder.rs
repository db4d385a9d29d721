//! Directory of snapshots: each is complete or absent, and none is overwritten.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::cli::pending::PendingFile;

/// Prefix of snapshot names.
const PREFIX: &str = "heap-";

/// Directory of snapshots.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens a directory; creates it if necessary.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self { path: path.to_owned() })
    }

    /// Existing snapshots, newest last.
    pub(super) fn snapshots(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
                found.push(entry.path());
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Begins a snapshot, under a hidden name: several recorders may write into one directory.
    pub(super) fn begin(&self) -> io::Result<PendingFile> {
        PendingFile::create(&self.path, OsStr::new("heap"))
    }

    /// Gives the written snapshot its name, which sorts by time; returns the name.
    pub(super) fn keep(&self, part: &PendingFile, time: Timestamp, extension: &str) -> io::Result<String> {
        let mut time = time;
        loop {
            let name = format!("{PREFIX}{}.{extension}", time.strftime("%Y%m%dT%H%M%S.%3fZ"));
            match part.link(&self.path.join(&name)) {
                Ok(()) => {
                    // Makes the name durable, if the directory can be synchronized.
                    let _ = File::open(&self.path).and_then(|folder| folder.sync_all());
                    return Ok(name);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    // At the end of time there are no more names.
                    time = time.checked_add(SignedDuration::from_millis(1)).map_err(|_| error)?;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// The first bytes of a snapshot that was written.
pub(super) fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
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
            folder.keep(&part, time, "pb.gz").unwrap()
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
