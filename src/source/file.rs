//! Files, named pipes and devices, opened read-only. Limits on input bound what a pipe or a device returns.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::{Address, SourceError, SourceKind};

pub(super) const SOURCE: SourceKind =
    SourceKind { written: "FILE", about: "a profile, compressed or not", claim: |text| Some(claim(text)) };

/// Every argument can be a file.
fn claim(text: &OsStr) -> Address {
    Address::File(text.into())
}

/// Opens a file.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read + Send>, SourceError> {
    let file = File::open(path)?;
    // On Unix a directory can be opened and fails only when it is read.
    if file.metadata()?.is_dir() {
        return Err(SourceError::Directory);
    }
    Ok(Box::new(file))
}

/// Size of a regular file; `None` for pipes and devices.
pub(super) fn size(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|data| data.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_bytes_and_its_size() {
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        let mut bytes = Vec::new();
        open(path).unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(size(path), Some(bytes.len() as u64));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(matches!(open(folder).map(drop), Err(SourceError::Directory)));
        assert!(matches!(open(Path::new("no/such/file")).map(drop), Err(SourceError::Missing)));
        assert_eq!(size(folder), None);
    }
}
