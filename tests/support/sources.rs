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
