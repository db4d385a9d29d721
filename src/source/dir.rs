//! A directory: the files right in it, by name. Which of them are profiles is for the loader to find out.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::{Address, SourceError, SourceKind};

/// The row of the table of sources.
pub(super) const SOURCE: SourceKind = SourceKind { written: "DIR", about: "every profile in a directory", claim };

/// An existing directory; what does not exist is left to the files, which report it as missing.
fn claim(text: &OsStr) -> Option<Address> {
    Path::new(text).is_dir().then(|| Address::Dir(text.into()))
}

/// The files in `path`, in the order of their names. Hidden files and folders below are passed over: editors, version
/// control and half-finished downloads live there, never a snapshot that somebody wants summed.
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
