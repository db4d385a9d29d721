//! Directory of snapshots: each is complete or absent, and none is overwritten.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write};
use std::path::{Path, PathBuf};
use std::process;

use jiff::{SignedDuration, Timestamp};

use crate::cli::output::link;

/// Prefix of snapshot names.
const PREFIX: &str = "heap-";

/// Snapshot being written.
pub(super) struct PartialFile(File);

impl PartialFile {
    /// Appends bytes.
    pub(super) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.0.write_all(piece)
    }

    /// Flushes to the disk.
    pub(super) fn finish(self) -> io::Result<()> {
        self.0.sync_all()
    }
}

/// Removes an incomplete snapshot.
pub(super) fn discard(temporary: &Path) {
    // Usually there is none.
    let _ = fs::remove_file(temporary);
}

/// Directory of snapshots.
pub(super) struct Folder {
    path: PathBuf,
    temporary: PathBuf,
}

impl Folder {
    /// Opens a directory; creates it if necessary.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        // Hidden, so that it is not read as a snapshot; with the process id, since two processes may record into one
        // directory.
        let temporary = path.join(format!(".{PREFIX}{}.part", process::id()));
        Ok(Self { path: path.to_owned(), temporary })
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

    /// Temporary path of a snapshot.
    pub(super) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Starts a snapshot.
    pub(super) fn begin(&self) -> io::Result<PartialFile> {
        File::create(&self.temporary).map(PartialFile)
    }

    /// First bytes of the written snapshot.
    pub(super) fn head(&self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        File::open(&self.temporary)?.take(4).read_to_end(&mut head)?;
        Ok(head)
    }

    /// Gives the written snapshot its name, which sorts by time; returns the name.
    pub(super) fn keep(&self, time: Timestamp, extension: &str) -> io::Result<String> {
        let mut time = time;
        loop {
            let name = format!("{PREFIX}{}.{extension}", time.strftime("%Y%m%dT%H%M%S.%3fZ"));
            match link(&self.temporary, &self.path.join(&name)) {
                Ok(()) => {
                    // Makes the name durable, if the directory can be synchronized.
                    let _ = File::open(&self.path).and_then(|folder| folder.sync_all());
                    return Ok(name);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => time += SignedDuration::from_millis(1),
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_snapshot_takes_the_place_of_another() {
        let path = std::env::temp_dir().join(format!("heapglass-folder-{}", process::id()));
        let folder = Folder::open(&path.join("a/b")).unwrap();
        let time: Timestamp = "2026-11-22T13:13:33.1239Z".parse().unwrap();
        let names = ["one", "two", "three"].map(|text| {
            folder.begin().unwrap().write(text.as_bytes()).unwrap();
            folder.keep(time, "pb.gz").unwrap()
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
