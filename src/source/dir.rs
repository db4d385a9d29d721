//! Directories of profiles.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::{Address, SourceError, SourceKind};

pub(super) const SOURCE: SourceKind = SourceKind { written: "DIR", about: "every profile in a directory", claim };

/// Parses the path of an existing directory. A path that does not exist is left to files, which report it as missing.
fn claim(text: &OsStr) -> Option<Address> {
    Path::new(text).is_dir().then(|| Address::Dir(text.into()))
}

/// Files of a directory, sorted by name. Hidden files and subfolders are skipped: they belong to editors, version
/// control and unfinished downloads.
pub(super) fn files(path: &Path) -> Result<Vec<Address>, SourceError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let hidden = name.as_encoded_bytes().starts_with(b".");
        if !hidden && fs::metadata(path.join(&name)).is_ok_and(|data| data.is_file()) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Err(SourceError::NoFiles);
    }
    names.sort_unstable();
    Ok(names.into_iter().map(|name| Address::File(path.join(name))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_by_name_without_hidden_ones_and_folders() {
        let folder = std::env::temp_dir().join(format!("heapglass-dir-{}", std::process::id()));
        fs::create_dir_all(folder.join("nested")).unwrap();
        for name in ["b.pb.gz", "a.pb.gz", ".hidden", "nested/c.pb.gz"] {
            fs::write(folder.join(name), b"").unwrap();
        }
        let found = files(&folder).unwrap();
        let empty = files(&folder.join("nested").join("none"));
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found, ["a.pb.gz", "b.pb.gz"].map(|name| Address::File(folder.join(name))));
        assert!(matches!(empty, Err(SourceError::Missing)));
    }
}
