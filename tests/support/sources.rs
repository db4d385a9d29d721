//! Source files for tests: a folder created by this run, with the file named in the profiles of the shop.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, UNIX_EPOCH};

use heapglass::source::source_files::{PathTrim, SourceFinder};

use super::data;

/// Folder of the shop's sources, as named in its profiles.
pub const BUILT_IN: &str = "/home/build/src/gen/go/shopsvc";

/// Creates a folder for one test.
pub fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::canonicalize(folder).unwrap()
}

/// Sets the modification time of a file, in seconds after 1970.
pub fn change_at(path: impl AsRef<std::path::Path>, seconds: u64) {
    let file = File::options().append(true).open(path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
}

/// Folder with the shop's sources, which have an old modification time.
pub fn shop() -> PathBuf {
    static SHOP: OnceLock<PathBuf> = OnceLock::new();
    let made = SHOP.get_or_init(|| {
        let shop = folder("shop");
        fs::create_dir(shop.join("store")).unwrap();
        let file = shop.join("store/store.go");
        fs::copy(data().join("source/store/store.go"), &file).unwrap();
        change_at(&file, 1);
        shop
    });
    made.clone()
}

/// Finder of source files with the shop's folder as the current folder.
pub fn in_shop() -> SourceFinder {
    SourceFinder::new(Some(shop()), PathTrim::parse(BUILT_IN))
}

/// Archive in the format of tar.
pub fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, bytes) in files {
        let mut head = [0_u8; 512];
        head[..name.len()].copy_from_slice(name.as_bytes());
        head[100..107].copy_from_slice(b"0000644");
        head[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        head[148..156].copy_from_slice(b"        ");
        head[156] = b'0';
        head[257..263].copy_from_slice(b"ustar\0");
        let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
        head[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        archive.extend_from_slice(&head);
        archive.extend_from_slice(bytes);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}
